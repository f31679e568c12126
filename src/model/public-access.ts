/**
 * Public-access block: four switches that take the public out of ACLs and policies, of a bucket and of the whole platform.
 *
 * Source: "Blocking public access to your Amazon S3 storage": a switch holds when it is on in either place. Two of them
 * refuse what would be public when it is set (the handlers), two make what is there count for less (`model/access.ts`).
 */

import type { Acl, Bucket, Grant, PlatformAccess, PublicAccessBlock } from './entities.ts';

/** The bucket's own block; undefined when it has none. */
export function bucketBlockOf({ configuration }: Pick<Bucket, 'configuration'>): PublicAccessBlock | undefined {
  const text = configuration.publicAccessBlock;
  if (text === undefined) return undefined;
  const document: Readonly<Partial<Record<keyof PublicAccessBlock, unknown>>> = JSON.parse(text);
  // Whatever is not plainly off is on: a document that nobody wrote opens nothing.
  return {
    blockPublicAcls: document.blockPublicAcls !== false,
    ignorePublicAcls: document.ignorePublicAcls !== false,
    blockPublicPolicy: document.blockPublicPolicy !== false,
    restrictPublicBuckets: document.restrictPublicBuckets !== false,
  };
}

/** What holds for the bucket: the switches that are on for it or for the platform. */
export function publicAccessBlockOf(
  bucket: Pick<Bucket, 'configuration'>,
  { publicAccessBlock: platform }: Pick<PlatformAccess, 'publicAccessBlock'>,
): PublicAccessBlock {
  const own = bucketBlockOf(bucket);
  if (own === undefined) return platform;
  return {
    blockPublicAcls: own.blockPublicAcls || platform.blockPublicAcls,
    ignorePublicAcls: own.ignorePublicAcls || platform.ignorePublicAcls,
    blockPublicPolicy: own.blockPublicPolicy || platform.blockPublicPolicy,
    restrictPublicBuckets: own.restrictPublicBuckets || platform.restrictPublicBuckets,
  };
}

/** The document to keep as `publicAccessBlock`. */
export const writePublicAccessBlock = ({
  blockPublicAcls,
  ignorePublicAcls,
  blockPublicPolicy,
  restrictPublicBuckets,
}: PublicAccessBlock): string =>
  JSON.stringify({ blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets });

/** Grants to everybody, or to everybody with an account; LogDelivery is neither. */
export const isPublicGrant = ({ grantee }: Grant): boolean =>
  grantee.type === 'group' && (grantee.group === 'AllUsers' || grantee.group === 'AuthenticatedUsers');

/** Whether the ACL is public in the sense of the block. */
export const isPublicAcl = ({ grants }: Pick<Acl, 'grants'>): boolean => grants.some(isPublicGrant);
