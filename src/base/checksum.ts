/**
 * The ten checksums of S3's "flexible checksums", incremental and in one shot.
 *
 * CRC-32, MD5 and the SHA family are Node's; CRC-32C, CRC-64/NVME and the XXHash family (seed 0) are hash-wasm's, whose
 * modules compile asynchronously: load them once (`loadChecksums`) and pass the result to whoever computes. Source:
 * "Checking object integrity in Amazon S3", check values of the CRC catalogue, the digests of aws-checksums for byte order.
 * Left out: the joining of CRCs (`crc-combine.ts`).
 *
 * All of it runs on the thread that has the bytes. Measured on one core of the machine this was written on, in MiB/s: CRC-32
 * 3000, CRC-32C 1400, CRC-64/NVME 1200, XXHash 3400 to 5000, SHA-1 1800, SHA-256 1600, MD5 750, SHA-512 680. The MD5 of the
 * ETag, which every put has, is slower than nearly all of them, and several workers take requests side by side; handing
 * each packet to another thread would cost about as much as hashing it.
 */

import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64, createXXHash3, createXXHash64, createXXHash128, type IHasher } from 'hash-wasm';

export const CHECKSUM_ALGORITHMS = Object.freeze([
  ...(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const),
  ...(['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const),
] as const);
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Bytes of each digest. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = Object.freeze({
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
});

/** The header or trailer that carries one. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

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
  const [CRC32C, CRC64NVME, XXHASH64, XXHASH3, XXHASH128] = await Promise.all([
    createCRC32(CRC32C_POLYNOMIAL),
    createCRC64(CRC64NVME_POLYNOMIAL),
    createXXHash64(),
    createXXHash3(),
    createXXHash128(),
  ]);
  const engines: Engines = { CRC32C, CRC64NVME, XXHASH64, XXHASH3, XXHASH128 };
  return Object.freeze({
    hasher: (algorithm: ChecksumAlgorithm) => hasherOf(algorithm, engines),
    of(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
      if (isNodes(algorithm)) return hash(algorithm, bytes, 'buffer');
      const hasher = hasherOf(algorithm, engines);
      hasher.update(bytes);
      return hasher.digest();
    },
  });
}

type Nodes = 'SHA1' | 'SHA256' | 'SHA512' | 'MD5';
type Engines = Readonly<Record<Exclude<ChecksumAlgorithm, Nodes | 'CRC32'>, IHasher>>;

const isNodes = (algorithm: ChecksumAlgorithm): algorithm is Nodes =>
  algorithm === 'MD5' || algorithm.startsWith('SHA');

function hasherOf(algorithm: ChecksumAlgorithm, engines: Engines): Hasher {
  if (algorithm === 'CRC32') return crc32Hasher();
  return isNodes(algorithm) ? createHash(algorithm) : wasmHasher(engines[algorithm]);
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
