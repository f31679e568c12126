/** Mutations of accounts and access keys. Each runs inside one write transaction: check, then effect. */

import { isDeepStrictEqual } from 'node:util';
import type { AccessKey, Account } from '../../model/entities.ts';
import { type Committed, Conflict, type Mutation } from '../port.ts';
import { indexKey, itemOfOwnedKey, ownedKey, textKey } from './keys.ts';
import { ABSENT } from './lookup.ts';
import { readAccessKey, readAccount, writeAccessKey, writeAccount } from './records.ts';
import type { Range } from './tables.ts';
import type { Transaction } from './transaction.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

/** The unique fields of an account and their index rows. */
function indexed(account: Account): readonly { readonly field: string; readonly key: Buffer }[] {
  const email = account.email === undefined ? [] : [{ field: 'email', key: emailKey(account.email) }];
  return [
    { field: 'name', key: indexKey('n', account.name) },
    ...email,
    { field: 'canonicalId', key: indexKey('c', account.canonicalId) },
  ];
}

/** E-mail addresses are compared without case. */
export const emailKey = (email: string): Buffer => indexKey('e', email.toLowerCase());

/** Everything in an owner's index. */
export function ownedBy(owner: string, from = ''): Range {
  const prefix = ownedKey(owner, '');
  // An owner's prefix never ends in 0xff: its text is UTF-8.
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return { start: ownedKey(owner, from), end };
}

function findAccount(transaction: Transaction, id: string): Account | undefined {
  const row = transaction.get('accounts', textKey(id));
  return row === undefined ? undefined : readAccount(row);
}

/** `revision` when something was expected and is not so. */
function requireSame<T>(expected: T | undefined, found: T | undefined): void {
  if (expected !== undefined && !isDeepStrictEqual(expected, found)) throw new Conflict('revision');
}

export function putAccount(transaction: Transaction, mutation: Of<'putAccount'>): Committed {
  const { account, replace, expect, given } = mutation;
  const old = findAccount(transaction, account.id);
  if (replace && old === undefined) throw new Conflict('missing');
  if (!replace && old !== undefined) throw new Conflict('exists', 'id');
  requireSame(expect, old);
  if (given !== undefined) requireSame(given, findAccount(transaction, given.id));
  for (const { field, key } of indexed(account)) {
    const holder = transaction.get('accountIndex', key)?.text();
    if (holder !== undefined && holder !== account.id) throw new Conflict('exists', field);
  }
  for (const { key } of old === undefined ? [] : indexed(old)) transaction.remove('accountIndex', key);
  for (const { key } of indexed(account)) transaction.put('accountIndex', key, (to) => to.text(account.id));
  transaction.put('accounts', textKey(account.id), (to) => writeAccount(to, account));
  return { revision: String(transaction.next()) };
}

export function removeAccount(transaction: Transaction, { id, given }: Of<'removeAccount'>): Committed {
  const account = findAccount(transaction, id);
  if (account === undefined) throw new Conflict('missing');
  if (given !== undefined) requireSame(given, findAccount(transaction, given.id));
  if (transaction.tables.bucketsByOwner.first(ownedBy(id)) !== undefined) throw new Conflict('not-empty');
  const keys = [...transaction.tables.keysByAccount.scan(ownedBy(id))];
  for (const { key } of keys) {
    transaction.remove('keysByAccount', key);
    dropKey(transaction, itemOfOwnedKey(key));
  }
  for (const { key } of indexed(account)) transaction.remove('accountIndex', key);
  transaction.remove('accounts', textKey(id));
  transaction.next();
  return { revision: ABSENT };
}

function findKey(transaction: Transaction, accessKeyId: string): AccessKey | undefined {
  const row = transaction.get('keys', textKey(accessKeyId));
  return row === undefined ? undefined : readAccessKey(row);
}

export function putKey(transaction: Transaction, { key, replace, expect }: Of<'putKey'>): Committed {
  if (!transaction.tables.accounts.has(textKey(key.accountId))) throw new Conflict('missing');
  const old = findKey(transaction, key.accessKeyId);
  if (replace && old === undefined) throw new Conflict('missing');
  if (!replace && old !== undefined) throw new Conflict('exists', 'accessKeyId');
  requireSame(expect, old);
  if (old !== undefined) transaction.remove('keysByAccount', ownedKey(old.accountId, key.accessKeyId));
  transaction.put('keysByAccount', ownedKey(key.accountId, key.accessKeyId), (row) => row.byte(0));
  transaction.put('keys', textKey(key.accessKeyId), (row) => writeAccessKey(row, key));
  return { revision: String(transaction.next()) };
}

export function removeKey(transaction: Transaction, { accessKeyId }: Of<'removeKey'>): Committed {
  const old = findKey(transaction, accessKeyId);
  if (old === undefined) throw new Conflict('missing');
  transaction.remove('keysByAccount', ownedKey(old.accountId, accessKeyId));
  dropKey(transaction, accessKeyId);
  transaction.next();
  return { revision: ABSENT };
}

function dropKey(transaction: Transaction, accessKeyId: string): void {
  for (const table of ['keys', 'keyUses'] as const) transaction.remove(table, textKey(accessKeyId));
}
