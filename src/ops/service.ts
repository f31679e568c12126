/** ListBuckets: the caller's own buckets, by name. Source: "ListBuckets" in the S3 API reference. */

import type { Bucket, KeyScope } from '../model/entities.ts';
import { isBucketInScope } from '../model/scope.ts';
import { writeListBuckets } from '../wire/documents/buckets.ts';
import { countArgument, textArgument } from './arguments.ts';
import { XML } from './headers.ts';
import { readToken, writeToken } from './token.ts';
import type { Handler, Services } from './types.ts';

const SCOPE = 'ListBuckets';
const PARAMETERS = ['max-buckets', 'prefix', 'continuation-token', 'bucket-region'] as const;

export const listBuckets: Handler = async (call, services) => {
  const { query } = call.request;
  if (call.caller.kind === 'anonymous') throw new Error('ListBuckets was authorised for nobody');
  const { account, scopes } = call.caller;
  const most = countArgument(query, 'max-buckets', { min: 1, most: services.limits.bucketPageEntries });
  const prefix = textArgument(query, 'prefix');
  const token = textArgument(query, 'continuation-token');
  const region = textArgument(query, 'bucket-region');
  const found = await collect(services, {
    owner: account.id,
    scopes,
    limit: most + 1,
    ...(prefix === undefined ? {} : { prefix }),
    ...(token === undefined ? {} : { after: readToken(SCOPE, token) }),
    ...(region === undefined ? {} : { region }),
  });
  const page = found.slice(0, most);
  const last = page[page.length - 1];
  // S3 tells regions only to clients that use one of the parameters, which came with them.
  const withRegion = PARAMETERS.some((name) => query.has(name));
  const body = writeListBuckets({
    owner: { id: account.canonicalId, displayName: account.name },
    buckets: page.map(({ name, createdAt, region: bucketRegion }) => ({
      name,
      createdAt,
      region: withRegion ? bucketRegion : undefined,
    })),
    prefix,
    continuationToken: found.length > most && last !== undefined ? writeToken(SCOPE, last.name) : undefined,
  });
  return { status: 200, headers: XML, body };
};

interface Wanted {
  readonly owner: string;
  /** Those of the caller's key: buckets outside them are not shown. */
  readonly scopes: readonly KeyScope[];
  readonly prefix?: string;
  readonly after?: string;
  readonly region?: string;
  readonly limit: number;
}

/** Up to `limit` buckets. Reads on only while region or scopes filter some out; an account's buckets bound that. */
async function collect({ rows }: Services, { region, scopes, ...query }: Wanted): Promise<readonly Bucket[]> {
  const found: Bucket[] = [];
  let page = query;
  for (;;) {
    const read = await rows.scanBuckets(page);
    const isShown = (bucket: Bucket): boolean =>
      (region === undefined || bucket.region === region) && isBucketInScope(scopes, bucket.name);
    found.push(...read.filter(isShown));
    const last = read[read.length - 1];
    if (last === undefined || read.length < page.limit || found.length >= query.limit) return found;
    page = { ...page, after: last.name };
  }
}
