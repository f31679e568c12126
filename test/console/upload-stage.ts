/** The engine of uploads over a real server, with what a browser would have put in its place: requests, journal, locks, time. */

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import type { Claims } from '../../console/src/transfers/claims.ts';
import { crc32c, crcText, createTables } from '../../console/src/transfers/crc32c.ts';
import { createUploads } from '../../console/src/transfers/engine.ts';
import type { Journal, JournalEntry } from '../../console/src/transfers/journal.ts';
import { isOver, isStuck, type Row } from '../../console/src/transfers/row.ts';
import { NotSent, type Send } from '../../console/src/transfers/send.ts';
import type { Uploads } from '../../console/src/transfers/uploads.ts';
import { startTestServer } from '../support/server.ts';

export const MIB = 1024 * 1024;
const tables = createTables();

/** What XHR does in a browser. */
export const byFetch: Send = async ({ url, headers, body, signal, onProgress }) => {
  const answer = await fetch(url, { method: 'PUT', headers, body, signal }).catch((failure: unknown) => {
    signal.throwIfAborted();
    throw new NotSent(String(failure));
  });
  onProgress(body.size);
  return { status: answer.status, text: await answer.text(), header: (name) => answer.headers.get(name) ?? undefined };
};

export function memoryJournal(): Journal & { readonly entries: Map<string, JournalEntry> } {
  const entries = new Map<string, JournalEntry>();
  return {
    entries,
    all: async (account) => [...entries.values()].filter((entry) => entry.account === account),
    put: async (entry) => void entries.set(entry.uploadId, entry),
    remove: async (uploadId) => void entries.delete(uploadId),
  };
}

/** Locks as pages of one browser share them. */
export function memoryLocks(): () => Claims {
  const holders = new Map<string, number>();
  let pages = 0;
  return () => {
    const page = ++pages;
    const others = () => [...holders].filter(([, holder]) => holder !== page).map(([id]) => id);
    return {
      claim: async (id) => !others().includes(id) && holders.set(id, page) !== undefined,
      release: (id) => void (holders.get(id) === page && holders.delete(id)),
      taken: async () => new Set(others()),
    };
  };
}

export interface Stage {
  readonly uploads: Uploads;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly sent: string[];
}

export interface Around {
  readonly s3?: Partial<S3>;
  readonly journal?: ReturnType<typeof memoryJournal>;
  readonly claims?: Claims;
}

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

function stage(s3: S3, send: Send, around: Around): Stage {
  const { journal = memoryJournal(), claims = memoryLocks()() } = around;
  const sent: string[] = [];
  let clock = Date.now();
  const uploads = createUploads({
    ...{ s3: { ...s3, ...around.s3 }, journal, claims },
    send: async (asked) => {
      sent.push(new URL(asked.url).search.replace(/^.*partNumber=(\d+).*$/, 'part $1') || 'whole');
      return send(asked);
    },
    crcOf: async (blob) => crcText(crc32c(tables, await bytesOf(blob))),
    md5Of: async (blob) =>
      createHash('md5')
        .update(await bytesOf(blob))
        .digest('hex'),
    // Waits are over at once here: time leaps to where somebody waits for.
    now: () => clock,
    later: (ms, act) => {
      const timer = setImmediate(() => {
        clock += ms;
        act();
      });
      return () => clearImmediate(timer);
    },
    ...{ random: () => 0, newId: randomUUID, account: () => 'ana' },
  });
  return { uploads, journal, sent };
}

export const settled = (
  uploads: Uploads,
  is: (row: Row) => boolean = (row) => isOver(row) || isStuck(row),
): Promise<readonly Row[]> =>
  new Promise((resolve) => {
    const look = (): void => {
      const { rows, running } = uploads.state();
      if (running.length > 0 || ![...rows.values()].every(is)) return;
      stop();
      resolve([...rows.values()]);
    };
    const stop = uploads.subscribe(look);
    queueMicrotask(look);
  });

export const fileOf = (bytes: Buffer<ArrayBuffer>, name: string): File =>
  new File([bytes], name, { type: 'text/plain', lastModified: 5 });

export interface UploadStage extends AsyncDisposable {
  readonly s3: S3;
  /** A page that uploads. */
  readonly stage: (send?: Send, around?: Around) => Stage;
  /** A fresh bucket's name. */
  readonly bucketNamed: () => Promise<string>;
  readonly assertStored: (bucket: string, key: string, bytes: Buffer) => Promise<void>;
}

export async function openUploadStage(): Promise<UploadStage> {
  const server = await startTestServer();
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const s3 = createS3({
    ...{ endpoint: server.origin, region: 'us-east-1', now: () => Date.now() },
    credentials: async () => ({ accessKeyId, secretAccessKey }),
    fetch: (input, init) => fetch(input, init),
  });
  let count = 0;
  return {
    s3,
    stage: (send = byFetch, around = {}) => stage(s3, send, around),
    bucketNamed: async () => {
      count += 1;
      const bucket = `uploads-${count}`;
      await s3.createBucket({ bucket });
      return bucket;
    },
    assertStored: async (bucket, key, bytes) => {
      const found = await s3.getObject({ bucket, key });
      assert.equal(Buffer.compare(Buffer.from(found.bytes), bytes), 0);
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
