/**
 * From a claim to a verified identity: is the signature that of the holder of this secret, over this request, now?
 *
 * Looks at the request's head only; how the body must be checked comes out as a value (SECURITY rules 1 to 6). Sources as
 * in `v4.ts` and `v2.ts`. Whether this key may use V2 at all is the caller's question.
 */

import { LIMITS, type Limits } from '../base/limits.ts';
import type { Secret } from '../base/secret.ts';
import { type ErrorDetails, S3Error } from '../model/errors.ts';
import { type Regions, signedFor } from '../model/regions.ts';
import type { S3Request } from '../wire/request.ts';
import { integerIn } from '../wire/values.ts';
import { createChunkChain } from './chain.ts';
import { mismatch, sameSignature } from './compare.ts';
import { payloadV2, payloadV4 } from './payload.ts';
import { SigningKeys } from './signing-keys.ts';
import { formatForError, parseDateHeader, parseTimestamp, requireFresh, undated } from './times.ts';
import type { Claim, FormClaim, PayloadForm, V2Claim, V4Claim, Verified, VerifyContext } from './types.ts';
import { signatureV2, stringsToSignV2 } from './v2.ts';
import { canonicalRequests, type Scope, scopeText, signatureV4, stringToSign } from './v4.ts';

export type SignedClaim = Exclude<Claim, { readonly kind: 'anonymous' }>;

export interface Verifier {
  /**
   * `secret` is the one of `claim.accessKeyId`. Throws
   * `SignatureDoesNotMatch`; `RequestTimeTooSkewed`; `AccessDenied` for what is expired, undated or not wholly signed;
   * `AuthorizationHeaderMalformed` or `AuthorizationQueryParametersError` for a scope of another region;
   * `InvalidRequest`, `InvalidArgument` or `NotImplemented` for what the request says of its body, or what V2 can't cover.
   */
  verify(request: S3Request, claim: SignedClaim, secret: Secret, context: VerifyContext): Verified;
}

/** One per process: it keeps derived keys. */
export function createVerifier(limits: Pick<Limits, 'signingKeyCache' | 'clockSkewMs'>): Verifier {
  const keys = new SigningKeys(limits.signingKeyCache);
  const skewMs = limits.clockSkewMs;
  return Object.freeze({
    verify(request: S3Request, claim: SignedClaim, secret: Secret, context: VerifyContext): Verified {
      switch (claim.kind) {
        case 'v2':
          return verifyV2(request, claim, secret, requireTimelyV2(request, claim, context.now, skewMs));
        case 'v4':
          requireSigned(request, claim);
          requireRegion(claim, context.regions);
          return verifyV4(
            request,
            claim,
            keys.get(claim.accessKeyId, secret, claim),
            requireTimelyV4(claim, context.now, skewMs),
          );
        case 'form':
          return verifyForm(claim, secret, context, { keys, skewMs });
        default:
          throw new S3Error('AccessDenied', undefined, { cause: claim satisfies never });
      }
    },
  });
}

// ------------------------------------------------------------------------------------------------------ version 4

function verifyV4(request: S3Request, claim: V4Claim, key: Buffer, signedAt: number): Verified {
  const { text, form } = payloadV4(request, claim.place);
  const readings = canonicalRequests(request, claim, text);
  const textOf = (canonical: string): string => stringToSign(canonical, claim.timestamp, claim);
  if (!readings.some((reading) => sameSignature(signatureV4(key, textOf(reading)), claim.signature))) {
    throw mismatch({ ...claim, stringToSign: textOf(readings[0]), canonicalRequest: readings[0] });
  }
  const payload: PayloadForm =
    form.kind === 'chunked-signed'
      ? { ...form, chain: createChunkChain({ ...claim, key, scope: scopeText(claim) }) }
      : form;
  return { version: 'v4', place: claim.place, signedAt, payload };
}

/**
 * Headers that must be signed when they are there: `host`, and all of S3's own, since any of them may change what is done
 * or stored. "Only the host and any x-amz-* headers are required", S3 says, and its SDKs take it at its word: those that
 * S3 understands beside them, and that a request may therefore carry unsigned, are listed here with who leaves them out.
 *
 * - Content-Type: aws-sdk-js 2, aws-sdk-php, and every browser that puts a file to a presigned URL.
 * - Cache-Control, Range, If-*: aws-sdk-js 3 (the first), aws-sdk-php (all).
 * - Content-Disposition, Content-Encoding, Content-Language, Expires: signed by the SDKs, but not required by S3, and
 *   added by hand to what is put to a presigned URL. They describe the object and grant nothing.
 * - Content-MD5, Content-Length, Transfer-Encoding, Expect: framing and integrity, checked against the body itself.
 */
const mustBeSigned = (name: string): boolean => name === 'host' || name.startsWith('x-amz-');

function requireSigned(request: S3Request, claim: V4Claim): void {
  const unsigned = request.headers.names().filter((name) => mustBeSigned(name) && !claim.signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      fields: { HeadersNotSigned: unsigned.join(', ') },
    });
  }
  for (const name of claim.signedHeaders) {
    if (!request.headers.has(name)) {
      throw malformed(claim.place, `SignedHeaders names ${name}, but the request has no such header`);
    }
  }
}

/** The answer has the field and the header by which SDKs find the region and try again. */
function requireRegion({ place, region: claimed }: V4Claim, regions: Regions): void {
  if (signedFor(regions, claimed)) return;
  const region = regions.home;
  const problem = `the region '${claimed}' is wrong; expecting '${region}'`;
  throw malformed(place, place === 'header' ? problem : `Error parsing the X-Amz-Credential parameter; ${problem}`, {
    fields: { Region: region },
    headers: { 'x-amz-bucket-region': region },
  });
}

const malformed = (place: V4Claim['place'], problem: string, details: ErrorDetails = {}): S3Error =>
  place === 'header'
    ? new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${problem}`, details)
    : new S3Error('AuthorizationQueryParametersError', problem, details);

/** Answers when it was signed. */
function requireTimelyV4(claim: V4Claim, now: number, skewMs: number): number {
  const at = parseTimestamp(claim.timestamp);
  if (at === undefined) throw undated();
  if (claim.expires === undefined) {
    requireFresh(at, claim.timestamp, now, skewMs);
    return at;
  }
  if (at > now + skewMs) {
    throw new S3Error('AccessDenied', 'Request is not valid yet', {
      fields: { 'X-Amz-Date': claim.timestamp, ServerTime: formatForError(now) },
    });
  }
  requireUnexpired(at + claim.expires * 1000, now, { 'X-Amz-Expires': String(claim.expires) });
  return at;
}

function requireUnexpired(expiresAt: number, now: number, fields: Readonly<Record<string, string>> = {}): void {
  if (now <= expiresAt) return;
  throw new S3Error('AccessDenied', 'Request has expired', {
    fields: { ...fields, Expires: formatForError(expiresAt), ServerTime: formatForError(now) },
  });
}

// ------------------------------------------------------------------------------------------------------ version 2

function verifyV2(request: S3Request, claim: V2Claim, secret: Secret, signedAt: number | undefined): Verified {
  const payload = payloadV2(request);
  const readings = stringsToSignV2(request, claim);
  const valid = readings.some((toSign) => sameSignature(signatureV2(secret, toSign), claim.signature));
  if (!valid) throw mismatch({ ...claim, stringToSign: readings[0] });
  return { version: 'v2', place: claim.place, signedAt, payload };
}

/** The header that is judged is the one that is signed: `x-amz-date` when there is one, and `Date` otherwise. */
function requireTimelyV2(request: S3Request, claim: V2Claim, now: number, skewMs: number): number | undefined {
  if (claim.place === 'query') {
    const expires = claim.expires === undefined ? undefined : integerIn(claim.expires, 0, Number.MAX_SAFE_INTEGER);
    if (expires === undefined) throw undated();
    requireUnexpired(expires * 1000, now);
    return undefined;
  }
  const date = request.headers.one('x-amz-date') ?? request.headers.one('date');
  const at = date === undefined ? undefined : parseDateHeader(date);
  if (date === undefined || at === undefined) throw undated();
  requireFresh(at, date, now, skewMs);
  return at;
}

// ---------------------------------------------------------------------------------------------------- browser's forms

/** What is signed is the policy as it was sent; what it says is `post-policy.ts`'s, once it is known whose it is. */
function verifyForm(
  claim: FormClaim,
  secret: Secret,
  { now, regions }: VerifyContext,
  { keys, skewMs }: { readonly keys: SigningKeys; readonly skewMs: number },
): Verified {
  const { accessKeyId, scope, timestamp, policy, signature } = claim;
  // The policy is base64, or is refused afterwards: its bytes as UTF-8 are what clients signed.
  const toSign = Buffer.from(policy, 'utf8').toString('latin1');
  const signedAt = timestamp === undefined ? undefined : requireTimelyForm(timestamp, now, skewMs);
  if (scope !== undefined) requireFormRegion(claim, scope, regions);
  const computed =
    scope === undefined ? signatureV2(secret, toSign) : signatureV4(keys.get(accessKeyId, secret, scope), toSign);
  if (!sameSignature(computed, signature)) throw mismatch({ accessKeyId, signature, stringToSign: toSign });
  return { version: claim.version, place: 'form', signedAt, payload: { kind: 'unsigned' } };
}

function requireFormRegion({ accessKeyId }: FormClaim, scope: Scope, regions: Regions): void {
  if (signedFor(regions, scope.region)) return;
  const { home } = regions;
  throw new S3Error('InvalidArgument', `the region '${scope.region}' is wrong; expecting '${home}'`, {
    fields: {
      ArgumentName: 'X-Amz-Credential',
      ArgumentValue: `${accessKeyId}/${scopeText(scope)}`,
      Region: home,
    },
    headers: { 'x-amz-bucket-region': home },
  });
}

/**
 * How long a form holds is its policy's affair; a signing key holds seven days ("Amazon S3 Signature Version 4 authentication
 * specific policy keys").
 */
function requireTimelyForm(timestamp: string, now: number, skewMs: number): number {
  const at = parseTimestamp(timestamp);
  if (at === undefined) throw undated();
  if (at > now + skewMs) {
    throw new S3Error('AccessDenied', 'Request is not valid yet', {
      fields: { 'X-Amz-Date': timestamp, ServerTime: formatForError(now) },
    });
  }
  requireUnexpired(at + LIMITS.presignedSecondsMax * 1000, now);
  return at;
}
