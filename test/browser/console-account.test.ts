/** What the Account menu and the operators' pages change, seen from outside: keys keep their scope, secrets ask to be saved, trails are searched. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

let stage: ConsoleStage;
let page: Page;
before(async () => {
  stage = await openConsole();
  page = await stage.open('/account/keys');
  page.setDefaultTimeout(10_000);
});
after(() => stage?.[Symbol.asyncDispose]());

/** The account API, asked by a program with the first key. */
async function asker(): Promise<(method: string, path: string, body?: object) => Promise<Record<string, unknown>>> {
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = stage.server();
  const ask = async (token: string, method: string, path: string, body?: object) => {
    const answer = await fetch(`${stage.there}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert(answer.ok, `${method} ${path}: ${answer.status}`);
    const told: Record<string, unknown> = await answer.json();
    return told;
  };
  const { bearerToken } = await ask('', 'POST', '/sessions', { accessKeyId, secretAccessKey });
  return (method, path, body) => ask(String(bearerToken), method, path, body);
}

test('a key to one object keeps its scope and the second of its end when it is renamed', async () => {
  const ask = await asker();
  const scope = { resources: [{ bucket: 'atlas', key: 'a.jpg' }], actions: ['s3:GetObject'] };
  const expiresAt = new Date(Date.UTC(2099, 4, 3, 9, 12, 34)).toISOString();
  const { key } = await ask('POST', '/accounts/operator/keys', { label: 'one', scope, expiresAt });
  assert(typeof key === 'object' && key !== null && 'accessKeyId' in key);
  await page.reload();
  const row = page.getByRole('row', { name: /GetObject in atlas\/a\.jpg/ });
  await row.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  assert(await dialog.getByRole('radio', { name: 'Single actions' }).isChecked());
  await dialog.getByLabel('Label').fill('renamed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /renamed/ }).waitFor();
  const now = await ask('GET', `/keys/${key.accessKeyId}`);
  assert.deepEqual([now.label, now.scope, now.expiresAt], ['renamed', scope, expiresAt]);
});

test('a secret is hidden until it is asked for, and leaving it asks', async () => {
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Label').fill('laptop');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('never again').waitFor();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download as .env' }).click();
  assert.match((await download).suggestedFilename(), /\.env$/);
  await dialog.getByRole('button', { name: 'Show the secret' }).click();
  await dialog.getByRole('button', { name: 'I have saved it' }).click();
  await page.getByText('Waiting for the first request').waitFor();
});

test('a trail is searched by action and time, and the address says so', async () => {
  await page.goto(`${stage.there}/operate/audit`);
  await page.getByLabel('Action').fill('key.');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('row', { name: /key\.change/ }).waitFor();
  await page.getByLabel('Until').fill('2020-01-01T00:00');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('Nothing like this happened.').waitFor();
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get('action'), 'key.');
  assert.match(searchParams.get('to') ?? '', /^20(?:19|20)-/);
});

test('operators are told when all bytes were read last', async () => {
  await page.goto(`${stage.there}/operate/storage`);
  await page.getByText('has not been read from end to end').waitFor();
});
