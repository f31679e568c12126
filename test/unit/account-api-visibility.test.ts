/** Who can see what, in one word; and what access would be with rules that are not saved yet. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Bucket, Grant } from '../../src/model/entities.ts';
import { placeIn, statementLines } from '../../src/model/policy/lines.ts';
import { type ApiWorld, code, member, startApi, text } from '../support/api-world.ts';

const EVERYBODY = { type: 'group', group: 'AllUsers' } as const;
const ACCOUNTS = { type: 'group', group: 'AuthenticatedUsers' } as const;

async function withBucket(t: TestContext, more: Partial<Pick<Bucket, 'configuration'>> = {}, grants: Grant[] = []) {
  const api = await startApi(t);
  await makeBucket(api, more, grants);
  const see = async (path = '?bucket=plans') =>
    (await api.call('GET', `/access/visibility${path}`, { as: api.ana })).json;
  return { ...api, see };
}

async function makeBucket(
  { engine, ana }: ApiWorld,
  { configuration = {} }: Partial<Pick<Bucket, 'configuration'>>,
  grants: readonly Grant[],
): Promise<void> {
  const { id, canonicalId } = ana.account;
  const own: Grant = { grantee: { type: 'account', canonicalId }, permission: 'FULL_CONTROL' };
  const bucket = {
    id: 'plans',
    name: 'plans',
    owner: id,
    ownerCanonicalId: canonicalId,
    region: 'us-east-1',
    createdAt: 0,
  };
  const acl = { owner: canonicalId, grants: [own, ...grants] };
  const made = { ...bucket, versioning: 'unversioned', acl, configuration } as const;
  await engine.rows.commit({ type: 'createBucket', bucket: made });
  const draft = {
    ...({ kind: 'object', etag: '0'.repeat(32), size: 0, modifiedAt: 0, body: undefined } as const),
    ...{ owner: id, ownerCanonicalId: canonicalId, headers: { userMetadata: new Map<string, string>() } },
    acl: { owner: canonicalId, grants: [own, { grantee: EVERYBODY, permission: 'READ' as const }] },
  };
  const body = await engine.blobs.write(
    (async function* () {
      yield Buffer.of();
    })(),
    0,
  );
  const version = { ...draft, body };
  await engine.rows.commit({
    type: 'putVersion',
    bucketId: 'plans',
    key: 'open',
    versioning: 'unversioned',
    draft: version,
  });
}

const statement = (more: object) => ({
  ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::plans/*', ...more },
});
const policyOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
const facts = (json: unknown) =>
  ['who', 'read', 'write', 'list', 'accountsOnly', 'partly', 'objectAcls'].map((name) => member(json, name));

test('a bucket is private, of others or public, by its ACL and its policy, and why is told', async (t) => {
  const plain = await withBucket(t);
  assert.deepEqual(facts(await plain.see()), ['private', false, false, false, false, false, true]);
  const listed = await withBucket(t, {}, [{ grantee: EVERYBODY, permission: 'READ' }]);
  const seen = await listed.see();
  assert.deepEqual(facts(seen), ['public', false, false, true, false, false, true]);
  assert.match(text(seen, 'why', 0), /ACL of the bucket grants READ to group AllUsers/);
  const some = await withBucket(t, {}, [{ grantee: ACCOUNTS, permission: 'WRITE' }]);
  assert.deepEqual(facts(await some.see()), ['public', false, true, false, true, false, true]);
  const open = await withBucket(t, { configuration: { policy: policyOf(statement({})) } });
  assert.deepEqual(facts(await open.see()), ['public', true, false, false, false, false, true]);
  const partly = policyOf(statement({ Resource: 'arn:aws:s3:::plans/public/*' }));
  const part = await withBucket(t, { configuration: { policy: partly } });
  assert.deepEqual(facts(await part.see()), ['public', false, false, false, false, true, true]);
  const near = policyOf(statement({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }));
  const office = await withBucket(t, { configuration: { policy: near } });
  assert.deepEqual(facts(await office.see()), ['private', false, false, false, false, false, true]);
  const block = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
  const configuration = { policy: policyOf(statement({})), publicAccessBlock: JSON.stringify(block) };
  const blocked = await withBucket(t, { configuration }, [{ grantee: EVERYBODY, permission: 'READ' }]);
  assert.deepEqual(facts(await blocked.see()), ['private', false, false, false, false, false, false]);
});

test('accounts that an ACL or the policy lets in are counted by name, denied ones are not', async (t) => {
  const api = await startApi(t);
  const carl = await api.addPerson('carl');
  const named = { AWS: [api.bob.account.id, carl.account.id] };
  const deny = statement({ Effect: 'Deny', Principal: { AWS: carl.account.id }, Action: 's3:*' });
  await makeBucket(api, { configuration: { policy: policyOf(statement({ Principal: named }), deny) } }, []);
  const { json } = await api.call('GET', '/access/visibility?bucket=plans', { as: api.ana });
  assert.equal(text(json, 'who'), 'others');
  assert.deepEqual(member(json, 'others'), [{ accountId: api.bob.account.id, name: 'bob' }]);
});

test('an object is as open as its own ACL and the bucket’s rules make it', async (t) => {
  const { see, call, bob, olga } = await withBucket(t);
  assert.deepEqual(facts(await see('?bucket=plans&key=open')).slice(0, 4), ['public', true, false, false]);
  for (const path of ['?bucket=plans&key=nothing', '?bucket=nothing', '?bucket=plans&key=']) {
    assert.equal(text(await see(path), 'error', 'code'), 'NotFound');
  }
  assert.equal((await call('GET', '/access/visibility?bucket=plans', { as: bob })).status, 404);
  assert.equal((await call('GET', '/access/visibility?bucket=plans', { as: olga })).status, 200);
});

test('rules are tried before they are saved: the same layers, and nothing is changed', async (t) => {
  const { call, engine, ana, bob, see } = await withBucket(t);
  const asked = { operation: 'GetObject', bucket: 'plans', key: 'open', as: 'anonymous' };
  const ask = (unsaved: object, as = ana) => call('POST', '/access/explain', { as, body: { ...asked, unsaved } });
  const before = await see();
  assert.equal(text((await ask({})).json, 'answer'), 'allowed');
  assert.equal(text((await ask({ objectAcl: [] })).json, 'answer'), 'denied');
  assert.equal(text((await ask({ objectOwnership: 'BucketOwnerEnforced' })).json, 'answer'), 'denied');
  const all = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
  assert.equal(text((await ask({ publicAccessBlock: all })).json, 'answer'), 'denied');
  const policy = policyOf(statement({ Sid: 'Nobody', Effect: 'Deny' }));
  const denied = (await ask({ policy })).json;
  assert.equal(text(denied, 'answer'), 'denied');
  const reasons: readonly unknown[] = Object(member(denied, 'reasons'));
  const [decisive] = reasons.filter((one) => member(one, 'decides') === true);
  assert.deepEqual(member(decisive, 'statement'), { number: 1, sid: 'Nobody', line: 4 });
  const group = { objectAcl: [{ group: 'AuthenticatedUsers', permission: 'READ' }] };
  assert.equal(text((await ask(group)).json, 'answer'), 'denied');
  assert.deepEqual(await see(), before);
  assert.equal((await engine.rows.getTarget({ bucket: 'plans' })).bucket?.configuration.policy, undefined);
  assert.equal((await ask({}, bob)).status, 404);
});

test('who could see it with rules that are not saved is told by the same function', async (t) => {
  const { call, ana, bob, see } = await withBucket(t);
  const before = await see();
  const ask = (unsaved: object, more: object = {}, as = ana) =>
    call('POST', '/access/visibility', { as, body: { bucket: 'plans', ...more, unsaved } });
  const everybody = [{ group: 'AllUsers', permission: 'READ' }];
  assert.deepEqual(facts((await ask({ bucketAcl: everybody })).json).slice(0, 4), ['public', false, false, true]);
  const accounts = (await ask({ bucketAcl: [{ group: 'AuthenticatedUsers', permission: 'WRITE' }] })).json;
  assert.deepEqual(
    [...facts(accounts).slice(0, 4), member(accounts, 'accountsOnly')],
    ['public', false, true, false, true],
  );
  assert.equal(text((await ask({ objectAcl: [] }, { key: 'open' })).json, 'who'), 'private');
  assert.equal((await ask({ policy: '{' })).status, 400);
  assert.equal((await ask({}, {}, bob)).status, 404);
  assert.deepEqual(await see(), before);
});

test('a policy that could not be saved is refused with its line', async (t) => {
  const { call, ana } = await withBucket(t);
  const ask = (policy: string) =>
    call('POST', '/access/explain', {
      as: ana,
      body: { operation: 'ListObjectsV2', bucket: 'plans', unsaved: { policy } },
    });
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['{\n "Version": "2012-10-17",\n "Statement": [}\n}', 3],
    [policyOf(statement({}), statement({ Action: 's3:Fly' })), 10],
    ['{}', undefined],
  ];
  for (const [policy, line] of cases) {
    const answer = await ask(policy);
    assert.deepEqual([answer.status, code(answer)], [400, 'InvalidRequest'], answer.text);
    assert.equal(text(answer.json, 'error', 'field'), 'unsaved.policy');
    assert.equal(member(answer.json, 'error', 'line'), line);
  }
});

test('statements are found in the text of a policy, whatever else it holds', () => {
  assert.deepEqual(statementLines('{"Statement":{"Sid":"{"}}'), [1]);
  assert.deepEqual(
    statementLines('{\n"Id": "Statement",\n"Statement": [\n{"Condition": {"a": {}}},\n\n{}]\n}'),
    [4, 6],
  );
  assert.deepEqual(statementLines('{"Version":"\\"Statement\\":[{"}'), []);
  assert.deepEqual(placeIn('ab\ncd', 5), { line: 2, column: 2 });
});
