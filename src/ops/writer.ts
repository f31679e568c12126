/**
 * Who owns what is written, and the ACL it is written with.
 *
 * An object belongs to the account that wrote it, not to the bucket's owner ("Controlling ownership of objects", object
 * writer). What nobody's signature stands behind belongs to S3's anonymous user, whom nobody can become: the bucket's owner
 * can delete it, and otherwise its ACL decides.
 */

import type { AccountId, Acl, CanonicalId } from '../model/entities.ts';
import { aclFromHeaders } from './acl.ts';
import { bucketOf } from './commit.ts';
import type { Call, Caller, Services } from './types.ts';

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

/** The ACL that the request's headers ask for, or private. No read unless they name accounts. */
export const aclForNew = (call: Call, writer: Writer, services: Services): Promise<Acl> =>
  aclFromHeaders(
    call.request.headers,
    { owner: writer.ownerCanonicalId, bucketOwner: bucketOf(call).ownerCanonicalId },
    services.rows,
  );
