/**
 * Ownership controls: who owns the objects of a bucket, and whether ACLs count in it.
 *
 * Source: "Controlling ownership of objects and disabling ACLs for your bucket". `BucketOwnerEnforced`: the bucket's owner owns
 * all objects, whoever wrote them and whenever, and ACLs count for nothing. `BucketOwnerPreferred`: what is written with
 * `bucket-owner-full-control` is the bucket owner's. `ObjectWriter`: who wrote it owns it.
 */

import type { Bucket, ObjectOwnership, PlatformAccess } from './entities.ts';

const OWNERSHIPS: readonly ObjectOwnership[] = Object.freeze([
  'BucketOwnerEnforced',
  'BucketOwnerPreferred',
  'ObjectWriter',
]);

/** What the text names, as S3 writes it; undefined when it is none of the three. */
export const parseOwnership = (text: unknown): ObjectOwnership | undefined => OWNERSHIPS.find((each) => each === text);

/** The bucket's own controls; undefined when it has none. */
export function ownershipControlsOf({ configuration }: Pick<Bucket, 'configuration'>): ObjectOwnership | undefined {
  const text = configuration.ownershipControls;
  if (text === undefined) return undefined;
  const document: { readonly objectOwnership?: unknown } = JSON.parse(text);
  const ownership = parseOwnership(document.objectOwnership);
  if (ownership === undefined) throw new Error('a bucket has ownership controls that nobody wrote');
  return ownership;
}

/** What holds in the bucket: its own controls, or else the platform's. */
export const ownershipOf = (
  bucket: Pick<Bucket, 'configuration'>,
  { objectOwnership }: Pick<PlatformAccess, 'objectOwnership'>,
): ObjectOwnership => ownershipControlsOf(bucket) ?? objectOwnership;

/** The document to keep as `ownershipControls`. */
export const writeOwnership = (objectOwnership: ObjectOwnership): string => JSON.stringify({ objectOwnership });
