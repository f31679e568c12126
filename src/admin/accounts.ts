/**
 * Accounts and their keys, as the command line and the Console's account pages see them.
 *
 * Rules are checked here, uniqueness and existence in the engine's commit. A secret is shown by the call that makes it
 * and afterwards only by `revealSecret`; in rows it is sealed for its access key id.
 *
 * Left out for now: scopes and expiry of keys, suspending accounts, quotas.
 */

import type { Clock } from '../base/clock.ts';
import { type Random, randomText } from '../base/random.ts';
import type { Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import { accessKeyIdProblem, accountNameProblem, emailProblem, secretKeyProblem } from '../model/credentials.ts';
import type { AccessKey, Account, AccountId } from '../model/entities.ts';
import { Conflict, type Rows } from '../store/port.ts';
import { type AccountDraft, AdminError, type Credentials, type KeyDraft } from './types.ts';

export interface KeyWithSecret {
  readonly key: AccessKey;
  readonly secret: Secret;
}

export interface Admin {
  /** `invalid`, or `exists` when name or e-mail is taken. */
  addAccount(draft: AccountDraft): Promise<Account>;
  /** All, ascending by name. */
  accounts(): AsyncIterable<Account>;
  /** By name or id. `missing`. */
  account(nameOrId: string): Promise<Account>;
  /** With its keys. `in-use` while it owns buckets, and for the last operator. Answers what was removed. */
  removeAccount(nameOrId: string): Promise<Account>;
  /** `invalid`, `missing` when the account is gone, `exists` when an imported id is taken. */
  createKey(account: Account, draft: KeyDraft): Promise<KeyWithSecret>;
  /** Of one account or of all, ascending by id, revoked ones included. */
  keys(account: AccountId | undefined): AsyncIterable<AccessKey>;
  /** From the next request on the key is refused. Revoking twice is no error. `missing`. */
  revokeKey(accessKeyId: string): Promise<AccessKey>;
  /** `missing`; throws `SealError` when the secret was sealed with another master key. */
  revealSecret(accessKeyId: string): Promise<KeyWithSecret>;
}

const PAGE = 500;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LABEL = /^[^\p{C}]{1,64}$/u;

/** Access key ids are 20 characters like AWS's, with a prefix that tells whose they are. */
export const ACCESS_KEY_PREFIX = 'MRN';
export const ACCESS_KEY_ALPHABET = BASE32;

export function createAdmin(rows: Rows, sealer: Sealer, clock: Clock, random: Random): Admin {
  const admin: Admin = {
    async addAccount(draft) {
      const account = newAccount(draft, clock, random);
      await commitNewAccount(rows, account);
      return account;
    },
    accounts: () => pages((after) => rows.scanAccounts(after, PAGE), nameOf),
    async account(nameOrId) {
      const found = (await rows.getAccount({ name: nameOrId })) ?? (await rows.getAccount({ id: nameOrId }));
      if (found === undefined) throw missingAccount(nameOrId);
      return found;
    },
    async removeAccount(nameOrId) {
      const account = await admin.account(nameOrId);
      if (account.role === 'operator' && !(await hasOtherOperator(admin, account))) {
        throw new AdminError('in-use', `"${account.name}" is the last operator: add another one before removing it`);
      }
      await commitRemoval(rows, account);
      return account;
    },
    async createKey(account, draft) {
      const credentials = draft.imported ?? randomCredentials(random);
      const key = newKey(account, credentials, draft, { sealer, clock });
      await commitNewKey(rows, account, key);
      return { key, secret: credentials.secret };
    },
    keys: (account) => pages((after) => rows.scanKeys(account, after, PAGE), keyIdOf),
    async revokeKey(accessKeyId) {
      const key = await findKey(rows, accessKeyId);
      const revoked: AccessKey = { ...key, state: 'revoked' };
      try {
        await rows.commit({ type: 'putKey', key: revoked, replace: true });
      } catch (error) {
        throw error instanceof Conflict && error.what === 'missing' ? missingKey(accessKeyId) : error;
      }
      return revoked;
    },
    async revealSecret(accessKeyId) {
      const key = await findKey(rows, accessKeyId);
      return { key, secret: sealer.unseal('access-key', key.accessKeyId, key.sealedSecret) };
    },
  };
  return Object.freeze(admin);
}

/** Valid and random where the draft is silent; not stored yet. */
export function newAccount(draft: AccountDraft, clock: Clock, random: Random): Account {
  const problem = accountNameProblem(draft.name);
  if (problem !== undefined) throw new AdminError('invalid', `account name ${JSON.stringify(draft.name)} ${problem}`);
  const emailWrong = draft.email === undefined ? undefined : emailProblem(draft.email);
  if (emailWrong !== undefined) throw new AdminError('invalid', `e-mail ${JSON.stringify(draft.email)} ${emailWrong}`);
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

/** Valid and sealed; not stored yet. */
export function newKey(
  account: Account,
  credentials: Credentials,
  draft: KeyDraft,
  means: { readonly sealer: Sealer; readonly clock: Clock },
): AccessKey {
  const { accessKeyId, secret } = credentials;
  const idProblem = accessKeyIdProblem(accessKeyId);
  if (idProblem !== undefined)
    throw new AdminError('invalid', `access key ${JSON.stringify(accessKeyId)} ${idProblem}`);
  const secretProblem = secretKeyProblem(secret.reveal());
  if (secretProblem !== undefined) throw new AdminError('invalid', `the secret of ${accessKeyId} ${secretProblem}`);
  if (draft.label !== undefined && !LABEL.test(draft.label)) {
    throw new AdminError(
      'invalid',
      `label ${JSON.stringify(draft.label)} must be 1 to 64 characters, no control characters`,
    );
  }
  return Object.freeze({
    accessKeyId,
    accountId: account.id,
    sealedSecret: means.sealer.seal('access-key', accessKeyId, secret),
    ...(draft.label === undefined ? {} : { label: draft.label }),
    createdAt: means.clock.now(),
    allowV2: draft.allowV2 ?? true,
    state: 'active',
  });
}

function randomCredentials(random: Random): Credentials {
  return {
    accessKeyId: ACCESS_KEY_PREFIX + randomText(random, 20 - ACCESS_KEY_PREFIX.length, BASE32),
    secret: randomSecret(random),
  };
}

/** 40 characters, 240 bits, in AWS's alphabet. */
export function randomSecret(random: Random): Secret {
  return new Secret(randomText(random, 40, BASE64));
}

async function commitNewAccount(rows: Rows, account: Account): Promise<void> {
  try {
    await rows.commit({ type: 'putAccount', account, replace: false });
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'exists') throw error;
    const taken = error.field === 'email' ? `e-mail "${account.email}"` : `name "${account.name}"`;
    throw new AdminError('exists', `an account with ${taken} exists already: choose another one`);
  }
}

async function commitRemoval(rows: Rows, account: Account): Promise<void> {
  try {
    await rows.commit({ type: 'removeAccount', id: account.id });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (error.what === 'missing') throw missingAccount(account.name);
    throw new AdminError('in-use', `account "${account.name}" still owns buckets: delete them before removing it`);
  }
}

async function commitNewKey(rows: Rows, account: Account, key: AccessKey): Promise<void> {
  try {
    await rows.commit({ type: 'putKey', key, replace: false });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (error.what === 'missing') throw missingAccount(account.name);
    throw new AdminError('exists', `access key ${key.accessKeyId} exists already: a key belongs to one account`);
  }
}

async function hasOtherOperator(admin: Admin, account: Account): Promise<boolean> {
  for await (const other of admin.accounts()) {
    if (other.role === 'operator' && other.id !== account.id) return true;
  }
  return false;
}

async function findKey(rows: Rows, accessKeyId: string): Promise<AccessKey> {
  const found = await rows.getIdentity(accessKeyId);
  if (found === undefined) throw missingKey(accessKeyId);
  return found.key;
}

function missingAccount(name: string): AdminError {
  return new AdminError('missing', `there is no account "${name}": \`moraine account list\` shows all`);
}

function missingKey(accessKeyId: string): AdminError {
  return new AdminError('missing', `there is no access key "${accessKeyId}": \`moraine key list\` shows all`);
}

const nameOf = (account: Account): string => account.name;
const keyIdOf = (key: AccessKey): string => key.accessKeyId;

/** Every row of an ordered scan, page by page. */
async function* pages<T>(
  page: (after: string | undefined) => Promise<readonly T[]>,
  position: (row: T) => string,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const rows = await page(after);
    yield* rows;
    const last = rows.at(-1);
    after = last === undefined || rows.length < PAGE ? undefined : position(last);
  } while (after !== undefined);
}
