/**
 * Reads: the state of a key, pages of current rows and of versions, each of one shard and with that shard's state.
 *
 * A shard that is being moved (SEALED) has every acknowledged row until it retires. What is not acknowledged may get lost
 * with it, so an answer about one key is carried over before it leaves. Pages are not: a put not yet acknowledged may be in
 * one listing and not in the next.
 */

import type { Uuid } from '../database/types.ts';
import { compareTags } from '../tags.ts';
import type { HeadPage, Home, KeyView, Shard, VersionPage, VersionPlace, VersionQuery, VersionRow } from '../types.ts';
import { carryKey } from './carry.ts';
import { FIRST_KEY, type HeadCell, type StateCell, successorOf } from './cells.ts';
import { type Context, Patience, sessionOf } from './context.ts';
import { type Found, find, type Seen } from './find.ts';
import { readHeads, readKeyCells, readState, versionRowOf } from './rows.ts';
import { READ_VERSION, VERSIONS, VERSIONS_OF } from './statements.ts';

function shardOf(home: Home, id: Uuid, { state, low, high, mode, floor }: StateCell): Shard {
  return { home, id, state, low, high, mode, floor };
}

/** As `Shards.readKey`. */
export async function readKey(
  context: Context,
  home: Home,
  key: Buffer,
  how: { readonly answer: boolean },
): Promise<KeyView | undefined> {
  const session = sessionOf(context, home);
  const patience = new Patience(context);
  for (;;) {
    const found = await find(context, home, key, async (shard): Promise<Seen<HeadCell | undefined>> => {
      const { state, head } = await readKeyCells(session, shard, key);
      return { state, value: head };
    });
    if (found === undefined) return undefined;
    const next = await passing({ context, home, key }, found, patience);
    if (next === 'wait') continue;
    if (next === undefined || !how.answer) return viewOf(home, found, found.value);
    const there = (await readKeyCells(session, next, key)).head;
    if (found.value === undefined || (there !== undefined && compareTags(there.tag, found.value.tag) >= 0))
      return viewOf(home, found, there);
    if (await carried({ context, home, key }, found, next)) return viewOf(home, found, found.value);
  }
}

interface Where {
  readonly context: Context;
  readonly home: Home;
  readonly key: Buffer;
}

/** Undefined: the shard serves. Otherwise the one that its rows go to, or `wait`, having waited. */
async function passing(
  { context, home, key }: Where,
  { state }: Found<unknown>,
  patience: Patience,
): Promise<Uuid | 'wait' | undefined> {
  if (state.state !== 'sealed' || state.over === undefined) return undefined;
  const { kind } = state.over;
  if (kind === 'move') {
    context.met(home, state.low, kind, false);
    return successorOf(state.over, key);
  }
  await patience.wait(home, { low: state.low, kind }, false);
  return 'wait';
}

/** False: the shard retired meanwhile, and others may have gone on in the next one; look again there. */
async function carried({ context, home, key }: Where, { id }: Found<unknown>, next: Uuid): Promise<boolean> {
  const session = sessionOf(context, home);
  if ((await carryKey({ session, from: id, targetOf: () => next }, key)) === 'retired') return false;
  return (await readState(session, id))?.state === 'sealed';
}

function viewOf(home: Home, { id, state }: Found<unknown>, head: HeadCell | undefined): KeyView {
  const shard = shardOf(home, id, state);
  const floor = { time: shard.floor, count: 0 };
  // A dead row at or below the floor may be here or not: both read the same.
  const seen = head?.payload === undefined && compareTags(head?.tag ?? floor, floor) <= 0 ? undefined : head;
  return { shard, tag: seen?.tag ?? floor, head: seen?.payload };
}

/** As `Shards.headRows`. */
export async function headRows(
  context: Context,
  home: Home,
  from: Buffer,
  limit: number,
): Promise<HeadPage | undefined> {
  const session = sessionOf(context, home);
  const patience = new Patience(context);
  const first = from.length === 0 ? FIRST_KEY : from;
  for (;;) {
    const found = await find(context, home, first, async (shard) => {
      const { state, rows } = await readHeads(session, shard, first, limit);
      return { state, value: rows };
    });
    if (found === undefined) return undefined;
    if ((await passing({ context, home, key: first }, found, patience)) === 'wait') continue;
    return { shard: shardOf(home, found.id, found.state), rows: found.value };
  }
}

/**
 * As `Shards.versionRows`. `ver` has no state of its own: what was read counts if the shard has not retired after it, since
 * rows go only then. Rows of one key in a shard that is being moved are carried over if the next one lacks any.
 */
export async function versionRows(context: Context, home: Home, query: VersionQuery): Promise<VersionPage | undefined> {
  const session = sessionOf(context, home);
  const patience = new Patience(context);
  const key = query.key.length === 0 ? FIRST_KEY : query.key;
  for (;;) {
    const found = await find(context, home, key, async (shard) => {
      const value = await readVersions(context, home, shard, query);
      return { state: await readState(session, shard), value };
    });
    if (found === undefined) return undefined;
    const next = await passing({ context, home, key }, found, patience);
    if (next === 'wait') continue;
    const page = { shard: shardOf(home, found.id, found.state), rows: found.value };
    if (query.type === 'from' || next === undefined || found.value.length === 0) return page;
    const there = await readVersions(context, home, next, query);
    if (isWithin(found.value, there) || (await carried({ context, home, key }, found, next))) return page;
  }
}

/** Whether each row is there too, at least as new. */
function isWithin(rows: readonly VersionRow[], others: readonly VersionRow[]): boolean {
  const byPlace = new Map(others.map((row) => [nameOf(row.place), row]));
  return rows.every((row) => {
    const other = byPlace.get(nameOf(row.place));
    if (other === undefined) return false;
    return other.payload === undefined || (row.payload !== undefined && compareTags(other.tag, row.tag) >= 0);
  });
}

const nameOf = ({ z, t, n, id }: VersionPlace): string => `${z} ${t} ${n} ${id}`;

async function readVersions(
  context: Context,
  home: Home,
  shard: Uuid,
  query: VersionQuery,
): Promise<readonly VersionRow[]> {
  const session = sessionOf(context, home);
  switch (query.type) {
    case 'places': {
      const read = ({ z, t, n, id }: VersionPlace) => session.read(READ_VERSION, [shard, query.key, z, t, n, id]);
      return (await Promise.all(query.places.map(read))).flat().map(versionRowOf);
    }
    case 'key': {
      const { key, z, below, limit } = query;
      const rows =
        below === undefined
          ? await session.read(VERSIONS_OF, [shard, key, z, limit])
          : await session.read(VERSIONS.tags, [shard, key, z, below.t, below.n, limit]);
      return rows.map(versionRowOf);
    }
    case 'from':
      return (await session.read(VERSIONS.keys, [shard, query.key, query.limit])).map(versionRowOf);
  }
}
