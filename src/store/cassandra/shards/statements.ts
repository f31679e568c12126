/**
 * Statements of the shards: tables `head` and `ver` (plain writes at timestamps of ours), `shard_map` (transactions), and the
 * removal of `claim` rows by the vacuum.
 *
 * No row of `head` and `ver` is ever deleted but by the last two statements on them, when a shard has retired.
 */

import type { Consistency, Statement } from '../database/types.ts';

const make = (statement: Omit<Statement, 'profile'>): Statement => Object.freeze({ ...statement, profile: 'meta' });

const read = (cql: string, consistency: Consistency, reason: string): Statement =>
  make({ cql, consistency, kind: 'read', idempotent: true, reason });
const write = (cql: string, reason: string): Statement =>
  make({ cql, consistency: 'local-quorum', kind: 'write', idempotent: true, reason });
const cas = (cql: string, reason: string): Statement =>
  make({ cql, consistency: 'local-quorum', kind: 'cas', idempotent: false, reason });

// -------------------------------------------------------------------------------------------------------- head: reads

const SEES = 'sees every acknowledged write of this region, and lets no later read see less (blocking read repair)';

/** Values: shard, key. At most two rows: the sentinel, and the key's. Both are of one moment. */
export const READ_KEY = read(
  'SELECT k, s, v, writetime(v) AS w FROM $region.head WHERE shard = ? AND k IN (0x, ?)',
  'local-quorum',
  SEES,
);

/** Values: shard. */
export const READ_STATE = read('SELECT k, s FROM $region.head WHERE shard = ? AND k = 0x', 'local-quorum', SEES);

/** Values: shard, first key (never empty), limit. */
export const HEAD_FROM = read(
  'SELECT k, s, v, writetime(v) AS w FROM $region.head WHERE shard = ? AND k >= ? LIMIT ?',
  'local-quorum',
  SEES,
);

const COUNTS = 'only counts: a row more or less makes no difference';

/** Values: shard, first key, limit. */
export const HEAD_KEYS_FROM = read(
  'SELECT k FROM $region.head WHERE shard = ? AND k >= ? LIMIT ?',
  'local-one',
  COUNTS,
);

// --------------------------------------------------------------------------------------------------------- ver: reads

/** Reads of `ver` in its order; each walks on from a place. `z` ascends, `t` and `n` descend. */
export interface Walk {
  /** Values: shard, k, z, t, n, id, limit. Rows of the same tag behind that id. */
  readonly ids: Statement;
  /** Values: shard, k, z, t, n, limit. */
  readonly tags: Statement;
  /** Values: shard, k, z, limit. */
  readonly kinds: Statement;
  /** Values: shard, key (included), limit. */
  readonly keys: Statement;
}

function walk(columns: string, consistency: Consistency, reason: string): Walk {
  const from = `SELECT ${columns} FROM $region.ver WHERE shard = ? AND`;
  return Object.freeze({
    ids: read(`${from} k = ? AND z = ? AND t = ? AND n = ? AND id > ? LIMIT ?`, consistency, reason),
    tags: read(`${from} k = ? AND z = ? AND (t, n) < (?, ?) LIMIT ?`, consistency, reason),
    kinds: read(`${from} k = ? AND z > ? LIMIT ?`, consistency, reason),
    keys: read(`${from} k >= ? LIMIT ?`, consistency, reason),
  });
}

export const VERSIONS = walk('k, z, t, n, id, v', 'local-quorum', SEES);
export const VERSION_PLACES = walk('k, z, t, n, id', 'local-one', COUNTS);

/** Values: shard, k, z, t, n, id. */
export const READ_VERSION = read(
  'SELECT k, z, t, n, id, v FROM $region.ver WHERE shard = ? AND k = ? AND z = ? AND t = ? AND n = ? AND id = ?',
  'local-quorum',
  SEES,
);

/** Values: shard, k, z, limit. */
export const VERSIONS_OF = read(
  'SELECT k, z, t, n, id, v FROM $region.ver WHERE shard = ? AND k = ? AND z = ? LIMIT ?',
  'local-quorum',
  SEES,
);

// -------------------------------------------------------------------------------------------------------------- writes

/** Values: shard, state, its number. */
export const PUT_STATE = write(
  'INSERT INTO $region.head (shard, k, s) VALUES (?, 0x, ?) USING TIMESTAMP ?',
  'store, then look: of writer and worker at least one sees the other; the timestamp is the state, which never goes back',
);

/** Values: shard, k, v, tag's time. */
export const PUT_HEAD = write(
  'INSERT INTO $region.head (shard, k, v) VALUES (?, ?, ?) USING TIMESTAMP ?',
  'durable on most replicas before it is acknowledged; the same bytes at the same timestamp, however often',
);

/** Values: shard, k, z, t, n, id, v, timestamp. In one mutation with PUT_HEAD: the same partition key. */
export const PUT_VERSION = write(
  'INSERT INTO $region.ver (shard, k, z, t, n, id, v) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
  'durable on most replicas before it is acknowledged; the same bytes at the same timestamp, however often',
);

/** Values: the highest timestamp, shard. Only together with PUT_STATE of RETIRED. */
export const DROP_HEADS = write(
  'DELETE FROM $region.head USING TIMESTAMP ? WHERE shard = ? AND k > 0x',
  'no replica shows the shard empty without showing it retired; also hides what paused writers store later',
);

/** Values: the highest timestamp, shard. */
export const DROP_VERSIONS = write(
  'DELETE FROM $region.ver USING TIMESTAMP ? WHERE shard = ?',
  'in one mutation with the state; also hides what paused writers store later',
);

// ----------------------------------------------------------------------------------------------------------- shard_map

/** Values: bucket, key. */
export const FIND_SHARD = read(
  'SELECT low, shard FROM $region.shard_map WHERE bucket = ? AND low <= ? ORDER BY low DESC LIMIT 1',
  'local-quorum',
  'only a hint: the shard itself says whether it is the right one',
);

/** Values: bucket, low. */
export const READ_MAP_ROW = read(
  'SELECT low, shard, job FROM $region.shard_map WHERE bucket = ? AND low = ?',
  'local-serial',
  'completes transactions under way, so that a job is continued as it stands',
);

/** Values: bucket, first low, limit. */
export const READ_MAP = read(
  'SELECT low, shard, job FROM $region.shard_map WHERE bucket = ? AND low >= ? LIMIT ?',
  'local-serial',
  'completes transactions under way: what is not seen here is not there',
);

/** Values: bucket, low, shard. */
export const CREATE_MAP_ROW = cas(
  'INSERT INTO $region.shard_map (bucket, low, shard) VALUES (?, ?, ?) IF NOT EXISTS',
  'a bucket has one first shard, whoever creates it; the shard names the transaction',
);

/** Values: job, bucket, low, shard. */
export const BEGIN_JOB = cas(
  'UPDATE $region.shard_map SET job = ? WHERE bucket = ? AND low = ? IF shard = ? AND job = null',
  'one job at a time on a shard; in a batch all its sources or none',
);

/** Values: job, bucket, low, the job that it replaces. */
export const CHANGE_JOB = cas(
  'UPDATE $region.shard_map SET job = ? WHERE bucket = ? AND low = ? IF job = ?',
  'what a job decides later is decided once',
);

/** Values: new shard, bucket, low, old shard, job. */
export const MOVE_MAP_ROW = cas(
  'UPDATE $region.shard_map SET shard = ? WHERE bucket = ? AND low = ? IF shard = ? AND job = ?',
  'all rows of a job change together, once, and only by this job',
);

/** Values: bucket, low, shard, job. In one batch with MOVE_MAP_ROW. */
export const ADD_MAP_ROW = cas(
  'INSERT INTO $region.shard_map (bucket, low, shard, job) VALUES (?, ?, ?, ?) IF NOT EXISTS',
  'all rows of a job change together, once, and only by this job',
);

/** Values: bucket, low, job. */
export const REMOVE_MAP_ROW = cas(
  'DELETE FROM $region.shard_map WHERE bucket = ? AND low = ? IF job = ?',
  'all rows of a job change together, once, and only by this job',
);

/** Values: bucket, low, job. */
export const END_JOB = cas(
  'UPDATE $region.shard_map SET job = null WHERE bucket = ? AND low = ? IF job = ?',
  'the last step of a job: nobody continues it after this',
);

// --------------------------------------------------------------------------------------------------------------- claim

/** Values: bucket, k. */
export const LOOK_FOR_CLAIM = read(
  'SELECT id FROM $region.claim WHERE bucket = ? AND k = ?',
  'local-quorum',
  'only whether there is one, and which: an older one that it shows is not replaced',
);
