/** What the checks of `check.ts` look through: one snapshot of the rows, and names for what they find. */

import type { Finding } from '../port.ts';
import { RowReader, unseal } from './codec.ts';
import { readU48, textOfObjectKey } from './keys.ts';
import { readBucket } from './records.ts';
import type { Snapshot, TableName, Tables } from './tables.ts';

/** Rows looked at before other work of the process gets its turn. */
const ROWS_PER_TURN = 1000;

export type Checked<T> =
  | { readonly key: Buffer; readonly value: T }
  | { readonly key: Buffer; readonly finding: Finding };

export class CheckView {
  readonly tables: Tables;
  readonly snapshot: Snapshot;
  readonly #bucketNames = new Map<number, string>();

  constructor(tables: Tables, snapshot: Snapshot) {
    this.tables = tables;
    this.snapshot = snapshot;
  }

  /** Every row of a table, decoded, or what is wrong with it. */
  async *all<T>(table: TableName, decode: (row: RowReader, key: Buffer) => T): AsyncGenerator<Checked<T>> {
    let turn = 0;
    for (const { key, row } of this.tables[table].scanRaw({ start: Buffer.of(0), end: undefined }, this.snapshot)) {
      turn++;
      if (turn % ROWS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      yield this.#checked(table, key, row, decode);
    }
  }

  get<T>(table: TableName, key: Buffer, decode: (row: RowReader) => T): T | undefined {
    try {
      const row = this.tables[table].get(key, this.snapshot);
      return row === undefined ? undefined : decode(row);
    } catch {
      // Damaged rows are found, and reported, where their own table is walked.
      return undefined;
    }
  }

  has(table: TableName, key: Buffer): boolean {
    return this.tables[table].raw(key, this.snapshot) !== undefined;
  }

  async nameBuckets(): Promise<void> {
    for await (const row of this.all('buckets', readBucket)) {
      if ('value' in row) this.#bucketNames.set(row.value.number, row.value.bucket.name);
    }
  }

  bucketName(number: number): string | undefined {
    return this.#bucketNames.get(number);
  }

  /** What an operator can look for. */
  subject(table: TableName, key: Buffer): string {
    if ((table === 'heads' || table === 'uploadKeys') && key.length > 6) {
      return `${this.bucketName(readU48(key, 0)) ?? 'a bucket that is gone'}/${textOfObjectKey(key)}`;
    }
    return `row ${key.toString('hex')} of table ${table}`;
  }

  #checked<T>(table: TableName, key: Buffer, row: Buffer, decode: (row: RowReader, key: Buffer) => T): Checked<T> {
    const subject = () => this.subject(table, key);
    const payload = unseal(key, row);
    if (payload === undefined) {
      return { key, finding: { kind: 'row', subject: subject(), problem: 'the row fails its checksum' } };
    }
    try {
      return { key, value: decode(new RowReader(payload), key) };
    } catch {
      return { key, finding: { kind: 'row', subject: subject(), problem: 'the row does not decode' } };
    }
  }
}

export const badReference = (subject: string, problem: string): Finding => ({ kind: 'reference', subject, problem });
