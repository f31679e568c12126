/** nginx, started by nobody but a test, in a folder of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nginxOf } from '../../scripts/testing/prepare.ts';
import { ROOT } from './processes.ts';

/** `servers`: what stands in the `http` block. */
export function nginxConfiguration(folder: string, servers: string): string {
  // A master that is root would give its workers to another user, who may not look into our folder.
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  return `${user}daemon off; pid ${folder}/pid; error_log stderr warn; worker_processes auto;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${servers}
}
`;
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });

/** Resolves when it listens on that port of 127.0.0.1. */
export async function startNginx(folder: string, servers: string, port: number): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'nginx.conf');
  await writeFile(file, nginxConfiguration(folder, servers));
  const child = spawn(nginxOf(ROOT), ['-e', 'stderr', '-p', folder, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-5_000);
  });
  const exit = once(child, 'exit');
  for (let look = 0; !(await connects(port)); look++) {
    if (child.exitCode !== null || look > 100) throw new Error(`nginx did not start:\n${said}`);
    await sleep(50);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGTERM');
      await exit;
    },
  };
}
