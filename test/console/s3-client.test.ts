/** The Console's S3 client against a real server: each operation there and back, hostile keys, a wrong clock, credentials that ran out. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVERYONE } from '../../console/src/s3/access.ts';
import { corsDocument } from '../../console/src/s3/buckets.ts';
import { createS3, type S3 } from '../../console/src/s3/client.ts';
import { NotAddressable, S3Failure, S3Unreachable } from '../../console/src/s3/failure.ts';
import type { Credentials } from '../../console/src/s3/sign.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let s3: S3;
let count = 0;

interface Other {
  readonly now?: () => number;
  readonly credentials?: (anew?: boolean) => Promise<Credentials>;
  readonly endpoint?: string;
}

const client = (other: Other = {}): S3 =>
  createS3({
    endpoint: other.endpoint ?? server.origin,
    region: 'us-east-1',
    credentials:
      other.credentials ??
      (async () => ({ accessKeyId: server.operator.accessKeyId, secretAccessKey: server.operator.secret })),
    now: other.now ?? (() => Date.now()),
    fetch: (input, init) => fetch(input, init),
  });

async function bucketNamed(more: { readonly objectLock?: boolean } = {}): Promise<string> {
  count += 1;
  const bucket = `bucket-${count}`;
  await s3.createBucket({ bucket, ...more });
  return bucket;
}

const code =
  (expected: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof S3Failure && thrown.code === expected && thrown.requestId !== undefined && thrown.message !== '';

before(async () => {
  server = await startTestServer();
  s3 = client();
});
after(() => server.stop());

/** What names may be: markup, marks that turn the writing direction, controls, emoji, spaces at both ends, the longest. */
const KEYS = [
  'a',
  'a b+c',
  '<b>&"\'',
  'ü/é.txt',
  '\u202efdp.exe',
  'tab\there',
  'line\nend\r\u0001\u001f\u007f',
  "!'()*~",
  'back\\slash',
  '.hidden/..x/...',
  '🏔️/😀',
  ' x ',
  '%2F%',
  'a//b',
  '/a',
  '?#&=',
  'k'.repeat(1024),
  'ü'.repeat(512),
];

test('keys of any kind are written, listed, read and deleted under exactly their names', async () => {
  const bucket = await bucketNamed();
  for (const key of KEYS) await s3.putObject({ bucket, key, body: key, contentType: 'text/plain' });
  const { objects } = await s3.listObjectsV2({ bucket });
  assert.deepEqual(new Set(objects.map(({ key }) => key)), new Set(KEYS));
  for (const key of KEYS) {
    const { bytes, head } = await s3.getObject({ bucket, key });
    assert.equal(new TextDecoder().decode(bytes), key);
    assert.equal(head.contentType, 'text/plain');
    const answer = await fetch(
      await s3.presign({ bucket, key, query: { 'response-content-disposition': 'attachment' } }),
    );
    assert.equal(await answer.text(), key);
    assert.equal(answer.headers.get('content-disposition'), 'attachment');
  }
  const { deleted, failed } = await s3.deleteObjects({ bucket, objects: KEYS.map((key) => ({ key })) });
  assert.deepEqual([deleted.length, failed.length], [KEYS.length, 0]);
  assert.deepEqual((await s3.listObjectsV2({ bucket })).objects, []);
});

test('a key that a browser would rewrite is refused before it is asked for; a copy and a deletion reach it', async () => {
  const bucket = await bucketNamed();
  for (const key of ['a/../b', '.', 'x/./y']) {
    await assert.rejects(s3.headObject({ bucket, key }), NotAddressable);
    await s3.deleteObjects({ bucket, objects: [{ key }] });
  }
});

test('lists come page by page, with folders', async () => {
  const bucket = await bucketNamed();
  for (const key of ['a', 'b/1', 'b/2', 'c/1', 'd']) await s3.putObject({ bucket, key, body: '' });
  const pages = [];
  let continuationToken: string | undefined;
  do {
    const page = await s3.listObjectsV2({ bucket, delimiter: '/', maxKeys: 2, continuationToken, fetchOwner: true });
    pages.push([...page.prefixes, ...page.objects.map(({ key }) => key)].sort());
    continuationToken = page.next;
  } while (continuationToken !== undefined);
  assert.deepEqual(pages, [
    ['a', 'b/'],
    ['c/', 'd'],
  ]);
  assert.deepEqual(
    (await s3.listObjectsV2({ bucket, startAfter: 'c/1' })).objects.map(({ key }) => key),
    ['d'],
  );
  assert((await s3.listBuckets()).some(({ name }) => name === bucket));
  assert.deepEqual(
    (await s3.listBuckets({ prefix: bucket })).map(({ name }) => name),
    [bucket],
  );
});

test('names are mine, taken or free', async () => {
  const bucket = await bucketNamed();
  assert.equal(await s3.headBucket({ bucket }), 'yours');
  assert.equal(await s3.headBucket({ bucket: 'nobodys-bucket' }), 'free');
  const other = await server.addAccount('headed');
  const theirs = client({
    credentials: async () => ({ accessKeyId: other.accessKeyId, secretAccessKey: other.secret }),
  });
  assert.equal(await theirs.headBucket({ bucket }), 'taken');
  assert.equal(await s3.getBucketLocation({ bucket }), 'us-east-1');
});

test('metadata are kept, copied and replaced; conditions are held', async () => {
  const bucket = await bucketNamed();
  const metadata = { camera: 'Nikon', place: 'Zürich 🏔️' };
  const put = await s3.putObject({ bucket, key: 'a', body: 'x', cacheControl: 'max-age=1', metadata, ifAbsent: true });
  await assert.rejects(s3.putObject({ bucket, key: 'a', body: 'y', ifAbsent: true }), code('PreconditionFailed'));
  const head = await s3.headObject({ bucket, key: 'a' });
  assert.deepEqual([head.size, head.etag, head.cacheControl], [1, put.etag, 'max-age=1']);
  assert.deepEqual(head.metadata, metadata);
  await s3.copyObject({ from: { bucket, key: 'a' }, bucket, key: 'b' });
  assert.deepEqual((await s3.headObject({ bucket, key: 'b' })).metadata, metadata);
  const from = { bucket, key: 'a' };
  await s3.copyObject({
    from,
    bucket,
    key: 'a',
    metadata: { new: '1' },
    contentType: 'image/tiff',
    sourceIfMatch: put.etag,
  });
  const replaced = await s3.headObject(from);
  assert.deepEqual(
    [replaced.metadata, replaced.contentType, replaced.cacheControl],
    [{ new: '1' }, 'image/tiff', undefined],
  );
  await assert.rejects(s3.copyObject({ from, bucket, key: 'c', sourceIfMatch: '0' }), code('PreconditionFailed'));
  const part = await s3.getObject({ bucket, key: 'a', start: 0, end: 1 });
  assert.equal(part.bytes.length, 1);
  assert.equal((await s3.getObjectAttributes(from)).parts, undefined);
});

test('a multipart upload goes part by part, and is listed while it is unfinished', async () => {
  const bucket = await bucketNamed();
  const key = 'big file';
  const uploadId = await s3.createMultipartUpload({ bucket, key, contentType: 'text/plain', metadata: { a: 'b' } });
  const parts = [];
  for (const number of [1, 2]) {
    const body = new Uint8Array(number === 1 ? 5 * 1024 * 1024 : 3).fill(number);
    const { url, headers } = await s3.signPart({ bucket, key, uploadId, number });
    const answer = await fetch(url, { method: 'PUT', headers, body });
    assert.equal(answer.status, 200, await answer.text());
    parts.push({ number, etag: (answer.headers.get('etag') ?? '').replaceAll('"', '') });
  }
  assert.deepEqual(
    (await s3.listMultipartUploads({ bucket })).uploads.map((upload) => upload.key),
    [key],
  );
  assert.deepEqual(
    (await s3.listParts({ bucket, key, uploadId })).parts.map(({ number, size }) => [number, size]),
    [
      [1, 5 * 1024 * 1024],
      [2, 3],
    ],
  );
  const done = await s3.completeMultipartUpload({ bucket, key, uploadId, parts, ifAbsent: true });
  assert.match(done.etag, /-2$/);
  assert.equal((await s3.headObject({ bucket, key })).size, 5 * 1024 * 1024 + 3);
  const second = await s3.createMultipartUpload({ bucket, key });
  const etag = await s3.uploadPartCopy({
    bucket,
    key,
    uploadId: second,
    number: 1,
    from: { bucket, key },
    start: 0,
    end: 10,
  });
  assert.match(etag, /^[0-9a-f]{32}$/);
  await s3.abortMultipartUpload({ bucket, key, uploadId: second });
  assert.deepEqual((await s3.listMultipartUploads({ bucket })).uploads, []);
});

test('a bucket says who pays, as it was told', async () => {
  const bucket = await bucketNamed();
  assert.equal(await s3.getBucketRequestPayment({ bucket }), 'BucketOwner');
  for (const payer of ['Requester', 'BucketOwner'] as const) {
    await s3.putBucketRequestPayment({ bucket, payer });
    assert.equal(await s3.getBucketRequestPayment({ bucket }), payer);
  }
});

test('versions: markers are laid, listed and removed', async () => {
  const bucket = await bucketNamed();
  assert.equal(await s3.getBucketVersioning({ bucket }), 'Off');
  await s3.putBucketVersioning({ bucket, status: 'Enabled' });
  assert.equal(await s3.getBucketVersioning({ bucket }), 'Enabled');
  const first = await s3.putObject({ bucket, key: 'a b', body: '1' });
  await s3.putObject({ bucket, key: 'a b', body: '22' });
  const gone = await s3.deleteObject({ bucket, key: 'a b' });
  assert(gone.marker && gone.markerVersionId !== undefined);
  const { versions } = await s3.listObjectVersions({ bucket });
  assert.deepEqual(
    versions.map(({ marker, latest, size }) => [marker, latest, size]),
    [
      [true, true, 0],
      [false, false, 2],
      [false, false, 1],
    ],
  );
  assert.equal((await s3.getObject({ bucket, key: 'a b', versionId: first.versionId })).bytes.length, 1);
  const page = await s3.listObjectVersions({ bucket, maxKeys: 1 });
  const rest = await s3.listObjectVersions({ bucket, ...page.next });
  assert.equal(rest.versions.length, 2);
  const undone = await s3.deleteObjects({ bucket, objects: [{ key: 'a b', versionId: gone.markerVersionId }] });
  assert.equal(undone.deleted.length, 1);
  assert.equal((await s3.headObject({ bucket, key: 'a b' })).size, 2);
});

test('ACLs, policies, ownership and public-access blocks go there and back', async () => {
  const bucket = await bucketNamed();
  await s3.putBucketOwnershipControls({ bucket, ownership: 'ObjectWriter' });
  assert.equal(await s3.getBucketOwnershipControls({ bucket }), 'ObjectWriter');
  await s3.putObject({ bucket, key: 'a', body: 'x' });
  const acl = await s3.getAcl({ bucket, key: 'a' });
  const grants = [...acl.grants, { grantee: { type: 'group', uri: EVERYONE }, permission: 'READ' } as const];
  await s3.putAcl({ bucket, key: 'a', acl: { ...acl, grants } });
  assert.deepEqual((await s3.getAcl({ bucket, key: 'a' })).grants.at(-1), grants.at(-1));
  assert.equal((await fetch(`${server.origin}/${bucket}/a`)).status, 200);
  await s3.putCannedAcl({ bucket, key: 'a', canned: 'private' });
  assert.equal((await fetch(`${server.origin}/${bucket}/a`)).status, 403);
  assert.equal(await s3.getBucketPolicy({ bucket }), undefined);
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
  });
  await s3.putBucketPolicy({ bucket, policy });
  assert.deepEqual(JSON.parse((await s3.getBucketPolicy({ bucket })) ?? ''), JSON.parse(policy));
  await s3.deleteBucketPolicy({ bucket });
  assert.equal(await s3.getPublicAccessBlock({ bucket }), undefined);
  const block = {
    blockPublicAcls: true,
    ignorePublicAcls: false,
    blockPublicPolicy: true,
    restrictPublicBuckets: false,
  };
  await s3.putPublicAccessBlock({ bucket, block });
  assert.deepEqual(await s3.getPublicAccessBlock({ bucket }), block);
  await s3.deletePublicAccessBlock({ bucket });
  assert.equal(await s3.getPublicAccessBlock({ bucket }), undefined);
});

test('CORS, tags, encryption and locks go there and back', async () => {
  const bucket = await bucketNamed({ objectLock: true });
  assert.equal(await s3.getBucketCors({ bucket }), undefined);
  const rules = [
    {
      id: '<&>',
      origins: ['https://a.example', '*'],
      methods: ['GET', 'PUT'],
      headers: ['*'],
      expose: ['ETag'],
      maxAge: 60,
    },
  ];
  await s3.putBucketCors({ bucket, rules });
  assert.deepEqual(await s3.getBucketCors({ bucket }), rules);
  assert(corsDocument(rules).includes('<ID>&#60;&#38;&#62;</ID>'));
  await s3.deleteBucketCors({ bucket });
  const tags = [{ key: 'team', value: 'ü + @' }];
  assert.deepEqual(await s3.getBucketTagging({ bucket }), []);
  await s3.putBucketTagging({ bucket, tags });
  assert.deepEqual(await s3.getBucketTagging({ bucket }), tags);
  await s3.putBucketTagging({ bucket, tags: [] });
  assert.deepEqual(await s3.getBucketTagging({ bucket }), []);
  assert.equal(await s3.getBucketEncryption({ bucket }), undefined);
  await s3.putBucketEncryption({ bucket, encryption: { algorithm: 'AES256', bucketKey: false, blocked: false } });
  assert.equal((await s3.getBucketEncryption({ bucket }))?.algorithm, 'AES256');
  await s3.deleteBucketEncryption({ bucket });
  assert.deepEqual(await s3.getObjectLockConfiguration({ bucket }), {});
  await s3.putObjectLockConfiguration({ bucket, lock: { retention: { mode: 'GOVERNANCE', days: 1 } } });
  assert.deepEqual((await s3.getObjectLockConfiguration({ bucket }))?.retention, {
    mode: 'GOVERNANCE',
    days: 1,
    years: undefined,
  });
  await s3.putObjectLockConfiguration({ bucket, lock: {} });
  await s3.putObject({ bucket, key: 'a', body: 'x' });
  await s3.putObjectTagging({ bucket, key: 'a', tags });
  assert.deepEqual(await s3.getObjectTagging({ bucket, key: 'a' }), tags);
  assert.equal((await s3.headObject({ bucket, key: 'a' })).tagCount, 1);
  await s3.putObjectTagging({ bucket, key: 'a', tags: [] });
  assert.equal(await s3.getObjectRetention({ bucket, key: 'a' }), undefined);
  const until = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;
  await s3.putObjectRetention({ bucket, key: 'a', retention: { mode: 'GOVERNANCE', until } });
  assert.deepEqual(await s3.getObjectRetention({ bucket, key: 'a' }), { mode: 'GOVERNANCE', until });
  assert.equal(await s3.getObjectLegalHold({ bucket, key: 'a' }), false);
  await s3.putObjectLegalHold({ bucket, key: 'a', on: true });
  assert.equal(await s3.getObjectLegalHold({ bucket, key: 'a' }), true);
  const head = await s3.headObject({ bucket, key: 'a' });
  assert.deepEqual([head.lockMode, head.lockUntil, head.legalHold], ['GOVERNANCE', until, true]);
  await assert.rejects(s3.deleteObject({ bucket, key: 'a', versionId: head.versionId }), code('AccessDenied'));
  await s3.putObjectLegalHold({ bucket, key: 'a', on: false });
  await s3.putObjectRetention({ bucket, key: 'a', retention: undefined, bypassGovernance: true });
  await s3.deleteObject({ bucket, key: 'a', versionId: head.versionId });
  await s3.deleteBucket({ bucket });
  await assert.rejects(s3.listObjectsV2({ bucket }), code('NoSuchBucket'));
});

test('a clock that is wrong is learnt from the answer, once', async () => {
  const late = client({ now: () => Date.now() - 3_600_000 });
  assert(Array.isArray(await late.listBuckets()));
  assert(Array.isArray(await late.listBuckets()));
});

test('credentials that are refused as run out are asked for anew, once', async () => {
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const asked: (boolean | undefined)[] = [];
  const wrong = client({
    credentials: async (anew) => {
      asked.push(anew);
      return { accessKeyId, secretAccessKey };
    },
  });
  await wrong.listBuckets();
  assert.deepEqual(asked, [false]);
});

test('a store that does not answer is told as that', async () => {
  await assert.rejects(client({ endpoint: 'http://127.0.0.1:9' }).listBuckets(), S3Unreachable);
});
