/** The engine contract: accounts, access keys and buckets. */

import { strict as assert } from 'node:assert';
import type { AccessKey } from '../../../src/model/entities.ts';
import { accountOf, CANONICAL, conflicts, keyOf, PRIVATE, type Test, type World } from './world.ts';

const putKey = (world: World, key: AccessKey, replace = false) =>
  world.engine.rows.commit({ type: 'putKey', key, replace });

export function accountContract(test: Test): void {
  test('an account is found by id, name, e-mail in any case, and canonical id', async (world) => {
    const account = accountOf('alice', { name: 'Älice', email: 'Alice@Example.COM', role: 'operator' });
    await world.engine.rows.commit({ type: 'putAccount', account, replace: false });
    await world.reopen();
    const { rows } = world.engine;
    const queries = [
      { id: 'alice' },
      { name: 'Älice' },
      { email: 'aLICE@example.com' },
      { canonicalId: account.canonicalId },
    ];
    for (const query of queries) assert.deepEqual(await rows.getAccount(query), account);
    assert.equal(await rows.getAccount({ name: 'älice' }), undefined);
    assert.equal(await rows.getAccount({ id: 'bob' }), undefined);
  });

  test('name, e-mail and canonical id are unique, and the conflict says which', async (world) => {
    const { rows } = world.engine;
    const put = (over: Parameters<typeof accountOf>[1], id = 'bob') =>
      rows.commit({ type: 'putAccount', account: accountOf(id, over), replace: false });
    const alice = accountOf('alice', { email: 'a@x' });
    await rows.commit({ type: 'putAccount', account: alice, replace: false });
    await conflicts(put({}, 'alice'), 'exists', 'id');
    await conflicts(put({ name: 'alice' }), 'exists', 'name');
    await conflicts(put({ email: 'A@X' }), 'exists', 'email');
    await conflicts(put({ canonicalId: alice.canonicalId }), 'exists', 'canonicalId');
    assert.equal(await rows.getAccount({ id: 'bob' }), undefined);
    await conflicts(rows.commit({ type: 'putAccount', account: accountOf('bob'), replace: true }), 'missing');
  });

  test('an account or key is replaced only while it, and another account, are as expected', async (world) => {
    const { rows } = world.engine;
    const [alice, bob] = [accountOf('alice'), accountOf('bob', { role: 'operator' })];
    for (const account of [alice, bob]) await rows.commit({ type: 'putAccount', account, replace: false });
    const suspended = accountOf('alice', { state: 'suspended' });
    const put = { type: 'putAccount', account: suspended, replace: true } as const;
    await conflicts(rows.commit({ ...put, expect: accountOf('alice', { email: 'a@x' }) }), 'revision');
    await conflicts(rows.commit({ ...put, expect: alice, given: accountOf('bob') }), 'revision');
    await conflicts(rows.commit({ ...put, given: accountOf('carol') }), 'revision');
    assert.deepEqual(await rows.getAccount({ id: 'alice' }), alice);
    await rows.commit({ ...put, expect: alice, given: bob });
    assert.deepEqual(await rows.getAccount({ id: 'alice' }), suspended);
    await conflicts(rows.commit({ type: 'removeAccount', id: 'alice', given: accountOf('bob') }), 'revision');
    await rows.commit({ type: 'removeAccount', id: 'alice', given: bob });
    const key = keyOf('K1', 'bob');
    await putKey(world, key);
    const revoked = keyOf('K1', 'bob', { state: 'revoked' });
    await rows.commit({ type: 'putKey', key: revoked, replace: true, expect: key });
    await conflicts(rows.commit({ type: 'putKey', key, replace: true, expect: key }), 'revision');
    assert.deepEqual((await rows.getIdentity('K1'))?.key, revoked);
  });

  test('replacing an account frees what it was called before', async (world) => {
    const { rows } = world.engine;
    await world.account('alice');
    const renamed = accountOf('alice', { name: 'al', state: 'suspended' });
    await rows.commit({ type: 'putAccount', account: renamed, replace: true });
    assert.deepEqual(await rows.getAccount({ name: 'al' }), renamed);
    assert.equal(await rows.getAccount({ name: 'alice' }), undefined);
    await rows.commit({ type: 'putAccount', account: accountOf('bob', { name: 'alice' }), replace: false });
    await conflicts(rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: true }), 'exists', 'name');
  });

  test('accounts are listed by name, in pages', async (world) => {
    for (const id of ['d', 'a', 'c', 'b', 'é']) await world.account(id);
    const names = async (after: string | undefined, limit: number) =>
      (await world.engine.rows.scanAccounts(after, limit)).map(({ name }) => name);
    assert.deepEqual(await names(undefined, 10), ['a', 'b', 'c', 'd', 'é']);
    assert.deepEqual(await names('a', 2), ['b', 'c']);
    assert.deepEqual(await names('bb', 10), ['c', 'd', 'é']);
    assert.deepEqual(await names('é', 10), []);
  });

  test('an account with a bucket is not removed; without, its keys go with it', async (world) => {
    const { rows } = world.engine;
    const bucket = await world.bucket();
    await putKey(world, keyOf('K1', 'alice'));
    await conflicts(rows.commit({ type: 'removeAccount', id: 'alice' }), 'not-empty');
    assert.notEqual(await rows.getIdentity('K1'), undefined);
    await rows.commit({ type: 'deleteBucket', bucketId: bucket.id, name: bucket.name });
    await rows.commit({ type: 'removeAccount', id: 'alice' });
    assert.equal(await rows.getIdentity('K1'), undefined);
    assert.deepEqual(await rows.scanKeys(undefined, undefined, 10), []);
    assert.equal(await rows.getAccount({ name: 'alice' }), undefined);
    await conflicts(rows.commit({ type: 'removeAccount', id: 'alice' }), 'missing');
  });

  test('an identity is the key with its account, whatever their state', async (world) => {
    await world.account('alice');
    const key = keyOf('AKIA1', 'alice', { state: 'revoked', allowV2: false, label: 'laptop' });
    await putKey(world, key);
    await world.reopen();
    assert.deepEqual(await world.engine.rows.getIdentity('AKIA1'), { key, account: accountOf('alice') });
    assert.equal(await world.engine.rows.getIdentity('AKIA'), undefined);
    assert.equal(await world.engine.rows.getIdentity('AKIA11'), undefined);
  });

  test('a key needs its account, is new or replaces, and can be removed', async (world) => {
    const { rows } = world.engine;
    await conflicts(putKey(world, keyOf('K1', 'alice')), 'missing');
    await world.account('alice');
    await conflicts(putKey(world, keyOf('K1', 'alice'), true), 'missing');
    await putKey(world, keyOf('K1', 'alice'));
    await conflicts(putKey(world, keyOf('K1', 'alice')), 'exists');
    await putKey(world, keyOf('K1', 'alice', { state: 'revoked' }), true);
    assert.equal((await rows.getIdentity('K1'))?.key.state, 'revoked');
    await rows.commit({ type: 'removeKey', accessKeyId: 'K1' });
    assert.equal(await rows.getIdentity('K1'), undefined);
    await conflicts(rows.commit({ type: 'removeKey', accessKeyId: 'K1' }), 'missing');
  });

  test('keys are listed by id, of one account or of all, in pages', async (world) => {
    await world.account('alice');
    await world.account('alice2');
    for (const [id, owner] of Object.entries({ K3: 'alice', K1: 'alice', K2: 'alice2', K4: 'alice' })) {
      await putKey(world, keyOf(id, owner));
    }
    const ids = async (account: string | undefined, after: string | undefined, limit: number) =>
      (await world.engine.rows.scanKeys(account, after, limit)).map(({ accessKeyId }) => accessKeyId);
    assert.deepEqual(await ids(undefined, undefined, 10), ['K1', 'K2', 'K3', 'K4']);
    assert.deepEqual(await ids('alice', undefined, 2), ['K1', 'K3']);
    assert.deepEqual(await ids('alice', 'K1', 10), ['K3', 'K4']);
    assert.deepEqual(await ids('alice2', undefined, 10), ['K2']);
    assert.deepEqual(await ids(undefined, 'K2', 1), ['K3']);
    assert.deepEqual(await ids('nobody', undefined, 10), []);
  });
}

export function bucketContract(test: Test): void {
  test('a bucket name is claimed once, platform-wide, and is free again when the bucket is gone', async (world) => {
    const { rows } = world.engine;
    await world.account('bob');
    const bucket = await world.bucket('name');
    await world.reopen();
    assert.deepEqual((await world.engine.rows.getTarget({ bucket: 'name' })).bucket, bucket);
    await conflicts(world.bucket('name'), 'exists');
    await conflicts(world.bucket('name', 'unversioned', 'bob'), 'exists');
    await world.engine.rows.commit({ type: 'deleteBucket', bucketId: bucket.id, name: 'name' });
    assert.equal((await world.engine.rows.getTarget({ bucket: 'name' })).bucket, undefined);
    const other = { ...bucket, id: 'another', owner: 'bob', revision: undefined };
    await world.engine.rows.commit({ type: 'createBucket', bucket: other });
    assert.equal((await world.engine.rows.getTarget({ bucket: 'name' })).bucket?.owner, 'bob');
    assert.notEqual(rows, undefined);
  });

  test('of many claims of one name at once exactly one wins', async (world) => {
    await world.account('alice');
    const claim = (id: string) =>
      world.engine.rows.commit({
        type: 'createBucket',
        bucket: {
          id,
          name: 'wanted',
          owner: 'alice',
          ownerCanonicalId: CANONICAL,
          region: 'us-east-1',
          createdAt: 1,
          versioning: 'unversioned',
          acl: PRIVATE,
          configuration: {},
        },
      });
    const claims = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => claim(`id-${index}`)));
    assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1);
    const winner = claims.findIndex(({ status }) => status === 'fulfilled');
    assert.equal((await world.engine.rows.getTarget({ bucket: 'wanted' })).bucket?.id, `id-${winner}`);
  });

  test('a bucket needs its owner’s account', async (world) => {
    const bucket = await world.bucket('one');
    const { revision: _revision, ...draft } = { ...bucket, id: 'id2', name: 'two', owner: 'nobody' };
    await conflicts(world.engine.rows.commit({ type: 'createBucket', bucket: draft }), 'missing');
  });

  test('a bucket is updated only in the state expected, and keeps id, name and owner', async (world) => {
    const { rows } = world.engine;
    const { revision, ...bucket } = await world.bucket();
    const acl = { owner: CANONICAL, grants: [] };
    const update = (expect: string) =>
      rows.commit({
        type: 'updateBucket',
        bucket: { ...bucket, owner: 'mallory', versioning: 'enabled', acl },
        expect,
      });
    const { revision: second } = await update(revision);
    assert.notEqual(second, revision);
    const changed = { ...bucket, versioning: 'enabled', acl, revision: second };
    assert.deepEqual((await rows.getTarget({ bucket: 'bucket' })).bucket, changed);
    await conflicts(update(revision), 'revision');
    assert.deepEqual((await rows.getTarget({ bucket: 'bucket' })).bucket, changed);
    await rows.commit({ type: 'deleteBucket', bucketId: bucket.id, name: bucket.name });
    await conflicts(update(second), 'revision');
  });

  test('a bucket with a version or a delete marker is not deleted; unfinished uploads go with it', async (world) => {
    const { rows } = world.engine;
    const bucket = await world.bucket('bucket', 'enabled');
    const remove = () => rows.commit({ type: 'deleteBucket', bucketId: bucket.id, name: bucket.name });
    const { versionId = '' } = await world.put(bucket, 'k', undefined);
    await conflicts(remove(), 'not-empty');
    const expect = (await world.get(bucket, 'k', versionId))?.revision ?? '';
    await rows.commit({ type: 'removeVersion', bucketId: bucket.id, key: 'k', versionId, expect });
    const upload = await world.upload(bucket, 'k', 'u1');
    await world.part(upload, 1, Buffer.from('part'));
    await remove();
    await conflicts(remove(), 'missing');
    assert.equal(await rows.getUpload(bucket.id, 'k', 'u1'), undefined);
    assert.deepEqual(await rows.scanUploads(bucket.id, undefined, 10), []);
    assert.deepEqual(await rows.scanParts('u1', 0, 10), []);
    await conflicts(world.part(upload, 2, Buffer.from('late')), 'upload');
    await conflicts(world.put(bucket, 'k', Buffer.from('late')), 'bucket');
    await conflicts(world.upload(bucket, 'k', 'u2'), 'bucket');
    await world.sweepAll();
    await world.uses({ buckets: 0, bodyBytes: 0, trashBytes: 0 });
    assert.deepEqual(await world.findings(), []);
  });

  test('buckets are listed by name, of one owner or of all, with prefix and in pages', async (world) => {
    await world.account('bob');
    for (const name of ['b-2', 'a-1', 'b-1', 'c']) await world.bucket(name);
    await world.bucket('b-0', 'unversioned', 'bob');
    const names = async (query: Parameters<typeof world.engine.rows.scanBuckets>[0]) =>
      (await world.engine.rows.scanBuckets(query)).map(({ name }) => name);
    assert.deepEqual(await names({ limit: 10 }), ['a-1', 'b-0', 'b-1', 'b-2', 'c']);
    assert.deepEqual(await names({ owner: 'alice', limit: 10 }), ['a-1', 'b-1', 'b-2', 'c']);
    assert.deepEqual(await names({ owner: 'alice', prefix: 'b-', limit: 10 }), ['b-1', 'b-2']);
    assert.deepEqual(await names({ owner: 'alice', prefix: 'b-', after: 'b-1', limit: 10 }), ['b-2']);
    assert.deepEqual(await names({ prefix: 'b', after: 'a', limit: 2 }), ['b-0', 'b-1']);
    assert.deepEqual(await names({ owner: 'al', limit: 10 }), []);
    assert.deepEqual(await names({ after: 'c', limit: 10 }), []);
    assert.deepEqual(await names({ prefix: 'b', after: 'b-2', limit: 10 }), []);
  });
}
