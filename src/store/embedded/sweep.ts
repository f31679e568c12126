/**
 * Reclaims what nothing names any more: one bounded round per call, safe with several processes at once.
 *
 * Everything here finds its work in rows (trash, dead uploads and buckets, ranges of dead processes), never by a search.
 * A file goes before the row that knows of it, and its directory is flushed in between, so that a crash leaves work,
 * not leaks. Trash is taken in the order in which it fell due; the first that somebody may still be reading ends it.
 */

import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import { Corrupt, type SweepReport, Unavailable } from '../port.ts';
import type { Batcher } from './batcher.ts';
import { blobDirectory, blobPath } from './blob-file.ts';
import type { EmbeddedBlobs } from './blobs.ts';
import { RowReader } from './codec.ts';
import type { WritingDisk } from './disk.ts';
import { numberKey, pairKey, readU48 } from './keys.ts';
import { type Ledger, readRange, writeRange } from './ledger.ts';
import { decodeRow } from './manifests.ts';
import type { Presence } from './presence.ts';
import { readPart, readUpload } from './records.ts';
import { type Fence, References, readTrash, type TrashRecord } from './references.ts';
import type { Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';
import { partsOf, removeUpload } from './uploads.ts';

export interface SweeperContext {
  readonly tables: Tables;
  readonly batcher: Batcher;
  readonly disk: WritingDisk;
  readonly root: string;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'blobGraceMs'>;
  readonly ledger: Ledger;
  readonly presence: Presence;
  readonly blobs: EmbeddedBlobs;
  readonly fence: Fence;
}

/** Rows of a manifest let go of in one commit. */
const MANIFEST_ROWS = 16;

interface Trash extends TrashRecord {
  readonly key: Buffer;
  readonly blob: number;
}

/** What a step did, and whether it left something that could be done now. */
interface Step {
  readonly blobs: number;
  readonly bytes: number;
  readonly done: boolean;
}
const NOTHING: Step = Object.freeze({ blobs: 0, bytes: 0, done: true });

export class Sweeper {
  readonly #context: SweeperContext;

  constructor(context: SweeperContext) {
    this.#context = context;
  }

  async sweep(round: { readonly now: number; readonly limit: number }): Promise<SweepReport> {
    try {
      return await this.#sweep(round);
    } catch (cause) {
      if (cause instanceof Corrupt || cause instanceof Unavailable) throw cause;
      throw new Unavailable('a sweeping round failed', { mayHaveApplied: true, cause });
    }
  }

  async #sweep({ now, limit }: { readonly now: number; readonly limit: number }): Promise<SweepReport> {
    const { presence } = this.#context;
    const others = await presence.others();
    const steps = [
      () => this.expire(now, limit),
      () => this.#endDead(limit),
      () => this.#takeTrash({ now, limit, horizon: others.horizon }),
      () => this.#takeRanges(limit),
    ];
    let total: Step = NOTHING;
    for (const step of steps) {
      const { blobs, bytes, done } = await step();
      total = { blobs: total.blobs + blobs, bytes: total.bytes + bytes, done: total.done && done };
    }
    await presence.tidy(others.leftovers);
    return total;
  }

  /** Bodies of this process that no commit named within the grace. */
  async expire(now: number, limit: number): Promise<Step> {
    const { ledger, blobs, limits } = this.#context;
    const idle = ledger.idle(now - limits.blobGraceMs);
    for (const fresh of idle.slice(0, limit)) await blobs.giveUp(fresh);
    return { blobs: Math.min(idle.length, limit), bytes: 0, done: idle.length <= limit };
  }

  // ----------------------------------------------------------------------------------------------------- trash

  async #takeTrash(round: { readonly now: number; readonly limit: number; readonly horizon: number }): Promise<Step> {
    const due: Trash[] = [];
    let full = false;
    this.#context.tables.env.fresh();
    const range = { start: pairKey(0, 0), end: pairKey(Math.max(0, Math.floor(round.now)) + 1, 0) };
    for (const { key, payload } of this.#context.tables.trash.scan({ ...range, limit: round.limit + 1 })) {
      const record = readTrash(new RowReader(payload));
      if (record.removedAt > round.horizon) break;
      full = due.length === round.limit;
      if (!full) due.push({ ...record, key, blob: readU48(key, 6) });
    }
    if (due.length === 0) return NOTHING;
    await this.#removeFiles(due.filter(({ kind }) => kind === 'file').map(({ blob }) => blob));
    const { batcher } = this.#context;
    const taken = await batcher.run((transaction) => due.filter((trash) => this.#forget(transaction, trash)));
    return {
      blobs: taken.length,
      bytes: taken.reduce((sum, { kind, size }) => sum + (kind === 'manifest' ? 0 : size), 0),
      done: !full && taken.length === due.length,
    };
  }

  /** The rows of a blob whose file, if any, is gone. False when there is more of it, or another process was faster. */
  #forget(transaction: Transaction, { key, kind, blob, size }: Trash): boolean {
    if (!transaction.tables.trash.has(key)) return false;
    if (kind === 'manifest' && !this.#forgetManifest(transaction, blob)) return false;
    transaction.remove(kind === 'inline' ? 'inline' : 'blobs', numberKey(blob));
    transaction.remove('trash', key);
    if (kind !== 'manifest') transaction.count('trashBytes', -size);
    return true;
  }

  #forgetManifest(transaction: Transaction, manifest: number): boolean {
    const references = new References(transaction, this.#context.fence);
    const range = { start: pairKey(manifest, 0), end: pairKey(manifest + 1, 0), limit: MANIFEST_ROWS + 1 };
    const rows = [...transaction.tables.manifests.scan(range)];
    for (const { key, payload } of rows.slice(0, MANIFEST_ROWS)) {
      for (const { extent } of decodeRow(payload)) references.drop(extent);
      transaction.remove('manifests', key);
    }
    return rows.length <= MANIFEST_ROWS;
  }

  // ---------------------------------------------------------------------------------------- what uploads left behind

  async #endDead(limit: number): Promise<Step> {
    const { tables, batcher } = this.#context;
    tables.env.fresh();
    const dead = [...tables.dead.scan({ start: Buffer.of(0), end: undefined, limit: limit + 1 })];
    let done = dead.length <= limit;
    for (const { key } of dead.slice(0, limit)) {
      const number = readU48(key, 1);
      const isBucket = key[0] === BUCKET;
      const ended = await batcher.run((transaction) => {
        const all = isBucket ? endUploads(transaction, number, limit) : this.#endParts(transaction, number, limit);
        if (all) transaction.remove('dead', key);
        return all;
      });
      // The uploads of a bucket become dead uploads, which the next round finds.
      done &&= ended && !isBucket;
    }
    return { ...NOTHING, done };
  }

  #endParts(transaction: Transaction, upload: number, limit: number): boolean {
    const references = new References(transaction, this.#context.fence);
    const rows = [...transaction.tables.parts.scan({ ...partsOf(upload), limit: limit + 1 })];
    for (const { key, payload } of rows.slice(0, limit)) {
      references.drop(readPart(new RowReader(payload)).extent);
      transaction.remove('parts', key);
    }
    return rows.length <= limit;
  }

  // ------------------------------------------------------------------------------------------ ranges of dead processes

  async #takeRanges(limit: number): Promise<Step> {
    const { tables, presence } = this.#context;
    tables.env.fresh();
    const ranges = [...tables.ledger.scan({ start: Buffer.of(0), end: undefined })].map(({ key, payload }) => ({
      ...readRange(new RowReader(payload)),
      key,
      first: readU48(key, 0),
    }));
    if (ranges.length === 0) return NOTHING;
    // Asked after the ranges were read: a process is known before its first range is.
    const { workers } = await presence.others();
    const dead = ranges.filter(({ worker }) => !workers.has(worker));
    let blobs = 0;
    for (const { key, first, count } of dead) {
      if (blobs >= limit) return { blobs, bytes: 0, done: false };
      blobs += await this.#takeRange(key, first, count);
    }
    return { blobs, bytes: 0, done: true };
  }

  async #takeRange(key: Buffer, first: number, count: number): Promise<number> {
    const { tables, batcher } = this.#context;
    // From this commit on nobody can name a file of the range that is not named yet.
    await batcher.run((transaction) => {
      if (!tables.ledger.has(key)) return;
      transaction.put('ledger', key, (row) => writeRange(row, { count, worker: '' }));
    });
    tables.env.fresh();
    const unnamed: number[] = [];
    for (let blob = first; blob < first + count; blob++) if (!tables.blobs.has(numberKey(blob))) unnamed.push(blob);
    const removed = await this.#removeFiles(unnamed);
    await batcher.run((transaction) => transaction.remove('ledger', key));
    return removed;
  }

  /** Durably: returns how many there were. */
  async #removeFiles(blobs: readonly number[]): Promise<number> {
    const { disk, root } = this.#context;
    const directories = new Set<string>();
    let removed = 0;
    for (const blob of blobs) {
      if (!(await disk.remove(blobPath(root, blob)))) continue;
      removed++;
      directories.add(blobDirectory(root, blob));
    }
    for (const directory of directories) await disk.flushDirectory(directory);
    return removed;
  }
}

const BUCKET = 'b'.charCodeAt(0);

/** Makes up to `limit` uploads of a bucket that is gone dead uploads. Returns whether those were all. */
function endUploads(transaction: Transaction, bucket: number, limit: number): boolean {
  const { uploadKeys, uploadsByKey, uploads } = transaction.tables;
  const keys = [...uploadKeys.scan({ start: numberKey(bucket), end: numberKey(bucket + 1), limit: limit + 1 })];
  let left = limit;
  for (const { payload } of keys) {
    const keyNumber = new RowReader(payload).uint();
    const range = { start: numberKey(keyNumber), end: numberKey(keyNumber + 1), limit: left + 1 };
    for (const { key } of [...uploadsByKey.scan(range)]) {
      if (left === 0) return false;
      left--;
      const row = uploads.get(key.subarray(UPLOAD_ID_AT));
      if (row === undefined) continue;
      const record = readUpload(row);
      removeUpload(transaction, record);
      transaction.put('dead', Buffer.concat([Buffer.from('u'), numberKey(record.number)]), (to) => to.byte(0));
    }
  }
  return keys.length <= limit;
}

/** In a key of `uploadsByKey`: behind the number of the key and the start. */
const UPLOAD_ID_AT = 12;
