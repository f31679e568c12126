/** Questions for tags, as long as nothing can be tagged: the true answer, and who gets it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elements, header, overEngines } from '../support/s3-world.ts';

overEngines((world) => {
  const tagging = { tagging: '' };

  test('an object has an empty set of tags, each of its versions too', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    const answer = await alice.send('GET', { bucket: name, key: 'key', query: tagging });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(header(answer, 'content-type'), 'application/xml');
    assert.deepEqual([elements(answer.text, 'TagSet'), elements(answer.text, 'Tag')], [[''], []]);
    assert.equal(header(answer, 'x-amz-version-id'), '');
    await setVersioning(name, 'enabled');
    const versionId = header(await alice.put(name, 'key', 'y'), 'x-amz-version-id');
    for (const wanted of [versionId, 'null']) {
      const query = { ...tagging, versionId: wanted };
      const version = await alice.send('GET', { bucket: name, key: 'key', query });
      assert.deepEqual([version.status, header(version, 'x-amz-version-id')], [200, wanted]);
    }
  });

  test('what is not there has no tags, and a bucket has no set of them', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const ask = async (key: string | undefined, query = {}, at = name) => {
      const answer = await alice.send('GET', { bucket: at, ...(key && { key }), query: { ...tagging, ...query } });
      return [answer.status, answer.code];
    };
    await alice.put(name, 'key', 'x');
    assert.deepEqual(await ask('absent'), [404, 'NoSuchKey']);
    assert.deepEqual(await ask('key', { versionId: 'x' }), [404, 'NoSuchVersion']);
    assert.deepEqual(await ask(undefined), [404, 'NoSuchTagSet']);
    assert.deepEqual(await ask(undefined, {}, 'no-such-bucket'), [404, 'NoSuchBucket']);
  });

  test('tags are for the bucket owner, and cannot be set by any of their names', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read' });
    for (const stranger of [bob, nobody]) {
      for (const key of ['key', 'absent', undefined]) {
        const answer = await stranger.send('GET', { bucket: name, ...(key && { key }), query: tagging });
        assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
      }
    }
    const document = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    for (const at of [{ bucket: name }, { bucket: name, key: 'key' }]) {
      assert.equal((await alice.send('PUT', { ...at, query: tagging, body: document })).code, 'NotImplemented');
      assert.equal((await alice.send('DELETE', { ...at, query: tagging })).code, 'NotImplemented');
    }
    assert.equal((await alice.put(name, 'key', 'y', { 'x-amz-tagging': 'a=b' })).code, 'NotImplemented');
    assert.equal((await alice.get(name, 'key')).text, 'x');
  });
});
