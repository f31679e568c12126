/** Statements of what is remembered about access: the audit trail (tables `audit`, `audit_period`) and refusals (`refusal`). */

import type { Statement } from '../database/types.ts';

const meta = (statement: Omit<Statement, 'profile'>): Statement => Object.freeze({ ...statement, profile: 'meta' });

// ------------------------------------------------------------------------------------------------------------ audit

/** Values: owner, period, id, v, timestamp. */
export const PUT_EVENT = meta({
  cql: 'INSERT INTO $global.audit (owner, period, id, v) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason:
    'durable before the change is made, also in a region that is cut off; who reads asks each region. The same bytes at the same timestamp',
});

/** Values: owner, period, timestamp. */
export const PUT_PERIOD = meta({
  cql: 'INSERT INTO $global.audit_period (owner, period) VALUES (?, ?) USING TIMESTAMP ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason: 'stored before the change is made, as the event is: events of a period without its row would not be found',
});

/** Values: owner, period from which on (downwards), limit. */
export const READ_PERIODS = meta({
  cql: 'SELECT period FROM $global.audit_period WHERE owner = ? AND period <= ? ORDER BY period DESC LIMIT ?',
  consistency: 'each-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'meets the quorum of whichever region an event was stored in: a trail with gaps would be believed',
});

/** Values: owner, period, id below which to begin, limit. */
export const READ_EVENTS = meta({
  cql: 'SELECT id, v FROM $global.audit WHERE owner = ? AND period = ? AND id < ? ORDER BY id DESC LIMIT ?',
  consistency: 'each-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'meets the quorum of whichever region an event was stored in: a trail with gaps would be believed',
});

// --------------------------------------------------------------------------------------------------------- activity

/** Values: owner, day, id, v, timestamp, seconds to live. */
export const PUT_ACTIVITY = meta({
  cql: 'INSERT INTO $region.activity (owner, day, id, v) VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason: 'is told at once by any front end of the region; written once, so that nothing meets its expiry',
});

/** Values: owner, day, id below which to begin, limit. */
export const READ_ACTIVITY = meta({
  cql: 'SELECT id, v FROM $region.activity WHERE owner = ? AND day = ? AND id < ? ORDER BY id DESC LIMIT ?',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees what was stored in that region',
});

// ---------------------------------------------------------------------------------------------------------- refusal

/** Values: id, v, timestamp, seconds to live. */
export const PUT_REFUSAL = meta({
  cql: 'INSERT INTO $region.refusal (id, v) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason:
    'can be explained at once through any front end of the region; written once, so that nothing meets its expiry',
});

/** Values: timestamp, id. */
export const DROP_REFUSAL = meta({
  cql: 'DELETE FROM $region.refusal USING TIMESTAMP ? WHERE id = ?',
  consistency: 'local-quorum',
  kind: 'write',
  idempotent: true,
  reason: 'one that comes back is only there a little longer',
});

export const READ_REFUSAL = meta({
  cql: 'SELECT v FROM $region.refusal WHERE id = ?',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  reason: 'sees what was stored in that region',
});
