/**
 * The CRC of two byte strings joined, from the CRCs of the two: what a FULL_OBJECT checksum of a multipart upload needs,
 * since the parts were checksummed when they came in and are not read again.
 *
 * A reflected CRC with all-ones preset and final inversion is linear: crc(A‖B) = crc(A)·x^(8·|B|) ⊕ crc(B) in GF(2)[x]
 * modulo the polynomial (Stigge et al., "Reversing CRC"; the method is zlib's `crc32_combine`). Bit 0 holds the highest
 * power, as everywhere in reflected CRCs. SHA checksums cannot be joined. Elements are two 32-bit words, because 10,000 parts
 * of 10,000 sizes would keep the process busy for ten seconds with big integers, and for a moment like this.
 */

interface Field {
  readonly words: 1 | 2;
  /** The polynomial, reflected, without its highest term. */
  readonly polynomial: Element;
}

/** A polynomial over GF(2), 32 coefficients to a word; 32-bit fields use the low word only. */
interface Element {
  readonly high: number;
  readonly low: number;
}

const FIELDS = Object.freeze({
  CRC32: { words: 1, polynomial: { high: 0, low: 0xedb88320 } },
  CRC32C: { words: 1, polynomial: { high: 0, low: 0x82f63b78 } },
  CRC64NVME: { words: 2, polynomial: { high: 0x9a6c9329, low: 0xac4bc9b5 } },
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
  const squares = squaresOfX(field);
  // Parts of one upload mostly have one size: its factor is worked out once.
  const factors = new Map<number, Element>();
  let joined: Element = { high: 0, low: 0 };
  for (const { crc, size } of pieces) {
    const factor = factors.get(size) ?? powerOfX(field, squares, size);
    factors.set(size, factor);
    const shifted = multiply(field, factor, joined);
    const added = fromBytes(field, crc);
    joined = { high: shifted.high ^ added.high, low: shifted.low ^ added.low };
  }
  return toBytes(field, joined);
}

/** a·b modulo the polynomial. */
function multiply({ words, polynomial }: Field, a: Element, b: Element): Element {
  let high = 0;
  let low = 0;
  let shiftedHigh = b.high;
  let shiftedLow = b.low;
  for (let bit = 32 * words - 1; bit >= 0; bit -= 1) {
    const word = bit < 32 ? a.low : a.high;
    if (((word >>> (bit & 31)) & 1) === 1) {
      high ^= shiftedHigh;
      low ^= shiftedLow;
    }
    const carry = shiftedLow & 1;
    shiftedLow = (shiftedLow >>> 1) | (shiftedHigh << 31);
    shiftedHigh >>>= 1;
    if (carry === 1) {
      shiftedHigh ^= polynomial.high;
      shiftedLow ^= polynomial.low;
    }
  }
  return { high, low };
}

/** Sizes have at most 53 bits. */
const SIZE_BITS = 53;

/** x^8, x^16, x^32, … modulo the polynomial: what shifts by 1, 2, 4, … bytes. */
function squaresOfX(field: Field): readonly Element[] {
  // The top bit is x^0, so the eighth below it is x^8.
  const byte = 1 << 23;
  let square: Element = field.words === 1 ? { high: 0, low: byte } : { high: byte, low: 0 };
  const squares: Element[] = [];
  for (let bit = 0; bit < SIZE_BITS; bit += 1) {
    squares.push(square);
    square = multiply(field, square, square);
  }
  return squares;
}

/** x^(8·size) modulo the polynomial: what shifts by `size` bytes. */
function powerOfX(field: Field, squares: readonly Element[], size: number): Element {
  let power: Element = field.words === 1 ? { high: 0, low: 1 << 31 } : { high: 1 << 31, low: 0 };
  let left = size;
  for (const square of squares) {
    if (left % 2 === 1) power = multiply(field, power, square);
    left = Math.floor(left / 2);
    if (left === 0) break;
  }
  return power;
}

function fromBytes({ words }: Field, bytes: Uint8Array): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return words === 1 ? { high: 0, low: view.getUint32(0) } : { high: view.getUint32(0), low: view.getUint32(4) };
}

function toBytes({ words }: Field, { high, low }: Element): Uint8Array {
  const bytes = new Uint8Array(4 * words);
  const view = new DataView(bytes.buffer);
  if (words === 2) view.setUint32(0, high);
  view.setUint32(4 * (words - 1), low);
  return bytes;
}
