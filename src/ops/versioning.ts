/**
 * GetBucketVersioning and PutBucketVersioning.
 *
 * Sources: both operations in the S3 API reference, and "Using versioning in S3 buckets". Every commit to a key names the
 * state that it acted on, so that a change takes hold between two of them and never within one. Left out: MFA delete.
 */

import { S3Error } from '../model/errors.ts';
import { readVersioning, writeVersioning } from '../wire/documents/versioning.ts';
import { changeBucket } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Handler } from './types.ts';

export const getBucketVersioning: Handler = async (call) => ({
  status: 200,
  headers: XML,
  body: writeVersioning(bucketOf(call).versioning),
});

export const putBucketVersioning: Handler = async (call, services) => {
  const { limits } = services;
  const versioning = readVersioning(await call.body.bytes(limits.smallXmlBytes), limits);
  await changeBucket(call, services, (bucket) => {
    if (versioning === 'suspended' && bucket.configuration.objectLock !== undefined) {
      throw new S3Error(
        'InvalidBucketState',
        'An Object Lock configuration is present on this bucket, so versioning cannot be suspended.',
        { fields: { BucketName: bucket.name } },
      );
    }
    if (bucket.versioning === versioning) return undefined;
    return { bucket: { ...bucket, versioning }, details: { versioning } };
  });
  return { status: 200, headers: {} };
};
