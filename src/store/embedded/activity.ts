/**
 * Trails that forget: what happens to objects, and requests that failed. Events are filed twice, under all and under their account,
 * whole: so one is gone when its row is. Each that comes sees to it that the oldest of the same trail go when their time is over.
 */

import type { Limits } from '../../base/limits.ts';
import type { AuditEvent } from '../../model/entities.ts';
import type { ActivityTrail, Rows } from '../port.ts';
import { ownedBy } from './accounts.ts';
import { readEvent, writeEvent } from './audit.ts';
import { RowReader, unseal } from './codec.ts';
import { ownedKey } from './keys.ts';
import type { Range, Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Under this owner all events of a trail are. No account has this id. */
const EVERYONE = '*';

export interface Remembering {
  readonly now: number;
  readonly limits: Pick<Limits, 'activityDays' | 'failureDays'>;
}

const ownerOf = (trail: ActivityTrail, account: string): string => `${trail} ${account}`;
const oldestOf = (trail: ActivityTrail, { now, limits }: Remembering): number =>
  now - (trail === 'objects' ? limits.activityDays : limits.failureDays) * DAY_MS;

/** Newest first. */
export function scanActivity(
  tables: Tables,
  { trail, account = EVERYONE, before, limit }: Parameters<Rows['scanActivity']>[0],
  remembering: Remembering,
): readonly AuditEvent[] {
  const owner = ownerOf(trail, account);
  const own: Range = ownedBy(owner);
  const end = before === undefined ? own.end : ownedKey(owner, before);
  const oldest = oldestOf(trail, remembering);
  const rows = [...tables.activity.scan({ start: own.start, end, reverse: true, limit })];
  return rows.map(({ payload }) => readEvent(new RowReader(payload))).filter(({ at }) => at >= oldest);
}

export function noteActivity(
  transaction: Transaction,
  { trail, events }: { readonly trail: ActivityTrail; readonly events: readonly AuditEvent[] },
  remembering: Remembering,
): void {
  const counts = new Map<string, number>();
  for (const event of events) {
    for (const account of [EVERYONE, ...(event.accountId === undefined ? [] : [event.accountId])]) {
      const owner = ownerOf(trail, account);
      transaction.put('activity', ownedKey(owner, event.id), (row) => writeEvent(row, event));
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
  }
  // Twice as many as came: what was left behind by a time of quiet goes too.
  for (const [owner, count] of counts)
    forget(transaction, { ...ownedBy(owner), limit: 2 * count }, oldestOf(trail, remembering));
}

/** A damaged row at the head of the line goes as well. */
function forget(transaction: Transaction, range: Range, oldest: number): void {
  const due: Buffer[] = [];
  for (const { key, row } of transaction.tables.activity.scanRaw(range)) {
    const payload = unseal(key, row);
    if (payload !== undefined && readEvent(new RowReader(payload)).at >= oldest) break;
    due.push(key);
  }
  for (const key of due) transaction.remove('activity', key);
}
