/**
 * Object Lock: of a bucket, and of one version; and what keeps a version from being removed.
 *
 * Sources: the six operations in the S3 API reference, "Locking objects with Object Lock". Enabled buckets keep their
 * versioning, so that nothing is ever replaced: all that removes a version of them is a delete that names it, and that asks
 * here. The check and the removal are one commit, by the revision of the version. Left out: event holds.
 */

import type { ObjectVersion, VersionAttributes } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { changeVerdict, lockOf, protectionOf, removalVerdict, type Verdict, writeLock } from '../model/lock.ts';
import {
  readLegalHold,
  readLockConfiguration,
  readRetention,
  writeLegalHold,
  writeLockConfiguration,
  writeRetention,
} from '../wire/documents/lock.ts';
import type { Touched } from './asked.ts';
import { requireFuture, requireLock } from './attributes.ts';
import { authorise, mayBypassGovernance, requireObject, touchedBy } from './authorise.ts';
import { changeBucket, withDocument } from './change.ts';
import { changeVersion } from './change-version.ts';
import { bucketOf } from './commit.ts';
import { versionIdHeader, XML } from './headers.ts';
import type { Call, Handler, Services } from './types.ts';

// ------------------------------------------------------------------------------------------------------------ bucket

export const getObjectLockConfiguration: Handler = async (call) => {
  const { name, configuration } = bucketOf(call);
  const lock = lockOf(configuration);
  if (lock === undefined) {
    throw new S3Error('ObjectLockConfigurationNotFoundError', undefined, { fields: { BucketName: name } });
  }
  return { status: 200, headers: XML, body: writeLockConfiguration(lock) };
};

export const putObjectLockConfiguration: Handler = async (call, services) => {
  const { limits } = services;
  const lock = readLockConfiguration(await call.body.bytes(limits.smallXmlBytes), limits);
  await changeBucket(call, services, (bucket) => {
    if (bucket.versioning !== 'enabled') {
      throw new S3Error(
        'InvalidBucketState',
        'Versioning must be ‘Enabled’ on the bucket to apply a Object Lock configuration',
        { fields: { BucketName: bucket.name } },
      );
    }
    const { byDefault } = lock;
    const retention = byDefault === undefined ? 'none' : `${byDefault.mode} ${byDefault.count} ${byDefault.unit}`;
    return { bucket: withDocument(bucket, 'objectLock', writeLock(lock)), details: { retention } };
  });
  return { status: 200, headers: {} };
};

// ----------------------------------------------------------------------------------------------------------- version

export const getObjectRetention: Handler = async (call, services) => {
  const { version, attributes } = lockedVersion(call, services);
  if (attributes.retention === undefined) throw noLock(version);
  return {
    status: 200,
    headers: { ...XML, ...versionIdHeader(version, bucketOf(call)) },
    body: writeRetention(attributes.retention),
  };
};

export const getObjectLegalHold: Handler = async (call, services) => {
  const { version, attributes } = lockedVersion(call, services);
  if (attributes.legalHold === undefined) throw noLock(version);
  return {
    status: 200,
    headers: { ...XML, ...versionIdHeader(version, bucketOf(call)) },
    body: writeLegalHold(attributes.legalHold),
  };
};

function lockedVersion(call: Call, services: Services) {
  requireLock(bucketOf(call));
  const version = requireObject(call, services, call.target);
  const attributes: VersionAttributes = version.attributes ?? {};
  return { version, attributes };
}

const noLock = ({ key }: ObjectVersion): S3Error =>
  new S3Error('NoSuchObjectLockConfiguration', undefined, { fields: { Key: key } });

export const putObjectRetention: Handler = async (call, services) => {
  const { limits, clock } = services;
  const retention = readRetention(await call.body.bytes(limits.smallXmlBytes), limits);
  const asking = { ...call, says: { ...(retention !== undefined && { retention }) } };
  authorise(asking, services, call.target);
  if (retention !== undefined) requireFuture(retention.until, clock.now());
  const headers = await changeVersion(asking, services, (version, bucket) => {
    requireLock(bucket);
    const { retention: old, ...others } = version.attributes ?? {};
    const touched = { ...touchedBy(call, { ...call.target, bucket, version }) };
    requireVerdict(changeVerdict(old, retention, clock.now()), version, { call: asking, services, touched });
    return retention === undefined ? others : { ...others, retention };
  });
  return { status: 200, headers };
};

export const putObjectLegalHold: Handler = async (call, services) => {
  const { limits } = services;
  const legalHold = readLegalHold(await call.body.bytes(limits.smallXmlBytes), limits);
  const asking = { ...call, says: { legalHold } };
  authorise(asking, services, call.target);
  const headers = await changeVersion(asking, services, ({ attributes }, bucket) => {
    requireLock(bucket);
    return { ...attributes, legalHold };
  });
  return { status: 200, headers };
};

// ---------------------------------------------------------------------------------------------------------- removal

/** Who asks for a version to go, or to be kept for less long. */
export interface Asking {
  readonly call: Call;
  readonly services: Services;
  readonly touched: Touched;
}

/** Throws `AccessDenied` while something keeps this version from being removed. */
export function requireRemovable(version: ObjectVersion, asking: Asking): void {
  requireVerdict(removalVerdict(version.attributes, asking.services.clock.now()), version, asking);
}

function requireVerdict(verdict: Verdict, version: ObjectVersion, { call, services, touched }: Asking): void {
  if (verdict === 'allowed') return;
  const isAsked = call.request.headers.one('x-amz-bypass-governance-retention')?.toLowerCase() === 'true';
  if (verdict === 'needs bypass' && isAsked && mayBypassGovernance(call, services, touched)) return;
  throw new S3Error('AccessDenied', `Access Denied because object protected by object lock: ${why(version, services)}`);
}

function why({ attributes }: ObjectVersion, { clock }: Services): string {
  const protection = protectionOf(attributes, clock.now());
  if (protection === undefined || protection === 'hold') return 'it has a legal hold. Take that away first.';
  const until = new Date(protection.until).toISOString();
  return protection.mode === 'COMPLIANCE'
    ? `retention in COMPLIANCE mode until ${until}, which nobody can shorten.`
    : `retention in GOVERNANCE mode until ${until}. Who has s3:BypassGovernanceRetention may pass it with x-amz-bypass-governance-retention: true.`;
}
