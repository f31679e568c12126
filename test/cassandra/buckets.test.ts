/**
 * Accounts and buckets with several front ends over one store: races that one must win, and front ends that die after any
 * statement, whose work others then finish. What is asked of those others is what clients would see.
 */

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { AccessKey, Bucket, Versioning } from '../../src/model/entities.ts';
import { type Committed, Conflict, type Engine, Unavailable } from '../../src/store/port.ts';
import { accountOf, draftOf, PRIVATE, piecesOf } from '../contract/engine/world.ts';
import { Death } from '../support/dying-sessions.ts';
import { createOwnStore, type OwnStore } from '../support/own-store.ts';

const REGION = 'us-east-1';
const OWNER = 'owner';
const place = sharedRing();
const skip = place === undefined ? 'npm test starts a ring' : false;

let own: OwnStore;
let first: Engine;
let second: Engine;
let names = 0;
const fresh = (): string => `n${++names}`;

before(async () => {
  if (place === undefined) return;
  own = await createOwnStore(place, REGION);
  first = await own.open();
  second = await own.open();
  await putAccount(first, OWNER);
});

after(async () => {
  if (place === undefined) return;
  await first.close();
  await second.close();
  await own.remove();
});

// ------------------------------------------------------------------------------------------------------ short ways

const putAccount = (front: Engine, id: string) =>
  front.rows.commit({ type: 'putAccount', account: accountOf(id), replace: false });

const keyOf = (accountId: string, state: AccessKey['state'] = 'active'): AccessKey => ({
  accessKeyId: `K-${accountId}`,
  accountId,
  sealedSecret: 'sealed',
  createdAt: 1,
  allowV2: false,
  state,
});

const draft = (name: string, id: string, owner = OWNER): Omit<Bucket, 'revision'> => ({
  id,
  name,
  owner,
  ownerCanonicalId: accountOf(owner).canonicalId,
  region: REGION,
  createdAt: systemClock.now(),
  versioning: 'unversioned',
  acl: PRIVATE,
  configuration: {},
});

const create = (front: Engine, name: string, id = `id-${name}`, owner = OWNER) =>
  front.rows.commit({ type: 'createBucket', bucket: draft(name, id, owner) });

const remove = (front: Engine, name: string, bucketId = `id-${name}`) =>
  front.rows.commit({ type: 'deleteBucket', bucketId, name });

const bucketOf = async (front: Engine, name: string) => (await front.rows.getTarget({ bucket: name })).bucket;

const listed = async (front: Engine, name: string) =>
  (await front.rows.scanBuckets({ owner: OWNER, prefix: name, limit: 10 })).filter((bucket) => bucket.name === name);

async function setVersioning(front: Engine, name: string, versioning: Versioning): Promise<Committed> {
  const bucket = await bucketOf(front, name);
  assert(bucket !== undefined);
  const { revision: expect, ...rest } = bucket;
  return front.rows.commit({ type: 'updateBucket', bucket: { ...rest, versioning }, expect });
}

async function put(front: Engine, bucketId: string, key: string, versioning: Versioning): Promise<Committed> {
  const body = await front.blobs.write(piecesOf(Buffer.from(key)), undefined);
  return front.rows.commit({ type: 'putVersion', bucketId, key, versioning, draft: draftOf(body) });
}

/** `done`, the conflict with its field, or `unavailable`. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof Conflict) return error.field === undefined ? error.what : `${error.what} ${error.field}`;
    if (error instanceof Unavailable) return 'unavailable';
    throw error;
  }
}

/** Lets a front end die after its first, its second … statement that writes, until it needs no more. */
async function throughDeaths(of: {
  readonly prepare: (name: string) => Promise<unknown>;
  readonly act: (front: Engine, name: string) => Promise<unknown>;
  readonly judge: (name: string, outcome: string) => Promise<void>;
}): Promise<void> {
  for (let step = 1; ; step++) {
    const name = fresh();
    await of.prepare(name);
    const death = new Death(step);
    const dying = await own.open(death.sessions);
    const outcome = await outcomeOf(of.act(dying, name));
    await dying.close().catch((error: unknown) => assert(error instanceof Unavailable));
    await of.judge(name, outcome);
    if (death.happened) continue;
    assert.equal(outcome, 'done');
    assert(step > 2, 'some deaths');
    return;
  }
}

// ------------------------------------------------------------------------------------------------------------ races

suite('races of several front ends', { skip }, () => {
  test('of many claims of one name exactly one wins, and all front ends know which', async () => {
    const name = fresh();
    const ids = Array.from({ length: 10 }, (_, index) => `id-${name}-${index}`);
    const outcomes = await Promise.all(
      ids.map((id, index) => outcomeOf(create(index % 2 === 0 ? first : second, name, id))),
    );
    const winners = ids.filter((_, index) => outcomes[index] === 'done');
    assert.equal(winners.length, 1, outcomes.join());
    assert(outcomes.every((outcome) => ['done', 'exists name', 'unavailable'].includes(outcome)));
    for (const front of [first, second]) {
      assert.equal((await bucketOf(front, name))?.id, winners[0]);
      assert.deepEqual(
        (await listed(front, name)).map(({ id }) => id),
        winners,
      );
    }
  });

  test('a bucket that another front end deleted and made again is the new one at once', async () => {
    const name = fresh();
    for (let round = 0; round < 4; round++) {
      const [maker, other] = round % 2 === 0 ? [first, second] : [second, first];
      const id = `id-${name}-${round}`;
      await create(maker, name, id);
      assert.equal((await bucketOf(other, name))?.id, id);
      assert.equal((await other.rows.getTarget({ bucket: name, key: 'k' })).version, undefined);
      await put(other, id, 'k', 'unversioned');
      assert.equal(await outcomeOf(remove(maker, name, id)), 'not-empty');
      await maker.rows.commit({ type: 'removeNull', bucketId: id, key: 'k', versioning: 'unversioned' });
      await remove(other, name, id);
      for (const front of [maker, other])
        assert.deepEqual(await front.rows.getTarget({ bucket: name, key: 'k' }), {
          bucket: undefined,
          version: undefined,
          revision: 'absent',
        });
      assert.equal(await outcomeOf(put(maker, id, 'k', 'unversioned')), 'bucket');
      assert.deepEqual(await listed(maker, name), []);
    }
  });

  test('a put meets a deletion: the object is there, or the bucket is gone and the put was refused', async () => {
    for (let round = 0; round < 10; round++) {
      const name = fresh();
      await create(first, name);
      const putting = outcomeOf(sleep(round * 15).then(() => put(first, `id-${name}`, 'k', 'unversioned')));
      const [stored, deleted] = await Promise.all([putting, outcomeOf(remove(second, name))]);
      const target = await second.rows.getTarget({ bucket: name, key: 'k' });
      const what = `${stored}, ${deleted}`;
      if (stored === 'done') assert(target.version !== undefined, what);
      else assert.equal(stored, 'bucket', what);
      if (deleted === 'done') assert.equal(target.bucket, undefined, what);
      else assert.equal(deleted, 'not-empty', what);
    }
  });

  test('puts meet a change of versioning: what was acknowledged under either state is as that state wants it', async () => {
    const name = fresh();
    await create(first, name);
    const kept: string[] = [];
    let isOver = false;
    const writing = [first, second].map(async (front, lane) => {
      while (!isOver) {
        const bucket = await bucketOf(front, name);
        assert(bucket !== undefined);
        const work = put(front, bucket.id, `k${lane}`, bucket.versioning);
        if ((await outcomeOf(work)) !== 'done') continue;
        const { versionId = '', isNull } = await work;
        if (isNull !== true) kept.push(versionId);
      }
    });
    for (const versioning of ['enabled', 'suspended', 'enabled'] as const) {
      await sleep(200);
      await setVersioning(first, name, versioning);
      assert.equal((await second.rows.getTarget({ bucket: name, key: 'k0' })).bucket?.versioning, versioning);
    }
    await sleep(200);
    isOver = true;
    await Promise.all(writing);
    const versions = await first.rows.scanVersions(`id-${name}`, undefined, 10_000);
    const ids = new Set(versions.map(({ versionId }) => versionId));
    assert(kept.length > 0);
    assert.deepEqual(
      kept.filter((id) => !ids.has(id)),
      [],
    );
    for (const key of ['k0', 'k1']) assert(versions.filter((one) => one.key === key && one.isNull).length <= 1);
  });

  test('of two changes of one bucket at once one wins', async () => {
    const name = fresh();
    await create(first, name);
    const bucket = await bucketOf(first, name);
    assert(bucket !== undefined);
    const { revision: expect, ...rest } = bucket;
    const changes = [first, second].map((front) =>
      outcomeOf(front.rows.commit({ type: 'updateBucket', bucket: { ...rest, versioning: 'enabled' }, expect })),
    );
    assert.deepEqual((await Promise.all(changes)).sort(), ['done', 'revision']);
    assert.equal((await bucketOf(second, name))?.versioning, 'enabled');
  });

  test('an account is removed or gets a bucket, never both', async () => {
    for (let round = 0; round < 12; round++) {
      const id = fresh();
      await putAccount(first, id);
      const removal = sleep(round * 5).then(() => second.rows.commit({ type: 'removeAccount', id }));
      const [made, removed] = await Promise.all([outcomeOf(create(first, id, `id-${id}`, id)), outcomeOf(removal)]);
      const [bucket, account] = [await bucketOf(second, id), await first.rows.getAccount({ id })];
      assert.equal(bucket !== undefined, made === 'done', `${made}, ${removed}`);
      assert.equal(account === undefined, removed === 'done', `${made}, ${removed}`);
      assert(bucket === undefined || account !== undefined);
    }
  });
});

// ----------------------------------------------------------------------------------------------------------- deaths

suite('front ends that die after any statement', { skip }, () => {
  test('an account is there wholly or not at all', () =>
    throughDeaths({
      prepare: async () => {},
      act: putAccount,
      judge: async (id) => {
        const account = await first.rows.getAccount({ name: id });
        assert.deepEqual(await first.rows.getAccount({ id }), account);
        assert.equal(await outcomeOf(putAccount(second, id)), account === undefined ? 'done' : 'exists id');
      },
    }));

  test('a revocation that was begun is finished by the next who changes anything', () =>
    throughDeaths({
      prepare: async (id) => {
        await putAccount(first, id);
        await first.rows.commit({ type: 'putKey', key: keyOf(id), replace: false });
      },
      act: (front, id) => front.rows.commit({ type: 'putKey', key: keyOf(id, 'revoked'), replace: true }),
      judge: async (id, outcome) => {
        if (outcome === 'unavailable') await putAccount(first, fresh());
        const [key] = await second.rows.scanKeys(id, undefined, 10);
        if (outcome === 'done') assert.equal(key?.state, 'revoked');
        assert.deepEqual((await second.rows.getIdentity(`K-${id}`))?.key, key);
      },
    }));

  test('an account that was to be removed is there with its keys or gone with them, and can have buckets if there', () =>
    throughDeaths({
      prepare: async (id) => {
        await putAccount(first, id);
        await first.rows.commit({ type: 'putKey', key: keyOf(id), replace: false });
      },
      act: (front, id) => front.rows.commit({ type: 'removeAccount', id }),
      judge: async (id) => {
        await putAccount(second, fresh());
        const account = await second.rows.getAccount({ name: id });
        assert.deepEqual((await second.rows.getIdentity(`K-${id}`))?.account, account);
        const made = await outcomeOf(create(first, id, `id-${id}`, id));
        assert.equal(made, account === undefined ? 'missing' : 'done');
        const again = await outcomeOf(second.rows.commit({ type: 'removeAccount', id }));
        assert.equal(again, account === undefined ? 'missing' : 'not-empty');
      },
    }));

  test('a bucket is there wholly, or its name is free', () =>
    throughDeaths({
      prepare: async () => {},
      act: create,
      judge: async (name) => {
        const bucket = await bucketOf(second, name);
        assert.equal((await listed(second, name)).length, bucket === undefined ? 0 : 1);
        if (bucket !== undefined) await put(second, bucket.id, 'k', 'unversioned');
        const again = await outcomeOf(create(second, name, `again-${name}`));
        assert.equal(again, bucket === undefined ? 'done' : 'exists name');
        assert.equal((await listed(first, name)).length, 1);
      },
    }));

  test('a bucket whose versioning was being changed has one state, which can be changed', () =>
    throughDeaths({
      prepare: async (name) => {
        await create(first, name);
        await put(first, `id-${name}`, 'k', 'unversioned');
      },
      act: (front, name) => setVersioning(front, name, 'enabled'),
      judge: async (name, outcome) => {
        await outcomeOf(setVersioning(second, name, 'enabled'));
        const bucket = await bucketOf(first, name);
        assert(bucket !== undefined && (outcome !== 'done' || bucket.versioning === 'enabled'));
        const target = await second.rows.getTarget({ bucket: name, key: 'k' });
        assert.equal(target.bucket?.versioning, bucket.versioning);
        assert(target.version !== undefined);
        await put(first, bucket.id, 'k', bucket.versioning);
        await setVersioning(first, name, 'suspended');
        assert.equal((await first.rows.scanVersions(bucket.id, undefined, 10)).length, 2);
      },
    }));

  test('a bucket that was being deleted is there or gone, and its name can be had again', () =>
    throughDeaths({
      prepare: async (name) => {
        await create(first, name);
        await put(first, `id-${name}`, 'k', 'unversioned');
        await first.rows.commit({ type: 'removeNull', bucketId: `id-${name}`, key: 'k', versioning: 'unversioned' });
      },
      act: remove,
      judge: async (name, outcome) => {
        const bucket = await bucketOf(second, name);
        if (outcome === 'done') assert.equal(bucket, undefined);
        const again = await outcomeOf(remove(second, name));
        // Who finishes another's deletion finds the bucket gone.
        assert(again === 'missing' || (again === 'done' && bucket !== undefined), again);
        await create(first, name, `again-${name}`);
        assert.equal((await bucketOf(second, name))?.id, `again-${name}`);
        assert.deepEqual(
          (await listed(second, name)).map(({ id }) => id),
          [`again-${name}`],
        );
        assert.equal(await outcomeOf(put(second, `id-${name}`, 'k', 'unversioned')), 'bucket');
      },
    }));

  test('a bucket is empty when its keys are gone, whatever the removals left behind', () =>
    throughDeaths({
      prepare: async (name) => {
        await create(first, name);
        for (const key of ['k', 'k', 'l']) await put(first, `id-${name}`, key, 'unversioned');
        await first.rows.commit({ type: 'removeNull', bucketId: `id-${name}`, key: 'l', versioning: 'unversioned' });
      },
      act: (front, name) =>
        front.rows.commit({ type: 'removeNull', bucketId: `id-${name}`, key: 'k', versioning: 'unversioned' }),
      judge: async (name) => {
        const keys = await second.rows.scanCurrent(`id-${name}`, undefined, 10);
        assert.equal(await outcomeOf(remove(second, name)), keys.length === 0 ? 'done' : 'not-empty');
      },
    }));
});
