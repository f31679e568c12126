/**
 * Uploading in the Console, by hand as it were: a folder with folders in it is dropped; a large file is paused, its server dies, the page
 * is loaded anew, and it goes on; what exists is asked about once. Judged is what lies in the store. `CONSOLE_UPLOAD_MIB=1024` makes the
 * large file that large.
 */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { temporaryFolder } from '../support/processes.ts';

const MIB = 1024 * 1024;
const LARGE = Number(env.CONSOLE_UPLOAD_MIB ?? 48) * MIB;
/** Bytes a second while there has to be time to press something. */
const SLOW = Math.max(8 * MIB, LARGE / 12);

let stage: ConsoleStage;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
before(async () => {
  stage = await openConsole();
  folder = await temporaryFolder();
});
after(async () => {
  await folder?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const tray = (page: Page) => page.getByRole('region', { name: 'Uploads' });

async function keysOf(bucket: string): Promise<readonly string[]> {
  const { objects, next } = await stage.s3.listObjectsV2({ bucket });
  assert.equal(next, undefined);
  return objects.map(({ key }) => key);
}

test('a dropped folder arrives whole: 300 files, folders in folders, an empty one, names of all kinds', async () => {
  await stage.s3.createBucket({ bucket: 'dropped' });
  const root = join(folder.path, 'photos');
  const files = new Map<string, string>();
  for (let index = 0; index < 297; index++) {
    files.set(`photos/${index % 3 === 0 ? '' : `year ${index % 5}/`}ü ${index}.txt`, `content ${index}`);
  }
  for (const name of ['photos/a+b & c%20.txt', 'photos/deep/er/still/here', "photos/it's"]) files.set(name, name);
  for (const [name, content] of files) {
    const path = join(folder.path, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
  }
  await mkdir(join(root, 'empty'));
  const page = await stage.open('/buckets/dropped');
  await page.getByText('Nothing here yet').waitFor();
  await dropFiles(page, [root]);
  // One line for all of it; its files are there when they are asked for.
  await tray(page).getByRole('button', { name: 'Show the files of photos/' }).click({ timeout: 40_000 });
  await tray(page)
    .getByText(/^ü \d+\.txt$/)
    .first()
    .waitFor();
  await tray(page).getByText('301 of 301 done').waitFor({ timeout: 60_000 });
  await tray(page).getByText('301 of 301 files').waitFor();
  // The list shows it without being asked for again.
  await page.getByRole('row', { name: /photos/ }).waitFor();
  assert.deepEqual(new Set(await keysOf('dropped')), new Set([...files.keys(), 'photos/empty/']));
  for (const name of ['photos/a+b & c%20.txt', 'photos/deep/er/still/here', 'photos/ü 3.txt']) {
    const { bytes } = await stage.s3.getObject({ bucket: 'dropped', key: name });
    assert.equal(Buffer.from(bytes).toString(), files.get(name));
  }
  await page.context().close();
});

test('a large upload that is paused, whose server dies and whose page is loaded anew goes on, byte for byte', async () => {
  await stage.s3.createBucket({ bucket: 'large' });
  const [root, wrong] = [join(folder.path, 'big'), join(folder.path, 'other.bin')];
  const path = join(root, 'large.bin');
  await mkdir(root);
  await writeFile(wrong, 'other');
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  for (let written = 0; written < LARGE; written += 8 * MIB) {
    const piece = randomBytes(8 * MIB);
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  const wanted = hash.digest('hex');
  const page = await stage.open('/buckets/large');
  stage.expect(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|net::|Failed to fetch/);
  const session = await page.context().newCDPSession(page);
  const limit = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await session.send('Network.enable');
  await limit(SLOW);
  await page.getByText('Nothing here yet').waitFor();
  await dropFiles(page, [root]);
  await page.getByRole('button', { name: 'Pause big/' }).click({ timeout: 40_000 });
  await tray(page).getByText('paused').waitFor();
  await page.getByRole('button', { name: 'Go on with big/' }).click();
  // Another tab does not take it for interrupted.
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText('Nothing here yet').waitFor();
  await other.keyboard.press('t');
  await tray(other).getByText('Nothing is being uploaded.').waitFor();
  await other.close();
  // At least one part is there when the server dies under it.
  const parts = async () => {
    const [upload] = (await stage.s3.listMultipartUploads({ bucket: 'large' })).uploads;
    return upload === undefined ? 0 : (await stage.s3.listParts({ bucket: 'large', ...upload })).parts.length;
  };
  while ((await parts()) === 0) await page.waitForTimeout(50);
  await stage.restart();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await tray(page).getByText('1 upload was interrupted.').waitFor({ timeout: 40_000 });
  assert((await parts()) > 0);
  await limit(-1);
  const chooser = page.waitForEvent('filechooser');
  await tray(page).getByRole('button', { name: 'Choose the file again' }).click();
  await (await chooser).setFiles(wrong);
  await tray(page).getByText('other.bin is none of them').waitFor();
  // The browser still has its handle of the folder: nothing has to be chosen.
  await tray(page).getByRole('button', { name: 'Resume' }).click();
  await tray(page).getByText('1 of 1 done').waitFor({ timeout: 120_000 });
  const stored = createHash('sha256');
  for (let start = 0; start < LARGE; start += 32 * MIB) {
    const end = Math.min(LARGE, start + 32 * MIB);
    stored.update((await stage.s3.getObject({ bucket: 'large', key: 'big/large.bin', start, end })).bytes);
  }
  assert.equal(stored.digest('hex'), wanted);
  assert.deepEqual((await stage.s3.listMultipartUploads({ bucket: 'large' })).uploads, []);
  await page.context().close();
});

test('an upload waits for the line and for whoever has to sign in, and then goes on by itself; a file that is gone says so', async () => {
  const bucket = 'waiting';
  await stage.s3.createBucket({ bucket });
  const [folderPath, gone] = [join(folder.path, 'raw'), join(folder.path, 'gone.txt')];
  await mkdir(folderPath);
  for (const index of [1, 2, 3, 4, 5, 6]) await writeFile(join(folderPath, `${index}.txt`), `content ${index}`);
  await writeFile(gone, 'gone');
  const page = await stage.open(`/buckets/${bucket}`);
  await page.getByText('Nothing here yet').waitFor();
  await page.keyboard.press('t');
  await tray(page).getByText('Nothing is being uploaded.').waitFor();
  stage.expect(/net::|Failed to fetch/);
  const session = await page.context().newCDPSession(page);
  const line = (offline: boolean) =>
    session.send('Network.emulateNetworkConditions', {
      ...{ offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
    });
  await session.send('Network.enable');
  await line(true);
  await dropFiles(page, [folderPath, gone]);
  // Dropping has a session of its own, at whose end the browser takes itself for connected again.
  await line(true);
  await tray(page).getByText('waiting: you are offline').nth(1).waitFor();
  await page.getByRole('button', { name: 'Transfers, 7 under way' }).click();
  await tray(page).waitFor({ state: 'hidden' });
  await page.keyboard.press('t');
  await tray(page).getByText('You are offline.').waitFor();
  await unlink(gone);
  // Meanwhile the session ends elsewhere: its keys are good for nothing any more.
  const { request } = page.context();
  const { csrfToken } = await (await request.get(`${stage.there}/api/v1/me`)).json();
  const headers = { origin: stage.there, 'x-csrf-token': csrfToken };
  assert.equal((await request.delete(`${stage.there}/api/v1/sessions/current`, { headers })).status(), 204);
  await line(false);
  await page.getByText('waiting: sign in').first().waitFor();
  const { accessKey, secretKey } = stage.server();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByRole('radio', { name: 'Access key' }).check();
  await dialog.getByRole('textbox', { name: 'Access key' }).fill(accessKey);
  await dialog.getByLabel('Secret key', { exact: true }).fill(secretKey);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await tray(page).getByText('6 of 7 done').waitFor();
  await tray(page).getByText('The file could not be read.').waitFor();
  assert.deepEqual(
    await keysOf(bucket),
    [1, 2, 3, 4, 5, 6].map((index) => `raw/${index}.txt`),
  );
  await page.context().close();
});

test('what exists is asked about once; what was decided is what happens; cancelling leaves nothing behind', async () => {
  const bucket = 'conflicts';
  await stage.s3.createBucket({ bucket });
  const names = ['a.txt', 'b.txt', 'c.txt'];
  for (const name of names) {
    await writeFile(join(folder.path, name), `new ${name}`);
    if (name !== 'c.txt') await stage.s3.putObject({ bucket, key: name, body: 'old' });
  }
  const page = await stage.open(`/buckets/${bucket}`);
  await page.getByRole('row', { name: /a\.txt/ }).waitFor();
  await dropFiles(
    page,
    names.map((name) => join(folder.path, name)),
  );
  const dialog = page.getByRole('dialog', { name: '2 of 3 files already exist' });
  await dialog.getByRole('radio', { name: 'Keep both' }).check();
  await dialog
    .getByRole('row', { name: /b\.txt/ })
    .getByRole('combobox')
    .selectOption('Replace');
  await dialog.getByRole('button', { name: 'Upload' }).click();
  await tray(page).getByText('3 of 3 done').waitFor();
  const contents = await Promise.all(
    ['a.txt', 'a (2).txt', 'b.txt', 'c.txt'].map(async (key) =>
      Buffer.from((await stage.s3.getObject({ bucket, key })).bytes).toString(),
    ),
  );
  assert.deepEqual(contents, ['old', 'new a.txt', 'new b.txt', 'new c.txt']);
  assert.equal((await keysOf(bucket)).length, 4);
  // Two drops, one after the other: each is asked about, none is lost. What is there byte for byte is skipped.
  await page.route(/list-type=2/, async (route) => {
    await page.waitForTimeout(500);
    await route.continue();
  });
  for (const name of ['b.txt', 'a.txt']) await dropFiles(page, [join(folder.path, name)]);
  const first = page.getByRole('dialog', { name: '1 of 1 file already exists' });
  await first.getByText('nothing has to be uploaded').waitFor();
  await first
    .getByRole('row', { name: /b\.txt/ })
    .getByText('the same')
    .waitFor();
  await first.getByRole('button', { name: 'Upload' }).click();
  await page
    .getByRole('dialog')
    .getByRole('row', { name: /a\.txt/ })
    .waitFor();
  await page.getByRole('dialog').getByRole('radio', { name: 'Replace' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Upload' }).click();
  await tray(page).getByText('4 of 4 done').waitFor();
  const { bytes } = await stage.s3.getObject({ bucket, key: 'a.txt' });
  assert.equal(Buffer.from(bytes).toString(), 'new a.txt');
  await page.context().close();
});
