/** Rounds of the collector of the Cassandra engine over simulated tables: what they reclaim when, and what they cost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../contract/engine/world.ts';
import { BodiesWorld, SMALL } from '../support/bodies-world.ts';

test('replaced bodies stay for their grace, then come back in bounded rounds that say what they reclaimed', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (let index = 0; index < 10; index++) await process.put(`k${index}`, bytesOf(1000));
  for (let index = 0; index < 10; index++) await process.remove(`k${index}`);
  const sweep = (limit: number) => process.room.sweep({ now: world.clock.now(), limit });
  assert.deepEqual(await sweep(100), { blobs: 0, bytes: 0, done: true });
  world.clock.time += SMALL.trashMs;
  assert.deepEqual(
    [await sweep(4), await sweep(4), await sweep(4)],
    [
      { blobs: 4, bytes: 4000, done: false },
      { blobs: 4, bytes: 4000, done: false },
      { blobs: 2, bytes: 2000, done: true },
    ],
  );
  await process.room.close();
  await world.check();
});

test('several sweeps at once, in one process and in two, reclaim everything', async () => {
  const world = new BodiesWorld();
  const [one, two] = [world.process(), world.process()];
  for (let index = 0; index < 20; index++) await one.put(`k${index}`, bytesOf(1000));
  for (let index = 0; index < 20; index++) await two.remove(`k${index}`);
  world.clock.time += SMALL.trashMs;
  const now = world.clock.now();
  const rooms = [one.room, one.room, two.room, one.room];
  const reports = await Promise.all(rooms.map((room) => room.sweep({ now, limit: 1000 })));
  assert(reports.reduce((sum, { bytes }) => sum + bytes, 0) >= 20_000);
  await Promise.all([one.room.close(), two.room.close()]);
  await world.check();
});

test('an idle sweep reads one period of each slot, however long nothing happened', async () => {
  const world = new BodiesWorld();
  let reads = 0;
  const process = world.process({ before: ({ cql }) => (cql.includes('FROM $region.ledger') ? reads++ : 0) });
  await process.put('k', bytesOf(10));
  await process.room.close();
  world.clock.time += 100 * SMALL.ledgerPeriodMs;
  await process.room.sweep({ now: world.clock.now(), limit: 10 });
  reads = 0;
  await process.room.sweep({ now: world.clock.now(), limit: 10 });
  assert.equal(reads, 16);
  const other = world.process({ before: ({ cql }) => (cql.includes('FROM $region.ledger') ? reads++ : 0) });
  reads = 0;
  await other.room.sweep({ now: world.clock.now(), limit: 10 });
  assert(reads < 16 * 6, 'another process begins at the mark');
});
