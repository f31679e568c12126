/**
 * The keys of objects in use: made for a new object or upload, opened for one that is there, sealed anew for a copy.
 *
 * Each encrypted object has a random key of its own; what its row keeps is that key sealed (`Encryption`), and its bytes are
 * segments under it (`base/cipher.ts`). Everything here takes "not encrypted" as undefined, so that handlers have one way.
 */

import { OBJECT_KEY_BYTES } from '../../base/cipher.ts';
import { SealError } from '../../base/seal.ts';
import type { Encryption, ObjectVersion, Upload, VersionAttributes } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import type { ObjectPlace } from '../../model/object-keys.ts';
import type { ReplyHeaders } from '../headers.ts';
import type { Call, Services } from '../types.ts';
import { customerKey, OWN, SOURCE } from './customer.ts';
import { ringKey } from './ring.ts';
import type { Scheme } from './scheme.ts';

/** How one object or upload is encrypted, and its key. */
export interface Sealing {
  readonly encryption: Encryption;
  readonly key: Uint8Array;
}

/** With a new key, or with one that the bytes are encrypted with already. */
export function seal(
  { random }: Pick<Services, 'random'>,
  { box, ...scheme }: Scheme,
  place: ObjectPlace,
  key: Uint8Array = random.bytes(OBJECT_KEY_BYTES),
): Sealing {
  const wrappedKey = box.seal({ ...place, context: scheme.context }, key);
  return { encryption: { ...scheme, wrappedKey }, key };
}

/** What else a version has, and how it is encrypted. */
export const withEncryption = (besides: VersionAttributes, sealing: Sealing | undefined): VersionAttributes =>
  sealing === undefined ? besides : { ...besides, encryption: sealing.encryption };

/**
 * Of the object that is read, or that a copy is made from. Throws `InvalidRequest` for a customer's key that is missing or not needed,
 * `AccessDenied` for a wrong one.
 */
export function openObject(
  call: Call,
  services: Services,
  {
    bucketId,
    version,
    from,
  }: { readonly bucketId: string; readonly version: ObjectVersion; readonly from: 'target' | 'source' },
): Sealing | undefined {
  const customer = customerKey(call, services, from === 'target' ? OWN : SOURCE);
  const encryption = version.attributes?.encryption;
  const place = { bucketId, key: version.key };
  if (encryption?.type === 'SSE-C') {
    if (customer !== undefined) return opened(encryption, place, customer.box);
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (customer !== undefined) {
    throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
  }
  return encryption && openWithout(services, encryption, place);
}

/** Of the upload that a part goes into. Throws `InvalidRequest` for a customer's key that is missing, not needed, or another one. */
export function openUpload(call: Call, services: Services, upload: Upload): Sealing | undefined {
  const customer = customerKey(call, services, OWN);
  const encryption = upload.attributes?.encryption;
  if (encryption?.type === 'SSE-C') {
    if (customer === undefined) {
      throw new S3Error(
        'InvalidRequest',
        'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
      );
    }
    if (customer.box.isCurrent(encryption.wrappedKey)) return opened(encryption, upload, customer.box);
    throw new S3Error('InvalidRequest', 'The provided encryption parameters did not match the ones used originally.');
  }
  if (customer !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters.',
    );
  }
  return encryption && openWithout(services, encryption, upload);
}

/** The same for what needs the key only if it is there: a completion, a listing of parts. */
export function openUploadIfTold(call: Call, services: Services, upload: Upload): Sealing | undefined {
  const told = customerKey(call, services, OWN) !== undefined;
  return upload.attributes?.encryption?.type === 'SSE-C' && !told ? undefined : openUpload(call, services, upload);
}

function openWithout(services: Services, encryption: Encryption, place: ObjectPlace): Sealing {
  const box = encryption.type === 'SSE-KMS' ? ringKey(services, encryption.keyId).box : services.encryption.platform;
  return opened(encryption, place, box);
}

function opened(encryption: Encryption, place: ObjectPlace, box: Scheme['box']): Sealing {
  const { bucketId, key } = place;
  try {
    const at = { bucketId, key, context: encryption.context };
    return { encryption, key: box.unseal(at, encryption.wrappedKey) };
  } catch (error) {
    if (encryption.type === 'SSE-C' && error instanceof SealError && error.reason === 'other-master-key') {
      throw new S3Error('AccessDenied', 'The customer provided key is not the one that the object was encrypted with.');
    }
    throw error;
  }
}

const METHOD = 'x-amz-server-side-encryption';

/** What answers say of how an object is encrypted. `context` only those that S3 has it in: where an object or upload is made. */
export function encryptionHeaders(encryption: Encryption | undefined, context = false): ReplyHeaders {
  switch (encryption?.type) {
    case undefined:
      return {};
    case 'SSE-S3':
      return { [METHOD]: 'AES256' };
    case 'SSE-C':
      return {
        [`${METHOD}-customer-algorithm`]: 'AES256',
        [`${METHOD}-customer-key-MD5`]: encryption.keyMd5 ?? '',
      };
    case 'SSE-KMS':
      return {
        [METHOD]: 'aws:kms',
        [`${METHOD}-aws-kms-key-id`]: encryption.keyId ?? '',
        ...(encryption.bucketKey === true && { [`${METHOD}-bucket-key-enabled`]: 'true' }),
        ...(context && encryption.context !== undefined && { [`${METHOD}-context`]: encryption.context }),
      };
  }
}
