/**
 * What the Account menu and the operators' pages change, seen from outside: keys keep their scope, secrets ask to be saved, trails
 * tell who it was, accounts are changed and removed.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createS3 } from '../../console/src/s3/client.ts';
import { S3Failure } from '../../console/src/s3/failure.ts';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

let stage: ConsoleStage;
let page: Page;
let ask: Ask;
before(async () => {
  stage = await openConsole();
  const { s3 } = stage;
  await s3.createBucket({ bucket: 'atlas' });
  await s3.createBucket({ bucket: 'backups', objectLock: true });
  await s3.putBucketVersioning({ bucket: 'atlas', status: 'Enabled' });
  for (const key of ['a.csv', 'b.csv']) await s3.putObject({ bucket: 'atlas', key, body: 'x'.repeat(1000) });
  await s3.deleteObjects({ bucket: 'atlas', objects: [{ key: 'a.csv' }] });
  ask = await asker();
  page = await stage.open('/account/keys');
  page.setDefaultTimeout(20_000);
});
after(() => stage?.[Symbol.asyncDispose]());

type Ask = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

/** The account API, asked by a program with the first key. */
async function asker(): Promise<Ask> {
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = stage.server();
  const send = async (token: string, method: string, path: string, body?: object) => {
    const answer = await fetch(`${stage.there}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert(answer.ok, `${method} ${path}: ${answer.status}`);
    const told: Record<string, unknown> = await answer.json();
    return told;
  };
  const { bearerToken } = await send('', 'POST', '/sessions', { accessKeyId, secretAccessKey });
  return (method, path, body) => send(String(bearerToken), method, path, body);
}

/** S3, asked with that key. */
function s3With(accessKeyId: string, secretAccessKey: string, sessionToken?: string) {
  const given = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return createS3({
    ...{ endpoint: stage.server().origin, region: 'us-east-1', now: () => Date.now() },
    credentials: async () => given,
    fetch: (input, init) => fetch(input, init),
  });
}

const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (failure: unknown) => (failure instanceof S3Failure ? failure.code : String(failure)),
  );

test('a key to one object keeps its scope and the second of its end when it is renamed', async () => {
  const scope = { resources: [{ bucket: 'atlas', key: 'a.jpg' }], actions: ['s3:GetObject'] };
  const expiresAt = new Date(Date.UTC(2099, 4, 3, 9, 12, 34)).toISOString();
  const { key } = await ask('POST', '/accounts/operator/keys', { label: 'one', scope, expiresAt });
  assert(typeof key === 'object' && key !== null && 'accessKeyId' in key);
  await page.reload();
  const row = page.getByRole('row', { name: /GetObject in atlas\/a\.jpg/ });
  await row.getByRole('button', { name: 'Menu of one' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  assert(await dialog.getByRole('radio', { name: 'Single actions' }).isChecked());
  await dialog.getByLabel('Label').fill('renamed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: /renamed/ }).waitFor();
  const now = await ask('GET', `/keys/${key.accessKeyId}`);
  assert.deepEqual([now.label, now.scope, now.expiresAt], ['renamed', scope, expiresAt]);
  // Replaced, it goes on for an hour beside another that may the same.
  await page.getByRole('button', { name: 'Menu of renamed' }).click();
  await page.getByRole('menuitem', { name: 'Replace' }).click();
  await dialog.getByRole('radio', { name: 'for another hour' }).check();
  await dialog.getByRole('button', { name: 'Make the new key' }).click();
  const fresh = await dialog.locator('code').first().textContent();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.getByRole('button', { name: 'Leave without saving' }).click();
  assert.deepEqual((await ask('GET', `/keys/${fresh}`)).scope, scope);
  const { expiresAt: ends } = await ask('GET', `/keys/${key.accessKeyId}`);
  assert(Date.parse(String(ends)) < Date.now() + 3_700_000);
});

test('a secret is hidden until it is asked for, and every way out asks', async () => {
  await page.goto(`${stage.there}/buckets`);
  // How the lists sum up, and how buckets keep what is in them.
  await page.getByText('2 of 2, 2 kB').waitFor();
  await page.getByRole('row', { name: /^atlas versions/ }).waitFor();
  await page.getByRole('row', { name: /^backups lock/ }).waitFor();
  await page.getByRole('button', { name: 'operator' }).click();
  await page.getByRole('menuitem', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Label').fill('laptop');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('never again').waitFor();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await page.evaluate('history.back()');
  await dialog.getByText('Really leave?').waitFor();
  await dialog.getByRole('button', { name: 'Stay' }).click();
  const [tab] = await Promise.all([
    page.waitForEvent('dialog'),
    page.evaluate('void setTimeout(() => location.reload())'),
  ]);
  assert.equal(tab.type(), 'beforeunload');
  await tab.dismiss();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download as .env' }).click();
  assert.match((await download).suggestedFilename(), /\.env$/);
  await dialog.getByRole('button', { name: 'Show the secret' }).click();
  const [id = '', secret = ''] = await dialog.locator('code').allTextContents();
  await dialog.getByRole('button', { name: 'I have saved it' }).click();
  await page.getByText('Waiting for a request').waitFor();
  assert.match(page.url(), /\/account\/connect\?key=/);
  await s3With(id, secret).listBuckets({});
  await page.getByText(/^Connected: .* from 127\.0\.0\.1$/).waitFor();
  // Temporary credentials of the key work, and may not write where they are for reading.
  await page.getByRole('tab', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Menu of laptop' }).click();
  await page.getByRole('menuitem', { name: 'Temporary credentials' }).click();
  await dialog.getByRole('radio', { name: 'Read only' }).check();
  await dialog.getByRole('button', { name: 'Make them' }).click();
  const handed = (await dialog.locator('pre').textContent()) ?? '';
  const told = (name: string): string => new RegExp(`${name}='?([^'\n]+)`).exec(handed)?.[1] ?? '';
  const reading = s3With(told('ACCESS_KEY_ID'), told('SECRET_ACCESS_KEY'), told('SESSION_TOKEN'));
  assert.equal((await reading.listBuckets({})).length, 2);
  assert.equal(await code(reading.createBucket({ bucket: 'not-made' })), 'AccessDenied');
  await dialog.getByRole('button', { name: 'Done' }).click();
  // Looked at again, that request is one from before.
  await page
    .getByRole('row', { name: /^laptop/ })
    .getByRole('link', { name: 'Connect' })
    .click();
  await page.getByText(/^It was used .* by /).waitFor();
  assert.equal(await page.getByText('Connected:').count(), 0);
});

test('while the list of keys is on its way, no other key stands for the new one', async () => {
  await page.goto(`${stage.there}/account/keys`);
  await page.getByRole('row', { name: /^laptop/ }).waitFor();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/accounts\/[^/]+\/keys\?/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Label').fill('tablet');
  await page.getByRole('button', { name: 'Make the key' }).click();
  const id = (await page.getByRole('dialog').locator('code').first().textContent()) ?? '';
  await page.getByRole('button', { name: 'I have saved it' }).click();
  await page.waitForURL(/\/account\/connect\?key=/);
  assert.equal(await page.getByLabel('Configuration').count(), 0);
  release();
  const lines = (await page.getByLabel('Configuration').textContent()) ?? '';
  assert(lines.includes(id), lines);
  assert(!lines.includes('YOUR_SECRET'), lines);
  await page.unrouteAll();
});

test('a trail tells in sentences who deleted it, and is searched by action and time', async () => {
  await page.goto(`${stage.there}/operate/audit`);
  await page.getByRole('button', { name: 'Who deleted it?' }).click();
  await page.keyboard.type('atlas/a.csv');
  await page.getByRole('button', { name: 'Find' }).click();
  const row = page
    .getByRole('listitem')
    .filter({ hasText: 'operator deleted atlas/a.csv (a delete marker hides it) from 127.0.0.1' });
  await row.locator('summary').click();
  await row.getByText('object.DeleteObject', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Copy' }).waitFor();
  const csv = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
  assert.match(csv ?? '', /action=object\.DeleteObject&target=atlas%2Fa\.csv&format=csv/);
  await row.getByRole('link', { name: 'Why?' }).click();
  await page.getByText('Allowed.').waitFor();
  await page.goBack();
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Keys' });
  await page.getByLabel('To what').fill('');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText(/operator changed the key .* \(.*label.*\)/).waitFor();
  await page.getByLabel('Until').fill('2020-01-01T00:00');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('Nothing like this happened.').waitFor();
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get('action'), 'key.');
  assert.match(searchParams.get('to') ?? '', /^20(?:19|20)-/);
});

test('an operator changes, suspends, lets in and removes an account, and is told what that reaches', async () => {
  await ask('POST', '/accounts', { name: 'erika', email: 'erika@example.org' });
  const made = await ask('POST', '/accounts/erika/keys', { label: 'hers' });
  const { key, secretAccessKey } = made;
  assert(typeof key === 'object' && key !== null && 'accessKeyId' in key);
  const hers = s3With(String(key.accessKeyId), String(secretAccessKey));
  await hers.createBucket({ bucket: 'erikas-own' });
  await page.goto(`${stage.there}/operate/accounts/erika`);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await dialog.getByLabel('E-mail').fill('e@example.org');
  await dialog.getByRole('radio', { name: 'Operator' }).check();
  await dialog.getByText('administers the store').waitFor();
  await provingWhoAsks(() => dialog.getByRole('button', { name: 'Save' }).click());
  await page.getByText('e@example.org').waitFor();
  const { email, role } = await ask('GET', '/accounts/erika');
  assert.deepEqual([email, role], ['e@example.org', 'operator']);

  await page.getByRole('button', { name: 'Suspend' }).click();
  await dialog.getByText('1 key that works, 0 sessions and 0 links').waitFor();
  await dialog.getByText('1 bucket, 0 bytes').waitFor();
  await dialog.getByRole('button', { name: 'Suspend' }).click();
  await page.getByText('suspended', { exact: true }).waitFor();
  assert.equal(await code(hers.listBuckets({})), 'AccessDenied');
  await page.getByRole('button', { name: 'Let it in again' }).click();
  await dialog.getByRole('button', { name: 'Let it in again' }).click();
  await page.getByRole('button', { name: 'Suspend' }).waitFor();
  assert.equal(await code(hers.listBuckets({})), 'done');

  const remove = async (): Promise<void> => {
    await page.getByRole('button', { name: 'More about erika' }).click();
    await page.getByRole('menuitem', { name: 'Remove the account' }).click();
  };
  await remove();
  await dialog.getByText('It still owns 1 bucket').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await hers.deleteBucket({ bucket: 'erikas-own' });
  await page.getByRole('row', { name: /^hers/ }).getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByText('cannot be undone').waitFor();
  await dialog.getByRole('button', { name: 'Revoke the key' }).click();
  await page.getByRole('row', { name: /^hers .* revoked/ }).waitFor();
  assert.equal(await code(hers.listBuckets({})), 'InvalidAccessKeyId');
  await remove();
  await dialog.getByText('0 keys that work').waitFor();
  await dialog.getByLabel('Type erika to remove it').fill('erika');
  await dialog.getByRole('button', { name: 'Remove the account' }).click();
  await page.waitForURL(/\/operate\/accounts$/);
  await page.getByRole('row', { name: /^operator/ }).waitFor();
  await assert.rejects(ask('GET', '/accounts/erika'), /404/);
});

/** As if the sign-in were long ago: the server wants to know once more who asks, and what was asked for is done then. */
async function provingWhoAsks(act: () => Promise<void>): Promise<void> {
  const { accessKey, secretKey } = stage.server();
  const error = { code: 'RecentSignInRequired', message: 'Sign in again.', requestId: '0' };
  await page.route('**/api/v1/accounts/*', (route) => route.fulfill({ status: 403, json: { error } }), { times: 1 });
  await act();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('Access key').fill(accessKey);
  await dialog.getByLabel('Secret key').fill(secretKey);
  await dialog.getByRole('button', { name: 'Go on' }).click();
}

test('the overview tells who uses the most and what failed of late', async () => {
  await page.goto(`${stage.there}/operate`);
  await page.getByText('403 AccessDenied').waitFor();
  await page.getByText('thirty a minute').waitFor();
  await page.getByRole('heading', { name: 'Accounts by use' }).waitFor();
  await page.goto(`${stage.there}/operate/storage`);
  await page.getByText('has not been read from end to end').waitFor();
});
