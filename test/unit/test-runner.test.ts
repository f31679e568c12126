/** What `npm test` promises of itself: no way of going wrong counts as passed, and nothing outlives a test. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../scripts/testing/reporter.ts';
import { ProcessGroups, runFile } from '../../scripts/testing/runner.ts';

const TEST = `import { test } from 'node:test';\n`;

/** Runs `source` as a test file and gives its outcomes; `look` may look into its folder before it goes. */
async function outcomesOf(
  source: string,
  limitMs = 60_000,
  look: (folder: string) => Promise<void> = async () => {},
): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'moraine-runner-'));
  try {
    await writeFile(join(folder, 'sample.test.mjs'), source);
    const done = await runFile(new ProcessGroups(), folder, { path: 'sample.test.mjs' }, limitMs);
    await look(folder);
    return done.outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ name, kind }) => [name, kind]);

test('each test counts once, nested ones by their own name, and a parent does not count for its children', async () => {
  const source = `${TEST}
    test('one', () => {});
    test('two', async (t) => { await t.test('inner', () => { throw new Error('no'); }); });
    test('three', { skip: 'no fuse here' }, () => {});`;
  const outcomes = await outcomesOf(source);
  assert.deepEqual(kinds(outcomes), [
    ['one', 'passed'],
    ['two › inner', 'failed'],
    ['three', 'skipped'],
  ]);
  assert.equal(outcomes[2]?.detail, 'no fuse here');
});

test('a failure tells the difference and the place in the test', async () => {
  const source = `${TEST} import assert from 'node:assert/strict';\ntest('sum', () => assert.deepEqual({ a: 1 }, { a: 2 }));`;
  const [outcome] = await outcomesOf(source);
  assert.match(outcome?.detail ?? '', /\+ {3}a: 1[\s\S]*- {3}a: 2[\s\S]*sample\.test\.mjs:3/);
});

test('a file that crashes has failed, also after passed tests', async () => {
  assert.deepEqual(kinds(await outcomesOf('throw new Error("at import")')), [['(the file)', 'failed']]);
  const late = await outcomesOf(
    `${TEST} test('one', () => {}); process.on('exit', () => process.kill(process.pid, 'SIGKILL'));`,
  );
  assert.ok(late.some((outcome) => outcome.kind === 'failed' && outcome.detail.includes('SIGKILL')));
});

test('a file without tests has failed', async () => {
  const outcomes = await outcomesOf('export {};');
  assert.deepEqual(outcomes, [{ name: '(the file)', kind: 'failed', detail: 'holds no test' }]);
});

test('an unfinished test (todo) has failed', async () => {
  assert.deepEqual(kinds(await outcomesOf(`${TEST} test('later', { todo: true }, () => {});`)), [['later', 'failed']]);
});

test('a file that does not end is stopped with all that it started, and has failed', async () => {
  const source = `${TEST} import { spawn } from 'node:child_process'; import { writeFileSync } from 'node:fs';
    test('waits', async () => {
      const child = spawn('sleep', ['600']);
      writeFileSync('pid', String(child.pid));
      await new Promise((resolve) => child.on('exit', resolve));
    });`;
  const outcomes = await outcomesOf(source, 3_000, async (folder) => {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => 'gone) Z');
    assert.match(stat, /\) Z/);
  });
  assert.match(outcomes.at(-1)?.detail ?? '', /did not end within 3 s/);
});

test('a file that leaves a process behind has failed, and the process is ended', async () => {
  const source = `${TEST} import { spawn } from 'node:child_process';
    test('starts and forgets', () => { spawn('sleep', ['601'], { stdio: 'ignore' }).unref(); });`;
  const outcomes = await outcomesOf(source);
  assert.deepEqual(kinds(outcomes), [
    ['starts and forgets', 'passed'],
    ['(the file)', 'failed'],
  ]);
  assert.match(outcomes[1]?.detail ?? '', /sleep 601/);
});
