/** Multipart uploads on a real ring: front ends that die at any statement, races of parts, and what is left in the end. */

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import type { Part, Upload, Versioning } from '../../src/model/entities.ts';
import type { Home } from '../../src/store/cassandra/types.ts';
import { Parts } from '../../src/store/cassandra/uploads/parts.ts';
import { Conflict, Unavailable } from '../../src/store/port.ts';
import { bytesOf, conflicts, drain } from '../contract/engine/world.ts';
import { type Death, PART_BYTES, UploadWorld } from '../support/upload-rooms.ts';

const place = sharedRing();

/** What a process that is made to die did: all of it, or it died. */
async function until(work: () => Promise<unknown>): Promise<'done' | 'died'> {
  try {
    await work();
    return 'done';
  } catch (error) {
    assert(error instanceof Unavailable, `only that it died: ${error}`);
    return 'died';
  }
}

suite('multipart uploads on Cassandra', { skip: place === undefined && 'there is no ring: npm test has one' }, () => {
  let world: UploadWorld;
  before(async () => {
    assert(place !== undefined);
    world = await UploadWorld.open(place);
  });
  after(() => world?.close());

  async function filled(home: Home): Promise<{ readonly upload: Upload; readonly parts: readonly Part[] }> {
    const upload = await world.upload(home);
    const parts = [await world.part(upload, 1), await world.part(upload, 2)];
    await world.part(upload, 3);
    return { upload, parts };
  }

  /** The object is there once, whole, and nothing else of its upload is. */
  async function assertCompleted(home: Home, { uploadId }: Upload): Promise<void> {
    const { keys, bodies, uploads } = world.front;
    const versions = await keys.scanVersions(home, undefined, 10);
    assert.deepEqual(
      versions.map((version) => version.uploadId),
      [uploadId],
    );
    const current = (await keys.read(home, { key: 'k' }))?.version;
    assert.equal(current?.versionId, versions[0]?.versionId);
    assert(current?.body !== undefined);
    const whole = Buffer.concat([bytesOf(PART_BYTES, 1), bytesOf(PART_BYTES, 2)]);
    assert.deepEqual(await drain(bodies.read(current.body, 0, whole.length)), whole);
    assert.equal(await uploads.getUpload(home, 'k', uploadId), undefined);
    assert.deepEqual(await uploads.scanParts(uploadId, 0, 10), []);
    assert.deepEqual(await uploads.scanUploads(home, undefined, 10), []);
  }

  /** Every sixth statement each, beginning at different ones. */
  const STEP = 6;
  const ways: readonly (readonly [
    Versioning,
    { readonly exact: boolean; readonly arrives: boolean; readonly from: number },
  ])[] = [
    ['unversioned', { exact: false, arrives: true, from: 1 }],
    ['suspended', { exact: true, arrives: false, from: 3 }],
    ['enabled', { exact: true, arrives: true, from: 5 }],
    ['enabled', { exact: false, arrives: false, from: 2 }],
  ];

  test('a completion that dies at any statement is finished by the next: one version, no lost part, nothing left', async () => {
    const before = await world.left();
    let objects = 0;
    for (const [mode, { exact, arrives, from }] of ways) {
      for (let at = from, done = false; !done; at += STEP) {
        const home = await world.bucket(mode);
        const { upload, parts } = await filled(home);
        const expect = exact ? (await world.front.keys.read(home, { key: 'k' }))?.revision : undefined;
        const completion = { ...world.completion(upload, mode, parts), ...(expect !== undefined && { expect }) };
        const death: Death = { left: at, arrives };
        const first = world.another(death);
        done = (await until(() => first.uploads.completeUpload(home, completion))) === 'done';
        death.left = 0;
        // The client asks again: it is completed now, or was before.
        if (!done) {
          await world.front.uploads.completeUpload(home, completion).catch((error: unknown) => {
            assert(error instanceof Conflict && error.what === 'upload', `${at} ${mode}: ${error}`);
          });
        }
        await assertCompleted(home, upload);
        objects++;
      }
    }
    await world.sweepAll();
    assert.deepEqual(await world.left(), {
      ...before,
      blobs: before.blobs + 2 * objects,
      lists: before.lists + objects,
      references: before.references + 2 * objects,
    });
  });

  test('nobody asks again: the collector finishes what was decided, and gives back what was not', async () => {
    const before = await world.left();
    let objects = 0;
    for (const mode of ['enabled', 'unversioned'] as const) {
      const uploads: (readonly [Home, Upload])[] = [];
      for (let at = 7, done = false; !done; at += STEP) {
        const home = await world.bucket(mode);
        const { upload, parts } = await filled(home);
        const completion = world.completion(upload, mode, parts);
        const death: Death = { left: at, arrives: true };
        const first = world.another(death);
        done = (await until(() => first.uploads.completeUpload(home, completion))) === 'done';
        death.left = 0;
        uploads.push([home, upload]);
      }
      await world.sweepAll();
      for (const [home, upload] of uploads) {
        const open = await world.front.uploads.getUpload(home, 'k', upload.uploadId);
        if (open === undefined) {
          await assertCompleted(home, upload);
          objects++;
          continue;
        }
        assert.equal((await world.front.uploads.scanParts(upload.uploadId, 0, 10)).length, 3);
        const { bucketId, key, uploadId } = upload;
        await world.front.uploads.abortUpload(home, { type: 'abortUpload', bucketId, key, uploadId });
      }
    }
    await world.sweepAll();
    assert.deepEqual(await world.left(), {
      ...before,
      blobs: before.blobs + 2 * objects,
      lists: before.lists + objects,
      references: before.references + 2 * objects,
    });
  });

  test('an upload given up by a front end that dies at any statement leaves nothing', async () => {
    const before = await world.left();
    for (let at = 1, done = false; !done; at += 2) {
      const home = await world.bucket('unversioned');
      const { upload } = await filled(home);
      const { bucketId, key, uploadId } = upload;
      const abort = { type: 'abortUpload', bucketId, key, uploadId } as const;
      const death: Death = { left: at, arrives: at % 3 > 0 };
      const first = world.another(death);
      done = (await until(() => first.uploads.abortUpload(home, abort))) === 'done';
      death.left = 0;
      // Half of the clients ask again; what nobody asks for is for the collector, once it was decided.
      const open = await world.front.uploads.getUpload(home, key, uploadId);
      if (!done && (open !== undefined || at % 4 === 1)) {
        await world.front.uploads.abortUpload(home, abort).catch((error: unknown) => assert(error instanceof Conflict));
      }
    }
    await world.sweepAll();
    assert.deepEqual(await world.left(), before);
  });

  test('a part whose writer dies at any statement counts or not, and its bytes go with the upload', async () => {
    const before = await world.left();
    const home = await world.bucket('unversioned');
    const upload = await world.upload(home);
    let number = 1;
    for (let at = 1, done = false; !done; at++, number++) {
      const death: Death = { left: at, arrives: at % 2 === 0 };
      const front = world.another(death);
      done = (await until(() => world.part(upload, number, { front }))) === 'done';
      death.left = 0;
    }
    await world.sweepAll();
    for (const part of await world.front.uploads.scanParts(upload.uploadId, 0, 100)) {
      const bytes = await drain(world.front.bodies.read(part.body, 0, part.size));
      assert.deepEqual(bytes, bytesOf(PART_BYTES, part.number), 'a part that counts is whole');
    }
    const { bucketId, key, uploadId } = upload;
    await world.front.uploads.abortUpload(home, { type: 'abortUpload', bucketId, key, uploadId });
    await world.sweepAll();
    assert.deepEqual(await world.left(), before);
  });

  test('of one number sent by many at once one counts, and only its bytes are kept', async () => {
    const home = await world.bucket('enabled');
    const before = await world.left();
    const upload = await world.upload(home);
    const fronts = [world.front, world.another(), world.another()];
    const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
    await Promise.all(seeds.map((seed) => world.part(upload, 7, { seed, front: fronts[seed % 3] ?? world.front })));
    const [part, ...others] = await world.front.uploads.scanParts(upload.uploadId, 0, 10);
    assert.equal(others.length, 0);
    assert(part !== undefined);
    await world.sweepAll();
    const { blobs, parts } = await world.left();
    assert.deepEqual([blobs - before.blobs, parts - before.parts], [1, 1]);
    const seed = Number(part.etag.replace('etag-', ''));
    assert.deepEqual(await drain(world.front.bodies.read(part.body, 0, part.size)), bytesOf(PART_BYTES, seed));
    await world.front.uploads.completeUpload(home, world.completion(upload, 'enabled', [part]));
  });

  test('parts that race with the end of their upload are refused or part of it, and leave nothing', async () => {
    const before = await world.left();
    for (let round = 0; round < 6; round++) {
      const home = await world.bucket('unversioned');
      const { upload, parts } = await filled(home);
      const { bucketId, key, uploadId } = upload;
      const other = world.another();
      const end =
        round % 2 === 0
          ? world.front.uploads.completeUpload(home, world.completion(upload, 'unversioned', parts))
          : world.front.uploads.abortUpload(home, { type: 'abortUpload', bucketId, key, uploadId });
      const late = [3, 4, 5].map((number) => world.part(upload, number, { seed: 90 + number, front: other }));
      for (const result of await Promise.allSettled(late)) {
        if (result.status === 'rejected') assert(result.reason instanceof Conflict, String(result.reason));
      }
      await end;
      assert.deepEqual(await other.uploads.scanParts(uploadId, 0, 10), []);
      if (round % 2 === 0)
        await world.front.keys.removeNull(home, { type: 'removeNull', bucketId, key, versioning: 'unversioned' });
      await other.closeBodies();
    }
    await world.sweepAll();
    assert.deepEqual(await world.left(), before);
  });

  test('a completion that meets a change of the versioning state is stored under one of them, or refused and can be repeated', async () => {
    let mode: Versioning = 'unversioned';
    const home = await world.bucket(mode);
    for (let epoch = 1; epoch <= 6; epoch++) {
      const { upload, parts } = await filled(home);
      const next: Versioning = mode === 'enabled' ? 'suspended' : 'enabled';
      const count = async (): Promise<number> => {
        const versions = await world.front.keys.scanVersions(home, undefined, 100);
        return versions.filter(({ uploadId }) => uploadId === upload.uploadId).length;
      };
      const [ended]: readonly PromiseSettledResult<unknown>[] = await Promise.allSettled([
        world.front.uploads.completeUpload(home, world.completion(upload, mode, parts)),
        world.another().shards.changeMode(home, next, epoch),
      ]);
      if (ended?.status === 'fulfilled') assert.equal(await count(), 1);
      else {
        assert(ended?.reason instanceof Conflict && ended.reason.what === 'bucket', String(ended?.reason));
        assert.equal(await count(), 0);
        await world.front.uploads.completeUpload(home, world.completion(upload, next, parts));
        assert.equal(await count(), 1);
      }
      mode = next;
    }
  });

  test('a body that its collector fenced off is no part, however late its row comes', async () => {
    const home = await world.bucket('unversioned');
    const upload = await world.upload(home);
    const good = await world.part(upload, 1);
    const { front } = world;
    const owner = { home, key: Buffer.from(upload.key), uploadId: upload.uploadId };
    const fresh = await front.bodies.write(once(bytesOf(PART_BYTES, 77)), PART_BYTES, { ...home, ...upload });
    const { naming } = await front.bodies.claim(fresh, owner);
    assert(naming.place.type === 'blob');
    const { id } = naming.place;
    await front.uploads.owners.fence(owner, id, front.tools.tags.at(world.clock.now() + 1e9));
    // Its writer wakes up.
    const rows = new Parts(front.tools, front.bodies);
    const at = { region: home.region, uploadId: upload.uploadId };
    const late = { number: 1, size: PART_BYTES, etag: 'late', modifiedAt: 1, naming };
    await rows.put(at, { part: late, t: await rows.next(at, 1) });
    await rows.put(at, { part: { ...late, number: 2 }, t: await rows.next(at, 2) });
    const listed = await front.uploads.scanParts(upload.uploadId, 0, 10);
    assert.deepEqual(
      listed.map(({ number, etag }) => [number, etag]),
      [[1, good.etag]],
    );
    assert.equal(await front.uploads.owners.isNamed(owner, id), false);
    const completion = world.completion(upload, 'unversioned', [{ ...good, etag: 'late' }]);
    await conflicts(front.uploads.completeUpload(home, completion), 'part', '1');
    await front.uploads.completeUpload(home, world.completion(upload, 'unversioned', [good]));
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
