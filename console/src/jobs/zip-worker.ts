/**
 * The service worker through which a zip becomes a download. The page makes the zip; this holds nothing of it, and asks the page for the
 * next piece when the browser wants one. Its scope is the folder of the built files, so it sees no page and no request of the Console's.
 */

/** With a port: the download at this address is answered from there. Anything without a port only keeps the worker awake. */
export interface Announced {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** To the page: there is room for a piece; or nobody wants any more. */
export type Wish = 'ready' | 'more' | 'cancelled';
/** From the page: a piece, the end, or that there will be none. */
export type Piece = Uint8Array | 'end' | 'failed';

interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Response): void;
}

/** What is used of a ServiceWorkerGlobalScope. */
interface Scope {
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<Announced>) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

declare const self: Scope;

/** Read ahead, so that the browser need not wait for each piece. */
const AHEAD_BYTES = 2 ** 20;

function piecesFrom(port: MessagePort): ReadableStream<Uint8Array> {
  const wish = (what: Wish): void => port.postMessage(what);
  let given: (() => void) | undefined;
  return new ReadableStream(
    {
      start: (stream) => {
        port.onmessage = ({ data }: MessageEvent<Piece>) => {
          if (data === 'end') stream.close();
          else if (data === 'failed') stream.error(new Error('the page has given up'));
          else stream.enqueue(data);
          given?.();
        };
      },
      pull: () =>
        new Promise((resolve) => {
          given = resolve;
          wish('more');
        }),
      cancel: () => {
        port.onmessage = null;
        wish('cancelled');
      },
    },
    { highWaterMark: AHEAD_BYTES, size: (piece) => piece?.length ?? 0 },
  );
}

function serve(scope: Scope): void {
  const announced = new Map<string, () => Response>();
  scope.addEventListener('install', () => void scope.skipWaiting());
  scope.addEventListener('message', ({ data: { address, headers }, ports: [port] }) => {
    if (port === undefined) return;
    announced.set(address, () => new Response(piecesFrom(port), { headers }));
    const ready: Wish = 'ready';
    port.postMessage(ready);
  });
  scope.addEventListener('fetch', (event) => {
    const { url } = event.request;
    const answer = announced.get(url);
    if (answer === undefined) return;
    announced.delete(url);
    event.respondWith(answer());
  });
}

serve(self);
