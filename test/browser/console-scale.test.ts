/**
 * Large folders and slow lines. Counted and judged: rows in the DOM, lists that were asked for before the first rows. Times are told, never
 * judged. `CONSOLE_KEYS=100000` fills the folder; `CONSOLE_SLOW=1` goes through the Console over 2 Mbit/s and 150 ms.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { after, before, test } from 'node:test';
import type { CDPSession, Page } from 'playwright-core';
import { type ConsoleStage, dropFiles, openConsole } from '../support/console-stage.ts';
import { temporaryFolder } from '../support/processes.ts';

const KEYS = Number(env.CONSOLE_KEYS ?? 2500);
const IN_FLIGHT = 32;

let stage: ConsoleStage;
before(async () => {
  stage = await openConsole();
  await stage.s3.createBucket({ bucket: 'many' });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < KEYS; index = next++) {
      await stage.s3.putObject({ bucket: 'many', key: `photo ${String(index).padStart(6, '0')}.txt`, body: 'x' });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
});
after(() => stage?.[Symbol.asyncDispose]());

/** Milliseconds between frames while the list is scrolled to its end: the middle, the 95th of a hundred, the worst. */
const SCROLL = `new Promise((done) => {
  const row = document.querySelector('[data-index]');
  const scroller = Array.from(document.querySelectorAll('*')).find(
    (one) => one.contains(row) && one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY),
  );
  if (scroller === undefined) throw new Error('nothing scrolls');
  const frames = [];
  let last = performance.now();
  let most = 0;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    scroller.scrollTop += 400;
    most = Math.max(most, document.querySelectorAll('[role=row]').length);
    if (frames.length < 240) requestAnimationFrame(step);
    else {
      frames.sort((a, b) => a - b);
      done({ most, frames: [0.5, 0.95, 1].map((share) => Math.round(frames[Math.min(239, Math.floor(240 * share))])) });
    }
  };
  requestAnimationFrame(step);
})`;

test('a folder of any size has a bounded number of rows, and its first come after one page', async (t) => {
  const page = await stage.open('/account/profile');
  await page.getByRole('tab', { name: 'Profile' }).waitFor();
  const lists: string[] = [];
  page.on('request', (request) => request.url().includes('list-type=2') && lists.push(request.url()));
  const began = performance.now();
  await page.goto(`${stage.there}/buckets/many`);
  await page.getByText('photo 000000.txt').waitFor();
  const first = performance.now() - began;
  assert(lists.length <= 2 && lists.some((url) => url.includes('max-keys=200')), lists.join('\n'));
  const { most, frames } = (await page.evaluate(SCROLL)) as {
    readonly most: number;
    readonly frames: readonly number[];
  };
  assert(most <= 80, `${most} rows`);
  const session = await page.context().newCDPSession(page);
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  t.diagnostic(`${KEYS} keys: first rows after ${Math.round(first)} ms; ${most} rows in the DOM at most`);
  t.diagnostic(
    `frames while scrolling: median ${frames[0]}, p95 ${frames[1]}, worst ${frames[2]} ms; heap ${Math.round(usedSize / 1e6)} MB`,
  );
  await page.context().close();
});

const slow = env.CONSOLE_SLOW === undefined ? 'asked for with CONSOLE_SLOW=1' : false;

test('over 2 Mbit/s and 150 ms everything can be used', { skip: slow, timeout: 300_000 }, async (t) => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'small.txt'), 'small');
  const page = await stage.open('/account/profile');
  const session = await throttle(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const timed = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await act();
    t.diagnostic(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  };
  await timed('first rows, nothing cached', async () => {
    await page.goto(`${stage.there}/buckets/many`);
    await page.getByText('photo 000000.txt').waitFor({ timeout: 60_000 });
  });
  await session.send('Network.setCacheDisabled', { cacheDisabled: false });
  await page.reload();
  await page.getByText('photo 000000.txt').waitFor({ timeout: 60_000 });
  await timed('first rows again', async () => {
    await page.goto(`${stage.there}/buckets/many`);
    await page.getByText('photo 000000.txt').waitFor({ timeout: 60_000 });
  });
  await timed('first upload', async () => {
    await dropFiles(page, [join(folder.path, 'small.txt')]);
    await page.getByText('1 of 1 done').waitFor({ timeout: 60_000 });
  });
  await timed('question before deleting', async () => {
    await page.getByRole('row', { name: /photo 000001/ }).click();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog', { name: /^Delete / }).waitFor({ timeout: 60_000 });
  });
  await timed('deleted', async () => {
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('row', { name: /photo 000001/ }).waitFor({ state: 'detached', timeout: 60_000 });
  });
  await timed('dialog for a new bucket', async () => {
    await page.goto(`${stage.there}/buckets`);
    await page.getByRole('button', { name: 'New bucket' }).click({ timeout: 60_000 });
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('over-a-slow-line');
    await page.getByRole('dialog').getByText('name is free').waitFor({ timeout: 60_000 });
  });
  const object = '/buckets/many?object=photo+000000.txt&tab=';
  for (const [address, text] of [
    [`${object}details`, 'ETag'],
    [`${object}preview`, 'x'],
    [`${object}acl`, 'Everyone'],
    [`${object}metadata`, 'Content-Type'],
    ['/buckets/many?panel=acl', 'Everyone'],
    ['/buckets/many?panel=policy', 'Begin with'],
    ['/buckets/many?panel=versioning', 'Old versions'],
    ['/buckets/many?panel=cors', 'Pages of which other sites may ask'],
  ] as const) {
    await timed(address, async () => {
      await page.goto(`${stage.there}${address}`);
      const exact = text === 'x';
      await page.getByRole('dialog').getByText(text, { exact }).first().waitFor({ timeout: 60_000 });
    });
  }
  await timed('share: the drawer, and a link', async () => {
    await page.goto(`${stage.there}${object}share`);
    await page.getByRole('button', { name: 'Make a link' }).click({ timeout: 60_000 });
    await page.getByRole('img', { name: 'QR code' }).waitFor({ timeout: 60_000 });
  });
  for (const [address, text] of [
    ['/account/keys', 'New key'],
    ['/account/connect', 'host_base'],
    ['/operate', 'Requests'],
  ] as const) {
    await timed(address, async () => {
      await page.goto(`${stage.there}${address}`);
      await page.getByRole('main').getByText(text).first().waitFor({ timeout: 60_000 });
    });
  }
  await page.context().close();
});

async function throttle(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const bytes = (2_000_000 / 8) | 0;
  await session.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency: 150, downloadThroughput: bytes, uploadThroughput: bytes },
  });
  return session;
}
