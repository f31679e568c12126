/**
 * Buckets and what is in them, in a real browser on a real server: by keyboard, by dragging, by menus. What counts is what the store
 * holds afterwards, asked by another client, and what the page says meanwhile.
 */

import assert from 'node:assert/strict';
import { execFile as execFileCallback } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { startBrowser } from '../support/browser.ts';
import { freePort, startServer } from '../support/processes.ts';
import { hostOf, signedRequest, targetOf } from '../support/signer.ts';

const execFile = promisify(execFileCallback);
const MANY = 260;
const VERSIONS = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

async function openStage() {
  const consolePort = await freePort();
  const server = await startServer({ consolePort, workers: 1 });
  const there = `http://127.0.0.1:${consolePort}`;
  const browser = await startBrowser();
  const { accessKey: accessKeyId, secretKey: secretAccessKey, origin } = server;
  const send = (method: string, target: string, body = '') =>
    signedRequest({
      ...{ origin, credentials: { accessKeyId, secretAccessKey }, method, target, body },
      headers: { host: hostOf(origin) },
    });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) complaints.push(message.text());
  });
  const data = { accessKeyId, secretAccessKey };
  await context.request.post(`${there}/api/v1/sessions`, { data, headers: { origin: there } });
  return {
    ...{ there, browser, context, complaints, send },
    /** May read objects of one bucket, and nothing else. */
    async narrowKey(bucket: string): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
      const me = await (await context.request.get(`${there}/api/v1/me`)).json();
      const scope = { actions: ['s3:GetObject'], resources: [{ bucket }] };
      const headers = { origin: there, 'x-csrf-token': me.csrfToken };
      const path = `${there}/api/v1/accounts/${me.account.name}/keys`;
      const made = await (await context.request.post(path, { data: { label: 'narrow', scope }, headers })).json();
      return { accessKeyId: made.key.accessKeyId, secretAccessKey: made.secretAccessKey };
    },
    async bucket(name: string, versions = false): Promise<void> {
      assert.equal((await send('PUT', targetOf(name))).status, 200);
      if (versions) assert.equal((await send('PUT', `/${name}?versioning=`, VERSIONS)).status, 200);
    },
    async put(bucket: string, key: string, body = 'x'): Promise<void> {
      assert.equal((await send('PUT', targetOf(bucket, key), body)).status, 200);
    },
    async keys(bucket: string): Promise<readonly string[]> {
      const answer = await send('GET', `/${bucket}?encoding-type=url&list-type=2`);
      return Array.from(answer.body.toString().matchAll(/<Key>([^<]*)<\/Key>/g), ([, key = '']) =>
        decodeURIComponent(key.replaceAll('+', ' ')),
      );
    },
    async close(): Promise<void> {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

let stage: Awaited<ReturnType<typeof openStage>>;
let page: Page;
before(async () => {
  stage = await openStage();
  page = await stage.context.newPage();
  page.setDefaultTimeout(20_000);
});
after(() => stage?.close());

const row = (name: string): Locator => page.getByRole('row').filter({ hasText: name });
const rows = (): Locator => page.locator('[data-index]');
/** The row that keys go to. */
const focused = (name: string): Locator => page.locator('[data-index]:focus').filter({ hasText: name });

async function open(address: string): Promise<void> {
  await page.goto(`${stage.there}${address}`);
  await page.locator('#page h1').waitFor({ state: 'attached' });
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (await holds()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(what);
}

/** Files as if they came from the desk. */
async function drop(files: Readonly<Record<string, string>>): Promise<void> {
  const transfer = await page.evaluateHandle((given) => {
    const made = new DataTransfer();
    for (const [name, text] of Object.entries(given)) made.items.add(new File([text], name, { type: 'text/plain' }));
    return made;
  }, files);
  const zone = page.locator('[data-drop-zone]');
  await zone.dispatchEvent('dragenter', { dataTransfer: transfer });
  assert.match((await zone.textContent()) ?? '', /Drop to upload into/);
  await zone.dispatchEvent('drop', { dataTransfer: transfer });
}

test('a bucket is made where each rule of its name holds, and is deleted with all that is in it', async () => {
  await open('/buckets');
  await page.getByRole('button', { name: 'New bucket' }).first().click();
  const name = page.getByLabel('Name', { exact: true });
  const make = page.getByRole('button', { name: 'Make bucket' });
  await name.fill('Full');
  assert.equal(await make.isDisabled(), true);
  await name.fill('full');
  await page.getByText('The name is free.').waitFor();
  await make.click();
  await page.getByText('Nothing here yet.').waitFor();
  for (const key of ['a', 'a', 'b/c']) await stage.put('full', key);
  await open('/buckets');
  await page.getByRole('button', { name: 'Menu of full' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByText('2 objects, 1 old version').waitFor();
  const both = page.getByRole('button', { name: 'Empty and delete' });
  assert.equal(await both.isDisabled(), true);
  await page.getByLabel('Type full to empty and delete it').fill('full');
  await both.click();
  await eventually(
    async () => (await stage.send('HEAD', targetOf('full'))).status === 404,
    'the bucket is still there',
  );
  await page.getByText('No bucket yet.').waitFor();
});

test('files that are dropped lie in the folder shown, and nothing is overwritten unasked', async () => {
  await stage.bucket('desk');
  await open('/buckets/desk?prefix=in%2F');
  await drop({ 'one.txt': 'one', 'two.txt': 'two' });
  await row('two.txt').waitFor();
  assert.deepEqual(await stage.keys('desk'), ['in/one.txt', 'in/two.txt']);
  await drop({ 'one.txt': 'another' });
  await page.getByText('1 of 1 file already exists').waitFor();
  assert.equal((await stage.send('GET', targetOf('desk', 'in/one.txt'))).body.toString(), 'one');
  await page.getByRole('radio', { name: 'Keep both' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Upload' }).click();
  await row('one (2).txt').waitFor();
  assert.equal((await stage.send('GET', targetOf('desk', 'in/one (2).txt'))).body.toString(), 'another');
});

test('the keyboard does it all: move, select, rename, new folder, cut and paste, go up', async () => {
  await open('/buckets/desk?prefix=in%2F');
  await rows().first().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('F2');
  await page.getByLabel('New name').and(page.locator(':focus')).waitFor();
  // The name is selected, its extension is not.
  await page.keyboard.type('first');
  await page.keyboard.press('Enter');
  await row('first.txt').waitFor();
  await page.getByLabel('New name').waitFor({ state: 'detached' });
  // The focus is back where the dialog came from.
  await page.locator('[data-index]:focus').waitFor();
  await page.keyboard.press('n');
  await page.getByLabel('Name', { exact: true }).fill('sub');
  await page.keyboard.press('Enter');
  await row('sub').waitFor();
  await page.getByLabel('Name', { exact: true }).waitFor({ state: 'detached' });
  await rows().first().focus();
  await page.keyboard.press('Control+a');
  await page.getByText('4 selected', { exact: false }).first().waitFor();
  await page.keyboard.press('Escape');
  // The transfers take the focus, and give it back.
  await page.keyboard.press('t');
  await page.getByRole('region', { name: 'Uploads' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-index]:focus').waitFor();
  await page.keyboard.press('End');
  await focused('two.txt').waitFor();
  await page.keyboard.press('Control+x');
  await page.getByText('1 row ready to move').first().waitFor();
  // Out of a folder and into it the keyboard goes on where one is.
  await page.keyboard.press('Backspace');
  await focused('in').waitFor();
  await page.keyboard.press('Enter');
  await focused('sub').waitFor();
  await page.keyboard.press('Backspace');
  await focused('in').waitFor();
  await page.keyboard.press('Control+v');
  await row('two.txt').waitFor();
  await eventually(async () => (await stage.keys('desk')).includes('two.txt'), 'two.txt was not moved');
  assert.deepEqual(await stage.keys('desk'), ['in/first.txt', 'in/one (2).txt', 'in/sub/', 'two.txt']);
});

test('of several that are in the way each is decided about, and nothing is lost', async () => {
  await stage.bucket('ways');
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await stage.put('ways', `from/${name}`, `new ${name}`);
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await stage.put('ways', name, `old ${name}`);
  await open('/buckets/ways?prefix=from%2F');
  await row('a.txt').waitFor();
  await rows().first().focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+x');
  await page.getByText('4 rows ready to move').first().waitFor();
  await page.keyboard.press('Backspace');
  await focused('from').waitFor();
  await page.keyboard.press('Control+v');
  const question = page.getByRole('dialog', { name: '3 of 4 files already exist' });
  await question.getByRole('radio', { name: 'Keep both' }).check();
  const choiceOf = (name: string) => question.getByRole('row', { name }).getByRole('combobox');
  await choiceOf('b.txt').selectOption('Replace');
  await choiceOf('c.txt').selectOption('Skip');
  await question.getByRole('button', { name: 'Continue' }).click();
  await eventually(async () => (await stage.keys('ways')).length === 6, 'they were not moved');
  const text = async (key: string) => (await stage.send('GET', targetOf('ways', key))).body.toString();
  const wanted = { 'a.txt': 'old a.txt', 'a (2).txt': 'new a.txt', 'b.txt': 'new b.txt', 'c.txt': 'old c.txt' };
  for (const [key, content] of Object.entries({ ...wanted, 'd.txt': 'new d.txt', 'from/c.txt': 'new c.txt' }))
    await eventually(async () => (await text(key)) === content, `${key} is not ${content}`);
});

test('rows are moved by dragging them onto a folder, and back onto the breadcrumb', async () => {
  await open('/buckets/desk');
  await row('two.txt').dragTo(row('in'));
  await eventually(async () => (await stage.keys('desk')).includes('in/two.txt'), 'it was not moved');
  await row('two.txt').waitFor({ state: 'detached' });
  await row('in').dblclick();
  await row('two.txt').waitFor();
  await row('two.txt').dragTo(
    page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'desk' }),
  );
  await eventually(async () => (await stage.keys('desk')).includes('two.txt'), 'it was not moved back');
});

test('without versions deleting asks; with them it happens at once and can be taken back', async () => {
  await open('/buckets/desk');
  await row('two.txt').click();
  await page.keyboard.press('Delete');
  await page.getByText('It cannot be brought back').waitFor();
  await page.getByRole('button', { name: 'Turn on versioning instead' }).click();
  await page.getByText('Versioning is on.').first().waitFor();
  await row('two.txt').click();
  await page.keyboard.press('Delete');
  await page.getByText('1 object deleted').first().waitFor();
  assert.equal((await stage.keys('desk')).includes('two.txt'), false);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row('two.txt').waitFor();
  assert.equal((await stage.keys('desk')).includes('two.txt'), true);
});

test('what is deleted can be shown and undeleted, and a moment before be looked at and restored', async () => {
  await stage.bucket('past', true);
  await stage.put('past', 'a.txt', 'old');
  await page.waitForTimeout(1100);
  const then = Date.now();
  await page.waitForTimeout(1100);
  await stage.put('past', 'a.txt', 'new');
  await stage.put('past', 'b.txt', 'b');
  await stage.send('DELETE', targetOf('past', 'b.txt'));
  await open('/buckets/past?deleted=1');
  await row('b.txt').getByText('deleted').waitFor();
  await row('b.txt').click();
  await page.getByRole('button', { name: 'Undelete' }).click();
  await eventually(async () => (await stage.keys('past')).includes('b.txt'), 'it was not undeleted');
  await open(`/buckets/past?at=${then}`);
  await page.getByText('This is how it was on').waitFor();
  await row('a.txt').waitFor();
  assert.equal(await rows().count(), 1);
  await row('a.txt').click();
  await page.getByRole('button', { name: 'Restore as of then' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore as of then' }).click();
  await page.getByText('1 object restored').first().waitFor();
  assert.equal((await stage.send('GET', targetOf('past', 'a.txt'))).body.toString(), 'old');
});

test('long lists come page by page: bounded rows, whole before another order, filters and searches ask the server', async () => {
  await stage.bucket('long');
  const key = (index: number): string => `k${String(index).padStart(4, '0')}`;
  const all = Array.from({ length: MANY }, (_, index) => stage.put('long', key(index), 'x'.repeat(index + 1)));
  await Promise.all([...all, stage.put('long', 'deep/er/needle.txt')]);
  await open('/buckets/long');
  await page.getByText('200 loaded, more as you scroll.').waitFor();
  assert.ok((await rows().count()) <= 80);
  await rows().first().focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Select all in this folder (at least 200)' }).click();
  await page.getByText('Everything in this folder is selected').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Size' }).click();
  await page.getByText(`${MANY + 1} entries.`).waitFor();
  await page.getByText('Sorted by size.').waitFor();
  assert.match((await rows().nth(1).textContent()) ?? '', new RegExp(key(MANY - 1)));
  await page.getByLabel('Filter: names beginning with').fill('k025');
  await page.getByText('10 entries.').waitFor();
  assert.match(page.url(), /q=k025/);
  await page.getByLabel('Filter: names beginning with').fill('needle');
  await page.getByText('No name begins with needle.').waitFor();
  await page.getByRole('button', { name: 'Search deeper' }).first().click();
  await row('deep/er/needle.txt').waitFor();
  await page.getByText(`1 found among ${MANY + 1} objects. That is all.`).waitFor();
  await page.reload();
  await row('deep/er/needle.txt').waitFor();
});

const READ_ZIP = `import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps(z.namelist()))`;

test('one object is downloaded by the browser itself, several become a zip where it gives no folder', async () => {
  await open('/buckets/desk');
  await row('two.txt').click();
  const [single] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')]);
  assert.equal(single.suggestedFilename(), 'two.txt');
  assert.doesNotMatch(single.url(), /^blob:/);
  await page.evaluate(() => Object.defineProperty(window, 'showDirectoryPicker', { value: undefined }));
  await rows().first().focus();
  await page.keyboard.press('Control+a');
  const [zip] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.equal(zip.suggestedFilename(), 'desk.zip');
  // It streams through a service worker: the page never held it.
  assert.doesNotMatch(zip.url(), /^blob:/);
  // Judged by another's eyes: names, and the checksum of each.
  const { stdout } = await execFile('python3', ['-c', READ_ZIP, await zip.path()]);
  const names: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(names));
  for (const name of ['in/first.txt', 'in/one (2).txt', 'two.txt']) assert.ok(names.includes(name), name);
  await page.getByText('Keep this tab open').waitFor({ state: 'detached' });
});

test('of a folder it is counted what would be deleted, and all of it goes', async () => {
  await open('/buckets/long');
  await row('deep').click();
  await page.keyboard.press('Delete');
  await page.getByText('1 object, 1 byte.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await row('deep').waitFor({ state: 'detached' });
  assert.equal((await stage.keys('long')).includes('deep/er/needle.txt'), false);
});

test('whoever may not list may open what they know', async () => {
  const { accessKeyId, secretAccessKey } = await stage.narrowKey('desk');
  const context = await stage.browser.newContext();
  const data = { accessKeyId, secretAccessKey };
  await context.request.post(`${stage.there}/api/v1/sessions`, { data, headers: { origin: stage.there } });
  const narrow = await context.newPage();
  narrow.setDefaultTimeout(20_000);
  await narrow.goto(`${stage.there}/buckets/desk`);
  await narrow.getByText('You may not list desk, but you may open what you know.').waitFor();
  await narrow.getByLabel('Key', { exact: true }).fill('two.txt');
  await narrow.getByRole('button', { name: 'Open', exact: true }).click();
  await narrow.getByRole('dialog').getByText('two.txt').first().waitFor();
  assert.match(narrow.url(), /object=two\.txt/);
  await context.close();
});

test('keys that would deceive are shown as what they are', async () => {
  await stage.bucket('odd');
  for (const key of ['invoice\u202Efdp.exe', '<img src=x onerror=alert(1)>', 'end ']) await stage.put('odd', key);
  await open('/buckets/odd');
  await row('U+202E').waitFor();
  await row('<img src=x onerror=alert(1)>').waitFor();
  await row('U+0020').waitFor();
});

test('no page broke a policy or failed on the way', () => {
  assert.deepEqual(stage.complaints, []);
});
