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
      resolve({ status, text, header: (name) => request.getResponseHeader(name) ?? undefined });
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
