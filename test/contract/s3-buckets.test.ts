/** Buckets: claimed once, listed to their owner, deleted only when empty and only when that was asked for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, element, elements, overEngines } from '../support/s3-world.ts';

const configuration = (constraint: string): string =>
  `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${constraint}</LocationConstraint></CreateBucketConfiguration>`;

const names = (answer: Answer): readonly string[] => elements(answer.text, 'Name');

overEngines((world) => {
  test('CreateBucket answers its place, and the bucket is private and there at once', async () => {
    const { alice, bob, nobody } = world();
    const made = await alice.send('PUT', { bucket: 'fresh' });
    assert.equal(made.status, 200, made.text);
    assert.equal(made.headers.location, '/fresh');
    assert.equal((await alice.send('HEAD', { bucket: 'fresh' })).headers['x-amz-bucket-region'], 'us-east-1');
    assert.equal((await bob.send('HEAD', { bucket: 'fresh' })).status, 403);
    assert.equal((await nobody.send('GET', { bucket: 'fresh' })).code, 'AccessDenied');
    assert.ok(names(await alice.send('GET')).includes('fresh'));
    assert.ok(!names(await bob.send('GET')).includes('fresh'));
  });

  test('a name that is taken: 200 again for its owner if nothing changes, else 409', async () => {
    const { alice, bob } = world();
    const bucket = 'taken';
    const open = { 'x-amz-acl': 'public-read' };
    assert.equal((await alice.send('PUT', { bucket })).status, 200);
    assert.equal((await alice.send('PUT', { bucket })).status, 200);
    assert.equal((await alice.send('PUT', { bucket, headers: open })).code, 'BucketAlreadyOwnedByYou');
    const other = await bob.send('PUT', { bucket });
    assert.deepEqual([other.status, other.code], [409, 'BucketAlreadyExists']);
    assert.equal((await bob.send('GET', { bucket })).code, 'AccessDenied', 'the refused ACL did not stay');
  });

  test('rule 29: a name goes to exactly one of many who ask at once', async () => {
    const { alice, bob } = world();
    const asked = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? alice : bob).send('PUT', { bucket: 'wanted' }));
    const answers = await Promise.all(asked);
    const byAlice = answers.filter((answer, at) => at % 2 === 0 && answer.status === 200).length;
    const byBob = answers.filter((answer, at) => at % 2 === 1 && answer.status === 200).length;
    assert.deepEqual([byAlice, byBob].sort(), [0, 5]);
  });

  test('illegal names are refused with the rule, and nobody creates without an account', async () => {
    const { alice, nobody } = world();
    for (const bucket of ['ab', 'Upper', '192.168.5.4', 'xn--bucket', 'a..b', 'bucket-s3alias']) {
      const answer = await alice.send('PUT', { bucket });
      assert.deepEqual([answer.status, answer.code], [400, 'InvalidBucketName'], bucket);
    }
    assert.equal((await nobody.send('PUT', { bucket: 'anonymous-bucket' })).code, 'AccessDenied');
    assert.equal((await alice.send('HEAD', { bucket: 'anonymous-bucket' })).status, 404);
  });

  test('LocationConstraint: this region or none', async () => {
    const { alice } = world();
    const create = (bucket: string, body: string) => alice.send('PUT', { bucket, body });
    assert.equal((await create('here-1', configuration('us-east-1'))).status, 200);
    assert.equal((await create('here-2', configuration(''))).status, 200);
    assert.equal((await create('there', configuration('eu-west-1'))).code, 'InvalidLocationConstraint');
    assert.equal(
      (await create('there', '<CreateBucketConfiguration><Extra/></CreateBucketConfiguration>')).code,
      'MalformedXML',
    );
    assert.equal((await create('there', '<!DOCTYPE a><CreateBucketConfiguration/>')).status, 400);
    assert.equal((await alice.send('HEAD', { bucket: 'there' })).status, 404);
    const location = await alice.send('GET', { bucket: 'here-1', query: { location: '' } });
    assert.equal(element(location.text, 'LocationConstraint') ?? '', '');
  });

  test('DeleteBucket: only by its owner, only when empty, and then the name is free', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read-write' });
    await alice.put(bucket, 'key', 'body');
    assert.equal((await bob.send('DELETE', { bucket })).code, 'AccessDenied');
    const full = await alice.send('DELETE', { bucket });
    assert.deepEqual([full.status, full.code], [409, 'BucketNotEmpty']);
    await alice.delete(bucket, 'key');
    assert.equal((await alice.send('DELETE', { bucket })).status, 204);
    const gone = await alice.send('DELETE', { bucket });
    assert.deepEqual([gone.status, gone.code], [404, 'NoSuchBucket']);
    assert.equal((await bob.send('PUT', { bucket })).status, 200);
  });

  test('a DELETE that asks for something else leaves the bucket', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    for (const name of [
      'replication',
      'lifecycle',
      'retention',
      'versionId',
      'prefix',
      'tomorrow',
      'acl',
      'object-lock',
    ]) {
      const answer = await alice.send('DELETE', { bucket, query: { [name]: '' } });
      assert.ok(answer.status >= 400, name);
    }
    assert.equal((await alice.send('HEAD', { bucket })).status, 200);
  });

  test('versioning is answered as what it is: never enabled', async () => {
    const { alice, bucket: create } = world();
    const answer = await alice.send('GET', { bucket: await create(), query: { versioning: '' } });
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<VersioningConfiguration [^>]*><\/VersioningConfiguration>/);
  });

  test('ListBuckets: sorted, by prefix, by region, and in pages that join to the whole', async () => {
    const { alice } = world();
    for (const name of ['page-c', 'page-a', 'page-b', 'other']) await alice.send('PUT', { bucket: name });
    const list = (query: Readonly<Record<string, string>>) => alice.send('GET', { query });
    const whole = await list({ prefix: 'page-' });
    assert.deepEqual(names(whole), ['page-a', 'page-b', 'page-c']);
    assert.deepEqual(elements(whole.text, 'BucketRegion'), ['us-east-1', 'us-east-1', 'us-east-1']);
    const paged: string[] = [];
    let query: Readonly<Record<string, string>> | undefined = { prefix: 'page-', 'max-buckets': '1' };
    while (query !== undefined) {
      const page: Answer = await list(query);
      assert.equal(names(page).length, 1);
      paged.push(...names(page));
      const token = element(page.text, 'ContinuationToken');
      query = token === undefined ? undefined : { prefix: 'page-', 'max-buckets': '1', 'continuation-token': token };
    }
    assert.deepEqual(paged, ['page-a', 'page-b', 'page-c']);
    assert.deepEqual(names(await list({ 'bucket-region': 'eu-west-1' })), []);
    for (const wrong of ['0', '-1', 'many', '1e3'])
      assert.equal((await list({ 'max-buckets': wrong })).code, 'InvalidArgument');
    assert.equal((await list({ 'continuation-token': 'cGFnZS1h' })).code, 'InvalidArgument');
  });

  test('ListBuckets is for accounts', async () => {
    assert.equal((await world().nobody.send('GET')).code, 'AccessDenied');
  });
});

overEngines(
  (world) => {
    test('an account has so many buckets and no more', async () => {
      const { alice, bob, bucket } = world();
      await bucket();
      await bucket();
      assert.equal((await alice.send('PUT', { bucket: 'one-too-many' })).code, 'TooManyBuckets');
      assert.equal((await bob.send('PUT', { bucket: 'of-another' })).status, 200);
    });
  },
  { bucketsPerAccount: 2 },
);
