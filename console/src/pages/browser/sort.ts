/**
 * Order of rows. Key order is the server's and holds for any part of a list; any other order is shown only of a list that is
 * loaded whole, which short ones become by themselves.
 */

import type { Entry, Listing } from './entries.ts';
import { extensionOf } from './names.ts';

export type SortColumn = 'name' | 'type' | 'size' | 'modified';

export interface Sort {
  readonly column: SortColumn;
  readonly down: boolean;
}

const COLUMNS: readonly SortColumn[] = ['name', 'type', 'size', 'modified'];
export const BY_NAME: Sort = Object.freeze({ column: 'name', down: false });

/** Up to this many rows a list is loaded whole for the sake of an order. */
export const SORT_LOADS = 10_000;

/** `size`, `-size`: the address's parameter. */
export function parseSort(text: string | undefined): Sort {
  const down = text?.startsWith('-') ?? false;
  const column = COLUMNS.find((one) => one === (down ? text?.slice(1) : text));
  return column === undefined ? BY_NAME : { column, down };
}

/** Key order is what an address without the parameter means. */
export const sortText = ({ column, down }: Sort): string | undefined =>
  column === 'name' && !down ? undefined : `${down ? '-' : ''}${column}`;

/** Pressing a header: that column, then the other way round. */
export const pressed = (sort: Sort, column: SortColumn): Sort =>
  sort.column === column ? { column, down: !sort.down } : { column, down: column === 'size' || column === 'modified' };

export const isKeyOrder = (sort: Sort): boolean => sort.column === 'name' && !sort.down;

export type SortState =
  | { readonly kind: 'sorted' }
  /** Loading by itself up to `SORT_LOADS`; rows are in key order until then. */
  | { readonly kind: 'loading' }
  /** Too many: only when asked to. */
  | { readonly kind: 'asks'; readonly loaded: number };

export function sortState(sort: Sort, listing: Listing, loadAll: boolean): SortState {
  if (isKeyOrder(sort) || listing.whole) return { kind: 'sorted' };
  return loadAll || listing.entries.length < SORT_LOADS
    ? { kind: 'loading' }
    : { kind: 'asks', loaded: listing.entries.length };
}

const sizeOf = (entry: Entry): number => (entry.kind === 'object' ? entry.size : -1);
const modifiedOf = (entry: Entry): number => (entry.kind === 'folder' ? -1 : entry.modified);

const COMPARE: Readonly<Record<Exclude<SortColumn, 'name'>, (a: Entry, b: Entry) => number>> = {
  type: (a, b) => extensionOf(a.key).localeCompare(extensionOf(b.key)),
  size: (a, b) => sizeOf(a) - sizeOf(b),
  modified: (a, b) => modifiedOf(a) - modifiedOf(b),
};

/** Rows as they are shown. Folders stay above; equals keep key order. Lists that are not whole stay in the server's order. */
export function sorted(listing: Listing, sort: Sort): readonly Entry[] {
  const { entries, whole, short } = listing;
  if (!whole || (isKeyOrder(sort) && !short)) return entries;
  const folders = entries.filter(({ kind }) => kind === 'folder');
  const others = entries.filter(({ kind }) => kind !== 'folder');
  if (sort.column === 'name')
    return sort.down ? [...folders.toReversed(), ...others.toReversed()] : [...folders, ...others];
  const compare = COMPARE[sort.column];
  return [...folders, ...others.toSorted((a, b) => (sort.down ? compare(b, a) : compare(a, b)))];
}
