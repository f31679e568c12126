/**
 * Signature version 4: from a request to the canonical request, the string to sign and the signature. Pure.
 *
 * Source: "Signature Calculations for the Authorization Header" and "Authenticating Requests: Using Query Parameters" in
 * the S3 API reference. The canonical request is built from what the rest of the server acts on: the decoded query, the
 * decoded path, header bytes as they came. Texts hold one character per byte.
 * Left out: SigV4A (elliptic curves), which `claim.ts` answers with 501.
 */

import { createHmac, hash } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { trimHeader } from '../wire/fields.ts';
import type { QueryParameter, S3Request } from '../wire/request.ts';
import { canonicalPath, uriEncode } from './encode.ts';
import type { V4Claim } from './types.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const SERVICE = 's3';
export const TERMINATOR = 'aws4_request';

export type Scope = Pick<V4Claim, 'date' | 'region' | 'service'>;

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/${TERMINATOR}`;

/**
 * What clients may have signed for this request, the documented form first. `payload` is the last line: what
 * `x-amz-content-sha256` says, or UNSIGNED-PAYLOAD.
 *
 * Runs of blanks inside a header value are folded into one, says AWS, and its SDKs do; s3cmd leaves them. Both forms are
 * taken: a form with a run in it is the folded form of no request, so neither can stand for another request.
 */
export function canonicalRequests(
  request: S3Request,
  claim: Pick<V4Claim, 'place' | 'signedHeaders'>,
  payload: string,
): readonly [string, ...string[]] {
  const folded = canonicalRequest(request, claim, payload, fold);
  const uneven = claim.signedHeaders.some((name) => request.headers.raw(name).some((value) => UNEVEN.test(value)));
  if (!uneven) return [folded];
  const kept = canonicalRequest(request, claim, payload, trimHeader);
  return kept === folded ? [folded] : [folded, kept];
}

type Reading = (value: string) => string;

function canonicalRequest(
  request: S3Request,
  claim: Pick<V4Claim, 'place' | 'signedHeaders'>,
  payload: string,
  read: Reading,
): string {
  let text = `${request.method}\n${canonicalPath(request.rawPath, request.addressing)}\n`;
  text += `${canonicalQuery(request.parameters, claim.place)}\n`;
  for (const name of claim.signedHeaders) text += `${name}:${canonicalValue(request.headers.raw(name), read)}\n`;
  return `${text}\n${claim.signedHeaders.join(';')}\n${payload}`;
}

export function stringToSign(canonical: string, timestamp: string, scope: Scope): string {
  return `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256Hex(canonical)}`;
}

/** The four steps of "Calculate the signing key"; the result is good for one day, region and service. */
export function deriveSigningKey(secret: Secret, { date, region, service }: Scope): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret.reveal()}`, date), region), service), TERMINATOR);
}

/** Lower-case hex. */
export const signatureV4 = (key: Buffer, text: string): string =>
  createHmac('sha256', key).update(text, 'latin1').digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();

const sha256Hex = (bytes: string): string => hash('sha256', Buffer.from(bytes, 'latin1'), 'hex');

interface Encoded {
  readonly name: string;
  readonly value: string;
}

/**
 * Names and values encoded anew, sorted by name, then by value. A parameter without `=` has an empty value; `+` in a
 * value is a space, as it is for whoever reads the value.
 */
function canonicalQuery(parameters: readonly QueryParameter[], place: V4Claim['place']): string {
  if (parameters.length === 0) return '';
  const encoded: Encoded[] = [];
  for (const { name, value } of parameters) {
    if (place === 'query' && name === 'X-Amz-Signature') continue;
    encoded.push({ name: uriEncode(name), value: uriEncode(value ?? '') });
  }
  encoded.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return encoded.map(({ name, value }) => `${name}=${value}`).join('&');
}

/** Encoded text is ASCII, where this is byte order. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Values in the order sent, joined by commas. */
function canonicalValue(values: readonly string[], read: Reading): string {
  const [first = ''] = values;
  return values.length === 1 ? read(first) : values.map(read).join(',');
}

const UNEVEN = /^[ \t]|[ \t]$|\t| {2}/;

/** Trimmed, and with runs of blanks folded into one. */
const fold = (value: string): string => (UNEVEN.test(value) ? trimHeader(value).replace(/[ \t]+/g, ' ') : value);
