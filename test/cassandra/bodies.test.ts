/**
 * Bodies on a real ring: that the database does what the simulated tables of the unit tests do. Bytes at every border, damage,
 * deaths, races, and tables that are empty in the end.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type cassandra from 'cassandra-driver';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openSessions } from '../../src/store/cassandra/database/sessions.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import type { Row, Session, Sessions } from '../../src/store/cassandra/database/types.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import { Conflict, Corrupt, Unavailable } from '../../src/store/port.ts';
import { bytesOf, drain, piecesOf, TestClock } from '../contract/engine/world.ts';
import { type BodiesProcess, BodiesWorld, dyingAt, ownerOf, SMALL } from '../support/bodies-world.ts';
import { clientOf, createStore } from '../support/cassandra.ts';
import type { Hooks } from '../support/simulated-cassandra.ts';

const place = sharedRing();
const REGION = 'home';

function hooked(session: Session, hooks: Hooks): Session {
  return new Proxy(session, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== 'read' && name !== 'write') return typeof member === 'function' ? member.bind(target) : member;
      return async (...[statement, values]: Parameters<Session['read']>) => {
        await hooks.before?.(statement, values);
        const answer = await target[name](statement, values);
        await hooks.after?.(statement, values);
        return answer;
      };
    },
  });
}

suite('bodies on Cassandra', { skip: place === undefined && 'there is no ring: npm test has one' }, () => {
  const prefix = `b${randomBytes(5).toString('hex')}`;
  const keyspace = regionKeyspace(prefix, REGION);
  /** Of all tests: the ledger's mark only rises. */
  const clock = new TestClock();
  let client: cassandra.Client;
  let sessions: Sessions;

  before(async () => {
    assert(place !== undefined);
    const regions = { [REGION]: [place.dataCentre] };
    client = clientOf(place);
    await createStore(client, { place, prefix, regions, tuning: SMALL, limits: {} }, 1);
    sessions = await openSessions({ ...place, prefix, regions, random: systemRandom, clock: systemClock });
  });
  after(async () => {
    await sessions?.close();
    await client?.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await client?.execute(`DROP KEYSPACE IF EXISTS ${globalKeyspace(prefix)}`);
    await client?.shutdown();
  });

  const store = {
    sessions(hooks: Hooks): Sessions {
      const home = hooked(sessions.home, hooks);
      return { ...sessions, home, of: () => home, regions: [REGION] };
    },
    async rows(table: string): Promise<readonly Row[]> {
      const { rows } = await client.execute(`SELECT * FROM ${keyspace}.${table}`, [], { fetchSize: 5000 });
      return rows.map((row) => Object.fromEntries(row.keys().map((name) => [name, plain(row.get(name))])));
    },
  };
  const plain = (value: unknown): string | number => (typeof value === 'number' ? value : String(value));
  const worldOf = (seed: number) => new BodiesWorld({ seed, store, clock, random: systemRandom });

  /** Whatever is left, goes: the next test finds empty tables. */
  async function clear(world: BodiesWorld): Promise<void> {
    await world.sweepAll();
    await world.check();
    const process = world.process();
    for (const key of [...world.keys.keys()]) await process.remove(key);
    await process.room.close();
    await world.sweepAll();
    await world.check();
    for (const table of ['chunk', 'manifest', 'ref']) assert.deepEqual(await store.rows(table), [], table);
  }

  test('a body is its bytes at every size around a border, and so is each range of it', async () => {
    const world = worldOf(1);
    const process = world.process();
    const segment = 32 * SMALL.chunkBytes;
    for (const size of [0, 1, 99, 100, 101, segment - 1, segment, segment + 1, 2 * segment + 7]) {
      const key = `k${size}`;
      const bytes = bytesOf(size, size);
      await process.put(key, bytes);
      const body = process.bodies.bodyOf(world.current(key)?.naming ?? assert.fail());
      for (const [start, end] of [
        [0, size],
        [1, 100],
        [99, 101],
        [segment - 1, segment + 1],
        [size - 1, size],
      ] as const) {
        if (start < 0 || end > size) continue;
        assert.deepEqual(await drain(process.bodies.read(body, start, end)), bytes.subarray(start, end));
      }
    }
    await process.room.close();
    await clear(world);
  });

  test('chunks of the size of a real store, written and read many at a time', async () => {
    const { chunkBytes, chunksInFlight } = TUNING;
    const world = new BodiesWorld({ store, clock, random: systemRandom, tuning: { chunkBytes, chunksInFlight } });
    const process = world.process();
    const bytes = randomBytes(20 * 1024 * 1024 + 1);
    const where = { bucketId: 'b', region: REGION, key: 'large' };
    const body = await process.bodies.write(piecesOf(bytes, 65_536), bytes.length, where);
    await process.name(ownerOf('large'), body, bytes);
    assert(bytes.equals(await process.read('large')));
    assert.deepEqual(
      await drain(process.bodies.read(body, 16_777_215, 16_777_217)),
      bytes.subarray(16_777_215, 16_777_217),
    );
    await process.room.close();
    await clear(world);
  });

  test('what is left of chunks that were damaged on their only copy is Corrupt, the rest is read', async () => {
    const world = worldOf(2);
    const process = world.process();
    await process.put('k', bytesOf(450));
    const { place: where } = world.current('k')?.naming ?? assert.fail();
    assert(where.type === 'blob');
    const damage = `UPDATE ${keyspace}.chunk USING TIMESTAMP 9000000000000000000 SET d = 0x00 WHERE blob = ${where.id} AND seg = 0 AND n = 2`;
    await client.execute(damage);
    const body = process.bodies.bodyOf(world.current('k')?.naming ?? assert.fail());
    assert.deepEqual(await drain(process.bodies.read(body, 0, 200)), bytesOf(450).subarray(0, 200));
    await assert.rejects(drain(process.bodies.read(body, 0, 450)), (error) => error instanceof Corrupt);
    world.keys.delete('k');
    await process.bodies.release({ place: where, reference: undefined }, ownerOf('k'));
    await process.room.close();
    await clear(world);
  });

  test('composed bodies are read by ranges, and let go of what they hold', async () => {
    const world = worldOf(3);
    const process = world.process();
    const parts = ['part0', 'part1', 'part2'];
    for (const [index, part] of parts.entries()) await process.put(part, bytesOf(5 + index, index));
    await process.complete('inner', Array(40).fill(parts).flat());
    await process.complete('outer', ['inner', 'part0', 'inner']);
    for (const part of [...parts, 'inner']) await process.remove(part);
    await world.sweepAll(process);
    const whole = world.current('outer') ?? assert.fail();
    const body = process.bodies.bodyOf(whole.naming);
    for (const [start, end] of [
      [0, body.size],
      [600, 601],
      [700, 760],
      [body.size - 1, body.size],
    ] as const) {
      assert.deepEqual(
        await drain(process.bodies.read(body, start, end)),
        Buffer.from(whole.bytes.subarray(start, end)),
      );
    }
    await process.room.close();
    await clear(world);
  });

  const scenario = async (process: BodiesProcess) => {
    await process.copy('a', 'copy');
    await process.put('a', bytesOf(60, 9));
    await process.complete('whole', ['copy', 'b']);
    for (const key of ['copy', 'b', 'whole']) await process.remove(key);
  };

  test('whatever a process dies after, what is named stays and the rest goes', async () => {
    for (const isApplied of [true, false]) {
      for (let step = isApplied ? 1 : 5; ; step += 9) {
        const world = worldOf(step);
        const first = world.process();
        await first.put('a', bytesOf(250, 1));
        await first.put('b', bytesOf(90, 2));
        await first.room.close();
        const hooks = dyingAt(step, isApplied);
        await scenario(world.process(hooks)).catch((error: unknown) => assert(error instanceof Unavailable));
        await clear(world);
        if (!hooks.hasDied()) break;
      }
    }
  });

  test('copies racing removals racing collectors: named bodies are whole, the others go', async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const world = new BodiesWorld({ seed, store, clock, random: systemRandom, tuning: { trashMs: 1 } });
      const processes = Array.from({ length: 4 }, () => world.process());
      const [one, two, three, four] = processes;
      assert(one !== undefined && two !== undefined && three !== undefined && four !== undefined);
      await one.put('a', bytesOf(250, seed));
      const { naming, bytes } = world.current('a') ?? assert.fail();
      const copy = async (process: BodiesProcess, to: string) => {
        await process.name(ownerOf(to), process.bodies.bodyOf(naming), bytes).catch((error: unknown) => {
          assert(error instanceof Conflict && error.what === 'source', String(error));
        });
      };
      const sweep = (process: BodiesProcess) => process.room.sweep({ now: clock.now() + 10, limit: 100 });
      const collect = async (process: BodiesProcess) => {
        for (let round = 0; round < 5; round++) await sweep(process);
      };
      await Promise.all([copy(one, 'b'), copy(two, 'c'), three.remove('a'), collect(three), collect(four)]);
      await Promise.all([copy(one, 'd'), two.remove('b'), collect(three), collect(four)]);
      for (const process of processes) await process.room.close();
      await clear(world);
    }
  });
});
