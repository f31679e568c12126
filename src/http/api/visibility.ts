/** Who can see a bucket or an object: the badge beside its name. For who owns the bucket and for operators. */

import { z } from 'zod';
import { checkVersionId, keyBytes } from '../../model/keys.ts';
import { isBucketName } from '../../model/names.ts';
import { type Looked, type Visibility, visibilityOf } from '../../ops/visibility.ts';
import { type Find, NOTHING, route } from './route.ts';
import { isOperator, notFound } from './subjects.ts';
import type { ApiServices, Caller, Route } from './types.ts';

export const visibilityQuery = z.strictObject({
  bucket: z.string().max(255),
  key: z.string().optional().describe('An object; the bucket when it is left out.'),
  versionId: z.string().optional().describe('An older version of the object.'),
});

export const visibility = z.strictObject({
  who: z.enum(['private', 'others', 'public']).describe('`public`: everybody may something; else `others`: some may.'),
  read: z.boolean().describe('Everybody may read it (of a bucket: every key, whatever its own ACL says).'),
  write: z.boolean().describe('Everybody may write it.'),
  list: z.boolean().describe('Everybody may list the bucket.'),
  accountsOnly: z.boolean().describe('“Everybody” is everybody with an account, whichever.'),
  partly: z.boolean().describe('The policy is public for a part of the bucket, or under conditions.'),
  objectAcls: z.boolean().describe('Objects in the bucket may be more open by an ACL of their own.'),
  others: z
    .array(z.strictObject({ accountId: z.string(), name: z.string() }))
    .describe('Beside the owner; 100 at most.'),
  why: z.array(z.string()).describe('What makes it public, as the layers say it.'),
});
export type VisibilityView = z.output<typeof visibility>;

export const VISIBILITY_ROUTE: Route = route({
  method: 'GET',
  path: '/access/visibility',
  operation: 'GetVisibility',
  summary: 'Who can see a bucket or an object, and why.',
  may: 'access.explain',
  find: inQuery(),
  query: visibilityQuery,
  body: NOTHING,
  answer: visibility,
  handle: async ({ it }, services) => ({ answer: visibilityView(await visibilityOf(it, services)) }),
});

function inQuery(): Find<Looked, Wanted> {
  return async ({ caller, query }, { rows }: ApiServices) => ({
    about: caller.holder.account.id,
    it: await lookAt(query, caller, rows),
  });
}

type Wanted = z.output<typeof visibilityQuery>;

/** Throws `NotFound` for what is not the caller's, like for what is not there. */
export async function lookAt(
  { bucket: name, key, versionId }: Wanted,
  caller: Caller,
  rows: Pick<ApiServices['rows'], 'getTarget'>,
): Promise<Looked> {
  const missing = () => notFound(key === undefined ? 'bucket' : 'object', key === undefined ? name : `${name}/${key}`);
  if (!isBucketName(name)) throw missing();
  if (key !== undefined && (key === '' || keyBytes(key) > 1024)) throw missing();
  if (versionId !== undefined) checkVersionId(versionId);
  const target = await rows.getTarget({
    bucket: name,
    ...(key === undefined ? {} : { key }),
    ...(versionId === undefined ? {} : { versionId }),
  });
  const { bucket, version } = target;
  const own = bucket?.owner === caller.holder.account.id;
  if (bucket === undefined || !(own || isOperator(caller))) throw missing();
  if (key !== undefined && version?.kind !== 'object') throw missing();
  return { bucket: name, key, versionId, target };
}

export function visibilityView({ others, why, ...found }: Visibility): VisibilityView {
  const { read, write, list, partly } = found;
  const isPublic = read || write || list || partly;
  return {
    ...{ who: isPublic ? 'public' : others.length > 0 ? 'others' : 'private', ...found },
    others: others.map(({ id, name }) => ({ accountId: id, name })),
    why: [...why],
  };
}
