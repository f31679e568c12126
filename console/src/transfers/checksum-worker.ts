/** The worker that computes checksums, so that the page stays quick. Reads a slice of a file as a stream: no part is in memory as a whole. */

import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { crc32c, crcText, createTables } from './crc32c.ts';

/** CRC-32C is sent with each part. MD5 is what ETags are: it finds files that are in the store already. */
export type Sum = 'crc32c' | 'md5';

export interface Asked {
  readonly id: number;
  readonly sum: Sum;
  readonly blob: Blob;
}

/** Of a file that could not be read, the reason. */
export type Checked = { readonly id: number; readonly sum: string } | { readonly id: number; readonly failure: string };

const tables = createTables();

async function read(blob: Blob, take: (bytes: Uint8Array) => void): Promise<void> {
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(value);
  }
}

async function crcOf(blob: Blob): Promise<string> {
  let crc = 0;
  await read(blob, (bytes) => {
    crc = crc32c(tables, bytes, crc);
  });
  return crcText(crc);
}

async function md5Of(blob: Blob): Promise<string> {
  const hash = md5.create();
  await read(blob, (bytes) => hash.update(bytes));
  return bytesToHex(hash.digest());
}

self.addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  const answer = (given: Checked): void => self.postMessage(given);
  (data.sum === 'md5' ? md5Of(data.blob) : crcOf(data.blob)).then(
    (sum) => answer({ id: data.id, sum }),
    (failure: unknown) =>
      answer({ id: data.id, failure: failure instanceof Error ? failure.message : String(failure) }),
  );
});
