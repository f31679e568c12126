/** Multipart uploads at their limits and under races: numbers, sizes, spellings, repeats, and what an abort meets. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http, { type ClientRequest } from 'node:http';
import { test } from 'node:test';
import { assertBytes, element, elements, header, md5Hex, overEngines, type World } from '../support/s3-world.ts';
import { targetOf } from '../support/signer.ts';
import { etagOf, PART_MIN, PARTS, type Sent, Upload } from '../support/upload.ts';

const [FIRST, SECOND, LAST] = PARTS;
/** Smaller than S3's, so that a test reaches them. */
const PART_MAX = 60_000;
const OBJECT_MAX = 100_000;

const sentAs = (number: number, body: Uint8Array): Sent => ({ number, etag: `"${md5Hex(body)}"` });

/** A part whose body has not come whole: half of it is on its way. */
async function beginPart({ server, alice }: World, upload: Upload, body: Buffer): Promise<ClientRequest> {
  const { bucket, key } = upload.at;
  const target = targetOf(bucket, key, { partNumber: '1', uploadId: upload.uploadId });
  const headers = { ...alice.headers('PUT', target, { body }), 'content-length': String(body.length) };
  const { host, port } = server;
  const request = http.request({ host, port, method: 'PUT', path: target, headers, agent: false });
  await new Promise((sent) => request.write(body.subarray(0, body.length / 2), sent));
  return request;
}

function endPart(request: ClientRequest, rest: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.end(rest);
  });
}

overEngines(
  (world) => {
    test('parts may come in any order, with gaps, up to number 10,000; the object has them in the order of their numbers', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name);
      for (const [number, body] of [
        [10_000, LAST],
        [7, SECOND],
        [3, FIRST],
        [5, FIRST],
      ] as const) {
        assert.equal((await upload.part(number, body)).status, 200);
      }
      assert.deepEqual(elements((await upload.list()).text, 'PartNumber'), ['3', '5', '7', '10000']);
      const done = await upload.complete([sentAs(3, FIRST), sentAs(7, SECOND), sentAs(10_000, LAST)]);
      assert.equal(element(done.text, 'ETag'), etagOf(FIRST, SECOND, LAST), done.text);
      assertBytes((await alice.get(name, 'key')).body, Buffer.concat([FIRST, SECOND, LAST]));
      const at = { bucket: name, key: 'key', query: { partNumber: '10000' } };
      assertBytes((await alice.send('GET', at)).body, LAST);
    });

    test('the last part may be empty, and be the only one', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (const parts of [[FIRST, Buffer.alloc(0)], [Buffer.alloc(0)]]) {
        const upload = await Upload.begin(alice, name);
        const done = await upload.complete(await upload.fill(parts));
        assert.equal(element(done.text, 'ETag'), etagOf(...parts), done.text);
        assertBytes((await alice.get(name, 'key')).body, Buffer.concat(parts));
      }
      const upload = await Upload.begin(alice, name);
      const wrong = await upload.complete(await upload.fill([Buffer.alloc(0), FIRST]));
      assert.deepEqual([wrong.code, element(wrong.text, 'ProposedSize')], ['EntityTooSmall', '0']);
    });

    test('an ETag may come with its quotes, without, escaped, or weakened by a proxy; anything but the one ETag is InvalidPart or no XML of S3', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      const bare = md5Hex(FIRST);
      await upload.part(1, FIRST);
      for (const etag of ['x', '*', '""', bare.slice(1), `"${bare}","${bare}"`, bare.toUpperCase()]) {
        assert.equal((await upload.complete([{ number: 1, etag }])).code, 'InvalidPart', etag);
      }
      const twice = { number: 1, etag: bare, extra: `<ETag>${bare}</ETag>` };
      for (const part of [
        twice,
        { ...twice, extra: '<PartNumber>1</PartNumber>' },
        { ...twice, extra: '<Size>1</Size>' },
      ]) {
        assert.equal((await upload.complete([part])).code, 'MalformedXML', part.extra);
      }
      for (const etag of [bare, `"${bare}"`, `&quot;${bare}&quot;`, `&#34;${bare}&#34;`, `W/"${bare}"`]) {
        const done = await upload.complete([{ number: 1, etag }]);
        assert.deepEqual([done.status, element(done.text, 'ETag')], [200, etagOf(FIRST)], etag);
      }
    });

    test('a completion names 1 to 10,000 parts', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      const parts = Array.from({ length: 10_001 }, (_, index) => sentAs(Math.min(index + 1, 10_000), FIRST));
      const tooMany = await upload.complete(parts);
      assert.deepEqual([tooMany.status, tooMany.code], [400, 'MalformedXML']);
      assert.equal((await upload.complete(parts.slice(0, 10_000))).code, 'InvalidPart', 'as many are read');
      assert.equal((await upload.complete([])).code, 'MalformedXML');
    });

    test('a part and an object have their greatest sizes; the upload lives on', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name);
      const [large, larger] = [randomBytes(PART_MAX), randomBytes(PART_MAX + 1)];
      const refused = await upload.part(1, larger);
      assert.deepEqual([refused.status, refused.code], [400, 'EntityTooLarge']);
      const fields = ['ProposedSize', 'MaxSizeAllowed'].map((field) => element(refused.text, field));
      assert.deepEqual(fields, [String(PART_MAX + 1), String(PART_MAX)]);
      const sent = await upload.fill([large, large]);
      const whole = await upload.complete(sent);
      assert.deepEqual([whole.status, whole.code], [400, 'EntityTooLarge']);
      assert.equal(element(whole.text, 'ProposedSize'), String(2 * PART_MAX));
      assert.equal((await upload.complete(sent.slice(0, 1))).status, 200);

      const wide = await Upload.begin(alice, name);
      await wide.complete(await wide.fill([SECOND, SECOND]));
      const next = await Upload.begin(alice, name);
      const copied = await next.copy(1, `${name}/key`);
      assert.deepEqual([copied.status, copied.code], [400, 'InvalidRequest'], 'more than one part may have');
      assert.equal((await next.copy(1, `${name}/key`, { 'x-amz-copy-source-range': 'bytes=0-59999' })).status, 200);
    });

    test('x-amz-mp-object-size must be the size', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      const sent = await upload.fill([FIRST, LAST]);
      for (const size of ['0', '1006', '1008', '-1007', '1007.0', 'x']) {
        const answer = await upload.complete(sent, { 'x-amz-mp-object-size': size });
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidRequest'], size);
      }
      assert.equal((await upload.complete(sent, { 'x-amz-mp-object-size': '1007' })).status, 200);
    });

    test('a completion that is sent again gets the same answer, even when newer versions came since', async () => {
      const { alice, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      await alice.put(name, 'key', 'before');
      const upload = await Upload.begin(alice, name, { 'x-amz-checksum-algorithm': 'CRC64NVME' });
      const sent = await upload.fill();
      const first = await upload.complete(sent);
      const version = header(first, 'x-amz-version-id');
      const again = async () => {
        const answer = await upload.complete(sent);
        return [answer.status, answer.text, header(answer, 'x-amz-version-id')];
      };
      assert.deepEqual(await again(), [200, first.text, version]);
      await alice.put(name, 'key', 'after');
      await alice.put(name, 'key2', 'another key');
      assert.deepEqual(await again(), [200, first.text, version]);
      await alice.delete(name, 'key');
      assert.deepEqual(await again(), [200, first.text, version], 'behind a delete marker');
      assert.equal((await upload.complete(sent.slice(0, 1))).code, 'NoSuchUpload');
      await alice.send('DELETE', { bucket: name, key: 'key', query: { versionId: version } });
      assert.equal((await upload.complete(sent)).code, 'NoSuchUpload');
    });

    test('a part that is under way when its upload is aborted is refused, and its bytes are given back', async () => {
      const { alice, bucket, server } = world();
      const upload = await Upload.begin(alice, await bucket());
      server.engine.reset();
      const part = await beginPart(world(), upload, SECOND);
      while (server.engine.counts()['rows.getUpload'] === undefined) await new Promise((soon) => setTimeout(soon, 5));
      server.engine.reset();
      assert.equal((await upload.abort()).status, 204);
      assert.equal(await endPart(part, SECOND.subarray(SECOND.length / 2)), 404);
      assert.equal(server.engine.counts()['blobs.discard'], 1);
      assert.equal((await upload.list()).code, 'NoSuchUpload');
    });

    test('after an abort nothing of the upload is there: no part, no listing, no completion', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      await alice.put(name, 'source', FIRST);
      assert.equal((await upload.abort()).status, 204);
      const answers = [await upload.part(1, FIRST), await upload.copy(1, `${name}/source`), await upload.list()];
      for (const answer of [...answers, await upload.complete(sent), await upload.abort()]) {
        assert.deepEqual([answer.status, answer.code], [404, 'NoSuchUpload'], answer.text);
        assert.equal(element(answer.text, 'UploadId'), upload.uploadId);
      }
      assert.deepEqual(elements((await alice.send('GET', { bucket: name, query: { uploads: '' } })).text, 'Key'), []);
      assert.equal((await alice.head(name, 'key')).status, 404);
    });

    test('of a completion and an abort at the same time one succeeds', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      for (let round = 0; round < 8; round += 1) {
        const upload = await Upload.begin(alice, name);
        const sent = await upload.fill([FIRST, LAST]);
        const [done, gone] = await Promise.all([upload.complete(sent), upload.abort()]);
        const there = (await alice.head(name, 'key')).status === 200;
        const outcome = [done.status, gone.status, there];
        const wanted = there ? [200, 404, true] : [404, 204, false];
        assert.deepEqual(outcome, wanted, done.text + gone.text);
        assert.equal((there ? gone : done).code, 'NoSuchUpload');
        await alice.delete(name, 'key');
      }
    });

    test('what was said when the upload was begun is the object’s, whatever its parts and completion say', async () => {
      const { alice, bob, bucket } = world();
      const name = await bucket();
      const kept = {
        'content-type': 'text/x',
        'cache-control': 'no-store',
        'content-disposition': 'inline',
        'content-language': 'de',
        expires: 'never',
        'x-amz-meta-one': 'eins',
        'x-amz-website-redirect-location': '/there',
      };
      const grants = { 'x-amz-grant-read': `id="${bob.account.canonicalId}"` };
      const upload = await Upload.begin(alice, name, {
        ...kept,
        ...grants,
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      });
      await upload.part(1, FIRST, { 'content-type': 'text/part' });
      assert.equal((await upload.complete([sentAs(1, FIRST)], { 'content-type': 'text/xml' })).status, 200);
      const head = await bob.head(name, 'key');
      assert.equal(head.status, 200, 'granted');
      assert.deepEqual(Object.fromEntries(Object.keys(kept).map((each) => [each, head.headers[each]])), kept);
      assert.equal(head.headers['x-amz-storage-class'], 'REDUCED_REDUNDANCY');
      const acl = (await alice.send('GET', { bucket: name, key: 'key', query: { acl: '' } })).text;
      assert.deepEqual(elements(acl, 'Permission'), ['READ']);
    });

    test('a copied range is inclusive at both ends and lies within its source', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'source', FIRST);
      await alice.put(name, 'empty', '');
      const upload = await Upload.begin(alice, name);
      const ranges = ['bytes=0-999', 'bytes=0-998', 'bytes=1-999', 'bytes=0-0', 'bytes=999-999'];
      const sent: Sent[] = [];
      for (const [index, range] of ranges.entries()) {
        const answer = await upload.copy(index + 1, `${name}/source`, { 'x-amz-copy-source-range': range });
        assert.equal(answer.status, 200, answer.text);
        sent.push({ number: index + 1, etag: element(answer.text, 'ETag') ?? '' });
      }
      assert.deepEqual(elements((await upload.list()).text, 'Size'), ['1000', '999', '999', '1', '1']);
      assert.equal(sent[0]?.etag, `"${md5Hex(FIRST)}"`, 'all of it is the source');
      for (const range of [
        'bytes=0-1000',
        'bytes=1000-1000',
        'bytes=5-4',
        'bytes=0-',
        'bytes=-1',
        'bytes=0-1,3-4',
        'x',
      ]) {
        const answer = await upload.copy(9, `${name}/source`, { 'x-amz-copy-source-range': range });
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], range);
      }
      const nothing = await upload.copy(9, `${name}/empty`, { 'x-amz-copy-source-range': 'bytes=0-0' });
      assert.equal(nothing.code, 'InvalidArgument');
      assert.equal((await upload.complete([...sent.slice(0, 1), ...sent.slice(4)])).status, 200);
      assertBytes((await alice.get(name, 'key')).body, Buffer.concat([FIRST, FIRST.subarray(999)]));
    });

    test('a part is copied of the version that is named, under the conditions for its source', async () => {
      const { alice, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const old = header(await alice.put(name, 'source', FIRST), 'x-amz-version-id');
      await alice.put(name, 'source', SECOND);
      const upload = await Upload.begin(alice, name);
      const named = await upload.copy(1, `${name}/source?versionId=${old}`);
      assert.deepEqual(
        [element(named.text, 'ETag'), header(named, 'x-amz-copy-source-version-id')],
        [`"${md5Hex(FIRST)}"`, old],
      );
      const [past, future] = ['Mon, 01 Jan 2001 00:00:00 GMT', 'Fri, 01 Jan 2100 00:00:00 GMT'];
      const etag = `"${md5Hex(SECOND)}"`;
      const cases = [
        [200, { 'if-match': etag }],
        [412, { 'if-match': '"x"' }],
        [412, { 'if-none-match': etag }],
        [200, { 'if-none-match': '"x"' }],
        [412, { 'if-modified-since': new Date().toUTCString() }],
        [200, { 'if-modified-since': past }],
        [412, { 'if-unmodified-since': past }],
        [200, { 'if-unmodified-since': future }],
        [200, { 'if-match': etag, 'if-unmodified-since': past }],
        [412, { 'if-none-match': etag, 'if-modified-since': past }],
      ] as const;
      for (const [status, conditions] of cases) {
        const headers = Object.entries(conditions).map(([each, value]) => [`x-amz-copy-source-${each}`, value]);
        const answer = await upload.copy(2, `${name}/source`, Object.fromEntries(headers));
        assert.equal(answer.status, status, JSON.stringify(conditions));
      }
    });
  },
  { partBytesMin: PART_MIN, putBytes: PART_MAX, objectBytes: OBJECT_MAX },
);
