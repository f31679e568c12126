/**
 * The largest things S3 has, made by reference: an upload of 10,000 parts and a copy of 5 GiB. No byte is read or written for
 * either; what moves is counted at the port. `BY_REFERENCE_RUNS=1` has Cassandra do the whole of it too.
 */

import assert from 'node:assert/strict';
import { env } from 'node:process';
import { test } from 'node:test';
import { assertBytes, element, header, md5Hex, overEngines, type World } from '../support/s3-world.ts';

const MIB = 1024 * 1024;
/** The smallest part that S3 allows before the last. */
const PART = Buffer.alloc(5 * MIB, 'part');
/** 5 GiB, the largest object that one copy may have. */
const PARTS_OF_5_GIB = 1024;
const ALL_PARTS = 10_000;
/** Parts that are copied at the same time. */
const AT_ONCE = 32;

/** On a cluster each part is several round trips, and the model keeps all its bytes in memory: there some stand for all. */
function partsHere({ server }: World, wanted: number): number {
  const { name } = server.engine.capabilities;
  if (name === 'memory') return 20;
  return name === 'cassandra' && env.BY_REFERENCE_RUNS === undefined ? 60 : wanted;
}

/** An object of many parts, all of them the same bytes, put once. */
async function assemble(
  { alice }: World,
  bucket: string,
  key: string,
  count: number,
): Promise<{ readonly body: string; readonly uploadId: string }> {
  assert.equal((await alice.put(bucket, 'source', PART)).status, 200);
  const created = await alice.send('POST', { bucket, key, query: { uploads: '' } });
  const uploadId = element(created.text, 'UploadId') ?? '';
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const etags: string[] = [];
  for (let at = 0; at < count; at += AT_ONCE) {
    const copied = numbers.slice(at, at + AT_ONCE).map(async (number) => {
      const query = { partNumber: String(number), uploadId };
      const headers = { 'x-amz-copy-source': `/${bucket}/source` };
      const answer = await alice.send('PUT', { bucket, key, query, headers });
      assert.equal(answer.status, 200, answer.text);
      return element(answer.text, 'ETag') ?? '';
    });
    etags.push(...(await Promise.all(copied)));
  }
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  return { body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`, uploadId };
}

/** Runs it, and holds it to not having read or written any bytes of any body. */
async function movingNothing<T>({ server }: World, work: () => Promise<T>): Promise<T> {
  server.engine.reset();
  const result = await work();
  const counts = server.engine.counts();
  assert.deepEqual([counts['blobs.write'] ?? 0, counts['blobs.read'] ?? 0], [0, 0]);
  return result;
}

overEngines((world) => {
  test('completing the most parts there may be reads and writes no byte', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const count = partsHere(world(), ALL_PARTS);
    const { body, uploadId } = await assemble(world(), name, 'large', count);
    const done = await movingNothing(world(), () =>
      alice.send('POST', { bucket: name, key: 'large', query: { uploadId }, body }),
    );
    assert.equal(done.status, 200, done.text);
    assert.equal(element(done.text, 'ETag'), `"${md5Hex(Buffer.from(md5Hex(PART).repeat(count), 'hex'))}-${count}"`);
    const head = await alice.head(name, 'large');
    assert.equal(header(head, 'content-length'), String(count * PART.length));
    // A range over the border of two parts in the middle.
    const border = Math.floor(count / 2) * PART.length;
    const range = await alice.get(name, 'large', { range: `bytes=${border - 3}-${border + 4}` });
    assertBytes(range.body, Buffer.concat([PART.subarray(-3), PART.subarray(0, 5)]));
    const last = await alice.send('HEAD', { bucket: name, key: 'large', query: { partNumber: String(count) } });
    assert.equal(header(last, 'x-amz-mp-parts-count'), String(count));
  });

  test('an object of 5 GiB is copied, and copied as a part, without reading or writing a byte', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    const count = partsHere(world(), PARTS_OF_5_GIB);
    const size = String(count * PART.length);
    const { body, uploadId } = await assemble(world(), name, 'large', count);
    assert.equal((await alice.send('POST', { bucket: name, key: 'large', query: { uploadId }, body })).status, 200);
    const headers = { 'x-amz-copy-source': `/${name}/large` };
    const copy = await movingNothing(world(), () => alice.put(name, 'copy', '', headers));
    assert.equal(copy.status, 200, copy.text);
    assert.equal(header(await alice.head(name, 'copy'), 'content-length'), size);

    const created = await alice.send('POST', { bucket: name, key: 'of a part', query: { uploads: '' } });
    const query = { partNumber: '1', uploadId: element(created.text, 'UploadId') ?? '' };
    const part = await movingNothing(world(), () =>
      alice.send('PUT', { bucket: name, key: 'of a part', query, headers }),
    );
    assert.equal(part.status, 200, part.text);
    assert.equal((await alice.delete(name, 'large')).status, 204);
    const end = await alice.get(name, 'copy', { range: 'bytes=-7' });
    assertBytes(end.body, PART.subarray(-7));
  });
});
