/**
 * Accounts: made, changed, removed. Rules are checked here; uniqueness, existence and what a change is based on in the
 * engine's commit, together with the audit event.
 *
 * There is always an active operator: whatever would take the last one away names another one in its commit, which holds
 * only while that one is what it was seen as. Left out: quotas.
 */

import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { accountNameProblem, emailProblem } from '../model/credentials.ts';
import type { Account, AuditEvent } from '../model/entities.ts';
import { Conflict } from '../store/port.ts';
import { auditEvent, type Means, missingAccount, pages, persistently } from './means.ts';
import { markOf } from './sessions.ts';
import { type AccountChange, type AccountDraft, type Actor, type Admin, AdminError } from './types.ts';

type AccountMethods = Pick<
  Admin,
  'addAccount' | 'accounts' | 'account' | 'changeAccount' | 'removeAccount' | 'endSessions'
>;

export function accountMethods(means: Means): AccountMethods {
  const { rows, clock, random } = means;
  return {
    async addAccount(draft, by) {
      const account = newAccount(draft, clock, random);
      const { name: target, id: accountId, role, email } = account;
      const event = auditEvent(means, by, { action: 'account.create', target, accountId, details: { role, email } });
      await naming(account, () => rows.commit({ type: 'putAccount', account, replace: false }, event));
      return account;
    },
    accounts: (start) => pages((after, limit) => rows.scanAccounts(after, limit), nameOf, start),
    account: (nameOrId) => findAccount(means, nameOrId),
    changeAccount: (nameOrId, change, by) =>
      persistently(means, async () => {
        const old = await findAccount(means, nameOrId);
        return replaceAccount(means, old, changed(old, change, clock), { by, action: actionOf(old, change) });
      }),
    removeAccount: (nameOrId, by) => persistently(means, () => removeAccount(means, nameOrId, by)),
    endSessions: (nameOrId, by) =>
      persistently(means, async () => {
        const old = await findAccount(means, nameOrId);
        return replaceAccount(means, old, sessionsEnded(old, clock), { by, action: 'account.end-sessions' });
      }),
  };
}

/** Valid and random where the draft is silent; not stored yet. */
export function newAccount(draft: AccountDraft, clock: Clock, random: Random): Account {
  checkNames(draft);
  return Object.freeze({
    id: random.bytes(16).toString('hex'),
    name: draft.name,
    ...(draft.email === undefined ? {} : { email: draft.email }),
    canonicalId: random.bytes(32).toString('hex'),
    role: draft.role ?? 'tenant',
    state: 'active',
    createdAt: clock.now(),
  });
}

/** By name or id. `missing`. */
export async function findAccount({ rows }: Means, nameOrId: string): Promise<Account> {
  // A name that nobody can have is not asked for: engines have bounds of their own.
  const possible = accountNameProblem(nameOrId) === undefined;
  const found = possible
    ? ((await rows.getAccount({ name: nameOrId })) ?? (await rows.getAccount({ id: nameOrId })))
    : undefined;
  if (found === undefined) throw missingAccount(nameOrId);
  return found;
}

/** All that was derived from its password or keys before is refused from now on. */
export function sessionsEnded(account: Account, clock: Clock): Account {
  // Each that was ended by itself is among them.
  const { endedSessions: _, ...rest } = account;
  return { ...rest, sessionsFrom: Math.max(clock.now(), markOf(account) + 1) };
}

/** One commit, based on `old` as it was read; `Conflict` `revision` when it is not so any more. Nothing changed: no commit. */
export async function replaceAccount(
  means: Means,
  old: Account,
  account: Account,
  deed: { readonly by: Actor; readonly action: string },
): Promise<Account> {
  const details = differences(old, account);
  if (Object.keys(details).length === 0) return old;
  const event = auditEvent(means, deed.by, { action: deed.action, target: old.name, accountId: old.id, details });
  const given = await otherOperator(means, old, account);
  const mutation = { type: 'putAccount', account, replace: true, expect: old } as const;
  await naming(account, () => means.rows.commit(given === undefined ? mutation : { ...mutation, given }, event));
  return account;
}

async function removeAccount(means: Means, nameOrId: string, by: Actor): Promise<Account> {
  const account = await findAccount(means, nameOrId);
  const { id, name: target } = account;
  const given = await otherOperator(means, account, undefined);
  const event: AuditEvent = auditEvent(means, by, { action: 'account.remove', target, accountId: id });
  const mutation = { type: 'removeAccount', id } as const;
  try {
    await means.rows.commit(given === undefined ? mutation : { ...mutation, given }, event);
  } catch (error) {
    if (!(error instanceof Conflict) || error.what === 'revision') throw error;
    if (error.what === 'missing') throw missingAccount(target);
    throw new AdminError('in-use', `account "${target}" still owns buckets: delete them before removing it`);
  }
  return account;
}

// ------------------------------------------------------------------------------------------------------------- changing

function changed(old: Account, change: AccountChange, clock: Clock): Account {
  const { name = old.name, role = old.role, state = old.state, email = old.email } = change;
  checkNames({ name, email: email ?? undefined });
  const { email: _, ...rest } = old;
  const account: Account = { ...rest, name, role, state, ...(email === null || email === undefined ? {} : { email }) };
  return state === 'suspended' && old.state !== state ? sessionsEnded(account, clock) : account;
}

function actionOf(old: Account, { state }: AccountChange): string {
  if (state === undefined || state === old.state) return 'account.change';
  return state === 'suspended' ? 'account.suspend' : 'account.resume';
}

/** What is told of a change: the new values, and that there is another password without a word of it. */
function differences(old: Account, account: Account): Readonly<Record<string, string>> {
  const details: Record<string, string> = {};
  for (const field of ['name', 'email', 'role', 'state'] as const) {
    if (old[field] !== account[field]) details[field] = `${old[field] ?? 'none'} → ${account[field] ?? 'none'}`;
  }
  if (old.passwordHash !== account.passwordHash)
    details.password = account.passwordHash === undefined ? 'removed' : 'set';
  if (old.sessionsFrom !== account.sessionsFrom) details.sessions = 'ended';
  const known = new Set(old.endedSessions?.map(({ id }) => id));
  const ended = account.endedSessions?.filter(({ id }) => !known.has(id)) ?? [];
  if (ended.length > 0) details.session = ended.map(({ id }) => id).join(', ');
  return details;
}

function checkNames({ name, email }: Pick<AccountDraft, 'name' | 'email'>): void {
  const problem = accountNameProblem(name);
  if (problem !== undefined) throw new AdminError('invalid', `account name ${JSON.stringify(name)} ${problem}`);
  const wrong = email === undefined ? undefined : emailProblem(email);
  if (wrong !== undefined) throw new AdminError('invalid', `e-mail ${JSON.stringify(email)} ${wrong}`);
}

/** Turns what an account's commit conflicts with into words. */
async function naming(account: Account, commit: () => Promise<unknown>): Promise<void> {
  try {
    await commit();
  } catch (error) {
    if (!(error instanceof Conflict) || error.what === 'revision') throw error;
    if (error.what === 'missing') throw missingAccount(account.name);
    const taken = error.field === 'email' ? `e-mail "${account.email}"` : `name "${account.name}"`;
    throw new AdminError('exists', `an account with ${taken} exists already: choose another one`);
  }
}

/** When `old` is an active operator and `next` is none: another one, or `in-use` when there is no other. */
async function otherOperator({ rows }: Means, old: Account, next: Account | undefined): Promise<Account | undefined> {
  if (!isActiveOperator(old) || (next !== undefined && isActiveOperator(next))) return undefined;
  for await (const other of pages((after, limit) => rows.scanAccounts(after, limit), nameOf)) {
    if (other.id !== old.id && isActiveOperator(other)) return other;
  }
  throw new AdminError('in-use', `"${old.name}" is the last operator that is active: add another one first`);
}

const isActiveOperator = ({ role, state }: Account): boolean => role === 'operator' && state === 'active';
const nameOf = (account: Account): string => account.name;
