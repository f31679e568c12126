/** Accounts: operators make, change and remove them; tenants see their own. */

import { z } from 'zod';
import { Secret } from '../../base/secret.ts';
import { noCookie } from './credentials.ts';
import { ApiError } from './errors.ts';
import { NO_QUERY, NOTHING, route } from './route.ts';
import { accountInPath, everybody } from './subjects.ts';
import type { Caller, Route } from './types.ts';
import { accountSchema, accountView, firstOf, limit, next, role, state } from './views.ts';

export const ACCOUNT_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'GET',
    path: '/accounts',
    operation: 'ListAccounts',
    summary: 'All accounts, by name.',
    may: 'account.list',
    find: everybody,
    query: z.strictObject({ after: z.string().max(64).optional().describe('Begin behind this name.'), limit }),
    body: NOTHING,
    answer: z.strictObject({ accounts: z.array(accountSchema), next }),
    handle: async ({ query }, { admin }) => {
      const { rows, more } = await firstOf(admin.accounts(query.after), query.limit);
      return { answer: { accounts: rows.map(accountView), ...(more ? { next: rows.at(-1)?.name } : {}) } };
    },
  }),
  route({
    method: 'POST',
    path: '/accounts',
    operation: 'CreateAccount',
    summary: 'Make an account. It has no password and no key yet.',
    may: 'account.create',
    find: everybody,
    query: NO_QUERY,
    body: z.strictObject({ name: z.string(), email: z.string().optional(), role: role.default('tenant') }),
    answer: accountSchema,
    status: 201,
    handle: async ({ body, by }, { admin }) => ({ answer: accountView(await admin.addAccount(body, by)) }),
  }),
  route({
    method: 'GET',
    path: '/accounts/{account}',
    operation: 'GetAccount',
    summary: 'An account, by name or id.',
    may: 'account.show',
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: accountSchema,
    handle: async ({ it }) => ({ answer: accountView(it) }),
  }),
  route({
    method: 'PATCH',
    path: '/accounts/{account}',
    operation: 'ChangeAccount',
    summary: 'Change name, e-mail, role or state. What is left out stays; an e-mail of null is taken away.',
    details: 'A suspended account’s keys, sessions and password are refused from the next request on.',
    may: 'account.change',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: z.strictObject({
      name: z.string().optional(),
      email: z.string().nullable().optional(),
      role: role.optional(),
      state: state.optional(),
    }),
    answer: accountSchema,
    handle: async ({ it, body, by }, { admin }) => ({
      answer: accountView(await admin.changeAccount(it.id, body, by)),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{account}',
    operation: 'RemoveAccount',
    summary: 'Remove an account that owns no buckets, and its keys.',
    may: 'account.remove',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ it, by }, { admin }) => {
      await admin.removeAccount(it.id, by);
      return { answer: undefined };
    },
  }),
  route({
    method: 'PUT',
    path: '/accounts/{account}/password',
    operation: 'ResetPassword',
    summary: 'Set the password of somebody else’s account. Ends its sessions.',
    may: 'account.reset-password',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: z.strictObject({ password: z.string() }),
    answer: NOTHING,
    handle: async ({ it, body, by, caller }, { admin }) => {
      requireOther(caller, it.id);
      await admin.setPassword(it.id, new Secret(body.password), by);
      return { answer: undefined };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{account}/password',
    operation: 'RemovePassword',
    summary: 'Nobody signs in with a password of this account any more. Ends its sessions; keys stay.',
    may: 'account.reset-password',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ it, by, caller }, { admin }) => {
      requireOther(caller, it.id);
      await admin.setPassword(it.id, undefined, by);
      return { answer: undefined };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{account}/sessions',
    operation: 'EndSessions',
    summary: 'End all sessions and temporary credentials of an account, at once and everywhere. Keys stay.',
    may: 'account.end-sessions',
    recent: true,
    find: accountInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    handle: async ({ it, by, caller, secure }, { admin }) => {
      await admin.endSessions(it.id, by);
      const own = it.id === caller.holder.account.id;
      return own ? { answer: undefined, headers: { 'Set-Cookie': noCookie(secure) } } : { answer: undefined };
    },
  }),
]);

/** A session that somebody left open must not be enough to lock its owner out. */
function requireOther({ holder }: Caller, accountId: string): void {
  if (holder.account.id !== accountId) return;
  throw new ApiError('InvalidRequest', 'This account is your own: set its password with PUT /api/v1/me/password.');
}
