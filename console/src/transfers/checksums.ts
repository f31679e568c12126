/** Checksums of parts, from the worker: one after another, so that reading for them never takes the disk from what is being sent. */

import type { CrcAnswer, CrcAsked } from './crc-worker.ts';

export type CrcOf = (blob: Blob) => Promise<string>;

interface Waiting {
  readonly resolve: (crc: string) => void;
  readonly reject: (failure: Error) => void;
}

/** The file changed or vanished, or its permission did. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly code = 'Unreadable';
}

/** Started with the first blob. */
export function createChecksums(start: () => Worker): CrcOf {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let ids = 0;
  const begin = (): Worker => {
    const made = start();
    made.addEventListener('message', ({ data }: MessageEvent<CrcAnswer>) => {
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if ('crc' in data) asked?.resolve(data.crc);
      else asked?.reject(new Unreadable(data.failure));
    });
    made.addEventListener('error', () => {
      for (const { reject } of waiting.values()) reject(new Unreadable('the worker died'));
      waiting.clear();
      worker = undefined;
    });
    return made;
  };
  return (blob) =>
    new Promise((resolve, reject) => {
      worker ??= begin();
      const id = ++ids;
      waiting.set(id, { resolve, reject });
      const asked: CrcAsked = { id, blob };
      worker.postMessage(asked);
    });
}
