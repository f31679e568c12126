/**
 * Cassandra's plain rows in memory, as far as one-partition statements go: cells with timestamps (the larger wins, on a tie
 * the larger bytes), deletions of rows, partitions and cells by timestamp, static columns. Tables come from `TABLES`, statements
 * are the engine's own.
 *
 * Several processes share one `SimulatedCassandra`; each has a session of its own, with a place for a test's own doing before
 * and after each statement: races without luck, and deaths after any step. Left out: transactions, copies, consistency, and that rows expire.
 */

import { strict as assert } from 'node:assert';
import { TABLES } from '../../src/store/cassandra/database/tables.ts';
import type { Node, Row, Session, Sessions, Statement, Value } from '../../src/store/cassandra/database/types.ts';

interface Cell {
  readonly value: Value;
  readonly at: bigint;
}
interface StoredRow {
  readonly key: readonly Value[];
  readonly cells: Map<string, Cell>;
  /** Of the row's own existence (INSERT). */
  marker: bigint;
  deleted: bigint;
}
interface Partition {
  readonly key: readonly Value[];
  readonly statics: Map<string, Cell>;
  readonly rows: Map<string, StoredRow>;
  deleted: bigint;
}
interface Schema {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
  readonly statics: ReadonlySet<string>;
}

const NEVER = -(1n << 62n);

const INSERT = /^INSERT INTO \$\w+\.(\w+) \((.+?)\) VALUES \((.+?)\) USING TIMESTAMP \?(?: AND TTL \?)?$/;
const DELETE = /^DELETE FROM \$\w+\.(\w+) USING TIMESTAMP \? WHERE (.+)$/;
const SELECT = /^SELECT (DISTINCT )?(.+?) FROM \$\w+\.(\w+) WHERE (.+?)(?: ORDER BY (.+?))?(?: LIMIT (\?|\d+))?$/;

export type Act = (statement: Statement, values: readonly Value[]) => unknown;
export interface Hooks {
  /** Runs before each statement; what it throws is what the caller gets, and nothing is applied. */
  readonly before?: Act;
  /** Runs after it was applied. */
  readonly after?: Act;
  /** Other rows than those read. */
  readonly seen?: (statement: Statement, rows: readonly Row[]) => readonly Row[];
}

export class SimulatedCassandra {
  readonly #tables = new Map<string, Map<string, Partition>>();
  readonly #schemas = new Map<string, Schema>();
  readonly #selects = new Map<string, Select>();

  constructor() {
    for (const { name, columns } of TABLES) {
      this.#schemas.set(name, schemaOf(columns));
      this.#tables.set(name, new Map());
    }
  }

  /** All that is visible of a table. */
  rows(table: string): readonly Row[] {
    const { schema, partitions } = this.#table(table);
    return [...partitions.values()].flatMap((partition) => rowsOf(schema, partition));
  }

  /** Changes a cell as a broken disk would. Counts the rows for which `change` gave another value. */
  damage(table: string, column: string, change: (row: Row, value: Value) => Value): number {
    const { schema, partitions } = this.#table(table);
    let changed = 0;
    for (const partition of partitions.values()) {
      for (const row of partition.rows.values()) {
        const cell = row.cells.get(column);
        if (cell === undefined) continue;
        const value = change(asRow(schema, partition, row), cell.value);
        if (value === cell.value) continue;
        row.cells.set(column, { ...cell, value });
        changed += 1;
      }
    }
    return changed;
  }

  sessions(hooks: Hooks = {}, regions: readonly string[] = ['home']): Sessions {
    const all = new Map(regions.map((region) => [region, this.#session(region, hooks)]));
    const of = (region: string): Session => {
      const session = all.get(region);
      if (session === undefined) throw new RangeError(`there is no region ${region}`);
      return session;
    };
    return { regions, home: of(regions[0] ?? ''), of, close: async () => {} };
  }

  #session(region: string, hooks: Hooks): Session {
    const node: Node = { id: 'node', address: '127.0.0.1:1', dataCentre: 'dc1', rack: 'rack1', up: true };
    const run = async (statement: Statement, values: readonly Value[]): Promise<readonly Row[]> => {
      await hooks.before?.(statement, values);
      const rows = this.#apply(statement.cql, values);
      await hooks.after?.(statement, values);
      return hooks.seen?.(statement, rows) ?? rows;
    };
    const refused = (): never => assert.fail('no transactions are simulated');
    return {
      region,
      read: run,
      write: async (statement, values) => {
        await run(statement, values);
      },
      batch: async (statements) => {
        for (const [statement, values] of statements) await run(statement, values);
      },
      cas: refused,
      casBatch: refused,
      nodes: () => [node],
      replicas: () => ({ nodes: [node], range: '(0, 0]' }),
      readFrom: (_node, statement, values) => run(statement, values),
    };
  }

  #table(name: string): { readonly schema: Schema; readonly partitions: Map<string, Partition> } {
    const schema = this.#schemas.get(name);
    const partitions = this.#tables.get(name);
    assert(schema !== undefined && partitions !== undefined, `a table ${name}`);
    return { schema, partitions };
  }

  #apply(cql: string, values: readonly Value[]): readonly Row[] {
    if (cql.startsWith('INSERT')) return this.#insert(cql, values);
    if (cql.startsWith('DELETE')) return this.#delete(cql, values);
    return this.#select(cql, values);
  }

  #partition(name: string, key: readonly Value[]): Partition {
    const { partitions } = this.#table(name);
    const id = idOf(key);
    const found = partitions.get(id) ?? { key, statics: new Map(), rows: new Map(), deleted: NEVER };
    partitions.set(id, found);
    return found;
  }

  #insert(cql: string, values: readonly Value[]): readonly Row[] {
    const [, name = '', columns = '', places = ''] = INSERT.exec(cql) ?? assert.fail(cql);
    const { schema } = this.#table(name);
    const bind = binder(values);
    const given = new Map(columns.split(', ').map((column, index) => [column, bind(places.split(', ')[index] ?? '')]));
    const at = bind('?');
    assert(typeof at === 'bigint', 'a timestamp');
    const partition = this.#partition(name, keyOf(schema.partition, given));
    const hasRow = schema.clustering.every((column) => given.has(column));
    const row = hasRow ? rowOf(partition, keyOf(schema.clustering, given)) : undefined;
    if (row !== undefined && at > row.marker) row.marker = at;
    for (const [column, value] of given) {
      if (schema.partition.includes(column) || schema.clustering.includes(column)) continue;
      const cells = schema.statics.has(column) ? partition.statics : row?.cells;
      assert(cells !== undefined && value !== undefined, `${column} has a row`);
      const old = cells.get(column);
      if (old === undefined || at > old.at || (at === old.at && compare(value, old.value) > 0))
        cells.set(column, { value, at });
    }
    return [];
  }

  #delete(cql: string, values: readonly Value[]): readonly Row[] {
    const [, name = '', where = ''] = DELETE.exec(cql) ?? assert.fail(cql);
    const { schema } = this.#table(name);
    const bind = binder(values);
    const at = bind('?');
    assert(typeof at === 'bigint', 'a timestamp');
    const given = new Map(
      where.split(' AND ').map((term) => {
        const [, column = '', value = ''] = /^(\w+) = (.+)$/.exec(term) ?? assert.fail(term);
        return [column, bind(value)] as const;
      }),
    );
    const partition = this.#partition(name, keyOf(schema.partition, given));
    const target =
      given.size === schema.partition.length ? partition : rowOf(partition, keyOf(schema.clustering, given));
    if (at > target.deleted) target.deleted = at;
    return [];
  }

  #select(cql: string, values: readonly Value[]): readonly Row[] {
    const { name, isDistinct, isDescending, limit, conditions } = this.#parsed(cql);
    const { schema, partitions } = this.#table(name);
    const bind = binder(values);
    const terms = conditions.map(({ column, operator, place }) => ({ column, operator, value: bind(place) }));
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Number(bind(limit));
    const given = new Map(terms.flatMap(({ column, operator, value }) => (operator === '=' ? [[column, value]] : [])));
    const partition = partitions.get(idOf(keyOf(schema.partition, given)));
    if (partition === undefined) return [];
    const all = rowsOf(schema, partition);
    if (isDistinct) return all.slice(0, 1);
    const rows = all.filter((row) =>
      terms.every(({ column, operator, value }) => holds(compare(row[column] ?? null, value), operator)),
    );
    return (isDescending ? rows.toReversed() : rows).slice(0, most);
  }

  #parsed(cql: string): Select {
    const known = this.#selects.get(cql);
    if (known !== undefined) return known;
    const [, distinct, , name = '', where = '', order = '', limit] = SELECT.exec(cql) ?? assert.fail(cql);
    const conditions = where.split(' AND ').map((term) => {
      const [, column = '', operator = '', place = ''] = /^(\w+) (=|<=|>=|<|>) (.+)$/.exec(term) ?? assert.fail(term);
      return { column, operator, place };
    });
    const parsed = {
      name,
      isDistinct: distinct !== undefined,
      isDescending: order.includes('DESC'),
      limit,
      conditions,
    };
    this.#selects.set(cql, parsed);
    return parsed;
  }
}

interface Select {
  readonly name: string;
  readonly isDistinct: boolean;
  readonly isDescending: boolean;
  readonly limit: string | undefined;
  readonly conditions: readonly { readonly column: string; readonly operator: string; readonly place: string }[];
}

function schemaOf(columns: readonly string[]): Schema {
  const [, keys = ''] = /^PRIMARY KEY \((.+)\)$/.exec(columns.at(-1) ?? '') ?? [];
  const [, both, rest = ''] = /^\((.+?)\)(?:, (.+))?$/.exec(keys) ?? [];
  const all = both === undefined ? keys.split(', ') : [...both.split(', '), ...rest.split(', ').filter(Boolean)];
  const width = both === undefined ? 1 : both.split(', ').length;
  const statics = columns.filter((column) => column.endsWith(' STATIC')).map((column) => column.split(' ')[0] ?? '');
  return { partition: all.slice(0, width), clustering: all.slice(width), statics: new Set(statics) };
}

/** Values of `?` in order; other text is a number. */
function binder(values: readonly Value[]): (place: string) => Value {
  let next = 0;
  return (place) => {
    if (place !== '?') return Number(place);
    assert(next < values.length, 'a value for each ?');
    return values[next++] ?? null;
  };
}

const idOf = (key: readonly Value[]): string =>
  key.map((each) => (Buffer.isBuffer(each) ? each.toString('hex') : String(each))).join('/');
const keyOf = (columns: readonly string[], given: ReadonlyMap<string, Value>): readonly Value[] =>
  columns.map((column) => given.get(column) ?? assert.fail(`a value for ${column}`));

function rowOf(partition: Partition, key: readonly Value[]): StoredRow {
  const id = idOf(key);
  const found = partition.rows.get(id) ?? { key, cells: new Map(), marker: NEVER, deleted: NEVER };
  partition.rows.set(id, found);
  return found;
}

/** Ascending. A partition with nothing but static cells has one row. */
function rowsOf(schema: Schema, partition: Partition): readonly Row[] {
  const rows = [...partition.rows.values()]
    .filter((row) => {
      const isSeen = (at: bigint) => at > row.deleted && at > partition.deleted;
      return isSeen(row.marker) || [...row.cells.values()].some(({ at }) => isSeen(at));
    })
    .toSorted((a, b) => a.key.reduce((order: number, each, index) => order || compare(each, b.key[index] ?? null), 0));
  if (rows.length > 0) return rows.map((row) => asRow(schema, partition, row));
  const hasStatic = [...partition.statics.values()].some(({ at }) => at > partition.deleted);
  return hasStatic ? [asRow(schema, partition, undefined)] : [];
}

function asRow(schema: Schema, partition: Partition, row: StoredRow | undefined): Row {
  const visible = (cells: ReadonlyMap<string, Cell>, deleted = NEVER) =>
    [...cells].flatMap(([column, { value, at }]) => (at > partition.deleted && at > deleted ? [[column, value]] : []));
  return Object.fromEntries([
    ...schema.partition.map((column, index) => [column, partition.key[index]]),
    ...visible(partition.statics),
    ...(row === undefined ? [] : schema.clustering.map((column, index) => [column, row.key[index]])),
    ...(row === undefined ? [] : visible(row.cells, row.deleted)),
    ...(row?.cells.has('v') === true ? [['at', row.cells.get('v')?.at]] : []),
  ]);
}

function compare(a: Value, b: Value): number {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
  if (a === null || b === null) return a === b ? 0 : Number.NaN;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  return Number(a) < Number(b) ? -1 : Number(Number(a) > Number(b));
}

function holds(order: number, operator: string): boolean {
  if (operator === '=') return order === 0;
  if (operator === '<') return order < 0;
  if (operator === '>') return order > 0;
  return operator === '<=' ? order <= 0 : order >= 0;
}
