/**
 * Rows of table `meta`, all written by transactions: the format of the store, its regions, and who changes it now.
 *
 * Changing the store (tables made, a later format) is work of one process at a time. Whoever does it holds row `work` and
 * renews it with each step; others wait, and take over when they saw no renewal for a minute. Because two may believe that it
 * is theirs for a moment, each step is such that it may run twice.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { newUuid } from '../uuid.ts';
import type { Session, Statement, Uuid } from './types.ts';

const REASON =
  'the store is one in all regions, so its state is agreed among all; a time-out is resolved by repeating, since each writes a new rev';
const SHARED = { kind: 'cas', consistency: 'quorum', idempotent: false, profile: 'meta', reason: REASON } as const;
const READ = { kind: 'read', idempotent: true, profile: 'meta' } as const;
const SELECT = 'SELECT rev, v FROM $global.meta WHERE k = ?';

const STATEMENTS = Object.freeze({
  /** For those who go on from what they read. */
  agreed: { ...READ, cql: SELECT, consistency: 'serial', reason: 'a transaction that is under way must be seen' },
  /** For a start and for the look every minute. */
  seen: {
    ...READ,
    cql: SELECT,
    consistency: 'local-quorum',
    reason: 'a region that is cut off must be able to start; what it misses is seen when it is looked at again',
  },
  insert: { ...SHARED, cql: 'INSERT INTO $global.meta (k, rev, v) VALUES (?, ?, ?) IF NOT EXISTS' },
  update: { ...SHARED, cql: 'UPDATE $global.meta SET rev = ?, v = ? WHERE k = ? IF rev = ?' },
}) satisfies Readonly<Record<string, Statement>>;

export type MetaKey = 'format' | 'regions' | 'work';
export interface MetaRow {
  readonly rev: Uuid;
  readonly value: string;
}

export interface Meta {
  readonly session: Session;
  readonly clock: Clock;
  readonly random: Random;
}

/** `agreed`: the truth now. `seen`: perhaps an older one, but without the other regions. */
export async function readMeta({ session }: Meta, key: MetaKey, how: 'agreed' | 'seen'): Promise<MetaRow | undefined> {
  const [row] = await session.read(STATEMENTS[how], [key]);
  return row === undefined ? undefined : { rev: String(row.rev), value: String(row.v ?? '') };
}

/** Replaces the row that was read. Undefined: another was faster. */
export async function writeMeta(
  { session, random }: Meta,
  key: MetaKey,
  value: string,
  was: MetaRow | undefined,
): Promise<MetaRow | undefined> {
  const rev = newUuid(random);
  const mine = (row: { readonly rev?: unknown }) => row.rev === rev;
  const { applied } =
    was === undefined
      ? await session.cas(STATEMENTS.insert, [key, rev, value], mine)
      : await session.cas(STATEMENTS.update, [rev, value, key, was.rev], mine);
  return applied ? { rev, value } : undefined;
}

const FREE = 'free';
const BUSY = 'busy';
/** A holder that renews nothing for so long is believed to be dead. */
const TAKEOVER_MS = 60_000;
const LOOK_MS = 500;

/**
 * Does the work alone, or waits until `isDone` because another does it. `work` calls what it is given before each step; that
 * throws when another has taken over.
 */
export async function alone(
  meta: Meta,
  isDone: () => Promise<boolean>,
  work: (renew: () => Promise<void>) => Promise<void>,
): Promise<void> {
  let seen: { readonly rev: Uuid; readonly since: number } | undefined;
  while (!(await isDone())) {
    const row = await readMeta(meta, 'work', 'agreed');
    const now = meta.clock.monotonic();
    if (row?.value === BUSY && seen?.rev !== row.rev) seen = { rev: row.rev, since: now };
    const busy = row?.value === BUSY && now - (seen?.since ?? now) < TAKEOVER_MS;
    const held = busy ? undefined : await writeMeta(meta, 'work', BUSY, row);
    if (held !== undefined) return await holding(meta, held, work);
    await sleep(LOOK_MS);
  }
}

async function holding(meta: Meta, first: MetaRow, work: (renew: () => Promise<void>) => Promise<void>): Promise<void> {
  let held = first;
  const write = async (value: string) => {
    const next = await writeMeta(meta, 'work', value, held);
    if (next === undefined) throw new Error('another process took over the change of the store: run this again');
    held = next;
  };
  try {
    await work(() => write(BUSY));
  } finally {
    // Should this fail, others wait a minute.
    await write(FREE).catch(() => {});
  }
}
