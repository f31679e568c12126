/**
 * Who owns what is written, and the ACL it is written with.
 *
 * Source: "Controlling ownership of objects and disabling ACLs for your bucket". An object belongs to the account that wrote
 * it, unless the bucket's ownership controls give it to the bucket's owner. What nobody's signature stands behind belongs to
 * S3's anonymous user, whom nobody can become: the bucket's owner can delete it, and otherwise its ACL decides. A multipart
 * upload is decided when it begins.
 */

import { privateAcl } from '../model/acl.ts';
import type { AccountId, Acl, Bucket, CanonicalId } from '../model/entities.ts';
import { ownershipOf } from '../model/ownership.ts';
import { aclFromHeaders, isBucketOwnerFullControl } from './acl.ts';
import { requireNoAcl, requireNotPublic } from './acl-rules.ts';
import { bucketOf } from './commit.ts';
import type { Call, Services } from './types.ts';

interface Writer {
  readonly owner: AccountId;
  readonly ownerCanonicalId: CanonicalId;
}

/** S3's own id for it, published in its ACL documentation; half as long as other canonical ids. */
const ANONYMOUS: Writer = Object.freeze({
  owner: 'anonymous',
  ownerCanonicalId: '65a011a29cdf8ec533ec3d1ccaae921c',
});

const callerOf = ({ caller }: Call): Writer =>
  caller.kind === 'anonymous' ? ANONYMOUS : { owner: caller.account.id, ownerCanonicalId: caller.account.canonicalId };

const ownerOf = ({ owner, ownerCanonicalId }: Bucket): Writer => ({ owner, ownerCanonicalId });

const isEnforced = (bucket: Bucket, { access }: Services): boolean =>
  ownershipOf(bucket, access) === 'BucketOwnerEnforced';

/** Who owns a delete marker, which has no ACL. */
export function markerOwner(call: Call, services: Services): Writer {
  const bucket = bucketOf(call);
  return isEnforced(bucket, services) ? ownerOf(bucket) : callerOf(call);
}

/** Whose an object or upload is, to those who list it. */
export const shownOwner = (object: Writer, bucket: Bucket, services: Services): CanonicalId =>
  isEnforced(bucket, services) ? bucket.ownerCanonicalId : object.ownerCanonicalId;

/** What a new version or upload takes from who writes it, from the request's headers and from the bucket. */
export interface Owned extends Writer {
  readonly acl: Acl;
}

/**
 * The owner, and the ACL that the headers ask for, or private. No read unless they name accounts. Throws what is wrong with
 * the ACL, `AccessControlListNotSupported`, and `AccessDenied` for a public one where those are blocked.
 */
export async function ownedBy(call: Call, services: Services): Promise<Owned> {
  const bucket = bucketOf(call);
  const { headers } = call.request;
  const enforced = isEnforced(bucket, services);
  const preferred = ownershipOf(bucket, services.access) === 'BucketOwnerPreferred';
  const writer = enforced || (preferred && isBucketOwnerFullControl(headers)) ? ownerOf(bucket) : callerOf(call);
  const owners = { owner: writer.ownerCanonicalId, bucketOwner: bucket.ownerCanonicalId };
  const acl = await aclFromHeaders(headers, owners, services.rows);
  if (enforced) {
    requireNoAcl(call, acl);
    return { ...writer, acl: privateAcl(writer.ownerCanonicalId) };
  }
  requireNotPublic(call, bucket, acl, services.access);
  return { ...writer, acl };
}
