/** PutObject, GetObject and HeadObject: what is put comes back, byte for byte and header for header, or is refused whole. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { RawConnection } from '../support/raw-connection.ts';
import { assertBytes, element, md5Base64, md5Hex, overEngines } from '../support/s3-world.ts';
import { hostOf, rawRequest, signV4Unsigned, targetOf } from '../support/signer.ts';

/** Above the inline limit: a blob of its own, several chunks. */
const LARGE = randomBytes(700_000);
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

overEngines((world) => {
  for (const body of [Buffer.alloc(0), Buffer.from('hello'), LARGE]) {
    test(`${body.length} bytes come back as they were, with their MD5 as ETag`, async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const put = await alice.put(name, 'key', body);
      assert.equal(put.status, 200, put.text);
      assert.equal(put.headers.etag, `"${md5Hex(body)}"`);
      assert.equal(put.headers['x-amz-version-id'], undefined);
      const got = await alice.get(name, 'key');
      assert.equal(got.status, 200);
      assertBytes(got.body, body);
      assert.equal(got.headers['content-length'], String(body.length));
      assert.equal(got.headers['content-type'], 'binary/octet-stream');
      assert.equal(got.headers.etag, `"${md5Hex(body)}"`);
      assert.equal(got.headers['accept-ranges'], 'bytes');
      assert.match(got.headers['last-modified'] ?? '', HTTP_DATE);
      assert.equal(got.headers['x-amz-storage-class'], undefined);
      const head = await alice.head(name, 'key');
      assert.equal(head.status, 200);
      assert.equal(head.body.length, 0);
      const { date: _a, 'x-amz-request-id': _b, 'x-amz-id-2': _c, ...described } = head.headers;
      const { date: _d, 'x-amz-request-id': _e, 'x-amz-id-2': _f, ...expected } = got.headers;
      assert.deepEqual(described, expected);
    });
  }

  test('bodies around the limits of packets, buffers, rows and chunks come back whole', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const limit of [1, 32_768, 65_536, 100_000, 131_072, 262_144, 524_288]) {
      for (const size of [limit - 1, limit, limit + 1]) {
        const body = LARGE.subarray(0, size);
        const put = await alice.put(name, 'key', body);
        assert.deepEqual([put.status, put.headers.etag], [200, `"${md5Hex(body)}"`], `${size} bytes: ${put.text}`);
        assertBytes((await alice.get(name, 'key')).body, body);
      }
    }
  });

  test('standard headers and metadata are kept as sent, UTF-8 included', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const headers = {
      'cache-control': 'max-age=60, public',
      'content-disposition': 'attachment; filename="a.txt"',
      'content-encoding': 'gzip',
      'content-language': 'de-CH',
      'content-type': 'text/plain; charset=utf-8',
      expires: 'not even a date',
      'x-amz-website-redirect-location': '/elsewhere',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-meta-city': 'Zürich 🏔',
      'x-amz-meta-empty': '',
    };
    const put = await alice.put(name, 'key', 'x', headers);
    assert.equal(put.status, 200, put.text);
    for (const answer of [await alice.get(name, 'key'), await alice.head(name, 'key')]) {
      for (const [header, value] of Object.entries(headers)) {
        const raw = answer.headers[header];
        assert.equal(Buffer.from(String(raw), 'latin1').toString('utf8'), value, header);
      }
    }
  });

  test('metadata above 2 KiB is MetadataTooLarge and nothing is stored', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const fits = await alice.put(name, 'fits', 'x', { 'x-amz-meta-k': 'v'.repeat(2047) });
    assert.equal(fits.status, 200, fits.text);
    const answer = await alice.put(name, 'key', 'x', { 'x-amz-meta-k': `${'v'.repeat(2046)}ü` });
    assert.deepEqual([answer.status, answer.code], [400, 'MetadataTooLarge']);
    assert.equal((await alice.head(name, 'key')).status, 404);
  });

  test('a storage class we do not have is InvalidStorageClass', async () => {
    const { alice, bucket } = world();
    const answer = await alice.put(await bucket(), 'key', 'x', { 'x-amz-storage-class': 'GLACIER' });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidStorageClass']);
  });

  test('a header that promises what is not built is 501 and nothing is stored', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const promises = {
      'x-amz-server-side-encryption': 'aws:kms:dsse',
      'x-amz-object-lock-event-hold': 'ON',
      'x-amz-write-offset-bytes': '0',
    };
    for (const [header, value] of Object.entries(promises)) {
      const answer = await alice.put(name, 'key', 'x', { [header]: value });
      assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented'], header);
    }
    assert.equal((await alice.head(name, 'key')).status, 404);
  });

  test('Content-MD5 is held to: BadDigest, InvalidDigest, and the object before stays', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    assert.equal((await alice.put(name, 'key', LARGE, { 'content-md5': md5Base64(LARGE) })).status, 200);
    for (const body of ['other', randomBytes(600_000)]) {
      const wrong = await alice.put(name, 'key', body, { 'content-md5': md5Base64('something else') });
      assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest']);
    }
    const malformed = await alice.put(name, 'key', 'x', { 'content-md5': 'AAAA' });
    assert.deepEqual([malformed.status, malformed.code], [400, 'InvalidDigest']);
    assertBytes((await alice.get(name, 'key')).body, LARGE);
  });

  test('a checksum is verified, kept, and told to those who ask', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const headers = { 'x-amz-checksum-crc32c': '4waSgw==' };
    const put = await alice.put(name, 'key', '123456789', headers);
    assert.equal(put.status, 200, put.text);
    assert.equal(put.headers['x-amz-checksum-crc32c'], '4waSgw==');
    assert.equal(put.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    const asked = await alice.get(name, 'key', { 'x-amz-checksum-mode': 'ENABLED' });
    assert.equal(asked.headers['x-amz-checksum-crc32c'], '4waSgw==');
    assert.equal(asked.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    assert.equal((await alice.get(name, 'key')).headers['x-amz-checksum-crc32c'], undefined);
    const part = await alice.get(name, 'key', { 'x-amz-checksum-mode': 'ENABLED', range: 'bytes=0-3' });
    assert.equal(part.headers['x-amz-checksum-crc32c'], undefined, 'it says nothing about a range');
    const wrong = await alice.put(name, 'key', '12345678', headers);
    assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest']);
    assert.equal((await alice.get(name, 'key')).text, '123456789');
  });

  test('a checksum in the trailer is verified, kept and told like one in a header', async () => {
    const { alice, bucket, server } = world();
    const name = await bucket();
    const target = targetOf(name, 'key');
    const put = async (crc32: string, body: string) => {
      const { accessKeyId, secret: secretAccessKey } = await server.addKey(alice.account);
      const { headers, body: framed } = signV4Unsigned({
        credentials: { accessKeyId, secretAccessKey },
        method: 'PUT',
        target,
        headers: { host: hostOf(server.origin) },
        body: Buffer.from(body),
        trailers: { 'x-amz-checksum-crc32': crc32 },
      });
      return rawRequest({ origin: server.origin, method: 'PUT', target, headers, body: framed });
    };
    const stored = await put('y/Q5Jg==', '123456789');
    assert.deepEqual([stored.status, stored.headers['x-amz-checksum-crc32']], [200, 'y/Q5Jg==']);
    assert.equal((await put('y/Q5Jg==', '1234567890')).status, 400);
    const got = await alice.get(name, 'key', { 'x-amz-checksum-mode': 'ENABLED' });
    assert.deepEqual([got.text, got.headers['x-amz-checksum-crc32']], ['123456789', 'y/Q5Jg==']);
    assert.equal(got.headers['content-encoding'], undefined, 'aws-chunked was the transfer');
  });

  test('a body without a length is 411, one above the limit EntityTooLarge, before it is read', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const unsized = await alice.send('PUT', { bucket: name, key: 'key', headers: { 'transfer-encoding': 'chunked' } });
    assert.deepEqual([unsized.status, unsized.code], [411, 'MissingContentLength']);
    const target = targetOf(name, 'key');
    const silent = await RawConnection.open(world().server.port);
    const signed = Object.entries(alice.headers('PUT', target, {})).map(([header, value]) => `${header}: ${value}\r\n`);
    silent.send(`PUT ${target} HTTP/1.1\r\n${signed.join('')}\r\n`);
    assert.equal((await silent.response()).status, 411);
    silent.destroy();
    assert.equal((await alice.get(name, 'key')).code, 'NoSuchKey');
    const large = await alice.send('PUT', {
      bucket: name,
      key: 'key',
      headers: { 'content-length': '5368709121', expect: '100-continue' },
    });
    assert.deepEqual([large.status, large.code], [400, 'EntityTooLarge']);
    assert.equal(element(large.text, 'MaxSizeAllowed'), '5368709120');
  });

  test('ranges give exactly the bytes asked for', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', LARGE);
    const size = LARGE.length;
    const cases: readonly (readonly [string, number, number])[] = [
      ['bytes=0-0', 0, 1],
      ['bytes=0-', 0, size],
      ['bytes=262143-262144', 262_143, 262_145],
      ['bytes=262144-524287', 262_144, 524_288],
      [`bytes=${size - 1}-`, size - 1, size],
      [`bytes=10-${size + 100}`, 10, size],
      ['bytes=-1', size - 1, size],
      ['bytes=-700001', 0, size],
    ];
    for (const [range, start, end] of cases) {
      const answer = await alice.get(name, 'key', { range });
      assert.equal(answer.status, 206, range);
      assertBytes(answer.body, LARGE.subarray(start, end), range);
      assert.equal(answer.headers['content-range'], `bytes ${start}-${end - 1}/${size}`);
      assert.equal(answer.headers['content-length'], String(end - start));
      const head = await alice.head(name, 'key', { range });
      assert.deepEqual([head.status, head.headers['content-range']], [206, answer.headers['content-range']]);
    }
  });

  test('a range beyond the end is 416 with the size; one that is no range is ignored', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', '0123456789');
    await alice.put(name, 'empty', '');
    for (const [key, range] of [
      ['key', 'bytes=10-'],
      ['key', 'bytes=-0'],
      ['empty', 'bytes=0-'],
      ['empty', 'bytes=0-0'],
    ] as const) {
      const answer = await alice.get(name, key, { range });
      assert.deepEqual([answer.status, answer.code], [416, 'InvalidRange'], `${key} ${range}`);
      assert.equal(element(answer.text, 'ActualObjectSize'), key === 'key' ? '10' : '0');
      assert.equal(element(answer.text, 'RangeRequested'), range);
    }
    for (const range of ['bytes=5-2', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,3-4']) {
      const answer = await alice.get(name, 'key', { range });
      assert.deepEqual([answer.status, answer.text], [200, '0123456789'], range);
    }
  });

  test('response overrides are for signed requests only', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read', 'content-type': 'text/plain' });
    const query = {
      'response-content-type': 'text/html',
      'response-content-disposition': 'attachment; filename="é.txt"',
      'response-cache-control': 'no-store',
      'response-content-language': 'fr',
      'response-content-encoding': 'identity',
      'response-expires': 'never',
    };
    const answer = await alice.send('GET', { bucket: name, key: 'key', query });
    assert.equal(answer.status, 200, answer.text);
    for (const [parameter, value] of Object.entries(query)) {
      const header = parameter.replace('response-', '');
      assert.equal(Buffer.from(String(answer.headers[header]), 'latin1').toString('utf8'), value);
    }
    const refused = await nobody.send('GET', {
      bucket: name,
      key: 'key',
      query: { 'response-content-type': 'text/html' },
    });
    assert.deepEqual([refused.status, refused.code], [400, 'InvalidRequest']);
    assert.equal((await nobody.get(name, 'key')).headers['content-type'], 'text/plain');
  });

  test('an override cannot smuggle a header', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    const query = { 'response-content-type': 'text/html\r\nset-cookie: a=b' };
    const answer = await alice.send('GET', { bucket: name, key: 'key', query });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument']);
    assert.equal(answer.headers['set-cookie'], undefined);
  });

  test('part 1 of an object put in one piece is the object', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', '0123456789');
    const answer = await alice.send('GET', { bucket: name, key: 'key', query: { partNumber: '1' } });
    assert.deepEqual([answer.status, answer.text], [206, '0123456789']);
    assert.equal(answer.headers['content-range'], 'bytes 0-9/10');
    const second = await alice.send('GET', { bucket: name, key: 'key', query: { partNumber: '2' } });
    assert.deepEqual([second.status, second.code], [416, 'InvalidPartNumber']);
    const zero = await alice.send('GET', { bucket: name, key: 'key', query: { partNumber: '0' } });
    assert.deepEqual([zero.status, zero.code], [400, 'InvalidArgument']);
    const both = await alice.send('GET', {
      bucket: name,
      key: 'key',
      query: { partNumber: '1' },
      headers: { range: 'bytes=0-1' },
    });
    assert.deepEqual([both.status, both.code], [400, 'InvalidRequest']);
  });

  test('an object belongs to its writer and is private unless its ACL says otherwise', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(name, 'private', 'x');
    await alice.put(name, 'public', 'x', { 'x-amz-acl': 'public-read' });
    await alice.put(name, 'known', 'x', { 'x-amz-acl': 'authenticated-read' });
    const statuses = async (client: typeof bob) =>
      Promise.all(['private', 'public', 'known'].map(async (key) => (await client.get(name, key)).status));
    assert.deepEqual(await statuses(alice), [200, 200, 200]);
    assert.deepEqual(await statuses(bob), [403, 200, 200]);
    assert.deepEqual(await statuses(nobody), [403, 200, 403]);

    assert.equal((await bob.put(name, 'bobs', 'x')).status, 200);
    assert.equal((await alice.get(name, 'bobs')).status, 403, 'the bucket owner has no READ on it');
    assert.equal((await bob.get(name, 'bobs')).status, 200);
    assert.equal((await nobody.put(name, 'nobodys', 'x')).status, 200);
    assert.equal((await nobody.get(name, 'nobodys')).status, 403);
    assert.equal((await alice.delete(name, 'nobodys')).status, 204);
  });

  test('rule 09: who may not list learns nothing of what is not there', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    for (const client of [bob, nobody]) {
      for (const key of ['key', 'absent']) {
        assert.deepEqual(
          [(await client.get(name, key)).code, (await client.head(name, key)).status],
          ['AccessDenied', 403],
        );
      }
      const conditional = await client.get(name, 'key', { 'if-none-match': '*' });
      assert.equal(conditional.code, 'AccessDenied');
    }
    assert.equal((await alice.get(name, 'absent')).code, 'NoSuchKey');
    assert.equal((await alice.get('no-such-bucket', 'key')).code, 'NoSuchBucket');
  });

  test('an object answers HEAD errors without a body', async () => {
    const { alice, bucket } = world();
    const answer = await alice.head(await bucket(), 'absent');
    assert.deepEqual([answer.status, answer.body.length], [404, 0]);
  });
});
