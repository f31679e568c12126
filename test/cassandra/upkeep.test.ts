/** Upkeep on a real ring of one node: what `check` finds, what it does not, where bytes are, and what is left to continue. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import { openCassandra } from '../../src/store/cassandra/engine.ts';
import { Conflict, type Finding } from '../../src/store/port.ts';
import { bytesOf, type Opened, TestClock, World } from '../contract/engine/world.ts';
import { type CassandraStore, clientOf, createStore, TEST_TUNING } from '../support/cassandra.ts';
import { TEST_LIMITS } from '../support/opened-engines.ts';

const place = sharedRing();
const REGION = 'us-east-1';
/** Largest timestamp: for ever. */
const MAX = '9223372036854775807';

suite('upkeep on Cassandra', { skip: place === undefined && 'there is no ring: npm test has one' }, () => {
  assert(place !== undefined);
  const client = clientOf(place);
  let store: CassandraStore;
  let world: World;

  before(async () => {
    const prefix = `k${randomBytes(5).toString('hex')}`;
    store = { place, prefix, regions: { [REGION]: [place.dataCentre] }, tuning: TEST_TUNING, limits: {} };
    await createStore(client, store, 1);
  });
  after(async () => {
    for (const name of [globalKeyspace(store.prefix), regionKeyspace(store.prefix, REGION)]) {
      await client.execute(`DROP KEYSPACE IF EXISTS ${name}`);
    }
    await client.shutdown();
  });
  beforeEach(async () => {
    const clock = new TestClock();
    const limits = { ...LIMITS, ...TEST_LIMITS };
    const engine = await openCassandra({
      ...{ ...store.place, ...store, limits, clock, random: systemRandom, unchecked: true },
    });
    const opened: Opened = {
      engine,
      clock,
      graceMs: TEST_TUNING.unsettledMs,
      inlineBytes: 0,
      close: () => engine.close(),
    };
    world = new World(opened);
  });
  afterEach(() => world.close());

  const table = (name: string) => `${regionKeyspace(store.prefix, REGION)}.${name}`;
  const rows = async (cql: string) => (await client.execute(cql)).rows ?? [];
  const told = (findings: readonly Finding[]) => findings.map(({ kind, subject }) => `${kind} ${subject}`).sort();

  test('all is well in a store of every kind of thing, and where bytes are is told', async () => {
    const plain = await world.bucket(`plain`);
    for (let number = 0; number < 60; number++) await world.put(plain, `k${number}`, bytesOf(number * 300, number + 1));
    await world.removeNull(plain, 'k7');
    const kept = await world.bucket('kept', 'enabled');
    for (let number = 0; number < 6; number++)
      await world.put(kept, 'same', number === 4 ? undefined : bytesOf(3000, number));
    await world.put(kept, 'copy', (await world.get(plain, 'k9'))?.body);
    const upload = await world.upload(kept, 'multi', 'u1');
    const parts = [await world.part(upload, 1, bytesOf(20_000, 1)), await world.part(upload, 2, bytesOf(5, 2))];
    await world.complete(kept, upload, parts);
    await world.part(await world.upload(kept, 'open', 'u2'), 7, bytesOf(9000, 9));
    assert.deepEqual(await world.findings(false), []);
    assert.deepEqual(await world.findings(true), []);
    const body = (await world.get(kept, 'multi'))?.body;
    assert(body !== undefined);
    const copies = await world.engine.upkeep.copies(body);
    assert.deepEqual(
      copies.map(({ start, end, problem }) => [start, end, problem]),
      [
        [0, 20_000, undefined],
        [20_000, 20_005, undefined],
      ],
    );
    for (const copy of copies) {
      assert.deepEqual(Object.keys(copy.place), ['dataCentre', 'rack', 'node', 'tokens']);
      assert.match(copy.place.tokens ?? '', /^\(-?[0-9]+, -?[0-9]+\]$/);
    }
    const { wanted, copies: racks } = await world.engine.upkeep.health();
    assert.deepEqual([wanted, racks.map(({ state }) => state)], [1, ['up']]);
    for await (const met of world.engine.upkeep.scrub()) assert.fail(met.problem);
    for (let round = 0; round < 10; round++) if ((await world.engine.upkeep.mend({ limit: 1 })).done) break;
    assert.deepEqual(await world.engine.upkeep.mend({ limit: 1 }), { mended: 0, done: true });
  });

  test('a check beside traffic finds nothing that is not so', async () => {
    const bucket = await world.bucket('busy');
    const kept = await world.bucket('busier', 'enabled');
    let over = false;
    const traffic = async (worker: number) => {
      for (let turn = 0; !over; turn++) {
        const key = `k${(worker + turn) % 5}`;
        await world.put(bucket, key, bytesOf(100 + turn, worker));
        await world.put(kept, key, (await world.get(bucket, key))?.body).catch(unlessGone);
        const upload = await world.upload(kept, key, `w${worker}-${turn}`);
        await world.complete(kept, upload, [await world.part(upload, 1, bytesOf(5000, turn))]);
        if (turn % 3 === 0) await world.removeNull(bucket, key);
      }
    };
    const workers = [1, 2, 3].map(traffic);
    for (let round = 0; round < 3; round++) assert.deepEqual(await world.findings(round === 1), []);
    over = true;
    await Promise.all(workers);
    assert.deepEqual(await world.findings(), []);
  });

  test('what is missing, damaged or nobody’s is found, and nothing else', async () => {
    const blobs = async () => idsOf(await rows(`SELECT DISTINCT blob, seg FROM ${table('chunk')}`), 'blob');
    const references = async () =>
      idsOf(await rows(`SELECT owner FROM ${table('ref')} WHERE kind = 1 ALLOW FILTERING`), 'owner');
    const bucket = await world.bucket('damaged', 'enabled');
    const missing = await added(blobs, () => world.put(bucket, 'missing', bytesOf(9000, 1)));
    const rotten = await added(blobs, () => world.put(bucket, 'rotten', bytesOf(9000, 2)));
    const source = await added(blobs, () => world.put(bucket, 'source', bytesOf(100, 3)));
    const body = (await world.get(bucket, 'source'))?.body;
    const reference = await added(references, () => world.put(bucket, 'copy', body));
    await world.put(bucket, 'good', bytesOf(9000, 4));
    await world.upload(bucket, 'unlisted', 'unlisted');
    const [hint] = await rows(
      `SELECT bucket, slot FROM ${table('upload_index')} WHERE id = 'unlisted' ALLOW FILTERING`,
    );
    const place = `bucket = '${hint?.bucket}' AND slot = ${hint?.slot}`;
    const names = `${globalKeyspace(store.prefix)}.name`;
    const chunk = (blob: string, n: number) => `blob = ${blob} AND seg = 0 AND n = ${n}`;
    const ref = `body = ${source} AND kind = 1 AND owner = ${reference}`;
    for (const cql of [
      `DELETE FROM ${table('chunk')} USING TIMESTAMP ${MAX} WHERE ${chunk(missing, 1)}`,
      `UPDATE ${table('chunk')} USING TIMESTAMP ${MAX} SET d = 0x00 WHERE ${chunk(rotten, 2)}`,
      `DELETE FROM ${table('ref')} USING TIMESTAMP ${MAX} WHERE ${ref}`,
      `DELETE FROM ${table('upload_index')} USING TIMESTAMP ${MAX} WHERE ${place}`,
      `INSERT INTO ${table('chunk')} (blob, seg, n, d, sum) VALUES (${STRAY}, 0, 0, 0x01, 0x02)`,
      `INSERT INTO ${table('ref')} (body, kind, owner) VALUES (${STRAY_REFERENCES}, 0, uuid())`,
      `INSERT INTO ${table('part')} (upload, no, t, blob, v) VALUES ('nobody', 3, 5, uuid(), 0x00)`,
      `INSERT INTO ${names} (name, bucket, region, owner) VALUES ('nowhere', 'b', '${REGION}', 'alice') IF NOT EXISTS`,
    ]) {
      await client.execute(cql);
    }
    const expected = [
      'body damaged/missing',
      `orphan blob ${STRAY}`,
      `orphan references ${STRAY_REFERENCES}`,
      'orphan upload nobody',
      'reference damaged/copy',
      'reference name nowhere',
      'reference upload unlisted',
    ];
    assert.deepEqual(told(await world.findings(false)), expected);
    assert.deepEqual(told(await world.findings(true)), [...expected, 'body damaged/rotten'].sort());
  });
});

/** A copy of what was replaced meanwhile. */
function unlessGone(error: unknown): void {
  assert(error instanceof Conflict && error.what === 'source', String(error));
}

const STRAY = '99999999-0000-4000-8000-00000000ff00';
const STRAY_REFERENCES = '99999999-0000-4000-8000-00000000ee00';

const idsOf = (rows: readonly { readonly [column: string]: unknown }[], column: string): ReadonlySet<string> =>
  new Set(rows.map((row) => String(row[column])));

/** The one that `work` adds. */
async function added(ids: () => Promise<ReadonlySet<string>>, work: () => Promise<unknown>): Promise<string> {
  const known = await ids();
  await work();
  const [id, ...others] = [...(await ids())].filter((one) => !known.has(one));
  assert(id !== undefined && others.length === 0);
  return id;
}
