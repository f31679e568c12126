/** The engine contract: what accounts, keys and buckets hold for access control. */

import { strict as assert } from 'node:assert';
import type { AccessKey, Account, BucketConfiguration, KeyScope } from '../../../src/model/entities.ts';
import { accountOf, conflicts, keyOf, type Test, type World } from './world.ts';

const HASH = '$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$UaYQ3lG4cTiq9xqO0vLwHGe2QkGmpVNqNqUEkY6zVpM';
const SCOPE: KeyScope = Object.freeze({
  resources: [{ bucket: 'photos', prefix: 'ferien/è\u{1f600}"\\/' }, { bucket: 'b' }],
  actions: ['s3:GetObject', 's3:ListBucket'],
  networks: ['10.0.0.0/8', '2001:db8::/32'],
});
/** Longer than anything that is kept in place. */
const POLICY = `{\r\n  "Id": "è\u{1f600}",\t"Statement": [${' '.repeat(20_000)}]\n}\n`;

const putAccount = ({ engine }: World, account: Account, replace: boolean) =>
  engine.rows.commit({ type: 'putAccount', account, replace });
const putKey = ({ engine }: World, key: AccessKey, replace: boolean) =>
  engine.rows.commit({ type: 'putKey', key, replace });

export function accessContract(test: Test): void {
  test('an account keeps its password hash and since when sessions count, and loses them when replaced', async (world) => {
    const full = accountOf('alice', { email: 'a@x', passwordHash: HASH, sessionsFrom: 1_700_000_000_123 });
    await putAccount(world, full, false);
    await putAccount(world, accountOf('bob', { sessionsFrom: 0 }), false);
    const endedSessions = [
      { id: 'A', until: 0 },
      { id: 'é', until: 1_700_000_000_123 },
    ];
    await putAccount(world, accountOf('dora', { endedSessions }), false);
    await putAccount(world, accountOf('carol', { passwordHash: HASH }), false);
    await world.reopen();
    const { rows } = world.engine;
    assert.deepEqual(await rows.getAccount({ email: 'a@x' }), full);
    assert.deepEqual(await rows.getAccount({ name: 'bob' }), accountOf('bob', { sessionsFrom: 0 }));
    assert.deepEqual(await rows.getAccount({ name: 'dora' }), accountOf('dora', { endedSessions }));
    assert.deepEqual(await rows.scanAccounts('bob', 1), [accountOf('carol', { passwordHash: HASH })]);
    await putAccount(world, accountOf('alice'), true);
    assert.deepEqual(await rows.getAccount({ id: 'alice' }), accountOf('alice'));
  });

  test('an account is replaced only while its password and its sessions are as expected', async (world) => {
    const account = accountOf('alice', { passwordHash: HASH, sessionsFrom: 5 });
    await putAccount(world, account, false);
    const put = { type: 'putAccount', account: accountOf('alice'), replace: true } as const;
    const { rows } = world.engine;
    await conflicts(rows.commit({ ...put, expect: accountOf('alice', { passwordHash: HASH }) }), 'revision');
    await conflicts(rows.commit({ ...put, expect: { ...account, passwordHash: `${HASH}x` } }), 'revision');
    await rows.commit({ ...put, expect: account });
    assert.deepEqual(await rows.getAccount({ id: 'alice' }), accountOf('alice'));
  });

  const scopes: Readonly<Record<string, KeyScope>> = {
    'all of it': SCOPE,
    nothing: {},
    'empty lists': { resources: [], actions: [], networks: [] },
    'what changes nothing': { actions: 'read-only' },
    'one object, and a version of one': {
      resources: [
        { bucket: 'photos', key: 'a/ü \n' },
        { bucket: 'photos', key: 'a', versionId: 'v.1' },
      ],
    },
    'a name that has a meaning in JavaScript': { resources: [{ bucket: '__proto__', prefix: 'constructor/' }] },
  };
  test('a key keeps its scope as it is, and when it expires', async (world) => {
    await world.account('alice');
    const keys = Object.values(scopes).map((scope, at) => keyOf(`K${at}`, 'alice', { scope, expiresAt: at }));
    for (const key of keys) await putKey(world, key, false);
    const plain = keyOf('L', 'alice', { label: 'no scope' });
    await putKey(world, plain, false);
    await world.reopen();
    const { rows } = world.engine;
    assert.deepEqual(await rows.scanKeys('alice', undefined, 100), [...keys, plain]);
    for (const key of keys) assert.deepEqual((await rows.getIdentity(key.accessKeyId))?.key, key);
    assert.deepEqual((await rows.getIdentity('L'))?.key, plain);
  });

  test('a key whose scope is widened, narrowed or taken away is what the next request sees', async (world) => {
    await world.account('alice');
    const key = keyOf('K', 'alice', { scope: SCOPE });
    await putKey(world, key, false);
    const { rows } = world.engine;
    const narrow = keyOf('K', 'alice', { scope: { resources: [] }, expiresAt: 7 });
    await conflicts(
      rows.commit({ type: 'putKey', key: narrow, replace: true, expect: keyOf('K', 'alice') }),
      'revision',
    );
    await rows.commit({ type: 'putKey', key: narrow, replace: true, expect: key });
    assert.deepEqual((await rows.getIdentity('K'))?.key, narrow);
    await conflicts(rows.commit({ type: 'putKey', key, replace: true, expect: key }), 'revision');
    await putKey(world, keyOf('K', 'alice'), true);
    assert.deepEqual((await rows.getIdentity('K'))?.key, keyOf('K', 'alice'));
  });

  test('a bucket keeps its documents byte for byte, and changes them in the state expected', async (world) => {
    const { revision, ...bucket } = await world.bucket();
    const update = (configuration: BucketConfiguration, expect: string) =>
      world.engine.rows.commit({ type: 'updateBucket', bucket: { ...bucket, configuration }, expect });
    const read = async () => (await world.engine.rows.getTarget({ bucket: 'bucket' })).bucket;
    const first = await update({ policy: POLICY, cors: '', requestPayment: '{}' }, revision);
    await world.reopen();
    const held = { ...bucket, configuration: { policy: POLICY, cors: '', requestPayment: '{}' } };
    assert.deepEqual(await read(), { ...held, revision: first.revision });
    await conflicts(update({}, revision), 'revision');
    assert.deepEqual((await world.engine.rows.scanBuckets({ limit: 10 }))[0], { ...held, revision: first.revision });
    const other = { ownershipControls: '{"a":1}', publicAccessBlock: POLICY };
    const second = await update(other, first.revision);
    assert.deepEqual(await read(), { ...bucket, configuration: other, revision: second.revision });
    const third = await update({}, second.revision);
    assert.deepEqual(await read(), { ...bucket, configuration: {}, revision: third.revision });
  });

  test('a bucket begins with the documents it is made with', async (world) => {
    const { revision: _revision, ...bucket } = { ...(await world.bucket('one')), id: 'id2', name: 'two' };
    const made = { ...bucket, configuration: { ownershipControls: 'BucketOwnerEnforced' } };
    const { revision } = await world.engine.rows.commit({ type: 'createBucket', bucket: made });
    assert.deepEqual((await world.engine.rows.getTarget({ bucket: 'two' })).bucket, { ...made, revision });
  });
}
