/**
 * The server that client tests speak with: one process over a directory, or, where the run asks for it, two over one store
 * in a cluster, asked in turn, connection by connection, as behind a load balancer.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { pipeline } from 'node:stream';
import { type RingPlace, sharedRing } from '../../scripts/testing/shared-ring.ts';
import { initCluster } from './cluster-server.ts';
import { type ServerOptions, type ServerProcess, startServer } from './processes.ts';

/** Starts what the run is about: `MORAINE_TEST_ENGINE` says `cassandra` for the second kind. */
export async function startClientServer(options: ServerOptions = {}): Promise<ServerProcess> {
  if (env.MORAINE_TEST_ENGINE !== 'cassandra') return startServer(options);
  const place = sharedRing();
  if (place === undefined) throw new Error('this run has no ring: `npm test` starts one');
  return startPair(place, options);
}

/** A file with that content says where a new store is. One node is no cluster; that is what the ring of a test run has. */
export function clusterConfiguration({ contactPoints, dataCentre }: RingPlace): string {
  return `master-key = "master.key"
[cassandra]
contact-points = ${JSON.stringify(contactPoints)}
data-centre = ${JSON.stringify(dataCentre)}
keyspace-prefix = "c${randomBytes(6).toString('hex')}"
fewer-copies = "i-accept-data-loss"
`;
}

async function startPair(place: RingPlace, options: ServerOptions): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'moraine-clients-'));
  const config = join(folder, 'moraine.toml');
  await writeFile(config, clusterConfiguration(place));
  await initCluster(config);
  const servers: ServerProcess[] = [];
  // One after the other: the first makes the master key and the first account.
  for (let front = 0; front < 2; front++) servers.push(await startServer({ ...options, workers: 1, config }));
  const [first] = servers;
  if (first === undefined) throw new Error('no server was started');
  const balancer = await balance(servers.map(({ port }) => port));
  const { port } = balancer.address() as AddressInfo;
  const all = <T>(each: (server: ServerProcess) => Promise<T>) => Promise.all(servers.map(each));
  const stop = async () => {
    balancer.close();
    return (await all((server) => server.stop())).find((code) => code !== 0) ?? 0;
  };
  return {
    ...first,
    port,
    origin: first.origin.replace(/:\d+$/, `:${port}`),
    output: () => servers.map((server) => server.output()).join('\n'),
    stop,
    kill: async () => void (await all((server) => server.kill())),
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Each connection goes to the next of the ports, unread: TLS and signatures are between client and server. */
async function balance(ports: readonly number[]): Promise<Server> {
  let turn = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: ports[turn++ % ports.length] ?? 0 });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      pipeline(from, to, (error) => {
        if (error !== undefined && error !== null) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
