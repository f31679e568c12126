/**
 * What a cluster has of our keyspaces and tables, read from Cassandra's own `system_schema`, and how that differs from
 * `tables.ts`. Never changes anything.
 */

import cassandra from 'cassandra-driver';
import { globalKeyspace, type Keyspaces, regionKeyspace, TABLES } from './tables.ts';
import type { RegionName } from './types.ts';

/** Keyspaces by name. */
export type Schema = ReadonlyMap<string, FoundKeyspace>;
export interface FoundKeyspace {
  /** Of `NetworkTopologyStrategy`: copies by data centre. Undefined: another strategy, which knows no data centres. */
  readonly copies: ReadonlyMap<string, number> | undefined;
  /** Names of columns by table. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A keyspace that should be there. `region` undefined: the global one. */
export interface WantedKeyspace {
  readonly name: string;
  readonly region: RegionName | undefined;
  readonly centres: readonly string[];
}

export function wantedKeyspaces({ prefix, regions }: Keyspaces): readonly WantedKeyspace[] {
  const all = [...new Set(Object.values(regions).flat())];
  return [
    { name: globalKeyspace(prefix), region: undefined, centres: all },
    ...Object.entries(regions).map(([region, centres]) => ({ name: regionKeyspace(prefix, region), region, centres })),
  ];
}

const OPTIONS = { consistency: cassandra.types.consistencies.localOne, fetchSize: 100_000 };

/** Only keyspaces of this prefix. */
export async function readSchema(client: cassandra.Client, prefix: string): Promise<Schema> {
  const ours = (name: unknown) => typeof name === 'string' && name.startsWith(`${prefix}_`);
  const keyspaces = await client.execute('SELECT keyspace_name, replication FROM system_schema.keyspaces', [], OPTIONS);
  const found = new Map<string, FoundKeyspace>();
  for (const row of (keyspaces.rows ?? []).filter(({ keyspace_name }) => ours(keyspace_name))) {
    const name = String(row.keyspace_name);
    const query = `SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = '${name}'`;
    const columns = await client.execute(query, [], OPTIONS);
    const tables = new Map<string, Set<string>>();
    for (const { table_name, column_name } of columns.rows ?? []) {
      const known = tables.get(String(table_name)) ?? new Set();
      tables.set(String(table_name), known.add(String(column_name)));
    }
    found.set(name, { copies: copiesOf(row.replication), tables });
  }
  return found;
}

function copiesOf(replication: unknown): ReadonlyMap<string, number> | undefined {
  if (typeof replication !== 'object' || replication === null) return undefined;
  const entries = Object.entries(replication).map(([name, value]): readonly [string, string] => [
    String(name),
    String(value),
  ]);
  const strategy = entries.find(([name]) => name === 'class')?.[1] ?? '';
  if (!strategy.endsWith('NetworkTopologyStrategy')) return undefined;
  // Transient replication (`3/1`) is no whole copy: it counts as what is left of it.
  return new Map(
    entries.filter(([name]) => name !== 'class').map(([name, count]) => [name, Number.parseInt(count, 10)]),
  );
}

export interface Difference {
  /** Nothing of the store is there. */
  readonly absent: boolean;
  /** Keyspaces and tables that are missing: `moraine_global.meta`. */
  readonly missing: readonly string[];
  /** Tables that have not the columns they should, as ends of sentences. */
  readonly wrong: readonly string[];
}

/** What is missing or wrong of a store of this format (the latest). Columns beside ours are left alone. */
export function compareSchema(
  found: Schema,
  keyspaces: Keyspaces,
  format: number = Number.POSITIVE_INFINITY,
): Difference {
  const tables = TABLES.filter(({ since = 1 }) => since <= format);
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const { name, region } of wantedKeyspaces(keyspaces)) {
    const keyspace = found.get(name);
    if (keyspace === undefined) missing.push(name);
    for (const table of tables.filter((one) => (one.keyspace === 'global') === (region === undefined))) {
      const columns = keyspace?.tables.get(table.name);
      if (columns === undefined) {
        if (keyspace !== undefined) missing.push(`${name}.${table.name}`);
        continue;
      }
      const lacking = table.columns
        .filter((column) => !column.startsWith('PRIMARY KEY'))
        .map((column) => column.split(' ')[0] ?? '')
        .filter((column) => !columns.has(column));
      if (lacking.length > 0) wrong.push(`${name}.${table.name} has no column ${lacking.join(', ')}`);
    }
  }
  const meta = found.get(globalKeyspace(keyspaces.prefix))?.tables.has('meta') === true;
  return { absent: !meta, missing, wrong };
}
