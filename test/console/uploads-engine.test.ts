/** Uploads against a real server: one request, parts, what is in the way, a failing line, stopping, and going on after a reload. */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure } from '../../console/src/api/client.ts';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import { S3Failure, S3Unreachable } from '../../console/src/s3/failure.ts';
import { type CrcOf, Unreadable } from '../../console/src/transfers/checksums.ts';
import type { Claims } from '../../console/src/transfers/claims.ts';
import { crc32c, crcText, createTables } from '../../console/src/transfers/crc32c.ts';
import { createUploads, OtherFile } from '../../console/src/transfers/engine.ts';
import { howOf } from '../../console/src/transfers/failures.ts';
import type { Journal, JournalEntry } from '../../console/src/transfers/journal.ts';
import { NotSent, type Send } from '../../console/src/transfers/send.ts';
import { isOver, isStuck, movedOf, type Row } from '../../console/src/transfers/state.ts';
import type { Uploads } from '../../console/src/transfers/uploads.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const MIB = 1024 * 1024;
const tables = createTables();

let server: TestServer;
let s3: S3;
let count = 0;

before(async () => {
  server = await startTestServer();
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  s3 = createS3({
    ...{ endpoint: server.origin, region: 'us-east-1', now: () => Date.now() },
    credentials: async () => ({ accessKeyId, secretAccessKey }),
    fetch: (input, init) => fetch(input, init),
  });
});
after(() => server.stop());

/** What XHR does in a browser. */
const byFetch: Send = async ({ url, headers, body, signal, onProgress }) => {
  const answer = await fetch(url, { method: 'PUT', headers, body, signal }).catch((failure: unknown) => {
    signal.throwIfAborted();
    throw new NotSent(String(failure));
  });
  onProgress(body.size);
  return { status: answer.status, text: await answer.text(), header: (name) => answer.headers.get(name) ?? undefined };
};

function memoryJournal(): Journal & { readonly entries: Map<string, JournalEntry> } {
  const entries = new Map<string, JournalEntry>();
  return {
    entries,
    all: async (account) => [...entries.values()].filter((entry) => entry.account === account),
    put: async (entry) => void entries.set(entry.uploadId, entry),
    remove: async (uploadId) => void entries.delete(uploadId),
  };
}

interface Stage {
  readonly uploads: Uploads;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly sent: string[];
}

/** Of one browser: what a page holds, others see. */
function claimsIn(held: Set<string>): Claims {
  return {
    claim: async (uploadId) => !held.has(uploadId) && held.add(uploadId).has(uploadId),
    release: (uploadId) => void held.delete(uploadId),
    taken: async () => new Set(held),
  };
}

interface Given {
  readonly client?: S3;
  readonly journal?: ReturnType<typeof memoryJournal>;
  readonly held?: Set<string>;
  readonly crcOf?: CrcOf;
}

function stage(
  send: Send = byFetch,
  { client = s3, journal = memoryJournal(), held = new Set(), crcOf }: Given = {},
): Stage {
  const sent: string[] = [];
  const uploads = createUploads({
    s3: client,
    journal,
    claims: claimsIn(held),
    send: async (asked) => {
      sent.push(new URL(asked.url).search.replace(/^.*partNumber=(\d+).*$/, 'part $1') || 'whole');
      return send(asked);
    },
    crcOf: crcOf ?? (async (blob) => crcText(crc32c(tables, new Uint8Array(await blob.arrayBuffer())))),
    // Time passes quickly here: waits are over at once.
    now: () => Date.now() * 1000,
    ...{ random: () => 0, newId: randomUUID, account: () => 'ana' },
  });
  return { uploads, journal, sent };
}

async function bucketNamed(): Promise<string> {
  count += 1;
  const bucket = `uploads-${count}`;
  await s3.createBucket({ bucket });
  return bucket;
}

const settled = (
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

const fileOf = (bytes: Buffer<ArrayBuffer>, name: string): File =>
  new File([bytes], name, { type: 'text/plain', lastModified: 5 });

async function assertStored(bucket: string, key: string, bytes: Buffer): Promise<void> {
  const found = await s3.getObject({ bucket, key });
  assert.equal(Buffer.compare(Buffer.from(found.bytes), bytes), 0);
}

test('small files go in one request each, large ones in parts, with their checksums, names and types', async () => {
  const bucket = await bucketNamed();
  const { uploads, journal, sent } = stage();
  const files = [0, 5, 17 * MIB].map((size) => ({ size, bytes: randomBytes(size) }));
  const heard: string[] = [];
  uploads.onDone((row) => heard.push(row.key));
  uploads.add(
    { bucket, prefix: 'a b/' },
    files.map(({ size, bytes }) => ({ path: `${size}/ü.txt`, file: fileOf(bytes, 'ü.txt') })),
  );
  const rows = await settled(uploads);
  assert.deepEqual(
    rows.map(({ phase }) => phase),
    ['done', 'done', 'done'],
    String(rows.map(({ failure }) => failure)),
  );
  for (const { size, bytes } of files) await assertStored(bucket, `a b/${size}/ü.txt`, bytes);
  const { contentType, etag } = await s3.headObject({ bucket, key: `a b/${17 * MIB}/ü.txt` });
  assert.equal(contentType, 'text/plain');
  assert.match(etag, /-3$/);
  assert.deepEqual(sent.toSorted(), ['part 1', 'part 2', 'part 3', 'whole', 'whole']);
  assert.equal(heard.length, 3);
  assert.equal(journal.entries.size, 0);
});

test('what is there already is not overwritten until somebody says so', async () => {
  const bucket = await bucketNamed();
  for (const size of [3, 17 * MIB]) {
    const [old, fresh] = [Buffer.from('old'), randomBytes(size)];
    const key = `f${size}`;
    await s3.putObject({ bucket, key, body: 'old' });
    const { uploads } = stage();
    uploads.add({ bucket, prefix: '' }, [{ path: key, file: fileOf(fresh, key) }]);
    const [row] = await settled(uploads);
    assert.equal(row?.phase, 'exists');
    await assertStored(bucket, key, old);
    uploads.decide(row.id, { key: `${key} (2)` });
    assert.equal((await settled(uploads))[0]?.phase, 'done');
    await assertStored(bucket, `${key} (2)`, fresh);
    await assertStored(bucket, key, old);
    uploads.add({ bucket, prefix: '' }, [{ path: key, file: fileOf(fresh, key) }], true);
    assert.equal((await settled(uploads)).at(-1)?.phase, 'done');
    await assertStored(bucket, key, fresh);
  }
});

test('a line that fails is tried again, part by part, and the file arrives whole', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(20 * MIB);
  let turn = 0;
  const { uploads } = stage((asked) => (++turn % 2 === 1 ? Promise.reject(new NotSent('lost')) : byFetch(asked)));
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [row] = await settled(uploads);
  assert.equal(row?.phase, 'done');
  await assertStored(bucket, 'f', bytes);
});

test('pausing stops what is under way; going on sends only what is missing; cancelling leaves nothing behind', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(40 * MIB);
  let uploads: Uploads | undefined;
  const made = stage(async (asked) => {
    const answer = await byFetch(asked);
    if (made.sent.length >= 2) for (const { id } of uploads?.state().rows.values() ?? []) uploads?.pause(id);
    return answer;
  });
  uploads = made.uploads;
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [paused] = await settled(uploads, (row) => row.paused);
  assert(paused !== undefined && paused.parts.length > 0 && movedOf(paused) < bytes.length);
  assert.equal((await s3.listMultipartUploads({ bucket })).uploads.length, 1);
  uploads.cancel(paused.id);
  assert.equal((await settled(uploads))[0]?.phase, 'cancelled');
  assert.deepEqual((await s3.listMultipartUploads({ bucket })).uploads, []);
  assert.equal(made.journal.entries.size, 0);
});

test('after a reload an upload goes on with the same file, and with no other; parts that differ are sent anew', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(40 * MIB);
  // Two parts arrive, then the page is closed: nothing answers any more.
  let arrived = 0;
  const first = stage((asked) => (++arrived <= 2 ? byFetch(asked) : new Promise(() => undefined)));
  first.uploads.add({ bucket, prefix: 'x/' }, [{ path: 'f.bin', file: fileOf(bytes, 'f.bin') }]);
  await new Promise<void>((resolve) => {
    first.uploads.subscribe(() => [...first.uploads.state().rows.values()][0]?.parts.length === 2 && resolve());
  });
  const { uploads, sent } = stage(byFetch, { journal: first.journal });
  await uploads.recall('somebody else');
  assert.equal(uploads.state().rows.size, 0);
  await uploads.recall('ana');
  const [row] = uploads.state().rows.values();
  assert(row !== undefined && row.phase === 'interrupted');
  await assert.rejects(uploads.revive(row.id, fileOf(bytes.subarray(1), 'f.bin')), OtherFile);
  await assert.rejects(uploads.revive(row.id, fileOf(bytes, 'g.bin')), OtherFile);
  // Of the same name and size, but another one from its first part on.
  const other = Buffer.from(bytes);
  other[0] = (other[0] ?? 0) ^ 1;
  await uploads.revive(row.id, fileOf(other, 'f.bin'));
  const [done] = await settled(uploads);
  assert.equal(done?.phase, 'done');
  assert(sent.includes('part 1') && sent.length === 4, String(sent));
  await assertStored(bucket, 'x/f.bin', other);
  assert.equal(first.journal.entries.size, 0);
});

for (const size of [3, 17 * MIB])
  test(`an upload of ${size} bytes whose answer was lost is done; another object under its name is in the way`, async () => {
    const bucket = await bucketNamed();
    const bytes = randomBytes(size);
    let turn = 0;
    const losing: Send = async (asked) => {
      const answer = await byFetch(asked);
      if (size === 3 && ++turn === 1) throw new NotSent('lost');
      return answer;
    };
    const client: S3 = {
      ...s3,
      completeMultipartUpload: async (asked, options) => {
        const made = await s3.completeMultipartUpload(asked, options);
        if (++turn === 1) throw new S3Unreachable('CompleteMultipartUpload', new Error('lost'));
        return made;
      },
    };
    const { uploads, journal } = stage(losing, { client });
    uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
    const [row] = await settled(uploads);
    assert.equal(row?.phase, 'done', String(row?.failure));
    assert(turn >= 2);
    await assertStored(bucket, 'f', bytes);
    assert.equal(journal.entries.size, 0);
    // The same again, but it is somebody else's object that arrived meanwhile.
    turn = 0;
    const taken = stage(async (asked) => {
      if (++turn > 1 || size > 3) return byFetch(asked);
      await s3.putObject({ bucket, key: 'g', body: 'abc' });
      throw new NotSent('lost');
    });
    if (size > 3) await s3.putObject({ bucket, key: 'g', body: 'abc' });
    taken.uploads.add({ bucket, prefix: '' }, [{ path: 'g', file: fileOf(bytes, 'g') }]);
    assert.equal((await settled(taken.uploads))[0]?.phase, 'exists');
    await assertStored(bucket, 'g', Buffer.from('abc'));
  });

test('what another page is at is not shown as interrupted, and cannot be taken from it', async () => {
  const bucket = await bucketNamed();
  const [held, bytes] = [new Set<string>(), randomBytes(20 * MIB)];
  const first = stage(() => new Promise(() => undefined), { held });
  first.uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  while (first.journal.entries.size === 0) await sleep(5);
  const second = stage(byFetch, { journal: first.journal, held });
  await second.uploads.recall('ana');
  assert.equal(second.uploads.state().rows.size, 0);
  // The first page ends, two others see it: one takes it up.
  held.clear();
  const third = stage(byFetch, { journal: first.journal, held });
  const ids: string[] = [];
  for (const { uploads } of [second, third]) {
    await uploads.recall('ana');
    ids.push(...uploads.state().rows.keys());
  }
  await second.uploads.revive(ids[0] ?? '', fileOf(bytes, 'f'));
  await third.uploads.revive(ids[1] ?? '', fileOf(bytes, 'f'));
  assert.equal(third.uploads.state().rows.size, 0);
  assert.equal((await settled(second.uploads))[0]?.phase, 'done');
  await assertStored(bucket, 'f', bytes);
});

test('keeping both of a large file leaves no unfinished upload behind', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(17 * MIB);
  await s3.putObject({ bucket, key: 'f', body: 'old' });
  const { uploads, journal } = stage();
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [row] = await settled(uploads);
  uploads.decide(row?.id ?? '', { key: 'f (2)' });
  const rows = await settled(uploads);
  assert.deepEqual(
    rows.map(({ key, phase }) => [key, phase]),
    [['f (2)', 'done']],
  );
  assert.deepEqual((await s3.listMultipartUploads({ bucket })).uploads, []);
  assert.equal(journal.entries.size, 0);
  await assertStored(bucket, 'f (2)', bytes);
});

test('a session that ends in the middle makes everything wait; a file that cannot be read fails, with its reason', async () => {
  const bucket = await bucketNamed();
  let ended = true;
  const client: S3 = {
    ...s3,
    signPut: async (asked, anew) => {
      if (ended) throw new ApiFailure(401, { code: 'NotSignedIn' });
      return s3.signPut(asked, anew);
    },
  };
  const { uploads } = stage(byFetch, { client });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const files = names.map((path) => ({ path, file: fileOf(Buffer.from(path), path) }));
  uploads.add({ bucket, prefix: '' }, files);
  const waiting = await settled(uploads, ({ phase }) => phase === 'queued');
  assert.equal(waiting.length, names.length);
  ended = false;
  uploads.session(false);
  assert((await settled(uploads)).every(({ phase }) => phase === 'done'));
  const broken = stage(byFetch, { crcOf: () => Promise.reject(new Unreadable('NotReadableError')) });
  broken.uploads.add({ bucket, prefix: '' }, [{ path: 'g', file: fileOf(Buffer.from('g'), 'g') }]);
  const [row] = await settled(broken.uploads);
  assert(row?.phase === 'failed' && row.failure instanceof Unreadable);
});

test('what passes by itself is told from what does not, whatever its status', () => {
  const said = (status: number, code: string) =>
    howOf(new S3Failure('', { status, code, operation: 'PutObject', requestId: undefined, retryAfter: undefined }));
  assert.equal(said(400, 'RequestTimeout'), 'passing');
  assert.equal(said(409, 'ConditionalRequestConflict'), 'passing');
  assert.equal(said(200, 'InternalError'), 'passing');
  assert.equal(said(503, 'SlowDown'), 'slow');
  assert.equal(said(412, 'PreconditionFailed'), 'exists');
  assert.equal(said(404, 'NoSuchUpload'), 'gone');
  assert.equal(said(403, 'AccessDenied'), 'final');
  assert.equal(howOf(new ApiFailure(401, {})), 'signed-out');
});
