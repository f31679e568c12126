/**
 * The CRC of two byte strings joined, from the CRCs of the two: what a FULL_OBJECT checksum of a multipart upload needs,
 * since the parts were checksummed when they came in and are not read again.
 *
 * A reflected CRC with all-ones preset and final inversion is linear: crc(A‖B) = crc(A)·x^(8·|B|) ⊕ crc(B) in GF(2)[x]
 * modulo the polynomial (Stigge et al., "Reversing CRC"; the method is zlib's `crc32_combine`). Bit 0 holds the highest
 * power, as everywhere in reflected CRCs. SHA checksums cannot be joined.
 */

interface Field {
  readonly bits: number;
  /** The polynomial, reflected, without its highest term. */
  readonly polynomial: bigint;
}

const FIELDS = Object.freeze({
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, Field>);

export type CombinableCrc = keyof typeof FIELDS;

export function isCombinable(algorithm: string): algorithm is CombinableCrc {
  return Object.hasOwn(FIELDS, algorithm);
}

export interface CrcPiece {
  /** Big-endian, as S3 base64-encodes it. */
  readonly crc: Uint8Array;
  /** Bytes that it covers. */
  readonly size: number;
}

/** The CRC of all pieces in order, big-endian. No pieces: the CRC of nothing, which is zero. */
export function combineCrc(algorithm: CombinableCrc, pieces: Iterable<CrcPiece>): Uint8Array {
  const field = FIELDS[algorithm];
  const factors = new Map<number, bigint>();
  let joined = 0n;
  for (const { crc, size } of pieces) {
    // Parts of one upload mostly have one size: its factor is worked out once.
    let factor = factors.get(size);
    if (factor === undefined) {
      factor = powerOfX(field, 8n * BigInt(size));
      factors.set(size, factor);
    }
    joined = multiply(field, factor, joined) ^ fromBytes(crc);
  }
  return toBytes(joined, field.bits / 8);
}

/** a·b modulo the polynomial. */
function multiply(field: Field, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << BigInt(field.bits - 1); bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ field.polynomial;
  }
  return product;
}

/** x^n modulo the polynomial, by squaring. */
function powerOfX(field: Field, n: bigint): bigint {
  let power = 1n << BigInt(field.bits - 1);
  let square = power >> 1n;
  for (let left = n; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) power = multiply(field, power, square);
    square = multiply(field, square, square);
  }
  return power;
}

const fromBytes = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

const toBytes = (value: bigint, length: number): Uint8Array =>
  Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
