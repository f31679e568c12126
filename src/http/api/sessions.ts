/**
 * Signing in and out, and who one is.
 *
 * A session is what `admin` derives from a password or a key. Nothing of it is stored; signing out writes into its account that it
 * has ended. The list of sessions, and showing a password once more, are in `session-list.ts`.
 */

import { z } from 'zod';
import { AdminError } from '../../admin/types.ts';
import { LIMITS } from '../../base/limits.ts';
import { Secret } from '../../base/secret.ts';
import { cookieFor, csrfTokenOf, noCookie, sessionView } from './credentials.ts';
import { ApiError } from './errors.ts';
import { NO_QUERY, NOTHING, openRoute, route } from './route.ts';
import { oneself } from './subjects.ts';
import type { Route } from './types.ts';
import { accountSchema, accountView, time, timeText } from './views.ts';

export const credentials = z.strictObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: time,
});

export const session = z.strictObject({
  credentials: credentials.describe('Temporary credentials for S3.'),
  bearerToken: z.string().describe('For `Authorization: Bearer`, in place of the cookie.'),
  csrfToken: z.string().describe('For `X-CSRF-Token`, beside the cookie.'),
});

/** An e-mail; an access key id or its secret. */
const LONGEST_NAME = 254;
const LONGEST_KEY = 128;

/** What strangers type is remembered for a while, to count failures: not more of it than somebody could be called. */
export const typed = (most: number) => z.string().max(most);

const signIn = z.union(
  [
    z.strictObject({
      name: typed(LONGEST_NAME).describe('Name or e-mail of the account.'),
      password: typed(LIMITS.passwordMax * 4),
    }),
    z.strictObject({ accessKeyId: typed(LONGEST_KEY), secretAccessKey: typed(LONGEST_KEY) }),
  ],
  { error: 'give name and password, or accessKeyId and secretAccessKey' },
);

const me = z.strictObject({
  account: accountSchema,
  session: z.strictObject({
    by: z.enum(['password', 'key', 'key-session']).describe('What it was derived from.'),
    scoped: z.boolean().describe('It has a scope: this is all that it may ask here.'),
    id: z.string().describe('Which of `ListSessions` it is.'),
    expiresAt: time,
    endsAt: time.describe('Until then it can be refreshed.'),
    provedAt: time.describe('When a password or secret was shown last.'),
  }),
  csrfToken: z.string().optional().describe('Told to whoever came with the cookie.'),
});

export const SESSION_ROUTES: readonly Route[] = Object.freeze([
  openRoute({
    method: 'POST',
    path: '/sessions',
    operation: 'CreateSession',
    summary: 'Sign in, with a password or an access key.',
    details: 'Sets the session cookie. No cookie and no bearer token is read.',
    query: NO_QUERY,
    body: signIn,
    answer: session,
    status: 201,
    handle: async ({ body, by, secure }, { admin, clock }) => {
      const signedIn =
        'name' in body
          ? admin.signIn(body.name, new Secret(body.password), by)
          : admin.signInWithKey(body.accessKeyId, new Secret(body.secretAccessKey), by);
      const made = await signedIn.catch(refused);
      return { answer: sessionView(made), headers: { 'Set-Cookie': cookieFor(made, secure, clock) } };
    },
  }),
  route({
    method: 'POST',
    path: '/sessions/refresh',
    operation: 'RefreshSession',
    summary: 'New temporary credentials from a session that still holds.',
    details: 'Sets the cookie anew. Until twelve hours after signing in; not for what `CreateKeySession` gave.',
    may: 'signed-in',
    find: oneself,
    query: NO_QUERY,
    body: NOTHING,
    answer: session,
    status: 201,
    handle: async ({ caller, by, secure }, { admin, clock }) => {
      const made = await admin.renewSession(caller.shown.proof, by);
      return { answer: sessionView(made), headers: { 'Set-Cookie': cookieFor(made, secure, clock) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/sessions/current',
    operation: 'DeleteSession',
    summary: 'Sign out: the browser forgets the session.',
    details: 'It is refused from the next request on; handed-on credentials only end the cookie.',
    may: 'signed-in',
    find: oneself,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ secure, caller: { holder }, by }, { admin }) => {
      // What was handed on, and what has a scope, changes nothing of the account: not even this.
      const isOwn = holder.by !== 'key-session' && holder.scopes.length === 0;
      if (isOwn) await admin.endSession(holder.account, holder.sessionId, by);
      return { answer: undefined, headers: { 'Set-Cookie': noCookie(secure) } };
    },
  }),
  route({
    method: 'GET',
    path: '/me',
    operation: 'GetMe',
    summary: 'Who is signed in, with what, and until when.',
    may: 'signed-in',
    find: oneself,
    query: NO_QUERY,
    body: NOTHING,
    answer: me,
    handle: async ({ caller: { holder, shown }, it }) => {
      const { by, scopes, sessionId: id } = holder;
      const account = accountView(it);
      const times = {
        expiresAt: timeText(holder.expiresAt),
        endsAt: timeText(holder.endsAt),
        provedAt: timeText(holder.provedAt),
      };
      const view = { account, session: { by, scoped: scopes.length > 0, id, ...times } };
      return { answer: shown.as === 'cookie' ? { ...view, csrfToken: csrfTokenOf(shown.proof) } : view };
    },
  }),
  route({
    method: 'PUT',
    path: '/me/password',
    operation: 'ChangePassword',
    summary: 'Set the own password. Ends all sessions of the account, this one too.',
    may: 'account.password',
    find: oneself,
    query: NO_QUERY,
    body: z.strictObject({
      currentPassword: z.string().optional().describe('Needed when there is one.'),
      password: z.string(),
    }),
    answer: NOTHING,
    handle: async ({ it, body, by, secure }, { admin }) => {
      const { currentPassword, password } = body;
      if (currentPassword === undefined && it.passwordHash !== undefined) {
        throw new ApiError('InvalidRequest', 'Give the current password too.', { field: 'currentPassword' });
      }
      const current = currentPassword === undefined ? undefined : new Secret(currentPassword);
      await admin.setPassword(it.id, new Secret(password), by, current);
      return { answer: undefined, headers: { 'Set-Cookie': noCookie(secure) } };
    },
  }),
]);

/** The same status whatever was wrong; the words are `admin`'s, and the same too. */
function refused(error: unknown): never {
  if (!(error instanceof AdminError) || error.reason !== 'denied') throw error;
  throw new ApiError('SignInFailed', error.message);
}
