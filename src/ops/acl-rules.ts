/**
 * Where an ACL that is well-formed may still not be set: in buckets whose ownership controls switch ACLs off, and, if it is
 * public, where the public-access block forbids that.
 *
 * Sources: "Controlling ownership of objects and disabling ACLs for your bucket" and "Blocking public access to your Amazon S3
 * storage" in the S3 guide.
 */

import { grantsToOthers, isOwnersAlone } from '../model/acl.ts';
import type { Acl, Bucket, ObjectOwnership, PlatformAccess } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { isPublicAcl, publicAccessBlockOf } from '../model/public-access.ts';
import { cannedOf, hasAclHeaders, isBucketOwnerFullControl } from './acl.ts';
import type { Call } from './types.ts';

/**
 * `AccessControlListNotSupported` unless the request asks for no ACL, or for what holds anyway: full control for the bucket's
 * owner alone, by the canned name for it or by grants. `acl` is what it asks for; `private` is not among it, in S3 neither.
 */
export function requireNoAcl(call: Call, acl: Acl): void {
  const { headers } = call.request;
  const asks = hasAclHeaders(headers) || call.operation === 'PutBucketAcl' || call.operation === 'PutObjectAcl';
  if (!asks || isBucketOwnerFullControl(headers)) return;
  if (cannedOf(headers) === undefined && isOwnersAlone(acl)) return;
  throw new S3Error(
    'AccessControlListNotSupported',
    'The bucket does not allow ACLs: its owner owns and controls all objects. Leave the ACL away, and grant by bucket policy.',
  );
}

/** `InvalidBucketAclWithObjectOwnership` for a bucket's ACL that grants to others where ACLs are, or would be, switched off. */
export function requireFittingAcl(acl: Acl, ownership: ObjectOwnership): void {
  if (ownership !== 'BucketOwnerEnforced' || !grantsToOthers(acl)) return;
  throw new S3Error('InvalidBucketAclWithObjectOwnership');
}

/** `AccessDenied` for a public ACL where the bucket or the platform blocks them. */
export function requireNotPublic(
  call: Call,
  bucket: Pick<Bucket, 'configuration' | 'owner'>,
  acl: Acl,
  access: PlatformAccess,
): void {
  if (!publicAccessBlockOf(bucket, access).blockPublicAcls || !isPublicAcl(acl)) return;
  throw blocked(call, bucket, 'An ACL that grants to everybody, or to everybody with an account,', 'BlockPublicAcls');
}

/** Strangers are told no more than that it is denied. */
export function blocked(call: Call, { owner }: Pick<Bucket, 'owner'>, what: string, by: string): S3Error {
  const { caller } = call;
  if (caller.kind === 'anonymous' || caller.account.id !== owner) return new S3Error('AccessDenied');
  return new S3Error(
    'AccessDenied',
    `${what} cannot be set: ${by} is on in the public-access block of the bucket or of this server.`,
  );
}
