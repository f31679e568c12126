/**
 * What MinIO's client library for JavaScript does as it comes, one step after the other; run by minio.test.ts (see
 * support/tour.ts). It asks for the bucket's region by itself, and signs chunks of streams.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, exit, stdout } from 'node:process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Client, CopyDestinationOptions, CopySourceOptions } from 'minio';

const BUCKET = 'minio-js';
const KEY = 'a b+ä/漢字 %2F';
const MiB = 1024 * 1024;
const { hostname, port, protocol } = new URL(env.TOUR_ENDPOINT);
const settings = {
  endPoint: hostname,
  port: Number(port),
  useSSL: protocol === 'https:',
  accessKey: env.AWS_ACCESS_KEY_ID,
  secretKey: env.AWS_SECRET_ACCESS_KEY,
};
const minio = new Client(settings);

function pattern(size) {
  return Buffer.alloc(size, createHash('sha512').update(String(size)).digest());
}

/** As a socket or a file would give it. */
function* chunksOf(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function holds(key, expected, options = {}) {
  const got = await buffer(await minio.getObject(BUCKET, key, options));
  assert.ok(got.equals(expected), `${key}: ${got.length} other bytes came back`);
}

const refused = (code, call) => assert.rejects(call, (error) => error.code === code || assert.equal(error, code));

const STEPS = {
  async 'makes, finds and lists a bucket'() {
    assert.equal(await minio.bucketExists(BUCKET), false);
    await minio.makeBucket(BUCKET);
    assert.equal(await minio.bucketExists(BUCKET), true);
    assert.ok(
      (await minio.listBuckets()).some(({ name, creationDate }) => name === BUCKET && creationDate instanceof Date),
    );
    assert.equal(await minio.getBucketRegionAsync(BUCKET), 'us-east-1');
  },

  async 'puts, finds and gets small and empty objects with metadata'() {
    const body = pattern(5000);
    const { etag } = await minio.putObject(BUCKET, KEY, body, body.length, {
      'Content-Type': 'text/x-test',
      colour: 'blue',
    });
    assert.equal(etag, createHash('md5').update(body).digest('hex'));
    const found = await minio.statObject(BUCKET, KEY);
    assert.deepEqual([found.size, found.etag, found.metaData.colour], [5000, etag, 'blue']);
    assert.equal(found.metaData['content-type'], 'text/x-test');
    await holds(KEY, body);
    const middle = await buffer(await minio.getPartialObject(BUCKET, KEY, 10, 20));
    assert.ok(middle.equals(body.subarray(10, 30)));
    await minio.putObject(BUCKET, 'empty', '');
    await holds('empty', Buffer.alloc(0));
  },

  async 'puts streams, of known and of unknown length'() {
    const body = pattern(300_000);
    await minio.putObject(BUCKET, 'stream', Readable.from([body]), body.length);
    await holds('stream', body);
    await minio.putObject(BUCKET, 'stream', Readable.from([body.subarray(0, 100_001), body.subarray(100_001)]));
    await holds('stream', body);
  },

  async 'puts streams and files in parts, and gets files'() {
    const body = pattern(12 * MiB + 1);
    const parts = new Client({ ...settings, partSize: 5 * MiB });
    const { etag } = await parts.putObject(BUCKET, 'large', Readable.from(chunksOf(body, MiB)), body.length);
    assert.match(etag, /-3$/);
    await holds('large', body);
    const folder = mkdtempSync(join(tmpdir(), 'moraine-minio-'));
    try {
      writeFileSync(join(folder, 'up'), body);
      await parts.fPutObject(BUCKET, 'file', join(folder, 'up'), { colour: 'red' });
      await minio.fGetObject(BUCKET, 'file', join(folder, 'down'));
      assert.ok(readFileSync(join(folder, 'down')).equals(body));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  async 'lists, flat and by folder, both versions of the call and with metadata'() {
    const all = ['a b+ä/漢字 %2F', 'empty', 'file', 'large', 'stream'];
    const names = async (stream) => (await stream.toArray()).map(({ name, prefix }) => name ?? prefix);
    assert.deepEqual(await names(minio.listObjects(BUCKET, '', true)), all);
    assert.deepEqual(await names(minio.listObjectsV2(BUCKET, '', true)), all);
    const folders = ['a b+ä/', 'empty', 'file', 'large', 'stream'];
    assert.deepEqual((await names(minio.listObjects(BUCKET))).sort(), folders);
    assert.deepEqual((await names(minio.listObjectsV2(BUCKET, '', false, 'b'))).sort(), folders.slice(1));
    assert.deepEqual(await names(minio.extensions.listObjectsV2WithMetadata(BUCKET, '', true)), all);
  },

  async 'copies, and composes of several'() {
    await minio.copyObject(BUCKET, 'copied', `/${BUCKET}/large`);
    const large = pattern(12 * MiB + 1);
    await holds('copied', large);
    const sources = ['large', 'copied'].map((key) => new CopySourceOptions({ Bucket: BUCKET, Object: key }));
    await minio.composeObject(new CopyDestinationOptions({ Bucket: BUCKET, Object: 'composed' }), sources);
    await holds('composed', Buffer.concat([large, large]));
  },

  async 'presigns GET and PUT'() {
    const put = await minio.presignedPutObject(BUCKET, 'link/a b', 300);
    assert.equal((await fetch(put, { method: 'PUT', body: 'by link' })).status, 200);
    const got = await fetch(
      await minio.presignedGetObject(BUCKET, 'link/a b', 300, { 'response-content-type': 'x/y' }),
    );
    assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [200, 'x/y', 'by link']);
  },

  async 'presigns a form'() {
    const policy = minio.newPostPolicy();
    policy.setBucket(BUCKET);
    policy.setKey('form');
    policy.setExpires(new Date(Date.now() + 300_000));
    policy.setContentLengthRange(1, 100);
    const { postURL, formData } = await minio.presignedPostPolicy(policy);
    const form = new FormData();
    for (const [name, value] of Object.entries(formData)) form.append(name, value);
    form.append('file', new Blob(['from a browser']), 'any.txt');
    assert.equal((await fetch(postURL, { method: 'POST', body: form })).status, 204);
    await holds('form', Buffer.from('from a browser'));
  },

  async 'finds and removes incomplete uploads'() {
    const id = await minio.initiateNewMultipartUpload(BUCKET, 'left', {});
    assert.equal(await minio.findUploadId(BUCKET, 'left'), id);
    const open = await minio.listIncompleteUploads(BUCKET, '', true).toArray();
    assert.deepEqual(
      open.map(({ key, uploadId }) => [key, uploadId]),
      [['left', id]],
    );
    await minio.removeIncompleteUpload(BUCKET, 'left');
    assert.deepEqual(await minio.listIncompleteUploads(BUCKET, '', true).toArray(), []);
  },

  async 'sets and gets a policy'() {
    const Statement = [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/empty` },
    ];
    await minio.setBucketPolicy(BUCKET, JSON.stringify({ Version: '2012-10-17', Statement }));
    assert.deepEqual(JSON.parse(await minio.getBucketPolicy(BUCKET)).Statement, Statement);
    assert.equal((await fetch(`${env.TOUR_ENDPOINT}/${BUCKET}/empty`)).status, 200);
    await minio.setBucketPolicy(BUCKET, '');
    await refused('NoSuchBucketPolicy', minio.getBucketPolicy(BUCKET));
  },

  async 'keeps and lists versions'() {
    await minio.setBucketVersioning(BUCKET, { Status: 'Enabled' });
    assert.equal((await minio.getBucketVersioning(BUCKET)).Status, 'Enabled');
    const { versionId } = await minio.putObject(BUCKET, 'versioned', 'one');
    await minio.putObject(BUCKET, 'versioned', 'two');
    await minio.removeObject(BUCKET, 'versioned');
    await holds('versioned', Buffer.from('one'), { versionId });
    const list = await minio.listObjects(BUCKET, 'versioned', true, { IncludeVersion: true }).toArray();
    assert.deepEqual(list.map((one) => one.isDeleteMarker).sort(), [false, false, true]);
  },

  async 'tags objects and buckets'() {
    await minio.setObjectTagging(BUCKET, 'stream', { colour: 'blue' });
    assert.deepEqual((await minio.getObjectTagging(BUCKET, 'stream')).flat(), [{ Key: 'colour', Value: 'blue' }]);
    await minio.removeObjectTagging(BUCKET, 'stream', {});
    // Set, and answered with S3's 204, which this library takes for a failure.
    await assert.rejects(minio.setBucketTagging(BUCKET, { team: 'a' }));
    assert.deepEqual((await minio.getBucketTagging(BUCKET)).flat(), [{ Key: 'team', Value: 'a' }]);
    await minio.removeBucketTagging(BUCKET);
  },

  async 'locks objects'() {
    const name = `${BUCKET}-locked`;
    await minio.makeBucket(name, '', { ObjectLocking: true });
    assert.equal((await minio.getObjectLockConfig(name)).objectLockEnabled, 'Enabled');
    const { versionId } = await minio.putObject(name, 'kept', 'kept');
    const retainUntilDate = new Date(Date.now() + 86_400_000).toISOString();
    await minio.putObjectRetention(name, 'kept', { mode: 'GOVERNANCE', retainUntilDate, versionId });
    assert.equal((await minio.getObjectRetention(name, 'kept', { versionId })).mode, 'GOVERNANCE');
    await minio.setObjectLegalHold(name, 'kept', { versionId, status: 'ON' });
    assert.deepEqual(await minio.getObjectLegalHold(name, 'kept', { versionId }), { Status: 'ON' });
    await minio.setObjectLegalHold(name, 'kept', { versionId, status: 'OFF' });
    await refused('AccessDenied', minio.removeObject(name, 'kept', { versionId }));
    await minio.removeObject(name, 'kept', { versionId, governanceBypass: true });
    // From here on S3 asks for a checksum with each upload, which this library sends over HTTPS only.
    await minio.setObjectLockConfig(name, { mode: 'GOVERNANCE', unit: 'Days', validity: 1 });
    assert.equal((await minio.getObjectLockConfig(name)).validity, 1);
    await minio.removeBucket(name);
  },

  async "gets S3's own errors"() {
    await refused('NoSuchKey', minio.getObject(BUCKET, 'missing'));
    await refused('NotFound', minio.statObject(BUCKET, 'missing'));
    await refused('NoSuchBucket', minio.listObjects('no-such-bucket-here').toArray());
    await refused('NotImplemented', minio.getBucketNotification(BUCKET));
  },

  async 'removes everything'() {
    const list = await minio.listObjects(BUCKET, '', true, { IncludeVersion: true }).toArray();
    const errors = await minio.removeObjects(
      BUCKET,
      list.map(({ name, versionId }) => ({ name, versionId })),
    );
    assert.deepEqual(errors, []);
    await minio.removeBucket(BUCKET);
    assert.equal(await minio.bucketExists(BUCKET), false);
  },
};

for (const [step, take] of Object.entries(STEPS)) {
  const error = await take().then(
    () => null,
    (thrown) => thrown.stack,
  );
  stdout.write(`${JSON.stringify({ step, error })}\n`);
}
// The library leaves some answers unread, whose sockets would keep this process waiting.
exit(0);
