/**
 * First start: the operator's account and its first key, made exactly once.
 *
 * Several processes may start at once, and any of them may die between two commits. So each step is one commit that
 * only one can win, and what the next start finds decides what is left to do: no account at all → make the account; an
 * account `operator` without any key → make its key, under an id derived from the account, so that two makers meet.
 * A revoked key is a key: revoking the operator's keys does not bring new ones at the next start.
 */

import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Sealer } from '../base/seal.ts';
import type { Account, AuditEvent } from '../model/entities.ts';
import { Conflict, type Mutation, type Rows } from '../store/port.ts';
import { newAccount } from './accounts.ts';
import { ACCESS_KEY_ALPHABET, ACCESS_KEY_PREFIX, newKey, randomSecret } from './keys.ts';
import { auditEvent, LOCAL } from './means.ts';
import type { Credentials, KeyWithSecret } from './types.ts';

export const OPERATOR_NAME = 'operator';

const FIRST_START = Object.freeze({ reason: 'first start' });

export interface FirstStart extends KeyWithSecret {
  readonly account: Account;
}

/**
 * Undefined when there is nothing left to do. `given`: credentials to use instead of random ones.
 * Throws `AdminError` when those are not valid.
 */
export async function firstStart(
  rows: Rows,
  given: Credentials | undefined,
  means: { readonly sealer: Sealer; readonly clock: Clock; readonly random: Random },
): Promise<FirstStart | undefined> {
  const account = (await operator(rows)) ?? (await makeOperator(rows, means));
  if (account === undefined || (await rows.scanKeys(account.id, undefined, 1)).length > 0) return undefined;

  const credentials = given ?? { accessKeyId: firstKeyId(account), secret: randomSecret(means.random) };
  const key = newKey(account, credentials, { label: 'first key' }, means);
  const deed = { action: 'key.create', target: key.accessKeyId, accountId: account.id, details: FIRST_START };
  const mine = await committed(rows, { type: 'putKey', key, replace: false }, auditEvent(means, LOCAL, deed));
  return mine ? { account, key, secret: credentials.secret } : undefined;
}

function operator(rows: Rows): Promise<Account | undefined> {
  return rows.getAccount({ name: OPERATOR_NAME });
}

/** Undefined in a store that has accounts, none of them called operator: somebody took it away on purpose. */
async function makeOperator(
  rows: Rows,
  means: { readonly clock: Clock; readonly random: Random },
): Promise<Account | undefined> {
  if ((await rows.scanAccounts(undefined, 1)).length > 0) return undefined;
  const account = newAccount({ name: OPERATOR_NAME, role: 'operator' }, means.clock, means.random);
  const deed = { action: 'account.create', target: account.name, accountId: account.id, details: FIRST_START };
  const mine = await committed(rows, { type: 'putAccount', account, replace: false }, auditEvent(means, LOCAL, deed));
  return mine ? account : operator(rows);
}

/** Whether this call made it; false when another process did. */
async function committed(rows: Rows, mutation: Mutation, audit: AuditEvent): Promise<boolean> {
  try {
    await rows.commit(mutation, audit);
    return true;
  } catch (error) {
    if (error instanceof Conflict && error.what === 'exists') return false;
    throw error;
  }
}

function firstKeyId(account: Account): string {
  const digest = createHash('sha256').update(`first key of ${account.id}`).digest();
  let id = ACCESS_KEY_PREFIX;
  for (const byte of digest.subarray(0, 20 - ACCESS_KEY_PREFIX.length)) id += ACCESS_KEY_ALPHABET[byte % 32];
  return id;
}
