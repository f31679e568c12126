/** Where the physical copies of a body are, and whether each holds what its checksums say. */

import type { Body } from '../../model/entities.ts';
import type { Copy } from '../port.ts';
import { blobPath, inspectFile } from './blob-file.ts';
import type { Disk } from './disk.ts';
import { extentOf, type StoredExtent } from './extents.ts';
import { numberKey } from './keys.ts';
import { expand } from './manifests.ts';
import { readInline } from './references.ts';
import type { Tables } from './tables.ts';

export interface CopyPlace {
  readonly name: string;
  /** Where its files are. */
  readonly root: string;
  readonly tables: Tables;
}

/** For each piece of the body, each place. Reads all of it, everywhere. */
export async function copiesOf(
  body: Body,
  where: { readonly disk: Disk; readonly places: readonly CopyPlace[] },
): Promise<readonly Copy[]> {
  const copies: Copy[] = [];
  const extent = extentOf(body);
  let at = 0;
  for (const piece of piecesOf(extent, where.places[0]?.tables)) {
    const end = at + piece.end - piece.start;
    for (const place of where.places) {
      const { path, problem } = await inspectPiece(piece, where.disk, place);
      copies.push({ start: at, end, place: { drive: place.name, path }, problem });
    }
    at = end;
  }
  return copies;
}

function piecesOf(extent: StoredExtent, tables: Tables | undefined): readonly StoredExtent[] {
  if (extent.kind === 'empty') return [];
  if (extent.kind !== 'manifest' || tables === undefined) return [extent];
  tables.env.fresh();
  return expand(tables, extent.blob, extent.start, extent.end) ?? [];
}

async function inspectPiece(piece: StoredExtent, disk: Disk, { root, tables }: CopyPlace) {
  const { kind, blob, blobSize: size, chunkBytes } = piece;
  if (kind === 'inline') return { path: 'rows/data.mdb', problem: inspectInline(piece, tables) };
  const path = `blobs/${blobPath('', blob)}`;
  return { path, problem: await inspectFile(disk, root, { blob, size, chunkBytes }, true) };
}

function inspectInline({ blob, blobSize }: StoredExtent, tables: Tables): string | undefined {
  tables.env.fresh();
  try {
    const row = tables.inline.get(numberKey(blob));
    if (row === undefined) return 'its row is missing';
    return readInline(row).bytes.length === blobSize ? undefined : 'its row has the wrong size';
  } catch {
    return 'its row fails its checksum';
  }
}
