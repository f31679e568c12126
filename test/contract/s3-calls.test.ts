/** What a request costs in calls of the store. A call more is a round trip more on a cluster: these numbers are promises. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, element, md5Base64, md5Hex, overEngines } from '../support/s3-world.ts';

const TWO_READS = { 'rows.getIdentity': 1, 'rows.getTarget': 1 };
const COMMIT = { 'rows.commit': 1 };

overEngines((world) => {
  const costs = async (request: () => Promise<Answer>, expected: Readonly<Record<string, number>>): Promise<void> => {
    const { engine } = world().server;
    engine.reset();
    const answer = await request();
    assert(answer.status < 300 || answer.status === 304, answer.text);
    assert.deepEqual({ ...engine.counts() }, expected);
  };

  for (const size of [0, 5, 100_000]) {
    test(`an object of ${size} bytes: put 2 reads, 1 blob, 1 commit; get 2 reads, 1 blob read; head 2 reads`, async () => {
      const { alice, bucket } = world();
      const name = await bucket();
      const body = Buffer.alloc(size, 'x');
      await costs(() => alice.put(name, 'key', body), { ...TWO_READS, 'blobs.write': 1, ...COMMIT });
      await costs(() => alice.put(name, 'key', body), { ...TWO_READS, 'blobs.write': 1, ...COMMIT });
      await costs(() => alice.get(name, 'key'), { ...TWO_READS, ...(size > 0 && { 'blobs.read': 1 }) });
      await costs(() => alice.head(name, 'key'), TWO_READS);
      await costs(() => alice.get(name, 'key', { 'if-none-match': '*' }), TWO_READS);
      await costs(() => alice.delete(name, 'key'), { ...TWO_READS, ...COMMIT });
      await costs(() => alice.delete(name, 'key'), TWO_READS);
    });
  }

  test('a range costs what the whole costs: 2 reads, 1 blob read', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', Buffer.alloc(500_000));
    await costs(() => alice.get(name, 'key', { range: 'bytes=400000-400009' }), { ...TWO_READS, 'blobs.read': 1 });
  });

  test('a conditional put costs no more than a plain one', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const put = { ...TWO_READS, 'blobs.write': 1, ...COMMIT };
    await costs(() => alice.put(name, 'key', 'x', { 'if-none-match': '*' }), put);
    await costs(() => alice.put(name, 'key', 'y', { 'if-match': `"${md5Hex('x')}"` }), put);
  });

  test('an ACL is replaced with 2 reads and 1 commit', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    const acl = { query: { acl: '' }, headers: { 'x-amz-acl': 'public-read' } };
    await costs(() => alice.send('PUT', { bucket: name, key: 'key', ...acl }), { ...TWO_READS, ...COMMIT });
    await costs(() => alice.send('PUT', { bucket: name, ...acl }), { ...TWO_READS, ...COMMIT });
  });

  test('nobody’s request looks up no key', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read' });
    await costs(() => nobody.get(name, 'key'), { 'rows.getTarget': 1, 'blobs.read': 1 });
  });

  test('a copy reads its source once and commits once, a multipart upload reads its row', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', Buffer.alloc(100_000));
    const headers = { 'x-amz-copy-source': `${name}/key` };
    const copy = { 'rows.getIdentity': 1, 'rows.getTarget': 2, ...COMMIT };
    await costs(() => alice.send('PUT', { bucket: name, key: 'copy', headers }), copy);

    const at = { bucket: name, key: 'big' };
    let uploadId = '';
    await costs(
      async () => {
        const answer = await alice.send('POST', { ...at, query: { uploads: '' } });
        uploadId = element(answer.text, 'UploadId') ?? '';
        return answer;
      },
      { ...TWO_READS, ...COMMIT },
    );
    const upload = { ...TWO_READS, 'rows.getUpload': 1 };
    const part = { ...at, query: { uploadId, partNumber: '1' } };
    await costs(() => alice.send('PUT', { ...part, body: 'part' }), { ...upload, 'blobs.write': 1, ...COMMIT });
    await costs(() => alice.send('PUT', { ...part, headers }), { ...upload, 'rows.getTarget': 2, ...COMMIT });
    await costs(() => alice.send('GET', { ...at, query: { uploadId } }), { ...upload, 'rows.scanParts': 1 });
    const etag = (await alice.send('PUT', { ...part, body: 'part' })).headers.etag;
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    const complete = () => alice.send('POST', { ...at, query: { uploadId }, body });
    await costs(complete, { ...upload, 'rows.scanParts': 1, ...COMMIT });
  });

  test('a batch reads and commits each key once', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const keys = ['a', 'b', 'c'];
    for (const key of keys) await alice.put(name, key, 'x');
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const headers = { 'content-md5': md5Base64(body) };
    const expected = { 'rows.getIdentity': 1, 'rows.getTarget': 1 + keys.length, 'rows.commit': keys.length };
    await costs(() => alice.send('POST', { bucket: name, query: { delete: '' }, body, headers }), expected);
  });
});
