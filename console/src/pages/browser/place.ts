/** Where the browser is, read from the address, and addresses made of it. Bucket in the path; everything else in the query. */

import { parseSort, type Sort, sortText } from './sort.ts';

/** What is listed. */
export interface Place {
  readonly bucket: string;
  readonly prefix: string;
  /** The filter: names beginning so; with `deep` the words looked for under the prefix. */
  readonly q: string;
  readonly deep: boolean;
  /** Time travel: ms. */
  readonly at: number | undefined;
  /** Delete markers are shown, too. */
  readonly deleted: boolean;
}

export interface View {
  readonly sort: Sort;
  readonly view: 'list' | 'grid';
}

export type BrowserSearch = Partial<
  Record<
    'prefix' | 'q' | 'deep' | 'sort' | 'at' | 'deleted' | 'view' | 'object' | 'version' | 'tab' | 'panel' | 'line',
    string
  >
>;

export type SearchChange = { readonly [Name in keyof BrowserSearch]?: string | undefined };

function timeOf(text: string | undefined): number | undefined {
  const at = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return at !== undefined && at <= 8.64e15 ? at : undefined;
}

export function placeOf(bucket: string, search: BrowserSearch): Place {
  const { prefix = '', q = '', deep, deleted } = search;
  const at = timeOf(search.at);
  return { bucket, prefix, q, deep: deep === '1' && q.trim() !== '', at, deleted: deleted === '1' && at === undefined };
}

export const viewOf = (search: BrowserSearch): View => ({
  sort: parseSort(search.sort),
  view: search.view === 'grid' ? 'grid' : 'list',
});

/** Changes some parameters; undefined and empty ones leave the address. */
export function changed(search: BrowserSearch, change: SearchChange): BrowserSearch {
  const all: SearchChange = { ...search, ...change };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''));
}

/** Another folder: the filter and the drawers are left behind; order, view and moment stay. */
export const inFolder = (search: BrowserSearch, prefix: string): BrowserSearch =>
  changed(search, {
    ...{ prefix, q: undefined, deep: undefined, object: undefined, version: undefined, tab: undefined },
    ...{ panel: undefined, line: undefined },
  });

export const sortChange = (sort: Sort): SearchChange => ({ sort: sortText(sort) });

/** The prefix that S3 is asked for: the filter is of names in the folder that begin so. */
export const askedPrefix = ({ prefix, q, deep }: Place): string => (deep ? prefix : prefix + q);

/** What a list's place in the cache is called. Everything that changes its rows is in it. */
export const listKey = (place: Place): readonly string[] => [
  ...['list', place.bucket, place.prefix, place.q],
  ...[place.at === undefined ? (place.deleted ? 'deleted' : 'now') : String(place.at)],
];

/** The folder of `to` in which the folder `from` lies; undefined where it lies elsewhere. */
export const folderBetween = (from: string, to: string): string | undefined =>
  from !== to && from.startsWith(to) ? from.slice(0, from.indexOf('/', to.length) + 1) : undefined;
