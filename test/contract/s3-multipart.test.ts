/** Multipart uploads: parts become one object by reference, under all of S3's rules, or nothing happens. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { assertBytes, element, elements, md5Base64, md5Hex, overEngines } from '../support/s3-world.ts';
import { etagOf, PART_MIN, PARTS, type Sent, Upload, WHOLE } from '../support/upload.ts';

overEngines(
  (world) => {
    test('parts become one object with the ETag of multipart objects, and no byte is moved', async () => {
      const { alice, bucket, server } = world();
      const name = await bucket();
      const headers = { 'content-type': 'text/x', 'x-amz-meta-m': 'kept', 'x-amz-acl': 'public-read' };
      const upload = await Upload.begin(alice, name, headers);
      const sent = await upload.fill();
      assert.equal((await alice.head(name, 'key')).status, 404, 'nothing is visible before');
      server.engine.reset();
      const done = await upload.complete(sent);
      assert.equal(done.status, 200, done.text);
      const counts = server.engine.counts();
      assert.deepEqual([counts['blobs.write'], counts['blobs.read'], counts['rows.commit']], [undefined, undefined, 1]);
      assert.equal(element(done.text, 'ETag'), etagOf(...PARTS));
      assert.equal(element(done.text, 'Location'), `${server.origin}/${name}/key`);
      const got = await world().nobody.get(name, 'key');
      assertBytes(got.body, WHOLE);
      assert.equal(got.headers.etag, etagOf(...PARTS));
      assert.deepEqual([got.headers['content-type'], got.headers['x-amz-meta-m']], ['text/x', 'kept']);
      const range = await alice.get(name, 'key', { range: 'bytes=990-1009' });
      assertBytes(range.body, WHOLE.subarray(990, 1010));
      assert.equal((await upload.list()).code, 'NoSuchUpload');
      assert.equal((await upload.part(1, PARTS[0])).code, 'NoSuchUpload');
    });

    test('a completion that is sent again succeeds again; one with other parts does not', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      const only = { 'if-none-match': '*' };
      const first = await upload.complete(sent, only);
      const second = await upload.complete(sent, only);
      assert.deepEqual([first.status, second.status, second.text], [200, 200, first.text]);
      assert.equal((await upload.complete(sent.slice(0, 2))).code, 'NoSuchUpload');
      await alice.put(name, 'key', 'replaced');
      assert.equal((await upload.complete(sent)).code, 'NoSuchUpload');
      assert.equal((await alice.get(name, 'key')).text, 'replaced');
    });

    test('completions that race all succeed and make one version', async () => {
      const { alice, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => upload.complete(sent, { 'if-none-match': '*' })),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array(6).fill(200),
      );
      assert.equal(new Set(answers.map(({ headers }) => headers['x-amz-version-id'])).size, 1);
    });

    test('the rules for parts, each by its name; the upload lives on', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'before');
      const upload = await Upload.begin(alice, name);
      const [one, two, three] = await upload.fill();
      assert(one && two && three);
      const small = { number: 4, etag: (await upload.part(4, randomBytes(999))).headers.etag ?? '' };
      const cases: readonly (readonly [readonly Sent[], string])[] = [
        [[two, one], 'InvalidPartOrder'],
        [[one, one], 'InvalidPartOrder'],
        [[one, { number: 9, etag: two.etag }], 'InvalidPart'],
        [[one, { number: 2, etag: one.etag }], 'InvalidPart'],
        [[one, { number: 2, etag: '"x"' }], 'InvalidPart'],
        [[one, three, small], 'EntityTooSmall'],
        [[], 'MalformedXML'],
        [[{ number: 0, etag: one.etag }], 'MalformedXML'],
        [[{ number: 10_001, etag: one.etag }], 'MalformedXML'],
      ];
      for (const [parts, code] of cases) {
        const answer = await upload.complete(parts);
        assert.deepEqual([answer.status, answer.code], [400, code], JSON.stringify(parts));
      }
      const tooSmall = await upload.complete([one, three, small]);
      const fields = ['ProposedSize', 'MinSizeAllowed', 'PartNumber'].map((field) => element(tooSmall.text, field));
      assert.deepEqual(fields, ['7', String(PART_MIN), '3']);
      assert.equal((await alice.get(name, 'key')).text, 'before');
      const done = await upload.complete([one, { number: 2, etag: two.etag.slice(1, -1) }, small]);
      assert.equal(done.status, 200, done.text);
    });

    test('a part sent again replaces the one before; its ETag must then be the new one', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      const [old] = await upload.fill([PARTS[0]]);
      assert(old);
      const etag = (await upload.part(1, PARTS[1])).headers.etag ?? '';
      assert.equal((await upload.complete([old])).code, 'InvalidPart');
      assert.equal((await upload.complete([{ number: 1, etag }])).status, 200);
      assertBytes((await alice.get(upload.at.bucket, 'key')).body, PARTS[1]);
    });

    test('part numbers are 1 to 10000, Content-MD5 and lengths as for a put', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket());
      for (const number of ['0', '10001', '-1', '1.0', 'x', '']) {
        const answer = await upload.part(number, PARTS[0]);
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], number);
      }
      assert.equal((await upload.part(10_000, PARTS[0], { 'content-md5': md5Base64(PARTS[0]) })).status, 200);
      const wrong = await upload.part(1, PARTS[0], { 'content-md5': md5Base64('other') });
      assert.equal(wrong.code, 'BadDigest');
      assert.deepEqual(elements((await upload.list()).text, 'PartNumber'), ['10000']);
    });

    test('each part can be got by its number', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name);
      await upload.complete(await upload.fill());
      for (const [index, body] of PARTS.entries()) {
        const at = { bucket: name, key: 'key', query: { partNumber: String(index + 1) } };
        const [got, head] = [await alice.send('GET', at), await alice.send('HEAD', at)];
        assert.deepEqual([got.status, got.body, got.headers['x-amz-mp-parts-count']], [206, body, '3']);
        assert.deepEqual([head.status, head.headers['content-length']], [206, String(body.length)]);
      }
      const none = await alice.send('GET', { bucket: name, key: 'key', query: { partNumber: '4' } });
      assert.deepEqual([none.status, none.code], [416, 'InvalidPartNumber']);
    });

    test('an aborted upload is gone, and only its initiator or the bucket owner may look into it or abort it', async () => {
      const { alice, bob, nobody, bucket } = world();
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      const anonymous = await nobody.send('POST', { bucket: name, key: 'key', query: { uploads: '' } });
      assert.equal(anonymous.code, 'AccessDenied');
      const upload = await Upload.begin(alice, name);
      await upload.fill();
      for (const client of [bob, nobody]) {
        assert.equal((await upload.abort(client)).code, 'AccessDenied');
        const list = await client.send('GET', { ...upload.at, query: { uploadId: upload.uploadId } });
        assert.equal(list.code, 'AccessDenied');
      }
      assert.equal(elements((await upload.list()).text, 'PartNumber').length, 3);
      assert.equal((await upload.abort()).status, 204);
      assert.equal((await upload.abort()).code, 'NoSuchUpload');
      const bobs = await Upload.begin(bob, name);
      assert.equal((await bobs.abort(alice)).status, 204);
    });

    test('rule 08: an upload id is good for its key and bucket only', async () => {
      const { alice, bucket } = world();
      const [name, other] = [await bucket(), await bucket()];
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      const places = [
        { bucket: name, key: 'other' },
        { bucket: other, key: 'key' },
      ];
      for (const at of places) {
        const elsewhere = new Upload(alice, at, upload.uploadId);
        assert.equal((await elsewhere.part(1, PARTS[0])).code, 'NoSuchUpload');
        assert.equal((await elsewhere.complete(sent)).code, 'NoSuchUpload');
        assert.equal((await elsewhere.list()).code, 'NoSuchUpload');
        assert.equal((await elsewhere.abort()).code, 'NoSuchUpload');
      }
      for (const id of ['x', 'x'.repeat(500), '../x']) {
        assert.equal((await new Upload(alice, upload.at, id).list()).code, 'NoSuchUpload');
      }
      assert.equal((await upload.complete(sent)).status, 200);
    });

    test('conditions on completion hold; x-amz-mp-object-size is compared', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', 'before');
      const upload = await Upload.begin(alice, name);
      const sent = await upload.fill();
      assert.equal((await upload.complete(sent, { 'if-none-match': '*' })).code, 'PreconditionFailed');
      assert.equal((await upload.complete(sent, { 'if-match': '"x"' })).code, 'PreconditionFailed');
      assert.equal((await upload.complete(sent, { 'x-amz-mp-object-size': '1' })).code, 'InvalidRequest');
      assert.equal((await alice.get(name, 'key')).text, 'before');
      const headers = { 'if-match': `"${md5Hex('before')}"`, 'x-amz-mp-object-size': String(WHOLE.length) };
      assert.equal((await upload.complete(sent, headers)).status, 200);
    });

    test('parts are listed in pages', async () => {
      const { alice, bucket } = world();
      const upload = await Upload.begin(alice, await bucket(), { 'x-amz-storage-class': 'STANDARD' });
      await upload.fill([...PARTS, PARTS[0], PARTS[1]]);
      const seen: string[] = [];
      let marker = '0';
      for (let pages = 0; pages < 3; pages += 1) {
        const page = (await upload.list({ 'max-parts': '2', 'part-number-marker': marker })).text;
        seen.push(...elements(page, 'PartNumber'));
        assert.equal(element(page, 'IsTruncated'), String(pages < 2));
        assert.equal(element(page, 'PartNumberMarker'), marker);
        marker = element(page, 'NextPartNumberMarker') ?? '';
      }
      assert.deepEqual(seen, ['1', '2', '3', '4', '5']);
      const page = (await upload.list()).text;
      assert.deepEqual(elements(page, 'Size'), [1000, 50_000, 7, 1000, 50_000].map(String));
      assert.equal(element(page, 'StorageClass'), 'STANDARD');
      assert.equal(element(element(page, 'Initiator') ?? '', 'ID'), alice.account.canonicalId);
      assert.equal((await upload.list({ 'max-parts': 'x' })).code, 'InvalidArgument');
    });

    test('uploads are listed by key and time, in pages, by prefix and delimiter', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const ids: string[] = [];
      for (const key of ['a/1', 'a/2', 'b', 'b', 'c/1', 'ü']) {
        const answer = await alice.send('POST', { bucket: name, key, query: { uploads: '' } });
        ids.push(element(answer.text, 'UploadId') ?? '');
      }
      const list = async (query: Readonly<Record<string, string>>) =>
        (await alice.send('GET', { bucket: name, query: { uploads: '', ...query } })).text;
      const all = await list({});
      assert.deepEqual(elements(all, 'Key'), ['a/1', 'a/2', 'b', 'b', 'c/1', 'ü']);
      assert.deepEqual([...elements(all, 'UploadId')].sort(), [...ids].sort());
      assert.deepEqual(elements(await list({ prefix: 'a/' }), 'Key'), ['a/1', 'a/2']);
      const folded = await list({ delimiter: '/' });
      assert.deepEqual(elements(folded, 'Key'), ['b', 'b', 'ü']);
      assert.deepEqual(
        elements(folded, 'CommonPrefixes').map((each) => element(each, 'Prefix')),
        ['a/', 'c/'],
      );
      assert.deepEqual(elements(await list({ 'encoding-type': 'url' }), 'Key').at(-1), '%C3%BC');

      const seen: string[] = [];
      let [keyMarker, idMarker] = ['', ''];
      for (let pages = 0; pages < 6; pages += 1) {
        const page = await list({ 'max-uploads': '1', 'key-marker': keyMarker, 'upload-id-marker': idMarker });
        seen.push(...elements(page, 'UploadId'));
        assert.equal(element(page, 'IsTruncated'), String(pages < 5));
        keyMarker = element(page, 'NextKeyMarker') ?? '';
        idMarker = element(page, 'NextUploadIdMarker') ?? '';
      }
      assert.deepEqual(seen, elements(all, 'UploadId'));
      assert.equal((await alice.send('DELETE', { bucket: name })).status, 204, 'uploads do not keep a bucket');
    });
  },
  { partBytesMin: PART_MIN },
);
