/** The list of buckets in the cache: the page, the picker of folders and the search share it. */

import { queryOptions } from '@tanstack/react-query';
import type { BucketUsageView } from '../../../../src/http/api/usage.ts';
import { type Api, pathOf } from '../../api/client.ts';
import type { S3 } from '../../s3/client.ts';

export const bucketsQuery = (s3: S3) =>
  queryOptions({
    queryKey: ['buckets'],
    queryFn: ({ signal }) => s3.listBuckets({}, { signal }),
    retry: false,
  });

const PAGE = 1000;

/** What buckets hold, by name. A side question: where it is refused, those cells stay blank. */
export const usageQuery = (api: Api, account: string) =>
  queryOptions({
    queryKey: ['usage', account],
    queryFn: async ({ signal }) => {
      const all = new Map<string, BucketUsageView>();
      let after: string | undefined;
      do {
        const page: UsagePage = await api.get(pathOf('accounts', account, 'usage'), {
          query: { after, limit: PAGE },
          signal,
        });
        for (const one of page.buckets) all.set(one.bucket, one);
        after = page.next;
      } while (after !== undefined);
      return all;
    },
    retry: false,
  });

interface UsagePage {
  readonly buckets: readonly BucketUsageView[];
  readonly next?: string;
}
