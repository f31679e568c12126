/**
 * The copy step of a move: every row of a sealed shard into the shard that takes over, with its own tag.
 *
 * Left behind, when at or below the job's floor: void rows, and keys of which nothing but dead rows is left, with their claim
 * row. Such a key goes as a whole or stays: without its dead head an older version could show. And only what this worker
 * saw dead before anybody sealed the shard (`DeadBefore`): whoever looks later sees it dead too, so nobody holds an older row
 * of it, read after the seal, that he might still store. What died since goes along; the next vacuum gets it.
 */

import { createHash } from 'node:crypto';
import type { Session, Uuid } from '../database/types.ts';
import { electionOf, isEmpty, readElected, viewOf, writeElected } from '../keys/elected.ts';
import { NEXT_CLAIM, READ_CLAIM } from '../keys/statements.ts';
import { isDead } from '../keys/versions.ts';
import { eachOf } from '../parallel.ts';
import { compareTags } from '../tags.ts';
import type { Home, Tag, VersionRow } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { Carrier, carryKey, Halves, hasRetired, PAGE_ROWS } from './carry.ts';
import type { Context } from './context.ts';
import { bytesOf, textOf } from './rows.ts';
import { LOOK_FOR_CLAIM } from './statements.ts';
import { store } from './store.ts';
import { type Group, walkGroups } from './walk.ts';

/** What is copied. */
export interface Copy {
  readonly context: Context;
  readonly session: Session;
  readonly home: Home;
  readonly source: Uuid;
  /** The job's floor. */
  readonly floor: bigint;
  readonly targetOf: (key: Buffer) => Uuid;
  /** Asked every few keys; throws when the worker should stop. */
  readonly goOn: () => void;
  readonly dead: DeadBefore;
}

/** Keys, and rows of them, that are looked at together. */
const TOGETHER_KEYS = 128;
/** Dead keys at a time: each costs a read, those with a claim row some transactions. */
const DEAD_WIDTH = 32;
/** Some 20 MB. What is more goes along. */
const DEAD_MAX = 200_000;
/** Of a key without a claim row. */
const NO_CLAIM = '';

/** Digests of the rows that were dead before the seal. */
export class DeadBefore {
  readonly #digests = new Set<string>();

  add(digest: string): void {
    if (this.#digests.size < DEAD_MAX) this.#digests.add(digest);
  }

  has(digest: string): boolean {
    return this.#digests.has(digest);
  }

  clear(): void {
    this.#digests.clear();
  }
}

/**
 * Notes what may be left out. Counts only if the source is not sealed when this returns. What was elected for a dead key is
 * completed here, so that its claim row has nothing to tell any more when it is removed.
 */
export async function noteDead(copy: Copy): Promise<void> {
  const { session, source, floor, dead, goOn } = copy;
  for await (const groups of together(walkGroups(session, source, PAGE_ROWS))) {
    goOn();
    const gone = groups.filter((group) => group.whole && isGone(group, floor));
    await eachOf(gone, DEAD_WIDTH, async (group) => {
      const claim = await completedClaim(copy, group.key);
      if (claim !== undefined) dead.add(digestOf(group, claim));
    });
    const rest = groups.filter((group) => !gone.includes(group)).flatMap(({ versions }) => versions);
    for (const row of rest) if (isForgotten(row, floor)) dead.add(digestOf(rowAlone(row), NO_CLAIM));
  }
}

/** The source must have been sealed before. Complete only if it has not retired when this returns. */
export async function copyRows(copy: Copy): Promise<void> {
  const carriers = new Map<Uuid, Carrier>();
  try {
    await copyInto(copy, carriers);
    for (const carrier of carriers.values()) await carrier.flush();
  } finally {
    for (const carrier of carriers.values()) await carrier.settle();
  }
}

async function copyInto(copy: Copy, carriers: Map<Uuid, Carrier>): Promise<void> {
  const { session, source, targetOf, floor, dead } = copy;
  const isLeftOut = (row: VersionRow) => isForgotten(row, floor) && dead.has(digestOf(rowAlone(row), NO_CLAIM));
  for await (const groups of together(walkGroups(session, source, PAGE_ROWS))) {
    copy.goOn();
    const fates = await eachOf(groups, DEAD_WIDTH, (group) => fateOf(copy, group));
    // Rows go when it has retired: what was read until now is whole.
    if (await hasRetired(session, source)) return;
    for (const [index, { key, head, versions }] of groups.entries()) {
      if (fates[index] === 'read again') {
        if ((await carryKey({ session, from: source, targetOf, isLeftOut }, key)) === 'retired') return;
      } else if (fates[index] === 'as read') {
        const rest = versions.filter((row) => !isLeftOut(row));
        await carrierTo(carriers, session, targetOf(key)).add(rest, head);
      }
    }
  }
}

function carrierTo(carriers: Map<Uuid, Carrier>, session: Session, target: Uuid): Carrier {
  const carrier = carriers.get(target) ?? new Carrier(session, target);
  carriers.set(target, carrier);
  return carrier;
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

/** `read again`: its rows may be of different moments. */
async function fateOf(copy: Copy, group: Group): Promise<'left' | 'as read' | 'read again'> {
  if (!group.last) return 'left';
  if (!group.whole) return 'read again';
  if (isGone(group, copy.floor)) return await letGo(copy, group);
  const halves = new Halves(group.key, group.head);
  for (const row of group.versions) halves.see(row);
  return halves.needLook ? 'read again' : 'as read';
}

// ---------------------------------------------------------------------------------------------------------- dead rows

type Rows = Pick<Group, 'key' | 'head' | 'versions'>;

const isBelow = (tag: Tag, floor: bigint): boolean => compareTags(tag, { time: floor, count: 0 }) <= 0;

/** A void that nothing older than its removal can undo any more. */
export function isForgotten({ place, tag, payload }: VersionRow, floor: bigint): boolean {
  return payload === undefined && place.z >= 0 && isBelow(tag, floor);
}

/** Whether nothing but dead rows is left of the key, all of them old. */
export function isGone({ head, versions }: Rows, floor: bigint): boolean {
  if (head !== undefined && (head.payload !== undefined || !isBelow(head.tag, floor))) return false;
  return versions.every((row) => (row.place.z < 0 || isNothing(row)) && isBelow(row.tag, floor));
}

/** Void, or the row that says that there is no null version. */
export function isNothing({ payload }: VersionRow): boolean {
  return payload === undefined || isDead(payload);
}

const rowAlone = (row: VersionRow): Rows => ({ key: row.key, head: undefined, versions: [row] });

/** The same rows with the same tags, and the same last election. */
function digestOf({ key, head, versions }: Rows, claim: Uuid | typeof NO_CLAIM): string {
  const tagged = ({ time, count }: Tag) => `${time}/${count}`;
  const rows = versions.map(({ place: { z, t, n, id }, tag, payload }) =>
    [z, t, n, id, tagged(tag), payload === undefined ? '' : payload.toString('latin1')].join(' '),
  );
  const text = [key.toString('hex'), claim, head === undefined ? '' : tagged(head.tag), ...rows].join('\n');
  return createHash('sha256').update(text).digest('base64').slice(0, 16);
}

/** The id of the key's claim row, whose change is complete. Undefined: it cannot be completed now. */
async function completedClaim({ context, session, home }: Copy, key: Buffer): Promise<Uuid | undefined> {
  const name = [home.bucketId, key];
  const [hint] = await session.read(LOOK_FOR_CLAIM, name);
  const [claim] = hint === undefined ? [] : await session.read(READ_CLAIM, name);
  if (claim === undefined) return NO_CLAIM;
  const id = textOf(claim, 'id');
  const elected = readElected(home, bytesOf(claim, 'v'));
  const stored = await store(context, viewOf(elected), elected.effect, electionOf(session, id, elected));
  return stored === 'late' || stored === 'gone' ? undefined : id;
}

/**
 * Leaves a dead key behind. Its claim row is replaced by one that changed nothing: who had read the key before is not elected
 * any more, and who is has read this row, and the key after it. (Nothing is stored that could hide what came meanwhile.)
 */
async function letGo({ context, session, home, dead }: Copy, group: Group) {
  const { key } = group;
  const name = [home.bucketId, key];
  const [hint] = await session.read(LOOK_FOR_CLAIM, name);
  const last = hint === undefined ? NO_CLAIM : textOf(hint, 'id');
  if (!dead.has(digestOf(group, last))) return 'as read';
  if (last === NO_CLAIM) return 'left';
  const [claim] = await session.read(READ_CLAIM, name);
  if (claim === undefined || textOf(claim, 'id') !== last) return 'read again';
  const elected = readElected(home, bytesOf(claim, 'v'));
  if (isEmpty(elected.effect)) return 'left';
  const id = newUuid(context.tools.random);
  const bytes = writeElected({ ...elected, effect: { key, versions: [] } });
  const { applied } = await session.cas(NEXT_CLAIM, [id, bytes, ...name, last], (row) => row.id === id);
  return applied ? 'left' : 'read again';
}
