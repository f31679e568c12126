/**
 * Sessions: statements sent to one region's keyspace and the global one (`Sessions` of ../types.ts).
 *
 * Here it is decided what is sent again, and what is known of a write that failed. Every statement is prepared. Rows are
 * plain: `undefined` for what is null or absent, uuids as text, bigint columns as `bigint`, blobs as `Buffer`. Nothing is
 * paged: a statement carries its own LIMIT, and one whose answer does not fit on a page is a mistake of ours. A plain write
 * that names no timestamp gets this process's clock, strictly increasing; each try of it a later one.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import cassandra from 'cassandra-driver';
import type { Random } from '../../../base/random.ts';
import { Unavailable } from '../../port.ts';
import { type Connection, createClient, createClients, type RegionClient, TIMES } from './driver.ts';
import { failureOf } from './failures.ts';
import { nodesOf, replicasOf } from './nodes.ts';
import { type Keyspaces, named } from './tables.ts';
import type {
  CasOutcome,
  Consistency,
  Node,
  RegionName,
  Replicas,
  Row,
  Session,
  Sessions,
  Statement,
  Value,
} from './types.ts';

export interface SessionsOptions extends Connection, Keyspaces {
  /** Data centre of this front end. */
  readonly dataCentre: string;
  /** Its region. Default: the one that has this data centre first. */
  readonly home?: RegionName;
  readonly random: Random;
  /** Asked before each write: why none is made now. */
  readonly refusal?: () => string | undefined;
  /** How a pause between tries is made. Default: a timer. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** Most tries of one operation. Of reads and idempotent writes; transactions have patience instead. */
const ATTEMPTS = 6;
/** The pause before the second try, doubled with each, milliseconds. Half of it is random. */
const PAUSE_MS = 60;
const PAUSE_MAX_MS = 1_000;
/** No statement asks for more rows. */
const ROWS_MAX = 100_000;

const { consistencies } = cassandra.types;
const LEVELS: Readonly<Record<Consistency, number>> = {
  'local-one': consistencies.localOne,
  'local-quorum': consistencies.localQuorum,
  quorum: consistencies.quorum,
  'each-quorum': consistencies.eachQuorum,
  'local-serial': consistencies.localSerial,
  serial: consistencies.serial,
};

/** Connects. Throws `Error` for the operator when the home region's data centre cannot be used. */
export async function openSessions(options: SessionsOptions): Promise<Sessions> {
  const clients = createClients(options);
  try {
    await connectAll(clients, options);
  } catch (error) {
    await closeAll(clients);
    throw error;
  }
  return createSessions(clients, options);
}

/** Connects with the home region and begins with the others. Resolves to the home region's client. */
export async function connectAll(
  clients: ReadonlyMap<RegionName, RegionClient>,
  options: SessionsOptions,
): Promise<RegionClient> {
  const home = clients.get(homeOf(options));
  if (home === undefined) throw new RangeError(`there is no region ${homeOf(options)}`);
  await home.connect();
  for (const [region, client] of clients) {
    if (client === home) continue;
    // A region that is cut off must not keep this one from starting: its statements connect again.
    client.connect().catch((error: unknown) => options.log?.warn('a region cannot be reached', { region }, error));
  }
  return home;
}

async function closeAll(clients: ReadonlyMap<RegionName, RegionClient>): Promise<void> {
  await Promise.all([...clients.values()].map((client) => client.close()));
}

/** The front end's region. */
export function homeOf({
  dataCentre,
  regions,
  home,
}: Pick<SessionsOptions, 'dataCentre' | 'regions' | 'home'>): RegionName {
  if (home !== undefined) return home;
  const [found] = Object.entries(regions).find(([, [first]]) => first === dataCentre) ?? [];
  if (found === undefined) throw new RangeError(`no region has ${dataCentre} as its first data centre`);
  return found;
}

/** Over clients that exist already; `close` ends them. Other regions' clients connect with their first statement. */
export function createSessions(clients: ReadonlyMap<RegionName, RegionClient>, options: SessionsOptions): Sessions {
  const sessions = new Map<RegionName, RegionSession>();
  for (const [region, client] of clients) sessions.set(region, new RegionSession(region, client, options));
  const of = (region: RegionName): Session => {
    const session = sessions.get(region);
    if (session === undefined) throw new RangeError(`there is no region ${region}`);
    return session;
  };
  return Object.freeze({
    regions: Object.freeze([...sessions.keys()]),
    home: of(homeOf(options)),
    of,
    close: async () => {
      await Promise.all([...sessions.values()].map((session) => session.close()));
      await closeAll(clients);
    },
  });
}

type Bound = readonly [Statement, readonly Value[]];

/** What an operation allows. */
interface Manner {
  readonly kind: Statement['kind'];
  readonly idempotent: boolean;
}

class RegionSession implements Session {
  readonly region: RegionName;
  readonly #connection: RegionClient;
  readonly #options: SessionsOptions;
  readonly #patienceMs: number;
  /** Statements with the names of keyspaces in them. */
  readonly #cql = new WeakMap<Statement, string>();
  /** By data centre. */
  readonly #others = new Map<string, RegionClient>();

  constructor(region: RegionName, connection: RegionClient, options: SessionsOptions) {
    this.region = region;
    this.#connection = connection;
    this.#options = options;
    this.#patienceMs = options.times?.patience ?? TIMES.patience;
  }

  async read(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    return await this.#repeated(statement, () => this.#send(statement, values));
  }

  async write(statement: Statement, values: readonly Value[]): Promise<void> {
    this.#mustBeAllowed();
    await this.#repeated(statement, () => this.#send(statement, values));
  }

  async batch(statements: readonly Bound[]): Promise<void> {
    const [first] = statements;
    if (first === undefined) return;
    this.#mustBeAllowed();
    const idempotent = statements.every(([statement]) => statement.idempotent);
    await this.#repeated({ kind: 'write', idempotent }, () => this.#sendAll(statements, first[0]));
  }

  async cas(statement: Statement, values: readonly Value[], mine: (row: Row) => boolean): Promise<CasOutcome> {
    const send = () => this.#send(statement, values);
    const { applied, rows } = await this.#elected(send, ([row = {}]) => mine(row));
    return { applied, row: rows[0] };
  }

  async casBatch(
    statements: readonly Bound[],
    mine: (rows: readonly Row[]) => boolean,
  ): Promise<{ readonly applied: boolean; readonly rows: readonly Row[] }> {
    const [first] = statements;
    if (first === undefined) throw new RangeError('a transaction without statements');
    return await this.#elected(() => this.#sendAll(statements, first[0]), mine);
  }

  nodes(): readonly Node[] {
    return nodesOf(this.#connection.client, this.#connection.centres);
  }

  replicas(table: string, key: readonly Value[]): Replicas {
    const [keyspace = '', name = ''] = named(table, this.#options.prefix, this.region).split('.');
    return replicasOf(this.#connection.client, [keyspace, name], key);
  }

  async readFrom(node: Node, statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    try {
      const client = await this.#clientFor(node.dataCentre);
      const host = client.hosts.get(node.address);
      if (host === undefined)
        throw new Unavailable(`there is no node ${node.address} any more`, { mayHaveApplied: false });
      const options = { ...optionsOf(statement), consistency: consistencies.one, isIdempotent: false, host };
      return rowsOf(await client.execute(this.#cqlOf(statement), [...values], options), statement);
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      throw this.#unavailable(`node ${node.address}: ${this.#failure(error).message}`, false, error);
    }
  }

  /** Ends the clients that `readFrom` made. */
  async close(): Promise<void> {
    await Promise.all([...this.#others.values()].map((client) => client.close()));
  }

  /** The driver speaks with one data centre: for nodes of the region's others it needs a client each. */
  async #clientFor(dataCentre: string): Promise<cassandra.Client> {
    if (dataCentre === this.#connection.dataCentre) return this.#connection.client;
    const made = this.#others.get(dataCentre) ?? createClient(this.#options, [dataCentre]);
    this.#others.set(dataCentre, made);
    await made.connect();
    return made.client;
  }

  #mustBeAllowed(): void {
    const refusal = this.#options.refusal?.();
    if (refusal !== undefined) throw new Unavailable(refusal, { mayHaveApplied: false });
  }

  /** Repeats what may be repeated. Throws `Unavailable`, for a write with whether any try may have been applied. */
  async #repeated<T>({ kind, idempotent }: Manner, send: () => Promise<T>): Promise<T> {
    const tries = this.#tries(ATTEMPTS, this.#patienceMs);
    let unknown = false;
    for (;;) {
      try {
        return await send();
      } catch (error) {
        const failure = this.#failure(error);
        unknown ||= failure.mayHaveApplied && kind !== 'read';
        if ((unknown && !idempotent) || !(await tries.again()))
          throw this.#unavailable(failure.message, unknown, error);
      }
    }
  }

  /**
   * A transaction that is sent again until it is known what became of it. When a try's fate is not known and a later one is
   * told somebody else's row, ours may have been there before that: only `Unavailable` is honest then. `mine` is shown an
   * empty row where there is none: a removal may call that its own.
   */
  async #elected(send: () => Promise<readonly Row[]>, mine: (rows: readonly Row[]) => boolean) {
    this.#mustBeAllowed();
    const tries = this.#tries(Number.POSITIVE_INFINITY, 3 * this.#patienceMs);
    let unknown = false;
    for (;;) {
      try {
        const answer = await send();
        if (answer[0]?.['[applied]'] === true) return { applied: true, rows: [] };
        const rows = answer.map(withoutOutcome).filter((row) => Object.keys(row).length > 0);
        if (!unknown) return { applied: false, rows };
        if (mine(rows)) return { applied: true, rows };
        throw this.#unavailable('the outcome of a transaction is unknown: another followed it', true, undefined);
      } catch (error) {
        if (error instanceof Unavailable) throw error;
        const failure = this.#failure(error);
        unknown ||= failure.mayHaveApplied;
        if (!(await tries.again())) throw this.#unavailable(failure.message, unknown, error);
      }
    }
  }

  /** Counts tries and their time; `again` waits before the next one, or says that there is none. */
  #tries(most: number, patienceMs: number) {
    const { clock, random, wait = sleep } = this.#options;
    const deadline = clock.monotonic() + patienceMs;
    let made = 1;
    return {
      again: async (): Promise<boolean> => {
        const pause = Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** (made - 1)) * (0.5 + random.bytes(1).readUInt8() / 512);
        if (made >= most || clock.monotonic() + pause > deadline) return false;
        made++;
        await wait(pause);
        return true;
      },
    };
  }

  /** Throws what is a mistake of ours as it came. */
  #failure(error: unknown) {
    const failure = failureOf(error);
    if (failure === undefined) throw error instanceof Error ? error : new Error(String(error));
    if (failure.late !== undefined) this.#connection.late(failure.late);
    return failure;
  }

  #unavailable(message: string, mayHaveApplied: boolean, cause: unknown): Unavailable {
    return new Unavailable(`the database of region ${this.region}: ${message}`, { mayHaveApplied, cause });
  }

  async #send(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    const result = await this.#connection.client.execute(this.#cqlOf(statement), [...values], optionsOf(statement));
    return rowsOf(result, statement);
  }

  /** The first statement stands for all: consistency and profile are those of the batch. */
  async #sendAll(statements: readonly Bound[], first: Statement): Promise<readonly Row[]> {
    const queries = statements.map(([statement, values]) => ({ query: this.#cqlOf(statement), params: [...values] }));
    const result = await this.#connection.client.batch(queries, { ...optionsOf(first), logged: false });
    return rowsOf(result, first);
  }

  #cqlOf(statement: Statement): string {
    const known = this.#cql.get(statement);
    if (known !== undefined) return known;
    const cql = named(statement.cql, this.#options.prefix, this.region);
    this.#cql.set(statement, cql);
    return cql;
  }
}

function optionsOf({ kind, consistency, idempotent, profile }: Statement): cassandra.QueryOptions {
  const local = consistency === 'local-quorum' || consistency === 'local-one';
  const serial = consistency.endsWith('serial');
  return {
    prepare: true,
    executionProfile: profile,
    consistency: LEVELS[consistency],
    ...(kind === 'cas' ? { serialConsistency: local ? consistencies.localSerial : consistencies.serial } : {}),
    // To the driver this means: may be sent to a second node while the first is still asked.
    isIdempotent: kind === 'read' && idempotent && !serial,
    fetchSize: ROWS_MAX,
    autoPage: false,
  };
}

function rowsOf(result: cassandra.types.ResultSet, statement: Statement): readonly Row[] {
  if (result.pageState) throw new Error(`a statement without a LIMIT: ${statement.cql}`);
  return (result.rows ?? []).map(plainRow);
}

function plainRow(row: cassandra.types.Row): Row {
  const plain: Record<string, Value> = {};
  for (const [name, value] of Object.entries(row)) {
    const made = plainValue(value);
    if (made !== undefined) plain[name] = made;
  }
  return plain;
}

function plainValue(value: unknown): Value | undefined {
  if (value === null || value === undefined) return undefined;
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof cassandra.types.Uuid) return value.toString();
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      throw new Error(`a column of a type that no table has: ${Object.prototype.toString.call(value)}`);
  }
}

function withoutOutcome(row: Row): Row {
  const { '[applied]': _, ...rest } = row;
  return rest;
}
