/**
 * What a request promises about its body: `x-amz-content-sha256` × how it is signed, as one table. Cells that are not in
 * the table are refused; the body is framed and checked accordingly, and nothing about it decides whether a signature is.
 *
 * Source: the table of `x-amz-content-sha256` values in "Authenticating Requests: Using the Authorization Header".
 */

import assert from 'node:assert/strict';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import type { Claim, PayloadForm } from './types.ts';

/** A form that is not yet tied to a signature. */
export type DeclaredPayload =
  | Exclude<PayloadForm, { readonly kind: 'chunked-signed' }>
  | { readonly kind: 'chunked-signed'; readonly trailer: boolean };

/** How the request is signed. */
type Authentication = 'V4 header' | 'V4 query' | 'V2' | 'anonymous';

const HEADER = 'x-amz-content-sha256';

const ALLOWED: Readonly<Record<Authentication, ReadonlySet<DeclaredPayload['kind']>>> = Object.freeze({
  'V4 header': new Set(['unsigned', 'signed', 'chunked-signed', 'chunked-unsigned'] as const),
  // A URL is signed before its body exists: there is no chain to seed.
  'V4 query': new Set(['unsigned', 'signed'] as const),
  // V2 knows no framing. The header is signed like every x-amz-* one, so a hash in it is as good as under V4.
  V2: new Set(['unsigned', 'signed'] as const),
  // Nobody signed, so there can be no signed chunks; SDKs send trailing checksums without credentials too.
  anonymous: new Set(['unsigned', 'signed', 'chunked-unsigned'] as const),
});

const WORDS: ReadonlyMap<string, DeclaredPayload> = new Map<string, DeclaredPayload>([
  ['UNSIGNED-PAYLOAD', { kind: 'unsigned' }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked-signed', trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked-signed', trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked-unsigned' }],
]);

/** Hex of either case, as S3 takes it. */
const SHA256 = /^[0-9A-Fa-f]{64}$/;

/** The form of a request without credentials. */
export function payloadOf(request: S3Request, claim: Claim): PayloadForm {
  assert(claim.kind === 'anonymous', 'the payload of a signed request comes from its verification');
  const { form } = declared(request.headers.one(HEADER), 'anonymous');
  assert(form.kind !== 'chunked-signed');
  return form;
}

export function payloadV2(request: S3Request): PayloadForm {
  const { form } = declared(request.headers.one(HEADER), 'V2');
  assert(form.kind !== 'chunked-signed');
  return form;
}

/** `text` is the line of the canonical request. */
export interface Declaration {
  readonly text: string;
  readonly form: DeclaredPayload;
}

/**
 * Under V4 the header form must say it, S3 says; a presigned URL may, in the header or, as SDKs for browsers do, in the
 * query. Throws `InvalidRequest`, `InvalidArgument` or `NotImplemented`.
 */
export function payloadV4(request: S3Request, place: 'header' | 'query'): Declaration {
  const header = request.headers.one(HEADER);
  if (place === 'query') {
    const query = request.query.has('X-Amz-Content-Sha256') ? request.query.one('X-Amz-Content-Sha256') : undefined;
    if (header !== undefined && query !== undefined && header !== query) {
      throw invalid('The header x-amz-content-sha256 and the query parameter X-Amz-Content-Sha256 must agree.', header);
    }
    return declared(header ?? query, 'V4 query');
  }
  if (header === undefined) {
    throw new S3Error('InvalidRequest', `Missing required header for this request: ${HEADER}`);
  }
  return declared(header, 'V4 header');
}

function declared(text: string | undefined, authentication: Authentication): Declaration {
  if (text === undefined) return { text: 'UNSIGNED-PAYLOAD', form: { kind: 'unsigned' } };
  const form = WORDS.get(text) ?? hashed(text);
  if (ALLOWED[authentication].has(form.kind)) return { text, form };
  throw new S3Error('InvalidRequest', `${HEADER} ${text} needs a signature version 4 in the Authorization header.`, {
    fields: { ArgumentName: HEADER, ArgumentValue: text },
  });
}

function hashed(text: string): DeclaredPayload {
  if (SHA256.test(text)) return { kind: 'signed', sha256: text.toLowerCase() };
  if (/^STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD(?:-TRAILER)?$/.test(text)) {
    throw new S3Error('NotImplemented', `${text} (SigV4A) is not implemented. Sign with AWS4-HMAC-SHA256.`);
  }
  throw invalid(`${HEADER} must be a SHA-256 in hexadecimal, or one of ${[...WORDS.keys()].join(', ')}.`, text);
}

const invalid = (message: string, value: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: HEADER, ArgumentValue: value } });
