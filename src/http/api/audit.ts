/** The audit trail: of all for operators, of one account for itself. Newest first; nobody changes it. */

import { z } from 'zod';
import type { AccountId } from '../../model/entities.ts';
import { NOTHING, route } from './route.ts';
import { accountInPath, everybody } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';
import { eventSchema, eventView, limit, next } from './views.ts';

const page = z.strictObject({
  before: z.string().max(64).optional().describe('Begin behind the event of this id.'),
  limit,
});
const events = z.strictObject({ events: z.array(eventSchema), next });

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
    handle: async ({ query }, services) => ({ answer: await trailOf(undefined, query, services) }),
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
    handle: async ({ it, query }, services) => ({ answer: await trailOf(it.id, query, services) }),
  }),
]);

async function trailOf(
  account: AccountId | undefined,
  { before, limit: count }: z.output<typeof page>,
  { admin }: ApiServices,
): Promise<z.output<typeof events>> {
  const found = await admin.audit({
    ...(account === undefined ? {} : { account }),
    ...(before === undefined ? {} : { before }),
    limit: count + 1,
  });
  const shown = found.slice(0, count);
  return { events: shown.map(eventView), ...(found.length > count ? { next: shown.at(-1)?.id } : {}) };
}
