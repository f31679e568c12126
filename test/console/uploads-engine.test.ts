/** Uploads against a real server: one request, parts, what is in the way, a failing line, stopping, and going on after a reload. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { OtherFile } from '../../console/src/transfers/resuming.ts';
import { movedOf } from '../../console/src/transfers/row.ts';
import { NotSent } from '../../console/src/transfers/send.ts';
import type { Uploads } from '../../console/src/transfers/uploads.ts';
import { byFetch, fileOf, MIB, openUploadStage, settled } from './upload-stage.ts';

const opened = await openUploadStage();
const { s3, stage, bucketNamed, assertStored } = opened;
after(() => opened[Symbol.asyncDispose]());

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
    if (made.sent.length >= 2) for (const { id } of uploads?.state().rows.values() ?? []) uploads?.pause([id]);
    return answer;
  });
  uploads = made.uploads;
  uploads.add({ bucket, prefix: '' }, [{ path: 'f', file: fileOf(bytes, 'f') }]);
  const [paused] = await settled(uploads, (row) => row.paused);
  assert(paused !== undefined && paused.parts.length > 0 && movedOf(paused) < bytes.length);
  assert.equal((await s3.listMultipartUploads({ bucket })).uploads.length, 1);
  uploads.cancel([paused.id]);
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
