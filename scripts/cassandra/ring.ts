/**
 * A real Cassandra ring on loopback, for tests and for `npm run cassandra`: one process per node, one rack each, one data
 * centre per region. Its nodes can be stopped, killed, paused, cut off, damaged and started again one by one.
 *
 *     await using ring = await startRing({ nodes: 3 });
 *
 * Left out: adding nodes to a running ring.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import cassandra from 'cassandra-driver';
import { type Damage, damageTable } from './damage.ts';
import { NODE_MIB, type NodePlan, planNodes, type Security, seedsOf } from './layout.ts';
import { type Cut, Network } from './network.ts';
import { CassandraNode, clientOf, type RingOfNode } from './node.ts';
import { findPlace, type Place } from './place.ts';
import { type Installation, prepareCassandra } from './prepare.ts';

export interface RingOptions {
  /** Per region. Default: 1. */
  readonly nodes?: number;
  /** Data centres. Default: 1. */
  readonly regions?: number;
  /** Keeps or finds the nodes' data here, with the ports of the first time. Default: a temporary directory. */
  readonly data?: string;
  /** Leaves a temporary directory behind. One that was passed as `data` always stays. */
  readonly keep?: boolean;
  /** For a ring that lives a minute: Java starts in two thirds of the time and computes slower. Not for measurements. */
  readonly brief?: boolean;
  /** Default: true. False: nodes acknowledge before they flush, for rings of which no node is killed. */
  readonly durable?: boolean;
  /**
   * Networks that can be cut, see `network.ts`. Linux and root only; throws `CannotPrepare` elsewhere. The nodes' addresses
   * are then not those of loopback, and can be reached from this machine alone.
   */
  readonly partitions?: boolean;
  /** TLS and passwords, of one node: of several the others would not see the first role in time. Default: neither. */
  readonly security?: Security;
  /** Further options for Java, for all nodes: `-Dcassandra.…`. */
  readonly javaOptions?: readonly string[];
  /** Ends a start that is under way. A ring that is up is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** What is being done, a line at a time. Default: nothing is said. */
  readonly log?: (line: string) => void;
  /** Told when a node ends by itself, with the end of its log. Default: `log`. */
  readonly died?: (node: NodePlan, message: string) => void;
}

/** Nodes are named by their place in `nodes`, from 0. All waits throw with the end of the node's log when it fails. */
export interface Ring extends AsyncDisposable {
  readonly nodes: readonly NodePlan[];
  /** `address:port` of each node. */
  readonly contactPoints: readonly string[];
  readonly directory: string;
  pid(index: number): number | undefined;
  /** Starts a node that was stopped or killed, with the data it had, and waits until the others see it. */
  startNode(index: number): Promise<void>;
  /** Ends a node in order. */
  stopNode(index: number): Promise<void>;
  /** `kill -9`. */
  killNode(index: number): Promise<void>;
  /** SIGSTOP: the node keeps its connections and answers nothing. */
  pauseNode(index: number): void;
  resumeNode(index: number): void;
  /** Packets between the node and these vanish until it is healed. For rings with `partitions`. */
  cut(index: number, options: { readonly from: Cut }): void;
  /** Connects a node that was cut off, and waits until all running nodes see each other. */
  heal(index: number): Promise<void>;
  /** Everything as it was: nodes that were stopped, killed, paused or cut off are up again and see each other. */
  restore(): Promise<void>;
  /** Stops a node, damages its copy of a table (`keyspace.table`), and starts it again. */
  damage(index: number, table: string, damage: Damage): Promise<void>;
  /** Kills a node, takes all its data, and has the others fill it again. Of three nodes two must be up. */
  replaceDisk(index: number): Promise<void>;
  /** The end of the node's log. */
  logs(index: number): Promise<string>;
  /** What Cassandra's `nodetool` prints for these words: `nodetool(0, 'flush')`. */
  nodetool(index: number, ...command: readonly string[]): Promise<string>;
  /** Ends all nodes and removes temporary data; does nothing the second time. */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Has a copy of its one row on every node, so that a read of all copies proves that all nodes see each other. */
const PROBE = 'moraine_ring';
const SEEN_MS = 90_000;

/** Refuses a ring that would make the machine swap. */
function checkMemory(count: number): void {
  const free = Math.floor(process.availableMemory() / 1024 / 1024);
  if (free < count * NODE_MIB)
    throw new Error(
      `${count} nodes need about ${count * NODE_MIB} MiB of memory, and ${free} MiB are free: ask for fewer`,
    );
}

/** Does `act` again until it succeeds; after `SEEN_MS` its last error is thrown. */
async function eventually(act: () => Promise<unknown>): Promise<void> {
  for (const deadline = performance.now() + SEEN_MS; ; await sleep(200)) {
    try {
      await act();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

class LocalRing implements Ring {
  readonly nodes: readonly NodePlan[];
  readonly contactPoints: readonly string[];
  readonly directory: string;
  readonly #place: Place;
  readonly #keep: boolean;
  readonly #secured: boolean;
  readonly #processes: readonly CassandraNode[];
  #network: Network | undefined;
  #stopped: Promise<void> | undefined;

  constructor(place: Place, nodes: readonly NodePlan[], installation: Installation, options: RingOptions) {
    this.nodes = nodes;
    this.contactPoints = nodes.map((node) => `${node.address}:${node.port}`);
    this.directory = place.directory;
    this.#place = place;
    this.#secured = options.security !== undefined;
    this.#keep = options.keep === true || !place.temporary;
    const died = options.died ?? ((_, message) => options.log?.(message));
    const shared: RingOfNode = {
      seeds: seedsOf(nodes),
      durable: options.durable !== false,
      security: options.security,
      enter: (index) => this.#network?.enter(index) ?? [],
      javaOptions: [
        ...(options.brief === true ? ['-XX:TieredStopAtLevel=1'] : []),
        // Nobody is there whose word is worth waiting for.
        ...(nodes.length === 1 ? ['-Dcassandra.ring_delay_ms=500'] : []),
        ...(options.javaOptions ?? []),
      ],
      died: (node, how) => {
        node.logs().then((end) => died(node.plan, `${node.plan.name} ${how}. The end of its log:\n${end}`));
      },
    };
    this.#processes = nodes.map((node) => new CassandraNode(node, installation, shared));
  }

  #node(index: number): CassandraNode {
    const node = this.#processes[index];
    if (node === undefined) throw new RangeError(`the ring has no node ${index}, only 0 to ${this.nodes.length - 1}`);
    return node;
  }

  pid(index: number): number | undefined {
    return this.#node(index).pid;
  }

  /** One node after the other: each joins a ring that is whole. */
  async startAll(options: RingOptions): Promise<void> {
    const { signal, log = () => {} } = options;
    signal?.addEventListener('abort', () => void this.stop(), { once: true });
    if (options.partitions === true) this.#network = await Network.open(this.#place.ports.block, this.nodes);
    for (const node of this.#processes) {
      signal?.throwIfAborted();
      const started = performance.now();
      await node.start();
      await node.answers();
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log(`${node.plan.name} answers on ${node.plan.address}:${node.plan.port} (pid ${node.pid}, ${seconds} s)`);
    }
    signal?.throwIfAborted();
    await this.#makeProbe();
    await this.#seen();
    signal?.throwIfAborted();
  }

  async startNode(index: number): Promise<void> {
    const node = this.#node(index);
    await node.start();
    await node.answers();
    await this.#seen();
  }

  async #makeProbe(): Promise<void> {
    const [first] = this.nodes;
    if (first === undefined) return;
    const count = (name: string) => this.nodes.filter((node) => node.dataCentre === name).length;
    const centres = [...new Set(this.nodes.map((node) => node.dataCentre))].map((name) => `'${name}': ${count(name)}`);
    const replication = `{'class': 'NetworkTopologyStrategy', ${centres.join(', ')}}`;
    const client = clientOf(first, this.#secured);
    try {
      await client.connect();
      // The first node may not have heard of a data centre that joined a moment ago, and then calls its name unknown.
      await eventually(() =>
        client.execute(`CREATE KEYSPACE IF NOT EXISTS ${PROBE} WITH replication = ${replication}`),
      );
      await client.execute(`CREATE TABLE IF NOT EXISTS ${PROBE}.probe (k int PRIMARY KEY)`);
      await client.execute(`INSERT INTO ${PROBE}.probe (k) VALUES (1)`);
    } finally {
      await client.shutdown();
    }
  }

  /**
   * Waits until each running node sees all running ones: each coordinates a read of every copy of the probe. While others
   * are down on purpose that read cannot be made; then each must reach two copies, which is less of a proof.
   */
  async #seen(): Promise<void> {
    const running = this.#processes.filter((node) => node.running && !node.paused);
    const { all, one, two } = cassandra.types.consistencies;
    const some = running.length > 1 ? two : one;
    const consistency = running.length === this.#processes.length ? all : some;
    for (const { plan } of running) {
      const client = clientOf(plan, this.#secured);
      try {
        await eventually(async () => {
          await client.connect();
          const { rowLength } = await client.execute(`SELECT k FROM ${PROBE}.probe WHERE k = 1`, [], { consistency });
          if (rowLength !== 1) throw new Error('the probe has no row');
        });
      } catch (cause) {
        throw new Error(`${plan.name} does not see the other nodes: ${cause}`, { cause });
      } finally {
        await client.shutdown();
      }
    }
  }

  async stopNode(index: number): Promise<void> {
    await this.#node(index).stop();
  }

  async killNode(index: number): Promise<void> {
    await this.#node(index).kill();
  }

  pauseNode(index: number): void {
    this.#node(index).pause();
  }

  resumeNode(index: number): void {
    this.#node(index).resume();
  }

  cut(index: number, { from }: { readonly from: Cut }): void {
    if (this.#network === undefined) throw new Error('only a ring that was started with `partitions` can be cut');
    this.#network.cut(this.#node(index).plan.index, from);
  }

  async heal(index: number): Promise<void> {
    this.#network?.heal(this.#node(index).plan.index);
    await this.#seen();
  }

  async restore(): Promise<void> {
    for (const node of this.#processes) {
      this.#network?.heal(node.plan.index);
      if (node.paused) node.resume();
      if (node.running) continue;
      await node.start();
      await node.answers();
    }
    await this.#seen();
  }

  async damage(index: number, table: string, damage: Damage): Promise<void> {
    const node = this.#node(index);
    await node.nodetool('flush', ...table.split('.'));
    await node.stop();
    await damageTable(join(node.plan.directory, 'data'), table, damage);
    await this.startNode(index);
  }

  async replaceDisk(index: number): Promise<void> {
    const node = this.#node(index);
    await node.kill();
    await rm(node.plan.directory, { recursive: true, force: true });
    // The others must have noticed, or the node is told that it is running.
    await this.#gone(node.plan);
    await node.start([
      `-Dcassandra.replace_address_first_boot=${node.plan.peerAddress}`,
      // The others come back to an address that was dead after some seconds only.
      '-Dcassandra.ring_delay_ms=20000',
    ]);
    await node.answers();
    await this.#seen();
  }

  /** Waits until the other running nodes take the node for dead. */
  async #gone(plan: NodePlan): Promise<void> {
    for (const { plan: other } of this.#processes.filter((node) => node.running && !node.paused)) {
      const deadline = performance.now() + SEEN_MS;
      const down = new RegExp(`^DN +${plan.peerAddress.replaceAll('.', '\\.')}[ :]`, 'm');
      while (!down.test(await this.nodetool(other.index, 'status'))) {
        if (performance.now() > deadline) throw new Error(`${other.name} does not notice that ${plan.name} is gone`);
        await sleep(1_000);
      }
    }
  }

  async logs(index: number): Promise<string> {
    return await this.#node(index).logs();
  }

  async nodetool(index: number, ...command: readonly string[]): Promise<string> {
    return await this.#node(index).nodetool(...command);
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#processes.map((node) => node.stop()));
    this.#network?.close();
    this.#place.mark.close();
    if (!this.#keep) await rm(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Starts a ring and waits until every node sees every other. When that fails nothing is left running. */
export async function startRing(options: RingOptions = {}): Promise<Ring> {
  const shape = { regions: options.regions ?? 1, nodesPerRegion: options.nodes ?? 1 };
  checkMemory(shape.regions * shape.nodesPerRegion);
  const installation = prepareCassandra(ROOT, options.log ?? (() => {}));
  const isolated = options.partitions === true;
  if (isolated && options.data !== undefined) throw new Error('the data of a ring with `partitions` is not kept');
  const place = await findPlace(shape, options.data, isolated);
  const nodes = planNodes(shape, place.ports, place.directory, isolated);
  const ring = new LocalRing(place, nodes, installation, options);
  try {
    await ring.startAll(options);
    return ring;
  } catch (error) {
    await ring.stop();
    throw error;
  }
}
