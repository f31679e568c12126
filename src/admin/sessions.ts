/**
 * Temporary credentials: an access key id, a secret, and a token that says all about them, sealed (AES-256-GCM,
 * `base/seal.ts`, purpose `session`, bound to the access key id). Nothing of them is stored.
 *
 * SECURITY rule 12: a token says what it was derived from, never what it may do beyond that. At each use its parent is read
 * again, and is judged as it is then: a parent key that is revoked or expired, an account that is suspended or that ended its
 * sessions, and a scope that was narrowed meanwhile all hold for the next request. Sessions end by a mark of the account
 * that every token carries and that changes, so that no clock decides what "before" is.
 */

import type { Limits } from '../base/limits.ts';
import { type Random, randomText } from '../base/random.ts';
import { SealError, type Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import type { AccessKey, Account, AccountId, KeyScope } from '../model/entities.ts';
import type { Rows } from '../store/port.ts';
import { readScope } from './scopes.ts';
import { AdminError, type SessionCredentials, type Standing } from './types.ts';

/** Access key ids of temporary credentials begin so; nobody else's do. */
export const SESSION_PREFIX = 'MRT';

export interface Session {
  /** The same in all that renew one another: by this it is ended. */
  readonly id: string;
  readonly accessKeyId: string;
  readonly secret: Secret;
  readonly accountId: AccountId;
  /** Access key id of what it was derived from; undefined: a password. */
  readonly parent: string | undefined;
  /** As whom it may administer: as who signed in with a password or a key, or as what was handed on. */
  readonly by: SessionKind;
  /** When the first of those that it renews was made. */
  readonly begunAt: number;
  /** When a password or secret was shown last; what is dangerous wants it to be a short while ago. */
  readonly provedAt: number;
  readonly expiresAt: number;
  /** `Account.sessionsFrom` as it was then. */
  readonly mark: number;
  /** Narrows what the parent may do. */
  readonly scope: KeyScope | undefined;
}

export type SessionKind = Extract<Standing, { readonly kind: 'account' }>['by'];

/** What a session was derived from, as it is now. `key` undefined for a password's. */
export interface Parent {
  readonly account: Account;
  readonly key: AccessKey | undefined;
}

/** One read: what a session was derived from, as it is now. Undefined: it is gone. */
export async function parentOf(
  rows: Pick<Rows, 'getIdentity' | 'getAccount'>,
  session: Session,
): Promise<Parent | undefined> {
  if (session.parent !== undefined) return rows.getIdentity(session.parent);
  const account = await rows.getAccount({ id: session.accountId });
  return account === undefined ? undefined : { account, key: undefined };
}

export const markOf = ({ sessionsFrom }: Account): number => sessionsFrom ?? 0;

/**
 * Why a session does not hold now: it is over, it or its parent was ended, or its account is suspended. Undefined when it
 * holds. `parent` undefined: what it was derived from is gone.
 */
export function sessionProblem(
  session: Session,
  parent: Parent | undefined,
  now: number,
): 'expired' | 'ended' | 'suspended' | undefined {
  if (now >= session.expiresAt) return 'expired';
  if (parent === undefined || parent.account.id !== session.accountId) return 'ended';
  const { account, key } = parent;
  if (key?.accessKeyId !== session.parent || (key !== undefined && keyProblem(key, now) !== undefined)) return 'ended';
  if (account.state !== 'active') return 'suspended';
  const isEnded = account.endedSessions?.some(({ id }) => id === session.id) === true;
  return session.mark === markOf(account) && !isEnded ? undefined : 'ended';
}

/** Why a key may not be used now, whatever its account. */
export function keyProblem(key: AccessKey, now: number): 'revoked' | 'expired' | undefined {
  if (key.state !== 'active') return 'revoked';
  return key.expiresAt !== undefined && now >= key.expiresAt ? 'expired' : undefined;
}

/** All that must let a request through. */
export function sessionScopes(session: Session, { key }: Parent): readonly KeyScope[] {
  return [key?.scope, session.scope].filter((scope) => scope !== undefined);
}

// -------------------------------------------------------------------------------------------------- making and opening

export interface SessionIssue {
  readonly parent: Parent;
  readonly by: SessionKind;
  /** Of the one that it renews; a new one has none. */
  readonly id: string | undefined;
  readonly begunAt: number;
  readonly provedAt: number;
  readonly expiresAt: number;
  readonly scope: KeyScope | undefined;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Throws `invalid` when the scope makes the token too long to travel. */
export function issueSession(
  { parent, by, begunAt, provedAt, expiresAt, scope, ...renewed }: SessionIssue,
  means: { readonly sealer: Sealer; readonly random: Random; readonly limits: Pick<Limits, 'sessionTokenBytes'> },
): SessionCredentials {
  const { account, key } = parent;
  const accessKeyId = SESSION_PREFIX + randomText(means.random, 20 - SESSION_PREFIX.length, BASE32);
  const secret = new Secret(randomText(means.random, 40, BASE64));
  const id = renewed.id ?? randomText(means.random, 16, BASE32);
  const content = JSON.stringify({
    secret: secret.reveal(),
    accountId: account.id,
    parent: key?.accessKeyId,
    by,
    id,
    begunAt,
    provedAt,
    expiresAt,
    mark: markOf(account),
    scope,
  });
  const sessionToken = means.sealer.seal('session', accessKeyId, new Secret(content));
  if (sessionToken.length > means.limits.sessionTokenBytes) {
    const message = 'the scope is too long for a session token: name fewer or shorter resources';
    throw new AdminError('invalid', message);
  }
  return Object.freeze({ id, accessKeyId, secret, sessionToken, accountId: account.id, expiresAt });
}

/** Undefined: this is no token of ours for this access key id. */
export type OpenSession = (accessKeyId: string, sessionToken: string) => Session | undefined;

/** Remembers so many that opened, by the token itself; the oldest makes room. What does not open is not remembered. */
export function createSessionOpener(
  sealer: Sealer,
  limits: Pick<Limits, 'sessionCache' | 'sessionTokenBytes'>,
): OpenSession {
  const cache = new Map<string, Session>();
  return (accessKeyId, sessionToken) => {
    if (sessionToken.length > limits.sessionTokenBytes) return undefined;
    const known = cache.get(sessionToken);
    if (known !== undefined) return known.accessKeyId === accessKeyId ? known : undefined;
    const session = open(sealer, accessKeyId, sessionToken);
    if (session === undefined) return undefined;
    const oldest = cache.size < limits.sessionCache ? undefined : cache.keys().next().value;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(sessionToken, session);
    return session;
  };
}

function open(sealer: Sealer, accessKeyId: string, sessionToken: string): Session | undefined {
  try {
    return read(accessKeyId, sealer.unseal('session', accessKeyId, sessionToken));
  } catch (error) {
    // Damaged, of another master key, of another access key id: all the same to whoever sent it.
    if (error instanceof SealError || error instanceof AdminError) return undefined;
    throw error;
  }
}

const KINDS = ['password', 'key', 'key-session'] as const satisfies readonly SessionKind[];

/** What we sealed ourselves. A member that is not as this version writes it makes the token no token of ours. */
function read(accessKeyId: string, content: Secret): Session | undefined {
  const value: unknown = JSON.parse(content.reveal());
  if (typeof value !== 'object' || value === null) return undefined;
  const { secret, accountId, parent, by, id, begunAt, provedAt, expiresAt, mark, scope } = Object.fromEntries<unknown>(
    Object.entries(value),
  );
  if (typeof secret !== 'string' || typeof accountId !== 'string') return undefined;
  if (parent !== undefined && typeof parent !== 'string') return undefined;
  const kind = KINDS.find((one) => one === by);
  if (kind === undefined || typeof id !== 'string') return undefined;
  if (typeof begunAt !== 'number' || typeof provedAt !== 'number') return undefined;
  if (typeof expiresAt !== 'number' || typeof mark !== 'number') return undefined;
  return Object.freeze({
    accessKeyId,
    secret: new Secret(secret),
    accountId,
    parent,
    by: kind,
    ...{ id, begunAt, provedAt },
    expiresAt,
    mark,
    scope: scope === undefined ? undefined : readScope(scope),
  });
}
