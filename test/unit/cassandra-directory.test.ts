/** Rows of accounts, keys and buckets as bytes, and the bounded memory of hints. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessKey, Account, Bucket, KeyScope } from '../../src/model/entities.ts';
import { type BucketRecord, bucketBytes, bucketRecord } from '../../src/store/cassandra/buckets/records.ts';
import { accessKeyOf, accountOf, birthOf, seal, unseal } from '../../src/store/cassandra/directory/records.ts';
import { Remembered } from '../../src/store/cassandra/remembered.ts';
import { newUuid } from '../../src/store/cassandra/uuid.ts';
import { Corrupt } from '../../src/store/port.ts';

const ACCOUNT: Account = {
  id: 'a1',
  name: 'Älice',
  email: 'Alice@Example.COM',
  canonicalId: 'c0'.repeat(32),
  role: 'operator',
  state: 'active',
  createdAt: 1_700_000_000_000,
  passwordHash: '$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA',
  sessionsFrom: 1_700_000_000_001,
};
const KEY: AccessKey = {
  accessKeyId: 'AKIA1',
  accountId: 'a1',
  sealedSecret: 'sealed',
  label: 'laptop',
  createdAt: 3,
  allowV2: true,
  state: 'revoked',
  scope: {
    resources: [{ bucket: 'b', prefix: 'a/\u{0}é/' }, { bucket: 'c' }],
    actions: ['s3:GetObject', ''],
    networks: ['10.0.0.0/8', '::1'],
  },
  expiresAt: 4,
};
const BUCKET: Bucket = {
  id: 'b1',
  name: 'bucket',
  owner: 'a1',
  ownerCanonicalId: ACCOUNT.canonicalId,
  region: 'us-east-1',
  createdAt: 2,
  versioning: 'suspended',
  configuration: { policy: '{"Statement":[]}', cors: '' },
  acl: {
    owner: ACCOUNT.canonicalId,
    grants: [
      { grantee: { type: 'account', canonicalId: ACCOUNT.canonicalId }, permission: 'FULL_CONTROL' },
      { grantee: { type: 'group', group: 'AllUsers' }, permission: 'READ' },
    ],
  },
  revision: 'r1',
};

test('accounts and keys are read as they were written, with and without what is optional', () => {
  assert.deepEqual(accountOf(unseal('account a1', seal('account a1', ACCOUNT))), ACCOUNT);
  assert.deepEqual(accessKeyOf(unseal('key AKIA1', seal('key AKIA1', KEY))), KEY);
  const { email: _email, passwordHash: _hash, sessionsFrom: _from, ...account } = ACCOUNT;
  const { label: _label, scope: _scope, expiresAt: _expiry, ...key } = KEY;
  assert.deepEqual(accountOf(unseal('x', seal('x', account))), account);
  assert.deepEqual(accessKeyOf(unseal('x', seal('x', key))), key);
});

test('scopes are read as they were written: a part that is absent, empty or one word stays so', () => {
  const scopes: readonly KeyScope[] = [
    {},
    { resources: [] },
    { actions: [] },
    { networks: [] },
    { actions: 'read-only' },
    { resources: [{ bucket: '' }], actions: 'read-only', networks: ['0.0.0.0/0'] },
  ];
  for (const scope of scopes) {
    const key = { ...KEY, scope };
    assert.deepEqual(accessKeyOf(unseal('x', seal('x', key))), key);
  }
});

test('rule 12: a scope with a part that is not understood is corrupt, never a wider one', () => {
  const resources = [{ bucket: 'b', suffix: '.txt' }];
  for (const scope of [{ times: [] }, { resources }, { actions: 'all' }, { networks: [1] }, { resources: {} }]) {
    assert.throws(() => accessKeyOf(unseal('x', seal('x', { ...KEY, scope }))), Corrupt, JSON.stringify(scope));
  }
});

test('a key remembers the change that made it; rows of before have none', () => {
  assert.equal(birthOf(unseal('x', seal('x', { ...KEY, born: '7' }))), '7');
  assert.equal(birthOf(unseal('x', seal('x', KEY))), '');
  assert.deepEqual(accessKeyOf(unseal('x', seal('x', { ...KEY, born: '7' }))), KEY);
});

test('a bucket is read as it was written, in every state', () => {
  const home = { region: 'us-east-1', bucketId: 'b1' };
  const pending: Bucket = { ...BUCKET, versioning: 'enabled', revision: 'r2' };
  const states: readonly BucketRecord[] = [
    { home, rev: 'u1', state: 'new', epoch: 0, bucket: BUCKET, pending: undefined },
    { home, rev: 'u2', state: 'changing', epoch: 7, bucket: BUCKET, pending },
    { home, rev: 'u3', state: 'gone', epoch: 8, bucket: BUCKET, pending: undefined },
  ];
  for (const record of states) {
    assert.deepEqual(bucketRecord(home, { rev: record.rev, v: bucketBytes(record) }), record);
  }
});

test('a row that is damaged, in another row’s place or of another shape is corrupt', () => {
  const bytes = seal('account a1', ACCOUNT);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    assert.throws(() => unseal('account a1', damaged), Corrupt);
  }
  assert.throws(() => unseal('account a2', bytes), Corrupt);
  assert.throws(() => unseal('account a1', Buffer.alloc(0)), Corrupt);
  assert.throws(() => unseal('account a1', undefined), Corrupt);
  assert.throws(() => accountOf(unseal('x', seal('x', { ...ACCOUNT, role: 'king' }))), Corrupt);
  assert.throws(() => accountOf(unseal('x', seal('x', { ...ACCOUNT, createdAt: '1' }))), Corrupt);
});

test('the memory of hints forgets what was used longest ago', () => {
  const memory = new Remembered<string, number>(2);
  memory.set('a', 1);
  memory.set('b', 2);
  assert.equal(memory.get('a'), 1);
  memory.set('c', 3);
  assert.deepEqual([memory.get('a'), memory.get('b'), memory.get('c')], [1, undefined, 3]);
  memory.delete('a');
  assert.equal(memory.get('a'), undefined);
});

test('UUIDs are of version 4 and take all their other bits from the randomness', () => {
  const of = (value: number) => newUuid({ bytes: (count) => Buffer.alloc(count, value) });
  assert.equal(of(0xff), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
  assert.equal(of(0), '00000000-0000-4000-8000-000000000000');
});
