/** The listing fold over every small case, beside an oracle that reads everything, folds, sorts and cuts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKeys } from '../../src/model/keys.ts';
import { type FoldQuery, type From, ListingFold, type Page, type PageSizes } from '../../src/model/listing.ts';

interface Row {
  readonly key: string;
  readonly marker: boolean;
}

/** Names that meet every branch: a key that is a prefix of others, empty names between delimiters, keys beyond the BMP. */
const KEYS = ['a', 'a/', 'a/b', 'a/b/c', 'b//a', '\u{10ffff}'];
const PREFIXES = ['', 'a', 'a/', 'a/b', 'b', '\u{10ffff}', 'c'];
const DELIMITERS = ['', '/', '//', 'b', 'a/'];
const AFTERS = [undefined, 'a', 'a/', 'a/a', 'a/b', 'a/b/', 'a0', 'b/', 'b//', '\u{ffff}', '\u{10ffff}x'];
const LIMITS = [0, 1, 2, 7];
const SIZES: readonly PageSizes[] = [
  { first: 1, most: 2 },
  { first: 16, most: 1024 },
];

/** An engine's scan, as the port promises it. */
function scan(rows: readonly Row[], from: From<Row>, limit: number): readonly Row[] {
  assert.ok(limit >= 1);
  const begin = (row: Row): boolean => {
    switch (from.kind) {
      case 'start':
        return true;
      case 'at':
        return compareKeys(row.key, from.key) >= 0;
      case 'behind':
      case 'resume':
        return compareKeys(row.key, from.key) > 0;
      case 'after':
        return compareKeys(row.key, from.row.key) > 0;
    }
  };
  return rows.filter(begin).slice(0, limit);
}

function list(rows: readonly Row[], query: FoldQuery, sizes: PageSizes): Page<Row> {
  const fold = new ListingFold<Row>(query, sizes, (row) => !row.marker);
  for (let read = fold.next(); read !== undefined; read = fold.next()) fold.take(scan(rows, read.from, read.limit));
  return fold.page();
}

/** What S3 documents, without a thought for cost. */
function oracle(rows: readonly Row[], { prefix, delimiter, after, limit }: FoldQuery) {
  const elements = new Set<string>();
  for (const { key, marker } of rows) {
    if (marker || !key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    elements.add(at < 0 ? `key ${key}` : `prefix ${key.slice(0, at + delimiter.length)}`);
  }
  const nameOf = (element: string) => element.slice(element.indexOf(' ') + 1);
  const sorted = [...elements]
    .filter((element) => after === undefined || compareKeys(nameOf(element), after) > 0)
    .sort((a, b) => compareKeys(nameOf(a), nameOf(b)));
  const page = sorted.slice(0, limit);
  return {
    entries: page.filter((element) => element.startsWith('key ')).map(nameOf),
    commonPrefixes: page.filter((element) => element.startsWith('prefix ')).map(nameOf),
    isTruncated: limit > 0 && sorted.length > limit,
  };
}

const shown = ({ entries, commonPrefixes, isTruncated }: Page<Row>) => ({
  entries: entries.map((row) => row.key),
  commonPrefixes: [...commonPrefixes],
  isTruncated,
});

/** Every way of having, lacking or having deleted each key. */
function* states(): Generator<readonly Row[]> {
  const sorted = [...KEYS].sort(compareKeys);
  for (let state = 0; state < 3 ** sorted.length; state++) {
    let rest = state;
    const rows: Row[] = [];
    for (const key of sorted) {
      if (rest % 3 > 0) rows.push({ key, marker: rest % 3 === 2 });
      rest = Math.floor(rest / 3);
    }
    yield rows;
  }
}

function* queries(): Generator<Omit<FoldQuery, 'after' | 'limit'>> {
  for (const prefix of PREFIXES) for (const delimiter of DELIMITERS) yield { prefix, delimiter };
}

test('every state of a few keys × prefix × delimiter × marker × max-keys lists what the oracle lists', () => {
  // Compared as text: a million deep comparisons would take minutes.
  const all = [...queries()];
  for (const rows of states()) {
    for (const query of all) {
      for (const after of AFTERS) {
        for (const limit of LIMITS) {
          const full = { ...query, after, limit };
          const sizes = SIZES[limit % 2] ?? { first: 1, most: 1 };
          const got = shown(list(rows, full, sizes));
          const wanted = oracle(rows, full);
          if (JSON.stringify(got) !== JSON.stringify(wanted))
            assert.deepEqual(got, wanted, JSON.stringify({ rows, full }));
        }
      }
    }
  }
});

test('paging to the end by the last element of each page gives what one page gives', () => {
  for (const rows of states()) {
    for (const query of queries()) {
      const whole = shown(list(rows, { ...query, limit: 100 }, { first: 2, most: 4 }));
      for (const limit of [1, 2]) {
        const paged: { entries: string[]; commonPrefixes: string[] } = { entries: [], commonPrefixes: [] };
        let after: string | undefined;
        for (let more = true; more; ) {
          const page = list(rows, { ...query, after, limit }, { first: 2, most: 4 });
          paged.entries.push(...page.entries.map((row) => row.key));
          paged.commonPrefixes.push(...page.commonPrefixes);
          more = page.isTruncated;
          assert.ok(!more || page.last !== after, 'a truncated page goes on');
          after = page.last;
        }
        assert.deepEqual({ ...paged, isTruncated: false }, whole);
      }
    }
  }
});
