/**
 * May they: from a request, its caller and the fetched target to a question, and from the decision to a yes or the error that
 * S3 gives.
 *
 * Authorise first, look second (SECURITY rules 7 to 9): nothing about a key, its versions or its conditions is told before
 * the operation is allowed. Whether a key exists is told only to callers who could list it: `NoSuchKey` to those who may
 * s3:ListBucket, `AccessDenied` to all others ("GetObject", section Permissions). Whether a bucket exists is no secret in S3.
 */

import type { BucketFacts, Decision, Principal, Question } from '../model/access/question.ts';
import { decide } from '../model/access.ts';
import type { Bucket, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { ownershipOf } from '../model/ownership.ts';
import { publicAccessBlockOf } from '../model/public-access.ts';
import { payerOf } from '../model/request-payment.ts';
import type { Reach } from '../model/scope.ts';
import type { Target } from '../store/port.ts';
import type { Fields } from '../wire/request.ts';
import { httpDate } from '../wire/values.ts';
import { asksForAcl } from './acl.ts';
import type { AccessServices, Asked, Touched } from './asked.ts';
import { conditionsOf } from './context.ts';
import { versionIdHeader } from './headers.ts';
import { type Method, OPERATIONS, type OperationName, type OperationRow } from './table.ts';
import type { Caller } from './types.ts';

/**
 * Throws unless the caller may do what the request asks to `target`. `NoSuchBucket`, `AccessDenied`, `NoSuchKey`,
 * `NoSuchVersion`; `MethodNotAllowed` for a delete marker read by its version id. Operations on an upload are only kept
 * from those who are denied it: whose it is, is known when it was fetched (`uploads.ts`). What depends on a document that was
 * not read yet is left to who reads it (`OperationRow.saysMore`).
 */
export function authorise(asked: Asked, services: AccessServices, target: Target): void {
  const row: OperationRow = OPERATIONS[asked.operation];
  if (row.saysMore && asked.says === undefined && target.bucket?.configuration.policy !== undefined) return;
  const touched = touchedBy(asked, target);
  const question = questionOf(asked.operation, asked, services, touched);
  if (question.need === 'upload') refuseDenied(question, touched);
  else requireAllowed(question, touched, OPERATIONS[asked.operation].method);
  const header = 'x-amz-expected-bucket-owner';
  checkExpectedOwner(target.bucket, asked.request.headers.one(header), header);
}

/**
 * The same for one thing that a request touches beyond its target, as the operation that would touch it alone: a copy's source
 * as GetObject, each key of DeleteObjects as DeleteObject. Rights on an object also prove that it is there and no delete marker.
 */
export function authoriseAs(operation: OperationName, asked: Asked, services: AccessServices, touched: Touched): void {
  requireAllowed(questionOf(operation, asked, services, touched), touched, OPERATIONS[operation].method);
}

/** Asks for another action of the same request, where only its handler finds out that it takes one, or what it brings. */
export function authoriseBesides(action: string, asked: Asked, services: AccessServices, target: Target): void {
  const touched = touchedBy(asked, target);
  requireAllowed({ ...questionOf(asked.operation, asked, services, touched), actions: [action] }, touched);
}

/** Whether `authoriseAs` would let it through. For what is told only to those who may know it. */
export const isAllowedAs = (
  operation: OperationName,
  asked: Asked,
  services: AccessServices,
  touched: Touched,
): boolean => decide(questionOf(operation, asked, services, touched)).allowed;

/** Whether the caller may pass over a retention in GOVERNANCE mode: the bucket's owner, and whom a policy lets. */
export function mayBypassGovernance(asked: Asked, services: AccessServices, touched: Touched): boolean {
  const question = questionOf('PutObjectRetention', asked, services, touched);
  return decide({ ...question, need: 'owner', actions: ['s3:BypassGovernanceRetention'] }).allowed;
}

/**
 * For operations on an upload, when it was fetched: `touched.initiator` began it; undefined: it is not there. An upload is its
 * initiator's and the bucket owner's, whatever the bucket's ACL grants ("Multipart upload API and permissions"): an upload id
 * is no authority, and everybody who may list the bucket can see it. What others could add would become an object in the
 * initiator's name and with its ACL. A policy may let others list the parts and give the upload up. That an upload is not
 * there is told to those who could write there.
 */
export function authoriseUpload(asked: Asked, services: AccessServices, touched: Touched): void {
  const question = questionOf(asked.operation, asked, services, touched);
  const isThere = touched.initiator !== undefined;
  if (question.need !== 'upload') {
    if (isThere) requireAllowed({ ...question, need: 'own-upload' }, touched);
    return;
  }
  if (!isThere && decide({ ...question, need: 'bucket:WRITE', actions: ['s3:PutObject'] }).allowed) return;
  requireAllowed(question, touched);
}

/** The decision itself, whatever it is, with all its reasons and remedies: for explanations. */
export function judge(asked: Asked, services: AccessServices, touched: Touched): Decision {
  const question = questionOf(asked.operation, asked, services, touched);
  const decision = decide(question, { explain: true });
  const isOnUpload = touched.initiator !== undefined && question.need !== 'upload';
  return decision.allowed && isOnUpload ? decide({ ...question, need: 'own-upload' }, { explain: true }) : decision;
}

/** What the request says that it touches. */
export function touchedBy({ operation, request }: Asked, target: Target): Touched {
  const row: OperationRow = OPERATIONS[operation];
  const versionId = row.parameters.includes('versionId') ? request.query.one('versionId') : undefined;
  return { bucket: request.bucket ?? '', key: request.key, versionId, target };
}

// --------------------------------------------------------------------------------------------------------- the answer

function requireAllowed(question: Question, touched: Touched, method: Method = 'GET'): void {
  const { target } = touched;
  if (target.bucket === undefined && question.bucket === undefined && needsBucket(question)) {
    throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: touched.bucket } });
  }
  // The reasons stay with us: a stranger learns that it is denied, not whose ACL or policy said what.
  if (question.need.startsWith('object:') && !isObject(target.version)) {
    refuseDenied(question, touched);
    if (!decide(listingOf(question, touched)).allowed) throw new S3Error('AccessDenied');
    throw absence(touched, method);
  }
  const { allowed, decisive } = decide(question);
  if (allowed) return;
  if (decisive?.error === undefined) throw new S3Error('AccessDenied');
  throw new S3Error(decisive.error, undefined, { fields: { ResourceType: 'BUCKETPOLICY' } });
}

function refuseDenied(question: Question, { target, bucket }: Touched): void {
  if (target.bucket === undefined) throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: bucket } });
  if (decide(question).decisive?.verdict === 'denies') throw new S3Error('AccessDenied');
}

const needsBucket = ({ need, reach }: Question): boolean => need !== 'account' && reach.kind !== 'service';

/** Throws unless the caller could list the key: what is said of its absence is for them alone. */
export function requireListing(asked: Asked, services: AccessServices, touched: Touched): void {
  requireAllowed(listingOf(questionOf('ListObjects', asked, services, touched), touched), touched);
}

/** Whether the caller could list this key, asked in the midst of another question. */
const listingOf = (question: Question, { bucket, key = '' }: Touched): Question => ({
  ...question,
  need: 'bucket:READ',
  actions: ['s3:ListBucket'],
  reach: { kind: 'listing', bucket, prefix: key },
});

/**
 * Whether nobody has given the caller anything in this bucket that `operation` would need: neither its ACL nor ownership,
 * and there is no policy that could. For handlers that want to know before they do work.
 */
export function isStranger(operation: OperationName, asked: Asked, services: AccessServices, target: Target): boolean {
  const question = questionOf(operation, asked, services, touchedBy(asked, target));
  if (question.bucket?.policy !== undefined) return false;
  return !decide({ ...question, scopes: [] }).allowed && !decide({ ...question, scopes: [], need: 'owner' }).allowed;
}

/** Both headers that name an expected owner: `AccessDenied` unless it is the bucket's, by account id or canonical id. */
export function checkExpectedOwner(bucket: Bucket | undefined, expected: string | undefined, header: string): void {
  if (expected === undefined || bucket === undefined) return;
  if (expected === bucket.owner || expected === bucket.ownerCanonicalId) return;
  throw new S3Error('AccessDenied', `The bucket is not owned by the account that ${header} names.`);
}

const isObject = (version: ObjectVersion | undefined): version is ObjectVersion => version?.kind === 'object';

/** The object that the request names, for operations whose need is not one on the object. Throws as `absence` says. */
export function requireObject(asked: Asked, services: AccessServices, target: Target): ObjectVersion {
  if (isObject(target.version)) return target.version;
  const touched = touchedBy(asked, target);
  const listing = listingOf(questionOf(asked.operation, asked, services, touched), touched);
  if (!decide(listing).allowed && !decide({ ...listing, need: 'owner' }).allowed) throw new S3Error('AccessDenied');
  throw absence(touched, OPERATIONS[asked.operation].method);
}

/**
 * What S3 says of an object that is not there, to those who may know: `NoSuchKey` or `NoSuchVersion`, and `MethodNotAllowed`
 * for a delete marker by its version id. A marker is named in either case ("Working with delete markers").
 */
function absence({ target: { bucket, version }, key = '', versionId }: Touched, method: Method): S3Error {
  const marker =
    version === undefined || bucket === undefined
      ? {}
      : { 'x-amz-delete-marker': 'true', ...versionIdHeader(version, bucket) };
  if (versionId === undefined) return new S3Error('NoSuchKey', undefined, { fields: { Key: key }, headers: marker });
  if (version === undefined) {
    return new S3Error('NoSuchVersion', undefined, { fields: { Key: key, VersionId: versionId } });
  }
  return new S3Error('MethodNotAllowed', 'The version is a delete marker: it can only be deleted.', {
    fields: { Method: method, ResourceType: 'DeleteMarker' },
    headers: { ...marker, Allow: 'DELETE', 'Last-Modified': httpDate(version.modifiedAt) },
  });
}

// ------------------------------------------------------------------------------------------------------- the question

function questionOf(operation: OperationName, asked: Asked, services: AccessServices, touched: Touched): Question {
  const { caller, request } = asked;
  const { target, versionId, initiator } = touched;
  const row: OperationRow = OPERATIONS[operation];
  const named = versionId !== undefined;
  const action = named ? (row.versionAction ?? row.action) : row.action;
  // A bucket that is to be created has no say in it, even when it turns out to be there; nor has one whose CORS is asked.
  const isAside = row.on === 'service' || row.method === 'OPTIONS' || operation === 'CreateBucket';
  const bucket = isAside ? undefined : target.bucket;
  return {
    need: named ? (row.versionNeed ?? row.need) : row.need,
    actions: [action, ...(operation === asked.operation ? besides(asked) : [])],
    principal: principalOf(caller),
    scopes: caller.kind === 'anonymous' ? [] : caller.scopes,
    remoteAddress: request.remoteAddress,
    requesterPays: request.headers.one('x-amz-request-payer') === 'requester',
    reach: reachOf(operation, asked, touched),
    bucket: bucket === undefined ? undefined : factsOf(bucket, services),
    object: target.version,
    initiator,
    conditions: once(() => conditionsOf(asked, services, touched)),
  };
}

/** Several questions come of one request: its values are gathered at most once for each thing that is touched. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const principalOf = (caller: Caller): Principal =>
  caller.kind === 'anonymous'
    ? caller
    : { kind: 'account', id: caller.account.id, canonicalId: caller.account.canonicalId };

const factsOf = (bucket: Bucket, { access, policies }: AccessServices): BucketFacts => ({
  ownerCanonicalId: bucket.ownerCanonicalId,
  acl: bucket.acl,
  ownership: ownershipOf(bucket, access),
  publicAccessBlock: publicAccessBlockOf(bucket, access),
  payer: payerOf(bucket.configuration),
  policy: policies.of(bucket),
});

const CREATES: ReadonlySet<OperationName> = new Set(['PutObject', 'CopyObject', 'CreateMultipartUpload']);

/** What a request asks for beside what it is ("Required permissions for Amazon S3 API operations", PutObject, CreateBucket). */
function besides({ operation, request: { headers, query } }: Asked): readonly string[] {
  if (operation === 'GetObjectAttributes') return [query.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject'];
  if (operation === 'CreateBucket') return besidesCreation(headers);
  if (!CREATES.has(operation)) return [];
  return [
    ...(asksForAcl(headers) ? ['s3:PutObjectAcl'] : []),
    ...(headers.one('x-amz-tagging') ? ['s3:PutObjectTagging'] : []),
    ...(headers.has('x-amz-object-lock-mode') ? ['s3:PutObjectRetention'] : []),
    ...(headers.has('x-amz-object-lock-legal-hold') ? ['s3:PutObjectLegalHold'] : []),
  ];
}

/** What a bucket is made with needs the rights to set it: of keys that may make buckets and not configure them. */
const besidesCreation = (headers: Fields): readonly string[] => [
  ...(asksForAcl(headers) ? ['s3:PutBucketAcl'] : []),
  ...(headers.has('x-amz-object-ownership') ? ['s3:PutBucketOwnershipControls'] : []),
  ...(headers.one('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true'
    ? ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning']
    : []),
];

/** Operations on a bucket that tell no more of it than that it is there and where. */
const PRESENCE: ReadonlySet<OperationName> = new Set(['HeadBucket', 'GetBucketLocation']);

function reachOf(operation: OperationName, asked: Asked, { bucket, key, versionId }: Touched): Reach {
  const row: OperationRow = OPERATIONS[operation];
  if (row.on === 'service' || row.method === 'OPTIONS') return { kind: 'service' };
  if (row.on === 'object' && key !== undefined) return { kind: 'object', bucket, key, versionId };
  if (row.need === 'anyone' || PRESENCE.has(operation)) return { kind: 'presence', bucket };
  if (!row.parameters.includes('prefix')) return { kind: 'bucket', bucket };
  return { kind: 'listing', bucket, prefix: asked.request.query.one('prefix') ?? '' };
}
