/**
 * Who a request says it is: nobody, or the owner of an access key, by signature V2 or V4 in a header or in the query.
 *
 * Any trace of credentials means that they must be whole, single and well formed, and that they will be verified
 * (SECURITY rules 1 and 2). Nothing here needs a secret or looks at the body. Codes and texts are S3's.
 * Source: "Authenticating Requests (AWS Signature Version 4)" and "Signing and authenticating REST requests" in the S3
 * API reference, and there "Using temporary security credentials". Left out: forms (`form-claim.ts`), SigV4A and the session
 * tokens of directory buckets, which are refused by name.
 */

import { LIMITS } from '../base/limits.ts';
import { accessKeyIdProblem } from '../model/credentials.ts';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import { integerIn } from '../wire/values.ts';
import { formatTimestamp, parseDateHeader, parseTimestamp, undated } from './times.ts';
import type { HeadClaim, V2Claim, V4Claim } from './types.ts';
import { ALGORITHM, SERVICE, TERMINATOR } from './v4.ts';

/** Throws an `S3Error` for anything between no credentials at all and one complete set. */
export function claimOf(request: S3Request): HeadClaim {
  // What a browser asks before it sends anything, of the URL that it is about to use: one that is presigned is signed for the
  // method to come. S3 verifies none. Nothing is done for these requests, and nobody is told more for being somebody.
  if (request.method === 'OPTIONS') return ANONYMOUS;
  const traces = tracesOf(request);
  if (traces.header && (traces.v4 || traces.v2 || traces.tokens.query > 0)) throw severalMechanisms();
  if (traces.v4 && traces.v2) throw severalMechanisms();
  if (traces.tokens.foreign) throw invalidToken('Session tokens of directory buckets are not issued by this server.');
  const claim = traces.header
    ? fromHeader(request)
    : traces.v4
      ? v4Query(request)
      : traces.v2
        ? v2Query(request)
        : ANONYMOUS;
  if (claim.kind !== 'anonymous' && accessKeyIdProblem(claim.accessKeyId) !== undefined) {
    throw new S3Error('InvalidAccessKeyId', undefined, { fields: { AWSAccessKeyId: claim.accessKeyId } });
  }
  if (traces.tokens.header + traces.tokens.query === 0) return claim;
  if (claim.kind === 'anonymous') throw invalidToken('A session token came without a signature.');
  return { ...claim, token: tokenOf(request, claim, traces.tokens) };
}

const ANONYMOUS: HeadClaim = Object.freeze({ kind: 'anonymous' });

// ----------------------------------------------------------------------------------------------------------- traces

interface Traces {
  readonly header: boolean;
  readonly v4: boolean;
  readonly v2: boolean;
  readonly tokens: Tokens;
}

interface Tokens {
  /** How often there is one. */
  readonly header: number;
  readonly query: number;
  /** One of S3's that we never issue. */
  readonly foreign: boolean;
}

/** In lower case: a misspelt credential is one that must be refused, not an unknown parameter. */
const V4_TRACES: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-date',
  'x-amz-expires',
]);
const TOKEN = 'x-amz-security-token';
const FOREIGN_TOKEN = 'x-amz-s3session-token';
/** `Signature` and `Expires` as S3 spells them: in lower case they are words that anybody may use in a link. */
const isV2Trace = (name: string): boolean =>
  name === 'Signature' || name === 'Expires' || name.toLowerCase() === 'awsaccesskeyid';

function tracesOf(request: S3Request): Traces {
  const { headers, parameters } = request;
  let [v4, v2, foreign] = [false, false, headers.has(FOREIGN_TOKEN)];
  let query = 0;
  for (const { name } of parameters) {
    const lower = name.toLowerCase();
    if (V4_TRACES.has(lower)) v4 = true;
    else if (lower === TOKEN) query++;
    else if (lower === FOREIGN_TOKEN) foreign = true;
    else if (isV2Trace(name)) v2 = true;
  }
  const tokens = { header: headers.raw(TOKEN).length, query, foreign };
  return { header: headers.has('authorization'), v4, v2, tokens };
}

const ONE_MECHANISM =
  'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';

export const severalMechanisms = (message: string = ONE_MECHANISM): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: 'Authorization' } });

const invalidToken = (message: string): S3Error => new S3Error('InvalidToken', message);

/**
 * The one token, from where the signature is. V4 signs headers and query as they are; V2 signs a token in the query as if
 * it were a header, under the name that header has.
 */
function tokenOf(request: S3Request, { kind, place }: V2Claim | V4Claim, { header, query }: Tokens): string {
  if (header + query > 1) throw invalidToken('The session token occurs more than once.');
  if (place === 'query' && header > 0) {
    throw invalidToken('The session token of a presigned URL belongs in its query, where it is signed.');
  }
  const token =
    place === 'header' ? request.headers.one(TOKEN) : request.query.one(kind === 'v4' ? 'X-Amz-Security-Token' : TOKEN);
  if (token === undefined || token === '') {
    throw invalidToken(
      `The session token is empty, or its parameter is not spelled as for signature ${kind.toUpperCase()}.`,
    );
  }
  return token;
}

// ----------------------------------------------------------------------------------------------------------- header

function fromHeader(request: S3Request): HeadClaim {
  const value = request.headers.one('authorization') ?? '';
  const space = value.indexOf(' ');
  const scheme = space < 0 ? value : value.slice(0, space);
  const rest = space < 0 ? '' : value.slice(space + 1);
  switch (scheme) {
    case ALGORITHM:
      return v4Header(request, rest);
    case 'AWS':
      return v2Header(rest);
    case 'AWS4-ECDSA-P256-SHA256':
      throw asymmetric();
    default:
      throw argument('Unsupported Authorization Type');
  }
}

const argument = (message: string): S3Error =>
  new S3Error('InvalidArgument', message, { fields: { ArgumentName: 'Authorization' } });

const asymmetric = (): S3Error =>
  new S3Error('NotImplemented', `AWS4-ECDSA-P256-SHA256 (SigV4A) is not implemented. Sign with ${ALGORITHM}.`);

function v2Header(rest: string): V2Claim {
  const match = /^ *([^:\s]+):(\S+)$/.exec(rest);
  const [accessKeyId, signature] = [match?.[1], match?.[2]];
  if (accessKeyId === undefined || signature === undefined) {
    throw argument('AWS authorization header is invalid.  Expected AwsAccessKeyId:signature');
  }
  return { kind: 'v2', place: 'header', accessKeyId, signature };
}

function v4Header(request: S3Request, rest: string): V4Claim {
  const fields = components(rest);
  const [credential, names, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => fields.get(name));
  if (!credential || !names || !signature || fields.size !== 3) {
    throw malformedHeader(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature',
    );
  }
  const scope = scopeOf(credential, malformedHeader);
  const timestamp = headerTimestamp(request);
  requireSameDay(scope.date, timestamp, malformedHeader);
  return {
    kind: 'v4',
    place: 'header',
    ...scope,
    timestamp,
    signedHeaders: headerNames(names, malformedHeader),
    signature,
  };
}

function components(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(',')) {
    const match = /^[ \t]*([A-Za-z]+)=([^ \t]*)[ \t]*$/.exec(part);
    const [name, value] = [match?.[1], match?.[2]];
    if (name === undefined || value === undefined) {
      throw malformedHeader('it must be a list of Credential=…, SignedHeaders=… and Signature=…');
    }
    if (fields.has(name)) throw malformedHeader(`${name} occurs more than once`);
    fields.set(name, value);
  }
  return fields;
}

/** `x-amz-date` goes before `Date`. */
function headerTimestamp(request: S3Request): string {
  const amzDate = request.headers.one('x-amz-date');
  if (amzDate !== undefined) {
    if (parseTimestamp(amzDate) === undefined) throw undated();
    return amzDate;
  }
  const date = request.headers.one('date');
  const at = date === undefined ? undefined : (parseTimestamp(date) ?? parseDateHeader(date));
  if (at === undefined) throw undated();
  return formatTimestamp(at);
}

// ------------------------------------------------------------------------------------------------------------ query

const V4_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;

function v4Query(request: S3Request): V4Claim {
  const [algorithm, credential, timestamp, lifetime, names, signature] = V4_PARAMETERS.map((name) =>
    request.query.one(name),
  );
  if (algorithm === 'AWS4-ECDSA-P256-SHA256') throw asymmetric();
  if (!algorithm || !credential || !timestamp || !lifetime || !names || !signature) {
    throw malformedQuery(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (algorithm !== ALGORITHM) throw malformedQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const wrap = (problem: string) => malformedQuery(`Error parsing the X-Amz-Credential parameter; ${problem}`);
  const scope = scopeOf(credential, wrap);
  if (parseTimestamp(timestamp) === undefined) {
    throw malformedQuery(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  requireSameDay(scope.date, timestamp, malformedQuery);
  const expires = lifetimeOf(lifetime);
  const signedHeaders = headerNames(names, malformedQuery);
  return { kind: 'v4', place: 'query', ...scope, timestamp, signedHeaders, signature, expires };
}

function lifetimeOf(text: string): number {
  const seconds = integerIn(text, 0, Number.MAX_SAFE_INTEGER);
  if (seconds === undefined) throw malformedQuery('X-Amz-Expires should be a number of seconds');
  if (seconds > LIMITS.presignedSecondsMax) {
    throw malformedQuery(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be at most ${LIMITS.presignedSecondsMax} seconds`,
    );
  }
  if (seconds === 0) throw malformedQuery('X-Amz-Expires must be at least 1 second');
  return seconds;
}

/** The end of year 9999: what an error document can still write. */
const LAST_SECOND = 253_402_300_799;

function v2Query(request: S3Request): V2Claim {
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) =>
    request.query.one(name),
  );
  if (!accessKeyId || !signature || !expires) {
    throw new S3Error(
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    );
  }
  if (integerIn(expires, 0, LAST_SECOND) === undefined) {
    throw new S3Error('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
  }
  return { kind: 'v2', place: 'query', accessKeyId, signature, expires };
}

// ------------------------------------------------------------------------------------------------- credential scope

type Malformed = (problem: string) => S3Error;

const malformedHeader: Malformed = (problem) =>
  new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${problem}.`);

const malformedQuery: Malformed = (problem) => new S3Error('AuthorizationQueryParametersError', problem);

type Credential = Pick<V4Claim, 'accessKeyId' | 'date' | 'region' | 'service'>;

/** The region is judged in `verify.ts`, which knows the right one. */
export function scopeOf(credential: string, malformed: Malformed): Credential {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/');
  if (!accessKeyId || !date || region === undefined || !service || !terminator || more.length > 0) {
    throw malformed(`the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/${TERMINATOR}"`);
  }
  if (!/^\d{8}$/.test(date)) {
    throw malformed(`incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd"`);
  }
  if (service !== SERVICE) throw malformed(`incorrect service "${service}". This endpoint belongs to "${SERVICE}"`);
  if (terminator !== TERMINATOR) {
    throw malformed(`incorrect terminal "${terminator}". This endpoint uses "${TERMINATOR}"`);
  }
  return { accessKeyId, date, region, service };
}

function requireSameDay(date: string, timestamp: string, malformed: Malformed): void {
  const day = timestamp.slice(0, 8);
  if (day === date) return;
  throw malformed(`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${day}"`);
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** In lower case and in order, as they are signed, however they were listed. */
function headerNames(text: string, malformed: Malformed): readonly string[] {
  const names = text.toLowerCase().split(';').sort();
  if (names.length > LIMITS.headerCount) throw malformed(`SignedHeaders names more than ${LIMITS.headerCount} headers`);
  for (const [index, name] of names.entries()) {
    if (!HEADER_NAME.test(name)) throw malformed('SignedHeaders must be header names separated by semicolons');
    if (names[index + 1] === name) throw malformed(`SignedHeaders names ${name} more than once`);
  }
  return names;
}
