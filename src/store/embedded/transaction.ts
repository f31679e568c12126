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
import { newWriter, type OpenedRows, type Snapshot, type TableName, type Tables } from './tables.ts';
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

/** Told what a transaction changes, in it: keeps the other drives of a store in step (`drives/`). */
export interface Journal {
  /** A transaction begins. Throws `Unavailable` when these rows are no longer the ones to write to. */
  begin(): void;
  changed(table: TableName, key: Buffer): void;
  /** All of it is written: the journal's own rows come last. */
  finish(transaction: Pick<Transaction, 'write'>): void;
  /** What these rows had committed by now is on disk wherever it has to be. Throws `Unavailable` when that fails. */
  settled(rows: OpenedRows): Promise<void>;
  /** A transaction could not be written. Never rejects. */
  broke(rows: OpenedRows, cause: unknown): Promise<void>;
}

export interface TransactionContext {
  readonly tables: Tables;
  /** Absent: there is one drive. */
  readonly journal?: Journal;
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
  readonly #journal: Journal | undefined;
  readonly #row: RowWriter = newWriter();
  readonly #told: ((outcome: FailedOutcome) => void)[] = [];
  #changed = false;

  constructor(context: TransactionContext) {
    this.tables = context.tables;
    this.#journal = context.journal;
    this.#journal?.begin();
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
    this.write(table, key, fill);
    this.#journal?.changed(table, key);
  }

  /** As `put`, for the journal's own rows. */
  write(table: TableName, key: Buffer, fill: (row: RowWriter) => void): void {
    this.#touch();
    const row = this.#row.start();
    fill(row);
    this.tables[table].put(key, row);
  }

  /** A row with its seal, as another copy of this table has it. */
  putRaw(table: TableName, key: Buffer, row: Buffer): void {
    this.#touch();
    this.tables[table].putRaw(key, row);
    this.#journal?.changed(table, key);
  }

  remove(table: TableName, key: Buffer): void {
    this.#touch();
    this.tables[table].remove(key);
    this.#journal?.changed(table, key);
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

  /** No number given from now on was ever given before, not even by a transaction that was lost with its drive. */
  skipNumbers(count: number): void {
    this.next();
    for (const name of ['sequence', 'blob', 'bucket', 'key', 'upload'] as const) this.counters[name] += count;
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
    this.#journal?.finish(this);
  }

  #touch(): void {
    this.wrote = true;
    this.#changed = true;
  }
}
