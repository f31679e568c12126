import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pipeline } from '../../src/http/pipeline.ts';
import { S3Error } from '../../src/model/errors.ts';
import { eventually, startTestFront, text } from '../support/front.ts';

const put = (framing: string) => `PUT /b/k HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`;
const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const KiB = 1024;
const GiB = 1024 ** 3;

/** Refuses every PUT without reading it. */
const refusing: Pipeline = async (arrival) => {
  if (arrival.raw.method === 'PUT') throw new S3Error('AccessDenied');
  return text('hello');
};

test('a small refused body is drained and the connection goes on', async (t) => {
  const front = await startTestFront(t, refusing, { limits: { drainBytes: 64 * KiB } });
  const client = await front.connect();
  client.send(put(`Content-Length: ${10 * KiB}`));
  const refused = await client.response();
  assert.equal(refused.status, 403, 'the answer does not wait for the body');
  assert.equal(refused.headers.get('connection'), 'keep-alive');
  client.send(Buffer.alloc(10 * KiB));
  client.send(get);
  assert.equal((await client.response()).body.toString(), 'hello');
});

test('rule 21: a large refused body ends the connection, after the client could read the answer', async (t) => {
  for (const framing of [`Content-Length: ${GiB}`, 'Transfer-Encoding: chunked']) {
    const front = await startTestFront(t, refusing, { limits: { drainBytes: 64 * KiB } });
    const client = await front.connect();
    client.send(put(framing));
    if (framing.startsWith('Transfer')) client.send(`${GiB.toString(16)}\r\n`);
    const refused = await client.response();
    assert.equal(refused.status, 403);
    assert.match(refused.body.toString(), /<\/Error>$/);
    assert.equal(refused.headers.get('connection'), 'close');
    const chunk = Buffer.alloc(256 * KiB);
    const sending = setInterval(() => client.send(chunk), 1);
    await client.closed();
    clearInterval(sending);
    assert.equal(client.unread().length, 0, 'nothing after the answer');
    const taken = client.socket.bytesWritten - client.socket.writableLength;
    assert.ok(taken < 16 * 1024 * KiB, `${taken} bytes were taken: the drain and what the system buffers`);
  }
});

test('a refused body that does not come is not waited for', async (t) => {
  const front = await startTestFront(t, refusing, { limits: { drainMs: 30 } });
  const client = await front.connect();
  client.send(`${put('Content-Length: 100')}half`);
  assert.equal((await client.response()).status, 403);
  await client.closed();
  await eventually(() => front.inFlight() === 0);
});

test('a body on a request that has none to read is drained', async (t) => {
  const front = await startTestFront(t, async (arrival) => text(arrival.raw.method));
  const client = await front.connect();
  for (const method of ['GET', 'HEAD', 'DELETE', 'GET']) {
    client.send(`${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel`);
    const answer = await client.response({ toHead: method === 'HEAD' });
    assert.equal(answer.status, 200);
    client.send('lo');
  }
});

test('a streamed answer to a request whose body still comes is whole', async (t) => {
  const body = async function* () {
    yield Buffer.from('hel');
    yield Buffer.from('lo');
  };
  const front = await startTestFront(t, async () => ({
    status: 200,
    headers: { 'Content-Length': '5' },
    body: body(),
  }));
  const client = await front.connect();
  client.send('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab');
  assert.equal((await client.response()).body.toString(), 'hello');
  client.send(`cd${get}`);
  assert.equal((await client.response()).body.toString(), 'hello');
});
