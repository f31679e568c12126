/** ListObjects and ListObjectsV2 over HTTP: parameters, documents, pages, and what a listing costs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, element, elements, overEngines, type World } from '../support/s3-world.ts';

type Query = Readonly<Record<string, string>>;

const KEYS = [
  'photos/2024/a.jpg',
  'photos/2024/b.jpg',
  'photos/2025/c.jpg',
  'photos.txt',
  'sample.jpg',
  'ümlaut + & <b>.txt',
];
const keysOf = (answer: Answer): readonly string[] => elements(answer.text, 'Key');
const prefixesOf = ({ text }: Answer): readonly string[] =>
  elements(text, 'CommonPrefixes').map((common) => element(common, 'Prefix') ?? '');

async function filled({ alice, bucket }: World, keys: readonly string[] = KEYS) {
  const name = await bucket();
  for (const key of keys) assert.equal((await alice.put(name, key, key)).status, 200);
  return {
    name,
    v1: (query: Query = {}) => alice.send('GET', { bucket: name, query }),
    v2: (query: Query = {}) => alice.send('GET', { bucket: name, query: { 'list-type': '2', ...query } }),
  };
}

overEngines((world) => {
  test('both versions list all keys by their bytes, with what S3 says of each', async () => {
    const { v1, v2 } = await filled(world());
    const sorted = [...KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const answer of [await v1(), await v2()]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], 'application/xml');
      assert.deepEqual(keysOf(answer), sorted);
      assert.equal(element(answer.text, 'IsTruncated'), 'false');
      assert.equal(element(answer.text, 'MaxKeys'), '1000');
      assert.match(element(answer.text, 'ETag') ?? '', /^"[0-9a-f]{32}"$/);
    }
    const { alice } = world();
    assert.equal(element((await v1()).text, 'ID'), alice.account.canonicalId);
    assert.equal(element((await v2()).text, 'ID'), undefined);
    assert.equal(element((await v2({ 'fetch-owner': 'true' })).text, 'ID'), alice.account.canonicalId);
    assert.equal(element((await v2()).text, 'KeyCount'), String(KEYS.length));
  });

  test('prefix and delimiter, of one character and of several', async () => {
    const { v2 } = await filled(world());
    const top = await v2({ delimiter: '/' });
    assert.deepEqual(prefixesOf(top), ['photos/']);
    assert.equal(keysOf(top).length, 3);
    assert.equal(element(top.text, 'KeyCount'), '4');
    const photos = await v2({ delimiter: '/', prefix: 'photos/' });
    assert.deepEqual(prefixesOf(photos), ['photos/2024/', 'photos/2025/']);
    assert.deepEqual(keysOf(photos), []);
    assert.deepEqual(prefixesOf(await v2({ delimiter: '/202' })), ['photos/202']);
    assert.deepEqual(prefixesOf(await v2({ delimiter: '' })), []);
  });

  test('pages of each size join to the whole, in both versions, with and without a delimiter', async () => {
    const { v1, v2 } = await filled(world());
    for (const delimiter of ['', '/']) {
      const whole = await v2({ delimiter });
      for (const size of ['1', '2', '5']) {
        assert.deepEqual(await pagesV1(v1, { delimiter, 'max-keys': size }), [keysOf(whole), prefixesOf(whole)]);
        assert.deepEqual(await pagesV2(v2, { delimiter, 'max-keys': size }), [keysOf(whole), prefixesOf(whole)]);
      }
    }
  });

  test('NextMarker comes only with a delimiter and may be a common prefix', async () => {
    const { v1 } = await filled(world());
    assert.equal(element((await v1({ 'max-keys': '1' })).text, 'NextMarker'), undefined);
    const page = await v1({ 'max-keys': '2', delimiter: '/' });
    assert.equal(element(page.text, 'NextMarker'), 'photos/');
    const next = await v1({ 'max-keys': '2', delimiter: '/', marker: 'photos/' });
    assert.deepEqual([prefixesOf(next), keysOf(next)[0]], [[], 'sample.jpg']);
  });

  test('max-keys: 0 is empty and whole, more than 1000 is 1000, anything else is refused', async () => {
    const { v1, v2 } = await filled(world());
    for (const list of [v1, v2]) {
      const none = await list({ 'max-keys': '0' });
      assert.deepEqual([keysOf(none), element(none.text, 'IsTruncated')], [[], 'false']);
      assert.equal(element((await list({ 'max-keys': '5000' })).text, 'MaxKeys'), '1000');
      for (const wrong of ['-1', '1.5', 'ten', '0x10', '99999999999', '1 ']) {
        assert.equal((await list({ 'max-keys': wrong })).code, 'InvalidArgument', wrong);
      }
    }
  });

  test('encoding-type=url encodes names; without it XML does; other encodings are refused', async () => {
    const { v1 } = await filled(world());
    const hostile = 'ümlaut + & <b>.txt';
    assert.ok(keysOf(await v1()).includes(hostile));
    const encoded = await v1({ 'encoding-type': 'url', prefix: 'ü' });
    assert.equal(element(encoded.text, 'EncodingType'), 'url');
    assert.equal(decodeURIComponent((keysOf(encoded)[0] ?? '').replaceAll('+', ' ')), hostile);
    assert.equal(decodeURIComponent(element(encoded.text, 'Prefix') ?? ''), 'ü');
    assert.equal((await v1({ 'encoding-type': 'base64' })).code, 'InvalidArgument');
  });

  test('start-after, and a token that goes before it', async () => {
    const { v2 } = await filled(world());
    assert.deepEqual(keysOf(await v2({ 'start-after': 'photos/2025' }))[0], 'photos/2025/c.jpg');
    const first = await v2({ 'max-keys': '2' });
    const token = element(first.text, 'NextContinuationToken') ?? '';
    const second = await v2({ 'continuation-token': token, 'start-after': 'zzz' });
    assert.deepEqual(keysOf(second)[0], 'photos/2024/b.jpg');
    assert.equal(element(second.text, 'ContinuationToken'), token);
  });

  test('rule 08: a token is good for its own bucket and only as it was given', async () => {
    const { v2 } = await filled(world());
    const other = await filled(world());
    const token = element((await v2({ 'max-keys': '2' })).text, 'NextContinuationToken') ?? '';
    for (const wrong of ['', 'x', token.slice(1), `${token}A`, `${token}=`, token.toUpperCase(), '../../etc/passwd']) {
      assert.equal((await v2({ 'continuation-token': wrong })).code, 'InvalidArgument', JSON.stringify(wrong));
    }
    assert.equal((await other.v2({ 'continuation-token': token })).code, 'InvalidArgument');
  });

  test('a listing is for those with READ on the bucket', async () => {
    const { alice, bob, nobody, bucket } = world();
    for (const [acl, forBob, forNobody] of [
      ['private', 403, 403],
      ['authenticated-read', 200, 403],
      ['public-read', 200, 200],
    ] as const) {
      const name = await bucket({ 'x-amz-acl': acl });
      await alice.put(name, 'secret', 'body');
      for (const query of [{}, { 'list-type': '2' }]) {
        assert.equal((await bob.send('GET', { bucket: name, query })).status, forBob, acl);
        assert.equal((await nobody.send('GET', { bucket: name, query })).status, forNobody, acl);
      }
    }
    assert.equal((await nobody.send('GET', { bucket: 'no-such-bucket' })).code, 'NoSuchBucket');
  });

  test('a listing costs two reads and one scan', async () => {
    const { name, v2 } = await filled(world());
    const { engine } = world().server;
    engine.reset();
    assert.equal(keysOf(await v2()).length, KEYS.length);
    assert.deepEqual(engine.counts(), { 'rows.getIdentity': 1, 'rows.getTarget': 1, 'rows.scanCurrent': 1 }, name);
  });
});

type List = (query: Query) => Promise<Answer>;

async function pagesV1(list: List, query: Query) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  for (let marker: string | undefined = ''; marker !== undefined; ) {
    const page: Answer = await list({ ...query, marker });
    keys.push(...keysOf(page));
    prefixes.push(...prefixesOf(page));
    const isTruncated = element(page.text, 'IsTruncated') === 'true';
    marker = isTruncated ? (element(page.text, 'NextMarker') ?? keysOf(page).at(-1)) : undefined;
  }
  return [keys, prefixes];
}

async function pagesV2(list: List, query: Query) {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let page = await list(query);
  for (;;) {
    keys.push(...keysOf(page));
    prefixes.push(...prefixesOf(page));
    const token = element(page.text, 'NextContinuationToken');
    if (token === undefined) return [keys, prefixes];
    page = await list({ ...query, 'continuation-token': token });
  }
}
