/**
 * The content of an object, as it comes: a line that breaks is taken up where it broke, as long as the object is what it was. What comes
 * is whole, or the reading fails.
 */

import type { S3 } from '../s3/client.ts';
import { isPassing, S3Unreachable } from '../s3/failure.ts';
import { waitOf } from './jobs.ts';

export interface Source {
  readonly bucket: string;
  readonly key: string;
}

export interface Reading {
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly fetch: typeof fetch;
}

/** Somebody wrote it anew while the line was broken. */
export class ChangedWhileRead extends Error {
  override readonly name = 'ChangedWhileRead';
  readonly code = 'ChangedWhileRead';

  constructor() {
    super('');
  }
}

const RETRIES = 5;
/** A browser unpacks what is kept with a Content-Encoding, and its length would be another than the header says. */
const AS_STORED = Object.freeze({ 'response-content-encoding': 'identity' });

/** From byte `at` to the end. */
async function ask(s3: S3, { bucket, key }: Source, at: number, { fetch, signal }: Reading): Promise<Response> {
  const url = await s3.presign({ bucket, key, query: AS_STORED });
  const headers = at === 0 ? {} : { Range: `bytes=${at}-` };
  const response = await fetch(url, { credentials: 'omit', headers, signal }).catch((failure: unknown) => {
    throw signal.aborted ? failure : new S3Unreachable('GetObject', failure);
  });
  if (response.ok) return response;
  // HEAD has the client's own words; where it succeeds, the reading failed all the same: an error's text is no content.
  await s3.headObject({ bucket, key }, { signal });
  throw new S3Unreachable('GetObject', `HTTP ${response.status}`);
}

async function* pieces({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch((failure: unknown) => {
      throw new S3Unreachable('GetObject', failure);
    });
    if (piece?.value === undefined) return;
    yield piece.value;
  }
}

/** Calls `began` with the first answer, before anything of it. */
export async function* contentOf(
  s3: S3,
  source: Source,
  reading: Reading,
  began: (answer: Response) => void = () => {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { signal, sleep } = reading;
  let [at, turn, etag, size] = [0, 0, '', 0];
  for (;;) {
    try {
      const answer = await ask(s3, source, at, reading);
      const tag = answer.headers.get('etag') ?? '';
      if (etag === '') {
        [etag, size] = [tag, Number(answer.headers.get('content-length'))];
        began(answer);
      } else if (tag !== etag) throw new ChangedWhileRead();
      for await (const piece of pieces(answer)) {
        [at, turn] = [at + piece.length, 0];
        yield piece;
      }
      if (at === size) return;
      throw new S3Unreachable('GetObject', 'it ended early');
    } catch (failure) {
      if (signal.aborted || turn === RETRIES || !isPassing(failure)) throw failure;
      await sleep(waitOf(failure, turn++), signal);
    }
  }
}
