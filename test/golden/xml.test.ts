/**
 * Every document we write, against its golden file, and read back by the reader where there is one.
 *
 * `UPDATE_GOLDEN=1` rewrites the files; the diff is what gets reviewed. They were compared with the examples of the S3 API
 * reference, element by element.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../src/base/limits.ts';
import type { CorsRule } from '../../src/model/cors.ts';
import { writeAcl } from '../../src/wire/documents/acl.ts';
import { writeListBuckets, writeLocation } from '../../src/wire/documents/buckets.ts';
import { writeCopyResult } from '../../src/wire/documents/copy.ts';
import { readCors, writeCors } from '../../src/wire/documents/cors.ts';
import { writeDeleteResult } from '../../src/wire/documents/delete.ts';
import { readBucketEncryption, writeBucketEncryption } from '../../src/wire/documents/encryption.ts';
import { writeError } from '../../src/wire/documents/error.ts';
import { type ListedObject, writeListObjects, writeListObjectsV2 } from '../../src/wire/documents/listing.ts';
import {
  readLegalHold,
  readLockConfiguration,
  readRetention,
  writeLegalHold,
  writeLockConfiguration,
  writeRetention,
} from '../../src/wire/documents/lock.ts';
import {
  writeCompleteMultipartUpload,
  writeInitiateMultipartUpload,
  writeListMultipartUploads,
  writeListParts,
} from '../../src/wire/documents/multipart.ts';
import { writeObjectAttributes } from '../../src/wire/documents/object-attributes.ts';
import { readOwnershipControls, writeOwnershipControls } from '../../src/wire/documents/ownership.ts';
import {
  readPublicAccessBlock,
  writePolicyStatus,
  writePublicAccessBlock,
} from '../../src/wire/documents/public-access.ts';
import { readRequestPayment, writeRequestPayment } from '../../src/wire/documents/request-payment.ts';
import { readTagging, writeTagging } from '../../src/wire/documents/tagging.ts';
import { readVersioning, writeVersioning } from '../../src/wire/documents/versioning.ts';
import { type ListedVersion, writeListVersions } from '../../src/wire/documents/versions.ts';
import { parseXml } from '../../src/wire/xml.ts';

const FOLDER = fileURLToPath(new URL('xml/', import.meta.url));
const TIME = Date.UTC(2024, 1, 29, 12, 30, 5, 678);
const ID = '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a';
const ETAG = 'd41d8cd98f00b204e9800998ecf8427e';
const owner = { id: ID, displayName: 'ann & co' };
/** All that XML treats specially, a character it cannot hold, and one beyond the basic plane. */
const ENCRYPTED = { algorithm: 'aws:kms', keyId: 'k', bucketKey: true } as const;
const KEY = ' a&b<c>"d\'e+f g%\t\r\n\u0001/ü🪨';

const objects: readonly ListedObject[] = [
  { key: 'photos/1.jpg', modifiedAt: TIME, etag: ETAG, size: 0, storageClass: 'STANDARD' },
  {
    key: KEY,
    modifiedAt: TIME,
    etag: `${ETAG}-3`,
    size: 5_497_558_138_880,
    storageClass: 'STANDARD',
    owner,
    checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' },
  },
];
const page = { bucket: 'bucket', prefix: 'a&b/', delimiter: '/', maxKeys: 2, isTruncated: true };
const prefixes = ['a&b/c d/', 'a&b/\u0002/'];
const upload = { key: KEY, initiator: { id: ID }, owner: { id: ID }, storageClass: 'STANDARD' };

const listed = { key: KEY, isLatest: true, modifiedAt: TIME, owner: { id: ID } };
const versions: readonly ListedVersion[] = [
  { ...listed, kind: 'delete-marker', versionId: 'v2' },
  {
    ...listed,
    kind: 'object',
    versionId: 'null',
    isLatest: false,
    etag: ETAG,
    size: 5_497_558_138_880,
    storageClass: 'STANDARD',
    checksum: { algorithm: 'CRC32', type: 'COMPOSITE' },
  },
  { ...listed, kind: 'object', key: 'b', versionId: 'v1', etag: ETAG, size: 0, storageClass: 'STANDARD' },
];

const CORS_RULES: readonly CorsRule[] = [
  {
    id: 'a & b',
    allowedOrigins: ['https://*.example.ch', 'http://localhost:4200'],
    allowedMethods: ['GET', 'PUT'],
    allowedHeaders: ['x-amz-*', 'Content-Type'],
    exposeHeaders: ['ETag', 'x-amz-version-id'],
    maxAgeSeconds: 3000,
  },
  { allowedOrigins: ['*'], allowedMethods: ['HEAD'], allowedHeaders: [], exposeHeaders: [] },
];

const BLOCK = { blockPublicAcls: true, ignorePublicAcls: false, blockPublicPolicy: true, restrictPublicBuckets: false };

const DOCUMENTS: Readonly<Record<string, string>> = {
  'error-no-such-key': writeError({
    code: 'NoSuchKey',
    message: 'The specified key does not exist.',
    resource: '/bucket/a&b',
    requestId: '4442587FB7D0A2F9',
    hostId: 'host',
    fields: { Key: KEY },
  }),
  cors: writeCors(CORS_RULES),
  'error-bare': writeError({ code: 'AccessDenied', message: 'Access Denied', requestId: '4442587FB7D0A2F9' }),
  'list-buckets': writeListBuckets({
    owner,
    buckets: [
      { name: 'first', createdAt: TIME },
      { name: 'second', createdAt: TIME, region: 'eu-1' },
    ],
    prefix: 's',
    continuationToken: 'next',
  }),
  'list-buckets-none': writeListBuckets({ owner: { id: ID }, buckets: [] }),
  'location-named': writeLocation('eu-1'),
  'location-first-region': writeLocation('us-east-1'),
  'list-objects': writeListObjects({ ...page, marker: KEY, nextMarker: KEY, objects, commonPrefixes: prefixes }),
  'list-objects-url': writeListObjects({
    ...page,
    encodingType: 'url',
    marker: KEY,
    nextMarker: KEY,
    objects,
    commonPrefixes: prefixes,
  }),
  'list-objects-empty': writeListObjects({
    bucket: 'bucket',
    prefix: '',
    marker: '',
    maxKeys: 1000,
    isTruncated: false,
    objects: [],
    commonPrefixes: [],
  }),
  'list-objects-v2': writeListObjectsV2({
    ...page,
    startAfter: KEY,
    continuationToken: 'a+b',
    nextContinuationToken: 'c/d',
    objects,
    commonPrefixes: prefixes,
  }),
  'list-objects-v2-url': writeListObjectsV2({
    ...page,
    encodingType: 'url',
    startAfter: KEY,
    continuationToken: 'a+b',
    nextContinuationToken: 'c/d',
    objects,
    commonPrefixes: prefixes,
  }),
  'list-versions': writeListVersions({
    ...page,
    keyMarker: '',
    versionIdMarker: '',
    nextKeyMarker: 'b',
    nextVersionIdMarker: 'v1',
    versions,
    commonPrefixes: prefixes,
  }),
  'list-versions-url': writeListVersions({
    ...page,
    encodingType: 'url',
    keyMarker: KEY,
    versionIdMarker: 'null',
    nextKeyMarker: KEY,
    versions,
    commonPrefixes: prefixes,
  }),
  acl: writeAcl({
    owner,
    grants: [
      { grantee: { type: 'account', ...owner }, permission: 'FULL_CONTROL' },
      { grantee: { type: 'account', id: ID }, permission: 'READ_ACP' },
      { grantee: { type: 'group', uri: 'http://acs.amazonaws.com/groups/global/AllUsers' }, permission: 'READ' },
    ],
  }),
  'acl-no-grants': writeAcl({ owner: { id: ID }, grants: [] }),
  tagging: writeTagging([
    { key: KEY, value: '' },
    { key: 'b', value: 'a & b' },
  ]),
  'tagging-none': writeTagging([]),
  'ownership-controls': writeOwnershipControls('BucketOwnerPreferred'),
  'bucket-encryption': writeBucketEncryption(ENCRYPTED),
  'bucket-encryption-blocked': writeBucketEncryption({ blocked: 'SSE-C' }),
  'public-access-block': writePublicAccessBlock(BLOCK),
  'policy-status': writePolicyStatus(true),
  'request-payment': writeRequestPayment('Requester'),
  'object-lock': writeLockConfiguration({ byDefault: { mode: 'GOVERNANCE', unit: 'Days', count: 30 } }),
  'object-lock-without-default': writeLockConfiguration({}),
  retention: writeRetention({ mode: 'COMPLIANCE', until: 1_893_456_000_000 }),
  'legal-hold': writeLegalHold(true),
  versioning: writeVersioning('suspended'),
  'versioning-never': writeVersioning('unversioned'),
  'delete-result': writeDeleteResult({
    deleted: [
      { key: KEY },
      { key: 'b', versionId: 'v1' },
      { key: 'c', deleteMarker: true, deleteMarkerVersionId: 'v2' },
    ],
    errors: [
      { key: 'd', code: 'AccessDenied', message: 'Access Denied' },
      { key: 'e', versionId: 'v3', code: 'InternalError', message: 'a < b' },
    ],
  }),
  'copy-object-result': writeCopyResult('CopyObjectResult', {
    modifiedAt: TIME,
    etag: ETAG,
    checksum: { algorithm: 'CRC32', value: 'AAAAAA==', type: 'FULL_OBJECT' },
  }),
  'copy-part-result': writeCopyResult('CopyPartResult', { modifiedAt: TIME, etag: ETAG }),
  'initiate-multipart-upload': writeInitiateMultipartUpload({ bucket: 'bucket', key: KEY, uploadId: 'id' }),
  'complete-multipart-upload': writeCompleteMultipartUpload({
    location: 'http://localhost/bucket/a%26b',
    bucket: 'bucket',
    key: KEY,
    etag: `${ETAG}-2`,
    checksum: { algorithm: 'SHA256', value: 'AAAA', type: 'COMPOSITE' },
  }),
  'object-attributes': writeObjectAttributes({
    etag: `${ETAG}-2`,
    checksum: { algorithm: 'SHA256', value: 'AAAA-2', type: 'COMPOSITE' },
    objectParts: {
      count: 2,
      page: {
        partNumberMarker: 1,
        nextPartNumberMarker: 5,
        maxParts: 1,
        isTruncated: false,
        parts: [{ number: 5, size: 7, checksum: { algorithm: 'SHA256', value: 'BBBB', type: 'FULL_OBJECT' } }],
      },
    },
    storageClass: 'STANDARD',
    objectSize: 5_242_887,
  }),
  'object-attributes-counted': writeObjectAttributes({ objectParts: { count: 10_000 } }),
  'list-parts': writeListParts({
    bucket: 'bucket',
    uploadId: 'id',
    ...upload,
    partNumberMarker: 0,
    nextPartNumberMarker: 2,
    maxParts: 2,
    isTruncated: true,
    checksumAlgorithm: 'CRC32C',
    checksumType: 'COMPOSITE',
    parts: [
      {
        number: 1,
        modifiedAt: TIME,
        etag: ETAG,
        size: 5_242_880,
        checksum: { algorithm: 'CRC32C', value: 'AAAAAA==' },
      },
      { number: 2, modifiedAt: TIME, etag: ETAG, size: 1 },
    ],
  }),
  'list-multipart-uploads': writeListMultipartUploads({
    bucket: 'bucket',
    prefix: 'a&b/',
    delimiter: '/',
    encodingType: 'url',
    keyMarker: '',
    uploadIdMarker: '',
    nextKeyMarker: KEY,
    nextUploadIdMarker: 'id2',
    maxUploads: 2,
    isTruncated: true,
    uploads: [
      { ...upload, uploadId: 'id1', initiatedAt: TIME, checksumAlgorithm: 'SHA1', checksumType: 'COMPOSITE' },
      { ...upload, uploadId: 'id2', initiatedAt: TIME },
    ],
    commonPrefixes: prefixes,
  }),
};

for (const [name, document] of Object.entries(DOCUMENTS)) {
  test(`${name}.xml is what it was`, () => {
    const path = `${FOLDER}${name}.xml`;
    // The test's own switch: what a developer sets to accept a change of the documents.
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, document);
    assert.equal(document, readFileSync(path, 'utf8'));
  });

  test(`${name}.xml is XML that our own reader takes`, () => {
    const root = parseXml(Buffer.from(document), LIMITS);
    assert.match(document, new RegExp(`^<\\?xml version="1.0" encoding="UTF-8"\\?>\\n<${root.name}[ >]`));
  });
}

test('no golden file is left over', () => {
  const files = readdirSync(FOLDER).sort();
  assert.deepEqual(
    files,
    Object.keys(DOCUMENTS)
      .map((name) => `${name}.xml`)
      .sort(),
  );
});

test('a configuration that we wrote is read as what it was', () => {
  const written = (name: string) => Buffer.from(DOCUMENTS[name] ?? '');
  assert.deepEqual(readCors(written('cors'), LIMITS), CORS_RULES);
  assert.equal(readOwnershipControls(written('ownership-controls'), LIMITS), 'BucketOwnerPreferred');
  assert.deepEqual(readBucketEncryption(written('bucket-encryption'), LIMITS), ENCRYPTED);
  assert.deepEqual(readBucketEncryption(written('bucket-encryption-blocked'), LIMITS), { blocked: 'SSE-C' });
  assert.deepEqual(readPublicAccessBlock(written('public-access-block'), LIMITS), BLOCK);
  assert.equal(readRequestPayment(written('request-payment'), LIMITS), 'Requester');
  assert.equal(readVersioning(written('versioning'), LIMITS), 'suspended');
  const byDefault = { mode: 'GOVERNANCE', unit: 'Days', count: 30 } as const;
  assert.deepEqual(readLockConfiguration(written('object-lock'), LIMITS), { byDefault });
  assert.deepEqual(readRetention(written('retention'), LIMITS), { mode: 'COMPLIANCE', until: 1_893_456_000_000 });
  assert.equal(readLegalHold(written('legal-hold'), LIMITS), true);
  assert.equal(readTagging(written('tagging'), LIMITS).length, 2);
});

test('a key comes back from its document as it went in, whatever is in it', () => {
  for (const name of ['list-objects', 'list-objects-v2', 'list-versions', 'error-no-such-key', 'delete-result']) {
    const texts: string[] = [];
    const walk = (element: ReturnType<typeof parseXml>): void => {
      if (element.name === 'Key') texts.push(element.text);
      element.children.forEach(walk);
    };
    walk(parseXml(Buffer.from(DOCUMENTS[name] ?? ''), LIMITS));
    assert.ok(texts.includes(KEY), name);
  }
});
