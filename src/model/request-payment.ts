/**
 * Who pays for requests to a bucket, as its document `requestPayment` keeps it. Source: "Using Requester Pays buckets". Nobody
 * is charged here; what remains of it is that requests of others must say that they would pay.
 */

import type { BucketConfiguration } from './entities.ts';

export type Payer = 'BucketOwner' | 'Requester';

/** What it is where nothing is configured. */
const DEFAULT: Payer = 'BucketOwner';

export const payerOf = ({ requestPayment }: BucketConfiguration): Payer =>
  requestPayment === writePayer('Requester') ? 'Requester' : DEFAULT;

/** The document; none for the default. */
export const writePayer = (payer: Payer): string | undefined => (payer === DEFAULT ? undefined : JSON.stringify(payer));
