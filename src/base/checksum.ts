/**
 * The five checksums of S3's "flexible checksums", incremental and in one shot, and the arithmetic that joins CRCs.
 *
 * CRC-32, SHA-1 and SHA-256 are Node's; CRC-32C and CRC-64/NVME are hash-wasm's, whose modules compile asynchronously:
 * load them once (`loadChecksums`) and pass the result to whoever computes. Source: "Checking object integrity in
 * Amazon S3", check values of the CRC catalogue. Left out: MD5, which S3 treats as an ETag and not as a checksum.
 */

import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';

export const CHECKSUM_ALGORITHMS = Object.freeze(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const);
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME';

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

/** Reflected polynomials. */
const POLYNOMIALS: Readonly<Record<CrcAlgorithm, { readonly bits: number; readonly polynomial: bigint }>> =
  Object.freeze({
    CRC32: { bits: 32, polynomial: 0xedb88320n },
    CRC32C: { bits: 32, polynomial: 0x82f63b78n },
    CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
  });

export async function loadChecksums(): Promise<Checksums> {
  const [crc32c, crc64nvme] = await Promise.all([
    createCRC32(Number(POLYNOMIALS.CRC32C.polynomial)),
    createCRC64(POLYNOMIALS.CRC64NVME.polynomial.toString(16)),
  ]);
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

/**
 * Joins CRCs of consecutive pieces into the CRC of the whole, without the bytes. What S3 does for multipart objects of
 * checksum type FULL_OBJECT. `length` is the second piece's, in bytes. Made per object: it remembers powers it computed.
 */
export function createCrcCombiner(algorithm: CrcAlgorithm): (first: Buffer, second: Buffer, length: number) => Buffer {
  const { bits, polynomial } = POLYNOMIALS[algorithm];
  const top = 1n << BigInt(bits - 1);
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    let factor = b;
    for (let mask = top; mask !== 0n; mask >>= 1n) {
      if ((a & mask) !== 0n) product ^= factor;
      factor = (factor & 1n) === 0n ? factor >> 1n : (factor >> 1n) ^ polynomial;
    }
    return product;
  };
  /** x to the power of 8 × 2^index, modulo the polynomial. */
  const squares: bigint[] = [];
  const square = (index: number): bigint => {
    for (let last = squares.at(-1); squares.length <= index; last = squares.at(-1)) {
      squares.push(last === undefined ? top >> 8n : multiply(last, last));
    }
    return squares[index] ?? 0n;
  };
  const shifts = new Map<number, bigint>();
  const shiftBy = (length: number): bigint => {
    let shift = shifts.get(length) ?? top;
    if (shifts.has(length)) return shift;
    for (let rest = BigInt(length), index = 0; rest > 0n; rest >>= 1n, index += 1) {
      if ((rest & 1n) === 1n) shift = multiply(square(index), shift);
    }
    shifts.set(length, shift);
    return shift;
  };
  const value = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
  return (first, second, length) => {
    const joined = multiply(shiftBy(length), value(first)) ^ value(second);
    return Buffer.from(joined.toString(16).padStart(bits / 4, '0'), 'hex');
  };
}
