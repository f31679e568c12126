/** Lists of the Cassandra engine over simulated tables: composed bodies, their ranges and parts, and what they hold. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, conflicts, drain } from '../contract/engine/world.ts';
import { BodiesWorld, ownerOf } from '../support/bodies-world.ts';

test('a composed body is its parts, at every range, with what was told of them', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  const sizes = [...Array.from({ length: 230 }, (_, index) => 1 + (index % 7)), 0, 450];
  for (const [index, size] of sizes.entries()) await process.put(`part${index}`, bytesOf(size, index));
  await process.complete(
    'whole',
    sizes.map((_, index) => `part${index}`),
  );
  const { naming, bytes } = world.current('whole') ?? assert.fail();
  const body = process.bodies.bodyOf(naming);
  assert.deepEqual(await drain(process.bodies.read(body, 0, body.size)), Buffer.from(bytes));
  const points = [0, 1, 395, 396, 397, 398, 399, 400, 401, 800, body.size - 1, body.size];
  for (const start of points) {
    for (const end of points) {
      if (start > end) continue;
      const range = await drain(process.bodies.read(body, start, end));
      assert.deepEqual(range, Buffer.from(bytes.subarray(start, end)), `${start}-${end}`);
    }
  }
  const infos = await process.bodies.partsOf(naming.place);
  assert.deepEqual(
    infos,
    sizes.map((size, index) => ({ number: index + 1, size })),
  );
});

test('lists of lists are flat, hold what they were made of once, and let it go when they go', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (const key of ['a', 'b', 'c']) await process.put(key, bytesOf(250, key.charCodeAt(0)));
  await process.complete('inner', ['a', 'b', 'a']);
  for (const key of ['a', 'b']) await process.remove(key);
  await process.complete('outer', ['inner', 'c', 'inner']);
  for (const key of ['inner', 'c']) await process.remove(key);
  await world.sweepAll(process);
  let pages = 0;
  const reader = world.process({ before: ({ cql }) => (cql.includes('seq <= ?') ? pages++ : 0) });
  assert.equal((await reader.read('outer')).length, 1750);
  assert.equal(pages, 1);
  await world.check();
  await process.remove('outer');
  await world.sweepAll(process);
  await process.room.close();
  await world.check();
  assert.deepEqual([world.cassandra.rows('chunk'), world.cassandra.rows('ref')], [[], []]);
});

test('a composition that is dropped, or fails because a part is gone, harms no part and leaves nothing', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (const key of ['a', 'b']) await process.put(key, bytesOf(120, 1));
  const namings = ['a', 'b'].map((key) => world.current(key)?.naming ?? assert.fail());
  (await process.bodies.compose(ownerOf('k'), namings, [])).settle('dropped');
  await world.sweepAll(process);
  await process.remove('b');
  await conflicts(
    process.bodies.compose(ownerOf('k'), namings, []).then(() => {}),
    'source',
  );
  await world.sweepAll(process);
  await process.room.close();
  assert.deepEqual(await process.read('a'), bytesOf(120, 1));
  await world.check();
});

test('ten thousand parts take bounded pages, and a read in their middle two statements', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('part', bytesOf(10));
  await process.put('other', bytesOf(20));
  const parts = ['part', 'other'].map((key) => world.current(key)?.naming ?? assert.fail());
  const many = Array.from({ length: 10_000 }, (_, index) => parts[index % 2] ?? assert.fail());
  const infos = many.map((_, index) => ({ number: index + 1, size: index % 2 === 0 ? 10 : 20 }));
  const { naming, latest } = await process.bodies.compose(ownerOf('k'), many, infos);
  assert(latest !== undefined && latest > process.tools.tags.now());
  const pages = world.cassandra.rows('manifest');
  assert.equal(pages.length, 1 + 1 + 100 + 20);
  for (const { v } of pages) assert(Buffer.isBuffer(v) && v.length < 64 * 1024);
  let statements = 0;
  const reader = world.process({ before: () => statements++ });
  const body = reader.bodies.bodyOf(naming);
  assert.equal(body.size, 150_000);
  assert.deepEqual(await drain(reader.bodies.read(body, 75_000, 75_005)), bytesOf(10).subarray(0, 5));
  assert.equal(statements, 2);
  assert.deepEqual(await reader.bodies.partsOf(naming.place), infos);
});
