/**
 * One write transaction as mutations see it: reads, writes, the counters, and what to undo if it comes to nothing.
 *
 * A mutation that throws before its first write has done nothing; `batcher.ts` sees to it that one that throws later
 * takes nothing of the others with it.
 */

import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { RowReader, RowWriter } from './codec.ts';
import { textKey } from './keys.ts';
import { newWriter, type Snapshot, type TableName, type Tables } from './tables.ts';
import type { Tails } from './version-record.ts';

/** Figures that every batch may change: one row, written once per batch. */
export interface Counters {
  /** Number of the last change. Makes revisions, and orders removals against readers. */
  sequence: number;
  /** The next unused number of a blob or a list of parts; file blobs take theirs from ranges of it (`ledger.ts`). */
  blob: number;
  bucket: number;
  key: number;
  upload: number;
  /** How many buckets there are. */
  buckets: number;
  bodyBytes: number;
  trashBytes: number;
}
export type Numbered = 'blob' | 'bucket' | 'key' | 'upload';

const COUNTERS = textKey('counters');
const NAMES = ['sequence', 'blob', 'bucket', 'key', 'upload', 'buckets', 'bodyBytes', 'trashBytes'] as const;
const FIRST: Counters = {
  sequence: 1,
  blob: 1,
  bucket: 1,
  key: 1,
  upload: 1,
  buckets: 0,
  bodyBytes: 0,
  trashBytes: 0,
};

export function readCounters(tables: Tables, snapshot?: Snapshot): Counters {
  const row = tables.meta.get(COUNTERS, snapshot);
  const counters = { ...FIRST };
  if (row !== undefined) for (const name of NAMES) counters[name] = row.uint();
  return counters;
}

export type FailedOutcome = 'undone' | 'unknown';

export interface TransactionContext {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly tails: Tails;
  readonly limits: Pick<Limits, 'blobGraceMs'>;
}

export class Transaction {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly tails: Tails;
  readonly graceMs: number;
  readonly counters: Counters;
  /** Since `begin`, by the mutation under way. */
  wrote = false;
  readonly #row: RowWriter = newWriter();
  readonly #told: ((outcome: FailedOutcome) => void)[] = [];
  #changed = false;

  constructor(context: TransactionContext) {
    this.tables = context.tables;
    this.clock = context.clock;
    this.tails = context.tails;
    this.graceMs = context.limits.blobGraceMs;
    this.counters = readCounters(context.tables);
  }

  /** The next mutation of the batch begins. */
  begin(): void {
    this.wrote = false;
  }

  get(table: TableName, key: Buffer): RowReader | undefined {
    return this.tables[table].get(key);
  }

  put(table: TableName, key: Buffer, fill: (row: RowWriter) => void): void {
    this.#touch();
    const row = this.#row.start();
    fill(row);
    this.tables[table].put(key, row);
  }

  remove(table: TableName, key: Buffer): void {
    this.#touch();
    this.tables[table].remove(key);
  }

  /** The number of this change. */
  next(): number {
    this.#touch();
    this.counters.sequence++;
    return this.counters.sequence;
  }

  number(of: Numbered, count = 1): number {
    this.#touch();
    const first = this.counters[of];
    this.counters[of] += count;
    return first;
  }

  count(of: 'buckets' | 'bodyBytes' | 'trashBytes', change: number): void {
    this.#touch();
    this.counters[of] += change;
  }

  /** Told when nothing became of the transaction, or when that is not known, so that memory agrees with the rows. */
  onFailure(told: (outcome: FailedOutcome) => void): void {
    this.#told.push(told);
  }

  failed(outcome: FailedOutcome): void {
    for (const told of this.#told.reverse()) told(outcome);
  }

  /** Writes what the batch counted. */
  finish(): void {
    if (!this.#changed) return;
    this.put('meta', COUNTERS, (row) => {
      for (const name of NAMES) row.uint(this.counters[name]);
    });
  }

  #touch(): void {
    this.wrote = true;
    this.#changed = true;
  }
}
