/**
 * Signed policies of forms: AWS's published example, and what botocore makes of the same credentials. What they signed, we
 * accept, for the form that they are for.
 *
 * Sources: "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)" in the S3 API reference, whose policy
 * has CRLF line ends; botocore's `generate_presigned_post` with its clock at 2015-12-29. AWS's examples for version 2 are not
 * signed with the credentials that they show: OpenSSL signed the one here, `openssl dgst -sha1 -hmac SECRET -binary | base64`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { Secret } from '../../src/base/secret.ts';
import { oneRegion } from '../../src/model/regions.ts';
import { formClaimOf } from '../../src/sign/form-claim.ts';
import { applyPostPolicy, readPostPolicy } from '../../src/sign/post-policy.ts';
import { createVerifier } from '../../src/sign/verify.ts';
import { valuesOf } from '../../src/wire/form.ts';
import { arrive, EXAMPLE, refusal } from '../support/signing.ts';

const EXAMPLE_POLICY = [
  '{ "expiration": "2015-12-30T12:00:00.000Z",',
  '  "conditions": [',
  '    {"bucket": "sigv4examplebucket"},',
  '    ["starts-with", "$key", "user/user1/"],',
  '    {"acl": "public-read"},',
  '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
  '    ["starts-with", "$Content-Type", "image/"],',
  '    {"x-amz-meta-uuid": "14365123651274"},',
  '    {"x-amz-server-side-encryption": "AES256"},',
  '    ["starts-with", "$x-amz-meta-tag", ""],',
  '',
  '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
  '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
  '    {"x-amz-date": "20151229T000000Z" }',
  '  ]',
  '}',
].join('\r\n');

const V4_FIELDS = {
  'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Date': '20151229T000000Z',
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const CASES: readonly (readonly [name: string, fields: Readonly<Record<string, string>>])[] = [
  [
    'AWS’s example of version 4',
    {
      key: 'user/user1/photo.jpg',
      acl: 'public-read',
      success_action_redirect: 'http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html',
      'Content-Type': 'image/jpeg',
      'x-amz-meta-uuid': '14365123651274',
      'x-amz-server-side-encryption': 'AES256',
      ...V4_FIELDS,
      'x-amz-meta-tag': '',
      Policy: base64(EXAMPLE_POLICY),
      'X-Amz-Signature': '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
    },
  ],
  [
    'botocore’s form of version 4',
    {
      key: 'user/user1/photo.jpg',
      ...V4_FIELDS,
      policy: base64(
        '{"expiration": "2015-12-29T01:00:00Z", "conditions": [{"bucket": "sigv4examplebucket"}, {"key": "user/user1/photo.jpg"}, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"}, {"x-amz-date": "20151229T000000Z"}]}',
      ),
      'x-amz-signature': '3364624b39010d9b06f5d9b8c9a18a6e478d261c048159c92f2fd6fa885f14e6',
    },
  ],
  [
    'a form of version 2',
    {
      key: 'user/eric/photo.jpg',
      AWSAccessKeyId: EXAMPLE.accessKeyId,
      Policy: base64(
        '{"expiration": "2015-12-29T01:00:00Z", "conditions": [{"bucket": "sigv4examplebucket"}, ["starts-with", "$key", "user/eric/"]]}',
      ),
      Signature: 'aDzUTDwVPWEe7Xa3HgbUR+0nlYM=',
    },
  ],
];

const NOW = Date.UTC(2015, 11, 29, 0, 30);

const verified = (
  fields: readonly { readonly name: string; readonly value: string }[],
  secret: string = EXAMPLE.secretAccessKey,
) => {
  const claim = formClaimOf(valuesOf(fields));
  assert(claim.kind === 'form');
  const request = arrive({ method: 'POST', target: '/sigv4examplebucket', headers: { host: 's3.amazonaws.com' } });
  const proof = createVerifier(LIMITS).verify(request, claim, new Secret(secret), {
    now: NOW,
    regions: oneRegion('us-east-1'),
  });
  return { claim, proof };
};

for (const [name, given] of CASES) {
  test(`${name} is accepted as it stands, and not with another secret, policy or signature`, () => {
    const fields = Object.entries(given).map(([each, value]) => ({ name: each, value }));
    const { claim, proof } = verified(fields);
    assert.deepEqual([proof.place, proof.version, claim.accessKeyId], ['form', claim.version, EXAMPLE.accessKeyId]);
    const range = applyPostPolicy(readPostPolicy(claim.policy), fields, 'sigv4examplebucket', NOW);
    assert.deepEqual(range, { min: 0, max: Number.MAX_SAFE_INTEGER });
    refusal('SignatureDoesNotMatch', () => verified(fields, 'another secret'));
    for (const spoilt of ['policy', 'signature', 'x-amz-signature']) {
      if (!fields.some((each) => each.name.toLowerCase() === spoilt)) continue;
      const changed = fields.map(({ name: each, value }) => ({
        name: each,
        value: each.toLowerCase() === spoilt ? `A${value.slice(1)}` : value,
      }));
      refusal('SignatureDoesNotMatch', () => verified(changed));
    }
    refusal('AccessDenied', () => applyPostPolicy(readPostPolicy(claim.policy), fields, 'another', NOW));
  });
}
