/**
 * CreateBucket, HeadBucket, DeleteBucket and GetBucketLocation.
 *
 * Sources: the operations' pages in the S3 API reference. A name is claimed and given back in one commit each; nothing is
 * read first that the commit does not check again.
 */

import { randomText } from '../base/random.ts';
import { aclText, sameAcl } from '../model/acl.ts';
import type { Account, Bucket, BucketConfiguration } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { writeLock } from '../model/lock.ts';
import { ownershipOf, parseOwnership, writeOwnership } from '../model/ownership.ts';
import { regionForNew } from '../model/regions.ts';
import { Conflict } from '../store/port.ts';
import { readCreateBucketConfiguration, writeLocation } from '../wire/documents/buckets.ts';
import type { Fields } from '../wire/request.ts';
import { aclFromHeaders } from './acl.ts';
import { requireFittingAcl, requireNotPublic } from './acl-rules.ts';
import { invalidArgument } from './arguments.ts';
import { auditOf } from './audit.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Call, Handler, Reply, Services } from './types.ts';

const ID_LENGTH = 20;
const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** S3's old name for one region, still sent by old configurations. */
const REGION_ALIASES: ReadonlyMap<string, string> = new Map([['EU', 'eu-west-1']]);

export const createBucket: Handler = async (call, services) => {
  const account = accountOf(call);
  const name = call.request.bucket ?? '';
  const document = await call.body.bytes(services.limits.smallXmlBytes);
  const region = regionFor(document, services);
  const acl = await aclFromHeaders(call.request.headers, { owner: account.canonicalId }, services.rows);
  const configuration = configurationFor(call);
  if (call.target.bucket !== undefined) return existing(call.target.bucket, account, { region, acl, configuration });
  requireFittingAcl(acl, ownershipOf({ configuration }, services.access));
  requireNotPublic(call, { configuration, owner: account.id }, acl, services.access);
  await checkQuota(account, services);
  const bucket: Omit<Bucket, 'revision'> = {
    id: randomText(services.random, ID_LENGTH, ID_ALPHABET),
    name,
    owner: account.id,
    ownerCanonicalId: account.canonicalId,
    region,
    createdAt: services.clock.now(),
    versioning: configuration.objectLock === undefined ? 'unversioned' : 'enabled',
    acl,
    configuration,
  };
  try {
    const audit = auditOf(call, services, bucket, { region, grants: aclText(acl), ...configuration });
    await services.rows.commit({ type: 'createBucket', bucket }, audit);
  } catch (error) {
    return lostRace(error, bucket, account, services);
  }
  return created(name);
};

const created = (name: string): Reply => ({ status: 200, headers: { location: `/${name}` } });

function accountOf({ caller, operation }: Call): Account {
  if (caller.kind === 'anonymous') throw new Error(`${operation} was authorised for nobody`);
  return caller.account;
}

/** The configuration's region, or the server's. Throws for one that is unknown or not served here. */
function regionFor(document: Uint8Array, { regions, limits }: Services): string {
  const { locationConstraint = regions.home } = readCreateBucketConfiguration(document, limits);
  return regionForNew(regions, REGION_ALIASES.get(locationConstraint) ?? locationConstraint);
}

/** What the headers ask to be configured from the start. */
function configurationFor({ request: { headers } }: Call): BucketConfiguration {
  return { ...ownershipFrom(headers), ...lockFrom(headers) };
}

function ownershipFrom(headers: Fields): BucketConfiguration {
  const name = 'x-amz-object-ownership';
  const text = headers.one(name);
  if (text === undefined) return {};
  const ownership = parseOwnership(text);
  if (ownership !== undefined) return { ownershipControls: writeOwnership(ownership) };
  const remedy = 'Use BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter.';
  throw invalidArgument(name, text, `Invalid ${name} header: ${text}. ${remedy}`);
}

/** Object Lock takes versioning along ("Object Lock considerations"). */
function lockFrom(headers: Fields): BucketConfiguration {
  const name = 'x-amz-bucket-object-lock-enabled';
  const text = headers.one(name)?.toLowerCase();
  if (text === undefined || text === 'false') return {};
  if (text === 'true') return { objectLock: writeLock({}) };
  throw invalidArgument(name, text, `Invalid ${name} header: ${text}. Use true or false.`);
}

/** A soft bound: two requests at the same moment may pass it together. */
async function checkQuota(account: Account, { rows, limits }: Services): Promise<void> {
  const most = limits.bucketsPerAccount;
  const owned = await rows.scanBuckets({ owner: account.id, limit: most });
  if (owned.length < most) return;
  throw new S3Error('TooManyBuckets', `You have ${owned.length} buckets, and no more than ${most} are allowed.`);
}

/** S3's first region answers 200 to an owner who creates a bucket again; we do so when nothing would change. */
function existing(bucket: Bucket, account: Account, wanted: Pick<Bucket, 'region' | 'acl' | 'configuration'>): Reply {
  const fields = { BucketName: bucket.name };
  if (bucket.owner !== account.id) throw new S3Error('BucketAlreadyExists', undefined, { fields });
  const { ownershipControls = bucket.configuration.ownershipControls, objectLock } = wanted.configuration;
  const isSame =
    bucket.region === wanted.region &&
    sameAcl(bucket.acl, wanted.acl) &&
    ownershipControls === bucket.configuration.ownershipControls &&
    (objectLock === undefined || bucket.configuration.objectLock !== undefined);
  if (isSame) return created(bucket.name);
  throw new S3Error('BucketAlreadyOwnedByYou', undefined, { fields });
}

async function lostRace(
  error: unknown,
  wanted: Omit<Bucket, 'revision'>,
  account: Account,
  { rows }: Services,
): Promise<Reply> {
  if (!(error instanceof Conflict)) throw error;
  if (error.what === 'missing') throw new S3Error('AccessDenied', 'Your account was removed.');
  if (error.what !== 'exists') throw error;
  const { bucket } = await rows.getTarget({ bucket: wanted.name });
  // Taken and given back again within this request: the client may simply ask once more.
  if (bucket === undefined) throw new S3Error('OperationAborted');
  return existing(bucket, account, wanted);
}

export const headBucket: Handler = async (call) => ({
  status: 200,
  headers: { 'x-amz-bucket-region': bucketOf(call).region, 'x-amz-access-point-alias': 'false' },
});

export const deleteBucket: Handler = async (call, services) => {
  const bucket = bucketOf(call);
  const { id: bucketId, name } = bucket;
  try {
    await services.rows.commit({ type: 'deleteBucket', bucketId, name }, auditOf(call, services, bucket, {}));
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const fields = { BucketName: name };
    if (error.what === 'not-empty') throw new S3Error('BucketNotEmpty', undefined, { fields });
    if (error.what === 'missing') throw new S3Error('NoSuchBucket', undefined, { fields });
    throw error;
  }
  return { status: 204, headers: {} };
};

export const getBucketLocation: Handler = async (call) => ({
  status: 200,
  headers: XML,
  body: writeLocation(bucketOf(call).region),
});
