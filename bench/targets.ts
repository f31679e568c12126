/**
 * The servers of the bench: Moraine with its defaults, VersityGW over a folder, nginx over a folder. Each listens on
 * loopback and keeps its data in a folder of its own on the same disk.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peers } from '../scripts/testing/prepare.ts';
import { nginxConfiguration } from '../test/support/nginx.ts';
import { ACCESS_KEY, freePort, SECRET_KEY, startServer } from '../test/support/processes.ts';
import type { Operation } from './load.ts';
import type { Access } from './requests.ts';

export interface Target extends AsyncDisposable {
  readonly name: 'Moraine' | 'VersityGW' | 'nginx';
  readonly access: Access;
  readonly pid: number;
  /** nginx serves files; it is filled by writing them. */
  readonly folder: string | undefined;
  can(operation: Operation): boolean;
}

const CREDENTIALS = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
const START_MS = 15_000;

/** Starts a foreign server and waits until its port answers. */
async function start(
  command: string,
  args: readonly string[],
  port: number,
): Promise<{ pid: number } & AsyncDisposable> {
  let output = '';
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(-5_000);
    });
  }
  const exit = once(child, 'exit');
  const dispose = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await exit;
  };
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`)
      .then(() => true)
      .catch(() => false);
  for (let waited = 0; !(await answers()); waited += 100) {
    if (child.exitCode !== null || waited > START_MS) throw new Error(`${command} did not start:\n${output}`);
    await sleep(100);
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: dispose };
}

async function folderOf(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `moraine-bench-${name}-`));
}

export async function startMoraine(workers: number | undefined): Promise<Target> {
  const server = await startServer(workers === undefined ? {} : { workers });
  return {
    name: 'Moraine',
    access: { port: server.port, credentials: CREDENTIALS },
    pid: server.pid,
    folder: undefined,
    can: () => true,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export async function startVersityGw(program: string): Promise<Target> {
  const folder = await folderOf('versitygw');
  const port = await freePort();
  const flags = [
    '--access',
    ACCESS_KEY,
    '--secret',
    SECRET_KEY,
    '--port',
    `127.0.0.1:${port}`,
    '--quiet',
    '--keep-alive',
  ];
  const server = await start(program, [...flags, 'posix', folder], port);
  return {
    name: 'VersityGW',
    access: { port, credentials: CREDENTIALS },
    pid: server.pid,
    folder: undefined,
    can: () => true,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function startNginx(program: string): Promise<Target> {
  const folder = await folderOf('nginx');
  const port = await freePort();
  await mkdir(join(folder, 'www'));
  await writeFile(
    join(folder, 'nginx.conf'),
    nginxConfiguration(folder, `server { listen 127.0.0.1:${port}; root ${folder}/www; }`),
  );
  const server = await start(program, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], port);
  return {
    name: 'nginx',
    access: { port, credentials: undefined },
    pid: server.pid,
    folder: join(folder, 'www'),
    can: (operation) => operation === 'GET' || operation === 'HEAD',
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function startAll(peers: Peers, workers: number | undefined): Promise<readonly Target[]> {
  return [await startMoraine(workers), await startVersityGw(peers.versitygw), await startNginx(peers.nginx)];
}
