/**
 * Object keys: their order, their bounds, and the next key behind a prefix.
 *
 * A key is 1 to 1024 bytes of UTF-8 and nothing about it is special ("Naming Amazon S3 objects"): no folding, no
 * trimming, no normalising. Keys are ordered by their UTF-8 bytes, which is the order of their code points; JavaScript's
 * `<` on strings is the order of UTF-16 units and differs above U+FFFF.
 */

import { LIMITS } from '../base/limits.ts';
import { S3Error } from './errors.ts';

const SURROGATE_FIRST = 0xd800;
const SURROGATE_END = 0xe000;
const CODE_POINT_LAST = 0x10ffff;

const isSurrogate = (unit: number): boolean => unit >= SURROGATE_FIRST && unit < SURROGATE_END;

/** Negative, zero or positive as `a` comes before, equals or comes after `b` in UTF-8 byte order. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // Above U+FFFF UTF-8 has its largest bytes, UTF-16 its surrogates, which lie below U+E000 to U+FFFF.
      if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}

/** Bytes of a key as it is stored and counted. */
export const keyBytes = (key: string): number => Buffer.byteLength(key, 'utf8');

/** Refuses keys that are longer than S3 allows: `KeyTooLongError`. An empty key is not a key but the bucket. */
export function checkKey(key: string): void {
  // No character takes more than three bytes per UTF-16 unit.
  if (key.length * 3 <= LIMITS.keyBytes) return;
  const size = keyBytes(key);
  if (size <= LIMITS.keyBytes) return;
  throw new S3Error('KeyTooLongError', `Your key is ${size} bytes long; at most ${LIMITS.keyBytes} are allowed.`, {
    fields: { Size: String(size), MaxSizeAllowed: String(LIMITS.keyBytes) },
  });
}

/** What clients may name as a version: the null version, or one of our ids. Others are `InvalidArgument`. */
export function checkVersionId(versionId: string, name = 'versionId'): void {
  if (/^[A-Za-z0-9._~-]{1,64}$/.test(versionId)) return;
  const message = versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  throw new S3Error('InvalidArgument', message, {
    fields: { ArgumentName: name, ArgumentValue: versionId },
  });
}

/** The last code point of a non-empty string without lone surrogates, and what comes before it. */
function splitLast(text: string): { readonly head: string; readonly last: number } {
  const width = isSurrogate(text.charCodeAt(text.length - 1)) ? 2 : 1;
  const head = text.slice(0, text.length - width);
  return { head, last: text.codePointAt(head.length) ?? 0 };
}

/**
 * The smallest possible key that comes after every key that begins with `prefix`; undefined when there is none (the
 * prefix is empty, or all U+10FFFF). It never has more bytes than a key may have, so engines can seek to it.
 */
export function successor(prefix: string): string | undefined {
  let rest = prefix;
  while (rest !== '') {
    const { head, last } = splitLast(rest);
    if (last < CODE_POINT_LAST) {
      const next = String.fromCodePoint(last + 1 === SURROGATE_FIRST ? SURROGATE_END : last + 1);
      // A longer encoding of the next character may not fit; then no key can begin with it.
      if (keyBytes(head + next) <= LIMITS.keyBytes) return head + next;
    }
    rest = head;
  }
  return undefined;
}

/**
 * The longest prefix of `text` that a key could be. Clients may send markers of any length; a scan that begins here
 * (included) misses nothing behind the marker.
 */
export function clampToKey(text: string): string {
  if (keyBytes(text) <= LIMITS.keyBytes) return text;
  const bytes = Buffer.from(text, 'utf8');
  let end = LIMITS.keyBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
