/**
 * One Cassandra node as a process: its files, start, stop, kill, pause, its log, and whether it answers CQL.
 *
 * Where util-linux' `setpriv` exists the node is ended with the process that started it, even when that is killed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import cassandra from 'cassandra-driver';
import {
  cassandraYaml,
  logbackXml,
  type NodePlan,
  type NodeSettings,
  nodeArguments,
  nodetoolArguments,
  rackProperties,
  TOOLS_LOGBACK,
} from './layout.ts';
import type { Installation } from './prepare.ts';

const SETPRIV = '/usr/bin/setpriv';
/** How long a node may take until it answers CQL; it shares its processors with others. */
const START_MS = 180_000;
/** How long a node may take to flush and leave before it is killed. */
const STOP_MS = 30_000;
const POLL_MS = 250;
/** Looks, a millisecond apart, until a paused node is taken for stopped. */
const STOPPED_LOOKS = 5_000;
/** Characters of the end of a log that are shown. */
const TAIL = 6_000;

function quoted(node: NodePlan): string {
  return `${node.name} (${node.address}:${node.port})`;
}

/**
 * The system stops a process thread by thread, each when it is given a processor: on a busy machine others answer meanwhile. Not a
 * promise, so that a test may rely on the very next line. Where there is no /proc, the signal has to do.
 */
function awaitStopped(pid: number): void {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return;
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const isStopped = (task: string): boolean => {
    try {
      return /^State:\s+[TtXZ]/m.test(readFileSync(join(tasks, task, 'status'), 'utf8'));
    } catch {
      // It has ended.
      return true;
    }
  };
  for (let look = 0; look < STOPPED_LOOKS && !readdirSync(tasks).every(isStopped); look++) Atomics.wait(turn, 0, 0, 1);
}

/** Lets the driver speak with this node alone; with `secured` nodes as their first role, which Cassandra makes itself. */
export function clientOf(node: NodePlan, secured = false): cassandra.Client {
  const { loadBalancing } = cassandra.policies;
  const only = new loadBalancing.AllowListPolicy(new loadBalancing.RoundRobinPolicy(), [
    `${node.address}:${node.port}`,
  ]);
  return new cassandra.Client({
    contactPoints: [`${node.address}:${node.port}`],
    localDataCenter: node.dataCentre,
    policies: { loadBalancing: only },
    // Where the driver takes the port of nodes that it learns of from others.
    protocolOptions: { port: node.port },
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 } },
    socketOptions: { connectTimeout: 5_000, readTimeout: 10_000 },
    encoding: { useBigIntAsLong: true, set: Set, map: Map },
    ...(secured
      ? { credentials: { username: 'cassandra', password: 'cassandra' }, sslOptions: { rejectUnauthorized: false } }
      : {}),
  });
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.length > TAIL ? `…${text.slice(-TAIL)}` : text;
}

/** What all nodes of a ring share. */
export interface RingOfNode extends NodeSettings {
  readonly javaOptions: readonly string[];
  /** Put before a node's commands, so that they run where its network is. */
  enter(index: number): readonly string[];
  /** Told when the process ends without having been asked to. */
  died(node: CassandraNode, how: string): void;
}

export class CassandraNode {
  readonly plan: NodePlan;
  readonly #installation: Installation;
  readonly #ring: RingOfNode;
  #process: ChildProcess | undefined;
  #exit: Promise<string> = Promise.resolve('was not started');
  #wanted = false;
  #paused = false;

  constructor(plan: NodePlan, installation: Installation, ring: RingOfNode) {
    this.plan = plan;
    this.#installation = installation;
    this.#ring = ring;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  async #writeFiles(): Promise<void> {
    const { directory } = this.plan;
    await Promise.all(
      ['conf', 'logs', 'temporary'].map((name) => mkdir(join(directory, name), { recursive: true, mode: 0o700 })),
    );
    const files: Readonly<Record<string, string>> = {
      'cassandra.yaml': cassandraYaml(this.plan, this.#ring),
      'cassandra-rackdc.properties': rackProperties(this.plan),
      'logback.xml': logbackXml(this.plan),
      'logback-tools.xml': TOOLS_LOGBACK,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, 'conf', name), text);
  }

  /** Starts the process and returns at once; `answers` waits until it can be used. `further`: options for Java, this once. */
  async start(further: readonly string[] = []): Promise<void> {
    if (this.#process !== undefined) throw new Error(`${quoted(this.plan)} is running already`);
    await this.#writeFiles();
    const output = await open(join(this.plan.directory, 'logs/output.log'), 'w', 0o600);
    const { java: runtime, jars } = this.#installation;
    const options = [...this.#ring.javaOptions, ...further];
    const java = [...this.#ring.enter(this.plan.index), runtime, ...nodeArguments(this.plan, jars, options)];
    const command = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...java] : java;
    const [program = '', ...args] = command;
    const child = spawn(program, args, { cwd: this.plan.directory, stdio: ['ignore', output.fd, output.fd] });
    this.#process = child;
    this.#wanted = true;
    this.#paused = false;
    this.#exit = new Promise((resolve) => {
      const ended = (how: string) => {
        this.#process = undefined;
        resolve(how);
        if (this.#wanted) this.#ring.died(this, how);
        this.#wanted = false;
      };
      child.once('error', (error) => ended(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        ended(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      );
    });
    await output.close();
  }

  /** Waits until the node answers CQL with the state NORMAL; throws with the end of its log when it ends or takes too long. */
  async answers(): Promise<void> {
    const end = this.#exit.then((how) => ({ how }));
    for (let waited = 0; waited < START_MS; waited += POLL_MS) {
      const ended = await Promise.race([end, sleep(POLL_MS)]);
      if (ended !== undefined) throw new Error(`${quoted(this.plan)} ${ended.how}:\n${await this.logs()}`);
      // The line comes before the port is open, so that no connection is tried in vain.
      const log = await readFile(join(this.plan.directory, 'logs/system.log'), 'utf8').catch(() => '');
      if (this.#sinceStart(log).includes('Starting listening for CQL clients') && (await this.#isNormal())) return;
    }
    throw new Error(`${quoted(this.plan)} did not come up in ${START_MS / 1000} s:\n${await this.logs()}`);
  }

  /** The log of this process, without those before it. */
  #sinceStart(log: string): string {
    return log.slice(Math.max(0, log.lastIndexOf('Hostname: ')));
  }

  async #isNormal(): Promise<boolean> {
    const client = clientOf(this.plan, this.#ring.security !== undefined);
    try {
      await client.connect();
      const { rows } = await client.execute("SELECT bootstrapped FROM system.local WHERE key = 'local'");
      return rows[0]?.bootstrapped === 'COMPLETED';
    } catch {
      return false;
    } finally {
      await client.shutdown();
    }
  }

  /** Ends the process in order: it stops accepting, flushes and leaves. Killed when it takes longer than half a minute. */
  async stop(): Promise<void> {
    this.#wanted = false;
    if (this.#paused) this.resume();
    this.#process?.kill('SIGTERM');
    const late = new AbortController();
    const timer = sleep(STOP_MS, 'late', { signal: late.signal }).catch(() => 'ended');
    if ((await Promise.race([this.#exit, timer])) === 'late') this.#process?.kill('SIGKILL');
    late.abort();
    await this.#exit;
  }

  /** `kill -9`: nothing is flushed that wasn't. */
  async kill(): Promise<void> {
    this.#wanted = false;
    this.#process?.kill('SIGKILL');
    await this.#exit;
  }

  /** The process stops where it is, its connections stay open. */
  pause(): void {
    if (this.#process?.kill('SIGSTOP') !== true) throw new Error(`${quoted(this.plan)} is not running`);
    this.#paused = true;
    if (this.#process.pid !== undefined) awaitStopped(this.#process.pid);
  }

  resume(): void {
    if (this.#process?.kill('SIGCONT') !== true) throw new Error(`${quoted(this.plan)} is not running`);
    this.#paused = false;
  }

  /** The ends of what it printed and of its log. */
  async logs(): Promise<string> {
    const folder = join(this.plan.directory, 'logs');
    const [output, system] = await Promise.all([tail(join(folder, 'output.log')), tail(join(folder, 'system.log'))]);
    return `${output}${system}`;
  }

  /** Runs `nodetool` against the node; returns what it printed, throws with it when it fails. */
  async nodetool(...command: readonly string[]): Promise<string> {
    const args = nodetoolArguments(this.plan, this.#installation.jars, command);
    const [program = '', ...rest] = [...this.#ring.enter(this.plan.index), this.#installation.java, ...args];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => said.push(data));
    child.stderr.on('data', (data: Buffer) => said.push(data));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const text = Buffer.concat(said).toString();
    if (code !== 0) throw new Error(`nodetool ${command.join(' ')} on ${quoted(this.plan)} failed:\n${text}`);
    return text;
  }
}
