/** Checks of the audit trail, of the uses of keys and of refused requests: rows decode, and indexes agree both ways. */

import type { Finding } from '../port.ts';
import { readEvent } from './audit.ts';
import { badReference, type CheckView } from './check-view.ts';
import { readKeyUse } from './key-uses.ts';
import { itemOfOwnedKey, ownedKey, textKey } from './keys.ts';
import { idOfQueueKey, numberOfQueueKey, queueKey, readRefusal } from './refusals.ts';

export async function* checkAudit(view: CheckView): AsyncGenerator<Finding> {
  for await (const row of view.all('audit', readEvent)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { id, accountId } = row.value;
    if (!row.key.equals(textKey(id))) yield badReference(`audit event ${id}`, 'it is filed under another id');
    if (accountId !== undefined && !view.has('auditByAccount', ownedKey(accountId, id))) {
      yield badReference(`audit event ${id}`, 'it is not in the list of its account');
    }
  }
  for await (const row of view.all('auditByAccount', () => undefined)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const id = itemOfOwnedKey(row.key);
    const event = view.get('audit', textKey(id), readEvent);
    const owner = event?.accountId;
    // A damaged event is reported above.
    const isDamaged = event === undefined && view.has('audit', textKey(id));
    if (!isDamaged && (owner === undefined || !row.key.equals(ownedKey(owner, id)))) {
      yield badReference(view.subject('auditByAccount', row.key), 'it lists an event that is not there or not its own');
    }
  }
  for await (const row of view.all('activity', readEvent)) {
    if ('finding' in row) yield row.finding;
    else if (itemOfOwnedKey(row.key) !== row.value.id) {
      yield badReference(`event ${row.value.id}`, 'it is filed under another id');
    }
  }
  for await (const row of view.all('keyUses', readKeyUse)) {
    if ('finding' in row) yield row.finding;
    else if (!view.has('keys', row.key)) {
      yield badReference(view.subject('keyUses', row.key), 'it is of a key that is not there');
    }
  }
}

export async function* checkRefusals(view: CheckView): AsyncGenerator<Finding> {
  for await (const row of view.all('refusals', (to, key) => readRefusal(to, idOfQueueKey(key)))) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { requestId } = row.value;
    const number = view.get('refusalIds', textKey(requestId), (to) => to.uint());
    if (number === undefined || number < numberOfQueueKey(row.key)) {
      yield badReference(`refused request ${requestId}`, 'it cannot be found by its id');
    }
  }
  for await (const row of view.all('refusalIds', (to) => to.uint())) {
    if ('finding' in row) yield row.finding;
    else if (!view.has('refusals', queueKey(row.value, row.key.toString()))) {
      yield badReference(view.subject('refusalIds', row.key), 'it names a refused request that is not there');
    }
  }
}
