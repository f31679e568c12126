/** The audit trail: of all for operators, of one account for itself. Newest first; nobody changes it. */

import { z } from 'zod';
import type { AccountId, AuditEvent } from '../../model/entities.ts';
import { table } from './csv.ts';
import { NOTHING, type Result, route } from './route.ts';
import { accountInPath, everybody } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';
import { eventSchema, eventView, limit, next, time, timeOf, timeText } from './views.ts';

const page = z.strictObject({
  before: z.string().max(64).optional().describe('Begin behind the event of this id: `next` of the page before.'),
  who: z
    .string()
    .max(128)
    .optional()
    .describe('Who did it: name or id of an account, an access key id, `local` or `stranger`.'),
  action: z.string().max(64).optional().describe('`key.revoke`; or all that begin so: `key.`'),
  target: z.string().max(1200).optional().describe('What it was done to; or all that begin so: `photos/*`.'),
  from: time.optional().describe('Not earlier.'),
  to: time.optional().describe('Not later.'),
  format: z.enum(['json', 'csv']).default('json').describe('`csv`: a table of 10,000 events at most, without pages.'),
  limit,
});
const events = z.strictObject({
  events: z.array(eventSchema),
  next: next.describe('There may be more: ask with this as `before`, also where this page is short or empty.'),
});
export type AuditView = z.output<typeof events>;

export const AUDIT_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'GET',
    path: '/audit',
    operation: 'ListAudit',
    summary: 'What was done to any account, key or bucket, newest first.',
    may: 'audit.list',
    find: everybody,
    query: page,
    body: NOTHING,
    answer: events,
    handle: ({ query }, services) => trailOf(undefined, query, services),
  }),
  route({
    method: 'GET',
    path: '/accounts/{account}/audit',
    operation: 'ListAccountAudit',
    summary: 'What was done to an account, its keys and its buckets, newest first.',
    may: 'audit.show',
    find: accountInPath,
    query: page,
    body: NOTHING,
    answer: events,
    handle: ({ it, query }, services) => trailOf(it.id, query, services),
  }),
]);

async function trailOf(
  account: AccountId | undefined,
  { format, from, to, ...query }: z.output<typeof page>,
  { admin, limits }: ApiServices,
): Promise<Result<AuditView>> {
  const count = format === 'csv' ? limits.auditTableRows : query.limit;
  const times = {
    from: from === undefined ? undefined : timeOf(from),
    to: to === undefined ? undefined : timeOf(to),
  };
  const found = await admin.searchAudit({ ...query, ...times, account, limit: count });
  const { events: rows, next: more } = found;
  const answer = { events: rows.map(eventView), ...(more === undefined ? {} : { next: more }) };
  if (format === 'json') return { answer };
  const text = table(COLUMNS, [...rows.map(cells), ...(more === undefined ? [] : [[MORE]])]);
  return { answer, file: { contentType: 'text/csv; charset=utf-8', name: 'audit.csv', text } };
}

const COLUMNS = ['time', 'who', 'accessKeyId', 'action', 'target', 'from', 'requestId', 'details'];
const MORE = 'There may be more: choose a shorter time.';

function cells({ at, actor, action, target, from, requestId = '', details }: AuditEvent): readonly string[] {
  const { name, accessKeyId = '' } = actor.kind === 'account' ? actor : { name: actor.kind };
  const said = Object.entries(details).map(([what, text]) => `${what}: ${text}`);
  return [timeText(at), name, accessKeyId, action, target, from, requestId, said.join('; ')];
}
