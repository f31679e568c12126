/**
 * The LMDB environment and its tables. Everything that knows the library `lmdb` is in this file and in `batcher.ts`.
 *
 * Reads run in one snapshot per synchronous stretch of code (`fresh`), or in the write transaction while one is open in
 * this process. Every row is checked against its seal before anybody sees it. The settings and their reasons are in
 * docs/decisions/0003-embedded-engine.md.
 */

import { strict as assert } from 'node:assert';
import { type Database, open, type RootDatabase } from 'lmdb';
import { Corrupt } from '../port.ts';
import { RowReader, RowWriter, unseal } from './codec.ts';

const ENVIRONMENT = Object.freeze({
  /** Two body rows of up to 4,000 bytes, or some fifty object rows: measured 20% less CPU per put than 4 KiB pages. */
  pageSize: 8192,
  /** Address space, not memory or disk: rows can grow to this size and the map is never moved under other processes. */
  mapSize: 16 * 2 ** 40,
  /** The same where a process has one environment for each of several drives: it has 128 TiB of addresses in all. */
  mapSizeOfDrive: 4 * 2 ** 40,
  maxDbs: 32,
  /** Snapshots open at once, over all processes: a few per worker and per command, with room. 64 bytes each. */
  maxReaders: 1024,
  /** Of the files it makes. The library takes it; its types leave it out. */
  permissionsMode: 0o600,
});

const TABLES = [
  'meta',
  'accounts',
  'accountIndex',
  'keys',
  'keysByAccount',
  'buckets',
  'bucketIds',
  'bucketsByOwner',
  'heads',
  'versions',
  'partLists',
  'inline',
  'blobs',
  'manifests',
  'uploads',
  'uploadKeys',
  'uploadsByKey',
  'parts',
  'trash',
  'ledger',
  'dead',
] as const;
/** Of stores on several drives only (`drives/`): what changed, change by change, and files that may lack a copy. */
const DRIVE_TABLES = ['oplog', 'repairs'] as const;
/** Came with format 2; a store that lacks them gets them when it is opened. */
const LATER_TABLES = ['audit', 'auditByAccount', 'keyUses', 'refusals', 'refusalIds', 'activity'] as const;
export type TableName = (typeof TABLES | typeof DRIVE_TABLES | typeof LATER_TABLES)[number];
/** Of a store on one drive. */
const ONE_DRIVE: readonly TableName[] = Object.freeze([...TABLES, ...LATER_TABLES]);
/** Their place in this list is their number in the oplog: new ones go to the end. */
export const TABLE_NAMES: readonly TableName[] = Object.freeze([...TABLES, ...DRIVE_TABLES, ...LATER_TABLES]);
export type Tables = Readonly<Record<TableName, Table>> & { readonly env: Environment };
type Root = RootDatabase<Buffer, Buffer>;

/** Rows from `start` (included) up to `end` (excluded). */
export interface Range {
  readonly start: Buffer;
  readonly end: Buffer | undefined;
  readonly limit?: number;
  /** From the last row to the first. */
  readonly reverse?: true;
}
export interface Row {
  readonly key: Buffer;
  readonly payload: Buffer;
}

/** One LMDB environment with its tables open. */
export interface OpenedRows {
  readonly root: Root;
  /** A table of stores on several drives is missing in others. */
  table(name: TableName): Database<Buffer, Buffer>;
}

/** A state of one environment that lasts until `done`. */
export class Snapshot {
  readonly rows: OpenedRows;
  readonly transaction: ReturnType<Root['useReadTransaction']>;

  constructor(rows: OpenedRows) {
    this.rows = rows;
    rows.root.resetReadTxn();
    this.transaction = rows.root.useReadTransaction();
  }

  done(): void {
    this.transaction.done();
  }
}

class Environment {
  #rows: OpenedRows;
  #watch: (() => void) | undefined;
  readonly #switched: ((rows: OpenedRows) => void)[] = [];

  constructor(rows: OpenedRows) {
    this.#rows = rows;
  }

  rows(): OpenedRows {
    return this.#rows;
  }

  /** Whatever is read next, up to the next wait, sees one state, not older than this moment. */
  fresh(): void {
    this.#watch?.();
    this.#rows.root.resetReadTxn();
  }

  /** A state that lasts until `done()` is called on it. Keeps the pages it sees from being reused: not for long. */
  hold(): Snapshot {
    this.#watch?.();
    return new Snapshot(this.#rows);
  }

  /** `watch` runs before each read and may `use` other rows (`drives/lead.ts`). */
  watch(watch: () => void): void {
    this.#watch = watch;
  }

  /** From now on all tables are those of these rows. Never in a write transaction. Held snapshots stay what they are. */
  use(rows: OpenedRows): void {
    this.#rows = rows;
    for (const table of this.#switched) table(rows);
  }

  onUse(table: (rows: OpenedRows) => void): void {
    this.#switched.push(table);
  }
}

class Table {
  #db: Database<Buffer, Buffer>;
  readonly #name: TableName;

  constructor(env: Environment, name: TableName) {
    this.#db = env.rows().table(name);
    this.#name = name;
    env.onUse((rows) => {
      this.#db = rows.table(name);
    });
  }

  /** The raw row with its seal, unchecked; a view that is valid until the next read of any table. */
  raw(key: Buffer, snapshot?: Snapshot): Buffer | undefined {
    const bytes = snapshot === undefined ? this.#db.getBinaryFast(key) : this.#read(key, snapshot);
    if (bytes === undefined) return undefined;
    // The library lends its own buffer with the length of the value laid over it, or a view of the map for large ones.
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The checked payload; a view that is valid until the next read of any table. */
  payload(key: Buffer, snapshot?: Snapshot): Buffer | undefined {
    const row = this.raw(key, snapshot);
    return row === undefined ? undefined : this.open(key, row);
  }

  get(key: Buffer, snapshot?: Snapshot): RowReader | undefined {
    const payload = this.payload(key, snapshot);
    return payload === undefined ? undefined : new RowReader(payload);
  }

  has(key: Buffer): boolean {
    return this.#db.getBinaryFast(key) !== undefined;
  }

  /** Rows in key order, or the other way round, each with memory of its own. A damaged one throws when it is reached. */
  *scan(range: Range, snapshot?: Snapshot): Generator<Row> {
    for (const { key, row } of this.scanRaw(range, snapshot)) yield { key, payload: this.open(key, row) };
  }

  *scanRaw(range: Range, snapshot?: Snapshot): Generator<{ readonly key: Buffer; readonly row: Buffer }> {
    const { limit } = range;
    const options = {
      ...(range.reverse === true ? backwards(range) : forwards(range)),
      ...(limit === undefined ? {} : { limit }),
      ...(snapshot === undefined ? {} : { transaction: snapshot.transaction }),
    };
    const db = snapshot === undefined ? this.#db : snapshot.rows.table(this.#name);
    for (const { key, value } of db.getRange(options)) {
      yield { key: asBuffer(key), row: asBuffer(value) };
    }
  }

  /** The first row of the range in its direction, if any. */
  first(range: Range): Row | undefined {
    for (const row of this.scan({ ...range, limit: 1 })) return row;
    return undefined;
  }

  /** Only inside a write transaction. */
  put(key: Buffer, row: RowWriter): void {
    this.#db.putSync(key, row.seal(key));
  }

  /** Only inside a write transaction: a row with its seal, from another copy of this table. */
  putRaw(key: Buffer, row: Buffer): void {
    this.#db.putSync(key, row);
  }

  /** Only inside a write transaction. */
  remove(key: Buffer): void {
    this.#db.removeSync(key);
  }

  /** The payload of a raw row of this table. */
  open(key: Buffer, row: Buffer): Buffer {
    const payload = unseal(key, row);
    if (payload === undefined) throw new Corrupt(`a row of table ${this.#name} fails its checksum`);
    return payload;
  }

  #read(key: Buffer, { rows, transaction }: Snapshot): Buffer | undefined {
    // The declared type leaves the options out, the library takes them (README, useReadTransaction).
    const db = rows.table(this.#name);
    type Read = (key: Buffer, options?: { readonly transaction: Snapshot['transaction'] }) => Buffer | undefined;
    const read: Read = db.getBinaryFast.bind(db);
    return read(key, { transaction });
  }
}

const forwards = ({ start, end }: Range) => (end === undefined ? { start } : { start, end });
/** The library wants the bounds the other way round then, and takes the first of them in and leaves the last out. */
const backwards = ({ start, end }: Range) => ({
  ...(end === undefined ? {} : { start: end, exclusiveStart: true }),
  ...{ end: start, inclusiveEnd: true, reverse: true },
});

/** Nearly always it is one: the declared type says so, values beyond 32 KiB are plain arrays. */
const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Opens or creates the environment in `path`. `readOnly` needs one that exists. */
export function openRows(path: string, readOnly: boolean, names: readonly TableName[] = ONE_DRIVE): OpenedRows {
  const { mapSize, mapSizeOfDrive, ...settings } = ENVIRONMENT;
  const root: Root = open<Buffer, Buffer>(path, {
    ...settings,
    mapSize: names === ONE_DRIVE ? mapSize : mapSizeOfDrive,
    noSubdir: false,
    readOnly,
    encoding: 'binary',
    keyEncoding: 'binary',
    // A commit is on disk before it is seen or acknowledged. The library's default shows it first and flushes later.
    overlappingSync: false,
    // Batches are made in batcher.ts. The library's own leave a promise behind that nobody can handle when a commit fails.
    eventTurnBatching: false,
    // Off, though a little faster: unused parts of pages would carry freed memory, secrets perhaps, to the disk.
    noMemInit: false,
  });
  const tables = new Map(names.map((name) => [name, openTable(root, name, path)]));
  return Object.freeze({
    root,
    table: (name: TableName) => {
      const db = tables.get(name);
      assert(db !== undefined, `table ${name} exists`);
      return db;
    },
  });
}

/** Makes it where it is missing, unless the rows are open for reading only. */
function openTable(root: Root, name: TableName, path: string): Database<Buffer, Buffer> {
  // The declared type leaves out that there may be none.
  const table: Database<Buffer, Buffer> | undefined = root.openDB({
    name,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  if (table !== undefined) return table;
  void root.close();
  throw new Error(
    `there is no table ${name} in ${path}: a release that is new to a store adds it when the server starts`,
  );
}

/** Tables over these rows, until others are used. `names`: those that they have. */
export function tablesOf(rows: OpenedRows, names: readonly TableName[] = ONE_DRIVE): Tables {
  const env = new Environment(rows);
  const entries = Object.fromEntries(names.map((name) => [name, new Table(env, name)]));
  return Object.freeze({ ...(entries as Record<TableName, Table>), env });
}

/** A writer for each process; rows are built one at a time. */
export const newWriter = (): RowWriter => new RowWriter();
