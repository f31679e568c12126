/** Ownership controls: kept as they were set, and what they make of ACLs and of who owns what is written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, ALL_USERS, grantsOf, idOf, ownerIn, ownershipControls } from '../support/documents.ts';
import { type Answer, element, overEngines, type Send, type World } from '../support/s3-world.ts';

const QUERY = { ownershipControls: '' };
const BUCKET_OWNER = { 'x-amz-acl': 'bucket-owner-full-control' };
const OPEN = { 'x-amz-acl': 'public-read-write' };

const set = ({ alice }: World, bucket: string, ownership: string): Promise<Answer> =>
  alice.send('PUT', { bucket, query: QUERY, body: ownershipControls(ownership) });

const completion = (part: Answer): string =>
  `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;

async function enforcedBucket(world: World): Promise<string> {
  return world.bucket({ 'x-amz-object-ownership': 'BucketOwnerEnforced' });
}

overEngines((world) => {
  test('a bucket has no controls until they are set, and none when they are taken away', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const missing = await alice.send('GET', { bucket, query: QUERY });
    assert.deepEqual([missing.status, missing.code], [404, 'OwnershipControlsNotFoundError']);
    for (const ownership of ['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced']) {
      assert.equal((await set(world(), bucket, ownership)).status, 200);
      assert.equal(element((await alice.send('GET', { bucket, query: QUERY })).text, 'ObjectOwnership'), ownership);
    }
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await alice.send('DELETE', { bucket, query: QUERY })).status, 204);
    }
    assert.equal((await alice.send('GET', { bucket, query: QUERY })).code, 'OwnershipControlsNotFoundError');
  });

  test('what are no controls is refused, and so is everybody but the owner', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    const rule = '<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>';
    for (const body of [
      ownershipControls('Nobody'),
      '<OwnershipControls/>',
      `<OwnershipControls>${rule}${rule}</OwnershipControls>`,
      `<OwnershipControls>${rule.replace('</Rule>', '<Also/></Rule>')}</OwnershipControls>`,
    ]) {
      assert.equal((await alice.send('PUT', { bucket, query: QUERY, body })).code, 'MalformedXML', body);
    }
    for (const stranger of [bob, nobody]) {
      const body = ownershipControls('BucketOwnerEnforced');
      assert.equal((await stranger.send('PUT', { bucket, query: QUERY, body })).code, 'AccessDenied');
      assert.equal((await stranger.send('GET', { bucket, query: QUERY })).code, 'AccessDenied');
      assert.equal((await stranger.send('DELETE', { bucket, query: QUERY })).code, 'AccessDenied');
    }
    assert.equal((await alice.send('GET', { bucket, query: QUERY })).code, 'OwnershipControlsNotFoundError');
  });

  test('CreateBucket sets them from the start, and refuses an ACL for others where it switches ACLs off', async () => {
    const { alice } = world();
    const create = (bucket: string, headers: Readonly<Record<string, string>>) =>
      alice.send('PUT', { bucket, headers });
    const ENFORCED = { 'x-amz-object-ownership': 'BucketOwnerEnforced' };
    assert.equal((await create('owned-1', ENFORCED)).status, 200);
    assert.equal((await create('owned-1', ENFORCED)).status, 200, 'again, and nothing changes');
    const other = { 'x-amz-object-ownership': 'ObjectWriter' };
    assert.equal((await create('owned-1', other)).code, 'BucketAlreadyOwnedByYou');
    const answer = await alice.send('GET', { bucket: 'owned-1', query: QUERY });
    assert.equal(element(answer.text, 'ObjectOwnership'), 'BucketOwnerEnforced');
    assert.equal((await create('owned-2', { ...ENFORCED, 'x-amz-acl': 'private' })).status, 200);
    for (const acl of ['public-read', 'authenticated-read', 'log-delivery-write']) {
      const refused = await create('owned-3', { ...ENFORCED, 'x-amz-acl': acl });
      assert.deepEqual([refused.status, refused.code], [400, 'InvalidBucketAclWithObjectOwnership']);
    }
    assert.equal(
      (await create('owned-3', { 'x-amz-object-ownership': 'bucketownerenforced' })).code,
      'InvalidArgument',
    );
    assert.equal((await alice.send('HEAD', { bucket: 'owned-3' })).status, 404);
  });

  test('ACLs are not switched off while the ACL of the bucket grants to others', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read' });
    const refused = await set(world(), bucket, 'BucketOwnerEnforced');
    assert.deepEqual([refused.status, refused.code], [400, 'InvalidBucketAclWithObjectOwnership']);
    assert.equal((await alice.send('GET', { bucket, query: QUERY })).code, 'OwnershipControlsNotFoundError');
    await alice.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'private' } });
    assert.equal((await set(world(), bucket, 'BucketOwnerEnforced')).status, 200);
  });

  test('BucketOwnerEnforced: no ACL can be set but the one that holds anyway', async () => {
    const { alice, bob, bucket: create } = world();
    const other = await create();
    await alice.put(other, 'source', 'body');
    const bucket = await enforcedBucket(world());
    await alice.put(bucket, 'key', 'old');
    const mine = { 'x-amz-grant-full-control': `id=${idOf(alice)}` };
    const cases: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
      [BUCKET_OWNER, true],
      [mine, true],
      [{ 'x-amz-acl': 'private' }, false],
      [{ 'x-amz-acl': 'public-read' }, false],
      [{ 'x-amz-grant-read': `id=${idOf(alice)}` }, false],
      [{ ...mine, 'x-amz-grant-read': `id=${idOf(bob)}` }, false],
      [{ 'x-amz-grant-full-control': `id=${idOf(alice)}, uri=${ALL_USERS}` }, false],
    ];
    const copy = { 'x-amz-copy-source': `/${other}/source` };
    const ways: readonly (readonly [string, Send])[] = [
      ['PUT', { bucket, key: 'key', body: 'new' }],
      ['PUT', { bucket, key: 'key', headers: copy }],
      ['POST', { bucket, key: 'key', query: { uploads: '' } }],
      ['PUT', { bucket, key: 'key', query: ACL }],
      ['PUT', { bucket, query: ACL }],
    ];
    for (const [method, send] of ways) {
      for (const [headers, taken] of cases) {
        const answer = await alice.send(method, { ...send, headers: { ...send.headers, ...headers } });
        const what = `${method} ${JSON.stringify({ ...send, headers })} ${answer.text}`;
        if (taken) assert.equal(answer.status, 200, what);
        else assert.deepEqual([answer.status, answer.code], [400, 'AccessControlListNotSupported'], what);
      }
    }
    for (const target of [{ bucket }, { bucket, key: 'key' }]) {
      const shown = await alice.send('GET', { ...target, query: ACL });
      assert.deepEqual([ownerIn(shown), grantsOf(shown)], [idOf(alice), [`${idOf(alice)} FULL_CONTROL`]]);
      const again = await alice.send('PUT', { ...target, query: ACL, body: shown.text });
      assert.equal(again.status, 200, 'what GET gives, PUT takes');
      const body = shown.text.replace('FULL_CONTROL', 'READ');
      assert.equal((await alice.send('PUT', { ...target, query: ACL, body })).code, 'AccessControlListNotSupported');
    }
  });

  test('BucketOwnerEnforced: what others wrote shows as the owner’s, and is theirs again when ACLs come back', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create(OPEN);
    await bob.put(bucket, 'of-bob', 'body');
    await bob.send('POST', { bucket, key: 'of-bob', query: { uploads: '' } });
    await alice.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'private' } });
    assert.equal((await set(world(), bucket, 'BucketOwnerEnforced')).status, 200);
    const listed = await alice.send('GET', { bucket, query: { 'list-type': '2', 'fetch-owner': 'true' } });
    assert.equal(ownerIn(listed), idOf(alice));
    const uploads = await alice.send('GET', { bucket, query: { uploads: '' } });
    assert.deepEqual(
      [ownerIn(uploads), element(element(uploads.text, 'Initiator') ?? '', 'ID')],
      [idOf(alice), idOf(bob)],
    );
    assert.equal((await set(world(), bucket, 'ObjectWriter')).status, 200);
    const again = await alice.send('GET', { bucket, query: { 'list-type': '2', 'fetch-owner': 'true' } });
    assert.equal(ownerIn(again), idOf(bob));
    const acl = await bob.send('GET', { bucket, key: 'of-bob', query: ACL });
    assert.deepEqual([ownerIn(acl), grantsOf(acl)], [idOf(bob), [`${idOf(bob)} FULL_CONTROL`]]);
  });

  test('BucketOwnerEnforced: what others write is the bucket owner’s from the start, however it is written', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const source = await create({ 'x-amz-acl': 'public-read' });
    await alice.put(source, 'source', 'body', { 'x-amz-acl': 'public-read' });
    const bucket = await enforcedBucket(world());
    const body = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/*` }],
    });
    assert.equal((await alice.send('PUT', { bucket, query: { policy: '' }, body })).status, 204);
    const copy = { 'x-amz-copy-source': `/${source}/source` };
    assert.equal((await bob.put(bucket, 'put', 'body')).status, 200);
    assert.equal((await nobody.put(bucket, 'anonymous', 'body')).status, 200);
    assert.equal((await bob.send('PUT', { bucket, key: 'copy', headers: copy })).status, 200);
    const begun = await bob.send('POST', { bucket, key: 'multipart', query: { uploads: '' } });
    const uploadId = element(begun.text, 'UploadId') ?? '';
    const part = await bob.send('PUT', {
      bucket,
      key: 'multipart',
      query: { partNumber: '1', uploadId },
      body: 'body',
    });
    const parts = completion(part);
    const done = await bob.send('POST', { bucket, key: 'multipart', query: { uploadId }, body: parts });
    assert.deepEqual([done.status, done.code], [200, undefined], done.text);
    // Under ACLs again, who owns what shows as it was written.
    assert.equal((await set(world(), bucket, 'ObjectWriter')).status, 200);
    for (const key of ['put', 'anonymous', 'copy', 'multipart']) {
      const acl = await alice.send('GET', { bucket, key, query: ACL });
      assert.deepEqual([ownerIn(acl), grantsOf(acl)], [idOf(alice), [`${idOf(alice)} FULL_CONTROL`]], key);
      assert.equal((await bob.get(bucket, key)).code, 'AccessDenied', key);
    }
  });

  test('BucketOwnerPreferred: what is written with bucket-owner-full-control is the bucket owner’s, and nothing else', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const source = await create(OPEN);
    await bob.put(source, 'source', 'body');
    const bucket = await create({ ...OPEN, 'x-amz-object-ownership': 'BucketOwnerPreferred' });
    const copy = { 'x-amz-copy-source': `/${source}/source` };
    assert.equal((await bob.put(bucket, 'put', 'body', BUCKET_OWNER)).status, 200);
    const copied = await bob.send('PUT', { bucket, key: 'copy', headers: { ...copy, ...BUCKET_OWNER } });
    assert.equal(copied.status, 200);
    assert.equal((await nobody.put(bucket, 'anonymous', 'body', BUCKET_OWNER)).status, 200);
    for (const key of ['put', 'copy', 'anonymous']) {
      const acl = await alice.send('GET', { bucket, key, query: ACL });
      assert.deepEqual([ownerIn(acl), grantsOf(acl)], [idOf(alice), [`${idOf(alice)} FULL_CONTROL`]], key);
      assert.equal((await bob.get(bucket, key)).code, 'AccessDenied', key);
    }
    const granted = { 'x-amz-grant-full-control': `id=${idOf(alice)}` };
    for (const headers of [{}, granted, { 'x-amz-acl': 'bucket-owner-read' }]) {
      assert.equal((await bob.put(bucket, 'of-bob', 'body', headers)).status, 200);
      // Bob granted away what the header says; who owns the object may read its ACL all the same.
      assert.equal(ownerIn(await bob.send('GET', { bucket, key: 'of-bob', query: ACL })), idOf(bob));
    }
  });

  test('a multipart upload is decided when it begins, and its initiator completes it whoever will own the object', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ ...OPEN, 'x-amz-object-ownership': 'BucketOwnerPreferred' });
    const begun = await bob.send('POST', { bucket, key: 'big', query: { uploads: '' }, headers: BUCKET_OWNER });
    const uploadId = element(begun.text, 'UploadId') ?? '';
    assert.equal((await set(world(), bucket, 'ObjectWriter')).status, 200);
    const part = await bob.send('PUT', { bucket, key: 'big', query: { partNumber: '1', uploadId }, body: 'body' });
    assert.equal(part.status, 200, part.text);
    const listed = await bob.send('GET', { bucket, key: 'big', query: { uploadId } });
    assert.equal(element(element(listed.text, 'Initiator') ?? '', 'ID'), idOf(bob));
    assert.equal(ownerIn(listed), idOf(alice));
    const uploads = await alice.send('GET', { bucket, query: { uploads: '' } });
    assert.equal(element(element(uploads.text, 'Initiator') ?? '', 'ID'), idOf(bob));
    const body = completion(part);
    for (const who of [bob, bob, alice]) {
      const done = await who.send('POST', { bucket, key: 'big', query: { uploadId }, body });
      assert.deepEqual([done.status, done.code], [200, undefined], done.text);
    }
    assert.equal(ownerIn(await alice.send('GET', { bucket, key: 'big', query: ACL })), idOf(alice));
    assert.equal((await alice.get(bucket, 'big')).text, 'body');
    assert.equal((await bob.get(bucket, 'big')).code, 'AccessDenied');
  });

  test('rule 08: an upload stays closed to others, also when the bucket’s owner will own the object', async () => {
    const { bob, nobody, bucket: create, server } = world();
    const bucket = await create({ ...OPEN, 'x-amz-object-ownership': 'BucketOwnerPreferred' });
    const begun = await bob.send('POST', { bucket, key: 'big', query: { uploads: '' }, headers: BUCKET_OWNER });
    const uploadId = element(begun.text, 'UploadId') ?? '';
    const part = { bucket, key: 'big', query: { partNumber: '1', uploadId }, body: 'body' };
    assert.equal((await nobody.send('PUT', part)).code, 'AccessDenied');
    assert.equal((await nobody.send('GET', { bucket, key: 'big', query: { uploadId } })).code, 'AccessDenied');
    assert.deepEqual(await server.engine.rows.scanParts(uploadId, 0, 10), []);
  });
});

overEngines(
  (world) => {
    test('the platform’s ownership holds where a bucket says nothing of its own', async () => {
      const { alice, bucket: create } = world();
      const bucket = await create();
      const put = (headers: Readonly<Record<string, string>>) => alice.put(bucket, 'key', 'body', headers);
      assert.equal((await put({ 'x-amz-acl': 'public-read' })).code, 'AccessControlListNotSupported');
      assert.equal((await set(world(), bucket, 'ObjectWriter')).status, 200);
      assert.equal((await put({ 'x-amz-acl': 'public-read' })).status, 200);
      const open = await alice.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'public-read' } });
      assert.equal(open.status, 200);
      const refused = await alice.send('DELETE', { bucket, query: QUERY });
      assert.equal(refused.code, 'InvalidBucketAclWithObjectOwnership', 'it would switch ACLs off again');
      assert.equal(
        (await alice.send('PUT', { bucket: 'open-bucket', headers: OPEN })).code,
        'InvalidBucketAclWithObjectOwnership',
      );
    });
  },
  {},
  { objectOwnership: 'BucketOwnerEnforced' },
);
