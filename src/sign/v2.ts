/**
 * Signature version 2: from a request to the string to sign and the signature. Pure.
 *
 * Source: "Signing and authenticating REST requests (AWS signature version 2)". Which query parameters are signed says
 * `v2-parameters.ts`. Texts hold one character per byte. Left out: host names that are buckets themselves (CNAMEs).
 */

import { createHmac } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import type { V2Claim } from './types.ts';
import { useUnderV2, V2_PARAMETERS } from './v2-parameters.ts';

/** Throws `InvalidRequest` when the request says something that V2 can't cover. */
export function stringToSignV2(request: S3Request, claim: Pick<V2Claim, 'place' | 'expires'>): string {
  const lines = [request.method, header(request, 'content-md5'), header(request, 'content-type')];
  lines.push(dateLine(request, claim));
  return `${lines.join('\n')}\n${amzHeaders(request)}${resource(request)}`;
}

/** Base64. */
export const signatureV2 = (secret: Secret, text: string): string =>
  createHmac('sha1', secret.reveal()).update(text, 'latin1').digest('base64');

/** An `x-amz-date` header is signed among its kind; the line stays empty then. */
function dateLine(request: S3Request, claim: Pick<V2Claim, 'place' | 'expires'>): string {
  if (claim.place === 'query') return claim.expires ?? '';
  return request.headers.has('x-amz-date') ? '' : header(request, 'date');
}

function header(request: S3Request, name: string): string {
  if (request.headers.one(name) === undefined) return '';
  return trim(request.headers.raw(name)[0] ?? '');
}

function amzHeaders(request: S3Request): string {
  const names = request.headers.names().filter((name) => name.startsWith('x-amz-'));
  return names
    .sort()
    .map((name) => `${name}:${request.headers.raw(name).map(trim).join(',')}\n`)
    .join('');
}

const trim = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '');

/** The path is signed as it was sent, escapes and all; the values of parameters are signed decoded. */
function resource(request: S3Request): string {
  const bucket = request.addressing === 'virtual' ? `/${request.bucket ?? ''}` : '';
  const signed = new Map<string, string>();
  for (const { name, value } of request.parameters) {
    const use = useUnderV2(name, request.method);
    if (use === 'refused') throw uncovered(name);
    if (use === 'inert') continue;
    if (signed.has(name)) throw refused(`The query parameter ${name} occurs more than once. Send it once.`);
    signed.set(name, value === undefined ? name : `${name}=${bytes(unambiguous(name, value))}`);
  }
  const names = [...signed.keys()].sort();
  const query = names.length === 0 ? '' : `?${names.map((name) => signed.get(name)).join('&')}`;
  return `${bucket}${request.rawPath}${query}`;
}

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/**
 * Values are signed decoded and joined by `&`, so `a%26versionId=1` reads like two parameters. A value in which another
 * signed parameter could hide is refused: the URL could be rearranged without breaking its signature.
 */
function unambiguous(name: string, value: string): string {
  for (const piece of value.split('&').slice(1)) {
    const hidden = piece.split('=', 1)[0] ?? '';
    if (V2_PARAMETERS.get(hidden)?.use === 'signed') {
      throw refused(`The value of ${name} holds "&${hidden}", which signature version 2 can't tell from a parameter.`);
    }
  }
  return value;
}

const uncovered = (name: string): S3Error =>
  refused(`Signature version 2 does not cover the query parameter ${name} in such a request.`);

const refused = (problem: string): S3Error => new S3Error('InvalidRequest', `${problem} Please use AWS4-HMAC-SHA256.`);
