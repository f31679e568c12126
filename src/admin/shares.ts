/**
 * Shared links: each has a key of its own that nobody is ever told the secret of, which may read one object (or one version of
 * it) until it ends, and nothing else. Taking the key away takes the link away.
 *
 * Such keys have ids of their own kind and are in no list of keys. How the object is to be answered stands in the key's label.
 * Those that ended are removed when the account looks at its links or makes one; how many there may be is bounded.
 * The address itself is made from the key where addresses are known (`http/api/shares.ts`).
 */

import type { AccessKey, Account, AccountId } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { isBucketName } from '../model/names.ts';
import { Conflict } from '../store/port.ts';
import { isShareId, randomCredentials, SHARE_PREFIX } from './keys.ts';
import { auditEvent, type Means, missingAccount, pages, utc } from './means.ts';
import { type Actor, type Admin, AdminError, type Share, type ShareDraft } from './types.ts';

type ShareMethods = Pick<Admin, 'createShare' | 'shares' | 'revokeShare'>;

/** Ended ones that are removed on the way. */
const REMOVED_AT_ONCE = 100;

export function shareMethods(means: Means): ShareMethods {
  return {
    createShare: (account, draft, by) => createShare(means, account, draft, by),
    shares: (account) => sharesOf(means, account),
    revokeShare: (account, id, by) => revokeShare(means, account, id, by),
  };
}

async function createShare(means: Means, account: Account, draft: ShareDraft, by: Actor): Promise<Share> {
  const { limits } = means;
  checkDraft(draft, means);
  const there = (await sharesOf(means, account.id)).length;
  if (there >= limits.sharesPerAccount) {
    const problem = `account "${account.name}" has ${there} links, and no account may have more`;
    throw new AdminError('in-use', `${problem}: end some of them first`);
  }
  const { key, secret } = newShare(means, account, draft);
  const { bucket, key: object, versionId, expiresAt } = draft;
  const details = { link: key.accessKeyId, version: versionId, until: utc(expiresAt), opens: key.label };
  const deed = { action: 'share.create', target: `${bucket}/${object}`, accountId: account.id, details };
  try {
    await means.rows.commit({ type: 'putKey', key, replace: false }, auditEvent(means, by, deed));
  } catch (error) {
    throw error instanceof Conflict && error.what === 'missing' ? missingAccount(account.name) : error;
  }
  return shareOf(key, secret, undefined);
}

function newShare({ clock, random, sealer }: Means, { id: accountId }: Account, draft: ShareDraft) {
  const { bucket, key: object, versionId, expiresAt, disposition, filename } = draft;
  const { accessKeyId, secret } = randomCredentials(random, SHARE_PREFIX);
  const key: AccessKey = {
    ...{ accessKeyId, accountId, sealedSecret: sealer.seal('access-key', accessKeyId, secret) },
    label: filename === undefined ? disposition : `${disposition} ${filename}`,
    ...{ createdAt: clock.now(), allowV2: false, state: 'active', expiresAt },
    scope: {
      resources: [{ bucket, key: object, ...(versionId === undefined ? {} : { versionId }) }],
      actions: [versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'],
    },
  };
  return { key, secret };
}

/** Oldest id first; those that ended are not among them, and go. */
async function sharesOf(means: Means, accountId: AccountId): Promise<readonly Share[]> {
  const { rows, clock, sealer } = means;
  const now = clock.now();
  const keys: AccessKey[] = [];
  const ended: AccessKey[] = [];
  const scan = pages((after, limit) => rows.scanKeys(accountId, after, limit), idOf, SHARE_PREFIX);
  for await (const key of scan) {
    if (!isShareId(key.accessKeyId)) break;
    if (key.state === 'active' && (key.expiresAt ?? 0) > now) keys.push(key);
    else ended.push(key);
  }
  for (const { accessKeyId } of ended.slice(0, REMOVED_AT_ONCE)) await remove(means, accessKeyId);
  const uses = await rows.getKeyUses(keys.map(idOf));
  return keys.map((key) =>
    shareOf(key, sealer.unseal('access-key', key.accessKeyId, key.sealedSecret), uses.get(key.accessKeyId)),
  );
}

/** Somebody else may have removed it. */
async function remove({ rows }: Means, accessKeyId: string): Promise<void> {
  try {
    await rows.commit({ type: 'removeKey', accessKeyId });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

async function revokeShare(means: Means, account: Account, id: string, by: Actor): Promise<void> {
  const missing = new AdminError('missing', `account "${account.name}" has no link "${id}", or it has ended`);
  const found = isShareId(id) ? await means.rows.getIdentity(id) : undefined;
  if (found?.account.id !== account.id) throw missing;
  const { bucket, key } = objectOf(found.key);
  const details = { link: id };
  const deed = { action: 'share.revoke', target: `${bucket}/${key}`, accountId: account.id, details };
  try {
    await means.rows.commit({ type: 'removeKey', accessKeyId: id }, auditEvent(means, by, deed));
  } catch (error) {
    throw error instanceof Conflict ? missing : error;
  }
}

function shareOf(row: AccessKey, secret: Share['secret'], lastUsedAt: number | undefined): Share {
  const { accessKeyId: id, createdAt, expiresAt = createdAt, label = 'inline' } = row;
  const [disposition = '', ...name] = label.split(' ');
  const filename = name.join(' ');
  return {
    ...{ id, ...objectOf(row), createdAt, expiresAt, lastUsedAt, secret },
    disposition: disposition === 'attachment' ? 'attachment' : 'inline',
    filename: filename === '' ? undefined : filename,
  };
}

function objectOf({ scope }: AccessKey): Pick<Share, 'bucket' | 'key' | 'versionId'> {
  const [{ bucket = '', key = '', versionId = undefined } = {}] = scope?.resources ?? [];
  return { bucket, key, versionId };
}

const idOf = ({ accessKeyId }: AccessKey): string => accessKeyId;

// ----------------------------------------------------------------------------------------------------------- checking

function checkDraft({ bucket, key, versionId, expiresAt, filename }: ShareDraft, { clock, limits }: Means): void {
  const now = clock.now();
  if (expiresAt <= now) throw invalid('a link ends in the future: to end one now, take it away');
  if (expiresAt > now + limits.presignedSecondsMax * 1000) {
    throw invalid(`a link lives at most ${limits.presignedSecondsMax / 86_400} days: choose an earlier end`);
  }
  checkName(bucket, key, versionId);
  if (key.split('/').some((part) => part === '.' || part === '..')) {
    const problem = `${JSON.stringify(key)} has a part that is "." or "..", which browsers take out of addresses`;
    throw invalid(`${problem}: copy the object to another key and share that`);
  }
  if (filename !== undefined && !FILE_NAME.test(filename)) {
    throw invalid('a file name has 1 to 255 characters, no control characters and no slashes');
  }
}

const FILE_NAME = /^[^\p{C}/\\]{1,255}$/u;

function checkName(bucket: string, key: string, versionId: string | undefined): void {
  if (!isBucketName(bucket)) throw invalid(`${JSON.stringify(bucket)} cannot be the name of a bucket`);
  if (key === '' || !key.isWellFormed()) throw invalid('name the object by its key');
  try {
    checkKey(key);
    if (versionId !== undefined) checkVersionId(versionId);
  } catch (error) {
    throw error instanceof S3Error ? invalid(error.message) : error;
  }
}

const invalid = (message: string): AdminError => new AdminError('invalid', message);
