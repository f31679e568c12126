/**
 * Which numbers of file blobs are handed out, so that files of writes that came to nothing are found without a search.
 *
 * A process reserves a range of numbers by a durable row before it creates the first file of it, and drops the row when each
 * number is either named by a row or has no file. When a process died, the sweeper first takes its range away from it and
 * then removes the files of it that no row names. A commit that names a new file proves, in the same transaction, that
 * the range is still its own. So a process that was taken for dead by mistake fails its uploads and loses nothing.
 */

import { Unavailable } from '../port.ts';
import type { Batcher } from './batcher.ts';
import type { RowReader, RowWriter } from './codec.ts';
import type { Fresh } from './extents.ts';
import { numberKey } from './keys.ts';
import type { Presence } from './presence.ts';
import type { Tables } from './tables.ts';

/** Numbers in one range: a commit more for so many large bodies. */
const RANGE_NUMBERS = 256;

export interface RangeRecord {
  readonly count: number;
  /** Whose it is; empty: taken away, its files are being removed. */
  readonly worker: string;
}

export function writeRange(row: RowWriter, { count, worker }: RangeRecord): void {
  row.uint(count).text(worker);
}
export const readRange = (row: RowReader): RangeRecord => ({ count: row.uint(), worker: row.text() });

interface OwnRange {
  readonly first: number;
  /** The bodies that took its numbers, in order. */
  readonly bodies: Fresh[];
}

export class Ledger {
  readonly #batcher: Batcher;
  readonly #presence: Presence;
  #ranges: readonly OwnRange[] = [];
  #reserving: Promise<void> | undefined;

  constructor(batcher: Batcher, presence: Presence) {
    this.#batcher = batcher;
    this.#presence = presence;
  }

  /** A number for a new file, reserved on disk. */
  async take(): Promise<Fresh> {
    for (;;) {
      const range = this.#ranges.at(-1);
      if (range !== undefined && range.bodies.length < RANGE_NUMBERS) {
        const fresh: Fresh = { state: 'writing', since: 0, blob: range.first + range.bodies.length };
        range.bodies.push(fresh);
        return fresh;
      }
      this.#reserving ??= this.#reserve().finally(() => {
        this.#reserving = undefined;
      });
      await this.#reserving;
    }
  }

  /** Throws unless the range of this blob is still this process's: to be asked in the commit that names it. */
  fence(tables: Tables, blob: number): void {
    const range = this.#ranges.find(({ first }) => blob >= first && blob < first + RANGE_NUMBERS);
    const row = range === undefined ? undefined : tables.ledger.get(numberKey(range.first));
    if (row === undefined || readRange(row).worker !== this.#presence.worker) {
      throw new Unavailable('another process took this one for dead', { mayHaveApplied: false });
    }
  }

  /** Bodies that no commit has named since `before`. */
  idle(before: number): readonly Fresh[] {
    return this.#bodies().filter(({ state, since }) => state === 'fresh' && since <= before);
  }

  /** Drops the rows of what is settled. What is not is left to the sweeper of another process. */
  async close(): Promise<void> {
    if (this.#ranges.length > 0) await this.#batcher.run((transaction) => this.#retire(transaction, true));
  }

  async #reserve(): Promise<void> {
    this.#presence.appear();
    const { first, retired } = await this.#batcher.run((transaction) => {
      const gone = this.#retire(transaction, false);
      const number = transaction.number('blob', RANGE_NUMBERS);
      const record: RangeRecord = { count: RANGE_NUMBERS, worker: this.#presence.worker };
      transaction.put('ledger', numberKey(number), (row) => writeRange(row, record));
      return { first: number, retired: gone };
    });
    this.#ranges = [...this.#ranges.filter((range) => !retired.includes(range)), { first, bodies: [] }];
  }

  #retire(transaction: { remove(table: 'ledger', key: Buffer): void }, last: boolean): readonly OwnRange[] {
    const settled = this.#ranges.filter(
      ({ bodies }) =>
        (last || bodies.length === RANGE_NUMBERS) &&
        bodies.every(({ state }) => state === 'adopted' || state === 'removed'),
    );
    for (const { first } of settled) transaction.remove('ledger', numberKey(first));
    return settled;
  }

  #bodies(): readonly Fresh[] {
    return this.#ranges.flatMap(({ bodies }) => bodies);
  }
}
