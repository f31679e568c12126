/**
 * Tags of objects and buckets: what they may be called and how many there may be.
 *
 * Sources: "Object tagging" and "Using cost allocation S3 bucket tags" in the S3 user guide, PutObjectTagging and
 * PutBucketTagging in the API reference.
 */

import type { Tag } from './entities.ts';
import { S3Error } from './errors.ts';

export interface TagLimits {
  readonly objectTags: number;
  readonly bucketTags: number;
  /** In UTF-16 code units, as AWS counts. */
  readonly tagKeyLength: number;
  readonly tagValueLength: number;
}

/** Letters, numbers and spaces of any script, and `+ - = . _ : / @`. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const RESERVED = /^aws:/i;

/** Throws `BadRequest` for too many, `InvalidTag` for one that may not be. */
export function checkTags(tags: readonly Tag[], of: 'object' | 'bucket', limits: TagLimits): void {
  const most = of === 'object' ? limits.objectTags : limits.bucketTags;
  if (tags.length > most) {
    const message = of === 'object' ? 'Object tags cannot be greater than' : 'Bucket tag count cannot be greater than';
    throw new S3Error('BadRequest', `${message} ${most}`);
  }
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    if (key === '' || key.length > limits.tagKeyLength || !ALLOWED.test(key)) {
      throw invalidTag(`The TagKey you have provided is invalid: ${rule(1, limits.tagKeyLength)}`, 'TagKey', key);
    }
    if (value.length > limits.tagValueLength || !ALLOWED.test(value)) {
      throw invalidTag(
        `The TagValue you have provided is invalid: ${rule(0, limits.tagValueLength)}`,
        'TagValue',
        value,
      );
    }
    if (RESERVED.test(key)) throw invalidTag('Your TagKey cannot be prefixed with aws:', 'TagKey', key);
    if (seen.has(key)) throw invalidTag('Cannot provide multiple Tags with the same key', 'TagKey', key);
    seen.add(key);
  }
}

const rule = (from: number, to: number): string =>
  `${from} to ${to} letters, numbers, spaces and + - = . _ : / @ are allowed.`;

const invalidTag = (message: string, name: string, value: string): S3Error =>
  new S3Error('InvalidTag', message, { fields: { [name]: value } });

/** As `Bucket.configuration` keeps them. */
export const writeTags = (tags: readonly Tag[]): string => JSON.stringify(tags.map(({ key, value }) => [key, value]));

/** What `writeTags` wrote. */
export function parseTags(text: string): readonly Tag[] {
  const pairs: readonly (readonly [string, string])[] = JSON.parse(text);
  return pairs.map(([key, value]) => ({ key, value }));
}
