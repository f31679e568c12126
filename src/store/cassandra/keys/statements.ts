/** The CQL of claim rows: transactions only. */

import type { Statement } from '../database/types.ts';

/** Values: bucket, k. */
export const READ_CLAIM: Statement = Object.freeze({
  cql: 'SELECT id, v FROM $region.claim WHERE bucket = ? AND k = ?',
  consistency: 'local-serial',
  kind: 'read',
  idempotent: true,
  profile: 'meta',
  reason: 'sees what was elected last, and completes an election that was under way',
});

export const FIRST_CLAIM: Statement = Object.freeze({
  cql: 'INSERT INTO $region.claim (bucket, k, id, v) VALUES (?, ?, ?, ?) IF NOT EXISTS',
  consistency: 'local-quorum',
  kind: 'cas',
  idempotent: false,
  profile: 'meta',
  reason: 'elects a change of a key of this region; repeated only with `mine`, by its id',
});

export const NEXT_CLAIM: Statement = Object.freeze({
  cql: 'UPDATE $region.claim SET id = ?, v = ? WHERE bucket = ? AND k = ? IF id = ?',
  consistency: 'local-quorum',
  kind: 'cas',
  idempotent: false,
  profile: 'meta',
  reason: 'as the first, after exactly the change that was completed before',
});
