/** How uploads are shown: what wants a decision by itself and first, what was dropped as a folder as one line, the rest one by one. Pure. */

import { isOver, isStuck, movedOf, type Row } from './row.ts';

export interface Folder {
  readonly kind: 'folder';
  readonly id: string;
  /** As it was dropped, with a `/` at its end. */
  readonly name: string;
  readonly rows: readonly Row[];
}

export type Item = Folder | { readonly kind: 'row'; readonly id: string; readonly row: Row };

export interface Sums {
  readonly all: number;
  readonly done: number;
  readonly moved: number;
  readonly bytes: number;
  /** Of those that go: some that nobody paused. */
  readonly active: boolean;
  /** All that go are paused. */
  readonly paused: boolean;
}

export const isGoing = (row: Row): boolean => !isOver(row) && !isStuck(row);

export function sumsOf(rows: readonly Row[]): Sums {
  const going = rows.filter(isGoing);
  const counted = rows.filter(({ phase }) => phase !== 'skipped' && phase !== 'cancelled');
  return {
    all: rows.length,
    done: rows.filter(({ phase }) => phase === 'done').length,
    moved: counted.reduce((sum, row) => sum + movedOf(row), 0),
    bytes: counted.reduce((sum, { size }) => sum + size, 0),
    active: going.some(({ paused }) => !paused),
    paused: going.length > 0 && going.every(({ paused }) => paused),
  };
}

/** Of bytes where there are any, of files otherwise. */
export const shareOf = ({ done, all, moved, bytes }: Sums): number =>
  bytes === 0 ? done / Math.max(1, all) : moved / bytes;

/** Those that want something first, then those under way, then what waits, then what is done. */
const rank = (row: Row): number => (isStuck(row) ? 0 : row.phase === 'queued' ? 2 : isOver(row) ? 3 : 1);

export const ranked = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((left, right) => rank(left) - rank(right));

const rankOf = (item: Item): number =>
  item.kind === 'row' ? rank(item.row) : item.rows.reduce((least, row) => Math.min(least, Math.max(1, rank(row))), 3);

/** Interrupted ones are not among them: they have their own place. */
export function itemsOf(rows: Iterable<Row>): readonly Item[] {
  const items: Item[] = [];
  const folders = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.phase === 'interrupted') continue;
    const slash = row.name.indexOf('/');
    const id = `${row.batch} ${row.name.slice(0, slash + 1)}`;
    const known = folders.get(id);
    if (slash < 0 || row.name.length === 0) items.push({ kind: 'row', id: row.id, row });
    else if (known === undefined) {
      const its = [row];
      folders.set(id, its);
      items.push({ kind: 'folder', id, name: row.name.slice(0, slash + 1), rows: its });
    } else known.push(row);
  }
  // What wants a decision is never hidden in a folder that is shut.
  const stuck = items.flatMap((item): readonly Item[] =>
    item.kind === 'folder'
      ? item.rows.flatMap((row): readonly Item[] => (isStuck(row) ? [{ kind: 'row', id: row.id, row }] : []))
      : [],
  );
  return [...stuck, ...items].toSorted((left, right) => rankOf(left) - rankOf(right));
}
