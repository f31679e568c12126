/**
 * Server-side encryption as clients see it: SSE-S3, aws:kms and customers' keys; what lies in the store is not what was put;
 * ranges, parts, checksums and ETags are those of the plain bytes as in S3.
 */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Bucket, VersionDraft } from '../../src/model/entities.ts';
import {
  type Answer,
  assertBytes,
  digest,
  element,
  header,
  md5Base64,
  md5Hex,
  overEngines,
  type World,
} from '../support/s3-world.ts';

const METHOD = 'x-amz-server-side-encryption';
const S3 = { [METHOD]: 'AES256' };
const KMS = { [METHOD]: 'aws:kms', [`${METHOD}-aws-kms-key-id`]: 'second-key' };

interface CustomerHeaders {
  readonly own: Readonly<Record<string, string>>;
  readonly source: Readonly<Record<string, string>>;
}

function customer(seed: number): CustomerHeaders {
  const key = Buffer.alloc(32, seed);
  const named = (prefix: string) => ({
    [`${prefix}-customer-algorithm`]: 'AES256',
    [`${prefix}-customer-key`]: key.toString('base64'),
    [`${prefix}-customer-key-MD5`]: createHash('md5').update(key).digest('base64'),
  });
  return { own: named(METHOD), source: named('x-amz-copy-source-server-side-encryption') };
}
const [MINE, OTHER] = [customer(1), customer(2)];

/** Each way to store an object: what its writer says, and what its readers must. */
const WAYS = {
  none: { write: {}, read: {}, source: {} },
  'SSE-S3': { write: S3, read: {}, source: {} },
  'SSE-KMS': { write: KMS, read: {}, source: {} },
  'SSE-C': { write: MINE.own, read: MINE.own, source: MINE.source },
} as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS).filter((name): name is Way => name in WAYS);
const ENCRYPTED = NAMES.filter((name) => name !== 'none');

const ok = (answer: Answer, status = 200): Answer => {
  assert.equal(answer.status, status, answer.text);
  return answer;
};

const refused = (answer: Answer, status: number, code: string, text?: RegExp): void => {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  if (text !== undefined) assert.match(element(answer.text, 'Message') ?? '', text);
};

/** What the engine has. */
async function storedAs({ server: { engine } }: World, bucket: string, key: string) {
  const target = await engine.rows.getTarget({ bucket, key, withBody: true });
  const { version } = target;
  assert(version?.body !== undefined);
  const { body } = version;
  return { version, bytes: await buffer(engine.blobs.read(body, 0, body.size)) };
}

/** Blobs written and read while it runs. */
async function moved<T>({ server: { engine } }: World, run: () => Promise<T>) {
  engine.reset();
  const answer = await run();
  return { answer, writes: engine.counts()['blobs.write'] ?? 0, reads: engine.counts()['blobs.read'] ?? 0 };
}

overEngines((worldOf) => {
  for (const way of NAMES) {
    const { write, read } = WAYS[way];
    test(`${way}: what is put comes back, whole and in ranges, and is said to be encrypted as it is`, async () => {
      const { alice, bucket: newBucket } = worldOf();
      const bucket = await newBucket();
      for (const size of [0, 1, 65_536, 200_003]) {
        const body = randomBytes(size);
        const put = ok(await alice.put(bucket, 'key', body, { ...write, 'content-md5': md5Base64(body) }));
        const got = ok(await alice.get(bucket, 'key', read));
        assertBytes(got.body, body);
        const head = ok(await alice.head(bucket, 'key', read));
        for (const answer of [got, head]) {
          assert.equal(header(answer, 'content-length'), String(size));
          assert.equal(header(answer, 'etag'), header(put, 'etag'));
          assertSaid(answer, way);
        }
        assertSaid(put, way);
        const isMd5 = header(put, 'etag') === `"${md5Hex(body)}"`;
        assert.equal(isMd5, way === 'none' || way === 'SSE-S3');
        for (const [start, end] of [
          [0, 0],
          [65_535, 65_536],
          [65_536, 131_071],
          [size - 2, size - 1],
        ] as const) {
          if (start < 0 || end >= size) continue;
          const range = ok(await alice.get(bucket, 'key', { ...read, range: `bytes=${start}-${end}` }), 206);
          assertBytes(range.body, body.subarray(start, end + 1));
          assert.equal(header(range, 'content-range'), `bytes ${start}-${end}/${size}`);
        }
      }
    });
  }

  for (const way of ENCRYPTED) {
    const { write, read } = WAYS[way];
    test(`${way}: what lies in the store is not what was put, and what is damaged there is not handed out`, async () => {
      const world = worldOf();
      const bucket = await world.bucket();
      const body = Buffer.from('the same words again and again. '.repeat(3000));
      ok(await world.alice.put(bucket, 'key', body, write));
      const { version, bytes } = await storedAs(world, bucket, 'key');
      assert.equal(version.size, body.length);
      assert.ok(bytes.length > body.length);
      assert.equal(bytes.includes('the same words'), false);
      assert.equal(version.attributes?.encryption?.type, way);
      assert.equal(JSON.stringify(version.attributes).includes(Buffer.alloc(32, 1).toString('base64')), false);
      // The row of another object: its key does not open there.
      const { rows } = world.server.engine;
      const { bucket: row } = await rows.getTarget({ bucket });
      await commitAs(world, row, 'moved', version);
      const stolen = await world.alice.get(bucket, 'moved', read);
      assert.equal(stolen.status, 500, 'a row that was moved was opened');
      // Bytes of another object of the same size, under this one's key.
      ok(await world.alice.put(bucket, 'other', body, write));
      const { version: other } = await storedAs(world, bucket, 'other');
      await commitAs(world, row, 'key', { ...version, body: other.body ?? assert.fail() });
      const exchanged = await world.alice.get(bucket, 'key', read).catch(() => undefined);
      assert.notEqual(exchanged?.text, body.toString(), 'bytes of another object were handed out');
    });

    test(`${way}: parts, their numbers, ranges over their borders and checksums are those of the plain bytes`, async () => {
      const { alice, bucket: newBucket } = worldOf();
      const bucket = await newBucket();
      const asked = { ...write, 'x-amz-checksum-algorithm': 'SHA256' };
      const begun = ok(await alice.send('POST', { bucket, key: 'key', query: { uploads: '' }, headers: asked }));
      assertSaid(begun, way);
      const uploadId = element(begun.text, 'UploadId') ?? '';
      const parts = [randomBytes(5 * 1024 * 1024 + 7), randomBytes(70_001)] as const;
      let document = '';
      // The second part has number 7, and is sent twice.
      for (const [number, part] of [
        [7, randomBytes(5)],
        [2, parts[0]],
        [7, parts[1]],
      ] as const) {
        const query = { partNumber: String(number), uploadId };
        const sum = digest('sha256', part);
        const headers = { ...read, 'x-amz-checksum-sha256': sum };
        const sent = ok(await alice.send('PUT', { bucket, key: 'key', query, headers, body: part }));
        assertSaid(sent, way);
        if (part.length === 5) continue;
        document += `<Part><PartNumber>${number}</PartNumber><ETag>${header(sent, 'etag')}</ETag><ChecksumSHA256>${sum}</ChecksumSHA256></Part>`;
      }
      const listed = ok(await alice.send('GET', { bucket, key: 'key', query: { uploadId } }));
      assert.match(listed.text, new RegExp(`<Size>${parts[0].length}</Size>`));
      const body = `<CompleteMultipartUpload>${document}</CompleteMultipartUpload>`;
      const done = ok(await alice.send('POST', { bucket, key: 'key', query: { uploadId }, body }));
      if (way !== 'SSE-C') assertSaid(done, way);
      const all = Buffer.concat(parts);
      const got = ok(await alice.get(bucket, 'key', { ...read, 'x-amz-checksum-mode': 'ENABLED' }));
      assertBytes(got.body, all);
      assertSaid(got, way);
      const sums = Buffer.concat(parts.map((part) => createHash('sha256').update(part).digest()));
      assert.equal(header(got, 'x-amz-checksum-sha256'), `${digest('sha256', sums)}-2`);
      const border = parts[0].length;
      for (const [start, end] of [
        [border - 3, border + 3],
        [border, border],
        [border - 70_000, all.length - 1],
      ] as const) {
        const range = ok(await alice.get(bucket, 'key', { ...read, range: `bytes=${start}-${end}` }), 206);
        assertBytes(range.body, all.subarray(start, end + 1));
      }
      const second = ok(
        await alice.send('GET', { bucket, key: 'key', query: { partNumber: '7' }, headers: read }),
        206,
      );
      assertBytes(second.body, parts[1]);
      // Of several parts too, a copy moves nothing, and is read like its source.
      const source = { 'x-amz-copy-source': `/${bucket}/key` };
      const headers = { ...source, ...KMS, ...WAYS[way].source };
      const copied = await moved(worldOf(), () => alice.send('PUT', { bucket, key: 'copy', headers }));
      assertSaid(ok(copied.answer), 'SSE-KMS');
      assert.deepEqual([copied.writes, copied.reads], [0, 0]);
      assertBytes(ok(await alice.get(bucket, 'copy')).body, all);
    });
  }

  test('copies: contents are right whatever they are encrypted with, and no byte moves between encrypted objects', async () => {
    const world = worldOf();
    const { alice } = world;
    const bucket = await world.bucket();
    const body = randomBytes(150_000);
    for (const from of NAMES) {
      ok(await alice.put(bucket, `from-${from}`, body, WAYS[from].write));
      for (const to of NAMES) {
        const label = `${from} to ${to}`;
        const headers = {
          ...{ 'x-amz-copy-source': `/${bucket}/from-${from}`, 'x-amz-metadata-directive': 'REPLACE' },
          ...{ ...WAYS[from].source, ...WAYS[to].write },
        };
        const { answer, writes, reads } = await moved(world, () => alice.send('PUT', { bucket, key: 'to', headers }));
        ok(answer);
        // A copy of which nothing is said is no less protected than its source.
        const became = to === 'none' && from !== 'none' ? 'SSE-S3' : to;
        assertSaid(answer, became);
        const isWritten = from === 'none' && became !== 'none';
        assert.deepEqual([writes, reads], isWritten ? [1, 1] : [0, 0], label);
        const got = ok(await alice.get(bucket, 'to', WAYS[to].read));
        assertBytes(got.body, body, label);
        const isMd5 = header(got, 'etag') === `"${md5Hex(body)}"`;
        assert.equal(isMd5, became === 'none' || became === 'SSE-S3', label);
        assert.equal(element(answer.text, 'ETag'), header(got, 'etag'));
      }
    }
  });

  test('an object is copied onto itself to be encrypted, or otherwise', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    ok(await alice.put(bucket, 'key', 'text', { 'x-amz-meta-a': 'b' }));
    const source = { 'x-amz-copy-source': `/${bucket}/key` };
    refused(await alice.send('PUT', { bucket, key: 'key', headers: source }), 400, 'InvalidRequest');
    ok(await alice.send('PUT', { bucket, key: 'key', headers: { ...source, ...S3 } }));
    ok(await alice.send('PUT', { bucket, key: 'key', headers: { ...source, ...MINE.own } }));
    ok(await alice.send('PUT', { bucket, key: 'key', headers: { ...source, ...MINE.source, ...OTHER.own } }));
    refused(await alice.get(bucket, 'key', MINE.own), 403, 'AccessDenied');
    const got = ok(await alice.get(bucket, 'key', OTHER.own));
    assert.equal(got.text, 'text');
    assert.equal(header(got, 'x-amz-meta-a'), 'b');
  });

  test('parts are copied from encrypted objects and into encrypted uploads, whole and in ranges', async () => {
    const world = worldOf();
    const { alice } = world;
    const bucket = await world.bucket();
    const body = randomBytes(200_000);
    for (const way of NAMES) ok(await alice.put(bucket, `from-${way}`, body, WAYS[way].write));
    for (const to of NAMES) {
      const begun = ok(
        await alice.send('POST', { bucket, key: 'to', query: { uploads: '' }, headers: WAYS[to].write }),
      );
      const uploadId = element(begun.text, 'UploadId') ?? '';
      for (const from of NAMES) {
        for (const range of [undefined, [65_530, 140_000]] as const) {
          const headers = {
            ...{ ...WAYS[from].source, ...WAYS[to].read, 'x-amz-copy-source': `/${bucket}/from-${from}` },
            ...(range !== undefined && { 'x-amz-copy-source-range': `bytes=${range[0]}-${range[1]}` }),
          };
          const query = { uploadId, partNumber: '1' };
          const { answer, writes } = await moved(world, () => alice.send('PUT', { bucket, key: 'to', query, headers }));
          assertSaid(ok(answer), to);
          assert.equal(writes, from === 'none' && to === 'none' ? 0 : 1, `${from} to ${to}`);
          if (range === undefined || from !== 'SSE-C') continue;
          const document = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${element(answer.text, 'ETag')}</ETag></Part></CompleteMultipartUpload>`;
          ok(await alice.send('POST', { bucket, key: 'to', query: { uploadId }, body: document }));
          const got = ok(await alice.get(bucket, 'to', WAYS[to].read));
          assertBytes(got.body, body.subarray(range[0], range[1] + 1), `${from} to ${to}`);
        }
      }
    }
  });

  test('the store is found whole with encrypted objects and uploads in it', async () => {
    const world = worldOf();
    const bucket = await world.bucket();
    for (const way of NAMES) {
      ok(await world.alice.put(bucket, way, randomBytes(100_000), WAYS[way].write));
      const at = { bucket, key: way };
      const begun = ok(await world.alice.send('POST', { ...at, query: { uploads: '' }, headers: WAYS[way].write }));
      const query = { uploadId: element(begun.text, 'UploadId') ?? '', partNumber: '1' };
      ok(await world.alice.send('PUT', { ...at, query, headers: WAYS[way].read, body: 'part' }));
    }
    const found: unknown[] = [];
    for await (const finding of world.server.engine.upkeep.check({ bodies: true })) found.push(finding);
    assert.deepEqual(found, []);
  });
});

/** What an answer says of encryption is what the way is. */
function assertSaid(answer: Answer, way: Way): void {
  const said = (name: string) => answer.headers[`${METHOD}${name}`];
  assert.equal(said(''), way === 'SSE-S3' ? 'AES256' : way === 'SSE-KMS' ? 'aws:kms' : undefined);
  assert.equal(said('-aws-kms-key-id'), way === 'SSE-KMS' ? 'second-key' : undefined);
  assert.equal(said('-customer-algorithm'), way === 'SSE-C' ? 'AES256' : undefined);
  assert.equal(said('-customer-key-md5'), way === 'SSE-C' ? MINE.own[`${METHOD}-customer-key-MD5`] : undefined);
  assert.equal(said('-customer-key'), undefined);
}

/** A row and a body as somebody could join them who can write to the store. */
async function commitAs(
  { server: { engine } }: World,
  bucket: Bucket | undefined,
  key: string,
  draft: VersionDraft,
): Promise<void> {
  assert(bucket !== undefined);
  const { id: bucketId, versioning } = bucket;
  await engine.rows.commit({ type: 'putVersion', bucketId, key, versioning, draft });
}
