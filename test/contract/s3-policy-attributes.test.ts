/** Conditions of policies on tags and locks: of what is there, and of what a request brings, in its headers or its document. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf } from '../support/documents.ts';
import { type Client, md5Base64, overEngines } from '../support/s3-world.ts';

const tagging = (key: string, value: string): string =>
  `<Tagging><TagSet><Tag><Key>${key}</Key><Value>${value}</Value></Tag></TagSet></Tagging>`;

async function allow(owner: Client, bucket: string, who: Client, action: string | string[], Condition: object) {
  const statement = {
    ...{ Effect: 'Allow', Principal: { CanonicalUser: idOf(who) }, Action: action },
    ...{ Resource: `arn:aws:s3:::${bucket}/*`, Condition },
  };
  const body = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const answer = await owner.send('PUT', { bucket, query: { policy: '' }, body });
  assert.equal(answer.status, 204, answer.text);
}

overEngines((world) => {
  test('s3:ExistingObjectTag lets read what is tagged so, and nothing else', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    await allow(alice, name, bob, 's3:GetObject', { StringEquals: { 's3:ExistingObjectTag/Open': 'yes' } });
    await alice.put(name, 'open', 'x', { 'x-amz-tagging': 'Open=yes' });
    await alice.put(name, 'other', 'x', { 'x-amz-tagging': 'open=yes&Open=no' });
    await alice.put(name, 'none', 'x');
    const statuses = async () => [
      (await bob.get(name, 'open')).status,
      (await bob.get(name, 'other')).status,
      (await bob.get(name, 'none')).status,
    ];
    assert.deepEqual(await statuses(), [200, 403, 403]);
    const put = (key: string, value: string) =>
      alice.send('PUT', { bucket: name, key, query: { tagging: '' }, body: tagging('Open', value) });
    await put('open', 'no');
    await put('none', 'yes');
    assert.deepEqual(await statuses(), [403, 403, 200]);
  });

  test('s3:RequestObjectTag and its keys are what the request brings, by header and by document', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    const actions = ['s3:PutObject', 's3:PutObjectTagging'];
    await allow(alice, name, bob, actions, {
      StringEquals: { 's3:RequestObjectTag/team': 'red' },
      'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['team', 'free-*'] },
    });
    const byHeader = async (text: string) => (await bob.put(name, 'key', 'x', { 'x-amz-tagging': text })).status;
    assert.equal(await byHeader('team=red'), 200);
    assert.equal(await byHeader('team=red&free-one=1'), 200);
    assert.equal(await byHeader('team=blue'), 403);
    assert.equal(await byHeader('team=red&bound=1'), 403);
    assert.equal(await byHeader(''), 403);
    // A policy of the bucket is about what its owner owns.
    await alice.put(name, 'key', 'x');
    const byDocument = async (body: string) =>
      (await bob.send('PUT', { bucket: name, key: 'key', query: { tagging: '' }, body })).status;
    assert.equal(await byDocument(tagging('team', 'red')), 200);
    assert.equal(await byDocument(tagging('team', 'blue')), 403);
    assert.equal(await byDocument(tagging('bound', 'red')), 403);
    assert.equal((await bob.send('DELETE', { bucket: name, key: 'key', query: { tagging: '' } })).status, 403);
  });

  test('what a policy denies of tags it denies of those that a copy takes along', async () => {
    const { alice, bucket } = world();
    const [from, to] = [await bucket(), await bucket()];
    await alice.put(from, 'secret', 'x', { 'x-amz-tagging': 'level=secret' });
    await alice.put(from, 'open', 'x', { 'x-amz-tagging': 'level=open' });
    const Statement = {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:PutObjectTagging', Resource: `arn:aws:s3:::${to}/*` },
      Condition: { StringEquals: { 's3:RequestObjectTag/level': 'secret' } },
    };
    const body = JSON.stringify({ Version: '2012-10-17', Statement });
    assert.equal((await alice.send('PUT', { bucket: to, query: { policy: '' }, body })).status, 204);
    const copy = async (key: string, headers = {}) =>
      (await alice.put(to, key, '', { 'x-amz-copy-source': `/${from}/${key}`, ...headers })).status;
    assert.deepEqual([await copy('secret'), await copy('open')], [403, 200]);
    const replace = (tags: string) => ({ 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': tags });
    assert.equal(await copy('secret', replace('level=secret')), 403);
    assert.equal((await alice.head(to, 'secret')).status, 404);
    assert.equal(await copy('secret', replace('level=open')), 200);
  });

  test('what a policy denies of locks it denies by header and by document', async () => {
    const { alice, bucket } = world();
    const name = await bucket({ 'x-amz-bucket-object-lock-enabled': 'true' });
    const deny = (action: string[], Condition: object) => ({
      ...{ Effect: 'Deny', Principal: '*', Action: action, Resource: `arn:aws:s3:::${name}/*`, Condition },
    });
    const Statement = [
      deny(['s3:PutObject', 's3:PutObjectRetention'], { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } }),
      deny(['s3:PutObject', 's3:PutObjectLegalHold'], { StringEquals: { 's3:object-lock-legal-hold': 'ON' } }),
    ];
    const policy = JSON.stringify({ Version: '2012-10-17', Statement });
    assert.equal((await alice.send('PUT', { bucket: name, query: { policy: '' }, body: policy })).status, 204);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const put = async (headers: Readonly<Record<string, string>>) =>
      (await alice.put(name, 'key', 'x', { 'content-md5': md5Base64('x'), ...headers })).status;
    const date = { 'x-amz-object-lock-retain-until-date': until };
    assert.equal(await put({ ...date, 'x-amz-object-lock-mode': 'COMPLIANCE' }), 403);
    assert.equal(await put({ 'x-amz-object-lock-legal-hold': 'ON' }), 403);
    assert.equal(await put({ ...date, 'x-amz-object-lock-mode': 'GOVERNANCE' }), 200);
    const set = async (sub: string, body: string) =>
      (await alice.send('PUT', { bucket: name, key: 'key', query: { [sub]: '' }, body })).status;
    const retention = (mode: string) =>
      `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
    assert.equal(await set('retention', retention('COMPLIANCE')), 403);
    assert.equal(await set('retention', retention('GOVERNANCE')), 200);
    assert.equal(await set('legal-hold', '<LegalHold><Status>ON</Status></LegalHold>'), 403);
    assert.equal(await set('legal-hold', '<LegalHold><Status>OFF</Status></LegalHold>'), 200);
  });
});
