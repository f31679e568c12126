/** Values have one grammar each. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import {
  base64Of,
  contentMd5,
  contentRange,
  encodeKeyForUrl,
  hasAwsChunked,
  httpDate,
  integerIn,
  isoDate,
  parseCopyRange,
  parseEtagList,
  parseHttpDate,
  parseRange,
  quoteEtag,
  storedContentEncoding,
  unquoteEtag,
} from '../../src/wire/values.ts';

const refused = (code: string) => (error: unknown) => error instanceof S3Error && error.code === code;

test('rule 23: numbers are decimal digits within their range, and nothing else', () => {
  assert.equal(integerIn('0', 0, 10), 0);
  assert.equal(integerIn('007', 0, 10), 7);
  assert.equal(integerIn('10', 0, 10), 10);
  assert.equal(integerIn('999999999999999', 0, Number.MAX_SAFE_INTEGER), 999999999999999);
  for (const text of ['', ' 1', '1 ', '+1', '-1', '1.0', '1e1', '0x1', '11', '١', '9999999999999999', '1\n', 'NaN']) {
    assert.equal(integerIn(text, 0, 10), undefined, text);
  }
});

test('HTTP dates are read in the three forms of RFC 9110 and written in the first', () => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.equal(httpDate(time + 999), 'Sun, 06 Nov 1994 08:49:37 GMT');
  assert.equal(isoDate(time + 999), '1994-11-06T08:49:37.000Z');
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 -0000',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    assert.equal(parseHttpDate(text), time, text);
  }
  assert.equal(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT'), Date.UTC(2024, 1, 29));
  assert.equal(parseHttpDate('Tuesday, 19-Jan-38 03:14:07 GMT'), Date.UTC(2038, 0, 19, 3, 14, 7));
  assert.equal(parseHttpDate('Thu, 01 Jan 0099 00:00:00 GMT'), new Date('0099-01-01T00:00:00Z').getTime());
});

test('what is not an HTTP date is none', () => {
  for (const text of [
    '',
    '0',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Thu, 29 Feb 2023 00:00:00 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'Sun Nov 06 08:49:37 1994 GMT',
  ]) {
    assert.equal(parseHttpDate(text), undefined, text);
  }
});

test('single ranges are honoured; several, malformed and foreign ones are ignored', () => {
  const cases: readonly (readonly [string | undefined, number, readonly [number, number] | undefined])[] = [
    ['bytes=0-9', 100, [0, 10]],
    ['bytes=0-0', 1, [0, 1]],
    ['bytes=10-', 100, [10, 100]],
    ['bytes=90-1000', 100, [90, 100]],
    ['bytes=0-99999999999999999999999', 100, [0, 100]],
    ['bytes=-10', 100, [90, 100]],
    ['bytes=-1000', 100, [0, 100]],
    ['Bytes=1-2', 100, [1, 3]],
    [undefined, 100, undefined],
    ['', 100, undefined],
    ['bytes=', 100, undefined],
    ['bytes=-', 100, undefined],
    ['bytes=5-2', 100, undefined],
    ['bytes=0-1,3-4', 100, undefined],
    ['bytes=a-b', 100, undefined],
    ['bytes= 0-1', 100, undefined],
    ['bytes=+1-2', 100, undefined],
    ['bytes 0-1', 100, undefined],
    ['seconds=0-1', 100, undefined],
    ['bytes=5-2', 0, undefined],
    ['bytes=-5', 0, undefined],
  ];
  for (const [header, size, expected] of cases) {
    const range = parseRange(header, size);
    assert.deepEqual(range === undefined ? undefined : [range.start, range.end], expected, `${header}`);
  }
  assert.equal(contentRange({ start: 0, end: 10 }, 100), 'bytes 0-9/100');
});

test('a range that holds no byte is 416 and says the size', () => {
  for (const [header, size] of [
    ['bytes=100-', 100],
    ['bytes=100-200', 100],
    ['bytes=-0', 100],
    ['bytes=0-', 0],
    ['bytes=-0', 0],
    ['bytes=99999999999999999999999-', 100],
  ] as const) {
    assert.throws(
      () => parseRange(header, size),
      (error) => {
        assert.ok(error instanceof S3Error);
        assert.equal(error.status, 416);
        assert.deepEqual(error.fields, { RangeRequested: header, ActualObjectSize: String(size) });
        assert.equal(error.headers['content-range'], `bytes */${size}`);
        return true;
      },
    );
  }
});

test('copy ranges name both ends, within the source', () => {
  assert.deepEqual(parseCopyRange('bytes=0-9', 10), { start: 0, end: 10 });
  for (const text of ['bytes=0-', 'bytes=-5', 'bytes=5-2', 'bytes=0-10', '0-9', 'bytes=0-1,2-3', '']) {
    assert.throws(() => parseCopyRange(text, 10), refused('InvalidArgument'), text);
  }
});

test('ETags are compared without their quotes', () => {
  assert.equal(quoteEtag('abc-2'), '"abc-2"');
  for (const text of ['"abc"', 'abc', ' "abc" ', 'W/"abc"']) assert.equal(unquoteEtag(text), 'abc', text);
  assert.equal(parseEtagList(' * ', 'strong'), '*');
  assert.deepEqual(parseEtagList('"a", W/"b",c d ,,"e,f"', 'weak'), ['a', 'b', 'c d', 'e,f']);
  assert.deepEqual(parseEtagList('"a", W/"b",c,, W/"d"', 'strong'), ['a', 'c']);
});

test('encoding-type=url is undone by form decoding and leaves slashes readable', () => {
  assert.equal(encodeKeyForUrl('test_file(3).png'), 'test_file%283%29.png');
  assert.equal(encodeKeyForUrl('a b+c/ü~*.-_\u0001'), 'a+b%2Bc/%C3%BC%7E*.-_%01');
  const all = String.fromCharCode(...Array.from({ length: 0x250 }, (_, code) => code));
  const decoded = decodeURIComponent(encodeKeyForUrl(all).replaceAll('+', ' '));
  assert.equal(decoded, all);
});

test('aws-chunked is never stored as a content encoding', () => {
  assert.equal(storedContentEncoding(undefined), undefined);
  assert.equal(storedContentEncoding(''), undefined);
  assert.equal(storedContentEncoding('gzip, br'), 'gzip, br');
  assert.equal(storedContentEncoding('aws-chunked'), undefined);
  assert.equal(storedContentEncoding('AWS-Chunked,'), undefined);
  assert.equal(storedContentEncoding('aws-chunked, gzip'), 'gzip');
  assert.equal(storedContentEncoding('gzip,aws-chunked,br'), 'gzip,br');
  assert.deepEqual(['gzip, aws-chunked', 'AWS-CHUNKED', 'gzip', 'x-aws-chunked', undefined].map(hasAwsChunked), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('digests have one spelling', () => {
  const md5 = '1B2M2Y8AsgTpgAmY7PhCfg==';
  assert.equal(contentMd5(md5)?.toString('hex'), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.equal(contentMd5(undefined), undefined);
  for (const text of ['', 'x', '1B2M2Y8AsgTpgAmY7PhCfg', `${md5}=`, ` ${md5}`, '1B2M2Y8AsgTpgAmY7PhCfh==', 'AAAA']) {
    assert.throws(() => contentMd5(text), refused('InvalidDigest'), text);
  }
  assert.equal(base64Of('_-8=', 2), undefined);
  assert.equal(base64Of('/+8=', 2)?.toString('hex'), 'ffef');
});
