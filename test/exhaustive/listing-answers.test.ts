/**
 * ListObjects, ListObjectsV2 and ListObjectVersions in all small cases, through their handlers and read from their documents:
 * every subset of a few keys × prefix × delimiter × marker × max-keys, page after page to the end, beside an oracle that
 * takes everything, folds, sorts and cuts. `LISTING_STACKS=,v,n,m,vm,mv,nv,vnm` gives keys more kinds of histories.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PageSizes } from '../../src/model/listing.ts';
import {
  type Listing,
  type Page,
  type Query,
  type Stack,
  Stage,
  type StagedVersion,
  shownVersion,
} from './listing-stage.ts';

/** A key that is a prefix of others, one that ends with the delimiter, empty names between two of them. */
const KEYS = ['a', 'a/', 'a/b', 'b//c'];
const PREFIXES = ['', 'a', 'a/', 'b/'];
const DELIMITERS = ['', '/', '//'];
/** Before, at and behind keys, and within common prefixes. */
const MARKERS = ['A', 'a', 'a/', 'a/a', 'a/b', 'b/', 'b//d', '\u{10ffff}'];
const SIZES: readonly PageSizes[] = [
  { first: 1, most: 2 },
  { first: 16, most: 1024 },
];

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
}

/** A line of the whole list. */
interface Element {
  readonly isPrefix: boolean;
  /** A key or a common prefix. */
  readonly name: string;
  readonly shown: string;
  readonly versionId: string;
}

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What S3 documents, without a thought for cost. `versions`: newest first within a key. */
function elementsOf(versions: readonly StagedVersion[], operation: Listing, { prefix, delimiter }: Asked): Element[] {
  const ofVersions = operation === 'ListObjectVersions';
  const elements = new Map<string, Element>();
  for (const { key, versionId, kind, isCurrent } of versions) {
    if (!ofVersions && (kind === 'delete-marker' || !isCurrent)) continue;
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.slice(prefix.length).indexOf(delimiter);
    if (at >= 0) {
      const name = key.slice(0, prefix.length + at + delimiter.length);
      elements.set(`prefix ${name}`, { isPrefix: true, name, shown: name, versionId: '' });
      continue;
    }
    const what = `${versionId}${kind === 'delete-marker' ? ' marker' : ''}`;
    const shown = ofVersions ? shownVersion(key, what, isCurrent) : key;
    elements.set(`key ${key} ${versionId}`, { isPrefix: false, name: key, shown, versionId });
  }
  // The sort is stable: versions of one key stay in their order.
  return [...elements.values()].sort((a, b) => order(a.name, b.name));
}

/** Elements behind a marker. A version that is not there, of a key that is, leaves all versions of the key. */
function behind(elements: readonly Element[], key: string, versionId?: string): readonly Element[] {
  const at = elements.findIndex((each) => !each.isPrefix && each.name === key && each.versionId === versionId);
  return elements.filter((each, index) => {
    const compared = order(each.name, key);
    if (compared !== 0 || versionId === undefined || each.isPrefix) return compared > 0;
    return index > at;
  });
}

const shownPage = ({
  entries,
  commonPrefixes,
  isTruncated,
}: Pick<Page, 'entries' | 'commonPrefixes' | 'isTruncated'>) =>
  JSON.stringify({ entries, commonPrefixes, isTruncated });

function wantedPage(elements: readonly Element[], most: number): string {
  const page = elements.slice(0, most);
  return shownPage({
    entries: page.filter(({ isPrefix }) => !isPrefix).map(({ shown }) => shown),
    commonPrefixes: page.filter(({ isPrefix }) => isPrefix).map(({ shown }) => shown),
    isTruncated: most > 0 && elements.length > most,
  });
}

class Check {
  readonly #stage: Stage;
  readonly #operation: Listing;
  readonly #asked: Asked;
  readonly #elements: readonly Element[];

  constructor(stage: Stage, operation: Listing, asked: Asked) {
    this.#stage = stage;
    this.#operation = operation;
    this.#asked = asked;
    this.#elements = elementsOf(stage.versions, operation, asked);
  }

  /** Page after page, each of `most`, as the pages themselves say how to go on. */
  async pages(most: number): Promise<void> {
    let rest = this.#elements;
    for (let query: Query | undefined = {}; query !== undefined; ) {
      query = (await this.#page(rest, { ...query, 'max-keys': String(most) }, most)).next;
      rest = rest.slice(most);
    }
    assert.equal(rest.length, 0, 'the last page ends the list');
  }

  async none(): Promise<void> {
    await this.#page([], { 'max-keys': '0' }, 0);
  }

  /** One page that begins behind a marker of the caller's own. */
  async from(key: string, versionId?: string): Promise<void> {
    await this.#page(behind(this.#elements, key, versionId), MARKER[this.#operation](key, versionId), 1000);
  }

  async #page(wanted: readonly Element[], query: Query, most: number): Promise<Page> {
    const page = await this.#stage.list(this.#operation, { ...this.#asked, ...query });
    const expected = wantedPage(wanted, most);
    if (shownPage(page) !== expected) {
      const context = { operation: this.#operation, versions: this.#stage.versions, ...this.#asked, ...query };
      assert.equal(shownPage(page), expected, JSON.stringify(context));
    }
    return page;
  }
}

const MARKER: Readonly<Record<Listing, (key: string, versionId?: string) => Query>> = {
  ListObjects: (marker) => ({ marker }),
  ListObjectsV2: (key) => ({ 'start-after': key }),
  ListObjectVersions: (key, versionId) => ({
    'key-marker': key,
    ...(versionId !== undefined && { 'version-id-marker': versionId }),
  }),
};

/** A bucket for every way to give each key one of these histories. */
async function* stages(stacks: readonly Stack[]): AsyncGenerator<Stage> {
  for (let state = 0; state < stacks.length ** KEYS.length; state++) {
    let rest = state;
    const given: Record<string, Stack> = {};
    for (const key of KEYS) {
      given[key] = stacks[rest % stacks.length] ?? '';
      rest = Math.floor(rest / stacks.length);
    }
    yield await Stage.of(given, SIZES[state % 2] ?? { first: 1, most: 1 });
  }
}

function* questions(): Generator<Asked> {
  for (const prefix of PREFIXES) for (const delimiter of DELIMITERS) yield { prefix, delimiter };
}

for (const operation of ['ListObjects', 'ListObjectsV2'] as const) {
  test(`${operation}: every subset of a few keys, deleted ones among them, is listed as the oracle lists it`, async () => {
    for await (const stage of stages(['', 'v', 'vm'])) {
      for (const asked of questions()) {
        const check = new Check(stage, operation, asked);
        for (const most of [1, 2, 1000]) await check.pages(most);
        await check.none();
        for (const marker of MARKERS) await check.from(marker);
      }
    }
  });
}

const STACKS: readonly Stack[] = (process.env.LISTING_STACKS ?? ',nv,vm').split(',');

test('ListObjectVersions: every subset of a few keys with their histories is listed as the oracle lists it', async () => {
  for await (const stage of stages(STACKS)) {
    const [some] = stage.versions;
    for (const asked of questions()) {
      const check = new Check(stage, 'ListObjectVersions', asked);
      for (const most of [1, 2, 1000]) await check.pages(most);
      await check.none();
      for (const marker of MARKERS) await check.from(marker);
      for (const { key, versionId } of stage.versions) await check.from(key, versionId);
      // Markers that fit nothing: the null version of a key that has none, and a version of another key.
      for (const key of MARKERS) {
        if (!stage.versions.some((each) => each.key === key)) await check.from(key, some?.versionId ?? 'null');
      }
      for (const key of KEYS) {
        if (!stage.versions.some((each) => each.key === key && each.versionId === 'null'))
          await check.from(key, 'null');
      }
    }
  }
});
