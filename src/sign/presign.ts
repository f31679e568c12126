/**
 * An address that lets whoever has it read one object, by a signature in its query (V4): what shared links are made of.
 *
 * Source: "Authenticating Requests: Using Query Parameters" in the S3 API reference. Pure: of the same values the same address.
 */

import type { Secret } from '../base/secret.ts';
import { uriEncode } from './encode.ts';
import { ALGORITHM, deriveSigningKey, SERVICE, scopeText, signatureV4, stringToSign } from './v4.ts';

export interface Presigned {
  /** Origin of S3. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secret: Secret;
  readonly bucket: string;
  readonly key: string;
  /** Beside those of the signature: `versionId`, `response-content-disposition`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly signedAt: number;
  readonly seconds: number;
}

/** Of a GET by path. */
export function presignedUrl(link: Presigned): string {
  const { endpoint, region, accessKeyId, secret, bucket, key, seconds } = link;
  const timestamp = `${new Date(link.signedAt).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const scope = { date: timestamp.slice(0, 8), region, service: SERVICE };
  const path = `/${[bucket, ...key.split('/')].map(uriEncode).join('/')}`;
  const parameters = {
    ...link.parameters,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKeyId}/${scopeText(scope)}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': `${seconds}`,
    'X-Amz-SignedHeaders': 'host',
  };
  const encoded = Object.entries(parameters).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  // By name: no name is another's beginning but for `=`, which comes before letters and after `-`; none of ours is so.
  const query = encoded.sort().join('&');
  const host = endpoint.slice(endpoint.indexOf('://') + 3);
  const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const signature = signatureV4(deriveSigningKey(secret, scope), stringToSign(canonical, timestamp, scope));
  return `${endpoint}${path}?${query}&X-Amz-Signature=${signature}`;
}
