/** DeleteObject and DeleteObjects: gone means gone, what was not there was deleted too, and each key is judged for itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, digest, element, elements, header, md5Base64, overEngines } from '../support/s3-world.ts';

const batch = (...objects: readonly string[]): string =>
  `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects.map((object) => `<Object>${object}</Object>`).join('')}</Delete>`;

const key = (name: string): string => `<Key>${name}</Key>`;

const send = (client: Client, bucket: string, body: string) =>
  client.send('POST', { bucket, query: { delete: '' }, body, headers: { 'content-md5': md5Base64(body) } });

overEngines((world) => {
  test('a deleted object is gone; deleting what is not there succeeds', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    for (let times = 0; times < 2; times += 1) {
      const answer = await alice.delete(name, 'key');
      assert.equal(answer.status, 204);
      assert.equal(answer.body.length, 0);
      assert.equal(answer.headers['x-amz-version-id'], undefined);
      assert.equal((await alice.get(name, 'key')).status, 404);
    }
  });

  test('deleting needs WRITE on the bucket, whoever owns the object', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read-write' });
    for (const client of [bob, nobody]) {
      for (const each of ['key', 'absent']) assert.equal((await client.delete(name, each)).code, 'AccessDenied');
    }
    assert.equal((await alice.get(name, 'key')).status, 200);
  });

  test('a batch tells what it deleted, or with Quiet only what it did not', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const each of ['a', 'b', 'c']) await alice.put(name, each, 'x');
    const told = await send(alice, name, batch(key('a'), key('absent'), key('a')));
    assert.equal(told.status, 200, told.text);
    assert.deepEqual(elements(told.text, 'Key'), ['a', 'absent', 'a']);
    const long = 'x'.repeat(1025);
    const quiet = batch(key('b'), key(long)).replace('<Object>', '<Quiet>true</Quiet><Object>');
    const answer = await send(alice, name, quiet);
    assert.deepEqual(elements(answer.text, 'Deleted'), []);
    assert.deepEqual([element(answer.text, 'Key'), element(answer.text, 'Code')], [long, 'KeyTooLongError']);
    const left = await alice.send('GET', { bucket: name });
    assert.deepEqual(elements(left.text, 'Key'), ['c']);
  });

  test('a batch of a thousand keys is done, of a thousand and one refused whole', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
    await Promise.all(keys.slice(0, 50).map((each) => alice.put(name, each, 'x')));
    const many = await send(alice, name, batch(...keys.map(key), key('one-more')));
    assert.deepEqual([many.status, many.code], [400, 'MalformedXML']);
    assert.equal((await alice.head(name, 'key-0')).status, 200);
    const answer = await send(alice, name, batch(...keys.map(key)));
    assert.equal(elements(answer.text, 'Deleted').length, 1000);
    assert.equal((await alice.head(name, 'key-0')).status, 404);
  });

  test('a batch must be proved by Content-MD5 or a checksum', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'x');
    const body = batch(key('a'));
    const post = (headers: Readonly<Record<string, string>>) =>
      alice.send('POST', { bucket: name, query: { delete: '' }, body, headers });
    assert.deepEqual((await post({})).code, 'InvalidRequest');
    assert.deepEqual((await post({ 'content-md5': md5Base64('other') })).code, 'BadDigest');
    assert.deepEqual((await post({ 'x-amz-checksum-sha256': digest('sha256', 'other') })).code, 'BadDigest');
    assert.equal((await alice.head(name, 'a')).status, 200);
    assert.equal((await post({ 'x-amz-checksum-sha256': digest('sha256', body) })).status, 200);
    assert.equal((await alice.head(name, 'a')).status, 404);
  });

  test('rule 08: each key of a batch is authorised for itself', async () => {
    const { alice, bob, nobody, bucket, setVersioning } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await setVersioning(name, 'enabled');
    const put = await alice.put(name, 'kept', 'x');
    const version = put.headers['x-amz-version-id'];
    for (const client of [bob, nobody]) {
      const answer = await send(client, name, batch(`${key('kept')}<VersionId>${version}</VersionId>`, key('other')));
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied'], 'a version is for the bucket owner');
      assert.deepEqual(elements(element(answer.text, 'Deleted') ?? '', 'Key'), ['other']);
    }
    assert.equal((await alice.get(name, 'kept')).status, 200);
    const closed = await bucket();
    await alice.put(closed, 'kept', 'x');
    const refused = await send(bob, closed, batch(key('kept'), key('absent')));
    assert.deepEqual(elements(refused.text, 'Code'), ['AccessDenied', 'AccessDenied']);
    assert.equal((await alice.get(closed, 'kept')).status, 200);
  });

  test('a document that is not a list of keys deletes nothing', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'x');
    for (const body of ['', '<Delete/>', '<Delete><Object/></Delete>', '<Other/>', batch('<Key></Key>'), 'x']) {
      const answer = await send(alice, name, body);
      assert.equal(answer.status, 400, body);
    }
    assert.equal((await alice.head(name, 'a')).status, 200);
  });

  test('with versioning a delete hides behind a marker, and a version named goes for good', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await setVersioning(name, 'enabled');
    const first = header(await alice.put(name, 'key', 'first'), 'x-amz-version-id');
    const second = header(await alice.put(name, 'key', 'second'), 'x-amz-version-id');
    assert(first !== '' && second !== '' && first !== second);
    const hidden = await alice.delete(name, 'key');
    assert.deepEqual([hidden.status, hidden.headers['x-amz-delete-marker']], [204, 'true']);
    const marker = header(hidden, 'x-amz-version-id');
    const absent = await alice.get(name, 'key');
    assert.deepEqual([absent.code, absent.headers['x-amz-delete-marker']], ['NoSuchKey', 'true']);

    const of = (versionId: string) => ({ bucket: name, key: 'key', query: { versionId } });
    assert.equal((await alice.send('GET', of(first))).text, 'first');
    const named = await alice.send('GET', of(marker));
    assert.deepEqual([named.status, named.code], [405, 'MethodNotAllowed']);
    const unhidden = await alice.send('DELETE', of(marker));
    assert.deepEqual([unhidden.status, unhidden.headers['x-amz-delete-marker']], [204, 'true']);
    assert.equal((await alice.get(name, 'key')).text, 'second');
    assert.equal((await alice.send('DELETE', of(second))).headers['x-amz-version-id'], second);
    assert.equal((await alice.get(name, 'key')).text, 'first');
    assert.equal((await alice.send('DELETE', of(second))).status, 204, 'once more is no error');
    assert.equal((await alice.send('GET', of(second))).code, 'NoSuchVersion');
    assert.equal((await alice.send('DELETE', of(first))).status, 204);
    assert.equal((await alice.get(name, 'key')).code, 'NoSuchKey');
    assert.equal((await alice.send('DELETE', { bucket: name })).status, 204, 'nothing is left');
  });

  test('a read that meets a delete marker names it, for those who may know', async () => {
    const { alice, nobody, bucket, setVersioning } = world();
    const name = await bucket();
    await setVersioning(name, 'enabled');
    await alice.put(name, 'key', 'x');
    const marker = header(await alice.delete(name, 'key'), 'x-amz-version-id');
    const query = { versionId: marker };
    const cases = [
      [await alice.get(name, 'key'), 404],
      [await alice.head(name, 'key'), 404],
      [await alice.send('GET', { bucket: name, key: 'key', query: { tagging: '' } }), 404],
      [await alice.send('GET', { bucket: name, key: 'key', query }), 405],
      [await alice.send('GET', { bucket: name, key: 'key', query: { ...query, tagging: '' } }), 405],
    ] as const;
    for (const [answer, status] of cases) {
      assert.equal(answer.status, status, answer.text);
      assert.equal(header(answer, 'x-amz-delete-marker'), 'true');
      assert.equal(header(answer, 'x-amz-version-id'), marker);
      assert.equal(header(answer, 'allow'), status === 405 ? 'DELETE' : '');
    }
    const stranger = await nobody.get(name, 'key');
    assert.deepEqual([stranger.status, header(stranger, 'x-amz-delete-marker')], [403, '']);
    const absent = await alice.get(name, 'absent');
    assert.deepEqual([absent.status, header(absent, 'x-amz-delete-marker')], [404, '']);
  });

  test('the null version is called null, and suspended versioning replaces only it', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'null');
    await setVersioning(name, 'enabled');
    assert.equal((await alice.get(name, 'key')).headers['x-amz-version-id'], 'null');
    const kept = header(await alice.put(name, 'key', 'kept'), 'x-amz-version-id');
    await setVersioning(name, 'suspended');
    assert.equal((await alice.put(name, 'key', 'new null')).headers['x-amz-version-id'], 'null');
    const byId = (versionId: string) => alice.send('GET', { bucket: name, key: 'key', query: { versionId } });
    assert.deepEqual([(await byId('null')).text, (await byId(kept)).text], ['new null', 'kept']);
    const hidden = await alice.delete(name, 'key');
    assert.deepEqual([hidden.headers['x-amz-version-id'], hidden.headers['x-amz-delete-marker']], ['null', 'true']);
    assert.equal((await byId(kept)).text, 'kept');
    assert.equal((await byId('null')).code, 'MethodNotAllowed');
  });

  test('a version id that could never be one is InvalidArgument', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    for (const versionId of ['', '../key', 'x'.repeat(200)]) {
      const answer = await alice.send('DELETE', { bucket: name, key: 'key', query: { versionId } });
      assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], versionId);
    }
    assert.equal((await alice.head(name, 'key')).status, 200);
  });
});
