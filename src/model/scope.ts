/**
 * Scopes of keys: what a key may do of what its account may (SECURITY rules 12 and 13).
 *
 * Names and prefixes are literal: nothing in them is a pattern, and a prefix ends in `/`, so that `a/` never reaches `ab`. All
 * scopes of a caller must let a request through, each with all of its parts. Scopes only take away; what is left is
 * decided by the rest of `access.ts`.
 */

import { isInNetwork } from '../base/network.ts';
import type { KeyScope, ScopedResource } from './entities.ts';

/** What a request reaches for, by the names it uses. */
export type Reach =
  | { readonly kind: 'service' }
  /** The bucket as a whole, or how it is configured. */
  | { readonly kind: 'bucket'; readonly bucket: string }
  /** That the bucket is there and where; or keys in it, of which each is judged for itself. */
  | { readonly kind: 'presence'; readonly bucket: string }
  /** The names of those keys that begin with `prefix`. */
  | { readonly kind: 'listing'; readonly bucket: string; readonly prefix: string }
  | {
      readonly kind: 'object';
      readonly bucket: string;
      readonly key: string;
      /** As the request names it. */
      readonly versionId?: string | undefined;
    };

/** A part of a scope that does not let the request through. */
export interface ScopeFinding {
  readonly text: string;
  readonly remedy: string;
}

interface Scoped {
  readonly reach: Reach;
  readonly actions: readonly string[];
  readonly remoteAddress: string;
}

/** What of `scope` is in the way; empty when it lets the request through. */
export function scopeFindings(scope: KeyScope, asked: Scoped): readonly ScopeFinding[] {
  return [...networkFindings(scope, asked), ...actionFindings(scope, asked), ...resourceFindings(scope, asked)];
}

function networkFindings({ networks }: KeyScope, { remoteAddress }: Scoped): readonly ScopeFinding[] {
  if (networks === undefined || networks.some((network) => isInNetwork(remoteAddress, network))) return [];
  return [
    {
      text: `The key's scope admits requests from ${listed(networks)} only; this one came from ${remoteAddress}.`,
      remedy: `Send the request from one of the scope's networks, or use a key whose scope covers ${remoteAddress}.`,
    },
  ];
}

function actionFindings({ actions }: KeyScope, asked: Scoped): readonly ScopeFinding[] {
  if (actions === undefined) return [];
  const covers = (action: string): boolean =>
    actions === 'read-only' ? READ_ONLY_ACTIONS.has(action) : actions.includes(action);
  const outside = asked.actions.filter((action) => !covers(action));
  const admitted = actions === 'read-only' ? 'what changes nothing' : listed(actions);
  return outside.map((action) => ({
    text: `The key's scope admits ${admitted}; ${action} is not among it.`,
    remedy: `Use a key whose scope covers ${action}.`,
  }));
}

function resourceFindings({ resources }: KeyScope, { reach }: Scoped): readonly ScopeFinding[] {
  if (resources === undefined || reach.kind === 'service') return [];
  const inBucket = resources.filter(({ bucket }) => bucket === reach.bucket);
  if (inBucket.some((resource) => reaches(resource, reach))) return [];
  const places = resources.map(placeOf);
  return [
    {
      text: `The key's scope covers ${listed(places)}; ${wanted(reach)} is outside it.`,
      remedy: `Use a key whose scope covers ${wanted(reach)}${remedyForListing(inBucket, reach)}.`,
    },
  ];
}

const placeOf = ({ bucket, prefix, key, versionId }: ScopedResource): string =>
  `${bucket}/${key ?? prefix ?? ''}${versionId === undefined ? '' : ` (version ${versionId})`}`;

function reaches(resource: ScopedResource, reach: Exclude<Reach, { kind: 'service' }>): boolean {
  const { prefix, key, versionId } = resource;
  if (reach.kind === 'presence') return true;
  if (key !== undefined) {
    // Both, should there ever be: nothing that one of them leaves out.
    if (reach.kind !== 'object' || reach.key !== key || prefix !== undefined) return false;
    return versionId === undefined || reach.versionId === versionId;
  }
  if (versionId !== undefined) return false;
  if (prefix === undefined) return true;
  // A prefix that does not end in a slash would reach into names that only begin alike.
  if (!prefix.endsWith('/')) return false;
  if (reach.kind === 'bucket') return false;
  return (reach.kind === 'listing' ? reach.prefix : reach.key).startsWith(prefix);
}

function wanted(reach: Exclude<Reach, { kind: 'service' }>): string {
  switch (reach.kind) {
    case 'bucket':
      return `the bucket ${reach.bucket} as a whole`;
    case 'presence':
      return `${reach.bucket}/`;
    case 'listing':
      return `the list of ${reach.bucket}/${reach.prefix}`;
    case 'object':
      return `${reach.bucket}/${reach.key}`;
  }
}

function remedyForListing(inBucket: readonly { readonly prefix?: string }[], reach: Reach): string {
  const prefixes = inBucket.flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix]));
  if (reach.kind !== 'listing' || prefixes.length === 0) return '';
  return `, or list with a prefix that begins with ${listed(prefixes)}`;
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));

/** Whether the scopes let the caller know of this bucket: ListBuckets shows no others. */
export const isBucketInScope = (scopes: readonly KeyScope[], bucket: string): boolean =>
  scopes.every(({ resources }) => resources === undefined || resources.some((each) => each.bucket === bucket));

/** The actions of `read-only`: those of S3's operations that change nothing and give nothing out that could. */
export const READ_ONLY_ACTIONS: ReadonlySet<string> = new Set([
  's3:GetAccelerateConfiguration',
  's3:GetAnalyticsConfiguration',
  's3:GetBucketAbac',
  's3:GetBucketAcl',
  's3:GetBucketCORS',
  's3:GetBucketLocation',
  's3:GetBucketLogging',
  's3:GetBucketMetadataTableConfiguration',
  's3:GetBucketNotification',
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketOwnershipControls',
  's3:GetBucketPolicy',
  's3:GetBucketPolicyStatus',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketRequestPayment',
  's3:GetBucketTagging',
  's3:GetBucketVersioning',
  's3:GetBucketWebsite',
  's3:GetEncryptionConfiguration',
  's3:GetIntelligentTieringConfiguration',
  's3:GetInventoryConfiguration',
  's3:GetLifecycleConfiguration',
  's3:GetMetricsConfiguration',
  's3:GetObject',
  's3:GetObjectAcl',
  's3:GetObjectAnnotation',
  's3:GetObjectAttributes',
  's3:GetObjectLegalHold',
  's3:GetObjectRetention',
  's3:GetObjectTagging',
  's3:GetObjectVersion',
  's3:GetObjectVersionAcl',
  's3:GetObjectVersionAttributes',
  's3:GetObjectVersionTagging',
  's3:GetReplicationConfiguration',
  's3:ListAllMyBuckets',
  's3:ListBucket',
  's3:ListBucketMultipartUploads',
  's3:ListBucketVersions',
  's3:ListMultipartUploadParts',
  's3:ListObjectAnnotations',
]);
