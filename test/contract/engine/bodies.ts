/** The engine contract: bodies, references between them, and what is reclaimed when. */

import { strict as assert } from 'node:assert';
import type { Body } from '../../../src/model/entities.ts';
import { Conflict, type ConflictKind, Unavailable } from '../../../src/store/port.ts';
import { bytesOf, conflicts, drain, piecesOf, type Test, type World } from './world.ts';

const CHUNK = 4096;

/** Around every border an engine may have: inline or not, chunk, batch. */
const sizes = ({ inlineBytes }: World): readonly number[] =>
  [0, 1, inlineBytes - 1, inlineBytes, inlineBytes + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 300_000].filter(
    (size) => size >= 0,
  );

export function bodyContract(test: Test): void {
  test('a body is the bytes that came, however they came, at any size', async (world) => {
    const bucket = await world.bucket();
    for (const size of sizes(world)) {
      const bytes = bytesOf(size, size);
      for (const [pieceBytes, hint] of [
        [size + 1, size],
        [777, undefined],
        [CHUNK, 5],
      ] as const) {
        const body = await world.engine.blobs.write(piecesOf(bytes, pieceBytes), hint);
        assert.equal(body.size, size);
        await world.put(bucket, `${size}/${pieceBytes}`, body);
      }
    }
    await world.reopen();
    for (const version of await world.engine.rows.scanCurrent(bucket.id, undefined, 100)) {
      const { body } =
        (await world.engine.rows.getTarget({ bucket: 'bucket', key: version.key, withBody: true })).version ?? {};
      assert.deepEqual(await world.read(body), bytesOf(version.size, version.size), version.key);
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a range is exactly its bytes', async (world) => {
    const bucket = await world.bucket();
    for (const size of sizes(world)) {
      const bytes = bytesOf(size, 3);
      await world.put(bucket, 'k', bytes);
      const body = (await world.get(bucket, 'k'))?.body;
      const borders = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 70_000, size - 1, size];
      const points = [...new Set(borders.filter((point) => point >= 0 && point <= size))];
      for (const start of points) {
        for (const end of points) {
          if (start <= end) assert.deepEqual(await world.read(body, start, end), bytes.subarray(start, end));
        }
      }
    }
  });

  test('a slice is a body of its own, of bytes that stay when the whole goes', async (world) => {
    const bucket = await world.bucket();
    for (const size of [100, 3 * CHUNK]) {
      const bytes = bytesOf(size, 4);
      await world.put(bucket, 'whole', bytes);
      const whole = (await world.get(bucket, 'whole'))?.body;
      assert(whole !== undefined);
      const slice = world.engine.blobs.slice(whole, 10, size - 5);
      assert.equal(slice.size, size - 15);
      const inner = world.engine.blobs.slice(slice, 3, 50);
      await world.put(bucket, 'slice', slice);
      await world.put(bucket, 'inner', inner);
      await world.removeNull(bucket, 'whole');
      await world.sweepAll();
      assert.deepEqual(await world.read((await world.get(bucket, 'slice'))?.body), bytes.subarray(10, size - 5));
      assert.deepEqual(await world.read((await world.get(bucket, 'inner'))?.body), bytes.subarray(13, 60));
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a source that fails leaves nothing and its error passes through', async (world) => {
    const failure = new Error('the client went away');
    for (const before of [0, 10, 5000, 200_000]) {
      const source = async function* () {
        yield* piecesOf(bytesOf(before));
        throw failure;
      };
      await assert.rejects(world.engine.blobs.write(source(), 300_000), (error) => error === failure);
      await assert.rejects(world.engine.blobs.write(source(), undefined), (error) => error === failure);
    }
    await world.uses({ buckets: 0, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('a copy names the same bytes, and they stay until the last that names them goes', async (world) => {
    const bucket = await world.bucket();
    for (const size of [20, 20_000]) {
      const bytes = bytesOf(size, 5);
      await world.put(bucket, 'a', bytes);
      const { bodyBytes } = await world.engine.upkeep.usage();
      await world.put(bucket, 'b', (await world.get(bucket, 'a'))?.body);
      await world.put(bucket, 'b', (await world.get(bucket, 'b'))?.body);
      assert.equal((await world.engine.upkeep.usage()).bodyBytes, bodyBytes, 'each blob counts once');
      await world.put(bucket, 'a', Buffer.from('other'));
      await world.sweepAll();
      assert.deepEqual(await world.read((await world.get(bucket, 'b'))?.body), bytes);
      await world.removeNull(bucket, 'b');
      await world.removeNull(bucket, 'a');
      await world.sweepAll();
      await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a copy of what is gone meanwhile is refused and changes nothing', async (world) => {
    const bucket = await world.bucket();
    for (const size of [20, 20_000]) {
      await world.put(bucket, 'source', bytesOf(size));
      await world.put(bucket, 'target', Buffer.from('before'));
      const body = (await world.get(bucket, 'source'))?.body;
      await world.removeNull(bucket, 'source');
      // An engine may let go of bytes a moment after it acknowledged; a round waits for that.
      await world.engine.upkeep.sweep({ now: world.clock.now(), limit: 10 });
      await conflicts(world.put(bucket, 'target', body), 'source');
      const upload = await world.upload(bucket, 'multi', `u${size}`);
      assert(body !== undefined);
      await conflicts(world.part(upload, 1, body), 'source');
      assert.deepEqual(await world.engine.rows.scanParts(`u${size}`, 0, 10), []);
      await world.sweepAll();
      await conflicts(world.put(bucket, 'target', body), 'source');
      assert.equal((await world.read((await world.get(bucket, 'target'))?.body)).toString(), 'before');
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a reader finishes a body that is replaced, removed and swept meanwhile', async (world) => {
    const bucket = await world.bucket();
    for (const size of [500, 900_000]) {
      const bytes = bytesOf(size, 6);
      await world.put(bucket, 'k', bytes);
      const body = (await world.get(bucket, 'k'))?.body;
      assert(body !== undefined);
      const reader = world.engine.blobs.read(body, 0, size)[Symbol.asyncIterator]();
      const first = await reader.next();
      await world.put(bucket, 'k', Buffer.from('replaced'));
      await world.removeNull(bucket, 'k');
      await world.sweepAll();
      const rest = await drain({ [Symbol.asyncIterator]: () => reader });
      assert.deepEqual(Buffer.concat([first.value ?? Buffer.alloc(0), rest]), bytes);
      await world.sweepAll();
      await world.uses({ trashBytes: 0 });
    }
    assert.deepEqual(await world.findings(), []);
  });

  test('a small body is taken along in the snapshot, so that no overwrite comes between', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'k', Buffer.from('snapshot'));
    const body = (await world.get(bucket, 'k'))?.body;
    await world.put(bucket, 'k', Buffer.from('later'));
    // Where no body is that small, all of them stay for their grace.
    if (world.inlineBytes > 0) await world.sweepAll();
    assert.equal((await world.read(body)).toString(), 'snapshot');
  });

  test('nobody waits for a body that is still arriving', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'k', Buffer.from('old'));
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = world.engine.blobs.write(
      (async function* () {
        yield bytesOf(100_000);
        await finished;
        yield bytesOf(100);
      })(),
      undefined,
    );
    await world.put(bucket, 'k', Buffer.from('newer'));
    assert.equal((await world.read((await world.get(bucket, 'k'))?.body)).toString(), 'newer');
    await world.engine.upkeep.sweep({ now: world.clock.now(), limit: 10 });
    finish();
    await world.put(bucket, 'k', await slow);
    assert.equal((await world.get(bucket, 'k'))?.size, 100_100);
  });

  test('a body that is discarded or never named is reclaimed, one that is named is not', async (world) => {
    const bucket = await world.bucket();
    const [discarded, forgotten, kept] = await Promise.all([7000, 8000, 9000].map((size) => world.body(bytesOf(size))));
    assert(discarded !== undefined && forgotten !== undefined && kept !== undefined);
    await world.put(bucket, 'k', kept);
    await world.engine.blobs.discard(discarded);
    await world.engine.blobs.discard(discarded);
    await world.engine.blobs.discard(kept);
    await conflicts(world.put(bucket, 'd', discarded), 'source');
    await world.sweepAll();
    await conflicts(world.put(bucket, 'f', forgotten), 'source');
    assert.deepEqual(await world.read((await world.get(bucket, 'k'))?.body), bytesOf(9000));
    await world.uses({ buckets: 1, bodyBytes: 9000, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('a commit that is refused leaves the body to be named by another', async (world) => {
    const bucket = await world.bucket();
    for (const size of [30, 30_000]) {
      const body = await world.body(bytesOf(size));
      await conflicts(world.put(bucket, 'k', body, { expect: 'something else' }), 'revision');
      await world.put(bucket, 'k', body);
      assert.deepEqual(await world.read((await world.get(bucket, 'k'))?.body), bytesOf(size));
    }
  });
}

export function upkeepContract(test: Test): void {
  test('what is replaced stays for its grace, then its space comes back, in bounded rounds', async (world) => {
    const bucket = await world.bucket();
    for (let index = 0; index < 10; index++) await world.put(bucket, `k${index}`, bytesOf(10_000));
    for (let index = 0; index < 10; index++) await world.removeNull(bucket, `k${index}`);
    const early = await world.engine.upkeep.sweep({ now: world.clock.now(), limit: 100 });
    assert.deepEqual(early, { blobs: 0, bytes: 0, done: true });
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 100_000 });
    world.clock.time += 3_600_000;
    const reports = [];
    for (let round = 0; round < 3; round++) {
      reports.push(await world.engine.upkeep.sweep({ now: world.clock.now(), limit: 4 }));
    }
    assert.deepEqual(reports, [
      { blobs: 4, bytes: 40_000, done: false },
      { blobs: 4, bytes: 40_000, done: false },
      { blobs: 2, bytes: 20_000, done: true },
    ]);
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('sweeping several times at once reclaims everything once', async (world) => {
    const bucket = await world.bucket();
    for (let index = 0; index < 20; index++) await world.put(bucket, `k${index}`, bytesOf(10_000));
    for (let index = 0; index < 20; index++) await world.removeNull(bucket, `k${index}`);
    // What follows an acknowledged removal has its time too.
    await world.engine.upkeep.sweep({ now: world.clock.now(), limit: 1 });
    world.clock.time += 3_600_000;
    const now = world.clock.now();
    const reports = await Promise.all(Array.from({ length: 4 }, () => world.engine.upkeep.sweep({ now, limit: 1000 })));
    assert.equal(
      reports.reduce((sum, { bytes }) => sum + bytes, 0),
      200_000,
    );
    await world.uses({ buckets: 1, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('many commits and sweeps at once leave a store in which everything agrees', async (world) => {
    const bucket = await world.bucket('bucket', 'enabled');
    const work = async (lane: number) => {
      for (let step = 0; step < 15; step++) {
        const key = `k${(lane * 7 + step) % 5}`;
        // The clock jumps meanwhile: a body that waited for its commit may have been given up.
        await world.put(bucket, key, bytesOf((step % 3) * 3000, lane)).catch(gone);
        const body: Body | undefined = (await world.get(bucket, key))?.body;
        if (body !== undefined) await world.put(bucket, `copy-${lane}`, body).catch(gone);
        const oldest = (await world.engine.rows.scanVersions(bucket.id, { key, inclusive: true }, 50)).findLast(
          (version) => version.key === key,
        );
        if (oldest === undefined || step % 2 === 0) continue;
        const { versionId, revision: expect } = oldest;
        const removal = { type: 'removeVersion', bucketId: bucket.id, key, versionId, expect } as const;
        await world.engine.rows.commit(removal).catch(allowed('revision'));
      }
    };
    await Promise.all([work(1), work(2), work(3), work(4), world.sweepAll(3)]);
    assert.deepEqual(await world.findings(), []);
    await world.reopen();
    assert.deepEqual(await world.findings(), []);
    for (const { versionId, key, size } of await world.engine.rows.scanVersions(bucket.id, undefined, 1000)) {
      assert.equal((await world.read((await world.get(bucket, key, versionId))?.body)).length, size);
    }
  });
}

const conflictOf = (error: unknown): ConflictKind | undefined => (error instanceof Conflict ? error.what : undefined);

/** That conflict; or a database too busy to say yes or no in time, whose leftovers must agree with everything all the same. */
const allowed = (kind: ConflictKind) => (error: unknown) => {
  if (!(error instanceof Unavailable) && conflictOf(error) !== kind) throw error;
};
const gone = allowed('source');
