/**
 * Where each physical copy of an object's bytes is, on a real ring of three nodes on three racks: `copies` names them and
 * asks each one by itself. Bytes that rot and files that vanish on one node are told, reads go on as if nothing were, and a
 * scrub writes them anew. Rows are not covered by it: Cassandra notices damage to those itself.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configurationBlock } from '../../../scripts/cassandra/layout.ts';
import { type Ring, startRing } from '../../../scripts/cassandra/ring.ts';
import { placeOf } from '../../../scripts/testing/shared-ring.ts';
import type { Body, Bucket } from '../../../src/model/entities.ts';
import { regionKeyspace } from '../../../src/store/cassandra/database/tables.ts';
import { TUNING } from '../../../src/store/cassandra/tuning.ts';
import type { Copy, Scrubbed } from '../../../src/store/port.ts';
import { World } from '../../contract/engine/world.ts';
import { openAsFront } from '../../support/cassandra.ts';
import { initCluster } from '../../support/cluster-server.ts';
import { moraine } from '../../support/processes.ts';

/** As the command has them by default. */
const [PREFIX, REGION] = ['moraine', 'us-east-1'];
const KEYSPACE = regionKeyspace(PREFIX, REGION);
const CHUNK = 16 * 1024;
/** Three segments of 32 chunks, the last of them short. */
const LARGE = 70 * CHUNK + 5;
const [FIRST_PART, SECOND_PART] = [3 * CHUNK + 100, 2 * CHUNK];
const FLIPPED = 64;

let ring: Ring;
let world: World;
let folder: string;
let config: string;
let bucket: Bucket;
/** By key. */
const objects = new Map<string, Buffer>();

before(async () => {
  ring = await startRing({ nodes: 3, brief: true });
  folder = await mkdtemp(join(tmpdir(), 'moraine-copies-'));
  config = join(folder, 'moraine.toml');
  await writeFile(config, configurationBlock(ring.nodes));
  await initCluster(config);
  const place = placeOf(ring);
  const tuning = { ...TUNING, chunkBytes: CHUNK };
  const engine = await openAsFront({
    place,
    prefix: PREFIX,
    regions: { [REGION]: [place.dataCentre] },
    tuning,
    limits: {},
  });
  const clock = { time: 0, now: () => 0, monotonic: () => 0 };
  world = new World({ engine, clock, graceMs: tuning.unsettledMs, inlineBytes: 0, close: () => engine.close() });
  await fill();
});

after(async () => {
  await world?.close();
  await ring?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function fill(): Promise<void> {
  bucket = await world.bucket('kept');
  for (const [key, size] of [['small', 200] as const, ['large', LARGE] as const]) {
    objects.set(key, randomBytes(size));
    await world.put(bucket, key, bytes(key));
  }
  const upload = await world.upload(bucket, 'parts', 'upload-1');
  objects.set('parts', randomBytes(FIRST_PART + SECOND_PART));
  const first = await world.part(upload, 1, bytes('parts').subarray(0, FIRST_PART));
  await world.complete(bucket, upload, [first, await world.part(upload, 2, bytes('parts').subarray(FIRST_PART))]);
  for (const key of ['small', 'parts']) {
    objects.set(`copy of ${key}`, bytes(key));
    await world.put(bucket, `copy of ${key}`, await body(key));
  }
}

function bytes(key: string): Buffer {
  const found = objects.get(key);
  assert(found !== undefined, key);
  return found;
}

async function body(key: string): Promise<Body> {
  const found = (await world.get(bucket, key))?.body;
  assert(found !== undefined, key);
  return found;
}

/** Once the front end is connected with all nodes again. */
async function copies(key: string): Promise<readonly Copy[]> {
  for (let tries = 0; ; tries += 1) {
    const found = await world.engine.upkeep.copies(await body(key));
    if (tries === 60 || !found.some(({ problem }) => problem?.includes('cannot be read'))) return found;
    await sleep(500);
  }
}

/** What is wrong: bytes [start, end) on this node. */
async function problems(key: string): Promise<readonly (readonly [number, number, string, string])[]> {
  return (await copies(key)).flatMap(({ start, end, place, problem }) =>
    problem === undefined ? [] : [[start, end, place.node ?? '', problem.replace(/ of blob [-0-9a-f]+/, '')] as const],
  );
}

async function assertWhole(): Promise<void> {
  for (const key of objects.keys()) assert.deepEqual(await problems(key), [], key);
}

/** Several times: each read begins with a copy of its own choice. */
async function assertReadable(): Promise<void> {
  for (let round = 0; round < 4; round += 1)
    for (const [key, expected] of objects) {
      const found = await world.read(await body(key));
      assert.ok(found.equals(expected), `the bytes of ${key}`);
    }
}

async function scrub(): Promise<readonly Scrubbed[]> {
  const met: Scrubbed[] = [];
  for await (const one of world.engine.upkeep.scrub()) met.push(one);
  return met;
}

/**
 * Scrubs until one meets nothing, and answers how many things were met on this node, all of them wrong as `what` says. A machine may
 * be so busy that a node is not read, or not seen healed, in time: it is told as that, and the next scrub heals it.
 */
async function scrubNode(index: number, what: string): Promise<number> {
  const [found, healed] = [new Set<string>(), new Set<string>()];
  for (let round = 0; round < 5; round += 1) {
    const met = await scrub();
    if (met.length === 0) {
      assert.ok(healed.size > found.size / 2, `${healed.size} of ${found.size} were told as healed`);
      return found.size;
    }
    for (const one of met) {
      const busy = one.problem.startsWith('it could not be read');
      const here = one.problem.includes(` on node ${nodeOf(index)} (`);
      assert.ok(busy || (here && one.problem.startsWith(`${what} on node`)), `${one.subject}: ${one.problem}`);
      if (here) found.add(one.subject);
      if (here && one.healed) healed.add(one.subject);
    }
  }
  return assert.fail('five scrubs do not make it whole');
}

async function command(
  t: TestContext,
  key: string,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const { code, stdout, stderr } = await moraine(['copies', `s3://${bucket.name}/${key}`, '--config', config]);
  t.diagnostic(`moraine copies ends with ${code}:\n${stdout}${stderr}`);
  return { code, stdout };
}

const nodeOf = (index: number): string => ring.contactPoints[index] ?? '';

/** Flips bytes on a node's disk where these are; the node must not be running. Returns how many places there were. */
async function rot(index: number, places: readonly Buffer[]): Promise<number> {
  const data = join(ring.nodes[index]?.directory ?? '', 'data', KEYSPACE);
  let count = 0;
  for (const entry of await readdir(data, { recursive: true })) {
    if (!entry.endsWith('-Data.db')) continue;
    const path = join(data, entry);
    const content = await readFile(path);
    for (const place of places) {
      const at = content.indexOf(place);
      if (at < 0) continue;
      const file = await open(path, 'r+');
      await file.write(Buffer.from(place.map((byte) => byte ^ 0x55)), 0, place.length, at);
      await file.close();
      count += 1;
    }
  }
  return count;
}

test('each range of an object has three copies on three racks, and each is named', async () => {
  const expected = new Map([
    ['small', [[0, 200]]],
    [
      'large',
      [
        [0, 32 * CHUNK],
        [32 * CHUNK, 64 * CHUNK],
        [64 * CHUNK, LARGE],
      ],
    ],
    [
      'parts',
      [
        [0, FIRST_PART],
        [FIRST_PART, FIRST_PART + SECOND_PART],
      ],
    ],
  ]);
  for (const key of objects.keys()) {
    const ranges = Map.groupBy(await copies(key), ({ start, end }) => `${start}-${end}`);
    const wanted = expected.get(key.replace('copy of ', '')) ?? [];
    assert.deepEqual(
      [...ranges.keys()],
      wanted.map(([start, end]) => `${start}-${end}`),
      key,
    );
    for (const found of ranges.values()) {
      assert.deepEqual(found.map(({ place }) => place.node).sort(), ring.contactPoints.toSorted());
      assert.equal(new Set(found.map(({ place }) => place.rack)).size, 3);
      for (const { place, problem } of found) {
        assert.equal(problem, undefined);
        const node = ring.nodes.find(({ address, port }) => `${address}:${port}` === place.node);
        assert.deepEqual([place.dataCentre, place.rack], [node?.dataCentre, node?.rack]);
        assert.match(place.tokens ?? '', /^\(-?[0-9]+, -?[0-9]+\]$/);
      }
    }
  }
});

test('bytes that rot on one node are told, not handed out, and written anew by a scrub', async (t) => {
  const start = 40 * CHUNK;
  const places = [
    bytes('small').subarray(100, 100 + FLIPPED),
    bytes('large').subarray(start + 500, start + 500 + FLIPPED),
    bytes('parts').subarray(FIRST_PART + 9, FIRST_PART + 9 + FLIPPED),
  ];
  await ring.nodetool(1, 'flush', KEYSPACE, 'chunk');
  await ring.stopNode(1);
  assert.equal(await rot(1, places), places.length);
  await ring.startNode(1);
  const small = [[0, 200, nodeOf(1), 'not what was written (chunk 0)']];
  const parts = [[FIRST_PART, FIRST_PART + CHUNK, nodeOf(1), 'not what was written (chunk 0)']];
  assert.deepEqual(await problems('small'), small);
  assert.deepEqual(await problems('copy of small'), small);
  assert.deepEqual(await problems('large'), [[start, start + CHUNK, nodeOf(1), 'not what was written (chunk 40)']]);
  assert.deepEqual(await problems('parts'), parts);
  assert.deepEqual(await problems('copy of parts'), parts);
  const { code, stdout } = await command(t, 'large');
  assert.equal(code, 1);
  assert.match(stdout, /NOT GOOD: not what was written \(chunk 40 of blob [-0-9a-f]+\)/);
  await assertReadable();
  assert.equal(await scrubNode(1, 'not what was written'), places.length);
  await assertWhole();
});

test('files of bytes that vanish on one node are told, and written anew by a scrub', async (t) => {
  await ring.damage(2, `${KEYSPACE}.chunk`, 'remove');
  for (const [key, expected] of objects) {
    const found = (await copies(key)).filter(({ problem }) => problem !== undefined);
    assert.deepEqual([...new Set(found.map(({ place }) => place.node))], [nodeOf(2)]);
    assert.ok(found.every(({ problem }) => problem?.startsWith('missing (chunk')));
    assert.equal(
      found.reduce((sum, { start, end }) => sum + end - start, 0),
      expected.length,
    );
  }
  const { code, stdout } = await command(t, 'small');
  assert.equal(code, 1);
  assert.equal(stdout.match(/verified/g)?.length, 2);
  await assertReadable();
  // 1 of the small one, 71 of the large one, 4 and 2 of the parts, and a header of each of the four.
  assert.equal(await scrubNode(2, 'missing'), 1 + 71 + 4 + 2 + 4);
  await assertWhole();
  const { code: whole } = await command(t, 'small');
  assert.equal(whole, 0);
});

test('rows that rot on one node: it finds out by itself and leaves, and nobody else notices', async (t) => {
  await ring.damage(0, `${KEYSPACE}.head`, 'flip');
  // Rings for trials say `disk_failure_policy: die`. The reads that it was asked for are answered by the others.
  for (let round = 0; ring.pid(0) !== undefined && round < 50; round += 1) await assertReadable();
  assert.equal(ring.pid(0), undefined, 'the node with the broken file has left');
  assert.match(await ring.logs(0), /Corrupt/);
  await assertReadable();
  const found = await world.engine.upkeep.copies(await body('small'));
  assert.deepEqual(
    found.map(({ place, problem }) => [place.node, problem === undefined]).sort(),
    [...ring.contactPoints.map((node, index) => [node, index !== 0])].sort(),
  );
  assert.match(found.find(({ problem }) => problem !== undefined)?.problem ?? '', /cannot be read/);
  await command(t, 'small');
});
