/** The sessions of an account, ending one or all others of them, and showing password or key once more. */

import { z } from 'zod';
import type { SessionEntry } from '../../admin/types.ts';
import { Secret } from '../../base/secret.ts';
import { cookieFor, sessionView } from './credentials.ts';
import { ApiError } from './errors.ts';
import { NO_QUERY, NOTHING, route } from './route.ts';
import { session, typed } from './sessions.ts';
import { accountInPath, oneself } from './subjects.ts';
import type { Route } from './types.ts';
import { time, timeText } from './views.ts';

const entry = z.strictObject({
  id: z.string(),
  by: z.enum(['password', 'key', 'key-session']).describe('`key-session`: temporary credentials that were handed on.'),
  accessKeyId: z.string().optional().describe('Of the key that it was derived from.'),
  begunAt: time.optional().describe('Absent: longer ago than the trail was read.'),
  renewedAt: time.describe('Made or refreshed last; it may have been used since.'),
  expiresAt: time.describe('Unless it is refreshed.'),
  from: z.string().describe('Address of the client.'),
  agent: z.string().optional().describe('What the client calls itself.'),
  current: z.boolean().describe('The one that asks.'),
});
export type SessionEntryView = z.output<typeof entry>;

const evidence = z.union(
  [z.strictObject({ password: typed(4096) }), z.strictObject({ accessKeyId: typed(128), secretAccessKey: typed(128) })],
  { error: 'give password, or accessKeyId and secretAccessKey' },
);

export const SESSION_LIST_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'POST',
    path: '/sessions/confirm',
    operation: 'ConfirmSession',
    summary: 'Show the password, or a key of the account and its secret, once more.',
    details: 'Answers like a refresh. Operators need it ten minutes after signing in for what is dangerous to others.',
    may: 'session.confirm',
    find: oneself,
    query: NO_QUERY,
    body: evidence,
    answer: session,
    status: 201,
    handle: async ({ body, caller, by, secure }, { admin, clock }) => {
      const shown =
        'password' in body
          ? { password: new Secret(body.password) }
          : { accessKeyId: body.accessKeyId, secret: new Secret(body.secretAccessKey) };
      const made = await admin.confirmSession(caller.shown.proof, shown, by);
      return { answer: sessionView(made), headers: { 'Set-Cookie': cookieFor(made, secure, clock) } };
    },
  }),
  route({
    method: 'POST',
    path: '/sessions/end-others',
    operation: 'EndOtherSessions',
    summary: 'End all sessions and temporary credentials of the account but this one, which goes on with the answer.',
    may: 'account.end-sessions',
    find: oneself,
    query: NO_QUERY,
    body: NOTHING,
    answer: session,
    status: 201,
    handle: async ({ caller, by, secure }, { admin, clock }) => {
      const made = await admin.endOtherSessions(caller.shown.proof, by);
      return { answer: sessionView(made), headers: { 'Set-Cookie': cookieFor(made, secure, clock) } };
    },
  }),
  route({
    method: 'GET',
    path: '/accounts/{account}/sessions',
    operation: 'ListSessions',
    summary: 'Sessions and temporary credentials of an account that hold, newest first.',
    may: 'session.list',
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: z.strictObject({
      sessions: z.array(entry),
      complete: z.boolean().describe('False: there is so much in the trail that older ones are not told.'),
    }),
    handle: async ({ it, caller }, { admin }) => {
      const { sessions, complete } = await admin.sessions(it);
      return { answer: { sessions: sessions.map((one) => entryView(one, caller.holder.sessionId)), complete } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{account}/sessions/{session}',
    operation: 'EndSession',
    summary: 'End one session, at once and everywhere.',
    may: 'account.end-sessions',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ it, by, parameters }, { admin }) => {
      const id = parameters.get('session') ?? '';
      const { sessions } = await admin.sessions(it);
      if (!sessions.some((one) => one.id === id)) {
        throw new ApiError('NotFound', `There is no session ${JSON.stringify(id)}, or it is over.`);
      }
      await admin.endSession(it, id, by);
      return { answer: undefined };
    },
  }),
]);

function entryView({ begunAt, renewedAt, expiresAt, ...said }: SessionEntry, current: string): SessionEntryView {
  const { id, by, accessKeyId, from, agent } = said;
  return {
    ...{ id, by, ...(accessKeyId === undefined ? {} : { accessKeyId }) },
    ...(begunAt === undefined ? {} : { begunAt: timeText(begunAt) }),
    ...{ renewedAt: timeText(renewedAt), expiresAt: timeText(expiresAt), from },
    ...(agent === undefined ? {} : { agent }),
    current: id === current,
  };
}
