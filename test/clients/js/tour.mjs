/**
 * What the AWS SDK for JavaScript does in its default configuration, one step after the other; run by sdk-js.test.ts
 * (see support/tour.ts). Plain JavaScript, because its packages are installed beside it and not with the server's.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { env, stdout } from 'node:process';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const BUCKET = `sdk-js-${env.TOUR_STYLE}`;
const MiB = 1024 * 1024;
const KEYS = [
  'a',
  'a/b',
  'a//b',
  '/a',
  'a+b',
  'a b',
  'a%2Fb',
  'a%b',
  'ä',
  '漢字',
  '🗻',
  'a?b=c&d#e',
  'a\'"<>&()*!',
  'end/',
];

/** Finds the tests' own names on loopback, in this process only. */
function look(name, options, done) {
  lookup(name.endsWith('.moraine.test') ? '127.0.0.1' : name, options, done);
}
const ca = env.TOUR_CA ? readFileSync(env.TOUR_CA) : undefined;
const httpsAgent = new Agent({ ca, lookup: look, keepAlive: true });

const settings = {
  endpoint: env.TOUR_ENDPOINT,
  region: 'us-east-1',
  forcePathStyle: env.TOUR_STYLE === 'path',
  requestHandler: { httpsAgent },
};
const s3 = new S3Client(settings);

function pattern(size) {
  return Buffer.alloc(size, createHash('sha512').update(String(size)).digest());
}

async function bodyOf(answer) {
  return Buffer.from(await answer.Body.transformToByteArray());
}

async function refused(name, command, status) {
  const error = await s3.send(command).then(
    () => assert.fail(`not refused; expected ${name}`),
    (thrown) => thrown,
  );
  assert.equal(error.name, name, error.stack);
  if (status !== undefined) assert.equal(error.$metadata.httpStatusCode, status);
  return error;
}

function fetchUrl(url, method = 'GET', body = undefined) {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const agent = url.startsWith('https:') ? httpsAgent : undefined;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    sent.on('error', reject).end(body);
  });
}

const STEPS = {
  async 'creates, finds and lists buckets'() {
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    assert.ok(Buckets.some((bucket) => bucket.Name === BUCKET && bucket.CreationDate instanceof Date));
    assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: BUCKET }))).LocationConstraint, undefined);
  },

  async 'puts, heads and gets a small object; the default checksum is kept and checked'() {
    const Body = pattern(5000);
    const put = await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: 'small',
        Body,
        ContentType: 'text/x-test',
        Metadata: { colour: 'blue' },
      }),
    );
    assert.equal(put.ETag, `"${createHash('md5').update(Body).digest('hex')}"`);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'small', ChecksumMode: 'ENABLED' }));
    assert.deepEqual([head.ContentLength, head.ContentType, head.Metadata], [5000, 'text/x-test', { colour: 'blue' }]);
    assert.equal(head.ChecksumCRC32, put.ChecksumCRC32);
    assert.ok(head.ChecksumCRC32);
    assert.deepEqual(await bodyOf(await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'small' }))), Body);
  },

  async 'puts a stream with a trailing checksum, of each algorithm'() {
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
      const content = pattern(300_000);
      const Body = Readable.from([content.subarray(0, 100_001), content.subarray(100_001)]);
      const put = await s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: 'stream', Body, ContentLength: content.length, ChecksumAlgorithm }),
      );
      assert.ok(put[`Checksum${ChecksumAlgorithm}`], `no ${ChecksumAlgorithm} in the answer`);
      const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'stream', ChecksumMode: 'ENABLED' }));
      assert.deepEqual(await bodyOf(got), content);
    }
  },

  async 'refuses a body that is not what its checksum says'() {
    const ChecksumSHA256 = createHash('sha256').update('other').digest('base64');
    await refused(
      'BadDigest',
      new PutObjectCommand({ Bucket: BUCKET, Key: 'wrong', Body: 'text', ChecksumSHA256 }),
      400,
    );
    await refused('NotFound', new HeadObjectCommand({ Bucket: BUCKET, Key: 'wrong' }), 404);
  },

  async 'reads ranges and honours conditions'() {
    const Range = 'bytes=10-19';
    const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'small', Range }));
    assert.deepEqual([got.ContentRange, (await bodyOf(got)).length], ['bytes 10-19/5000', 10]);
    const unchanged = await s3
      .send(new GetObjectCommand({ Bucket: BUCKET, Key: 'small', IfNoneMatch: '*' }))
      .catch((e) => e);
    assert.equal(unchanged.$metadata.httpStatusCode, 304);
    await refused(
      'PreconditionFailed',
      new PutObjectCommand({ Bucket: BUCKET, Key: 'small', Body: 'x', IfNoneMatch: '*' }),
      412,
    );
  },

  async 'keeps keys of all kinds apart: put, get, list, copy, delete'() {
    for (const key of KEYS) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `keys/${key}`, Body: key }));
    for (const key of KEYS) {
      const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `keys/${key}` }));
      assert.equal((await bodyOf(got)).toString(), key);
      const CopySource = `${BUCKET}/${encodeURIComponent(`keys/${key}`)}`;
      await s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: `copied/${key}`, CopySource }));
    }
    const listed = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket: BUCKET, Prefix: 'keys/' })) {
      listed.push(...page.Contents.map((entry) => entry.Key));
    }
    const expected = KEYS.map((key) => `keys/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(listed, expected);
    const Objects = KEYS.flatMap((key) => [{ Key: `keys/${key}` }, { Key: `copied/${key}` }]);
    const deleted = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    assert.deepEqual([deleted.Deleted.length, deleted.Errors], [Objects.length, undefined]);
    assert.equal((await s3.send(new ListObjectsCommand({ Bucket: BUCKET, Prefix: 'keys/' }))).Contents, undefined);
  },

  async 'uploads a stream of unknown length in parts, with trailing checksums'() {
    const content = pattern(12 * MiB);
    const upload = new Upload({
      client: s3,
      params: { Bucket: BUCKET, Key: 'large', Body: Readable.from([content]), ContentType: 'x/y' },
      partSize: 5 * MiB,
      queueSize: 2,
    });
    const done = await upload.done();
    assert.match(done.ETag, /-3"$/);
    const ObjectAttributes = ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize'];
    const told = await s3.send(new GetObjectAttributesCommand({ Bucket: BUCKET, Key: 'large', ObjectAttributes }));
    assert.deepEqual([told.ObjectSize, told.ObjectParts.TotalPartsCount], [content.length, 3]);
    const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'large' }));
    assert.equal(got.ContentType, 'x/y');
    assert.ok((await bodyOf(got)).equals(content));
  },

  async 'does each multipart call by hand, and aborts'() {
    const name = { Bucket: BUCKET, Key: 'by hand/ä+b' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(name));
    const one = await s3.send(new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: pattern(5 * MiB) }));
    const CopySource = `${BUCKET}/large`;
    const copy = { ...name, UploadId, PartNumber: 2, CopySource, CopySourceRange: 'bytes=0-99' };
    const two = await s3.send(new UploadPartCopyCommand(copy));
    const listed = await s3.send(new ListPartsCommand({ ...name, UploadId }));
    assert.deepEqual(
      listed.Parts.map((part) => part.Size),
      [5 * MiB, 100],
    );
    const open = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    assert.deepEqual(
      open.Uploads.map((entry) => entry.UploadId),
      [UploadId],
    );
    const Parts = [
      { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
      { PartNumber: 2, ETag: two.CopyPartResult.ETag },
    ];
    await s3.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts } }));
    assert.equal((await s3.send(new HeadObjectCommand(name))).ContentLength, 5 * MiB + 100);
    const other = await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'aborted' }));
    const aborted = { Bucket: BUCKET, Key: 'aborted', UploadId: other.UploadId };
    await s3.send(new AbortMultipartUploadCommand(aborted));
    await refused('NoSuchUpload', new ListPartsCommand(aborted), 404);
  },

  async 'presigns GET and PUT; an altered link and another method are refused'() {
    const name = { Bucket: BUCKET, Key: 'pre/a b+ä' };
    // As it comes, the SDK signs the checksum of a body that it does not have yet: what to change is in the answer.
    const hasty = await getSignedUrl(s3, new PutObjectCommand(name), { expiresIn: 300 });
    const answer = await fetchUrl(hasty, 'PUT', 'presigned');
    assert.equal(answer.status, 400);
    assert.match(answer.body, /requestChecksumCalculation.*WHEN_REQUIRED/);
    assert.equal((await fetchUrl(hasty, 'PUT', '')).status, 200);
    const patient = new S3Client({ ...settings, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const put = await getSignedUrl(patient, new PutObjectCommand(name), { expiresIn: 300 });
    assert.equal((await fetchUrl(put, 'PUT', 'presigned')).status, 200);
    const get = await getSignedUrl(s3, new GetObjectCommand(name), { expiresIn: 300 });
    assert.deepEqual(await fetchUrl(get), { status: 200, body: 'presigned' });
    assert.equal((await fetchUrl(get, 'DELETE')).status, 403);
    assert.equal((await fetchUrl(get.replace('X-Amz-Expires=300', 'X-Amz-Expires=301'))).status, 403);
    await s3.send(new DeleteObjectCommand(name));
  },

  async 'opens and closes an object with canned ACLs'() {
    const name = { Bucket: BUCKET, Key: 'small' };
    const base = new URL(env.TOUR_ENDPOINT);
    const url =
      env.TOUR_STYLE === 'path' ? `${base.origin}/${BUCKET}/small` : `${base.protocol}//${BUCKET}.${base.host}/small`;
    assert.equal((await fetchUrl(url)).status, 403);
    await s3.send(new PutObjectAclCommand({ ...name, ACL: 'public-read' }));
    assert.equal((await fetchUrl(url)).status, 200);
    assert.equal((await s3.send(new GetObjectAclCommand(name))).Grants.length, 2);
    await s3.send(new PutObjectAclCommand({ ...name, ACL: 'private' }));
    assert.equal((await fetchUrl(url)).status, 403);
  },

  async 'keeps and lists versions'() {
    const Bucket = `${BUCKET}-versions`;
    const name = { Bucket, Key: 'ä b' };
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const first = await s3.send(new PutObjectCommand({ ...name, Body: 'one' }));
    await new Upload({ client: s3, params: { ...name, Body: pattern(6 * MiB) } }).done();
    const marker = await s3.send(new DeleteObjectCommand(name));
    await refused('NoSuchKey', new GetObjectCommand(name), 404);
    const got = await s3.send(new GetObjectCommand({ ...name, VersionId: first.VersionId }));
    assert.equal((await bodyOf(got)).toString(), 'one');
    const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    assert.deepEqual([Versions.length, DeleteMarkers[0].VersionId], [2, marker.VersionId]);
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  },

  async "gets S3's own errors"() {
    await refused('NoSuchKey', new GetObjectCommand({ Bucket: BUCKET, Key: 'missing' }), 404);
    await refused('NoSuchBucket', new ListObjectsCommand({ Bucket: 'no-such-bucket-here' }), 404);
    await refused('BucketNotEmpty', new DeleteBucketCommand({ Bucket: BUCKET }), 409);
  },

  async 'removes everything'() {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET })) {
      const Objects = page.Contents.map(({ Key }) => ({ Key }));
      await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }));
    }
    await s3.send(new DeleteBucketCommand({ Bucket: BUCKET }));
    await refused('NotFound', new HeadBucketCommand({ Bucket: BUCKET }), 404);
  },
};

for (const [step, take] of Object.entries(STEPS)) {
  const error = await take().then(
    () => null,
    (thrown) => thrown.stack,
  );
  stdout.write(`${JSON.stringify({ step, error })}\n`);
}
httpsAgent.destroy();
s3.destroy();
