/**
 * Who owns what is written, and the ACL it is written with.
 *
 * An object belongs to the account that wrote it, not to the bucket's owner ("Controlling ownership of objects", object
 * writer). What nobody's signature stands behind belongs to S3's anonymous user, whom nobody can become: the bucket's owner
 * can delete it, and otherwise its ACL decides.
 */

import { cannedAcl } from '../model/acl.ts';
import type { AccountId, Acl, Bucket, CanonicalId } from '../model/entities.ts';
import type { HeaderFields } from '../wire/request.ts';
import type { Caller } from './types.ts';

export interface Writer {
  readonly owner: AccountId;
  readonly ownerCanonicalId: CanonicalId;
}

/** S3's own id for it, published in its ACL documentation; half as long as other canonical ids. */
const ANONYMOUS: Writer = Object.freeze({
  owner: 'anonymous',
  ownerCanonicalId: '65a011a29cdf8ec533ec3d1ccaae921c',
});

export const writerOf = (caller: Caller): Writer =>
  caller.kind === 'anonymous' ? ANONYMOUS : { owner: caller.account.id, ownerCanonicalId: caller.account.canonicalId };

/** `x-amz-acl`, or private. */
export const aclForNew = (headers: HeaderFields, writer: Writer, bucket: Bucket): Acl =>
  cannedAcl(headers.one('x-amz-acl') ?? 'private', {
    owner: writer.ownerCanonicalId,
    bucketOwner: bucket.ownerCanonicalId,
  });
