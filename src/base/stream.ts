/** Streams of bytes. Left out: back-pressure, which async iteration has by itself. */

/**
 * Everything in one array, or undefined as soon as there is more than `limit` bytes. A stream of one piece is not copied.
 */
export async function collect(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > limit) return undefined;
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, length);
}

const SMALL_BYTES = 1024;
const GATHERED_BYTES = 4 * 1024;
const GATHERED_PIECES = 256;

/**
 * Joins pieces that are too small for an object each. Clients choose how a body comes: in chunks of a byte it would cost
 * hundreds of times its size wherever pieces wait for each other, for the disk or for the end.
 */
export class SmallPieces {
  #held: Uint8Array[] = [];
  #bytes = 0;

  /** What can be passed on now that this piece came: it is held, or follows what was. */
  add(piece: Uint8Array): readonly Uint8Array[] {
    if (piece.length >= SMALL_BYTES) return this.#held.length === 0 ? [piece] : [...this.rest(), piece];
    this.#held.push(piece);
    this.#bytes += piece.length;
    return this.#bytes < GATHERED_BYTES && this.#held.length < GATHERED_PIECES ? [] : this.rest();
  }

  /** What is held, as one piece. A single one is not copied. */
  rest(): readonly Uint8Array[] {
    const held = this.#held;
    const bytes = this.#bytes;
    this.#held = [];
    this.#bytes = 0;
    return held.length > 1 ? [Buffer.concat(held, bytes)] : held;
  }
}
