/**
 * Detection under hostile combinations. The promise: what reaches a base operation could not have meant another one, and a
 * header that would change what is stored is honoured or refused.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import { detect } from '../../src/ops/detect.ts';
import { hoist } from '../../src/ops/hoist.ts';
import { checkHeaders, HEADER_RULES, ruleFor } from '../../src/ops/refusals.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../../src/ops/table.ts';
import { requestOf } from '../support/request.ts';

type Headers = Readonly<Record<string, string>>;

/** The operation, or the error's code and, after a colon, its text. */
function outcome(method: string, target: string, headers: Headers = {}): string {
  try {
    const request = hoist(requestOf(method, target, headers));
    const operation = detect(request);
    checkHeaders(operation, request);
    return operation;
  } catch (error) {
    assert.ok(error instanceof S3Error, `${method} ${target} threw ${error}`);
    return `${error.code}: ${error.message}`;
  }
}

const TARGETS = { service: '/', bucket: '/bucket', object: '/bucket/folder/key' } as const;
const ROWS = Object.entries(OPERATIONS) as [OperationName, OperationRow][];
const SUBRESOURCES = [...new Set(ROWS.flatMap(([, row]) => row.select.slice(0, 1)))];
const BASE = ROWS.filter(([, row]) => row.select.length === 0).map(([name]) => name);
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const;

test('rule 10: no sub-resource of S3 reaches a base operation, whatever the method and the target', () => {
  for (const subresource of SUBRESOURCES) {
    for (const method of METHODS) {
      for (const target of Object.values(TARGETS)) {
        for (const headers of [{}, { 'x-amz-copy-source': '/a/b' }]) {
          const found = outcome(method, `${target}?${subresource}`, headers);
          assert.ok(!BASE.some((name) => name === found), `${method} ${target}?${subresource} became ${found}`);
        }
      }
    }
  }
});

test('a sub-resource with a value, encoded, or behind others, is still that sub-resource', () => {
  assert.equal(outcome('DELETE', '/bucket?encryption=anything'), 'DeleteBucketEncryption');
  assert.equal(outcome('DELETE', '/bucket?%65ncryption'), 'DeleteBucketEncryption');
  assert.equal(outcome('DELETE', '/bucket?x-id=DeleteBucket&encryption'), 'DeleteBucketEncryption');
  assert.equal(outcome('DELETE', '/bucket?&&encryption&'), 'DeleteBucketEncryption');
});

test('what Pithos dropped is not dropped', () => {
  assert.equal(outcome('DELETE', '/bucket?encryption'), 'DeleteBucketEncryption');
  assert.equal(outcome('DELETE', '/bucket?replication'), 'DeleteBucketReplication');
  assert.equal(outcome('PUT', '/bucket/key?retention'), 'PutObjectRetention');
  assert.equal(outcome('PUT', '/bucket/key?legal-hold'), 'PutObjectLegalHold');
  assert.equal(outcome('PUT', '/bucket/key?tagging'), 'PutObjectTagging');
  assert.match(outcome('DELETE', '/bucket?retention'), /^MethodNotAllowed/);
  assert.match(outcome('DELETE', '/bucket/key?acl'), /^MethodNotAllowed/);
  assert.match(outcome('PUT', '/bucket/key?versioning'), /^MethodNotAllowed/);
});

test('two sub-resources at once are refused, in either order, with both names', () => {
  for (const first of SUBRESOURCES) {
    for (const second of SUBRESOURCES) {
      const [a, b] = [first, second].map((text) => text.split('=')[0] ?? '');
      if (a === b) continue;
      assert.equal(
        outcome('GET', `/bucket?${first}&${second}`),
        `InvalidArgument: Conflicting query string parameters: ${a}, ${b}`,
      );
    }
  }
});

test('a sub-resource said twice is refused', () => {
  assert.match(outcome('GET', '/bucket?acl&acl'), /^InvalidArgument/);
  assert.match(outcome('POST', '/bucket/key?uploadId=1&uploadId=2'), /^InvalidArgument/);
});

test('rule 10: unknown parameters are ignored on reads and refused on writes, by name', () => {
  for (const name of ['cachebuster', 'tomorrow', 'Acl', 'ACL', 'expires', 'x', 'id', 'X-Custom', 'x-amz-unknown']) {
    assert.equal(outcome('GET', `/bucket/key?${name}=1`), 'GetObject');
    assert.equal(outcome('HEAD', `/bucket?${name}`), 'HeadBucket');
    for (const [method, target] of [
      ['PUT', '/bucket'],
      ['DELETE', '/bucket'],
      ['PUT', '/bucket/key'],
      ['DELETE', '/bucket/key'],
    ] as const) {
      const found = outcome(method, `${target}?${name}=1`);
      assert.match(found, /^(?:NotImplemented|InvalidArgument): /, `${method} ${target}?${name}`);
      assert.ok(found.includes(`"${name}"`), found);
    }
  }
});

test('parameters that begin with x- are ignored everywhere, those of x-amz- are not', () => {
  assert.equal(outcome('PUT', '/bucket/key?x-id=PutObject&x-user=johndoe'), 'PutObject');
  assert.equal(outcome('DELETE', '/bucket?x-id=DeleteBucket'), 'DeleteBucket');
  assert.match(outcome('PUT', '/bucket/key?x-amz-acl=public-read'), /^NotImplemented/);
  assert.match(outcome('PUT', '/bucket/key?X-Amz-Acl=public-read'), /^NotImplemented/);
});

test('parameters of another operation never reach the base operation of a write', () => {
  const known = [...new Set(ROWS.flatMap(([, row]) => row.parameters))];
  for (const name of known) {
    for (const [method, target, base] of [
      ['PUT', '/bucket', 'CreateBucket'],
      ['DELETE', '/bucket', 'DeleteBucket'],
      ['PUT', '/bucket/key', 'PutObject'],
      ['DELETE', '/bucket/key', 'DeleteObject'],
    ] as const) {
      const understood: readonly string[] = OPERATIONS[base].parameters;
      if (understood.includes(name)) continue;
      assert.match(outcome(method, `${target}?${name}=1`), /^InvalidArgument/, `${method} ${target}?${name}`);
    }
  }
});

test('a version id is understood or refused, never overlooked', () => {
  assert.equal(outcome('GET', '/bucket/key?versionId=1'), 'GetObject');
  assert.match(outcome('GET', '/bucket?versionId=1'), /^InvalidArgument/);
  assert.match(outcome('PUT', '/bucket/key?versionId=1'), /^InvalidArgument/);
  assert.match(outcome('DELETE', '/bucket?versionId=1'), /^InvalidArgument/);
});

test('what a sub-resource needs beside itself is asked for', () => {
  assert.match(outcome('PUT', '/bucket/key?uploadId=1'), /^InvalidArgument: UploadPart needs .*"partNumber"/);
  assert.match(outcome('PUT', '/bucket/key?partNumber=1'), /^InvalidArgument/);
  assert.match(outcome('PUT', '/bucket?inventory'), /^InvalidArgument.*"id"/);
  assert.match(outcome('POST', '/bucket/key?select'), /^InvalidArgument.*"select-type=2"/);
  assert.match(outcome('GET', '/bucket?list-type=3'), /^InvalidArgument.*"list-type=2"/);
  assert.equal(outcome('GET', '/bucket?inventory'), 'ListBucketInventoryConfigurations');
  assert.equal(outcome('GET', '/bucket?inventory&id=a'), 'GetBucketInventoryConfiguration');
});

test('a copy is selected by its header, but not where a sub-resource says otherwise', () => {
  const copy = { 'x-amz-copy-source': '/other/key' };
  assert.equal(outcome('PUT', '/bucket/key', copy), 'CopyObject');
  assert.equal(outcome('PUT', '/bucket/key?uploadId=1&partNumber=1', copy), 'UploadPartCopy');
  assert.equal(outcome('GET', '/bucket/key', copy), 'GetObject');
  for (const [method, target] of [
    ['PUT', '/bucket/key?acl'],
    ['PUT', '/bucket'],
    ['DELETE', '/bucket/key'],
    ['POST', '/bucket?delete'],
  ] as const) {
    assert.match(outcome(method, target, copy), /^NotImplemented.*x-amz-copy-source/);
  }
  assert.match(outcome('PUT', '/bucket/key', { 'x-amz-rename-source': '/other/key' }), /^NotImplemented/);
  assert.match(outcome('PUT', '/bucket/key?renameObject', { ...copy }), /^NotImplemented/);
});

test('methods and targets that S3 does not have are 405 with the methods that it has', () => {
  for (const [method, target, allow] of [
    ['POST', '/bucket/key', 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['PUT', '/', 'GET, OPTIONS'],
    ['PATCH', '/bucket', 'GET, HEAD, PUT, POST, DELETE, OPTIONS'],
    ['DELETE', '/bucket?acl', 'GET, PUT'],
  ] as const) {
    assert.throws(
      () => detect(requestOf(method, target)),
      (error) => error instanceof S3Error && error.code === 'MethodNotAllowed' && error.headers.Allow === allow,
      `${method} ${target}`,
    );
  }
});

test('the one operation with a path of its own is not found in a bucket that the host names', () => {
  assert.equal(outcome('POST', '/WriteGetObjectResponse'), 'WriteGetObjectResponse');
  const virtual = requestOf('POST', '/WriteGetObjectResponse?uploads', { host: 'bucket.localhost' });
  assert.equal(detect(virtual), 'CreateMultipartUpload');
});

test('signatures in the query are understood by every operation', () => {
  const v4 =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=b&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=c';
  const v2 = 'AWSAccessKeyId=a&Signature=b&Expires=1';
  for (const query of [v4, v2]) {
    assert.equal(outcome('PUT', `/bucket/key?${query}`), 'PutObject');
    assert.equal(outcome('DELETE', `/bucket?${query}`), 'DeleteBucket');
    assert.equal(outcome('PUT', `/bucket/key?acl&${query}`), 'PutObjectAcl');
  }
});

const PRESIGNED = 'X-Amz-Signature=c';

test('headers that a presigned V4 URL carries act as headers', () => {
  const request = hoist(requestOf('PUT', `/bucket/key?${PRESIGNED}&x-amz-acl=public-read&X-Amz-Meta-Colour=r%C3%B6t`));
  assert.equal(request.headers.one('x-amz-acl'), 'public-read');
  assert.equal(request.headers.one('x-amz-meta-colour'), 'röt');
  assert.equal(detect(request), 'PutObject');
  assert.equal(outcome('PUT', `/bucket/key?${PRESIGNED}&x-amz-tagging=a%3Db`), 'PutObject');
});

test('rule 17: a header that travels in a presigned URL has a name that headers can have', () => {
  for (const name of ['x-amz-meta-a b', 'x-amz-meta-é', 'x-amz-meta-a:b', 'x-amz-meta-a\r\nset-cookie']) {
    assert.match(outcome('PUT', `/bucket/key?${PRESIGNED}&${encodeURIComponent(name)}=1`), /^InvalidArgument/, name);
  }
});

test('what may not travel in a presigned URL stays unknown there', () => {
  for (const name of [
    'x-amz-copy-source',
    'x-amz-rename-source',
    'x-amz-write-offset-bytes',
    'x-amz-decoded-content-length',
  ]) {
    assert.match(outcome('PUT', `/bucket/key?${PRESIGNED}&${name}=1`), /^NotImplemented/, name);
  }
  assert.match(
    outcome('PUT', `/bucket/key?${PRESIGNED}&x-amz-acl=private`, { 'x-amz-acl': 'public-read' }),
    /^InvalidArgument/,
  );
  assert.match(outcome('PUT', `/bucket/key?${PRESIGNED}&x-amz-acl=a&X-Amz-Acl=b`), /^InvalidArgument/);
  assert.match(outcome('PUT', `/bucket/key?${PRESIGNED}&x-amz-meta-a=%0d%0aSet-Cookie:b`), /^InvalidArgument/);
});

test('a checksum that an SDK puts into a presigned URL counts as if it were in a header', () => {
  const query = 'x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject';
  assert.equal(outcome('PUT', `/bucket/key?${PRESIGNED}&${query}`), 'PutObject');
  const request = hoist(requestOf('PUT', `/bucket/key?${PRESIGNED}&${query}`));
  assert.equal(request.headers.one('x-amz-checksum-crc32'), 'AAAAAA==');
  assert.equal(outcome('PUT', `/bucket/key?${PRESIGNED}&x-amz-sdk-checksum-algorithm=CRC32`), 'PutObject');
  assert.match(outcome('PUT', `/bucket/key?${query}`), /^NotImplemented/);
});

test('rule 10: headers that would change what is stored are refused by name until they are built', () => {
  for (const header of [
    'x-amz-object-lock-event-hold',
    'x-amz-bucket-object-lock-token',
    'x-amz-server-side-encryption-of-tomorrow',
    'x-amz-server-side-encryption-customer-keys',
    'x-amz-write-offset-bytes',
    'x-amz-mfa',
    'x-amz-checksum-crc16',
    'x-amz-invented-tomorrow',
    'if-unmodified-since',
    'content-range',
  ]) {
    const found = outcome('PUT', '/bucket/key', { [header]: 'value' });
    assert.match(found, /^NotImplemented/, header);
    assert.ok(found.includes(`"${header}"`), found);
  }
  assert.match(
    outcome('GET', '/bucket/key?acl', { 'x-amz-server-side-encryption-customer-key': 'a' }),
    /^NotImplemented/,
  );
});

test('headers that change nothing are left alone', () => {
  const common = {
    'x-amz-date': 'x',
    'x-amz-content-sha256': 'x',
    'x-amz-user-agent': 'x',
    'x-amz-request-payer': 'requester',
  };
  assert.equal(outcome('PUT', '/bucket/key', common), 'PutObject');
  assert.equal(outcome('PUT', '/bucket', { 'x-amz-bucket-object-lock-enabled': 'False' }), 'CreateBucket');
  assert.equal(outcome('PUT', '/bucket', { 'x-amz-object-ownership': 'ObjectWriter' }), 'CreateBucket');
  assert.equal(outcome('PUT', '/bucket/key?uploadId=1&partNumber=1', { 'x-amz-acl': 'private' }), 'UploadPart');
  assert.equal(outcome('GET', '/bucket/key', { 'x-amz-invented-tomorrow': '1', 'if-none-match': '"a"' }), 'GetObject');
});

test('each rule about a header decides somewhere', () => {
  const idle = HEADER_RULES.filter((rule) => {
    const header = rule.header.replace('*', 'x');
    return !ROWS.some(([name, row]) => ruleFor(header, name, row.method) === rule);
  });
  assert.deepEqual(idle, []);
});
