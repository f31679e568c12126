/**
 * Any trace of credentials means that they must be whole, single and well formed (SECURITY rules 1 and 2): each way to get
 * them wrong has S3's own code, and none of them makes a request anonymous.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/model/errors.ts';
import { claimOf } from '../../src/sign/claim.ts';
import { arrive, EXAMPLE, refusal } from '../support/signing.ts';

const HOST = { host: 's3.amazonaws.com' };
const DATED = { ...HOST, 'x-amz-date': '20130524T000000Z' };
const SIGNATURE = 'f'.repeat(64);
const SCOPE = `${EXAMPLE.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
const GOOD = `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`;

const claimWith = (authorization: string, headers: Readonly<Record<string, string>> = DATED) =>
  claimOf(arrive({ target: '/b/k', headers: { ...headers, authorization } }));

const QUERY: Readonly<Record<string, string>> = {
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Credential': SCOPE,
  'X-Amz-Date': '20130524T000000Z',
  'X-Amz-Expires': '60',
  'X-Amz-SignedHeaders': 'host',
  'X-Amz-Signature': SIGNATURE,
};
const QUERY_V2: Readonly<Record<string, string>> = {
  AWSAccessKeyId: EXAMPLE.accessKeyId,
  Signature: 'c2ln',
  Expires: '1369353600',
};

/** `undefined` leaves a parameter out. */
function claimWithQuery(base: Readonly<Record<string, string>>, changes: Readonly<Record<string, string | undefined>>) {
  const parameters = Object.entries({ ...base, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return claimOf(arrive({ target: `/b/k?${parameters.join('&')}`, headers: HOST }));
}

// ------------------------------------------------------------------------------------------------- what is well formed

test('a request without any trace of credentials is anonymous', () => {
  assert.deepEqual(claimOf(arrive({ target: '/b/k', headers: HOST })), { kind: 'anonymous' });
  const plain = { target: '/b/k?signature=1&expires=2&x-id=GetObject&versionId=3', headers: DATED };
  assert.deepEqual(claimOf(arrive(plain)), { kind: 'anonymous' });
});

test('a V4 header is read with and without blanks, in any order, with header names in any order', () => {
  const expected = {
    kind: 'v4',
    place: 'header',
    accessKeyId: EXAMPLE.accessKeyId,
    date: '20130524',
    region: 'us-east-1',
    service: 's3',
    timestamp: '20130524T000000Z',
    signedHeaders: ['host', 'x-amz-date'],
    signature: SIGNATURE,
  };
  assert.deepEqual(claimWith(GOOD), expected);
  assert.deepEqual(claimWith(GOOD.replaceAll(', ', ',')), expected);
  assert.deepEqual(
    claimWith(`AWS4-HMAC-SHA256 Signature=${SIGNATURE},SignedHeaders=X-Amz-Date;Host,Credential=${SCOPE}`),
    expected,
  );
});

test('V4 takes its time from x-amz-date, or from Date in either form', () => {
  for (const date of ['Fri, 24 May 2013 00:00:00 GMT', '20130524T000000Z']) {
    const claim = claimWith(GOOD, { ...HOST, date });
    assert(claim.kind === 'v4');
    assert.equal(claim.timestamp, '20130524T000000Z');
  }
  const both = claimWith(GOOD, { ...DATED, date: 'Sat, 25 May 2013 00:00:00 GMT' });
  assert(both.kind === 'v4');
  assert.equal(both.timestamp, '20130524T000000Z');
});

test('V4 in the query, V2 in the header and V2 in the query are read', () => {
  const v4 = claimWithQuery(QUERY, {});
  assert(v4.kind === 'v4');
  assert.deepEqual([v4.place, v4.expires, v4.signedHeaders], ['query', 60, ['host']]);
  assert.deepEqual(claimWith('AWS AKIA:c2ln'), {
    kind: 'v2',
    place: 'header',
    accessKeyId: 'AKIA',
    signature: 'c2ln',
  });
  assert.deepEqual(claimWithQuery(QUERY_V2, {}), {
    kind: 'v2',
    place: 'query',
    accessKeyId: EXAMPLE.accessKeyId,
    signature: 'c2ln',
    expires: '1369353600',
  });
});

// ------------------------------------------------------------------------------------------------------ the header

const malformedHeaders: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
  ['empty', '', 'InvalidArgument', /Unsupported Authorization Type/],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'InvalidArgument', /Unsupported Authorization Type/],
  ['a token', 'Bearer abc', 'InvalidArgument', /Unsupported Authorization Type/],
  ['an unknown V4 algorithm', GOOD.replace('SHA256 ', 'SHA512 '), 'InvalidArgument', /Unsupported Authorization Type/],
  ['SigV4A', GOOD.replace('HMAC', 'ECDSA-P256'), 'NotImplemented', /SigV4A/],
  ['the scheme in lower case', GOOD.toLowerCase(), 'InvalidArgument', /Unsupported Authorization Type/],
  ['the scheme alone', 'AWS4-HMAC-SHA256', 'AuthorizationHeaderMalformed', /a list of/],
  ['no Signature', GOOD.replace(/, Signature.*/, ''), 'AuthorizationHeaderMalformed', /three components/],
  ['no SignedHeaders', GOOD.replace(/SignedHeaders.*?, /, ''), 'AuthorizationHeaderMalformed', /three components/],
  ['no Credential', GOOD.replace(/Credential.*?, /, ''), 'AuthorizationHeaderMalformed', /three components/],
  ['an empty Signature', GOOD.replace(SIGNATURE, ''), 'AuthorizationHeaderMalformed', /three components/],
  ['a fourth component', `${GOOD}, Extra=1`, 'AuthorizationHeaderMalformed', /three components/],
  ['a component twice', `${GOOD}, Signature=${SIGNATURE}`, 'AuthorizationHeaderMalformed', /more than once/],
  ['a trailing comma', `${GOOD},`, 'AuthorizationHeaderMalformed', /a list of/],
  ['a short Credential', GOOD.replace('/aws4_request', ''), 'AuthorizationHeaderMalformed', /mal-formed/],
  ['a shorter Credential', GOOD.replace('/s3/aws4_request', ''), 'AuthorizationHeaderMalformed', /mal-formed/],
  ['a long Credential', GOOD.replace('/s3/', '/s3/s3/'), 'AuthorizationHeaderMalformed', /mal-formed/],
  ['a Credential without key', GOOD.replace(EXAMPLE.accessKeyId, ''), 'AuthorizationHeaderMalformed', /mal-formed/],
  ['a date that is none', GOOD.replace('/20130524/', '/2013-05-24/'), 'AuthorizationHeaderMalformed', /date format/],
  ['the date of another day', GOOD.replace('/20130524/', '/20130525/'), 'AuthorizationHeaderMalformed', /not the same/],
  ['another service', GOOD.replace('/s3/', '/ec2/'), 'AuthorizationHeaderMalformed', /incorrect service "ec2"/],
  ['another terminator', GOOD.replace('aws4_request', 'aws5_request'), 'AuthorizationHeaderMalformed', /terminal/],
  ['a header signed twice', GOOD.replace('host;', 'host;host;'), 'AuthorizationHeaderMalformed', /more than once/],
  [
    'more signed headers than a request may have',
    GOOD.replace('host;', `${Array.from({ length: 200 }, (_, index) => `h${index}`).join(';')};host;`),
    'AuthorizationHeaderMalformed',
    /more than 200 headers/,
  ],
  ['an empty header name', GOOD.replace('host;', 'host;;'), 'AuthorizationHeaderMalformed', /separated by semicolons/],
  ['V2 without colon', 'AWS AKIAsignature', 'InvalidArgument', /Expected AwsAccessKeyId:signature/],
  ['V2 without key', 'AWS :c2ln', 'InvalidArgument', /Expected AwsAccessKeyId:signature/],
  ['V2 without signature', 'AWS AKIA:', 'InvalidArgument', /Expected AwsAccessKeyId:signature/],
  ['V2 with something behind it', 'AWS AKIA:c2ln more', 'InvalidArgument', /Expected AwsAccessKeyId:signature/],
  ['a V2 key that no key can be', 'AWS ../x:c2ln', 'InvalidAccessKeyId', /does not exist/],
  ['a key longer than any', GOOD.replace(EXAMPLE.accessKeyId, 'A'.repeat(2000)), 'InvalidAccessKeyId', /not exist/],
];

for (const [name, authorization, code, text] of malformedHeaders) {
  test(`rule 02: an Authorization header is refused: ${name}`, () => {
    const error = refusal(code, () => claimWith(authorization));
    assert.match(error.message, text);
    assert(!JSON.stringify(error.fields).includes(SIGNATURE), 'no signature is repeated');
  });
}

test('two Authorization headers are refused', () => {
  const headers = ['host', 's3.amazonaws.com', 'Authorization', GOOD, 'authorization', GOOD];
  refusal('InvalidRequest', () => claimOf(arrive({ target: '/', headers })));
});

test('a V4 header without a date, or with one that no calendar has, is refused', () => {
  for (const headers of [
    HOST,
    { ...HOST, date: 'yesterday' },
    { ...HOST, 'x-amz-date': '2013-05-24T00:00:00Z' },
    { ...HOST, 'x-amz-date': '20130524T000000' },
    { ...HOST, 'x-amz-date': '20130524T240000Z' },
    { ...HOST, 'x-amz-date': '20130231T000000Z' },
    { ...HOST, 'x-amz-date': '20130024T000000Z' },
    // The one that would have been taken does not stand in for the one that is wrong.
    { ...HOST, 'x-amz-date': 'Fri, 24 May 2013 00:00:00 GMT', date: 'Fri, 24 May 2013 00:00:00 GMT' },
  ]) {
    assert.match(refusal('AccessDenied', () => claimWith(GOOD, headers)).message, /valid Date or x-amz-date/);
  }
});

test('two x-amz-date headers are refused', () => {
  const dates = ['x-amz-date', '20130524T000000Z', 'x-amz-date', '20130524T000001Z'];
  const headers = ['host', 's3.amazonaws.com', 'authorization', GOOD, ...dates];
  refusal('InvalidRequest', () => claimOf(arrive({ target: '/', headers })));
});

// ------------------------------------------------------------------------------------------------------- the query

for (const missing of Object.keys(QUERY)) {
  test(`a presigned V4 URL without ${missing} is refused, not anonymous`, () => {
    const error = refusal('AuthorizationQueryParametersError', () => claimWithQuery(QUERY, { [missing]: undefined }));
    assert.match(error.message, /requires the X-Amz-Algorithm/);
    refusal('AuthorizationQueryParametersError', () => claimWithQuery(QUERY, { [missing]: '' }));
  });
  test(`${missing} alone is a trace of credentials, in any case of letters`, () => {
    for (const name of [missing, missing.toLowerCase(), missing.toUpperCase()]) {
      refusal('AuthorizationQueryParametersError', () => claimWithQuery({}, { [name]: QUERY[missing] }));
    }
  });
  test(`a presigned V4 URL with ${missing} twice is refused`, () => {
    const target = `/b/k?${new URLSearchParams(QUERY)}&${missing}=${encodeURIComponent(QUERY[missing] ?? '')}`;
    refusal('InvalidRequest', () => claimOf(arrive({ target, headers: HOST })));
  });
}

for (const missing of Object.keys(QUERY_V2)) {
  test(`a presigned V2 URL without ${missing} is refused, not anonymous`, () => {
    const error = refusal('AccessDenied', () => claimWithQuery(QUERY_V2, { [missing]: undefined }));
    assert.match(error.message, /requires the Signature, Expires and AWSAccessKeyId parameters/);
  });
  test(`${missing} alone is a trace of credentials`, () => {
    refusal('AccessDenied', () => claimWithQuery({}, { [missing]: QUERY_V2[missing] }));
  });
  test(`a presigned V2 URL with ${missing} twice is refused`, () => {
    const target = `/b/k?${new URLSearchParams(QUERY_V2)}&${missing}=1`;
    refusal('InvalidRequest', () => claimOf(arrive({ target, headers: HOST })));
  });
}

const malformedQueries: readonly (readonly [string, string, string, ErrorCode, RegExp])[] = [
  ['an unknown algorithm', 'X-Amz-Algorithm', 'AWS4-MD5', 'AuthorizationQueryParametersError', /only supports/],
  ['SigV4A', 'X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256', 'NotImplemented', /SigV4A/],
  ['a lifetime of words', 'X-Amz-Expires', 'soon', 'AuthorizationQueryParametersError', /should be a number/],
  ['a negative lifetime', 'X-Amz-Expires', '-1', 'AuthorizationQueryParametersError', /should be a number/],
  ['a lifetime in hexadecimal', 'X-Amz-Expires', '0x10', 'AuthorizationQueryParametersError', /should be a number/],
  ['a fraction of a second', 'X-Amz-Expires', '1.5', 'AuthorizationQueryParametersError', /should be a number/],
  ['no lifetime', 'X-Amz-Expires', '0', 'AuthorizationQueryParametersError', /at least 1 second/],
  ['more than a week', 'X-Amz-Expires', '604801', 'AuthorizationQueryParametersError', /less than a week/],
  ['a date of the other form', 'X-Amz-Date', '2013-05-24T00:00:00Z', 'AuthorizationQueryParametersError', /ISO8601/],
  ['another day', 'X-Amz-Date', '20130525T000000Z', 'AuthorizationQueryParametersError', /not the same/],
  ['another service', 'X-Amz-Credential', SCOPE.replace('/s3/', '/sts/'), 'AuthorizationQueryParametersError', /"sts"/],
  [
    'a short credential',
    'X-Amz-Credential',
    'AKIA',
    'AuthorizationQueryParametersError',
    /X-Amz-Credential.*mal-formed/,
  ],
  ['a header twice', 'X-Amz-SignedHeaders', 'host;host', 'AuthorizationQueryParametersError', /more than once/],
];

for (const [name, parameter, value, code, text] of malformedQueries) {
  test(`a presigned V4 URL is refused: ${name}`, () => {
    assert.match(refusal(code, () => claimWithQuery(QUERY, { [parameter]: value })).message, text);
  });
}

test('a week is the longest and a second the shortest life of a presigned V4 URL', () => {
  for (const seconds of ['1', '604800']) {
    const claim = claimWithQuery(QUERY, { 'X-Amz-Expires': seconds });
    assert(claim.kind === 'v4');
    assert.equal(claim.expires, Number.parseInt(seconds, 10));
  }
});

test('a V2 expiry that is no number of seconds is refused', () => {
  for (const expires of ['soon', '-1', '1e9', '0x5', '99999999999999', '1369353600 ']) {
    const error = refusal('AccessDenied', () => claimWithQuery(QUERY_V2, { Expires: expires }));
    assert.match(error.message, /seconds since epoch/);
  }
});

// --------------------------------------------------------------------------------------------------- several at once

test('rule 02: credentials in the header and in the query at once are refused, whichever they are', () => {
  const oneOfEach = [...Object.keys(QUERY), ...Object.keys(QUERY_V2), 'X-Amz-Security-Token', 'x-amz-signature'];
  for (const authorization of [GOOD, 'AWS AKIA:c2ln']) {
    for (const name of oneOfEach) {
      const request = arrive({ target: `/b/k?${name}=1`, headers: { ...DATED, authorization } });
      assert.match(refusal('InvalidArgument', () => claimOf(request)).message, /Only one auth mechanism allowed/);
    }
  }
});

test('V2 and V4 in one query are refused', () => {
  for (const [name, value] of Object.entries(QUERY_V2)) {
    refusal('InvalidArgument', () => claimWithQuery(QUERY, { [name]: value }));
  }
});

test('a session token is claimed from where the signature is', () => {
  const token = { 'x-amz-security-token': 'token' };
  const claims = [
    claimWith(GOOD, { ...DATED, ...token }),
    claimWith('AWS AKIA:c2ln', { ...DATED, ...token }),
    claimWithQuery(QUERY, { 'X-Amz-Security-Token': 'token' }),
    claimWithQuery(QUERY_V2, { 'x-amz-security-token': 'token' }),
  ];
  for (const claim of claims) assert.equal(claim.kind === 'anonymous' ? undefined : claim.token, 'token');
});

test('rule 02: a session token without a signature, twice, misspelt, misplaced, empty or of another kind is refused', () => {
  const token = { 'x-amz-security-token': 'token' };
  refusal('InvalidToken', () => claimOf(arrive({ target: '/b/k', headers: { ...HOST, ...token } })));
  refusal('InvalidToken', () => claimWithQuery({}, { 'X-Amz-Security-Token': 'token' }));
  const two = ['x-amz-security-token', 'token', 'X-Amz-Security-Token', 'token'];
  const headers = [...Object.entries(DATED).flat(), 'authorization', GOOD, ...two];
  refusal('InvalidToken', () => claimOf(arrive({ target: '/b/k', headers })));
  const both = { 'X-Amz-Security-Token': 'token', 'x-amz-security-token': 'token' };
  refusal('InvalidToken', () => claimWithQuery(QUERY, both));
  refusal('InvalidToken', () => claimWithQuery(QUERY, { 'x-amz-security-token': 'token' }));
  refusal('InvalidToken', () => claimWithQuery(QUERY_V2, { 'X-Amz-Security-Token': 'token' }));
  refusal('InvalidToken', () => claimWithQuery(QUERY, { 'X-Amz-Security-Token': '' }));
  refusal('InvalidToken', () => claimWith(GOOD, { ...DATED, 'x-amz-security-token': '' }));
  refusal('InvalidToken', () => claimWith(GOOD, { ...DATED, 'x-amz-s3session-token': 'token' }));
  const query = Object.entries(QUERY).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const misplaced = arrive({ target: `/b/k?${query.join('&')}`, headers: { ...HOST, ...token } });
  refusal('InvalidToken', () => claimOf(misplaced));
});
