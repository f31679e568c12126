/**
 * Get-, Put- and DeleteBucketEncryption: how objects are encrypted whose writers say nothing of it (`scheme.ts`). Sources: the
 * three operations in the S3 API reference. Without a configuration objects are stored as they come; in S3 there is always one.
 */

import { bucketEncryptionOf, writeBucketEncryption as stored } from '../../model/bucket-encryption.ts';
import { S3Error } from '../../model/errors.ts';
import { readBucketEncryption, writeBucketEncryption } from '../../wire/documents/encryption.ts';
import { changeBucket, removeDocument, withDocument } from '../change.ts';
import { bucketOf } from '../commit.ts';
import { XML } from '../headers.ts';
import type { Handler } from '../types.ts';
import { ringKey } from './ring.ts';

export const getBucketEncryption: Handler = async (call) => {
  const bucket = bucketOf(call);
  const encryption = bucketEncryptionOf(bucket);
  if (encryption !== undefined) return { status: 200, headers: XML, body: writeBucketEncryption(encryption) };
  throw new S3Error('ServerSideEncryptionConfigurationNotFoundError', undefined, {
    fields: { BucketName: bucket.name },
  });
};

export const putBucketEncryption: Handler = async (call, services) => {
  const { limits } = services;
  const encryption = readBucketEncryption(await call.body.bytes(limits.smallXmlBytes), limits);
  // A key that is not there would be found by every writer instead.
  if (encryption.algorithm === 'aws:kms') ringKey(services, encryption.keyId);
  const { algorithm = 'none', keyId, blocked } = encryption;
  const details = { algorithm, ...(keyId !== undefined && { keyId }), ...(blocked !== undefined && { blocked }) };
  await changeBucket(call, services, (bucket) => ({
    bucket: withDocument(bucket, 'encryption', stored(encryption)),
    details,
  }));
  return { status: 200, headers: {} };
};

export const deleteBucketEncryption: Handler = (call, services) => removeDocument(call, services, 'encryption');
