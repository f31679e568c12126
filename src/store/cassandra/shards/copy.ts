/**
 * The copy step of a job: every row of a sealed shard into the shard that takes over, with its own tag.
 *
 * Left behind, when at or below the job's floor: void rows, and keys of which nothing but dead rows is left, with their claim
 * row. Such a key goes as a whole or stays: without its dead head an older version could show.
 */

import type { Session, Uuid } from '../database/types.ts';
import { readElected } from '../keys/elected.ts';
import { isDead } from '../keys/versions.ts';
import { compareTags } from '../tags.ts';
import type { Home, Tag, VersionRow } from '../types.ts';
import { Carrier, PAGE_ROWS } from './carry.ts';
import { bytesOf, putEffect, putHead, readKeyCells, textOf } from './rows.ts';
import { LOOK_FOR_CLAIM, READ_CLAIM, REMOVE_CLAIM } from './statements.ts';
import { tagOf } from './store.ts';
import { type Group, walkGroups, walkVersions } from './walk.ts';

/** What is copied. */
export interface Copy {
  readonly session: Session;
  readonly home: Home;
  readonly source: { readonly id: Uuid; readonly floor: bigint };
  /** The job's floor. */
  readonly floor: bigint;
  readonly targetOf: (key: Buffer) => Uuid;
  /** Asked every few keys; throws when the worker should stop. */
  readonly goOn: () => void;
}

/** Keys, and rows of them, that are looked at together: dead ones cost a read each. */
const TOGETHER_KEYS = 32;

/** The source must have been sealed before. Complete only if it has not retired when this returns. */
export async function copyRows(copy: Copy): Promise<void> {
  const { session, source, targetOf } = copy;
  let target: Uuid | undefined;
  let carrier: Carrier | undefined;
  for await (const groups of together(walkGroups(session, source.id, PAGE_ROWS))) {
    copy.goOn();
    for (const { key, head, versions } of await Promise.all(groups.map((group) => remains(copy, group)))) {
      const to = targetOf(key);
      if (carrier === undefined || to !== target) {
        await carrier?.flush();
        carrier = new Carrier(session, to);
        target = to;
      }
      await carrier.add(versions, head);
    }
  }
  await carrier?.flush();
}

async function* together(groups: AsyncGenerator<Group>): AsyncGenerator<readonly Group[]> {
  let some: Group[] = [];
  let rows = 0;
  for await (const group of groups) {
    some.push(group);
    rows += group.versions.length;
    if (some.length < TOGETHER_KEYS && rows < PAGE_ROWS) continue;
    yield some;
    some = [];
    rows = 0;
  }
  yield some;
}

type Rest = Pick<Group, 'key' | 'head' | 'versions'>;

/** What of a key is copied. */
async function remains(copy: Copy, group: Group): Promise<Rest> {
  if (group.whole && isGone(group, copy.floor)) return await letGo(copy, group.key);
  const head = needsLook(group) ? await lookAgain(copy, group) : group.head;
  return { key: group.key, head, versions: group.versions.filter((row) => !isForgotten(row, copy.floor)) };
}

const isBelow = (tag: Tag, floor: bigint): boolean => compareTags(tag, { time: floor, count: 0 }) <= 0;

/** A void that nothing older than its removal can undo any more. */
function isForgotten({ place, tag, payload }: VersionRow, floor: bigint): boolean {
  return payload === undefined && place.z >= 0 && isBelow(tag, floor);
}

/** Whether nothing but dead rows is left of the key, all of them old. */
export function isGone({ head, versions }: Rest, floor: bigint): boolean {
  if (head !== undefined && (head.payload !== undefined || !isBelow(head.tag, floor))) return false;
  return versions.every((row) => (row.place.z < 0 || isNothing(row)) && isBelow(row.tag, floor));
}

/** Void, or the row that says that there is no null version. */
export function isNothing({ payload }: VersionRow): boolean {
  return payload === undefined || isDead(payload);
}

/** A version newer than the head: the page of heads was read before that change, the versions after it. */
function needsLook({ head, versions }: Group): boolean {
  return versions.some(
    ({ place, tag, payload }) =>
      place.z >= 0 && payload !== undefined && (head === undefined || compareTags(tag, head.tag) > 0),
  );
}

async function lookAgain({ session, source }: Copy, { key, head, whole }: Group): Promise<Rest['head']> {
  // Of a key in parts the head comes with the last one.
  if (!whole && head === undefined) return undefined;
  const seen = (await readKeyCells(session, source.id, key)).head;
  return seen === undefined ? undefined : { key, ...seen };
}

const NOTHING = { head: undefined, versions: [] } as const;

/**
 * Lets a dead key go, with its claim row. Elected changes that may still be stored are stored first, and then looked at; a
 * change elected afterwards by one who had read the key before comes below the dead row that is left in the source.
 */
async function letGo(copy: Copy, key: Buffer): Promise<Rest> {
  const { session, home, source, floor } = copy;
  const name = [home.bucketId, key];
  const [hint] = await session.read(LOOK_FOR_CLAIM, name);
  if (hint === undefined) return { key, ...NOTHING };
  const [claim] = await session.read(READ_CLAIM, name);
  if (claim === undefined) return { key, ...NOTHING };
  const { shard, effect } = readElected(home, bytesOf(claim, 'v'));
  const tag = tagOf(effect);
  const isOver = tag !== undefined && isBelow(tag, source.floor);
  const isOurs = tag !== undefined && isBelow(tag, floor) && shard.id === source.id;
  if (isOurs && !isOver) await session.batch(putEffect(source.id, effect));
  const rest = await readRest(copy, key);
  if (!(isOver || isOurs) || !isGone(rest, floor)) return rest;
  await session.batch([putHead(source.id, key, { tag: { time: floor, count: 0 }, payload: undefined })]);
  const id = textOf(claim, 'id');
  const removed = await session.cas(REMOVE_CLAIM, [...name, id], (row) => row.id !== id);
  return removed.applied ? { key, ...NOTHING } : await readRest(copy, key);
}

async function readRest({ session, source }: Copy, key: Buffer): Promise<Rest> {
  const { head } = await readKeyCells(session, source.id, key);
  const versions: VersionRow[] = [];
  for await (const row of walkVersions(session, source.id, PAGE_ROWS, key)) versions.push(row);
  return { key, head: head === undefined ? undefined : { key, ...head }, versions };
}
