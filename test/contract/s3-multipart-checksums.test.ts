/** Multipart uploads with checksums, and parts that are copied: what the client claims is proved, what it asks for is computed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertBytes, digest, element, elements, md5Hex, overEngines } from '../support/s3-world.ts';
import { PART_MIN, PARTS, type Sent, Upload, WHOLE } from '../support/upload.ts';

/** Of a thousand ones, of `23456789`, and of both together; worked out bit by bit, apart from any code here. */
const FULL_OBJECT = [
  { algorithm: 'CRC32', of: ['s7RORw==', 'cZUmcA=='], whole: 'kMXABw==' },
  { algorithm: 'CRC32C', of: ['smrJ0Q==', 'v+kqgw=='], whole: 'TyXwaQ==' },
  { algorithm: 'CRC64NVME', of: ['ec9g5VWN5yg=', 'oWThUA/nVRU='], whole: 'JmCkp70Cxm8=' },
] as const;

overEngines(
  (world) => {
    test('FULL_OBJECT: the checksum of all bytes comes out of those of the parts', async () => {
      const { alice, bucket } = world();
      for (const { algorithm, of, whole } of FULL_OBJECT) {
        const name = await bucket();
        const headers = { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': 'FULL_OBJECT' };
        const upload = await Upload.begin(alice, name, headers);
        const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
        const first = await upload.part(1, Buffer.alloc(1000, '1'), { [header]: of[0] });
        assert.equal(first.status, 200, first.text);
        const second = await upload.part(2, Buffer.from('23456789'));
        assert.equal(second.headers[header], of[1], 'computed for a part that brings none');
        const sent = [first, second].map((answer, index) => ({ number: index + 1, etag: answer.headers.etag ?? '' }));
        assert.equal((await upload.complete(sent, { [header]: of[0] })).code, 'BadDigest');
        const done = await upload.complete(sent, { [header]: whole, 'x-amz-checksum-type': 'FULL_OBJECT' });
        assert.equal(done.status, 200, done.text);
        assert.equal(element(done.text, `Checksum${algorithm}`), whole);
        const got = await alice.get(name, 'key', { 'x-amz-checksum-mode': 'ENABLED' });
        assert.deepEqual([got.headers[header], got.headers['x-amz-checksum-type']], [whole, 'FULL_OBJECT']);
      }
    });

    test('COMPOSITE: the checksum of the checksums, and every part must be proved', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const upload = await Upload.begin(alice, name, { 'x-amz-checksum-algorithm': 'SHA256' });
      const sums = PARTS.map((part) => digest('sha256', part));
      const none = await upload.part(1, PARTS[0]);
      assert.deepEqual([none.status, none.code], [400, 'InvalidRequest']);
      assert.equal(
        (await upload.part(1, PARTS[0], { 'x-amz-checksum-sha1': digest('sha1', PARTS[0]) })).code,
        'InvalidRequest',
      );
      const sent: Sent[] = [];
      for (const [index, body] of PARTS.entries()) {
        const answer = await upload.part(index + 1, body, { 'x-amz-checksum-sha256': sums[index] ?? '' });
        assert.equal(answer.headers['x-amz-checksum-sha256'], sums[index]);
        sent.push({ number: index + 1, etag: answer.headers.etag ?? '' });
      }
      const proved = sent.map((part, index) => ({ ...part, extra: `<ChecksumSHA256>${sums[index]}</ChecksumSHA256>` }));
      assert.equal((await upload.complete(sent)).code, 'InvalidRequest');
      const wrong = proved.map((part) => ({ ...part, extra: `<ChecksumSHA256>${sums[0]}</ChecksumSHA256>` }));
      assert.equal((await upload.complete(wrong)).code, 'InvalidPart');
      assert.equal((await upload.complete(proved, { 'x-amz-checksum-sha256': sums[0] ?? '' })).code, 'BadDigest');
      const done = await upload.complete(proved);
      const expected = `${digest('sha256', Buffer.concat(sums.map((sum) => Buffer.from(sum, 'base64'))))}-3`;
      assert.equal(element(done.text, 'ChecksumSHA256'), expected);
      assert.equal(element(done.text, 'ChecksumType'), 'COMPOSITE');
      const second = {
        bucket: name,
        key: 'key',
        query: { partNumber: '2' },
        headers: { 'x-amz-checksum-mode': 'ENABLED' },
      };
      assert.equal((await alice.send('GET', second)).headers['x-amz-checksum-sha256'], sums[1]);
    });

    test('checksum plans that S3 does not have are refused when the upload begins', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const plans = [
        { 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' },
        { 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' },
        { 'x-amz-checksum-algorithm': 'CRC16' },
        { 'x-amz-checksum-type': 'FULL_OBJECT' },
      ];
      for (const headers of plans) {
        const answer = await alice.send('POST', { bucket: name, key: 'key', query: { uploads: '' }, headers });
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidRequest'], JSON.stringify(headers));
      }
    });

    test('parts are copied by reference: whole objects and ranges', async () => {
      const { alice, bucket, server } = world();
      const name = await bucket();
      await alice.put(name, 'source', WHOLE);
      const upload = await Upload.begin(alice, name);
      server.engine.reset();
      const whole = await upload.copy(1, `${name}/source`);
      const range = await upload.copy(2, `${name}/source`, { 'x-amz-copy-source-range': 'bytes=999-1500' });
      assert.deepEqual([whole.status, range.status], [200, 200], range.text);
      const counts = server.engine.counts();
      assert.deepEqual([counts['blobs.write'], counts['blobs.read']], [undefined, undefined]);
      assert.equal(element(whole.text, 'ETag'), `"${md5Hex(WHOLE)}"`);
      const sent = [whole, range].map(({ text }, index) => ({ number: index + 1, etag: element(text, 'ETag') ?? '' }));
      await alice.delete(name, 'source');
      const done = await upload.complete(sent);
      assert.equal(done.status, 200, done.text);
      assertBytes((await alice.get(name, 'key')).body, Buffer.concat([WHOLE, WHOLE.subarray(999, 1501)]));
    });

    test('a copied part gets the checksum that its upload is to have', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'source', WHOLE);
      await alice.put(name, 'small', 'small');
      const upload = await Upload.begin(alice, name, { 'x-amz-checksum-algorithm': 'SHA1' });
      const range = await upload.copy(1, `${name}/source`, { 'x-amz-copy-source-range': 'bytes=10-2000' });
      assert.equal(element(range.text, 'ChecksumSHA1'), digest('sha1', WHOLE.subarray(10, 2001)));
      const small = await upload.copy(2, `${name}/small`);
      assert.equal(element(small.text, 'ChecksumSHA1'), digest('sha1', 'small'));
    });

    test('a copied range must be one, within a source that may be read', async () => {
      const { alice, bob, bucket } = world();
      const [name, open] = [await bucket(), await bucket({ 'x-amz-acl': 'public-read-write' })];
      await alice.put(name, 'source', WHOLE);
      const upload = await Upload.begin(alice, name);
      for (const range of ['bytes=0-', 'bytes=-5', 'bytes=5-2', '0-5', 'bytes=0-1,2-3', `bytes=0-${WHOLE.length}`]) {
        const answer = await upload.copy(1, `${name}/source`, { 'x-amz-copy-source-range': range });
        assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], range);
      }
      assert.equal((await upload.copy(1, `${name}/absent`)).code, 'NoSuchKey');
      const bobs = await Upload.begin(bob, open);
      assert.equal((await bobs.copy(1, `${name}/source`)).code, 'AccessDenied');
      const stale = { 'x-amz-copy-source-if-match': '"x"' };
      assert.equal((await upload.copy(1, `${name}/source`, stale)).code, 'PreconditionFailed');
      assert.deepEqual(elements((await upload.list()).text, 'PartNumber'), []);
    });
  },
  { partBytesMin: PART_MIN },
);
