/**
 * May they: an operation's need from its row, the caller and the fetched target, to a yes or the error that S3 gives.
 *
 * Authorise first, look second (SECURITY rules 7 to 9): nothing about a key, its versions or its conditions is told before
 * the need is met. Whether a key exists is told only to callers who could list it: `NoSuchKey` to those with READ on the
 * bucket, `AccessDenied` to all others ("GetObject", section Permissions). Whether a bucket exists is no secret in S3.
 */

import { decide, type Need, type Principal, type Question } from '../model/access.ts';
import type { Bucket, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { Target } from '../store/port.ts';
import type { S3Request } from '../wire/request.ts';
import { httpDate } from '../wire/values.ts';
import { versionIdHeader } from './headers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from './table.ts';
import type { Caller } from './types.ts';

/** What is touched, by the names the client used: for errors. */
interface Touched {
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

/**
 * Throws unless `caller` may do `name` to `target`, which was fetched for this request. Operations on the service and
 * CreateBucket need an account only. `NoSuchBucket`, `AccessDenied`, `NoSuchKey`, `NoSuchVersion`; `MethodNotAllowed` for a
 * delete marker read by its version id.
 */
export function authorise(name: OperationName, caller: Caller, target: Target, request: S3Request): void {
  const row: OperationRow = OPERATIONS[name];
  if (row.on === 'service' || name === 'CreateBucket') {
    allow({ need: row.need, principal: principalOf(caller), bucket: undefined });
    return;
  }
  const versionId = row.parameters.includes('versionId') ? request.query.one('versionId') : undefined;
  const need = needOf(name, versionId);
  const touched = { bucket: request.bucket ?? '', key: request.key, versionId };
  authoriseNeed(need, caller, target, touched);
  checkExpectedOwner(target.bucket, request.headers.one('x-amz-expected-bucket-owner'), 'x-amz-expected-bucket-owner');
}

/** What an operation needs; naming a version may need more. */
function needOf(name: OperationName, versionId: string | undefined): Need {
  const { need, versionNeed = need }: OperationRow = OPERATIONS[name];
  return versionId === undefined ? need : versionNeed;
}

/**
 * The same for one thing that a request touches beyond its target: a copy's source, each key of DeleteObjects. Needs on an
 * object also prove that the object is there and is no delete marker.
 */
export function authoriseNeed(need: Need, caller: Caller, target: Target, touched: Touched): void {
  const { bucket, version } = target;
  if (bucket === undefined) {
    throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: touched.bucket } });
  }
  const principal = principalOf(caller);
  if (need.startsWith('object:') && !isObject(version)) {
    if (!mayList(principal, bucket)) throw new S3Error('AccessDenied');
    throw absence(target, touched);
  }
  allow({ need, principal, bucket, object: version });
}

/** Whether a need on the bucket is met: for handlers that judge for themselves, before they do work. */
export const isAllowed = (need: Need, caller: Caller, { bucket }: Target): boolean =>
  decide({ need, principal: principalOf(caller), bucket }).allowed;

/** Both headers that name an expected owner: `AccessDenied` unless it is the bucket's, by account id or canonical id. */
export function checkExpectedOwner(bucket: Bucket | undefined, expected: string | undefined, header: string): void {
  if (expected === undefined || bucket === undefined) return;
  if (expected === bucket.owner || expected === bucket.ownerCanonicalId) return;
  throw new S3Error('AccessDenied', `The bucket is not owned by the account that ${header} names.`);
}

const principalOf = (caller: Caller): Principal =>
  caller.kind === 'anonymous'
    ? caller
    : { kind: 'account', id: caller.account.id, canonicalId: caller.account.canonicalId };

function allow(question: Question): void {
  // The reasons stay with us: a stranger learns that it is denied, not whose ACL said what.
  if (!decide(question).allowed) throw new S3Error('AccessDenied');
}

const mayList = (principal: Principal, bucket: Bucket): boolean =>
  decide({ need: 'bucket:READ', principal, bucket }).allowed;

const isObject = (version: ObjectVersion | undefined): version is ObjectVersion => version?.kind === 'object';

/** The object that the target names, for operations whose need is not one on the object. Throws as `absence` says. */
export function requireObject(target: Target, touched: Touched): ObjectVersion {
  if (isObject(target.version)) return target.version;
  throw absence(target, touched);
}

/**
 * What S3 says of an object that is not there, to those who may know: `NoSuchKey` or `NoSuchVersion`, and `MethodNotAllowed`
 * for a delete marker by its version id. A marker is named in either case ("Working with delete markers").
 */
function absence({ bucket, version }: Target, { key = '', versionId }: Touched): S3Error {
  const marker =
    version === undefined || bucket === undefined
      ? {}
      : { 'x-amz-delete-marker': 'true', ...versionIdHeader(version, bucket) };
  if (versionId === undefined) return new S3Error('NoSuchKey', undefined, { fields: { Key: key }, headers: marker });
  if (version === undefined) {
    return new S3Error('NoSuchVersion', undefined, { fields: { Key: key, VersionId: versionId } });
  }
  return new S3Error('MethodNotAllowed', 'The version is a delete marker: it can only be deleted.', {
    fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: { ...marker, Allow: 'DELETE', 'Last-Modified': httpDate(version.modifiedAt) },
  });
}
