/**
 * GetObjectTagging and GetBucketTagging, as long as nothing can be tagged: there are no tags, and that is the answer.
 *
 * Sources: both operations in the S3 API reference: an object without tags has an empty set, a bucket without tags has
 * none. Built before tags because clients ask: aws-cli copies a large object's tags and fails if it cannot.
 * Left out: setting tags, which is refused by name wherever it could be asked for.
 */

import { S3Error } from '../model/errors.ts';
import { writeTagging } from '../wire/documents/tagging.ts';
import { requireObject } from './authorise.ts';
import { bucketOf } from './commit.ts';
import { versionIdHeader, XML } from './headers.ts';
import type { Handler } from './types.ts';

export const getObjectTagging: Handler = async (call, services) => {
  const version = requireObject(call, services, call.target);
  return { status: 200, headers: { ...XML, ...versionIdHeader(version, bucketOf(call)) }, body: writeTagging([]) };
};

export const getBucketTagging: Handler = async (call) => {
  throw new S3Error('NoSuchTagSet', undefined, { fields: { BucketName: bucketOf(call).name } });
};
