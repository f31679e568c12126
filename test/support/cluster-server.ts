/** A real Moraine server over a ring, with the configuration that `npm run cassandra` prints. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationBlock } from '../../scripts/cassandra/layout.ts';
import type { Ring } from '../../scripts/cassandra/ring.ts';
import { moraine, type ServerProcess, startServer } from './processes.ts';

/** Makes the store and serves it; its own folder (configuration, master key) goes when the server is disposed of. */
export async function startClusterServer(
  ring: Pick<Ring, 'nodes'>,
  options: { readonly workers?: number } = {},
): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'moraine-cluster-'));
  const config = join(folder, 'moraine.toml');
  await writeFile(config, `${configurationBlock(ring.nodes)}\n`);
  await initCluster(config);
  const server = await startServer({ ...options, config });
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `moraine cassandra init`, which must succeed. */
export async function initCluster(config: string): Promise<void> {
  const made = await moraine(['cassandra', 'init', '--config', config]);
  if (made.code !== 0) throw new Error(`moraine cassandra init ended with ${made.code}\n${made.stdout}${made.stderr}`);
}
