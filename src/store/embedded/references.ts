/**
 * Who refers to which blob, counted in the commit that changes it.
 *
 * A blob that a row names has a count of at least one. When the last reference goes, an inline body that was only ever
 * named by versions goes at once (its readers took it along in their snapshot); all others become trash, and the sweeper
 * takes them when the grace is over and nobody can still be reading them. A count of zero never rises again.
 */

import { strict as assert } from 'node:assert';
import { Conflict, Corrupt } from '../port.ts';
import type { RowReader, RowWriter } from './codec.ts';
import { EMPTY, type Extent, type Fresh, type Kind, type StoredExtent } from './extents.ts';
import { numberKey, pairKey } from './keys.ts';
import type { Transaction } from './transaction.ts';

export interface BlobRecord {
  readonly kind: 'file' | 'manifest';
  readonly references: number;
  readonly size: number;
  /** Of files; 0 for manifests. */
  readonly chunkBytes: number;
}

function writeBlob(row: RowWriter, { kind, references, size, chunkBytes }: BlobRecord): void {
  row.byte(kind === 'file' ? 1 : 2);
  row.uint(references).uint(size).uint(chunkBytes);
}

export function readBlob(row: RowReader): BlobRecord {
  const kind = row.byte() === 1 ? 'file' : 'manifest';
  const record = { kind, references: row.uint(), size: row.uint(), chunkBytes: row.uint() } as const;
  row.end();
  return record;
}

export interface InlineRecord {
  /** It is, or was, part of a composed body, whose readers look it up late. */
  readonly composed: boolean;
  readonly references: number;
  /** A view: copy it before the next row is read. */
  readonly bytes: Buffer;
}

function writeInline(row: RowWriter, { composed, references, bytes }: InlineRecord): void {
  row
    .byte(composed ? 1 : 0)
    .uint(references)
    .bytes(bytes);
}

export function readInline(row: RowReader): InlineRecord {
  const composed = row.byte() === 1;
  return { composed, references: row.uint(), bytes: row.rest() };
}

export interface TrashRecord {
  readonly kind: Kind;
  /** The change that removed the last reference: readers of a later state cannot know the blob. */
  readonly removedAt: number;
  readonly size: number;
}

const TRASH_KINDS: readonly Kind[] = ['inline', 'file', 'manifest'];

export function readTrash(row: RowReader): TrashRecord {
  const kind = TRASH_KINDS[row.byte()];
  if (kind === undefined) throw new Corrupt('a trash row of a kind that this format does not have');
  return { kind, removedAt: row.uint(), size: row.uint() };
}

/** Throws unless, in this transaction, the file is still this process's to name (`ledger.ts`). */
export type Fence = (transaction: Transaction, fresh: Fresh) => void;

export class References {
  readonly #transaction: Transaction;
  readonly #fence: Fence;

  constructor(transaction: Transaction, fence: Fence) {
    this.#transaction = transaction;
    this.#fence = fence;
  }

  /** One more row names this extent. Returns it as rows keep it; throws `source` when its blob is gone. */
  adopt(extent: Extent, composed: boolean): StoredExtent {
    if (extent.kind === 'empty') return EMPTY;
    if (extent.fresh?.state === 'given-up' || extent.fresh?.state === 'removed') throw new Conflict('source');
    if (extent.fresh?.state === 'fresh') return this.#adoptFresh(extent, extent.fresh, composed);
    const known = extent.kind === 'inline' && extent.blob === 0 ? (extent.fresh?.blob ?? 0) : extent.blob;
    const { kind, blobSize, chunkBytes, start, end } = extent;
    const stored = { kind, blob: known, blobSize, chunkBytes, start, end };
    this.add(stored, 1, composed);
    return stored;
  }

  /** `count` more references to a blob that is referred to already. */
  add(extent: StoredExtent, count: number, composed: boolean): void {
    const key = numberKey(extent.blob);
    if (extent.kind === 'empty') return;
    if (extent.kind === 'inline') {
      const record = this.#inline(key);
      if (record === undefined || record.references === 0) throw new Conflict('source');
      this.#putInline(key, {
        ...record,
        composed: record.composed || composed,
        references: record.references + count,
      });
      return;
    }
    const record = this.#blob(key);
    if (record === undefined || record.references === 0) throw new Conflict('source');
    this.#putBlob(key, { ...record, references: record.references + count });
  }

  /** A row that named this extent is gone. */
  drop(extent: StoredExtent | undefined): void {
    if (extent === undefined || extent.kind === 'empty') return;
    const key = numberKey(extent.blob);
    const record = extent.kind === 'inline' ? this.#inline(key) : this.#blob(key);
    if (record === undefined || record.references === 0) {
      throw new Corrupt(`blob ${extent.blob} is named by a row but not counted`);
    }
    const references = record.references - 1;
    if (references === 0 && 'bytes' in record && !record.composed) {
      this.#transaction.remove('inline', key);
      this.#transaction.count('bodyBytes', -extent.blobSize);
      return;
    }
    if ('bytes' in record) this.#putInline(key, { ...record, references });
    else this.#putBlob(key, { ...record, references });
    if (references === 0) this.#trash(extent);
  }

  /** A new list of extents, named once. Its members' references are its own. */
  addManifest(blob: number, size: number): void {
    this.#putBlob(numberKey(blob), { kind: 'manifest', references: 1, size, chunkBytes: 0 });
  }

  #adoptFresh(extent: Extent, fresh: Fresh, composed: boolean): StoredExtent {
    const { kind, blobSize, chunkBytes, start, end } = extent;
    let blob = extent.blob;
    if (kind === 'inline') {
      assert(extent.bytes !== undefined, 'a fresh inline body has its bytes');
      blob = this.#transaction.number('blob');
      this.#putInline(numberKey(blob), { composed, references: 1, bytes: extent.bytes });
    } else {
      this.#fence(this.#transaction, fresh);
      this.#putBlob(numberKey(blob), { kind: 'file', references: 1, size: blobSize, chunkBytes });
    }
    this.#transaction.count('bodyBytes', blobSize);
    fresh.state = 'adopted';
    fresh.blob = blob;
    this.#transaction.onFailure((outcome) => {
      fresh.state = outcome === 'undone' ? 'fresh' : 'unknown';
    });
    return { kind, blob, blobSize, chunkBytes, start, end };
  }

  #trash(extent: StoredExtent): void {
    const removedAt = this.#transaction.next();
    const due = this.#transaction.clock.now() + this.#transaction.graceMs;
    this.#transaction.put('trash', pairKey(due, extent.blob), (row) => {
      row.byte(TRASH_KINDS.indexOf(extent.kind));
      row.uint(removedAt).uint(extent.blobSize);
    });
    if (extent.kind === 'manifest') return;
    this.#transaction.count('bodyBytes', -extent.blobSize);
    this.#transaction.count('trashBytes', extent.blobSize);
  }

  #inline(key: Buffer): InlineRecord | undefined {
    const row = this.#transaction.get('inline', key);
    if (row === undefined) return undefined;
    const record = readInline(row);
    return { ...record, bytes: Buffer.from(record.bytes) };
  }

  #blob(key: Buffer): BlobRecord | undefined {
    const row = this.#transaction.get('blobs', key);
    return row === undefined ? undefined : readBlob(row);
  }

  #putInline(key: Buffer, record: InlineRecord): void {
    this.#transaction.put('inline', key, (row) => writeInline(row, record));
  }

  #putBlob(key: Buffer, record: BlobRecord): void {
    this.#transaction.put('blobs', key, (row) => writeBlob(row, record));
  }
}
