/** Walks through tables and through the keys of a bucket in bounded memory, beside a store that is in use. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../../port.ts';
import type { Row, Session, Statement, Uuid } from '../database/types.ts';
import { covers, FIRST_KEY, SENTINEL } from '../shards/cells.ts';
import { readState } from '../shards/rows.ts';
import { FIND_SHARD } from '../shards/statements.ts';
import { keyAfter } from '../shards/walk.ts';
import type { Home } from '../types.ts';
import { HEAD_KEYS, VERSION_KEYS } from './statements.ts';

const PAGE = 500;
const FIRST_TOKEN = -(2n ** 63n);

/** All rows of a scan (statements.ts), page by page; `name` tells rows of one token apart. */
export async function* walkTable(
  session: Session,
  statement: Statement,
  name: (row: Row) => string,
): AsyncGenerator<readonly Row[]> {
  let from = FIRST_TOKEN;
  let seen: ReadonlySet<string> = new Set();
  for (;;) {
    const rows = await session.read(statement, [from, PAGE]);
    const fresh = rows.filter((row) => row.at !== from || !seen.has(name(row)));
    if (fresh.length > 0) yield fresh;
    const last = rows.at(-1)?.at;
    if (rows.length < PAGE || typeof last !== 'bigint') return;
    seen = new Set(rows.filter(({ at }) => at === last).map(name));
    from = last;
  }
}

/** How often a shard that is just being moved is looked for, and the pause before each time. */
const LOOKS = 100;
const PAUSE_MS = 100;

/**
 * The keys of a bucket that have any row, in order, page by page. Of a shard that retires meanwhile the rest is read where it
 * went; a bucket without shards has none.
 */
export async function* walkKeys(session: Session, home: Home): AsyncGenerator<readonly Buffer[]> {
  let from: Buffer = FIRST_KEY;
  for (let looks = 0; looks < LOOKS; ) {
    const [row] = await session.read(FIND_SHARD, [home.bucketId, from]);
    if (row === undefined || typeof row.shard !== 'string') return;
    const end = await endOf(session, row.shard, from);
    if (end === 'elsewhere') {
      looks++;
      await sleep(PAUSE_MS);
      continue;
    }
    let next: Buffer | undefined = from;
    while (next !== undefined) {
      const keys = await keysFrom(session, row.shard, next);
      // What was read of a shard before it retired is the truth; what is empty because it retired is not.
      if ((await endOf(session, row.shard, from)) === 'elsewhere') break;
      if (keys.length > 0) yield keys;
      const last = keys.at(-1);
      if (last !== undefined) from = keyAfter(last);
      next = last === undefined || keys.length < PAGE ? undefined : from;
    }
    if (next !== undefined) continue;
    if (end === undefined) return;
    from = end;
    looks = 0;
  }
  throw new Unavailable(`the shards of bucket ${home.bucketId} keep moving`, { mayHaveApplied: false });
}

/** Where the shard ends; undefined: with the bucket. `elsewhere`: it does not serve the key (any more). */
async function endOf(session: Session, shard: Uuid, key: Buffer): Promise<Buffer | undefined | 'elsewhere'> {
  const state = await readState(session, shard);
  if (state === undefined || state.state === 'retired' || !covers(state, key)) return 'elsewhere';
  return state.high;
}

/** Keys of both tables, at most a page of each: those that are certainly complete. */
async function keysFrom(session: Session, shard: Uuid, from: Buffer): Promise<readonly Buffer[]> {
  const [heads, versions] = await Promise.all(
    [HEAD_KEYS, VERSION_KEYS].map((statement) => session.read(statement, [shard, from, PAGE])),
  );
  const all = [heads ?? [], versions ?? []].map((rows) => rows.flatMap(({ k }) => (Buffer.isBuffer(k) ? [k] : [])));
  // A full page ends where the other table may go on.
  const ends = all.flatMap((keys) => (keys.length === PAGE ? keys.slice(-1) : []));
  const last = ends.reduce<Buffer | undefined>(
    (least, key) => (least && least.compare(key) <= 0 ? least : key),
    undefined,
  );
  const keys = new Map(all.flat().map((key) => [key.toString('latin1'), key]));
  return [...keys.values()]
    .filter((key) => last === undefined || key.compare(last) <= 0)
    .sort(Buffer.compare)
    .filter((key) => !key.equals(SENTINEL));
}
