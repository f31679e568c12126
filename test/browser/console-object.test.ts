/**
 * The drawer of an object, and of a folder, in a real browser on a real server. What counts is what the store holds afterwards, asked by
 * another client, and what strangers may read; and that nothing that somebody stored runs in the page.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { EVERYONE } from '../../console/src/s3/access.ts';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

const BUCKET = 'atlas';
const MANY = 25;

/** A page with words on it, which tries a script when it is opened. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL('http://127.0.0.1:1/stolen');)>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 24 Tf 40 100 Td (Hello glacier) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
`;
const SCRIPT = `<script>window.parent.stolen = 1; document.title = 'stolen'</script>`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" onload="top.stolen = 1"><script>top.stolen = 1</script></svg>`;

let stage: ConsoleStage;
let page: Page;

before(async () => {
  stage = await openConsole();
  const { s3 } = stage;
  await s3.createBucket({ bucket: BUCKET });
  await s3.putBucketVersioning({ bucket: BUCKET, status: 'Enabled' });
  page = await stage.open('/buckets');
  page.setDefaultTimeout(20_000);
});
after(() => stage?.[Symbol.asyncDispose]());

async function put(key: string, body: string, contentType: string): Promise<void> {
  await stage.s3.putObject({ bucket: BUCKET, key, body, contentType });
}

async function open(key: string, tab: string): Promise<Locator> {
  const query = new URLSearchParams({ object: key, tab });
  await page.goto(`${stage.there}/buckets/${BUCKET}?${query}`);
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('tabpanel').waitFor();
  return drawer;
}

/** As somebody without an account asks. */
const stranger = (key: string): Promise<Response> => fetch(`${stage.server().origin}/${BUCKET}/${key}`);

test('metadata is saved as a new version with the same bytes, and ACL and tags stay; a change of somebody else is shown first', async () => {
  const { s3 } = stage;
  const key = 'a b/read me.txt';
  await put(key, 'some bytes', 'text/plain');
  await s3.putCannedAcl({ bucket: BUCKET, key, canned: 'public-read' });
  await s3.putObjectTagging({ bucket: BUCKET, key, tags: [{ key: 'team', value: 'geo' }] });
  const was = await s3.headObject({ bucket: BUCKET, key });
  const drawer = await open(key, 'metadata');
  await drawer.getByLabel('Cache-Control').fill('max-age=60');
  await drawer.getByRole('button', { name: 'Add' }).click();
  await drawer.getByLabel('Name').fill('ort');
  await drawer.getByLabel('Value').fill('Zürich');
  await drawer.getByText('10 of 2,048 bytes').waitFor();
  await drawer.getByRole('button', { name: 'Save metadata' }).click();
  await page.getByText('Metadata saved').waitFor();
  const now = await s3.headObject({ bucket: BUCKET, key });
  assert.equal(now.cacheControl, 'max-age=60');
  assert.deepEqual(now.metadata, { ort: 'Zürich' });
  assert.equal(now.etag, was.etag);
  assert.notEqual(now.versionId, was.versionId);
  assert.equal((await stranger('a%20b/read%20me.txt')).headers.get('cache-control'), 'max-age=60');
  assert.deepEqual(await s3.getObjectTagging({ bucket: BUCKET, key }), [{ key: 'team', value: 'geo' }]);

  await drawer.getByLabel('Content-Language').fill('de');
  await s3.copyObject({ from: { bucket: BUCKET, key }, bucket: BUCKET, key, metadata: { ort: 'Bern' } });
  await drawer.getByRole('button', { name: 'Save metadata' }).click();
  await drawer.getByText('Somebody saved something else meanwhile.').waitFor();
  assert.equal((await s3.headObject({ bucket: BUCKET, key })).contentLanguage, undefined);
  await drawer.getByRole('button', { name: 'Take what is saved' }).click();
  await drawer.getByLabel('Value').and(page.locator('[value="Bern"]')).waitFor();
});

test('what was overwritten is restored on top, a version is deleted for good, and what was deleted comes back', async () => {
  const { s3 } = stage;
  const key = 'versions.txt';
  await put(key, 'old', 'text/plain');
  await put(key, 'newer', 'text/plain');
  const drawer = await open(key, 'versions');
  await drawer.getByText('2 bytes larger than the one before').waitFor();
  await drawer.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Restored as a new version').waitFor();
  assert.equal(await textOf(key), 'old');
  await drawer.getByRole('listitem').nth(2).waitFor();
  await drawer.getByRole('listitem').nth(1).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete the version' }).click();
  await page.getByText('Version deleted').waitFor();
  assert.equal((await s3.listObjectVersions({ bucket: BUCKET, prefix: key })).versions.length, 2);
  await s3.deleteObject({ bucket: BUCKET, key });
  await open(key, 'versions');
  await drawer.getByRole('button', { name: 'Undelete' }).click();
  await page.getByText('It is back').waitFor();
  assert.equal(await textOf(key), 'old');
});

async function textOf(key: string): Promise<string> {
  return new TextDecoder().decode((await stage.s3.getObject({ bucket: BUCKET, key })).bytes);
}

test('whatever is stored is shown and nothing of it runs: HTML as text, SVG as a picture, a PDF in a sandbox', async () => {
  await put('evil.html', SCRIPT, 'text/html');
  await put('evil.svg', SVG, 'image/svg+xml');
  await put('evil.pdf', PDF, 'application/pdf');
  await put('data.json', '{"a":[1]}', 'application/json');
  const left: string[] = [];
  page.on('request', (request) => left.push(request.url()));
  let drawer = await open('evil.html', 'preview');
  assert.equal(await drawer.getByRole('region', { name: 'Text of' }).textContent(), SCRIPT);
  drawer = await open('data.json', 'preview');
  await drawer.getByText('"a": [').waitFor();
  drawer = await open('evil.svg', 'preview');
  const picture = drawer.getByRole('img', { name: 'Picture' });
  await picture.waitFor();
  assert.equal(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)), 20);
  drawer = await open('evil.pdf', 'preview');
  const drawn = page.frameLocator('iframe').getByRole('img', { name: 'Hello glacier' });
  await drawn.waitFor({ timeout: 40_000 });
  const [, frame] = page.frames();
  assert.equal(await frame?.evaluate('self.origin'), 'null');
  assert.equal(await page.evaluate('window.stolen'), undefined);
  assert.deepEqual(
    left.filter((url) => url.includes('stolen')),
    [],
  );
});

test('a link opens the object for strangers as it was asked for, and no more once it is revoked', async () => {
  await put('shared.txt', 'for you', 'text/plain');
  const drawer = await open('shared.txt', 'share');
  await drawer.getByLabel('a download').check();
  await drawer.getByRole('button', { name: 'Make a link' }).click();
  await drawer.getByRole('img', { name: 'QR code' }).waitFor();
  const url = (await drawer.getByLabel('Your link').locator('p').textContent()) ?? '';
  const answer = await fetch(url);
  assert.equal(await answer.text(), 'for you');
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="shared.txt"/);
  assert.equal((await stranger('shared.txt')).status, 403);
  await drawer.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the link' }).click();
  await page.getByText('Revoked').waitFor();
  assert.equal((await fetch(url)).status, 403);
});

test('an object is made public in its drawer, after a question, and its tags are held to the rules', async () => {
  const { s3 } = stage;
  await put('open.txt', 'x', 'text/plain');
  let drawer = await open('open.txt', 'acl');
  await drawer.getByLabel('Public read', { exact: true }).check();
  await drawer.getByRole('button', { name: /^Save/ }).click();
  await page.getByRole('button', { name: 'Make public' }).click();
  await page.getByText('Access is saved.').waitFor();
  assert.equal((await stranger('open.txt')).status, 200);
  drawer = await open('open.txt', 'tags');
  await drawer.getByRole('button', { name: 'Add a tag' }).click();
  await drawer.getByLabel('Tag', { exact: true }).fill('aws:x');
  await drawer.getByText('Names that begin with aws: are reserved.').waitFor();
  assert.ok(await drawer.getByRole('button', { name: 'Save tags' }).isDisabled());
  await drawer.getByLabel('Tag', { exact: true }).fill('kind');
  await drawer.getByLabel('Value').fill('map');
  await drawer.getByRole('button', { name: 'Save tags' }).click();
  await page.getByText('Tags saved').waitFor();
  const tags = await s3.getObjectTagging({ bucket: BUCKET, key: 'open.txt' });
  assert.deepEqual(tags, [{ key: 'kind', value: 'map' }]);
  drawer = await open('open.txt', 'why');
  await drawer.getByLabel('Who', { exact: true }).selectOption('anonymous');
  await drawer.getByRole('button', { name: 'Explain' }).click();
  await drawer.getByText('Allowed.').waitFor();
  drawer = await open('open.txt', 'copies');
  await drawer
    .getByText(/sound|lies in its row/)
    .first()
    .waitFor();
});

test('access, metadata and tags are set on every object of a folder', async () => {
  const { s3 } = stage;
  const keys = Array.from({ length: MANY }, (_, index) => `folder/${index < 3 ? 'sub/' : ''}${index}.txt`);
  await Promise.all(keys.map((key) => put(key, 'x', 'text/plain')));
  const drawer = await open('folder/', 'metadata');
  await drawer.getByLabel('Cache-Control').fill('no-store');
  await drawer.getByRole('button', { name: `Apply to ${MANY} objects` }).click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: `Apply to ${MANY} objects` })
    .click();
  await until(async () => (await heads(keys)).every(({ cacheControl }) => cacheControl === 'no-store'));
  await drawer.getByRole('tab', { name: 'Tags' }).click();
  await drawer.getByRole('button', { name: 'Add a tag' }).click();
  await drawer.getByLabel('Tag', { exact: true }).fill('year');
  await drawer.getByLabel('Value').fill('2026');
  await drawer.getByRole('button', { name: 'Apply to' }).click();
  await until(async () => (await heads(keys)).every(({ tagCount }) => tagCount === 1));
  await drawer.getByRole('tab', { name: 'Access' }).click();
  await drawer.getByLabel('Public read', { exact: true }).check();
  await drawer.getByRole('button', { name: /objects/ }).click();
  await page.getByRole('button', { name: 'Make public' }).click();
  await until(async () => {
    const acls = await Promise.all(keys.map((key) => s3.getAcl({ bucket: BUCKET, key })));
    return acls.every(({ grants }) => grants.some(({ grantee }) => 'uri' in grantee && grantee.uri === EVERYONE));
  });
});

const heads = (keys: readonly string[]) => Promise.all(keys.map((key) => stage.s3.headObject({ bucket: BUCKET, key })));

/** Until the store holds it; the test's own time is the limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100));
}

test('a lock is set in the drawer: what compliance means is asked before, and nobody can delete the version', async () => {
  const { s3 } = stage;
  const bucket = 'locked';
  await s3.createBucket({ bucket, objectLock: true });
  await s3.putObject({ bucket, key: 'a.txt', body: 'x' });
  await page.goto(`${stage.there}/buckets/${bucket}?object=a.txt&tab=lock`);
  const drawer = page.getByRole('dialog').first();
  await drawer.getByLabel('Compliance').check();
  const end = new Date(Date.now() + 120_000);
  const local = new Date(end.getTime() - end.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  await drawer.getByLabel('Until').fill(local);
  await drawer.getByRole('button', { name: 'Save lock' }).click();
  await page.getByRole('button', { name: 'Lock it' }).click();
  await page.getByText('Lock saved').waitFor();
  assert.equal((await s3.getObjectRetention({ bucket, key: 'a.txt' }))?.mode, 'COMPLIANCE');
  await drawer.getByRole('tab', { name: 'Versions' }).click();
  await drawer.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nobody can shorten that.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Delete the version' }).isDisabled());
  assert.equal((await s3.listObjectVersions({ bucket })).versions.length, 1);
});
