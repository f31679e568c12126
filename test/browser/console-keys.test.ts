/**
 * Keys and metadata that somebody chose to do harm with, or that no file would have: HTML, marks that turn text around, control
 * characters, 1,024 bytes, segments `.` and `..`, empty segments. Each is shown as what it is, opened, read, downloaded, shared, renamed
 * and deleted by hand, and nothing of it runs.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { temporaryFolder } from '../support/processes.ts';
import { type Headers, hostOf, type RawAnswer, rawRequest, signedRequest, targetOf } from '../support/signer.ts';

const BUCKET = 'odd';
const NOTE = `"><img src=x onerror="stolen=1">'`;

/** Key → what the list shows of it, but for the folders that it is in. */
const KEYS: Readonly<Record<string, string>> = {
  '<img src=x onerror=stolen=1>': '<img src=x onerror=stolen=1>',
  'a/<script>stolen=1</script>.html': 'script>.html',
  'invoice\u202Efdp.exe': 'U+202E',
  'tab\tand\u0007bell': 'U+0009',
  'line\nbreak': 'U+000A',
  'end ': 'U+0020',
  'zero\u200Bwidth': 'U+200B',
  '😀 é ü': '😀 é ü',
  'back\\slash': 'back\\slash',
  'a%2Fb%00+c': 'a%2Fb%00+c',
  'q?x=1#y&z=;:@$,': 'q?x=1#y&z=;:@$,',
  "it's “quoted” `$(rm)`": "it's “quoted”",
  'two//slashes': 'slashes',
  '/first': 'first',
  [`long/${'ü'.repeat(509)}.`]: 'üüü',
};
/** No browser asks for these by their path. */
const DOTS: readonly string[] = ['..', '.', 'a/../b', 'c/./d'];

let stage: ConsoleStage;
let page: Page;
/** What scripts asked. */
const dialogs: string[] = [];

before(async () => {
  stage = await openConsole();
  assert.equal((await send('PUT', targetOf(BUCKET))).status, 200);
  for (const key of [...Object.keys(KEYS), ...DOTS]) {
    const made = await send('PUT', targetOf(BUCKET, key), key, { 'x-amz-meta-note': NOTE });
    assert.equal(made.status, 200, key);
  }
  page = await stage.open(`/buckets/${BUCKET}`);
  page.setDefaultTimeout(20_000);
  page.on('dialog', (dialog) => {
    // The page itself asks before it is left in the middle of something.
    if (dialog.type() !== 'beforeunload') dialogs.push(dialog.message());
    void dialog.accept();
  });
});
after(() => stage?.[Symbol.asyncDispose]());

function send(method: string, target: string, body = '', headers: Headers = {}): Promise<RawAnswer> {
  const { origin, accessKey: accessKeyId, secretKey: secretAccessKey } = stage.server();
  const signed = { host: hostOf(origin), ...headers };
  return signedRequest({
    origin,
    credentials: { accessKeyId, secretAccessKey },
    method,
    target,
    body,
    headers: signed,
  });
}

const keys = async (): Promise<readonly string[]> =>
  (await stage.s3.listObjectsV2({ bucket: BUCKET })).objects.map(({ key }) => key);

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

async function open(query: Readonly<Record<string, string>>): Promise<Locator> {
  await page.goto(`${stage.there}/buckets/${BUCKET}?${new URLSearchParams(query)}`);
  return page.getByRole('dialog').first();
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (await holds()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(what);
}

/** The row of a key in its folder: the one whose last part this is. */
async function rowOf(key: string, shown: string): Promise<Locator> {
  await open({ prefix: folderOf(key) });
  const found = page.locator('[data-kind=object]').filter({ hasText: shown }).first();
  await found.waitFor();
  return found;
}

test('each is shown in its folder, opens, tells its access and its metadata, and is got back with a name that leads nowhere', async () => {
  for (const [key, shown] of Object.entries(KEYS)) {
    const row = await rowOf(key, shown);
    assert.ok((await row.locator('bdi').count()) > 0, key);
    const drawer = await open({ object: key, tab: 'metadata' });
    const values = drawer.getByRole('textbox', { name: 'Value' });
    await values.first().waitFor();
    assert.equal(await values.first().inputValue(), NOTE, key);
    await drawer.getByRole('tab', { name: 'Access' }).click();
    await drawer.getByRole('radio', { name: 'Private', checked: true }).waitFor();
    await drawer.getByRole('tab', { name: 'Details' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      drawer.getByRole('button', { name: 'Download' }).first().click(),
    ]);
    assert.match(download.suggestedFilename(), /^[^\p{C}/\\]+$/u, key);
    assert.doesNotMatch(download.suggestedFilename(), /^\.*$/);
  }
});

test('metadata of any script is typed in, and is what other clients are told', async () => {
  const value = 'Zürich 日本 😀 \u05D0\u202E <b onclick="stolen=1">';
  const drawer = await open({ object: '😀 é ü', tab: 'metadata' });
  await drawer.getByRole('textbox', { name: 'Value' }).first().fill(value);
  await drawer.getByLabel('Content-Disposition').fill('attachment; filename="à.txt"');
  await drawer.getByRole('button', { name: 'Save metadata' }).click();
  const told = async (name: string): Promise<string> => {
    const { headers } = await send('HEAD', targetOf(BUCKET, '😀 é ü'));
    return Buffer.from(String(headers[name]), 'latin1').toString();
  };
  await eventually(async () => (await told('x-amz-meta-note')) === value, 'the metadata is another');
  assert.equal(await told('content-disposition'), 'attachment; filename="à.txt"');
  const again = await open({ object: '😀 é ü', tab: 'metadata' });
  await again.getByRole('textbox', { name: 'Value' }).first().waitFor();
  assert.equal(await again.getByRole('textbox', { name: 'Value' }).first().inputValue(), value);
});

test('all of them are copied into another bucket; what no browser can address is named', async () => {
  await stage.s3.createBucket({ bucket: 'copies' });
  await open({});
  await page.locator('[data-kind=object]').first().click();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Copy to…' }).click();
  const dialog = page.getByRole('dialog').last();
  await dialog.getByLabel('Bucket').selectOption('copies');
  await dialog.getByRole('button', { name: 'Copy here' }).click();
  const tray = page.getByRole('region', { name: 'Under way' });
  await tray.getByText(`${DOTS.length} failed`).waitFor();
  await tray.getByRole('button', { name: 'Close' }).click();
  const copied = (await stage.s3.listObjectsV2({ bucket: 'copies' })).objects.map(({ key }) => key);
  assert.deepEqual(new Set(copied), new Set(Object.keys(KEYS)));
  for (const key of copied) {
    const there = await send('GET', targetOf('copies', key));
    assert.equal(there.body.toString(), key);
  }
});

test('a link to each opens it for somebody without an account', async () => {
  for (const key of Object.keys(KEYS).slice(0, 6)) {
    const drawer = await open({ object: key, tab: 'share' });
    await drawer.getByRole('button', { name: 'Make a link' }).click();
    const link = (await drawer.getByRole('region', { name: 'Your link' }).locator('p').first().textContent()) ?? '';
    const { origin } = stage.server();
    assert(link.startsWith(`${origin}/`), link);
    const answer = await rawRequest({ origin, method: 'GET', target: link.slice(origin.length) });
    assert.equal(answer.body.toString(), key);
  }
});

test('what no browser can address says so, and is renamed and deleted all the same', async () => {
  for (const key of DOTS) {
    const drawer = await open({ object: key, tab: 'details' });
    await drawer
      .getByText(/cannot be opened by any browser|No browser can address/)
      .first()
      .waitFor();
  }
  const row = await rowOf('..', '..');
  await row.click();
  await page.keyboard.press('F2');
  await page.getByLabel('New name').fill('no longer dots');
  await page.keyboard.press('Enter');
  await eventually(async () => (await keys()).includes('no longer dots'), 'it was not renamed');
  assert.equal((await send('GET', targetOf(BUCKET, 'no longer dots'))).body.toString(), '..');
  const other = await rowOf('a/../b', 'b');
  await other.click();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await eventually(async () => !(await keys()).includes('a/../b'), 'it was not deleted');
  assert((await keys()).includes('c/./d'));
});

test('files with such names are dropped, and get them as their keys', async () => {
  await using folder = await temporaryFolder();
  const names = ['<img src=x onerror=stolen=1>.txt', 'in\u202Evoice', 'new\nline', '%2e%2e', ' blank ', '😀+&#?.txt'];
  for (const name of names) await writeFile(join(folder.path, name), name);
  await open({ prefix: 'dropped/' });
  await dropFiles(
    page,
    names.map((name) => join(folder.path, name)),
  );
  await page.getByText(`${names.length} of ${names.length} done`).waitFor();
  const wanted = names.map((name) => `dropped/${name}`);
  assert.deepEqual(new Set((await keys()).filter((key) => key.startsWith('dropped/'))), new Set(wanted));
  await stage.s3.deleteObjects({ bucket: BUCKET, objects: wanted.map((key) => ({ key })) });
});

test('each is renamed to another such name, and deleted', async () => {
  for (const [key, shown] of Object.entries(KEYS)) {
    const row = await rowOf(key, shown);
    await row.click();
    await page.keyboard.press('F2');
    const name = page.getByLabel('New name');
    await name.fill(`new <b>&%2F 😀`);
    await page.keyboard.press('Enter');
    const renamed = `${folderOf(key)}new <b>&%2F 😀`;
    await eventually(async () => (await keys()).includes(renamed), `${key} was not renamed`);
    await name.waitFor({ state: 'detached' });
    // The copy comes first; the source goes once the copy is confirmed.
    await eventually(async () => !(await keys()).includes(key), `${key} is still there`);
    const there = page.locator('[data-kind=object]').filter({ hasText: 'new <b>&%2F 😀' }).first();
    await there.click();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await eventually(async () => !(await keys()).includes(renamed), `${renamed} was not deleted`);
  }
  assert.deepEqual(await keys(), ['.', 'c/./d', 'no longer dots']);
  assert.deepEqual(dialogs, []);
  assert.equal(await page.evaluate('typeof stolen'), 'undefined');
});
