/** Uploads that meet what goes wrong: lost answers, other pages, sessions that end, files that cannot be read, a store that is busy. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { ApiFailure } from '../../console/src/api/client.ts';
import { toldOf } from '../../console/src/failures.ts';
import { S3Failure } from '../../console/src/s3/failure.ts';
import { ENGLISH } from '../../console/src/text/index.ts';
import { NoWorker, Unreadable } from '../../console/src/transfers/checksums.ts';
import { createClaims } from '../../console/src/transfers/claims.ts';
import { howOf, waitOf } from '../../console/src/transfers/failures.ts';
import { heldBy } from '../../console/src/transfers/next.ts';
import { Elsewhere } from '../../console/src/transfers/resuming.ts';
import { isOver } from '../../console/src/transfers/row.ts';
import { NotSent } from '../../console/src/transfers/send.ts';
import {
  type Around,
  byFetch,
  fileOf,
  MIB,
  memoryJournal,
  memoryLocks,
  openUploadStage,
  type Stage,
  settled,
} from './upload-stage.ts';

const opened = await openUploadStage();
const { s3, stage, bucketNamed, assertStored } = opened;
after(() => opened[Symbol.asyncDispose]());

/** An upload of 40 MiB of which two parts arrived; the others never do. */
async function halfSent(bucket: string, around: Around, bytes = randomBytes(40 * MIB)): Promise<Stage> {
  let arrived = 0;
  const made = stage((asked) => (++arrived <= 2 ? byFetch(asked) : new Promise(() => undefined)), around);
  made.uploads.add({ bucket, prefix: '' }, [{ path: 'f.bin', file: fileOf(bytes, 'f.bin') }]);
  await new Promise<void>((resolve) => {
    made.uploads.subscribe(() => [...made.uploads.state().rows.values()][0]?.parts.length === 2 && resolve());
  });
  return made;
}

test('what another page is sending is not listed as interrupted, and what it has taken up is not aborted', async () => {
  const bucket = await bucketNamed();
  const holdsOf = memoryLocks();
  const bytes = randomBytes(40 * MIB);
  const journal = memoryJournal();
  const closing = holdsOf();
  await halfSent(bucket, { journal, claims: closing }, bytes);
  const second = stage(byFetch, { journal, claims: holdsOf() });
  await second.uploads.recall('ana');
  assert.equal(second.uploads.state().rows.size, 0);
  // The first page is closed: two others see it interrupted. Only one of them gets it.
  for (const uploadId of journal.entries.keys()) closing.release(uploadId);
  const [third, fourth] = [
    stage(byFetch, { journal, claims: holdsOf() }),
    stage(byFetch, { journal, claims: holdsOf() }),
  ];
  for (const { uploads } of [third, fourth]) await uploads.recall('ana');
  const [[mine], [theirs]] = [[...third.uploads.state().rows.values()], [...fourth.uploads.state().rows.values()]];
  assert(mine !== undefined && theirs !== undefined);
  await third.uploads.revive(mine.id, fileOf(bytes, 'f.bin'));
  await assert.rejects(fourth.uploads.revive(theirs.id, fileOf(bytes, 'f.bin')), Elsewhere);
  fourth.uploads.cancel([theirs.id]);
  assert.equal((await settled(third.uploads))[0]?.phase, 'done');
  assert.equal(fourth.uploads.state().rows.size, 0);
  await assertStored(bucket, 'f.bin', bytes);
});

test('without locks, pages ask each other who sends what', async () => {
  const [one, other] = [new BroadcastChannel('uploads-test'), new BroadcastChannel('uploads-test')];
  const [first, second] = [createClaims(undefined, one), createClaims(undefined, other)];
  assert.equal(await first.claim('u', true), true);
  assert.deepEqual(await second.taken(), new Set(['u']));
  assert.equal(await second.claim('u'), false);
  first.release('u');
  assert.equal(await second.claim('u'), true);
  one.close();
  other.close();
});

test('an object whose answer was lost is known again as ours; somebody else’s stays in the way', async () => {
  const bucket = await bucketNamed();
  for (const size of [5, 17 * MIB]) {
    for (const ours of [true, false]) {
      const [key, bytes] = [`${size} ${ours}`, randomBytes(size)];
      let lost = false;
      /** The first time, the store has it but nobody hears so, or somebody else is quicker. */
      const losing = async <Given>(act: () => Promise<Given>): Promise<Given> => {
        if (lost) return act();
        lost = true;
        if (ours) await act();
        else await s3.putObject({ bucket, key, body: 'other' });
        throw new NotSent('lost');
      };
      const { uploads, journal } = stage(
        (asked) => (asked.url.includes('partNumber') ? byFetch(asked) : losing(() => byFetch(asked))),
        { s3: { completeMultipartUpload: (asked) => losing(() => s3.completeMultipartUpload(asked)) } },
      );
      uploads.add({ bucket, prefix: '' }, [{ path: key, file: fileOf(bytes, key) }]);
      const [row] = await settled(uploads);
      assert.equal(row?.phase, ours ? 'done' : 'exists', key);
      if (ours) await assertStored(bucket, key, bytes);
      assert.equal(journal.entries.size, ours || size === 5 ? 0 : 1);
    }
  }
});

test('keeping both leaves no unfinished upload, and none in the journal', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(17 * MIB);
  await s3.putObject({ bucket, key: 'f', body: 'old' });
  const { uploads, journal } = stage();
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [row] = await settled(uploads);
  assert.equal(row?.phase, 'exists');
  uploads.decide(row.id, { key: 'f (2)' });
  assert.equal((await settled(uploads, (one) => one.phase !== 'exists' && isOver(one)))[0]?.phase, 'done');
  await assertStored(bucket, 'f (2)', bytes);
  assert.deepEqual((await s3.listMultipartUploads({ bucket })).uploads, []);
  assert.equal(journal.entries.size, 0);
});

test('what S3 says of a request that may succeed a moment later is tried again, an error after a 200 too', async () => {
  const bucket = await bucketNamed();
  const bytes = randomBytes(17 * MIB);
  const codes = [
    [400, 'RequestTimeout'],
    [409, 'ConditionalRequestConflict'],
    [200, 'InternalError'],
  ] as const;
  const told = ([status, code]: (typeof codes)[number]) =>
    new S3Failure('later', { ...{ status, code, operation: 'x' }, requestId: undefined, retryAfter: undefined });
  const left = [...codes];
  const { uploads } = stage(
    async (asked) => {
      const next = codes[sends++];
      if (next === undefined || next[0] === 200) return byFetch(asked);
      const text = `<Error><Code>${next[1]}</Code></Error>`;
      return { status: next[0], text, header: () => undefined };
    },
    {
      s3: {
        completeMultipartUpload: async (asked) => {
          const next = left.pop();
          if (next !== undefined) throw told(next);
          return s3.completeMultipartUpload(asked);
        },
      },
    },
  );
  let sends = 0;
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [row] = await settled(uploads);
  assert.equal(row?.phase, 'done', String(row?.failure));
  await assertStored(bucket, 'f', bytes);
});

test('a file that cannot be read says so; a session that is over is waited for, and somebody else’s is not', async () => {
  const bucket = await bucketNamed();
  const { uploads } = stage();
  const gone = new DOMException('A requested file could not be found.', 'NotFoundError');
  uploads.add({ bucket, prefix: '' }, [{ path: 'gone', file: fileOf(randomBytes(1), 'gone'), failure: gone }]);
  const [unread] = await settled(uploads);
  assert.equal(unread?.phase, 'failed');
  const told = toldOf(unread.failure, ENGLISH.text);
  assert.match(told.title, /could not be read/);
  assert.match(told.next ?? '', /again/);

  let over = true;
  const ended = new ApiFailure(401, { code: 'NotSignedIn' });
  const second = stage(byFetch, {
    s3: { signPut: async (asked, anew) => (over ? Promise.reject(ended) : s3.signPut(asked, anew)) },
  });
  const files = [1, 2, 3, 4, 5, 6].map((index) => ({ path: `${index}`, file: fileOf(randomBytes(3), `${index}`) }));
  second.uploads.add({ bucket, prefix: '' }, files);
  const rows = await settled(second.uploads, ({ phase }) => phase === 'queued');
  assert.deepEqual(new Set(rows.map((row) => heldBy(second.uploads.state(), row))), new Set(['signed-out']));
  over = false;
  second.uploads.session(false);
  assert((await settled(second.uploads)).every(({ phase }) => phase === 'done'));
  second.uploads.leave();
  assert.equal(second.uploads.state().rows.size, 0);
});

test('what passes by itself is told from what does not, whatever its status', () => {
  const said = (status: number, code: string) =>
    howOf(new S3Failure('', { status, code, operation: 'PutObject', requestId: undefined, retryAfter: undefined }));
  assert.equal(said(400, 'RequestTimeout'), 'passing');
  assert.equal(said(409, 'ConditionalRequestConflict'), 'passing');
  assert.equal(said(200, 'InternalError'), 'passing');
  assert.equal(said(503, 'ServiceUnavailable'), 'passing');
  assert.equal(said(503, 'SlowDown'), 'slow');
  assert.equal(said(429, 'TooManyRequests'), 'slow');
  assert.equal(said(412, 'PreconditionFailed'), 'exists');
  assert.equal(said(404, 'NoSuchUpload'), 'gone');
  assert.equal(said(403, 'AccessDenied'), 'final');
  assert.equal(howOf(new ApiFailure(401, {})), 'signed-out');
  assert.equal(howOf(new Unreadable('')), 'final');
  assert.equal(howOf(new NoWorker('')), 'passing');
  assert.deepEqual(
    [0, 1, 4, 9].map((waits) => waitOf(undefined, waits, () => 0) / 1000),
    [1, 2, 16, 16],
  );
});
