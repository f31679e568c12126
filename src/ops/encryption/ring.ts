/**
 * Keys that aws:kms names, in the local key ring that the operator configured. A key is named by its id, by an ARN that ends
 * in `:key/ID`, or not at all: then it is the ring's first. Source: the header x-amz-server-side-encryption-aws-kms-key-id.
 */

import { S3Error } from '../../model/errors.ts';
import type { KeyBox } from '../../model/object-keys.ts';
import type { Services } from '../types.ts';

export interface RingKey {
  readonly keyId: string;
  readonly box: KeyBox;
}

const ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]*:[A-Za-z0-9-]*:key\/(.+)$/;

/** Throws `NotImplemented` where there is no ring, `KMS.NotFoundException` for a key that is not in it. */
export function ringKey({ encryption: { ring } }: Services, asked: string | undefined): RingKey {
  const [first] = ring;
  if (first === undefined) {
    throw new S3Error(
      'NotImplemented',
      'aws:kms is not configured on this server: its operator names a file of keys with the setting encryption.key-ring. Use AES256 instead.',
    );
  }
  if (asked === undefined || asked === '') return { keyId: first[0], box: first[1] };
  const keyId = ARN.exec(asked)?.[1] ?? asked;
  const box = ring.get(keyId);
  if (box !== undefined) return { keyId, box };
  throw new S3Error(
    'KMS.NotFoundException',
    `The key "${keyId}" does not exist in this server's key ring. Name one that its operator configured, or none for the default.`,
  );
}
