/**
 * Who may administer what: one table for the account API and whatever comes after it. The command line is the operator.
 *
 * Operators may do all, to every account. Tenants may look after their own: keys, password, audit trail. Name and e-mail are
 * the operators', because others grant rights by them: whoever could choose its own could take what was meant for another.
 *
 * SECURITY rule 12: temporary credentials from a key, and anything with a scope, change nothing here, so that what was derived
 * can never make what outlives or exceeds it; a scope says which requests to S3 are let through, and administering is none of
 * them. What a password gave is the person, and has all that the account has.
 */

import type { AccountId } from '../model/entities.ts';
import { AdminError, type Standing } from './types.ts';

/**
 * - `own`: operators, and the account itself.
 * - `own-look`: the same; also with temporary credentials from a key, because it changes nothing.
 * - `operators`: operators, whomever it is about.
 */
type Rule = 'own' | 'own-look' | 'operators';

export const ADMIN_ACTIONS = Object.freeze({
  'account.list': 'operators',
  'account.create': 'operators',
  'account.show': 'own-look',
  /** Name, e-mail, role, state. */
  'account.change': 'operators',
  'account.remove': 'operators',
  /** A password that the caller does not have to know the old one of. */
  'account.reset-password': 'operators',
  /** The own one, for the old one. */
  'account.password': 'own',
  'account.end-sessions': 'own',
  'session.list': 'own-look',
  /** To show the password or a key once more. */
  'session.confirm': 'own',
  'key.list': 'own-look',
  'key.create': 'own',
  'key.change': 'own',
  'key.rotate': 'own',
  'key.revoke': 'own',
  'key.session': 'own',
  /** The account's own links: what they open is nobody else's, operators included. */
  'share.create': 'own',
  'share.list': 'own-look',
  'share.revoke': 'own',
  /** What the buckets of an account hold, and what those of all do. */
  'usage.show': 'own-look',
  'usage.list': 'operators',
  'health.show': 'operators',
  'errors.list': 'operators',
  /** Where the copies of an object are; of the bucket's owner. */
  'object.copies': 'own-look',
  /** Why somebody may or may not; what is told depends on whose bucket and whose request it is. */
  'access.explain': 'own-look',
  /** The trail of one account. */
  'audit.show': 'own-look',
  /** Of all. */
  'audit.list': 'operators',
} satisfies Readonly<Record<string, Rule>>);

export type AdminAction = keyof typeof ADMIN_ACTIONS;

/** `about`: the account that it is about, where there is one. Throws `denied`. */
export function requireRight(standing: Standing, action: AdminAction, about: AccountId | undefined): void {
  const problem = rightProblem(standing, action, about);
  if (problem !== undefined) throw new AdminError('denied', problem);
}

function rightProblem(standing: Standing, action: AdminAction, about: AccountId | undefined): string | undefined {
  if (standing.kind === 'local') return undefined;
  const { account, by, scopes } = standing;
  const rule: Rule = ADMIN_ACTIONS[action];
  if (account.state !== 'active') return 'this account is suspended: ask the operator';
  if (scopes.length > 0)
    return 'credentials with a scope cannot administer accounts: use a key without one, or sign in';
  if (by === 'key-session' && rule !== 'own-look') {
    return 'temporary credentials from a key cannot change accounts and keys: use the key itself, or sign in';
  }
  if (account.role === 'operator') return undefined;
  if (rule === 'operators') return 'only operators may do this: ask one';
  return about === account.id ? undefined : 'you may look after your own account only: ask an operator';
}
