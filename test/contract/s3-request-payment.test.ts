/** Who pays: kept as it was set, and only by the bucket's owner. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, overEngines } from '../support/s3-world.ts';

const QUERY = { requestPayment: '' };
const document = (payer: string): string =>
  `<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>${payer}</Payer></RequestPaymentConfiguration>`;

overEngines((world) => {
  test('the owner pays until it is said otherwise, and again when that is taken back', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const payer = async () => element((await alice.send('GET', { bucket, query: QUERY })).text, 'Payer');
    const put = async (body: string) => (await alice.send('PUT', { bucket, query: QUERY, body })).status;
    assert.equal(await payer(), 'BucketOwner');
    assert.equal(await put(document('Requester')), 200);
    assert.equal(await payer(), 'Requester');
    assert.equal(await put(document('BucketOwner')), 200);
    assert.equal(await payer(), 'BucketOwner');
  });

  test('what is no configuration is refused, and nothing changes', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    for (const body of [
      document('Nobody'),
      document(''),
      '<RequestPaymentConfiguration/>',
      '<Payer>Requester</Payer>',
    ]) {
      assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).code, 'MalformedXML', body);
    }
    assert.equal((await alice.send('PUT', { bucket, query: QUERY })).code, 'MissingRequestBodyError');
    for (const stranger of [bob, nobody]) {
      const refused = await stranger.send('PUT', { bucket, query: QUERY, body: document('Requester') });
      assert.equal(refused.code, 'AccessDenied');
      assert.equal((await stranger.send('GET', { bucket, query: QUERY })).code, 'AccessDenied');
    }
    assert.equal(element((await alice.send('GET', { bucket, query: QUERY })).text, 'Payer'), 'BucketOwner');
  });

  test('whoever pays is told so, and the owner never pays', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read' });
    const open = { 'x-amz-acl': 'public-read' };
    await alice.put(bucket, 'key', 'body', open);
    const pay = { 'x-amz-request-payer': 'requester' };
    const charged = async (client: typeof alice) =>
      (await client.get(bucket, 'key', pay)).headers['x-amz-request-charged'];
    assert.equal(await charged(bob), undefined);
    await alice.send('PUT', { bucket, query: QUERY, body: document('Requester') });
    assert.equal(await charged(bob), 'requester');
    assert.equal(await charged(alice), undefined);
    const listed = await bob.send('GET', { bucket, headers: pay });
    assert.equal(listed.headers['x-amz-request-charged'], 'requester');
    const head = await bob.send('HEAD', { bucket, headers: pay });
    assert.deepEqual([head.status, head.headers['x-amz-request-charged']], [200, undefined]);
  });

  test('with Requester Pays, others say that they pay or are refused, and nobody is anonymous', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read-write' });
    await alice.put(bucket, 'key', 'body', { 'x-amz-acl': 'public-read' });
    await alice.send('PUT', { bucket, query: QUERY, body: document('Requester') });
    const pay = { 'x-amz-request-payer': 'requester' };
    assert.equal((await bob.get(bucket, 'key')).code, 'AccessDenied');
    assert.equal((await bob.get(bucket, 'key', { 'x-amz-request-payer': 'owner' })).code, 'AccessDenied');
    assert.equal((await bob.put(bucket, 'of-bob', 'body')).code, 'AccessDenied');
    assert.equal((await nobody.get(bucket, 'key', pay)).code, 'AccessDenied');
    assert.equal((await alice.get(bucket, 'of-bob')).code, 'NoSuchKey');
    assert.equal((await bob.get(bucket, 'key', pay)).text, 'body');
    assert.equal((await bob.put(bucket, 'of-bob', 'body', pay)).status, 200);
    assert.equal((await alice.get(bucket, 'key')).text, 'body');
    await alice.send('PUT', { bucket, query: QUERY, body: document('BucketOwner') });
    assert.equal((await nobody.get(bucket, 'key')).text, 'body');
  });
});
