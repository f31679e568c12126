/**
 * Who pays for requests to a bucket, as its document `requestPayment` keeps it. Source: "Using Requester Pays buckets". Nobody
 * is charged here; what remains of it is that requests of others must say that they would pay.
 */

import type { BucketConfiguration } from './entities.ts';

export type Payer = 'BucketOwner' | 'Requester';

/** Whatever is stored and not plainly the default is the stricter one. */
export function payerOf({ requestPayment }: BucketConfiguration): Payer {
  const byDefault = requestPayment === undefined || requestPayment === writePayer('BucketOwner');
  return byDefault ? 'BucketOwner' : 'Requester';
}

/** The document. */
export const writePayer = (payer: Payer): string => JSON.stringify(payer);
