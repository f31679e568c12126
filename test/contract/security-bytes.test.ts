/**
 * SECURITY over HTTP: names, bytes, framing and browsers. Each test is named for its rule, takes the attacker's side, and
 * proves that the effect is not there, by state and bytes. docs/security.md says which rule is held where.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawConnection } from '../support/raw-connection.ts';
import { digest, elements, overEngines } from '../support/s3-world.ts';
import { startTestServer } from '../support/server.ts';
import { hostOf, presignV4, rawRequest, targetOf } from '../support/signer.ts';

overEngines((world) => {
  test('rule 14: a key is bytes: keys that look alike are different objects, and none is changed on its way', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const keys = [
      ...['a+b', 'a b', 'a%20b', 'a%2Bb', 'a%2520b', 'a/b', 'a//b', '/a/b', 'a/./b', 'a/../b', '../a', '..', '.', '/'],
      ...[
        'e\u0301',
        '\u00e9',
        'A',
        'a',
        'a;b',
        'a=b',
        'a&b',
        'a?b',
        'a#b',
        'a\\b',
        'a:b',
        "a'b",
        'a"b',
        'a<b',
        'a\ufffeb',
      ],
      ...[
        'a\nb',
        'a\r\nb',
        'a\tb',
        'a\u0001b',
        'a\u0000b',
        'a\u007fb',
        '\u202eab',
        ' a',
        'a ',
        'a.',
        '🪨',
        '\uffff',
        '*',
        '~',
      ],
      ...['__proto__', 'constructor', 'null', 'undefined', 'NaN', '?acl', 'a?versionId=1'],
    ];
    for (const key of keys) assert.equal((await alice.put(name, key, `of ${key}`)).status, 200, JSON.stringify(key));
    for (const key of keys) assert.equal((await alice.get(name, key)).text, `of ${key}`, JSON.stringify(key));
    const list = await alice.send('GET', { bucket: name, query: { 'list-type': '2', 'encoding-type': 'url' } });
    const listed = elements(list.text, 'Key').map((key) => decodeURIComponent(key.replaceAll('+', ' ')));
    assert.deepEqual([...listed].sort(), [...keys].sort());
    const document = `<Delete>${keys.map((key) => `<Object><Key>${references(key)}</Key></Object>`).join('')}</Delete>`;
    const removed = await alice.send('POST', { bucket: name, query: { delete: '' }, ...proved(document) });
    assert.deepEqual([...elements(removed.text, 'Key')].sort(), [...keys].sort());
    assert.deepEqual(await world().server.engine.rows.scanCurrent((await idOf(name)) ?? '', undefined, 10), []);
  });

  test('rule 16: metadata that is named like something of ours is metadata and nothing else', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket();
    const metadata = Object.fromEntries(
      ['acl', 'owner', 'etag', 'content-type', 'x-amz-acl', '__proto__', 'constructor', 'size', 'versionid'].map(
        (each) => [`x-amz-meta-${each}`, 'public-read'],
      ),
    );
    const plain = {
      'x-owner': 'bob',
      'x-moraine-acl': 'public-read',
      'x-amzn-acl': 'public-read',
      acl: 'public-read',
    };
    await alice.put(name, 'key', 'body', { ...metadata, ...plain });
    const answer = await alice.get(name, 'key');
    for (const [header, value] of Object.entries(metadata)) assert.equal(answer.headers[header], value, header);
    for (const header of Object.keys(plain)) assert.equal(answer.headers[header], undefined, header);
    assert.equal(answer.headers['content-type'], 'binary/octet-stream');
    assert.equal((await nobody.get(name, 'key')).code, 'AccessDenied');
  });

  test('rule 17: a parameter that is called like a part of every object is a parameter that nobody knows', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read' });
    await alice.put(name, 'key', 'body', { 'x-amz-acl': 'public-read' });
    for (const parameter of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      for (const who of [alice, nobody]) {
        for (const at of [{ bucket: name, key: 'key' }, { bucket: name }]) {
          const answer = await who.send('GET', { ...at, query: { [parameter]: 'x' } });
          assert.equal(answer.status, 200, `${parameter} ${answer.text}`);
        }
      }
      const write = await alice.send('PUT', { bucket: name, key: 'key', query: { [parameter]: 'x' }, body: 'other' });
      assert.equal(write.code, 'NotImplemented', parameter);
    }
    assert.equal((await nobody.get(name, 'key')).text, 'body');
  });

  test('rule 17: what could not be answered as a header is not stored as one', async () => {
    const { server, alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'before');
    const who = await server.addKey(alice.account);
    const credentials = { accessKeyId: who.accessKeyId, secretAccessKey: who.secret };
    const host = hostOf(server.origin);
    for (const header of ['x-amz-meta-a b', 'x-amz-meta-é', 'x-amz-meta-a\r\nset-cookie', 'x-amz-meta-a:']) {
      const target = targetOf(name, 'key', { [header]: 'x' });
      const url = presignV4({ credentials, method: 'PUT', target, headers: { host }, expires: 60 });
      const answer = await rawRequest({ origin: server.origin, method: 'PUT', target: url, body: 'after' });
      assert.equal(answer.status, 400, answer.body.toString());
      const read = await alice.get(name, 'key');
      assert.deepEqual([read.status, read.text], [200, 'before']);
    }
  });

  test('rule 21: a message with more than one meaning is refused and its connection closed; nothing behind it runs', async () => {
    const { server, alice, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    const host = `Host: ${server.host}\r\n`;
    const smuggled = `PUT /${name}/smuggled HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`;
    const framings = [
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      'Content-Length: 0\r\nContent-Length: 5\r\n',
      'Content-Length: 0, 5\r\n',
      'Content-Length: +0\r\n',
      'Content-Length: 0x0\r\n',
      'Content-Length : 0\r\n',
      'Content-Length:\r\n 0\r\n',
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding: gzip, chunked\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
      'Transfer-Encoding: identity\r\n',
      'Transfer-Encoding: chunked;q=1\r\n',
      'Transfer-Encoding: "chunked"\r\n',
      'Transfer-Encoding: \x0bchunked\r\n',
    ];
    for (const framing of framings) {
      for (const head of [`GET /${name} HTTP/1.1\r\n`, `PUT /${name}/first HTTP/1.1\r\n`]) {
        const connection = await RawConnection.open(server.port);
        connection.send(`${head}${host}${framing}\r\n0\r\n\r\n${smuggled}`);
        const answer = await connection.response();
        assert.ok(answer.status === 400 || answer.status === 501, `${framing}: ${answer.head}`);
        assert.equal(answer.headers.get('connection'), 'close', framing);
        connection.socket.end();
        await connection.closed();
        assert.doesNotMatch(connection.unread().toString('latin1'), /HTTP\/1/, framing);
        connection.destroy();
      }
    }
    const id = (await idOf(name)) ?? '';
    assert.deepEqual(await server.engine.rows.scanCurrent(id, undefined, 10), []);
    assert.equal((await alice.get(name, 'smuggled')).code, 'NoSuchKey');
  });

  test('rule 31: what a browser can be made to show has no origin, whatever was stored; the rest is left alone', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read' });
    const page = '<!doctype html><script>fetch("/")</script>';
    const pages = { 'text/html': page, 'image/svg+xml': '<svg onload="x()"/>', 'application/pdf': '%PDF-1.7' };
    for (const [type, body] of Object.entries(pages)) {
      const given = { 'content-type': type, 'x-amz-acl': 'public-read', 'content-security-policy': 'default-src *' };
      const put = await alice.put(name, type, body, given);
      assert.equal(put.headers['content-security-policy'], undefined);
      const answers = [
        await nobody.get(name, type),
        await nobody.get(name, type, { range: 'bytes=0-3' }),
        await nobody.get(name, type, { 'if-none-match': '*' }),
        await nobody.get(name, type, { range: 'bytes=1000-' }),
        await nobody.head(name, type),
        await nobody.get(name, `<script>${type}`),
        await alice.send('GET', { bucket: name, key: type, query: { 'response-content-type': 'text/html' } }),
        await nobody.send('GET', { bucket: name }),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 206, 304, 416, 200, 404, 200, 200],
      );
      for (const { headers } of answers) {
        assert.equal(headers['content-security-policy'], 'sandbox');
        assert.equal(headers['x-content-type-options'], 'nosniff');
      }
    }
  });

  test('rule 33: without configuration no answer lets another origin in', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read' });
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read', 'x-amz-meta-access-control-allow-origin': '*' });
    const origin = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
    const answers = [
      await nobody.get(name, 'key', origin),
      await alice.get(name, 'key', origin),
      await nobody.get(name, 'absent', origin),
      await nobody.send('OPTIONS', { bucket: name, key: 'key', headers: origin }),
      await nobody.send('OPTIONS', { bucket: name, headers: origin }),
    ];
    for (const { headers } of answers) {
      assert.deepEqual(
        Object.keys(headers).filter((header) => header.startsWith('access-control-')),
        [],
      );
    }
    assert.deepEqual(
      answers.slice(3).map(({ status }) => status),
      [403, 403],
    );
  });

  async function idOf(bucket: string): Promise<string | undefined> {
    return (await world().server.engine.rows.getTarget({ bucket })).bucket?.id;
  }
});

/** A document and the checksum that proves it. */
function proved(body: string): { readonly body: string; readonly headers: Record<string, string> } {
  return { body, headers: { 'x-amz-checksum-sha256': digest('sha256', body) } };
}

/** All but letters and digits as numeric references: documents may name keys that XML cannot hold. */
const references = (key: string): string => [...key].map((character) => `&#${character.codePointAt(0)};`).join('');

test('rule 31: the sandbox can be switched off where S3 and the Console have different host names', async (t) => {
  const server = await startTestServer({ sandbox: false });
  t.after(() => server.stop());
  const answer = await rawRequest({ origin: server.origin, method: 'GET', target: '/bucket/key' });
  assert.equal(answer.status, 404);
  assert.equal(answer.headers['content-security-policy'], undefined);
  assert.equal(answer.headers['x-content-type-options'], undefined);
});
