/** CopyObject: by reference, authorised on both sides, and never a change of what was not asked to change. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { assertBytes, digest, element, header, md5Hex, overEngines } from '../support/s3-world.ts';
import { type Sent, Upload } from '../support/upload.ts';

const LARGE = randomBytes(500_000);

overEngines((world) => {
  const copy = (from: string, to: { bucket: string; key: string }, headers: Readonly<Record<string, string>> = {}) =>
    world().alice.send('PUT', { ...to, headers: { 'x-amz-copy-source': from, ...headers } });

  for (const body of [Buffer.alloc(0), Buffer.from('small'), LARGE]) {
    test(`a copy of ${body.length} bytes has the same bytes and writes none`, async () => {
      const { alice, bucket, server } = world();
      const [from, to] = [await bucket(), await bucket()];
      await alice.put(from, 'a', body, { 'content-type': 'text/x', 'x-amz-meta-m': 'kept' });
      server.engine.reset();
      const answer = await copy(`${from}/a`, { bucket: to, key: 'b' });
      assert.equal(answer.status, 200, answer.text);
      const counts = server.engine.counts();
      assert.equal(counts['blobs.write'], undefined);
      assert.equal(counts['blobs.read'], undefined);
      assert.equal(counts['rows.commit'], 1);
      assert.equal(element(answer.text, 'ETag'), `"${md5Hex(body)}"`);
      assert.match(element(answer.text, 'LastModified') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
      await alice.delete(from, 'a');
      const got = await alice.get(to, 'b');
      assertBytes(got.body, body);
      assert.deepEqual([got.headers['content-type'], got.headers['x-amz-meta-m']], ['text/x', 'kept']);
    });
  }

  test('COPY keeps the metadata, REPLACE takes the request’s, anything else is refused', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'x', { 'content-type': 'text/x', 'x-amz-meta-m': 'old', 'cache-control': 'no-store' });
    const headers = { 'x-amz-meta-m': 'new', 'content-type': 'text/y' };
    await copy(`${name}/a`, { bucket: name, key: 'copied' }, headers);
    const copied = await alice.head(name, 'copied');
    assert.deepEqual([copied.headers['x-amz-meta-m'], copied.headers['content-type']], ['old', 'text/x']);
    await copy(`${name}/a`, { bucket: name, key: 'replaced' }, { ...headers, 'x-amz-metadata-directive': 'REPLACE' });
    const replaced = await alice.head(name, 'replaced');
    assert.deepEqual([replaced.headers['x-amz-meta-m'], replaced.headers['content-type']], ['new', 'text/y']);
    assert.equal(replaced.headers['cache-control'], undefined);
    const odd = await copy(`${name}/a`, { bucket: name, key: 'odd' }, { 'x-amz-metadata-directive': 'MERGE' });
    assert.deepEqual([odd.status, odd.code], [400, 'InvalidArgument']);
  });

  test('onto itself only with something to change', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', LARGE, { 'x-amz-meta-m': 'old' });
    const refused = await copy(`/${name}/a`, { bucket: name, key: 'a' });
    assert.deepEqual([refused.status, refused.code], [400, 'InvalidRequest']);
    const headers = { 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-m': 'new' };
    const changed = await copy(`/${name}/a`, { bucket: name, key: 'a' }, headers);
    assert.equal(changed.status, 200, changed.text);
    const got = await alice.get(name, 'a');
    assert.deepEqual([got.headers['x-amz-meta-m'], got.body], ['new', LARGE]);
    const again = await copy(`/${name}/a`, { bucket: name, key: 'a' }, { 'x-amz-storage-class': 'STANDARD' });
    assert.equal(again.status, 200, again.text);
    assertBytes((await alice.get(name, 'a')).body, LARGE);
  });

  test('the ACL is not copied', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'x', { 'x-amz-acl': 'public-read' });
    await copy(`${name}/a`, { bucket: name, key: 'private' });
    await copy(`${name}/a`, { bucket: name, key: 'public' }, { 'x-amz-acl': 'public-read' });
    assert.equal((await nobody.get(name, 'private')).status, 403);
    assert.equal((await nobody.get(name, 'public')).status, 200);
  });

  test('the source is authorised for itself and tells strangers nothing', async () => {
    const { alice, bob, bucket } = world();
    const [closed, open] = [await bucket(), await bucket({ 'x-amz-acl': 'public-read-write' })];
    await alice.put(closed, 'secret', 'secret');
    await alice.put(closed, 'public', 'public', { 'x-amz-acl': 'public-read' });
    const take = (source: string, headers = {}) =>
      bob.send('PUT', { bucket: open, key: 'taken', headers: { 'x-amz-copy-source': source, ...headers } });
    assert.equal((await take(`${closed}/secret`)).code, 'AccessDenied');
    assert.equal((await take(`${closed}/absent`)).code, 'AccessDenied');
    const etag = `"${md5Hex('secret')}"`;
    assert.equal((await take(`${closed}/secret`, { 'x-amz-copy-source-if-none-match': etag })).code, 'AccessDenied');
    assert.equal((await alice.head(open, 'taken')).status, 404);
    assert.equal((await take(`${closed}/public`)).status, 200);
    assert.equal((await bob.get(open, 'taken')).text, 'public', 'it is his now');
    assert.equal(
      (await bob.send('PUT', { bucket: closed, key: 'x', headers: { 'x-amz-copy-source': `${open}/taken` } })).code,
      'AccessDenied',
    );
  });

  test('conditions on the source: what does not hold is 412', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'x');
    const [match, other] = [`"${md5Hex('x')}"`, `"${md5Hex('y')}"`];
    const past = 'Thu, 01 Jan 1998 00:00:00 GMT';
    const date = header(await alice.head(name, 'a'), 'last-modified');
    const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ 'if-match': match }, 200],
      [{ 'if-match': other }, 412],
      [{ 'if-none-match': match }, 412],
      [{ 'if-none-match': other }, 200],
      [{ 'if-modified-since': past }, 200],
      [{ 'if-modified-since': date }, 412],
      [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
      [{ 'if-unmodified-since': past }, 412],
      [{ 'if-match': match, 'if-unmodified-since': past }, 200],
      [{ 'if-none-match': match, 'if-modified-since': past }, 412],
    ];
    for (const [conditions, status] of cases) {
      const headers = Object.fromEntries(Object.entries(conditions).map(([k, v]) => [`x-amz-copy-source-${k}`, v]));
      const answer = await copy(`${name}/a`, { bucket: name, key: 'b' }, headers);
      assert.equal(answer.status, status, JSON.stringify(conditions));
    }
  });

  test('conditions on the destination hold as for a put', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'a');
    await alice.put(name, 'b', 'b');
    const to = { bucket: name, key: 'b' };
    assert.equal((await copy(`${name}/a`, to, { 'if-none-match': '*' })).code, 'PreconditionFailed');
    assert.equal((await copy(`${name}/a`, to, { 'if-match': `"${md5Hex('a')}"` })).code, 'PreconditionFailed');
    assert.equal((await alice.get(name, 'b')).text, 'b');
    assert.equal((await copy(`${name}/a`, to, { 'if-match': `"${md5Hex('b')}"` })).status, 200);
    assert.equal((await alice.get(name, 'b')).text, 'a');
  });

  test('a source that names nothing is refused by name', async () => {
    const { bucket } = world();
    const name = await bucket();
    const to = { bucket: name, key: 'b' };
    const cases: readonly (readonly [string, string])[] = [
      [`${name}/absent`, 'NoSuchKey'],
      ['no-such-bucket/key', 'NoSuchBucket'],
      ['No_Bucket/key', 'NoSuchBucket'],
      [name, 'InvalidArgument'],
      [`${name}/`, 'InvalidArgument'],
      ['/', 'InvalidArgument'],
      [`${name}/%zz`, 'InvalidArgument'],
      [`${name}/%ff`, 'InvalidArgument'],
      [`${name}/a?other=1`, 'InvalidArgument'],
      [`${name}/a?versionId=`, 'InvalidArgument'],
    ];
    for (const [source, code] of cases) assert.equal((await copy(source, to)).code, code, source);
  });

  test('a range is not for CopyObject', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', 'whole');
    const answer = await copy(`${name}/a`, { bucket: name, key: 'b' }, { 'x-amz-copy-source-range': 'bytes=0-1' });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument']);
    assert.equal((await alice.head(name, 'b')).status, 404);
  });

  test('a source may be encoded as a whole, its slashes too, and is decoded once', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const key of ['folder/a b', 'a%2Fb', 'a%20b?x#y', '/lead']) {
      await alice.put(name, key, key);
      for (const whole of [`${name}/${key}`, `/${name}/${key}`]) {
        const headers = { 'x-amz-copy-source': encodeURIComponent(whole) };
        const answer = await alice.send('PUT', { bucket: name, key: 'copy', headers });
        assert.equal(answer.status, 200, answer.text);
        assert.equal((await alice.get(name, 'copy')).text, key);
      }
    }
  });

  test('a plus in the source is a space, as in S3; a plus of the key is escaped', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a+b', 'plus');
    await alice.put(name, 'a b', 'space');
    for (const [source, text] of [
      ['a+b', 'space'],
      ['a%20b', 'space'],
      ['a%2Bb', 'plus'],
    ] as const) {
      await copy(`${name}/${source}`, { bucket: name, key: 'copy' });
      assert.equal((await alice.get(name, 'copy')).text, text, source);
    }
  });

  test('a source that is not escaped is taken byte by byte, a last byte that looks like a blank too', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    // In UTF-8 the last byte of this letter is 0xA0, a blank in Latin-1.
    await alice.put(name, 'voilà', 'there');
    await copy(`${name}/voilà`, { bucket: name, key: 'copy' });
    assert.equal((await alice.get(name, 'copy')).text, 'there');
  });

  test('a version can be copied, and over the newest it is restored', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await setVersioning(name, 'enabled');
    const first = header(await alice.put(name, 'a', 'first'), 'x-amz-version-id');
    await alice.put(name, 'a', 'second');
    const restored = await copy(`${name}/a?versionId=${first}`, { bucket: name, key: 'a' });
    assert.equal(restored.status, 200, restored.text);
    assert.equal(restored.headers['x-amz-copy-source-version-id'], first);
    assert.notEqual(restored.headers['x-amz-version-id'], first);
    assert.equal((await alice.get(name, 'a')).text, 'first');
    const marker = header(await alice.delete(name, 'a'), 'x-amz-version-id');
    assert.equal((await copy(`${name}/a`, { bucket: name, key: 'b' })).code, 'NoSuchKey');
    const named = await copy(`${name}/a?versionId=${marker}`, { bucket: name, key: 'b' });
    assert.deepEqual([named.status, named.code], [400, 'InvalidRequest']);
  });

  test('a checksum is kept; one that is asked for is computed', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'a', LARGE, { 'x-amz-checksum-sha256': digest('sha256', LARGE) });
    const kept = await copy(`${name}/a`, { bucket: name, key: 'kept' });
    assert.equal(element(kept.text, 'ChecksumSHA256'), digest('sha256', LARGE));
    const asked = await copy(`${name}/a`, { bucket: name, key: 'asked' }, { 'x-amz-checksum-algorithm': 'SHA1' });
    assert.equal(element(asked.text, 'ChecksumSHA1'), digest('sha1', LARGE));
    const head = await alice.head(name, 'asked', { 'x-amz-checksum-mode': 'ENABLED' });
    assert.equal(head.headers['x-amz-checksum-sha1'], digest('sha1', LARGE));
  });

  test('a copy races with overwrites and deletes of its source and is always one whole version', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const bodies = [randomBytes(100_000), randomBytes(100_001), randomBytes(9)];
    for (let round = 0; round < 6; round += 1) {
      await alice.put(name, 'a', bodies[0] ?? '');
      const [, , copied] = await Promise.all([
        alice.put(name, 'a', bodies[1 + (round % 2)] ?? ''),
        round % 3 === 0 ? alice.delete(name, 'a') : undefined,
        copy(`${name}/a`, { bucket: name, key: `copy-${round}` }),
      ]);
      if (copied.status !== 200) assert.equal(copied.code, 'NoSuchKey');
      else {
        const got = await alice.get(name, `copy-${round}`);
        assert(bodies.some((body) => body.equals(got.body)));
        assert.equal(got.headers.etag, `"${md5Hex(got.body)}"`);
      }
    }
  });
});

const SMALL = { putBytes: 1000, partBytesMin: 10 };

overEngines((world) => {
  test('what is larger than one put can carry is put and copied in parts', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const parts = [randomBytes(1000), randomBytes(1000)];
    const large = await alice.put(name, 'key', randomBytes(1001));
    assert.deepEqual([large.status, large.code], [400, 'EntityTooLarge']);
    const upload = await Upload.begin(alice, name);
    assert.equal((await upload.part(1, randomBytes(1001))).code, 'EntityTooLarge');
    assert.equal((await upload.complete(await upload.fill(parts))).status, 200);
    const headers = { 'x-amz-copy-source': `${name}/key` };
    const whole = await alice.send('PUT', { bucket: name, key: 'copy', headers });
    assert.deepEqual([whole.status, whole.code], [400, 'InvalidRequest']);
    const second = await Upload.begin(alice, name);
    assert.equal((await second.copy(1, `${name}/key`)).code, 'InvalidRequest');
    const ranges = ['bytes=0-999', 'bytes=1000-1999'];
    const sent: Sent[] = [];
    for (const [index, range] of ranges.entries()) {
      const answer = await second.copy(index + 1, `${name}/key`, { 'x-amz-copy-source-range': range });
      sent.push({ number: index + 1, etag: element(answer.text, 'ETag') ?? '' });
    }
    assert.equal((await second.complete(sent)).status, 200);
    assertBytes((await alice.get(name, 'key')).body, Buffer.concat(parts));
  });
}, SMALL);
