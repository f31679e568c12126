/**
 * How the bytes of encrypted objects lie on disk: segments, of which an object put in one piece has one and a multipart
 * object one for each part.
 *
 * A segment is a random salt of 32 bytes, then chunks of 64 KiB, each AES-256-GCM with a tag of 16 bytes (NIST SP 800-38D). The
 * key of its chunks is made of the object's key, the salt and the part's number by HKDF-SHA-256 (RFC 5869), so no nonce can
 * come twice under one key: it is the chunk's number, and whether it is the last (STREAM, Hoang, Reyhanitabar, Rogaway and
 * Vizár 2015). So nothing can be cut off, reordered, or exchanged with another part or object unseen. No bytes are one empty chunk.
 *
 * A range costs what holds it: the salt, and its chunks. Left out: what an object's key is sealed with (`seal.ts`).
 */

import { strict as assert } from 'node:assert';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Random } from './random.ts';

export const OBJECT_KEY_BYTES = 32;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const CHUNK_BYTES = 64 * 1024;
const NONCE_BYTES = 12;
const ALGORITHM = 'aes-256-gcm';

/** Bytes that do not decrypt: they are not what was written, or not where it was. */
export class CipherError extends Error {}

/** One part, or the whole of an object that has none (number 0), in plain bytes. */
export interface Segment {
  readonly number: number;
  readonly size: number;
}

/** Bytes [start, end) as they are stored. */
export type ReadStored = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** What `size` plain bytes become. */
export const storedSize = (size: number, chunkBytes = CHUNK_BYTES): number =>
  SALT_BYTES + size + TAG_BYTES * chunksIn(size, chunkBytes);

const chunksIn = (size: number, chunkBytes: number): number => Math.max(1, Math.ceil(size / chunkBytes));

/** A segment of all that `source` yields, piece by piece. */
export async function* encryptSegment(
  key: Uint8Array,
  { number, random }: { readonly number: number; readonly random: Random },
  source: AsyncIterable<Uint8Array>,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  const salt = random.bytes(SALT_BYTES);
  const chunkKey = chunkKeyOf(key, salt, number);
  yield salt;
  let pending: Buffer = Buffer.alloc(0);
  let index = 0;
  for await (const piece of source) {
    pending = pending.length === 0 ? bufferOf(piece) : Buffer.concat([pending, piece]);
    // A full chunk waits until something follows it: only then is it known not to be the last.
    for (; pending.length > chunkBytes; pending = pending.subarray(chunkBytes), index += 1) {
      yield sealChunk(chunkKey, nonceOf(index, false), pending.subarray(0, chunkBytes));
    }
  }
  yield sealChunk(chunkKey, nonceOf(index, true), pending);
}

/** Plain bytes [start, end) of an object made of these segments. Throws `CipherError`. */
export async function* decryptRange(
  key: Uint8Array,
  segments: readonly Segment[],
  range: { readonly start: number; readonly end: number; readonly read: ReadStored },
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [plain, stored] = [0, 0];
  for (const segment of segments) {
    const start = Math.max(range.start - plain, 0);
    const end = Math.min(range.end - plain, segment.size);
    const base = stored;
    const read: ReadStored = (from, to) => range.read(base + from, base + to);
    if (start < end) yield* decryptWithin(key, segment, { start, end, read }, chunkBytes);
    plain += segment.size;
    stored += storedSize(segment.size, chunkBytes);
    if (plain >= range.end) return;
  }
}

/** Of one segment. `start` is before `end`. */
async function* decryptWithin(
  key: Uint8Array,
  { number, size }: Segment,
  { start, end, read }: { readonly start: number; readonly end: number; readonly read: ReadStored },
  chunkBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const count = chunksIn(size, chunkBytes);
  const first = Math.floor(start / chunkBytes);
  const last = Math.floor((end - 1) / chunkBytes);
  const place = (index: number): number => SALT_BYTES + index * (chunkBytes + TAG_BYTES);
  const storedEnd = last === count - 1 ? storedSize(size, chunkBytes) : place(last + 1);
  // Salt and chunks in one go where they lie side by side.
  const together = first === 0;
  const reader = new Exactly(together ? read(0, storedEnd) : both(read(0, SALT_BYTES), read(place(first), storedEnd)));
  try {
    const chunkKey = chunkKeyOf(key, await reader.take(SALT_BYTES), number);
    for (let index = first; index <= last; index += 1) {
      const length = Math.min(chunkBytes, size - index * chunkBytes);
      const opened = openChunk(chunkKey, nonceOf(index, index === count - 1), await reader.take(length + TAG_BYTES));
      const skip = Math.max(start - index * chunkBytes, 0);
      yield opened.subarray(skip, Math.min(end - index * chunkBytes, length));
    }
  } finally {
    await reader.close();
  }
}

async function* both(
  one: AsyncIterable<Uint8Array>,
  other: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* one;
  yield* other;
}

/** A stream in pieces of the lengths that are asked for. */
class Exactly {
  readonly #source: AsyncIterator<Uint8Array>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const pieces = [this.#pending];
    for (let have = this.#pending.length; have < length; ) {
      const next = await this.#source.next();
      if (next.done === true) throw new CipherError('encrypted bytes are cut short');
      pieces.push(bufferOf(next.value));
      have += next.value.length;
    }
    const all = pieces.length === 1 ? this.#pending : Buffer.concat(pieces);
    this.#pending = all.subarray(length);
    return all.subarray(0, length);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function chunkKeyOf(key: Uint8Array, salt: Uint8Array, number: number): Buffer {
  assert(key.length === OBJECT_KEY_BYTES, `an object's key has ${OBJECT_KEY_BYTES} bytes`);
  return Buffer.from(hkdfSync('sha256', key, salt, `moraine/segment/v1/${number}`, 32));
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeUIntBE(index, NONCE_BYTES - 6, 6);
  return nonce;
}

function sealChunk(key: Buffer, nonce: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw new CipherError('encrypted bytes are damaged, or belong to something else');
  }
  return plain;
}

/** 16 bytes that stand for an MD5 and tell nothing of it; `showMd5` turns them back. Both need the object's key. */
export const hideMd5 = (key: Uint8Array, md5: Uint8Array): Buffer => permute(createCipheriv, key, md5);
export const showMd5 = (key: Uint8Array, hidden: Uint8Array): Buffer => permute(createDecipheriv, key, hidden);

/** AES on one block is a permutation of it. */
function permute(make: typeof createCipheriv | typeof createDecipheriv, key: Uint8Array, block: Uint8Array): Buffer {
  assert(block.length === 16, 'an MD5 has 16 bytes');
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'moraine/etag/v1', 32));
  return make('aes-256-ecb', derived, null).setAutoPadding(false).update(block);
}
