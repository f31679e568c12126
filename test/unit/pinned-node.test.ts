/** `bin/pinned-node`: the Node that npm pinned, or one line that says what to do. */

import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import { ROOT, run, temporaryFolder } from '../support/processes.ts';

const program = (text: string) => ({ text: `#!/bin/sh\n${text}\n`, mode: 0o755 });
const WITHOUT_LIBATOMIC =
  'echo "node: error while loading shared libraries: libatomic.so.1: cannot open" >&2; exit 127';

/** A copy of `bin` with a pinned Node and programs of the test's own, the latter first on the path. */
async function machine(folder: string, pinned: string, programs: Readonly<Record<string, string>>): Promise<string> {
  await cp(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await mkdir(join(folder, 'path'));
  for (const [name, text] of Object.entries({ 'node_modules/.bin/node': pinned, ...programs })) {
    const { mode, ...made } = program(text);
    await writeFile(join(folder, name), made.text, { mode });
  }
  return `${join(folder, 'path')}:${env.PATH}`;
}

test('it runs the pinned Node with the arguments given, from any directory', async () => {
  const done = await run(join(ROOT, 'bin/pinned-node'), ['-p', 'process.version'], { cwd: '/' });
  assert.deepEqual([done.code, done.stdout.trim()], [0, process.version], done.stderr);
});

test('without libatomic, and not root, it names the package to install and installs nothing', async () => {
  await using folder = await temporaryFolder();
  const fakes = { 'path/id': 'echo 1000', 'path/node': 'echo v20.1.0', 'path/apt-get': `touch ${folder.path}/called` };
  const PATH = await machine(folder.path, WITHOUT_LIBATOMIC, fakes);
  const done = await run(join(folder.path, 'bin/moraine'), ['version'], { env: { PATH } });
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^moraine: Node needs the library libatomic: sudo apt-get install libatomic1 .*\n$/);
  assert.notEqual((await run('test', ['-e', join(folder.path, 'called')])).code, 0);
});

test('without libatomic, as root on Debian, it installs that and goes on', async () => {
  await using folder = await temporaryFolder();
  const pinned = `[ -e ${folder.path}/installed ] || { ${WITHOUT_LIBATOMIC}; }\necho v26.6.0`;
  const installs = `case "$*" in *"install"*libatomic1) touch ${folder.path}/installed;; esac`;
  const PATH = await machine(folder.path, pinned, { 'path/id': 'echo 0', 'path/apt-get': installs });
  const done = await run(join(folder.path, 'bin/moraine'), ['version'], { env: { PATH } });
  assert.deepEqual([done.code, done.stdout], [0, 'v26.6.0\n'], done.stderr);
  assert.match(done.stderr, /installing Debian's libatomic1/);
});
