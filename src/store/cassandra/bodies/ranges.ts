/**
 * Where bytes are: places of bodies as values, and the arithmetic of ranges, chunks and segments. Pure.
 *
 * A blob is chunks 0, 1, 2, … of `chunkBytes`, the last one shorter. `SEGMENT_CHUNKS` of them make a segment, which is one
 * partition of the table: 16 MiB with chunks of 512 KiB, so that a deletion is one tombstone for each 16 MiB.
 */

import { strict as assert } from 'node:assert';
import type { Uuid } from '../database/types.ts';
import type { BodyPlace, Naming } from '../types.ts';

export const SEGMENT_CHUNKS = 32;
export const EMPTY: BodyPlace = Object.freeze({ type: 'empty' });
export type Stored = Exclude<BodyPlace, { readonly type: 'empty' }>;
export type BlobPlace = Extract<BodyPlace, { readonly type: 'blob' }>;
export type ListPlace = Extract<BodyPlace, { readonly type: 'list' }>;

/** What a naming is known by: its reference, or without one the body's id. Undefined: a body of no bytes, held by nobody. */
export function idOf({ place, reference }: Naming): Uuid | undefined {
  return reference ?? (place.type === 'empty' ? undefined : place.id);
}

/** Bytes that a place means. */
export const sizeOf = (place: BodyPlace): number => (place.type === 'empty' ? 0 : place.end - place.start);

/** Bytes [start, end) of a place. */
export function slicePlace(place: BodyPlace, start: number, end: number): BodyPlace {
  assert(0 <= start && start <= end && end <= sizeOf(place), 'a range within the body');
  if (place.type === 'empty' || start === end) return EMPTY;
  return Object.freeze({ ...place, start: place.start + start, end: place.start + end });
}

/** Bytes [from, to) of chunk `n` of a blob, which has `length` bytes in all. */
export interface Span {
  readonly blob: BlobPlace;
  readonly n: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** What is to be read of each chunk, in order. */
export function* spansOf(blob: BlobPlace): Generator<Span> {
  const { start, end, size, chunkBytes } = blob;
  for (let n = Math.floor(start / chunkBytes); n * chunkBytes < end; n++) {
    const first = n * chunkBytes;
    const length = Math.min(chunkBytes, size - first);
    yield { blob, n, length, from: Math.max(0, start - first), to: Math.min(length, end - first) };
  }
}

export const segmentOf = (chunk: number): number => Math.floor(chunk / SEGMENT_CHUNKS);
/** How many partitions a blob of so many chunks has. */
export const segmentsOf = (chunks: number): number => Math.ceil(chunks / SEGMENT_CHUNKS);
export const chunksOf = (size: number, chunkBytes: number): number => Math.ceil(size / chunkBytes);

/** A blob's range in a list, at this offset of the list. */
export interface ListRange {
  readonly at: number;
  readonly blob: BlobPlace;
}

/** The part of a list's range that lies within [start, end) of the list. Undefined: none. */
export function within({ at, blob }: ListRange, start: number, end: number): BlobPlace | undefined {
  const first = Math.max(start, at);
  const last = Math.min(end, at + blob.end - blob.start);
  if (first >= last) return undefined;
  return { ...blob, start: blob.start + first - at, end: blob.start + last - at };
}
