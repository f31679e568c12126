/**
 * A browser's form, `multipart/form-data`: the fields before the file, then the file as a stream, and nothing kept of it.
 *
 * Sources: RFC 7578, RFC 2046 section 5.1; "POST Object" and "HTML form fields" in the S3 API reference, which make the part
 * named `file` the file, whatever other parts carry a file name, and bound all that comes before it. What is not a form is
 * refused, never skipped: that is why the parser is our own and not `@fastify/busboy`, which leaves out parts without a name,
 * cuts values that are too long, and takes in more than was asked for before anybody can say stop.
 * Left out: `filename*`, which RFC 7578 forbids, and fields after the file, which S3 ignores; they are read to the form's end.
 */

import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';

export interface FormField {
  /** As it was sent; compared without case. */
  readonly name: string;
  readonly value: string;
}

/** Values by names in lower case. */
export type FormValues = ReadonlyMap<string, string>;

export interface FormFile {
  /** Behind the last slash or backslash; undefined when the part has none. */
  readonly name: string | undefined;
  /** The file's bytes, once. Ends with an error, never early, when the form does not end as it should. */
  stream(): AsyncGenerator<Uint8Array, void, undefined>;
}

export interface Form {
  /** Those before the file, in order. */
  readonly fields: readonly FormField[];
  /** Undefined: the form ended without one. */
  readonly file: FormFile | undefined;
}

type FormLimits = Pick<Limits, 'formBytes'>;

/**
 * The boundary of a form's Content-Type. Throws `PreconditionFailed` (as S3 does) when it is no form, `MalformedPOSTRequest`
 * when it names no boundary that RFC 2046 allows.
 */
export function boundaryOf(contentType: string | undefined): string {
  const [type = '', ...rest] = (contentType ?? '').split(';');
  if (type.trim().toLowerCase() !== 'multipart/form-data') {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      fields: { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
    });
  }
  const boundary = parametersOf(rest.join(';')).get('boundary');
  if (boundary !== undefined && /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary))
    return boundary;
  throw malformed('its Content-Type names no boundary of 1 to 70 characters');
}

/** Reads up to the file's first byte. Throws `MalformedPOSTRequest`, `MaxPostPreDataLengthExceeded`, and what `source` throws. */
export async function openForm(source: AsyncIterable<Uint8Array>, boundary: string, limits: FormLimits): Promise<Form> {
  const reader = new Reader(source, Buffer.from(`\r\n--${boundary}`, 'latin1'), limits.formBytes);
  const fields: FormField[] = [];
  await reader.toFirstPart();
  while (!(await reader.isOver())) {
    const { name, filename } = await reader.head();
    if (isFile(name)) return { fields, file: { name: filename, stream: () => reader.file() } };
    fields.push({ name, value: textOf(await reader.value(), `the value of ${name}`) });
  }
  await reader.toEnd();
  return { fields, file: undefined };
}

const isFile = (name: string): boolean => name.toLowerCase() === 'file';

const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/** Pulls as much as is asked for, and holds no more than one packet and what is not yet a whole line or value. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>;
  /** What ends a part: line break, two hyphens, boundary. */
  readonly #delimiter: Buffer;
  readonly #limit: number;
  /** The first delimiter has a line break before it like all others, which need not be sent. */
  #held: Buffer = CRLF;
  /** Bytes taken that are not the file's. */
  #taken = -CRLF.length;

  constructor(source: AsyncIterable<Uint8Array>, delimiter: Buffer, limit: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = delimiter;
    this.#limit = limit;
  }

  async toFirstPart(): Promise<void> {
    await this.#until(this.#delimiter);
  }

  /** Behind a delimiter: whether it was the last. */
  async isOver(): Promise<boolean> {
    while (this.#held.length < 2) if (!(await this.#more())) throw cutShort();
    if (this.#held[0] !== HYPHEN || this.#held[1] !== HYPHEN) {
      // The line break stays: it is also the beginning of what ends a head, should there be no headers.
      const padding = await this.#until(CRLF, CRLF.length);
      if (padding.some((byte) => byte !== SPACE && byte !== TAB)) throw malformed('a line with its boundary goes on');
      return false;
    }
    this.#take(2);
    return true;
  }

  async head(): Promise<{ readonly name: string; readonly filename: string | undefined }> {
    return partOf(await this.#until(HEAD_END));
  }

  value(): Promise<Buffer> {
    return this.#until(this.#delimiter);
  }

  async *file(): AsyncGenerator<Uint8Array, void, undefined> {
    let over = false;
    try {
      for (;;) {
        const at = this.#held.indexOf(this.#delimiter);
        const safe = at < 0 ? this.#held.length - partialEnd(this.#held, this.#delimiter) : at;
        const bytes = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        if (bytes.length > 0) yield bytes;
        if (at >= 0) break;
        if (!(await this.#more())) throw cutShort();
      }
      this.#take(this.#delimiter.length);
      await this.#afterFile();
      over = true;
    } finally {
      if (!over) await this.#source.return?.();
    }
  }

  /** Fields after the file are ignored, but for a second file: half of what somebody sends must not look like all of it. */
  async #afterFile(): Promise<void> {
    while (!(await this.isOver())) {
      if (isFile((await this.head()).name)) throw wrongNumberOfFiles(2);
      await this.value();
    }
    await this.toEnd();
  }

  /** What follows the last delimiter is nobody's; the source's own end is where its length and hashes are checked. */
  async toEnd(): Promise<void> {
    do this.#take(this.#held.length);
    while (await this.#more());
  }

  /** What comes before the mark, which is taken too, but for `kept` bytes of it. */
  async #until(mark: Buffer, kept = 0): Promise<Buffer> {
    let from = 0;
    for (;;) {
      const at = this.#held.indexOf(mark, from);
      if (at >= 0) {
        const before = this.#held.subarray(0, at);
        this.#take(at + mark.length - kept);
        return before;
      }
      if (this.#taken + this.#held.length > this.#limit) throw tooLong(this.#limit);
      from = Math.max(0, this.#held.length - mark.length + 1);
      if (!(await this.#more())) throw cutShort();
    }
  }

  #take(length: number): void {
    this.#held = this.#held.subarray(length);
    this.#taken += length;
    if (this.#taken > this.#limit) throw tooLong(this.#limit);
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    const { buffer, byteOffset, byteLength } = next.value;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    return true;
  }
}

const [HYPHEN, SPACE, TAB] = [0x2d, 0x20, 0x09];

/** How many bytes at the end of `bytes` may be the beginning of `mark`. */
function partialEnd(bytes: Buffer, mark: Buffer): number {
  const most = Math.min(mark.length - 1, bytes.length);
  for (let length = most; length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}

// ------------------------------------------------------------------------------------------------------ one part's head

function partOf(head: Buffer): { readonly name: string; readonly filename: string | undefined } {
  const headers = new Map<string, string>();
  for (const line of textOf(head, 'a header of a part').split('\r\n')) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (name === '' || headers.has(name)) throw malformed('a part has a line that is no header, or a header twice');
    headers.set(name, line.slice(colon + 1).trim());
  }
  const encoding = headers.get('content-transfer-encoding') ?? 'binary';
  if (!/^(?:binary|7bit|8bit)$/i.test(encoding))
    throw malformed(`parts are not decoded from ${encoding}: send them as they are`);
  const [type = '', ...rest] = (headers.get('content-disposition') ?? '').split(';');
  const parameters = parametersOf(rest.join(';'));
  const name = parameters.get('name');
  if (type.trim().toLowerCase() !== 'form-data' || name === undefined || name === '') {
    throw malformed('each part needs Content-Disposition: form-data; name="…"');
  }
  const filename = parameters.get('filename');
  return { name, filename: filename?.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1) };
}

const PARAMETER = /\s*([^\s;="]+)=(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s;"]*))\s*(?:;|$)/y;

/** `; name="value"; name=value`. A backslash escapes quotes and itself alone: old browsers send whole paths of Windows. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const pattern = new RegExp(PARAMETER);
  while (pattern.lastIndex < text.length) {
    if (text.slice(pattern.lastIndex).trim() === '') break;
    const match = pattern.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined) throw malformed('the parameters of a header of it cannot be read');
    if (found.has(name)) throw malformed(`the parameter ${name} of a header occurs twice`);
    found.set(name, match[2]?.replace(/\\(["\\])/g, '$1') ?? match[3] ?? '');
  }
  return found;
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformed(`${what} is not UTF-8`, cause);
  }
}

const malformed = (problem: string, cause?: unknown): S3Error =>
  new S3Error(
    'MalformedPOSTRequest',
    `The body of your POST request is not well-formed multipart/form-data: ${problem}.`,
    { cause },
  );

const cutShort = (): S3Error => malformed('it ends before its last boundary');

const tooLong = (limit: number): S3Error =>
  new S3Error(
    'MaxPostPreDataLengthExceeded',
    `Your POST request fields preceding the upload file were too large. All of the form but the content of the part named "file" may have ${limit} bytes.`,
    { fields: { MaxPostPreDataLengthBytes: String(limit) } },
  );

/**
 * The fields as they are meant: several of one name are one, joined by commas, and `${filename}` is the file's name, in all of
 * them. A part that has no file name at all leaves it as it is, as S3 does.
 */
export function meantFields({ fields, file }: Form): readonly FormField[] {
  const meant = new Map<string, FormField>();
  for (const { name, value } of fields) {
    const filename = file?.name;
    const text = filename === undefined ? value : value.replaceAll(FILENAME, () => filename);
    const before = meant.get(name.toLowerCase());
    meant.set(
      name.toLowerCase(),
      before === undefined ? { name, value: text } : { ...before, value: `${before.value},${text}` },
    );
  }
  return [...meant.values()];
}

export const valuesOf = (fields: readonly FormField[]): FormValues =>
  new Map(fields.map(({ name, value }) => [name.toLowerCase(), value]));

/** S3's own way to write it. */
const FILENAME = '${' + 'filename}';

// --------------------------------------------------------------------------------------------------------------- errors

export const missingField = (name: string): S3Error =>
  new S3Error(
    'InvalidArgument',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { fields: { ArgumentName: name, ArgumentValue: '' } },
  );

/** As S3 says it, under the code that it answers. */
export const wrongNumberOfFiles = (count: number): S3Error =>
  new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
    fields: { ArgumentName: 'file', ArgumentValue: String(count) },
  });
