/**
 * What CORS adds to the answers of everything but preflights (`ops/cors.ts`): to successes, and to every failure that can
 * name its bucket, so that a page learns what was wrong with its request instead of that there was an error.
 *
 * An answer that another origin may not read goes out all the same, as at S3: browsers keep it from the page. Cost: nothing
 * without `Origin`; with it, one read of the bucket where the request failed before its own.
 * Left out: failures before the request was parsed, and requests that never became one; they know of no bucket.
 */

import { admitsConsole, corsRulesOf, permissionFor, platformCorsRules } from '../model/cors.ts';
import type { BucketConfiguration } from '../model/entities.ts';
import { checkBucketName } from '../model/names.ts';
import type { Services } from '../ops/types.ts';
import { permissionHeaders, questionOf, VARY } from '../wire/cors.ts';
import { HeaderTable } from '../wire/fields.ts';
import type { Trace } from './exchange.ts';
import type { Arrival, Pipeline } from './pipeline.ts';

type Needed = Pick<Services, 'rows' | 'access'>;

/** The same line, which notes in its trace what the answer must say, whatever it turns out to be. */
export function withCors(pipeline: Pipeline, services: Needed): Pipeline {
  return async (arrival, trace) => {
    try {
      return await pipeline(arrival, trace);
    } finally {
      trace.headers = await headersFor(arrival, trace, services);
    }
  };
}

const NONE: Trace['headers'] = Object.freeze({});

async function headersFor({ raw, signal }: Arrival, trace: Trace, services: Needed): Promise<Trace['headers']> {
  if (raw.method === 'OPTIONS') return NONE;
  const { access } = services;
  const headers = new HeaderTable(raw.rawHeaders);
  const question = questionOf(headers, raw.method);
  if (question !== undefined && admitsConsole(access)) {
    const [host = ''] = headers.raw('host');
    const asked = { host: host.toLowerCase(), secure: raw.secure };
    const permission = permissionFor(platformCorsRules(access, asked), question);
    if (permission !== undefined) return permissionHeaders(permission, question);
  }
  const isAsked = question !== undefined && !signal.aborted;
  const configuration = trace.target?.bucket?.configuration ?? (isAsked ? await lateLook(trace, services) : undefined);
  if (configuration?.cors === undefined) return admitsConsole(access) ? VARY : NONE;
  if (question === undefined) return VARY;
  const permission = permissionFor(corsRulesOf(configuration) ?? [], question);
  return permission === undefined ? VARY : permissionHeaders(permission, question);
}

/** At the bucket of a request that failed before it had seen it. */
async function lateLook({ bucket, target }: Trace, { rows }: Needed): Promise<BucketConfiguration | undefined> {
  if (target !== undefined || bucket === undefined) return undefined;
  try {
    checkBucketName(bucket);
    return (await rows.getTarget({ bucket })).bucket?.configuration;
  } catch {
    // The answer is about something else, and says so.
    return undefined;
  }
}
