/** Bodies of the Cassandra engine over simulated tables: bytes, ranges, damage, cost, lists, and what a clean stop leaves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../../src/store/cassandra/bodies/background.ts';
import { chunked } from '../../src/store/cassandra/bodies/chunks.ts';
import { slicePlace, spansOf } from '../../src/store/cassandra/bodies/ranges.ts';
import { Corrupt } from '../../src/store/port.ts';
import { bytesOf, conflicts, drain, piecesOf } from '../contract/engine/world.ts';
import { BodiesWorld, ownerOf, SMALL } from '../support/bodies-world.ts';

const { chunkBytes } = SMALL;
const SEGMENT = 32 * chunkBytes;
const SIZES = [
  1,
  chunkBytes - 1,
  chunkBytes,
  chunkBytes + 1,
  3 * chunkBytes,
  SEGMENT - 1,
  SEGMENT,
  SEGMENT + 1,
  2 * SEGMENT + 7,
];

async function all(source: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const items: Buffer[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('a stream becomes chunks of one size, whatever pieces it comes in, and whole pieces are not copied', async () => {
  const bytes = bytesOf(1000);
  for (const pieceBytes of [1, 99, 100, 101, 250, 1000]) {
    const chunks = await all(chunked(piecesOf(bytes, pieceBytes), 100));
    assert.deepEqual(
      chunks.map(({ length }) => length),
      Array(10).fill(100),
    );
    assert.deepEqual(Buffer.concat(chunks), Buffer.from(bytes));
  }
  const [first] = await all(chunked(piecesOf(bytes, 1000), 400));
  assert.equal(first?.buffer, bytes.buffer);
  assert.deepEqual(await all(chunked(piecesOf(bytesOf(0)), 100)), []);
});

test('a range reads exactly the chunks that hold it', () => {
  const blob = { type: 'blob', region: 'r', id: 'x', start: 0, end: 1050, size: 1050, chunkBytes: 100 } as const;
  const spans = (start: number, end: number) => {
    const place = slicePlace(blob, start, end);
    if (place.type !== 'blob') return [];
    return [...spansOf(place)].map(({ n, length, from, to }) => [n, length, from, to]);
  };
  assert.deepEqual(spans(0, 0), []);
  assert.deepEqual(spans(0, 100), [[0, 100, 0, 100]]);
  assert.deepEqual(spans(99, 101), [
    [0, 100, 99, 100],
    [1, 100, 0, 1],
  ]);
  assert.deepEqual(spans(1049, 1050), [[10, 50, 49, 50]]);
  assert.equal(spans(0, 1050).length, 11);
});

test('what does not fit the budget waits in order; what is larger than all of it goes alone', async () => {
  const budget = new Budget(10);
  await budget.take(8);
  const order: string[] = [];
  const large = budget.take(20).then(() => order.push('large'));
  const small = budget.take(1).then(() => order.push('small'));
  assert(!budget.tryTake(1), 'nothing overtakes those that wait');
  budget.give(8);
  await large;
  assert.deepEqual(order, ['large']);
  budget.give(20);
  await small;
  assert(budget.tryTake(9));
  assert(!budget.tryTake(1));
});

test('a body is its bytes at every size around a border, and so is each range of it', async () => {
  const process = new BodiesWorld().process();
  for (const size of SIZES) {
    const bytes = bytesOf(size, size);
    const body = await process.write(bytes, ownerOf('k'));
    assert.equal(body.size, size);
    assert.deepEqual(await drain(process.bodies.read(body, 0, size)), bytes);
    const points = [0, 1, chunkBytes, SEGMENT - 1, SEGMENT, size - 1, size].filter(
      (point) => point >= 0 && point <= size,
    );
    for (const start of points) {
      for (const end of points) {
        if (start > end) continue;
        assert.deepEqual(await drain(process.bodies.read(body, start, end)), bytes.subarray(start, end));
        const slice = process.bodies.slice(body, start, end);
        assert.deepEqual(await drain(process.bodies.read(slice, 0, slice.size)), bytes.subarray(start, end));
      }
    }
  }
});

test('64 puts of one chunk cost one statement each and one for the ledger; bodies of no bytes cost none', async () => {
  const counts = new Map<string, number>();
  const world = new BodiesWorld();
  const process = world.process({
    before: ({ cql }) => {
      const what = /^\w+ \w+ \S+/.exec(cql)?.[0] ?? cql;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
  });
  await process.put('none', bytesOf(0));
  assert.equal(counts.size, 0);
  for (let index = 0; index < 64; index++) await process.put(`k${index}`, bytesOf(50, index));
  assert.deepEqual(Object.fromEntries(counts), {
    // The mark, this block, and the next one, which is reserved when half of this is used.
    'INSERT INTO $region.ledger': 3,
    'INSERT INTO $region.chunk': 64,
    'DELETE FROM $region.ledger': 1,
  });
});

test('a clean stop leaves nothing in the ledger but the mark', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (let index = 0; index < 70; index++) await process.put(`k${index}`, bytesOf(50, index));
  await process.room.close();
  assert.deepEqual(
    world.cassandra.rows('ledger').map(({ slot }) => slot),
    [-1],
  );
  await world.check();
});

test('a stop with one body unsettled leaves its block, and the collector looks at that body alone', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (let index = 0; index < 10; index++) await process.put(`k${index}`, bytesOf(50, index));
  await process.write(bytesOf(60), ownerOf('never'));
  await process.room.close();
  let headers = 0;
  const other = world.process({ before: ({ cql }) => (cql.includes('hdr FROM') ? headers++ : 0) });
  await world.sweepAll(other);
  assert.equal(headers, 1);
  await world.check();
});

test('a damaged chunk is read from a better copy, and is Corrupt when there is none', async () => {
  const world = new BodiesWorld();
  let isNearBad = false;
  const process = world.process({
    seen: ({ cql, consistency }, rows) =>
      isNearBad && consistency === 'local-one' && cql.includes(' d, sum') ? [] : rows,
  });
  await process.put('k', bytesOf(450));
  isNearBad = true;
  assert.deepEqual(await process.read('k'), bytesOf(450));
  isNearBad = false;
  const flip = (value: unknown) => {
    assert(Buffer.isBuffer(value));
    return Buffer.from(value.map((byte, index) => (index === 3 ? byte ^ 1 : byte)));
  };
  world.cassandra.damage('chunk', 'd', (row, value) => (row.n === 2 ? flip(value) : value));
  const body = process.bodies.bodyOf(world.current('k')?.naming ?? assert.fail());
  assert.deepEqual(await drain(process.bodies.read(body, 0, 200)), bytesOf(450).subarray(0, 200));
  await assert.rejects(drain(process.bodies.read(body, 0, 201)), (error) => error instanceof Corrupt);
});

test('a chunk that was put in the place of another is noticed', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('k', bytesOf(300));
  const other = world.cassandra.rows('chunk')[1];
  const copied = (column: string) =>
    world.cassandra.damage('chunk', column, (row, value) => (row.n === 0 ? (other?.[column] ?? null) : value));
  assert.deepEqual([copied('d'), copied('sum')], [1, 1]);
  await assert.rejects(process.read('k'), (error) => error instanceof Corrupt);
});

test('a source that fails leaves nothing, and its error passes through', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  const failure = new Error('the client went away');
  for (const before of [0, 10, SEGMENT + 500]) {
    const source = async function* () {
      yield* piecesOf(bytesOf(before), 64);
      throw failure;
    };
    await assert.rejects(process.bodies.write(source(), undefined), (error) => error === failure);
    assert.deepEqual(world.cassandra.rows('chunk'), []);
  }
  await process.room.close();
  await world.check();
});

test('a body that takes longer than a commit may is renewed on its way, and one that pauses too long is refused', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  const slowly = async function* (pauseMs: number) {
    for (let index = 0; index < 20; index++) {
      world.clock.time += pauseMs;
      yield bytesOf(chunkBytes, index);
    }
  };
  const body = await process.bodies.write(slowly(SMALL.commitWithinMs / 2), undefined, {
    bucketId: 'b',
    region: 'home',
    key: 'k',
  });
  const claimed = await process.bodies.claim(body, ownerOf('k'));
  assert(!claimed.isLate());
  assert(claimed.latest !== undefined && claimed.latest > process.tools.tags.now());
  await process.room.sweep({ now: world.clock.now(), limit: 100 });
  assert.equal((await drain(process.bodies.read(body, 0, body.size))).length, 20 * chunkBytes);
  await assert.rejects(process.bodies.write(slowly(SMALL.commitWithinMs + 1), undefined));
  claimed.settle('dropped');
  await process.bodies.discard(body);
  await world.sweepAll();
  await world.check();
});

test('a fresh body is first owned by the first that claims it, and held by reference by others', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  for (const owner of [ownerOf('a'), ownerOf('elsewhere'), undefined]) {
    const bytes = bytesOf(250);
    const body = await process.write(bytes, owner);
    const first = await process.bodies.claim(body, ownerOf('a'));
    const second = await process.bodies.claim(process.bodies.slice(body, 10, 20), ownerOf('b'));
    assert.deepEqual([first.naming.reference, typeof second.naming.reference], [undefined, 'string']);
    await process.store(ownerOf('a'), first, bytes);
    await process.store(ownerOf('b'), second, bytes.subarray(10, 20));
    await process.name(ownerOf('a'), body, bytes);
    await process.remove('a');
    await world.sweepAll(process);
    await world.check();
    await process.remove('b');
    await world.sweepAll(process);
    await conflicts(process.bodies.claim(body, ownerOf('a')), 'source');
    await world.sweepAll(process);
    await world.check();
    assert.deepEqual(world.cassandra.rows('chunk'), []);
  }
});

test('a claim that is dropped leaves the body to be claimed again or given back', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  const body = await process.write(bytesOf(50), ownerOf('a'));
  (await process.bodies.claim(body, ownerOf('a'))).settle('dropped');
  await process.name(ownerOf('a'), body, bytesOf(50));
  await process.bodies.discard(body);
  await world.check().catch((error: Error) => assert.match(error.message, /ledger/));
  assert.deepEqual(await process.read('a'), bytesOf(50));

  const given = await process.write(bytesOf(70), ownerOf('b'));
  await process.bodies.discard(given);
  await conflicts(process.bodies.claim(given, ownerOf('b')), 'source');

  const shared = await process.write(bytesOf(80), ownerOf('c'));
  const first = await process.bodies.claim(shared, ownerOf('c'));
  await process.name(ownerOf('d'), shared, bytesOf(80));
  first.settle('dropped');
  await process.bodies.discard(shared);
  await world.sweepAll(process);
  assert.deepEqual(await process.read('d'), bytesOf(80));
  await process.room.close();
  await world.check();
});

test('what nobody refers to any more is refused at once, what somebody still names is not', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('a', bytesOf(100));
  await process.copy('a', 'b');
  const body = process.bodies.bodyOf(world.current('a')?.naming ?? assert.fail());
  await process.remove('a');
  await process.name(ownerOf('c'), body, bytesOf(100));
  await process.remove('b');
  await process.remove('c');
  await conflicts(process.name(ownerOf('d'), body, bytesOf(100)), 'source');
  await world.sweepAll(process);
  await conflicts(process.name(ownerOf('d'), body, bytesOf(100)), 'source');
  await world.sweepAll(process);
  await process.room.close();
  await world.check();
});

test('a doom that a dead collector left makes a copy dearer, not impossible', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('a', bytesOf(250));
  const { place } = world.current('a')?.naming ?? assert.fail();
  assert(place.type === 'blob');
  const cql = 'INSERT INTO $region.ref (body, kind, owner) VALUES (?, ?, ?) USING TIMESTAMP ?';
  const doom = {
    cql,
    consistency: 'local-quorum',
    kind: 'write',
    idempotent: true,
    profile: 'meta',
    reason: '',
  } as const;
  await process.tools.sessions.home.write(doom, [place.id, 2, 'dead', 1n]);
  await process.copy('a', 'b');
  const copied = world.current('b')?.naming.place;
  assert(copied?.type === 'blob' && copied.id !== place.id);
  await process.remove('a');
  await world.sweepAll(process);
  assert.deepEqual(await process.read('b'), bytesOf(250));
  await process.room.close();
  await world.check();
});

test('a body of another region is copied when it is claimed', async () => {
  const world = new BodiesWorld();
  const process = world.process({}, () => world.cassandra.sessions({}, ['home', 'away']));
  await process.put('a', bytesOf(250));
  const away = { home: { region: 'away', bucketId: 'far' }, key: Buffer.from('k') };
  const claimed = await process.bodies.claim(process.bodies.bodyOf(world.current('a')?.naming ?? assert.fail()), away);
  const { place, reference } = claimed.naming;
  assert(place.type === 'blob' && place.region === 'away' && reference === undefined);
  assert.deepEqual(await drain(process.bodies.read(process.bodies.bodyOf(claimed.naming), 0, 250)), bytesOf(250));
});

test('a reader finishes a body that is removed and swept meanwhile', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('k', bytesOf(5000));
  const body = process.bodies.bodyOf(world.current('k')?.naming ?? assert.fail());
  const reader = process.bodies.read(body, 0, 5000)[Symbol.asyncIterator]();
  const first = await reader.next();
  await process.remove('k');
  await world.sweepAll(process);
  const rest = await drain({ [Symbol.asyncIterator]: () => reader });
  assert.deepEqual(Buffer.concat([first.value ?? Buffer.alloc(0), rest]), bytesOf(5000));
  await world.sweepAll(process);
  await process.room.close();
  await world.check();
});

test('a clock that stands still while the machine sleeps, or is set back, hides no lateness', async () => {
  for (const sleeping of ['now', 'monotonic'] as const) {
    const world = new BodiesWorld();
    const process = world.process();
    const claimed = await process.bodies.claim(await process.write(bytesOf(50), ownerOf('k')), ownerOf('k'));
    const { time } = world.clock;
    world.clock[sleeping] = () => time;
    world.clock.time += SMALL.commitWithinMs;
    assert(claimed.isLate(), `${sleeping} stood still`);
  }
});

test('a second word on a claim says nothing, and slices of no bytes give nothing up', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  const body = await process.write(bytesOf(50), ownerOf('k'));
  await process.bodies.discard(process.bodies.slice(body, 7, 7));
  const first = await process.bodies.claim(body, ownerOf('k'));
  first.settle('dropped');
  const second = await process.bodies.claim(body, ownerOf('k'));
  assert.equal(second.naming.reference, undefined);
  first.settle('dropped');
  const third = await process.bodies.claim(body, ownerOf('other'));
  assert.equal(typeof third.naming.reference, 'string');
});
