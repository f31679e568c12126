/**
 * The listing fold over every small case, beside an oracle that reads everything, folds, sorts and cuts. What becomes of it in
 * S3's documents is in `listing-answers.test.ts`.
 */

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

// ------------------------------------------------------------------------------------------------------------ versions

/** Rows that share keys: `age` 0 is a key's newest. */
interface Version {
  readonly key: string;
  readonly age: number;
}

const STACKED = ['a', 'a/b', 'a/b/c', 'b//a'];

/** An engine's scan of versions; `marker`: the age behind which a request's second marker begins. */
function scanVersions(rows: readonly Version[], from: From<Version>, marker: number, limit: number) {
  const begin = ({ key, age }: Version): boolean => {
    if (from.kind === 'start') return true;
    const order = compareKeys(key, from.kind === 'after' ? from.row.key : from.key);
    if (order !== 0 || from.kind === 'behind') return order > 0;
    return from.kind === 'at' || age > (from.kind === 'after' ? from.row.age : marker);
  };
  return rows.filter(begin).slice(0, limit);
}

function listVersions(rows: readonly Version[], query: FoldQuery, marker: number, sizes: PageSizes): Page<Version> {
  const fold = new ListingFold<Version>(query, sizes, () => true);
  for (let read = fold.next(); read !== undefined; read = fold.next()) {
    fold.take(scanVersions(rows, read.from, marker, read.limit));
  }
  return fold.page();
}

function versionsOracle(rows: readonly Version[], query: FoldQuery, marker: number): string {
  const { prefix, delimiter, after, limit } = query;
  const elements = new Map<string, { readonly name: string; readonly age: number | undefined }>();
  for (const { key, age } of rows) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    elements.set(at < 0 ? `${key} ${age}` : name, { name, age: at < 0 ? age : undefined });
  }
  const rest = [...elements.values()].filter(({ name, age }) => {
    const order = after === undefined ? 1 : compareKeys(name, after);
    return order > 0 || (order === 0 && query.resume === true && age !== undefined && age > marker);
  });
  const page = rest.sort((a, b) => compareKeys(a.name, b.name) || (a.age ?? 0) - (b.age ?? 0)).slice(0, limit);
  return JSON.stringify([
    page.flatMap(({ name, age }) => (age === undefined ? [] : [`${name} ${age}`])),
    page.flatMap(({ name, age }) => (age === undefined ? [name] : [])),
    limit > 0 && rest.length > limit,
  ]);
}

/** Every way of giving each key none to two versions. */
function* stacks(): Generator<readonly Version[]> {
  for (let state = 0; state < 3 ** STACKED.length; state++) {
    yield STACKED.flatMap((key, at) => {
      const size = Math.floor(state / 3 ** at) % 3;
      return Array.from({ length: size }, (_, age) => ({ key, age }));
    });
  }
}

/** Without a marker, behind a key, and within it: behind no version of it, the newest, the oldest. */
function* markers(): Generator<{
  readonly after: string | undefined;
  readonly resume: boolean;
  readonly marker: number;
}> {
  for (const after of AFTERS) {
    yield { after, resume: false, marker: 0 };
    if (after !== undefined) for (const marker of [-1, 0, 1]) yield { after, resume: true, marker };
  }
}

test('every stack of versions of a few keys × prefix × delimiter × both markers × max-keys lists what the oracle lists', () => {
  const [all, begins] = [[...queries()], [...markers()]];
  for (const rows of stacks()) {
    for (const query of all) {
      for (const { marker, ...begin } of begins) {
        for (const limit of LIMITS) {
          const full = { ...query, ...begin, limit };
          const page = listVersions(rows, full, marker, SIZES[limit % 2] ?? { first: 1, most: 1 });
          const got = JSON.stringify([
            page.entries.map(({ key, age }) => `${key} ${age}`),
            page.commonPrefixes,
            page.isTruncated,
          ]);
          const wanted = versionsOracle(rows, full, marker);
          if (got !== wanted) assert.equal(got, wanted, JSON.stringify({ rows, full, marker }));
        }
      }
    }
  }
});
