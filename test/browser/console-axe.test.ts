/**
 * Every page and drawer of the Console, light and dark: no violation of WCAG 2.2 AA that axe-core can see. At the widths of phones no
 * page scrolls sideways, and with texts longer by two fifths nothing is cut, on a phone or at a desk.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CUT, fillForPages, PAGES } from '../support/console-pages.ts';
import { type ConsoleStage, openConsole } from '../support/console-stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
/** What colours change. */
const CONTRAST = { type: 'rule', values: ['color-contrast'] };

let stage: ConsoleStage;
before(async () => {
  stage = await openConsole();
  await fillForPages(stage.s3);
});
after(() => stage?.[Symbol.asyncDispose]());

async function go(page: Page, address: string, text: string): Promise<void> {
  await page.goto(`${stage.there}${address}`);
  await page.getByText(text).first().waitFor({ timeout: 40_000 });
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

test('where a system’s own colours replace ours, what is chosen is still told', async () => {
  const page = await stage.open('/buckets/atlas?object=notes.txt&tab=metadata', { forcedColors: 'active' });
  const outlineOf = (name: string) =>
    page.getByRole('tab', { name }).evaluate((tab) => getComputedStyle(tab).outlineStyle);
  await page.getByRole('tab', { name: 'Metadata', selected: true }).waitFor();
  assert.equal(await outlineOf('Metadata'), 'solid');
  assert.equal(await outlineOf('Details'), 'none');
  await page.goto(`${stage.there}/buckets/atlas`);
  const list = page.getByRole('button', { name: 'List', pressed: true });
  assert.equal(await list.evaluate((button) => getComputedStyle(button).outlineStyle), 'solid');
  await page.context().close();
});
