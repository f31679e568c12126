/**
 * One test per fault of Pithos, the server that Moraine succeeds. Faults that other files test at length are here in
 * one example each, so that the list stays whole.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import type { Engine } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { assertBytes, breakOff, md5Base64, md5Hex, overEngines, worldOver } from '../support/s3-world.ts';
import { signedRequest, targetOf } from '../support/signer.ts';
import { PART_MIN, PARTS, Upload } from '../support/upload.ts';

const BODY = randomBytes(300_000);

overEngines(
  (world) => {
    test('it deleted the old blocks before it saved the new row: a put that fails deletes nothing', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', BODY);
      const failed = await alice.put(name, 'key', randomBytes(300_000), { 'content-md5': md5Base64('other') });
      assert.equal(failed.status, 400);
      assertBytes((await alice.get(name, 'key')).body, BODY);
    });

    test('it saved a row after a dropped upload: a body that is short makes no object', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await breakOff(world(), { bucket: name, key: 'key' }, BODY);
      assert.equal((await alice.get(name, 'key')).code, 'NoSuchKey');
    });

    test('it copied in place over live chunks: a copy onto itself keeps every byte', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', BODY);
      const headers = { 'x-amz-copy-source': `${name}/key`, 'x-amz-metadata-directive': 'REPLACE' };
      const reads = Promise.all(Array.from({ length: 4 }, () => alice.get(name, 'key')));
      for (let times = 0; times < 4; times += 1) {
        assert.equal((await alice.send('PUT', { bucket: name, key: 'key', headers })).status, 200);
      }
      for (const { body } of [...(await reads), await alice.get(name, 'key')]) assertBytes(body, BODY);
    });

    test('it claimed bucket names by read-then-write: of racing claims one wins', async () => {
      const { alice, bob } = world();
      for (let round = 0; round < 5; round += 1) {
        const bucket = `claimed-${round}`;
        const claims = [alice, bob, alice, bob].map((client) => client.send('PUT', { bucket }));
        const answers = await Promise.all(claims);
        const [alices, bobs] = [
          [answers[0], answers[2]],
          [answers[1], answers[3]],
        ].map((mine) => mine.some((answer) => answer?.status === 200));
        assert.notEqual(alices, bobs, 'one account has it');
        for (const { status, code } of answers) assert(status === 200 || code === 'BucketAlreadyExists', code ?? '');
      }
    });

    test('it rewrote all data when an upload was completed: completion writes and reads no bytes', async () => {
      const { alice, bucket, server } = world();
      const upload = await Upload.begin(alice, await bucket());
      const sent = await upload.fill();
      server.engine.reset();
      assert.equal((await upload.complete(sent)).status, 200);
      const { 'blobs.write': written, 'blobs.read': read } = server.engine.counts();
      assert.deepEqual([written, read], [undefined, undefined]);
      assertBytes((await alice.get(upload.at.bucket, 'key')).body, Buffer.concat(PARTS));
    });

    test('it had no garbage collection: what nothing names any more is reclaimed', async () => {
      const { alice, bucket, server } = world();
      const name = await bucket();
      // Where the engine tells its figures.
      const bodyBytes = async () => (await server.engine.upkeep.usage()).bodyBytes;
      const before = await bodyBytes();
      await alice.put(name, 'key', BODY);
      await alice.put(name, 'key', BODY);
      assert.equal(await bodyBytes(), before === undefined ? undefined : before + BODY.length);
      await alice.delete(name, 'key');
      assert.equal(await bodyBytes(), before);
      const now = Date.now() + 2 * LIMITS.blobGraceMs;
      for (let rounds = 0; rounds < 100; rounds += 1) {
        if ((await server.engine.upkeep.sweep({ now, limit: 1000 })).done) break;
      }
      assert.equal((await server.engine.upkeep.usage()).trashBytes ?? 0, 0);
    });

    test('it had no integrity check: the whole store can be verified', async () => {
      const { alice, bucket, server } = world();
      await alice.put(await bucket(), 'key', BODY);
      for await (const finding of server.engine.upkeep.check({ bodies: true })) assert.fail(JSON.stringify(finding));
    });

    test('it had no conditional headers: a create-only put does not replace', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'first');
      assert.equal((await alice.put(name, 'key', 'second', { 'if-none-match': '*' })).status, 412);
      assert.equal((await alice.get(name, 'key')).text, 'first');
      assert.equal((await alice.get(name, 'key', { 'if-none-match': `"${md5Hex('first')}"` })).status, 304);
    });

    test('it dropped unknown sub-resources: one never reaches the base operation, built or not', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'kept');
      const empty = await bucket();
      for (const sub of ['encryption', 'tagging']) await alice.send('DELETE', { bucket: empty, query: { [sub]: '' } });
      for (const sub of ['lifecycle', 'website', 'tomorrows']) {
        assert.equal((await alice.send('DELETE', { bucket: empty, query: { [sub]: '' } })).status, 501, sub);
      }
      assert.equal((await alice.send('HEAD', { bucket: empty })).status, 200);
      for (const sub of ['retention', 'legal-hold', 'tagging', 'tomorrows']) {
        const at = { bucket: name, key: 'key', query: { [sub]: '' } };
        assert([400, 501].includes((await alice.send('PUT', { ...at, body: 'overwritten' })).status), sub);
        assert([204, 405, 501].includes((await alice.send('DELETE', at)).status), sub);
      }
      assert.equal((await alice.get(name, 'key')).text, 'kept');
    });

    test('it let an unknown V4 key match any grant: an unknown key is refused, on public objects too', async () => {
      const { alice, nobody, bucket, server } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      await alice.put(name, 'key', 'public', { 'x-amz-acl': 'public-read' });
      assert.equal((await nobody.get(name, 'key')).status, 200);
      const credentials = { accessKeyId: 'UNKNOWNKEY', secretAccessKey: 'unknown' };
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const target = targetOf(name, 'key');
        const answer = await signedRequest({ origin: server.origin, method, target, credentials });
        assert.equal(answer.status, 403);
        assert.match(answer.body.toString(), /<Code>InvalidAccessKeyId</);
      }
      assert.equal((await alice.get(name, 'key')).text, 'public');
    });

    test('it read one row six times per request: each row is read once', async () => {
      const { alice, bucket, server } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'x');
      server.engine.reset();
      await alice.get(name, 'key');
      assert.deepEqual({ ...server.engine.counts() }, { 'rows.getIdentity': 1, 'rows.getTarget': 1, 'blobs.read': 1 });
    });
  },
  { partBytesMin: PART_MIN },
);

test('it read every block before a range: only the bytes of the range are asked for', async () => {
  const inner = createMemoryEngine();
  const asked: (readonly [number, number])[] = [];
  const { write, slice, discard } = inner.blobs;
  const blobs: Engine['blobs'] = {
    write: (source, size) => write.call(inner.blobs, source, size),
    slice: (body, start, end) => slice.call(inner.blobs, body, start, end),
    discard: (body) => discard.call(inner.blobs, body),
    read(body, start, end) {
      asked.push([start, end]);
      return inner.blobs.read(body, start, end);
    },
  };
  const { world, stop } = await worldOver({ engine: { ...inner, blobs }, close: () => inner.close() });
  try {
    const { alice, bucket } = world;
    const name = await bucket();
    await alice.put(name, 'key', BODY);
    const answer = await alice.get(name, 'key', { range: 'bytes=299990-' });
    assertBytes(answer.body, BODY.subarray(299_990));
    assert.deepEqual(asked, [[299_990, 300_000]]);
  } finally {
    await stop();
  }
});
