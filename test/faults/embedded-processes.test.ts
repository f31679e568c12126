/**
 * Several processes on one embedded store: contended conditional commits and names have one winner each, no read goes back
 * in time, and a command may open the store beside a server, or refuse it.
 */

import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import type { Engine } from '../../src/store/port.ts';
import { Unavailable } from '../../src/store/port.ts';
import { keyOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

const PROGRAM = fileURLToPath(new URL('embedded-writer.ts', import.meta.url));
const FULL_PROGRAM = fileURLToPath(new URL('embedded-full.ts', import.meta.url));
const ROUNDS = 60;

const open = (path: string, readOnly = false): Promise<Engine> =>
  openEmbedded({ path, limits: KILL_LIMITS, clock: systemClock, random: systemRandom, readOnly });

function worldOf(engine: Engine): World {
  const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
  return new World({ engine, clock: new TestClock(), graceMs, inlineBytes, close: () => engine.close() });
}

async function withDirectory(use: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-processes-'));
  try {
    await use(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

interface Won {
  readonly raised: number;
  readonly lost: number;
  readonly claimed: readonly string[];
  readonly changed: readonly string[];
}

async function race(path: string, name: string): Promise<Won> {
  const { stdout } = await promisify(execFile)(execPath, [PROGRAM, path, name, String(ROUNDS)]);
  return JSON.parse(stdout);
}

test('contended commits of two processes have exactly one winner each, which leaves one audit event', () =>
  withDirectory(async (path) => {
    const world = worldOf(await open(path));
    const bucket = await world.bucket('counters');
    await world.engine.rows.commit({ type: 'putKey', key: keyOf('K', 'alice'), replace: false });
    const wins = await Promise.all([race(path, 'one'), race(path, 'two')]);
    let counted = 0;
    for (const key of ['one', 'two']) counted += Number(await world.read((await world.get(bucket, key))?.body));
    assert.equal(counted, wins[0].raised + wins[1].raised, 'each win raised the counter, and nothing else did');
    assert.equal(counted + wins[0].lost + wins[1].lost, 2 * 3 * ROUNDS);
    assert(wins[0].lost + wins[1].lost > 0, 'there was a race');
    const claimed = wins.flatMap((won) => won.claimed);
    assert.equal(new Set(claimed).size, ROUNDS, 'each name was claimed');
    assert.equal(claimed.length, ROUNDS, 'and by one of them');
    const { rows } = world.engine;
    const changed = wins.flatMap((won) => won.changed).sort();
    const events = (await rows.scanAudit({ account: 'alice', limit: 1000 })).map(({ id }) => id);
    assert.deepEqual(events.toReversed(), changed, 'each change has its event, and nothing else has');
    const last = (await rows.getTarget({ bucket: 'counters' })).bucket?.configuration.policy ?? '';
    assert(events.includes(last));
    for (const name of ['one', 'two']) assert.notEqual(await rows.getRefusal(`${name}-${ROUNDS - 1}`), undefined);
    assert.deepEqual(await rows.getKeyUses(['K']), new Map([['K', 1000 + ROUNDS - 1]]));
    assert.deepEqual(await world.findings(), []);
    await world.close();
  }));

test('a store opened for reading only reads and checks beside a server, and writes nothing', () =>
  withDirectory(async (path) => {
    const server = worldOf(await open(path));
    const bucket = await server.bucket();
    await server.put(bucket, 'k', Buffer.alloc(10_000, 1));
    await server.close();
    const reader = worldOf(await open(path, true));
    assert.equal((await reader.get(bucket, 'k'))?.size, 10_000);
    assert.deepEqual(await reader.findings(), []);
    await assert.rejects(reader.put(bucket, 'l', Buffer.from('x')), Unavailable);
    await assert.rejects(reader.put(bucket, 'l', Buffer.alloc(10_000)), Unavailable);
    await reader.close();
    await assert.rejects(open(join(path, 'nothing here'), true), /there is no store/);
    await assert.rejects(stat(join(path, 'nothing here')));
  }));

test('rule 24: directories are 0700, files 0600, and what others could enter is refused', () =>
  withDirectory(async (path) => {
    const data = join(path, 'data');
    const world = worldOf(await open(data));
    await world.put(await world.bucket(), 'k', Buffer.alloc(10_000, 1));
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    assert(entries.length > 5);
    for (const entry of entries) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, entry.name);
    }
    await world.close();
    await chmod(join(data, 'blobs'), 0o755);
    await assert.rejects(open(data), /chmod 700/);
  }));

test('a directory of somebody else, or of another format, is refused and left as it is', () =>
  withDirectory(async (path) => {
    await mkdir(join(path, 'rows'));
    await writeFile(join(path, 'rows', 'something'), 'else');
    await assert.rejects(open(path), /no store\.json: choose another/);
    assert.deepEqual(await readdir(path), ['rows']);
    await rm(join(path, 'rows'), { recursive: true });
    for (const [label, problem] of [
      ['{"moraine":"store","format":99}', /format 99.*newer release/],
      ['{"name":"a project"}', /not of a Moraine store/],
      ['not json', /not of a Moraine store/],
    ] as const) {
      await writeFile(join(path, 'store.json'), label);
      await assert.rejects(open(path), problem);
      assert.deepEqual(await readdir(path), ['store.json']);
    }
  }));

test('a store that cannot grow refuses, loses nothing, and goes on when there is room', () =>
  withDirectory(async (path) => {
    // Blocks of 512 bytes: six megabytes for the largest file.
    const command = `ulimit -f 12288 && exec "$0" "$1" "$2"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', command, execPath, FULL_PROGRAM, path]);
    const told: { readonly acknowledged: readonly string[]; readonly refused: readonly string[] } = JSON.parse(stdout);
    assert(told.acknowledged.includes('again'), 'it works again after some was removed');
    const world = worldOf(await open(path));
    const { bucket } = await world.engine.rows.getTarget({ bucket: 'bucket' });
    assert(bucket !== undefined);
    assert.deepEqual([...(await world.keys(bucket))].sort(), [...told.acknowledged].sort());
    assert.deepEqual(await world.findings(), []);
    await world.close();
  }));
