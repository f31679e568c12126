/**
 * The five checksums of S3's "flexible checksums", incremental and in one shot.
 *
 * CRC-32, SHA-1 and SHA-256 are Node's; CRC-32C and CRC-64/NVME are hash-wasm's, whose modules compile asynchronously:
 * load them once (`loadChecksums`) and pass the result to whoever computes. Source: "Checking object integrity in
 * Amazon S3", check values of the CRC catalogue. Left out: MD5, which S3 treats as an ETag and not as a checksum, and the joining of CRCs (`crc-combine.ts`).
 */

import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';

export const CHECKSUM_ALGORITHMS = Object.freeze(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const);
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Bytes of each digest. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = Object.freeze({
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
});

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Big-endian, as S3 encodes it in base64. Once; nothing may be added afterwards. */
  digest(): Buffer;
}

export interface Checksums {
  hasher(algorithm: ChecksumAlgorithm): Hasher;
  /** Of bytes that are all there. */
  of(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer;
}

/** Reflected, without the highest term. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

export async function loadChecksums(): Promise<Checksums> {
  const [crc32c, crc64nvme] = await Promise.all([createCRC32(CRC32C_POLYNOMIAL), createCRC64(CRC64NVME_POLYNOMIAL)]);
  const engines = { CRC32C: crc32c, CRC64NVME: crc64nvme };
  return Object.freeze({
    hasher: (algorithm: ChecksumAlgorithm) => hasherOf(algorithm, engines),
    of(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
      if (algorithm === 'SHA256') return hash('sha256', bytes, 'buffer');
      if (algorithm === 'SHA1') return hash('sha1', bytes, 'buffer');
      const hasher = hasherOf(algorithm, engines);
      hasher.update(bytes);
      return hasher.digest();
    },
  });
}

type Engines = Readonly<Record<'CRC32C' | 'CRC64NVME', IHasher>>;

function hasherOf(algorithm: ChecksumAlgorithm, engines: Engines): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return crc32Hasher();
    case 'CRC32C':
    case 'CRC64NVME':
      return wasmHasher(engines[algorithm]);
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm);
  }
}

function crc32Hasher(): Hasher {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const result = Buffer.allocUnsafe(4);
      result.writeUInt32BE(value);
      return result;
    },
  };
}

/**
 * Many streams share one WebAssembly instance: each keeps its few bytes of state and puts them back for its turn. An
 * instance per stream would cost more than a small body does, and address space by the gigabyte.
 */
function wasmHasher(engine: IHasher): Hasher {
  engine.init();
  let state = engine.save();
  return {
    update(bytes) {
      engine.load(state);
      engine.update(bytes);
      state = engine.save();
    },
    digest() {
      engine.load(state);
      return Buffer.from(engine.digest('binary'));
    },
  };
}
