/** What fails leaves the object before it, whole; what is being read stays readable; what was acknowledged is there. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { assertBytes, breakOff, elements, openPut, overEngines, type World } from '../support/s3-world.ts';
import { targetOf } from '../support/signer.ts';

const OLD = randomBytes(3_000_000);
const NEW = randomBytes(2_000_000);

async function openGet({ server, alice }: World, bucket: string, key: string): Promise<IncomingMessage> {
  const target = targetOf(bucket, key);
  const headers = alice.headers('GET', target, {});
  const request = http.get({ host: server.host, port: server.port, path: target, headers, agent: false });
  const [answer] = await once(request, 'response');
  assert(answer instanceof http.IncomingMessage);
  return answer;
}

overEngines((world) => {
  test('an upload that breaks off leaves the object before it, and no trace', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', OLD);
    for (const key of ['key', 'new']) await breakOff(world(), { bucket: name, key }, NEW);
    assertBytes((await alice.get(name, 'key')).body, OLD);
    assert.equal((await alice.get(name, 'new')).code, 'NoSuchKey');
    assert.deepEqual(elements((await alice.send('GET', { bucket: name })).text, 'Key'), ['key']);
  });

  test('rule 05: a body that is not what was signed leaves the object before it', async () => {
    const { alice, bucket, server } = world();
    const name = await bucket();
    await alice.put(name, 'key', OLD);
    const target = targetOf(name, 'key');
    const signed = alice.headers('PUT', target, { body: NEW });
    for (const body of [Buffer.concat([NEW.subarray(1), Buffer.from('x')]), randomBytes(10)]) {
      const request = http.request({
        host: server.host,
        port: server.port,
        method: 'PUT',
        path: target,
        headers: signed,
        agent: false,
      });
      request.end(body);
      const [answer] = await once(request, 'response');
      assert.equal(answer.statusCode, 400);
      answer.resume();
      await once(answer, 'end');
    }
    assertBytes((await alice.get(name, 'key')).body, OLD);
  });

  test('a reader in the middle of a version finishes it, replaced, copied over or deleted', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const replacements: readonly (() => Promise<{ readonly status: number }>)[] = [
      () => alice.put(name, 'key', NEW),
      () => alice.delete(name, 'key'),
      () =>
        alice.send('PUT', {
          bucket: name,
          key: 'key',
          headers: { 'x-amz-copy-source': `${name}/key`, 'x-amz-metadata-directive': 'REPLACE' },
        }),
    ];
    for (const replace of replacements) {
      await alice.put(name, 'key', OLD);
      const answer = await openGet(world(), name, 'key');
      const chunks: Buffer[] = [];
      for await (const chunk of answer) {
        if (chunks.length === 0) assert((await replace()).status < 300);
        chunks.push(chunk);
      }
      assertBytes(Buffer.concat(chunks), OLD);
    }
  });

  test('nobody waits for somebody else’s body; the last to finish wins', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const slow = openPut(world(), { bucket: name, key: 'key' }, NEW);
    slow.write(NEW.subarray(0, 1_000_000));
    assert.equal((await alice.put(name, 'key', OLD)).status, 200);
    assertBytes((await alice.get(name, 'key')).body, OLD);
    slow.end(NEW.subarray(1_000_000));
    const [answer] = await once(slow, 'response');
    assert.equal(answer.statusCode, 200);
    answer.resume();
    assertBytes((await alice.get(name, 'key')).body, NEW);
  });

  test('rule 29: a bucket that races with puts is deleted empty or not at all', async () => {
    const { alice, bucket } = world();
    const outcomes = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const name = await bucket();
      const size = round % 2 === 0 ? 10 : 100_000;
      const put = () => alice.put(name, 'key', Buffer.alloc(size, 'x'));
      const remove = () => alice.send('DELETE', { bucket: name });
      const [first, second] = round % 3 === 0 ? [remove(), put()] : [put(), remove()];
      const [a, b] = await Promise.all([first, second]);
      const [removed, stored] = round % 3 === 0 ? [a, b] : [b, a];
      assert([204, 409].includes(removed.status), removed.text);
      assert(stored.status === 200 || stored.code === 'NoSuchBucket', stored.text);
      assert.notEqual(removed.status === 204, stored.status === 200, 'acknowledged and gone, or neither');
      outcomes.add(removed.status === 204 ? 'removed' : 'stored');
      if (stored.status === 200) assert.equal((await alice.get(name, 'key')).body.length, size);
    }
    assert(outcomes.size > 0);
  });

  test('a bucket that changes under a put: versioning decides at the commit, and a bucket that went is gone', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    const finish = async (put: ReturnType<typeof openPut>): Promise<IncomingMessage> => {
      put.end(NEW.subarray(1_000_000));
      const [answer] = await once(put, 'response');
      assert(answer instanceof http.IncomingMessage);
      answer.resume();
      await once(answer, 'end');
      return answer;
    };
    const half = async (): Promise<ReturnType<typeof openPut>> => {
      const put = openPut(world(), { bucket: name, key: 'key' }, NEW);
      await new Promise((sent) => put.write(NEW.subarray(0, 1_000_000), sent));
      // The server has begun to read: its target is fetched.
      while (world().server.engine.counts()['blobs.write'] === undefined)
        await new Promise((soon) => setTimeout(soon, 2));
      return put;
    };
    world().server.engine.reset();
    const changing = await half();
    await setVersioning(name, 'enabled');
    const stored = await finish(changing);
    assert.equal(stored.statusCode, 200);
    const versionId = String(stored.headers['x-amz-version-id']);
    assert(versionId !== 'undefined' && versionId !== 'null');

    const at = { bucket: name, key: 'key', query: { versionId } };
    world().server.engine.reset();
    const orphan = await half();
    assert.equal((await alice.send('DELETE', at)).status, 204);
    assert.equal((await alice.send('DELETE', { bucket: name })).status, 204);
    assert.equal((await finish(orphan)).statusCode, 404);
    assert.equal(world().server.engine.counts()['blobs.discard'], 1);
    assert.equal((await alice.get(name, 'key')).code, 'NoSuchBucket');
  });

  test('rule 30: a bucket made again under the same name holds nothing of the one before', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'secret', { 'x-amz-acl': 'public-read' });
    await alice.delete(name, 'key');
    await alice.send('POST', { bucket: name, key: 'upload', query: { uploads: '' } });
    assert.equal((await alice.send('DELETE', { bucket: name })).status, 204);
    assert.equal((await bob.send('PUT', { bucket: name })).status, 200);
    assert.equal((await bob.get(name, 'key')).code, 'NoSuchKey');
    assert.deepEqual(elements((await bob.send('GET', { bucket: name, query: { uploads: '' } })).text, 'Upload'), []);
    assert.equal((await alice.get(name, 'key')).code, 'AccessDenied');
  });
});
