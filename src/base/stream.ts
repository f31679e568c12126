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
