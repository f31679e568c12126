/** What reads, deletes, copies and completions do with versions, named or not, the null version and delete markers included. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, grantsOf, idOf } from '../support/documents.ts';
import { type Answer, element, elements, header, md5Base64, overEngines } from '../support/s3-world.ts';
import { Upload } from '../support/upload.ts';
import { listVersions, versionAt, versionIdOf } from '../support/versions.ts';

/** Of the right form, and no version's. */
const NO_VERSION = 'zzzzzzzz.zzzzzzzz';
const IN_FORM = ['a b', 'a/b', 'é', '%00', 'x'.repeat(200)];

overEngines((world) => {
  const byId = (bucket: string, versionId: string, method = 'GET'): Promise<Answer> =>
    world().alice.send(method, versionAt(bucket, 'key', versionId));
  /** A bucket whose `key` has, newest first, a delete marker, `second`, and `null` from the time without versioning. */
  async function stack() {
    const { alice, bucket: create, setVersioning } = world();
    const bucket = await create();
    await alice.put(bucket, 'key', 'null');
    await setVersioning(bucket, 'enabled');
    const second = versionIdOf(await alice.put(bucket, 'key', 'second'));
    const marker = versionIdOf(await alice.delete(bucket, 'key'));
    return { bucket, second, marker };
  }
  const listed = async (bucket: string): Promise<readonly string[]> =>
    (await listVersions(world().alice, bucket)).versions.map(({ versionId }) => versionId);

  test('GET and HEAD read the version that is named, and say which it is', async () => {
    const { bucket, second } = await stack();
    for (const [versionId, text] of [
      [second, 'second'],
      ['null', 'null'],
    ] as const) {
      const got = await byId(bucket, versionId);
      assert.deepEqual([got.status, got.text, versionIdOf(got)], [200, text, versionId]);
      const head = await byId(bucket, versionId, 'HEAD');
      assert.deepEqual([head.status, versionIdOf(head)], [200, versionId]);
      assert.deepEqual([header(head, 'content-length'), head.headers.etag], [String(text.length), got.headers.etag]);
      assert.equal(header(got, 'x-amz-delete-marker'), '');
    }
  });

  test('a delete marker is 404 as the current version and 405 by its id, and named in both', async () => {
    const { bucket, marker } = await stack();
    const { alice } = world();
    for (const method of ['GET', 'HEAD']) {
      const current = await alice.send(method, { bucket, key: 'key' });
      assert.deepEqual([current.status, header(current, 'last-modified')], [404, '']);
      const named = await byId(bucket, marker, method);
      assert.deepEqual([named.status, header(named, 'allow')], [405, 'DELETE']);
      assert.match(header(named, 'last-modified'), / GMT$/);
      for (const answer of [current, named]) {
        assert.deepEqual([header(answer, 'x-amz-delete-marker'), versionIdOf(answer)], ['true', marker]);
      }
    }
    assert.equal((await alice.get(bucket, 'key')).code, 'NoSuchKey');
    const acl = await alice.send('PUT', {
      ...versionAt(bucket, 'key', marker),
      query: { versionId: marker, ...ACL },
      headers: { 'x-amz-acl': 'private' },
    });
    for (const [answer, method] of [
      [await byId(bucket, marker), 'GET'],
      [acl, 'PUT'],
    ] as const) {
      const { text } = answer;
      assert.deepEqual([answer.status, answer.code, element(text, 'Method')], [405, 'MethodNotAllowed', method]);
      assert.equal(element(text, 'ResourceType'), 'DeleteMarker');
    }
  });

  test('a version that is not there is NoSuchVersion; what can be none is InvalidArgument', async () => {
    const { bucket } = await stack();
    const { alice } = world();
    for (const key of ['key', 'absent']) {
      const answer = await alice.send('GET', versionAt(bucket, key, NO_VERSION));
      assert.deepEqual([answer.status, answer.code], [404, 'NoSuchVersion']);
      assert.deepEqual(
        ['Key', 'VersionId'].map((name) => element(answer.text, name)),
        [key, NO_VERSION],
      );
      assert.equal((await alice.send('HEAD', versionAt(bucket, key, NO_VERSION))).status, 404);
    }
    assert.equal((await alice.send('GET', versionAt(bucket, 'absent', 'null'))).code, 'NoSuchVersion');
    const source = async (versionId: string) => {
      const headers = { 'x-amz-copy-source': `${bucket}/key?versionId=${encodeURIComponent(versionId)}` };
      return alice.send('PUT', { bucket, key: 'copy', headers });
    };
    assert.equal((await source(NO_VERSION)).code, 'NoSuchVersion');
    for (const versionId of IN_FORM) {
      for (const answer of [
        await byId(bucket, versionId),
        await byId(bucket, versionId, 'DELETE'),
        await source(versionId),
      ]) {
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], versionId);
        assert.equal(element(answer.text, 'Message'), 'Invalid version id specified');
      }
    }
    assert.equal(element((await byId(bucket, '')).text, 'Message'), 'Version id cannot be the empty string');
    assert.equal((await listed(bucket)).length, 3);
  });

  test('DELETE of a version says which, and of one that is gone the same again', async () => {
    const { bucket, second, marker } = await stack();
    const answered = async (versionId: string) => {
      const answer = await byId(bucket, versionId, 'DELETE');
      return [answer.status, versionIdOf(answer), header(answer, 'x-amz-delete-marker')];
    };
    assert.deepEqual(await answered(NO_VERSION), [204, NO_VERSION, '']);
    assert.deepEqual(await answered(second), [204, second, '']);
    assert.deepEqual(await answered(second), [204, second, '']);
    assert.deepEqual(await listed(bucket), [marker, 'null']);
    assert.deepEqual(await answered(marker), [204, marker, 'true']);
    assert.equal((await world().alice.get(bucket, 'key')).text, 'null');
    assert.deepEqual(await answered('null'), [204, 'null', '']);
    assert.deepEqual(await listed(bucket), []);
  });

  test('DELETE adds a marker whatever there is: over nothing, and over a marker', async () => {
    const { bucket, marker } = await stack();
    const { alice } = world();
    const again = await alice.delete(bucket, 'key');
    assert.deepEqual([again.status, header(again, 'x-amz-delete-marker')], [204, 'true']);
    assert.notEqual(versionIdOf(again), marker);
    const absent = await alice.delete(bucket, 'absent');
    const { versions } = await listVersions(alice, bucket);
    assert.deepEqual(
      versions.filter(({ kind }) => kind === 'DeleteMarker').map(({ versionId }) => versionId),
      [versionIdOf(absent), versionIdOf(again), marker],
    );
  });

  test('suspended: a put, a copy, a completed upload and a delete each replace the null version and nothing else', async () => {
    const { bucket, second, marker } = await stack();
    const { alice, setVersioning } = world();
    await setVersioning(bucket, 'suspended');
    const upload = await Upload.begin(alice, bucket);
    const sent = await upload.fill([Buffer.from('completed')]);
    const copy = { 'x-amz-copy-source': `${bucket}/key?versionId=${second}` };
    const writes: readonly (readonly [() => Promise<Answer>, string | undefined])[] = [
      [() => alice.put(bucket, 'key', 'put'), 'put'],
      [() => alice.delete(bucket, 'key'), undefined],
      [() => alice.send('PUT', { bucket, key: 'key', headers: copy }), 'second'],
      [() => upload.complete(sent), 'completed'],
      [() => alice.delete(bucket, 'key'), undefined],
      [() => alice.delete(bucket, 'key'), undefined],
    ];
    for (const [write, text] of writes) {
      assert.equal(versionIdOf(await write()), 'null');
      assert.deepEqual(await listed(bucket), ['null', marker, second]);
      const current = await alice.get(bucket, 'key');
      assert.equal(current.status === 200 ? current.text : undefined, text);
      assert.equal(versionIdOf(current), 'null');
    }
    assert.equal((await byId(bucket, 'null')).code, 'MethodNotAllowed');
    assert.equal((await byId(bucket, second)).text, 'second');
    await setVersioning(bucket, 'enabled');
    const third = versionIdOf(await alice.put(bucket, 'key', 'third'));
    assert.deepEqual(await listed(bucket), [third, 'null', marker, second]);
  });

  test('enabled: a copy and a completed upload are versions of their own; an old version copied over the newest restores it', async () => {
    const { bucket, second, marker } = await stack();
    const { alice } = world();
    const upload = await Upload.begin(alice, bucket);
    const copied = await upload.copy(1, `${bucket}/key?versionId=${second}`);
    assert.equal(header(copied, 'x-amz-copy-source-version-id'), second);
    const parts = [{ number: 1, etag: element(copied.text, 'ETag') ?? '' }];
    const completed = versionIdOf(await upload.complete(parts));
    assert.equal((await byId(bucket, completed)).text, 'second');
    const headers = { 'x-amz-copy-source': `/${bucket}/key?versionId=null` };
    const restored = await alice.send('PUT', { bucket, key: 'key', headers });
    assert.equal(header(restored, 'x-amz-copy-source-version-id'), 'null');
    assert.equal((await alice.get(bucket, 'key')).text, 'null');
    assert.deepEqual(await listed(bucket), [versionIdOf(restored), completed, marker, second, 'null']);
  });

  test('DeleteObjects: markers, versions and both at once, each with its result', async () => {
    const { bucket, second, marker } = await stack();
    const { alice } = world();
    const entry = (key: string, versionId?: string) =>
      `<Object><Key>${key}</Key>${versionId === undefined ? '' : `<VersionId>${versionId}</VersionId>`}</Object>`;
    const remove = async (...entries: readonly string[]) => {
      const body = `<Delete>${entries.join('')}</Delete>`;
      const answer = await alice.send('POST', {
        bucket,
        query: { delete: '' },
        body,
        headers: { 'content-md5': md5Base64(body) },
      });
      assert.equal(answer.status, 200, answer.text);
      return answer.text;
    };
    const shown = (deleted: string) =>
      ['Key', 'VersionId', 'DeleteMarker', 'DeleteMarkerVersionId'].map((name) => element(deleted, name));
    const [made] = elements(await remove(entry('new')), 'Deleted').map(shown);
    const [created] = (await listVersions(alice, bucket, { prefix: 'new' })).versions;
    assert.deepEqual(made, ['new', undefined, 'true', created?.versionId]);
    const results = elements(
      await remove(entry('key', second), entry('key', marker), entry('key', NO_VERSION), entry('none', 'null')),
      'Deleted',
    );
    assert.deepEqual(results.map(shown), [
      ['key', second, undefined, undefined],
      ['key', marker, 'true', marker],
      ['key', NO_VERSION, undefined, undefined],
      ['none', 'null', undefined, undefined],
    ]);
    assert.deepEqual(await listed(bucket), ['null', created?.versionId]);
    const text = await remove(entry('key', 'a b'), entry('key', 'null'));
    assert.deepEqual(
      ['Code', 'VersionId'].map((name) => element(element(text, 'Error') ?? '', name)),
      ['InvalidArgument', 'a b'],
    );
    assert.deepEqual(elements(text, 'Deleted').map(shown), [['key', 'null', undefined, undefined]]);
    assert.deepEqual(await listed(bucket), [created?.versionId]);
  });

  test('a bucket is empty only without versions and markers', async () => {
    const { bucket, second, marker } = await stack();
    const { alice } = world();
    for (const versionId of [second, 'null', marker]) {
      const refused = await alice.send('DELETE', { bucket });
      assert.deepEqual([refused.status, refused.code], [409, 'BucketNotEmpty'], versionId);
      assert.equal((await byId(bucket, versionId, 'DELETE')).status, 204);
    }
    assert.equal((await alice.send('DELETE', { bucket })).status, 204);
  });

  test('each version has an ACL of its own', async () => {
    const { bucket, second } = await stack();
    const { alice, bob } = world();
    const query = (versionId: string) => ({ bucket, key: 'key', query: { versionId, ...ACL } });
    const set = await alice.send('PUT', { ...query('null'), headers: { 'x-amz-grant-read': `id="${idOf(bob)}"` } });
    assert.deepEqual([set.status, versionIdOf(set)], [200, 'null']);
    const grants = async (versionId: string) => {
      const answer = await alice.send('GET', query(versionId));
      assert.equal(versionIdOf(answer), versionId);
      return grantsOf(answer);
    };
    assert.deepEqual(await grants('null'), [`${idOf(bob)} READ`]);
    assert.deepEqual(await grants(second), [`${idOf(alice)} FULL_CONTROL`]);
    assert.equal((await bob.send('GET', versionAt(bucket, 'key', 'null'))).text, 'null');
    assert.equal((await bob.send('GET', versionAt(bucket, 'key', second))).code, 'AccessDenied');
  });

  test('policies allow versions by actions of their own', async () => {
    const { bucket, second, marker } = await stack();
    const { alice, bob } = world();
    const allow = async (...actions: readonly string[]) => {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS: idOf(bob) },
        Action: actions,
        Resource: [`arn:aws:s3:::${bucket}/*`],
      };
      const body = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      const answer = await alice.send('PUT', { bucket, query: { policy: '' }, body });
      assert.equal(answer.status, 204, answer.text);
    };
    const asBob = async (method: string, versionId: string) =>
      (await bob.send(method, versionAt(bucket, 'key', versionId))).status;
    await allow('s3:GetObject', 's3:DeleteObject', 's3:PutObject');
    assert.deepEqual([await asBob('GET', second), await asBob('DELETE', marker)], [403, 403]);
    const headers = { 'x-amz-copy-source': `${bucket}/key?versionId=${second}` };
    assert.equal((await bob.send('PUT', { bucket, key: 'copy', headers })).code, 'AccessDenied');
    await allow('s3:GetObjectVersion', 's3:PutObject');
    assert.deepEqual([await asBob('GET', second), await asBob('DELETE', marker)], [200, 403]);
    assert.equal((await bob.send('PUT', { bucket, key: 'copy', headers })).status, 200);
    await allow('s3:DeleteObjectVersion');
    assert.deepEqual([await asBob('DELETE', marker), await asBob('GET', second)], [204, 403]);
    assert.equal((await bob.delete(bucket, 'key')).code, 'AccessDenied', 'a marker is another right');
    assert.equal((await alice.get(bucket, 'key')).text, 'second');
  });
});
