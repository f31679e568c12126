/**
 * The guide once more, by keyboard alone: nothing here moves a pointer. Signing in, the first bucket and file, who may read, metadata,
 * CORS, deleting, keys. What counts is what curl sees from outside.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';
import { succeed, temporaryFolder } from '../support/processes.ts';

const BUCKET = 'by-keyboard';
const KEY = 'picture.jpg';
/** Stops of Tab on a page, at most. */
const STOPS = 80;

let stage: ConsoleStage;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let page: Page;
before(async () => {
  stage = await openConsole();
  folder = await temporaryFolder();
  await writeFile(join(folder.path, KEY), 'not really a picture');
  page = await stage.openAsStranger();
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await folder?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const press = (...keys: readonly string[]): Promise<void> =>
  keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

/** Tab by Tab until it has the focus, as somebody without a mouse gets there. */
async function tabTo(wanted: Locator): Promise<void> {
  await wanted.first().waitFor();
  for (let stop = 0; stop < STOPS; stop++) {
    if (await wanted.first().evaluate((element) => element === document.activeElement)) return;
    await press('Tab');
  }
  const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  assert.fail(`Tab does not lead to ${wanted}; it is at ${at}`);
}

async function type(into: Locator, text: string): Promise<void> {
  await tabTo(into);
  await page.keyboard.insertText(text);
}

/** In a menu that is open: arrows lead to its items, and Enter takes one. */
async function tabToItem(name: string): Promise<void> {
  const item = page.getByRole('menuitem', { name });
  await item.waitFor();
  for (let stop = 0; stop < STOPS; stop++) {
    if (await item.evaluate((element) => element === document.activeElement)) return press('Enter');
    await press('ArrowDown');
  }
  assert.fail(`arrows do not lead to ${name}`);
}

/** The whole answer as curl prints it. */
const curl = (path: string, ...more: readonly string[]): Promise<string> =>
  succeed('curl', ['--silent', '--include', ...more, `${stage.server().origin}/${BUCKET}/${path}`]);

async function eventually(path: string, wanted: RegExp, ...more: readonly string[]): Promise<void> {
  for (let look = 0; look < 60; look++) {
    if (wanted.test(await curl(path, ...more))) return;
    await page.waitForTimeout(100);
  }
  assert.match(await curl(path, ...more), wanted);
}

const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const row = (): Locator => page.getByRole('row', { name: /picture\.jpg/ });

test('signing in, a first bucket and a file in it', async () => {
  const { accessKey, secretKey } = stage.server();
  await type(page.getByRole('textbox', { name: 'Access key' }), accessKey);
  await type(page.getByLabel('Secret key'), secretKey);
  await press('Enter');
  await type(page.getByLabel('Name of the bucket'), BUCKET);
  await press('Enter');
  const chooser = page.waitForEvent('filechooser');
  await tabTo(button('Choose a file'));
  await press('Enter');
  await (await chooser).setFiles(join(folder.path, KEY));
  await page.getByText('Look, it is there').waitFor();
  assert.match(await curl(KEY), /^HTTP\/1.1 403 /);
});

test('the file is opened to everybody, told about itself, and closed again', async () => {
  await press('g', 'b');
  await tabTo(page.getByRole('link', { name: BUCKET }));
  await press('Enter');
  await tabTo(row());
  await press('a');
  const drawer = page.getByRole('dialog').first();
  await tabTo(drawer.getByRole('radio', { name: 'Private' }));
  await press('ArrowDown');
  await drawer.getByRole('radio', { name: 'Public read', exact: true, checked: true }).waitFor();
  await tabTo(drawer.getByRole('button', { name: 'Save access' }));
  await press('Enter');
  await tabTo(
    page
      .getByRole('dialog')
      .last()
      .getByRole('button', { name: /public/i }),
  );
  await press('Enter');
  await eventually(KEY, /^HTTP\/1.1 200 [\s\S]*not really a picture$/);
  await tabTo(drawer.getByRole('tab', { name: 'Access' }));
  await press('ArrowRight', 'Enter');
  await tabTo(drawer.getByRole('button', { name: 'Add', exact: true }));
  await press('Enter');
  await page.keyboard.insertText('camera');
  await press('Tab');
  await page.keyboard.insertText('Nikon');
  await tabTo(drawer.getByRole('button', { name: /^Save/ }));
  await press('Enter');
  await eventually(KEY, /^x-amz-meta-camera: Nikon/im);
  await tabTo(drawer.getByRole('tab', { name: 'Metadata' }));
  await press('ArrowLeft', 'Enter');
  await tabTo(drawer.getByRole('radio', { name: 'Public read', exact: true }));
  await press('ArrowUp');
  await tabTo(drawer.getByRole('button', { name: 'Save access' }));
  await press('Enter');
  await eventually(KEY, /^HTTP\/1.1 403 /);
  await press('Escape');
  // Focus returns to the row that the drawer came from.
  await page.waitForFunction(() => document.activeElement?.textContent?.includes('picture.jpg') === true);
});

test('CORS is set from the menu of the bucket', async () => {
  await press('g', 'b');
  await tabTo(button(`Menu of ${BUCKET}`));
  await press('Enter');
  await tabToItem('CORS');
  const drawer = page.getByRole('dialog').first();
  await tabTo(drawer.getByRole('button', { name: /rule/i }));
  await press('Enter');
  await type(drawer.getByLabel('Origins'), 'https://app.example.org');
  await press('Enter');
  await tabTo(drawer.getByRole('button', { name: 'Save CORS' }));
  await press('Enter');
  const asked = ['-X', 'OPTIONS', '-H', 'Origin: https://app.example.org', '-H', 'Access-Control-Request-Method: GET'];
  await eventually(KEY, /^access-control-allow-origin: https:\/\/app\.example\.org/im, ...asked);
  await press('Escape');
});

test('a key is made, and the file is deleted', async () => {
  await press('g', 'k');
  await tabTo(button('New key'));
  await press('Enter');
  await type(page.getByLabel('Label'), 'by hand');
  await press('Enter');
  await tabTo(button('I have saved it'));
  await press('Enter');
  await page.getByLabel('Configuration').waitFor();
  await press('g', 'b');
  await tabTo(page.getByRole('link', { name: BUCKET }));
  await press('Enter');
  await tabTo(row());
  await press('Delete');
  const question = page.getByRole('dialog');
  await question.waitFor();
  await tabTo(question.getByRole('button', { name: 'Delete', exact: true }));
  await press('Enter');
  await row().waitFor({ state: 'detached' });
  assert.deepEqual((await stage.s3.listObjectsV2({ bucket: BUCKET })).objects, []);
});
