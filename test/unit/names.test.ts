/** Bucket names: every rule of S3's list, and the error that says which was broken. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../../src/model/errors.ts';
import { checkBucketName } from '../../src/model/names.ts';

test('names that S3 allows are allowed', () => {
  for (const name of [
    'abc',
    'a1b',
    '123',
    'my-new-bucket',
    'my.bucket.name',
    'a'.repeat(63),
    '1.2.3',
    '1.2.3.4.5',
    'a.b-c',
    'xn-a',
    'sthree',
    'an',
    'x-an-y',
    '1234.1.1.1',
  ]) {
    if (name.length < 3) continue;
    assert.doesNotThrow(() => checkBucketName(name), name);
  }
});

test('names that S3 refuses are refused, with the rule', () => {
  const cases: readonly (readonly [name: string, rule: RegExp])[] = [
    ['', /3 to 63/],
    ['ab', /3 to 63/],
    ['a'.repeat(64), /3 to 63/],
    ['Abc', /lower-case/],
    ['a_b_c', /lower-case/],
    ['a b', /lower-case/],
    ['a/b', /lower-case/],
    ['abc\n', /lower-case/],
    ['abç', /lower-case/],
    ['-abc', /begin and end/],
    ['abc-', /begin and end/],
    ['.abc', /begin and end/],
    ['abc.', /begin and end/],
    ['a..b', /two dots/],
    ['a.-b', /dot beside/],
    ['a-.b', /dot beside/],
    ['192.168.5.4', /IP address/],
    ['999.1.1.1', /IP address/],
    ['xn--abc', /begin with "xn--"/],
    ['sthree-abc', /begin with "sthree-"/],
    ['sthree-configurator', /begin with "sthree-"/],
    ['amzn-s3-demo-bucket', /begin with "amzn-s3-demo-"/],
    ['abc-s3alias', /end with "-s3alias"/],
    ['abc--ol-s3', /end with "--ol-s3"/],
    ['abc.mrap', /end with ".mrap"/],
    ['abc--x-s3', /end with "--x-s3"/],
    ['abc--table-s3', /end with "--table-s3"/],
    ['abc-an', /end with "-an"/],
    ['..', /3 to 63/],
    ['...', /begin and end/],
    ['WriteGetObjectResponse', /lower-case/],
  ];
  for (const [name, rule] of cases) {
    assert.throws(
      () => checkBucketName(name),
      (error) =>
        error instanceof S3Error &&
        error.code === 'InvalidBucketName' &&
        rule.test(error.message) &&
        error.fields.BucketName === name,
      JSON.stringify(name),
    );
  }
});
