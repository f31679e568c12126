/**
 * Reading corners: what parts, ranges and checksums have to do with each other, nothing of an empty object, and HEAD, which
 * answers as GET does. Ranges of ordinary objects are in `s3-objects.test.ts`, conditions in `s3-conditions.test.ts`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, digest, element, header, md5Hex, overEngines, type Send } from '../support/s3-world.ts';
import { PART_MIN, PARTS, type Sent, Upload, WHOLE } from '../support/upload.ts';

const CHECKED = { 'x-amz-checksum-mode': 'ENABLED' };
const SUMS = PARTS.map((part) => digest('sha256', part));

/** A bucket with `key` of three parts, its checksum made of theirs. */
async function composite(client: Client, bucket: string): Promise<void> {
  const upload = await Upload.begin(client, bucket, { 'x-amz-checksum-algorithm': 'SHA256' });
  const sent: Sent[] = [];
  for (const [index, body] of PARTS.entries()) {
    const sum = SUMS[index] ?? '';
    const answer = await upload.part(index + 1, body, { 'x-amz-checksum-sha256': sum });
    sent.push({
      number: index + 1,
      etag: header(answer, 'etag'),
      extra: `<ChecksumSHA256>${sum}</ChecksumSHA256>`,
    });
  }
  assert.equal((await upload.complete(sent)).status, 200);
}

overEngines(
  (world) => {
    const read = (
      bucket: string,
      headers: Readonly<Record<string, string>>,
      query: Readonly<Record<string, string>> = {},
    ) => world().alice.send('GET', { bucket, key: 'key', headers, query });

    test('a part, by its number or by its bytes exactly, comes with its own checksum; other ranges with none', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await composite(alice, name);
      let start = 0;
      for (const [index, { length }] of PARTS.entries()) {
        const byNumber = await read(name, CHECKED, { partNumber: String(index + 1) });
        assert.equal(header(byNumber, 'x-amz-checksum-sha256'), SUMS[index]);
        assert.equal(digest('sha256', byNumber.body), SUMS[index]);
        const range = `bytes=${start}-${start + length - 1}`;
        const byBytes = await read(name, { ...CHECKED, range });
        assert.equal(header(byBytes, 'x-amz-checksum-sha256'), SUMS[index], range);
        assert.equal(header(byBytes, 'x-amz-mp-parts-count'), '', 'only with partNumber');
        for (const other of [
          `bytes=${start}-${start + length - 2}`,
          `bytes=${start + 1}-${start + length - 1}`,
          'bytes=0-',
        ]) {
          assert.equal(header(await read(name, { ...CHECKED, range: other }), 'x-amz-checksum-sha256'), '', other);
        }
        assert.equal(header(await read(name, { range }), 'x-amz-checksum-sha256'), '', 'not asked for');
        start += length;
      }
      const composed = header(await read(name, CHECKED), 'x-amz-checksum-sha256');
      assert.match(composed, /-3$/);
    });

    test('of an object with a FULL_OBJECT checksum only all bytes have one', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const sum = { 'x-amz-checksum-crc32c': '4waSgw==' };
      await alice.put(name, 'key', '123456789', sum);
      const told = async (...request: Parameters<typeof read> extends [string, ...infer R] ? R : never) =>
        header(await read(name, ...request), 'x-amz-checksum-crc32c');
      assert.equal(await told({ ...CHECKED, range: 'bytes=0-' }), '4waSgw==');
      assert.equal(await told(CHECKED, { partNumber: '1' }), '4waSgw==');
      assert.equal(await told({ ...CHECKED, range: 'bytes=0-7' }), '');
      const upload = await Upload.begin(alice, name, {
        'x-amz-checksum-algorithm': 'CRC32C',
        'x-amz-checksum-type': 'FULL_OBJECT',
      });
      assert.equal((await upload.complete(await upload.fill())).status, 200);
      assert.notEqual(await told(CHECKED), '');
      assert.equal(await told(CHECKED, { partNumber: '1' }), '', 'S3 has none for the parts of such an object');
    });

    test('an empty object: no byte has a range, the last bytes of none are none, and its part 1 is nothing', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await alice.put(name, 'key', '');
      for (const [range, status] of [
        ['bytes=0-', 416],
        ['bytes=0-0', 416],
        ['bytes=-0', 416],
        ['bytes=-5', 200],
        ['bytes=5-2', 200],
      ] as const) {
        const answer = await read(name, { range });
        assert.equal(answer.status, status, range);
        assert.equal(header(answer, 'content-range'), status === 416 ? 'bytes */0' : '', range);
      }
      const part = await read(name, {}, { partNumber: '1' });
      assert.deepEqual([part.status, part.text, header(part, 'content-length')], [200, '', '0']);
      assert.equal((await read(name, {}, { partNumber: '2' })).code, 'InvalidPartNumber');
      assert.equal(header(await read(name, {}), 'etag'), `"${md5Hex('')}"`);
    });

    test('If-Range guards a range, whatever it would have been; a part takes no range', async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      await composite(alice, name);
      const etag = header(await alice.head(name, 'key'), 'etag');
      const guarded = (value: string, range: string) => read(name, { range, 'if-range': value });
      assert.equal((await guarded(etag, 'bytes=1-1')).status, 206);
      assert.equal((await guarded('"other"', 'bytes=1-1')).status, 200);
      assert.equal((await guarded(`W/${etag}`, 'bytes=1-1')).status, 200);
      const beyond = `bytes=${WHOLE.length}-`;
      assert.equal((await guarded(etag, beyond)).status, 416);
      assert.equal((await guarded('"other"', beyond)).status, 200, 'a range that does not count is not unsatisfiable');
      assert.equal((await read(name, { range: beyond, 'if-none-match': etag })).status, 304, 'conditions come first');
      const both = await read(name, { range: 'bytes=0-0' }, { partNumber: '1' });
      assert.deepEqual([both.status, both.code], [400, 'InvalidRequest']);
      for (const partNumber of ['4', '10000']) {
        const none = await read(name, {}, { partNumber });
        assert.deepEqual([none.status, none.code], [416, 'InvalidPartNumber']);
        assert.equal(element(none.text, 'PartNumberRequested'), partNumber);
        assert.equal(element(none.text, 'ActualPartCount'), '3');
      }
      for (const partNumber of ['0', '10001', 'one', '']) {
        assert.equal((await read(name, {}, { partNumber })).code, 'InvalidArgument', partNumber);
      }
    });

    test('HEAD answers every request as GET does, but for the bytes', async () => {
      const { alice, nobody, bucket, setVersioning } = world();
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const old = header(await alice.put(name, 'key', 'old'), 'x-amz-version-id');
      await composite(alice, name);
      await alice.put(name, 'empty', '', {
        'x-amz-acl': 'public-read',
        'content-type': 'text/plain',
        expires: 'never',
      });
      const etag = header(await alice.head(name, 'key'), 'etag');
      const requests: readonly (Send & { readonly client?: Client })[] = [
        {},
        { key: 'empty' },
        { key: 'absent' },
        { key: 'empty', client: nobody },
        { client: nobody },
        { query: { versionId: old } },
        { query: { versionId: 'absent' } },
        { headers: CHECKED },
        { headers: { ...CHECKED, range: 'bytes=1000-1999' } },
        { headers: { ...CHECKED, range: 'bytes=0-999' } },
        { headers: { range: 'bytes=-1' } },
        { headers: { range: 'bytes=99999999-' } },
        { headers: { range: 'bytes=0-0,5-6' } },
        { headers: { range: 'bytes=0-0', 'if-range': '"other"' } },
        { headers: CHECKED, query: { partNumber: '2' } },
        { query: { partNumber: '9' } },
        { query: { partNumber: 'x' } },
        { headers: { 'if-none-match': etag } },
        { headers: { 'if-match': '"other"' } },
        {
          query: {
            'response-cache-control': 'no-store',
            'response-content-disposition': 'inline',
            'response-content-encoding': 'identity',
            'response-content-language': 'fr',
            'response-content-type': 'text/html',
            'response-expires': 'never',
          },
        },
        { key: 'empty', client: nobody, query: { 'response-expires': 'never' } },
      ];
      // The last names the front end.
      const ofEachAnswer = new Set(['date', 'x-amz-request-id', 'x-amz-id-2']);
      for (const { client = alice, ...request } of requests) {
        const at = { bucket: name, key: 'key', ...request };
        const [got, head] = [await client.send('GET', at), await client.send('HEAD', at)];
        const about = JSON.stringify(request);
        assert.deepEqual([head.status, head.body.length], [got.status, 0], about);
        // An error has a document, and a HEAD none.
        const skipped = got.status >= 400 ? new Set([...ofEachAnswer, 'content-length', 'content-type']) : ofEachAnswer;
        const told = (answer: typeof got) =>
          Object.entries(answer.headers)
            .filter(([each]) => !skipped.has(each))
            .sort();
        assert.deepEqual(told(head), told(got), about);
        if (got.status === 200 || got.status === 206) {
          assert.equal(header(got, 'accept-ranges'), 'bytes', about);
          assert.equal(header(got, 'content-length'), String(got.body.length), about);
        }
      }
    });
  },
  { partBytesMin: PART_MIN },
);
