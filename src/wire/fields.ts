/** Look-ups of headers and query parameters by name, with "occurs once" as the default. */

import { S3Error } from '../model/errors.ts';

/** Header and query look-ups that make "occurs once" the default. */
export interface Fields {
  /** The value, trimmed of optional white space. Throws `InvalidRequest` when the field occurs more than once. */
  one(name: string): string | undefined;
  /** All values in order. */
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Names (lower case for headers), each once, in order of first occurrence. */
  names(): readonly string[];
}

/**
 * `one` and `all` read a value as UTF-8 when its bytes are valid UTF-8, and as Latin-1 otherwise: s3cmd and most
 * libraries send metadata as raw UTF-8; others send RFC 2047 words, which are ASCII and stay what they are, as in S3.
 */
export interface HeaderFields extends Fields {
  /** Values as sent, one character per byte (hash and compare them as `latin1`): what signatures cover. */
  raw(name: string): readonly string[];
}

/** Query parameters: names are compared exactly. A parameter without `=` reads as the empty string. */
export class QueryTable implements Fields {
  readonly #values = new Map<string, string[]>();

  constructor(parameters: readonly { readonly name: string; readonly value: string | undefined }[]) {
    for (const { name, value } of parameters) append(this.#values, name, value ?? '');
  }

  one(name: string): string | undefined {
    return single(name, this.#values.get(name), 'query parameter');
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? NONE;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }
}

/** Headers: names in lower case; values as `node:http` gives them, one character per byte, decoded when looked at. */
export class HeaderTable implements HeaderFields {
  readonly #raw = new Map<string, string[]>();

  constructor(rawHeaders: readonly string[]) {
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      append(this.#raw, (rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '');
    }
  }

  one(name: string): string | undefined {
    const value = single(name, this.#raw.get(name), 'header');
    return value === undefined ? undefined : decodeHeader(value);
  }

  all(name: string): readonly string[] {
    return this.#raw.get(name)?.map(decodeHeader) ?? NONE;
  }

  raw(name: string): readonly string[] {
    return this.#raw.get(name) ?? NONE;
  }

  has(name: string): boolean {
    return this.#raw.has(name);
  }

  names(): readonly string[] {
    return [...this.#raw.keys()];
  }
}

const NONE: readonly string[] = Object.freeze([]);

function append(values: Map<string, string[]>, name: string, value: string): void {
  const present = values.get(name);
  if (present === undefined) values.set(name, [value]);
  else present.push(value);
}

function single(name: string, values: readonly string[] | undefined, what: string): string | undefined {
  if (values === undefined) return undefined;
  if (values.length > 1) {
    throw new S3Error('InvalidRequest', `The ${what} ${name} occurs ${values.length} times. Send it once.`);
  }
  return values[0];
}

/** Optional white space off both ends; UTF-8 where the bytes are valid UTF-8, else Latin-1. */
function decodeHeader(raw: string): string {
  const value = trimHeader(raw);
  if (!/[\x80-\xff]/.test(value)) return value;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') && Buffer.from(text, 'utf8').toString('latin1') !== value ? value : text;
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/**
 * Without blanks and tabs at either end. Not `trim`, which takes bytes such as 0xA0, half of a UTF-8 character, for white
 * space; and not an expression such as `/[ \t]+$/`, which takes seconds over a header that is mostly blanks.
 */
export function trimHeader(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start])) start += 1;
  while (end > start && isBlank(value[end - 1])) end -= 1;
  return value.slice(start, end);
}
