/**
 * The settings of a bucket, saved by hand. What counts is what other clients are told and allowed afterwards: s3cmd, curl, and signed
 * requests for what s3cmd does not know; and that the Console shows what others set.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { succeed, temporaryFolder } from '../support/processes.ts';
import { type Headers, hostOf, type RawAnswer, signedRequest, targetOf } from '../support/signer.ts';

const BUCKET = 'settings';

let stage: ConsoleStage;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let page: Page;

before(async () => {
  stage = await openConsole();
  folder = await temporaryFolder();
  const { origin, accessKey, secretKey } = stage.server();
  const host = hostOf(origin);
  const lines = [
    `host_base = ${host}`,
    `host_bucket = ${host}`,
    `access_key = ${accessKey}`,
    `secret_key = ${secretKey}`,
  ];
  await writeFile(join(folder.path, 's3cfg'), ['[default]', ...lines, 'use_https = False', ''].join('\n'));
  await writeFile(join(folder.path, 'locked'), 'locked');
  await stage.s3.createBucket({ bucket: BUCKET });
  await stage.s3.putObject({ bucket: BUCKET, key: 'a.txt', body: 'a' });
  page = await stage.open('/buckets');
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await folder?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const s3cmd = (...args: readonly string[]): Promise<string> =>
  succeed('s3cmd', ['-c', join(folder.path, 's3cfg'), ...args]);

/** As curl sees it that has no key. */
const curl = (path: string, ...more: readonly string[]): Promise<string> =>
  succeed('curl', ['--silent', '--include', ...more, `${stage.server().origin}/${BUCKET}/${path}`]);

function send(method: string, query: string, body = '', headers: Headers = {}): Promise<RawAnswer> {
  const { origin, accessKey: accessKeyId, secretKey: secretAccessKey } = stage.server();
  const credentials = { accessKeyId, secretAccessKey };
  const target = targetOf(BUCKET, undefined, { [query]: '' });
  return signedRequest({ origin, credentials, method, target, body, headers: { host: hostOf(origin), ...headers } });
}

const documentOf = async (query: string): Promise<string> => (await send('GET', query)).body.toString();

async function panel(name: string): Promise<Locator> {
  await page.goto(`${stage.there}/buckets/${BUCKET}?panel=${name}`);
  const drawer = page.getByRole('dialog').first();
  await drawer.waitFor();
  return drawer;
}

/** Presses it, and waits until the server holds what was asked for. */
async function save(drawer: Locator, button: string, holds: () => Promise<boolean>): Promise<void> {
  await drawer.getByRole('button', { name: button, exact: true }).click();
  for (let look = 0; look < 100; look++) {
    if (await holds()) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${button}: the server does not hold it`);
}

const says = (query: string, wanted: RegExp) => async (): Promise<boolean> => wanted.test(await documentOf(query));

test('versioning, then a lock for what comes', async () => {
  let drawer = await panel('lock');
  await drawer.getByText('Turn on versioning first.').waitFor();
  drawer = await panel('versioning');
  await drawer.getByRole('radio', { name: /^Kept:/ }).check();
  await save(drawer, 'Save versioning', says('versioning', /<Status>Enabled</));
  drawer = await panel('lock');
  await drawer.getByRole('button', { name: 'Turn on lock…' }).click();
  const question = page.getByRole('dialog').last();
  await question.getByText('cannot be taken away').waitFor();
  await save(question, 'Turn on lock', says('object-lock', /<ObjectLockEnabled>Enabled</));
  await drawer.getByRole('radio', { name: /^Governance:/ }).check();
  await drawer.getByLabel('For', { exact: true }).fill('2');
  await save(drawer, 'Save lock', says('object-lock', /<Mode>GOVERNANCE<\/Mode><Days>2</));
  await page.goto(`${stage.there}/buckets/${BUCKET}`);
  await page.getByRole('row', { name: /a\.txt/ }).waitFor();
  await dropFiles(page, [join(folder.path, 'locked')]);
  await page.getByText('1 of 1 done').waitFor();
  const { versionId = '' } = await stage.s3.headObject({ bucket: BUCKET, key: 'locked' });
  const { failed } = await stage.s3.deleteObjects({ bucket: BUCKET, objects: [{ key: 'locked', versionId }] });
  assert.equal(failed[0]?.code, 'AccessDenied');
  // What somebody else sets is shown.
  await stage.s3.putObjectLockConfiguration({ bucket: BUCKET, lock: {} });
  drawer = await panel('lock');
  await drawer.getByRole('radio', { name: 'Not by themselves', checked: true }).waitFor();
  // A lock needs versioning.
  drawer = await panel('versioning');
  await drawer.getByText('cannot be suspended').waitFor();
});

test('tags; of two who change them at once both are shown, and one decides', async () => {
  const drawer = await panel('tags');
  await drawer.getByRole('button', { name: 'Tag', exact: true }).click();
  await drawer.getByLabel('Name', { exact: true }).fill('team');
  await drawer.getByLabel('Value', { exact: true }).fill('maps/all');
  await save(drawer, 'Save tags', says('tagging', /<Key>team<\/Key><Value>maps\/all</));
  await drawer.getByLabel('Value', { exact: true }).fill('mine');
  await stage.s3.putBucketTagging({ bucket: BUCKET, tags: [{ key: 'team', value: 'theirs' }] });
  await drawer.getByRole('button', { name: 'Save tags' }).click();
  await drawer.getByText('Somebody saved something else meanwhile').waitFor();
  assert.match(await documentOf('tagging'), /theirs/);
  await save(drawer, 'Save mine over it', says('tagging', />mine</));
});

test('encryption of what comes', async () => {
  const drawer = await panel('encryption');
  await drawer.getByRole('radio', { name: /AES256/ }).check();
  await save(drawer, 'Save encryption', says('encryption', /<SSEAlgorithm>AES256</));
  await s3cmd('put', join(folder.path, 's3cfg'), `s3://${BUCKET}/sealed`);
  const { origin, accessKey: accessKeyId, secretKey: secretAccessKey } = stage.server();
  const head = await signedRequest({
    ...{ origin, credentials: { accessKeyId, secretAccessKey }, method: 'HEAD', target: targetOf(BUCKET, 'sealed') },
    headers: { host: hostOf(origin) },
  });
  assert.equal(head.headers['x-amz-server-side-encryption'], 'AES256');
});

test('of an object, who may read it and what is told with it, as s3cmd and curl see it', async () => {
  await s3cmd('setacl', '--acl-private', `s3://${BUCKET}/a.txt`);
  await page.goto(`${stage.there}/buckets/${BUCKET}?object=a.txt&tab=acl`);
  const drawer = page.getByRole('dialog').first();
  await drawer.getByRole('radio', { name: 'Public read', exact: true }).check();
  await drawer.getByRole('button', { name: 'Save access' }).click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .click();
  for (let look = 0; look < 200 && !/ 200 /.test(await curl('a.txt')); look++) await page.waitForTimeout(50);
  assert.match(await s3cmd('info', `s3://${BUCKET}/a.txt`), /ACL: +\*anon\*: READ/);
  await drawer.getByRole('tab', { name: 'Metadata' }).click();
  await drawer.getByRole('button', { name: 'Add', exact: true }).click();
  await drawer.getByLabel('Name', { exact: true }).last().fill('camera');
  await drawer.getByLabel('Value', { exact: true }).last().fill('Nikon');
  await drawer.getByLabel('Cache-Control').fill('max-age=60');
  await drawer.getByRole('button', { name: 'Save metadata' }).click();
  for (let look = 0; look < 200 && !/x-amz-meta-camera/i.test(await curl('a.txt')); look++)
    await page.waitForTimeout(50);
  const told = await curl('a.txt');
  assert.match(told, /^x-amz-meta-camera: Nikon\r$/im);
  assert.match(told, /^cache-control: max-age=60\r$/im);
  assert.match(await s3cmd('info', `s3://${BUCKET}/a.txt`), /x-amz-meta-camera: Nikon/);
  // It was public. When somebody made it private meanwhile, saving one's own over that opens it: the question comes.
  await drawer.getByRole('tab', { name: 'Access' }).click();
  await drawer.getByRole('radio', { name: 'Public read-write', exact: true }).check();
  await s3cmd('setacl', '--acl-private', `s3://${BUCKET}/a.txt`);
  await drawer.getByRole('button', { name: 'Save access' }).click();
  await drawer.getByRole('button', { name: 'Save mine over it' }).click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .waitFor();
  assert.match(await curl('a.txt'), /^HTTP\/1.1 403 /);
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .click();
  for (let look = 0; look < 200 && !/ 200 /.test(await curl('a.txt')); look++) await page.waitForTimeout(50);
  assert.match(await curl('a.txt'), /^HTTP\/1.1 200 /);
  await s3cmd('setacl', '--acl-private', `s3://${BUCKET}/a.txt`);
  assert.match(await curl('a.txt'), /^HTTP\/1.1 403 /);
});

test('an access list opens the list of the bucket; the block shuts it whatever the list says', async () => {
  let drawer = await panel('acl');
  await drawer.getByRole('radio', { name: 'Public read', exact: true }).check();
  await drawer.getByRole('button', { name: /^Save access/ }).click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .click();
  for (let look = 0; look < 200 && !/ 200 /.test(await curl('')); look++) await page.waitForTimeout(50);
  assert.match(await curl(''), /^HTTP\/1.1 200 [\s\S]*<Key>a\.txt</);
  assert.match(await s3cmd('info', `s3://${BUCKET}`), /ACL: +\*anon\*: READ/);
  assert.match(await curl('a.txt'), /^HTTP\/1.1 403 /, 'it is not inherited');
  drawer = await panel('access');
  await drawer.getByRole('checkbox', { name: 'Block all of it' }).check();
  await save(drawer, 'Save public access', says('publicAccessBlock', /<RestrictPublicBuckets>true</));
  assert.match(await curl(''), /^HTTP\/1.1 403 /);
  drawer = await panel('access');
  await drawer.getByRole('checkbox', { name: 'Block all of it' }).uncheck();
  // What becomes public again is asked about first.
  await drawer.getByRole('button', { name: 'Save public access' }).click();
  const question = page.getByRole('dialog').last();
  await question.getByText('Anyone on the internet can list this bucket').waitFor();
  await save(question, 'Make public', async () => / 200 /.test(await curl('')));
  // Lists are not put out of force while one lets others in: S3 refuses that, and the drawer says why.
  drawer = await panel('access');
  await drawer.getByRole('radio', { name: /access lists are off/ }).check();
  await drawer.getByRole('button', { name: 'Save public access' }).click();
  await drawer
    .getByRole('alert')
    .getByText(/ACL|access list/i)
    .first()
    .waitFor();
  await s3cmd('setacl', '--acl-private', `s3://${BUCKET}`);
  await save(drawer, 'Save public access', says('ownershipControls', /BucketOwnerEnforced/));
  assert.match(await curl(''), /^HTTP\/1.1 403 /);
});

test('a policy is tried before it is saved, and opens what it says', async () => {
  const drawer = await panel('policy');
  await drawer.getByLabel('Begin with').selectOption({ label: 'Everyone may read every object' });
  const trial = drawer.getByRole('region', { name: 'Test' });
  await trial.getByLabel('Who').fill('anonymous');
  await trial.getByRole('textbox', { name: 'Object' }).fill('a.txt');
  await trial.getByRole('button', { name: 'Test' }).click();
  await trial.getByText('Allowed.').waitFor();
  assert.match(await curl('a.txt'), /^HTTP\/1.1 403 /, 'it is not saved yet');
  await drawer.getByRole('button', { name: 'Save policy' }).click();
  await page.getByRole('dialog').last().getByRole('button', { name: 'Make public' }).click();
  for (let look = 0; look < 200 && !/ 200 /.test(await curl('a.txt')); look++) await page.waitForTimeout(50);
  assert.match(await curl('a.txt'), /^HTTP\/1.1 200 [\s\S]*\r\n\r\na$/);
  assert.match(await s3cmd('info', `s3://${BUCKET}`), /"Effect": ?"Allow"/);
  await s3cmd('delpolicy', `s3://${BUCKET}`);
  await (await panel('policy')).getByText('No policy').waitFor();
});

test('CORS is set rule by rule, and s3cmd shows it', async () => {
  const drawer = await panel('cors');
  await drawer.getByRole('button', { name: /rule/i }).first().click();
  await drawer.getByLabel('Origins', { exact: true }).fill('https://app.example.org');
  await page.keyboard.press('Enter');
  await drawer.getByRole('checkbox', { name: 'PUT' }).check();
  await save(drawer, 'Save CORS', says('cors', /<AllowedMethod>PUT</));
  const asked = ['-X', 'OPTIONS', '-H', 'Origin: https://app.example.org', '-H', 'Access-Control-Request-Method: PUT'];
  assert.match(await curl('a.txt', ...asked), /^access-control-allow-methods: .*PUT/im);
  assert.match(await s3cmd('info', `s3://${BUCKET}`), /<AllowedOrigin>https:\/\/app\.example\.org</);
});

test('where whoever asks pays, others are refused who do not say so', async () => {
  const read = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*` };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [read] });
  await stage.s3.putBucketPolicy({ bucket: BUCKET, policy });
  assert.match(await curl('a.txt'), /^HTTP\/1.1 200 /);
  const drawer = await panel('payer');
  await drawer.getByRole('radio', { name: 'Whoever asks' }).check();
  await save(drawer, 'Save Requester Pays', says('requestPayment', /<Payer>Requester</));
  assert.match(await curl('a.txt'), /^HTTP\/1.1 403 /);
  await drawer.getByRole('radio', { name: 'The bucket’s owner' }).check();
  await save(drawer, 'Save Requester Pays', says('requestPayment', /<Payer>BucketOwner</));
  assert.match(await curl('a.txt'), /^HTTP\/1.1 200 /);
  await stage.s3.deleteBucketPolicy({ bucket: BUCKET });
});

test('unfinished uploads are listed with what they hold, and aborted', async () => {
  const { s3 } = stage;
  const uploadId = await s3.createMultipartUpload({ bucket: BUCKET, key: 'half done' });
  await s3.createMultipartUpload({ bucket: BUCKET, key: 'begun' });
  const part = await s3.signPart({ bucket: BUCKET, key: 'half done', uploadId, number: 1 });
  assert.equal((await fetch(part.url, { method: 'PUT', headers: part.headers, body: 'x'.repeat(2000) })).status, 200);
  const drawer = await panel('uploads');
  await drawer.getByRole('row', { name: /half done.*2 kB/ }).waitFor();
  await drawer
    .getByRole('row', { name: /half done/ })
    .getByRole('button', { name: /Abort/ })
    .click();
  await page.getByRole('dialog').last().getByRole('button', { name: 'Abort', exact: true }).click();
  await page.getByText('1 upload aborted.').first().waitFor();
  assert.deepEqual(
    (await s3.listMultipartUploads({ bucket: BUCKET })).uploads.map(({ key }) => key),
    ['begun'],
  );
});
