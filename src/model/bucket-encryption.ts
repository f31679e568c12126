/**
 * A bucket's default encryption: what happens to objects whose writers say nothing of encryption, and what writers may not ask.
 *
 * Source: PutBucketEncryption in the S3 API reference; "Blocking or unblocking SSE-C for a general purpose bucket".
 */

import type { Bucket } from './entities.ts';

export interface BucketEncryption {
  /** Undefined: objects are stored as they come. */
  readonly algorithm?: 'AES256' | 'aws:kms';
  /** aws:kms: a key of the ring; undefined: its default. */
  readonly keyId?: string;
  /** Absent: nothing was said. */
  readonly bucketKey?: boolean;
  /** Customer keys are refused. Absent: nothing was said. */
  readonly blocked?: 'SSE-C' | 'NONE';
}

/** Undefined when it was never set. */
export function bucketEncryptionOf({ configuration }: Pick<Bucket, 'configuration'>): BucketEncryption | undefined {
  const text = configuration.encryption;
  if (text === undefined) return undefined;
  const document: BucketEncryption = JSON.parse(text);
  if (ALGORITHMS.has(document.algorithm)) return document;
  throw new Error('a bucket has default encryption that nobody wrote');
}

const ALGORITHMS: ReadonlySet<unknown> = new Set(['AES256', 'aws:kms', undefined]);

/** The document to keep as `encryption`. */
export const writeBucketEncryption = (encryption: BucketEncryption): string => JSON.stringify(encryption);
