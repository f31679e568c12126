/** Requests sent behind each other on one connection: one at a time, in order, and not too many (SECURITY rule 22). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arrival } from '../../src/http/pipeline.ts';
import { eventually, readAll, startTestFront, text } from '../support/front.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test('rule 22: requests in one packet run one after the other, each when the answer before it has left', async (t) => {
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const pipeline = async (arrival: Arrival) => {
    const { target } = arrival.raw;
    begun.push(target);
    await new Promise<void>((resolve) => finish.push(resolve));
    return text(`${target} ${await readAll(arrival)}`);
  };
  const front = await startTestFront(t, pipeline);
  const connection = await front.connect();
  const put = 'PUT /2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody';
  connection.send(`${get('/1')}${put}${get('/3')}`);
  for (const [index, answer] of ['/1 ', '/2 body', '/3 '].entries()) {
    await eventually(() => begun.length === index + 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(begun, ['/1', '/2', '/3'].slice(0, index + 1));
    finish[index]?.();
    assert.equal((await connection.response()).body.toString(), answer);
  }
});

test('rule 22: a connection on which too many requests wait is cut, and what waited never runs', async (t) => {
  let begun = 0;
  let aborted = 0;
  const pipeline = async ({ signal }: Arrival) => {
    begun += 1;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    aborted += 1;
    return text('');
  };
  const front = await startTestFront(t, pipeline, { limits: { pipelinedRequests: 4 } });
  const patient = await front.connect();
  patient.send(get('/').repeat(5));
  await eventually(() => front.inFlight() === 5);
  const flood = await front.connect();
  flood.send(get('/').repeat(2000));
  await flood.closed();
  assert.equal(flood.unread().length, 0);
  await eventually(() => aborted === 1 && front.inFlight() === 5);
  assert.equal(begun, 2);
  patient.destroy();
  await eventually(() => front.inFlight() === 0);
  assert.equal(begun, 2);
});

test('rule 22: a client that hangs up while requests wait leaves nothing behind', async (t) => {
  const front = await startTestFront(t, ({ signal }: Arrival) => {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(text(''))));
  });
  for (let round = 0; round < 20; round += 1) {
    const connection = await front.connect();
    connection.send(get('/').repeat(10));
    await eventually(() => front.inFlight() === 10);
    connection.destroy();
    await eventually(() => front.inFlight() === 0);
  }
  assert.equal(front.records.length, 200);
});
