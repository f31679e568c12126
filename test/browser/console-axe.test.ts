/**
 * Every page and drawer of the Console, light and dark: no violation of WCAG 2.2 AA that axe-core can see. At the widths of phones no
 * page scrolls sideways, and with texts longer by two fifths nothing is cut, on a phone or at a desk.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
/** What colours change. */
const CONTRAST = { type: 'rule', values: ['color-contrast'] };

let stage: ConsoleStage;
before(async () => {
  stage = await openConsole();
  const bucket = 'atlas';
  await stage.s3.createBucket({ bucket, objectLock: true });
  await stage.s3.putObject({
    bucket,
    key: 'maps/readme.md',
    body: 'hello',
    contentType: 'text/plain',
    metadata: { a: 'b' },
  });
  await stage.s3.putObject({ bucket, key: 'notes.txt', body: 'one' });
  await stage.s3.putObject({ bucket, key: 'notes.txt', body: 'two' });
  await stage.s3.createBucket({ bucket: 'empty' });
  await stage.s3.createMultipartUpload({ bucket, key: 'unfinished' });
});
after(() => stage?.[Symbol.asyncDispose]());

const OBJECT = '/buckets/atlas?object=notes.txt&tab=';

/** Address → what is there when it is. */
const PAGES: Readonly<Record<string, string>> = {
  '/welcome': 'Your store is running',
  '/buckets': 'atlas',
  '/buckets/atlas': 'notes.txt',
  '/buckets/atlas?view=grid': 'notes.txt',
  '/buckets/empty': 'Nothing here yet',
  '/buckets/none-of-this-name': 'none-of-this-name',
  ...Object.fromEntries(
    ['acl', 'cors', 'policy', 'access', 'versioning', 'tags', 'encryption', 'lock', 'uploads'].map((panel) => [
      `/buckets/atlas?panel=${panel}`,
      'atlas',
    ]),
  ),
  ...Object.fromEntries(
    ['details', 'preview', 'acl', 'metadata', 'tags', 'versions', 'lock', 'copies'].map((tab) => [
      `${OBJECT}${tab}`,
      'notes.txt',
    ]),
  ),
  '/shared': 'No links yet',
  '/account/profile': 'Who you are',
  '/account/keys': 'New key',
  '/account/connect': 'Ready to paste',
  '/account/sessions': 'this one',
  '/account/activity': 'Download as CSV',
  '/operate': 'Requests',
  '/operate/accounts': 'New account',
  '/operate/accounts/operator': 'Canonical id',
  '/operate/usage': 'Counted',
  '/operate/storage': 'Where',
  '/operate/errors': 'Errors',
  '/operate/audit': 'Download as CSV',
  '/explain': 'Request id',
  '/no-such-page': 'There is no such page',
};

async function go(page: Page, address: string, text: string): Promise<void> {
  await page.goto(`${stage.there}${address}`);
  await page.getByText(text).first().waitFor({ timeout: 10_000 });
  // Side questions, and the drawer's way in.
  await page.waitForTimeout(300);
}

async function violations(page: Page, runOnly: typeof ALL): Promise<readonly string[]> {
  // An isolated world: the page's own policy lets no foreign script in.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
  });
  await session.send('Runtime.evaluate', { contextId, expression: AXE });
  const expression = `axe.run(document, ${JSON.stringify({ runOnly })}).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ': ' + nodes.map(({ target, any }) => target.join(' ') + ' ' + (any[0]?.message ?? '')).join('; ')))`;
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    contextId,
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
  return result.value;
}

/** Each text of the page is longer by two fifths, as in another language. What people named themselves stays. */
const LONGER = `{
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    if (!/[a-z]{2}/i.test(node.data) || node.parentElement.closest('bdi, code, pre, option, [contenteditable], [role=grid]')) continue;
    const half = node.data.trim();
    node.data = node.data + ' ' + half.slice(0, Math.ceil(half.length * 0.4)).trim();
  }
}`;

/** Controls that reach out of the window where nothing scrolls, and words of controls that are cut. */
const CUT = `(() => {
  const scrolls = (element) => {
    for (let at = element.parentElement; at !== null; at = at.parentElement)
      if (at !== document.body && /auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
    return false;
  };
  const found = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
  for (const element of document.querySelectorAll('button, a, input, select, textarea, [role=tab], label, h1, h2')) {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1 || getComputedStyle(element).visibility === 'hidden' || element.closest('[inert], [aria-hidden=true]')) continue;
    const name = element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 40);
    if ((right > innerWidth + 1 || left < -1) && !scrolls(element)) found.push(name + ' reaches from ' + Math.round(left) + ' to ' + Math.round(right));
    const { overflowX, textOverflow } = getComputedStyle(element);
    if (/hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1) found.push(name + ' is cut');
  }
  return found;
})()`;

test('no page has a violation that axe sees, light or dark; none scrolls sideways at 320 pixels, or cuts longer texts', async () => {
  const page = await stage.open('/buckets', { colorScheme: 'light', reducedMotion: 'reduce' });
  const found: string[] = [];
  for (const [address, text] of Object.entries(PAGES)) {
    await go(page, address, text);
    for (const one of await violations(page, ALL)) found.push(`${address} ${one}`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-theme=dark]').waitFor();
    for (const one of await violations(page, CONTRAST)) found.push(`${address}, dark: ${one}`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 320, height: 700 });
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (width !== 320) found.push(`${address} is ${width} pixels wide`);
    await page.evaluate(LONGER);
    for (const [wide, high] of [
      [390, 844],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width: wide, height: high });
      for (const one of (await page.evaluate(CUT)) as readonly string[])
        found.push(`${address}, longer, ${wide}: ${one}`);
    }
  }
  await page.context().close();
  assert.deepEqual(found, []);
});

test('signing in has none either', async () => {
  const page = await stage.openAsStranger();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await violations(page, ALL), []);
  await page.context().close();
});
