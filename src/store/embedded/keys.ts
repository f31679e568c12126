/**
 * The one encoder of row keys: injective for all inputs, ordered by bytes as LMDB compares them.
 *
 * Numbers are 48-bit big-endian, so that their order is that of the bytes. Text of variable length always comes last in
 * a key or carries its length, so that no terminator is needed and every byte may occur in it.
 */

import { strict as assert } from 'node:assert';

/** LMDB's bound with 8 KiB pages. S3's longest key takes 1030 bytes here. */
const KEY_BYTES_MAX = 4026;
const U48 = 2 ** 48;

export function writeU48(target: Buffer, value: number, at: number): void {
  target.writeUInt16BE(Math.floor(value / 0x1_0000_0000), at);
  target.writeUInt32BE(value % 0x1_0000_0000, at + 2);
}

export function readU48(source: Buffer, at: number): number {
  return source.readUInt16BE(at) * 0x1_0000_0000 + source.readUInt32BE(at + 2);
}

export function numberKey(number: number): Buffer {
  assert(Number.isSafeInteger(number) && number >= 0 && number < U48, 'a row number');
  const key = Buffer.allocUnsafe(6);
  writeU48(key, number, 0);
  return key;
}

export function pairKey(first: number, second: number): Buffer {
  const key = Buffer.allocUnsafe(12);
  writeU48(key, first, 0);
  writeU48(key, second, 6);
  return key;
}

/** A number, then text to the end: an object key within its bucket. */
export function objectKey(bucket: number, key: string): Buffer {
  assert(key.isWellFormed(), 'a key is the text of valid UTF-8');
  const length = Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(6 + length);
  writeU48(bytes, bucket, 0);
  bytes.write(key, 6, length);
  return bounded(bytes);
}

export const textOfObjectKey = (key: Buffer): string => key.toString('utf8', 6);

export const textKey = (text: string): Buffer => bounded(Buffer.from(text));

/** One letter for the index, then the text to the end. */
export const indexKey = (index: 'n' | 'e' | 'c', text: string): Buffer => bounded(Buffer.from(index + text));

/** An owner with its length, then what belongs to it to the end. */
export function ownedKey(owner: string, item: string): Buffer {
  const bytes = Buffer.from(owner);
  assert(bytes.length <= 255, 'an owner id of at most 255 bytes');
  return bounded(Buffer.concat([Buffer.of(bytes.length), bytes, Buffer.from(item)]));
}

export const itemOfOwnedKey = (key: Buffer): string => key.toString('utf8', 1 + (key[0] ?? 0));

/** Higher orders first: the newest version leads. */
export const versionKey = (keyNumber: number, order: number): Buffer => pairKey(keyNumber, U48 - 1 - order);
export const orderOfVersionKey = (key: Buffer): number => U48 - 1 - readU48(key, 6);

export function uploadKey(keyNumber: number, initiatedAt: number, uploadId: string): Buffer {
  return bounded(Buffer.concat([pairKey(keyNumber, initiatedAt), Buffer.from(uploadId)]));
}
export const idOfUploadKey = (key: Buffer): string => key.toString('utf8', 12);

export function partKey(upload: number, part: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  writeU48(key, upload, 0);
  key.writeUInt16BE(part, 6);
  return key;
}

/** The smallest key behind this one. */
export const behind = (key: Buffer): Buffer => Buffer.concat([key, Buffer.of(0)]);

/** The smallest key behind all that begin with these bytes; `undefined` when there is none. */
export function behindAll(prefix: Buffer): Buffer | undefined {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] ?? 0xff;
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, at), Buffer.of(byte + 1)]);
  }
  return undefined;
}

function bounded(key: Buffer): Buffer {
  assert(key.length > 0 && key.length <= KEY_BYTES_MAX, 'a row key within its bound');
  return key;
}
