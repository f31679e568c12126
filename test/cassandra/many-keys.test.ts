/**
 * One bucket that grows while it is listed: its shards split by themselves, every listing has each key that was acknowledged
 * before it began exactly once and in order, and a page reads as many rows with many keys as with few.
 *
 *   MANY_KEYS=1000000               so many keys, shards of the usual size, pages of 1,000; tells how it goes
 *   MANY_KEYS_SPLIT_ROWS=20000      shards of another size
 *
 * Bodies are empty, so that there are no chunks: this is about keys.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { env, stdout } from 'node:process';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Body, Bucket } from '../../src/model/entities.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import { openCassandra } from '../../src/store/cassandra/engine.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import { type Engine, type ScanFrom, Unavailable } from '../../src/store/port.ts';
import { accountOf, CANONICAL, draftOf, PRIVATE, piecesOf } from '../contract/engine/world.ts';
import { BulkLoader } from '../support/bulk-loader.ts';
import { type CassandraStore, clientOf, createStore } from '../support/cassandra.ts';
import { Counter, type Counts } from '../support/counting-sessions.ts';

const KEYS = Number(env.MANY_KEYS ?? 5000);
const IS_LONG = KEYS > 10_000;
/** Sizes at which writers and listers rest and pages are looked at. */
const STEPS = [
  ...(IS_LONG ? [1000, 10_000, 100_000, 200_000, 500_000] : [100, 1000]).filter((size) => size < KEYS),
  KEYS,
];
const PAGE = IS_LONG ? 1000 : 100;
const SPLIT_ROWS = Number(env.MANY_KEYS_SPLIT_ROWS ?? (IS_LONG ? TUNING.splitRows : 500));
const WRITES_AT_ONCE = IS_LONG ? 8 : 24;
/** In the long run most keys come by the bulk loader, so many at a time in so many places. */
const BLOCK = 2000;
const BLOCKS_AT_ONCE = 4;
/** Between pages of the listers, so that most of the machine is left to the writers. */
const LISTER_PAUSE_MS = IS_LONG ? 100 : 50;
const REGION = 'us-east-1';
const BUCKET = { id: 'id-many', name: 'many', owner: 'alice', ownerCanonicalId: CANONICAL } as const;
const TOLD_EVERY = 10_000;

const place = sharedRing();

/** Most keys are spread over all others; every fourth comes behind all that are there, as those of logs do. */
function keyOf(number: number): string {
  const spread = Math.imul(number, 2_654_435_761) >>> 0;
  const tail = String(number).padStart(9, '0');
  return number % 4 === 3 ? `z/${tail}` : `${spread.toString(16).padStart(8, '0')}/${tail}`;
}
const numberOf = (key: string): number => Number(key.slice(key.indexOf('/') + 1));

function tell(line: string): void {
  if (IS_LONG) stdout.write(`${line}\n`);
}

/** A front end whose statements are counted. */
interface Front {
  readonly engine: Engine;
  readonly counter: Counter;
}

/** A page, full but for the last, and what it took. */
interface Page {
  readonly keys: readonly string[];
  readonly counts: Counts;
}

async function* pagesOf({ engine, counter }: Front): AsyncGenerator<Page> {
  let from: ScanFrom | undefined;
  for (;;) {
    const start = from;
    const { result, counts } = await counter.during(() => engine.rows.scanCurrent(BUCKET.id, start, PAGE));
    const keys = result.map(({ key }) => key);
    const last = keys.at(-1);
    if (last !== undefined) yield { keys, counts };
    if (last === undefined || keys.length < PAGE) return;
    from = { key: last, inclusive: false };
  }
}

/** The bucket as its writers know it. */
class Filling {
  readonly #writers: readonly Engine[];
  readonly #bucket: Bucket;
  readonly #body: Body;
  readonly #loader: BulkLoader | undefined;
  /** Numbers of keys in the order in which they were acknowledged. */
  readonly acknowledged: number[] = [];
  #begun = 0;

  constructor(
    writers: readonly Engine[],
    bucket: Bucket,
    { body, loader }: { readonly body: Body; readonly loader: BulkLoader | undefined },
  ) {
    this.#loader = loader;
    this.#writers = writers;
    this.#bucket = bucket;
    this.#body = body;
  }

  async upTo(size: number): Promise<void> {
    const lane = async (engine: Engine) => {
      while (this.#begun < size) {
        const number = this.#begun++;
        await this.#put(engine, number);
        this.#acknowledge([number]);
      }
    };
    const block = async (loader: BulkLoader) => {
      while (this.#begun < size) {
        const first = this.#begun;
        this.#begun = Math.min(size, first + BLOCK);
        const numbers = Array.from({ length: this.#begun - first }, (_, index) => first + index);
        await loader.put(numbers.map(keyOf));
        this.#acknowledge(numbers);
      }
    };
    const lanes = Array.from({ length: WRITES_AT_ONCE }, (_, index) => this.#writers[index % this.#writers.length]);
    const loaders = Array.from({ length: BLOCKS_AT_ONCE }, () => this.#loader);
    await Promise.all([
      ...lanes.filter((engine) => engine !== undefined).map(lane),
      ...loaders.filter((loader) => loader !== undefined).map(block),
    ]);
  }

  #acknowledge(numbers: readonly number[]): void {
    const before = this.acknowledged.length;
    for (const number of numbers) this.acknowledged.push(number);
    const { length: count } = this.acknowledged;
    if (Math.floor(count / TOLD_EVERY) > Math.floor(before / TOLD_EVERY)) tell(`${count} keys`);
  }

  async #put({ rows }: Engine, number: number): Promise<void> {
    const { id: bucketId, versioning } = this.#bucket;
    for (;;) {
      try {
        await rows.commit({
          ...{ type: 'putVersion', bucketId, key: keyOf(number), versioning, draft: draftOf(this.#body) },
        });
        return;
      } catch (error) {
        // A busy machine: as a client would, it is sent again.
        if (!(error instanceof Unavailable)) throw error;
      }
    }
  }

  /** Lists everything and judges it; how many keys there were, and what it took. */
  async list(front: Front, pauseMs = 0): Promise<Counts & { readonly keys: number; readonly pages: number }> {
    const expected = this.acknowledged.length;
    const listed = new Uint8Array(KEYS);
    const all = { keys: 0, pages: 0, rows: 0, statements: 0 };
    let before = '';
    for await (const { keys, counts } of pagesOf(front)) {
      for (const key of keys) {
        assert(key > before, `${key} is listed behind ${before}`);
        before = key;
        const number = numberOf(key);
        assert(number < this.#begun && key === keyOf(number), `${key} is listed, and nobody wrote it`);
        listed[number] = 1;
      }
      all.keys += keys.length;
      all.pages++;
      all.rows += counts.rows;
      all.statements += counts.statements;
      if (pauseMs > 0) await sleep(pauseMs);
    }
    const missing = this.acknowledged.slice(0, expected).filter((number) => listed[number] !== 1);
    assert.deepEqual(missing.map(keyOf).slice(0, 10), [], `${missing.length} of ${expected} keys are not listed`);
    return all;
  }
}

suite('a bucket that grows', { skip: place === undefined && 'there is no ring: npm test has one' }, () => {
  if (place === undefined) return;
  const store: CassandraStore = {
    ...{ place, prefix: `m${randomBytes(5).toString('hex')}`, limits: {} },
    regions: { [REGION]: [place.dataCentre] },
    tuning: { ...TUNING, splitRows: SPLIT_ROWS, mergeRows: SPLIT_ROWS / 4, measureEvery: SPLIT_ROWS / 10 },
  };
  const client = clientOf(place);
  const engines: { close(): Promise<void> }[] = [];
  const warnings: string[] = [];
  const moves: string[] = [];
  after(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await client.execute(`DROP KEYSPACE IF EXISTS ${globalKeyspace(store.prefix)}`);
    await client.execute(`DROP KEYSPACE IF EXISTS ${regionKeyspace(store.prefix, REGION)}`);
    await client.shutdown();
  });

  const log = createLog('info', (line) => {
    tell(line.trimEnd());
    (line.includes('shards moved') ? moves : warnings).push(line);
  });
  async function open(): Promise<Front> {
    const counter = new Counter();
    const engine = await openCassandra({
      ...{ ...store.place, ...store, limits: LIMITS, clock: systemClock, random: systemRandom, log, unchecked: true },
      through: counter.sessions,
    });
    engines.push(engine);
    return { engine, counter };
  }

  const table = (name: string) => `${regionKeyspace(store.prefix, REGION)}.${name}`;
  async function map() {
    const cql = `SELECT low, shard, job FROM ${table('shard_map')} WHERE bucket = ?`;
    return (await client.execute(cql, [BUCKET.id], { prepare: true, consistency: 8 })).rows ?? [];
  }
  /** The shards, when none of them is being moved. */
  async function atRest(): Promise<readonly string[]> {
    for (;;) {
      const rows = await map();
      if (rows.every(({ job }) => job === null)) return rows.map(({ shard }) => String(shard));
      await sleep(50);
    }
  }

  /** A listing between two moves of shards: all its pages, and how many shards there are. */
  async function listingAtRest(front: Front) {
    for (;;) {
      const shards = await atRest();
      const pages: Page[] = [];
      for await (const page of pagesOf(front)) pages.push(page);
      if (String(await atRest()) === String(shards)) return { shards: shards.length, pages };
    }
  }

  test('splits by itself, lists each key exactly once meanwhile, and reads no more for a page', async () => {
    await createStore(client, store, 1);
    const [first, second, ...listers] = await Promise.all([open(), open(), open(), open()]);
    const [looker] = listers;
    assert(looker !== undefined && first !== undefined && second !== undefined);
    const { rows, blobs } = first.engine;
    await rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: false });
    const bucket = {
      ...BUCKET,
      region: REGION,
      createdAt: 1,
      versioning: 'unversioned',
      acl: PRIVATE,
      configuration: {},
    } as const;
    const { revision } = await rows.commit({ type: 'createBucket', bucket });
    const body = await blobs.write(piecesOf(Buffer.alloc(0)), 0);
    const { body: _body, ...draft } = draftOf(body);
    const home = { region: REGION, bucketId: BUCKET.id };
    const loader = IS_LONG ? await BulkLoader.open(store, home, { draft, log }) : undefined;
    if (loader !== undefined) engines.push(loader);
    const filling = new Filling([first.engine, second.engine], { ...bucket, revision }, { body, loader });

    let listings = 0;
    for (const size of STEPS) {
      let isFull = false;
      const listing = listers.map(async (lister) => {
        while (!isFull) {
          const { keys, pages, rows, statements } = await filling.list(lister, LISTER_PAUSE_MS);
          listings++;
          if (listings % 20 === 0)
            tell(`listed ${keys} keys meanwhile: ${pages} pages, ${rows} rows, ${statements} statements`);
        }
      });
      await Promise.all([
        ...listing,
        filling.upTo(size).finally(() => {
          isFull = true;
        }),
      ]);
      const { shards, pages } = await listingAtRest(looker);
      const full = pages.filter(({ keys }) => keys.length === PAGE);
      const worst = Math.max(...full.map(({ counts }) => counts.rows));
      const shown = [full[0], full[full.length >> 1], full.at(-1)].map(
        (page) => `${page?.counts.rows} rows ${page?.counts.statements} statements`,
      );
      const statements = full.reduce((sum, { counts }) => sum + counts.statements, 0) / full.length;
      tell(
        `${size} keys, ${shards} shards: pages of ${PAGE} at start, middle, end: ${shown.join(', ')}; worst ${worst} rows; ${statements.toFixed(2)} statements a page`,
      );
      assert(worst <= PAGE * 1.1, `a page of ${PAGE} keys of ${size} reads ${worst} rows`);
    }
    const { keys } = await filling.list(looker);
    assert.equal(keys, KEYS);
    const { length: shards } = await atRest();
    tell(`${shards} shards, ${moves.length} moves, ${listings} listings meanwhile`);
    assert(shards > 1 && moves.length > 0, `${shards} shards after ${moves.length} splits`);
    assert.deepEqual(warnings, []);
  });
});
