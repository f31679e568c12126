/**
 * Where a ring runs: a block of ports that nobody else has, and a directory. Several rings can run at a time, started by
 * different processes that know nothing of each other: the one that holds a block's mark has the block.
 */

import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isolatedAddresses, PORT_BLOCKS, type Ports, planNodes, portsOf, type Shape } from './layout.ts';

/** Remembers shape and ports of a ring whose data is kept. */
const RING_FILE = 'ring.json';

export interface Place {
  readonly directory: string;
  readonly ports: Ports;
  /** Held as long as the ring runs. */
  readonly mark: Server;
  /** The directory was made for this ring. */
  readonly temporary: boolean;
}

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

async function allFree(shape: Shape, ports: Ports): Promise<boolean> {
  for (const node of planNodes(shape, ports, '')) {
    const free = [
      await isFree(node.address, node.port),
      await isFree(node.address, node.storagePort),
      await isFree('127.0.0.1', node.jmxPort),
    ];
    if (free.includes(false)) return false;
  }
  return true;
}

/** No interface of this machine is in the block's network. */
function networkIsFree(block: number): boolean {
  const start = isolatedAddresses(block, 0).address.replace(/0$/, '');
  return !Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address.startsWith(start)));
}

/** The block's mark, held, when all that the ring needs of it is free; `undefined` when something isn't. */
async function hold(shape: Shape, ports: Ports, isolated: boolean): Promise<Server | undefined> {
  const mark = await listen('127.0.0.1', ports.mark);
  if (mark instanceof Error) return undefined;
  // Does not keep the process alive.
  mark.unref();
  try {
    if (isolated ? networkIsFree(ports.block) : await allFree(shape, ports)) return mark;
  } catch (error) {
    mark.close();
    throw error;
  }
  mark.close();
  return undefined;
}

async function keptPlace(shape: Shape, data: string, known: string): Promise<Place> {
  const kept: Shape & { readonly block: number } = JSON.parse(known);
  const { regions, nodesPerRegion, block } = kept;
  if (regions !== shape.regions || nodesPerRegion !== shape.nodesPerRegion)
    throw new Error(`${data} holds a ring of ${regions} regions with ${nodesPerRegion} nodes each: ask for that one`);
  const ports = portsOf(block);
  const mark = await hold(shape, ports, false);
  if (mark === undefined)
    throw new Error(
      `the ring in ${data} needs the ports from ${ports.cql} on, and one of them is taken: is it running?`,
    );
  return { directory: resolve(data), ports, mark, temporary: false };
}

/** Finds ports and a directory; those of the kept ring when `data` holds one. `isolated`: see `planNodes`. */
export async function findPlace(shape: Shape, data: string | undefined, isolated: boolean): Promise<Place> {
  const known = data === undefined ? undefined : await readFile(join(data, RING_FILE), 'utf8').catch(() => undefined);
  if (known !== undefined && data !== undefined) return await keptPlace(shape, data, known);
  for (let block = 0; block < PORT_BLOCKS; block++) {
    const mark = await hold(shape, portsOf(block), isolated);
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
