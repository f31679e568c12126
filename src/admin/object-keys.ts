/**
 * The keys of encrypted objects, sealed with the master key (SSE-S3). A sealed key opens only for the object that it belongs
 * to: one that was put into another object's row is of no use there.
 */

import type { Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import type { BucketId } from '../model/entities.ts';

export interface ObjectPlace {
  readonly bucketId: BucketId;
  readonly key: string;
}

export const sealObjectKey = (sealer: Sealer, place: ObjectPlace, key: Uint8Array): string =>
  sealer.seal('object-key', contextOf(place), new Secret(Buffer.from(key).toString('base64')));

/** Throws `SealError`. */
export const unsealObjectKey = (sealer: Sealer, place: ObjectPlace, sealed: string): Buffer =>
  Buffer.from(sealer.unseal('object-key', contextOf(place), sealed).reveal(), 'base64');

const contextOf = ({ bucketId, key }: ObjectPlace): string => JSON.stringify([bucketId, key]);
