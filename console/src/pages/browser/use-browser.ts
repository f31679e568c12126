/** All that the parts of the browser share: where it is, what is listed and selected, and how to go elsewhere. */

import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { S3Failure } from '../../s3/failure.ts';
import { useServices } from '../../services.ts';
import type { Entry, Listing } from './entries.ts';
import {
  type BrowserSearch,
  changed,
  folderBetween,
  inFolder,
  type Place,
  placeOf,
  type SearchChange,
  type View,
  viewOf,
} from './place.ts';
import { NOTHING_SELECTED, select as reduce, type Selected, type SelectionEvent } from './selection.ts';
import { type SortState, sorted, sortState } from './sort.ts';
import { type List, type Searching, useListing, useScan } from './use-listing.ts';

const route = getRouteApi('/inside/buckets/$bucket');

export interface Browser {
  readonly place: Place;
  readonly view: View;
  readonly search: BrowserSearch;
  readonly list: List;
  readonly searching: Searching;
  /** What is shown, in the order shown. */
  readonly rows: readonly Entry[];
  readonly listing: Listing;
  readonly sorting: SortState;
  readonly loadAll: () => void;
  readonly selected: Selected;
  readonly select: (event: SelectionEvent) => void;
  /** Undefined while it is not known, or where one may not know. */
  readonly versioning: 'Enabled' | 'Suspended' | 'Off' | undefined;
  /** There is no such bucket: nothing can be put there. */
  readonly missing: boolean;
  /** Looking at another moment: nothing can be changed. */
  readonly readOnly: boolean;
  readonly change: (change: SearchChange, replace?: boolean) => void;
  readonly openFolder: (prefix: string) => void;
}

export function useBrowser(): Browser {
  const { bucket } = route.useParams();
  const search: BrowserSearch = route.useSearch();
  const navigate = route.useNavigate();
  const place = useMemo(() => placeOf(bucket, search), [bucket, search]);
  const view = useMemo(() => viewOf(search), [search]);
  const list = useListing(place, !place.deep);
  const searching = useScan(place);
  const [selected, select] = useReducer(reduce, NOTHING_SELECTED);
  // Navigation clears what is selected; a filter or a refetch keeps it.
  const where = JSON.stringify([bucket, place.prefix, place.at, place.deep]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the place changes
  useEffect(() => select({ kind: 'reset' }), [where]);
  const listing = useShown(place, list, searching);
  const [allOf, setAllOf] = useState<string>();
  const sorting = sortState(view.sort, listing, allOf === where);
  const rows = useMemo(() => sorted(listing, view.sort), [listing, view.sort]);
  useArrival(place, rows, select);
  const { more } = list;
  useEffect(() => {
    if (sorting.kind === 'loading' && !place.deep) more();
  }, [sorting.kind, place.deep, more]);
  const change = useCallback(
    (to: SearchChange, replace = false) => void navigate({ search: changed(search, to), replace }),
    [navigate, search],
  );
  const openFolder = useCallback(
    (prefix: string) => void navigate({ search: inFolder(search, prefix) }),
    [navigate, search],
  );
  return {
    ...{ place, view, search, list, searching, rows, listing, sorting, selected, select, change, openFolder },
    versioning: useVersioning(bucket),
    loadAll: () => setAllOf(where),
    missing: list.failure instanceof S3Failure && list.failure.code === 'NoSuchBucket',
    readOnly: place.at !== undefined,
  };
}

/** Whoever comes from another folder of the bucket goes on from there: at the folder they came out of, or else at the first row. */
function useArrival(place: Place, rows: readonly Entry[], select: Browser['select']): void {
  const { bucket, prefix } = place;
  const last = useRef({ bucket, prefix });
  const from = useRef<string>(undefined);
  useEffect(() => {
    const came = last.current;
    last.current = { bucket, prefix };
    from.current = came.bucket === bucket && came.prefix !== prefix ? came.prefix : undefined;
  }, [bucket, prefix]);
  useEffect(() => {
    const [first] = rows;
    if (first === undefined || from.current === undefined) return;
    const folder = folderBetween(from.current, prefix);
    from.current = undefined;
    select({ kind: 'focus', key: (rows.find(({ key }) => key === folder) ?? first).key });
  }, [rows, prefix, select]);
}

/** A search shows what it has found; a folder what is loaded of it. */
function useShown(place: Place, list: List, { scan }: Searching): Listing {
  const { deep } = place;
  return useMemo(
    () => (deep ? { entries: scan.found, whole: scan.state === 'done', short: false } : list.listing),
    [deep, scan, list.listing],
  );
}

export const versioningKey = (bucket: string): readonly string[] => ['versioning', bucket];

/** A side question: where it is denied, nothing is known. */
export function useVersioning(bucket: string): Browser['versioning'] {
  const { s3 } = useServices();
  const { data } = useQuery({
    queryKey: versioningKey(bucket),
    queryFn: ({ signal }) => s3.getBucketVersioning({ bucket }, { signal }),
    retry: false,
    staleTime: 60_000,
  });
  return data;
}
