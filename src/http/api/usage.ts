/** What accounts and their buckets hold: of one account for itself, of all for operators. */

import { z } from 'zod';
import type { BucketUsage } from '../../jobs/usage.ts';
import type { Account, Bucket } from '../../model/entities.ts';
import { NO_QUERY, NOTHING, route } from './route.ts';
import { accountInPath, everybody } from './subjects.ts';
import type { ApiServices, Route } from './types.ts';
import { limit, next, time, timeText } from './views.ts';

const figures = {
  objects: z.int(),
  bytes: z.int().describe('Of current objects, as clients see them.'),
  versions: z.int().describe('Older ones.'),
  versionBytes: z.int(),
  deleteMarkers: z.int(),
  uploads: z.int().describe('Unfinished multipart uploads; their parts are not among the bytes.'),
  complete: z.boolean().describe('False: at least so much, not all was counted yet.'),
  countedAt: time.optional().describe('Absent: not counted yet.'),
};
const bucket = z.strictObject({
  bucket: z.string(),
  versioning: z.enum(['Enabled', 'Suspended']).optional().describe('As GetBucketVersioning has it. Absent: never on.'),
  objectLock: z.literal(true).optional().describe('Versions can be locked.'),
  ...figures,
});
const account = z.strictObject({ accountId: z.string(), name: z.string(), buckets: z.int(), ...figures });
export type BucketUsageView = z.output<typeof bucket>;
export type AccountUsageView = z.output<typeof account>;

const page = z.strictObject({ after: z.string().max(64).optional().describe('Begin behind this bucket.'), limit });

export const USAGE_ROUTES: readonly Route[] = Object.freeze([
  route({
    method: 'GET',
    path: '/accounts/{account}/usage',
    operation: 'GetUsage',
    summary: 'What the buckets of an account hold, by name, and how they keep it.',
    details: 'Small buckets are counted now, large ones in the background: `countedAt` says when.',
    may: 'usage.show',
    find: accountInPath,
    query: page,
    body: NOTHING,
    answer: z.strictObject({ buckets: z.array(bucket), next }),
    handle: async ({ it, query }, { rows, usage }) => {
      const { after, limit: count } = query;
      const place = { owner: it.id, limit: count + 1, ...(after === undefined ? {} : { after }) };
      const found = await rows.scanBuckets(place);
      const shown = found.slice(0, count);
      const buckets: BucketUsageView[] = [];
      for (const one of shown) buckets.push(bucketView(one, await usage.of(one)));
      return { answer: { buckets, ...(found.length > count ? { next: shown.at(-1)?.name } : {}) } };
    },
  }),
  route({
    method: 'GET',
    path: '/usage',
    operation: 'ListUsage',
    summary: 'What all accounts hold, as it was counted in the background, the largest first; and what the store does.',
    may: 'usage.list',
    find: everybody,
    query: NO_QUERY,
    body: NOTHING,
    answer: z.strictObject({
      accounts: z.array(account).describe('Those that own buckets; the largest, 1,000 at most.'),
      more: z.literal(true).optional().describe('There are others, which hold less.'),
      countedAt: time.optional().describe('When all was counted last. Absent: the first round is not over.'),
      store: z.strictObject({
        buckets: z.int().optional(),
        bodyBytes: z.int().optional().describe('Of bodies, each once, whoever shares them.'),
        trashBytes: z.int().optional().describe('Waiting to be reclaimed.'),
      }),
    }),
    handle: async (_call, services) => {
      const { upkeep, usage } = services;
      const { buckets, bodyBytes, trashBytes } = await upkeep.usage();
      const countedAt = usage.countedAt();
      return {
        answer: {
          ...(await byAccount(usage.known(), services)),
          ...(countedAt === undefined ? {} : { countedAt: timeText(countedAt) }),
          store: {
            ...(buckets === undefined ? {} : { buckets }),
            ...(bodyBytes === undefined ? {} : { bodyBytes }),
            ...(trashBytes === undefined ? {} : { trashBytes }),
          },
        },
      };
    },
  }),
]);

function bucketView({ versioning, configuration }: Bucket, usage: BucketUsage): BucketUsageView {
  const { bucket: name, owner: _, at, ...counted } = usage;
  return {
    ...{ bucket: name, ...counted, countedAt: timeText(at) },
    ...(versioning === 'unversioned' ? {} : { versioning: versioning === 'enabled' ? 'Enabled' : 'Suspended' }),
    ...(configuration.objectLock === undefined ? {} : { objectLock: true }),
  };
}

async function byAccount(
  all: readonly BucketUsage[],
  { rows, limits }: ApiServices,
): Promise<{ readonly accounts: AccountUsageView[]; readonly more?: true }> {
  const size = (buckets: readonly BucketUsage[]): number =>
    buckets.reduce((sum, { bytes, versionBytes }) => sum + bytes + versionBytes, 0);
  const owners = [...Map.groupBy(all, ({ owner }) => owner)].map(([id, buckets]) => ({
    id,
    buckets,
    held: size(buckets),
  }));
  owners.sort((a, b) => b.held - a.held);
  const accounts: AccountUsageView[] = [];
  for (const { id, buckets } of owners.slice(0, limits.usageAccounts)) {
    const owner = await rows.getAccount({ id });
    if (owner !== undefined) accounts.push(accountUsage(owner, buckets));
  }
  return { accounts, ...(owners.length > limits.usageAccounts ? { more: true } : {}) };
}

function accountUsage({ id, name }: Account, buckets: readonly BucketUsage[]): AccountUsageView {
  const sum = (of: 'objects' | 'bytes' | 'versions' | 'versionBytes' | 'deleteMarkers' | 'uploads'): number =>
    buckets.reduce((total, one) => total + one[of], 0);
  return {
    ...{ accountId: id, name, buckets: buckets.length, objects: sum('objects'), bytes: sum('bytes') },
    ...{ versions: sum('versions'), versionBytes: sum('versionBytes'), deleteMarkers: sum('deleteMarkers') },
    ...{ uploads: sum('uploads'), complete: buckets.every(({ complete }) => complete) },
    countedAt: timeText(Math.min(...buckets.map(({ at }) => at))),
  };
}
