import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/front.ts';
import { freePort } from '../support/processes.ts';

const PROGRAM = fileURLToPath(new URL('../support/worker-program.ts', import.meta.url));

interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  words(): readonly string[];
  /** Exit code. */
  readonly exit: Promise<number | null>;
}

async function start(t: TestContext, workers: number, port?: number): Promise<Program> {
  const place = port ?? (await freePort());
  const child = spawn(process.execPath, [PROGRAM, `${workers}`, `${place}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const exit = once(child, 'close').then(([code]): number | null => code);
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, port: place, words: () => output.split('\n').filter((word) => word !== ''), exit };
}

/** Who answers. Rejects when nobody does: a connection may have been given to a worker in the moment of its death. */
async function serving(port: number): Promise<number> {
  const request = get({ port, host: '127.0.0.1', agent: false, timeout: 500 });
  request.on('timeout', () => request.destroy(new Error('no answer')));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  return Number.parseInt(await text(answer), 10);
}

test('one worker is this process, and a stop ends it with 0', async (t) => {
  const program = await start(t, 1);
  await eventually(() => program.words().includes('ready'));
  assert.equal(await serving(program.port), program.child.pid);
  program.child.kill('SIGHUP');
  await eventually(() => program.words().includes('worker-reloaded'));
  program.child.kill('SIGTERM');
  assert.equal(await program.exit, 0);
  assert.deepEqual(program.words(), [
    'once',
    'ready',
    'once-reloaded',
    'worker-reloaded',
    'worker-stopped',
    'once-stopped',
  ]);
});

test('several workers share the port; one that dies is replaced; a stop ends all with 0', async (t) => {
  const program = await start(t, 2);
  await eventually(() => program.words().includes('ready'));
  const first = new Set([await serving(program.port), await serving(program.port), await serving(program.port)]);
  assert.equal(first.size, 2);
  assert.equal(first.has(program.child.pid ?? 0), false, 'the primary serves nothing');
  const [victim = 0] = first;
  process.kill(victim, 'SIGKILL');
  const now = new Set<number>();
  while (now.size < 2 || now.has(victim)) {
    now.clear();
    for (let i = 0; i < 4; i++) now.add(await serving(program.port).catch(() => victim));
  }
  assert.equal([...now].filter((pid) => first.has(pid)).length, 1, 'the other worker went on');
  program.child.kill('SIGHUP');
  await eventually(() => program.words().filter((word) => word === 'worker-reloaded').length === 2);
  program.child.kill('SIGTERM');
  program.child.kill('SIGTERM');
  assert.equal(await program.exit, 0, 'a signal that comes twice at once, as from a supervisor to the group, is one');
  const words = program.words();
  assert.deepEqual(
    words.filter((word) => word === 'once' || word === 'ready'),
    ['once', 'ready'],
  );
  assert.equal(words.filter((word) => word === 'worker-stopped').length, 2);
  assert.equal(words.at(-1), 'once-stopped', 'what runs once outlives the workers');
});

test('workers that cannot start end the whole, instead of trying for ever', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const address = taken.address();
  assert(address !== null && typeof address === 'object');
  for (const workers of [1, 2]) {
    const program = await start(t, workers, address.port);
    assert.equal(await program.exit, 1);
    assert.ok(program.words().includes('once-stopped'));
    assert.ok(!program.words().includes('ready'));
  }
});

test('workers end when their primary is gone', async (t) => {
  const program = await start(t, 2);
  await eventually(() => program.words().includes('ready'));
  program.child.kill('SIGKILL');
  await program.exit;
  await assert.rejects(async () => {
    for (;;) await serving(program.port);
  });
});
