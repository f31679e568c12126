/**
 * Where a request to the account API came to and from: the Console's own names and origin, and nobody else's.
 *
 * Host: a name that is not ours and reaches us all the same was pointed here by somebody else (DNS rebinding). Addresses
 * cannot be pointed anywhere, so they are let through. Origin: compared whole, port included, because a page that somebody
 * stored as an object has the S3 port of this very host (SECURITY rules 31 and 32).
 */

import { isIP } from 'node:net';
import type { S3Request } from '../../wire/request.ts';
import { hostOnly } from '../site.ts';
import { ApiError } from './errors.ts';

export interface Place {
  /** Lower case, without ports. `localhost` and addresses always count. */
  readonly hostNames: readonly string[];
  /** Where the Console is opened from when a proxy stands before it. Their names count as ours. */
  readonly origins: readonly string[];
}

/** Throws unless the request came to one of our names, and from no other site. */
export function checkPlace(request: S3Request, place: Place): void {
  const name = hostOnly(request.host);
  if (isIP(name) === 0 && name !== 'localhost' && !namesOf(place).includes(name)) {
    throw new ApiError(
      'MisdirectedRequest',
      `This server is not called ${JSON.stringify(name)}. If it is, enter the name in the setting host-names, or the Console’s whole origin in console-origins.`,
    );
  }
  const origin = request.headers.one('origin');
  if (origin !== undefined && !isOwnOrigin(origin, request, place)) throw crossSite(origin);
  const site = request.headers.one('sec-fetch-site');
  // `none`: an address that somebody typed, which can only look.
  const typed = site === 'none' && (request.method === 'GET' || request.method === 'HEAD');
  if (site !== undefined && site !== 'same-origin' && !typed) throw crossSite(undefined);
}

/** For what a browser's cookie vouches for: a request that says nothing of its origin is not taken. */
export function requireOrigin(request: S3Request): void {
  if (!request.headers.has('origin')) {
    throw new ApiError('CrossSiteRequest', 'A change that a cookie vouches for needs an Origin header, ours.');
  }
}

function isOwnOrigin(origin: string, request: S3Request, { origins }: Place): boolean {
  return origin === `${request.secure ? 'https' : 'http'}://${request.host}` || origins.includes(origin);
}

function crossSite(origin: string | undefined): ApiError {
  const from = origin === undefined ? 'another site' : JSON.stringify(origin);
  return new ApiError(
    'CrossSiteRequest',
    `Requests from ${from} are not taken: this API is for the Console’s own pages and for programs. If the Console is opened from there, enter it in the setting console-origins.`,
  );
}

const namesOf = ({ hostNames, origins }: Place): readonly string[] => [
  ...hostNames,
  ...origins.map((origin) => hostOnly(origin.slice(origin.indexOf('://') + 3))),
];
