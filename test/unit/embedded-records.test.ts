/** Rows that earlier versions wrote are read as what they were: their bytes, as those versions wrote them. */

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { RowReader, RowWriter } from '../../src/store/embedded/codec.ts';
import {
  readAccessKey,
  readAccount,
  readBucket,
  writeAccessKey,
  writeAccount,
  writeBucket,
} from '../../src/store/embedded/records.ts';
import { CANONICAL, PRIVATE } from '../contract/engine/world.ts';

const C = 'c0ffee00'.repeat(8);
const rowOf = (hex: string): RowReader => new RowReader(Buffer.from(hex, 'hex'));
const written = (fill: (row: RowWriter) => void): RowReader => {
  const row = new RowWriter().start();
  fill(row);
  return new RowReader(row.seal(Buffer.of(0)).subarray(4));
};

test('an account of before passwords has none', () => {
  const alice = `14616c69636514416c6963658101${C}010100010c614078`;
  const account = {
    id: 'alice',
    name: 'Alice',
    canonicalId: CANONICAL,
    role: 'tenant',
    state: 'active',
    createdAt: 1,
    email: 'a@x',
  } as const;
  assert.deepEqual(readAccount(rowOf(alice)), account);
  assert.deepEqual(readAccount(written((row) => writeAccount(row, account))), account);
  const bob = readAccount(rowOf(`0c626f620c626f628101${'b0b0b0b0'.repeat(8)}02000100`));
  assert.deepEqual(
    [bob.role, bob.state, bob.createdAt, 'email' in bob, 'passwordHash' in bob],
    ['operator', 'suspended', 2, false, false],
  );
});

test('a key of before scopes may do all that its account may, and does not expire', () => {
  const key = {
    accessKeyId: 'AKIA1',
    accountId: 'alice',
    sealedSecret: 'sealed',
    createdAt: 3,
    allowV2: true,
    state: 'active',
    label: 'laptop',
  } as const;
  assert.deepEqual(readAccessKey(rowOf('14414b49413114616c696365187365616c656403010001186c6170746f70')), key);
  assert.deepEqual(readAccessKey(written((row) => writeAccessKey(row, key))), key);
  const { label: _label, ...plain } = { ...key, accessKeyId: 'AKIA2', allowV2: false, state: 'revoked' } as const;
  assert.deepEqual(readAccessKey(rowOf('14414b49413214616c696365187365616c656403000100')), plain);
});

test('a bucket of before documents has none', () => {
  const row = `01022469642d6275636b6574186275636b657414616c6963658101${C}2475732d656173742d3104010601040006`;
  const bucket = {
    id: 'id-bucket',
    name: 'bucket',
    owner: 'alice',
    ownerCanonicalId: CANONICAL,
    region: 'us-east-1',
    createdAt: 4,
    versioning: 'enabled',
    acl: PRIVATE,
    configuration: {},
    revision: '2',
  } as const;
  assert.deepEqual(readBucket(rowOf(row)), { bucket, number: 1 });
  const record = { bucket: { ...bucket, configuration: { policy: '{}' } }, number: 1 };
  assert.deepEqual(readBucket(written((to) => writeBucket(to, record))), record);
});
