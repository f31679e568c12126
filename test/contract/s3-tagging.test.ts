/** Tags of objects and of their versions: written with an object, set, read, counted, copied, taken away, and by whom. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, element, elements, header, overEngines, type World } from '../support/s3-world.ts';

const TAGGING = { tagging: '' };

const documentOf = (tags: Readonly<Record<string, string>>): string =>
  `<Tagging><TagSet>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join('')}</TagSet></Tagging>`;

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`key-${at}`, 'value']));

function tagsIn(answer: Answer): Readonly<Record<string, string>> {
  assert.equal(answer.status, 200, answer.text);
  const values = elements(answer.text, 'Value');
  return Object.fromEntries(elements(answer.text, 'Key').map((key, at) => [key, values[at] ?? '']));
}

const tagsOf = async ({ alice }: World, bucket: string, key: string, query = {}) =>
  tagsIn(await alice.send('GET', { bucket, key, query: { ...TAGGING, ...query } }));

const setTags = ({ alice }: World, bucket: string, key: string, tags: Readonly<Record<string, string>>, query = {}) =>
  alice.send('PUT', { bucket, key, query: { ...TAGGING, ...query }, body: documentOf(tags) });

overEngines((world) => {
  test('tags come with an object, are read, counted, replaced whole and taken away', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-tagging': 'a=1&with%20space=%2B+%C3%BC&empty=&none' });
    const expected = { a: '1', 'with space': '+ ü', empty: '', none: '' };
    assert.deepEqual(await tagsOf(world(), name, 'key'), expected);
    for (const method of ['GET', 'HEAD']) {
      assert.equal(header(await alice.send(method, { bucket: name, key: 'key' }), 'x-amz-tagging-count'), '4');
    }
    assert.equal((await setTags(world(), name, 'key', { b: '2' })).status, 200);
    assert.deepEqual(await tagsOf(world(), name, 'key'), { b: '2' });
    const gone = await alice.send('DELETE', { bucket: name, key: 'key', query: TAGGING });
    assert.deepEqual([gone.status, gone.text], [204, '']);
    assert.deepEqual(await tagsOf(world(), name, 'key'), {});
    assert.equal((await alice.head(name, 'key')).headers['x-amz-tagging-count'], undefined);
    assert.equal((await alice.get(name, 'key')).text, 'x');
    // A new object of the same name begins without any.
    await setTags(world(), name, 'key', { b: '2' });
    await alice.put(name, 'key', 'y');
    assert.deepEqual(await tagsOf(world(), name, 'key'), {});
  });

  test('each version has its own tags', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-tagging': 'of=null' });
    await setVersioning(name, 'enabled');
    const versionId = header(await alice.put(name, 'key', 'y', { 'x-amz-tagging': 'of=one' }), 'x-amz-version-id');
    assert.deepEqual(await tagsOf(world(), name, 'key', { versionId: 'null' }), { of: 'null' });
    const set = await setTags(world(), name, 'key', { of: 'changed' }, { versionId: 'null' });
    assert.equal(header(set, 'x-amz-version-id'), 'null');
    assert.deepEqual(await tagsOf(world(), name, 'key', { versionId: 'null' }), { of: 'changed' });
    const current = await alice.send('GET', { bucket: name, key: 'key', query: TAGGING });
    assert.deepEqual([tagsIn(current), header(current, 'x-amz-version-id')], [{ of: 'one' }, versionId]);
    await alice.delete(name, 'key');
    for (const query of [TAGGING, { ...TAGGING, versionId: 'x' }]) {
      const code = query === TAGGING ? 'NoSuchKey' : 'NoSuchVersion';
      assert.equal((await alice.send('PUT', { bucket: name, key: 'key', query, body: documentOf({}) })).code, code);
    }
  });

  test('copies take the tags along, or have their own', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-tagging': 'a=1' });
    const copy = (to: string, headers: Readonly<Record<string, string>>) =>
      alice.put(name, to, '', { 'x-amz-copy-source': `/${name}/key`, ...headers });
    assert.equal((await copy('same', {})).status, 200);
    assert.deepEqual(await tagsOf(world(), name, 'same'), { a: '1' });
    await copy('other', { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'b=2' });
    assert.deepEqual(await tagsOf(world(), name, 'other'), { b: '2' });
    await copy('none', { 'x-amz-tagging-directive': 'REPLACE' });
    assert.deepEqual(await tagsOf(world(), name, 'none'), {});
    assert.equal((await copy('refused', { 'x-amz-tagging-directive': 'MOVE' })).code, 'InvalidArgument');
    assert.equal((await copy('refused', { 'x-amz-tagging': 'b=2' })).code, 'InvalidRequest');
    assert.equal((await alice.head(name, 'refused')).status, 404);
  });

  test('an upload brings its tags to the object that it becomes', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const at = { bucket: name, key: 'key' };
    const begun = await alice.send('POST', { ...at, query: { uploads: '' }, headers: { 'x-amz-tagging': 'a=1' } });
    const uploadId = element(begun.text, 'UploadId') ?? '';
    const part = await alice.send('PUT', { ...at, query: { partNumber: '1', uploadId }, body: 'x' });
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${header(part, 'etag')}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await alice.send('POST', { ...at, query: { uploadId }, body })).status, 200);
    assert.deepEqual(await tagsOf(world(), name, 'key'), { a: '1' });
  });

  test('a bucket has a set of tags, or none', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const send = (method: string, body?: string) =>
      alice.send(method, { bucket: name, query: TAGGING, ...(body !== undefined && { body }) });
    assert.deepEqual([(await send('GET')).status, (await send('GET')).code], [404, 'NoSuchTagSet']);
    assert.equal((await send('PUT', documentOf(many(50)))).status, 204);
    assert.deepEqual(tagsIn(await send('GET')), many(50));
    assert.equal((await send('PUT', documentOf(many(51)))).code, 'BadRequest');
    assert.equal((await send('DELETE')).status, 204);
    assert.equal((await send('GET')).code, 'NoSuchTagSet');
  });

  test('what may be a tag: how many, how long, which characters, no two alike, none of AWS’s own', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-tagging': 'kept=1' });
    const refused: readonly (readonly [tags: Readonly<Record<string, string>>, code: string])[] = [
      [many(11), 'BadRequest'],
      [{ '': 'x' }, 'InvalidTag'],
      [{ ['k'.repeat(129)]: 'x' }, 'InvalidTag'],
      [{ k: 'v'.repeat(257) }, 'InvalidTag'],
      [{ 'k*': 'x' }, 'InvalidTag'],
      [{ k: 'a,b' }, 'InvalidTag'],
      [{ 'aws:k': 'x' }, 'InvalidTag'],
    ];
    for (const [tags, code] of refused) {
      assert.equal((await setTags(world(), name, 'key', tags)).code, code, JSON.stringify(tags));
      const text = Object.entries(tags).map((pair) => pair.map(encodeURIComponent).join('='));
      assert.equal((await alice.put(name, 'new', 'x', { 'x-amz-tagging': text.join('&') })).code, code);
    }
    const twice = '<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>';
    const document = async (body: string) =>
      (await alice.send('PUT', { bucket: name, key: 'key', query: TAGGING, body })).code;
    assert.equal(await document(twice), 'InvalidTag');
    assert.equal(await document('<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>'), 'MalformedXML');
    assert.equal(await document('<Tagging/>'), 'MalformedXML');
    for (const text of ['a=1&a=2', 'a=%zz']) {
      assert.equal((await alice.put(name, 'new', 'x', { 'x-amz-tagging': text })).code, 'InvalidArgument');
    }
    assert.deepEqual(await tagsOf(world(), name, 'key'), { kept: '1' });
    assert.equal((await alice.head(name, 'new')).status, 404);
    const longest = { ['k'.repeat(128)]: 'v'.repeat(256), 'Ü ß+-=._:/@9': 'Ü ß+-=._:/@9' };
    assert.equal((await setTags(world(), name, 'key', longest)).status, 200);
    assert.deepEqual(await tagsOf(world(), name, 'key'), longest);
  });

  test('tags and their number are told to those who may read tags, and nobody else sets them', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read', 'x-amz-tagging': 'a=1' });
    for (const stranger of [bob, nobody]) {
      const read = await stranger.get(name, 'key');
      assert.deepEqual([read.status, read.headers['x-amz-tagging-count']], [200, undefined]);
      for (const key of ['key', 'absent', undefined]) {
        const at = { bucket: name, ...(key && { key }), query: TAGGING };
        assert.equal((await stranger.send('GET', at)).code, 'AccessDenied');
        assert.equal((await stranger.send('PUT', { ...at, body: documentOf({}) })).code, 'AccessDenied');
        assert.equal((await stranger.send('DELETE', at)).code, 'AccessDenied');
      }
    }
    // Who may not read its tags cannot copy it either, tags and all.
    const mine = { bucket: 'bob-copies-here' };
    await bob.send('PUT', mine);
    const source = { 'x-amz-copy-source': `/${name}/key` };
    assert.equal((await bob.put(mine.bucket, 'copy', '', source)).code, 'AccessDenied');
    const without = { ...source, 'x-amz-tagging-directive': 'REPLACE' };
    assert.equal((await bob.put(mine.bucket, 'copy', '', without)).status, 200);
  });

  test('of what is not there nothing is told', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const ask = async (at: string, key: string, query = {}) => {
      const answer = await alice.send('GET', { bucket: at, key, query: { ...TAGGING, ...query } });
      return [answer.status, answer.code];
    };
    await alice.put(name, 'key', 'x');
    assert.deepEqual(await ask(name, 'absent'), [404, 'NoSuchKey']);
    assert.deepEqual(await ask(name, 'key', { versionId: 'x' }), [404, 'NoSuchVersion']);
    assert.deepEqual(await ask('no-such-bucket', 'key'), [404, 'NoSuchBucket']);
  });
});
