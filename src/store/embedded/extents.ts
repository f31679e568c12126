/**
 * What a `BodyRef` of this engine is: an extent, bytes [start, end) of one blob.
 *
 * Blobs are numbered once and never change. An `inline` blob is a row, a `file` blob a file, a `manifest` the list of the
 * extents that a completed upload consists of (never of manifests again). `empty` is no blob at all.
 */

import type { Body, BodyRef } from '../../model/entities.ts';
import type { RowReader, RowWriter } from './codec.ts';

export const KINDS = ['empty', 'inline', 'file', 'manifest'] as const;
export type Kind = (typeof KINDS)[number];

/** As rows keep it. */
export interface StoredExtent {
  readonly kind: Kind;
  /** 0 for `empty`, and for a fresh inline body, which gets its number in the commit. */
  readonly blob: number;
  readonly blobSize: number;
  /** Unit of checksums, of files only. */
  readonly chunkBytes: number;
  readonly start: number;
  readonly end: number;
}

export interface Extent extends StoredExtent {
  /** State of the rows, as a sequence number, at or before which it was seen: what its reader holds back from the sweeper. */
  readonly seen: number;
  /** The whole blob, taken along in the snapshot or not yet written: inline only. */
  readonly bytes?: Buffer;
  /** Made by `write` in this process. */
  readonly fresh?: Fresh;
}

/** The life of a body between `write` and the commit that names it. */
export interface Fresh {
  /** `unknown`: the commit that named it failed in a way that may have reached the disk. `given-up` may still be a file. */
  state: 'writing' | 'fresh' | 'adopted' | 'unknown' | 'given-up' | 'removed';
  /** When `write` was done with it, in milliseconds since 1970. */
  since: number;
  /** The number the commit gave an inline body. */
  blob: number;
  /** Drives that a finished file is on, where there are several. */
  holders?: readonly string[];
}

export const EMPTY: StoredExtent = Object.freeze({
  kind: 'empty',
  blob: 0,
  blobSize: 0,
  chunkBytes: 0,
  start: 0,
  end: 0,
});

export function bodyOf(extent: Extent): Body {
  // The one place where an extent becomes what callers cannot look into, and the one below where it comes back.
  return { size: extent.end - extent.start, ref: extent as unknown as BodyRef };
}
export const extentOf = (body: Body): Extent => body.ref as unknown as Extent;

export function sliceExtent<T extends StoredExtent>(extent: T, start: number, end: number): T {
  if (start === end) return { ...extent, ...EMPTY };
  return { ...extent, start: extent.start + start, end: extent.start + end };
}

export function writeExtent(row: RowWriter, extent: StoredExtent): void {
  row.byte(KINDS.indexOf(extent.kind));
  if (extent.kind === 'empty') return;
  row.uint(extent.blob).uint(extent.blobSize).uint(extent.start).uint(extent.end);
  if (extent.kind === 'file') row.uint(extent.chunkBytes);
}

export function readExtent(row: RowReader): StoredExtent {
  const kind = KINDS[row.byte()] ?? 'empty';
  if (kind === 'empty') return EMPTY;
  const blob = row.uint();
  const blobSize = row.uint();
  const start = row.uint();
  const end = row.uint();
  return { kind, blob, blobSize, start, end, chunkBytes: kind === 'file' ? row.uint() : 0 };
}
