/**
 * GetBucketRequestPayment, PutBucketRequestPayment. Sources: both operations in the S3 API reference. That requests of others
 * must carry `x-amz-request-payer` is decided with everything else they need (`model/access.ts`).
 */

import { payerOf, writePayer } from '../model/request-payment.ts';
import { readRequestPayment, writeRequestPayment } from '../wire/documents/request-payment.ts';
import { changeBucket, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import type { Handler } from './types.ts';

export const getBucketRequestPayment: Handler = async (call) => ({
  status: 200,
  headers: XML,
  body: writeRequestPayment(payerOf(bucketOf(call).configuration)),
});

export const putBucketRequestPayment: Handler = async (call, services) => {
  const { limits } = services;
  const payer = readRequestPayment(await call.body.bytes(limits.smallXmlBytes), limits);
  await changeBucket(call, services, (bucket) => ({
    bucket: withDocument(bucket, 'requestPayment', writePayer(payer)),
    details: { payer },
  }));
  return { status: 200, headers: {} };
};
