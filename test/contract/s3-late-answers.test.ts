/**
 * Answers that take long: 200 and white space while the work goes on, then the document, of success or failure. Sources:
 * "CompleteMultipartUpload" and "CopyObject" in the S3 API reference.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Corrupt } from '../../src/store/port.ts';
import { ENGINES } from '../support/engines.ts';
import { eventually } from '../support/front.ts';
import { type InterposedEngine, interposedEngine } from '../support/interposed-engine.ts';
import { type Answer, element, header, md5Hex, type World, worldOver } from '../support/s3-world.ts';
import { PART_MIN, Upload, WHOLE } from '../support/upload.ts';

/** Short, and the work waits for many of it: what is late here is late on any machine. */
const LATE_MS = 5;
const LONG = () => new Promise((resolve) => setTimeout(resolve, 20 * LATE_MS));

/** What came after the declaration: some white space, then one document of that root. */
function assertLate(answer: Answer, root: string): void {
  assert.match(answer.text, new RegExp(`^<\\?xml version="1.0" encoding="UTF-8"\\?>\\n +<${root}[ >][^?]*</${root}>$`));
  assert.deepEqual([answer.status, header(answer, 'content-type')], [200, 'application/xml']);
  assert.deepEqual([header(answer, 'transfer-encoding'), header(answer, 'content-length')], ['chunked', '']);
}

for (const named of ENGINES) {
  describe(named.name, () => {
    let opened: { readonly world: World; readonly stop: () => Promise<void>; readonly engine: InterposedEngine };
    before(async () => {
      const { engine: inner, close } = await named.open();
      const engine = interposedEngine(inner);
      const limits = { partBytesMin: PART_MIN, lateAnswerMs: LATE_MS };
      opened = { engine, ...(await worldOver({ engine, close }, limits)) };
    });
    after(() => opened.stop());

    const copy = (bucket: string, headers: Readonly<Record<string, string>> = {}) =>
      opened.world.alice.send('PUT', {
        bucket,
        key: 'copy',
        headers: { 'x-amz-copy-source': `${bucket}/source`, ...headers },
      });

    /** The log's record of this answer, which is written when its connection is done with it. */
    async function recordOf(answer: Answer) {
      const find = () =>
        opened.world.server.records().find(({ requestId }) => requestId === header(answer, 'x-amz-request-id'));
      await eventually(() => find() !== undefined);
      return find();
    }

    test('a late success is as good as an early one', async () => {
      const { world, engine } = opened;
      const name = await world.bucket();
      const upload = await Upload.begin(world.alice, name);
      const sent = await upload.fill();
      engine.beforeNext('completeUpload', LONG);
      const done = await upload.complete(sent);
      assertLate(done, 'CompleteMultipartUploadResult');
      assert.equal(element(done.text, 'ETag'), header(await world.alice.head(name, 'key'), 'etag'));
      await world.alice.put(name, 'source', 'body');
      engine.beforeNext('putVersion', LONG);
      const copied = await copy(name);
      assertLate(copied, 'CopyObjectResult');
      assert.equal(element(copied.text, 'ETag'), `"${md5Hex('body')}"`);
      assert.equal((await world.alice.get(name, 'copy')).text, 'body');
      const second = await Upload.begin(world.alice, name);
      engine.beforeNext('putPart', LONG);
      const part = await second.copy(1, `${name}/source`);
      assertLate(part, 'CopyPartResult');
      const record = await recordOf(part);
      assert.deepEqual([record?.status, record?.code, record?.complete], [200, undefined, true]);
    });

    test('a late failure is an error document in a 200, and recorded as what it is', async () => {
      const { world, engine } = opened;
      const name = await world.bucket();
      await world.alice.put(name, 'source', 'body');
      engine.beforeNext('putVersion', async () => {
        await LONG();
        await world.alice.put(name, 'copy', 'theirs');
      });
      const refused = await copy(name, { 'if-none-match': '*' });
      assertLate(refused, 'Error');
      assert.equal(element(refused.text, 'Code'), 'PreconditionFailed');
      assert.equal(element(refused.text, 'RequestId'), header(refused, 'x-amz-request-id'));
      assert.equal(element(refused.text, 'Resource'), `/${name}/copy`);
      const ofRefused = await recordOf(refused);
      assert.deepEqual([ofRefused?.status, ofRefused?.code], [412, 'PreconditionFailed']);
      assert.equal((await world.alice.get(name, 'copy')).text, 'theirs');
      engine.beforeNext('putVersion', async () => {
        await LONG();
        throw new Corrupt('as the test wants it');
      });
      const broken = await copy(name);
      assertLate(broken, 'Error');
      assert.equal(element(broken.text, 'Code'), 'InternalError');
      assert(!broken.text.includes('as the test wants it'));
      const ofBroken = await recordOf(broken);
      assert.deepEqual([ofBroken?.status, ofBroken?.code], [500, 'InternalError']);
    });

    test('what is refused before the work begins has its status', async () => {
      const { world } = opened;
      const name = await world.bucket();
      await world.alice.put(name, 'source', 'body');
      const headers = { 'x-amz-copy-source': `${name}/source` };
      const stranger = await world.bob.send('PUT', { bucket: name, key: 'copy', headers });
      assert.deepEqual([stranger.status, stranger.code], [403, 'AccessDenied']);
      const absent = await world.alice.send('PUT', { bucket: 'absent-bucket', key: 'copy', headers });
      assert.deepEqual([absent.status, absent.code], [404, 'NoSuchBucket']);
    });

    test('other operations wait without a word: their status is what became of them', async () => {
      const { world, engine } = opened;
      const name = await world.bucket();
      engine.beforeNext('putVersion', async () => {
        await LONG();
        await world.alice.put(name, 'key', 'theirs');
      });
      const answer = await world.alice.put(name, 'key', WHOLE, { 'if-none-match': '*' });
      assert.deepEqual([answer.status, answer.code], [412, 'PreconditionFailed']);
    });

    test('a client that goes while it waits changes nothing: the copy is made', async () => {
      const { world, engine } = opened;
      const name = await world.bucket();
      await world.alice.put(name, 'source', 'body');
      const seen = world.server.records().length;
      let copied = false;
      engine.beforeNext('putVersion', async () => {
        await LONG();
        request.destroy();
        await eventually(() => world.server.records().length > seen);
      });
      engine.afterNext('putVersion', () => {
        copied = true;
      });
      const target = `/${name}/copy`;
      const signed = world.alice.headers('PUT', target, { headers: { 'x-amz-copy-source': `${name}/source` } });
      const { host, port } = world.server;
      const request = http.request({ host, port, method: 'PUT', path: target, headers: signed, agent: false });
      request.on('error', () => {});
      request.end();
      await eventually(() => copied);
      assert.equal((await world.alice.get(name, 'copy')).text, 'body');
      assert.equal(world.server.records()[seen]?.complete, false);
    });
  });
}
