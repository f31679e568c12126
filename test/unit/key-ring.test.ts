/** The local key ring: which files are taken, what seals and what opens, and that a change of a key touches no body. */

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openKeyRing } from '../../src/admin/key-ring.ts';
import { MasterKeyError } from '../../src/admin/masterkey.ts';
import { rewrap } from '../../src/admin/rewrap.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer, SealError } from '../../src/base/seal.ts';
import type { KeyRing } from '../../src/model/object-keys.ts';
import { World } from '../contract/engine/world.ts';
import { openMemory } from '../support/opened-engines.ts';

const [OLD, NEW, OTHER] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64'));
const OBJECT_KEY = Buffer.alloc(32, 9);
const PLACE = { bucketId: 'bucket', key: 'key', context: 'context' };

async function ringOf(t: TestContext, text: string, mode = 0o600): Promise<KeyRing> {
  const folder = await mkdtemp(join(tmpdir(), 'moraine-ring-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'ring');
  await writeFile(path, text);
  await chmod(path, mode);
  return openKeyRing(path, { random: systemRandom, limits: LIMITS });
}

function boxIn(ring: KeyRing, id: string) {
  const box = ring.get(id);
  assert(box !== undefined);
  return box;
}

test('the first key is the default, comments and empty lines are none, and each key opens its own only', async (t) => {
  const ring = await ringOf(t, `# keys\n\nfirst ${OLD}\n  team/second\t${OTHER}\n`);
  assert.deepEqual([...ring.keys()], ['first', 'team/second']);
  const sealed = boxIn(ring, 'first').seal(PLACE, OBJECT_KEY);
  assert.deepEqual(boxIn(ring, 'first').unseal(PLACE, sealed), OBJECT_KEY);
  assert.throws(() => boxIn(ring, 'team/second').unseal(PLACE, sealed), SealError);
  assert.throws(() => boxIn(ring, 'first').unseal({ ...PLACE, context: 'another' }, sealed), SealError);
  assert.throws(() => boxIn(ring, 'first').unseal({ ...PLACE, key: 'another' }, sealed), SealError);
  assert.equal((await openKeyRing(undefined, { random: systemRandom, limits: LIMITS })).size, 0);
});

test('rule 26: a ring that cannot be used is refused, and what it holds is not repeated', async (t) => {
  const wrong = ['', '# nothing', `first ${OLD} more`, `fi:rst ${OLD}`, `first ${OLD?.slice(2)}`, `${OLD}`, 'first'];
  for (const text of wrong) {
    await assert.rejects(ringOf(t, text), (error) => {
      assert.ok(error instanceof MasterKeyError);
      assert.equal(OLD !== undefined && error.message.includes(OLD.slice(2)), false);
      return true;
    });
  }
  await assert.rejects(ringOf(t, `first ${OLD}`, 0o640), /chmod 600/);
  await assert.rejects(ringOf(t, `first ${OLD}\n`.repeat(2000)), /more than/);
  const options = { random: systemRandom, limits: LIMITS };
  await assert.rejects(openKeyRing('/nowhere/ring', options), /missing/);
});

test('a newer key of the same id seals, the older one opens, and is sealed anew without a look at any body', async (t) => {
  const world = new World(await openMemory());
  const bucket = await world.bucket();
  const before = boxIn(await ringOf(t, `first ${OLD}`), 'first');
  const ring = await ringOf(t, `first ${NEW}\nfirst ${OLD}`);
  const place = { bucketId: bucket.id, key: 'key', context: 'context' };
  const encryption = { type: 'SSE-KMS', keyId: 'first', context: 'context' } as const;
  const attributes = { encryption: { ...encryption, wrappedKey: before.seal(place, OBJECT_KEY) } };
  await world.put(bucket, 'key', await world.body(Buffer.alloc(49)), { draft: { size: 1, attributes } });
  assert.deepEqual(boxIn(ring, 'first').unseal(place, attributes.encryption.wrappedKey), OBJECT_KEY);
  const forbidden = () => assert.fail('a body was touched');
  Object.assign(world.engine.blobs, { write: forbidden, read: forbidden, slice: forbidden });
  const sealer = createSealer(Buffer.alloc(32, 7), systemRandom);
  const done = await rewrap(world.engine.rows, { sealer, ring }, () => {});
  assert.deepEqual(done, { accessKeys: 0, objects: 1, uploads: 0, passed: 0 });
  const now = (await world.get(bucket, 'key'))?.attributes?.encryption;
  assert.equal(now?.keyId, 'first');
  const alone = boxIn(await ringOf(t, `first ${NEW}`), 'first');
  assert.deepEqual(alone.unseal(place, now?.wrappedKey ?? ''), OBJECT_KEY);
  await world.close();
});
