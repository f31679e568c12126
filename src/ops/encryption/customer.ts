/**
 * Keys that customers send along with each request (SSE-C): read from their three headers, and forgotten with the request.
 *
 * Sources: "Using server-side encryption with customer-provided keys" in the S3 user guide; codes and texts are S3's own. What
 * is kept is the object's own key, sealed with the customer's, and the MD5 of that, which answers repeat. No error and no log
 * repeats a key (SECURITY rule 26).
 */

import { createHash } from 'node:crypto';
import { createSealer } from '../../base/seal.ts';
import { S3Error } from '../../model/errors.ts';
import { type KeyBox, keyBox } from '../../model/object-keys.ts';
import type { HeaderFields } from '../../wire/request.ts';
import type { Call, Services } from '../types.ts';

export interface CustomerKey {
  readonly box: KeyBox;
  /** Base64, as it was sent. */
  readonly md5: string;
}

const KEY_BYTES = 32;
/** Of the request's own object, and of a copy's source. */
type Prefix = 'x-amz-server-side-encryption-' | 'x-amz-copy-source-server-side-encryption-';
export const OWN: Prefix = 'x-amz-server-side-encryption-';
export const SOURCE: Prefix = 'x-amz-copy-source-server-side-encryption-';

/** Undefined when none of the headers is there. Throws `InvalidRequest`, `InvalidArgument`, `InvalidEncryptionAlgorithmError`. */
export function customerKey(call: Call, services: Services, prefix: Prefix): CustomerKey | undefined {
  const { headers, secure } = call.request;
  const names = namesWith(prefix);
  if (!Object.values(names).some((name) => headers.has(name))) return undefined;
  if (!secure && !services.encryption.customerKeysWithoutTls) {
    throw new S3Error(
      'InvalidRequest',
      'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.',
    );
  }
  checkAlgorithm(headers, names.algorithm);
  const key = keyBytes(headers, names.key);
  const md5 = told(headers, names.md5);
  if (md5 === undefined) throw missing(names.md5, 'the client calculated MD5 of the secret key');
  if (createHash('md5').update(key).digest('base64') !== md5) {
    throw invalid(names.md5, 'The calculated MD5 hash of the key did not match the hash that was provided.');
  }
  return { box: keyBox(createSealer(key, services.random)), md5 };
}

const namesWith = (prefix: Prefix) => ({
  algorithm: `${prefix}customer-algorithm`,
  key: `${prefix}customer-key`,
  md5: `${prefix}customer-key-md5`,
});

function checkAlgorithm(headers: HeaderFields, name: string): void {
  const algorithm = told(headers, name);
  if (algorithm === undefined) throw missing(name, 'a valid encryption algorithm');
  if (algorithm === 'AES256') return;
  throw new S3Error('InvalidEncryptionAlgorithmError', undefined, {
    fields: { ArgumentName: name, ArgumentValue: algorithm },
  });
}

function keyBytes(headers: HeaderFields, name: string): Buffer {
  const text = told(headers, name);
  if (text === undefined) throw missing(name, 'an appropriate secret key');
  const key = Buffer.from(text, 'base64');
  if (key.length === KEY_BYTES && key.toString('base64') === text) return key;
  throw invalid(
    name,
    `The secret key was invalid for the specified algorithm: it must be ${KEY_BYTES} bytes, written as base64.`,
  );
}

const told = (headers: HeaderFields, name: string): string | undefined => {
  const value = headers.one(name);
  return value === '' ? undefined : value;
};

const invalid = (name: string, message: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: name } });

const missing = (name: string, what: string): S3Error =>
  invalid(
    name,
    `Requests specifying Server Side Encryption with Customer provided keys must provide ${what}, in the header ${name}.`,
  );
