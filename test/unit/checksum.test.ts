/** The five checksums of S3, against the check values of their catalogues, whole, in pieces and interleaved. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES, loadChecksums } from '../../src/base/checksum.ts';

/** Of `123456789`. */
const CHECK = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
};

test('each algorithm gives its check value', async () => {
  const checksums = await loadChecksums();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const digest = checksums.of(algorithm, Buffer.from('123456789'));
    assert.equal(digest.toString('hex'), CHECK[algorithm], algorithm);
    assert.equal(digest.length, CHECKSUM_BYTES[algorithm]);
  }
});

test('streams that run at the same time do not disturb each other', async () => {
  const checksums = await loadChecksums();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const pieces = ['123456789', '12345678', 'x'];
    const hashers = pieces.map(() => checksums.hasher(algorithm));
    for (let at = 0; at < 9; at += 1) {
      pieces.forEach((piece, index) => {
        hashers[index]?.update(Buffer.from(piece.slice(at, at + 1)));
      });
      checksums.of(algorithm, Buffer.from('between'));
    }
    hashers.forEach((hasher, index) => {
      const alone = checksums.of(algorithm, Buffer.from(pieces[index] ?? ''));
      assert.equal(hasher.digest().toString('base64'), alone.toString('base64'), algorithm);
    });
  }
});

test('nothing at all has a checksum, too', async () => {
  const checksums = await loadChecksums();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    assert.deepEqual(checksums.hasher(algorithm).digest(), checksums.of(algorithm, new Uint8Array()));
  }
  assert.equal(checksums.of('CRC64NVME', new Uint8Array()).toString('base64'), 'AAAAAAAAAAA=');
});
