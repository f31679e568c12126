/**
 * Debian's Chromium, and pages in it that have an origin of their own and do nothing but what a test tells them.
 *
 * Names below `localhost` are loopback in every browser (RFC 6761), so that pages of several hosts need no name server.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onPath } from '../../scripts/testing/machine.ts';
import type { Headers } from './raw-client.ts';

/** Tests may run as root, in containers with little shared memory and without a graphics card. */
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];

export function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = onPath('chromium');
  if (executablePath === undefined) throw new Error('No chromium here. `npm test` installs it; run that once.');
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] });
}

export interface PageHost {
  /** Of pages whose host is `NAME.localhost`. */
  originOf(name: string): string;
  close(): Promise<void>;
}

/** Serves one empty page under every name. */
export async function startPageHost(): Promise<PageHost> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>a page of another origin</title>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    originOf: (name) => `http://${name}.localhost:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export async function openPage(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  return page;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array;
  readonly credentials?: 'include' | 'omit';
}

/** What the page's script could see; `refused` when the browser kept the answer from it. */
export type Seen =
  | { readonly refused: true }
  | { readonly refused: false; readonly status: number; readonly headers: Headers; readonly body: Buffer };

/** `fetch` in the page. */
export async function fetchIn(page: Page, url: string, { body, ...asked }: Asked = {}): Promise<Seen> {
  const sent = { url, asked, body: body === undefined ? undefined : Buffer.from(body).toString('base64') };
  const seen = await page.evaluate(fetchAsTold, sent);
  if (seen === undefined) return { refused: true };
  const { status, headers, bytes } = seen;
  return { refused: false, status, headers, body: Buffer.from(bytes, 'latin1') };
}

/** Runs in the page: it may use nothing of this file. Bytes travel as text of one character each. */
async function fetchAsTold(told: { url: string; asked: Omit<Asked, 'body'>; body: string | undefined }) {
  const { url, asked, body } = told;
  const bytes = body === undefined ? {} : { body: Uint8Array.from(atob(body), (each) => each.charCodeAt(0)) };
  let answer: Response;
  try {
    answer = await fetch(url, { ...asked, ...bytes });
  } catch {
    return undefined;
  }
  let text = '';
  for (const byte of new Uint8Array(await answer.arrayBuffer())) text += String.fromCharCode(byte);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), bytes: text };
}
