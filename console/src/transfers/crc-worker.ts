/** The worker that computes checksums of parts, so that the page stays quick. Reads a slice of a file as a stream: no part is in memory as a whole. */

import { crc32c, crcText, createTables } from './crc32c.ts';

export interface CrcAsked {
  readonly id: number;
  readonly blob: Blob;
}

/** Of a file that could not be read, the reason. */
export type CrcAnswer =
  | { readonly id: number; readonly crc: string }
  | { readonly id: number; readonly failure: string };

const tables = createTables();

async function crcOf(blob: Blob): Promise<string> {
  let crc = 0;
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return crcText(crc);
    crc = crc32c(tables, value, crc);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<CrcAsked>) => {
  const answer = (given: CrcAnswer): void => self.postMessage(given);
  crcOf(data.blob).then(
    (crc) => answer({ id: data.id, crc }),
    (failure: unknown) =>
      answer({ id: data.id, failure: failure instanceof Error ? failure.message : String(failure) }),
  );
});
