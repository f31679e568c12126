/** Lists: patched pages, orders that only whole lists have, time travel and search, all without a server. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareKeys,
  type Entry,
  entryIn,
  listingOf,
  type ObjectEntry,
  type Page,
  putEntry,
  removeKeys,
} from '../../console/src/pages/browser/entries.ts';
import { MOST_FOUND, matcher, type Scan, type ScanPage, scan } from '../../console/src/pages/browser/search-scan.ts';
import { parseSort, pressed, SORT_LOADS, sorted, sortState, sortText } from '../../console/src/pages/browser/sort.ts';
import { currentAt, type VersionRow, withDeleted } from '../../console/src/pages/browser/versions.ts';

const object = (key: string, size = 1, modified = 0): ObjectEntry => ({
  kind: 'object',
  key,
  size,
  modified,
  etag: '"e"',
});
const folder = (key: string): Entry => ({ kind: 'folder', key });
const more: Page['next'] = { kind: 'token', token: 't' };
async function all(states: AsyncIterable<Scan>): Promise<readonly Scan[]> {
  const list: Scan[] = [];
  for await (const state of states) list.push(state);
  return list;
}
const keys = (entries: readonly Entry[]): readonly string[] => entries.map(({ key }) => key);

test('keys are in the order of their bytes', () => {
  const sortedByBytes = ['A', 'a', 'a!', 'a/', 'é', '\uFFFD', '😀'];
  assert.deepEqual(sortedByBytes.toReversed().toSorted(compareKeys), sortedByBytes);
});

test('a write patches the pages held: in its place, once, and not beyond what is loaded', () => {
  const pages: readonly Page[] = [
    { entries: [object('b'), object('d')], next: more },
    { entries: [object('f')], next: more },
  ];
  const put = putEntry(pages, object('e', 7));
  assert.deepEqual(
    put.map(({ entries }) => keys(entries)),
    [
      ['b', 'd'],
      ['e', 'f'],
    ],
  );
  assert.deepEqual(putEntry(put, object('e', 8))[1]?.entries[0], object('e', 8));
  assert.deepEqual(putEntry(pages, object('z')), pages);
  const last = [{ entries: [object('b')], next: undefined }];
  assert.deepEqual(keys(listingOf(putEntry(last, object('z')), '').entries), ['b', 'z']);
  assert.deepEqual(keys(listingOf(putEntry([{ entries: [], next: undefined }], object('z')), '').entries), ['z']);
  assert.deepEqual(keys(listingOf(removeKeys(put, ['d', 'f']), '').entries), ['b', 'e']);
});

test('the object named as its folder is the folder itself, and not listed in it', () => {
  const listing = listingOf([{ entries: [object('x/', 0), object('x/a')], next: undefined }], 'x/');
  assert.deepEqual(keys(listing.entries), ['x/a']);
  assert.deepEqual(entryIn('x/', object('x/a')), object('x/a'));
  assert.deepEqual(entryIn('x/', object('x/y/z')), folder('x/y/'));
  assert.equal(entryIn('x/', object('y')), undefined);
});

test('other orders than the keys’ are of whole lists only', () => {
  const pages: readonly Page[] = [{ entries: [object('a', 3), folder('b/'), object('c', 9)], next: undefined }];
  const whole = listingOf(pages, '');
  const half = listingOf(
    pages.map((page) => ({ ...page, next: more })),
    '',
  );
  const bySize = parseSort('-size');
  assert.deepEqual(keys(sorted(whole, bySize)), ['b/', 'c', 'a']);
  assert.deepEqual(keys(sorted(half, bySize)), ['a', 'b/', 'c']);
  assert.deepEqual(keys(sorted(whole, parseSort(undefined))), ['b/', 'a', 'c']);
  assert.deepEqual(sortState(bySize, whole, false), { kind: 'sorted' });
  assert.deepEqual(sortState(bySize, half, false), { kind: 'loading' });
  const many = { ...half, entries: Array.from({ length: SORT_LOADS }, () => object('x')) };
  assert.deepEqual(sortState(bySize, many, false), { kind: 'asks', loaded: SORT_LOADS });
  assert.deepEqual(sortState(bySize, many, true), { kind: 'loading' });
  assert.deepEqual(sortState(parseSort('rubbish'), many, false), { kind: 'sorted' });
});

test('a header pressed twice turns its order round, and key order is no parameter', () => {
  const first = pressed(parseSort(undefined), 'size');
  assert.equal(sortText(first), '-size');
  assert.equal(sortText(pressed(first, 'size')), 'size');
  assert.equal(sortText(pressed(first, 'name')), undefined);
});

const version = (key: string, modified: number, kind: VersionRow['kind'] = 'version'): VersionRow => ({
  ...{ kind, key, versionId: `${key}${modified}`, isLatest: false, modified, size: modified, etag: '"e"' },
});

test('time travel shows what was current then, also where a key’s versions break over two pages', () => {
  const rows = [version('a', 30), version('a', 10), version('b', 20, 'marker'), version('b', 5), version('c', 40)];
  assert.deepEqual(
    currentAt(rows, 15, undefined).entries.map((entry) => ('versionId' in entry ? entry.versionId : '')),
    ['a10', 'b5'],
  );
  assert.deepEqual(keys(currentAt(rows, 25, undefined).entries), ['a']);
  const first = currentAt(rows.slice(0, 3), 25, undefined);
  assert.equal(first.decided, 'b');
  assert.deepEqual(currentAt(rows.slice(3), 25, first.decided).entries, []);
});

test('what is deleted is shown by its marker', () => {
  const rows = [
    { ...version('a', 9, 'marker'), isLatest: true },
    version('a', 1),
    { ...version('b', 1), isLatest: true },
  ];
  assert.deepEqual(
    withDeleted(rows).map(({ kind, key }) => `${kind} ${key}`),
    ['marker a', 'object b'],
  );
});

test('words are looked for anywhere below the prefix, patterns match names or whole paths', () => {
  const has = (words: string, key: string): boolean => matcher(words, 'maps/')(key);
  assert.ok(has('ALPS tif', 'maps/2026/alps.tif'));
  assert.ok(!has('maps', 'maps/alps.tif'));
  assert.ok(has('*.tif', 'maps/2026/alps.tif'));
  assert.ok(has('2026/*.tif', 'maps/2026/alps.tif'));
  assert.ok(!has('*.t', 'maps/2026/alps.tif'));
  assert.ok(has('a?ps.tif', 'maps/alps.tif'));
  assert.ok(!has('a(b*', 'maps/ab'));
});

test('a search tells how far it is after each page, and stops when it has found too many', async () => {
  const pages: readonly ScanPage[] = [
    { objects: [object('a1'), object('b')], next: '1' },
    { objects: [object('a2')], next: undefined },
  ];
  const states = await all(
    scan(async (next) => pages[Number(next ?? 0)] ?? { objects: [], next: undefined }, matcher('a', '')),
  );
  assert.deepEqual(
    states.map(({ found, lookedAt, state }) => [found.length, lookedAt, state]),
    [
      [1, 2, 'running'],
      [2, 3, 'done'],
    ],
  );
  const endless = { objects: Array.from({ length: 1000 }, (_, index) => object(`a${index}`)), next: 'more' };
  const last = (await all(scan(async () => endless, matcher('a', '')))).at(-1);
  assert.deepEqual([last?.state, last?.found.length], ['full', MOST_FOUND]);
});
