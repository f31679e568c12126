/**
 * The audit trail: events by id, and for each account a list of those that are its own, so that a page of it costs no more
 * than what is on it. Events are written in the transaction of their effect and never go.
 */

import type { AuditActor, AuditEvent } from '../../model/entities.ts';
import { Corrupt, type Rows } from '../port.ts';
import { ownedBy } from './accounts.ts';
import { RowReader, type RowWriter } from './codec.ts';
import { itemOfOwnedKey, ownedKey, textKey } from './keys.ts';
import type { Range, Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';

const ACTORS = ['account', 'local', 'stranger'] as const satisfies readonly AuditActor['kind'][];

export function writeEvent(row: RowWriter, event: AuditEvent): void {
  const { id, at, actor, action, target, accountId, from, requestId } = event;
  row.text(id).uint(at).text(action).text(target).text(from);
  row.byte((accountId === undefined ? 0 : 1) | (requestId === undefined ? 0 : 2));
  if (accountId !== undefined) row.text(accountId);
  if (requestId !== undefined) row.text(requestId);
  row.byte(ACTORS.indexOf(actor.kind));
  if (actor.kind === 'account') {
    row
      .text(actor.accountId)
      .text(actor.name)
      .byte(actor.accessKeyId === undefined ? 0 : 1);
    if (actor.accessKeyId !== undefined) row.text(actor.accessKeyId);
  }
  const details = Object.entries(event.details);
  row.uint(details.length);
  for (const [name, text] of details) row.text(name).text(text);
}

export function readEvent(row: RowReader): AuditEvent {
  const fields = { id: row.text(), at: row.uint(), action: row.text(), target: row.text(), from: row.text() };
  const present = row.byte();
  const accountId = present & 1 ? { accountId: row.text() } : {};
  const requestId = present & 2 ? { requestId: row.text() } : {};
  const actor = readActor(row);
  const details = Object.fromEntries(Array.from({ length: row.uint() }, () => [row.text(), row.text()]));
  row.end();
  return { ...fields, ...accountId, ...requestId, actor, details };
}

function readActor(row: RowReader): AuditActor {
  const kind = ACTORS[row.byte()];
  if (kind === undefined) throw new Corrupt('a row holds a value that this format does not have');
  if (kind !== 'account') return { kind };
  const actor = { kind, accountId: row.text(), name: row.text() };
  return row.byte() === 0 ? actor : { ...actor, accessKeyId: row.text() };
}

/** In the transaction of what the event tells of. One that is there already is replaced. */
export function noteEvent(transaction: Transaction, event: AuditEvent): void {
  const key = textKey(event.id);
  const old = transaction.get('audit', key);
  const listed = old === undefined ? undefined : readEvent(old).accountId;
  if (listed !== undefined && listed !== event.accountId) {
    transaction.remove('auditByAccount', ownedKey(listed, event.id));
  }
  transaction.put('audit', key, (row) => writeEvent(row, event));
  if (event.accountId === undefined) return;
  transaction.put('auditByAccount', ownedKey(event.accountId, event.id), (row) => row.byte(0));
}

/** Newest first. */
export function scanEvents(
  tables: Tables,
  { account, before, limit }: Parameters<Rows['scanAudit']>[0],
): readonly AuditEvent[] {
  const backwards = { reverse: true, limit } as const;
  if (account === undefined) {
    const end = before === undefined ? undefined : textKey(before);
    const rows = [...tables.audit.scan({ start: Buffer.of(0), end, ...backwards })];
    return rows.map(({ payload }) => readEvent(new RowReader(payload)));
  }
  const own: Range = ownedBy(account);
  const end = before === undefined ? own.end : ownedKey(account, before);
  const rows = [...tables.auditByAccount.scan({ start: own.start, end, ...backwards })];
  return rows.map(({ key }) => {
    const row = tables.audit.get(textKey(itemOfOwnedKey(key)));
    if (row === undefined) throw new Corrupt('a row that another row names is missing');
    return readEvent(row);
  });
}
