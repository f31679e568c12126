/**
 * Requests that failed, for the operator's page of errors: whatever the server could not do, and what it refused for lack of rights.
 * Made where a request fails, written by `jobs/activity.ts`. Holds what the access log holds, and no text of our own mistakes.
 */

import { auditId } from '../model/audit.ts';
import type { AuditActor, AuditEvent } from '../model/entities.ts';
import type { Services } from '../ops/types.ts';
import type { Trace } from './exchange.ts';
import { failureOf } from './failures.ts';
import type { Arrival, Pipeline } from './pipeline.ts';

const FORBIDDEN = 403;
const BROKEN = 500;

/** The same line; what fails is noted. */
export function withFailures(pipeline: Pipeline, services: Services): Pipeline {
  return async (arrival, trace) => {
    const look = (error: unknown): void => {
      const { code, status } = failureOf(error, services.limits);
      // A preflight that is refused says so itself.
      if ((status !== FORBIDDEN && status < BROKEN) || arrival.raw.method === 'OPTIONS') return;
      services.noteActivity('failures', failed(arrival, trace, { code, status, services }));
    };
    try {
      const reply = await pipeline(arrival, trace);
      reply.later?.catch(look);
      return reply;
    } catch (error) {
      look(error);
      throw error;
    }
  };
}

function failed(
  { raw, requestId }: Arrival,
  { operation, bucket, key, accessKeyId, inquest }: Trace,
  { code, status, services }: { readonly code: string; readonly status: number; readonly services: Services },
): AuditEvent {
  const { clock, random } = services;
  const at = clock.now();
  const caller = inquest.asked?.caller;
  const actor: AuditActor =
    caller?.kind === 'account'
      ? {
          kind: 'account',
          accountId: caller.account.id,
          name: caller.account.name,
          accessKeyId: caller.key.accessKeyId,
        }
      : { kind: 'stranger' };
  const claimed = caller === undefined && accessKeyId !== undefined ? { claimed: accessKeyId } : {};
  return {
    ...{ id: auditId(at, random), at, actor, action: `request.${operation ?? 'unknown'}` },
    target: [bucket, key].filter((name) => name !== undefined).join('/'),
    ...{ from: raw.remoteAddress, requestId, details: { code, status: `${status}`, method: raw.method, ...claimed } },
  };
}
