/** The list of a place, page by page, kept in the cache of queries; and how writes patch it there. */

import { infiniteQueryOptions, type QueryClient, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { S3 } from '../../s3/client.ts';
import { useServices } from '../../services.ts';
import {
  type Entry,
  entryIn,
  type Listing,
  listingOf,
  type ObjectEntry,
  type Page,
  type PageStart,
  putEntry,
  removeKeys,
} from './entries.ts';
import { loadPage, scanPage } from './load.ts';
import { listKey, type Place } from './place.ts';
import { matcher, type Scan, scan } from './search-scan.ts';

const FIRST: PageStart = Object.freeze({ kind: 'first' });
/** As old as a list may be when one comes back to it, before it is asked for again. */
const FRESH_MS = 15_000;

export const listingQuery = (s3: S3, place: Place) =>
  infiniteQueryOptions({
    queryKey: listKey(place),
    queryFn: ({ pageParam, signal }) => loadPage(s3, place, pageParam, signal),
    initialPageParam: FIRST,
    getNextPageParam: (last: Page) => last.next,
    staleTime: FRESH_MS,
    retry: false,
  });

interface Cached {
  readonly pages: readonly Page[];
}

export interface List {
  readonly listing: Listing;
  /** Nothing of it has come yet. */
  readonly pending: boolean;
  /** Asked for again, or for more. */
  readonly busy: boolean;
  readonly failure: unknown;
  readonly more: () => void;
  readonly retry: () => void;
}

export function useListing(place: Place, enabled: boolean): List {
  const { s3 } = useServices();
  const queries = useQueryClient();
  const query = useInfiniteQuery({ ...listingQuery(s3, place), enabled });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, refetch } = query;
  const { prefix } = place;
  const listing = useMemo(() => listingOf(data?.pages ?? [], prefix), [data, prefix]);
  // A failed page is asked for again by hand: scrolling would ask without end.
  const open = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  const more = useCallback(() => {
    if (open) void fetchNextPage();
  }, [open, fetchNextPage]);
  const name = JSON.stringify(listKey(place));
  useEffect(() => () => forgetRest(queries, JSON.parse(name)), [queries, name]);
  return {
    ...{ listing, pending: query.isPending, busy: query.isFetching, failure: query.error ?? undefined, more },
    retry: () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
  };
}

/** Of a list that is left only the first page is kept: coming back asks for one page and not for a hundred. */
function forgetRest(queries: QueryClient, queryKey: readonly string[]): void {
  if (queries.isFetching({ queryKey, exact: true }) > 0) return;
  queries.setQueryData(
    queryKey,
    (old: { readonly pages: readonly Page[]; readonly pageParams: readonly PageStart[] } | undefined) =>
      old === undefined || old.pages.length < 3
        ? old
        : { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) },
  );
}

export interface Patches {
  /** Shows objects where they belong, in each list of the bucket that is held. */
  put(bucket: string, objects: readonly ObjectEntry[]): void;
  putFolder(bucket: string, key: string): void;
  /** Takes keys, or folders, out of each. */
  remove(bucket: string, keys: readonly string[]): void;
  /** Of what changed in ways that cannot be told: lists are asked for again. */
  stale(bucket: string): void;
}

/** Writes patch the lists that are held; they are not asked for again. */
export function usePatches(): Patches {
  const queries = useQueryClient();
  return useMemo(() => {
    const each = (bucket: string, change: (pages: readonly Page[], prefix: string) => readonly Page[]): void => {
      for (const [key] of queries.getQueriesData<Cached>({ queryKey: ['list', bucket] })) {
        // Names beginning so, versions and other moments are asked for again when they are looked at.
        if (key[4] !== 'now' || key[3] !== '') void queries.invalidateQueries({ queryKey: key, exact: true });
        else
          queries.setQueryData<Cached>(key, (old) =>
            old === undefined ? old : { ...old, pages: change(old.pages, String(key[2])) },
          );
      }
    };
    const put = (pages: readonly Page[], entry: Entry | undefined): readonly Page[] =>
      entry === undefined ? pages : putEntry(pages, entry);
    return Object.freeze({
      put: (bucket: string, objects: readonly ObjectEntry[]) =>
        each(bucket, (pages, prefix) => objects.reduce((all, object) => put(all, entryIn(prefix, object)), pages)),
      putFolder: (bucket: string, key: string) =>
        each(bucket, (pages, prefix) => {
          const marker: ObjectEntry = { kind: 'object', key, size: 0, modified: 0, etag: '' };
          return key === prefix ? pages : put(pages, entryIn(prefix, marker));
        }),
      remove: (bucket: string, keys: readonly string[]) => each(bucket, (pages) => removeKeys(pages, keys)),
      stale: (bucket: string) => void queries.invalidateQueries({ queryKey: ['list', bucket] }),
    });
  }, [queries]);
}

const IDLE: Scan = Object.freeze({ found: [], lookedAt: 0, state: 'running' });

export interface Searching {
  readonly scan: Scan;
  readonly failure: unknown;
  readonly stop: () => void;
  readonly again: () => void;
}

/** Search deeper: runs while its place is looked at. */
export function useScan(place: Place): Searching {
  const { s3 } = useServices();
  const { bucket, prefix, q, deep } = place;
  const [state, setState] = useState(IDLE);
  const [failure, setFailure] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const stopper = useRef<AbortController>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` starts it again
  useEffect(() => {
    if (!deep) return undefined;
    const controller = new AbortController();
    stopper.current = controller;
    const { signal } = controller;
    const run = async (): Promise<void> => {
      for await (const now of scan((next) => scanPage(s3, { bucket, prefix }, next, signal), matcher(q, prefix))) {
        if (signal.aborted) return;
        setState(now);
      }
    };
    setState(IDLE);
    setFailure(undefined);
    void run().catch((problem: unknown) => {
      if (!signal.aborted) setFailure(problem);
    });
    return () => controller.abort();
  }, [s3, bucket, prefix, q, deep, turn]);
  return {
    ...{ scan: state, failure },
    stop: () => {
      stopper.current?.abort();
      setState((now) => ({ ...now, state: 'stopped' }));
    },
    again: () => setTurn((now) => now + 1),
  };
}
