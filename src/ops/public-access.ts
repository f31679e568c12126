/**
 * Get-, Put- and DeletePublicAccessBlock. Sources: the three operations in the S3 API reference and "Blocking public access to
 * your Amazon S3 storage". What the switches refuse is in `acl-rules.ts` and `policy.ts`, what they make of what is there
 * already in `model/access.ts`.
 */

import { S3Error } from '../model/errors.ts';
import { bucketBlockOf, writePublicAccessBlock as stored } from '../model/public-access.ts';
import { readPublicAccessBlock, writePublicAccessBlock } from '../wire/documents/public-access.ts';
import { changeBucket, removeDocument, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Handler } from './types.ts';

export const getPublicAccessBlock: Handler = async (call) => {
  const bucket = bucketOf(call);
  const block = bucketBlockOf(bucket);
  if (block !== undefined) return { status: 200, headers: XML, body: writePublicAccessBlock(block) };
  throw new S3Error('NoSuchPublicAccessBlockConfiguration', undefined, { fields: { BucketName: bucket.name } });
};

export const putPublicAccessBlock: Handler = async (call, services) => {
  const { limits } = services;
  const block = readPublicAccessBlock(await call.body.bytes(limits.smallXmlBytes), limits);
  const details = Object.fromEntries(Object.entries(block).map(([name, on]) => [name, on ? 'on' : 'off']));
  await changeBucket(call, services, (bucket) => ({
    bucket: withDocument(bucket, 'publicAccessBlock', stored(block)),
    details,
  }));
  return { status: 200, headers: {} };
};

export const deletePublicAccessBlock: Handler = (call, services) => removeDocument(call, services, 'publicAccessBlock');
