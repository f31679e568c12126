/** What the Console's port serves beside the API: the app's page and files, or the page that says how to build it. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openApp } from '../../src/http/console/app.ts';
import { createPages } from '../../src/http/console/pages.ts';
import { createSetupPage } from '../../src/http/console/setup-page.ts';
import { originsFor, type Site } from '../../src/http/site.ts';
import { startApi } from '../support/api-world.ts';
import { rawRequest } from '../support/raw-client.ts';

const INDEX = `<!doctype html><html><head>
<meta name="moraine-base" content="/" />
<meta name="moraine-nonce" content="" />
<link rel="stylesheet" href="./assets/index-b2.css">
<script type="module" src="./assets/index-a1.js"></script>
</head></html>`;
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(3000))})`;
const STYLE = 'body{margin:0}';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'moraine-app-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function appIn(folder: string): string {
  mkdirSync(join(folder, 'assets'));
  mkdirSync(join(folder, '.vite'));
  const files: Readonly<Record<string, string | Buffer>> = {
    'index.html': INDEX,
    'preview.html': '<!doctype html><script src="./assets/index-a1.js"></script>',
    'mark.svg': '<svg/>',
    '.stamp': 'abc',
    '.vite/manifest.json': '{}',
    'assets/index-b2.css': STYLE,
    'assets/index-a1.js': SCRIPT,
    'assets/index-a1.js.br': brotliCompressSync(SCRIPT),
    'assets/index-a1.js.gz': gzipSync(SCRIPT),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

const SITE: Site = {
  ...{ endpoint: undefined, tls: false, hostNames: ['localhost'] },
  regions: { home: 'eu-1', others: [{ name: 'eu-2', served: 'elsewhere', host: 's3.eu.example' }] },
  listen: () => ({ host: undefined, port: 9000 }),
};

async function open(t: TestContext, folder: string, options: { readonly base?: string } = {}) {
  const { base = '/' } = options;
  const setup = () =>
    createSetupPage({
      ...{ endpoint: 'https://s3.example"<script>', region: 'us-east-1' },
      s3cfg: { v4: 'access_key = YOUR_ACCESS_KEY\n', v2: 'signature_v2 = True\n' },
    });
  const app = await openApp(folder, LIMITS);
  const pages = createPages({ app, setup, base, s3: ({ host }) => originsFor(SITE, host), random: systemRandom });
  const api = await startApi(t, { pages, base });
  const get = (target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    rawRequest({ origin: api.origin, method, target, headers });
  return { ...api, get };
}

test('every address of the app is its page, made for this one answer; what looks like a file and is none is not there', async (t) => {
  const { get } = await open(t, appIn(folderOf(t)));
  for (const target of [
    '/',
    '/buckets/a.b.js?prefix=x%2F',
    '/operate/accounts/x',
    '/explain',
    '/sign-in',

    '/%2e%2e/x',
  ]) {
    const { status, headers, body } = await get(target);
    assert.deepEqual(
      [status, headers['content-type'], headers['cache-control']],
      [200, 'text/html; charset=utf-8', 'no-store'],
      target,
    );
    assert.ok(body.includes('src="/assets/index-a1.js"') && body.includes('href="/assets/index-b2.css"'));
    assert.deepEqual(
      [headers['cross-origin-opener-policy'], headers['referrer-policy']],
      ['same-origin', 'no-referrer'],
    );
  }
  const missing = [
    '/assets/',
    '/assets/index-a2.js',
    '/assets/../index.html',
    '/favicon.ico',
    '/.stamp',
    '/index.html',
  ];
  const odd = ['/assets/%2e%2e/.stamp', '/..', '/assets/index-a1.js.br', '/assets/..%2f.stamp'];
  for (const target of [...missing, ...odd]) assert.equal((await get(target)).status, 404, target);
  const other = await get('/buckets', {}, 'POST');
  assert.deepEqual([other.status, other.headers.allow], [405, 'GET, HEAD']);
});

test('rule 32: the page’s policy lets in this port and S3 alone, and style elements with the answer’s nonce', async (t) => {
  const { get, port } = await open(t, appIn(folderOf(t)));
  const pages = [await get('/'), await get('/')];
  const nonces = pages.map(({ headers, body }) => {
    const nonce = /<meta name="moraine-nonce" content="([A-Za-z0-9+/]{22}==)"/.exec(body.toString())?.[1] ?? '';
    assert.equal(
      headers['content-security-policy'],
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: http://127.0.0.1:9000 http://s3.eu.example; ` +
        "media-src http://127.0.0.1:9000 http://s3.eu.example; connect-src 'self' http://127.0.0.1:9000 http://s3.eu.example; font-src 'self'; worker-src 'self'; " +
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types moraine",
    );
    return nonce;
  });
  assert.equal(new Set(nonces).size, 2);
  const under = async (host: string) => {
    const policy = `${(await get('/', { host })).headers['content-security-policy']}`;
    return /connect-src 'self' ([^;]*);/.exec(policy)?.[1];
  };
  assert.equal(await under(`s3.lan:${port}`), 'http://s3.lan:9000 http://s3.eu.example');
  // A policy cannot name an IPv6 address: a browser would ignore it, and the store with it.
  assert.equal(await under(`[::1]:${port}`), 'http://*:9000 http://s3.eu.example');
  const bad = await get('/', { host: "x; script-src 'unsafe-inline'" });
  assert.deepEqual([bad.status, bad.headers['content-type']], [400, 'application/json']);
});

test('files are kept by their names for ever, compressed where they are, and asked for again by their tags', async (t) => {
  const { get } = await open(t, appIn(folderOf(t)));
  const at = '/assets/index-a1.js';
  const plain = await get(at);
  assert.deepEqual([plain.status, plain.body.toString()], [200, SCRIPT]);
  assert.deepEqual(
    [plain.headers['content-type'], plain.headers['cache-control'], plain.headers.vary],
    ['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', 'Accept-Encoding'],
  );
  assert.deepEqual(
    [plain.headers['access-control-allow-origin'], plain.headers['x-content-type-options']],
    ['*', 'nosniff'],
  );
  const brotli = await get(at, { 'accept-encoding': 'gzip, deflate, BR;q=1.0' });
  assert.deepEqual([brotli.headers['content-encoding'], `${brotliDecompressSync(brotli.body)}`], ['br', SCRIPT]);
  const zipped = await get(at, { 'accept-encoding': 'br;q=0, gzip' });
  assert.deepEqual([zipped.headers['content-encoding'], `${gunzipSync(zipped.body)}`], ['gzip', SCRIPT]);
  assert.equal(new Set([plain, brotli, zipped].map(({ headers }) => headers.etag)).size, 3);
  for (const known of [plain.headers.etag, `"x", W/${plain.headers.etag}`, '*']) {
    const same = await get(at, { 'if-none-match': `${known}` });
    assert.deepEqual([same.status, same.body.length, same.headers.etag], [304, 0, plain.headers.etag], `${known}`);
  }
  assert.equal((await get(at, { 'if-none-match': '"x"' })).status, 200);
  const head = await get(at, {}, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, `${SCRIPT.length}`, 0]);
  const mark = await get('/mark.svg');
  assert.deepEqual([mark.headers['cache-control'], mark.headers['content-type']], ['no-cache', 'image/svg+xml']);
});

test('rule 31: the page that draws documents has a sandbox, no network, and only ours may frame it', async (t) => {
  const { headers } = await (await open(t, appIn(folderOf(t)))).get('/preview.html');
  assert.match(
    `${headers['content-security-policy']}`,
    /^default-src 'none'; .*frame-ancestors 'self'; sandbox allow-scripts$/,
  );
  assert.doesNotMatch(`${headers['content-security-policy']}`, /connect-src|unsafe|https?:/);
  assert.equal(headers['cache-control'], 'no-store');
});

test('below a base path the page says so, and the API answers there too, whether the proxy left the path or not', async (t) => {
  const { get } = await open(t, appIn(folderOf(t)), { base: '/console/' });
  for (const target of ['/', '/console', '/console/', '/console/buckets/x', '/buckets/x']) {
    const { status, body } = await get(target);
    assert.equal(status, 200, target);
    assert.ok(
      body.includes('"moraine-base" content="/console/"') && body.includes('src="/console/assets/index-a1.js"'),
    );
  }
  for (const prefix of ['', '/console']) {
    assert.equal((await get(`${prefix}/assets/index-b2.css`)).body.toString(), STYLE);
    assert.equal((await get(`${prefix}/api/v1/me`)).status, 401);
  }
});

test('rule 32: without the app one page says how to build it, without scripts, and escapes what it shows', async (t) => {
  const { get } = await open(t, folderOf(t));
  for (const target of ['/', '/buckets/x']) {
    const { status, headers, body } = await get(target);
    const html = body.toString();
    assert.deepEqual(
      [status, headers['content-type'], headers['x-content-type-options']],
      [200, 'text/html; charset=utf-8', 'nosniff'],
    );
    assert.match(
      `${headers['content-security-policy']}`,
      /^default-src 'none'; style-src 'sha256-[^']+';.*frame-ancestors 'none'$/,
    );
    assert.doesNotMatch(html, /<script|style="|\son\w+=/);
    for (const part of ['https://s3.example&quot;&lt;script&gt;', 'npm run console', 'access_key = YOUR_ACCESS_KEY']) {
      assert.ok(html.includes(part), part);
    }
    const head = await get(target, {}, 'HEAD');
    assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, `${body.length}`, 0]);
  }
  assert.equal((await get('/favicon.ico')).status, 404);
});

test('a folder that is not what the build makes is refused at start, and none is read through it', async (t) => {
  const folder = appIn(folderOf(t));
  await assert.rejects(openApp(folder, { consoleAppBytes: 100 }), /holds more than 100 bytes/);
  symlinkSync('/etc/hostname', join(folder, 'link.txt'));
  assert.deepEqual([...((await openApp(folder, LIMITS))?.files.keys() ?? [])].sort(), [
    ...['/assets/index-a1.js', '/assets/index-b2.css', '/mark.svg', '/preview.html'],
  ]);
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  await assert.rejects(open(t, folder), /no place for its base and its nonce/);
});
