/**
 * Statements of bodies: tables `chunk`, `manifest`, `ref` and `ledger` (decision 0006, "Bodies").
 *
 * All are plain. Rows are written once, at the clock's time, and deleted at the largest timestamp: a write that arrives
 * after its deletion (a paused process, a hint of the database) stays invisible. Only headers and ledger rows are written
 * again, with a larger timestamp each time.
 */

import type { Statement } from '../database/types.ts';

const NEVER_HALF = 'bytes and ledger must be seen by every later quorum';
const ONCE = 'the same row at the same timestamp';

const write = (cql: string, reason = ONCE, profile: Statement['profile'] = 'meta'): Statement =>
  Object.freeze({
    cql,
    consistency: 'local-quorum',
    kind: 'write',
    idempotent: true,
    profile,
    reason: `${NEVER_HALF}; idempotent: ${reason}`,
  });
const read = (
  cql: string,
  consistency: Statement['consistency'],
  reason: string,
  profile: Statement['profile'] = 'meta',
): Statement => Object.freeze({ cql, consistency, kind: 'read', idempotent: true, profile, reason });
const FOR_EVER = 'deleted at the largest timestamp, once and for ever';

// -------------------------------------------------------------------------------------------------------------- chunks

/** Values: blob, header, bytes, checksum, timestamp. The first chunk brings the header. */
export const PUT_FIRST_CHUNK = write(
  'INSERT INTO $region.chunk (blob, seg, n, hdr, d, sum) VALUES (?, 0, 0, ?, ?, ?) USING TIMESTAMP ?',
  ONCE,
  'bulk',
);
/** Values: blob, segment, number, bytes, checksum, timestamp. */
export const PUT_CHUNK = write(
  'INSERT INTO $region.chunk (blob, seg, n, d, sum) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
  ONCE,
  'bulk',
);
/** Values: blob, header, timestamp. */
export const PUT_HEADER = write('INSERT INTO $region.chunk (blob, seg, hdr) VALUES (?, 0, ?) USING TIMESTAMP ?');
/** Values: timestamp, blob, segment. */
export const DROP_SEGMENT = write('DELETE FROM $region.chunk USING TIMESTAMP ? WHERE blob = ? AND seg = ?', FOR_EVER);

const CHUNK = 'SELECT n, d, sum FROM $region.chunk WHERE blob = ? AND seg = ? AND n = ?';
/** Values: blob, segment, number. */
export const CHUNK_NEAR = read(CHUNK, 'local-one', 'chunks never change and are checked: any copy will do', 'bulk');
export const CHUNK_SURE = read(
  CHUNK,
  'local-quorum',
  'what a quorum wrote, when the nearest copy is not right',
  'bulk',
);
/** Values: blob. */
export const HEADER = read(
  'SELECT DISTINCT blob, seg, hdr FROM $region.chunk WHERE blob = ? AND seg = 0',
  'local-quorum',
  'decides whether a body is there and whose it is',
);
/** Values: blob, segment. */
export const LAST_OF_SEGMENT = read(
  'SELECT n, sum FROM $region.chunk WHERE blob = ? AND seg = ? ORDER BY n DESC LIMIT 1',
  'local-quorum',
  'decides how far a body that nobody finished was written',
);

// ----------------------------------------------------------------------------------------------------------- manifests

/** Values: body, seq, record, timestamp. */
export const PUT_PAGE = write('INSERT INTO $region.manifest (body, seq, v) VALUES (?, ?, ?) USING TIMESTAMP ?');
/** Values: body, seq. */
export const PAGE = read(
  'SELECT seq, v FROM $region.manifest WHERE body = ? AND seq = ?',
  'local-quorum',
  'decides whether a list is there and whose it is',
);
/** The page that holds an offset. Values: body, offset. */
export const PAGE_AT = read(
  'SELECT seq, v FROM $region.manifest WHERE body = ? AND seq <= ? AND seq >= 0 ORDER BY seq DESC LIMIT 1',
  'local-quorum',
  'a copy that lacks a page would answer with the one before',
);
/** Values: body, seq above which, limit. */
export const PAGES_AFTER = read(
  'SELECT seq, v FROM $region.manifest WHERE body = ? AND seq > ? LIMIT ?',
  'local-quorum',
  'a copy that lacks a page would answer with the one after',
);
/** Values: body, seq below which, lowest seq, limit. */
export const PAGES_BELOW = read(
  'SELECT seq, v FROM $region.manifest WHERE body = ? AND seq < ? AND seq >= ? ORDER BY seq DESC LIMIT ?',
  'local-quorum',
  'a copy that lacks a page would end the list early',
);
/** Values: timestamp, body. */
export const DROP_LIST = write('DELETE FROM $region.manifest USING TIMESTAMP ? WHERE body = ?', FOR_EVER);

// ---------------------------------------------------------------------------------------------------------- references

/** Values: body, kind, owner, timestamp. */
export const PUT_REF = write('INSERT INTO $region.ref (body, kind, owner) VALUES (?, ?, ?) USING TIMESTAMP ?');
/** Values: timestamp, body, kind, owner. */
export const DROP_REF = write(
  'DELETE FROM $region.ref USING TIMESTAMP ? WHERE body = ? AND kind = ? AND owner = ?',
  FOR_EVER,
);
/** Values: timestamp, body. */
export const DROP_REFS = write('DELETE FROM $region.ref USING TIMESTAMP ? WHERE body = ?', FOR_EVER);
/** `freed` and at least two references, if there are any. Values: body. */
export const HOLDERS = read(
  'SELECT kind, owner FROM $region.ref WHERE body = ? AND kind < 2 LIMIT 3',
  'local-quorum',
  'store, then look: a reference that was stored before is seen',
);
/** One doom, or else two references, or one and `freed`. Values: body. */
export const DOOMS_FIRST = read(
  'SELECT kind, owner FROM $region.ref WHERE body = ? ORDER BY kind DESC, owner DESC LIMIT 2',
  'local-quorum',
  'store, then look: a doom that was stored before is seen',
);

// -------------------------------------------------------------------------------------------------------------- ledger

/** Values: slot, period, id, record, timestamp. */
export const PUT_ENTRY = write(
  'INSERT INTO $region.ledger (slot, period, id, v) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
  'the same row at the same timestamp, or a newer one at a larger',
);
/** Values: timestamp, slot, period, id. */
export const DROP_ENTRY = write(
  'DELETE FROM $region.ledger USING TIMESTAMP ? WHERE slot = ? AND period = ? AND id = ?',
  FOR_EVER,
);
/** Values: slot, period, id behind which, limit. */
export const ENTRIES = read(
  'SELECT id, v, writetime(v) AS at FROM $region.ledger WHERE slot = ? AND period = ? AND id > ? LIMIT ?',
  'local-quorum',
  'what was promised to the ledger by a quorum is found',
);
