/**
 * Damage on disk is never handed out and never overlooked: each kind of it is put into a store and found by `check`, by
 * name where there is one; and a disk that refuses leaves what was there and answers `Unavailable`.
 */

import { strict as assert } from 'node:assert';
import { copyFile, mkdtemp, open, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import type { Body } from '../../src/model/entities.ts';
import { type Disk, systemDisk } from '../../src/store/embedded/disk.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { Corrupt, Unavailable } from '../../src/store/port.ts';
import { bytesOf, piecesOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

interface Place {
  readonly world: World;
  readonly path: string;
}

async function withStore(use: (place: Place) => Promise<void>, disk: Disk = systemDisk): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-damage-'));
  const clock = new TestClock();
  const engine = await openEmbedded({ path, limits: KILL_LIMITS, clock, random: systemRandom, disk });
  const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
  const world = new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
  try {
    await use({ world, path });
  } finally {
    await world.close();
    await rm(path, { recursive: true, force: true });
  }
}

async function onlyFile(path: string): Promise<string> {
  const entries = await readdir(join(path, 'blobs'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.equal(files.length, 1);
  return files[0] ?? '';
}

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    await handle.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at);
  } finally {
    await handle.close();
  }
}

const SIZE = 20_000;
const CHUNK = KILL_LIMITS.blobChunkBytes;

/** What is done to the file of object `photo`, and the problem that names it. */
const FILE_DAMAGE: Readonly<Record<string, readonly [(file: string) => Promise<void>, RegExp]>> = {
  'a flipped bit in its contents': [(file) => flip(file, 32 + CHUNK + 4 + 17), /contents fail their checksum/],
  'a flipped bit in a checksum': [(file) => flip(file, 32 + CHUNK + 1), /contents fail their checksum/],
  'a flipped bit in its header': [(file) => flip(file, 20), /header is damaged/],
  'a lost end': [(file) => truncate(file, 10_000), /wrong size/],
  'a lost file': [(file) => unlink(file), /file is missing/],
};

suite('damage', () => {
  for (const [damage, [inflict, problem]] of Object.entries(FILE_DAMAGE)) {
    test(`${damage} is found, named, and not handed out`, () =>
      withStore(async ({ world, path }) => {
        const bucket = await world.bucket();
        await world.put(bucket, 'photo', bytesOf(SIZE));
        await inflict(await onlyFile(path));
        const [finding, ...rest] = await world.findings();
        assert.deepEqual(rest, []);
        assert.equal(finding?.kind, 'body');
        assert.equal(finding?.subject, 'bucket/photo');
        assert.match(finding?.problem ?? '', problem);
        if (damage === 'a flipped bit in its header') return;
        const body = (await world.get(bucket, 'photo'))?.body;
        await assert.rejects(world.read(body), (error) => error instanceof Corrupt || error instanceof Unavailable);
      }));
  }

  test('what comes before the damage is still read, the damaged chunk never', () =>
    withStore(async ({ world, path }) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'photo', bytesOf(SIZE));
      await flip(await onlyFile(path), 32 + 2 * (CHUNK + 4) + 5);
      const body = (await world.get(bucket, 'photo'))?.body;
      assert.deepEqual(await world.read(body, 0, 2 * CHUNK), bytesOf(SIZE).subarray(0, 2 * CHUNK));
      await assert.rejects(world.read(body, 2 * CHUNK, 2 * CHUNK + 1), Corrupt);
      assert.deepEqual(await world.read(body, 3 * CHUNK, SIZE), bytesOf(SIZE).subarray(3 * CHUNK));
    }));

  test('chunks and files in the place of others do not pass', () =>
    withStore(async ({ world, path }) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'photo', Buffer.alloc(SIZE));
      const file = await onlyFile(path);
      // Two chunks of the same bytes, exchanged with their checksums: only their place tells them apart.
      const bytes = await readFile(file);
      const chunk = (index: number) => bytes.subarray(32 + index * (CHUNK + 4), 32 + (index + 1) * (CHUNK + 4));
      await writeFile(
        file,
        Buffer.concat([bytes.subarray(0, 32), chunk(1), chunk(0), bytes.subarray(32 + 2 * (CHUNK + 4))]),
      );
      await assert.rejects(world.read((await world.get(bucket, 'photo'))?.body), Corrupt);
      await world.put(bucket, 'other', Buffer.alloc(SIZE));
      const entries = await readdir(join(file, '..'));
      const other = join(file, '..', entries.find((name) => !file.endsWith(name)) ?? '');
      await copyFile(file, other);
      await assert.rejects(world.read((await world.get(bucket, 'other'))?.body), Corrupt);
      assert.equal((await world.findings()).length, 2);
    }));

  test('a file that nothing knows of is found', () =>
    withStore(async ({ world, path }) => {
      await world.put(await world.bucket(), 'photo', bytesOf(SIZE));
      const file = await onlyFile(path);
      await copyFile(
        file,
        file.replace(/.$/, (digit) => (digit === 'f' ? 'e' : 'f')).replace(/.{3}$/, (end) => `9${end.slice(1)}`),
      );
      await writeFile(join(file, '..', 'notes.txt'), 'mine');
      assert.deepEqual(
        (await world.findings()).map(({ kind }) => kind),
        ['orphan', 'orphan'],
      );
    }));

  test('a damaged row is found by name and answered Corrupt, its neighbours are served', () =>
    withStore(async ({ world, path }) => {
      const bucket = await world.bucket();
      const marker = 'a-marker-that-occurs-nowhere-else';
      await world.put(bucket, 'before', Buffer.from('x'));
      const headers = { contentType: marker, userMetadata: new Map() };
      await world.put(bucket, 'victim', Buffer.from('x'), { draft: { headers } });
      const file = join(path, 'rows', 'data.mdb');
      const bytes = await readFile(file);
      const places: number[] = [];
      for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) places.push(at);
      assert(places.length > 0);
      for (const at of places) await flip(file, at + 3);
      await assert.rejects(world.get(bucket, 'victim'), Corrupt);
      assert.equal((await world.get(bucket, 'before'))?.size, 1);
      await world.put(bucket, 'after', Buffer.from('x'));
      const found = await world.findings();
      assert(found.some(({ kind, subject }) => kind === 'row' && subject === 'bucket/victim'));
    }));
});

/** A disk on which one operation fails from some call on. */
function failing(operation: 'create' | 'append' | 'flush' | 'flushDirectory' | 'remove'): Disk & { armed: boolean } {
  const disk = { ...systemDisk, armed: false };
  const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const broken = async (): Promise<never> => {
    throw error;
  };
  return Object.defineProperty(disk, operation, { get: () => (disk.armed ? broken : systemDisk[operation]) });
}

suite('a disk that refuses', () => {
  for (const operation of ['create', 'append', 'flush', 'flushDirectory'] as const) {
    test(`${operation} failing: the write is Unavailable, nothing of it stays, and it works again afterwards`, async () => {
      const disk = failing(operation);
      await withStore(async ({ world }) => {
        const bucket = await world.bucket();
        await world.put(bucket, 'k', bytesOf(SIZE));
        disk.armed = true;
        for (const size of [5000, 3_000_000]) {
          const write = world.engine.blobs.write(piecesOf(bytesOf(size), 65_536), size);
          await assert.rejects(write, (error) => error instanceof Unavailable && !error.mayHaveApplied);
        }
        disk.armed = false;
        const body: Body = await world.body(bytesOf(6000));
        await world.put(bucket, 'l', body);
        assert.deepEqual(await world.read((await world.get(bucket, 'k'))?.body), bytesOf(SIZE));
        assert.deepEqual(await world.findings(), []);
      }, disk);
    });
  }

  test('remove failing: the sweeper fails, keeps what it knows, and takes it later', async () => {
    const disk = failing('remove');
    await withStore(async ({ world, path }) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'k', bytesOf(SIZE));
      await world.removeNull(bucket, 'k');
      disk.armed = true;
      await assert.rejects(world.sweepAll(), Unavailable);
      assert.equal((await world.engine.upkeep.usage()).trashBytes, SIZE);
      disk.armed = false;
      await world.sweepAll();
      assert.deepEqual(await world.engine.upkeep.usage(), { buckets: 1, bodyBytes: 0, trashBytes: 0 });
      const left = await readdir(join(path, 'blobs'), { recursive: true, withFileTypes: true });
      assert.deepEqual(
        left.filter((entry) => entry.isFile()),
        [],
      );
    }, disk);
  });
});
