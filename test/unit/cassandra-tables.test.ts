/** The tables as data: what makes them, what of them is missing in a cluster, and what each setting is for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSchema, type Schema } from '../../src/store/cassandra/database/schema.ts';
import {
  createSchema,
  named,
  partitionTypes,
  replicationOf,
  schemaStatements,
  TABLES,
  tableStatements,
} from '../../src/store/cassandra/database/tables.ts';

const KEYSPACES = { prefix: 'p', regions: { 'eu-1': ['a', 'b'], us: ['c'] } };

/** What a cluster has after `createSchema`, without the tables of `except`. */
function schema(except: readonly string[] = []): Schema {
  const tables = (kind: string, keyspace: string) =>
    new Map(
      TABLES.filter((table) => table.keyspace === kind && !except.includes(`${keyspace}.${table.name}`)).map(
        (table) => [table.name, new Set(table.columns.map((column) => column.split(' ')[0] ?? ''))],
      ),
    );
  const names = [
    ['p_global', 'global'],
    ['p_r_eu_1', 'region'],
    ['p_r_us', 'region'],
  ] as const;
  return new Map(
    names
      .filter(([name]) => !except.includes(name))
      .map(([name, kind]) => [name, { copies: new Map(), tables: tables(kind, name) }]),
  );
}

test("a region's keyspace is kept in its data centres and in no other, the global one in all", () => {
  const made = schemaStatements({ ...KEYSPACES, replication: 3 }).filter((cql) => cql.startsWith('CREATE KEYSPACE'));
  assert.deepEqual(
    made.map((cql) => /EXISTS (\w+) WITH replication = (\{.*?\})/.exec(cql)?.slice(1)),
    [
      ['p_global', "{'class': 'NetworkTopologyStrategy', 'a': 3, 'b': 3, 'c': 3}"],
      ['p_r_eu_1', "{'class': 'NetworkTopologyStrategy', 'a': 3, 'b': 3}"],
      ['p_r_us', "{'class': 'NetworkTopologyStrategy', 'c': 3}"],
    ],
  );
  assert.equal(replicationOf(["d'c"], 1), "{'class': 'NetworkTopologyStrategy', 'd''c': 1}");
});

test('making the schema can be repeated, and begins with what elects', async () => {
  const ran: string[] = [];
  const execute = async (cql: string) => void ran.push(cql);
  await createSchema({ execute }, { ...KEYSPACES, replication: 1 });
  for (const cql of ran) assert.match(cql, /^CREATE (KEYSPACE|TABLE) IF NOT EXISTS /);
  assert.match(ran[0] ?? '', /^CREATE KEYSPACE IF NOT EXISTS p_global /);
  assert.match(ran[1] ?? '', /^CREATE TABLE IF NOT EXISTS p_global\.meta /);
  assert.equal(new Set(ran).size, ran.length);
});

test('what a format adds is made alone, in each keyspace that it belongs to', () => {
  const added = tableStatements(KEYSPACES, 2);
  assert.deepEqual(
    added.map((cql) => /^CREATE TABLE IF NOT EXISTS (\S+) /.exec(cql)?.[1]),
    ['p_global.audit_period', 'p_global.audit', 'p_global.key_use', 'p_r_eu_1.refusal', 'p_r_us.refusal'],
  );
  const all = schemaStatements({ ...KEYSPACES, replication: 3 });
  for (const cql of added) assert.ok(all.includes(cql), 'as a new store has it');
});

test('every table has each setting with its reason: unified compaction, no row that expires', () => {
  for (const { name, settings } of TABLES) {
    for (const [option, { cql, reason }] of Object.entries(settings))
      assert.ok(cql !== '' && reason !== '', `${name} ${option}`);
    assert.match(settings.compaction?.cql ?? '', /UnifiedCompactionStrategy/, name);
    assert.equal(settings.default_time_to_live?.cql, '0', name);
    assert.equal(settings.compression?.cql.includes('LZ4'), name !== 'chunk', name);
  }
  for (const name of ['head', 'ver'])
    assert.equal(TABLES.find((table) => table.name === name)?.settings.read_repair?.cql, "'BLOCKING'");
});

test('every column has a type, and the key names columns of the table', () => {
  for (const { name, columns, order } of TABLES) {
    const key = columns.at(-1) ?? '';
    const names = columns.slice(0, -1).map((column) => column.split(' ')[0] ?? '');
    assert.match(key, /^PRIMARY KEY \(/, name);
    for (const column of columns.slice(0, -1))
      assert.match(column, /^\w+ (text|uuid|blob|int|bigint|tinyint)( STATIC)?$/, name);
    const used: readonly string[] = key.slice('PRIMARY KEY '.length).match(/\w+/g) ?? [];
    for (const column of used) assert.ok(names.includes(column), `${name}: ${column}`);
    for (const column of order?.match(/\w+(?= ASC| DESC)/g) ?? [])
      assert.ok(used.includes(column), `${name}: ${column}`);
    assert.equal(new Set(names).size, names.length, name);
  }
});

test('the types of a partition key are those of its columns', () => {
  assert.deepEqual(partitionTypes('head'), ['uuid']);
  assert.deepEqual(partitionTypes('chunk'), ['uuid', 'int']);
  assert.deepEqual(partitionTypes('ledger'), ['int', 'bigint']);
  assert.deepEqual(partitionTypes('name'), ['text']);
  for (const { name } of TABLES)
    assert.ok(
      partitionTypes(name).every((type) => type !== ''),
      name,
    );
  assert.throws(() => partitionTypes('nothing'), RangeError);
});

test('statements name keyspaces by what they are for', () => {
  assert.equal(
    named('SELECT a FROM $region.head, $global.name', 'p', 'eu-1'),
    'SELECT a FROM p_r_eu_1.head, p_global.name',
  );
});

test('what is missing of a store is told by its name, and columns beside ours are left alone', () => {
  assert.deepEqual(compareSchema(schema(), KEYSPACES), { absent: false, missing: [], wrong: [] });
  assert.deepEqual(compareSchema(new Map(), KEYSPACES), {
    absent: true,
    missing: ['p_global', 'p_r_eu_1', 'p_r_us'],
    wrong: [],
  });
  assert.deepEqual(compareSchema(schema(['p_r_us', 'p_r_eu_1.ver']), KEYSPACES).missing, ['p_r_eu_1.ver', 'p_r_us']);
  const without = schema(['p_global.audit', 'p_r_us.refusal', 'p_r_us.ver']);
  assert.deepEqual(compareSchema(without, KEYSPACES, 1).missing, ['p_r_us.ver']);
  assert.deepEqual(compareSchema(without, KEYSPACES, 2).missing, ['p_global.audit', 'p_r_us.ver', 'p_r_us.refusal']);
  assert.equal(compareSchema(schema(['p_global.meta']), KEYSPACES).absent, true);
  const other: Schema = new Map([
    ...schema(),
    ['p_r_us', { copies: undefined, tables: new Map([['head', new Set(['k', 'x'])]]) }],
  ]);
  assert.match(compareSchema(other, KEYSPACES).wrong[0] ?? '', /^p_r_us\.head has no column shard, s, v$/);
});
