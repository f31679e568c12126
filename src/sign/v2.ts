/**
 * Signature version 2: from a request to the string to sign and the signature. Pure.
 *
 * Source: "Signing and authenticating REST requests (AWS signature version 2)". Which query parameters are signed says
 * `v2-parameters.ts`. Texts hold one character per byte. Left out: host names that are buckets themselves (CNAMEs).
 */

import { createHmac } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import { S3Error } from '../model/errors.ts';
import { trimHeader } from '../wire/fields.ts';
import type { S3Request } from '../wire/request.ts';
import type { V2Claim } from './types.ts';
import { useUnderV2, V2_PARAMETERS } from './v2-parameters.ts';

/**
 * What clients may have signed for this request, the documented string first. Two points of it are read differently by
 * clients in wide use, and either reading names the same thing, so that each is taken:
 * - a bucket addressed by path, `/bucket`: as it was sent, or with a slash after it (botocore);
 * - a parameter without a value, sent as `uploads=`: with its `=`, or without (rclone).
 *
 * Throws `InvalidRequest` when the request says something that V2 can't cover.
 */
export function stringsToSignV2(
  request: S3Request,
  claim: Pick<V2Claim, 'place' | 'expires' | 'token'>,
): readonly [string, ...string[]] {
  const lines = [request.method, header(request, 'content-md5'), header(request, 'content-type')];
  lines.push(dateLine(request, claim));
  const head = `${lines.join('\n')}\n${amzHeaders(request, claim)}`;
  const [documented, ...others] = resources(request);
  return [head + documented, ...others.map((other) => head + other)];
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
  return trimHeader(request.headers.raw(name)[0] ?? '');
}

/** In a presigned URL the session token is a parameter, and signed as the header that it stands for (botocore). */
function amzHeaders(request: S3Request, { place, token }: Pick<V2Claim, 'place' | 'token'>): string {
  const names = request.headers.names().filter((name) => name.startsWith('x-amz-'));
  const values = new Map(names.map((name) => [name, request.headers.raw(name).map(trimHeader).join(',')]));
  if (place === 'query' && token !== undefined) values.set('x-amz-security-token', bytes(token));
  return [...values.keys()]
    .sort()
    .map((name) => `${name}:${values.get(name) ?? ''}\n`)
    .join('');
}

/** The path is signed as it was sent, escapes and all; the values of parameters are signed decoded. */
function resources(request: S3Request): readonly [string, ...string[]] {
  const bucket = request.addressing === 'virtual' ? `/${request.bucket ?? ''}` : '';
  const path = `${bucket}${request.rawPath}`;
  const bare = request.bucket !== undefined && request.key === undefined && !path.endsWith('/');
  const signed = signedParameters(request);
  const sent = query(signed, (name, value) => (value === undefined ? name : `${name}=${value}`));
  const short = query(signed, (name, value) => (value === undefined || value === '' ? name : `${name}=${value}`));
  const queries = sent === short ? [sent] : [sent, short];
  const others = bare ? queries.map((text) => `${path}/${text}`) : [];
  return [path + sent, ...queries.slice(1).map((text) => path + text), ...others];
}

function signedParameters(request: S3Request): ReadonlyMap<string, string | undefined> {
  const signed = new Map<string, string | undefined>();
  for (const { name, value } of request.parameters) {
    const use = useUnderV2(name, request.method);
    if (use === 'refused') throw uncovered(name);
    if (use === 'inert') continue;
    if (signed.has(name)) throw refused(`The query parameter ${name} occurs more than once. Send it once.`);
    signed.set(name, value === undefined ? undefined : bytes(unambiguous(name, value)));
  }
  return signed;
}

type Write = (name: string, value: string | undefined) => string;

function query(signed: ReadonlyMap<string, string | undefined>, write: Write): string {
  const names = [...signed.keys()].sort();
  return names.length === 0 ? '' : `?${names.map((name) => write(name, signed.get(name))).join('&')}`;
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
