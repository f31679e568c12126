/**
 * Cassandra engines for tests: on the ring of the whole run where there is one (`npm test`), each with data of its own and
 * with sizes and times so small that every border is near.
 *
 * Making a store's tables takes seconds, emptying them a fraction of one: stores are emptied and used again, by the next
 * test of a file and by the next file. That is safe because an engine that was closed writes nothing any more.
 */

import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import cassandra from 'cassandra-driver';
import { type RingPlace, SHELF, sharedRing } from '../../scripts/testing/shared-ring.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { initDatabase } from '../../src/store/cassandra/database/open.ts';
import { createSchema, globalKeyspace, regionKeyspace, TABLES } from '../../src/store/cassandra/database/tables.ts';
import type { RegionName } from '../../src/store/cassandra/database/types.ts';
import { type CassandraOptions, openCassandra } from '../../src/store/cassandra/engine.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Tuning } from '../../src/store/cassandra/types.ts';
import type { Engine } from '../../src/store/port.ts';
import { type Open, TestClock } from '../contract/engine/world.ts';
import type { NamedEngine } from './engines.ts';
import { TEST_LIMITS } from './opened-engines.ts';

const { blobGraceMs: graceMs } = TEST_LIMITS;
/** As `world.ts` makes buckets. */
const REGION: RegionName = 'us-east-1';

/** Every border near: small chunks, a shard that splits after some keys, a ledger that is looked at soon. */
export const TEST_TUNING: Tuning = Object.freeze({
  ...TUNING,
  chunkBytes: TEST_LIMITS.blobChunkBytes,
  splitRows: 40,
  mergeRows: 10,
  vacuumRows: 20,
  measureEvery: 10,
  ledgerPeriodMs: graceMs / 6,
  unsettledMs: graceMs,
  commitWithinMs: graceMs / 4,
  trashMs: graceMs,
});

/** All that a process needs to open a store; plain data. */
export interface CassandraStore {
  readonly place: RingPlace;
  readonly prefix: string;
  readonly regions: Readonly<Record<RegionName, readonly string[]>>;
  readonly tuning: Tuning;
  readonly limits: Partial<Limits>;
}

function optionsOf({ place, prefix, regions, tuning, limits }: CassandraStore, clock: Clock): CassandraOptions {
  const all = Object.freeze({ ...LIMITS, ...limits });
  return { ...place, prefix, regions, tuning, limits: all, clock, random: systemRandom };
}

/** As a front end opens it, but for the trial of the cluster's behaviour: the test of the ring has that. */
export function openAsFront(store: CassandraStore): Promise<Engine> {
  return openCassandra({ ...optionsOf(store, systemClock), selfTest: false });
}

/** Nothing of the cluster is looked at: it is ours, and the test's clock may be anywhere. */
export function openStore(store: CassandraStore, clock: Clock = systemClock): Promise<Engine> {
  return openCassandra({ ...optionsOf(store, clock), unchecked: true });
}

/** Makes a store with so many copies, as `moraine cassandra init` does. */
export async function initStore(store: CassandraStore, copies: number): Promise<void> {
  await initDatabase({ ...optionsOf(store, systemClock), copies });
}

export function clientOf({ contactPoints, dataCentre }: RingPlace): cassandra.Client {
  return new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter: dataCentre,
    protocolOptions: { port: Number(contactPoints[0]?.split(':').at(-1)) },
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 } },
    // Changes of the schema wait for each other.
    socketOptions: { readTimeout: 60_000 },
  });
}

/** Tables in which a removal hides rows of the same name for ever: ids of buckets and uploads are the same in many tests. */
const REMOVED_FOR_EVER = /\.(part|upload_index|owned|ver)$/;

/** Makes the keyspaces and tables of a store with so many copies, and nothing else. */
export async function createStore(client: cassandra.Client, store: CassandraStore, copies: number): Promise<void> {
  await createSchema(client, { ...store, replication: copies });
}

/** Stores of one ring that are used one after the other. */
class Pool {
  readonly #client: cassandra.Client;
  readonly #place: RingPlace;
  readonly #free: string[] = [];

  constructor(place: RingPlace) {
    this.#place = place;
    this.#client = clientOf(place);
  }

  /** An empty store that nobody else uses. */
  async take(): Promise<CassandraStore> {
    const free = this.#free.pop() ?? (await this.#fromShelf());
    if (free !== undefined) return this.#store(free);
    const prefix = `t${randomBytes(5).toString('hex')}`;
    await createStore(this.#client, this.#store(prefix), 1);
    return this.#store(prefix);
  }

  /** One that another file has left; each goes to exactly one of those who ask. */
  async #fromShelf(): Promise<string | undefined> {
    const { rows } = await this.#client.execute(`SELECT prefix FROM ${SHELF}`);
    for (const { prefix } of rows) {
      const taken = await this.#client.execute(`DELETE FROM ${SHELF} WHERE prefix = ? IF EXISTS`, [prefix]);
      if (taken.wasApplied()) return String(prefix);
    }
    return undefined;
  }

  #store(prefix: string): CassandraStore {
    const regions = { [REGION]: [this.#place.dataCentre] };
    return { place: this.#place, prefix, regions, tuning: TEST_TUNING, limits: TEST_LIMITS };
  }

  /** Empties a store whose engines are closed. */
  async give({ prefix }: CassandraStore): Promise<void> {
    const names = TABLES.map(({ keyspace, name }) =>
      keyspace === 'global' ? `${globalKeyspace(prefix)}.${name}` : `${regionKeyspace(prefix, REGION)}.${name}`,
    );
    // Most are empty, and looking is cheaper than emptying.
    const looks = names.map(
      async (name) => (await this.#client.execute(`SELECT * FROM ${name} LIMIT 1`)).rowLength > 0,
    );
    const filled = await Promise.all(looks);
    const isWanted = (name: string, index: number) => filled[index] || REMOVED_FOR_EVER.test(name);
    await Promise.all(names.filter(isWanted).map((name) => this.#client.execute(`TRUNCATE ${name}`)));
    this.#free.push(prefix);
  }

  /** Leaves the stores to the next file. */
  async close(): Promise<void> {
    for (const prefix of this.#free) {
      await this.#client.execute(`INSERT INTO ${SHELF} (prefix) VALUES (?) IF NOT EXISTS`, [prefix]);
    }
    await this.#client.shutdown();
  }
}

/** Cassandra engines on one ring, for one test file. All of them are closed before `close`. */
export interface CassandraEngines {
  readonly open: Open;
  /** Two engines over one store, with the limits of a real server. */
  readonly pair: NamedEngine;
}

/**
 * On the ring of the run; undefined where there is none: `npm test` has one, `npm run test:quick` and a file that is run by
 * itself have not.
 */
export function cassandraEngines(place = sharedRing()): CassandraEngines | undefined {
  if (place === undefined) return undefined;
  const pool = new Pool(place);
  after(() => pool.close());
  return { open: () => openOne(pool), pair: { name: 'cassandra, two front ends', open: () => openPair(pool) } };
}

async function openOne(pool: Pool): ReturnType<Open> {
  const store = await pool.take();
  const clock = new TestClock();
  let engine = await openStore(store, clock);
  return {
    engine,
    clock,
    graceMs,
    inlineBytes: engine.capabilities.inlineBytes,
    reopen: async () => {
      await engine.close();
      engine = await openStore(store, clock);
      return engine;
    },
    close: async () => {
      await engine.close();
      await pool.give(store);
    },
  };
}

async function openPair(pool: Pool): ReturnType<NamedEngine['open']> {
  const taken = await pool.take();
  const store = { ...taken, limits: {}, tuning: { ...TUNING, splitRows: TEST_TUNING.splitRows } };
  const engine = await openStore(store);
  const others = [await openStore(store)];
  return {
    engine,
    others,
    close: async () => {
      for (const one of [engine, ...others]) await one.close();
      await pool.give(taken);
    },
  };
}
