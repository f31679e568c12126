/** Accounts, keys, scopes and audit events as the API shows them, and the schemas that say so. Nothing sealed or hashed is in them. */

import { z } from 'zod';
import type { AccessKey, Account, AuditEvent, KeyClient, KeyScope, ScopedResource } from '../../model/entities.ts';
import { integerIn } from '../../wire/values.ts';

/** RFC 3339, UTC. */
export const time = z.iso.datetime({ error: 'must be a time such as 2030-01-31T12:00:00Z' });
export const timeText = (ms: number): string => new Date(ms).toISOString();
export const timeOf = (text: string): number => new Date(text).getTime();

export const role = z.enum(['operator', 'tenant']);
export const state = z.enum(['active', 'suspended']);

export const accountSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  email: z.string().optional(),
  canonicalId: z.string(),
  role,
  state,
  createdAt: time,
  hasPassword: z.boolean(),
});

export function accountView(account: Account): z.output<typeof accountSchema> {
  const { id, name, email, canonicalId, role, state, createdAt, passwordHash } = account;
  return {
    ...{ id, name, ...(email === undefined ? {} : { email }), canonicalId, role, state },
    ...{ createdAt: timeText(createdAt), hasPassword: passwordHash !== undefined },
  };
}

/** What a scope means, and whether its parts are valid, is said in `admin`; this is its shape. */
export const scope = z.strictObject({
  resources: z
    .array(
      z.strictObject({
        bucket: z.string(),
        prefix: z.string().optional(),
        key: z.string().optional(),
        versionId: z.string().optional(),
      }),
    )
    .optional()
    .describe(
      'Buckets; or keys in them that begin with `prefix`, which ends in `/`; or `key` exactly, or a version of it.',
    ),
  actions: z
    .union([z.literal('read-only'), z.array(z.string())], {
      error: 'must be "read-only" or a list of actions such as "s3:GetObject"',
    })
    .optional(),
  networks: z.array(z.string()).optional().describe('Addresses and networks that requests must come from.'),
});

/** Absent members stay absent. */
export function scopeOf(sent: z.output<typeof scope>): KeyScope {
  const { resources, actions, networks } = sent;
  return {
    ...(resources === undefined ? {} : { resources: resources.map(present) }),
    ...(actions === undefined ? {} : { actions }),
    ...(networks === undefined ? {} : { networks }),
  };
}

export const keySchema = z.strictObject({
  accessKeyId: z.string(),
  accountId: z.string(),
  label: z.string().optional(),
  createdAt: time,
  lastUsedAt: time.optional().describe('To the minute, roughly; the first use by a client at once. Absent: never.'),
  lastUsedFrom: z.string().optional().describe('Address of that client.'),
  lastUsedBy: z.string().optional().describe('What it calls itself: `rclone/v1.70`.'),
  allowV2: z.boolean().describe('May sign with signature V2.'),
  state: z.enum(['active', 'revoked']),
  expiresAt: time.optional(),
  scope: scope.optional().describe('Absent: all that its account may do.'),
});

export function keyView(key: AccessKey, lastUse: number | undefined, client?: KeyClient): z.output<typeof keySchema> {
  const { accessKeyId, accountId, label, createdAt, allowV2, state, expiresAt } = key;
  return {
    ...{ accessKeyId, accountId, ...(label === undefined ? {} : { label }), createdAt: timeText(createdAt) },
    ...(lastUse === undefined ? {} : { lastUsedAt: timeText(lastUse) }),
    ...(client === undefined ? {} : { lastUsedFrom: client.from }),
    ...(client?.agent === undefined ? {} : { lastUsedBy: client.agent }),
    ...{ allowV2, state },
    ...(expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt) }),
    ...(key.scope === undefined ? {} : { scope: scopeView(key.scope) }),
  };
}

/** Without members that have no value. */
const present = ({ bucket, ...rest }: NonNullable<z.output<typeof scope>['resources']>[number]): ScopedResource => ({
  bucket,
  ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
});

function scopeView({ resources, actions, networks }: KeyScope): z.output<typeof scope> {
  return {
    ...(resources === undefined ? {} : { resources: [...resources] }),
    ...(actions === undefined ? {} : { actions: actions === 'read-only' ? actions : [...actions] }),
    ...(networks === undefined ? {} : { networks: [...networks] }),
  };
}

export const eventSchema = z.strictObject({
  id: z.string(),
  at: time,
  actor: z.strictObject({
    kind: z.enum(['account', 'local', 'stranger']),
    accountId: z.string().optional(),
    name: z.string().optional(),
    accessKeyId: z.string().optional(),
  }),
  action: z.string().describe('`account.create`, `key.revoke`, `bucket.PutBucketPolicy`.'),
  target: z.string(),
  accountId: z.string().optional().describe('Whose affair it is.'),
  from: z.string().describe('Address of the client; `local` for the command line.'),
  requestId: z.string().optional(),
  details: z.record(z.string(), z.string()),
});

export function eventView(event: AuditEvent): z.output<typeof eventSchema> {
  const { id, at, actor, action, target, accountId, from, requestId, details } = event;
  return {
    ...{ id, at: timeText(at), actor: { ...actor }, action, target, from, details: { ...details } },
    ...(accountId === undefined ? {} : { accountId }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

// ------------------------------------------------------------------------------------------------------------ pages

/** Entries of one page, and of one that does not say how many. */
const PAGE_MOST = 1000;
const PAGE = 100;

/** Query of every list. */
export const limit = z
  .string()
  .optional()
  .transform((text, context) => {
    const count = text === undefined ? PAGE : integerIn(text, 1, PAGE_MOST);
    if (count !== undefined) return count;
    context.addIssue({ code: 'custom', message: `must be a number from 1 to ${PAGE_MOST}` });
    return z.NEVER;
  })
  .describe(`Entries at most: 1 to ${PAGE_MOST}, ${PAGE} when it is left out.`);

/** Where the next page begins: what to give as `after` (`before`) for it. Absent on the last. */
export const next = z.string().optional();

/** The first `count`, and whether there are more. */
export async function firstOf<T>(all: AsyncIterable<T>, count: number): Promise<{ rows: T[]; more: boolean }> {
  const rows: T[] = [];
  for await (const row of all) {
    if (rows.length === count) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}
