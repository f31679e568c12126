/**
 * Keys of accounts: made, changed, rotated, revoked. A secret is shown by the call that makes it and afterwards only by
 * `revealSecret`; in rows it is sealed for its access key id. A revoked key stays, so that its name is never used again.
 */

import type { Clock } from '../base/clock.ts';
import { type Random, randomText } from '../base/random.ts';
import type { Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import { formatDuration } from '../base/units.ts';
import { accessKeyIdProblem, secretKeyProblem } from '../model/credentials.ts';
import type { AccessKey, Account } from '../model/entities.ts';
import { Conflict, type Identity } from '../store/port.ts';
import { auditEvent, type Means, missingAccount, missingKey, pages, persistently, utc } from './means.ts';
import { checkScope, describeScope } from './scopes.ts';
import { keyProblem, SESSION_PREFIX } from './sessions.ts';
import {
  type Actor,
  type Admin,
  AdminError,
  type Credentials,
  type KeyChange,
  type KeyDraft,
  type KeyWithSecret,
} from './types.ts';

type KeyMethods = Pick<
  Admin,
  'createKey' | 'keys' | 'key' | 'keyUses' | 'keyClients' | 'changeKey' | 'rotateKey' | 'revokeKey' | 'revealSecret'
>;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LABEL = /^[^\p{C}]{1,64}$/u;
/** The last millisecond of year 9999: what dates in answers can still write. */
const LAST_MOMENT = 253_402_300_799_999;

/** Access key ids are 20 characters like AWS's, with a prefix that tells whose they are. */
export const ACCESS_KEY_PREFIX = 'MRN';
export const ACCESS_KEY_ALPHABET = BASE32;
/** Keys that are made for one shared link each (`shares.ts`): in no list of keys. */
export const SHARE_PREFIX = 'MRS';
export const isShareId = (accessKeyId: string): boolean => accessKeyId.startsWith(SHARE_PREFIX);
/** Comes after every id of theirs. */
const BEHIND_SHARES = `${SHARE_PREFIX}~`;

export function keyMethods(means: Means): KeyMethods {
  const { rows, sealer } = means;
  return {
    createKey: (account, draft, by) => createKey(means, account, draft, by),
    keys: (account, start) => keysOf(means, account, start),
    key: (accessKeyId) => findKey(means, accessKeyId),
    keyUses: (accessKeyIds) => rows.getKeyUses(accessKeyIds),
    keyClients: (accessKeyIds) => rows.getKeyClients(accessKeyIds),
    changeKey: (accessKeyId, change, by) =>
      persistently(means, async () => {
        const old = await findKey(means, accessKeyId);
        if (old.state !== 'active') throw revoked(old);
        const key = changedKey(old, change, means.clock);
        return replaceKey(means, old, key, { by, action: 'key.change', details: differences(old, key) });
      }),
    rotateKey: (accessKeyId, overlapMs, by) => rotateKey(means, accessKeyId, overlapMs, by),
    revokeKey: (accessKeyId, by) =>
      persistently(means, async () => {
        const old = await findKey(means, accessKeyId);
        if (old.state === 'revoked') return old;
        return replaceKey(means, old, { ...old, state: 'revoked' }, { by, action: 'key.revoke', details: {} });
      }),
    async revealSecret(accessKeyId) {
      const key = await findKey(means, accessKeyId);
      return { key, secret: sealer.unseal('access-key', key.accessKeyId, key.sealedSecret) };
    },
  };
}

/** Valid and sealed; not stored yet. */
export function newKey(
  account: Account,
  credentials: Credentials,
  draft: KeyDraft,
  means: { readonly sealer: Sealer; readonly clock: Clock },
): AccessKey {
  const { accessKeyId, secret } = credentials;
  checkCredentials(credentials);
  checkDraft(draft, means.clock);
  const { label, scope, expiresAt } = draft;
  return Object.freeze({
    accessKeyId,
    accountId: account.id,
    sealedSecret: means.sealer.seal('access-key', accessKeyId, secret),
    ...(label === undefined ? {} : { label }),
    createdAt: means.clock.now(),
    allowV2: draft.allowV2 ?? true,
    state: 'active',
    ...(scope === undefined ? {} : { scope }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}

/** 40 characters, 240 bits, in AWS's alphabet. */
export function randomSecret(random: Random): Secret {
  return new Secret(randomText(random, 40, BASE64));
}

/** `prefix`: three characters. */
export function randomCredentials(random: Random, prefix: string = ACCESS_KEY_PREFIX): Credentials {
  return {
    accessKeyId: prefix + randomText(random, 20 - prefix.length, BASE32),
    secret: randomSecret(random),
  };
}

/** With its account. `missing`. */
export async function findIdentity({ rows }: Means, accessKeyId: string): Promise<Identity> {
  // An id that nobody can have is not asked for: engines have bounds of their own.
  const found = accessKeyIdProblem(accessKeyId) === undefined ? await rows.getIdentity(accessKeyId) : undefined;
  if (found === undefined) throw missingKey(accessKeyId);
  return found;
}

/** Those of shared links are passed over, all at once: they lie together. */
async function* keysOf({ rows }: Means, account: string | undefined, start: string | undefined) {
  const scan = (from: string | undefined) =>
    pages((after, limit) => rows.scanKeys(account, after, limit), keyIdOf, from);
  for await (const key of scan(start)) {
    if (isShareId(key.accessKeyId)) return yield* scan(BEHIND_SHARES);
    yield key;
  }
}

const findKey = async (means: Means, accessKeyId: string): Promise<AccessKey> =>
  (await findIdentity(means, accessKeyId)).key;

// ------------------------------------------------------------------------------------------------------------- changing

async function createKey(
  means: Means,
  account: Account,
  draft: KeyDraft & { readonly successorOf?: string },
  by: Actor,
): Promise<KeyWithSecret> {
  await checkCount(means, account);
  const credentials = draft.imported ?? randomCredentials(means.random);
  const key = newKey(account, credentials, draft, means);
  const details = { ...describeKey(key), account: account.name, 'successor of': draft.successorOf };
  const deed = { action: 'key.create', target: key.accessKeyId, accountId: account.id, details };
  try {
    await means.rows.commit({ type: 'putKey', key, replace: false }, auditEvent(means, by, deed));
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (error.what === 'missing') throw missingAccount(account.name);
    throw new AdminError('exists', `access key ${key.accessKeyId} exists already: a key belongs to one account`);
  }
  return { key, secret: credentials.secret };
}

/** A soft bound: two at the same moment may pass it together. */
async function checkCount({ rows, limits }: Means, { id, name }: Account): Promise<void> {
  const most = limits.keysPerAccount;
  if ((await rows.scanKeys(id, undefined, most)).length < most) return;
  const problem = `account "${name}" has ${most} keys, revoked ones among them, and no account may have more`;
  throw new AdminError('in-use', `${problem}: make another account, or use temporary keys (\`moraine key session\`)`);
}

/**
 * Two commits, the new key first: whoever dies between them leaves two keys that work, and nobody is locked out. The new key
 * lives as long as the old one was made to live.
 */
async function rotateKey(means: Means, accessKeyId: string, overlapMs: number, by: Actor): Promise<KeyWithSecret> {
  const { clock, limits } = means;
  if (!(overlapMs >= 0 && overlapMs <= limits.keyOverlapMs)) {
    throw new AdminError('invalid', `the overlap must be at most ${formatDuration(limits.keyOverlapMs)}`);
  }
  const { key: old, account } = await findIdentity(means, accessKeyId);
  if (old.state !== 'active') throw revoked(old);
  const now = clock.now();
  const { label, allowV2, scope } = old;
  const expiresAt =
    old.expiresAt === undefined ? undefined : Math.min(LAST_MOMENT, now + Math.max(1, old.expiresAt - old.createdAt));
  const made = await createKey(means, account, { label, allowV2, scope, expiresAt, successorOf: accessKeyId }, by);
  await persistently(means, async () => {
    const current = await findKey(means, accessKeyId);
    if (current.state !== 'active') return current;
    const ends = Math.min(now + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY);
    const details = { successor: made.key.accessKeyId, expires: utc(ends) };
    return replaceKey(means, current, { ...current, expiresAt: ends }, { by, action: 'key.rotate', details });
  });
  return made;
}

async function replaceKey(
  means: Means,
  old: AccessKey,
  key: AccessKey,
  deed: { readonly by: Actor; readonly action: string; readonly details: Readonly<Record<string, string>> },
): Promise<AccessKey> {
  const { accessKeyId: target, accountId } = old;
  const { by, action, details } = deed;
  const event = auditEvent(means, by, { action, target, accountId, details });
  try {
    await means.rows.commit({ type: 'putKey', key, replace: true, expect: old }, event);
  } catch (error) {
    throw error instanceof Conflict && error.what === 'missing' ? missingKey(target) : error;
  }
  return key;
}

function changedKey(old: AccessKey, change: KeyChange, clock: Clock): AccessKey {
  const { label = old.label, scope = old.scope, expiresAt = old.expiresAt, allowV2 = old.allowV2 } = change;
  checkDraft(
    { label: change.label ?? undefined, scope: scope ?? undefined, expiresAt: change.expiresAt ?? undefined },
    clock,
  );
  const { label: _label, scope: _scope, expiresAt: _expiresAt, ...rest } = old;
  return {
    ...rest,
    allowV2,
    ...(label === null || label === undefined ? {} : { label }),
    ...(scope === null || scope === undefined ? {} : { scope }),
    ...(expiresAt === null || expiresAt === undefined ? {} : { expiresAt }),
  };
}

// ------------------------------------------------------------------------------------------------------------- checking

function checkCredentials({ accessKeyId, secret }: Credentials): void {
  const idProblem = accessKeyIdProblem(accessKeyId);
  if (idProblem !== undefined) throw invalid(`access key ${JSON.stringify(accessKeyId)} ${idProblem}`);
  const reserved = [SESSION_PREFIX, SHARE_PREFIX].find((prefix) => accessKeyId.startsWith(prefix));
  if (reserved !== undefined) {
    const what = reserved === SESSION_PREFIX ? 'temporary keys' : 'shared links';
    throw invalid(`access key ${accessKeyId} begins with ${reserved}, which is for ${what}: choose another one`);
  }
  const secretProblem = secretKeyProblem(secret.reveal());
  if (secretProblem !== undefined) throw invalid(`the secret of ${accessKeyId} ${secretProblem}`);
}

function checkDraft({ label, scope, expiresAt }: Pick<KeyDraft, 'label' | 'scope' | 'expiresAt'>, clock: Clock): void {
  if (label !== undefined && !LABEL.test(label)) {
    throw invalid(`label ${JSON.stringify(label)} must be 1 to 64 characters, no control characters`);
  }
  if (scope !== undefined) checkScope(scope);
  if (expiresAt === undefined) return;
  if (!Number.isSafeInteger(expiresAt) || expiresAt > LAST_MOMENT) throw invalid('a key expires before the year 10000');
  if (expiresAt <= clock.now()) throw invalid('a key expires in the future: to end one now, revoke it');
}

const invalid = (message: string): AdminError => new AdminError('invalid', message);

const revoked = ({ accessKeyId }: AccessKey): AdminError =>
  invalid(`access key ${accessKeyId} is revoked, and stays so: make a new one`);

/** Throws `invalid` unless the key may be used now. */
export function requireUsable(key: AccessKey, now: number): void {
  const problem = keyProblem(key, now);
  if (problem === 'revoked') throw revoked(key);
  if (problem === 'expired') throw invalid(`access key ${key.accessKeyId} is expired: rotate it, or make a new one`);
}

// --------------------------------------------------------------------------------------------------------- in the trail

function describeKey({ label, scope, expiresAt, allowV2 }: AccessKey): Readonly<Record<string, string | undefined>> {
  return {
    label,
    may: describeScope(scope),
    expires: expiresAt === undefined ? 'never' : utc(expiresAt),
    'signature V2': allowV2 ? 'allowed' : 'refused',
  };
}

function differences(old: AccessKey, key: AccessKey): Readonly<Record<string, string>> {
  const [before, after] = [describeKey(old), describeKey(key)];
  const fields = Object.keys(after).filter((field) => before[field] !== after[field]);
  return Object.fromEntries(fields.map((field) => [field, `${before[field] ?? 'none'} → ${after[field] ?? 'none'}`]));
}

const keyIdOf = (key: AccessKey): string => key.accessKeyId;
