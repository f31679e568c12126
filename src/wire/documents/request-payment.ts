/** RequestPaymentConfiguration, both ways. Sources: GetBucketRequestPayment and PutBucketRequestPayment in the S3 API reference. */

import type { Payer } from '../../model/request-payment.ts';
import { malformedXml, type XmlLimits } from '../xml.ts';
import { leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'RequestPaymentConfiguration';

/** Throws `MalformedXML`. */
export function readRequestPayment(bytes: Uint8Array, limits: XmlLimits): Payer {
  const payer = new Members(readRoot(bytes, ROOT, limits), ['Payer']).requiredText('Payer');
  if (payer === 'BucketOwner' || payer === 'Requester') return payer;
  throw malformedXml('Payer must be BucketOwner or Requester');
}

export const writeRequestPayment = (payer: Payer): string => s3Document(ROOT, leaf('Payer', payer));
