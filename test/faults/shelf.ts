/** What the tests of several drives work with: three directories, a store on them, damage, and proofs of being whole. */

import { strict as assert } from 'node:assert';
import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../src/base/random.ts';
import { type Disk, systemDisk } from '../../src/store/embedded/disk.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { bytesOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

export const SIZE = 20_000;

/** Three directories, and the store on some of them, opened as often as a test wants. */
class Shelf {
  readonly root: string;
  readonly paths: readonly string[];
  readonly disk: Disk & { failing: string };
  #worlds: World[] = [];

  constructor(root: string) {
    this.root = root;
    this.paths = ['a', 'b', 'c'].map((name) => join(root, name));
    this.disk = failingUnder();
  }

  async open(
    options: { paths?: readonly string[]; minCopies?: number; giveUp?: readonly string[] } = {},
  ): Promise<World> {
    const clock = new TestClock();
    const { paths = this.paths, minCopies = 2, giveUp = [] } = options;
    const engine = await openEmbedded({
      path: '',
      drives: { paths, minCopies, giveUp },
      limits: KILL_LIMITS,
      clock,
      random: systemRandom,
      disk: this.disk,
    });
    const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
    const world = new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
    this.#worlds.push(world);
    return world;
  }

  async close(world: World): Promise<void> {
    this.#worlds = this.#worlds.filter((one) => one !== world);
    await world.close();
  }

  async end(): Promise<void> {
    for (const world of this.#worlds) await world.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A disk on which writing below `failing` fails. */
function failingUnder(): Disk & { failing: string } {
  const disk = { ...systemDisk, failing: 'nothing' };
  const check = (path: string): void => {
    if (path.startsWith(disk.failing)) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
  };
  disk.create = async (path) => {
    check(path);
    return systemDisk.create(path);
  };
  return disk;
}

export async function onShelf(use: (shelf: Shelf) => Promise<void>): Promise<void> {
  const shelf = new Shelf(await mkdtemp(join(tmpdir(), 'moraine-drives-')));
  try {
    await use(shelf);
  } finally {
    await shelf.end();
  }
}

/** Small, large and composed objects, a delete marker, and what was replaced. */
export async function fill(world: World): Promise<void> {
  const bucket = await world.bucket();
  for (let at = 0; at < 6; at++)
    await world.put(bucket, `object-${at}`, bytesOf(at % 2 === 0 ? SIZE + at : 100 + at, at));
  await world.put(bucket, 'object-1', bytesOf(200, 9));
  const upload = await world.upload(bucket, 'composed', 'upload-1');
  const parts = [await world.part(upload, 1, bytesOf(SIZE, 21)), await world.part(upload, 2, bytesOf(500, 22))];
  await world.complete(bucket, upload, parts);
}

export async function assertFilled(world: World): Promise<void> {
  const { bucket } = await world.engine.rows.getTarget({ bucket: 'bucket' });
  assert(bucket !== undefined);
  const read = async (key: string) => world.read((await world.get(bucket, key))?.body);
  for (const at of [0, 2, 3, 4, 5]) {
    assert.deepEqual(await read(`object-${at}`), bytesOf(at % 2 === 0 ? SIZE + at : 100 + at, at));
  }
  assert.deepEqual(await read('object-1'), bytesOf(200, 9));
  assert.deepEqual(await read('composed'), Buffer.concat([bytesOf(SIZE, 21), bytesOf(500, 22)]));
}

export async function states(world: World): Promise<readonly string[]> {
  const { copies } = await world.engine.upkeep.health();
  return [...copies].sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ state }) => state);
}

export async function mendAll(world: World): Promise<void> {
  for (let round = 0; round < 100; round++) if ((await world.engine.upkeep.mend({ limit: 3 })).done) return;
  assert.fail('the store does not become whole');
}

export async function filesOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(join(path, 'blobs'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at);
  } finally {
    await handle.close();
  }
}

/** Opened with this drive alone, everything is there: the proof that it is a whole copy. */
export async function assertWholeAlone(shelf: Shelf, path: string): Promise<void> {
  const alone = join(shelf.root, 'alone');
  await cp(path, alone, { recursive: true });
  const others = shelf.paths.filter((one) => one !== path);
  const world = await shelf.open({ paths: [alone], minCopies: 1, giveUp: [...others, path] });
  await assertFilled(world);
  assert.deepEqual(await world.findings(), []);
  await shelf.close(world);
  await rm(alone, { recursive: true });
}

export async function scrubbed(world: World) {
  const met = [];
  for await (const one of world.engine.upkeep.scrub()) met.push(one);
  return met;
}
