/** What a listing reads: as many rows as it answers, not as many as the bucket has. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKeys, keyBytes, successor } from '../../src/model/keys.ts';
import { type FoldQuery, type From, ListingFold, type Page, type PageSizes } from '../../src/model/listing.ts';

interface Row {
  readonly key: string;
}

const SIZES: PageSizes = { first: 16, most: 1024 };
const MILLION = 1_000_000;

/** A million keys that are never all made: `keyAt` gives the one at a place, in order. */
interface Bucket {
  readonly size: number;
  readonly keyAt: (index: number) => string;
}

const FLAT: Bucket = { size: MILLION, keyAt: (index) => `key-${String(index).padStart(7, '0')}` };
/** A thousand folders of a thousand keys. */
const FOLDERS: Bucket = {
  size: MILLION,
  keyAt: (index) => `${String(Math.floor(index / 1000)).padStart(4, '0')}/${String(index % 1000).padStart(4, '0')}`,
};

function firstAt(bucket: Bucket, isBehind: (key: string) => boolean): number {
  let low = 0;
  let high = bucket.size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBehind(bucket.keyAt(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function scan(bucket: Bucket, from: From<Row>, limit: number): readonly Row[] {
  const begin = (key: string): boolean => {
    if (from.kind === 'start') return true;
    if (from.kind === 'after') return compareKeys(key, from.row.key) > 0;
    return from.kind === 'at' ? compareKeys(key, from.key) >= 0 : compareKeys(key, from.key) > 0;
  };
  const first = firstAt(bucket, begin);
  const count = Math.max(0, Math.min(limit, bucket.size - first));
  return Array.from({ length: count }, (_, at) => ({ key: bucket.keyAt(first + at) }));
}

interface Listed {
  readonly page: Page<Row>;
  readonly reads: number;
  readonly rows: number;
}

function list(bucket: Bucket, query: Partial<FoldQuery>): Listed {
  const fold = new ListingFold<Row>({ prefix: '', delimiter: '', limit: 1000, ...query }, SIZES, () => true);
  let reads = 0;
  let rows = 0;
  for (let read = fold.next(); read !== undefined; read = fold.next()) {
    const found = scan(bucket, read.from, read.limit);
    reads += 1;
    rows += found.length;
    fold.take(found);
  }
  return { page: fold.page(), reads, rows };
}

const results = ({ page }: Listed): number => page.entries.length + page.commonPrefixes.length;

test('1,000 of 1,000,000 keys: 1,001 rows in one read, at the start and in the middle', () => {
  for (const after of [undefined, FLAT.keyAt(500_000)]) {
    const listed = list(FLAT, { after });
    assert.equal(results(listed), 1000);
    assert.equal(listed.page.isTruncated, true);
    assert.deepEqual([listed.reads, listed.rows], [1, 1001]);
  }
});

test('max-keys=0 reads nothing', () => {
  assert.equal(list(FLAT, { limit: 0 }).reads, 0);
});

test('with a prefix and no delimiter no more than max-keys + 1 rows are read', () => {
  const listed = list(FLAT, { prefix: 'key-00' });
  assert.equal(results(listed), 1000);
  assert.equal(listed.rows, 1001);
});

test('a prefix with few keys reads few rows, however many follow', () => {
  const listed = list(FLAT, { prefix: 'key-000123' });
  assert.equal(results(listed), 10);
  assert.ok(listed.rows <= SIZES.first * 3, `${listed.rows} rows`);
});

test('with a delimiter a thousand folders cost a few rows each, not a thousand', () => {
  const listed = list(FOLDERS, { delimiter: '/' });
  assert.equal(listed.page.commonPrefixes.length, 1000);
  assert.ok(listed.rows <= 1000 * SIZES.first, `${listed.rows} rows`);
  const five = list(FOLDERS, { delimiter: '/', limit: 5 });
  assert.ok(five.rows <= 6 * SIZES.first, `${five.rows} rows`);
});

test('within one folder a delimiter costs nothing: each row is a result', () => {
  const listed = list(FOLDERS, { delimiter: '/', prefix: '0500/', limit: 500 });
  assert.equal(listed.page.entries.length, 500);
  assert.equal(listed.rows, 501);
});

test('a prefix and a marker longer than any key are answered without a seek that no engine could make', () => {
  const long = 'é'.repeat(2000);
  assert.equal(list(FLAT, { prefix: long }).reads, 0);
  const keys = ['a', `${'é'.repeat(511)}a`, 'ê'];
  const bucket: Bucket = { size: keys.length, keyAt: (index) => keys[index] ?? '' };
  const fold = new ListingFold<Row>({ prefix: '', delimiter: '/', after: `${long}/x`, limit: 10 }, SIZES, () => true);
  for (let read = fold.next(); read !== undefined; read = fold.next()) {
    if ('key' in read.from) assert.ok(keyBytes(read.from.key) <= 1024);
    fold.take(scan(bucket, read.from, read.limit));
  }
  assert.deepEqual(
    fold.page().entries.map((row) => row.key),
    ['ê'],
  );
});

/** Rows of versions: a million keys with a stack of ten each. A place is a key's and how old it is, newest 0. */
interface VersionRow extends Row {
  readonly age: number;
}

const STACK = 10;

function scanStacks(bucket: Bucket, from: From<VersionRow>, marker: number, limit: number): readonly VersionRow[] {
  const keyOf = (place: number) => bucket.keyAt(Math.floor(place / STACK));
  const begin = (): number => {
    if (from.kind === 'start') return 0;
    const key = from.kind === 'after' ? from.row.key : from.key;
    const at = firstAt(bucket, (each) => compareKeys(each, key) >= 0) * STACK;
    if (from.kind === 'at' || keyOf(at) !== key) return at;
    if (from.kind === 'behind') return at + STACK;
    return at + 1 + (from.kind === 'after' ? from.row.age : marker);
  };
  const first = begin();
  const count = Math.max(0, Math.min(limit, bucket.size * STACK - first));
  return Array.from({ length: count }, (_, at) => ({ key: keyOf(first + at), age: (first + at) % STACK }));
}

/** `marker`: the age of the version of `after` behind which the page begins. */
function listStacks(bucket: Bucket, { marker, ...query }: Partial<FoldQuery> & { readonly marker?: number }) {
  const full = { prefix: '', delimiter: '', limit: 1000, ...query, resume: marker !== undefined };
  const fold = new ListingFold<VersionRow>(full, SIZES, () => true);
  let reads = 0;
  let rows = 0;
  for (let read = fold.next(); read !== undefined; read = fold.next()) {
    const found = scanStacks(bucket, read.from, marker ?? 0, read.limit);
    reads += 1;
    rows += found.length;
    fold.take(found);
  }
  return { page: fold.page(), reads, rows };
}

test('versions: 1,000 of 10,000,000 are 1,001 rows in one read, at the start and within a key', () => {
  for (const from of [{}, { after: FLAT.keyAt(500_000) }, { after: FLAT.keyAt(500_000), marker: 4 }]) {
    const listed = listStacks(FLAT, from);
    assert.equal(listed.page.entries.length, 1000);
    assert.deepEqual([listed.reads, listed.rows], [1, 1001]);
    const [first] = listed.page.entries;
    if ('marker' in from) assert.deepEqual(first, { key: from.after, age: 5 });
  }
});

test('versions: with a delimiter a thousand folders cost a few rows each, whatever their keys and stacks', () => {
  const listed = listStacks(FOLDERS, { delimiter: '/' });
  assert.equal(listed.page.commonPrefixes.length, 1000);
  assert.ok(listed.rows <= 1000 * SIZES.first, `${listed.rows} rows`);
  const behind = listStacks(FOLDERS, { delimiter: '/', after: FOLDERS.keyAt(500_500), marker: 3, limit: 5 });
  assert.equal(behind.page.commonPrefixes[0], '0501/', 'a marker within a folder hides it');
  assert.ok(behind.rows <= 6 * SIZES.first, `${behind.rows} rows`);
});

test('successor: the smallest key behind all that begin with a prefix, never longer than a key', () => {
  const last = '\u{10ffff}';
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['a', 'b'],
    ['a/', 'a0'],
    ['', undefined],
    [last, undefined],
    [`a${last}`, 'b'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '\u{10000}'],
    [`${'x'.repeat(1023)}\x7f`, `${'x'.repeat(1022)}y`],
  ];
  for (const [prefix, expected] of cases) assert.equal(successor(prefix), expected, JSON.stringify(prefix));
});

test('keys compare by their UTF-8 bytes', () => {
  const texts = [
    '',
    'a',
    'ab',
    'a\u0000',
    'Z',
    'é',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '\u{10000}',
    '\u{10ffff}',
    'a\u{1f600}',
    'a\uffff',
  ];
  for (const a of texts) {
    for (const b of texts) {
      assert.equal(
        Math.sign(compareKeys(a, b)),
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
        JSON.stringify([a, b]),
      );
    }
  }
});
