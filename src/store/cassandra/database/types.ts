/**
 * What the rooms of the Cassandra engine are offered by database/: statements as data, and sessions that run them.
 */

export type Uuid = string;
/** Name of a region as clients write it (`LocationConstraint`). */
export type RegionName = string;

export type Consistency = 'local-one' | 'local-quorum' | 'quorum' | 'each-quorum' | 'local-serial' | 'serial';

/** One CQL statement with all that is to be known about how it is sent. Each room keeps its own in a `statements.ts`. */
export interface Statement {
  /** `$global` and `$region` before a table's name stand for the keyspaces. Values are `?`, in order. */
  readonly cql: string;
  /** For a conditional statement: of its commit; its round of agreement is `serial` or `local-serial` accordingly. */
  readonly consistency: Consistency;
  /** `cas`: a lightweight transaction. */
  readonly kind: 'read' | 'write' | 'cas';
  /** It may be sent again without harm; what is not is never retried by the driver. */
  readonly idempotent: boolean;
  /** `bulk`: chunks, longer patience; `meta`: everything else. */
  readonly profile: 'meta' | 'bulk';
  /** Why this consistency, and why it is idempotent or not. One sentence. */
  readonly reason: string;
}

/** `bigint` for bigint columns and timestamps, `number` for int and tinyint, text for uuid (as text) and text. */
export type Value = string | number | bigint | boolean | Buffer | null;
export type Row = Readonly<Record<string, Value | undefined>>;

/** One region's keyspace (and the global one), through the front end's connection to that region's data centre. */
export interface Session {
  readonly region: RegionName;
  /** At most one page: statements carry their own LIMIT. Throws `Unavailable`. */
  read(statement: Statement, values: readonly Value[]): Promise<readonly Row[]>;
  /** Throws `Unavailable`: with `mayHaveApplied` unless the database said that it was not. */
  write(statement: Statement, values: readonly Value[]): Promise<void>;
  /** All in one mutation: the statements must name one keyspace and one partition key value. Unlogged. */
  batch(statements: readonly (readonly [Statement, readonly Value[]])[]): Promise<void>;
  /**
   * A lightweight transaction. When its outcome is not told (time-out) it is sent again, and `mine` decides by the row that
   * is shown whether the first was applied: each transaction therefore writes something that names it. Not its own after a
   * try of unknown outcome: that may have been applied and replaced since, so `Unavailable` is thrown. `mine` is shown an
   * empty row where there is none. `row`: what was there when it was not applied. Throws `Unavailable` when it never
   * becomes known.
   */
  cas(statement: Statement, values: readonly Value[], mine: (row: Row) => boolean): Promise<CasOutcome>;
  /** As `cas`, for several rows of one partition of one table. `mine` sees the rows shown. */
  casBatch(
    statements: readonly (readonly [Statement, readonly Value[]])[],
    mine: (rows: readonly Row[]) => boolean,
  ): Promise<{ readonly applied: boolean; readonly rows: readonly Row[] }>;
  /** The nodes of this region's data centres, as the driver knows them now. Asks nobody. */
  nodes(): readonly Node[];
  /** Which of them keep the partition of `table` (`$region.chunk`) with this partition key, from the driver's token map. */
  replicas(table: string, key: readonly Value[]): Replicas;
  /**
   * A read of that node's own copy: sent to it and to no other, with consistency ONE whatever the statement says, never
   * tried elsewhere. Throws `Unavailable` when it does not answer.
   */
  readFrom(node: Node, statement: Statement, values: readonly Value[]): Promise<readonly Row[]>;
}
/** A node of the database. */
export interface Node {
  /** Its host id, which it keeps when its address changes. */
  readonly id: Uuid;
  /** `address:port`. */
  readonly address: string;
  readonly dataCentre: string;
  readonly rack: string;
  readonly up: boolean;
}
export interface Replicas {
  readonly nodes: readonly Node[];
  /** The range of tokens, for the operator: `(start, end]`. */
  readonly range: string;
}
export interface CasOutcome {
  readonly applied: boolean;
  readonly row: Row | undefined;
}

export interface Sessions {
  readonly regions: readonly RegionName[];
  /** The region of this front end: where the global keyspace is read locally. */
  readonly home: Session;
  /** Throws RangeError for an unknown one. */
  of(region: RegionName): Session;
  close(): Promise<void>;
}
