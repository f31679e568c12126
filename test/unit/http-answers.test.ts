import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import type { Reply } from '../../src/ops/types.ts';
import { Conflict, Corrupt, Unavailable } from '../../src/store/port.ts';
import { eventually, startTestFront, text } from '../support/front.ts';

const get = (target = '/', method = 'GET') => `${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
const MiB = 1024 * 1024;

/** Chunks of a stream that says when it was let go. */
function tracked(chunks: Iterable<Uint8Array | Error>) {
  const state = { pulled: 0, released: false };
  const stream = async function* () {
    try {
      for (const chunk of chunks) {
        state.pulled += 1;
        if (chunk instanceof Error) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          throw chunk;
        }
        yield chunk;
      }
    } finally {
      state.released = true;
    }
  };
  return { state, body: stream() };
}

test('every answer carries its request id, ours in the log too', async (t) => {
  const front = await startTestFront(t, async () => text('hello'));
  const client = await front.connect();
  client.send(get());
  const answer = await client.response();
  assert.match(answer.headers.get('x-amz-request-id') ?? '', /^[0-9A-F]{16}$/);
  assert.match(answer.headers.get('x-amz-id-2') ?? '', /^[A-Za-z0-9+/=]{32}$/);
  assert.equal(answer.headers.get('server'), 'Moraine');
  assert.ok(answer.headers.get('date'));
  assert.equal(answer.headers.get('content-length'), '5');
  await eventually(() => front.records.length === 1);
  assert.equal(front.records[0]?.requestId, answer.headers.get('x-amz-request-id'));
});

test('rule 18: an error is an XML document with the code’s own fields, escaped', async (t) => {
  const front = await startTestFront(t, async (_arrival, trace) => {
    trace.bucket = 'b';
    trace.key = '<k>&';
    throw new S3Error('NoSuchKey', undefined, { fields: { Key: '<k>&' }, headers: { 'x-amz-delete-marker': 'true' } });
  });
  const client = await front.connect();
  client.send(get('/b/%3Ck%3E&'));
  const answer = await client.response();
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('content-type'), 'application/xml');
  assert.equal(answer.headers.get('x-amz-delete-marker'), 'true');
  const document = answer.body.toString();
  assert.match(document, /<Code>NoSuchKey<\/Code>/);
  assert.match(document, /<Key>&lt;k&gt;&amp;<\/Key>/);
  assert.match(document, /<Resource>\/b\/&lt;k&gt;&amp;<\/Resource>/);
  assert.ok(document.includes(`<RequestId>${answer.headers.get('x-amz-request-id')}</RequestId>`));
  assert.ok(document.includes(`<HostId>${answer.headers.get('x-amz-id-2')}</HostId>`));
  client.send(get());
  assert.equal((await client.response()).status, 404, 'the connection goes on after an error');
});

test('HEAD, 204 and 304 have no body, whatever the handler or the error would say', async (t) => {
  const { state, body } = tracked([Buffer.from('hello')]);
  const replies: (Reply | Error)[] = [
    { status: 200, headers: { 'Content-Length': '5' }, body },
    { status: 200, headers: { 'Content-Type': 'application/xml' }, body: '<a/>' },
    new S3Error('NoSuchKey'),
    { status: 204, headers: {} },
    { status: 304, headers: { ETag: '"e"' } },
  ];
  const front = await startTestFront(t, async () => {
    const reply = replies.shift();
    if (reply === undefined || reply instanceof Error) throw reply;
    return reply;
  });
  const client = await front.connect();
  const answers = [];
  for (const method of ['HEAD', 'HEAD', 'HEAD', 'DELETE', 'GET']) {
    client.send(get('/', method));
    const answer = await client.response({ toHead: method === 'HEAD' });
    answers.push([answer.status, answer.headers.get('content-length'), answer.headers.get('transfer-encoding')]);
    assert.equal(client.unread().length, 0);
  }
  assert.deepEqual(answers, [
    [200, '5', undefined],
    [200, undefined, undefined],
    [404, undefined, undefined],
    [204, undefined, undefined],
    [304, undefined, undefined],
  ]);
  assert.equal(state.pulled, 0, 'a body nobody gets is not read');
});

test('rule 18: header values go out as UTF-8, and control characters not at all', async (t) => {
  const values = ['plain', 'Zürich ☃', 'two\r\nX-Evil: 1', 'tab\there'];
  const front = await startTestFront(t, async () => ({
    status: 200,
    headers: { 'x-amz-meta-note': values.shift() ?? '' },
  }));
  const client = await front.connect();
  const seen: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    client.send(get());
    const answer = await client.response();
    const value = answer.headers.get('x-amz-meta-note');
    seen.push([answer.status, value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8')]);
    assert.doesNotMatch(answer.head, /evil/i);
  }
  assert.deepEqual(seen, [
    [200, 'plain'],
    [200, 'Zürich ☃'],
    [500, undefined],
    [200, 'tab\there'],
  ]);
});

test('rule 27: failures of the engine and of ours have their status, and their text stays with the operator', async (t) => {
  const cases: readonly [unknown, number, string, string | undefined][] = [
    [new Unavailable('disk 7 is full', { mayHaveApplied: false }), 503, 'ServiceUnavailable', 'warn'],
    [new Corrupt('blob 7 fails'), 500, 'InternalError', 'error'],
    [new Conflict('revision'), 409, 'OperationAborted', undefined],
    [new TypeError('cannot read x of undefined'), 500, 'InternalError', 'error'],
    ['a thrown string', 500, 'InternalError', 'error'],
    [new S3Error('NoSuchUpload'), 404, 'NoSuchUpload', undefined],
  ];
  const queue = cases.map(([thrown]) => thrown);
  const front = await startTestFront(t, async (_arrival, trace) => {
    trace.operation = 'GetObject';
    throw queue.shift();
  });
  const client = await front.connect();
  for (const [, status, code, level] of cases) {
    const before = front.lines.length;
    client.send(get());
    const answer = await client.response();
    assert.equal(answer.status, status);
    assert.ok(answer.body.includes(`<Code>${code}</Code>`));
    assert.doesNotMatch(answer.body.toString(), /disk 7|blob 7|undefined|thrown string|\.ts/);
    assert.equal(answer.headers.get('retry-after'), status === 503 ? '1' : undefined);
    const loud = front.lines.slice(before).find((line) => line.level === 'warn' || line.level === 'error');
    assert.equal(loud?.level, level);
    if (loud !== undefined) assert.equal(loud.requestId, answer.headers.get('x-amz-request-id'));
  }
});

test('a stream that fails before its first byte is answered as an error', async (t) => {
  const { body } = tracked([new Corrupt('rot')]);
  const front = await startTestFront(t, async () => ({ status: 200, headers: { 'Content-Length': '5' }, body }));
  const client = await front.connect();
  client.send(get());
  assert.equal((await client.response()).status, 500);
});

test('a stream that fails in the middle is cut, never ended as if it were whole', async (t) => {
  for (const headers of [{ 'Content-Length': '10' }, {}]) {
    const { state, body } = tracked([Buffer.from('hello'), new Corrupt('rot')]);
    const front = await startTestFront(t, async () => ({ status: 200, headers, body }));
    const client = await front.connect();
    client.send(get());
    await client.closed();
    const received = client.unread().toString('latin1');
    assert.match(received, /^HTTP\/1.1 200/);
    assert.doesNotMatch(received, /\r\n0\r\n\r\n$/, 'no last chunk');
    assert.equal(state.released, true);
    await eventually(() => front.records.length === 1);
    assert.equal(front.records[0]?.complete, false);
    assert.equal(front.records[0]?.code, 'InternalError');
  }
});

test('a body of another length than declared is cut', async (t) => {
  for (const length of ['4', '6']) {
    const { body } = tracked([Buffer.from('he'), Buffer.from('llo')]);
    const front = await startTestFront(t, async () => ({ status: 200, headers: { 'Content-Length': length }, body }));
    const client = await front.connect();
    client.send(get());
    await client.closed();
    assert.ok(client.unread().toString('latin1').split('\r\n\r\n')[1]?.length !== 4, 'not taken for whole');
    assert.equal(front.lines.filter((line) => line.level === 'error').length, 1);
  }
});

test('a large body arrives whole, and is read only as fast as it is taken', async (t) => {
  const chunk = Buffer.alloc(MiB, 'x');
  const { state, body } = tracked(Array.from({ length: 64 }, () => chunk));
  const front = await startTestFront(t, async () => ({
    status: 200,
    headers: { 'Content-Length': `${64 * MiB}` },
    body,
  }));
  const client = await front.connect();
  client.socket.pause();
  client.send(get());
  await eventually(() => state.pulled > 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(state.pulled < 40, `${state.pulled} of 64 chunks were read for a client that takes none`);
  client.socket.resume();
  const answer = await client.response();
  assert.equal(answer.body.length, 64 * MiB);
  await eventually(() => front.records.length === 1);
  assert.equal(front.records[0]?.bytesOut, 64 * MiB);
  assert.equal(front.records[0]?.complete, true);
});

test('a client that goes away frees what the engine holds, and the handler is told', async (t) => {
  const chunk = Buffer.alloc(MiB, 'x');
  const { state, body } = tracked(Array.from({ length: 64 }, () => chunk));
  let signal: AbortSignal | undefined;
  const front = await startTestFront(t, async (arrival) => {
    signal = arrival.signal;
    return { status: 200, headers: { 'Content-Length': `${64 * MiB}` }, body };
  });
  const client = await front.connect();
  client.socket.pause();
  client.send(get());
  await eventually(() => state.pulled > 0);
  client.socket.resetAndDestroy();
  await eventually(() => state.released);
  assert.equal(signal?.aborted, true);
  await eventually(() => front.records.length === 1);
  assert.equal(front.records[0]?.complete, false);
  assert.equal(front.inFlight(), 0);
});

test('rule 22: a client that stops taking its answer is cut', async (t) => {
  const chunk = Buffer.alloc(MiB, 'x');
  const { state, body } = tracked(Array.from({ length: 64 }, () => chunk));
  const limits = { idleBodyTimeoutMs: 40, minBytesPerSecond: 100 * MiB };
  const front = await startTestFront(
    t,
    async () => ({ status: 200, headers: { 'Content-Length': `${64 * MiB}` }, body }),
    { limits },
  );
  const client = await front.connect();
  client.socket.pause();
  client.send(get());
  await eventually(() => state.released);
  await eventually(() => front.records.length === 1);
  assert.equal(front.records[0]?.code, 'RequestTimeout');
  assert.equal(front.records[0]?.complete, false);
});

test('an answer in one piece that the client does not take is cut too', async (t) => {
  const limits = { idleBodyTimeoutMs: 40, minBytesPerSecond: 1000 * MiB };
  const body = Buffer.alloc(64 * MiB, 'x');
  const front = await startTestFront(t, async () => ({ status: 200, headers: {}, body }), { limits });
  const client = await front.connect();
  client.socket.pause();
  client.send(get());
  await eventually(() => front.records.length === 1);
  assert.equal(front.records[0]?.code, 'RequestTimeout');
  assert.equal(front.inFlight(), 0);
});
