/**
 * Get-, Put- and DeleteBucketOwnershipControls. Sources: the three operations in the S3 API reference and "Controlling
 * ownership of objects and disabling ACLs for your bucket". What they mean for a write is in `writer.ts`, for access in `model/access.ts`.
 */

import type { Bucket } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { ownershipControlsOf, ownershipOf, writeOwnership } from '../model/ownership.ts';
import { readOwnershipControls, writeOwnershipControls } from '../wire/documents/ownership.ts';
import { requireFittingAcl } from './acl-rules.ts';
import { changeBucket, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Call, Handler, Services } from './types.ts';

export const getBucketOwnershipControls: Handler = async (call) => {
  const { name, ...bucket } = bucketOf(call);
  const ownership = ownershipControlsOf(bucket);
  if (ownership !== undefined) return { status: 200, headers: XML, body: writeOwnershipControls(ownership) };
  throw new S3Error('OwnershipControlsNotFoundError', undefined, { fields: { BucketName: name } });
};

export const putBucketOwnershipControls: Handler = async (call, services) => {
  const { limits } = services;
  const ownership = readOwnershipControls(await call.body.bytes(limits.smallXmlBytes), limits);
  await setControls(call, services, writeOwnership(ownership), { objectOwnership: ownership });
  return { status: 200, headers: {} };
};

export const deleteBucketOwnershipControls: Handler = async (call, services) => {
  await setControls(call, services, undefined, {});
  return { status: 204, headers: {} };
};

/** The bucket's ACL must fit what will hold then: taken away, that is what the platform says. */
async function setControls(
  call: Call,
  services: Services,
  text: string | undefined,
  details: Readonly<Record<string, string>>,
): Promise<void> {
  await changeBucket(call, services, (current) => {
    const bucket: Bucket = withDocument(current, 'ownershipControls', text);
    requireFittingAcl(bucket.acl, ownershipOf(bucket, services.access));
    return { bucket, details };
  });
}
