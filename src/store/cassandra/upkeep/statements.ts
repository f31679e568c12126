/**
 * Statements that look through whole tables, partition by partition in the order of their tokens, and those that look at one
 * copy of a chunk and write it anew.
 *
 * All scans read from a token on (included): several partitions may share one, so the last of a page is asked for again.
 */

import type { Statement } from '../database/types.ts';

const SCAN = 'each partition once, as a quorum has it; what looks wrong is looked at again before it is told';

const scan = (cql: string, reason = SCAN): Statement =>
  Object.freeze({ cql, consistency: 'local-quorum', kind: 'read', idempotent: true, profile: 'bulk', reason });
const read = (cql: string, reason: string): Statement =>
  Object.freeze({ cql, consistency: 'local-quorum', kind: 'read', idempotent: true, profile: 'meta', reason });

// -------------------------------------------------------------------------------------------------- values: token, limit

export const SCAN_NAMES = scan(
  'SELECT name, bucket, region, owner, token(name) AS at FROM $global.name WHERE token(name) >= ? LIMIT ?',
);
export const SCAN_BUCKETS = scan('SELECT id, rev, v, token(id) AS at FROM $region.bucket WHERE token(id) >= ? LIMIT ?');
export const SCAN_UPLOADS = scan('SELECT id, rev, v, token(id) AS at FROM $region.upload WHERE token(id) >= ? LIMIT ?');
export const SCAN_PARTS = scan(
  'SELECT DISTINCT upload, token(upload) AS at FROM $region.part WHERE token(upload) >= ? LIMIT ?',
);
export const SCAN_CHUNKS = scan(
  'SELECT DISTINCT blob, seg, hdr, token(blob, seg) AS at FROM $region.chunk WHERE token(blob, seg) >= ? LIMIT ?',
);
export const SCAN_LISTS = scan(
  'SELECT DISTINCT body, token(body) AS at FROM $region.manifest WHERE token(body) >= ? LIMIT ?',
);
export const SCAN_REFS = scan(
  'SELECT DISTINCT body, token(body) AS at FROM $region.ref WHERE token(body) >= ? LIMIT ?',
);
export const SCAN_LEDGER = scan(
  'SELECT DISTINCT slot, period, token(slot, period) AS at FROM $region.ledger WHERE token(slot, period) >= ? LIMIT ?',
);

// ----------------------------------------------------------------------------------------------------------- point looks

const KEYS = 'keys alone: what they hold is read as requests read it';
/** Values: shard, first key (not empty), limit. */
export const HEAD_KEYS = read('SELECT k FROM $region.head WHERE shard = ? AND k >= ? LIMIT ?', KEYS);
/** Values: shard, first key, limit. */
export const VERSION_KEYS = read(
  'SELECT k FROM $region.ver WHERE shard = ? AND k >= ? GROUP BY shard, k LIMIT ?',
  KEYS,
);
/** Values: blob, segment. A segment has 32 chunks at most. */
export const SEGMENT_SUMS = read(
  'SELECT n, sum FROM $region.chunk WHERE blob = ? AND seg = ? LIMIT 64',
  'which chunks a quorum has, without their bytes',
);
/** Values: body, kind, owner. */
export const HOLDER = read(
  'SELECT owner FROM $region.ref WHERE body = ? AND kind = ? AND owner = ?',
  'decides whether a reference is there',
);
/** Values: body, kind. */
export const ANY_HOLDER = read(
  'SELECT owner FROM $region.ref WHERE body = ? AND kind = ? LIMIT 1',
  'decides whether anybody holds a body',
);
/** Values: bucket, slot, k, at, id. */
export const HINT = read(
  'SELECT id FROM $region.upload_index WHERE bucket = ? AND slot = ? AND k = ? AND at = ? AND id = ?',
  'decides whether an upload is listed',
);

// ------------------------------------------------------------------------------------------------------------ one copy

const COPY = 'sent to one node, which answers from its own disk';
const copy = (cql: string, profile: Statement['profile']): Statement =>
  Object.freeze({ cql, consistency: 'local-one', kind: 'read', idempotent: true, profile, reason: COPY });

/** Values: blob, segment. */
export const COPY_SUMS = copy('SELECT n, sum FROM $region.chunk WHERE blob = ? AND seg = ? LIMIT 64', 'meta');
/** Values: blob, segment, number. */
export const COPY_CHUNK = copy(
  'SELECT n, d, sum, writetime(d) AS at FROM $region.chunk WHERE blob = ? AND seg = ? AND n = ?',
  'bulk',
);
/** Values: blob. */
export const COPY_HEADER = copy(
  'SELECT blob, hdr, writetime(hdr) AS at FROM $region.chunk WHERE blob = ? AND seg = 0 LIMIT 1',
  'meta',
);

const AGAIN =
  'the same bytes at a larger timestamp, so that they win over what is damaged; a deletion still wins over them';
const again = (cql: string, profile: Statement['profile']): Statement =>
  Object.freeze({ cql, consistency: 'local-quorum', kind: 'write', idempotent: true, profile, reason: AGAIN });

/** Values: blob, segment, number, bytes, checksum, timestamp. */
export const CHUNK_AGAIN = again(
  'INSERT INTO $region.chunk (blob, seg, n, d, sum) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
  'bulk',
);
/** Values: blob, header, timestamp. */
export const HEADER_AGAIN = again(
  'INSERT INTO $region.chunk (blob, seg, hdr) VALUES (?, 0, ?) USING TIMESTAMP ?',
  'meta',
);
