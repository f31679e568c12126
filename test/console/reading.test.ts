/** The content of objects as the Console reads it, from a real server over a line that breaks: whole, as it is stored, or not at all. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createLocalNames } from '../../console/src/jobs/local-names.ts';
import { ChangedWhileRead, contentOf } from '../../console/src/jobs/reading.ts';
import { createZip } from '../../console/src/jobs/zip.ts';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import { S3Failure, S3Unreachable } from '../../console/src/s3/failure.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const BUCKET = 'reading';
const CONTENT = Buffer.alloc(300_000, 'all of it. ');
const { signal } = new AbortController();
let server: TestServer;
let s3: S3;

before(async () => {
  server = await startTestServer();
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  s3 = createS3({
    ...{ endpoint: server.origin, region: 'us-east-1', now: () => Date.now(), fetch },
    credentials: async () => ({ accessKeyId, secretAccessKey }),
  });
  await s3.createBucket({ bucket: BUCKET });
  await s3.putObject({ bucket: BUCKET, key: 'a', body: CONTENT });
});
after(() => server.stop());

/** Of the first `times` answers only `bytes` arrive. */
function brokenLine(times: number, bytes: number) {
  const asked: (string | null)[] = [];
  const line: typeof fetch = async (input, init) => {
    asked.push(new Headers(init?.headers).get('range'));
    const answer = await fetch(input, init);
    if (asked.length > times) return answer;
    const reader = answer.body?.getReader();
    let left = bytes;
    const body = new ReadableStream<Uint8Array>({
      async pull(stream) {
        const piece = await reader?.read();
        if (left === 0 || piece?.value === undefined) return stream.error(new TypeError('network error'));
        stream.enqueue(piece.value.subarray(0, left));
        left -= Math.min(left, piece.value.length);
      },
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
  return { asked, line };
}

async function read(key: string, line: typeof fetch, sleep = async (): Promise<void> => {}): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of contentOf(s3, { bucket: BUCKET, key }, { signal, sleep, fetch: line })) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a line that breaks is taken up where it broke', async () => {
  const { asked, line } = brokenLine(3, 70_000);
  assert.deepEqual(await read('a', line), CONTENT);
  assert.deepEqual(asked, [null, 'bytes=70000-', 'bytes=140000-', 'bytes=210000-']);
});

test('an object that was written anew meanwhile is never put together of two', async () => {
  await s3.putObject({ bucket: BUCKET, key: 'changes', body: CONTENT });
  const rewrite = async (): Promise<void> => {
    await s3.putObject({ bucket: BUCKET, key: 'changes', body: 'another' });
  };
  await assert.rejects(read('changes', brokenLine(1, 5).line, rewrite), (failure) => {
    // It is shorter now: S3 may say so before anybody sees that it is another.
    assert.ok(failure instanceof ChangedWhileRead || failure instanceof S3Failure, String(failure));
    return true;
  });
});

test('a line that stays broken is told; an object that is not there is told in S3’s words, at once', async () => {
  await assert.rejects(read('a', brokenLine(99, 0).line), S3Unreachable);
  await assert.rejects(
    read('none', fetch, () => assert.fail('it is not tried again')),
    (failure) => failure instanceof S3Failure && failure.status === 404,
  );
});

test('what is kept with a Content-Encoding comes as it is stored', async () => {
  const packed = gzipSync('unpacked');
  await s3.putObject({ bucket: BUCKET, key: 'packed', body: packed, contentEncoding: 'gzip' });
  assert.deepEqual(await read('packed', fetch), packed);
});

test('an empty object is read too', async () => {
  await s3.putObject({ bucket: BUCKET, key: 'empty', body: '' });
  assert.equal((await read('empty', fetch)).length, 0);
});

test('a zip leaves out and tells what cannot be read, and holds the rest whole', async () => {
  const told: [string, boolean][] = [];
  const members = ['a', 'none', 'folder/', 'empty', '../up'].map((key) => ({ key, size: 10 }));
  const zip = createZip(
    s3,
    {
      bucket: BUCKET,
      members,
      names: createLocalNames(''),
      told: (key, failure) => told.push([key, failure !== undefined]),
    },
    { signal, sleep: async () => {}, fetch: brokenLine(1, 1000).line },
  );
  const bytes = Buffer.from(await new Response(zip).arrayBuffer());
  assert.deepEqual(told, [
    ['a', false],
    ['none', true],
    ['folder/', false],
    ['empty', false],
    ['../up', true],
  ]);
  assert.ok(bytes.includes(CONTENT));
  assert.ok(bytes.includes('folder/'));
  assert.equal(bytes.includes('none'), false);
});
