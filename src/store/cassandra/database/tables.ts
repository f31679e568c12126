/**
 * The tables of the Cassandra engine, as data (decision 0006), and the CQL that makes them.
 *
 * What each table's rows mean belongs to the room that writes them; here is what the database is told: columns, keys, and how
 * rows are kept on disk, each setting with its reason. Options follow Cassandra 5.0's CREATE TABLE reference.
 *
 * Left out on purpose: secondary indexes, materialized views, counters, the row cache, and tables with a TTL (an expired cell
 * is a deletion, and at equal timestamps a deletion beats every value). Only refusals and activity expire, each row by itself.
 */

import type { RegionName } from './types.ts';

export interface Table {
  /** `region`: one in the keyspace of each region. */
  readonly keyspace: 'global' | 'region';
  readonly name: string;
  /** Columns with their types, and the primary key. */
  readonly columns: readonly string[];
  /** As CQL has it: `k ASC, t DESC`. Undefined: all ascending. */
  readonly order?: string;
  readonly settings: Settings;
  /** The format of the store that brought it, when not the first. */
  readonly since?: number;
}

/** Options of a table by name, in CQL, with the reason for each. */
export interface Settings {
  readonly [option: string]: { readonly cql: string; readonly reason: string };
}

const DAY = 86_400;

function compaction(scaling: string, target: string): string {
  return `{'class': 'UnifiedCompactionStrategy', 'scaling_parameters': '${scaling}', 'target_sstable_size': '${target}'}`;
}

const LEVELLED = {
  cql: compaction('L10', '1GiB'),
  reason: 'rows are overwritten and read by ranges: levelled, so that a read meets few files and old cells go soon',
};
const TIERED = {
  cql: compaction('T4', '1GiB'),
  reason: 'written once or twice and rarely read: tiered, so that bytes are seldom written again',
};
const TIERED_CHUNKS = {
  cql: compaction('T4', '5GiB'),
  reason: 'bytes never change and are read by their key: tiered in large files, so that they are seldom written again',
};
const LZ4 = {
  cql: "{'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}",
  reason: 'names and small records compress well; 16 KiB is what a point read decompresses',
};
const UNCOMPRESSED = {
  cql: "{'enabled': 'false'}",
  reason: 'clients send compressed or encrypted bytes; the engine keeps and checks a checksum of each chunk',
};
const GRACE = {
  cql: String(10 * DAY),
  reason: 'a repair must run within this time or what was deleted may come back; repairs run weekly',
};
const SHORT_GRACE = {
  cql: String(3 * DAY),
  reason: 'a deleted row that comes back here is only cleared away once more, and its space is wanted sooner',
};
const HINT_GRACE = {
  cql: String(DAY / 8),
  reason:
    'a removed hint that comes back is verified in vain and removed again, and marks of removal slow listings down',
};
const BLOCKING = {
  cql: "'BLOCKING'",
  reason: 'what one quorum has seen every later one sees: the order of tags, and store-then-look, rest on it',
};
const NO_REPAIR = {
  cql: "'NONE'",
  reason: 'bytes never change: of two copies one is damaged, and a repair would spread whichever is the larger',
};
const NO_TTL = { cql: '0', reason: 'an expired cell is a deletion, which would beat every value at its timestamp' };

function settings(parts: {
  readonly compaction: typeof LEVELLED;
  readonly compression?: typeof LZ4;
  readonly grace?: typeof GRACE;
}): Settings {
  return Object.freeze({
    compaction: parts.compaction,
    compression: parts.compression ?? LZ4,
    gc_grace_seconds: parts.grace ?? GRACE,
    read_repair: BLOCKING,
    default_time_to_live: NO_TTL,
  });
}

const ROWS = settings({ compaction: LEVELLED });
const SMALL = settings({ compaction: TIERED });

function table(keyspace: Table['keyspace'], name: string, columns: readonly string[], rest: Settings): Table {
  return Object.freeze({ keyspace, name, columns: Object.freeze(columns), settings: rest });
}

export const TABLES: readonly Table[] = Object.freeze([
  table('global', 'meta', ['k text', 'rev uuid', 'v text', 'PRIMARY KEY (k)'], SMALL),
  table(
    'global',
    'directory',
    ['p int', 'kind text', 'id text', 'rev int', 'v blob', 'PRIMARY KEY (p, kind, id)'],
    ROWS,
  ),
  table('global', 'account', ['id text', 'v blob', 'PRIMARY KEY (id)'], ROWS),
  table('global', 'access_key', ['id text', 'v blob', 'PRIMARY KEY (id)'], ROWS),
  table('global', 'name', ['name text', 'bucket text', 'region text', 'owner text', 'PRIMARY KEY (name)'], ROWS),
  table(
    'global',
    'owned',
    // The bucket's id is part of the key: what is left of one that was deleted never hides its successor.
    ['owner text', 'name text', 'bucket text', 'region text', 'PRIMARY KEY (owner, name, bucket)'],
    ROWS,
  ),
  table('region', 'bucket', ['id text', 'rev uuid', 'v blob', 'PRIMARY KEY (id)'], ROWS),
  table(
    'region',
    'shard_map',
    ['bucket text', 'low blob', 'shard uuid', 'job blob', 'PRIMARY KEY (bucket, low)'],
    ROWS,
  ),
  table('region', 'head', ['shard uuid', 'k blob', 's blob STATIC', 'v blob', 'PRIMARY KEY (shard, k)'], ROWS),
  {
    ...table(
      'region',
      'ver',
      [
        'shard uuid',
        'k blob',
        'z tinyint',
        't bigint',
        'n int',
        'id uuid',
        'v blob',
        'PRIMARY KEY (shard, k, z, t, n, id)',
      ],
      ROWS,
    ),
    order: 'k ASC, z ASC, t DESC, n DESC, id ASC',
  },
  table('region', 'claim', ['bucket text', 'k blob', 'id uuid', 'v blob', 'PRIMARY KEY ((bucket, k))'], SMALL),
  table(
    'region',
    'chunk',
    ['blob uuid', 'seg int', 'n int', 'hdr blob STATIC', 'd blob', 'sum blob', 'PRIMARY KEY ((blob, seg), n)'],
    {
      ...settings({ compaction: TIERED_CHUNKS, compression: UNCOMPRESSED, grace: SHORT_GRACE }),
      read_repair: NO_REPAIR,
    },
  ),
  table('region', 'manifest', ['body uuid', 'seq bigint', 'v blob', 'PRIMARY KEY (body, seq)'], SMALL),
  table('region', 'ref', ['body uuid', 'kind int', 'owner uuid', 'v blob', 'PRIMARY KEY (body, kind, owner)'], SMALL),
  table(
    'region',
    'ledger',
    ['slot int', 'period bigint', 'id uuid', 'v blob', 'PRIMARY KEY ((slot, period), id)'],
    settings({ compaction: TIERED, grace: SHORT_GRACE }),
  ),
  table('region', 'upload', ['id text', 'rev uuid', 'v blob', 'PRIMARY KEY (id)'], ROWS),
  table(
    'region',
    'upload_index',
    ['bucket text', 'slot int', 'k blob', 'at bigint', 'id text', 'PRIMARY KEY ((bucket, slot), k, at, id)'],
    settings({ compaction: LEVELLED, grace: HINT_GRACE }),
  ),
  {
    ...table(
      'region',
      'part',
      ['upload text', 'no int', 't bigint', 'blob uuid', 'v blob', 'PRIMARY KEY (upload, no, t, blob)'],
      SMALL,
    ),
    order: 'no ASC, t DESC, blob ASC',
  },
  // Audit events twice, as `owned`: under their account and under `*`. Periods are those that have events.
  {
    ...table('global', 'audit_period', ['owner text', 'period int', 'PRIMARY KEY (owner, period)'], ROWS),
    order: 'period DESC',
    since: 2,
  },
  {
    ...table(
      'global',
      'audit',
      ['owner text', 'period int', 'id text', 'v blob', 'PRIMARY KEY ((owner, period), id)'],
      SMALL,
    ),
    order: 'id DESC',
    since: 2,
  },
  { ...table('global', 'key_use', ['id text', 'born text', 'used bigint', 'PRIMARY KEY (id, born)'], ROWS), since: 2 },
  { ...table('global', 'key_client', ['id text', 'born text', 'v blob', 'PRIMARY KEY (id, born)'], ROWS), since: 3 },
  // In a region, because they say what was asked for there.
  {
    ...table(
      'region',
      'refusal',
      ['id text', 'v blob', 'PRIMARY KEY (id)'],
      settings({ compaction: TIERED, grace: SHORT_GRACE }),
    ),
    since: 2,
  },
  // Also in a region: its events name keys of objects. Rows expire by themselves.
  {
    ...table(
      'region',
      'activity',
      ['owner text', 'day int', 'id text', 'v blob', 'PRIMARY KEY ((owner, day), id)'],
      settings({ compaction: TIERED, grace: SHORT_GRACE }),
    ),
    order: 'id DESC',
    since: 3,
  },
  // For `selftest.ts`: the shapes of `head` and `claim`.
  table(
    'region',
    'trial',
    ['shard uuid', 'k blob', 'st int STATIC', 'nxt blob STATIC', 'v blob', 'PRIMARY KEY (shard, k)'],
    settings({ compaction: TIERED, grace: SHORT_GRACE }),
  ),
  table(
    'region',
    'trial_claim',
    ['bucket uuid', 'k blob', 't bigint', 'n int', 'v blob', 'PRIMARY KEY ((bucket, k), t, n)'],
    settings({ compaction: TIERED, grace: SHORT_GRACE }),
  ),
]);

/** Types of the columns of a table's partition key, in their order. */
export function partitionTypes(name: string): readonly string[] {
  const found = TABLES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`there is no table ${name}`);
  const types = new Map(found.columns.map((column) => [column.split(' ')[0], column.split(' ')[1]] as const));
  const key = found.columns.find((column) => column.startsWith('PRIMARY KEY')) ?? '';
  const partition = /\(\(([^)]*)\)/.exec(key)?.[1] ?? /\(([^,)]*)/.exec(key)?.[1] ?? '';
  return partition.split(',').map((column) => types.get(column.trim()) ?? '');
}

// ------------------------------------------------------------------------------------------------------------- keyspaces

/** Which keyspaces there are: their common prefix, and the data centres that hold each region. */
export interface Keyspaces {
  readonly prefix: string;
  readonly regions: Readonly<Record<RegionName, readonly string[]>>;
}

export interface SchemaOptions extends Keyspaces {
  /** Copies in each data centre. */
  readonly replication: number;
}

export const globalKeyspace = (prefix: string): string => `${prefix}_global`;
export const regionKeyspace = (prefix: string, region: RegionName): string =>
  `${prefix}_r_${region.replaceAll('-', '_')}`;

/** Puts the names of keyspaces where a statement says `$global.` and `$region.`. */
export function named(cql: string, prefix: string, region: RegionName): string {
  return cql
    .replaceAll('$global.', `${globalKeyspace(prefix)}.`)
    .replaceAll('$region.', `${regionKeyspace(prefix, region)}.`);
}

/** What runs CQL: a driver's client, or a test. */
export interface Executor {
  execute(cql: string): Promise<unknown>;
}

/** A keyspace's replication as CQL, over exactly these data centres. */
export function replicationOf(centres: readonly string[], copies: number): string {
  const places = [...new Set(centres)].map((name) => `, '${name.replaceAll("'", "''")}': ${copies}`);
  return `{'class': 'NetworkTopologyStrategy'${places.join('')}}`;
}

/** All statements that make what is not there yet, in order. Each may be run again. */
export function schemaStatements({ prefix, regions, replication }: SchemaOptions): readonly string[] {
  const names = Object.keys(regions);
  const keyspaces = [
    { name: globalKeyspace(prefix), centres: Object.values(regions).flat(), kind: 'global' },
    ...names.map((region) => ({
      name: regionKeyspace(prefix, region),
      centres: regions[region] ?? [],
      kind: 'region',
    })),
  ];
  return keyspaces.flatMap(({ name, centres, kind }) => [
    `CREATE KEYSPACE IF NOT EXISTS ${name} WITH replication = ${replicationOf(centres, replication)} AND durable_writes = true`,
    ...TABLES.filter(({ keyspace }) => keyspace === kind).map((one) => createTable(name, one)),
  ]);
}

/** What makes the tables that a format brought, in keyspaces that are there. Each may be run again. */
export function tableStatements({ prefix, regions }: Keyspaces, since: number): readonly string[] {
  const added = TABLES.filter((one) => one.since === since);
  const keyspaces = {
    global: [globalKeyspace(prefix)],
    region: Object.keys(regions).map((one) => regionKeyspace(prefix, one)),
  };
  return added.flatMap((one) => keyspaces[one.keyspace].map((keyspace) => createTable(keyspace, one)));
}

function createTable(keyspace: string, { name, columns, order, settings: options }: Table): string {
  const all = Object.entries(options).map(([option, { cql }]) => `${option} = ${cql}`);
  const clauses = order === undefined ? all : [`CLUSTERING ORDER BY (${order})`, ...all];
  return `CREATE TABLE IF NOT EXISTS ${keyspace}.${name} (${columns.join(', ')}) WITH ${clauses.join(' AND ')}`;
}

/** Makes the keyspaces and tables that are not there, one after the other. Throws what `execute` throws. */
export async function createSchema(client: Executor, options: SchemaOptions): Promise<void> {
  for (const statement of schemaStatements(options)) await client.execute(statement);
}
