/** Statements of buckets: their rows (`bucket`), their names (`name`) and the hints for ListBuckets (`owned`). */

import type { Statement } from '../database/types.ts';

const meta = (statement: Omit<Statement, 'profile'>): Statement => Object.freeze({ ...statement, profile: 'meta' });

// ----------------------------------------------------------------------------------------------------------- bucket

export const READ_BUCKET = meta({
  cql: 'SELECT rev, v FROM $region.bucket WHERE id = ?',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'on the path of every request; sees all changes that were acknowledged, which commit at LOCAL_QUORUM',
});

export const READ_BUCKET_DECIDED = meta({
  cql: 'SELECT rev, v FROM $region.bucket WHERE id = ?',
  consistency: 'local-serial',
  kind: 'read',
  idempotent: true,
  reason: 'completes what another transaction began, before the next one is decided on',
});

/** Values: id, rev, v. */
export const INSERT_BUCKET = meta({
  cql: 'INSERT INTO $region.bucket (id, rev, v) VALUES (?, ?, ?) IF NOT EXISTS',
  consistency: 'local-quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'the row belongs to one region, so agreement is within it; rev names the transaction',
});

/** Values: new rev and v, id, the rev that it must have. */
export const UPDATE_BUCKET = meta({
  cql: 'UPDATE $region.bucket SET rev = ?, v = ? WHERE id = ? IF rev = ?',
  consistency: 'local-quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'the row belongs to one region, so agreement is within it; rev names the transaction',
});

// ------------------------------------------------------------------------------------------------------------- name

const NAME = 'SELECT bucket, region, owner FROM $global.name WHERE name = ?';

export const READ_NAME = meta({
  cql: NAME,
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'a hint: what is found is verified by the row of the bucket, what is not is looked for at QUORUM',
});

export const READ_NAME_EVERYWHERE = meta({
  cql: NAME,
  consistency: 'quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees every claim that was acknowledged in any region: they commit at QUORUM',
});

/** Values: name, bucket, region, owner. */
export const CLAIM_NAME = meta({
  cql: 'INSERT INTO $global.name (name, bucket, region, owner) VALUES (?, ?, ?, ?) IF NOT EXISTS',
  consistency: 'quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'names are one platform-wide, so agreement is over all regions; the id of the bucket names the claim',
});

/** Values: name, bucket. */
export const RELEASE_NAME = meta({
  cql: 'DELETE FROM $global.name WHERE name = ? IF bucket = ?',
  consistency: 'quorum',
  kind: 'cas',
  idempotent: false,
  reason: 'takes away no claim but this one; a bucket claims a name once in its life',
});

// ------------------------------------------------------------------------------------------------------------ owned

/** Values: owner, name, bucket, region. */
export const PUT_HINT = meta({
  cql: 'INSERT INTO $global.owned (owner, name, bucket, region) VALUES (?, ?, ?, ?) USING TIMESTAMP 1',
  consistency: 'quorum',
  kind: 'write',
  idempotent: true,
  reason: 'stored before the name is claimed, so that who lists at QUORUM afterwards meets it; always the same bytes',
});

/** Values: owner, name, bucket. */
export const DROP_HINT = meta({
  cql: 'DELETE FROM $global.owned USING TIMESTAMP 2 WHERE owner = ? AND name = ? AND bucket = ?',
  consistency: 'quorum',
  kind: 'write',
  idempotent: true,
  reason: 'beats the hint whenever that arrives; the row is of this bucket alone, whose id is never used again',
});

/** Values: owner, name and bucket after which to begin, limit. */
export const READ_HINTS = meta({
  cql: 'SELECT name, bucket, region FROM $global.owned WHERE owner = ? AND (name, bucket) > (?, ?) LIMIT ?',
  consistency: 'quorum',
  kind: 'read',
  idempotent: true,
  reason: 'meets every hint of a bucket whose creation was acknowledged in any region',
});
