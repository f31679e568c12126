/** Networks that tests cut: who reaches whom, and that nothing of them stays on the machine. No Cassandra runs here. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type NodePlan, planNodes, portsOf } from '../../scripts/cassandra/layout.ts';
import { Network, whyNoPartitions } from '../../scripts/cassandra/network.ts';

/** Blocks that no ring takes: rings take the first free ones. */
const BLOCK = 200;
const OTHER_BLOCK = 201;
const PORT = 7000;
const PATIENCE_MS = 400;
const reason = whyNoPartitions();
const skip = reason ?? false;

const nodes = planNodes({ regions: 1, nodesPerRegion: 3 }, portsOf(BLOCK), '/nowhere', true);

function nodeAt(index: number): NodePlan {
  const node = nodes[index];
  assert(node !== undefined);
  return node;
}

/** In a namespace: answers everybody, and says whether it reaches an address that comes in on its input. */
const AGENT = `
  const net = require('node:net');
  net.createServer((socket) => socket.end()).listen(${PORT}, '0.0.0.0', () => console.log('up'));
  require('node:readline').createInterface({ input: process.stdin }).on('line', (host) => {
    const socket = net.createConnection({ host, port: ${PORT} });
    const say = (word) => { socket.destroy(); clearTimeout(late); word && console.log(word); word = undefined; };
    const late = setTimeout(() => say('no'), ${PATIENCE_MS});
    socket.once('connect', () => say('yes')).once('error', () => {});
  });`;

class Agent {
  readonly #process: ChildProcess;

  constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(t: TestContext, enter: readonly string[]): Promise<Agent> {
    const [program = '', ...args] = [...enter, process.execPath, '-e', AGENT];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const agent = new Agent(child);
    assert.equal(await agent.#said(), 'up');
    return agent;
  }

  async #said(): Promise<string> {
    assert(this.#process.stdout !== null);
    const [data] = await once(this.#process.stdout, 'data');
    return String(data).trim();
  }

  async reaches(address: string): Promise<boolean> {
    this.#process.stdin?.write(`${address}\n`);
    return (await this.#said()) === 'yes';
  }
}

async function reaches(address: string): Promise<boolean> {
  const socket = createConnection({ host: address, port: PORT });
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    sleep(PATIENCE_MS).then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

const interfacesOf = (block: number) => Object.keys(networkInterfaces()).filter((name) => name === `moraine${block}`);

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

test('a node is cut off from its peers, from the clients, from all, and comes back', { skip }, async (t) => {
  const network = await Network.open(BLOCK, nodes);
  t.after(() => network.close());
  const agents = await Promise.all(nodes.map((node) => Agent.start(t, network.enter(node.index))));
  /** Whether the machine reaches node 0, node 1 reaches node 0, node 0 reaches node 1, and node 2 reaches node 1. */
  const look = async () => [
    await reaches(nodeAt(0).address),
    await agents[1]?.reaches(nodeAt(0).peerAddress),
    await agents[0]?.reaches(nodeAt(1).peerAddress),
    await agents[2]?.reaches(nodeAt(1).peerAddress),
  ];
  assert.deepEqual(await look(), [true, true, true, true]);
  const cases = {
    peers: [true, false, false, true],
    clients: [false, true, true, true],
    all: [false, false, false, true],
  } as const;
  for (const from of ['peers', 'clients', 'all'] as const) {
    network.cut(0, from);
    assert.deepEqual(await look(), cases[from], from);
    network.heal(0);
    // Neighbours that did not answer are forgotten after a moment.
    while (!(await look()).every((reached) => reached)) await sleep(100);
  }
});

test('closing leaves nothing behind', { skip }, async () => {
  const network = await Network.open(BLOCK, nodes);
  assert.equal(interfacesOf(BLOCK).length, 1);
  network.close();
  await eventually(() => interfacesOf(BLOCK).length === 0);
});

test('kill -9 of the process that made it leaves nothing behind', { skip }, async (t) => {
  const layout = fileURLToPath(new URL('../../scripts/cassandra/layout.ts', import.meta.url));
  const source = fileURLToPath(new URL('../../scripts/cassandra/network.ts', import.meta.url));
  const program = `
    import { planNodes, portsOf } from ${JSON.stringify(layout)};
    import { Network } from ${JSON.stringify(source)};
    await Network.open(${OTHER_BLOCK}, planNodes({ regions: 1, nodesPerRegion: 2 }, portsOf(${OTHER_BLOCK}), '/nowhere', true));
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.equal(interfacesOf(OTHER_BLOCK).length, 1);
  child.kill('SIGKILL');
  await eventually(() => interfacesOf(OTHER_BLOCK).length === 0);
});
