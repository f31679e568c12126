import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soonOrLater, spaced } from '../../src/http/late.ts';
import type { Reply } from '../../src/ops/types.ts';
import { plainDocument } from '../../src/wire/xml-write.ts';

const REPLY: Reply = { status: 200, headers: {}, body: plainDocument('Root', '') };

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('an answer that is there in time goes out as it is, a failure as itself', async () => {
  assert.equal(await soonOrLater(Promise.resolve(REPLY), 60_000, assert.fail), REPLY);
  await assert.rejects(soonOrLater(Promise.reject(new Error('no')), 60_000, assert.fail), /no/);
});

test('no answer begins before its request has arrived', async () => {
  let looks = 0;
  const never = new Promise<Reply>(() => {});
  const reply = await soonOrLater(never, 1, () => {
    looks += 1;
    return looks === 3;
  });
  assert.deepEqual([reply.status, reply.later, looks], [200, never, 3]);
});

test('a late failure that nobody waits for any more is nobody’s', async () => {
  let fail = (_: Error): void => {};
  const answer = new Promise<Reply>((_, reject) => {
    fail = reject;
  });
  await soonOrLater(answer, 1, () => true);
  fail(new Error('nobody hears this'));
  // An unhandled rejection would end the test.
  await new Promise((resolve) => setImmediate(resolve));
});

test('white space comes between the declaration and the document, which has no other', async () => {
  const document = new Promise<string>((resolve) => setTimeout(resolve, 50, plainDocument('Root', 'x')));
  assert.match(await text(spaced(document, 2)), /^<\?xml version="1.0" encoding="UTF-8"\?>\n +<Root>x<\/Root>$/);
  await assert.rejects(text(spaced(Promise.resolve('no document of ours'), 2)), /declaration/);
});
