/**
 * CORS in a real browser: a page on another host and port uploads and reads as the bucket's configuration says, and is stopped
 * otherwise. What counts is what arrived in the store, read back by its owner, and which requests the server saw.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Asked, fetchIn, openPage, type Seen, startBrowser, startPageHost } from '../support/browser.ts';
import { corsConfiguration } from '../support/documents.ts';
import { ENGINES } from '../support/engines.ts';
import { type Answer, answerOf, assertBytes, element, md5Hex } from '../support/s3-world.ts';
import { startTestServer } from '../support/server.ts';
import { type Headers, hostOf, presignV4, signedRequest, signV4, targetOf } from '../support/signer.ts';

async function openStage() {
  const engine = ENGINES.find(({ name }) => name === 'embedded');
  assert(engine !== undefined);
  const store = await engine.open();
  const pages = await startPageHost();
  const access = { consoleOrigins: [pages.originOf('console')] };
  const server = await startTestServer({ engine: store.engine, access });
  const browser = await startBrowser();
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const credentials = { accessKeyId, secretAccessKey };
  const { origin } = server;
  const headers = { host: hostOf(origin) };
  const opened = new Map<string, Promise<Page>>();
  let [count, looked] = [0, 0];
  return {
    server,
    pages,
    /** As the bucket's owner, from no page. */
    async send(method: string, target: string, body?: string): Promise<Answer> {
      const asked = { origin, credentials, method, target, headers };
      return answerOf(await signedRequest(body === undefined ? asked : { ...asked, body }));
    },
    /** A new bucket, with these CORS rules when there are any. */
    async bucket(...rules: readonly string[]): Promise<string> {
      count += 1;
      const name = `bucket-${count}`;
      assert.equal((await this.send('PUT', targetOf(name))).status, 200);
      if (rules.length === 0) return name;
      const set = await this.send('PUT', targetOf(name, undefined, { cors: '' }), corsConfiguration(...rules));
      assert.equal(set.status, 200, set.text);
      return name;
    },
    /** The URL that the owner gives a page. `signed`: headers that it must send. */
    presigned: (method: string, target: string, signed: Headers = {}): string =>
      `${origin}${presignV4({ credentials, method, target, headers: { ...headers, ...signed } })}`,
    /** What a page sends that signs for itself: the browser says `host`. */
    signed(method: string, target: string): Headers {
      const { host: _, ...rest } = signV4({ credentials, method, target, headers });
      return rest;
    },
    /** Asks from the page of `NAME.localhost`. */
    async ask(name: string, url: string, asked?: Asked): Promise<Seen> {
      const page = opened.get(name) ?? openPage(browser, pages.originOf(name));
      opened.set(name, page);
      return fetchIn(await page, url, asked);
    },
    /** Method and status of all that was asked of the server since the last look. */
    async asked(): Promise<readonly string[]> {
      while (server.running.inFlight() > 0) await new Promise((soon) => setTimeout(soon, 5));
      const all = server.records().slice(looked);
      looked += all.length;
      return all.map(({ method, status }) => `${method} ${status}`);
    },
    async close(): Promise<void> {
      await browser.close();
      await pages.close();
      await server.stop();
      await store.close();
    },
  };
}

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

/** Every byte there is, over and over. */
const bytesOf = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7) % 256));

/** What a rule says that lets the page in for these methods. */
const allowing = (...methods: readonly string[]): string =>
  [
    `<AllowedOrigin>${stage.pages.originOf('page')}</AllowedOrigin>`,
    ...methods.map((method) => `<AllowedMethod>${method}</AllowedMethod>`),
    '<AllowedHeader>content-type</AllowedHeader><AllowedHeader>x-amz-meta-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>',
  ].join('');

function shown(seen: Seen) {
  assert(!seen.refused, 'the browser let the page see the answer');
  return seen;
}

test('a page puts and gets by presigned URLs, and sees the headers that the rule exposes', async () => {
  const bucket = await stage.bucket(allowing('GET', 'PUT'));
  const target = targetOf(bucket, 'folder/ü & more.bin');
  const body = bytesOf(300_000);
  const headers = { 'content-type': 'image/x-test', 'x-amz-meta-from': 'a page' };
  await stage.asked();
  const put = shown(await stage.ask('page', stage.presigned('PUT', target, headers), { method: 'PUT', headers, body }));
  assert.deepEqual([put.status, put.headers.etag], [200, `"${md5Hex(body)}"`]);
  assert.equal(put.headers['x-amz-request-id'], undefined, 'what is not exposed is not seen');
  assert.deepEqual(await stage.asked(), ['OPTIONS 200', 'PUT 200']);
  const kept = await stage.send('GET', target);
  assertBytes(kept.body, body);
  assert.deepEqual([kept.headers['content-type'], kept.headers['x-amz-meta-from']], ['image/x-test', 'a page']);

  const got = shown(await stage.ask('page', stage.presigned('GET', target)));
  assertBytes(got.body, body);
  assert.equal(got.headers['content-type'], 'image/x-test');
});

test('a page uploads in parts, and completes with the ETags that it was shown', async () => {
  const bucket = await stage.bucket(allowing('PUT', 'POST'));
  const parts = [bytesOf(5 * 1024 * 1024), Buffer.from('the rest')];
  const at = (query: Headers): string => targetOf(bucket, 'large', query);
  const begun = shown(await stage.ask('page', stage.presigned('POST', at({ uploads: '' })), { method: 'POST' }));
  const uploadId = element(begun.body.toString(), 'UploadId') ?? '';
  let list = '';
  for (const [index, body] of parts.entries()) {
    const target = at({ partNumber: String(index + 1), uploadId });
    const part = shown(await stage.ask('page', stage.presigned('PUT', target), { method: 'PUT', body }));
    list += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
  }
  const body = Buffer.from(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
  const done = await stage.ask('page', stage.presigned('POST', at({ uploadId })), { method: 'POST', body });
  assert.match(element(shown(done).body.toString(), 'ETag') ?? '', /-2"$/);
  assertBytes((await stage.send('GET', at({}))).body, Buffer.concat(parts));
});

test('a page sees what was wrong with its request', async () => {
  const bucket = await stage.bucket(allowing('GET', 'PUT'));
  const target = targetOf(bucket, 'key');
  for (const [url, asked, status, code] of [
    [stage.presigned('GET', target), {}, 404, 'NoSuchKey'],
    [stage.presigned('GET', target).replace(/.$/, 'x'), {}, 403, 'SignatureDoesNotMatch'],
    [`${stage.server.origin}${target}`, {}, 403, 'AccessDenied'],
    [
      stage.presigned('PUT', target),
      { method: 'PUT', headers: { 'content-type': 'x/y', 'x-amz-meta-a': 'b' } },
      403,
      'AccessDenied',
    ],
  ] as const) {
    const answer = shown(await stage.ask('page', url, asked));
    assert.deepEqual([answer.status, element(answer.body.toString(), 'Code')], [status, code]);
  }
});

test('rule 33: another origin, method or header, or no configuration: the browser asks, and sends nothing', async () => {
  const bucket = await stage.bucket(allowing('GET', 'PUT'));
  const bare = await stage.bucket();
  for (const each of [bucket, bare]) await stage.send('PUT', targetOf(each, 'key'), 'kept');
  const put = (name: string, headers: Headers = {}): readonly [string, Asked] => [
    stage.presigned('PUT', targetOf(name, 'key'), headers),
    { method: 'PUT', headers, body: Buffer.from('written by a page') },
  ];
  for (const [name, [url, asked]] of [
    ['other', put(bucket)],
    ['page', put(bucket, { 'x-amz-acl': 'public-read' })],
    ['page', [stage.presigned('DELETE', targetOf(bucket, 'key')), { method: 'DELETE' }]],
    ['page', put(bare)],
    ['other', put(bare)],
    ['page', put('no-such-bucket')],
  ] as const) {
    await stage.asked();
    assert.deepEqual(await stage.ask(name, url, asked), { refused: true }, url);
    assert.deepEqual(await stage.asked(), ['OPTIONS 403'], url);
  }
  for (const each of [bucket, bare]) assert.equal((await stage.send('GET', targetOf(each, 'key'))).text, 'kept');
});

test('rule 33: what browsers send without asking is answered, and kept from a page that no rule lets in', async () => {
  const bucket = await stage.bucket(allowing('GET'));
  await stage.send('PUT', targetOf(bucket, 'key'), 'private to the page');
  const url = stage.presigned('GET', targetOf(bucket, 'key'));
  await stage.asked();
  assert.deepEqual(await stage.ask('other', url), { refused: true });
  assert.deepEqual(await stage.asked(), ['GET 200']);
  assert.equal(shown(await stage.ask('page', url)).body.toString(), 'private to the page');
  // Never with what a browser sends by itself: cookies and passwords.
  assert.deepEqual(await stage.ask('page', url, { credentials: 'include' }), { refused: true });
});

test('the Console’s page works with every bucket and with none, and sees every header', async () => {
  const bucket = await stage.bucket(allowing('GET'));
  const at = (target: string) => `${stage.server.origin}${target}`;
  const call = async (method: string, target: string) =>
    shown(await stage.ask('console', at(target), { method, headers: stage.signed(method, target) }));
  assert.match((await call('GET', '/')).body.toString(), new RegExp(`<Name>${bucket}</Name>`));
  const made = targetOf('made-by-the-console');
  assert.equal((await call('PUT', made)).status, 200);
  assert.equal((await stage.send('HEAD', made)).status, 200);
  assert.equal((await call('DELETE', made)).status, 204);
  assert.equal((await stage.send('HEAD', made)).status, 404);
  const target = targetOf(bucket, 'key');
  const headers = { 'x-amz-meta-colour': 'grey' };
  const body = bytesOf(1000);
  await stage.ask('console', stage.presigned('PUT', target, headers), { method: 'PUT', headers, body });
  assertBytes((await stage.send('GET', target)).body, body);
  const head = await call('HEAD', target);
  assert.deepEqual([head.headers['x-amz-meta-colour'], head.headers.etag], ['grey', `"${md5Hex(body)}"`]);
  assert.ok(head.headers['x-amz-request-id']);

  for (const [method, each] of [
    ['GET', '/'],
    ['PUT', made],
  ] as const) {
    await stage.asked();
    assert.deepEqual(await stage.ask('page', at(each), { method, headers: stage.signed(method, each) }), {
      refused: true,
    });
    assert.deepEqual(await stage.asked(), ['OPTIONS 403']);
  }
  assert.equal((await stage.send('HEAD', made)).status, 404);
});
