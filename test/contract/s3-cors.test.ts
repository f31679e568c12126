/** CORS: what is kept of a configuration, and what preflights are told by it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configured, PAGE, type Preflight, preflight, queryOf, RULE, said, VARY } from '../support/cors.ts';
import { CORS, corsConfiguration } from '../support/documents.ts';
import { element, elements, header, overEngines } from '../support/s3-world.ts';
import { presignV4, targetOf } from '../support/signer.ts';

const NOT_ALLOWED =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

overEngines((world) => {
  test('a configuration comes back as it was set, is replaced whole, and goes', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const get = () => alice.send('GET', { bucket, query: CORS });
    assert.equal((await get()).code, 'NoSuchCORSConfiguration');
    assert.equal((await alice.send('DELETE', { bucket, query: CORS })).status, 204);
    const rule = `<ID>one</ID>${RULE}<AllowedOrigin/><AllowedHeader>x-AMZ-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>0</MaxAgeSeconds>`;
    const put = async (...rules: readonly string[]) =>
      (await alice.send('PUT', { bucket, query: CORS, body: corsConfiguration(...rules) })).status;
    assert.equal(await put(rule, RULE), 200);
    const answer = await get();
    assert.equal(elements(answer.text, 'CORSRule').length, 2);
    assert.deepEqual(elements(element(answer.text, 'CORSRule') ?? '', 'AllowedOrigin'), [PAGE, '']);
    assert.deepEqual(
      ['ID', 'AllowedHeader', 'ExposeHeader', 'MaxAgeSeconds'].map((name) => element(answer.text, name)),
      ['one', 'x-AMZ-*', 'ETag', '0'],
    );
    assert.equal(await put(RULE), 200);
    assert.equal(elements((await get()).text, 'CORSRule').length, 1);
    assert.equal((await alice.send('DELETE', { bucket, query: CORS })).status, 204);
    assert.equal((await get()).code, 'NoSuchCORSConfiguration');
  });

  test('what S3 does not take is refused by its name, and nothing changes', async () => {
    const { alice } = world();
    const bucket = await configured(world(), RULE);
    const origin = '<AllowedOrigin>*</AllowedOrigin>';
    const method = '<AllowedMethod>GET</AllowedMethod>';
    for (const [code, message, ...rules] of [
      ['MalformedXML', /must have a CORSRule/],
      ['MalformedXML', /lacks AllowedMethod/, origin],
      ['MalformedXML', /lacks AllowedOrigin/, method],
      [
        'MalformedXML',
        /AllowCredentials is not expected/,
        `${origin}${method}<AllowCredentials>true</AllowCredentials>`,
      ],
      ['MalformedXML', /MaxAgeSeconds/, `${origin}${method}<MaxAgeSeconds>-1</MaxAgeSeconds>`],
      ['MalformedXML', /more than 100 rules/, ...Array.from({ length: 101 }, () => RULE)],
      ['InvalidArgument', /limit of 255/, `<ID>${'i'.repeat(256)}</ID>${RULE}`],
      [
        'InvalidRequest',
        /^Found unsupported HTTP method in CORS config\. Unsupported method is PATCH$/,
        `${origin}<AllowedMethod>PATCH</AllowedMethod>`,
      ],
      ['InvalidRequest', /Unsupported method is get$/, `${origin}<AllowedMethod>get</AllowedMethod>`],
      [
        'InvalidRequest',
        /^AllowedOrigin "http:\/\/\*\.\*" can not have more than one wildcard\.$/,
        `<AllowedOrigin>http://*.*</AllowedOrigin>${method}`,
      ],
      ['InvalidRequest', /^AllowedHeader "\*-\*" can not/, `${RULE}<AllowedHeader>*-*</AllowedHeader>`],
      ['InvalidRequest', /^ExposeHeader "\*" contains wildcard/, `${RULE}<ExposeHeader>*</ExposeHeader>`],
      ['InvalidRequest', /not the name of a header/, `${RULE}<ExposeHeader>a&#13;&#10;b: c</ExposeHeader>`],
    ] as const) {
      const refused = await alice.send('PUT', { bucket, query: CORS, body: corsConfiguration(...rules) });
      assert.equal(refused.code, code, refused.text);
      assert.match(element(refused.text, 'Message') ?? '', message);
    }
    const large = corsConfiguration(`${RULE}<!--${' '.repeat(64 * 1024)}-->`);
    assert.equal((await alice.send('PUT', { bucket, query: CORS, body: large })).code, 'MaxMessageLengthExceeded');
    assert.equal((await alice.send('PUT', { bucket, query: CORS })).code, 'MissingRequestBodyError');
    const kept = await alice.send('GET', { bucket, query: CORS });
    assert.deepEqual(elements(kept.text, 'AllowedOrigin'), [PAGE]);
  });

  test('others neither see, nor set, nor remove it', async () => {
    const { bob, nobody, alice } = world();
    const bucket = await configured(world(), RULE);
    for (const stranger of [bob, nobody]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? { body: corsConfiguration('') } : {};
        assert.equal((await stranger.send(method, { bucket, query: CORS, ...body })).code, 'AccessDenied');
      }
    }
    assert.deepEqual(elements((await alice.send('GET', { bucket, query: CORS })).text, 'AllowedOrigin'), [PAGE]);
  });

  test('a preflight is answered by the first rule that matches origin, method and every header', async () => {
    const { nobody } = world();
    const bucket = await configured(
      world(),
      `${RULE}<AllowedHeader>X-Amz-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-version-id</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds>`,
      '<AllowedOrigin>http://*.example.ch:8080</AllowedOrigin><AllowedMethod>DELETE</AllowedMethod>',
      '<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod>',
    );
    const first = {
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-expose-headers': 'ETag, x-amz-version-id',
      'access-control-max-age': '3000',
      vary: VARY,
    };
    const answer = await preflight(nobody, bucket, { origin: PAGE, method: 'PUT', key: 'not/there' });
    assert.deepEqual([answer.status, answer.text, said(answer)], [200, '', first]);
    const named = { origin: PAGE, method: 'GET', headers: 'x-amz-date,Content-Type , x-AMZ-Acl' };
    assert.deepEqual(said(await preflight(nobody, bucket, named)), {
      ...first,
      'access-control-allow-headers': 'x-amz-date, content-type, x-amz-acl',
    });
    for (const [asked, origin, methods] of [
      [{ origin: 'http://a.b.example.ch:8080', method: 'DELETE' }, 'http://a.b.example.ch:8080', 'DELETE'],
      [{ origin: 'http://.example.ch:8080', method: 'DELETE' }, 'http://.example.ch:8080', 'DELETE'],
      [{ origin: PAGE, method: 'HEAD' }, '*', 'GET, HEAD'],
      [{ origin: 'https://PAGE.example.ch', method: 'GET' }, '*', 'GET, HEAD'],
      [{ origin: 'null', method: 'GET' }, '*', 'GET, HEAD'],
    ] as const) {
      assert.deepEqual(said(await preflight(nobody, bucket, asked)), {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': methods,
        vary: VARY,
      });
    }
  });

  test('rule 33: whatever no rule allows whole is refused, with S3’s words and no header that lets it in', async () => {
    const { nobody } = world();
    const bucket = await configured(world(), `${RULE}<AllowedHeader>x-amz-*</AllowedHeader>`);
    for (const asked of [
      { origin: 'https://other.example.ch', method: 'GET' },
      { origin: 'http://page.example.ch', method: 'GET' },
      { origin: 'https://page.example.ch:8443', method: 'GET' },
      { origin: 'https://page.example.ch.evil.example', method: 'GET' },
      { origin: 'https://evil.example/https://page.example.ch', method: 'GET' },
      { origin: 'https://page.example.ch/', method: 'GET' },
      { origin: 'HTTPS://PAGE.EXAMPLE.CH', method: 'GET' },
      { origin: PAGE, method: 'DELETE' },
      { origin: PAGE, method: 'GET', headers: 'x-amz-date, authorization' },
      { origin: PAGE, method: 'GET', headers: 'x-amz' },
      { origin: PAGE, method: 'GET', headers: Array.from({ length: 201 }, () => 'x-amz-a').join() },
    ]) {
      const refused = await preflight(nobody, bucket, { ...asked, key: 'key' });
      assert.deepEqual([refused.status, refused.code], [403, 'AccessForbidden'], refused.text);
      assert.equal(element(refused.text, 'Message'), NOT_ALLOWED);
      assert.equal(element(refused.text, 'Method'), asked.method);
      assert.equal(element(refused.text, 'ResourceType'), 'OBJECT');
      assert.deepEqual(said(refused), {});
    }
  });

  test('a preflight that cannot be answered says what is missing', async () => {
    const { nobody, bucket: create } = world();
    const bucket = await configured(world(), RULE);
    const outcome = async (name: string | undefined, asked: Preflight) => {
      const { status, code, text } = await preflight(nobody, name, asked);
      return [status, code, element(text, 'Message'), element(text, 'Method'), element(text, 'ResourceType')];
    };
    const originless = [400, 'BadRequest', 'Insufficient information. Origin request header needed.'];
    assert.deepEqual(await outcome(bucket, { method: 'GET' }), [...originless, undefined, undefined]);
    assert.deepEqual(await outcome('no-such-bucket', {}), [...originless, undefined, undefined]);
    const method = (shown: string) => [400, 'BadRequest', `Invalid Access-Control-Request-Method: ${shown}`];
    assert.deepEqual(await outcome(bucket, { origin: PAGE }), [...method('null'), undefined, undefined]);
    assert.deepEqual(await outcome(bucket, { origin: PAGE, method: 'PATCH' }), [
      ...method('PATCH'),
      undefined,
      undefined,
    ]);
    const without = await create();
    const disabled = [403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.'];
    assert.deepEqual(await outcome(without, { origin: PAGE, method: 'PUT', key: 'k' }), [...disabled, 'PUT', 'BUCKET']);
    assert.deepEqual(await outcome(without, { origin: PAGE }), [...disabled, 'OPTIONS', 'BUCKET']);
    const absent = [403, 'AccessForbidden', 'CORSResponse: Bucket not found', 'GET', 'BUCKET'];
    assert.deepEqual(await outcome('no-such-bucket', { origin: PAGE, method: 'GET' }), absent);
    const service = [403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this service.', 'GET', 'SERVICE'];
    assert.deepEqual(await outcome(undefined, { origin: PAGE, method: 'GET' }), service);
  });

  test('a preflight is answered whatever the bucket says of who may do what', async () => {
    const { alice, nobody } = world();
    const bucket = await configured(world(), RULE);
    const payment = '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>';
    assert.equal((await alice.send('PUT', { bucket, query: { requestPayment: '' }, body: payment })).status, 200);
    const answer = await preflight(nobody, bucket, { origin: PAGE, method: 'GET', key: 'key' });
    assert.deepEqual([answer.status, answer.headers['x-amz-request-charged']], [200, undefined], answer.text);
  });

  test('rule 02: a preflight is nobody’s, whatever credentials its URL or headers carry, and does nothing', async () => {
    const { server, alice, nobody } = world();
    const bucket = await configured(world(), RULE);
    await alice.put(bucket, 'key', 'kept');
    const presigned = presignV4({
      credentials: { accessKeyId: server.operator.accessKeyId, secretAccessKey: 'wrong' },
      method: 'PUT',
      target: targetOf(bucket, 'key', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }),
      headers: { host: server.host },
    });
    const query = queryOf(presigned);
    server.engine.reset();
    const headers = { origin: PAGE, 'access-control-request-method': 'PUT', authorization: 'AWS nonsense' };
    for (const each of [query, { versionId: 'x', ...query }, { uploadId: 'x' }, { acl: '' }, { delete: '' }]) {
      const answer = await nobody.send('OPTIONS', { bucket, key: 'key', query: each, headers });
      assert.deepEqual([answer.status, header(answer, 'access-control-allow-origin')], [200, PAGE], answer.text);
    }
    assert.deepEqual(server.engine.counts(), { 'rows.getTarget': 5 });
    assert.equal((await alice.get(bucket, 'key')).text, 'kept');
    assert.equal(server.records().at(-2)?.accessKeyId, undefined);
  });
});
