/**
 * How a zip that this page makes reaches the disk without ever being in memory: a service worker answers a download with it, piece by
 * piece. Only secure pages have service workers, and some browsers' private windows have none.
 */

import type { Trust } from '../trust.ts';
import { sleep } from './sleep.ts';
import type { Announced, Piece, Wish } from './zip-worker.ts';
import workerAddress from './zip-worker.ts?worker&url';

export interface Pipe {
  /** Resolves when the browser has it all, or wants no more of it. */
  through(zip: ReadableStream<Uint8Array>): Promise<void>;
}

/** A browser puts a worker to sleep that nobody talks to for half a minute. */
const AWAKE_MS = 10_000;
/** Nobody waits longer for a browser that begins no download. */
const BEGIN_MS = 10_000;

/** Of `name` the characters that a header can carry; RFC 8187. */
const attachment = (name: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;

async function workerOf(trust: Trust): Promise<{ readonly worker: ServiceWorker; readonly scope: string } | undefined> {
  // Absent where the page is not secure.
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  const registration = await workers?.register(trust.worker(workerAddress)).catch(() => undefined);
  const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
  if (registration === undefined || !worker) return undefined;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve();
    };
    worker.addEventListener('statechange', look);
    look();
  });
  return worker.state === 'activated' ? { worker, scope: registration.scope } : undefined;
}

/** What the worker says, one after the other; none is missed. */
function wishesAt(port: MessagePort): () => Promise<Wish> {
  const said: Wish[] = [];
  let heard: (() => void) | undefined;
  port.onmessage = ({ data }: MessageEvent<Wish>) => {
    said.push(data);
    heard?.();
  };
  return async () => {
    for (;;) {
      const wish = said.shift();
      if (wish !== undefined) return wish;
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
}

/** Begins the download. Its length is not told: what cannot be read will be left out. Undefined: this browser cannot. */
export async function openPipe(trust: Trust, name: string): Promise<Pipe | undefined> {
  const found = await workerOf(trust);
  if (found === undefined) return undefined;
  const { worker, scope } = found;
  const { port1: port, port2: far } = new MessageChannel();
  const announced: Announced = {
    address: `${scope}zip/${crypto.randomUUID()}`,
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': attachment(name),
      'X-Content-Type-Options': 'nosniff',
    },
  };
  const next = wishesAt(port);
  const late = (): Promise<undefined> => sleep(BEGIN_MS, new AbortController().signal).then(() => undefined);
  const soon = (): Promise<Wish | undefined> => Promise.race([next(), late()]);
  worker.postMessage(announced, [far]);
  if ((await soon()) !== 'ready') return undefined;
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = announced.address;
  document.body.append(frame);
  const awake = setInterval(() => worker.postMessage({}), AWAKE_MS);
  const end = (): void => {
    clearInterval(awake);
    frame.remove();
    port.close();
  };
  if ((await soon()) !== 'more') {
    end();
    return undefined;
  }
  return { through: (zip) => pump(zip, port, next).finally(end) };
}

/** The first piece is wished for already. Pieces are copied: whoever makes the zip uses some of them again. */
async function pump(zip: ReadableStream<Uint8Array>, port: MessagePort, next: () => Promise<Wish>): Promise<void> {
  const reader = zip.getReader();
  const give = (piece: Piece): void => port.postMessage(piece);
  for (let wish: Wish = 'more'; wish === 'more'; wish = await next()) {
    const { value } = await reader.read().catch((failure: unknown) => {
      give('failed');
      throw failure;
    });
    if (value === undefined) return give('end');
    give(value);
  }
  await reader.cancel();
}
