/** What comes before an upload is sent: what is there already, the question about it, and which of it is the same. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createS3 } from '../../console/src/s3/client.ts';
import { createDesk, type Desk } from '../../console/src/transfers/desk.ts';
import { besideOf } from '../../console/src/transfers/existing.ts';
import { etagAs, etagOfParts, isSame } from '../../console/src/transfers/same.ts';
import { EMPTY } from '../../console/src/transfers/state.ts';
import type { ToUpload, Uploads } from '../../console/src/transfers/uploads.ts';

const MIB = 1024 * 1024;
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const md5Of = async (blob: Blob): Promise<string> => md5(new Uint8Array(await blob.arrayBuffer()));
const nothing = (): void => undefined;

interface Added {
  readonly paths: readonly string[];
  readonly replace: boolean;
}

/** A desk over a bucket that claims these, and what it was told to send. */
function stage(there: Readonly<Record<string, Uint8Array>>): { readonly desk: Desk; readonly added: Added[] } {
  const s3 = createS3({
    ...{ endpoint: 'http://there', region: 'r', now: () => 0, fetch: () => Promise.reject(new Error('no network')) },
    credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
  });
  const objects = Object.entries(there).map(([key, bytes]) => ({
    ...{ key, size: bytes.length, etag: md5(bytes), modifiedAt: 0 },
    ...{ storageClass: undefined, owner: undefined },
  }));
  const listed: typeof s3.listObjectsV2 = async ({ prefix = '' }) => ({
    objects: objects.filter(({ key }) => key.startsWith(prefix)),
    ...{ prefixes: [], next: undefined },
  });
  const added: Added[] = [];
  const add = (_: unknown, files: readonly ToUpload[], replace = false): string => {
    if (files.length > 0) added.push({ paths: files.map(({ path }) => path), replace });
    return '';
  };
  const uploads: Uploads = {
    ...{ add, state: () => EMPTY, subscribe: () => nothing, onDone: () => nothing, hasHandle: () => false },
    ...{ pause: nothing, resume: nothing, cancel: nothing, retry: nothing, decide: nothing, tidy: nothing },
    ...{
      line: nothing,
      session: nothing,
      leave: nothing,
      recall: async () => nothing(),
      revive: async () => nothing(),
    },
  };
  return { desk: createDesk({ s3: { ...s3, listObjectsV2: listed }, md5Of }, uploads), added };
}

const sent = (name: string, text: string) => ({ path: name, file: new File([text], name) });
const to = { bucket: 'b', prefix: '' };
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('a second drop waits with its question until the first is answered; neither is lost', async () => {
  const { desk, added } = stage({ a: Buffer.from('old'), b: Buffer.from('old') });
  const first = desk.send(to, [sent('a', 'new')]);
  const second = desk.send(to, [sent('b', 'new'), sent('c', 'new')]);
  await turn();
  assert.deepEqual(
    desk.question()?.conflicts.map(({ upload }) => upload.path),
    ['a'],
  );
  desk.question()?.answer(['replace']);
  await first;
  assert.deepEqual(added, [{ paths: ['a'], replace: true }]);
  assert.deepEqual(
    desk.question()?.conflicts.map(({ upload }) => upload.path),
    ['b'],
  );
  desk.question()?.answer([{ key: 'b (2)' }]);
  await second;
  assert.equal(desk.question(), undefined);
  assert.deepEqual(added.slice(1), [{ paths: ['c', 'b (2)'], replace: false }]);
  assert.equal(desk.checking(), 0);
});

test('what has the same bytes is known before anybody is asked; called off, nothing is sent', async () => {
  const { desk, added } = stage({ same: Buffer.from('abc'), other: Buffer.from('abd'), longer: Buffer.from('abcd') });
  const sending = desk.send(to, [sent('same', 'abc'), sent('other', 'abc'), sent('longer', 'abc')]);
  assert(desk.checking() >= 0);
  await turn();
  assert.deepEqual(
    desk.question()?.conflicts.map(({ upload, same }) => [upload.path, same]),
    [
      ['same', true],
      ['other', false],
      ['longer', false],
    ],
  );
  desk.question()?.answer(undefined);
  await sending;
  assert.deepEqual(added, []);
});

test('a file that cannot be read is not asked about: it is sent on, to say so', async () => {
  const { desk, added } = stage({ a: Buffer.from('old') });
  await desk.send(to, [{ path: 'a', file: undefined, failure: new Error('gone') }]);
  assert.deepEqual(added, [{ paths: ['a'], replace: false }]);
});

test('the ETag of parts tells the same bytes too, however a client cut them', async () => {
  const bytes = randomBytes(17 * MIB);
  const file = new Blob([bytes]);
  for (const cut of [5, 8, 15, 16].map((mib) => mib * MIB)) {
    const parts: { readonly etag: string }[] = [];
    for (let start = 0; start < bytes.length; start += cut)
      parts.push({ etag: md5(bytes.subarray(start, start + cut)) });
    const there = { size: bytes.length, etag: await etagOfParts(parts, md5Of) };
    assert(await isSame(there, file.size, () => etagAs(there, file, md5Of)), String(cut));
    const other = new Blob([bytes.subarray(1), 'x']);
    assert(!(await isSame(there, file.size, () => etagAs(there, other, md5Of))), String(cut));
  }
  const unknown = { size: bytes.length, etag: 'not of MD5' };
  assert(!(await isSame(unknown, file.size, () => etagAs(unknown, file, md5Of))));
});

test('a name beside another keeps its ending', () => {
  const taken = new Set(['x.d/a (2).csv']);
  assert.equal(
    besideOf('x.d/a.csv', (key) => taken.has(key)),
    'x.d/a (3).csv',
  );
  assert.equal(
    besideOf('x.d/a', () => false),
    'x.d/a (2)',
  );
});
