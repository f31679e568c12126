/**
 * The drives of an open store in this process: who leads, who follows, and what happens when one fails.
 *
 * Serving reads and transactions go to the lead's environment. After each batch the followers that are up catch up, and
 * only then is it acknowledged. A drive that fails is left out by a commit of the rest; a lead that fails is replaced by
 * the follower furthest on. Before every read this process looks at the drives' own rows for a later lead, so that a
 * process which has not heard of the change cannot answer from the old one.
 */

import type { Clock } from '../../../base/clock.ts';
import type { Limits } from '../../../base/limits.ts';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import { Unavailable } from '../../port.ts';
import type { Batcher } from '../batcher.ts';
import { RowReader } from '../codec.ts';
import type { Fresh } from '../extents.ts';
import { numberKey } from '../keys.ts';
import type { OpenedRows, TableName, Tables } from '../tables.ts';
import { type Journal, Transaction } from '../transaction.ts';
import { Tails } from '../version-record.ts';
import { attachDrive, type Drive, look, membersOf } from './drive.ts';
import {
  type Found,
  furthest,
  MEMBERS,
  type Members,
  readMembers,
  stateOf,
  upOf,
  withLead,
  withState,
  writeMembers,
} from './members.ts';
import { Apart, Fenced, Follower, Oplog } from './oplog.ts';
import { rejoinStep } from './reconcile.ts';

/**
 * Numbers skipped when a lead is replaced: more than transactions that were not acknowledged can have taken, so that
 * nothing that somebody read of those is ever mistaken for something else.
 */
const SKIPPED_NUMBERS = 2 ** 20;
/** Times that a batch is tried again on the drives that are left; each time there is one less. */
const ATTEMPTS = 32;

export interface LeadContext {
  /** Over the lead's rows; follows the lead. */
  readonly tables: Tables;
  readonly drives: readonly Drive[];
  readonly lead: Drive;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Pick<Limits, 'blobGraceMs'>;
  readonly log: Log | undefined;
  readonly readOnly: boolean;
}

export class Lead implements Journal {
  readonly #context: LeadContext;
  readonly #drives = new Map<string, Drive>();
  readonly #followers = new Map<string, Follower>();
  readonly #oplog: Oplog;
  readonly #known = new Map<Drive, { readonly row: Buffer; readonly members: Members }>();
  #lead: Drive;
  #batcher: Batcher | undefined;
  readonly #rejoining = new Map<string, Promise<void>>();
  readonly #said = new Set<string>();

  constructor(context: LeadContext) {
    this.#context = context;
    this.#lead = context.lead;
    this.#oplog = new Oplog(context.tables);
    for (const drive of context.drives) this.#drives.set(drive.id, drive);
    context.tables.env.watch(() => this.#watch());
  }

  /** The batcher whose transactions are told to this journal. */
  commitWith(batcher: Batcher): void {
    this.#batcher = batcher;
  }

  /** As the lead has them now, or in the write transaction that is open. */
  members(): Members {
    const members = this.#membersOf(this.#lead);
    if (members === undefined) throw new Unavailable('the lead does not know the drives', { mayHaveApplied: false });
    return members;
  }

  /** As the lead has them at this moment. */
  currentMembers(): Members {
    this.#context.tables.env.fresh();
    return this.members();
  }

  lead(): Drive {
    return this.#lead;
  }

  /** Drives to write to: all but those that are down, the lead first. */
  writable(): readonly Drive[] {
    this.#context.tables.env.fresh();
    return this.#opened((state) => state !== 'down');
  }

  /** Drives that hold a whole copy, the lead first. */
  whole(): readonly Drive[] {
    this.#context.tables.env.fresh();
    return this.#opened((state) => state === 'up');
  }

  drive(id: string): Drive | undefined {
    const member = this.members().drives.find((one) => one.id === id);
    return member === undefined ? undefined : this.#open(id, member.path);
  }

  /** In the commit that first names a file: a drive that it was not written to is to get it. */
  covers(transaction: Transaction, fresh: Fresh): void {
    const lacking = this.members().drives.some(({ id, state }) => state !== 'down' && !fresh.holders?.includes(id));
    if (lacking) transaction.put('repairs', numberKey(fresh.blob), (row) => row.byte(0));
  }

  // ----------------------------------------------------------------------------------------------------- journal

  begin(): void {
    const { lead } = this.members();
    if (lead !== this.#lead.id || this.#later() !== undefined) {
      throw new Unavailable('another drive leads now', { mayHaveApplied: false });
    }
    this.#oplog.begin();
  }

  changed(table: TableName, key: Buffer): void {
    this.#oplog.changed(table, key);
  }

  finish(transaction: Pick<Transaction, 'write'>): void {
    this.#oplog.finish(transaction);
  }

  async settled(rows: OpenedRows): Promise<void> {
    const lead = [...this.#drives.values()].find((drive) => drive.rows === rows);
    for (let attempt = 0; lead !== undefined && attempt < ATTEMPTS; attempt++) {
      lead.tables.env.fresh();
      const members = this.#membersOf(lead);
      if (members?.lead !== lead.id) throw new Fenced();
      const followers = upOf(members).filter(({ id }) => id !== lead.id);
      const outcomes = await Promise.allSettled(followers.map(({ id, path }) => this.#followed(lead, id, path)));
      const failures = outcomes.flatMap((one, at) =>
        one.status === 'rejected' ? [{ id: followers[at]?.id ?? '', reason: one.reason }] : [],
      );
      const [first] = failures;
      if (first === undefined) return;
      if (failures.some(({ reason }) => reason instanceof Fenced)) throw new Fenced();
      await this.fail(
        failures.map(({ id }) => id),
        first.reason,
      );
    }
    throw new Unavailable('the drives do not settle', { mayHaveApplied: true });
  }

  async broke(rows: OpenedRows, cause: unknown): Promise<void> {
    if (this.#lead.rows !== rows) return;
    await this.fail([this.#lead.id], cause).catch(() => undefined);
  }

  // ---------------------------------------------------------------------------------------------------- failures

  /** These drives are left out from now on. Throws `Unavailable`, and leaves none out, when too few would be left. */
  async fail(ids: readonly string[], cause: unknown): Promise<void> {
    this.#context.tables.env.fresh();
    const members = this.members();
    const failing = ids.filter((id) => (stateOf(members, id) ?? 'down') !== 'down');
    if (failing.length === 0) return;
    for (const { id, path } of members.drives) if (failing.includes(id)) this.#say(id, path, cause);
    assertEnough(members, failing, cause);
    if (failing.includes(members.lead)) return this.#replaceLead(members, failing, reasonOf(cause));
    await this.update((now) => {
      const still = failing.filter((id) => (stateOf(now, id) ?? 'down') !== 'down');
      if (still.length === 0) return undefined;
      assertEnough(now, still, cause);
      return withState(now, still, 'down', reasonOf(cause));
    });
  }

  /** A change of the members, decided in its commit. `undefined`: there is none to make. */
  async update(change: (members: Members, transaction: Transaction) => Members | undefined): Promise<void> {
    await this.#batcher?.run((transaction) => {
      const members = change(this.members(), transaction);
      if (members !== undefined) transaction.put('meta', MEMBERS, (row) => writeMembers(row, members));
    });
  }

  /** The follower that is furthest on leads. Whoever was faster is followed. */
  async #replaceLead(members: Members, failing: readonly string[], reason: string): Promise<void> {
    const found: Found[] = [];
    for (const { id, path } of upOf(members)) {
      const drive = failing.includes(id) ? undefined : this.#open(id, path);
      if (drive !== undefined) found.push(look(drive));
    }
    const best = furthest(found);
    const next = best === undefined ? undefined : this.#drives.get(best.id);
    if (best === undefined || next === undefined) {
      throw new Unavailable('no other drive can lead', { mayHaveApplied: true });
    }
    const led = withLead(withState(best.members, failing, 'down', reason), next.id, best.head);
    await elect(this.#context, next, led, best.members.epoch);
    if (this.#membersOf(next)?.epoch === led.epoch) this.#use(next);
    else this.#watch();
    this.#context.log?.warn('another drive leads now', { drive: next.path });
    await this.settled(next.rows).catch(() => undefined);
  }

  /** Once for each drive. */
  #say(id: string, path: string, cause: unknown): void {
    if (!this.#said.has(id)) this.#context.log?.error('a drive fails', { drive: path }, cause);
    this.#said.add(id);
  }

  // ----------------------------------------------------------------------------------------------------- helpers

  async #followed(lead: Drive, id: string, path: string): Promise<void> {
    let follower = this.#followers.get(id);
    if (follower === undefined) {
      const drive = this.#open(id, path);
      if (drive === undefined) throw new Apart('it cannot be opened');
      follower = new Follower(drive);
      this.#followers.set(id, follower);
    }
    try {
      await follower.catchUp(lead);
    } catch (error) {
      if (!(error instanceof Apart)) throw error;
      await this.#rejoined(lead, follower);
    }
  }

  async #rejoined(lead: Drive, follower: Follower): Promise<void> {
    const { id } = follower.drive;
    const rejoining = this.#rejoining.get(id) ?? rejoin(lead, follower.drive);
    this.#rejoining.set(id, rejoining);
    try {
      await rejoining;
    } finally {
      this.#rejoining.delete(id);
    }
    await follower.catchUp(lead);
  }

  /** Before each read: is there a later lead? */
  #watch(): void {
    const next = this.#later();
    if (next !== undefined) this.#use(next);
  }

  /** The lead of a later epoch, if one of the drives knows it. */
  #later(): Drive | undefined {
    const own = this.#known.get(this.#lead)?.members ?? this.#membersOf(this.#lead);
    for (const { id, path, state } of own?.drives ?? []) {
      if (state === 'down' || id === this.#lead.id) continue;
      const theirs = this.#glance(id, path);
      if (theirs === undefined || theirs.lead === this.#lead.id || theirs.reign <= (own?.reign ?? 0)) continue;
      const member = theirs.drives.find((one) => one.id === theirs.lead);
      const next = member === undefined ? undefined : this.#open(member.id, member.path);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  #glance(id: string, path: string): Members | undefined {
    const drive = this.#open(id, path);
    try {
      drive?.tables.env.fresh();
      return drive === undefined ? undefined : this.#membersOf(drive);
    } catch {
      // A drive that cannot be read is no lead.
      return undefined;
    }
  }

  #use(drive: Drive): void {
    this.#lead = drive;
    this.#context.tables.env.use(drive.rows);
  }

  #opened(wanted: (state: Members['drives'][number]['state']) => boolean): readonly Drive[] {
    const drives = this.members().drives.flatMap(({ id, path, state }) => {
      const drive = wanted(state) ? this.#open(id, path) : undefined;
      return drive === undefined ? [] : [drive];
    });
    return [...drives.filter((drive) => drive === this.#lead), ...drives.filter((drive) => drive !== this.#lead)];
  }

  /** A drive may have joined since this process began. */
  #open(id: string, path: string): Drive | undefined {
    const known = this.#drives.get(id);
    if (known !== undefined) return known;
    try {
      const drive = attachDrive(path, id, this.#context.readOnly);
      this.#drives.set(id, drive);
      return drive;
    } catch {
      return undefined;
    }
  }

  /** Decoded anew only when a byte of it has changed. */
  #membersOf(drive: Drive): Members | undefined {
    const row = drive.tables.meta.raw(MEMBERS);
    if (row === undefined) return undefined;
    const known = this.#known.get(drive);
    if (known?.row.equals(row)) return known.members;
    const members = readMembers(new RowReader(drive.tables.meta.open(MEMBERS, row)));
    this.#known.set(drive, { row: Buffer.from(row), members });
    return members;
  }

  async close(): Promise<void> {
    for (const drive of this.#drives.values()) await drive.rows.root.close();
  }
}

/** Makes `members` what `drive` knows, as its lead, unless it knows more than `epoch` by now. */
export async function elect(
  context: Pick<LeadContext, 'clock' | 'random' | 'limits'>,
  drive: Drive,
  members: Members,
  epoch: number,
): Promise<void> {
  const { clock, random, limits } = context;
  const oplog = new Oplog(drive.tables);
  const journal: Journal = {
    begin: () => oplog.begin(),
    changed: (table, key) => oplog.changed(table, key),
    finish: (transaction) => oplog.finish(transaction),
    settled: async () => undefined,
    broke: async () => undefined,
  };
  await drive.rows.root.childTransaction(() => {
    if ((membersOf(drive.tables)?.epoch ?? 0) !== epoch) return;
    const transaction = new Transaction({ tables: drive.tables, clock, tails: new Tails(random), limits, journal });
    if (members.lead !== membersOf(drive.tables)?.lead) transaction.skipNumbers(SKIPPED_NUMBERS);
    transaction.put('meta', MEMBERS, (row) => writeMembers(row, members));
    transaction.finish();
  });
}

async function rejoin(lead: Drive, follower: Drive): Promise<void> {
  while (!(await rejoinStep(lead, follower)));
}

function assertEnough(members: Members, failing: readonly string[], cause: unknown): void {
  const left = upOf(members).filter(({ id }) => !failing.includes(id)).length;
  if (left >= members.minCopies) return;
  const message = `${left} drives would be left and min-copies is ${members.minCopies}`;
  throw new Unavailable(message, { mayHaveApplied: false, cause });
}

const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof Unavailable && cause.cause !== undefined ? cause.cause : cause;
  return (inner instanceof Error ? inner.message : String(inner)).slice(0, 200);
};
