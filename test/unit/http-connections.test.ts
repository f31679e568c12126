import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import { eventually, readAll, startTestFront, text } from '../support/front.ts';

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

test('pipelined requests are answered in their order, errors among them', async (t) => {
  const front = await startTestFront(t, async (arrival) => {
    const { target } = arrival.raw;
    await new Promise((resolve) => setTimeout(resolve, target === '/1' ? 30 : 0));
    if (target === '/2') throw new S3Error('NoSuchBucket');
    return text(`${target} ${await readAll(arrival)}`);
  });
  const client = await front.connect();
  client.send(`${get('/1')}${get('/2')}PUT /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody${get('/4')}`);
  assert.equal((await client.response()).body.toString(), '/1 ');
  assert.equal((await client.response()).status, 404);
  assert.equal((await client.response()).body.toString(), '/3 body');
  assert.equal((await client.response()).body.toString(), '/4 ');
});

test('requests that queue on a connection that breaks are not kept', async (t) => {
  const front = await startTestFront(t, async (arrival) => {
    if (arrival.raw.target === '/1') await new Promise((resolve) => setTimeout(resolve, 60));
    return text('late');
  });
  const client = await front.connect();
  client.send(get('/1') + get('/2') + get('/3'));
  await eventually(() => front.inFlight() === 3);
  client.socket.resetAndDestroy();
  await eventually(() => front.inFlight() === 0);
  assert.equal(front.records.length, 3);
});

const MALFORMED: readonly [string, string][] = [
  ['a doubled Content-Length', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
  ['two lengths that differ', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
  ['a list of lengths', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc'],
  ['a signed length', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc'],
  [
    'Transfer-Encoding beside Content-Length',
    'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ],
  [
    'Content-Length beside Transfer-Encoding',
    'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ],
  ['chunked that is not last', 'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
  ['a space before a colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n'],
  ['a control character in a header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\u0001\r\n\r\n'],
  ['another protocol', '\u0016\u0003\u0001\u0002\u0000hello'],
  ['another version', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n'],
];

for (const [what, message] of MALFORMED) {
  test(`${what} is one clear 400 and the end of the connection, and reaches no handler`, async (t) => {
    let handled = 0;
    const front = await startTestFront(t, async (arrival) => {
      await readAll(arrival);
      handled += 1;
      return text('stored');
    });
    const client = await front.connect();
    client.send(message + get('/second'));
    const answer = await client.response();
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /<Error><Code>(BadRequest|InvalidRequest)<\/Code>/);
    assert.equal(answer.headers.get('connection'), 'close');
    assert.match(answer.headers.get('x-amz-request-id') ?? '', /^[0-9A-F]{16}$/);
    await client.closed();
    assert.equal(client.unread().length, 0, 'one answer');
    assert.equal(handled, 0);
  });
}

test('a head that is too large is refused by name', async (t) => {
  const front = await startTestFront(t, async () => text('hello'), { limits: { headBytes: 16 * 1024 } });
  for (const head of [get(`/${'k'.repeat(20_000)}`), get('/', `A: ${'v'.repeat(20_000)}\r\n`)]) {
    const client = await front.connect();
    client.send(head);
    const answer = await client.response();
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /<Code>RequestHeaderSectionTooLarge<\/Code>/);
    await client.closed();
  }
});

test('all headers reach the line, however many they are: none is dropped on the way', async (t) => {
  const front = await startTestFront(t, async (arrival) => text(`${arrival.raw.rawHeaders.length / 2}`));
  const client = await front.connect();
  client.send(get('/', 'A: b\r\n'.repeat(2500)));
  assert.equal((await client.response()).body.toString(), '2501');
});

test('rule 22: a head that does not come in time is refused', async (t) => {
  const front = await startTestFront(t, async () => text('hello'), { limits: { headTimeoutMs: 40 } });
  const client = await front.connect();
  client.send('GET / HTTP/1.1\r\nHos');
  const answer = await client.response();
  assert.match(answer.body.toString(), /<Code>RequestTimeout<\/Code>/);
  await client.closed();
});

test('bytes that are no request do not disturb the answer before them', async (t) => {
  const front = await startTestFront(t, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return text('hello');
  });
  const client = await front.connect();
  client.send(`${get('/')}rubbish\r\n\r\n`);
  const answer = await client.response();
  assert.equal(answer.body.toString(), 'hello');
  assert.equal(answer.headers.get('connection'), 'close');
  await client.closed();
});

test('a connection that says nothing, or nothing more, is closed', async (t) => {
  const front = await startTestFront(t, async () => text('hello'), { limits: { headTimeoutMs: 40, keepAliveMs: 1 } });
  const silent = await front.connect();
  await silent.closed();
  const done = await front.connect();
  done.send(get('/'));
  assert.equal((await done.response()).status, 200);
  await done.closed();
});

test('an upgrade is not taken up', async (t) => {
  const front = await startTestFront(t, async () => text('hello'));
  const client = await front.connect();
  client.send(
    get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'),
  );
  const answer = await client.response();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('upgrade'), undefined);
});

test('an expectation nobody can meet is refused', async (t) => {
  const front = await startTestFront(t, async () => text('hello'));
  const client = await front.connect();
  client.send(get('/', 'Expect: miracles\r\n'));
  const answer = await client.response();
  assert.equal(answer.status, 400);
  assert.match(answer.body.toString(), /<Code>InvalidRequest<\/Code>/);
  await client.closed();
});

test('HTTP/1.0 is answered, and its connection ends', async (t) => {
  const body = async function* () {
    yield Buffer.from('hello');
  };
  const front = await startTestFront(t, async () => ({ status: 200, headers: {}, body: body() }));
  const client = await front.connect();
  client.send('GET / HTTP/1.0\r\n\r\n');
  await client.closed();
  const answer = client.unread().toString();
  assert.match(answer, /\r\n\r\nhello$/);
  assert.doesNotMatch(answer, /transfer-encoding/i);
});

test('rule 22: connections beyond the limit are closed', async (t) => {
  const front = await startTestFront(t, async () => text('hello'), { limits: { connections: 1 } });
  const first = await front.connect();
  first.send(get('/'));
  assert.equal((await first.response()).status, 200);
  const second = await front.connect();
  await second.closed();
  first.send(get('/'));
  assert.equal((await first.response()).status, 200);
});

test('a stop finishes what is in flight, refuses what comes, and closes what is idle', async (t) => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const front = await startTestFront(t, async (arrival) => {
    if (arrival.raw.target === '/slow') await held;
    return text('whole');
  });
  const [idle, slow, chatty] = [await front.connect(), await front.connect(), await front.connect()];
  idle.send(get('/'));
  await idle.response();
  slow.send(get('/slow'));
  chatty.send('GET /half HTTP/1.1\r\nHo');
  await eventually(() => front.inFlight() === 1);
  const stopped = front.stop();
  await idle.closed();
  chatty.send('st: x\r\n\r\n');
  const refused = await chatty.response();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('connection'), 'close');
  assert.match(refused.body.toString(), /<Code>ServiceUnavailable<\/Code>/);
  await chatty.closed();
  release();
  const answer = await slow.response();
  assert.equal(answer.body.toString(), 'whole');
  assert.equal(answer.headers.get('connection'), 'close');
  assert.equal(await stopped, true);
  await assert.rejects(front.connect());
});

test('a stop is bounded: what does not finish is cut', async (t) => {
  let signal: AbortSignal | undefined;
  const front = await startTestFront(
    t,
    async (arrival) => {
      signal = arrival.signal;
      await new Promise(() => {});
      return text('never');
    },
    { limits: { stopMs: 40 } },
  );
  const client = await front.connect();
  client.send(get('/'));
  await eventually(() => front.inFlight() === 1);
  assert.equal(await front.stop(), false);
  assert.equal(signal?.aborted, true);
  await client.closed();
});
