/** rclone (Debian): copy, multipart, check, server-side copy and move, links, sync of hostile names; V4, then V2. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startClientServer } from '../support/client-server.ts';
import { content, fingerprint, MiB, writeHostileFiles } from '../support/files.ts';
import { type Done, run, type ServerProcess, temporaryFolder } from '../support/processes.ts';

const PARTS = ['--s3-chunk-size', '5M', '--s3-upload-cutoff', '5M', '--s3-copy-cutoff', '6M'];

/** rclone with a remote `m:`, configured as its documentation says for an S3 store of one's own. */
function rcloneFor(server: ServerProcess, folder: string, v2: boolean) {
  const config: Record<string, string> = { TYPE: 's3', PROVIDER: 'Other', ENDPOINT: server.origin };
  const keys = { ACCESS_KEY_ID: server.accessKey, SECRET_ACCESS_KEY: server.secretKey, V2_AUTH: String(v2) };
  const settings = Object.entries({ ...config, ...keys }).map(([name, value]) => [`RCLONE_CONFIG_M_${name}`, value]);
  const env = { ...Object.fromEntries(settings), RCLONE_CONFIG: join(folder, 'rclone.conf'), HOME: folder };
  const rclone = (...args: string[]): Promise<Done> => run('rclone', [...PARTS, ...args], { cwd: folder, env });
  return async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await rclone(...args);
    assert.equal(code, 0, `rclone ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    assert.doesNotMatch(stderr, /ERROR/);
    return stdout;
  };
}

for (const signature of ['V4', 'V2'] as const) {
  test(`rclone with signature ${signature}`, async (t) => {
    await using folder = await temporaryFolder();
    await using server = await startClientServer();
    const rclone = rcloneFor(server, folder.path, signature === 'V2');
    const file = (name: string) => join(folder.path, name);
    const large = content(16 * MiB, 'large');
    await mkdir(file('up'));
    await writeHostileFiles(file('up'));
    await writeFile(file('up/large.bin'), large);

    await t.test('mkdir, lsd', async () => {
      await rclone('mkdir', 'm:rclone-bucket');
      assert.match(await rclone('lsd', 'm:'), /rclone-bucket/);
    });
    await t.test(
      'copy takes a folder up, small and in parts; check compares the sums; a second copy finds nothing',
      async () => {
        await rclone('copy', 'up', 'm:rclone-bucket/folder');
        await rclone('check', 'up', 'm:rclone-bucket/folder');
        await rclone('check', '--download', 'up', 'm:rclone-bucket/folder');
        const sums = async (where: string) => (await rclone('hashsum', 'MD5', where)).split('\n').sort();
        assert.deepEqual(await sums('m:rclone-bucket/folder'), await sums('up'));
        const again = await rclone('copy', '--dry-run', '--stats-one-line', 'up', 'm:rclone-bucket/folder');
        assert.doesNotMatch(again, /would copy/i);
      },
    );
    await t.test('sync brings the folder back unchanged, names and contents', async () => {
      await rclone('sync', 'm:rclone-bucket/folder', 'down');
      assert.deepEqual(await fingerprint(file('down')), await fingerprint(file('up')));
    });
    await t.test('modification times survive, kept as metadata', async () => {
      const listing = await rclone('lsjson', 'm:rclone-bucket/folder/plain.txt');
      const [entry]: { ModTime: string; Size: number }[] = JSON.parse(listing);
      const [local]: { ModTime: string }[] = JSON.parse(await rclone('lsjson', 'up/plain.txt'));
      assert.equal(entry?.ModTime.slice(0, 19), local?.ModTime.slice(0, 19));
    });
    await t.test('copyto copies inside the store, large objects in parts; moveto moves', async () => {
      await rclone('copyto', 'm:rclone-bucket/folder/large.bin', 'm:rclone-bucket/copied/large copy.bin');
      await rclone('moveto', 'm:rclone-bucket/copied/large copy.bin', 'm:rclone-bucket/moved.bin');
      await rclone('copyto', 'm:rclone-bucket/moved.bin', 'moved.bin');
      assert.ok((await readFile(file('moved.bin'))).equals(large));
      assert.doesNotMatch(await rclone('lsf', '--recursive', 'm:rclone-bucket'), /copied/);
    });
    await t.test('cat reads a range', async () => {
      const range = await rclone('cat', '--offset', '3', '--count', '5', 'm:rclone-bucket/moved.bin');
      assert.equal(range, large.subarray(3, 8).toString());
    });
    // rclone presigns with V4 only: its V2 links carry no signature.
    if (signature === 'V4')
      await t.test('link gives a URL that anybody can read', async () => {
        const url = (await rclone('link', '--expire', '10m', 'm:rclone-bucket/folder/plain.txt')).trim();
        const got = await fetch(url);
        assert.equal(got.status, 200);
        assert.deepEqual(Buffer.from(await got.arrayBuffer()), await readFile(file('up/plain.txt')));
      });
    await t.test('old versions are listed, read and cleaned away', async () => {
      await rclone('mkdir', 'm:versioned');
      assert.match(await rclone('backend', 'versioning', 'm:versioned', 'Enabled'), /Enabled/);
      for (const name of ['plain.txt', 'with space.txt']) await rclone('copyto', `up/${name}`, 'm:versioned/a b');
      const listed = (await rclone('lsf', '--s3-versions', 'm:versioned')).trim().split('\n').sort();
      assert.deepEqual([listed.length, listed[0]], [2, 'a b']);
      await rclone('copyto', '--s3-versions', `m:versioned/${listed[1]}`, 'first');
      assert.deepEqual(await readFile(file('first')), await readFile(file('up/plain.txt')));
      await rclone('backend', 'cleanup-hidden', 'm:versioned');
      assert.equal(await rclone('lsf', '--s3-versions', 'm:versioned'), 'a b\n');
      await rclone('delete', 'm:versioned');
      await rclone('backend', 'cleanup-hidden', 'm:versioned');
      await rclone('rmdir', 'm:versioned');
    });
    await t.test('delete and purge remove everything', async () => {
      await rclone('delete', 'm:rclone-bucket/folder/large.bin');
      await rclone('purge', 'm:rclone-bucket');
      assert.equal(await rclone('lsd', 'm:'), '');
    });
  });
}
