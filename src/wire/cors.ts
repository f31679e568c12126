/**
 * CORS in headers: what a browser asks, and how it is told. Sources: the Fetch standard, section "CORS protocol", and
 * "Testing CORS" in the S3 user guide for what S3 answers.
 *
 * Left out on purpose: `Access-Control-Allow-Credentials`, which S3 sends beside every origin that is not `*` (SECURITY rule 33).
 * Nothing on this port reads cookies, and signed requests need no such header.
 */

import type { CorsPermission, CorsQuestion } from '../model/cors.ts';
import type { HeaderFields } from './fields.ts';

/** Of every answer that depends on where it is asked from, so that no cache gives it to a page elsewhere. */
export const VARY = Object.freeze({ Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method' });

const ORIGIN = /^[\x21-\x7e]+$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** The origin of the page that asks; undefined when none is said, or more than one. */
function originOf(headers: HeaderFields): string | undefined {
  const [origin, ...others] = headers.all('origin');
  return origin !== undefined && others.length === 0 && ORIGIN.test(origin) ? origin : undefined;
}

/** The method that a browser asks for; undefined when it asks for none. */
export const requestedMethod = (headers: HeaderFields): string | undefined =>
  headers.has('access-control-request-method') ? headers.all('access-control-request-method').join() : undefined;

/** As S3 takes it: on any request the headers for asking count for more than what the request is. */
export function questionOf(headers: HeaderFields, method: string): CorsQuestion | undefined {
  const origin = originOf(headers);
  if (origin === undefined) return undefined;
  return { origin, method: requestedMethod(headers) ?? method, headers: requestedHeaders(headers) };
}

/** RFC 9110 section 5.6.1: empty elements of a list are nothing. */
function requestedHeaders(headers: HeaderFields): readonly string[] {
  const names = headers.all('access-control-request-headers').join().toLowerCase().split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** What the permission's answer says of it. */
export function permissionHeaders(
  { rule, origin }: CorsPermission,
  { headers }: CorsQuestion,
): Readonly<Record<string, string>> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': rule.allowedMethods.join(', '),
    ...(headers.length > 0 && { 'Access-Control-Allow-Headers': headers.filter(isToken).join(', ') }),
    ...(rule.exposeHeaders.length > 0 && { 'Access-Control-Expose-Headers': rule.exposeHeaders.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'Access-Control-Max-Age': `${rule.maxAgeSeconds}` }),
    ...VARY,
  };
}

/** Only names of headers go out again: what else was asked for is not allowed by being repeated. */
const isToken = (name: string): boolean => TOKEN.test(name);
