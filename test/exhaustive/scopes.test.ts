/** Scopes of keys: what each kind of request needs of them, and that names are literal. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Need, Question } from '../../src/model/access/question.ts';
import { decide } from '../../src/model/access.ts';
import { type KeyScope, OPEN_PLATFORM } from '../../src/model/entities.ts';
import { isBucketInScope, READ_ONLY_ACTIONS, type Reach } from '../../src/model/scope.ts';
import { OPERATIONS, type OperationRow } from '../../src/ops/table.ts';

/** A caller who owns everything: whatever is denied, a scope denies it. */
const question = (scopes: readonly KeyScope[], reach: Reach, parts: Partial<Question> = {}): Question => ({
  need: 'owner',
  actions: ['s3:GetObject'],
  principal: { kind: 'account', id: 'a', canonicalId: 'owner' },
  scopes,
  remoteAddress: '10.1.2.3',
  requesterPays: false,
  reach,
  bucket: {
    ownerCanonicalId: 'owner',
    acl: { owner: 'owner', grants: [] },
    ownership: 'ObjectWriter',
    publicAccessBlock: OPEN_PLATFORM.publicAccessBlock,
    payer: 'BucketOwner',
    policy: undefined,
  },
  conditions: () => new Map(),
  ...parts,
});
const passes = (scope: KeyScope, reach: Reach, parts: Partial<Question> = {}): boolean =>
  decide(question([scope], reach, parts)).allowed;

const object = (key: string, bucket = 'photos'): Reach => ({ kind: 'object', bucket, key });
const listing = (prefix: string, bucket = 'photos'): Reach => ({ kind: 'listing', bucket, prefix });
const within = (bucket: string, prefix?: string): KeyScope => ({
  resources: [prefix === undefined ? { bucket } : { bucket, prefix }],
});

test('rule 13: a prefix is literal and ends in a slash: a/ reaches nothing that only begins alike', () => {
  const scope = within('photos', 'a/');
  for (const key of ['a/', 'a/b', 'a//', 'a/../b', 'a/%2e']) assert.equal(passes(scope, object(key)), true, key);
  for (const key of ['a', 'ab', 'ab/c', 'A/b', '/a/b', 'a%2fb', './a/b', 'b/a/', 'ä/b', '']) {
    assert.equal(passes(scope, object(key)), false, key);
  }
  assert.equal(passes(scope, object('a/b', 'photos2')), false);
  assert.equal(passes(scope, object('a/b', 'photo')), false);
});

test('rule 13: nothing in a scope is a pattern', () => {
  for (const prefix of ['*/', '?/', 'a*/', '.*/', '$'.concat('{aws:username}/'), '[a]/']) {
    assert.equal(passes(within('photos', prefix), object('a/b')), false, prefix);
    assert.equal(passes(within('photos', prefix), object(`${prefix}b`)), true, prefix);
  }
  assert.equal(passes(within('*'), object('a')), false);
  assert.equal(passes({ actions: ['s3:*'] }, object('a')), false);
  assert.equal(passes({ actions: ['s3:Get*'] }, object('a')), false);
});

test('rule 13: a key is that key, and a version that version of it', () => {
  const one = { resources: [{ bucket: 'photos', key: 'a/b' }] };
  assert.equal(passes(one, object('a/b')), true);
  assert.equal(passes(one, { kind: 'object', bucket: 'photos', key: 'a/b', versionId: 'v1' }), true);
  for (const key of ['a/', 'a/bc', 'a/b/', 'a', '', 'A/b']) assert.equal(passes(one, object(key)), false, key);
  assert.equal(passes(one, object('a/b', 'other')), false);
  for (const prefix of ['', 'a/', 'a/b']) assert.equal(passes(one, listing(prefix)), false, prefix);
  assert.equal(passes(one, { kind: 'bucket', bucket: 'photos' }), false);
  const version = { resources: [{ bucket: 'photos', key: 'a/b', versionId: 'v1' }] };
  for (const [versionId, wanted] of [
    ['v1', true],
    ['v2', false],
    [undefined, false],
  ] as const) {
    assert.equal(passes(version, { kind: 'object', bucket: 'photos', key: 'a/b', versionId }), wanted);
  }
  // What we do not make: each part narrows, none is passed over.
  assert.equal(passes({ resources: [{ bucket: 'photos', prefix: 'a/', key: 'a/b' }] }, object('a/b')), false);
  assert.equal(passes({ resources: [{ bucket: 'photos', versionId: 'v1' }] }, object('a/b')), false);
});

test('rule 13: a prefix without its slash reaches nothing', () => {
  for (const prefix of ['a', '']) assert.equal(passes(within('photos', prefix), object('ab')), false, prefix);
});

test('rule 12: a list is let through only for a prefix that the scope covers', () => {
  const scope = within('photos', 'a/');
  for (const prefix of ['a/', 'a/b', 'a/b/']) assert.equal(passes(scope, listing(prefix)), true, prefix);
  for (const prefix of ['', 'a', 'ab', 'b/', '/a/']) assert.equal(passes(scope, listing(prefix)), false, prefix);
  assert.equal(passes(within('photos'), listing('')), true);
});

test('rule 12: a scope with a prefix tells that the bucket is there and where, and nothing of its configuration', () => {
  const scope = within('photos', 'a/');
  assert.equal(passes(scope, { kind: 'presence', bucket: 'photos' }), true);
  assert.equal(passes(scope, { kind: 'presence', bucket: 'other' }), false);
  assert.equal(passes(scope, { kind: 'bucket', bucket: 'photos' }), false);
  assert.equal(passes(within('photos'), { kind: 'bucket', bucket: 'photos' }), true);
  assert.equal(passes(scope, { kind: 'service' }, { need: 'account', bucket: undefined }), true);
});

test('rule 12: only buckets in scope are shown in the list of buckets', () => {
  const scopes = [within('photos', 'a/'), { actions: 'read-only' } as const];
  assert.equal(isBucketInScope(scopes, 'photos'), true);
  assert.equal(isBucketInScope(scopes, 'other'), false);
  assert.equal(isBucketInScope([], 'other'), true);
  assert.equal(isBucketInScope([{ resources: [] }], 'other'), false);
});

test('rule 12: networks hold for IPv4, IPv6 and mapped addresses, and what is no network admits nobody', () => {
  const cases: readonly (readonly [network: string, address: string, admitted: boolean])[] = [
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['0.0.0.0/0', '10.1.2.3', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['10.0.0.0/33', '10.0.0.0', false],
    ['10.0.0.0/', '10.0.0.0', false],
    ['10.0.0.0/08', '10.0.0.0', false],
    ['10.0.0.0/8/8', '10.0.0.0', false],
    ['everywhere', '10.0.0.0', false],
    ['10.0.0.0/8', '', false],
  ];
  for (const [network, address, admitted] of cases) {
    const found = passes({ networks: [network] }, object('a'), { remoteAddress: address });
    assert.equal(found, admitted, `${address} in ${network}`);
  }
});

test('rule 12: all scopes of a caller and all parts of each must let a request through; empty parts let nothing', () => {
  const wide: KeyScope = {
    resources: [{ bucket: 'photos' }],
    actions: ['s3:GetObject'],
    networks: ['10.0.0.0/8'],
  };
  const narrowings: readonly KeyScope[] = [
    { resources: [] },
    { actions: [] },
    { networks: [] },
    within('other'),
    { actions: ['s3:PutObject'] },
    { networks: ['192.0.2.0/24'] },
  ];
  assert.equal(decide(question([wide, {}], object('a'))).allowed, true);
  for (const narrow of narrowings) {
    assert.equal(decide(question([wide, narrow], object('a'))).allowed, false, JSON.stringify(narrow));
    assert.equal(decide(question([narrow, wide], object('a'))).allowed, false, JSON.stringify(narrow));
    assert.equal(decide(question([{ ...wide, ...narrow }], object('a'))).allowed, false, JSON.stringify(narrow));
  }
});

test('rule 12: what a request asks for beside its operation must be in scope as well', () => {
  const both = { actions: ['s3:PutObject', 's3:PutObjectAcl'] } as const;
  assert.equal(passes({ actions: ['s3:PutObject'] }, object('a'), both), false);
  assert.equal(passes(both, object('a'), both), true);
});

test('rule 12: a scope never gives what the account may not', () => {
  const needs: readonly Need[] = ['owner', 'bucket:READ', 'bucket:WRITE', 'object:READ'];
  const stranger = { kind: 'account', id: 'b', canonicalId: 'stranger' } as const;
  for (const need of needs) {
    assert.equal(passes(within('photos'), object('a'), { need, principal: stranger }), false, need);
  }
});

test('read-only is the actions of the operations that change nothing, and no others', () => {
  const rows: readonly OperationRow[] = Object.values(OPERATIONS);
  const reads = rows.filter(
    ({ method, action }) => (method === 'GET' || method === 'HEAD') && action.startsWith('s3:'),
  );
  const expected = reads.flatMap(({ action, versionAction }) => [action, ...(versionAction ? [versionAction] : [])]);
  assert.deepEqual([...READ_ONLY_ACTIONS].sort(), [...new Set(expected)].sort());
  const changes = rows.filter(({ method, body }) => method === 'PUT' || method === 'DELETE' || body === 'object');
  for (const { action } of changes) assert.equal(READ_ONLY_ACTIONS.has(action), false, action);
});
