/** One PUT of bytes with progress: XHR, since `fetch` tells nothing of what was sent. Sends no cookie and nothing of the session. */

export interface Sent {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

export interface ToSend {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** No answer came. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

export type Send = (asked: ToSend) => Promise<Sent>;

/** All at once: asked for one that is not there, Chromium complains that it were unsafe. */
const headersIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\r\n').flatMap((line): readonly [string, string][] => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]];
    }),
  );

/** Rejects with the signal's reason when it was stopped, with `NotSent` when nobody answered. */
export const sendByXhr: Send = ({ url, headers, body, signal, onProgress }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const end = (): void => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      end();
      const { status, responseText: text } = request;
      const headers = headersIn(request.getAllResponseHeaders());
      resolve({ status, text, header: (name) => headers.get(name) });
    };
    request.onabort = () => {
      end();
      reject(signal.reason);
    };
    request.onerror = () => {
      end();
      reject(new NotSent(url.split('?')[0]));
    };
    request.send(body);
  });
