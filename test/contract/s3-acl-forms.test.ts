/** ACLs in all the forms that S3 takes them in, and what each of them grants: `s3-acl.test.ts` has what they do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, ALL_USERS, AUTHENTICATED_USERS, grantsOf, idOf, ownerIn } from '../support/documents.ts';
import { element, overEngines, type Send } from '../support/s3-world.ts';

const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
/** S3's own id of nobody. */
const ANONYMOUS = '65a011a29cdf8ec533ec3d1ccaae921c';

overEngines((world) => {
  test('each canned ACL stands for the grants that S3 documents, on buckets and on objects', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read-write' });
    await bob.put(bucket, 'key', 'body');
    const set = async (client: typeof bob, target: Send, acl: string) => {
      const answer = await client.send('PUT', { ...target, query: ACL, headers: { 'x-amz-acl': acl } });
      if (answer.status !== 200) return answer.code;
      return grantsOf(await client.send('GET', { ...target, query: ACL })).slice(1);
    };
    const everybody = [`${ALL_USERS} READ`, `${ALL_USERS} WRITE`];
    const cases: readonly (readonly [string, unknown, unknown])[] = [
      ['private', [], []],
      ['public-read', [`${ALL_USERS} READ`], [`${ALL_USERS} READ`]],
      ['public-read-write', everybody, everybody],
      ['authenticated-read', [`${AUTHENTICATED_USERS} READ`], [`${AUTHENTICATED_USERS} READ`]],
      ['bucket-owner-read', [], [`${idOf(alice)} READ`]],
      ['bucket-owner-full-control', [], [`${idOf(alice)} FULL_CONTROL`]],
      ['log-delivery-write', [`${LOG_DELIVERY} WRITE`, `${LOG_DELIVERY} READ_ACP`], 'InvalidArgument'],
      ['aws-exec-read', 'NotImplemented', 'NotImplemented'],
      ['Private', 'InvalidArgument', 'InvalidArgument'],
      ['', 'InvalidArgument', 'InvalidArgument'],
    ];
    for (const [acl, ofBucket, ofObject] of cases) {
      assert.deepEqual(await set(bob, { bucket, key: 'key' }, acl), ofObject, `object ${acl}`);
      assert.deepEqual(await set(alice, { bucket }, acl), ofBucket, `bucket ${acl}`);
    }
  });

  test('a new bucket and a new object take the same canned ACLs', async () => {
    const { alice, bucket: create } = world();
    for (const acl of ['private', 'public-read', 'public-read-write', 'authenticated-read']) {
      const bucket = await create({ 'x-amz-acl': acl });
      await alice.put(bucket, 'key', 'body', { 'x-amz-acl': acl });
      const ofBucket = await alice.send('GET', { bucket, query: ACL });
      const ofObject = await alice.send('GET', { bucket, key: 'key', query: ACL });
      assert.deepEqual(grantsOf(ofBucket), grantsOf(ofObject), acl);
    }
  });

  test('a document is read whatever its prefixes, its order and what it leaves away', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create();
    const [mine, other] = [idOf(alice), idOf(bob)];
    const expected = [`${other} READ`, `${ALL_USERS} WRITE_ACP`];
    const documents = [
      // s3cmd: no namespace of S3's, display names.
      `<?xml version="1.0" encoding="UTF-8"?><AccessControlPolicy><Owner><ID>${mine}</ID><DisplayName>me</DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi="${XSI}" xsi:type="CanonicalUser"><ID>${other}</ID><DisplayName>somebody else</DisplayName></Grantee><Permission>READ</Permission></Grant><Grant><Grantee xmlns:xsi="${XSI}" xsi:type="Group"><URI>${ALL_USERS}</URI></Grantee><Permission>WRITE_ACP</Permission></Grant></AccessControlList></AccessControlPolicy>`,
      // A prefix on everything, the other declared at the root, single quotes, members in another order.
      `<s3:AccessControlPolicy xmlns:s3='http://s3.amazonaws.com/doc/2006-03-01/' xmlns:i='${XSI}'><s3:AccessControlList><s3:Grant><s3:Permission>READ</s3:Permission><s3:Grantee i:type='CanonicalUser'><s3:ID>${other}</s3:ID></s3:Grantee></s3:Grant><s3:Grant><s3:Permission>WRITE_ACP</s3:Permission><s3:Grantee i:type='Group'><s3:URI>${ALL_USERS}</s3:URI></s3:Grantee></s3:Grant></s3:AccessControlList><s3:Owner><s3:ID>${mine}</s3:ID></s3:Owner></s3:AccessControlPolicy>`,
      // White space as people write it, and a comment.
      `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n  <Owner>\n    <ID> ${mine} </ID>\n  </Owner>\n  <!-- who may -->\n  <AccessControlList>\n    <Grant>\n      <Grantee xmlns:xsi="${XSI}" xsi:type="CanonicalUser">\n        <ID>${other}</ID>\n      </Grantee>\n      <Permission>READ</Permission>\n    </Grant>\n    <Grant>\n      <Grantee xmlns:xsi="${XSI}" xsi:type="Group">\n        <URI>${ALL_USERS}</URI>\n      </Grantee>\n      <Permission>WRITE_ACP</Permission>\n    </Grant>\n  </AccessControlList>\n</AccessControlPolicy>\n`,
    ];
    for (const body of documents) {
      await alice.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'private' } });
      const answer = await alice.send('PUT', { bucket, query: ACL, body });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(grantsOf(await alice.send('GET', { bucket, query: ACL })), expected);
    }
  });

  test('a grantee by e-mail is kept by id: the address may go to somebody else', async () => {
    const { alice, bucket: create, server } = world();
    const email = `dora-${server.port}@example.org`;
    const { account } = await server.addAccount(`dora-${server.port}`, { email });
    const bucket = await create();
    const grantee = `<Grantee xmlns:xsi="${XSI}" xsi:type="AmazonCustomerByEmail"><EmailAddress>${email.toUpperCase()}</EmailAddress></Grantee>`;
    const body = `<AccessControlPolicy><Owner><ID>${idOf(alice)}</ID></Owner><AccessControlList><Grant>${grantee}<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;
    const set = await alice.send('PUT', { bucket, query: ACL, body });
    assert.equal(set.status, 200, set.text);
    const shown = await alice.send('GET', { bucket, query: ACL });
    assert.deepEqual(grantsOf(shown), [`${account.canonicalId} READ`]);
    assert.equal(shown.text.includes('EmailAddress'), false);
  });

  test('grants by header: several grantees of every kind in one, several headers, quotes or none', async () => {
    const { alice, bob, bucket: create, server } = world();
    const email = `emil-${server.port}@example.org`;
    const { account } = await server.addAccount(`emil-${server.port}`, { email });
    const bucket = await create();
    const [mine, other] = [idOf(alice), idOf(bob)];
    const headers = {
      'x-amz-grant-full-control': `id="${mine}"`,
      'x-amz-grant-read': `id="${other}",emailAddress=${email} ,  uri="${AUTHENTICATED_USERS}"`,
      'x-amz-grant-write': `uri=${LOG_DELIVERY}`,
      'x-amz-grant-read-acp': `ID=${other}`,
      'x-amz-grant-write-acp': `emailaddress="${email}", id=${other}`,
    };
    assert.equal((await alice.send('PUT', { bucket, query: ACL, headers })).status, 200);
    const expected = [
      `${mine} FULL_CONTROL`,
      `${other} READ`,
      `${account.canonicalId} READ`,
      `${AUTHENTICATED_USERS} READ`,
      `${LOG_DELIVERY} WRITE`,
      `${other} READ_ACP`,
      `${account.canonicalId} WRITE_ACP`,
      `${other} WRITE_ACP`,
    ];
    assert.deepEqual(grantsOf(await alice.send('GET', { bucket, query: ACL })), expected);
  });

  test('an ACL has a hundred grants at most, by header too, and a document its size', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create();
    const ids = (count: number) => Array.from({ length: count }, () => `id=${idOf(bob)}`).join(',');
    const set = (count: number) =>
      alice.send('PUT', { bucket, query: ACL, headers: { 'x-amz-grant-read': ids(count) } });
    assert.equal((await set(100)).status, 200);
    assert.equal((await set(101)).code, 'MalformedACLError');
    const body = `<AccessControlPolicy>${' '.repeat(64 * 1024)}</AccessControlPolicy>`;
    assert.equal((await alice.send('PUT', { bucket, query: ACL, body })).code, 'MaxMessageLengthExceeded');
  });

  test('a grant to an account that was removed grants nothing, and hides nothing else', async () => {
    const { alice, bob, bucket: create, server } = world();
    const { account } = await server.addAccount(`leaver-${server.port}`);
    const bucket = await create({ 'x-amz-grant-read': `id=${account.canonicalId}, id=${idOf(bob)}` });
    await server.engine.rows.commit({ type: 'removeAccount', id: account.id });
    const shown = await alice.send('GET', { bucket, query: ACL });
    assert.deepEqual(grantsOf(shown), [`${account.canonicalId} READ`, `${idOf(bob)} READ`]);
    assert.equal((await bob.send('GET', { bucket })).status, 200);
    const again = await alice.send('PUT', { bucket, query: ACL, body: shown.text });
    assert.deepEqual([again.code, element(again.text, 'ArgumentValue')], ['InvalidArgument', account.canonicalId]);
  });

  test('what nobody wrote belongs to nobody: its ACL alone says who may', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read-write' });
    assert.equal((await nobody.put(bucket, 'open', 'body', { 'x-amz-acl': 'public-read' })).status, 200);
    assert.equal((await bob.get(bucket, 'open')).text, 'body');
    const shared = { 'x-amz-acl': 'bucket-owner-full-control' };
    assert.equal((await nobody.put(bucket, 'shared', 'body', shared)).status, 200);
    const shown = await alice.send('GET', { bucket, key: 'shared', query: ACL });
    assert.deepEqual([ownerIn(shown), grantsOf(shown)[1]], [ANONYMOUS, `${idOf(alice)} FULL_CONTROL`]);
    assert.equal((await nobody.get(bucket, 'shared')).code, 'AccessDenied');
    const begun = await nobody.send('POST', { bucket, key: 'big', query: { uploads: '' } });
    assert.equal(begun.code, 'AccessDenied', 'nobody begins no multipart upload');
  });

  test('a copy takes no ACL along, and belongs to who made it', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read-write' });
    await alice.put(bucket, 'source', 'body', { 'x-amz-acl': 'public-read' });
    const copy = { 'x-amz-copy-source': `/${bucket}/source` };
    assert.equal((await bob.send('PUT', { bucket, key: 'copy', headers: copy })).status, 200);
    assert.equal((await nobody.get(bucket, 'copy')).code, 'AccessDenied');
    const shown = await bob.send('GET', { bucket, key: 'copy', query: ACL });
    assert.deepEqual([ownerIn(shown), grantsOf(shown)], [idOf(bob), [`${idOf(bob)} FULL_CONTROL`]]);
  });
});
