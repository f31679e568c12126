/**
 * Passwords of accounts, and what is derived: temporary credentials from a password or from a key.
 *
 * SECURITY rule 27: whether the name, the password or the account's state was wrong, the answer has the same words and costs
 * the same: the same reads, one hash, one audit event. What was typed for a name that nobody has is written nowhere: people type
 * passwords there.
 */

import { Secret } from '../base/secret.ts';
import { formatDuration } from '../base/units.ts';
import { accessKeyIdProblem, accountNameProblem, emailProblem } from '../model/credentials.ts';
import type { Account, AuditActor } from '../model/entities.ts';
import { Conflict } from '../store/port.ts';
import { findAccount, replaceAccount, sessionsEnded } from './accounts.ts';
import { Failures, sourceOf } from './failures.ts';
import { findIdentity, requireUsable } from './keys.ts';
import { auditEvent, type Means, persistently, utc } from './means.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { checkScope, describeScope } from './scopes.ts';
import {
  createSessionOpener,
  issueSession,
  keyProblem,
  type OpenSession,
  parentOf,
  type SessionIssue,
  sessionProblem,
  sessionScopes,
} from './sessions.ts';
import {
  type Actor,
  type Admin,
  AdminError,
  type Evidence,
  type SessionCredentials,
  type SessionDraft,
  type SessionProof,
} from './types.ts';

type SignInMethods = Pick<
  Admin,
  | 'setPassword'
  | 'keySession'
  | 'signIn'
  | 'signInWithKey'
  | 'sessionHolder'
  | 'renewSession'
  | 'confirmSession'
  | 'endOtherSessions'
>;

export function signInMethods(means: Means): SignInMethods {
  const { clock, random, limits, sealer } = means;
  const tools: Tools = {
    ...means,
    passwords: createPasswords(random, limits),
    failures: new Failures(clock, limits),
    open: createSessionOpener(sealer, limits),
  };
  return {
    setPassword: (nameOrId, password, by, current) => setPassword(tools, nameOrId, { password, current }, by),
    keySession: (accessKeyId, draft, by) => keySession(tools, accessKeyId, draft, by),
    signIn: (nameOrEmail, password, by) => signIn(tools, nameOrEmail, password, by),
    signInWithKey: (accessKeyId, secret, by) => signInWithKey(tools, accessKeyId, secret, by),
    async sessionHolder(proof) {
      const { session, parent } = await heldNow(tools, proof);
      const { by, id: sessionId, expiresAt, provedAt, begunAt } = session;
      const endsAt = by === 'key-session' ? expiresAt : begunAt + limits.sessionMaxMs;
      const held = { kind: 'account', account: parent.account, by, scopes: sessionScopes(session, parent) } as const;
      return { ...held, sessionId, expiresAt, endsAt, provedAt };
    },
    renewSession: (proof, by) => renewSession(tools, proof, by),
    confirmSession: (proof, evidence, by) => confirmSession(tools, proof, evidence, by),
    endOtherSessions: (proof, by) => endOtherSessions(tools, proof, by),
  };
}

interface Tools extends Means {
  readonly passwords: Passwords;
  readonly failures: Failures;
  readonly open: OpenSession;
}

// ------------------------------------------------------------------------------------------------------------ passwords

async function setPassword(
  tools: Tools,
  nameOrId: string,
  { password, current }: { readonly password: Secret | undefined; readonly current: Secret | undefined },
  by: Actor,
): Promise<Account> {
  const { passwords, failures, clock } = tools;
  const found = await findAccount(tools, nameOrId);
  const { id, name, email } = found;
  if (current !== undefined) {
    const succeeded = failures.count([`account ${id}`, `from ${sourceOf(by.from)}`]);
    const verdict = await unlessBusy(succeeded, () => passwords.check(current, found.passwordHash));
    if (verdict === 'wrong') {
      await noteFailure(tools, found, by, 'account.password-failed');
      throw notCurrent();
    }
    succeeded();
  }
  const passwordHash = password === undefined ? undefined : await passwords.hash(password, [name, email]);
  return persistently(tools, async () => {
    const old = await findAccount(tools, id);
    // Somebody set another one while this was hashed: `current` is not the current one any more.
    if (current !== undefined && old.passwordHash !== found.passwordHash) throw notCurrent();
    const { passwordHash: _, ...rest } = sessionsEnded(old, clock);
    const account = { ...rest, ...(passwordHash === undefined ? {} : { passwordHash }) };
    return replaceAccount(tools, old, account, { by, action: 'account.password' });
  });
}

const notCurrent = (): AdminError => new AdminError('denied', 'the current password is not that');

async function signIn(tools: Tools, nameOrEmail: string, password: Secret, by: Actor) {
  const { passwords, failures } = tools;
  const account = await accountCalled(tools, nameOrEmail);
  const succeeded = failures.count([`name ${nameOrEmail.toLowerCase()}`, `from ${sourceOf(by.from)}`]);
  const verdict = await unlessBusy(succeeded, () => passwords.check(password, account?.passwordHash));
  if (account === undefined || verdict === 'wrong' || account.state !== 'active') {
    await noteFailure(tools, account, by, 'account.sign-in-failed');
    throw new AdminError('denied', 'no account has this name and password, or it cannot sign in');
  }
  succeeded();
  const current = verdict === 'outdated' ? await hashedAnew(tools, account, password, by) : account;
  const parent = { account: current, key: undefined };
  return issued(tools, { parent, by: 'password', scope: undefined }, SIGNED_IN, { ...by, actor: actorOf(account) });
}

const SIGNED_IN = 'account.sign-in';

/** What unknown keys are compared with. */
const DECOY = new Secret('');

async function signInWithKey(tools: Tools, accessKeyId: string, secret: Secret, by: Actor) {
  const { rows, sealer, failures, clock } = tools;
  const possible = accessKeyIdProblem(accessKeyId) === undefined;
  const succeeded = failures.count([`key ${accessKeyId}`, `from ${sourceOf(by.from)}`]);
  const parent = possible ? await rows.getIdentity(accessKeyId) : undefined;
  const stored = parent && sealer.unseal('access-key', accessKeyId, parent.key.sealedSecret);
  const right = secret.equals(stored ?? DECOY) && stored !== undefined;
  const usable = parent?.account.state === 'active' && keyProblem(parent.key, clock.now()) === undefined;
  if (parent === undefined || !right || !usable) {
    await noteFailure(tools, parent?.account, by, 'account.sign-in-failed');
    throw new AdminError('denied', 'no access key has this id and secret, or it cannot be used now');
  }
  succeeded();
  const actor: AuditActor = { ...actorOf(parent.account), accessKeyId };
  return issued(tools, { parent, by: 'key', scope: undefined }, SIGNED_IN, { ...by, actor });
}

/** Two reads, whether the first finds it or not. */
async function accountCalled({ rows }: Tools, nameOrEmail: string): Promise<Account | undefined> {
  // What nobody can be called is not asked for: engines have bounds of their own.
  const mayBeName = accountNameProblem(nameOrEmail) === undefined;
  const mayBeEmail = emailProblem(nameOrEmail) === undefined;
  const [named, mailed] = await Promise.all([
    mayBeName ? rows.getAccount({ name: nameOrEmail }) : undefined,
    mayBeEmail ? rows.getAccount({ email: nameOrEmail }) : undefined,
  ]);
  return named ?? mailed;
}

const actorOf = ({ id, name }: Account) => ({ kind: 'account', accountId: id, name }) as const;

async function noteFailure(tools: Tools, account: Account | undefined, by: Actor, action: string): Promise<void> {
  const deed = { action, target: account?.name ?? 'nobody', accountId: account?.id };
  await tools.rows.commit({ type: 'noteAudit', event: auditEvent(tools, by, deed) });
}

/** Who was turned away because others are in line has not failed. */
async function unlessBusy<T>(uncount: () => void, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    uncount();
    throw error;
  }
}

/** With today's parameters, while the password is known. Sessions stay. Somebody else's change in between goes first. */
async function hashedAnew(tools: Tools, account: Account, password: Secret, by: Actor): Promise<Account> {
  try {
    const passwordHash = await tools.passwords.hash(password, []);
    const actor = actorOf(account);
    const deed = { by: { ...by, actor }, action: 'account.password-rehash' };
    return await replaceAccount(tools, account, { ...account, passwordHash }, deed);
  } catch (error) {
    if (error instanceof AdminError || error instanceof Conflict) return account;
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------------------- sessions

async function keySession(tools: Tools, accessKeyId: string, draft: SessionDraft, by: Actor) {
  const { clock, limits } = tools;
  const { lifeMs = limits.sessionMs, scope } = draft;
  if (!(Number.isSafeInteger(lifeMs) && lifeMs >= 1000 && lifeMs <= limits.sessionMaxMs)) {
    const most = formatDuration(limits.sessionMaxMs);
    throw new AdminError('invalid', `temporary credentials live at least 1s and at most ${most}`);
  }
  if (scope !== undefined) checkScope(scope);
  const parent = await findIdentity(tools, accessKeyId);
  requireUsable(parent.key, clock.now());
  const { state, name } = parent.account;
  if (state !== 'active') throw new AdminError('invalid', `account "${name}" is suspended: resume it first`);
  return issued(tools, { parent, by: 'key-session', scope, lifeMs }, 'key.session', by);
}

interface Issue extends Pick<SessionIssue, 'parent' | 'by' | 'scope'> {
  /** Of the one that it renews. */
  readonly id?: string;
  /** Default: `sessionMs`. */
  readonly lifeMs?: number;
  /** Default: now. */
  readonly begunAt?: number;
  /** Default: now. */
  readonly provedAt?: number;
}

/** Ends with its parent key, and `sessionMaxMs` after the first of those that it renews began. */
async function issued(tools: Tools, issue: Issue, action: string, by: Actor): Promise<SessionCredentials> {
  const { rows, clock, limits } = tools;
  const now = clock.now();
  const { parent, scope, id, lifeMs = limits.sessionMs, begunAt = now, provedAt = now } = issue;
  const { account, key } = parent;
  const ends = [now + lifeMs, begunAt + limits.sessionMaxMs, key?.expiresAt ?? Number.POSITIVE_INFINITY];
  const expiresAt = Math.min(...ends);
  const session = issueSession({ parent, by: issue.by, id, begunAt, provedAt, expiresAt, scope }, tools);
  const details = {
    session: session.accessKeyId,
    ...{ id: session.id, by: issue.by, agent: by.agent },
    until: utc(session.expiresAt),
    may: scope === undefined ? undefined : describeScope(scope),
  };
  const deed = { action, target: key?.accessKeyId ?? account.name, accountId: account.id, details };
  await rows.commit({ type: 'noteAudit', event: auditEvent(tools, by, deed) });
  return session;
}

async function renewSession(tools: Tools, proof: SessionProof, by: Actor): Promise<SessionCredentials> {
  const { session, parent } = await renewable(tools, proof);
  return issued(tools, { ...session, parent }, RENEWED, by);
}

const RENEWED = 'account.renew-session';

async function renewable(tools: Tools, proof: SessionProof) {
  const held = await heldNow(tools, proof);
  if (held.session.by !== 'key-session') return held;
  throw new AdminError('denied', 'these credentials end when whoever made them said: ask for new ones');
}

async function confirmSession(tools: Tools, proof: SessionProof, evidence: Evidence, by: Actor) {
  const { failures } = tools;
  const { session, parent } = await renewable(tools, proof);
  const { account } = parent;
  const succeeded = failures.count([`account ${account.id}`, `from ${sourceOf(by.from)}`]);
  const right = await unlessBusy(succeeded, () => isRight(tools, account, evidence));
  if (!right) {
    await noteFailure(tools, account, by, 'account.confirm-failed');
    throw new AdminError('denied', 'that is not the password, or not a key and secret, of this account');
  }
  succeeded();
  return issued(tools, { ...session, parent, provedAt: tools.clock.now() }, 'account.confirm-session', by);
}

async function isRight(tools: Tools, account: Account, evidence: Evidence): Promise<boolean> {
  if ('password' in evidence) {
    return (await tools.passwords.check(evidence.password, account.passwordHash)) !== 'wrong';
  }
  const { accessKeyId, secret } = evidence;
  const possible = accessKeyIdProblem(accessKeyId) === undefined;
  const found = possible ? await tools.rows.getIdentity(accessKeyId) : undefined;
  const stored = found && tools.sealer.unseal('access-key', accessKeyId, found.key.sealedSecret);
  const matches = secret.equals(stored ?? DECOY) && stored !== undefined;
  // What a key with a scope proves is no more than that scope.
  const isWhole = found?.key.scope === undefined && found?.account.id === account.id;
  return matches && isWhole && keyProblem(found.key, tools.clock.now()) === undefined;
}

async function endOtherSessions(tools: Tools, proof: SessionProof, by: Actor): Promise<SessionCredentials> {
  const { session, parent } = await renewable(tools, proof);
  const account = await persistently(tools, async () => {
    const old = await findAccount(tools, parent.account.id);
    return replaceAccount(tools, old, sessionsEnded(old, tools.clock), { by, action: 'account.end-sessions' });
  });
  return issued(tools, { ...session, parent: { ...parent, account } }, RENEWED, by);
}

/** Throws `denied` unless these are credentials of ours that belong together and hold now. */
async function heldNow(tools: Tools, { accessKeyId, secret, sessionToken }: SessionProof) {
  const session = tools.open(accessKeyId, sessionToken);
  if (session?.secret.equals(secret) === true) {
    const parent = await parentOf(tools.rows, session);
    const holds = sessionProblem(session, parent, tools.clock.now()) === undefined;
    if (parent !== undefined && holds) return { session, parent };
  }
  throw new AdminError('denied', 'this session is over: sign in again');
}
