/**
 * A store on three drives: what was acknowledged survives the loss of any of them, damage on one is never seen by a reader
 * and is healed, drives that come back or begin empty become whole copies, and what could lose something is refused.
 */

import { strict as assert } from 'node:assert';
import { cp, mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { Unavailable } from '../../src/store/port.ts';
import { bytesOf, piecesOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';
import {
  assertFilled,
  assertWholeAlone,
  filesOf,
  fill,
  flip,
  mendAll,
  onShelf,
  SIZE,
  scrubbed,
  states,
} from './shelf.ts';

suite('losing a drive', () => {
  for (const lost of [0, 1, 2]) {
    test(`drive ${lost + 1} deleted while the store is closed: all is there, and the drive is rebuilt`, () =>
      onShelf(async (shelf) => {
        const path = shelf.paths[lost] ?? '';
        const first = await shelf.open();
        await fill(first);
        await shelf.close(first);
        await rm(path, { recursive: true });
        const second = await shelf.open();
        assert.equal((await states(second)).filter((state) => state === 'up').length, 2);
        await assertFilled(second);
        await mendAll(second);
        assert.deepEqual(await states(second), ['up', 'up', 'up']);
        assert.deepEqual(await second.findings(), []);
        await shelf.close(second);
        await assertWholeAlone(shelf, path);
      }));
  }

  test('each drive alone has all that was acknowledged, at any moment', () =>
    onShelf(async (shelf) => {
      const world = await shelf.open();
      await fill(world);
      // A copy of a directory in use, between two commits: what a crash of everything would leave.
      for (const path of shelf.paths) {
        const alone = join(shelf.root, 'alone');
        await cp(path, alone, { recursive: true });
        const copy = await shelf.open({ paths: [alone], minCopies: 1, giveUp: shelf.paths });
        await assertFilled(copy);
        await shelf.close(copy);
        await rm(alone, { recursive: true });
      }
    }));

  test('with two of three gone it starts only when the operator parts with what they may have', () =>
    onShelf(async (shelf) => {
      const [a = '', b = '', c = ''] = shelf.paths;
      const first = await shelf.open();
      await fill(first);
      await shelf.close(first);
      await rm(a, { recursive: true });
      await rm(b, { recursive: true });
      await assert.rejects(shelf.open(), /only they may have the last writes.*--give-up/);
      await assert.rejects(shelf.open({ giveUp: [a, b] }), /only 1 of the 2 copies/);
      const last = await shelf.open({ giveUp: [a, b], minCopies: 1 });
      await assertFilled(last);
      await mendAll(last);
      assert.deepEqual(await states(last), ['up', 'up', 'up']);
      await shelf.close(last);
      for (const path of [a, b, c]) await assertWholeAlone(shelf, path);
    }));

  test('a drive that was left out and comes back alone is not mistaken for the store', () =>
    onShelf(async (shelf) => {
      const [a = '', b = '', c = ''] = shelf.paths;
      const first = await shelf.open();
      await fill(first);
      await shelf.close(first);
      const second = await shelf.open({ paths: [a, b] });
      const { bucket } = await second.engine.rows.getTarget({ bucket: 'bucket' });
      assert(bucket !== undefined);
      await second.put(bucket, 'later', bytesOf(100));
      await shelf.close(second);
      await assert.rejects(shelf.open({ paths: [c] }), /only they may have the last writes/);
      const third = await shelf.open();
      assert.deepEqual(await third.read((await third.get(bucket, 'later'))?.body), bytesOf(100));
      await mendAll(third);
      await shelf.close(third);
      await assertWholeAlone(shelf, c);
    }));
});

suite('a drive that fails while the store is open', () => {
  for (const failing of [0, 1, 2]) {
    test(`drive ${failing + 1} refuses to write: it is left out, writes go on, and it is rebuilt later`, () =>
      onShelf(async (shelf) => {
        const path = shelf.paths[failing] ?? '';
        const first = await shelf.open();
        shelf.disk.failing = path;
        await fill(first);
        await assertFilled(first);
        assert.equal((await states(first))[failing], 'down');
        await shelf.close(first);
        shelf.disk.failing = 'nothing';
        const second = await shelf.open();
        await assertFilled(second);
        await mendAll(second);
        assert.deepEqual(await states(second), ['up', 'up', 'up']);
        assert.deepEqual(await second.findings(), []);
        await shelf.close(second);
        await assertWholeAlone(shelf, path);
      }));
  }

  test('when all refuse alike none is to blame: the write is Unavailable and all drives stay', () =>
    onShelf(async (shelf) => {
      const world = await shelf.open();
      await fill(world);
      shelf.disk.failing = shelf.root;
      const write = world.engine.blobs.write(piecesOf(bytesOf(SIZE)), SIZE);
      await assert.rejects(write, (error) => error instanceof Unavailable && !error.mayHaveApplied);
      assert.deepEqual(await states(world), ['up', 'up', 'up']);
    }));

  test('below min-copies nothing is acknowledged', () =>
    onShelf(async (shelf) => {
      const [a = '', b = ''] = shelf.paths;
      const world = await shelf.open();
      await fill(world);
      const body = () => world.engine.blobs.write(piecesOf(bytesOf(SIZE)), SIZE);
      shelf.disk.failing = a;
      await body();
      shelf.disk.failing = b;
      await assert.rejects(body(), Unavailable);
      await assertFilled(world);
    }));

  test('another process follows the new lead at once: no read goes back, no write is lost', () =>
    onShelf(async (shelf) => {
      // Two engines in one process share nothing but the drives.
      const one = await shelf.open();
      const two = await shelf.open();
      const bucket = await one.bucket();
      await one.put(bucket, 'k', bytesOf(10, 1));
      assert.equal((await two.get(bucket, 'k'))?.size, 10);
      shelf.disk.failing = shelf.paths[0] ?? '';
      await one.put(bucket, 'large', bytesOf(SIZE));
      await one.put(bucket, 'k', bytesOf(20, 2));
      assert.equal((await two.get(bucket, 'k'))?.size, 20);
      await two.put(bucket, 'k', bytesOf(30, 3));
      assert.equal((await one.get(bucket, 'k'))?.size, 30);
      assert.deepEqual(await two.read((await two.get(bucket, 'large'))?.body), bytesOf(SIZE));
    }));

  test('files written while a drive is rebuilt reach it, whoever writes them', () =>
    onShelf(async (shelf) => {
      const [, , c = ''] = shelf.paths;
      const first = await shelf.open();
      await fill(first);
      await shelf.close(first);
      await rm(c, { recursive: true });
      const world = await shelf.open();
      const { bucket } = await world.engine.rows.getTarget({ bucket: 'bucket' });
      assert(bucket !== undefined);
      const early = await world.body(bytesOf(SIZE, 31));
      await world.engine.upkeep.mend({ limit: 1 });
      const late = await world.body(bytesOf(SIZE, 32));
      await world.engine.upkeep.mend({ limit: 50 });
      await world.put(bucket, 'early', early);
      await world.put(bucket, 'late', late);
      await mendAll(world);
      assert.deepEqual(await world.findings(), []);
      assert.equal((await filesOf(c)).length, (await filesOf(shelf.paths[0] ?? '')).length);
    }));
});

suite('damage to one copy', () => {
  for (const [damage, inflict] of Object.entries({
    'a flipped bit': (file: string) => flip(file, 32 + KILL_LIMITS.blobChunkBytes + 4 + 17),
    'a lost file': (file: string) => unlink(file),
  })) {
    test(`${damage} on each drive in turn is not seen by readers, and mended`, () =>
      onShelf(async (shelf) => {
        const world = await shelf.open();
        await fill(world);
        for (const path of shelf.paths) {
          for (const file of await filesOf(path)) await inflict(file);
          await assertFilled(world);
          for await (const { healed } of world.engine.upkeep.scrub()) assert(healed);
          assert.deepEqual(await world.findings(), []);
        }
      }));
  }

  test('scrub names what it met and heals it; what has no good copy is said to be lost', () =>
    onShelf(async (shelf) => {
      const world = await shelf.open();
      const bucket = await world.bucket();
      await world.put(bucket, 'photo', bytesOf(SIZE));
      const files = await Promise.all(shelf.paths.map(filesOf));
      await flip(files[1]?.[0] ?? '', 100);
      const [met, ...rest] = await scrubbed(world);
      assert.deepEqual(rest, []);
      assert.equal(met?.subject, 'bucket/photo');
      assert.equal(met?.healed, true);
      assert.match(met?.problem ?? '', /contents fail their checksum .* on .*b\)$/);
      assert.deepEqual(await scrubbed(world), []);
      for (const [file = ''] of files) await flip(file, 100);
      assert.deepEqual(
        (await scrubbed(world)).map(({ healed }) => healed),
        [false, false, false],
      );
    }));

  test('rows that rot on the lead or on a follower are healed from each other', () =>
    onShelf(async (shelf) => {
      const marker = 'a-marker-that-occurs-nowhere-else';
      for (const at of [0, 2]) {
        const world = await shelf.open();
        const { bucket = await world.bucket() } = await world.engine.rows.getTarget({ bucket: 'bucket' });
        const headers = { contentType: marker, userMetadata: new Map() };
        await world.put(bucket, 'victim', Buffer.from('x'), { draft: { headers } });
        const file = join(shelf.paths[at] ?? '', 'rows', 'data.mdb');
        const bytes = await readFile(file);
        for (let place = bytes.indexOf(marker); place >= 0; place = bytes.indexOf(marker, place + 1)) {
          await flip(file, place + 3);
        }
        const met = await scrubbed(world);
        assert(met.some(({ kind, healed }) => kind === 'row' && healed));
        assert.equal((await world.get(bucket, 'victim'))?.headers.contentType, marker);
        assert.deepEqual(await scrubbed(world), []);
        assert.deepEqual(await world.findings(), []);
        await shelf.close(world);
      }
    }));

  test('copies says where each copy is and which of them holds', () =>
    onShelf(async (shelf) => {
      const world = await shelf.open();
      const bucket = await world.bucket();
      await world.put(bucket, 'photo', bytesOf(SIZE));
      await world.put(bucket, 'note', bytesOf(10));
      const [, damaged = ''] = (await Promise.all(shelf.paths.map(filesOf))).map(([file]) => file);
      await flip(damaged, 100);
      const body = (await world.get(bucket, 'photo'))?.body;
      assert(body !== undefined);
      const copies = await world.engine.upkeep.copies(body);
      assert.deepEqual(
        copies.map(({ place, problem, start, end }) => [place.drive, problem === undefined, start, end]),
        shelf.paths.map((path, at) => [path, at !== 1, 0, SIZE]),
      );
      for (const { place } of copies) assert((await readFile(join(place.drive ?? '', place.path ?? ''))).length > SIZE);
      const note = (await world.get(bucket, 'note'))?.body;
      assert(note !== undefined);
      assert.deepEqual(
        (await world.engine.upkeep.copies(note)).map(({ problem }) => problem),
        [undefined, undefined, undefined],
      );
    }));
});

suite('what does not belong together', () => {
  test('a drive of another store is refused and left as it is', () =>
    onShelf(async (shelf) => {
      const [a = '', b = '', c = ''] = shelf.paths;
      await shelf.close(await shelf.open({ paths: [a, b], minCopies: 1 }));
      await shelf.close(await shelf.open({ paths: [c], minCopies: 1 }));
      await assert.rejects(shelf.open(), /belong to different stores/);
      await assert.rejects(shelf.open({ paths: [a, a, b] }), /same/);
    }));

  test('a drive with something else on it is left as it is: refused at a first start, missing later', () =>
    onShelf(async (shelf) => {
      const [a = '', b = '', c = ''] = shelf.paths;
      await mkdir(c);
      await writeFile(join(c, 'drive.json'), 'not json');
      await assert.rejects(shelf.open(), /a first start needs all of them: .* not one that this release can read/);
      await shelf.close(await shelf.open({ paths: [a, b], minCopies: 1 }));
      const world = await shelf.open();
      await fill(world);
      await world.engine.upkeep.mend({ limit: 100 });
      assert.deepEqual(await states(world), ['up', 'up', 'down']);
      assert.deepEqual(await readdir(c), ['drive.json']);
    }));

  test('one drive of several is not opened as a store of its own', () =>
    onShelf(async (shelf) => {
      await shelf.close(await shelf.open());
      const path = shelf.paths[1] ?? '';
      const alone = openEmbedded({ path, limits: KILL_LIMITS, clock: new TestClock(), random: systemRandom });
      await assert.rejects(alone, /one of the drives of a store/);
    }));

  test('drives put beside a store that has had one become copies of it', () =>
    onShelf(async (shelf) => {
      const [a = '', b = ''] = shelf.paths;
      const clock = new TestClock();
      const engine = await openEmbedded({ path: a, limits: KILL_LIMITS, clock, random: systemRandom });
      const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
      const old = new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
      await fill(old);
      await old.close();
      const world = await shelf.open();
      await assertFilled(world);
      await mendAll(world);
      assert.deepEqual(await states(world), ['up', 'up', 'up']);
      await shelf.close(world);
      await assertWholeAlone(shelf, b);
    }));
});
