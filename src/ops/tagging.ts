/**
 * Tags of objects and of buckets: read, replaced, taken away.
 *
 * Sources: the six operations in the S3 API reference. An object without tags has an empty set, a bucket without tags has
 * none. Tags are replaced whole, in one commit that expects the state the caller was authorised on. Tags that are written with
 * an object are in `attributes.ts`.
 */

import type { ObjectVersion, Tag } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { checkTags, parseTags, writeTags } from '../model/tags.ts';
import { readTagging, writeTagging } from '../wire/documents/tagging.ts';
import { authorise, requireObject } from './authorise.ts';
import { changeBucket, removeDocument, withDocument } from './change.ts';
import { changeVersion } from './change-version.ts';
import { bucketOf } from './commit.ts';
import { versionIdHeader, XML } from './headers.ts';
import type { Call, Handler, Reply, Services } from './types.ts';

// ----------------------------------------------------------------------------------------------------------- objects

export const getObjectTagging: Handler = async (call, services) => {
  const version = requireObject(call, services, call.target);
  const body = writeTagging(version.attributes?.tags ?? []);
  return { status: 200, headers: { ...XML, ...versionIdHeader(version, bucketOf(call)) }, body };
};

export const putObjectTagging: Handler = async (call, services) => {
  const tags = await readTags(call, services, 'object');
  const asking = { ...call, says: { tags } };
  authorise(asking, services, call.target);
  return { ...(await setTags(asking, services, tags)), status: 200 };
};

export const deleteObjectTagging: Handler = async (call, services) => ({
  ...(await setTags(call, services, [])),
  status: 204,
});

async function setTags(call: Call, services: Services, tags: readonly Tag[]): Promise<Omit<Reply, 'status'>> {
  const headers = await changeVersion(call, services, ({ attributes = {} }: ObjectVersion) => {
    const { tags: old, ...others } = attributes;
    if (tags.length > 0) return { ...others, tags };
    return old === undefined ? undefined : others;
  });
  return { headers };
}

async function readTags(call: Call, { limits }: Services, of: 'object' | 'bucket'): Promise<readonly Tag[]> {
  const tags = readTagging(await call.body.bytes(limits.smallXmlBytes), limits);
  checkTags(tags, of, limits);
  return tags;
}

// ----------------------------------------------------------------------------------------------------------- buckets

export const getBucketTagging: Handler = async (call) => {
  const { name, configuration } = bucketOf(call);
  const { tagging } = configuration;
  if (tagging === undefined) throw new S3Error('NoSuchTagSet', undefined, { fields: { BucketName: name } });
  return { status: 200, headers: XML, body: writeTagging(parseTags(tagging)) };
};

export const putBucketTagging: Handler = async (call, services) => {
  const tags = await readTags(call, services, 'bucket');
  await changeBucket(call, services, (bucket) => ({
    bucket: withDocument(bucket, 'tagging', writeTags(tags)),
    details: { tags: String(tags.length) },
  }));
  return { status: 204, headers: {} };
};

export const deleteBucketTagging: Handler = async (call, services) => removeDocument(call, services, 'tagging');
