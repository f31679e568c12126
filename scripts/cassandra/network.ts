/**
 * Networks that can be cut: each node has a network namespace of its own (Linux, root), with one cable to the clients (this
 * machine) and one to the other nodes. A cable is pulled by taking its other end out of the bridge: packets vanish without
 * a word, in both directions, as on a real network.
 *
 *     this machine ── switch (bridge "clients") ── node          switch (bridge "peers") ── node
 *
 * Nothing has a name that could outlive the ring: every namespace belongs to a process that sleeps in it and that the
 * kernel ends with this one, however it ends (`setpriv --pdeathsig`); its interfaces and routes go with it.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotPrepare } from '../testing/machine.ts';
import { isolatedAddresses, type NodePlan } from './layout.ts';

const SETPRIV = '/usr/bin/setpriv';
const NSENTER = '/usr/bin/nsenter';
const UNSHARE = '/usr/bin/unshare';
const IP = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].find((path) => existsSync(path)) ?? 'ip';
/** This machine's place in the clients' network. */
const HOST = 254;
const SETTLE_MS = 5_000;

/** Whom a node can't reach, nor be reached by. */
export type Cut = 'peers' | 'clients' | 'all';
type Bridge = 'peers' | 'clients';

/** Why networks can't be cut here; undefined when they can. */
export function whyNoPartitions(): string | undefined {
  const wish = 'cutting a node off needs Linux, root, util-linux and iproute2';
  const missing = [SETPRIV, NSENTER, UNSHARE, IP].find((path) => !existsSync(path));
  if (missing !== undefined) return `${wish}, and there is no ${missing}`;
  if (process.getuid?.() !== 0) return `${wish}, and this is not root`;
  const tried = spawnSync(UNSHARE, ['--net', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `${wish}, and no namespace can be made: ${tried.stderr.trim()}`;
}

function said(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  if (done.status === 0) return;
  throw new Error(`${[command, ...args].join(' ')} failed: ${done.stderr?.trim() || done.error?.message}`);
}

/** A namespace that lives as long as its sleeping process. */
class Namespace {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async open(): Promise<Namespace> {
    const args = ['--pdeathsig', 'KILL', '--', UNSHARE, '--net', 'sleep', 'infinity'];
    const made = new Namespace(spawn(SETPRIV, args, { stdio: 'ignore' }));
    const ours = await readlink('/proc/self/ns/net');
    for (let waited = 0; waited < SETTLE_MS; waited += 5) {
      const theirs = await readlink(`/proc/${made.pid}/ns/net`).catch(() => ours);
      if (theirs !== ours) {
        made.ip('link', 'set', 'lo', 'up');
        return made;
      }
      await sleep(5);
    }
    made.close();
    throw new Error('no network namespace was made');
  }

  get pid(): string {
    return String(this.#process.pid);
  }

  get enter(): readonly string[] {
    return [NSENTER, `--net=/proc/${this.pid}/ns/net`, '--'];
  }

  ip(...args: readonly string[]): void {
    said(NSENTER, [`--net=/proc/${this.pid}/ns/net`, '--', IP, ...args]);
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }
}

/** The switch's end of a node's cable. */
function portOf(bridge: Bridge, index: number): string {
  return `${bridge}-${index}`;
}

/** The machine's own end of its cable to the clients' network. */
function interfaceOf(block: number): string {
  return `moraine${block}`;
}

function bridgesOf(cut: Cut): readonly Bridge[] {
  return cut === 'all' ? ['peers', 'clients'] : [cut];
}

/** The switch and all cables of one ring. */
export class Network {
  readonly #switch: Namespace;
  readonly #nodes: Namespace[] = [];

  readonly #block: number;
  /** The machine's own end is ours to take away: the name may be another ring's. */
  #isConnected = false;

  private constructor(hub: Namespace, block: number) {
    this.#switch = hub;
    this.#block = block;
  }

  /** Throws `CannotPrepare` with the reason where networks can't be cut. */
  static async open(block: number, nodes: readonly NodePlan[]): Promise<Network> {
    const reason = whyNoPartitions();
    if (reason !== undefined) throw new CannotPrepare(reason);
    const network = new Network(await Namespace.open(), block);
    try {
      network.#connectMachine();
      for (const node of nodes) await network.#connectNode(node);
      return network;
    } catch (error) {
      network.close();
      throw error;
    }
  }

  #connectMachine(): void {
    const [hub, block] = [this.#switch, this.#block];
    for (const bridge of bridgesOf('all')) {
      hub.ip('link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0');
      hub.ip('link', 'set', bridge, 'up');
    }
    const ours = interfaceOf(block);
    said(IP, ['link', 'add', ours, 'type', 'veth', 'peer', 'name', 'machine', 'netns', hub.pid]);
    this.#isConnected = true;
    hub.ip('link', 'set', 'machine', 'master', 'clients', 'up');
    said(IP, ['address', 'add', `${isolatedAddresses(block, HOST).address}/24`, 'dev', ours]);
    said(IP, ['link', 'set', ours, 'up']);
  }

  async #connectNode(node: NodePlan): Promise<void> {
    const namespace = await Namespace.open();
    this.#nodes.push(namespace);
    const addresses: Readonly<Record<Bridge, string>> = { peers: node.peerAddress, clients: node.address };
    for (const bridge of bridgesOf('all')) {
      const port = portOf(bridge, node.index);
      this.#switch.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', bridge, 'netns', namespace.pid);
      namespace.ip('address', 'add', `${addresses[bridge]}/24`, 'dev', bridge);
      namespace.ip('link', 'set', bridge, 'up');
      this.#switch.ip('link', 'set', port, 'master', bridge, 'up');
    }
  }

  /** What is put before a command so that it runs in the node's namespace. */
  enter(index: number): readonly string[] {
    return this.#nodes[index]?.enter ?? [];
  }

  cut(index: number, from: Cut): void {
    for (const bridge of bridgesOf(from)) this.#switch.ip('link', 'set', portOf(bridge, index), 'nomaster');
  }

  heal(index: number): void {
    for (const bridge of bridgesOf('all'))
      this.#switch.ip('link', 'set', portOf(bridge, index), 'master', bridge, 'up');
  }

  /** Takes everything away, and with it the machine's own end. */
  close(): void {
    // It would go with the switch, but only when the kernel gets to it: another network may want its name before that.
    if (this.#isConnected) spawnSync(IP, ['link', 'delete', interfaceOf(this.#block)]);
    this.#isConnected = false;
    for (const namespace of this.#nodes) namespace.close();
    this.#switch.close();
  }
}
