/** Asking for CORS as a browser does, and all that an answer says of it. */

import assert from 'node:assert/strict';
import { CORS, corsConfiguration } from './documents.ts';
import type { Headers } from './raw-client.ts';
import type { Answer, Client, World } from './s3-world.ts';

export const PAGE = 'https://page.example.ch';
/** What stands in a rule that lets that page read and write. */
export const RULE = `<AllowedOrigin>${PAGE}</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>`;
export const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** A new bucket of Alice's with these rules. */
export async function configured(world: World, ...rules: readonly string[]): Promise<string> {
  const bucket = await world.bucket();
  const answer = await world.alice.send('PUT', { bucket, query: CORS, body: corsConfiguration(...rules) });
  assert.equal(answer.status, 200, answer.text);
  return bucket;
}

export interface Preflight {
  readonly origin?: string;
  readonly method?: string;
  readonly headers?: string;
  readonly key?: string;
  readonly query?: Headers;
}

export const preflight = (
  client: Client,
  bucket: string | undefined,
  { origin, method, headers, ...at }: Preflight,
): Promise<Answer> =>
  client.send('OPTIONS', {
    ...(bucket !== undefined && { bucket }),
    ...at,
    headers: {
      ...(origin !== undefined && { origin }),
      ...(method !== undefined && { 'access-control-request-method': method }),
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    },
  });

/** Of a presigned target. */
export const queryOf = (target: string): Headers =>
  Object.fromEntries(new URLSearchParams(target.slice(target.indexOf('?'))));

/** All that CORS says in an answer. */
export const said = ({ headers }: Answer): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'vary' || name.startsWith('access-control-')));
