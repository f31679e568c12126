/** What is wrong with a cluster, from where its copies are, its racks and its clocks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMAT } from '../../src/store/cassandra/database/format.ts';
import { type Schema, wantedKeyspaces } from '../../src/store/cassandra/database/schema.ts';
import { TABLES } from '../../src/store/cassandra/database/tables.ts';
import { CLOCK_MS, type ClockReading, judge, judgeClocks } from '../../src/store/cassandra/database/topology.ts';
import type { Node } from '../../src/store/cassandra/database/types.ts';

const KEYSPACES = { prefix: 'p', regions: { eu: ['a'], us: ['b'] } };
const COPIES = { p_global: { a: 3, b: 3 }, p_r_eu: { a: 3 }, p_r_us: { b: 3 } };

function schema(copies: Readonly<Record<string, Readonly<Record<string, number>> | undefined>>): Schema {
  const found = wantedKeyspaces(KEYSPACES).map(({ name, region }) => {
    const tables = TABLES.filter(({ keyspace }) => (keyspace === 'global') === (region === undefined));
    const columns = tables.map(
      (table) => [table.name, new Set(table.columns.map((one) => one.split(' ')[0] ?? ''))] as const,
    );
    const counts = copies[name];
    return [name, { copies: counts && new Map(Object.entries(counts)), tables: new Map(columns) }] as const;
  });
  return new Map(found);
}

function node(dataCentre: string, rack: number, up = true): Node {
  const address = `10.0.0.${rack}:9042`;
  return { id: `${dataCentre}-${rack}`, address, dataCentre, rack: `rack${rack}`, up };
}
const NODES = ['a', 'b'].flatMap((centre) => [1, 2, 3].map((rack) => node(centre, rack)));

const problems = (copies: Parameters<typeof schema>[0], nodes = NODES) =>
  judge(schema({ ...COPIES, ...copies }), KEYSPACES, { nodes, format: FORMAT }).problems.map(
    ({ kind, message }) => `${kind}: ${message}`,
  );

test('three copies in each data centre of a region, on three racks, are what is wanted', () => {
  assert.deepEqual(problems({}), []);
});

test("rows outside of a region's data centres, or not in one of them, are told with the remedy", () => {
  const [elsewhere = ''] = problems({ p_r_eu: { a: 3, b: 1 } });
  assert.match(
    elsewhere,
    /^place: keyspace p_r_eu \(region eu\) is also kept in b, where it must not be: ALTER KEYSPACE p_r_eu /,
  );
  assert.match(elsewhere, /\{'class': 'NetworkTopologyStrategy', 'a': 3\}/);
  assert.match(
    problems({ p_global: { a: 3 } })[0] ?? '',
    /^place: keyspace p_global .* is not kept in b: .*'a': 3, 'b': 3/,
  );
  assert.match(problems({ p_r_us: undefined })[0] ?? '', /^place: keyspace p_r_us knows no data centres/);
});

test('fewer than three copies, or racks, is a problem of its own kind', () => {
  assert.match(
    problems({ p_r_eu: { a: 2 } })[0] ?? '',
    /^copies: keyspace p_r_eu .* has 2 copies in a, where 3 are needed/,
  );
  const together = NODES.map((one) => (one.dataCentre === 'b' ? { ...one, rack: 'rack1' } : one));
  assert.match(
    problems({}, together)[0] ?? '',
    /^racks: data centre b has 3 nodes on 1 rack, where 3 racks are needed/,
  );
});

test('nodes that are down are told; those of data centres that are no region of ours are none of our business', () => {
  assert.deepEqual(problems({}, [...NODES, node('c', 1, false)]), []);
  const [first = node('a', 1), ...others] = NODES;
  assert.match(
    problems({}, [{ ...first, up: false }, ...others])[0] ?? '',
    /^node: node 10\.0\.0\.1:9042 \(a, rack1\) is down/,
  );
});

test('a keyspace or table that is missing is told with what makes it', () => {
  const found = new Map(schema(COPIES));
  found.delete('p_r_us');
  found.set('p_r_eu', { copies: new Map([['a', 3]]), tables: new Map() });
  const told = judge(found, KEYSPACES, { nodes: NODES, format: FORMAT }).problems.map(({ message }) => message);
  assert.ok(told.some((message) => /^keyspace p_r_us is missing: run `moraine cassandra init`/.test(message)));
  assert.ok(told.some((message) => /^table p_r_eu\.head is missing/.test(message)));
});

test('tables that a later format brings are not missing of an older store, whose format is told instead', () => {
  const old = new Map(schema(COPIES));
  for (const [name, { copies, tables }] of old) {
    const kept = [...tables].filter(([table]) => TABLES.some((one) => one.name === table && one.since === undefined));
    old.set(name, { copies, tables: new Map(kept) });
  }
  assert.deepEqual(judge(old, KEYSPACES, { nodes: NODES, format: 1 }).problems, []);
  const told = judge(old, KEYSPACES, { nodes: NODES, format: FORMAT }).problems.map(({ message }) => message);
  assert.ok(told.some((message) => /^table p_global\.audit is missing: run `moraine cassandra init`/.test(message)));
});

function clocks(...readings: readonly (readonly [number, number])[]): readonly ClockReading[] {
  return readings.map(([differenceMs, doubtMs], index) => ({ node: node('a', index), differenceMs, doubtMs }));
}

test('a clock that differs from most nodes beyond doubt stops writes', () => {
  const far = CLOCK_MS + 1_000;
  assert.match(judgeClocks(clocks([far, 1], [far, 1], [0, 1])).refusal ?? '', /clock is 6\.0 s behind the nodes'/);
  assert.match(judgeClocks(clocks([-far, 1])).refusal ?? '', /clock is 6\.0 s ahead of the nodes'/);
  assert.equal(judgeClocks(clocks([CLOCK_MS, 0], [CLOCK_MS, 0])).refusal, undefined);
});

test('a slow answer proves nothing about a clock', () => {
  assert.equal(judgeClocks(clocks([CLOCK_MS + 1_000, 2_000])).refusal, undefined);
  assert.equal(judgeClocks([]).refusal, undefined);
});

test("one node's clock that differs from the others' is that node's", () => {
  const verdict = judgeClocks(clocks([0, 1], [9_000, 1], [3, 1]));
  assert.equal(verdict.refusal, undefined);
  assert.deepEqual(
    verdict.problems.map(({ message }) => message),
    ["the clock of node 10.0.0.1:9042 is 9.0 s ahead of this front end's: see to NTP there"],
  );
});
