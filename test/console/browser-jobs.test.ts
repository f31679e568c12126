/** Jobs: what is in the way, what failed, Stop and trying again; names that downloads and places in an address may have. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobs, type Jobs } from '../../console/src/jobs/jobs.ts';
import { createLocalNames } from '../../console/src/jobs/local-names.ts';
import { batched, besideKey, movedKey } from '../../console/src/jobs/objects.ts';
import { attachment, fileName } from '../../console/src/pages/browser/download.ts';
import { createGate } from '../../console/src/pages/browser/gate.ts';
import { changed, inFolder, placeOf, viewOf } from '../../console/src/pages/browser/place.ts';
import { amountOf, selectedTargets } from '../../console/src/pages/browser/targets.ts';
import { S3Failure } from '../../console/src/s3/failure.ts';

const failure = (status: number, code = ''): S3Failure =>
  new S3Failure('', { status, code, operation: 'CopyObject', requestId: undefined, retryAfter: undefined });

function jobsOf(): { readonly jobs: Jobs; readonly waits: readonly number[] } {
  const waits: number[] = [];
  return { jobs: createJobs(async (ms) => void waits.push(ms)), waits };
}

test('a job says what is done, what is in the way and what failed, and stays in sight only for what failed', async () => {
  const { jobs } = jobsOf();
  const answers: Readonly<Record<string, Error | undefined>> = { b: failure(412), c: failure(403, 'AccessDenied') };
  const each = async (item: string): Promise<number> => {
    const problem = answers[item];
    if (problem !== undefined) throw problem;
    return 1;
  };
  const ended = await jobs.start({ title: 't', items: () => ['a', 'b', 'c', 'd'], each, nameOf: (item) => item });
  assert.deepEqual(ended, { done: 2, exists: ['b'], failed: ['c'], stopped: false });
  assert.deepEqual(
    jobs.all().map(({ failed, state, problems }) => [failed, state, problems[0]?.name]),
    [[1, 'done', 'c']],
  );
  jobs.dismiss(jobs.all()[0]?.id ?? 0);
  await jobs.start({ title: 't', items: () => ['a'], each, nameOf: (item) => item });
  assert.deepEqual(jobs.all(), []);
});

test('what fails in passing is tried five times more, each time later', async () => {
  const { jobs, waits } = jobsOf();
  let turns = 0;
  const each = async (): Promise<number> => {
    turns += 1;
    if (turns < 4) throw failure(503, 'SlowDown');
    return 1;
  };
  const ended = await jobs.start({ title: 't', items: () => ['a'], each, nameOf: () => 'a' });
  assert.deepEqual([ended.done, waits], [1, [1000, 2000, 4000]]);
  const never = await jobs.start({
    title: 't',
    items: () => ['a'],
    each: () => Promise.reject(failure(500)),
    nameOf: () => 'a',
  });
  assert.deepEqual([never.failed, waits.length], [['a'], 8]);
});

test('Stop begins nothing more and waits for what is under way', async () => {
  const { jobs } = jobsOf();
  const begun: number[] = [];
  const ended = await jobs.start({
    title: 't',
    items: () => Array.from({ length: 100 }, (_, index) => index),
    each: async (index) => {
      begun.push(index);
      if (index === 3) jobs.stop(jobs.all()[0]?.id ?? 0);
      return 1;
    },
    nameOf: String,
  });
  assert.ok(ended.stopped && begun.length < 10);
  assert.equal(jobs.all()[0]?.state, 'stopped');
});

test('a list that breaks off is a failure, not an end', async () => {
  const { jobs } = jobsOf();
  async function* items(): AsyncGenerator<string> {
    yield 'a';
    throw failure(403, 'AccessDenied');
  }
  await jobs.start({ title: 't', items, each: async () => 1, nameOf: (item) => item });
  assert.deepEqual(
    jobs.all().map(({ done, failed }) => [done, failed]),
    [[1, 1]],
  );
});

test('keys are deleted a thousand at a time, moved below another prefix, and kept beside each other', async () => {
  const sizes: number[] = [];
  for await (const batch of batched(Array.from({ length: 2001 }, (_, index) => index))) sizes.push(batch.length);
  assert.deepEqual(sizes, [1000, 1000, 1]);
  assert.equal(movedKey('old/a/b', 'old/', 'new/'), 'new/a/b');
  assert.equal(movedKey('a', 'a', 'b'), 'b');
  assert.equal(besideKey('x.y/a.tar.gz', 2), 'x.y/a.tar (2).gz');
  assert.equal(besideKey('x.y/.profile', 2), 'x.y/.profile (2)');
});

test('names of downloads lead nowhere and deceive nobody', () => {
  assert.equal(fileName('a/..'), 'download');
  assert.equal(fileName('invoice\u202Efdp.exe'), 'invoicefdp.exe');
  assert.match(attachment('ü "x".txt'), /^attachment; filename="_ _x_\.txt"; filename\*=UTF-8''%C3%BC%20_x_\.txt$/);
});

test('keys become files that any machine takes, each by itself', () => {
  const all: Readonly<Record<string, string>> = {
    '../../etc/passwd': 'etc/passwd',
    'C:\\a//b': 'C__a/b',
    '/': '_',
    'a/..': 'a/_',
    'docs/': 'docs',
    'nul.txt': '_nul.txt',
    'Aux/con': '_Aux/_con',
    lpt1: '_lpt1',
    'console.log': 'console.log',
    'end. ': 'end',
    'in\u202Evoice': 'invoice',
    'Read me': 'Read me',
    'read ME': 'read ME (2)',
    'read: me': 'read_ me',
    'read? me': 'read_ me (2)',
    'x/y': 'x/y',
    x: 'x (2)',
    'X/z': 'X (3)/z',
    'x/w': 'x/w',
    'x//y': 'x/y (2)',
  };
  const names = createLocalNames('base/');
  for (let turn = 0; turn < 2; turn++)
    for (const [key, path] of Object.entries(all)) assert.equal(names.of(`base/${key}`).join('/'), path, key);
  const long = createLocalNames('').of(`${'ü'.repeat(400)}.jpeg`)[0] ?? '';
  assert(new TextEncoder().encode(long).length <= 255 && long.endsWith('ü.jpeg'));
});

test('side questions go two at a time, and who gives up is not asked', async () => {
  const gate = createGate(2);
  let [inside, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await Promise.resolve();
    inside -= 1;
  };
  const stopped = new AbortController();
  stopped.abort();
  const { signal } = new AbortController();
  const all = await Promise.allSettled([
    ...Array.from({ length: 5 }, () => gate(work, signal)),
    gate(work, stopped.signal),
  ]);
  assert.deepEqual([most, all.filter(({ status }) => status === 'rejected').length], [2, 1]);
});

test('the address says where the browser is; another folder leaves the filter and the drawers behind', () => {
  const search = { prefix: 'a/', q: 'x', deep: '1', sort: '-size', at: '12', object: 'a/b', view: 'grid' };
  assert.deepEqual(placeOf('b', search), { bucket: 'b', prefix: 'a/', q: 'x', deep: true, at: 12, deleted: false });
  assert.deepEqual(viewOf(search), { sort: { column: 'size', down: true }, view: 'grid' });
  assert.deepEqual(inFolder(search, 'c/'), { prefix: 'c/', sort: '-size', at: '12', view: 'grid' });
  assert.deepEqual(changed(search, { q: '', deep: undefined, at: undefined, object: undefined }), {
    prefix: 'a/',
    sort: '-size',
    view: 'grid',
  });
  assert.equal(placeOf('b', { at: 'yesterday' }).at, undefined);
  assert.equal(placeOf('b', { deep: '1' }).deep, false);
});

test('acts are about keys and folders, or about a folder but for some; of what is not loaded no amount is told', () => {
  const entries = [
    { kind: 'folder', key: 'f/' },
    { kind: 'object', key: 'a', size: 3, modified: 0, etag: '' },
    { kind: 'object', key: 'b', size: 4, modified: 0, etag: '' },
  ] as const;
  const some = { kind: 'some', keys: new Set(['f/', 'b']) } as const;
  assert.deepEqual(selectedTargets(entries, some), { keys: ['b'], prefixes: ['f/'], except: [] });
  assert.deepEqual(amountOf(entries, some, true), { objects: 1, bytes: 4, folders: 1, atLeast: false });
  const all = { kind: 'allUnder', prefix: '', except: new Set(['a']) } as const;
  assert.deepEqual(selectedTargets(entries, all), { keys: [], prefixes: [''], except: ['a'] });
  assert.equal(amountOf(entries, all, false).atLeast, true);
});
