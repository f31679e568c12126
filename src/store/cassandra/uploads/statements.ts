/**
 * Statements of multipart uploads (tables `upload`, `upload_index`, `part`).
 *
 * `upload` takes transactions only. Rows of the other two are written at timestamp 1 and removed at 2: nothing in them is
 * ever written again under the same key, so a clock decides nothing, and what arrives after its removal stays removed.
 */

import type { Statement } from '../database/types.ts';

const meta = (statement: Omit<Statement, 'profile'>): Statement => Object.freeze({ ...statement, profile: 'meta' });

const read = (cql: string, reason: string): Statement =>
  meta({ cql, consistency: 'local-quorum', kind: 'read', idempotent: true, reason });

const write = (cql: string, reason: string): Statement =>
  meta({ cql, consistency: 'local-quorum', kind: 'write', idempotent: true, reason });

const cas = (cql: string, reason: string): Statement =>
  meta({ cql, consistency: 'local-quorum', kind: 'cas', idempotent: false, reason });

// ----------------------------------------------------------------------------------------------------------- uploads

export const READ_UPLOAD = read(
  'SELECT rev, v FROM $region.upload WHERE id = ?',
  'sees every acknowledged change: transactions commit at LOCAL_QUORUM',
);

/** Before a step is taken, and to learn what became of one. */
export const SEE_UPLOAD = meta({
  cql: 'SELECT rev, v FROM $region.upload WHERE id = ?',
  consistency: 'local-serial',
  kind: 'read',
  idempotent: true,
  reason: 'completes what another transaction began, so that the next one is not refused for it',
});

/** Values: id, rev, v. */
export const INSERT_UPLOAD = cas(
  'INSERT INTO $region.upload (id, rev, v) VALUES (?, ?, ?) IF NOT EXISTS',
  'the first state of an upload; rev names the transaction',
);

/** Values: new rev, v, id, rev that it must have. */
export const MOVE_UPLOAD = cas(
  'UPDATE $region.upload SET rev = ?, v = ? WHERE id = ? IF rev = ?',
  'an upload has one order of states; rev names the transaction',
);

/** Values: id, rev that it must have. */
export const REMOVE_UPLOAD = cas(
  'DELETE FROM $region.upload WHERE id = ? IF rev = ?',
  'removed in its last state only; the same upload id is never made again',
);

// ------------------------------------------------------------------------------------------------------------- hints

/** Values: bucket, slot, k, at, id. */
export const PUT_HINT = write(
  'INSERT INTO $region.upload_index (bucket, slot, k, at, id) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1',
  'a listing that begins after the upload was acknowledged must meet it; the same row each time',
);

/** Values: bucket, slot, k, at, id. */
export const REMOVE_HINT = write(
  'DELETE FROM $region.upload_index USING TIMESTAMP 2 WHERE bucket = ? AND slot = ? AND k = ? AND at = ? AND id = ?',
  'hints are removed once and for ever',
);

/** Values: bucket, slot, then k, at, id behind which to begin, limit. */
export const READ_HINTS = read(
  'SELECT k, at, id FROM $region.upload_index WHERE bucket = ? AND slot = ? AND (k, at, id) > (?, ?, ?) LIMIT ?',
  'sees the hint of every upload that was acknowledged',
);

// ------------------------------------------------------------------------------------------------------------- parts

/** Values: upload, no, t, blob, v. */
export const PUT_PART = write(
  'INSERT INTO $region.part (upload, no, t, blob, v) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1',
  'who reads the parts after the upload was read as open must see it; the same row each time',
);

/** Values: upload, no, t, blob. */
export const REMOVE_PART = write(
  'DELETE FROM $region.part USING TIMESTAMP 2 WHERE upload = ? AND no = ? AND t = ? AND blob = ?',
  'a part row is removed once and for ever',
);

/** Values: upload. */
export const REMOVE_PARTS = write(
  'DELETE FROM $region.part USING TIMESTAMP 2 WHERE upload = ?',
  'one deletion for all rows, those on their way included; the partition is never read again',
);

/** All rows of one number, newest first. Values: upload, no, limit. */
export const READ_NUMBER = read(
  'SELECT no, t, blob, v FROM $region.part WHERE upload = ? AND no = ? LIMIT ?',
  'the last of two racing writers of one number sees the other',
);

/** The newest row of each number, without those of bodies that must not be named. Values: upload, no, limit. */
export const READ_NEWEST = read(
  'SELECT no, t, blob, v FROM $region.part WHERE upload = ? AND no > ? GROUP BY upload, no LIMIT ?',
  'sees every acknowledged part',
);

/** Every row from a number on, in order. Values: upload, no, limit. */
export const READ_ROWS = read(
  'SELECT no, t, blob, v FROM $region.part WHERE upload = ? AND no >= ? LIMIT ?',
  'who ends an upload must see every part of a writer that saw it open',
);

/** Values: upload, blob. */
export const READ_NAMING = read(
  'SELECT no FROM $region.part WHERE upload = ? AND no > 0 AND blob = ? LIMIT 1 ALLOW FILTERING',
  'asked by the collector alone, of the one partition of an upload; it must see every stored row',
);

/** Bodies that no part may name: rows of number 0. Values: upload, limit. */
export const READ_BANNED = read(
  'SELECT blob FROM $region.part WHERE upload = ? AND no = 0 LIMIT ?',
  'a body that was banned before the read began is not named after it',
);
