/**
 * What the collector asks of keys (`Owners`): whether a version still names a body whose writer is long gone, that it never
 * will if not, and that a key be tidied.
 *
 * Being named and being fenced exclude each other: both are decided in one election, in which the key's state and its rows
 * are looked at. So a fence is never taken back; rows that come later do not count, and cannot become current, because the
 * fence puts the same state at a tag above all that their writers may use.
 */

import type { Uuid } from '../database/types.ts';
import { compareTags } from '../tags.ts';
import type { Home, KeyView, Owner, Owners } from '../types.ts';
import { sameState } from './effects.ts';
import { namingId, readRecord, samePlace } from './record.ts';
import { changeInAnyMode, confirm, type Rooms, raise } from './rooms.ts';
import { currentOf, isDead } from './versions.ts';

/** The payload of a fence: its format. */
const FENCE_FORMAT = 1;

export function createOwners(rooms: Rooms): Owners {
  return Object.freeze({
    isNamed: async ({ home, key }: Owner, naming: Uuid) => {
      const view = await rooms.shards.readKey(home, key, { answer: true });
      return view !== undefined && isNamedNow(rooms, view, { key, naming });
    },
    fence: (owner: Owner, naming: Uuid, latest: bigint) => fence(rooms, owner, { naming, latest }),
    // What is named is not fenced: see above.
    unfence: async () => {},
    confirm: (home: Home, key: Buffer) => confirm(rooms, home, key),
    tidy: (home: Home, key: Buffer) => tidy(rooms, home, key),
  });
}

interface Named {
  readonly key: Buffer;
  readonly naming: Uuid;
}

async function isNamedNow({ versions }: Rooms, view: KeyView, { key, naming }: Named): Promise<boolean> {
  if (namingId(currentOf(key, view)?.naming) === naming) return true;
  const { home } = view.shard;
  if ((await versions.fences(home, key)).has(naming)) return false;
  for (const z of [0, 1] as const) {
    for await (const { payload } of versions.rows(home, key, z)) {
      if (payload === undefined || isDead(payload)) continue;
      if (namingId(readRecord(key, payload).naming) === naming) return true;
    }
  }
  return false;
}

async function fence(
  rooms: Rooms,
  { home, key }: Owner,
  { naming, latest }: { readonly naming: Uuid; readonly latest: bigint },
): Promise<void> {
  await changeInAnyMode(rooms, home, key, async (view) => {
    if (await isNamedNow(rooms, view, { key, naming })) return { result: undefined };
    const bound = { time: latest, count: 0 };
    const base = compareTags(view.tag, bound) < 0 ? bound : view.tag;
    const tag = rooms.tags.successor(base, view.shard.floor);
    const same = sameState(view, key, tag);
    const place = { z: -1, t: 0n, n: 0, id: naming } as const;
    const versions = [{ place, tag, payload: Buffer.of(FENCE_FORMAT) }, ...same.versions];
    return { effect: { ...same, versions }, result: undefined };
  });
}

/** Also mends what a process left that died in the middle of storing, or between storing and looking again. */
async function tidy(rooms: Rooms, home: Home, key: Buffer): Promise<void> {
  const view = await rooms.shards.readKey(home, key, { answer: true });
  if (view === undefined) return;
  const current = currentOf(key, view);
  if (current !== undefined) {
    const query = { type: 'places', key, places: [current.place] } as const;
    const page = await rooms.shards.versionRows(home, query);
    if (!page?.rows.some(({ place }) => samePlace(place, current.place))) await confirm(rooms, home, key);
  }
  await raise(rooms, home, key);
  await rooms.nulls.tidy(home, key, undefined);
}
