/** Segments of encrypted objects: every range of small ones, every bit that is changed, and every way to cut them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CipherError,
  decryptRange,
  encryptSegment,
  hideMd5,
  OBJECT_KEY_BYTES,
  type Segment,
  showMd5,
  storedSize,
} from '../../src/base/cipher.ts';
import { systemRandom } from '../../src/base/random.ts';

const KEY = Buffer.alloc(OBJECT_KEY_BYTES, 5);
const CHUNK = 4;
const random = systemRandom;

const plainOf = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + 1) % 251));

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

const encrypted = (plain: Uint8Array, number = 0, piece = 3, chunk = CHUNK): Promise<Buffer> =>
  whole(encryptSegment(KEY, { number, random }, inPieces(plain, piece), chunk));

/** Plain bytes of `stored`, in pieces of an odd size; `touched` sums what was read. */
function opened(stored: Buffer, segments: readonly Segment[], range?: readonly [number, number], chunk = CHUNK) {
  const [start, end] = range ?? [0, segments.reduce((sum, { size }) => sum + size, 0)];
  let touched = 0;
  const read = (from: number, to: number) => {
    touched += to - from;
    return inPieces(stored.subarray(from, to), 5);
  };
  return whole(decryptRange(KEY, segments, { start, end, read }, chunk)).then((plain) => ({ plain, touched }));
}

test('what is encrypted comes back, whatever pieces it came in, and is as long as it was said to be', async () => {
  for (let size = 0; size <= 13; size += 1) {
    for (const piece of [1, 3, 4, 5, 100]) {
      const stored = await encrypted(plainOf(size), 0, piece);
      assert.equal(stored.length, storedSize(size, CHUNK));
      assert.deepEqual((await opened(stored, [{ number: 0, size }])).plain, plainOf(size));
    }
  }
});

test('every range of a segment is that of its bytes, and reads no chunk beside it', async () => {
  for (const size of [1, 4, 5, 8, 11, 12]) {
    const stored = await encrypted(plainOf(size));
    for (let start = 0; start < size; start += 1) {
      for (let end = start + 1; end <= size; end += 1) {
        const { plain, touched } = await opened(stored, [{ number: 0, size }], [start, end]);
        assert.deepEqual(plain, plainOf(size).subarray(start, end), `${start} to ${end} of ${size}`);
        const chunks = Math.floor((end - 1) / CHUNK) - Math.floor(start / CHUNK) + 1;
        assert.ok(touched <= 32 + chunks * (CHUNK + 16), `${start} to ${end} of ${size} read ${touched}`);
      }
    }
  }
});

test('every range of an object of several parts is that of its bytes', async () => {
  const segments = [5, 4, 0, 9, 1].map((size, at) => ({ number: at * 2 + 1, size }));
  const all = plainOf(19);
  let at = 0;
  const parts: Buffer[] = [];
  for (const { number, size } of segments) {
    parts.push(await encrypted(all.subarray(at, at + size), number));
    at += size;
  }
  const stored = Buffer.concat(parts);
  for (let start = 0; start < 19; start += 1) {
    for (let end = start + 1; end <= 19; end += 1) {
      assert.deepEqual((await opened(stored, segments, [start, end])).plain, all.subarray(start, end));
    }
  }
});

test('no bit of it can be changed unseen', async () => {
  const size = 10;
  const stored = await encrypted(plainOf(size));
  for (let at = 0; at < stored.length * 8; at += 1) {
    const changed = Buffer.from(stored);
    changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
    await assert.rejects(opened(changed, [{ number: 0, size }]), CipherError, `bit ${at}`);
  }
});

test('nothing can be cut off, left out or exchanged unseen', async () => {
  const size = 12;
  const stored = await encrypted(plainOf(size));
  const other = await encrypted(plainOf(size));
  for (let end = 0; end < stored.length; end += 1) {
    await assert.rejects(opened(stored.subarray(0, end), [{ number: 0, size }]), CipherError, `cut at ${end}`);
  }
  // Whole chunks cut off, by somebody who changes the size as well.
  for (const shorter of [4, 8]) await assert.rejects(opened(stored, [{ number: 0, size: shorter }]), CipherError);
  await assert.rejects(opened(stored, [{ number: 0, size: 13 }]), CipherError);
  const chunk = (from: Buffer, index: number) => from.subarray(32 + index * 20, 52 + index * 20);
  const put = (...chunks: readonly Buffer[]) => Buffer.concat([stored.subarray(0, 32), ...chunks]);
  const wrong = [
    put(chunk(stored, 1), chunk(stored, 0), chunk(stored, 2)),
    put(chunk(stored, 0), chunk(stored, 0), chunk(stored, 2)),
    put(chunk(other, 0), chunk(stored, 1), chunk(stored, 2)),
  ];
  for (const each of wrong) await assert.rejects(opened(each, [{ number: 0, size }]), CipherError);
  await assert.rejects(opened(stored, [{ number: 1, size }]), CipherError, 'as another part');
});

test('chunks of the usual size hold what is larger than one, and the same bytes are never the same twice', async () => {
  const plain = Buffer.alloc(200_001, 3);
  const [one, two] = await Promise.all(
    [0, 0].map(() => whole(encryptSegment(KEY, { number: 0, random }, inPieces(plain, 70_000)))),
  );
  assert(one !== undefined && two !== undefined);
  assert.equal(one.length, storedSize(plain.length));
  assert.notDeepEqual(one, two);
  const read = (from: number, to: number) => inPieces(one.subarray(from, to), 4096);
  const back = await whole(decryptRange(KEY, [{ number: 0, size: plain.length }], { start: 1, end: 200_000, read }));
  assert.equal(Buffer.compare(back, plain.subarray(1, 200_000)), 0);
});

test('who stops reading half way stops what is read from', async () => {
  const stored = await encrypted(plainOf(12));
  let closed = false;
  async function* read(from: number, to: number) {
    try {
      yield* inPieces(stored.subarray(from, to), 1);
    } finally {
      closed = true;
    }
  }
  for await (const _ of decryptRange(KEY, [{ number: 0, size: 12 }], { start: 0, end: 12, read }, CHUNK)) break;
  assert.ok(closed);
});

test('an MD5 is hidden from who lacks the key, and comes back with it', () => {
  const md5 = plainOf(16);
  const hidden = hideMd5(KEY, md5);
  assert.equal(hidden.length, 16);
  assert.notDeepEqual(hidden, md5);
  assert.deepEqual(hideMd5(KEY, md5), hidden);
  assert.notDeepEqual(hideMd5(Buffer.alloc(32, 6), md5), hidden);
  assert.deepEqual(showMd5(KEY, hidden), md5);
});
