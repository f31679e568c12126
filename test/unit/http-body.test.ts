import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import { eventually, readAll, startTestFront, text } from '../support/front.ts';

const put = (length: number | string, more = '') =>
  `PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n${more}\r\n`;

test('a request that is refused before its body is read never gets to send it', async (t) => {
  const front = await startTestFront(t, async () => {
    throw new S3Error('AccessDenied');
  });
  const client = await front.connect();
  client.send(put(1000, 'Expect: 100-continue\r\n'));
  const answer = await client.response();
  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get('connection'), 'close', 'what follows could be the body or another request');
  await client.closed();
  assert.equal(client.unread().length, 0);
});

test('100 Continue goes out when the body is first asked for, and only once', async (t) => {
  let begin: () => void = () => {};
  const authorised = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const front = await startTestFront(t, async (arrival) => {
    await authorised;
    return text((await readAll(arrival)).toString());
  });
  const client = await front.connect();
  client.send(put(5, 'Expect: 100-continue\r\n'));
  await eventually(() => front.inFlight() === 1);
  assert.equal(client.unread().length, 0, 'nothing is said before the line comes to the body');
  begin();
  assert.equal((await client.response()).status, 100);
  client.send('hello');
  const answer = await client.response();
  assert.equal(answer.status, 200);
  assert.equal(answer.body.toString(), 'hello');
  assert.equal(answer.headers.get('connection'), 'keep-alive');
});

test('a body is the same however it is cut into packets, and the connection goes on after it', async (t) => {
  const front = await startTestFront(t, async (arrival) => text((await readAll(arrival)).toString('latin1')));
  const client = await front.connect();
  client.socket.setNoDelay(true);
  const messages = [
    `${put(11)}hello world`,
    `PUT /b/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
  ];
  for (const message of messages) {
    for (const step of [message.length, 40, 7, 1]) {
      for (let at = 0; at < message.length; at += step) {
        client.send(message.slice(at, at + step));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal((await client.response()).body.toString(), 'hello world', `in steps of ${step}`);
    }
  }
  assert.deepEqual([...new Set(front.records.map((record) => record.bytesIn))], [11]);
});

/** Waits until a figure has not changed for a while. */
async function standstill(figure: () => number): Promise<void> {
  let last = figure();
  for (let same = 0; same < 20; same++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (figure() !== last) same = 0;
    last = figure();
  }
}

test('rule 22: a body is taken from the client only as fast as it is read', async (t) => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let first = 0;
  const front = await startTestFront(t, async (arrival) => {
    let total = 0;
    for await (const chunk of arrival.body) {
      if (total === 0) {
        first = chunk.length;
        await held;
      }
      total += chunk.length;
    }
    return text(`${total}`);
  });
  const client = await front.connect();
  const size = 64 * 1024 * 1024;
  client.send(put(size));
  const piece = Buffer.alloc(1024 * 1024);
  let sent = 0;
  const sendNext = () => {
    if (sent === size) return;
    sent += piece.length;
    client.socket.write(piece, sendNext);
  };
  sendNext();
  await eventually(() => first > 0);
  await standstill(() => sent);
  assert.ok(sent < size, 'the rest waits on the client’s side');
  release();
  assert.equal((await client.response()).body.toString(), `${size}`);
});

test('a body that breaks off is an error for its reader, never an end', async (t) => {
  const seen: string[] = [];
  let gone: AbortSignal | undefined;
  const front = await startTestFront(t, async (arrival) => {
    gone = arrival.signal;
    try {
      for await (const _ of arrival.body) seen.push('chunk');
      seen.push('end');
    } catch (error) {
      seen.push(error instanceof S3Error ? error.code : String(error));
      throw error;
    }
    return text('stored');
  });
  const client = await front.connect();
  client.send(`${put(10)}half`);
  await eventually(() => seen.length === 1);
  client.socket.resetAndDestroy();
  await eventually(() => front.records.length === 1);
  assert.deepEqual(seen, ['chunk', 'IncompleteBody']);
  assert.equal(gone?.aborted, true);
  assert.equal(front.records[0]?.complete, false);
});

test('a client that ends its side in the middle of a body is told so', async (t) => {
  const front = await startTestFront(t, async (arrival) => text((await readAll(arrival)).toString()));
  const client = await front.connect();
  client.send(`${put(10)}half`);
  client.socket.end();
  const answer = await client.response();
  assert.equal(answer.status, 400);
  assert.equal(answer.headers.get('connection'), 'close');
  await client.closed();
});

test('a body with broken chunks is refused and ends the connection', async (t) => {
  const front = await startTestFront(t, async (arrival) => text((await readAll(arrival)).toString()));
  const client = await front.connect();
  client.send('PUT /b/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await eventually(() => front.inFlight() === 1);
  client.send('zz\r\n');
  const answer = await client.response();
  assert.equal(answer.status, 400);
  assert.match(answer.body.toString(), /<Code>InvalidRequest<\/Code>/);
  await client.closed();
});

test('a body that stops coming is given up', async (t) => {
  const limits = { idleBodyTimeoutMs: 40, slowBodyGraceMs: 60_000 };
  const front = await startTestFront(t, async (arrival) => text((await readAll(arrival)).toString()), { limits });
  const client = await front.connect();
  client.send(`${put(10)}half`);
  const answer = await client.response();
  assert.equal(answer.status, 400);
  assert.match(answer.body.toString(), /<Code>RequestTimeout<\/Code>/);
  assert.equal(answer.headers.get('connection'), 'close');
  await client.closed();
});

test('a body that comes by drops is given up after the grace', async (t) => {
  const limits = { idleBodyTimeoutMs: 60_000, slowBodyGraceMs: 60, minBytesPerSecond: 1_000_000 };
  const front = await startTestFront(t, async (arrival) => text((await readAll(arrival)).toString()), { limits });
  const client = await front.connect();
  client.send(put(1_000_000));
  const drops = setInterval(() => client.send('x'), 5);
  const answer = await client.response();
  clearInterval(drops);
  assert.match(answer.body.toString(), /<Code>RequestTimeout<\/Code>/);
});

test('a slow engine is not the client’s fault', async (t) => {
  const limits = { idleBodyTimeoutMs: 20, slowBodyGraceMs: 20, minBytesPerSecond: 1_000_000 };
  const front = await startTestFront(
    t,
    async (arrival) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return text((await readAll(arrival)).toString());
    },
    { limits },
  );
  const client = await front.connect();
  client.send(`${put(5)}hello`);
  assert.equal((await client.response()).body.toString(), 'hello');
});
