/**
 * Pictures of the Console for docs/console.md: each page at the width of a desk and of a phone, light and dark. Taken when asked for
 * (`CONSOLE_SCREENSHOTS=1 npm test -- test/browser/console-screenshots`); then looked at by somebody.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import { EVERYONE, SIGNED_IN } from '../../console/src/s3/access.ts';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';
import { ROOT } from '../support/processes.ts';

const FOLDER = join(ROOT, 'docs/console');

const NOTES = '/buckets/atlas?prefix=maps%2F2026%2F&object=maps%2F2026%2Fnotes.md&tab=';

/** Name of the picture → address, and what is there when it is. */
const PAGES: Readonly<Record<string, readonly [address: string, text: string]>> = {
  welcome: ['/welcome', 'Your store is running'],
  buckets: ['/buckets', 'backups'],
  browser: ['/buckets/atlas?prefix=maps%2F2026%2F', 'notes.md'],
  'bucket-access': ['/buckets/atlas?panel=acl', 'Everyone'],
  'bucket-cors': ['/buckets/atlas?panel=cors', 'app.example.org'],
  'bucket-policy': ['/buckets/atlas?panel=policy', 'Test'],
  'bucket-public': ['/buckets/atlas?panel=access', 'Block all of it'],
  'bucket-versioning': ['/buckets/atlas?panel=versioning', 'Old versions'],
  'bucket-lock': ['/buckets/backups?panel=lock', 'New versions are locked'],
  'bucket-encryption': ['/buckets/atlas?panel=encryption', 'New objects are encrypted'],
  'bucket-tags': ['/buckets/atlas?panel=tags', 'reports and scripts'],
  'bucket-payer': ['/buckets/atlas?panel=payer', 'Who pays'],
  'bucket-uploads': ['/buckets/atlas?panel=uploads', 'Begun'],
  'object-details': [`${NOTES}details`, 'ETag'],
  'object-preview': [`${NOTES}preview`, 'Glaciers'],
  'object-access': [`${NOTES}acl`, 'Everyone'],
  'object-metadata': [`${NOTES}metadata`, 'Content-Type'],
  'object-versions': [`${NOTES}versions`, 'current'],
  'object-share': [`${NOTES}share`, 'Make a link'],
  'object-tags': [`${NOTES}tags`, 'Add a tag'],
  'object-lock': ['/buckets/backups?object=monday.tar&tab=lock', 'Legal hold'],
  'object-copies': [`${NOTES}copies`, 'sound'],
  shared: ['/shared', 'notes.md'],
  keys: ['/account/keys', 'first key'],
  connect: ['/account/connect', 'Ready to paste'],
  profile: ['/account/profile', 'Who you are'],
  sessions: ['/account/sessions', 'this one'],
  activity: ['/account/activity', 'Download as CSV'],
  operate: ['/operate', 'Requests'],
  usage: ['/operate/usage', 'Counted'],
  storage: ['/operate/storage', 'Where'],
  errors: ['/operate/errors', 'Errors'],
  accounts: ['/operate/accounts', 'New account'],
  audit: ['/operate/audit', 'Download as CSV'],
  explain: ['/explain?principal=anonymous&action=GetObject&resource=atlas%2Fmaps%2F2026%2Fnotes.md', 'Denied'],
};

const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;

async function fill({ s3, there, server }: ConsoleStage): Promise<void> {
  for (const bucket of ['atlas', 'backups', 'site'])
    await s3.createBucket({ bucket, objectLock: bucket === 'backups' });
  const bucket = 'atlas';
  await s3.putObject({ bucket: 'backups', key: 'monday.tar', body: 'x'.repeat(120_000) });
  const lock = { retention: { mode: 'GOVERNANCE', days: 30 } } as const;
  await s3.putObjectLockConfiguration({ bucket: 'backups', lock });
  await s3.putBucketTagging({ bucket, tags: [{ key: 'team', value: 'cartography' }] });
  await s3.createMultipartUpload({ bucket, key: 'maps/2026/survey.las' });
  await s3.putBucketOwnershipControls({ bucket: 'site', ownership: 'ObjectWriter' });
  const siteAcl = await s3.getAcl({ bucket: 'site' });
  const everyone = { grantee: { type: 'group', uri: EVERYONE }, permission: 'READ' } as const;
  await s3.putAcl({ bucket: 'site', acl: { ...siteAcl, grants: [...siteAcl.grants, everyone] } });
  await s3.putObject({ bucket: 'site', key: 'index.html', body: '<h1>Hello</h1>', contentType: 'text/html' });
  await s3.putBucketVersioning({ bucket, status: 'Enabled' });
  const put = (key: string, body: string, contentType: string) => s3.putObject({ bucket, key, body, contentType });
  for (const name of ['alps.tif', 'legend.csv', 'raw/a.las', 'raw/b.las', 'ridge.jpg'])
    await put(`maps/2026/${name}`, 'x'.repeat(name.length * 9_731), 'application/octet-stream');
  await put('maps/2026/notes.md', 'Glaciers move.', 'text/markdown');
  await put('maps/2026/notes.md', '# Glaciers\n\nThree ridges left by a glacier.\n', 'text/markdown');
  const key = 'maps/2026/notes.md';
  const acl = await s3.getAcl({ bucket, key });
  await s3.putBucketOwnershipControls({ bucket, ownership: 'ObjectWriter' });
  const grant = { grantee: { type: 'group', uri: SIGNED_IN }, permission: 'READ' } as const;
  await s3.putAcl({ bucket, key, acl: { ...acl, grants: [...acl.grants, grant] } });
  const rule = {
    origins: ['https://app.example.org'],
    methods: ['GET', 'PUT'],
    headers: ['content-type'],
    expose: ['ETag'],
    maxAge: 3600,
  };
  await s3.putBucketCors({ bucket, rules: [rule] });
  const session = await fetch(`${there}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accessKeyId: server().accessKey, secretAccessKey: server().secretKey }),
  });
  const { bearerToken } = (await session.json()) as { readonly bearerToken: string };
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearerToken}` };
  const post = (path: string, body: object) =>
    fetch(`${there}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await post('accounts', { name: 'ana', email: 'ana@example.org' });
  await post('accounts', { name: 'ben', email: 'ben@example.org' });
  await post('accounts/operator/shares', { bucket, key, expiresAt: new Date(Date.now() + 86_400_000).toISOString() });
}

/** Where a test keeps its store is nobody's business: the pictures show where a store would be. */
const SETTLED = `{
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    node.data = node.data.replace(/\\/tmp\\/[\\w-]+/g, '/srv/moraine');
  }
}`;

const skip = env.CONSOLE_SCREENSHOTS === undefined ? 'asked for with CONSOLE_SCREENSHOTS=1' : false;

test('pictures of every page', { skip, timeout: 600_000 }, async () => {
  await using stage = await openConsole();
  await fill(stage);
  await mkdir(FOLDER, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await stage.open('/buckets', { viewport, colorScheme, reducedMotion: 'reduce' });
      for (const [name, [address, text]] of Object.entries(PAGES)) {
        await page.goto(`${stage.there}${address}`);
        await page.getByText(text).first().waitFor({ timeout: 40_000 });
        await page.waitForTimeout(800);
        await page.evaluate(SETTLED);
        await page.screenshot({ path: join(FOLDER, `${name}-${size}-${colorScheme}.png`) });
      }
      await page.context().close();
    }
  }
});
