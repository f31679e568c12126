/**
 * Bucket names: what may be created, and what could exist at all.
 *
 * Source: "General purpose bucket naming rules". The reserved prefixes and suffixes belong to other S3 services and are
 * refused so that names stay portable; `-an` is S3's for account-regional names. Every legal name is also a legal sequence
 * of host name labels, so that virtual-host addressing reaches every bucket. Left out: names that are a part of the
 * server's own host names, which only the configuration knows.
 */

import { LIMITS } from '../base/limits.ts';
import { S3Error } from './errors.ts';

const PATTERN = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/;
const IP_LIKE = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'] as const;
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3', '-an'] as const;

/** Why a name cannot be created, for its user to read; undefined when it can. */
function fault(name: string): string | undefined {
  if (name.length < LIMITS.bucketNameMin || name.length > LIMITS.bucketNameMax) {
    return `Bucket names have ${LIMITS.bucketNameMin} to ${LIMITS.bucketNameMax} characters.`;
  }
  if (!PATTERN.test(name)) {
    return 'Bucket names consist of lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit.';
  }
  if (name.includes('..')) return 'Bucket names have no two dots in a row.';
  if (name.includes('.-') || name.includes('-.')) return 'Bucket names have no dot beside a hyphen.';
  if (IP_LIKE.test(name)) return 'Bucket names do not look like an IP address.';
  const prefix = RESERVED_PREFIXES.find((reserved) => name.startsWith(reserved));
  if (prefix !== undefined) return `Bucket names do not begin with "${prefix}".`;
  const suffix = RESERVED_SUFFIXES.find((reserved) => name.endsWith(reserved));
  if (suffix !== undefined) return `Bucket names do not end with "${suffix}".`;
  return undefined;
}

/** Refuses names that CreateBucket may not take: `InvalidBucketName`, with the rule that was broken. */
export function checkBucketName(name: string): void {
  const problem = fault(name);
  if (problem === undefined) return;
  throw new S3Error('InvalidBucketName', `The specified bucket is not valid. ${problem}`, {
    fields: { BucketName: name },
  });
}

/** False for names that no bucket can have: they need no look into the store. */
export const isBucketName = (name: string): boolean => fault(name) === undefined;
