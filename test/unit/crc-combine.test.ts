/** Joined CRCs equal the CRC of the joined bytes, for every algorithm S3 calls FULL_OBJECT. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { type CombinableCrc, combineCrc, isCombinable } from '../../src/base/crc-combine.ts';

type Digest = (bytes: Uint8Array) => Uint8Array;

async function digests(): Promise<Readonly<Record<CombinableCrc, Digest>>> {
  const crc32 = await createCRC32();
  const crc32c = await createCRC32(0x82f63b78);
  const crc64 = await createCRC64('9a6c9329ac4bc9b5');
  return {
    CRC32: (bytes) => crc32.init().update(bytes).digest('binary'),
    CRC32C: (bytes) => crc32c.init().update(bytes).digest('binary'),
    CRC64NVME: (bytes) => crc64.init().update(bytes).digest('binary'),
  };
}

const SIZES: readonly (readonly number[])[] = [
  [],
  [0],
  [1],
  [0, 7],
  [5, 0, 3],
  [1000, 1000, 1000, 17],
  [65536, 1, 65537],
];

test('the combined CRC of parts is the CRC of their bytes', async () => {
  for (const [algorithm, digest] of Object.entries(await digests())) {
    assert.ok(isCombinable(algorithm));
    for (const sizes of SIZES) {
      const parts = sizes.map((size) => randomBytes(size));
      const combined = combineCrc(
        algorithm,
        parts.map((part) => ({ crc: digest(part), size: part.length })),
      );
      assert.deepEqual(Buffer.from(combined), Buffer.from(digest(Buffer.concat(parts))), `${algorithm} of ${sizes}`);
    }
  }
});

test('the check values of the catalogue hold, so that the test digests are the right CRCs', async () => {
  const checks = { CRC32: 'cbf43926', CRC32C: 'e3069283', CRC64NVME: 'ae8b14860a799888' };
  for (const [algorithm, digest] of Object.entries(await digests())) {
    assert.ok(isCombinable(algorithm));
    assert.equal(Buffer.from(digest(Buffer.from('123456789'))).toString('hex'), checks[algorithm]);
  }
});

test('sizes beyond 32 bits shift like the smaller ones they are made of', async () => {
  const size = 2 ** 31 + 5;
  for (const [algorithm, digest] of Object.entries(await digests())) {
    assert.ok(isCombinable(algorithm));
    const first = { crc: digest(randomBytes(9)), size: 9 };
    const half = { crc: digest(randomBytes(9)), size };
    const both = { crc: combineCrc(algorithm, [half, half]), size: 2 * size };
    const four = { crc: combineCrc(algorithm, [both, both]), size: 4 * size };
    assert.deepEqual(combineCrc(algorithm, [first, four]), combineCrc(algorithm, [first, half, half, half, half]));
  }
});

test('hash functions without a linear structure are not combined', () => {
  assert.equal(isCombinable('SHA256'), false);
  assert.equal(isCombinable('SHA1'), false);
  assert.equal(isCombinable('toString'), false);
});
