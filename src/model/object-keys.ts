/**
 * The keys of encrypted objects, sealed: with the master key (SSE-S3), with a key of the local key ring (aws:kms) or with the
 * customer's (SSE-C). A sealed key opens only for the object that it belongs to: one that was put into another object's row
 * is of no use there.
 */

import type { Sealer } from '../base/seal.ts';
import { Secret } from '../base/secret.ts';
import type { BucketId } from './entities.ts';

export interface ObjectPlace {
  readonly bucketId: BucketId;
  readonly key: string;
  /** aws:kms: the encryption context, which must be the same again. */
  readonly context?: string | undefined;
}

/** Seals keys of objects and opens nothing else. */
export interface KeyBox {
  /** Whether it was sealed with the newest key. Says nothing of whether it opens. */
  isCurrent(sealed: string): boolean;
  seal(place: ObjectPlace, key: Uint8Array): string;
  /** Throws `SealError`. */
  unseal(place: ObjectPlace, sealed: string): Buffer;
}

export const keyBox = (sealer: Sealer): KeyBox =>
  Object.freeze({
    isCurrent: (sealed: string) => sealer.isCurrent(sealed),
    seal: (place: ObjectPlace, key: Uint8Array) =>
      sealer.seal('object-key', contextOf(place), new Secret(Buffer.from(key).toString('base64'))),
    unseal: (place: ObjectPlace, sealed: string) =>
      Buffer.from(sealer.unseal('object-key', contextOf(place), sealed).reveal(), 'base64'),
  });

const contextOf = ({ bucketId, key, context }: ObjectPlace): string =>
  JSON.stringify(context === undefined ? [bucketId, key] : [bucketId, key, context]);

/** Keys that aws:kms can name, by id. The first is the default. Empty: there is no ring. */
export type KeyRing = ReadonlyMap<string, KeyBox>;

/** What the platform encrypts objects with, and how. */
export interface EncryptionServices {
  /** The master key's: SSE-S3. */
  readonly platform: KeyBox;
  readonly ring: KeyRing;
  /** Customer keys are taken on connections without TLS too. */
  readonly customerKeysWithoutTls: boolean;
}
