/**
 * The Console over TLS, as it is run: with certificates of its own, and behind nginx exactly as docs/operations.md sets it up, at the
 * root of a name and below a path. What is stored is fetched over TLS too, by both forms of its address.
 */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { startNginx } from '../support/nginx.ts';
import { freePort, ROOT, succeed, temporaryFolder } from '../support/processes.ts';

/** Chromium has a store of authorities of its own; service workers want more than a context that looks away. */
const TRUSTING = ['--ignore-certificate-errors'];
const IGNORING = { ignoreHTTPSErrors: true };
const BUCKET = 'over-tls';
const LARGE = 17 * 2 ** 20;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let certificates: Certificates;

before(async () => {
  folder = await temporaryFolder();
  const names = ['*.example.org', '*.example-files.org', '*.s3.example-files.org', 'moraine.test', '*.moraine.test'];
  certificates = await makeCertificates(folder.path, names);
  await writeFile(join(folder.path, 'note.txt'), 'a note');
  await writeFile(join(folder.path, 'large.bin'), Buffer.alloc(LARGE, 'moraine '));
});
after(() => folder?.[Symbol.asyncDispose]());

/** As somebody asks who has no account, and trusts the authority: `map` is where a name is. */
const curl = (address: string, map: string): Promise<string> =>
  succeed('curl', ['--silent', '--include', '--cacert', certificates.authority, '--connect-to', map, address]);

async function signIn(stage: ConsoleStage): Promise<Page> {
  const page = await stage.openAsStranger(IGNORING);
  page.setDefaultTimeout(20_000);
  await page.getByRole('textbox', { name: 'Access key' }).fill(stage.server().accessKey);
  await page.getByLabel('Secret key').fill(stage.server().secretKey);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your store is running' }).waitFor();
  const [cookie] = await page.context().cookies();
  assert.equal(cookie?.name, '__Host-moraine-session');
  assert(cookie.secure && cookie.httpOnly && cookie.sameSite === 'Strict');
  return page;
}

/** From an empty bucket to a public object and a zip; answers the object's two addresses. */
async function useIt(page: Page, there: string): Promise<readonly string[]> {
  await page.getByLabel('Name of the bucket').fill(BUCKET);
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('button', { name: 'Choose a file' }).waitFor();
  await page.goto(`${there}/buckets/${BUCKET}`);
  await page.getByText('Nothing here yet').waitFor();
  await dropFiles(page, [join(folder.path, 'note.txt'), join(folder.path, 'large.bin')]);
  await page.getByText('2 of 2 done').waitFor({ timeout: 30_000 });
  await page.evaluate(() => Object.defineProperty(window, 'showDirectoryPicker', { value: undefined }));
  await page.getByRole('row', { name: /note\.txt/ }).click();
  await page.keyboard.press('Control+a');
  const [zip] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.doesNotMatch(zip.url(), /^blob:/);
  assert((await readFile(await zip.path())).length > LARGE);
  await page.goto(`${there}/buckets/${BUCKET}?object=note.txt&tab=acl`);
  const drawer = page.getByRole('dialog').first();
  await drawer.getByRole('radio', { name: 'Public read', exact: true }).check();
  await drawer.getByRole('button', { name: 'Save access' }).click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /public/i })
    .click();
  await drawer.getByRole('tab', { name: 'Preview' }).click();
  await drawer.getByText('a note').waitFor();
  await drawer.getByRole('tab', { name: 'Details' }).click();
  const addresses = drawer.locator('bdi').filter({ hasText: /^https:/ });
  await addresses.nth(1).waitFor();
  return addresses.allTextContents();
}

test('with certificates of its own: signing in, uploading, downloading, and both addresses of what is public', async () => {
  const consolePort = await freePort();
  const { certificate, key } = certificates;
  await using stage = await openConsole({
    server: { consolePort, tls: { certificate, key }, hostNames: ['moraine.test'] },
    there: `https://moraine.test:${consolePort}`,
    flags: [...TRUSTING, '--host-resolver-rules=MAP *.test 127.0.0.1'],
  });
  const page = await signIn(stage);
  const { port } = stage.server();
  const addresses = await useIt(page, stage.there);
  assert.deepEqual(addresses, [
    `https://moraine.test:${port}/${BUCKET}/note.txt`,
    `https://${BUCKET}.moraine.test:${port}/note.txt`,
  ]);
  for (const address of addresses)
    assert.match(await curl(address, `::127.0.0.1:${port}`), /^HTTP\/1.1 200 OK[\s\S]*a note$/);
});

/** The first block of that language in the chapter about the Console. */
async function documented(language: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');
  const chapter = text.slice(text.indexOf('## The Console'));
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(chapter)?.[1];
  assert(block !== undefined, language);
  return block;
}

for (const base of ['/', '/console/'])
  test(`behind nginx as docs/operations.md has it, the Console at ${base}`, async () => {
    const [consolePort, port, front] = [await freePort(), await freePort(), await freePort()];
    const ports = (text: string): string =>
      text.replaceAll('127.0.0.1:9001', `127.0.0.1:${consolePort}`).replaceAll('127.0.0.1:9000', `127.0.0.1:${port}`);
    const servers = ports(await documented('nginx'))
      .replaceAll('listen 443 ssl;', `listen 127.0.0.1:${front} ssl;`)
      .replace('location / {', `location ${base} {`);
    const { certificate, key } = certificates;
    await using there = await temporaryFolder();
    const config = join(there.path, 'moraine.toml');
    const more = `data = "${there.path}/data"\nconsole-base = "${base}"\n`;
    await writeFile(config, more + ports(await documented('toml')));
    // The port is another than the browser believes: redirects must not tell it.
    const tls = `absolute_redirect off; ssl_certificate ${certificate}; ssl_certificate_key ${key};\n`;
    await using _nginx = await startNginx(join(there.path, 'nginx'), tls + servers, front);
    await using stage = await openConsole({
      server: { config, port, consolePort },
      there: `https://console.example.org${base.slice(0, -1)}`,
      flags: [...TRUSTING, `--host-resolver-rules=MAP * 127.0.0.1:${front}`],
    });
    const page = await signIn(stage);
    const addresses = await useIt(page, stage.there);
    assert.deepEqual(addresses, [
      `https://s3.example-files.org/${BUCKET}/note.txt`,
      `https://${BUCKET}.s3.example-files.org/note.txt`,
    ]);
    for (const address of addresses)
      assert.match(await curl(address, `::127.0.0.1:${front}`), /^HTTP\/1.1 200 OK[\s\S]*a note$/);
  });
