/**
 * Ids of audit events (`AuditEvent.id`): the time, then chance. They order events by time, and two of one millisecond do
 * not meet.
 */

import type { Random } from '../base/random.ts';

const RANDOM_BYTES = 8;
/** Milliseconds since 1970 have thirteen digits until the year 2286. */
const TIME_DIGITS = 13;

export const auditId = (at: number, random: Random): string =>
  `${String(at).padStart(TIME_DIGITS, '0')}-${random.bytes(RANDOM_BYTES).toString('hex')}`;
