/** How a file is cut: one request up to 16 MiB, parts above. S3 allows 10,000 parts; ours stay below 9,000. */

const MIB = 1024 * 1024;

/** Files up to here go in one request. */
const WHOLE_MOST = 16 * MIB;
const PART_LEAST = 8 * MIB;
const PARTS_MOST = 9000;

/** Bytes of each part but the last; `undefined`: the file goes in one request. */
export const partSizeOf = (size: number): number | undefined =>
  size <= WHOLE_MOST ? undefined : Math.max(PART_LEAST, Math.ceil(size / PARTS_MOST / MIB) * MIB);

export const partsOf = (size: number, partSize: number): number => Math.max(1, Math.ceil(size / partSize));

/** Bytes of part `number` (from 1): from `start` to before `end`. */
export function rangeOf(
  size: number,
  partSize: number,
  number: number,
): { readonly start: number; readonly end: number } {
  const start = (number - 1) * partSize;
  return { start, end: Math.min(size, start + partSize) };
}
