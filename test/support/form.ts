/**
 * A browser's side of PostObject: forms as multipart/form-data, and policies signed as V4 and V2 have it. Written from the S3
 * API reference without a line of `src`. Left out: everything that a browser would not send; tests spoil forms themselves.
 */

import { createHmac } from 'node:crypto';
import type { Headers } from './raw-client.ts';
import { amzDate, type Credentials } from './signer.ts';

/** Name and value, in order; a name may occur twice. */
export type Fields = readonly (readonly [name: string, value: string])[];

export interface FilePart {
  readonly content: string | Uint8Array;
  /** Null: the part has no file name. */
  readonly filename?: string | null;
}

export interface SentForm {
  readonly headers: Headers;
  readonly body: Buffer;
}

export const BOUNDARY = '----WebKitFormBoundaryAbCdEf0123456789';

const part = (disposition: string, content: string | Uint8Array, boundary: string): Buffer =>
  Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`),
    ...(disposition.includes('filename=') ? [Buffer.from('Content-Type: application/octet-stream\r\n')] : []),
    Buffer.from('\r\n'),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);

/** `after`: fields behind the file. Without `file` the form has none. */
export function formOf(fields: Fields, file?: FilePart, after: Fields = [], boundary = BOUNDARY): SentForm {
  const plain = (all: Fields): Buffer[] => all.map(([name, value]) => part(`name="${name}"`, value, boundary));
  const parts = plain(fields);
  if (file !== undefined) {
    const { content, filename = 'photo.jpg' } = file;
    const disposition = filename === null ? 'name="file"' : `name="file"; filename="${filename}"`;
    parts.push(part(disposition, content, boundary));
  }
  const body = Buffer.concat([...parts, ...plain(after), Buffer.from(`--${boundary}--\r\n`)]);
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body };
}

export interface ToSignForm {
  readonly credentials: Credentials;
  readonly bucket: string;
  /** Beside those that it makes: of the bucket, and of each field exactly. */
  readonly conditions?: readonly unknown[];
  /** Fields that get no condition of their own. */
  readonly uncovered?: readonly string[];
  readonly fields: Fields;
  /** Milliseconds since 1970; now when omitted. */
  readonly at?: number;
  readonly expiresAt?: number;
  readonly region?: string;
  /** Instead of the policy that would be made. */
  readonly policy?: string;
}

function policyOf({ bucket, conditions = [], uncovered = [], expiresAt, policy }: ToSignForm, fields: Fields): string {
  if (policy !== undefined) return Buffer.from(policy).toString('base64');
  const exact = fields.filter(([name]) => !uncovered.includes(name)).map(([name, value]) => ({ [name]: value }));
  const expiration = new Date(expiresAt ?? Date.now() + 600_000).toISOString();
  return Buffer.from(JSON.stringify({ expiration, conditions: [{ bucket }, ...exact, ...conditions] })).toString(
    'base64',
  );
}

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The fields with those that sign them under version 4. */
export function signFormV4(form: ToSignForm): Fields {
  const { credentials, fields, at = Date.now(), region = 'us-east-1' } = form;
  const timestamp = amzDate(at);
  const date = timestamp.slice(0, 8);
  const signed: Fields = [
    ...fields,
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${date}/${region}/s3/aws4_request`],
    ['X-Amz-Date', timestamp],
  ];
  const policy = policyOf(form, signed);
  const key = [region, 's3', 'aws4_request'].reduce<Buffer>(
    (before, text) => hmac(before, text),
    hmac(`AWS4${credentials.secretAccessKey}`, date),
  );
  return [...signed, ['Policy', policy], ['X-Amz-Signature', hmac(key, policy).toString('hex')]];
}

/** The same under version 2. */
export function signFormV2(form: ToSignForm): Fields {
  const { credentials, fields } = form;
  const policy = policyOf(form, fields);
  const signature = createHmac('sha1', credentials.secretAccessKey).update(policy).digest('base64');
  return [...fields, ['AWSAccessKeyId', credentials.accessKeyId], ['policy', policy], ['signature', signature]];
}
