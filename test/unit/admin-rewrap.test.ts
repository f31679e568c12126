/** A change of the master key: what former keys sealed opens, and is sealed anew, without a byte of an object being moved. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createAdmin } from '../../src/admin/admin.ts';
import { LOCAL } from '../../src/admin/means.ts';
import { type Rewrapped, rewrap } from '../../src/admin/rewrap.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer, SealError, type Sealer } from '../../src/base/seal.ts';
import type { Bucket, Upload } from '../../src/model/entities.ts';
import { keyBox, type ObjectPlace } from '../../src/model/object-keys.ts';
import type { Engine } from '../../src/store/port.ts';
import { World } from '../contract/engine/world.ts';
import { openMemory } from '../support/opened-engines.ts';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const before = createSealer(OLD, systemRandom);
const during = createSealer(NEW, systemRandom, [OLD]);
const afterwards = createSealer(NEW, systemRandom);

const sealObjectKey = (sealer: Sealer, place: ObjectPlace, key: Uint8Array) => keyBox(sealer).seal(place, key);
const unsealObjectKey = (sealer: Sealer, place: ObjectPlace, sealed: string) => keyBox(sealer).unseal(place, sealed);
const NO_RING = new Map();

const nobody = (_counts: Rewrapped): void => {};
/** More versions than a page of the walk. */
const VERSIONS = 1_203;
const LONGER = 48;

/** As an encrypted object is kept: the body is longer than it. */
async function putEncrypted(world: World, bucket: Bucket, key: string, dataKey: Buffer): Promise<void> {
  const wrappedKey = sealObjectKey(before, { bucketId: bucket.id, key }, dataKey);
  const attributes = { tags: [{ key: 'a', value: 'b' }], encryption: { type: 'SSE-S3', wrappedKey } } as const;
  await world.put(bucket, key, await world.body(Buffer.alloc(LONGER + 1)), { draft: { size: 1, attributes } });
}

/** The same engine, whose bodies nobody may touch. */
function withoutBodies(engine: Engine): Engine['rows'] {
  const forbidden = () => assert.fail('a body was touched');
  Object.assign(engine.blobs, { write: forbidden, read: forbidden, slice: forbidden });
  return engine.rows;
}

async function whole(): Promise<{ readonly world: World; readonly bucket: Bucket; readonly dataKey: Buffer }> {
  const world = new World(await openMemory());
  const bucket = await world.bucket('bucket', 'enabled');
  const admin = createAdmin({
    ...{ rows: world.engine.rows, sealer: before, clock: systemClock, random: systemRandom, limits: LIMITS },
  });
  for (const label of ['one', 'two']) await admin.createKey(await admin.account('alice'), { label }, LOCAL);
  const dataKey = randomBytes(32);
  await putEncrypted(world, bucket, 'other', dataKey);
  for (let count = 0; count < VERSIONS; count += 1) await putEncrypted(world, bucket, 'key', dataKey);
  await world.put(bucket, 'plain', Buffer.from('x'));
  return { world, bucket, dataKey };
}

test('a former master key opens what it sealed, and seals nothing new', () => {
  const place = { bucketId: 'b', key: 'k' };
  const sealed = sealObjectKey(before, place, OLD);
  assert.deepEqual(unsealObjectKey(during, place, sealed), OLD);
  assert.equal(during.isCurrent(sealed), false);
  assert.ok(during.isCurrent(sealObjectKey(during, place, OLD)));
  const gone = (error: unknown) => error instanceof SealError && error.reason === 'other-master-key';
  assert.throws(() => unsealObjectKey(afterwards, place, sealed), gone);
  const damaged = (error: unknown) => error instanceof SealError && error.reason === 'damaged';
  assert.throws(() => unsealObjectKey(during, { bucketId: 'b', key: 'l' }, sealed), damaged);
});

test('everything that a former master key sealed is sealed anew, without a look at any body', async () => {
  const { world, bucket, dataKey } = await whole();
  const rows = withoutBodies(world.engine);
  const done = await rewrap(rows, { sealer: during, ring: NO_RING }, nobody);
  assert.deepEqual(done, { accessKeys: 2, objects: VERSIONS + 1, uploads: 0, passed: 0 });
  for (const key of await rows.scanKeys(undefined, undefined, 10)) {
    assert.ok(afterwards.unseal('access-key', key.accessKeyId, key.sealedSecret).reveal().length > 0);
  }
  for (const { key, attributes } of await rows.scanVersions(bucket.id, undefined, 10_000)) {
    if (key === 'plain') assert.equal(attributes, undefined);
    else {
      assert.deepEqual(attributes?.tags, [{ key: 'a', value: 'b' }]);
      const sealed = attributes.encryption?.wrappedKey ?? '';
      assert.deepEqual(unsealObjectKey(afterwards, { bucketId: bucket.id, key }, sealed), dataKey);
    }
  }
  assert.deepEqual(await rewrap(rows, { sealer: afterwards, ring: NO_RING }, nobody), {
    accessKeys: 0,
    objects: 0,
    uploads: 0,
    passed: 0,
  });
  await world.close();
});

test('uploads that need a former master key are counted, and not those that do not', async () => {
  const world = new World(await openMemory());
  const bucket = await world.bucket();
  const sealers: readonly (Sealer | undefined)[] = [before, during, undefined];
  for (const [index, sealer] of sealers.entries()) {
    const wrappedKey = sealer && sealObjectKey(sealer, { bucketId: bucket.id, key: 'k' }, OLD);
    const attributes =
      wrappedKey === undefined ? {} : { attributes: { encryption: { type: 'SSE-S3', wrappedKey } as const } };
    const upload: Upload = {
      ...(await world.upload(bucket, 'k', `plain-${index}`)),
      uploadId: `u${index}`,
      ...attributes,
    };
    await world.engine.rows.commit({ type: 'createUpload', upload });
  }
  assert.equal((await rewrap(world.engine.rows, { sealer: during, ring: NO_RING }, nobody)).uploads, 1);
  await world.close();
});

test('an object that changes meanwhile keeps its change, and is found by the next run', async () => {
  const { world, bucket } = await whole();
  const { rows } = world.engine;
  let raced = false;
  const racing = new Proxy(rows, {
    get: (target, name) =>
      name === 'commit'
        ? async (...[mutation, audit]: Parameters<typeof rows.commit>) => {
            if (!raced && mutation.type === 'updateVersion') {
              raced = true;
              const { version } = await rows.getTarget({ bucket: 'bucket', key: mutation.version.key });
              assert.ok(version !== undefined);
              const held = { ...version, attributes: { ...version.attributes, legalHold: true } };
              await rows.commit({ ...mutation, version: held });
            }
            return rows.commit(mutation, audit);
          }
        : Reflect.get(target, name, target),
  });
  const first = await rewrap(racing, { sealer: during, ring: NO_RING }, nobody);
  assert.deepEqual([first.passed, first.objects], [1, VERSIONS]);
  const { version } = await rows.getTarget({ bucket: 'bucket', key: 'key' });
  assert.equal(version?.attributes?.legalHold, true);
  const second = await rewrap(rows, { sealer: during, ring: NO_RING }, nobody);
  assert.deepEqual([second.passed, second.objects], [0, 1]);
  assert.deepEqual((await rewrap(rows, { sealer: during, ring: NO_RING }, nobody)).objects, 0);
  assert.equal((await world.get(bucket, 'key'))?.attributes?.legalHold, true);
  await world.close();
});
