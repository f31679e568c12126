/**
 * Statements of the directory: accounts and access keys (tables `directory`, `account`, `access_key`) and uses of keys (`key_use`).
 *
 * The directory is one Paxos partition (p = 0) over all regions. Its copies are plain rows whose timestamp is the number of
 * the change that made them.
 */

import type { Statement } from '../database/types.ts';

const meta = (statement: Omit<Statement, 'profile'>): Statement => Object.freeze({ ...statement, profile: 'meta' });

/** The five rows that a change looks at. Values: kind and id, five times; some may be the same. */
export const READ_FIVE = meta({
  cql: 'SELECT kind, id, rev, v FROM $global.directory WHERE p = 0 AND (kind, id) IN ((?, ?), (?, ?), (?, ?), (?, ?), (?, ?))',
  consistency: 'serial',
  kind: 'read',
  idempotent: true,
  reason: 'completes what other transactions began, and shows all rows as of one moment',
});

export const READ_ONE = meta({
  cql: 'SELECT kind, id, rev, v FROM $global.directory WHERE p = 0 AND kind = ? AND id = ?',
  consistency: 'quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees every change that was acknowledged anywhere: transactions commit at QUORUM',
});

/** Values: kind, id after which to begin, limit. */
export const READ_KIND = meta({
  cql: 'SELECT kind, id, rev, v FROM $global.directory WHERE p = 0 AND kind = ? AND id > ? LIMIT ?',
  consistency: 'quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees every change that was acknowledged anywhere: transactions commit at QUORUM',
});

/** Values: new rev and v of the sequence row, rev and v that it must have (null: none yet). */
export const STEP = meta({
  cql: "UPDATE $global.directory SET rev = ?, v = ? WHERE p = 0 AND kind = 'sequence' AND id = '' IF rev = ? AND v = ?",
  consistency: 'quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'the platform has one order of changes, so agreement is over all regions; v names the change',
});

/** In a batch with STEP. Values: rev, v, kind, id. */
export const PUT_ROW = meta({
  cql: 'UPDATE $global.directory SET rev = ?, v = ? WHERE p = 0 AND kind = ? AND id = ?',
  consistency: 'quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'part of the transaction that STEP decides',
});

/** In a batch with STEP. Values: kind, id. */
export const REMOVE_ROW = meta({
  cql: 'DELETE FROM $global.directory WHERE p = 0 AND kind = ? AND id = ?',
  consistency: 'quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'part of the transaction that STEP decides',
});

export type CopyTable = 'account' | 'access_key';

const readCopy = (table: CopyTable): Statement =>
  meta({
    cql: `SELECT v FROM $global.${table} WHERE id = ?`,
    consistency: 'local-quorum',
    kind: 'read',
    idempotent: true,
    reason: 'on the path of every request; changes are acknowledged after a quorum of each region has them',
  });

const WRITE = 'USING TIMESTAMP ? SET v = ? WHERE id = ?';

/** Values: timestamp, v, id. */
const writeCopy = (table: CopyTable): Statement =>
  meta({
    cql: `UPDATE $global.${table} ${WRITE}`,
    consistency: 'each-quorum',
    kind: 'write',
    idempotent: true,
    reason:
      'a key that was revoked is revoked in all regions before that is said; the same bytes at the same timestamp',
  });

/** Values: timestamp, v, id. */
const mendCopy = (table: CopyTable): Statement =>
  meta({
    cql: `UPDATE $global.${table} ${WRITE}`,
    consistency: 'local-quorum',
    kind: 'write',
    idempotent: true,
    reason: 'for the readers of this region, one of whom missed it; the same bytes at the same timestamp',
  });

const both = (make: (table: CopyTable) => Statement): Readonly<Record<CopyTable, Statement>> =>
  Object.freeze({ account: make('account'), access_key: make('access_key') });

export const READ_COPY = both(readCopy);
export const WRITE_COPY = both(writeCopy);
export const MEND_COPY = both(mendCopy);

// ---------------------------------------------------------------------------------------------------------- key_use

/** Values: access key id, the key's birth, when it was used, and that again as the timestamp. */
export const NOTE_USE = meta({
  cql: 'INSERT INTO $global.key_use (id, born, used) VALUES (?, ?, ?) USING TIMESTAMP ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason: 'the later use wins wherever they meet; other regions hear of it in a moment, which is soon enough',
});

/** Values: access key id, the key's birth, v, timestamp. */
export const NOTE_CLIENT = meta({
  cql: 'INSERT INTO $global.key_client (id, born, v) VALUES (?, ?, ?) USING TIMESTAMP ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason: 'the later use wins wherever they meet, as its time does',
});

/** Values: access key id, the key's birth. */
export const READ_CLIENT = meta({
  cql: 'SELECT v FROM $global.key_client WHERE id = ? AND born = ?',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees what was noted in this region',
});

/** Values: access key id, the key's birth. */
export const READ_USE = meta({
  cql: 'SELECT used FROM $global.key_use WHERE id = ? AND born = ?',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees what was noted in this region',
});
