/**
 * What somebody stored, opened in the browser of somebody who is signed in to the Console beside it: same host name, another port.
 * Ports share cookies and are one "site"; so the sandbox of S3's answers comes first, and behind it what the account API asks for.
 * Judged is the effect: requests that left the browser, its cookies, and the account's keys.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../support/browser.ts';
import { freePort, startServer } from '../support/processes.ts';
import { hostOf, presignV4, signedRequest, targetOf } from '../support/signer.ts';

const BUCKET = 'hostile';
const TYPES = {
  html: 'text/html',
  xhtml: 'application/xhtml+xml',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
} as const;

/** All that a script of the same host could try against the Console at `there`. It reports by the requests that it makes. */
const attack = (there: string): string => `
document.cookie = 'moraine-session=evil; path=/';
document.cookie = 'moraine-session=evil; path=/api';
const api = ${JSON.stringify(`${there}/api/v1`)};
const all = { credentials: 'include' };
fetch(api + '/me', all).then((answer) => answer.text()).then((text) => fetch(api + '/stolen?' + encodeURIComponent(text)));
fetch(api + '/accounts/operator/keys', { ...all, method: 'POST', mode: 'no-cors', body: '{}' });
fetch(api + '/accounts/operator/keys', { ...all, method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'x-csrf-token': 'x' } });
const form = document.createElementNS('http://www.w3.org/1999/xhtml', 'form');
form.method = 'POST'; form.enctype = 'text/plain'; form.action = api + '/sessions/current'; form.target = 'x';
document.documentElement.append(form); form.submit();
`;

function bodies(there: string): Readonly<Record<keyof typeof TYPES, string>> {
  const script = attack(there);
  return {
    html: `<!doctype html><title>evil</title><script>${script}</script><meta http-equiv="refresh" content="1;url=${there}/api/v1/me">`,
    xhtml: `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>evil</title></head><body><script><![CDATA[${script}]]></script></body></html>`,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('${there}/api/v1/me')"><script><![CDATA[${script}]]></script></svg>`,
    pdf: pdfThatOpens(`${there}/api/v1/stolen`),
  };
}

/** One empty page; opening it runs a script and goes to an address. */
function pdfThatOpens(url: string): string {
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.launchURL('${url}'); this.submitForm('${url}');) /Next << /S /URI /URI (${url}) >> >> >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>',
  ];
  const parts = objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`);
  return `%PDF-1.7\n${parts.join('')}trailer << /Root 1 0 R /Size 4 >>\n%%EOF\n`;
}

async function openStage() {
  const consolePort = await freePort();
  const server = await startServer({ consolePort, workers: 1 });
  const there = `http://127.0.0.1:${consolePort}`;
  const browser = await startBrowser();
  const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey };
  const send = (method: string, target: string, body = '', headers: Readonly<Record<string, string>> = {}) => {
    const { origin } = server;
    return signedRequest({
      ...{ origin, credentials, method, target, body },
      headers: { host: hostOf(origin), ...headers },
    });
  };
  assert.equal((await send('PUT', targetOf(BUCKET))).status, 200);
  for (const [name, body] of Object.entries(bodies(there))) {
    const type = Object.entries(TYPES).find(([each]) => each === name)?.[1] ?? '';
    const headers = { 'content-type': type, 'x-amz-acl': 'public-read' };
    assert.equal((await send('PUT', targetOf(BUCKET, name), body, headers)).status, 200);
  }
  return {
    ...{ server, there },
    presigned: (key: string, query: Readonly<Record<string, string>>) =>
      `${server.origin}${presignV4({ credentials, method: 'GET', target: targetOf(BUCKET, key, query), headers: { host: hostOf(server.origin) } })}`,
    /** A browser of its own, whose user is signed in. */
    async signedIn(): Promise<BrowserContext> {
      const context = await browser.newContext();
      const data = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey };
      const answer = await context.request.post(`${there}/api/v1/sessions`, { data, headers: { origin: there } });
      assert.equal(answer.status(), 201);
      return context;
    },
    async close(): Promise<void> {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

/** What must be the same afterwards: the browser's cookies, whether they still are a session, and the account's keys. */
async function stateOf(context: BrowserContext): Promise<unknown> {
  const cookies = (await context.cookies()).map(({ name, value, path }) => ({ name, value, path }));
  const me = await context.request.get(`${stage.there}/api/v1/me`);
  const keys = await context.request.get(`${stage.there}/api/v1/accounts/operator/keys`);
  const ids = [...(await keys.text()).matchAll(/"accessKeyId":"(\w+)"/g)].map(([, id]) => id);
  return { cookies, me: me.status(), keys: ids };
}

/** What the browser asks for from now on, but for an icon and the parts of its own viewer of PDFs. */
function requestsOf(context: BrowserContext): readonly string[] {
  const asked: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (url.startsWith('http') && !url.endsWith('/favicon.ico')) asked.push(url);
  });
  return asked;
}

/** Long enough for what a page does at once, and for its refresh after a second. */
const settle = (page: Page) => page.waitForTimeout(1500);

test('rule 31: a page, a drawing and a PDF that somebody stored run nothing and ask for nothing, opened however they may be', async () => {
  const context = await stage.signedIn();
  const was = await stateOf(context);
  const urls = Object.keys(TYPES).map((name) => `${stage.server.origin}/${BUCKET}/${name}`);
  const disguised = stage.presigned('pdf', { 'response-content-type': 'text/html' });
  const asked = requestsOf(context);
  await Promise.all(
    [...urls, disguised].map(async (url) => {
      const page = await context.newPage();
      // A PDF may end as a download, which is an error here.
      await page.goto(url).catch(() => {});
      await settle(page);
      await page.close();
    }),
  );
  // Framed and opened by a page of the very same host, which may run scripts.
  const host = await context.newPage();
  const neighbour = 'http://127.0.0.1:1/neighbour';
  await host.route(neighbour, (route) =>
    route.fulfill({ contentType: 'text/html', body: urls.map((url) => `<iframe src="${url}"></iframe>`).join('') }),
  );
  await host.goto(neighbour);
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    host.evaluate((url) => void open(url), urls[0] ?? ''),
  ]);
  await settle(popup);
  await settle(host);
  const allowed = new Set([...urls, disguised, neighbour]);
  assert.deepEqual(
    asked.filter((url) => !allowed.has(url)),
    [],
  );
  assert.ok(urls.every((url) => asked.filter((each) => each === url).length >= 2));
  assert.deepEqual(await stateOf(context), was);
  await context.close();
});

test('rule 32: behind the sandbox too: a script of the same host reads, changes and frames nothing of the Console', async () => {
  const context = await stage.signedIn();
  const was = await stateOf(context);
  const neighbour = 'http://127.0.0.1:1/neighbour';
  const page = await context.newPage();
  await page.route(neighbour, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(neighbour);
  const seen = await page.evaluate(attackAsTold, stage.there);
  assert.deepEqual(seen, {
    // Refused by the browser: nobody told it that the page may see an answer, or send this. The form was sent, to no effect.
    ...{ read: 'TypeError', json: 'TypeError', form: 'TypeError', script: 'error', frame: 'blocked', cookie: '' },
    // Cut off by Cross-Origin-Opener-Policy: what was opened seems closed.
    opened: true,
  });
  assert.deepEqual(await stateOf(context), was);
  // A cookie that it may set, because cookies know no ports, is no session, and hides the real one instead of replacing it.
  await page.evaluate(() => {
    Reflect.set(document, 'cookie', 'moraine-session=evil; path=/api');
  });
  const opened = await context.newPage();
  const answer = await opened.goto(`${stage.there}/api/v1/me`);
  assert.equal(answer?.status(), 401);
  await context.close();
});

/** Runs in the page: it may use nothing of this file. */
async function attackAsTold(there: string) {
  const api = `${there}/api/v1`;
  const all = { credentials: 'include' } as const;
  const tried = async (path: string, options: RequestInit) => {
    try {
      return (await fetch(api + path, { ...all, ...options })).type;
    } catch (error) {
      return error instanceof Error ? error.name : 'error';
    }
  };
  const element = (name: string, source: string) =>
    new Promise<string>((done) => {
      const made = document.createElement(name);
      made.addEventListener('load', () => done('load'));
      made.addEventListener('error', () => done('error'));
      made.setAttribute('src', source);
      document.documentElement.append(made);
    });
  const frame = await element('iframe', `${there}/`);
  const popup = open(`${there}/`);
  await new Promise((soon) => setTimeout(soon, 1000));
  return {
    read: await tried('/me', {}),
    form: await tried('/accounts/operator/keys', { method: 'POST', mode: 'no-cors', body: '{}' }),
    json: await tried('/accounts/operator/keys', {
      ...{ method: 'POST', body: '{}' },
      headers: { 'content-type': 'application/json', 'x-csrf-token': 'x' },
    }),
    script: await element('script', `${api}/me`),
    // Chromium shows its own page instead, which nobody can look into and which has loaded.
    frame: frame === 'load' && document.querySelector('iframe')?.contentDocument === null ? 'blocked' : frame,
    cookie: document.cookie,
    opened: popup?.closed,
  };
}
