/**
 * GetBucketRequestPayment, PutBucketRequestPayment. Sources: both operations in the S3 API reference. That requests of others
 * must carry `x-amz-request-payer` is decided with everything else they need (`model/access.ts`).
 */

import { payerOf, writePayer } from '../model/request-payment.ts';
import { readRequestPayment, writeRequestPayment } from '../wire/documents/request-payment.ts';
import { changeBucket, withDocument } from './change.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from './table.ts';
import type { Call, Handler, Reply } from './types.ts';

const CHARGED = 'x-amz-request-charged';

/** Of the operations on buckets, those whose answers say who was charged; of the operations on objects it is all. */
const LISTINGS: ReadonlySet<OperationName> = new Set([
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListMultipartUploads',
  'DeleteObjects',
]);

/** The answer, which tells whoever must say that they pay (everybody but the bucket's owner) that they would have. */
export function withCharge({ operation, caller, target: { bucket } }: Call, reply: Reply): Reply {
  if (bucket === undefined || payerOf(bucket.configuration) !== 'Requester') return reply;
  const { on, method }: OperationRow = OPERATIONS[operation];
  if ((on !== 'object' || method === 'OPTIONS') && !LISTINGS.has(operation)) return reply;
  if (caller.kind === 'account' && caller.account.id === bucket.owner) return reply;
  return { ...reply, headers: { ...reply.headers, [CHARGED]: 'requester' } };
}

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
