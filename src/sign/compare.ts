/** Comparing signatures, and what is said when they differ: what the server signed, never what it computed. */

import { timingSafeEqual } from 'node:crypto';
import { S3Error } from '../model/errors.ts';

/** In constant time, but for the length, which is public. */
export function sameSignature(computed: string, provided: string): boolean {
  const [ours, theirs] = [Buffer.from(computed, 'latin1'), Buffer.from(provided, 'utf8')];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

interface Difference {
  readonly accessKeyId: string;
  readonly signature: string;
  /** One character per byte. */
  readonly stringToSign: string;
  /** V4 only. */
  readonly canonicalRequest?: string;
}

/** With the fields by which S3 lets a client's author find the difference. */
export function mismatch(difference: Difference): S3Error {
  const toSign = redact(difference.stringToSign);
  const { canonicalRequest } = difference;
  return new S3Error('SignatureDoesNotMatch', undefined, {
    fields: {
      AWSAccessKeyId: difference.accessKeyId,
      StringToSign: utf8(toSign),
      SignatureProvided: difference.signature,
      StringToSignBytes: Buffer.from(toSign, 'latin1')
        .toString('hex')
        .replace(/..(?!$)/g, '$& '),
      ...(canonicalRequest === undefined ? {} : { CanonicalRequest: utf8(redact(canonicalRequest)) }),
    },
  });
}

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** Customer keys are part of what is signed and must not leave the request, not even back to its sender. */
const CUSTOMER_KEY = /^(x-amz-(?:copy-source-)?server-side-encryption-customer-key):.*$/gm;
const CUSTOMER_KEY_IN_QUERY = /((?:^|&)x-amz-(?:copy-source-)?server-side-encryption-customer-key=)[^&\n]*/gim;

const redact = (text: string): string =>
  text.replace(CUSTOMER_KEY, '$1:[redacted]').replace(CUSTOMER_KEY_IN_QUERY, '$1[redacted]');
