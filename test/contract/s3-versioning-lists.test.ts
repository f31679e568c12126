/** ListObjectVersions over HTTP: what each entry says, the order, the markers, and who may ask. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, elements, header, md5Hex, overEngines } from '../support/s3-world.ts';
import { type ListedVersion, listAllVersions, listVersions, versionIdOf } from '../support/versions.ts';

const shown = ({ kind, key, versionId, isLatest }: ListedVersion): string =>
  `${key} ${kind === 'Version' ? versionId : `(${versionId})`}${isLatest ? ' latest' : ''}`;

overEngines((world) => {
  /** Three keys with a stack of versions each, markers and a null version among them; and the list that they are. */
  async function stacks(): Promise<{ readonly bucket: string; readonly list: readonly string[] }> {
    const { alice, bucket: create, setVersioning } = world();
    const bucket = await create();
    await alice.put(bucket, 'a', 'null');
    await setVersioning(bucket, 'enabled');
    const a2 = versionIdOf(await alice.put(bucket, 'a', '2'));
    const a3 = versionIdOf(await alice.delete(bucket, 'a'));
    const b1 = versionIdOf(await alice.delete(bucket, 'a/b'));
    const b2 = versionIdOf(await alice.put(bucket, 'a/b', '2'));
    await setVersioning(bucket, 'suspended');
    assert.equal(versionIdOf(await alice.delete(bucket, 'c')), 'null');
    const list = [`a (${a3}) latest`, `a ${a2}`, 'a null', `a/b ${b2} latest`, `a/b (${b1})`, 'c (null) latest'];
    return { bucket, list };
  }

  test('versions and delete markers come in one order: by key, newest first', async () => {
    const { bucket, list } = await stacks();
    const page = await listVersions(world().alice, bucket);
    assert.deepEqual(page.versions.map(shown), list);
    assert.deepEqual([page.isTruncated, page.next], [false, {}]);
  });

  test('an entry says all that S3 says of a version, and a delete marker has neither ETag nor size', async () => {
    const { alice, bucket: create, setVersioning } = world();
    const bucket = await create();
    await setVersioning(bucket, 'enabled');
    const checksum = { 'x-amz-checksum-sha256': 'LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=' };
    const id = versionIdOf(await alice.put(bucket, 'key & <more>', 'foo', checksum));
    const deleted = versionIdOf(await alice.delete(bucket, 'key & <more>'));
    const { text } = await listVersions(alice, bucket);
    const version = element(text, 'Version') ?? '';
    const marker = element(text, 'DeleteMarker') ?? '';
    const of = (entry: string, names: readonly string[]) => names.map((name) => element(entry, name));
    const names = ['Key', 'VersionId', 'IsLatest', 'ETag', 'Size', 'StorageClass', 'ChecksumAlgorithm', 'ChecksumType'];
    assert.deepEqual(of(version, [...names, 'ID']), [
      ...['key & <more>', id, 'false', `"${md5Hex('foo')}"`, '3', 'STANDARD', 'SHA256', 'FULL_OBJECT'],
      alice.account.canonicalId,
    ]);
    assert.deepEqual(of(marker, [...names, 'ID']), [
      ...['key & <more>', deleted, 'true', undefined, undefined, undefined, undefined, undefined],
      alice.account.canonicalId,
    ]);
    for (const entry of [version, marker]) {
      assert.match(element(entry, 'LastModified') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    }
    assert.deepEqual(
      of(text, ['Name', 'Prefix', 'KeyMarker', 'VersionIdMarker', 'MaxKeys', 'Delimiter', 'NextKeyMarker']),
      [bucket, '', '', '', '1000', undefined, undefined],
    );
  });

  test('without versioning everything is a null version, and the latest', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    assert.deepEqual((await listVersions(alice, bucket)).versions, []);
    await alice.put(bucket, 'b', 'x');
    await alice.put(bucket, 'a', 'x');
    await alice.put(bucket, 'a', 'y');
    assert.deepEqual((await listVersions(alice, bucket)).versions.map(shown), ['a null latest', 'b null latest']);
  });

  test('markers: a key alone begins behind all its versions, with a version id behind that version', async () => {
    const { bucket, list } = await stacks();
    const { alice } = world();
    const from = async (keyMarker: string, versionIdMarker?: string) => {
      const marker = versionIdMarker === undefined ? {} : { 'version-id-marker': versionIdMarker };
      const page = await listVersions(alice, bucket, { 'key-marker': keyMarker, ...marker });
      assert.deepEqual(
        [element(page.text, 'KeyMarker'), element(page.text, 'VersionIdMarker')],
        [keyMarker, versionIdMarker ?? ''],
      );
      return page.versions.map(shown);
    };
    const ids = (await listVersions(alice, bucket)).versions.map(({ versionId }) => versionId);
    assert.deepEqual(await from('a'), list.slice(3));
    assert.deepEqual(await from('a', ids[0]), list.slice(1));
    assert.deepEqual(await from('a', ids[1]), list.slice(2));
    assert.deepEqual(await from('a', 'null'), list.slice(3));
    assert.deepEqual(await from('a/b', ids[3]), list.slice(4));
    assert.deepEqual(await from('aa'), list.slice(5));
    assert.deepEqual(await from('c', 'null'), []);
    assert.deepEqual(await from('absent', 'null'), list.slice(5));
    assert.deepEqual(await from('d'), []);
  });

  test('pages of any size are the whole list, cut: within a key, behind a null version, at a common prefix', async () => {
    const { bucket, list } = await stacks();
    const { alice } = world();
    for (const size of ['1', '2', '4', '5', '6', '7']) {
      const all = await listAllVersions(alice, bucket, { 'max-keys': size });
      assert.deepEqual(all.versions.map(shown), list, size);
    }
    for (const size of ['1', '2', '3', '4', '5', '9']) {
      const all = await listAllVersions(alice, bucket, { 'max-keys': size, delimiter: '/' });
      assert.deepEqual(all.versions.map(shown), [...list.slice(0, 3), ...list.slice(5)], size);
      assert.deepEqual(all.commonPrefixes, ['a/'], size);
    }
    const cut = await listVersions(alice, bucket, { 'max-keys': '4', delimiter: '/' });
    assert.deepEqual([cut.isTruncated, cut.next], [true, { 'key-marker': 'a/' }]);
    const none = await listVersions(alice, bucket, { 'max-keys': '0' });
    assert.deepEqual([none.versions, none.isTruncated, none.next], [[], false, {}]);
  });

  test('a version that the page before ended with may be gone: the list goes on behind where it was', async () => {
    const { bucket, list } = await stacks();
    const { alice } = world();
    const page = await listVersions(alice, bucket, { 'max-keys': '2' });
    const last = page.versions.at(-1);
    const query = { versionId: last?.versionId ?? '' };
    assert.equal((await alice.send('DELETE', { bucket, key: 'a', query })).status, 204);
    const rest = await listVersions(alice, bucket, page.next);
    assert.deepEqual(rest.versions.map(shown), list.slice(2));
    const third = await listVersions(alice, bucket, { 'max-keys': '2' });
    assert.deepEqual(third.next, { 'key-marker': 'a', 'version-id-marker': 'null' });
    await alice.send('DELETE', { bucket, key: 'a', query: { versionId: 'null' } });
    const still = (await listVersions(alice, bucket, third.next)).versions.map(shown);
    assert.deepEqual(still.slice(-3), list.slice(3), 'rather twice than never');
  });

  test('prefix and delimiter fold versions as they fold objects, and encoding-type=url encodes all but ids', async () => {
    const { alice, bucket: create, setVersioning } = world();
    const bucket = await create();
    await setVersioning(bucket, 'enabled');
    for (const key of ['p/x y/1', 'p/x y/2', 'p/é', 'q']) for (const body of '12') await alice.put(bucket, key, body);
    await alice.delete(bucket, 'p/x y/1');
    const query = { prefix: 'p/', delimiter: '/', 'encoding-type': 'url', 'key-marker': 'p/ ' };
    const page = await listVersions(alice, bucket, query);
    assert.deepEqual(
      page.versions.map(({ key }) => key),
      ['p/%C3%A9', 'p/%C3%A9'],
    );
    assert.deepEqual(page.commonPrefixes, ['p/x+y/']);
    assert.deepEqual(
      ['Prefix', 'Delimiter', 'KeyMarker', 'EncodingType'].map((name) => elements(page.text, name)[0]),
      ['p/', '/', 'p/+', 'url'],
    );
  });

  test('parameters that mean nothing are refused', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ 'version-id-marker': 'null' }, 'A version-id marker cannot be specified without a key marker.'],
      [{ 'version-id-marker': '' }, 'A version-id marker cannot be specified without a key marker.'],
      [
        { 'key-marker': '', 'version-id-marker': 'null' },
        'A version-id marker cannot be specified without a key marker.',
      ],
      [{ 'key-marker': 'a', 'version-id-marker': '' }, 'A version-id marker cannot be empty.'],
      [{ 'key-marker': 'a', 'version-id-marker': 'a b' }, 'Invalid version id specified'],
      [{ 'max-keys': '-1' }, ''],
      [{ 'max-keys': 'x' }, ''],
      [{ 'encoding-type': 'xml' }, ''],
    ];
    for (const [query, message] of cases) {
      const answer = await alice.send('GET', { bucket, query: { versions: '', ...query } });
      assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], answer.text);
      if (message !== '') {
        assert.equal(element(answer.text, 'Message'), message);
        assert.equal(element(answer.text, 'ArgumentName'), 'version-id-marker');
      }
    }
  });

  test('versions are listed to those who may list the bucket, and by a policy by its own action', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    await alice.put(bucket, 'open/key', 'x');
    const list = (client: typeof bob, prefix = '') =>
      client.send('GET', { bucket, query: { versions: '', ...(prefix !== '' && { prefix }) } });
    for (const client of [bob, nobody]) assert.equal((await list(client)).code, 'AccessDenied');
    const statement = (action: string) => ({
      Effect: 'Allow',
      Principal: '*',
      Action: action,
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringEquals: { 's3:prefix': 'open/' } },
    });
    const allow = async (action: string) => {
      const body = JSON.stringify({ Version: '2012-10-17', Statement: [statement(action)] });
      assert.equal((await alice.send('PUT', { bucket, query: { policy: '' }, body })).status, 204);
    };
    await allow('s3:ListBucket');
    assert.equal((await list(bob, 'open/')).code, 'AccessDenied');
    await allow('s3:ListBucketVersions');
    for (const client of [bob, nobody]) {
      assert.deepEqual(elements((await list(client, 'open/')).text, 'Key'), ['open/key']);
      assert.equal((await list(client)).code, 'AccessDenied');
    }
    assert.equal((await bob.send('GET', { bucket, query: { prefix: 'open/' } })).code, 'AccessDenied');
    assert.equal(header(await list(alice), 'x-amz-bucket-region'), 'us-east-1');
  });
});
