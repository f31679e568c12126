/** What acts for an account and what it holds: what is at stake before it is suspended or removed. Pure but for the API it asks. */

import { type Api, pathOf } from '../../api/client.ts';
import type { AccessKey, BucketUsage } from '../../api/shapes.ts';
import { works } from '../account/use-keys.ts';

export interface Holdings {
  /** That work now. */
  readonly keys: number;
  readonly sessions: number;
  readonly shares: number;
  /** There are more than were counted. */
  readonly atLeast: boolean;
  readonly buckets: number;
  /** Old versions are among them. */
  readonly bytes: number;
  /** There is more data, or not all was counted yet. */
  readonly moreData: boolean;
}

const PAGE = 1000;
/** Pages that are counted for a question. */
const PAGES = 10;

interface Paged {
  readonly next?: string;
}

async function pagesOf<Page extends Paged>(api: Api, path: string, signal: AbortSignal): Promise<Page[]> {
  const pages: Page[] = [];
  do {
    const after = pages.at(-1)?.next;
    pages.push(await api.get<Page>(path, { query: { after, limit: PAGE }, signal }));
  } while (pages.at(-1)?.next !== undefined && pages.length < PAGES);
  return pages;
}

interface Asked {
  readonly account: string;
  readonly now: number;
  readonly signal: AbortSignal;
}

export async function holdingsOf(api: Api, { account, now, signal }: Asked): Promise<Holdings> {
  const path = (what: string): string => pathOf('accounts', account, what);
  const [keyPages, bucketPages, { sessions, complete }, { shares }] = await Promise.all([
    pagesOf<Paged & { readonly keys: readonly AccessKey[] }>(api, path('keys'), signal),
    pagesOf<Paged & { readonly buckets: readonly BucketUsage[] }>(api, path('usage'), signal),
    api.get<{ readonly sessions: readonly unknown[]; readonly complete: boolean }>(path('sessions'), { signal }),
    api.get<{ readonly shares: readonly unknown[] }>(path('shares'), { signal }),
  ]);
  const buckets = bucketPages.flatMap((page) => page.buckets);
  return {
    keys: keyPages.flatMap((page) => page.keys).filter((key) => works(key, now)).length,
    sessions: sessions.length,
    shares: shares.length,
    atLeast: !complete || keyPages.at(-1)?.next !== undefined,
    buckets: buckets.length,
    bytes: buckets.reduce((sum, { bytes, versionBytes }) => sum + bytes + versionBytes, 0),
    moreData: bucketPages.at(-1)?.next !== undefined || buckets.some((bucket) => !bucket.complete),
  };
}
