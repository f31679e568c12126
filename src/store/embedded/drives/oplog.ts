/**
 * Keeping a follower in step: which rows changed, change by change, and how another drive takes them over.
 *
 * An entry of the oplog names the rows that one transaction changed, not their contents: a follower that is behind takes
 * all rows named since, as they are in one snapshot of the lead, in one transaction of its own, and then *is* that
 * snapshot. Several commits are caught up with at once, a body row is not written twice on the lead, and every follower is
 * always a state that the lead was in. One environment is a plain mirror of the other, oplog included.
 */

import { Unavailable } from '../../port.ts';
import { RowReader, unseal } from '../codec.ts';
import { numberKey } from '../keys.ts';
import type { Snapshot, TableName, Tables } from '../tables.ts';
import { TABLE_NAMES } from '../tables.ts';
import type { Transaction } from '../transaction.ts';
import { type Drive, headOf, membersOf } from './drive.ts';
import { HEAD, type Members, PARTIAL } from './members.ts';

/** Entries kept. A follower that is further behind is compared row by row. */
const OPLOG_ENTRIES = 4096;

/** The follower knows of a later lead: this one must stop. */
export class Fenced extends Unavailable {
  constructor() {
    super('another drive leads now', { mayHaveApplied: true });
  }
}
/** The follower cannot catch up by the oplog: it is too far behind, or has what an earlier lead never got acknowledged. */
export class Apart extends Error {}

/** Gathers what a transaction changes and writes it down. */
export class Oplog {
  readonly #tables: Tables;
  #changes = new Map<string, { readonly table: TableName; readonly key: Buffer }>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  begin(): void {
    this.#changes = new Map();
  }

  changed(table: TableName, key: Buffer): void {
    this.#changes.set(`${table}\0${key.toString('latin1')}`, { table, key });
  }

  finish(transaction: Pick<Transaction, 'write'>): void {
    const head = headOf(this.#tables) + 1;
    transaction.write('oplog', numberKey(head), (row) => {
      for (const { table, key } of this.#changes.values())
        row.byte(TABLE_NAMES.indexOf(table)).uint(key.length).bytes(key);
    });
    transaction.write('meta', HEAD, (row) => row.uint(head));
    if (head > OPLOG_ENTRIES) this.#tables.oplog.remove(numberKey(head - OPLOG_ENTRIES));
  }
}

function* changesOf(payload: Buffer): Generator<{ readonly table: TableName; readonly key: Buffer }> {
  const row = new RowReader(Buffer.from(payload));
  while (!row.ended()) {
    const table = TABLE_NAMES[row.byte()];
    const key = row.bytes(row.uint());
    if (table !== undefined) yield { table, key };
  }
}

/** Only inside a write transaction of `follower`: makes it the state of the lead's snapshot. True when it was that already. */
export function followUp(lead: Drive, follower: Drive, snapshot: Snapshot): boolean {
  const [ours, theirs] = [membersOf(lead.tables, snapshot), membersOf(follower.tables)];
  if (ours === undefined) throw new Apart('the lead does not know the drives');
  if (theirs !== undefined && isFenced(ours, theirs)) throw new Fenced();
  const [to, from] = [headOf(lead.tables, snapshot), headOf(follower.tables)];
  if (follower.tables.meta.raw(PARTIAL) !== undefined) throw new Apart('it is not a whole copy');
  if ((theirs?.reign ?? 0) < ours.reign && from > ours.reignFrom)
    throw new Apart('it followed an earlier lead further');
  if (from === to) return true;
  if (from > to) throw new Unavailable('a follower is ahead of the lead', { mayHaveApplied: true });
  takeChanges({ lead, follower, snapshot }, { from, to, withMeta: true });
  return false;
}

/**
 * By reigns, not epochs: a lead that was replaced may go on to change the members, unacknowledged. Two leads of one reign,
 * elected at the same moment, both stop; the next start elects one of them.
 */
function isFenced(ours: Members, theirs: Members): boolean {
  return theirs.reign > ours.reign || (theirs.reign === ours.reign && theirs.lead !== ours.lead);
}

export interface Pair {
  readonly lead: Drive;
  readonly follower: Drive;
  readonly snapshot: Snapshot;
}

/** Takes over the rows named by entries (from, to], as they are in the snapshot, and the entries. */
export function takeChanges(
  { lead, follower, snapshot }: Pair,
  { from, to, withMeta }: { readonly from: number; readonly to: number; readonly withMeta: boolean },
): void {
  const changes = new Map<string, { readonly table: TableName; readonly key: Buffer }>();
  for (let entry = from + 1; entry <= to; entry++) {
    const key = numberKey(entry);
    const payload = lead.tables.oplog.payload(key, snapshot);
    if (payload === undefined) throw new Apart('it is too far behind');
    for (const change of changesOf(payload)) {
      if (withMeta || change.table !== 'meta') changes.set(`${change.table}\0${change.key.toString('latin1')}`, change);
    }
    changes.set(`oplog\0${entry}`, { table: 'oplog', key });
    if (entry > OPLOG_ENTRIES) follower.tables.oplog.remove(numberKey(entry - OPLOG_ENTRIES));
  }
  if (withMeta) changes.set('head', { table: 'meta', key: HEAD });
  for (const { table, key } of changes.values()) takeRow({ lead, follower, snapshot }, table, key);
}

/** One row as the lead has it. A damaged one is not taken: what the follower has may heal it. */
function takeRow({ lead, follower, snapshot }: Pair, table: TableName, key: Buffer): void {
  const row = lead.tables[table].raw(key, snapshot);
  if (row === undefined) follower.tables[table].remove(key);
  else if (unseal(key, row) !== undefined) follower.tables[table].putRaw(key, Buffer.from(row));
}

/** Catches up one follower, one transaction at a time; whoever asks while one runs shares the next. */
export class Follower {
  readonly drive: Drive;
  #running: Promise<void> | undefined;
  #next: { readonly lead: Drive; readonly done: Promise<void> } | undefined;

  constructor(drive: Drive) {
    this.drive = drive;
  }

  /** Resolves when all that is committed on the lead now is on this drive's disk. */
  catchUp(lead: Drive): Promise<void> {
    if (this.#next?.lead === lead) return this.#next.done;
    const before = this.#next?.done ?? this.#running ?? Promise.resolve();
    const done = before
      .catch(() => undefined)
      .then(() => {
        if (this.#next?.done === done) this.#next = undefined;
        this.#running = this.#take(lead);
        return this.#running;
      });
    this.#next = { lead, done };
    return done;
  }

  async #take(lead: Drive): Promise<void> {
    await this.drive.rows.root.childTransaction(() => {
      const snapshot = lead.tables.env.hold();
      try {
        followUp(lead, this.drive, snapshot);
      } finally {
        snapshot.done();
      }
    });
  }
}
