/** Checksums of files and parts, from the worker: one after another, so that reading for them never takes the disk from what is being sent. */

import type { Asked, Checked, Sum } from './checksum-worker.ts';

/** In base64, as S3 writes it. */
export type CrcOf = (blob: Blob) => Promise<string>;
/** In hex, as ETags are. */
export type Md5Of = (blob: Blob) => Promise<string>;

export interface Checksums {
  readonly crcOf: CrcOf;
  readonly md5Of: Md5Of;
}

interface Waiting {
  readonly resolve: (sum: string) => void;
  readonly reject: (failure: Error) => void;
}

/** The file changed or vanished, or its permission did. The message is the browser's, if it has one. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly code = 'Unreadable';
}

/** The worker could not be loaded, or died: that says nothing about the file, and the next one may fare better. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** What browsers throw about a file says nothing to anybody: it is one that cannot be read. */
export const failureToShow = (failure: unknown): unknown =>
  failure instanceof DOMException ? new Unreadable(failure.message) : failure;

/** Started with the first blob. */
export function createChecksums(start: () => Worker): Checksums {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let ids = 0;
  const begin = (): Worker => {
    const made = start();
    made.addEventListener('message', ({ data }: MessageEvent<Checked>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if ('sum' in data) asked?.resolve(data.sum);
      else asked?.reject(new Unreadable(data.failure));
    });
    made.addEventListener('error', ({ message = '' }) => {
      for (const { reject } of waiting.values()) reject(new NoWorker(message));
      waiting.clear();
      worker = undefined;
    });
    return made;
  };
  const ask = (sum: Sum, blob: Blob): Promise<string> =>
    new Promise((resolve, reject) => {
      worker ??= begin();
      const id = ++ids;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, sum, blob } satisfies Asked);
    });
  return Object.freeze({ crcOf: (blob: Blob) => ask('crc32c', blob), md5Of: (blob: Blob) => ask('md5', blob) });
}
