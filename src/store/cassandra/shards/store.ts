/**
 * Stores an effect: into the shard that was read, then a look at that shard's state, then after it wherever it moved.
 *
 * Writer and worker both store before they look: the writer its row and then the state, the worker the seal and then the
 * rows. With quorums at least one of them sees the other, so no acknowledged row is left behind.
 */

import { Corrupt, Unavailable } from '../../port.ts';
import { compareTags } from '../tags.ts';
import type { Effect, Home, KeyView, Session, Stored, Tag, Uuid, VersionEffect } from '../types.ts';
import { decodeVersion, type Succession, successorOf } from './cells.ts';
import { type Context, HOPS_MAX, Patience, sessionOf } from './context.ts';
import { bytesOf, putEffect, readKeyCells, readState } from './rows.ts';
import { READ_VERSION } from './statements.ts';

/** As `Shards.store`. */
export async function store(
  context: Context,
  { shard: { home, id, floor } }: KeyView,
  effect: Effect,
): Promise<Stored> {
  if (isLow(effect, floor)) return 'late';
  const session = sessionOf(context, home);
  const patience = new Patience(context);
  let shard = id;
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    const here = shard;
    await maybe(hop > 0, () => session.batch(putEffect(here, effect)));
    const over = await maybe(true, () => successionOf(context, home, here, patience));
    if (over === undefined) return 'stored';
    const next = successorOf(over, effect.key);
    if (next === undefined) return 'gone';
    const low = isLow(effect, over.floor);
    if (over.kind === 'mode' && !isHarmless(effect)) {
      const found = await maybe(true, () => lookUp(session, next, effect));
      if (found === 'there' && low) return 'stored';
      if (found !== 'there') return found === 'moved on' || low ? 'late' : 'moved';
    } else if (low) return 'late';
    shard = next;
  }
  throw new Unavailable(`bucket ${home.bucketId} is being moved faster than it can be written; try again`, {
    mayHaveApplied: true,
  });
}

/** Undefined: the shard has not been sealed, what was stored before counts. Waits until it is decided who takes over. */
async function successionOf(
  context: Context,
  home: Home,
  shard: Uuid,
  patience: Patience,
): Promise<Succession | undefined> {
  for (;;) {
    const state = await readState(sessionOf(context, home), shard);
    if (state === undefined) throw new Corrupt(`bucket ${home.bucketId}: shard ${shard} has lost its state`);
    const { low, over } = state;
    if (over === undefined) return undefined;
    if (state.state === 'sealed') context.met(home, low, over.kind, false);
    if (state.state === 'retired' || over.kind === 'move') return over;
    await patience.wait(home, { low, kind: over.kind }, true);
  }
}

/** A write that fails after something was stored may have been applied, whatever became of the last statement. */
async function maybe<T>(stored: boolean, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!stored || !(error instanceof Unavailable) || error.mayHaveApplied) throw error;
    throw new Unavailable(error.message, { mayHaveApplied: true, cause: error });
  }
}

/** Whether nothing at this tag may be stored above that floor. */
export function isLow(effect: Effect, floor: bigint): boolean {
  const tag = tagOf(effect);
  return tag !== undefined && compareTags(tag, { time: floor, count: 0 }) <= 0;
}

/** What orders the effect. Undefined: voids and fences only, which harm nothing where what they hide is gone. */
export function tagOf({ head, versions }: Effect): Tag | undefined {
  const tags = versions.filter(({ place, payload }) => place.z >= 0 && payload !== undefined).map(({ tag }) => tag);
  return head?.tag ?? tags.sort(compareTags).at(-1);
}

const isHarmless = (effect: Effect): boolean => tagOf(effect) === undefined;

/**
 * After a change of the versioning state: whether the effect was among what was copied. Found by any of its rows, because
 * a copy may have met it half stored; the rest is stored then. An effect without versions is found by its head's tag or a
 * newer one: it only says again what the key's state is.
 */
async function lookUp(session: Session, shard: Uuid, effect: Effect): Promise<'there' | 'not there' | 'moved on'> {
  const versions = effect.versions.filter(({ place }) => place.z >= 0);
  const found = await Promise.all(versions.map((version) => hasVersion(session, shard, effect.key, version)));
  // The state is read last: rows go only when it is RETIRED.
  const { state, head } = await readKeyCells(session, shard, effect.key);
  if (state === undefined || state.state === 'retired') return 'moved on';
  const order = effect.head === undefined || head === undefined ? -1 : compareTags(head.tag, effect.head.tag);
  return found.includes(true) || order === 0 || (versions.length === 0 && order > 0) ? 'there' : 'not there';
}

async function hasVersion(session: Session, shard: Uuid, key: Buffer, { place, tag }: VersionEffect): Promise<boolean> {
  const [row] = await session.read(READ_VERSION, [shard, key, place.z, place.t, place.n, place.id]);
  if (row === undefined) return false;
  const there = decodeVersion(bytesOf(row, 'v'));
  return there.payload === undefined || compareTags(there.tag, tag) >= 0;
}
