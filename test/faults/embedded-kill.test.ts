/**
 * kill -9 of two processes that share a store, one after the other, at any moment of commits, body writes, completions and
 * sweeps: what was acknowledged is there and whole, what was not is there whole or not at all, every row and body agrees,
 * the survivor goes on, and the space of the dead comes back.
 *
 * KILL_ROUNDS and KILL_SEED set how often and when.
 */

import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { bytesOf, TestClock, World } from '../contract/engine/world.ts';
import { type Content, drivePaths, KILL_LIMITS, type Line, placeOf } from './kill-protocol.ts';

const ROUNDS = Number(env.KILL_ROUNDS ?? 3);
const SEED = Number(env.KILL_SEED ?? Date.now() % 1_000_000);
const PROGRAM = fileURLToPath(new URL('embedded-load.ts', import.meta.url));

/** Of each key what was acknowledged last, and what was begun since. */
class Journal {
  readonly states = new Map<string, { acknowledged: Content | undefined; begun: (Content | undefined)[] }>();
  readonly versions: (Line & { readonly content: Content })[] = [];
  lines = 0;

  take(line: Line): void {
    this.lines++;
    if (line.bucket === 'versioned') {
      if (line.did === 'done' && line.content !== undefined) this.versions.push({ ...line, content: line.content });
      return;
    }
    const state = this.states.get(line.key) ?? { acknowledged: undefined, begun: [] };
    if (line.did === 'begin') state.begun.push(line.content);
    else if (line.did === 'refused') state.begun.pop();
    else Object.assign(state, { acknowledged: line.content, begun: [] });
    this.states.set(line.key, state);
  }
}

interface Store {
  readonly path: string;
  readonly drives: number;
}

interface Worker {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly errors: string[];
}

function start(store: Store, name: string, seed: number, record: Journal): Worker {
  const child = spawn(execPath, [PROGRAM, store.path, name, String(seed), String(store.drives)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (data: Buffer) => errors.push(data.toString()));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => {
    // The last line may be cut short by the kill: then its step has not begun, or nobody was told of its end.
    const line = parsed(text);
    if (line !== undefined) record.take(line);
  });
  const ended = new Promise<void>((resolve) => lines.once('close', () => resolve()));
  return { child, ended, errors };
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function until(condition: () => boolean, worker: Worker): Promise<void> {
  while (!condition()) {
    assert.equal(worker.child.exitCode, null, `the worker ended by itself: ${worker.errors.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function kill(worker: Worker): Promise<void> {
  worker.child.kill('SIGKILL');
  await worker.ended;
}

async function open(path: string, drives: number): Promise<World> {
  const clock = new TestClock();
  clock.time = Date.now();
  const engine = await openEmbedded({ ...placeOf(path, drives), limits: KILL_LIMITS, clock, random: systemRandom });
  const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
  return new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
}

async function verify(world: World, record: Journal): Promise<void> {
  const plain = (await world.engine.rows.getTarget({ bucket: 'plain' })).bucket;
  const versioned = (await world.engine.rows.getTarget({ bucket: 'versioned' })).bucket;
  assert(plain !== undefined && versioned !== undefined);
  for (const [key, state] of record.states) {
    const version = await world.get(plain, key);
    const now = version === undefined ? undefined : await world.read(version.body);
    const wanted = [state.acknowledged, ...state.begun];
    const found = wanted.findIndex((content) =>
      content === undefined || now === undefined ? content === now : bytesOf(content.size, content.seed).equals(now),
    );
    assert(found >= 0, `${key} holds ${now?.length} bytes, none of ${JSON.stringify(wanted)}`);
    Object.assign(state, { acknowledged: wanted[found], begun: [] });
  }
  for (const { key, versionId, content } of record.versions) {
    const version = await world.get(versioned, key, versionId);
    assert(version !== undefined, `version ${versionId} of ${key} was acknowledged and is gone`);
    assert.deepEqual(await world.read(version.body), bytesOf(content.size, content.seed));
  }
  assert.deepEqual(await world.findings(), []);
}

async function filesOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(join(path, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function emptyAll(world: World): Promise<void> {
  for (const name of ['plain', 'versioned']) {
    const { bucket } = await world.engine.rows.getTarget({ bucket: name });
    assert(bucket !== undefined);
    for (const { key, versionId, revision: expect } of await world.engine.rows.scanVersions(
      bucket.id,
      undefined,
      1e6,
    )) {
      await world.engine.rows.commit({ type: 'removeVersion', bucketId: bucket.id, key, versionId, expect });
    }
    await world.engine.rows.commit({ type: 'deleteBucket', bucketId: bucket.id, name });
  }
}

for (const drives of [1, 3]) {
  const where = drives === 1 ? '' : ` and, on ${drives} drives, the loss of one`;
  test(`what was acknowledged survives kill -9${where} (KILL_SEED=${SEED}, ${ROUNDS} rounds)`, () => killing(drives));
}

async function loseOne(path: string, drives: number, round: number): Promise<void> {
  const lost = drivePaths(path, drives)[(SEED + round) % drives];
  if (drives > 1 && lost !== undefined) await rm(lost, { recursive: true });
}

async function mendAll(world: World): Promise<void> {
  while (!(await world.engine.upkeep.mend({ limit: 100 })).done);
}

async function killing(drives: number): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-kill-'));
  const record = new Journal();
  const workers: Worker[] = [];
  try {
    const first = await open(path, drives);
    await first.bucket('plain');
    await first.bucket('versioned', 'enabled');
    await first.close();
    for (let round = 0; round < ROUNDS; round++) {
      const before = record.lines;
      const one = start({ path, drives }, 'one', SEED + round, record);
      const two = start({ path, drives }, 'two', SEED - round, record);
      workers.push(one, two);
      // At different places of the work: after so many steps, then so many milliseconds into the next.
      await until(() => record.lines > before + 20 + ((SEED + round * 37) % 150), one);
      await new Promise((resolve) => setTimeout(resolve, (SEED + round) % 10));
      await kill(one);
      const after = record.lines;
      await until(() => record.lines > after + 30, two);
      await kill(two);
      await loseOne(path, drives, round);
      const world = await open(path, drives);
      await verify(world, record);
      await mendAll(world);
      await world.sweepAll();
      await verify(world, record);
      assert.equal((await world.engine.upkeep.usage()).trashBytes, 0);
      await world.close();
    }
    const last = await open(path, drives);
    await emptyAll(last);
    await last.sweepAll();
    assert.deepEqual(await last.engine.upkeep.usage(), { buckets: 0, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await last.findings(), []);
    for (const drive of drivePaths(path, drives)) {
      assert.deepEqual(await filesOf(drive), [], 'no file is left of what is gone');
    }
    await last.close();
    for (const drive of drivePaths(path, drives)) {
      assert.deepEqual(await readdir(join(drive, 'workers')), [], 'nor of the processes that are gone');
    }
  } finally {
    await Promise.all(workers.map(kill));
    await rm(path, { recursive: true, force: true });
  }
}
