/** For operators: whether the store has all its copies and room, what its front end is doing, and which requests failed lately. */

import { z } from 'zod';
import type { Scrubbing } from '../../admin/types.ts';
import type { AuditEvent } from '../../model/entities.ts';
import type { StoreCopy } from '../../store/port.ts';
import { NO_QUERY, NOTHING, route } from './route.ts';
import { everybody } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';
import { eventSchema, eventView, limit, next, time, timeText } from './views.ts';

const copy = z.strictObject({
  place: z.string().describe('Path of a drive; or region, data centre and rack.'),
  state: z.enum(['up', 'rebuilding', 'down']),
  reason: z.string(),
  totalBytes: z.int().optional().describe('Of the drive’s file system. Absent: it cannot be told.'),
  freeBytes: z.int().optional(),
});

const health = z.strictObject({
  store: z.enum(['drives', 'cluster']),
  state: z.enum(['whole', 'short', 'halted']).describe('`halted`: fewer copies than a write needs.'),
  wanted: z.int().describe('Copies that the configuration asks for.'),
  minimum: z.int().describe('Below so many nothing is written.'),
  whole: z.int().describe('Copies that are up.'),
  copies: z.array(copy),
  lastScrub: z
    .strictObject({ at: time, healed: z.int(), lost: z.int().describe('Damages without a good copy.') })
    .optional()
    .describe('When `moraine scrub` read the whole store last. Absent: not lately.'),
  requests: z
    .strictObject({
      total: z.number(),
      refused: z.number().describe('Answered with 4xx.'),
      failed: z.number().describe('Answered with 5xx.'),
      inFlight: z.number(),
      receivedBytes: z.number(),
      sentBytes: z.number(),
    })
    .describe('Of this front end, all of its workers, since it was started: two looks give a rate.'),
  at: time,
});
export type HealthView = z.output<typeof health>;

const failure = z.strictObject({
  id: z.string(),
  at: time,
  requestId: z.string().optional(),
  status: z.int(),
  code: z.string().describe('S3’s.'),
  method: z.string(),
  operation: z.string().describe('`unknown`: it was refused before that was clear.'),
  target: z.string().describe('Bucket, or bucket and key; empty where there is none.'),
  actor: eventSchema.shape.actor,
  claimed: z.string().optional().describe('The access key that was named and not proved.'),
  from: z.string(),
});
export type FailureView = z.output<typeof failure>;

/** `scrubs` is remembered for a minute: looks come every few seconds, scrubs once a night. */
export function healthRoutes(): readonly Route[] {
  return Object.freeze([healthRoute(remembered()), errorsRoute]);
}

type Scrubs = (services: ApiServices) => Promise<Scrubbing | undefined>;

const SCRUBS_MS = 60_000;

function remembered(): Scrubs {
  let known: { readonly until: number; readonly scrub: Promise<Scrubbing | undefined> } | undefined;
  return ({ admin, clock }) => {
    const now = clock.monotonic();
    if (known !== undefined && now < known.until) return known.scrub;
    const scrub = admin.lastScrub();
    known = { until: now + SCRUBS_MS, scrub };
    // Whoever waits for it hears of it; the next look asks anew.
    scrub.catch(() => {
      known = undefined;
    });
    return scrub;
  };
}

const healthRoute = (scrubs: Scrubs): Route =>
  route({
    method: 'GET',
    path: '/health',
    operation: 'GetHealth',
    summary: 'Whether the store has all its copies, its drives or racks one by one, and what its front end has done.',
    may: 'health.show',
    find: everybody,
    query: NO_QUERY,
    body: NOTHING,
    answer: health,
    handle: async (_call, services) => {
      const { upkeep, capabilities, figures, clock } = services;
      const looks = [upkeep.health(), figures(), scrubs(services)] as const;
      const [{ wanted, minimum, copies }, text, lastScrub] = await Promise.all(looks);
      const whole = copies.filter(({ state }) => state === 'up').length;
      const state = whole < minimum ? 'halted' : whole < wanted ? 'short' : 'whole';
      const answer: HealthView = {
        ...{ store: capabilities.name === 'cassandra' ? 'cluster' : 'drives', state, wanted, minimum, whole },
        ...{ copies: copies.map(copyView), requests: requestsOf(text), at: timeText(clock.now()) },
        ...(lastScrub === undefined ? {} : { lastScrub: { ...lastScrub, at: timeText(lastScrub.at) } }),
      };
      return { answer };
    },
  });

const errorsRoute: Route = route({
  method: 'GET',
  path: '/errors',
  operation: 'ListErrors',
  summary: 'Requests to S3 that failed or were forbidden in the last seven days, newest first.',
  details: 'At most thirty of a minute and process; the access log has all of them.',
  may: 'errors.list',
  find: everybody,
  query: z.strictObject({
    before: z.string().max(64).optional().describe('Begin behind the one of this id.'),
    limit,
  }),
  body: NOTHING,
  answer: z.strictObject({ errors: z.array(failure), next }),
  handle: async ({ query }, { admin }) => {
    const { before, limit: count } = query;
    const found = await admin.failures({ limit: count + 1, ...(before === undefined ? {} : { before }) });
    const shown = found.slice(0, count);
    return {
      answer: { errors: shown.map(failureView), ...(found.length > count ? { next: shown.at(-1)?.id } : {}) },
    };
  },
});

const copyView = ({ place, state, reason, capacity }: StoreCopy): z.output<typeof copy> => ({
  ...{ place, state, reason },
  ...(capacity === undefined ? {} : { totalBytes: capacity.total, freeBytes: capacity.free }),
});

/** From the text that `/metrics` gives (`http/metrics.ts`): the one form that is a sum over all workers. */
function requestsOf(text: string): HealthView['requests'] {
  const sum = (name: string, status = ''): number => {
    const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
    const wanted = lines.filter((line) => status === '' || line.includes(`status="${status}"`));
    return wanted.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  const count = 'moraine_request_duration_seconds_count';
  return {
    ...{ total: sum(count), refused: sum(count, '4xx'), failed: sum(count, '5xx') },
    inFlight: sum('moraine_requests_in_flight'),
    ...{ receivedBytes: sum('moraine_received_bytes_total'), sentBytes: sum('moraine_sent_bytes_total') },
  };
}

function failureView(event: AuditEvent): FailureView {
  const { id, at, requestId, actor, target, from } = eventView(event);
  const { code = '', status = '0', method = '', claimed } = event.details;
  const operation = event.action.slice(event.action.indexOf('.') + 1);
  return {
    ...{ id, at, ...(requestId === undefined ? {} : { requestId }), status: Number(status), code, method, operation },
    ...{ target, actor, ...(claimed === undefined ? {} : { claimed }), from },
  };
}
