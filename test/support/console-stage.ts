/**
 * The Console in a real Chromium over a real server, started from the command line as anybody would. Pages remember what went wrong in
 * them: errors, requests that nobody answered, and reports of the content policy. Closing fails when there was any that the test did not expect.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { startBrowser } from './browser.ts';
import { clusterConfiguration } from './client-server.ts';
import { initCluster } from './cluster-server.ts';
import { freePort, type ServerOptions, type ServerProcess, startServer, temporaryFolder } from './processes.ts';

export interface ConsoleStage extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` of the Console, or where else it is opened. */
  readonly there: string;
  /** Of the first key's account, from outside. */
  readonly s3: S3;
  readonly browser: Browser;
  server(): ServerProcess;
  /** Stops the server hard and starts it again over the same store, on the same ports. */
  restart(): Promise<void>;
  /** A page of a browser of its own, signed in, at that address. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
  /** A page of a browser of its own, watched like the others, at the first address: nobody is signed in. */
  openAsStranger(options?: BrowserContextOptions): Promise<Page>;
  /** Lets errors of this kind pass. */
  expect(pattern: RegExp): void;
  /** What went wrong in pages so far and was not expected. */
  problems(): readonly string[];
}

/** Chromium writes each answer with a status of failure to its console: the page has words for those itself. */
const ANSWERS = /Failed to load resource: the server responded/;

/** Requests that the page itself gave up, as it does when somebody goes elsewhere. */
const LEFT = /ERR_ABORTED/;

/** Runs in each page before its own scripts. */
const REPORTS = `document.addEventListener('securitypolicyviolation', (event) =>
  window.reported('policy: ' + event.violatedDirective + ' ' + event.blockedURI));`;

export interface StageOptions {
  /** Beside what every stage sets. */
  readonly server?: ServerOptions;
  /** Where the browser finds the Console, when that is not its port of 127.0.0.1. */
  readonly there?: string;
  /** More flags for Chromium. */
  readonly flags?: readonly string[];
}

export async function openConsole(options: StageOptions = {}): Promise<ConsoleStage> {
  const [port, consolePort] = [await freePort(), options.server?.consolePort ?? (await freePort())];
  const folder = await temporaryFolder();
  const store = await storeIn(folder.path);
  const start = () => startServer({ ...store, port, workers: 1, ...options.server, consolePort });
  let server = await start();
  const browser = await startBrowser(options.flags);
  const there = options.there ?? `http://127.0.0.1:${consolePort}`;
  const expected: RegExp[] = [ANSWERS];
  const problems: string[] = [];
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = server;
  const note = (text: string): void => {
    if (!expected.some((pattern) => pattern.test(text))) problems.push(text);
  };
  const watch = async (page: Page): Promise<void> => {
    page.on('pageerror', (error) => note(`error: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`));
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      if (!LEFT.test(why)) note(`request: ${why} ${request.method()} ${request.url()}`);
    });
    await page.exposeFunction('reported', note);
    await page.addInitScript({ content: REPORTS });
  };
  return {
    ...{ there, browser },
    s3: createS3({
      ...{ endpoint: server.origin, region: 'us-east-1', now: () => Date.now() },
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      fetch: (input, init) => fetch(input, init),
    }),
    server: () => server,
    async restart() {
      await server.kill();
      server = await start();
    },
    async open(address: string, options: BrowserContextOptions = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const data = { accessKeyId, secretAccessKey };
      const answer = await context.request.post(`${there}/api/v1/sessions`, { data, headers: { origin: there } });
      assert.equal(answer.status(), 201, await answer.text());
      const page = await context.newPage();
      await watch(page);
      await page.goto(`${there}${address}`);
      return page;
    },
    async openAsStranger(options: BrowserContextOptions = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      await watch(page);
      await page.goto(there);
      return page;
    },
    expect: (pattern: RegExp) => void expected.push(pattern),
    problems: () => problems,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      assert.deepEqual(problems, [], 'pages had problems');
    },
  };
}

/** A directory, or, where the run asks for it with `MORAINE_TEST_ENGINE`, a store over the ring of this run. */
async function storeIn(folder: string): Promise<Pick<ServerOptions, 'data' | 'config'>> {
  if (env.MORAINE_TEST_ENGINE !== 'cassandra') return { data: folder };
  const place = sharedRing();
  if (place === undefined) throw new Error('this run has no ring: `npm test` starts one');
  const config = join(folder, 'moraine.toml');
  await writeFile(config, clusterConfiguration(place));
  await initCluster(config);
  return { config };
}

/** Drags files and folders of this machine onto the middle of the page's main part and drops them, as a file manager would. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const box = await page.getByRole('main').boundingBox();
  assert(box !== null);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data });
  }
  await session.detach();
}
