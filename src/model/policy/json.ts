/**
 * JSON as policies need it: RFC 8259 to the letter, and in it no member twice, no depth without end.
 *
 * `JSON.parse` keeps the last of two members of one name, so what is read would not be what is written (SECURITY rule 10).
 * Objects become maps: no name that a client chooses can reach a prototype (rule 17).
 */

import { LIMITS } from '../../base/limits.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

class JsonError extends Error {}

const WHITE: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;
/** What may be in a number; whether it is one, `JSON.parse` says. */
const NUMERIC: ReadonlySet<string> = new Set('+-.0123456789eE');

export const isJsonObject = (value: Json): value is JsonObject => value instanceof Map;

/** Throws `JsonError` that says what is wrong, and at which character (from 1). */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > LIMITS.policyDepth) throw this.#wrong(`nested deeper than ${LIMITS.policyDepth}`);
    this.#skip();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.#wrong('something follows the document');
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, Json>();
    this.#at += 1;
    if (this.#takes('}')) return members;
    do {
      this.#skip();
      if (this.#text[this.#at] !== '"') throw this.#wrong('a member needs a name in quotes');
      const name = this.#string();
      if (members.has(name)) throw this.#wrong(`the member ${JSON.stringify(name)} occurs twice`);
      if (!this.#takes(':')) throw this.#wrong('a colon is missing');
      members.set(name, this.value(depth + 1));
    } while (this.#takes(','));
    if (!this.#takes('}')) throw this.#wrong('an object is not closed');
    return members;
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.#at += 1;
    if (this.#takes(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) throw this.#wrong('a list is not closed');
    return items;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += 1;
    const value = this.#native(start);
    // Half a surrogate pair is no text: it could not be stored as it was read.
    if (typeof value !== 'string' || !value.isWellFormed()) throw this.#wrong('a text is not valid');
    return value;
  }

  #number(): number {
    const start = this.#at;
    while (NUMERIC.has(this.#text[this.#at] ?? '')) this.#at += 1;
    const value = start === this.#at ? undefined : this.#native(start);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong('a value is missing or not valid');
    return value;
  }

  /** One text or number, by the language's own reader. */
  #native(start: number): unknown {
    try {
      return JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      return undefined;
    }
  }

  #takes(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(): void {
    while (WHITE.has(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #wrong(problem: string): JsonError {
    return new JsonError(`${problem} at character ${Math.min(this.#at, this.#text.length) + 1}`);
  }
}
