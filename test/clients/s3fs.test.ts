/** s3fs (Debian): a bucket mounted as a folder. Needs FUSE, which many containers lack; then the tests say so and are skipped. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startClientServer } from '../support/client-server.ts';
import { content, fingerprint, HOSTILE_NAMES, MiB, writeHostileFiles } from '../support/files.ts';
import { run, type ServerProcess, succeed, temporaryFolder } from '../support/processes.ts';
import { clientEnvironment } from '../support/tour.ts';

const MOUNT_MS = 20_000;

/** Why FUSE can't be used here, or false. */
async function withoutFuse(): Promise<string | false> {
  const device = await open('/dev/fuse', 'r+').catch((error: Error) => error);
  if (device instanceof Error) return `no FUSE on this machine (${device.message})`;
  await device.close();
  return false;
}

/** Mounts `bucket` at `folder`; the disposer unmounts. */
async function mount(server: ServerProcess, bucket: string, folder: string, options: readonly string[]) {
  const passwords = `${folder}.passwd`;
  await mkdir(folder);
  await writeFile(passwords, `${server.accessKey}:${server.secretKey}\n`, { mode: 0o600 });
  const settings = [
    `url=${server.origin}`,
    'use_path_request_style',
    `passwd_file=${passwords}`,
    'multipart_size=5',
    ...options,
  ];
  const args = [bucket, folder, '-f', ...settings.flatMap((setting) => ['-o', setting])];
  const child = spawn('s3fs', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  const before = (await stat(join(folder, '..'))).dev;
  const exit = once(child, 'exit');
  for (let waited = 0; (await stat(folder)).dev === before; waited += 50) {
    if (child.exitCode !== null || waited > MOUNT_MS) throw new Error(`s3fs did not mount:\n${output}`);
    await sleep(50);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await run('fusermount', ['-u', '-z', folder]);
      await exit;
    },
  };
}

const skip = await withoutFuse();

for (const [signature, options] of [
  ['V4', ['sigv4']],
  ['V2', ['sigv2']],
] as const) {
  test(`s3fs with signature ${signature}`, { skip }, async (t) => {
    await using folder = await temporaryFolder();
    await using server = await startClientServer();
    const env = { ...clientEnvironment(server, { endpoint: server.origin, style: 'path' }), HOME: folder.path };
    const remote = [`:s3,provider=Other,env_auth=true,endpoint='${server.origin}':mounted`];
    await succeed('rclone', ['mkdir', ...remote], { env });
    const at = join(folder.path, 'mnt');
    await using _mounted = await mount(server, 'mounted', at, options);

    await t.test('files written are read back, small and in parts', async () => {
      const large = content(12 * MiB, 's3fs');
      await writeFile(join(at, 'small.txt'), 'hello');
      await writeFile(join(at, 'large.bin'), large);
      assert.equal(await readFile(join(at, 'small.txt'), 'utf8'), 'hello');
      assert.ok((await readFile(join(at, 'large.bin'))).equals(large));
      assert.equal((await stat(join(at, 'large.bin'))).size, large.length);
    });
    await t.test('folders, hostile names and renaming', async () => {
      await mkdir(join(at, 'hostile'));
      await writeHostileFiles(join(at, 'hostile'));
      await rename(join(at, 'hostile'), join(at, 'renamed'));
      await writeHostileFiles(join(folder.path, 'local'));
      assert.deepEqual(await fingerprint(join(at, 'renamed')), await fingerprint(join(folder.path, 'local')));
      assert.equal((await fingerprint(join(at, 'renamed'))).size, HOSTILE_NAMES.length);
    });
    await t.test('removal empties the bucket', async () => {
      for (const name of await readdir(at)) await rm(join(at, name), { recursive: true });
      assert.deepEqual(await readdir(at), []);
    });
  });
}
