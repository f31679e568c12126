/** The ten checksums of S3, against the check values of their catalogues, whole, in pieces and interleaved. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES, type ChecksumAlgorithm, loadChecksums } from '../../src/base/checksum.ts';

/** Of `123456789`; those of XXHash cannot be looked up in a catalogue, see the next test. */
const CHECK = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  SHA512:
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  XXHASH64: '8cb841db40e6ae83',
  XXHASH3: '72dcb18b67a17dff',
  XXHASH128: '33119477ede5dcd5e9716427681d5860',
};

test('each algorithm gives its check value', async () => {
  const checksums = await loadChecksums();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const digest = checksums.of(algorithm, Buffer.from('123456789'));
    assert.equal(digest.toString('hex'), CHECK[algorithm], algorithm);
    assert.equal(digest.length, CHECKSUM_BYTES[algorithm]);
  }
});

/** Of nothing: the reference implementation's. Of `Hello world`: aws-checksums' own test, which says the byte order too. */
test('XXHash is the one of AWS: seed 0, big-endian', async () => {
  const checksums = await loadChecksums();
  const of = (algorithm: ChecksumAlgorithm, text: string) => checksums.of(algorithm, Buffer.from(text)).toString('hex');
  assert.equal(of('XXHASH64', 'Hello world'), 'c500b0c912b376d8');
  assert.equal(of('XXHASH64', ''), 'ef46db3751d8e999');
  assert.equal(of('XXHASH3', ''), '2d06800538d394c2');
  assert.equal(of('XXHASH128', ''), '99aa06d3014798d86001c324468d497f');
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
