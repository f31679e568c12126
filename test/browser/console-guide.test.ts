/**
 * The guide by hand, twice: in the Console alone, from the first page to a public file with CORS; and with the configurations that the
 * Account menu shows, pasted into s3cmd, signature V4 and V2. What counts is what can be seen from outside.
 */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { succeed, temporaryFolder } from '../support/processes.ts';

const BUCKET = 'my-new-bucket';

let stage: ConsoleStage;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let page: Page;
before(async () => {
  stage = await openConsole();
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'picture.jpg'), 'not really a picture');
  await writeFile(join(folder.path, 'second.txt'), 'second');
});
after(async () => {
  await folder?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

/** As somebody without an account asks. */
const stranger = (key: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${stage.server().origin}/${BUCKET}/${key}`, init);

/** What was saved is there when the server has it, not when the button was pressed. */
async function eventually(is: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 100; look++) {
    if (await is()) return;
    await page.waitForTimeout(100);
  }
  assert.fail('it was not saved');
}

test('first run: sign in with the key that the first start printed, make a bucket, put a file into it', async () => {
  page = await stage.openAsStranger();
  page.setDefaultTimeout(20_000);
  await page.getByRole('textbox', { name: 'Access key' }).fill(stage.server().accessKey);
  await page.getByLabel('Secret key').fill(stage.server().secretKey);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your store is running' }).waitFor();
  await page.getByLabel('Name of the bucket').fill('No Such Name');
  await page.getByRole('button', { name: 'Make it' }).click();
  // What S3 does not allow is told before anybody is asked.
  await page.getByText('lower-case letters, digits, dots and hyphens').waitFor();
  await page.getByLabel('Name of the bucket').fill(BUCKET);
  await page.getByRole('button', { name: 'Make it' }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(join(folder.path, 'picture.jpg'));
  await page.getByText('Look, it is there').waitFor();
  const { bytes, head } = await stage.s3.getObject({ bucket: BUCKET, key: 'picture.jpg' });
  assert.equal(Buffer.from(bytes).toString(), 'not really a picture');
  assert.equal(head.contentType, 'image/jpeg');
  assert.equal((await stranger('picture.jpg')).status, 403);
});

test('the bucket shows it; another file is dropped; one is got back', async () => {
  await page.goto(`${stage.there}/buckets`);
  await page.getByRole('link', { name: BUCKET }).click();
  await page.getByRole('row', { name: /picture\.jpg/ }).waitFor();
  await dropFiles(page, [join(folder.path, 'second.txt')]);
  await page.getByRole('row', { name: /second\.txt/ }).waitFor();
  await page.goto(`${stage.there}/buckets/${BUCKET}?object=picture.jpg&tab=details`);
  const download = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Download' }).first().click();
  const path = await (await download).path();
  assert.equal(await readFile(path, 'utf8'), 'not really a picture');
});

test('an ACL opens one object and not the other; CORS answers for the whole bucket', async () => {
  await page.goto(`${stage.there}/buckets/${BUCKET}?object=picture.jpg&tab=acl`);
  const drawer = page.getByRole('dialog').first();
  await drawer.getByRole('radio', { name: 'Public read', exact: true }).check();
  await drawer.getByRole('button', { name: 'Save access' }).click();
  // Making data public asks once.
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .click();
  await eventually(async () => (await stranger('picture.jpg')).status === 200);
  assert.equal((await stranger('second.txt')).status, 403);
  await page.goto(`${stage.there}/buckets/${BUCKET}?panel=cors`);
  const settings = page.getByRole('dialog').first();
  await settings.getByRole('tab', { name: 'JSON' }).click();
  const editor = settings.locator('[contenteditable=true]');
  await editor.click();
  await page.keyboard.press('Control+A');
  const rules = [{ AllowedOrigins: ['https://app.example.org'], AllowedMethods: ['GET'], AllowedHeaders: ['*'] }];
  await page.keyboard.insertText(JSON.stringify(rules));
  await settings.getByRole('button', { name: 'Save CORS' }).click();
  const headers = { origin: 'https://app.example.org', 'access-control-request-method': 'GET' };
  const preflight = () => stranger('second.txt', { method: 'OPTIONS', headers });
  await eventually(async () => (await preflight()).status === 200);
  assert.equal((await preflight()).headers.get('access-control-allow-origin'), 'https://app.example.org');
});

for (const [client, name] of [
  ['s3cmd', 'laptop'],
  ['s3cmd-v2', 'old laptop'],
] as const) {
  test(`${client} works with what the Account menu shows, and the page notices`, async () => {
    await page.goto(`${stage.there}/account/keys`);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Label').fill(name);
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByLabel('In', { exact: true }).selectOption(client);
    await page.getByText('Waiting for a request').waitFor();
    const signature = `signature_v2 = ${client === 's3cmd-v2' ? 'True' : 'False'}`;
    const configuration = (await page.getByLabel('Configuration').filter({ hasText: signature }).textContent()) ?? '';
    assert(!configuration.includes('YOUR_SECRET'), configuration);
    const path = join(folder.path, `${client}.cfg`);
    await writeFile(path, configuration);
    const s3cmd = (...args: readonly string[]) => succeed('s3cmd', ['-c', path, ...args]);
    await s3cmd('mb', `s3://by-${client}`);
    await s3cmd('put', join(folder.path, 'second.txt'), `s3://by-${client}/second.txt`);
    await s3cmd('get', `s3://by-${client}/second.txt`, join(folder.path, `${client}.txt`));
    assert.equal(await readFile(join(folder.path, `${client}.txt`), 'utf8'), 'second');
    assert.match(await s3cmd('ls', `s3://${BUCKET}`), /picture\.jpg/);
    await page.getByText(/^Connected: /).waitFor({ timeout: 40_000 });
  });
}
