/** The public-access block: kept as it was set, and what it refuses to be set. What it makes of what is there: `exhaustive/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, ALL_USERS, AUTHENTICATED_USERS, grantsOf, idOf, publicAccessBlock } from '../support/documents.ts';
import { element, overEngines, type Send } from '../support/s3-world.ts';

const QUERY = { publicAccessBlock: '' };
const NAMES = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
const PUBLIC: readonly Readonly<Record<string, string>>[] = [
  { 'x-amz-acl': 'public-read' },
  { 'x-amz-acl': 'public-read-write' },
  { 'x-amz-acl': 'authenticated-read' },
  { 'x-amz-grant-read': `uri=${ALL_USERS}` },
  { 'x-amz-grant-write-acp': `uri=${AUTHENTICATED_USERS}` },
];

overEngines((world) => {
  test('a bucket has no block until it is set, switch by switch, and none when it is taken away', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const get = () => alice.send('GET', { bucket, query: QUERY });
    const missing = await get();
    assert.deepEqual([missing.status, missing.code], [404, 'NoSuchPublicAccessBlockConfiguration']);
    for (const on of [[], NAMES, ...NAMES.map((name) => [name])]) {
      const body = publicAccessBlock(Object.fromEntries(on.map((name) => [name, 'TRUE'])));
      assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).status, 200);
      const { text } = await get();
      assert.deepEqual(
        NAMES.filter((name) => element(text, name) === 'true'),
        on,
      );
    }
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await alice.send('DELETE', { bucket, query: QUERY })).status, 204);
    }
    assert.equal((await get()).code, 'NoSuchPublicAccessBlockConfiguration');
  });

  test('what is no block is refused, and so is everybody but the owner', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    for (const body of [
      publicAccessBlock({ BlockPublicAcls: 'yes' }),
      publicAccessBlock({ BlockEverything: true }),
      publicAccessBlock({ BlockPublicAcls: true }).replace('</Pub', '<BlockPublicAcls>false</BlockPublicAcls></Pub'),
    ]) {
      assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).code, 'MalformedXML', body);
    }
    for (const stranger of [bob, nobody]) {
      assert.equal((await stranger.send('PUT', { bucket, query: QUERY, body: '<a/>' })).code, 'AccessDenied');
      assert.equal((await stranger.send('GET', { bucket, query: QUERY })).code, 'AccessDenied');
      assert.equal((await stranger.send('DELETE', { bucket, query: QUERY })).code, 'AccessDenied');
    }
  });

  test('BlockPublicAcls refuses every way to a public ACL, and nothing changes', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create();
    await alice.put(bucket, 'key', 'old');
    const body = publicAccessBlock({ BlockPublicAcls: true });
    assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).status, 200);
    const copy = { 'x-amz-copy-source': `/${bucket}/key` };
    const ways: readonly (readonly [string, Send])[] = [
      ['PUT', { bucket, query: ACL }],
      ['PUT', { bucket, key: 'key', query: ACL }],
      ['PUT', { bucket, key: 'key', body: 'new' }],
      ['PUT', { bucket, key: 'copy', headers: copy }],
      ['POST', { bucket, key: 'key', query: { uploads: '' } }],
    ];
    for (const [method, send] of ways) {
      for (const headers of PUBLIC) {
        const answer = await alice.send(method, { ...send, headers: { ...send.headers, ...headers } });
        assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied'], JSON.stringify([method, send, headers]));
        assert.match(element(answer.text, 'Message') ?? '', /BlockPublicAcls/);
      }
    }
    for (const target of [{ bucket }, { bucket, key: 'key' }]) {
      const shown = await alice.send('GET', { ...target, query: ACL });
      assert.deepEqual(grantsOf(shown), [`${idOf(alice)} FULL_CONTROL`]);
      const group = `<Grantee xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="Group"><URI>${ALL_USERS}</URI></Grantee>`;
      const opened = shown.text.replace(/<Grantee .*<\/Grantee>/, group);
      assert.equal((await alice.send('PUT', { ...target, query: ACL, body: opened })).code, 'AccessDenied');
      const toBob = { 'x-amz-grant-read': `id=${idOf(bob)}, id=${idOf(alice)}` };
      assert.equal((await alice.send('PUT', { ...target, query: ACL, headers: toBob })).status, 200);
    }
    assert.equal((await alice.send('GET', { bucket, query: { uploads: '' } })).text.includes('<Upload>'), false);
    assert.equal((await alice.get(bucket, 'copy')).code, 'NoSuchKey');
    assert.equal((await bob.get(bucket, 'key')).text, 'old');
  });

  test('a stranger who may set the ACL is not told of the block', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ 'x-amz-grant-write-acp': `id=${idOf(world().bob)}` });
    const body = publicAccessBlock({ BlockPublicAcls: true });
    await alice.send('PUT', { bucket, query: QUERY, body });
    const answer = await bob.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'public-read' } });
    assert.deepEqual([answer.code, element(answer.text, 'Message')], ['AccessDenied', 'Access Denied']);
  });
});

overEngines(
  (world) => {
    test('the platform’s block holds for every bucket, new ones included, whatever the bucket says', async () => {
      const { alice, bucket: create } = world();
      for (const headers of PUBLIC) {
        assert.equal((await alice.send('PUT', { bucket: 'public', headers })).code, 'AccessDenied');
      }
      assert.equal((await alice.send('HEAD', { bucket: 'public' })).status, 404);
      const bucket = await create();
      const body = publicAccessBlock({ BlockPublicAcls: false });
      assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).status, 200);
      assert.equal((await alice.put(bucket, 'key', 'body', { 'x-amz-acl': 'public-read' })).code, 'AccessDenied');
      assert.equal((await alice.put(bucket, 'key', 'body')).status, 200);
    });
  },
  {},
  {
    publicAccessBlock: {
      blockPublicAcls: true,
      ignorePublicAcls: false,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    },
  },
);
