/** Building the Console: once for the same sources, anew for others, and never in place of what works when it fails. */

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { isOver } from '../../scripts/console/budget.ts';
import { buildConsole, CannotBuild } from '../../scripts/console/build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LONG = 'x'.repeat(5000);

/** A root with the smallest app there is. */
function rootOf(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'moraine-build-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'console/src'), { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'console/vite.config.ts'), "export default { base: './', logLevel: 'silent' };");
  writeFileSync(join(root, 'console/index.html'), '<script type="module" src="/src/main.ts"></script>');
  writeMain(root, `document.title = '${LONG}';`);
  return root;
}

const writeMain = (root: string, text: string): void => writeFileSync(join(root, 'console/src/main.ts'), text);
const withPackages = (root: string): void => symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));

async function build(root: string) {
  let begun = false;
  const built = await buildConsole(root, () => {
    begun = true;
  });
  assert.equal(begun, built !== undefined);
  return built;
}

const scripts = (root: string): readonly string[] => readdirSync(join(root, 'console/dist/assets')).sort();

test('it is built once for the same sources, anew for others, and compressed', async (t) => {
  const root = rootOf(t);
  withPackages(root);
  assert.ok((await build(root))?.budget.every((line) => !isOver(line)));
  const [script = '', brotli = '', gzip = '', ...more] = scripts(root);
  assert.deepEqual([brotli, gzip, more], [`${script}.br`, `${script}.gz`, []]);
  const at = (name: string) => readFileSync(join(root, 'console/dist/assets', name));
  assert.ok(at(script).includes(LONG));
  assert.deepEqual([brotliDecompressSync(at(brotli)), gunzipSync(at(gzip))], [at(script), at(script)]);
  assert.equal(await build(root), undefined);

  writeMain(root, `document.title = 'other ${LONG}';`);
  assert.ok(await build(root));
  assert.notEqual(scripts(root)[0], script);
  assert.deepEqual(
    readdirSync(join(root, 'console')).filter((name) => name.startsWith('dist')),
    ['dist'],
  );
});

test('what cannot be built says why and leaves what was there; so does what is too large', async (t) => {
  const root = rootOf(t);
  await assert.rejects(build(root), (error) => error instanceof CannotBuild && /npm ci/.test(error.message));
  assert.equal(existsSync(join(root, 'console/dist')), false);
  withPackages(root);
  await build(root);
  const before = scripts(root);
  writeMain(root, "import './absent.ts';");
  await assert.rejects(build(root), (error) => error instanceof CannotBuild && /absent\.ts/.test(error.message));
  const noise = Array.from({ length: 60_000 }, (_, at) => Math.imul(at, 2654435761).toString(36)).join();
  writeMain(root, `document.title = '${noise}';`);
  await assert.rejects(
    build(root),
    /larger than its budget \(gzip\):\n {2}first load, script +\d+\.\d of 200 KiB {2}too much/,
  );
  assert.deepEqual(scripts(root), before);
});
