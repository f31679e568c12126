/**
 * Stores an effect: into the shard that was read, then a look at that shard's state, then after it wherever it moved.
 *
 * Writer and worker both store before they look: the writer its row and then the state, the worker the seal and then the
 * rows. With quorums at least one of them sees the other, so no acknowledged row is left behind.
 */

import { Corrupt, Unavailable } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import { isEmpty } from '../keys/elected.ts';
import { placeTag } from '../keys/record.ts';
import { compareTags } from '../tags.ts';
import type { Effect, Election, Home, KeyView, Stored, Tag, VersionPlace } from '../types.ts';
import { carryKey } from './carry.ts';
import { decodeVersion, type HeadCell, type StateCell, successorOf } from './cells.ts';
import { type Context, HOPS_MAX, Patience, sessionOf } from './context.ts';
import { bytesOf, putEffect, readKeyCells, readState } from './rows.ts';
import { READ_VERSION } from './statements.ts';

/** As `Shards.store`. */
export async function store(
  context: Context,
  { shard: { home, id, floor } }: KeyView,
  effect: Effect,
  election?: Election,
): Promise<Stored> {
  if (isEmpty(effect)) return 'stored';
  if (isLow(effect, floor)) return 'late';
  const session = sessionOf(context, home);
  const patience = new Patience(context);
  let at: Next = { shard: id, stores: true };
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    const { shard, stores } = at;
    if (stores) await maybe(hop > 0, () => session.batch(putEffect(shard, effect)));
    const { state, over } = await maybe(true, () => settledState(context, home, shard, patience));
    if (over === undefined) return 'stored';
    const next = successorOf(over, effect.key);
    if (next === undefined) return 'gone';
    const low = isLow(effect, over.floor);
    if (low && state === 'sealed')
      return await maybe(true, () => takeAlong(session, { from: shard, to: next }, effect));
    const passed = over.kind === 'mode' && !isHarmless(effect);
    const found = passed ? await maybe(true, () => lookUp(session, next, effect)) : 'there';
    if (found !== 'there') return found === 'unknown' || low ? 'past' : 'moved';
    if (low) {
      const answer = await maybe(true, () => below(session, next, effect, election));
      if (typeof answer === 'string') return passed && answer === 'late' ? 'stored' : answer;
      at = answer;
    } else at = { shard: next, stores: true };
  }
  throw new Unavailable(`bucket ${home.bucketId} is being moved faster than it can be written; try again`, {
    mayHaveApplied: true,
  });
}

interface Next {
  readonly shard: Uuid;
  /** False: it has retired, and only says who comes after it. */
  readonly stores: boolean;
}

/**
 * For an effect at or below the floor of a shard that took over from a retired one. Blind ones are late. An elected one goes
 * in while its claim row stays, read after the shard's state: a vacuum replaces that row before it leaves the key behind. A
 * first claim row that came after that is told by what it changed: that is not there any more.
 */
async function below(
  session: Session,
  shard: Uuid,
  { key }: Effect,
  election: Election | undefined,
): Promise<Next | 'late' | 'past'> {
  if (election === undefined) return 'late';
  const { state, head } = await readKeyCells(session, shard, key);
  if (state === undefined || state.state === 'retired') return { shard, stores: false };
  if (election.onLive && head === undefined) return 'past';
  return (await election.isStanding()) ? { shard, stores: true } : 'late';
}

/** The state in which it is known who takes over, if anybody: seals that do not let writers pass are waited out. */
async function settledState(context: Context, home: Home, shard: Uuid, patience: Patience): Promise<StateCell> {
  for (;;) {
    const cell = await readState(sessionOf(context, home), shard);
    if (cell === undefined) throw new Corrupt(`bucket ${home.bucketId}: shard ${shard} has lost its state`);
    const { low, state, over } = cell;
    if (over === undefined || state === 'retired') return cell;
    if (over.kind === 'move') {
      context.met(home, low, over.kind, false);
      return cell;
    }
    await patience.wait(home, { low, kind: over.kind }, true);
  }
}

/**
 * For an effect below the next shard's floor, which may lack dead rows that are above the effect: it cannot be stored there
 * by itself, but the key as the sealed shard has it can. Until that shard retires it is what counts.
 */
async function takeAlong(
  session: Session,
  move: { readonly from: Uuid; readonly to: Uuid },
  { key }: Effect,
): Promise<'stored' | 'late'> {
  if ((await carryKey({ session, from: move.from, targetOf: () => move.to }, key)) === 'retired') return 'late';
  return (await readState(session, move.from))?.state === 'sealed' ? 'stored' : 'late';
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
function isLow(effect: Effect, floor: bigint): boolean {
  const tag = tagOf(effect);
  return tag !== undefined && compareTags(tag, { time: floor, count: 0 }) <= 0;
}

/** What orders the effect. Undefined: voids and fences only, which harm nothing where what they hide is gone. */
function tagOf({ head, versions }: Effect): Tag | undefined {
  const tags = versions.filter(({ place, payload }) => place.z >= 0 && payload !== undefined).map(({ tag }) => tag);
  return head?.tag ?? tags.sort(compareTags).at(-1);
}

const isHarmless = (effect: Effect): boolean => tagOf(effect) === undefined;

/**
 * After a change of the versioning state: whether the effect was among what was copied. Others may have changed the key
 * since, at tags from the effect's own on, because whoever found it missing began where it did. So it is found by the
 * version that it makes, whose place nobody else has, or by its own bytes; a copy may have met it half stored, and the rest
 * is stored then. Where a later change hides whether it was there, nobody can tell.
 */
async function lookUp(session: Session, shard: Uuid, effect: Effect): Promise<'there' | 'not there' | 'unknown'> {
  const versions = effect.versions.filter(({ place }) => place.z >= 0);
  const made = versions.filter(({ place, tag }) => compareTags(placeTag(place), tag) === 0);
  const telling = made.length > 0 ? made : versions;
  const rows = await Promise.all(telling.map(({ place }) => readVersion(session, shard, effect.key, place)));
  // The state is read last: rows go only when it is RETIRED.
  const { state, head } = await readKeyCells(session, shard, effect.key);
  if (state === undefined || state.state === 'retired') return 'unknown';
  if (effect.head !== undefined && isSame(head, effect.head)) return 'there';
  if (made.length > 0) return rows.some((row) => row !== undefined) ? 'there' : 'not there';
  if (telling.some((version, at) => isSame(rows[at], version))) return 'there';
  const isHidden = telling.some(({ tag }, at) => compareTags(rows[at]?.tag ?? tag, tag) > 0);
  return isHidden || telling.length === 0 ? 'unknown' : 'not there';
}

async function readVersion(session: Session, shard: Uuid, key: Buffer, { z, t, n, id }: VersionPlace) {
  const [row] = await session.read(READ_VERSION, [shard, key, z, t, n, id]);
  return row === undefined ? undefined : decodeVersion(bytesOf(row, 'v'));
}

function isSame(cell: HeadCell | undefined, { tag, payload }: HeadCell): boolean {
  if (cell === undefined || compareTags(cell.tag, tag) !== 0) return false;
  return cell.payload === undefined || payload === undefined ? cell.payload === payload : cell.payload.equals(payload);
}
