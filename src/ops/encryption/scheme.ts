/**
 * What a new object's key is to be sealed with: what the request asks for, else what the bucket says.
 *
 * Sources: PutObject, CopyObject and CreateMultipartUpload in the S3 API reference, "Using server-side encryption with AWS KMS
 * keys (SSE-KMS)". aws:kms means a key of the local key ring; dual-layer encryption (aws:kms:dsse) is left out.
 */

import { bucketEncryptionOf } from '../../model/bucket-encryption.ts';
import type { Encryption } from '../../model/entities.ts';
import { S3Error } from '../../model/errors.ts';
import type { KeyBox } from '../../model/object-keys.ts';
import type { HeaderFields } from '../../wire/request.ts';
import { bucketOf } from '../commit.ts';
import type { Call, Services } from '../types.ts';
import { customerKey, OWN } from './customer.ts';
import { ringKey } from './ring.ts';

/** All of an `Encryption` but the object's own key, and what seals that. */
export interface Scheme extends Omit<Encryption, 'wrappedKey'> {
  readonly box: KeyBox;
}

const METHOD = 'x-amz-server-side-encryption';
const KEY_ID = `${METHOD}-aws-kms-key-id`;
const CONTEXT = `${METHOD}-context`;
const BUCKET_KEY = `${METHOD}-bucket-key-enabled`;

/** Whether the request says anything of how the new object shall be encrypted. */
export const asksForEncryption = (headers: HeaderFields): boolean =>
  headers.names().some((name) => name.startsWith(METHOD));

/**
 * Undefined: the object is stored as it comes. Throws `InvalidArgument`, `NotImplemented`, `KMS.NotFoundException`, what is wrong with a
 * customer's key, and `AccessDenied` where the bucket admits none.
 */
export function schemeFor(call: Call, services: Services): Scheme | undefined {
  const method = call.request.headers.one(METHOD);
  const customer = customerKey(call, services, OWN);
  const configured = bucketEncryptionOf(bucketOf(call));
  if (customer !== undefined) {
    if (method !== undefined) {
      throw invalid(
        METHOD,
        method,
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified. Send one of them.',
      );
    }
    if (configured?.blocked === 'SSE-C') {
      throw new S3Error(
        'AccessDenied',
        'This bucket does not take objects that are encrypted with customer provided keys (BlockedEncryptionTypes).',
      );
    }
    return { type: 'SSE-C', keyMd5: customer.md5, box: customer.box };
  }
  if (method !== undefined) return asked(call, services, method);
  const bucketKey = refuseWithoutMethod(call.request.headers) ?? configured?.bucketKey;
  if (configured?.algorithm === undefined) return undefined;
  if (configured.algorithm === 'AES256') return platform(services);
  return { ...kms(services, configured.keyId), ...(bucketKey !== undefined && { bucketKey }) };
}

export const platform = ({ encryption }: Services): Scheme => ({ type: 'SSE-S3', box: encryption.platform });

function kms(services: Services, asked: string | undefined): Scheme {
  const { keyId, box } = ringKey(services, asked);
  return { type: 'SSE-KMS', keyId, box };
}

function asked({ request: { headers } }: Call, services: Services, method: string): Scheme {
  if (method === 'AES256') {
    refuseWithoutMethod(headers);
    return platform(services);
  }
  if (method === 'aws:kms') {
    const context = contextOf(headers);
    const bucketKey = flag(headers, BUCKET_KEY);
    return {
      ...kms(services, headers.one(KEY_ID)),
      ...(context !== undefined && { context }),
      ...(bucketKey !== undefined && { bucketKey }),
    };
  }
  if (!['aws:kms:dsse', 'aws:fsx', 'aws:backup'].includes(method)) {
    throw invalid(METHOD, method, 'The encryption method specified is not supported. Use AES256 or aws:kms.');
  }
  throw new S3Error('NotImplemented', `The encryption method ${method} is not implemented. Use AES256 or aws:kms.`, {
    fields: { Header: METHOD },
  });
}

/** What is said of a KMS key without aws:kms would have no effect. Answers what is said of a bucket key, which the bucket's default may need. */
function refuseWithoutMethod(headers: HeaderFields): boolean | undefined {
  const found = [KEY_ID, CONTEXT].find((name) => headers.has(name));
  if (found !== undefined) {
    throw invalid(
      found,
      headers.one(found) ?? '',
      `Server Side Encryption with AWS KMS managed key requires HTTP header ${METHOD} : aws:kms`,
    );
  }
  return flag(headers, BUCKET_KEY);
}

/** Base64 of a JSON object of texts. Throws `InvalidArgument`. */
function contextOf(headers: HeaderFields): string | undefined {
  const text = headers.one(CONTEXT);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === text && isTexts(bytes.toString('utf8'))) return text;
  throw invalid(
    CONTEXT,
    text,
    'The header x-amz-server-side-encryption-context must be a JSON object of texts, written as base64.',
  );
}

function isTexts(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((each) => typeof each === 'string')
    );
  } catch {
    return false;
  }
}

function flag(headers: HeaderFields, name: string): boolean | undefined {
  const text = headers.one(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid(name, text, `The header ${name} must be true or false.`);
}

const invalid = (name: string, value: string, message: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });
