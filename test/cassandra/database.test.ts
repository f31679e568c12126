/**
 * A store's life in a real cluster: made by one of several, completed when it is half made, moved forward by one, refused when
 * it is not what this front end believes; and what a session does there.
 */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type cassandra from 'cassandra-driver';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createClients, type RegionClient } from '../../src/store/cassandra/database/driver.ts';
import { FORMAT, openStore, type Step, type Store, upgradeStore } from '../../src/store/cassandra/database/format.ts';
import { readMeta, writeMeta } from '../../src/store/cassandra/database/meta.ts';
import {
  type DatabaseOptions,
  initDatabase,
  inspectDatabase,
  openDatabase,
  upgradeDatabase,
} from '../../src/store/cassandra/database/open.ts';
import { connectAll, createSessions } from '../../src/store/cassandra/database/sessions.ts';
import { globalKeyspace, regionKeyspace, TABLES } from '../../src/store/cassandra/database/tables.ts';
import type { Sessions, Statement } from '../../src/store/cassandra/database/types.ts';
import { Unavailable } from '../../src/store/port.ts';
import { clientOf } from '../support/cassandra.ts';

const place = sharedRing();
const skip = place === undefined ? 'npm test starts a ring' : false;
const prefix = `t${randomBytes(5).toString('hex')}`;

suite('a store in a cluster', { skip }, () => {
  const { contactPoints = [], dataCentre = '' } = place ?? {};
  const options: DatabaseOptions = {
    ...{ contactPoints, dataCentre, prefix, fewerCopies: true, selfTest: false },
    regions: { 'eu-1': [dataCentre] },
    clock: systemClock,
    random: systemRandom,
  };
  const make = { ...options, copies: 3 };
  let client: cassandra.Client;

  before(async () => {
    client = clientOf({ contactPoints, dataCentre });
    await client.connect();
  });
  after(async () => {
    for (const name of [globalKeyspace(prefix), regionKeyspace(prefix, 'eu-1'), regionKeyspace(prefix, 'eu-2')])
      await client.execute(`DROP KEYSPACE IF EXISTS ${name}`);
    await client.shutdown();
  });

  async function refusal(work: Promise<unknown>): Promise<string> {
    const error = await work.then(
      () => assert.fail('it was accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error && error.constructor === Error, String(error));
    return error.message;
  }

  test('one that is not there is never made by opening it', async () => {
    assert.match(await refusal(openDatabase(options)), /there is no store .* run `moraine cassandra init` once/);
    const { topology } = await inspectDatabase(options);
    assert.equal(topology.absent, true);
    assert.match(topology.problems[0]?.message ?? '', /is missing/);
  });

  test('a cluster that cannot be reached, or lacks the data centre, is told with its setting', async () => {
    assert.match(
      await refusal(openDatabase({ ...options, contactPoints: ['127.0.0.1:1'] })),
      /cassandra\.contact-points/,
    );
    const elsewhere = { ...options, dataCentre: 'nowhere', regions: { 'eu-1': ['nowhere'] } };
    assert.match(await refusal(openDatabase(elsewhere)), /has no data centre nowhere: .* cassandra\.data-centre/);
  });

  test('too few racks refuse the start and the making, unless loss is accepted', async () => {
    const strict = { ...options, fewerCopies: false };
    assert.match(await refusal(initDatabase({ ...strict, copies: 3 })), /1 node on 1 rack, where 3 racks are needed/);
    assert.ok((await initDatabase(make)).includes(globalKeyspace(prefix)));
    assert.match(await refusal(openDatabase(strict)), /has 1 copy in .* where 3 are needed: ALTER KEYSPACE/);
    await (await openDatabase(options)).close();
  });

  test('making it again makes what is missing, and nothing else', async () => {
    assert.deepEqual(await initDatabase(make), []);
    const table = `${regionKeyspace(prefix, 'eu-1')}.part`;
    await client.execute(`DROP TABLE ${table}`);
    assert.match(await refusal(openDatabase(options)), new RegExp(`lacks ${table}: run .moraine cassandra init`));
    assert.deepEqual(await initDatabase(make), [table]);
    await (await openDatabase(options)).close();
  });

  test('its behaviour is proven before it is trusted', async () => {
    const database = await openDatabase({ ...options, selfTest: true });
    const { format, clocks, refusal: writes } = await database.status();
    assert.deepEqual([format, clocks.length, writes], [FORMAT, 1, undefined]);
    await database.close();
  });

  test('front ends with other regions than the store has are refused', async () => {
    const both = { ...options, regions: { 'eu-1': [dataCentre], 'eu-2': [dataCentre] } };
    assert.match(await refusal(openDatabase(both)), /run `moraine cassandra init`/);
    assert.deepEqual(await initDatabase({ ...both, copies: 1 }), [regionKeyspace(prefix, 'eu-2')]);
    assert.match(await refusal(openDatabase(options)), /has a region eu-2 that \[cassandra\.regions\] lacks/);
    await (await openDatabase(both)).close();
    const other = { ...both, home: 'eu-2', regions: { 'eu-1': ['dc9', dataCentre], 'eu-2': [dataCentre] } };
    assert.match(await refusal(openDatabase(other)), /region eu-1 is used through data centre .* put .* first/);
  });

  test('a front end whose clock is wrong reads, and writes nothing', async () => {
    const clock = { now: () => Date.now() + 60_000, monotonic: systemClock.monotonic };
    const regions = { 'eu-1': [dataCentre], 'eu-2': [dataCentre] };
    const database = await openDatabase({ ...options, regions, clock });
    const { home } = database.sessions;
    await home.read(READ, [randomUUID()]);
    const error = await home.write(WRITE, [randomUUID(), Buffer.from('a'), null]).catch((reason: unknown) => reason);
    assert.ok(error instanceof Unavailable && !error.mayHaveApplied);
    assert.match(error.message, /clock is .* s ahead of the nodes'/);
    await database.close();
  });

  suite('its format', () => {
    const regions = { 'eu-1': [dataCentre], 'eu-2': [dataCentre] };
    let clients: ReadonlyMap<string, RegionClient>;
    let sessions: Sessions;
    let store: Store;

    before(async () => {
      clients = createClients({ ...options, regions });
      sessions = createSessions(clients, { ...options, regions });
      const { client: home } = await connectAll(clients, { ...options, regions });
      const meta = { session: sessions.home, clock: systemClock, random: systemRandom };
      store = { client: home, keyspaces: { prefix, regions }, meta };
    });
    after(() => sessions.close());

    test('is moved forward by one front end while others wait, step by step', async () => {
      const ran: number[] = [];
      const steps: readonly Step[] = [1, 2].map((more) => ({
        to: FORMAT + more,
        run: async () => void ran.push(FORMAT + more),
      }));
      const all = Array.from({ length: 5 }, () => upgradeStore(store, steps, FORMAT + 2));
      await Promise.all(all);
      assert.deepEqual(ran, [FORMAT + 1, FORMAT + 2]);
      assert.equal((await readMeta(store.meta, 'format', 'agreed'))?.value, String(FORMAT + 2));
    });

    test('is refused when it is newer than the program', async () => {
      assert.match(await refusal(openStore(store)), new RegExp(`has format ${FORMAT + 2}, .* upgrade this front end`));
      const row = await readMeta(store.meta, 'format', 'agreed');
      assert.ok(await writeMeta(store.meta, 'format', String(FORMAT), row));
      assert.equal(await upgradeDatabase({ ...options, regions }), FORMAT);
    });

    test('is moved forward by `upgrade` alone, which completes what an older one lacks while front ends serve', async () => {
      const names = TABLES.filter(({ since }) => since !== undefined).flatMap(({ keyspace, name }) =>
        keyspace === 'global'
          ? [`${globalKeyspace(prefix)}.${name}`]
          : Object.keys(regions).map((region) => `${regionKeyspace(prefix, region)}.${name}`),
      );
      const serving = await openDatabase({ ...options, regions });
      for (const name of names) await client.execute(`DROP TABLE ${name}`);
      const row = await readMeta(store.meta, 'format', 'agreed');
      assert.ok(await writeMeta(store.meta, 'format', '1', row));
      const told = new RegExp(`has format 1, .* works with format ${FORMAT}: run \`moraine cassandra upgrade\``);
      assert.match(await refusal(openDatabase({ ...options, regions })), told);
      const status = await inspectDatabase({ ...options, regions });
      assert.equal(status.format, 1);
      const wrong = status.problems.filter(({ kind }) => kind === 'format' || kind === 'place');
      assert.deepEqual([wrong.length, told.test(wrong[0]?.message ?? '')], [1, true]);

      const upgrades = await Promise.all([1, 2, 3].map(() => upgradeDatabase({ ...options, regions })));
      assert.deepEqual(upgrades, [FORMAT, FORMAT, FORMAT]);
      await serving.sessions.home.write(WRITE, [randomUUID(), Buffer.from('a'), null]);
      for (const name of names) await client.execute(`SELECT * FROM ${name} LIMIT 1`);
      await serving.close();
      await (await openDatabase({ ...options, regions })).close();
    });

    test('is written only over what was read', async () => {
      const row = await readMeta(store.meta, 'format', 'agreed');
      assert.ok(await writeMeta(store.meta, 'format', String(FORMAT), row));
      assert.equal(await writeMeta(store.meta, 'format', '99', row), undefined);
      assert.equal(await writeMeta(store.meta, 'format', '99', undefined), undefined);
    });

    test('values come back as they were sent', async () => {
      const shard = randomUUID();
      const key = Buffer.from([0, 255]);
      await sessions.home.write(WRITE, [shard, key, Buffer.alloc(0)]);
      assert.deepEqual(await sessions.home.read(READ, [shard]), [{ shard, k: key, v: Buffer.alloc(0), t: 9n }]);
      await sessions.home.batch([
        [WRITE, [shard, Buffer.from('b'), null]],
        [WRITE, [shard, Buffer.from('c'), Buffer.from('x')]],
      ]);
      const rows = await sessions.of('eu-1').read(READ, [shard]);
      assert.deepEqual(
        rows.map(({ k, v }) => [String(k), v]),
        [
          [String(key), Buffer.alloc(0)],
          ['b', undefined],
          ['c', Buffer.from('x')],
        ].sort(([a], [b]) => Buffer.compare(Buffer.from(String(a), 'latin1'), Buffer.from(String(b), 'latin1'))),
      );
    });

    test('a partition is read from the very node that keeps it', async () => {
      const shard = randomUUID();
      await sessions.home.write(WRITE, [shard, Buffer.from('a'), Buffer.from('x')]);
      const { nodes, range } = sessions.home.replicas('$region.trial', [shard]);
      assert.equal(nodes.length, 1);
      assert.match(range, /^\(-?\d+, -?\d+\]$/);
      const [node] = nodes;
      assert.ok(node !== undefined && sessions.home.nodes().some(({ id }) => id === node.id));
      assert.equal((await sessions.home.readFrom(node, READ, [shard])).length, 1);
      const gone = { ...node, address: '127.9.9.9:1' };
      await assert.rejects(sessions.home.readFrom(gone, READ, [shard]), Unavailable);
    });
  });
});

const READ: Statement = {
  cql: 'SELECT shard, k, v, writetime(v) AS t FROM $region.trial WHERE shard = ? LIMIT 10',
  consistency: 'local-quorum',
  kind: 'read',
  idempotent: true,
  profile: 'meta',
  reason: 'a test',
};
const WRITE: Statement = {
  ...READ,
  cql: 'INSERT INTO $region.trial (shard, k, v) VALUES (?, ?, ?) USING TIMESTAMP 9',
  kind: 'write',
};
