/**
 * A session on its way in and out: the cookie or bearer token of a request, the answer to a sign-in, and the token against
 * requests that another site makes a browser send.
 *
 * A session is temporary credentials (`admin`), all three parts of them joined: `ID.SECRET.TOKEN`. Id and token alone stand in
 * presigned URLs and are worth nothing here. A request has one of two: `Authorization: Bearer`, for programs, and then no cookie
 * is read; or the cookie, for browsers, and then changes also need our Origin and the CSRF token. Anything that looks like
 * credentials and is not whole is refused (SECURITY rule 2).
 *
 * The cookie: `__Host-`, HttpOnly, Secure, SameSite=Strict (RFC 6265bis); without TLS another name and no Secure, because a
 * browser would not keep it.
 */

import { createHmac } from 'node:crypto';
import type { KeyWithSecret, SessionCredentials, SessionProof } from '../../admin/types.ts';
import type { Clock } from '../../base/clock.ts';
import { Secret } from '../../base/secret.ts';
import type { S3Request } from '../../wire/request.ts';
import { ApiError } from './errors.ts';

export interface Shown {
  readonly proof: SessionProof;
  /** How it came. */
  readonly as: 'cookie' | 'bearer';
}

const SCHEME = 'bearer ';

/** What a request shows of a session. Throws `NotSignedIn` when that is nothing, or not whole. */
export function shownBy(request: S3Request): Shown {
  const { headers } = request;
  if (headers.has('authorization')) {
    const value = headers.one('authorization') ?? '';
    if (value.slice(0, SCHEME.length).toLowerCase() !== SCHEME) throw notSignedIn();
    return { proof: split(value.slice(SCHEME.length).trim()), as: 'bearer' };
  }
  const cookies = cookiesOf(request, cookieName(request.secure));
  const [cookie] = cookies;
  if (cookie === undefined) throw notSignedIn();
  if (cookies.length > 1) {
    throw new ApiError('NotSignedIn', 'Your browser sent two session cookies: remove the cookies of this site.');
  }
  return { proof: split(cookie), as: 'cookie' };
}

export const notSignedIn = (): ApiError =>
  new ApiError('NotSignedIn', 'Sign in first (POST /api/v1/sessions), or again: there is no session, or it is over.');

const cookieName = (secure: boolean): string => (secure ? '__Host-moraine-session' : 'moraine-session');

function cookiesOf({ headers }: S3Request, name: string): readonly string[] {
  const pairs = headers.all('cookie').flatMap((header) => header.split(';'));
  return pairs
    .map((pair) => pair.trim())
    .flatMap((pair) => (pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : []));
}

function split(text: string): SessionProof {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first <= 0 || second <= first + 1 || second === text.length - 1) throw notSignedIn();
  return {
    accessKeyId: text.slice(0, first),
    secret: new Secret(text.slice(first + 1, second)),
    sessionToken: text.slice(second + 1),
  };
}

const join = ({ accessKeyId, secret, sessionToken }: SessionProof): string =>
  `${accessKeyId}.${secret.reveal()}.${sessionToken}`;

/** `Set-Cookie` for a session. */
export function cookieFor(session: SessionCredentials, secure: boolean, clock: Clock): string {
  const seconds = Math.max(0, Math.floor((session.expiresAt - clock.now()) / 1000));
  return setCookie(secure, join(session), seconds);
}

/** `Set-Cookie` that takes it away. */
export const noCookie = (secure: boolean): string => setCookie(secure, '', 0);

const setCookie = (secure: boolean, value: string, seconds: number): string =>
  `${cookieName(secure)}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

/** Known to whoever read an answer of ours, which no other site can. Follows from the session; nothing is kept. */
export const csrfTokenOf = ({ secret }: Pick<SessionProof, 'secret'>): string =>
  createHmac('sha256', secret.reveal()).update('moraine csrf token').digest('base64url');

/** Throws `InvalidCsrfToken`. */
export function requireCsrfToken(request: S3Request, proof: SessionProof): void {
  const sent = request.headers.one('x-csrf-token') ?? '';
  if (new Secret(csrfTokenOf(proof)).equals(new Secret(sent))) return;
  throw new ApiError(
    'InvalidCsrfToken',
    'Send the session’s CSRF token in the header X-CSRF-Token. GET /api/v1/me tells it.',
  );
}

/** Temporary credentials for S3, as the API shows them, once. */
export const credentialsView = ({ accessKeyId, secret, sessionToken, expiresAt }: SessionCredentials) => ({
  accessKeyId,
  secretAccessKey: secret.reveal(),
  sessionToken,
  expiresAt: new Date(expiresAt).toISOString(),
});

/** The answer to a sign-in. */
export const sessionView = (session: SessionCredentials) => ({
  credentials: credentialsView(session),
  bearerToken: join(session),
  csrfToken: csrfTokenOf(session),
});

/** The secret of a new key, shown once. */
export const secretView = ({ secret }: KeyWithSecret): string => secret.reveal();
