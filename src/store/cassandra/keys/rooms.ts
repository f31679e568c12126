/** What the parts of this room work with, and what several of them do. */

import type { Revision, Versioning } from '../../../model/entities.ts';
import { Conflict, Unavailable } from '../../port.ts';
import { compareTags } from '../tags.ts';
import type { Bodies, Claims, Effect, Home, KeyView, Shards, Tags, Tools } from '../types.ts';
import type { Background } from './background.ts';
import { effectOfRaise, sameState } from './effects.ts';
import type { NullRows } from './nulls.ts';
import { comparePlaces, placeTag, type VersionRecord } from './record.ts';
import { currentOf, keyRevision, type Versions } from './versions.ts';

export interface Rooms {
  readonly tools: Tools;
  readonly tags: Tags;
  readonly shards: Shards;
  readonly claims: Claims;
  readonly bodies: Bodies;
  readonly versions: Versions;
  readonly nulls: NullRows;
  readonly background: Background;
}

export type Decision<T> = { readonly effect: Effect; readonly result: T } | { readonly result: T };

/** How often a change is decided again because the bucket's versioning state changed while it was stored. */
const MODES_MET = 8;

/** A change that means the same in every versioning state. Undefined: no bucket. */
export async function changeInAnyMode<T>(
  { claims }: Rooms,
  home: Home,
  key: Buffer,
  decide: (view: KeyView) => Promise<Decision<T>>,
): Promise<T | undefined> {
  for (let met = 0; met < MODES_MET; met++) {
    const changed = await claims.change(home, key, decide);
    if (changed === undefined || changed.stored === 'gone') return undefined;
    if (changed.stored === 'stored') return changed.result;
  }
  throw new Unavailable('the bucket changes its versioning state all the time. Try again later.', {
    mayHaveApplied: false,
  });
}

/**
 * Makes the newest version current, where it is not: a removal chose the next older one before a put that was under way
 * showed. Who removes looks after the storing, and so does the collector; a put whose head lost confirms in any case.
 */
export async function raise(rooms: Rooms, home: Home, key: Buffer): Promise<void> {
  const seen = await rooms.shards.readKey(home, key, { answer: false });
  if (seen === undefined || (await newerThanCurrent(rooms, seen, key)) === undefined) return;
  await confirm(rooms, home, key);
}

/**
 * Elects the newest version as the current one. Where it is that already, the state is elected as it is, at its own tag:
 * nobody's condition fails for it, and the current version gets its row, where its writer died before most replicas had it.
 * Afterwards what was elected before is stored, and what was decided before will never be elected: whoever decides from now
 * on sees all rows that are there now.
 */
export async function confirm(rooms: Rooms, home: Home, key: Buffer): Promise<void> {
  await changeInAnyMode(rooms, home, key, async (view) => {
    const newest = await newerThanCurrent(rooms, view, key);
    const next = rooms.tags.successor(view.tag, view.shard.floor);
    if (newest !== undefined) return { effect: effectOfRaise(key, newest, next), result: undefined };
    const isLow = compareTags(view.tag, { time: view.shard.floor, count: 0 }) <= 0;
    return { effect: sameState(view, key, isLow ? next : view.tag), result: undefined };
  });
}

/** The newest version, if it is newer than the current one. */
async function newerThanCurrent({ versions }: Rooms, view: KeyView, key: Buffer): Promise<VersionRecord | undefined> {
  const newest = await versions.newest(view.shard.home, key);
  // Of null versions alone the head tells: what is below it was deleted, or replaced.
  const isBelow = newest !== undefined && compareTags(placeTag(newest.place), view.tag) < 0;
  if (view.shard.mode === 'unversioned' && isBelow) return undefined;
  const current = currentOf(key, view);
  if (newest === undefined || current === undefined) return newest;
  return comparePlaces(newest.place, current.place) < 0 ? newest : undefined;
}

/** Throws `Conflict('bucket')` unless the key is in a bucket of that state. */
export function requireMode(view: KeyView | undefined, versioning: Versioning): asserts view is KeyView {
  if (view?.shard.mode !== versioning) throw new Conflict('bucket');
}

export function requireRevision(view: KeyView, key: Buffer, expect: Revision | undefined): void {
  if (expect === undefined) return;
  if (keyRevision(view, currentOf(key, view)) !== expect) throw new Conflict('revision');
}
