/** A request is what its bytes say: decoded once, nothing folded, one meaning or refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { S3Error } from '../../src/model/errors.ts';
import { parseRequest, type RawRequest, type S3Request } from '../../src/wire/request.ts';

const NAMES = ['s3.example.com', 'eu.s3.example.com', 'localhost'];

function parse(target: string, host = 'localhost:9000', headers: readonly string[] = []): S3Request {
  return parseRequest(raw(target, ['Host', host, ...headers]), NAMES);
}

const raw = (target: string, rawHeaders: readonly string[]): RawRequest => ({
  method: 'GET',
  target,
  rawHeaders,
  remoteAddress: '127.0.0.1',
  secure: false,
});

function refused(code: string, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof S3Error && error.code === code && error.status === 400);
}

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('path style splits at the first slash and keeps every byte of the key', () => {
  const cases: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['/', undefined, undefined],
    ['/bucket', 'bucket', undefined],
    ['/bucket/', 'bucket', undefined],
    ['/bucket/key', 'bucket', 'key'],
    ['/bucket//key', 'bucket', '/key'],
    ['/bucket//', 'bucket', '/'],
    ['/bucket/./..', 'bucket', './..'],
    ['/bucket/%2e%2e/%2E', 'bucket', '../.'],
    ['/bucket/a/', 'bucket', 'a/'],
    ['/bucket/a+b', 'bucket', 'a+b'],
    ['/bucket/a%20b%2Bc', 'bucket', 'a b+c'],
    ['/bucket/%2525', 'bucket', '%25'],
    ['/bucket/%2Fkey', 'bucket', '/key'],
    ['/buc%2Fket/key', 'buc/ket', 'key'],
    ['/bucket/%00%01', 'bucket', '\u0000\u0001'],
    ['/bucket/%E2%82%AC', 'bucket', '€'],
    ['/bucket/%F0%9F%AA%A8', 'bucket', '🪨'],
    ['/bucket/%EF%BB%BFkey', 'bucket', '\ufeffkey'],
    ['/bucket/e%CC%81', 'bucket', 'e\u0301'],
    [bytes('/bucket/ключ'), 'bucket', 'ключ'],
    ['/bucket/a?', 'bucket', 'a'],
    ['/bucket/a;b=c,d', 'bucket', 'a;b=c,d'],
  ];
  for (const [target, bucket, key] of cases) {
    const request = parse(target);
    assert.deepEqual([request.bucket, request.key, request.addressing], [bucket, key, 'path'], target);
    assert.equal(request.rawPath, target.replace(/\?$/, ''), target);
  }
});

test('targets that are not a path with well-formed UTF-8 are InvalidURI', () => {
  const targets = [
    '',
    '*',
    'bucket/key',
    'localhost:9000',
    '/bucket/%',
    '/bucket/%4',
    '/bucket/%zz',
    '/bucket/%C0%AF',
    '/bucket/%ED%A0%80',
    '/bucket/%F5%80%80%80',
    '/bucket/%80',
    '/bucket/\x80',
    '/bucket/a b',
    '/bucket/a\x00b',
    '/bucket/a#b',
    '/bucket/€',
    '//key',
    '//',
    '/b?prefix=%ff',
    '/b?%=1',
    'ftp://localhost:9000/b',
  ];
  for (const target of targets) refused('InvalidURI', () => parse(target));
});

test('the host names a bucket when it ends in one of our domains; the longest domain wins', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['bucket.s3.example.com', 'bucket'],
    ['bucket.s3.example.com:9000', 'bucket'],
    ['Bucket.S3.Example.COM', 'bucket'],
    ['bucket.s3.example.com.', 'bucket'],
    ['my.dotted.bucket.s3.example.com', 'my.dotted.bucket'],
    ['bucket.eu.s3.example.com', 'bucket'],
    ['bucket.localhost', 'bucket'],
    ['s3.example.com', undefined],
    ['eu.s3.example.com', undefined],
    ['EU.s3.example.com:443', undefined],
    ['bucketxs3.example.com', undefined],
    ['other.example.com', undefined],
    ['127.0.0.1:9000', undefined],
    ['[::1]:9000', undefined],
  ];
  for (const [host, bucket] of cases) {
    const request = parse('/path/key', host);
    assert.equal(request.addressing, bucket === undefined ? 'path' : 'virtual', host);
    assert.equal(request.bucket, bucket ?? 'path', host);
    assert.equal(request.key, bucket === undefined ? 'key' : 'path/key', host);
    assert.equal(request.host, host.toLowerCase());
  }
  assert.equal(parse('/', 'bucket.localhost').key, undefined);
  assert.equal(parse('//', 'bucket.localhost').key, '/');
  assert.equal(parse('//a', 'bucket.localhost').key, '/a');
});

test('rule 21: exactly one well-formed Host', () => {
  refused('InvalidRequest', () => parseRequest(raw('/', []), NAMES));
  refused('InvalidRequest', () => parse('/', 'localhost', ['host', 'localhost']));
  for (const host of ['', 'a b', 'user@localhost', 'localhost/x', 'localhost:port', 'a,b', '[::1', 'ä']) {
    refused('InvalidRequest', () => parse('/', host));
  }
});

test('an absolute target is taken when its authority is the signed Host, and refused otherwise', () => {
  const request = parse('http://bucket.localhost:9000/a//b?acl', 'Bucket.localhost:9000');
  assert.deepEqual(
    [request.bucket, request.key, request.rawPath, request.rawQuery],
    ['bucket', 'a//b', '/a//b', 'acl'],
  );
  assert.equal(parse('HTTPS://localhost:9000').rawPath, '/');
  assert.equal(parse('http://localhost:9000?x').rawQuery, 'x');
  refused('InvalidURI', () => parse('http://other.localhost/key', 'bucket.localhost'));
  refused('InvalidURI', () => parse('http://localhost/key', 'localhost:9000'));
  refused('InvalidURI', () => parse('http://u@localhost:9000/key'));
});

test('query parameters: decoded once, a plus is a space in values only, order and raw text kept', () => {
  const request = parse('/b?acl&&prefix=a+b%2B%20c&x+y=1&e=&%61=%3D=&list-type=2?&');
  assert.deepEqual(
    request.parameters.map(({ name, value }) => [name, value]),
    [
      ['acl', undefined],
      ['prefix', 'a b+ c'],
      ['x+y', '1'],
      ['e', ''],
      ['a', '=='],
      ['list-type', '2?'],
    ],
  );
  assert.deepEqual(
    [request.parameters[4]?.rawName, request.parameters[4]?.rawValue, request.parameters[0]?.rawValue],
    ['%61', '%3D=', undefined],
  );
  assert.deepEqual(request.query.names(), ['acl', 'prefix', 'x+y', 'e', 'a', 'list-type']);
  assert.equal(request.query.one('acl'), '');
  assert.equal(request.query.one('ACL'), undefined);
  assert.equal(request.query.has('acl'), true);
  assert.equal(parse('/b').rawQuery, undefined);
  assert.equal(parse('/b?').rawQuery, '');
});

test('rule 21: a field that must occur once is refused when it is doubled', () => {
  const request = parse('/b?uploadId=1&uploadId=2', 'localhost', ['X-Amz-Date', 'a', 'x-amz-date', 'b']);
  refused('InvalidRequest', () => request.query.one('uploadId'));
  refused('InvalidRequest', () => request.headers.one('x-amz-date'));
  assert.deepEqual(request.query.all('uploadId'), ['1', '2']);
  assert.deepEqual(request.headers.all('x-amz-date'), ['a', 'b']);
  assert.deepEqual(request.headers.names(), ['host', 'x-amz-date']);
});

test('header values are UTF-8 where their bytes are, Latin-1 otherwise, and raw for signatures', () => {
  const { headers } = parse('/', 'localhost', [
    'x-amz-meta-utf8',
    ` ${bytes('žluťoučký')}\t`,
    'x-amz-meta-latin',
    'caf\xe9',
    'x-amz-meta-fffd',
    bytes('\ufffd'),
    'x-amz-meta-word',
    '=?UTF-8?B?w6k=?=',
    'constructor',
    'x',
  ]);
  assert.equal(headers.one('x-amz-meta-utf8'), 'žluťoučký');
  assert.deepEqual(headers.raw('x-amz-meta-utf8'), [` ${bytes('žluťoučký')}\t`]);
  assert.equal(headers.one('x-amz-meta-latin'), 'café');
  assert.equal(headers.one('x-amz-meta-fffd'), '\ufffd');
  assert.equal(headers.one('x-amz-meta-word'), '=?UTF-8?B?w6k=?=');
  assert.equal(headers.one('constructor'), 'x');
  assert.equal(headers.has('toString'), false);
  assert.equal(headers.one('__proto__'), undefined);
});

test('the head is bounded: headers, bytes, query parameters', () => {
  const many = Array.from({ length: LIMITS.headerCount }, () => ['a', 'b']).flat();
  refused('RequestHeaderSectionTooLarge', () => parse('/', 'localhost', many));
  refused('RequestHeaderSectionTooLarge', () => parse('/', 'localhost', ['a', 'x'.repeat(LIMITS.headBytes)]));
  refused('RequestHeaderSectionTooLarge', () => parse(`/${'x'.repeat(LIMITS.headBytes)}`));
  const most = Array.from({ length: LIMITS.queryParameters }, (_, index) => `p${index}`).join('&');
  assert.equal(parse(`/b?${most}`).parameters.length, LIMITS.queryParameters);
  refused('InvalidURI', () => parse(`/b?${most}&one-more`));
});
