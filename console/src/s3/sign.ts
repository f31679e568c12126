/**
 * Signature V4 (AWS General Reference, "Signing AWS API requests"): in the query for reads, so that the browser needs no preflight, in
 * headers for writes. Hashes are plain code, not Web Crypto: that is missing on plain HTTP, and one way is better than two.
 */

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64Of, encodeName, hexOf, utf8 } from './encode.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type Headers = Readonly<Record<string, string>>;

export interface ToSign {
  readonly method: string;
  readonly host: string;
  /** Encoded. */
  readonly path: string;
  /** Decoded. */
  readonly query: Headers;
  /** Names in lower case. */
  readonly headers: Headers;
}

export interface With {
  readonly credentials: Credentials;
  readonly region: string;
  /** ms */
  readonly at: number;
}

export const UNSIGNED = 'UNSIGNED-PAYLOAD';

export const sha256Hex = (data: string | Uint8Array): string =>
  hexOf(sha256(typeof data === 'string' ? utf8(data) : data));

/** The digest that S3 demands of some documents, as a header. SHA-256 serves in place of Content-MD5. */
export const digestOf = (document: string): Headers => ({ 'x-amz-checksum-sha256': base64Of(sha256(utf8(document))) });

const mac = (key: Uint8Array, text: string): Uint8Array => hmac(sha256, key, utf8(text));

/** `20260503T091200Z` */
const stampOf = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');

const ordered = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Encoded, in the order in which it is signed and sent. */
export const queryText = (query: Headers): string =>
  Object.entries(query)
    .map(([name, value]) => `${encodeName(name)}=${encodeName(value)}`)
    .sort(ordered)
    .join('&');

function signatureOf(
  { method, path, query, headers }: ToSign,
  { credentials, region, at }: With,
  payload: string,
): string {
  const names = Object.keys(headers).sort(ordered);
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
  const canonical = [method, path, queryText(query), lines, names.join(';'), payload].join('\n');
  const stamp = stampOf(at);
  const day = stamp.slice(0, 8);
  const text = ['AWS4-HMAC-SHA256', stamp, `${day}/${region}/s3/aws4_request`, sha256Hex(canonical)].join('\n');
  const parts = [day, region, 's3', 'aws4_request'];
  const key = parts.reduce((made, part) => mac(made, part), utf8(`AWS4${credentials.secretAccessKey}`) as Uint8Array);
  return hexOf(mac(key, text));
}

const scopeOf = ({ region, at }: With): string => `${stampOf(at).slice(0, 8)}/${region}/s3/aws4_request`;

/** The headers to send, `host` aside, which the browser sends by itself. `payload`: SHA-256 in hex, or `UNSIGNED`. */
export function signHeaders(asked: ToSign, by: With, payload: string): Record<string, string> {
  const { accessKeyId, sessionToken } = by.credentials;
  const headers = {
    ...asked.headers,
    'x-amz-date': stampOf(by.at),
    'x-amz-content-sha256': payload,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signed = { ...headers, host: asked.host };
  const signature = signatureOf({ ...asked, headers: signed }, by, payload);
  const names = Object.keys(signed).sort(ordered).join(';');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeOf(by)}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The query that makes a request one of whoever signed it, for `seconds`. Headers in `asked` must be sent as they are. */
export function signQuery(asked: ToSign, by: With, seconds: number): Record<string, string> {
  const { accessKeyId, sessionToken } = by.credentials;
  const headers = { ...asked.headers, host: asked.host };
  const query = {
    ...asked.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scopeOf(by)}`,
    'X-Amz-Date': stampOf(by.at),
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': Object.keys(headers).sort(ordered).join(';'),
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
  };
  return { ...query, 'X-Amz-Signature': signatureOf({ ...asked, headers, query }, by, UNSIGNED) };
}
