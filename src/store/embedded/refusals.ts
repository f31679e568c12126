/**
 * Refused requests, to be explained: a queue of bounded length, and an index by request id. Each that comes sees to it that
 * the oldest go, by number or by age. A damaged row is never told, and hinders none that come after it.
 */

import type { Limits } from '../../base/limits.ts';
import type { Refusal } from '../../model/entities.ts';
import { Corrupt } from '../port.ts';
import { RowReader, type RowWriter, unseal } from './codec.ts';
import { objectKey, readU48, textKey, textOfObjectKey } from './keys.ts';
import type { Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ALL = { start: Buffer.of(0), end: undefined } as const;

export interface Keeping {
  readonly now: number;
  readonly limits: Pick<Limits, 'refusalsKept' | 'refusalDays'>;
}

/** The number in the queue and the request id. */
export const queueKey = (number: number, requestId: string): Buffer => objectKey(number, requestId);
export const numberOfQueueKey = (key: Buffer): number => readU48(key, 0);
export const idOfQueueKey = textOfObjectKey;

function writeRefusal(row: RowWriter, { at, accounts, record }: Refusal): void {
  row.uint(at).uint(accounts.length);
  for (const account of accounts) row.text(account);
  row.text(record);
}

export function readRefusal(row: RowReader, requestId: string): Refusal {
  const at = row.uint();
  const accounts = Array.from({ length: row.uint() }, () => row.text());
  const record = row.text();
  row.end();
  return { requestId, at, accounts, record };
}

const isPast = ({ at }: Refusal, { now, limits }: Keeping): boolean => at < now - limits.refusalDays * DAY_MS;

export function refusalOf(tables: Tables, requestId: string, keeping: Keeping): Refusal | undefined {
  const number = tables.refusalIds.get(textKey(requestId))?.uint();
  if (number === undefined) return undefined;
  const row = tables.refusals.get(queueKey(number, requestId));
  if (row === undefined) throw new Corrupt('a row that another row names is missing');
  const refusal = readRefusal(row, requestId);
  return isPast(refusal, keeping) ? undefined : refusal;
}

export function noteRefusals(transaction: Transaction, refusals: readonly Refusal[], keeping: Keeping): void {
  const [last] = transaction.tables.refusals.scanRaw({ ...ALL, reverse: true, limit: 1 });
  let next = last === undefined ? 0 : numberOfQueueKey(last.key) + 1;
  for (const refusal of refusals) {
    const number = next++;
    transaction.put('refusals', queueKey(number, refusal.requestId), (row) => writeRefusal(row, refusal));
    transaction.put('refusalIds', textKey(refusal.requestId), (row) => row.uint(number));
  }
  // Twice as many as came: so the queue becomes shorter where fewer are to be kept than were.
  const due = dueOf(transaction.tables, { ...keeping, next, limit: 2 * refusals.length });
  for (const key of due) removeRefusal(transaction, key);
}

/** The keys at the head of the queue that are past their time, too many or damaged. */
function dueOf(
  tables: Tables,
  { next, limit, ...keeping }: Keeping & { readonly next: number; readonly limit: number },
): readonly Buffer[] {
  const due: Buffer[] = [];
  for (const { key, row } of tables.refusals.scanRaw({ ...ALL, limit })) {
    const tooMany = numberOfQueueKey(key) < next - keeping.limits.refusalsKept;
    const payload = unseal(key, row);
    const isWanted = payload !== undefined && !isPast(readRefusal(new RowReader(payload), idOfQueueKey(key)), keeping);
    if (isWanted && !tooMany) break;
    due.push(key);
  }
  return due;
}

function removeRefusal(transaction: Transaction, key: Buffer): void {
  transaction.remove('refusals', key);
  const id = textKey(idOfQueueKey(key));
  const row = transaction.tables.refusalIds.raw(id);
  const payload = row && unseal(id, row);
  // A later one of the same request has the index otherwise.
  const isIts = payload === undefined || new RowReader(payload).uint() === numberOfQueueKey(key);
  if (row !== undefined && isIts) transaction.remove('refusalIds', id);
}
