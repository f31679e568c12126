/**
 * The tables of shards and claims in memory, for the engine's own statements: cells with timestamps (the larger wins, on a tie
 * the larger bytes), deletions by timestamp, transactions. So a load on shards runs hundreds of rounds in seconds, and the
 * same on every machine.
 *
 * Each process has a session of its own, with a place for a test's own doing before and after each statement: pauses, and
 * deaths. Left out: copies and consistency; one statement, or one batch, is one step.
 */

import { strict as assert } from 'node:assert';
import type { CasOutcome, Row, Session, Sessions, Statement, Value } from '../../src/store/cassandra/database/types.ts';
import * as claims from '../../src/store/cassandra/keys/statements.ts';
import * as shards from '../../src/store/cassandra/shards/statements.ts';

interface Cell {
  readonly value: Buffer;
  readonly at: bigint;
}
interface Version {
  readonly k: Buffer;
  readonly z: number;
  readonly t: bigint;
  readonly n: number;
  readonly id: string;
  cell: Cell;
}
interface Partition {
  state: Cell | undefined;
  heads: { readonly k: Buffer; cell: Cell }[];
  versions: Version[];
  headsDropped: bigint;
  versionsDropped: bigint;
}
interface MapRow {
  readonly low: Buffer;
  shard: string;
  job: Buffer | undefined;
}

/** Runs before and after each statement; what it throws is what the caller gets. */
export interface Hooks {
  readonly before?: (statement: Statement) => Promise<void>;
  readonly after?: (statement: Statement) => Promise<void>;
  /** Other rows than those read. */
  readonly seen?: (statement: Statement, values: readonly Value[], rows: readonly Row[]) => readonly Row[];
}

type Bound = readonly [Statement, readonly Value[]];

export class ShardTables {
  readonly #partitions = new Map<string, Partition>();
  readonly #maps = new Map<string, MapRow[]>();
  readonly #claims = new Map<string, { readonly id: string; readonly v: Buffer }>();

  sessions(hooks: Hooks = {}): Sessions {
    const session = this.#session(hooks);
    return { regions: ['here'], home: session, of: () => session, close: async () => {} };
  }

  /** Everything of a shard but its sentinel. */
  sizeOf(shard: string): number {
    const { heads, versions } = this.#partition(shard);
    return heads.length + versions.length;
  }

  #session({ before, after, seen }: Hooks): Session {
    const step = async <T>([statement]: Bound, run: () => T): Promise<T> => {
      await before?.(statement);
      const done = run();
      await after?.(statement);
      return done;
    };
    const unknown = (): never => assert.fail('not of the shards');
    return {
      region: 'here',
      read: (statement, values) =>
        step([statement, values], () => {
          const rows = this.#read(statement, values);
          return seen?.(statement, values, rows) ?? rows;
        }),
      write: (...bound) => step(bound, () => this.#write(bound)),
      batch: (all) => step(all[0] ?? unknown(), () => all.forEach((bound) => void this.#write(bound))),
      cas: (statement, values) =>
        step([statement, values], (): CasOutcome => {
          const { applied, rows } = this.#transact([[statement, values]]);
          return { applied, row: rows[0] };
        }),
      casBatch: (all) => step(all[0] ?? unknown(), () => this.#transact(all)),
      nodes: () => [],
      replicas: unknown,
      readFrom: unknown,
    };
  }

  #partition(id: Value | undefined): Partition {
    const name = String(id);
    const none = { state: undefined, heads: [], versions: [], headsDropped: -1n, versionsDropped: -1n };
    const found = this.#partitions.get(name) ?? none;
    this.#partitions.set(name, found);
    return found;
  }

  // ---------------------------------------------------------------------------------------------------------- reads

  #read(statement: Statement, values: readonly Value[]): readonly Row[] {
    const [first, second, third] = values;
    switch (statement) {
      case shards.READ_STATE:
        return this.#sentinel(first);
      case shards.READ_KEY:
        return [...this.#sentinel(first), ...this.#heads(first, (k) => k.equals(bytes(second)))];
      case shards.HEAD_FROM:
      case shards.HEAD_KEYS_FROM:
        return this.#heads(first, (k) => k.compare(bytes(second)) >= 0).slice(0, Number(third));
      case shards.FIND_SHARD:
        return this.#map(first)
          .filter(({ low }) => low.compare(bytes(second)) <= 0)
          .slice(-1)
          .map(mapRow);
      case shards.READ_MAP_ROW:
        return this.#map(first)
          .filter(({ low }) => low.equals(bytes(second)))
          .map(mapRow);
      case shards.READ_MAP:
        return this.#map(first)
          .filter(({ low }) => low.compare(bytes(second)) >= 0)
          .slice(0, Number(third))
          .map(mapRow);
      case shards.LOOK_FOR_CLAIM:
      case claims.READ_CLAIM: {
        const claim = this.#claims.get(claimName(values));
        return claim === undefined ? [] : [{ ...claim }];
      }
      default:
        return this.#readVersions(statement, values);
    }
  }

  #sentinel(shard: Value | undefined): readonly Row[] {
    const { state } = this.#partition(shard);
    return state === undefined ? [] : [{ k: Buffer.alloc(0), s: state.value }];
  }

  #heads(shard: Value | undefined, holds: (k: Buffer) => boolean): Row[] {
    const { heads, state } = this.#partition(shard);
    const rows = heads.filter(({ k }) => holds(k));
    return rows.map(({ k, cell }) => ({ k, ...(state && { s: state.value }), v: cell.value, w: cell.at }));
  }

  #readVersions(statement: Statement, values: readonly Value[]): readonly Row[] {
    const [shard, key, z, t, n, id] = values;
    const { VERSIONS, VERSION_PLACES } = shards;
    const all = this.#partition(shard).versions;
    const ofKey = all.filter((row) => row.k.equals(bytes(key)));
    const ofKind = ofKey.filter((row) => row.z === z);
    const limited = (rows: readonly Version[]) => rows.slice(0, Number(values.at(-1))).map(versionRow);
    switch (statement) {
      case shards.READ_VERSION:
        return ofKind.filter((row) => row.t === t && row.n === n && row.id === id).map(versionRow);
      case shards.VERSIONS_OF:
        return limited(ofKind);
      case VERSIONS.ids:
      case VERSION_PLACES.ids:
        return limited(ofKind.filter((row) => row.t === t && row.n === n && row.id > String(id)));
      case VERSIONS.tags:
      case VERSION_PLACES.tags:
        return limited(ofKind.filter((row) => row.t < BigInt(String(t)) || (row.t === t && row.n < Number(n))));
      case VERSIONS.kinds:
      case VERSION_PLACES.kinds:
        return limited(ofKey.filter((row) => row.z > Number(z)));
      case VERSIONS.keys:
      case VERSION_PLACES.keys:
        return limited(all.filter((row) => row.k.compare(bytes(key)) >= 0));
      default:
        return assert.fail(statement.cql);
    }
  }

  // --------------------------------------------------------------------------------------------------------- writes

  #write([statement, values]: Bound): void {
    const [first, second, third] = values;
    if (statement === shards.DROP_HEADS || statement === shards.DROP_VERSIONS) {
      const partition = this.#partition(second);
      if (statement === shards.DROP_HEADS) {
        partition.headsDropped = time(first);
        partition.heads = [];
      } else {
        partition.versionsDropped = time(first);
        partition.versions = [];
      }
      return;
    }
    const partition = this.#partition(first);
    if (statement === shards.PUT_STATE) {
      partition.state = newer(partition.state, { value: bytes(second), at: time(third) });
    } else if (statement === shards.PUT_HEAD) {
      const cell = { value: bytes(third), at: time(values[3]) };
      if (cell.at > partition.headsDropped) putHead(partition.heads, bytes(second), cell);
    } else if (statement === shards.PUT_VERSION) {
      const [, k, z, t, n, id, v, at] = values;
      const cell = { value: bytes(v), at: time(at) };
      const row = { k: bytes(k), z: Number(z), t: time(t), n: Number(n), id: String(id), cell };
      if (cell.at > partition.versionsDropped) putVersion(partition.versions, row);
    } else assert.fail(statement.cql);
  }

  // --------------------------------------------------------------------------------------------------- transactions

  #map(bucket: Value | undefined): MapRow[] {
    const rows = this.#maps.get(String(bucket)) ?? [];
    this.#maps.set(String(bucket), rows);
    return rows.sort((a, b) => a.low.compare(b.low));
  }

  #transact(all: readonly Bound[]): { readonly applied: boolean; readonly rows: readonly Row[] } {
    const planned = all.map((bound) => this.#plan(bound));
    const applied = planned.every(({ holds }) => holds);
    if (applied) for (const { run } of planned) run();
    return { applied, rows: applied ? [] : planned.flatMap(({ row }) => (row === undefined ? [] : [row])) };
  }

  #plan([statement, values]: Bound): {
    readonly holds: boolean;
    readonly run: () => void;
    readonly row: Row | undefined;
  } {
    switch (statement) {
      case claims.FIRST_CLAIM:
      case claims.NEXT_CLAIM:
        return this.#planClaim(statement, values);
      default:
        return this.#planMap(statement, values);
    }
  }

  #planClaim(statement: Statement, values: readonly Value[]) {
    const isNext = statement === claims.NEXT_CLAIM;
    const name = claimName(isNext ? values.slice(2) : values);
    const row = this.#claims.get(name);
    const [id, v] = isNext ? values : values.slice(2);
    const put = () => void this.#claims.set(name, { id: String(id), v: bytes(v) });
    if (statement === claims.FIRST_CLAIM) return { holds: row === undefined, run: put, row };
    return { holds: row?.id === values[4], run: put, row };
  }

  #planMap(statement: Statement, values: readonly Value[]) {
    const isUpdate = statement.cql.startsWith('UPDATE') && statement !== shards.END_JOB;
    const [value, bucket, low, old, job] = isUpdate ? values : [undefined, ...values];
    const rows = this.#map(bucket);
    const at = rows.findIndex((row) => row.low.equals(bytes(low)));
    const row = rows[at];
    const shown = row === undefined ? undefined : mapRow(row);
    const has = (wanted: Value | undefined) => row?.job?.equals(bytes(wanted)) === true;
    const change = (what: Partial<MapRow>) => () => void Object.assign(row ?? {}, what);
    switch (statement) {
      case shards.CREATE_MAP_ROW:
      case shards.ADD_MAP_ROW: {
        const fresh = { low: bytes(low), shard: String(old), job: job === undefined ? undefined : bytes(job) };
        return { holds: row === undefined, run: () => void rows.push(fresh), row: shown };
      }
      case shards.BEGIN_JOB:
        return { holds: row?.shard === old && row?.job === undefined, run: change({ job: bytes(value) }), row: shown };
      case shards.CHANGE_JOB:
        return { holds: has(old), run: change({ job: bytes(value) }), row: shown };
      case shards.MOVE_MAP_ROW:
        return { holds: row?.shard === old && has(job), run: change({ shard: String(value) }), row: shown };
      case shards.REMOVE_MAP_ROW:
        return {
          holds: has(old),
          run: () => void rows.splice(at, 1),
          row: shown,
        };
      case shards.END_JOB:
        return { holds: has(old), run: change({ job: undefined }), row: shown };
      default:
        return assert.fail(statement.cql);
    }
  }
}

function newer(a: Cell | undefined, b: Cell): Cell {
  if (a === undefined || b.at !== a.at) return a === undefined || b.at > a.at ? b : a;
  return b.value.compare(a.value) > 0 ? b : a;
}

function putHead(rows: Partition['heads'], k: Buffer, cell: Cell): void {
  const row = rows.find((one) => one.k.equals(k));
  if (row !== undefined) row.cell = newer(row.cell, cell);
  else rows.push({ k: Buffer.from(k), cell });
  if (row === undefined) rows.sort((a, b) => a.k.compare(b.k));
}

function putVersion(rows: Version[], row: Version): void {
  const found = rows.find((one) => orderOf(one, row) === 0);
  if (found !== undefined) found.cell = newer(found.cell, row.cell);
  else rows.push({ ...row, k: Buffer.from(row.k) });
  if (found === undefined) rows.sort(orderOf);
}

/** As the table's clustering order. */
function orderOf(a: Version, b: Version): number {
  const byTime = a.t === b.t ? 0 : a.t > b.t ? -1 : 1;
  return a.k.compare(b.k) || a.z - b.z || byTime || b.n - a.n || (a.id < b.id ? -1 : Number(a.id > b.id));
}

const versionRow = ({ cell, ...place }: Version): Row => ({ ...place, v: cell.value });
const mapRow = ({ low, shard, job }: MapRow): Row => ({ low, shard, ...(job && { job }) });
const claimName = ([bucket, key]: readonly Value[]): string => `${String(bucket)}/${bytes(key).toString('hex')}`;

function bytes(value: Value | undefined): Buffer {
  assert(Buffer.isBuffer(value), 'a blob');
  return value;
}

function time(value: Value | undefined): bigint {
  assert(typeof value === 'bigint', 'a bigint');
  return value;
}
