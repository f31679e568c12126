/**
 * Signature V4: what is acted on is what was signed, fresh and for this place (SECURITY rules 3, 4, 6, 26 and 27). The
 * requests are signed by the tests' own client and then changed, one thing at a time.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalPath } from '../../src/sign/encode.ts';
import { amzDate, type Headers, presignV4, signV4, type ToSignV4, targetOf } from '../support/signer.ts';
import { EXAMPLE, EXAMPLE_TIME, MINUTE, refusal, type Sent, verify } from '../support/signing.ts';

const HOST = { host: 's3.amazonaws.com' };

const toSign = (changes: Partial<ToSignV4> = {}): ToSignV4 => ({
  credentials: EXAMPLE,
  method: 'GET',
  target: '/bucket/key',
  headers: HOST,
  at: EXAMPLE_TIME,
  ...changes,
});

function signed(changes: Partial<ToSignV4> = {}): Required<Sent> & { readonly headers: Headers } {
  const input = toSign(changes);
  return { method: input.method, target: input.target, headers: signV4(input) };
}

function presigned(changes: Partial<Parameters<typeof presignV4>[0]> = {}): Required<Sent> {
  const input = { ...toSign(), ...changes };
  return { method: input.method, target: presignV4(input), headers: input.headers };
}

// ------------------------------------------------------------------------------------------- what a signature covers

test('rule 04: method, path, query, signed headers and payload hash are all covered', () => {
  const sent = signed({ target: '/bucket/key?versionId=1', headers: { ...HOST, range: 'bytes=0-9' } });
  verify(sent);
  const changed: readonly Sent[] = [
    { ...sent, method: 'DELETE' },
    { ...sent, target: '/bucket/other?versionId=1' },
    { ...sent, target: '/bucket/key?versionId=2' },
    { ...sent, target: '/bucket/key' },
    { ...sent, target: '/bucket/key?versionId=1&acl' },
    { ...sent, headers: { ...sent.headers, host: 'bucket.s3.amazonaws.com' } },
    { ...sent, headers: { ...sent.headers, range: 'bytes=0-8' } },
    { ...sent, headers: { ...sent.headers, 'x-amz-content-sha256': 'a'.repeat(64) } },
    { ...sent, headers: { ...sent.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    { ...sent, headers: { ...sent.headers, 'x-amz-date': '20130524T000001Z' } },
  ];
  for (const each of changed) refusal('SignatureDoesNotMatch', () => verify(each));
});

test('a presigned URL is covered but for its signature', () => {
  const { method, target, headers } = presigned({ target: '/bucket/key?response-content-type=text%2Fplain' });
  verify({ method, target, headers });
  for (const [from, to] of [
    ['text%2Fplain', 'text%2Fhtml'],
    ['X-Amz-Expires=3600', 'X-Amz-Expires=3601'],
    ['X-Amz-Date=20130524T000000Z', 'X-Amz-Date=20130524T000001Z'],
    ['/bucket/key', '/bucket/kez'],
    ['&X-Amz-Signature', '&acl&X-Amz-Signature'],
  ] as const) {
    refusal('SignatureDoesNotMatch', () => verify({ method, target: target.replace(from, to), headers }));
  }
  refusal('SignatureDoesNotMatch', () => verify({ method: 'PUT', target, headers }));
});

test('rule 04: an x-amz-* header that is not signed is refused by name, with a signature in the header and in the URL', () => {
  for (const sent of [signed(), presigned()]) {
    const headers = { ...sent.headers, 'x-amz-acl': 'public-read', 'X-Amz-Meta-A': 'b' };
    const error = refusal('AccessDenied', () => verify({ ...sent, headers }));
    assert.match(error.message, /headers present in the request which were not signed/);
    assert.equal(error.fields.HeadersNotSigned, 'x-amz-acl, x-amz-meta-a');
  }
});

test('host must be signed', () => {
  const sent = signed();
  const authorization = (sent.headers.authorization ?? '').replace('SignedHeaders=host;', 'SignedHeaders=');
  const error = refusal('AccessDenied', () => verify({ ...sent, headers: { ...sent.headers, authorization } }));
  assert.equal(error.fields.HeadersNotSigned, 'host');
});

test('headers that SDKs and browsers leave out may be unsigned, as in S3', () => {
  const unsigned = { 'content-type': 'image/png', 'cache-control': 'no-cache', 'if-none-match': '*', expect: '1' };
  for (const sent of [signed({ method: 'PUT' }), presigned({ method: 'PUT' })]) {
    verify({ ...sent, headers: { ...sent.headers, ...unsigned } });
  }
});

test('a signed header that is not there is refused', () => {
  const { range: _, ...without } = signed({ headers: { ...HOST, range: 'bytes=0-9' } }).headers;
  const error = refusal('AuthorizationHeaderMalformed', () => verify({ ...signed(), headers: without }));
  assert.match(error.message, /names range, but/);
  const url = presigned({ headers: { ...HOST, range: 'bytes=0-9' } });
  refusal('AuthorizationQueryParametersError', () => verify({ ...url, headers: HOST }));
});

test('a signature in another spelling does not match', () => {
  const sent = signed();
  const signature = /Signature=(.*)$/.exec(sent.headers.authorization ?? '')?.[1] ?? '';
  for (const other of [signature.toUpperCase(), signature.slice(1), `${signature}0`, 'é'.repeat(32)]) {
    const authorization = (sent.headers.authorization ?? '').replace(signature, other);
    refusal('SignatureDoesNotMatch', () => verify({ ...sent, headers: { ...sent.headers, authorization } }));
  }
});

// ------------------------------------------------------------------------------------------------ canonical forms

test('keys of every kind verify as SDKs sign them', () => {
  const keys = [
    'a b',
    'a+b',
    'a%2fb',
    '~-._',
    "!'()*",
    'é/ü/日本語/😀',
    'a//b',
    '../a/./b',
    '/',
    'a=b&c?d#e',
    '%',
    '"\\`',
  ];
  for (const key of keys) {
    verify(signed({ target: targetOf('bucket', key) }));
    verify(presigned({ target: targetOf('bucket', key) }));
  }
});

test('a path is signed as the bytes it stands for, however its sender escaped them', () => {
  const sent = signed({ target: targetOf('bucket', 'a/b~c d(é)') });
  for (const target of [
    '/bucket/a/b~c%20d%28%C3%A9%29',
    '/bucket/a/b%7Ec%20d(%c3%a9)',
    '/bucket/%61/b~c%20d%28\u00c3\u00a9%29',
    '/bucket/a%2Fb~c%20d%28%C3%A9%29',
    '/%62ucket/a%2fb~c%20d%28%C3%A9%29',
  ]) {
    verify({ ...sent, target });
  }
});

test('an escaped slash never moves the border between bucket and key', () => {
  assert.equal(canonicalPath('/bucket%2Fkey', 'path'), '/bucket%2Fkey');
  assert.equal(canonicalPath('/bucket%2fkey/x%2fy', 'path'), '/bucket%2Fkey/x/y');
  assert.equal(canonicalPath('/a%2fb', 'virtual'), '/a/b');
  const sent = signed({ method: 'DELETE', target: '/bucket/key' });
  refusal('SignatureDoesNotMatch', () => verify({ ...sent, target: '/bucket%2Fkey' }));
});

test('rule 14: nothing in a path is normalised', () => {
  for (const path of ['/b//k', '/b/./k', '/b/../k', '/b/k/', '/b/k//']) assert.equal(canonicalPath(path, 'path'), path);
  const sent = signed({ target: '/bucket/a/../b' });
  refusal('SignatureDoesNotMatch', () => verify({ ...sent, target: '/bucket/b' }));
});

test('a query is signed by what it means: a plus is a space, and an absent value an empty one', () => {
  const sent = signed({ target: '/bucket?prefix=a%20b&versions=' });
  verify({ ...sent, target: '/bucket?prefix=a+b&versions' });
  verify({ ...sent, target: '/bucket?&versions&prefix=%61%20b' });
  refusal('SignatureDoesNotMatch', () => verify({ ...sent, target: '/bucket?prefix=a%2Bb&versions' }));
});

test('parameters are sorted by name, then by value, in the order of their encoded bytes', () => {
  const values = { a: '2', 'a-b': '1', B: 'x', 'a.': '', é: '1', 'list-type': '2', prefix: "!'()*~ /+", 'a b': 'c' };
  const sent = signed({ target: targetOf('bucket', undefined, values) });
  verify(sent);
  verify({ ...sent, target: targetOf('bucket', undefined, Object.fromEntries(Object.entries(values).reverse())) });
});

test('header values are trimmed and folded, and those of one name joined in the order sent', () => {
  const sent = signed({ headers: { ...HOST, 'x-amz-meta-a': 'one  two', 'x-amz-meta-list': '1,2' } });
  const { 'x-amz-meta-list': _, 'x-amz-meta-a': __, ...rest } = sent.headers;
  const lists: readonly string[] = Object.entries<string>({ ...rest, 'x-amz-meta-a': ' \tone \t two ' }).flat();
  verify({ ...sent, headers: [...lists, 'X-Amz-Meta-List', '1', 'x-amz-meta-list', ' 2'] });
  refusal('SignatureDoesNotMatch', () =>
    verify({ ...sent, headers: [...lists, 'x-amz-meta-list', '2', 'x-amz-meta-list', '1'] }),
  );
});

test('runs of blanks inside a header value may be signed as they are, as s3cmd does, and then no others will do', () => {
  const headers = { ...HOST, 'x-amz-meta-a': 'one  two   three', 'x-amz-meta-b': 'plain' };
  const folded = signed({ headers });
  const kept = signed({ headers, keepBlanks: true });
  assert.notEqual(folded.headers.authorization, kept.headers.authorization);
  verify(folded);
  verify(kept);
  for (const value of ['one two three', 'one two   three', 'one  two three', 'one   two  three', 'onetwo   three']) {
    refusal('SignatureDoesNotMatch', () => verify({ ...kept, headers: { ...kept.headers, 'x-amz-meta-a': value } }));
  }
  verify({ ...kept, headers: { ...kept.headers, 'x-amz-meta-a': ' one  two   three ' } });
});

test('a header that is mostly blanks is folded without going over it again and again', () => {
  const sent = signed({ headers: { ...HOST, 'x-amz-meta-a': 'a b' } });
  const blanks = ' '.repeat(28_000);
  for (const value of [`a${blanks}b`, `${blanks}a b`, `a b${blanks}`]) {
    verify({ ...sent, headers: { ...sent.headers, 'x-amz-meta-a': value } });
  }
});

test('bytes of a header above ASCII are signed as they are sent', () => {
  const text = 'préf\u00a0ère';
  const sent = signed({ headers: { ...HOST, 'x-amz-meta-name': text } });
  const onTheWire = Buffer.from(text, 'utf8').toString('latin1');
  verify({ ...sent, headers: { ...sent.headers, 'x-amz-meta-name': onTheWire } });
});

// ------------------------------------------------------------------------------------------------------------- scope

test('another region is refused with the right one, where each kind of client looks for it', () => {
  const inHeader = refusal('AuthorizationHeaderMalformed', () => verify(signed({ region: 'eu-west-1' })));
  assert.match(inHeader.message, /the region 'eu-west-1' is wrong; expecting 'us-east-1'/);
  const inQuery = refusal('AuthorizationQueryParametersError', () => verify(presigned({ region: '' })));
  for (const error of [inHeader, inQuery]) {
    assert.equal(error.fields.Region, 'us-east-1');
    assert.equal(error.headers['x-amz-bucket-region'], 'us-east-1');
  }
  verify(signed({ region: 'eu-west-1' }), { region: 'eu-west-1' });
});

// -------------------------------------------------------------------------------------------------------------- time

test('rule 06: a clock may be fifteen minutes off in either direction, and not a second more', () => {
  for (const direction of [-1, 1]) {
    verify(signed(), { now: EXAMPLE_TIME + direction * 15 * MINUTE });
    const now = EXAMPLE_TIME + direction * (15 * MINUTE + 1000);
    const error = refusal('RequestTimeTooSkewed', () => verify(signed(), { now }));
    assert.deepEqual(error.fields, {
      RequestTime: '20130524T000000Z',
      ServerTime: direction < 0 ? '2013-05-23T23:44:59Z' : '2013-05-24T00:15:01Z',
      MaxAllowedSkewMilliseconds: '900000',
    });
  }
});

test('rule 06: a presigned URL lives from fifteen minutes before its date to its expiry', () => {
  const sent = presigned({ expires: 60 });
  verify(sent, { now: EXAMPLE_TIME - 15 * MINUTE });
  verify(sent, { now: EXAMPLE_TIME + MINUTE });
  const early = refusal('AccessDenied', () => verify(sent, { now: EXAMPLE_TIME - 15 * MINUTE - 1000 }));
  assert.match(early.message, /not valid yet/);
  const late = refusal('AccessDenied', () => verify(sent, { now: EXAMPLE_TIME + MINUTE + 1000 }));
  assert.equal(late.message, 'Request has expired');
  assert.deepEqual(late.fields, {
    'X-Amz-Expires': '60',
    Expires: '2013-05-24T00:01:00Z',
    ServerTime: '2013-05-24T00:01:01Z',
  });
});

test('a presigned URL works for seven days', () => {
  const sent = presigned({ expires: 604_800 });
  verify(sent, { now: EXAMPLE_TIME + 604_800_000 });
  refusal('AccessDenied', () => verify(sent, { now: EXAMPLE_TIME + 604_801_000 }));
});

test('rule 06: a presigned URL is judged by its own date, not by one in a header', () => {
  const headers = { ...HOST, 'x-amz-date': amzDate(EXAMPLE_TIME + 86_400_000) };
  const sent = presigned({ headers, expires: 60 });
  refusal('AccessDenied', () => verify(sent, { now: EXAMPLE_TIME + 86_400_000 }));
});

// ---------------------------------------------------------------------------------------------- what a refusal says

test('rule 27: SignatureDoesNotMatch says what was signed and never what the signature should have been', () => {
  const sent = signed({ target: '/bucket/k%C3%A9y?acl=', headers: { ...HOST, range: 'bytes=0-9' } });
  const good = /Signature=(.*)$/.exec(sent.headers.authorization ?? '')?.[1] ?? '';
  const provided = good.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const authorization = (sent.headers.authorization ?? '').replace(good, provided);
  const error = refusal('SignatureDoesNotMatch', () =>
    verify({ ...sent, headers: { ...sent.headers, authorization } }),
  );
  const { fields } = error;
  assert.deepEqual(Object.keys(fields), [
    'AWSAccessKeyId',
    'StringToSign',
    'SignatureProvided',
    'StringToSignBytes',
    'CanonicalRequest',
  ]);
  assert.equal(fields.AWSAccessKeyId, EXAMPLE.accessKeyId);
  assert.equal(fields.SignatureProvided, provided);
  assert.match(
    fields.StringToSign ?? '',
    /^AWS4-HMAC-SHA256\n20130524T000000Z\n20130524\/us-east-1\/s3\/aws4_request\n/,
  );
  assert.equal(
    Buffer.from((fields.StringToSignBytes ?? '').replaceAll(' ', ''), 'hex').toString(),
    fields.StringToSign,
  );
  assert.match(fields.StringToSignBytes ?? '', /^41 57 53 34 /);
  assert.match(
    fields.CanonicalRequest ?? '',
    /^GET\n\/bucket\/k%C3%A9y\nacl=\nhost:s3\.amazonaws\.com\nrange:bytes=0-9\n/,
  );
  const everything = JSON.stringify({ ...error, message: error.message });
  assert(!everything.includes(good) && !everything.includes(EXAMPLE.secretAccessKey));
});

test('rule 26: a customer key is not repeated, from a header or from the query', () => {
  const customerKey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
  const name = 'x-amz-server-side-encryption-customer-key';
  for (const sent of [
    signed({ headers: { ...HOST, [name]: customerKey, [`${name}-md5`]: 'bWQ1' } }),
    signed({ headers: { ...HOST, [name.replace('x-amz-', 'x-amz-copy-source-')]: customerKey } }),
    presigned({ target: targetOf('bucket', 'key', { [name]: customerKey }) }),
  ]) {
    verify(sent);
    const error = refusal('SignatureDoesNotMatch', () => verify(sent, { secret: 'another' }));
    assert.match(error.fields.CanonicalRequest ?? '', /\[redacted\]/);
    assert(!JSON.stringify(error.fields).includes(encodeURIComponent(customerKey).slice(0, 40)));
  }
});
