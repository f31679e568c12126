/** restic (Debian): a backup that can be checked to its last byte, restored, and thinned out. */

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startClientServer } from '../support/client-server.ts';
import { content, fingerprint, MiB, writeHostileFiles } from '../support/files.ts';
import { run, temporaryFolder } from '../support/processes.ts';

test('restic', async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startClientServer();
  const file = (name: string) => join(folder.path, name);
  const env = {
    RESTIC_REPOSITORY: `s3:${server.origin}/backups/of machine`,
    RESTIC_PASSWORD: 'for tests only',
    RESTIC_CACHE_DIR: file('cache'),
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
    HOME: folder.path,
  };
  const restic = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('restic', args, { cwd: folder.path, env });
    assert.equal(code, 0, `restic ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  await mkdir(file('home'));
  await writeHostileFiles(file('home'));
  await writeFile(file('home/large.bin'), content(40 * MiB, 'restic'));

  await t.test('init makes the bucket and the repository', async () => {
    assert.match(await restic('init'), /created restic repository/);
  });
  await t.test('backup, twice, with a change between', async () => {
    await restic('backup', 'home');
    await writeFile(file('home/changed.txt'), 'new');
    assert.match(await restic('backup', 'home'), /Files: +1 new/);
    assert.match(await restic('snapshots'), /2 snapshots/);
  });
  await t.test('check reads every byte and finds no error', async () => {
    assert.match(await restic('check', '--read-data'), /no errors were found/);
  });
  await t.test('restore brings everything back', async () => {
    await restic('restore', 'latest', '--target', 'restored');
    assert.deepEqual(await fingerprint(file('restored/home')), await fingerprint(file('home')));
  });
  await t.test('forget and prune leave a repository that checks', async () => {
    await restic('forget', '--keep-last', '1', '--prune');
    assert.match(await restic('check', '--read-data'), /no errors were found/);
    assert.match(await restic('snapshots'), /1 snapshots/);
  });
});
