/**
 * Get-, Put- and DeleteBucketOwnershipControls. Sources: the three operations in the S3 API reference and "Controlling
 * ownership of objects and disabling ACLs for your bucket". What they mean for a write is in `writer.ts`, for access in `model/access.ts`.
 */

import { S3Error } from '../model/errors.ts';
import { ownershipControlsOf, ownershipOf, writeOwnership } from '../model/ownership.ts';
import { readOwnershipControls, writeOwnershipControls } from '../wire/documents/ownership.ts';
import { requireFittingAcl } from './acl-rules.ts';
import { type BucketChange, changeBucket, withDocument, withoutDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Handler, Services } from './types.ts';

export const getBucketOwnershipControls: Handler = async (call) => {
  const { name, ...bucket } = bucketOf(call);
  const ownership = ownershipControlsOf(bucket);
  if (ownership !== undefined) return { status: 200, headers: XML, body: writeOwnershipControls(ownership) };
  throw new S3Error('OwnershipControlsNotFoundError', undefined, { fields: { BucketName: name } });
};

export const putBucketOwnershipControls: Handler = async (call, services) => {
  const { limits } = services;
  const objectOwnership = readOwnershipControls(await call.body.bytes(limits.smallXmlBytes), limits);
  await changeBucket(call, services, (bucket) => {
    const details = { objectOwnership };
    return fitting(
      { bucket: withDocument(bucket, 'ownershipControls', writeOwnership(objectOwnership)), details },
      services,
    );
  });
  return { status: 200, headers: {} };
};

export const deleteBucketOwnershipControls: Handler = async (call, services) => {
  await changeBucket(call, services, (current) => {
    const bucket = withoutDocument(current, 'ownershipControls');
    return bucket && fitting({ bucket, details: {} }, services);
  });
  return { status: 204, headers: {} };
};

/** The bucket's ACL must fit what will hold then: without controls that is what the platform says. */
function fitting(change: BucketChange, { access }: Services): BucketChange {
  requireFittingAcl(change.bucket.acl, ownershipOf(change.bucket, access));
  return change;
}
