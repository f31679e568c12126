/** Cells of shards as bytes, records of jobs, where a shard is cut, and the memory of where keys are. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  covers,
  decodeHead,
  decodeState,
  decodeVersion,
  encodeHead,
  encodeState,
  encodeVersion,
  type StateCell,
  stateTime,
  successorOf,
} from '../../src/store/cassandra/shards/cells.ts';
import { decodeJob, encodeJob, type Job } from '../../src/store/cassandra/shards/jobs.ts';
import { ShardMap } from '../../src/store/cassandra/shards/map.ts';
import { cut, needsVacuum } from '../../src/store/cassandra/shards/plan.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import { Corrupt } from '../../src/store/port.ts';
import { ShardTables } from '../support/shard-tables.ts';

const LIVE: StateCell = {
  state: 'live',
  low: Buffer.from('a'),
  high: undefined,
  mode: 'suspended',
  floor: 1n << 62n,
  epoch: 3,
  over: undefined,
};
const SEALED: StateCell = {
  ...LIVE,
  state: 'sealed',
  high: Buffer.of(0xff, 0x00),
  over: {
    kind: 'move',
    floor: 7n,
    next: [
      { low: Buffer.from('a'), shard: '00000000-0000-4000-8000-000000000001' },
      { low: Buffer.from('m'), shard: '00000000-0000-4000-8000-000000000002' },
    ],
  },
};

test('the bytes of a cell stay what they are: other front ends, and later releases, read them', () => {
  assert.equal(
    encodeState(LIVE).toString('latin1'),
    '\x02{"low":"YQ==","high":null,"mode":"suspended","floor":"4611686018427387904","epoch":3}',
  );
  assert.equal(
    encodeState(SEALED).toString('latin1'),
    '\x03{"low":"YQ==","high":"/wA=","mode":"suspended","floor":"4611686018427387904","epoch":3,"kind":"move","over":"7",' +
      '"next":[{"low":"YQ==","shard":"00000000-0000-4000-8000-000000000001"},' +
      '{"low":"bQ==","shard":"00000000-0000-4000-8000-000000000002"}]}',
  );
  const tag = { time: 0x0102030405060708n, count: 258 };
  assert.equal(encodeHead({ tag, payload: Buffer.from('x') }).toString('hex'), '000001020178');
  assert.equal(encodeHead({ tag, payload: undefined }).toString('hex'), '0000010200');
  assert.equal(encodeVersion({ tag, payload: Buffer.from('x') }).toString('hex'), '0102030405060708000001020178');
  assert.equal(encodeVersion({ tag, payload: undefined }).toString('hex'), '01020304050607080000010200');
});

test('what was written is read', () => {
  for (const cell of [LIVE, SEALED]) assert.deepEqual(decodeState(encodeState(cell)), cell);
  const tag = { time: 5n, count: 2 ** 31 - 1 };
  for (const payload of [undefined, Buffer.alloc(0), Buffer.from('record')]) {
    assert.deepEqual(decodeHead(encodeHead({ tag, payload }), tag.time), { tag, payload });
    assert.deepEqual(decodeVersion(encodeVersion({ tag, payload })), { tag, payload });
  }
  const piece = { shard: 's', low: Buffer.alloc(0), high: Buffer.from('k') };
  const job: Job = {
    ...{ id: 'j', kind: 'mode', sources: [piece], targets: [], mode: 'enabled', floor: 9n, epoch: 2 },
    attempts: [{ shard: 't', at: 1 }],
  };
  assert.deepEqual(decodeJob(encodeJob(job)), job);
});

test('damaged cells are refused, not guessed', () => {
  for (const bytes of ['', '00', '057b7d', '027b', '027b7d', '0231']) {
    assert.throws(() => decodeState(Buffer.from(bytes, 'hex')), Corrupt, bytes);
  }
  for (const bytes of ['', '00000001', '0000000102'])
    assert.throws(() => decodeHead(Buffer.from(bytes, 'hex'), 1n), Corrupt);
  for (const bytes of ['', '01', `${'00'.repeat(12)}02`])
    assert.throws(() => decodeVersion(Buffer.from(bytes, 'hex')), Corrupt);
});

test('later states and later changes win at the database: larger time, or larger bytes at one time', () => {
  const states = ['filling', 'live', 'sealed', 'retired'] as const;
  assert.deepEqual(states.map(stateTime), [1n, 2n, 3n, 4n]);
  const head = (count: number, payload?: string) =>
    encodeHead({ tag: { time: 1n, count }, payload: payload === undefined ? undefined : Buffer.from(payload) });
  assert.equal(head(256).compare(head(255, 'zzz')), 1);
  const version = (time: bigint, count: number) => encodeVersion({ tag: { time, count }, payload: Buffer.from('z') });
  assert.equal(version(256n, 0).compare(version(255n, 9)), 1);
  assert.equal(version(255n, 256).compare(version(255n, 255)), 1);
});

test('a key belongs to one shard and to one of those that take over', () => {
  assert.equal(covers(SEALED, Buffer.from('a')), true);
  assert.equal(covers(SEALED, Buffer.of(0xff, 0x00)), false);
  assert.equal(covers(SEALED, Buffer.from('Z')), false);
  assert.equal(covers(LIVE, Buffer.of(0xff, 0xff)), true);
  const next = (key: string) => SEALED.over && successorOf(SEALED.over, Buffer.from(key))?.at(-1);
  assert.deepEqual(['a', 'lz', 'm', 'z'].map(next), ['1', '1', '2', '2']);
  assert.equal(successorOf({ kind: 'delete', floor: 0n, next: [] }, Buffer.from('a')), undefined);
});

test('a shard is cut between keys, and not at all when its rows are of one key', () => {
  const keys = Array.from({ length: 100 }, (_, i) => Buffer.from(`k${String(i).padStart(3, '0')}`));
  assert.deepEqual(cut(keys, 4).map(String), ['k025', 'k050', 'k075']);
  assert.deepEqual(cut(keys.slice(0, 1), 4), []);
  assert.deepEqual(cut(keys.slice(0, 2), 8).map(String), ['k001']);
  assert.deepEqual(cut([], 2), []);
});

test('a vacuum is made for many dead rows, or for few when most are', () => {
  const tuning = { ...TUNING, vacuumRows: 100 };
  const needed = (rows: number, dead: number) => needsVacuum({ rows, dead, samples: [] }, tuning);
  assert.deepEqual(
    [needed(10_000, 99), needed(10_000, 100), needed(20, 9), needed(20, 10)],
    [false, true, false, true],
  );
});

test('the map of shards remembers what shards said, forgets what was wrong, and stays bounded', async () => {
  const home = { region: 'here', bucketId: 'b' };
  const map = new ShardMap(new ShardTables().sessions(), 3);
  const find = (key: string) => map.find(home, Buffer.from(key));
  const range = (low: string, high: string | undefined, id: string) =>
    map.learn(home, { low: Buffer.from(low), high: high === undefined ? undefined : Buffer.from(high), id });
  range('a', 'm', '1');
  range('m', undefined, '2');
  assert.deepEqual([await find('a'), await find('l'), await find('m'), await find('Z')], ['1', '1', '2', undefined]);
  range('f', 't', '3');
  assert.deepEqual(
    [await find('a'), await find('f'), await find('s'), await find('t')],
    [undefined, '3', '3', undefined],
  );
  map.forget(home, Buffer.from('g'));
  assert.equal(await find('g'), undefined);
  for (let i = 0; i < 10; i++)
    map.learn({ ...home, bucketId: `b${i}` }, { low: Buffer.alloc(0), high: undefined, id: '4' });
  assert.equal(await map.find({ ...home, bucketId: 'b9' }, Buffer.from('x')), '4');
  assert.equal(await map.find({ ...home, bucketId: 'b2' }, Buffer.from('x')), undefined);
});
