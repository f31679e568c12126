/**
 * Access keys. A secret is in the answer that makes it and in no other. Left out on purpose: importing keys of other stores,
 * which would tell whether somebody else has an id (`moraine key create --access-key` does it), and showing a secret again.
 */

import { z } from 'zod';
import type { KeyWithSecret } from '../../admin/types.ts';
import type { AccessKey } from '../../model/entities.ts';
import { credentialsView, secretView } from './credentials.ts';
import { NO_QUERY, NOTHING, route } from './route.ts';
import { credentials } from './sessions.ts';
import { accountInPath, everybody, keyInPath } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';
import { firstOf, keySchema, keyView, limit, next, scope, scopeOf, time, timeOf, timeText } from './views.ts';

const label = z.string().describe('What it is for: 1 to 64 characters.');
const page = z.strictObject({
  after: z.string().max(128).optional().describe('Begin behind this access key id.'),
  limit,
});
const looked = keySchema.extend({ at: time.describe('Now, by the clock that `lastUsedAt` is told by.') });
const list = z.strictObject({ keys: z.array(keySchema), next });
const made = z.strictObject({ key: keySchema, secretAccessKey: z.string().describe('Shown now and never again.') });
const seconds = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER / 1000);

export const KEY_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'GET',
    path: '/keys',
    operation: 'ListAllKeys',
    summary: 'The keys of all accounts, by id, with their last use.',
    may: 'key.list',
    find: everybody,
    query: page,
    body: NOTHING,
    answer: list,
    handle: async ({ query }, services) => ({ answer: await keysOf(undefined, query, services) }),
  }),
  route({
    method: 'GET',
    path: '/accounts/{account}/keys',
    operation: 'ListKeys',
    summary: 'The keys of an account, by id, with their last use. Revoked ones are among them.',
    may: 'key.list',
    find: accountInPath,
    query: page,
    body: NOTHING,
    answer: list,
    handle: async ({ it, query }, services) => ({ answer: await keysOf(it.id, query, services) }),
  }),
  route({
    method: 'POST',
    path: '/accounts/{account}/keys',
    operation: 'CreateKey',
    summary: 'Make a key. Its secret is in this answer only.',
    may: 'key.create',
    find: accountInPath,
    query: NO_QUERY,
    body: z.strictObject({
      label: label.optional(),
      allowV2: z.boolean().default(true).describe('May sign with signature V2.'),
      scope: scope.optional(),
      expiresAt: time.optional(),
    }),
    answer: made,
    status: 201,
    handle: async ({ it, body, by }, { admin }) => {
      const { label: text, allowV2, scope: narrowed, expiresAt } = body;
      const draft = {
        ...{ label: text, allowV2, scope: narrowed === undefined ? undefined : scopeOf(narrowed) },
        expiresAt: expiresAt === undefined ? undefined : timeOf(expiresAt),
      };
      return { answer: madeView(await admin.createKey(it, draft, by)) };
    },
  }),
  route({
    method: 'GET',
    path: '/keys/{accessKeyId}',
    operation: 'GetKey',
    summary: 'A key and its last use.',
    may: 'key.list',
    find: keyInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: looked,
    handle: async ({ it }, services) => ({
      answer: { ...(await usedKey(it, services)), at: timeText(services.clock.now()) },
    }),
  }),
  route({
    method: 'PATCH',
    path: '/keys/{accessKeyId}',
    operation: 'ChangeKey',
    summary: 'Change label, signature V2, scope or expiry. What is left out stays; null takes away.',
    may: 'key.change',
    find: keyInPath,
    query: NO_QUERY,
    body: z.strictObject({
      label: label.nullable().optional(),
      allowV2: z.boolean().optional(),
      scope: scope.nullable().optional(),
      expiresAt: time.nullable().optional(),
    }),
    answer: keySchema,
    handle: async ({ it, body, by }, services) => {
      const { label: text, allowV2, scope: narrowed, expiresAt } = body;
      const change = {
        ...{ label: text, allowV2, scope: narrowed && scopeOf(narrowed) },
        expiresAt: typeof expiresAt === 'string' ? timeOf(expiresAt) : expiresAt,
      };
      return { answer: await usedKey(await services.admin.changeKey(it.accessKeyId, change, by), services) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/keys/{accessKeyId}',
    operation: 'RevokeKey',
    summary: 'Revoke a key, for good: its next request is refused, and all that was derived from it.',
    may: 'key.revoke',
    find: keyInPath,
    query: NO_QUERY,
    body: NOTHING,
    answer: keySchema,
    handle: async ({ it, by }, services) => ({
      answer: await usedKey(await services.admin.revokeKey(it.accessKeyId, by), services),
    }),
  }),
  route({
    method: 'POST',
    path: '/keys/{accessKeyId}/rotate',
    operation: 'RotateKey',
    summary: 'Make a new key like this one, which ends after an overlap.',
    may: 'key.rotate',
    find: keyInPath,
    query: NO_QUERY,
    body: z.strictObject({ overlapSeconds: seconds.describe('How long both may be used; 0: the old one ends now.') }),
    answer: made,
    status: 201,
    handle: async ({ it, body, by }, { admin }) => ({
      answer: madeView(await admin.rotateKey(it.accessKeyId, body.overlapSeconds * 1000, by)),
    }),
  }),
  route({
    method: 'POST',
    path: '/keys/{accessKeyId}/session',
    operation: 'CreateKeySession',
    summary: 'Temporary credentials from a key, for handing on. They change nothing here.',
    may: 'key.session',
    find: keyInPath,
    query: NO_QUERY,
    body: z.strictObject({
      lifeSeconds: seconds.optional().describe('An hour when it is left out, twelve at most.'),
      scope: scope.optional().describe('Narrows what the key may do.'),
    }),
    answer: credentials,
    status: 201,
    handle: async ({ it, body, by }, { admin }) => {
      const { lifeSeconds, scope: narrowed } = body;
      const draft = {
        lifeMs: lifeSeconds === undefined ? undefined : lifeSeconds * 1000,
        scope: narrowed === undefined ? undefined : scopeOf(narrowed),
      };
      return { answer: credentialsView(await admin.keySession(it.accessKeyId, draft, by)) };
    },
  }),
]);

async function keysOf(
  accountId: string | undefined,
  query: z.output<typeof page>,
  { admin }: ApiServices,
): Promise<z.output<typeof list>> {
  const { rows, more } = await firstOf(admin.keys(accountId, query.after), query.limit);
  const ids = rows.map(({ accessKeyId }) => accessKeyId);
  const [uses, clients] = await Promise.all([admin.keyUses(ids), admin.keyClients(ids)]);
  const keys = rows.map((key) => keyView(key, uses.get(key.accessKeyId), clients.get(key.accessKeyId)));
  return { keys, ...(more ? { next: rows.at(-1)?.accessKeyId } : {}) };
}

async function usedKey(key: AccessKey, { admin }: ApiServices): Promise<z.output<typeof keySchema>> {
  const { accessKeyId: id } = key;
  const [uses, clients] = await Promise.all([admin.keyUses([id]), admin.keyClients([id])]);
  return keyView(key, uses.get(id), clients.get(id));
}

const madeView = (made: KeyWithSecret) => ({ key: keyView(made.key, undefined), secretAccessKey: secretView(made) });
