/**
 * Makes a follower's rows equal to the lead's by comparing them, in short transactions: to fill a drive that begins empty
 * or comes back, and to find rot.
 *
 * Each step first takes over what changed on the lead since the step before, then compares the next rows in the same
 * snapshot. So the part that is done stays equal while the lead goes on. How far it is stands in the follower's own rows
 * (`PARTIAL`): a step that a crash undoes is made again, nothing else.
 */

import { RowWriter, unseal } from '../codec.ts';
import { behind } from '../keys.ts';
import { TABLE_NAMES, type TableName } from '../tables.ts';
import { type Drive, headOf } from './drive.ts';
import { PARTIAL } from './members.ts';
import { Apart, followUp, type Pair, takeChanges } from './oplog.ts';

/** Rows compared in one transaction: a body row has up to 32 KiB. */
const STEP_ROWS = 256;
/** `meta` comes last: with it the follower knows what it is. */
const ORDER: readonly TableName[] = [...TABLE_NAMES.filter((name) => name !== 'meta'), 'meta'];
const FIRST = Buffer.of(0);

/** A place in all rows of all tables. */
interface Place {
  readonly table: number;
  readonly key: Buffer;
}

/** A row of the lead that fails its checksum, and the follower's good copy of it. */
export interface Rescued {
  readonly table: TableName;
  readonly key: Buffer;
  readonly row: Buffer;
}

interface Compared {
  /** Undefined: that was the last. */
  readonly next: Place | undefined;
  readonly different: readonly { readonly table: TableName; readonly key: Buffer }[];
  readonly rescued: readonly Rescued[];
}

/** One step of filling a follower that is not up. True when it is a whole copy. */
export async function fillStep(lead: Drive, follower: Drive): Promise<boolean> {
  return inStep(lead, follower, (pair) => {
    const head = headOf(lead.tables, pair.snapshot);
    const begun = follower.tables.meta.get(PARTIAL);
    let place: Place = { table: 0, key: FIRST };
    if (begun !== undefined) {
      const at = begun.uint();
      place = { table: begun.uint(), key: Buffer.from(begun.rest()) };
      try {
        takeChanges(pair, { from: at, to: head, withMeta: false });
      } catch (error) {
        if (!(error instanceof Apart)) throw error;
        place = { table: 0, key: FIRST };
      }
    }
    const { next } = compare(pair, place);
    if (next === undefined) follower.tables.meta.remove(PARTIAL);
    else {
      const row = new RowWriter().start().uint(head).uint(next.table).bytes(next.key);
      follower.tables.meta.put(PARTIAL, row);
    }
    return next === undefined;
  });
}

/**
 * One step for a follower that is up and yet cannot catch up by the oplog, most often because it followed the lead before
 * this one further: what it has beyond was never acknowledged. It is no whole copy meanwhile, and does not lead.
 */
export async function rejoinStep(lead: Drive, follower: Drive): Promise<boolean> {
  const isApart = await inStep(lead, follower, (pair) => {
    if (follower.tables.meta.raw(PARTIAL) !== undefined) return true;
    try {
      followUp(lead, follower, pair.snapshot);
      return false;
    } catch (error) {
      if (error instanceof Apart) return true;
      throw error;
    }
  });
  return !isApart || fillStep(lead, follower);
}

/** One step of comparing a follower that is up. Differences are rot: it takes the lead's rows, but for damaged ones. */
export function compareStep(lead: Drive, follower: Drive, place: Place = { table: 0, key: FIRST }): Promise<Compared> {
  return inStep(lead, follower, (pair) => {
    followUp(lead, follower, pair.snapshot);
    return compare(pair, place);
  });
}

async function inStep<T>(lead: Drive, follower: Drive, act: (pair: Pair) => T): Promise<T> {
  return follower.rows.root.childTransaction(() => {
    const snapshot = lead.tables.env.hold();
    try {
      return act({ lead, follower, snapshot });
    } finally {
      snapshot.done();
    }
  });
}

function compare(pair: Pair, { table, key }: Place): Compared {
  const { lead, follower, snapshot } = pair;
  const name = ORDER[table];
  if (name === undefined) return { next: undefined, different: [], rescued: [] };
  const ours = [...lead.tables[name].scanRaw({ start: key, end: undefined, limit: STEP_ROWS }, snapshot)];
  const last = ours.length < STEP_ROWS ? undefined : ours.at(-1);
  const next: Place = last === undefined ? { table: table + 1, key: FIRST } : { table, key: behind(last.key) };
  const end = last === undefined ? undefined : next.key;
  const theirs = new Map<string, { readonly key: Buffer; readonly row: Buffer }>();
  for (const one of follower.tables[name].scanRaw({ start: key, end })) theirs.set(one.key.toString('latin1'), one);
  const different: { table: TableName; key: Buffer }[] = [];
  const rescued: Rescued[] = [];
  for (const { key: at, row } of ours) {
    const text = at.toString('latin1');
    const copy = theirs.get(text);
    theirs.delete(text);
    if (copy?.row.equals(row)) continue;
    const good = unseal(at, row) !== undefined;
    if (good) follower.tables[name].putRaw(at, row);
    else if (copy !== undefined && unseal(at, copy.row) !== undefined) rescued.push({ table: name, ...copy });
    if (good) different.push({ table: name, key: at });
  }
  for (const extra of theirs.values()) {
    if (name === 'meta' && extra.key.equals(PARTIAL)) continue;
    follower.tables[name].remove(extra.key);
    different.push({ table: name, key: extra.key });
  }
  return { next: next.table === ORDER.length ? undefined : next, different, rescued };
}
