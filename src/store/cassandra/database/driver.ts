/**
 * The driver's clients: one per region, each speaking with that region's first data centre only.
 *
 * The driver repeats nothing by itself: what is safe to repeat, and whether an earlier try may have been applied, is known
 * in `sessions.ts`. It does send idempotent *reads* a second time to another node when the first is slow.
 *
 * A region that has several data centres is always used through the first: `LOCAL_QUORUM` overlaps only with itself.
 */

import cassandra from 'cassandra-driver';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Secret } from '../../../base/secret.ts';
import { failureOf } from './failures.ts';
import type { RegionName } from './types.ts';

export interface Connection {
  /** `host:port`; a port omitted is 9042. */
  readonly contactPoints: readonly string[];
  readonly credentials?: { readonly user: string; readonly password: Secret };
  /** PEM texts. `ca` undefined: the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly key?: string };
  /** How long one request may take, milliseconds. Default: `TIMES`. */
  readonly times?: Partial<Times>;
  readonly clock: Clock;
  readonly log?: Log;
}

type Times = Readonly<Record<'connect' | 'meta' | 'bulk' | 'hedge' | 'avoid' | 'patience', number>>;
/** Milliseconds. Above the server's own time-outs (2 s for writes, 5 s for reads), so that mostly the server says what became of it. */
export const TIMES: Times = Object.freeze({
  connect: 5_000,
  meta: 6_000,
  bulk: 12_000,
  /** A read that is not answered by then is sent to another node as well. */
  hedge: 300,
  /** A node that did not answer in time is asked last for so long. */
  avoid: 10_000,
  /** All tries of one operation together; for transactions, whose outcome must become known, three times as long. */
  patience: 12_000,
});

const PORT = 9042;
const { policies } = cassandra;
const { LoadBalancingPolicy } = policies.loadBalancing;

export interface RegionClient {
  readonly client: cassandra.Client;
  readonly dataCentre: string;
  /** All data centres of the region. */
  readonly centres: readonly string[];
  /** This node did not answer in time. */
  late(address: string): void;
  /** Throws `Error` for the operator: unreachable, refused, or no such data centre. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

/** Connects nothing yet: the first statement does, or `connect`. */
export function createClient(options: Connection, centres: readonly string[]): RegionClient {
  const [dataCentre] = centres;
  if (dataCentre === undefined) throw new RangeError('a region without a data centre');
  const times = { ...TIMES, ...options.times };
  const order = new LateLastPolicy(dataCentre, options.clock, times.avoid);
  const { credentials, tls, log } = options;
  const client = new cassandra.Client({
    contactPoints: options.contactPoints.map((point) => (/:[0-9]+$/.test(point) ? point : `${point}:${PORT}`)),
    // Where the driver takes the port of nodes that it learns of from others.
    protocolOptions: { port: portOf(options.contactPoints) },
    policies: {
      loadBalancing: order,
      retry: new policies.retry.FallthroughRetryPolicy(),
      speculativeExecution: new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(times.hedge, 1),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(500, 10_000, true),
    },
    pooling: { coreConnectionsPerHost: { 0: 2, 1: 1, 2: 0 }, heartBeatInterval: 5_000 },
    socketOptions: { connectTimeout: times.connect, readTimeout: times.meta },
    profiles: (['meta', 'bulk'] as const).map(
      (name) => new cassandra.ExecutionProfile(name, { readTimeout: times[name] }),
    ),
    // Not `map`: the driver reads keyspaces' replication by itself, as objects, and takes a `Map` for one copy.
    encoding: { useBigIntAsLong: true, set: Set },
    monitorReporting: { enabled: false },
    ...(credentials === undefined
      ? {}
      : { credentials: { username: credentials.user, password: credentials.password.reveal() } }),
    ...(tls === undefined ? {} : { sslOptions: tlsOptions(tls) }),
  });
  keepHosts(client);
  client.on('log', (level, name, message) => {
    // An answer that came after its time-out, which was reported.
    const isHarmless = level === 'warning' || /wrong streamId/.test(String(message));
    if (level === 'error' && !isHarmless)
      log?.warn('the database driver', { name: String(name), detail: String(message) });
    else if (isHarmless) log?.debug('the database driver', { name: String(name), detail: String(message) });
  });
  let connecting: Promise<void> = Promise.resolve();
  return Object.freeze({
    ...{ client, dataCentre, centres },
    late: (address: string) => order.late(address),
    connect: async () => {
      connecting = client.connect();
      await connecting.catch((error: unknown) => {
        throw unreachable(error, options.contactPoints);
      });
      const found = new Set(client.hosts.values().map((host) => host.datacenter));
      if (!found.has(dataCentre))
        throw new Error(
          `the cluster has no data centre ${dataCentre}: its nodes are in ${[...found].join(', ')}; see cassandra.data-centre and [cassandra.regions]`,
        );
    },
    // A client that is closed while it connects leaves its connections open.
    close: async () => {
      await connecting.catch(() => {});
      await client.shutdown();
    },
  });
}

/**
 * When no node answers for a while, version 4.10 of the driver looks the contact points up again and makes its hosts anew beside those
 * it has, which go on connecting: each such outage doubles the connections, and `shutdown` closes only the last. Hosts reconnect by
 * themselves, so the control connection waits for one of them instead. It has no public way to say so.
 */
function keepHosts(client: cassandra.Client): void {
  const control = Object(Reflect.get(client, 'controlConnection'));
  const { _borrowAConnection: borrow, _refreshControlConnection: refresh } = control;
  if (typeof borrow !== 'function' || typeof refresh !== 'function')
    throw new TypeError('another cassandra-driver than Moraine was made for: its control connection has other names');
  control._refreshControlConnection = async (hosts: Iterator<cassandra.Host>): Promise<void> => {
    control.connection = Reflect.apply(borrow, control, [hosts]);
  };
}

function tlsOptions({ ca, certificate, key }: NonNullable<Connection['tls']>) {
  return {
    // The driver's own default is to believe any certificate.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

function portOf([first = '']: readonly string[]): number {
  const port = /:([0-9]+)$/.exec(first)?.[1];
  return port === undefined ? PORT : Number(port);
}

function unreachable(error: unknown, contactPoints: readonly string[]): Error {
  const reason = failureOf(error)?.message ?? (error instanceof Error ? error.message : String(error));
  const words = /Authentication|credentials|password/i.test(reason)
    ? `the cluster refused cassandra.user or its password (${reason})`
    : `the cluster cannot be reached at ${contactPoints.join(', ')} (${reason}): see cassandra.contact-points and cassandra.tls`;
  return new Error(words, { cause: error });
}

export function createClients(
  options: Connection & { readonly regions: Readonly<Record<RegionName, readonly string[]>> },
): ReadonlyMap<RegionName, RegionClient> {
  return new Map(Object.entries(options.regions).map(([region, centres]) => [region, createClient(options, centres)]));
}

/**
 * Replicas of the row first, then the others of the data centre; those that lately did not answer in time, last. A node
 * that hangs keeps its connections, so that the driver itself would go on asking it.
 */
class LateLastPolicy extends LoadBalancingPolicy {
  readonly #inner: cassandra.policies.loadBalancing.LoadBalancingPolicy;
  readonly #clock: Clock;
  readonly #avoidMs: number;
  readonly #late = new Map<string, number>();

  constructor(dataCentre: string, clock: Clock, avoidMs: number) {
    super();
    const { TokenAwarePolicy, DCAwareRoundRobinPolicy } = policies.loadBalancing;
    this.#inner = new TokenAwarePolicy(new DCAwareRoundRobinPolicy(dataCentre));
    this.#clock = clock;
    this.#avoidMs = avoidMs;
  }

  late(address: string): void {
    this.#late.set(address, this.#clock.monotonic() + this.#avoidMs);
  }

  /** That the data centre has no nodes is said by `connect`: where a policy says it, the driver leaves connections open. */
  override init(client: cassandra.Client, hosts: cassandra.HostMap, callback: (error: Error) => void): void {
    // Without an error, which the driver's types do not know.
    this.#inner.init(client, hosts, () => Reflect.apply(callback, undefined, []));
  }

  override getDistance(host: cassandra.Host): cassandra.types.distance {
    return this.#inner.getDistance(host);
  }

  override newQueryPlan(keyspace: string, options: cassandra.ExecutionOptions, callback: Plan): void {
    this.#inner.newQueryPlan(keyspace, options, (error, hosts) => {
      callback(error, error || this.#late.size === 0 ? hosts : this.#lateLast(hosts));
    });
  }

  override getOptions(): Map<string, object> {
    return this.#inner.getOptions();
  }

  *#lateLast(hosts: Iterator<cassandra.Host>): Generator<cassandra.Host, undefined> {
    const late: cassandra.Host[] = [];
    for (let next = hosts.next(); next.done !== true; next = hosts.next()) {
      if (this.#isLate(next.value.address)) late.push(next.value);
      else yield next.value;
    }
    yield* late;
    return undefined;
  }

  #isLate(address: string): boolean {
    const until = this.#late.get(address);
    if (until !== undefined && until <= this.#clock.monotonic()) this.#late.delete(address);
    return this.#late.has(address);
  }
}

type Plan = (error: Error, hosts: Iterator<cassandra.Host>) => void;
