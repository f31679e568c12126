/**
 * The lists of extents that completed uploads consist of.
 *
 * A list is cut into rows of `ROW_SEGMENTS` segments; a row's key ends in the offset at which the row ends. So the row
 * that holds an offset is one seek away, and a range of a body of ten thousand parts reads one or two rows.
 */

import { Unavailable } from '../port.ts';
import type { StoredExtent } from './extents.ts';
import { KINDS } from './extents.ts';
import { pairKey, readU48, writeU48 } from './keys.ts';
import type { Row, Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

const ROW_SEGMENTS = 64;
/** Segments of one body: 5 TiB in parts of 5 MiB are as many. */
const SEGMENTS_MAX = 1_048_576;
/** Start of the row in the body, then fixed-size entries: end in the body, kind, blob, its size, start, end, chunk size. */
const HEAD_BYTES = 6;
const ENTRY_BYTES = 36;

/** An extent of a file or an inline blob, and where in the body it lies. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly extent: StoredExtent;
}

/** Throws when a body would consist of more segments than this engine takes. */
export function requireFew(segments: number): void {
  if (segments <= SEGMENTS_MAX) return;
  throw new Unavailable('the body would consist of too many pieces', { mayHaveApplied: false });
}

export function writeManifest(transaction: Transaction, manifest: number, extents: readonly StoredExtent[]): number {
  let offset = 0;
  for (let index = 0; index < extents.length; index += ROW_SEGMENTS) {
    const group = extents.slice(index, index + ROW_SEGMENTS);
    const bytes = encodeRow(offset, group);
    for (const { start, end } of group) offset += end - start;
    transaction.put('manifests', pairKey(manifest, offset), (row) => row.bytes(bytes));
  }
  return offset;
}

function encodeRow(start: number, group: readonly StoredExtent[]): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + group.length * ENTRY_BYTES);
  writeU48(bytes, start, 0);
  let to = start;
  for (const [index, extent] of group.entries()) {
    const at = HEAD_BYTES + index * ENTRY_BYTES;
    to += extent.end - extent.start;
    writeU48(bytes, to, at);
    bytes[at + 6] = KINDS.indexOf(extent.kind);
    writeU48(bytes, extent.blob, at + 7);
    writeU48(bytes, extent.blobSize, at + 13);
    writeU48(bytes, extent.start, at + 19);
    writeU48(bytes, extent.end, at + 25);
    bytes.writeUInt32BE(extent.chunkBytes, at + 31);
  }
  return bytes;
}

export function decodeRow(payload: Buffer): Segment[] {
  const segments: Segment[] = [];
  let from = readU48(payload, 0);
  for (let at = HEAD_BYTES; at + ENTRY_BYTES <= payload.length; at += ENTRY_BYTES) {
    const to = readU48(payload, at);
    const extent: StoredExtent = {
      kind: KINDS[payload[at + 6] ?? 0] ?? 'empty',
      blob: readU48(payload, at + 7),
      blobSize: readU48(payload, at + 13),
      start: readU48(payload, at + 19),
      end: readU48(payload, at + 25),
      chunkBytes: payload.readUInt32BE(at + 31),
    };
    segments.push({ from, to, extent });
    from = to;
  }
  return segments;
}

/** The row that holds this offset of the body, if the manifest is still there. */
export function manifestRow(tables: Tables, manifest: number, offset: number): Row | undefined {
  return tables.manifests.first({ start: pairKey(manifest, offset + 1), end: pairKey(manifest + 1, 0) });
}

/** The extents that bytes [start, end) of a manifest consist of, cut to size. `undefined` when it is not all there. */
export function expand(tables: Tables, manifest: number, start: number, end: number): StoredExtent[] | undefined {
  const extents: StoredExtent[] = [];
  let at = start;
  for (const { payload } of tables.manifests.scan({
    start: pairKey(manifest, start + 1),
    end: pairKey(manifest + 1, 0),
  })) {
    for (const segment of decodeRow(payload)) {
      if (segment.to <= at || at >= end) continue;
      const skipped = at - segment.from;
      const taken = Math.min(end, segment.to) - at;
      const first = segment.extent.start + skipped;
      extents.push({ ...segment.extent, start: first, end: first + taken });
      at += taken;
    }
    if (at >= end) return extents;
  }
  return undefined;
}
