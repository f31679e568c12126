/** Copies, moves and deletions against a real server, while others write and answers are lost: nothing that anybody wrote is lost. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createJobs } from '../../console/src/jobs/jobs.ts';
import { ChangedMeanwhile, Mover } from '../../console/src/jobs/moving.ts';
import { batchesOf, type Gone } from '../../console/src/jobs/removing.ts';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import { S3Failure, S3Unreachable } from '../../console/src/s3/failure.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What happens around a request: `method`, and whether it deletes many. Runs once. */
interface Incident {
  readonly of: 'HEAD' | 'PUT' | 'DELETE';
  readonly before?: () => Promise<unknown>;
  /** The server does it, and its answer never arrives. */
  readonly lost?: boolean;
  readonly after?: () => Promise<unknown>;
}

const { signal } = new AbortController();
let server: TestServer;
let count = 0;

before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const kindOf = (input: string, method = 'GET'): string => (input.includes('delete') ? 'DELETE' : method);

function client(...incidents: Incident[]): S3 {
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  return createS3({
    ...{ endpoint: server.origin, region: 'us-east-1', now: () => Date.now() },
    credentials: async () => ({ accessKeyId, secretAccessKey }),
    fetch: async (input, init) => {
      const at = incidents.findIndex(({ of }) => of === kindOf(String(input), init?.method));
      const [incident] = at < 0 ? [] : incidents.splice(at, 1);
      await incident?.before?.();
      const answer = await fetch(input, init);
      await incident?.after?.();
      if (incident?.lost !== true) return answer;
      await answer.arrayBuffer();
      throw new TypeError('fetch failed');
    },
  });
}

async function bucketWith(...keys: string[]): Promise<{ readonly bucket: string; readonly s3: S3 }> {
  count += 1;
  const bucket = `moves-${count}`;
  const s3 = client();
  await s3.createBucket({ bucket });
  for (const key of keys) await s3.putObject({ bucket, key, body: `the first ${key}` });
  return { bucket, s3 };
}

const keysIn = async (s3: S3, bucket: string): Promise<readonly string[]> =>
  (await s3.listObjectsV2({ bucket })).objects.map(({ key }) => key);
const textIn = async (s3: S3, bucket: string, key: string): Promise<string> =>
  new TextDecoder().decode((await s3.getObject({ bucket, key })).bytes);
const moverOf = (bucket: string, kind: 'copy' | 'move', ...incidents: Incident[]): Mover =>
  new Mover(client(...incidents), { kind, from: bucket, to: bucket });

test('what somebody writes while it is copied is what is moved', async () => {
  const { bucket, s3 } = await bucketWith('a');
  const write = () => s3.putObject({ bucket, key: 'a', body: 'newer' });
  await moverOf(bucket, 'move', { of: 'HEAD', after: write }).move({ key: 'a', wanted: 'b', how: 'new' }, signal);
  assert.deepEqual(await keysIn(s3, bucket), ['b']);
  assert.equal(await textIn(s3, bucket, 'b'), 'newer');
});

test('what somebody writes between the copy and the deletion stays where it is', async () => {
  const { bucket, s3 } = await bucketWith('a');
  const write = () => s3.putObject({ bucket, key: 'a', body: 'newer' });
  const mover = moverOf(bucket, 'move', { of: 'DELETE', before: write });
  await assert.rejects(mover.move({ key: 'a', wanted: 'b', how: 'new' }, signal), ChangedMeanwhile);
  assert.deepEqual(await keysIn(s3, bucket), ['a', 'b']);
  assert.equal(await textIn(s3, bucket, 'a'), 'newer');
});

test('something in the way is told and not overwritten, and what moves stays; beside it is another name', async () => {
  const { bucket, s3 } = await bucketWith('a', 'b', 'b (2)');
  const mover = moverOf(bucket, 'move');
  const taken = mover.move({ key: 'a', wanted: 'b', how: 'new' }, signal);
  await assert.rejects(taken, (failure) => failure instanceof S3Failure && failure.status === 412);
  assert.deepEqual(await keysIn(s3, bucket), ['a', 'b', 'b (2)']);
  assert.equal(await mover.move({ key: 'a', wanted: 'b', how: 'beside' }, signal), 'b (3)');
  assert.deepEqual(await keysIn(s3, bucket), ['b', 'b (2)', 'b (3)']);
  assert.equal(await mover.move({ key: 'b (3)', wanted: 'b', how: 'replace' }, signal), 'b');
  assert.equal(await textIn(s3, bucket, 'b'), 'the first a');
});

for (const how of ['new', 'beside'] as const)
  test(`answers that are lost are no refusals (${how}): asked again, the move is done once`, async () => {
    const { bucket, s3 } = await bucketWith('a', ...(how === 'beside' ? ['b'] : []));
    const mover = moverOf(bucket, 'move', { of: 'PUT', lost: true }, { of: 'DELETE', lost: true });
    const wish = { key: 'a', wanted: 'b', how };
    await assert.rejects(mover.move(wish, signal), S3Unreachable);
    await assert.rejects(mover.move(wish, signal), S3Unreachable);
    const made = await mover.move(wish, signal);
    assert.deepEqual(await keysIn(s3, bucket), how === 'new' ? ['b'] : ['b', 'b (2)']);
    assert.equal(await textIn(s3, bucket, made), 'the first a');
  });

test('a copy whose answer was lost is there; another object under its name is still in the way', async () => {
  const { bucket, s3 } = await bucketWith('a');
  const lost = { of: 'PUT', lost: true } as const;
  const mover = moverOf(bucket, 'copy', lost);
  const wish = { key: 'a', wanted: 'b', how: 'new' } as const;
  await assert.rejects(mover.move(wish, signal), S3Unreachable);
  assert.equal(await mover.move(wish, signal), 'b');
  await s3.putObject({ bucket, key: 'c', body: 'somebody’s' });
  const other = moverOf(bucket, 'copy', lost);
  await assert.rejects(other.move({ ...wish, wanted: 'c' }, signal), S3Unreachable);
  await assert.rejects(other.move({ ...wish, wanted: 'c' }, signal), { status: 412 });
  assert.equal(await textIn(s3, bucket, 'c'), 'somebody’s');
});

/** Answers for some keys of a request that deletes, as S3 gives them. */
function refusing(codes: Readonly<Record<string, string>>): S3 {
  const inner = client();
  const left = new Map(Object.entries(codes));
  return {
    ...inner,
    deleteObjects: async (asked, options) => {
      const refused = asked.objects.flatMap(({ key }) => {
        const code = left.get(key);
        return code === undefined ? [] : [{ key, versionId: undefined, code, message: 'no' }];
      });
      const passed = asked.objects.filter(({ key }) => !left.has(key));
      for (const { key, code } of refused) if (code === 'SlowDown') left.delete(key);
      const done =
        passed.length === 0
          ? { deleted: [], failed: [] }
          : await inner.deleteObjects({ ...asked, objects: passed }, options);
      return { deleted: done.deleted, failed: [...done.failed, ...refused] };
    },
  };
}

test('of many keys that are deleted at once each has its own end: Undo has all that are gone', async () => {
  const { bucket, s3 } = await bucketWith('a', 'b', 'c', 'd');
  await s3.putBucketVersioning({ bucket, status: 'Enabled' });
  const gone: Gone[] = [];
  const busy = refusing({ b: 'AccessDenied', c: 'SlowDown' });
  const jobs = createJobs(async () => {});
  const ended = await jobs.start({
    title: 't',
    items: () => batchesOf(['a', 'b', 'c', 'd'].map((key) => ({ key }))),
    each: (batch, stop) => batch.remove(busy, bucket, { signal: stop, gone: (what) => void gone.push(what) }),
    over: (batch, failure) => batch.over(failure),
    nameOf: ({ first }) => first,
  });
  const [job] = jobs.all();
  assert.deepEqual([ended.done, job?.failed, job?.problems.map(({ name }) => name)], [3, 1, ['b']]);
  assert.deepEqual(gone.flatMap(({ keys }) => keys).sort(), ['a', 'c', 'd']);
  const markers = gone.flatMap((one) => one.markers);
  assert.equal(markers.length, 3, 'one marker for each, also for what was asked for twice');
  assert.deepEqual(await keysIn(s3, bucket), ['b']);
  await s3.deleteObjects({ bucket, objects: markers });
  assert.deepEqual(await keysIn(s3, bucket), ['a', 'b', 'c', 'd']);
});

test('an answer that was lost lays no second marker: Undo brings all of it back', async () => {
  for (const versioned of [true, false]) {
    const { bucket, s3 } = await bucketWith('a', 'b');
    if (versioned) await s3.putBucketVersioning({ bucket, status: 'Enabled' });
    const line = client({ of: 'DELETE', lost: true });
    const gone: Gone[] = [];
    const ended = await createJobs(async () => {}).start({
      title: 't',
      items: () => batchesOf([{ key: 'a' }, { key: 'b' }]),
      each: (batch, stop) => batch.remove(line, bucket, { signal: stop, gone: (what) => void gone.push(what) }),
      over: (batch, failure) => batch.over(failure),
      nameOf: ({ first }) => first,
    });
    assert.deepEqual([ended.done, ended.failed], [2, []]);
    assert.deepEqual(await keysIn(s3, bucket), []);
    const markers = gone.flatMap((one) => one.markers);
    assert.equal(markers.length, versioned ? 2 : 0);
    if (versioned) {
      await s3.deleteObjects({ bucket, objects: markers });
      assert.deepEqual(await keysIn(s3, bucket), ['a', 'b']);
    }
  }
});

test('what is refused for a moment again and again is told key by key in the end', async () => {
  const { bucket } = await bucketWith('a', 'b');
  const jobs = createJobs(async () => {});
  const busy = refusing({ b: 'InternalError' });
  const ended = await jobs.start({
    title: 't',
    items: () => batchesOf([{ key: 'a' }, { key: 'b' }]),
    each: (batch, stop) => batch.remove(busy, bucket, { signal: stop, gone: () => {} }),
    over: (batch, failure) => batch.over(failure),
    nameOf: ({ first }) => first,
  });
  assert.deepEqual([ended.done, jobs.all()[0]?.problems.map(({ name }) => name)], [1, ['b']]);
});
