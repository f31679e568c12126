/**
 * A real Cassandra ring on loopback, for tests and for `npm run cassandra`: one process per node, one rack each, one data
 * centre per region. Its nodes can be stopped, killed, paused and started again one by one.
 *
 *     await using ring = await startRing({ nodes: 3 });
 *
 * Left out: adding nodes to a running ring, replacing one whose disk is lost, partitions of the network.
 */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import cassandra from 'cassandra-driver';
import { NODE_MIB, type NodePlan, PORT_BLOCKS, type Ports, planNodes, portsOf, type Shape, seedsOf } from './layout.ts';
import { CassandraNode, clientOf } from './node.ts';
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
  /** The end of the node's log. */
  logs(index: number): Promise<string>;
  /** What Cassandra's `nodetool` prints for these words: `nodetool(0, 'flush')`. */
  nodetool(index: number, ...command: readonly string[]): Promise<string>;
  /** Ends all nodes and removes temporary data; does nothing the second time. */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Remembers shape and ports of a ring whose data is kept. */
const RING_FILE = 'ring.json';
/** Has a copy of its one row on every node, so that a read of all copies proves that all nodes see each other. */
const PROBE = 'moraine_ring';
const SEEN_MS = 90_000;

/** Holds the port, or says why it can't be held. */
async function listen(address: string, port: number): Promise<Server | NodeJS.ErrnoException> {
  const server = createServer();
  return await new Promise((done) => {
    server.once('error', done);
    server.listen(port, address, () => done(server));
  });
}

async function isFree(address: string, port: number): Promise<boolean> {
  const held = await listen(address, port);
  if (!(held instanceof Error)) {
    await new Promise((done) => held.close(done));
    return true;
  }
  if (held.code !== 'EADDRNOTAVAIL') return false;
  throw new Error(`${address} is not an address of this machine. On macOS: sudo ifconfig lo0 alias ${address}`);
}

/** The block's mark, held, when all its ports are free; `undefined` when one isn't. */
async function hold(shape: Shape, ports: Ports): Promise<Server | undefined> {
  const mark = await listen('127.0.0.1', ports.mark);
  if (mark instanceof Error) return undefined;
  // Does not keep the process alive.
  mark.unref();
  try {
    for (const node of planNodes(shape, ports, '')) {
      const free = [
        await isFree(node.address, node.port),
        await isFree(node.address, node.storagePort),
        await isFree('127.0.0.1', node.jmxPort),
      ];
      if (free.includes(false)) {
        mark.close();
        return undefined;
      }
    }
  } catch (error) {
    mark.close();
    throw error;
  }
  return mark;
}

interface Place {
  readonly directory: string;
  readonly ports: Ports;
  readonly mark: Server;
  readonly temporary: boolean;
}

/** Finds ports and a directory; those of the kept ring when `data` holds one. */
async function findPlace(shape: Shape, data: string | undefined): Promise<Place> {
  const known = data === undefined ? undefined : await readFile(join(data, RING_FILE), 'utf8').catch(() => undefined);
  if (known !== undefined && data !== undefined) {
    const kept: Shape & { readonly block: number } = JSON.parse(known);
    const { regions, nodesPerRegion, block } = kept;
    if (regions !== shape.regions || nodesPerRegion !== shape.nodesPerRegion)
      throw new Error(`${data} holds a ring of ${regions} regions with ${nodesPerRegion} nodes each: ask for that one`);
    const ports = portsOf(block);
    const mark = await hold(shape, ports);
    if (mark === undefined)
      throw new Error(
        `the ring in ${data} needs the ports from ${ports.cql} on, and one of them is taken: is it running?`,
      );
    return { directory: resolve(data), ports, mark, temporary: false };
  }
  for (let block = 0; block < PORT_BLOCKS; block++) {
    const mark = await hold(shape, portsOf(block));
    if (mark === undefined) continue;
    const directory = data === undefined ? await mkdtemp(join(tmpdir(), 'moraine-ring-')) : resolve(data);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, RING_FILE), `${JSON.stringify({ ...shape, block })}\n`);
    return { directory, ports: portsOf(block), mark, temporary: data === undefined };
  }
  throw new Error(
    `no free block of ports: ${PORT_BLOCKS} rings are running, or something listens on all of 5000 to 5899`,
  );
}

/** Refuses a ring that would make the machine swap. */
function checkMemory(count: number): void {
  const free = Math.floor(process.availableMemory() / 1024 / 1024);
  if (free < count * NODE_MIB)
    throw new Error(
      `${count} nodes need about ${count * NODE_MIB} MiB of memory, and ${free} MiB are free: ask for fewer`,
    );
}

class LocalRing implements Ring {
  readonly nodes: readonly NodePlan[];
  readonly contactPoints: readonly string[];
  readonly directory: string;
  readonly #place: Place;
  readonly #keep: boolean;
  readonly #processes: readonly CassandraNode[];
  #stopped: Promise<void> | undefined;

  constructor(place: Place, nodes: readonly NodePlan[], installation: Installation, options: RingOptions) {
    this.nodes = nodes;
    this.contactPoints = nodes.map((node) => `${node.address}:${node.port}`);
    this.directory = place.directory;
    this.#place = place;
    this.#keep = options.keep === true || !place.temporary;
    const died = options.died ?? ((_, message) => options.log?.(message));
    const shared = {
      seeds: seedsOf(nodes),
      javaOptions: [
        ...(options.brief === true ? ['-XX:TieredStopAtLevel=1'] : []),
        // Nobody is there whose word is worth waiting for.
        ...(nodes.length === 1 ? ['-Dcassandra.ring_delay_ms=500'] : []),
        ...(options.javaOptions ?? []),
      ],
      died: (node: CassandraNode, how: string) => {
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
  async startAll(log: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
    signal?.addEventListener('abort', () => void this.stop(), { once: true });
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
    const client = clientOf(first);
    try {
      await client.connect();
      await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${PROBE} WITH replication = ${replication}`);
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
      const client = clientOf(plan);
      let last: unknown;
      try {
        const deadline = performance.now() + SEEN_MS;
        for (let done = false; !done && performance.now() < deadline; ) {
          done = await client
            .connect()
            .then(() => client.execute(`SELECT k FROM ${PROBE}.probe WHERE k = 1`, [], { consistency }))
            .then(({ rowLength }) => rowLength === 1)
            .catch((error: unknown) => {
              last = error;
              return false;
            });
          if (done) last = undefined;
          else await sleep(200);
        }
      } finally {
        await client.shutdown();
      }
      if (last !== undefined) throw new Error(`${plan.name} does not see the other nodes: ${last}`);
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
  const place = await findPlace(shape, options.data);
  const ring = new LocalRing(place, planNodes(shape, place.ports, place.directory), installation, options);
  try {
    await ring.startAll(options.log ?? (() => {}), options.signal);
    return ring;
  } catch (error) {
    await ring.stop();
    throw error;
  }
}
