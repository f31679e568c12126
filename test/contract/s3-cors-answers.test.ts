/** CORS: what stands on every answer but a preflight's, and what the platform's own origins may. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configured, PAGE, preflight, queryOf, RULE, said, VARY } from '../support/cors.ts';
import { CORS, corsConfiguration } from '../support/documents.ts';
import { type Headers, hostOf } from '../support/raw-client.ts';
import { type Client, element, header, overEngines } from '../support/s3-world.ts';
import { presignV4, targetOf } from '../support/signer.ts';

const CONSOLE = 'https://console.example.ch';

overEngines((world) => {
  test('successes say whom they are for, on every kind of call', async () => {
    const { alice, nobody, server } = world();
    const bucket = await configured(
      world(),
      '<AllowedOrigin>https://*.example.ch</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod><AllowedMethod>DELETE</AllowedMethod><ExposeHeader>ETag</ExposeHeader>',
    );
    const headers = { origin: PAGE };
    const large = Buffer.alloc(6 * 1024 * 1024, 'x');
    const begun = await alice.send('POST', { bucket, key: 'parts', query: { uploads: '' }, headers });
    const uploadId = element(begun.text, 'UploadId') ?? '';
    const part = await alice.send('PUT', {
      bucket,
      key: 'parts',
      query: { partNumber: '1', uploadId },
      headers,
      body: large,
    });
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${header(part, 'etag')}</ETag></Part></CompleteMultipartUpload>`;
    const presigned = presignV4({
      credentials: { accessKeyId: server.operator.accessKeyId, secretAccessKey: server.operator.secret },
      method: 'GET',
      target: targetOf(bucket, 'key'),
      headers: { host: hostOf(server.origin) },
    });
    const answers = [
      begun,
      part,
      await alice.send('POST', { bucket, key: 'parts', query: { uploadId }, headers, body: list }),
      await alice.put(bucket, 'key', 'x', { ...headers, 'x-amz-acl': 'public-read' }),
      await alice.get(bucket, 'key', headers),
      await nobody.send('GET', { bucket, key: 'key', query: queryOf(presigned), headers }),
      await alice.get(bucket, 'parts', headers),
      await alice.get(bucket, 'parts', { ...headers, range: 'bytes=0-1' }),
      await alice.head(bucket, 'key', headers),
      await alice.send('GET', { bucket, headers }),
      await alice.send('GET', { bucket, query: CORS, headers }),
      await alice.delete(bucket, 'key', headers),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200, 200, 200, 206, 200, 200, 200, 204],
    );
    for (const answer of answers) {
      assert.deepEqual(said(answer), {
        'access-control-allow-origin': PAGE,
        'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
        'access-control-expose-headers': 'ETag',
        vary: VARY,
      });
    }
    const refused = await nobody.get(bucket, 'parts', { origin: 'https://other.example' });
    assert.deepEqual(said(refused), { vary: VARY });
  });

  test('every failure says whom it is for, wherever it fails', async () => {
    const { alice, bob, nobody } = world();
    const bucket = await configured(world(), `${RULE}<AllowedMethod>POST</AllowedMethod>`);
    const put = await alice.put(bucket, 'key', 'x');
    const origin = { origin: PAGE };
    const answers = [
      await alice.get(bucket, 'absent', origin),
      await bob.get(bucket, 'key', origin),
      await nobody.get(bucket, 'key', origin),
      await alice.get(bucket, 'key', { ...origin, 'if-none-match': header(put, 'etag') }),
      await alice.get(bucket, 'key', { ...origin, 'if-match': '"other"' }),
      await alice.get(bucket, 'key', { ...origin, range: 'bytes=9-' }),
      await nobody.get(bucket, 'key', { ...origin, authorization: 'AWS4-HMAC-SHA256 nonsense' }),
      await nobody.get(bucket, 'key', { ...origin, authorization: 'AWS AKIAUNKNOWN:c2lnbmF0dXJl', date: 'now' }),
      await alice.put(bucket, 'key', 'x', { ...origin, 'x-amz-write-offset-bytes': '0' }),
      await alice.put(bucket, 'k'.repeat(1025), 'x', origin),
      await alice.put(bucket, 'key', 'x', { ...origin, 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }),
      await alice.send('POST', { bucket, key: 'key', headers: origin }),
      await alice.send('PUT', { bucket, query: { website: '' }, headers: origin, body: 'x' }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 403, 403, 304, 412, 416, 400, 403, 501, 400, 400, 405, 501],
    );
    for (const answer of answers) {
      assert.equal(header(answer, 'access-control-allow-origin'), PAGE, answer.text);
      assert.equal(header(answer, 'vary'), VARY);
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    }
  });

  test('headers for asking count on any request, as in S3; what it really sends does not', async () => {
    const { alice } = world();
    const bucket = await configured(world(), RULE);
    await alice.put(bucket, 'key', 'x');
    const get = async (headers: Headers) => said(await alice.get(bucket, 'key', { origin: PAGE, ...headers }));
    const allowed = { 'access-control-allow-origin': PAGE, 'access-control-allow-methods': 'GET, PUT', vary: VARY };
    assert.deepEqual(await get({ 'x-amz-request-payer': 'requester' }), allowed);
    assert.deepEqual(await get({ 'access-control-request-method': 'PUT' }), allowed);
    assert.deepEqual(await get({ 'access-control-request-method': 'DELETE' }), { vary: VARY });
    assert.deepEqual(await get({ 'access-control-request-headers': 'x-amz-request-payer' }), { vary: VARY });
  });

  test('rule 33: an answer that depends on where it is asked from says so to caches, also where nobody asks from', async () => {
    const { alice, bucket: create } = world();
    const bucket = await configured(world(), RULE);
    await alice.put(bucket, 'key', 'x');
    assert.deepEqual(said(await alice.get(bucket, 'key')), { vary: VARY });
    assert.deepEqual(said(await alice.get(bucket, 'key', { origin: 'https://other.example' })), { vary: VARY });
    assert.deepEqual(said(await alice.get(await create(), 'key', { origin: PAGE })), {});
    assert.deepEqual(said(await alice.get('no-such-bucket', 'key', { origin: PAGE })), {});
  });

  test('CORS costs no look at the store, but one for a request from a page that failed before its own', async () => {
    const { server, alice, nobody } = world();
    const bucket = await configured(world(), RULE);
    await alice.put(bucket, 'key', 'x');
    const cost = async (client: Client, headers: Headers) => {
      server.engine.reset();
      await client.send('HEAD', { bucket, key: 'key', headers });
      return server.engine.counts();
    };
    const authorised = { 'rows.getIdentity': 1, 'rows.getTarget': 1 };
    assert.deepEqual(await cost(alice, {}), authorised);
    assert.deepEqual(await cost(alice, { origin: PAGE }), authorised);
    const wrong = { authorization: 'AWS nonsense' };
    assert.deepEqual(await cost(nobody, wrong), {});
    assert.deepEqual(await cost(nobody, { ...wrong, origin: PAGE }), { 'rows.getTarget': 1 });
  });

  test('a configuration that was changed or removed holds for the next request', async () => {
    const { alice } = world();
    const bucket = await configured(world(), RULE);
    const other = RULE.replace(PAGE, 'https://other.example');
    const origin = async () => header(await alice.get(bucket, 'key', { origin: PAGE }), 'access-control-allow-origin');
    assert.equal(await origin(), PAGE);
    await alice.send('PUT', { bucket, query: CORS, body: corsConfiguration(other) });
    assert.equal(await origin(), '');
    await alice.send('PUT', { bucket, query: CORS, body: corsConfiguration(RULE) });
    assert.equal(await origin(), PAGE);
    await alice.send('DELETE', { bucket, query: CORS });
    assert.equal(await origin(), '');
  });
});

overEngines(
  (world) => {
    const ALL = {
      'access-control-allow-methods': 'GET, PUT, POST, DELETE, HEAD',
      'access-control-expose-headers': '*',
    };

    test('the Console’s origin may ask for everything everywhere, and no other origin more for it', async () => {
      const { alice, nobody, bucket: create } = world();
      const plain = await create();
      const narrow = await configured(
        world(),
        RULE,
        `<AllowedOrigin>${CONSOLE}</AllowedOrigin><AllowedMethod>GET</AllowedMethod>`,
      );
      const asked = { method: 'DELETE', headers: 'authorization,x-amz-meta-anything' };
      for (const bucket of [plain, narrow, 'not-made-yet', 'No_Name', undefined]) {
        const answer = await preflight(nobody, bucket, { origin: CONSOLE, ...asked });
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(said(answer), {
          ...ALL,
          'access-control-allow-origin': CONSOLE,
          'access-control-allow-headers': 'authorization, x-amz-meta-anything',
          'access-control-max-age': '3600',
          vary: VARY,
        });
        for (const origin of [`${CONSOLE}.evil.example`, 'http://console.example.ch', PAGE]) {
          assert.equal((await preflight(nobody, bucket, { origin, ...asked })).code, 'AccessForbidden');
        }
      }
      const headers = { origin: CONSOLE };
      const answers = [
        await alice.send('GET', { headers }),
        await nobody.send('GET', { headers }),
        await alice.put(plain, 'key', 'x', headers),
        await alice.get(narrow, 'absent', headers),
        await alice.send('PUT', { bucket: 'made-by-a-page', headers }),
        await nobody.send('GET', { bucket: 'NO', headers }),
        await alice.send('PUT', { bucket: 'No_Name', headers }),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 403, 200, 404, 200, 400, 400],
      );
      for (const answer of answers) assert.equal(header(answer, 'access-control-allow-origin'), CONSOLE);
      assert.deepEqual(said(await alice.get(plain, 'key', { origin: PAGE })), { vary: VARY });
      assert.equal(header(await alice.get(narrow, 'x', { origin: PAGE }), 'access-control-allow-origin'), PAGE);
    });
  },
  {},
  { consoleOrigins: [CONSOLE] },
);

/** As in a first run: nothing is configured, and both are opened by whatever name the machine has. */
const BESIDE = { ownConsole: { port: 9001, names: ['s3.example.ch'] } };

overEngines(
  (world) => {
    test('the Console’s port is admitted by the name that S3 was asked by, and by host-names; on every answer, errors too', async () => {
      const { alice, nobody } = world();
      const bucket = await world().bucket();
      const origin = `http://${hostOf(world().server.origin).replace(/:\d+$/, '')}:9001`;
      for (const own of [origin, 'http://s3.example.ch:9001']) {
        const asking = await preflight(nobody, undefined, { origin: own, method: 'PUT', headers: 'x-amz-date' });
        assert.deepEqual([asking.status, header(asking, 'access-control-allow-headers')], [200, 'x-amz-date']);
        const headers = { origin: own };
        const answers = [
          await alice.put(bucket, 'key', 'x', headers),
          await alice.get(bucket, 'key', headers),
          await nobody.send('GET', { bucket, key: 'key', headers }),
          await alice.get(bucket, 'absent', headers),
          await alice.send('GET', { bucket: 'NO', headers }),
          await alice.send('GET', {
            query: { 'max-keys': 'x' },
            headers: { ...headers, authorization: 'AWS nonsense' },
          }),
        ];
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200, 403, 404, 400, 403],
        );
        for (const answer of answers) {
          assert.equal(header(answer, 'access-control-allow-origin'), own);
          assert.deepEqual([header(answer, 'access-control-expose-headers'), header(answer, 'vary')], ['*', VARY]);
          assert.equal(header(answer, 'access-control-allow-credentials'), '');
        }
      }
    });

    test('rule 33: no other port, scheme or host is the Console’s, and S3’s own is not', async () => {
      const { alice, nobody, server } = world();
      const bucket = await world().bucket();
      await alice.put(bucket, 'key', 'x');
      const { origin } = server;
      const name = hostOf(origin).replace(/:\d+$/, '');
      const strangers = [
        origin,
        `https://${name}:9001`,
        `http://${name}`,
        `http://${name}:90010`,
        `http://x${name}:9001`,
      ];
      for (const other of [...strangers, 'http://evil.example:9001', 'null', `http://${name}.evil.example:9001`]) {
        assert.equal((await preflight(nobody, bucket, { origin: other, method: 'PUT' })).status, 403, other);
        assert.deepEqual(said(await alice.get(bucket, 'key', { origin: other })), { vary: VARY }, other);
      }
      // No cache may give a page's answer to another, also where it was asked without a page.
      assert.deepEqual(said(await alice.get(bucket, 'key')), { vary: VARY });
    });
  },
  {},
  BESIDE,
);
