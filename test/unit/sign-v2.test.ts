/**
 * Signature V2: what it covers, and that what it cannot cover is not available under it (SECURITY rules 4 and 6). The
 * requests are signed by the tests' own client and then changed, one thing at a time.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { OPERATIONS } from '../../src/ops/table.ts';
import { V2_PARAMETERS } from '../../src/sign/v2-parameters.ts';
import { type Headers, presignV2, signV2, type ToSignV2, targetOf } from '../support/signer.ts';
import { EXAMPLE, EXAMPLE_TIME, MINUTE, refusal, type Sent, verify } from '../support/signing.ts';

const HOST = { host: 's3.amazonaws.com' };
const SECONDS = EXAMPLE_TIME / 1000;

const toSign = (changes: Partial<ToSignV2> = {}): ToSignV2 => ({
  credentials: EXAMPLE,
  method: 'GET',
  target: '/bucket/key',
  headers: HOST,
  at: EXAMPLE_TIME,
  ...changes,
});

function signed(changes: Partial<ToSignV2> = {}): Required<Sent> & { readonly headers: Headers } {
  const input = toSign(changes);
  return { method: input.method, target: input.target, headers: signV2(input) };
}

function presigned(changes: Partial<ToSignV2> & { readonly expires?: number } = {}): Required<Sent> {
  const input = { ...toSign(changes), expires: changes.expires ?? SECONDS + 60 };
  return { method: input.method, target: presignV2(input), headers: input.headers };
}

/** With exactly these lines signed, whatever the request says: what an attacker or a careless client would send. */
function withStringToSign(sent: Required<Sent> & { readonly headers: Headers }, text: string): Sent {
  const signature = createHmac('sha1', EXAMPLE.secretAccessKey).update(text).digest('base64');
  return { ...sent, headers: { ...sent.headers, authorization: `AWS ${EXAMPLE.accessKeyId}:${signature}` } };
}

// ------------------------------------------------------------------------------------------- what a signature covers

test('rule 04: method, path, sub-resources, Content-MD5, Content-Type, Date and x-amz-* headers are covered', () => {
  const headers = { ...HOST, 'content-md5': 'bWQ1', 'content-type': 'text/plain', 'x-amz-acl': 'private' };
  const sent = signed({ method: 'PUT', target: '/bucket/key?partNumber=1&uploadId=u', headers });
  verify(sent);
  const changed: readonly Sent[] = [
    { ...sent, method: 'POST' },
    { ...sent, target: '/bucket/other?partNumber=1&uploadId=u' },
    { ...sent, target: '/bucket/key?partNumber=2&uploadId=u' },
    { ...sent, target: '/bucket/key?uploadId=u' },
    { ...sent, target: '/bucket/key' },
    { ...sent, headers: { ...sent.headers, 'content-md5': 'bWQ2' } },
    { ...sent, headers: { ...sent.headers, 'content-type': 'text/html' } },
    { ...sent, headers: { ...sent.headers, date: 'Fri, 24 May 2013 00:00:01 GMT' } },
    { ...sent, headers: { ...sent.headers, 'x-amz-acl': 'public-read' } },
    { ...sent, headers: { ...sent.headers, 'x-amz-meta-a': 'b' } },
    { ...sent, headers: { ...sent.headers, host: 'bucket.s3.amazonaws.com' } },
  ];
  for (const each of changed) refusal('SignatureDoesNotMatch', () => verify(each));
});

test('both addressing styles, and x-amz-date beside or instead of Date', () => {
  verify(signed({ headers: { host: 'bucket.s3.amazonaws.com:9000' }, bucket: 'bucket', target: '/key?acl' }));
  verify(signed({ headers: { ...HOST, 'x-amz-date': 'Fri, 24 May 2013 00:00:00 +0000' } }));
  verify(signed({ headers: { ...HOST, 'x-amz-date': 'Fri, 24 May 2013 00:00:00 GMT', date: 'whatever' } }));
});

test('a path is signed as it was sent', () => {
  const sent = signed({ target: '/bucket/a%2fb~%7E' });
  verify(sent);
  refusal('SignatureDoesNotMatch', () => verify({ ...sent, target: '/bucket/a%2Fb~%7E' }));
});

test('response overrides are signed with their decoded values', () => {
  const parameters = { 'response-content-disposition': 'attachment; filename="ä&b.txt"', 'response-expires': '0' };
  const sent = presigned({ target: targetOf('bucket', 'key', parameters) });
  verify(sent);
  refusal('SignatureDoesNotMatch', () => verify({ ...sent, target: sent.target.replace('expires=0', 'expires=1') }));
});

for (const [name, { use }] of V2_PARAMETERS) {
  if (use !== 'signed') continue;
  test(`rule 04: ${name} cannot be added to, changed in or dropped from a request that V2 signed`, () => {
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']) {
      const without = signed({ method, target: '/bucket/key?acl' });
      const added = { ...without, target: `/bucket/key?acl&${name}${name === 'acl' ? '=1' : ''}` };
      refusal(name === 'acl' ? 'InvalidRequest' : 'SignatureDoesNotMatch', () => verify(added));
      const text = `${method}\n\n\n${without.headers.date}\n/bucket/key?${name}=1`;
      verify(withStringToSign({ ...without, target: `/bucket/key?${name}=1` }, text));
      for (const target of [`/bucket/key?${name}=2`, '/bucket/key', `/bucket/key?${name}`]) {
        refusal('SignatureDoesNotMatch', () => verify(withStringToSign({ ...without, target }, text)));
      }
    }
  });
}

test('a sub-resource twice is refused', () => {
  refusal('InvalidRequest', () => verify(signed({ target: '/bucket/key?versionId=1&versionId=2' })));
});

test('rule 04: no signed parameter can hide in the value of another', () => {
  const hidden = '/bucket/key?response-content-type=a%26versionId%3D1';
  const sent = signed({ target: '/bucket/key?response-content-type=a&versionId=1' });
  verify(sent);
  const error = refusal('InvalidRequest', () => verify({ ...sent, target: hidden }));
  assert.match(error.message, /&versionId/);
});

// ------------------------------------------------------------------------------------- what a signature cannot cover

for (const [name, { use }] of V2_PARAMETERS) {
  if (use === 'signed') continue;
  const methods = use === 'refused' ? ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] : ['PUT', 'POST', 'DELETE'];
  test(`rule 04: ${name} is refused under V2 with ${methods.join(', ')}`, () => {
    for (const method of methods) {
      for (const sent of [signed({ method }), presigned({ method })]) {
        const target = `${sent.target}${sent.target.includes('?') ? '&' : '?'}${name}=1`;
        const error = refusal('InvalidRequest', () => verify({ ...sent, target }));
        assert.match(error.message, new RegExp(`${name} .*Please use AWS4-HMAC-SHA256`));
      }
    }
  });
}

test('what pages or shapes a listing may be unsigned on GET and HEAD, as every client of V2 has it', () => {
  const target = '/bucket?prefix=a&delimiter=/&marker=b&max-keys=10&encoding-type=url&list-type=2&fetch-owner=true';
  verify(signed({ target }));
  verify(signed({ target, method: 'HEAD' }));
});

test('parameters that nobody acts on are taken on reads, and x-… names everywhere', () => {
  for (const target of ['/bucket/key?_=1', '/bucket/key?cachebuster', '/bucket/key?__proto__=1']) {
    verify(signed({ target }));
    refusal('InvalidRequest', () => verify(signed({ target, method: 'PUT' })));
  }
  verify(signed({ target: '/bucket/key?x-id=PutObject', method: 'PUT' }));
});

test('x-amz-* headers in the query are refused: V2 would not cover them', () => {
  for (const name of ['x-amz-acl', 'X-Amz-Meta-A', 'X-Amz-Content-Sha256']) {
    refusal('InvalidRequest', () => verify(presigned({ target: `/bucket/key?${name}=1` })));
    refusal('InvalidRequest', () => verify(signed({ target: `/bucket/key?${name}=1`, method: 'PUT' })));
  }
});

test('every query parameter of every S3 operation has its place in the table of V2', () => {
  const names = Object.values(OPERATIONS).flatMap((row) => [...row.select, ...row.parameters]);
  const unknown = names.map((name) => name.split('=')[0] ?? '').filter((name) => !V2_PARAMETERS.has(name));
  assert.deepEqual([...new Set(unknown)], []);
});

test('only parameters of reading operations are taken unsigned', () => {
  for (const row of Object.values(OPERATIONS)) {
    if (row.method === 'GET' || row.method === 'HEAD') continue;
    for (const name of [...row.select, ...row.parameters]) {
      assert.notEqual(V2_PARAMETERS.get(name)?.use, 'reading', `${name} of a ${row.method} is not signed by V2`);
    }
  }
});

// -------------------------------------------------------------------------------------------------------------- time

test('rule 06: a clock may be fifteen minutes off in either direction, and not a second more', () => {
  for (const direction of [-1, 1]) {
    verify(signed(), { now: EXAMPLE_TIME + direction * 15 * MINUTE });
    const error = refusal('RequestTimeTooSkewed', () =>
      verify(signed(), { now: EXAMPLE_TIME + direction * (15 * MINUTE + 1000) }),
    );
    assert.equal(error.fields.RequestTime, 'Fri, 24 May 2013 00:00:00 GMT');
    assert.equal(error.fields.MaxAllowedSkewMilliseconds, '900000');
  }
});

test('rule 06: the date that is judged is the one that is signed', () => {
  const headers = { ...HOST, 'x-amz-date': 'Fri, 24 May 2013 00:00:00 GMT', date: 'Fri, 24 May 2013 02:00:00 GMT' };
  verify(signed({ headers }));
  refusal('RequestTimeTooSkewed', () => verify(signed({ headers }), { now: EXAMPLE_TIME + 120 * MINUTE }));
});

test('a V2 header without a date, or with one of another grammar, is refused', () => {
  const { date: _, ...undated } = signed().headers;
  for (const headers of [
    undated,
    { ...undated, date: 'today' },
    { ...undated, date: '2013-05-24T00:00:00Z' },
    { ...undated, date: String(SECONDS) },
    { ...undated, date: 'Fri, 24 May 2013 00:00:00 +0200' },
    { ...undated, date: 'Fri, 31 Feb 2013 00:00:00 GMT' },
    { ...undated, 'x-amz-date': '', date: 'Fri, 24 May 2013 00:00:00 GMT' },
  ]) {
    const error = refusal('AccessDenied', () => verify({ target: '/bucket/key', headers }));
    assert.match(error.message, /valid Date or x-amz-date/);
  }
});

test('rule 06: a presigned V2 URL ends with its second', () => {
  const sent = presigned({ expires: SECONDS + 60 });
  verify(sent, { now: EXAMPLE_TIME + MINUTE });
  const error = refusal('AccessDenied', () => verify(sent, { now: EXAMPLE_TIME + MINUTE + 1 }));
  assert.equal(error.message, 'Request has expired');
  assert.deepEqual(error.fields, { Expires: '2013-05-24T00:01:00Z', ServerTime: '2013-05-24T00:01:00Z' });
});

test('a signature for a URL does not serve as a header, nor the other way round', () => {
  const url = presigned();
  const signature = decodeURIComponent(/Signature=([^&]*)/.exec(url.target)?.[1] ?? '');
  const authorization = `AWS ${EXAMPLE.accessKeyId}:${signature}`;
  const date = String(SECONDS + 60);
  refusal('AccessDenied', () => verify({ target: '/bucket/key', headers: { ...HOST, date, authorization } }));
  const fromHeader = (signed().headers.authorization ?? '').split(':')[1] ?? '';
  const target = url.target.replace(/Signature=[^&]*/, `Signature=${encodeURIComponent(fromHeader)}`);
  refusal('SignatureDoesNotMatch', () => verify({ ...url, target }));
});

// ---------------------------------------------------------------------------------------------- what a refusal says

test('rule 27: SignatureDoesNotMatch says what was signed and never what the signature should have been', () => {
  const sent = signed({ target: '/bucket/key?acl', headers: { ...HOST, 'x-amz-meta-a': 'b' } });
  const good = (sent.headers.authorization ?? '').split(':')[1] ?? '';
  const authorization = `AWS ${EXAMPLE.accessKeyId}:c2ln`;
  const error = refusal('SignatureDoesNotMatch', () =>
    verify({ ...sent, headers: { ...sent.headers, authorization } }),
  );
  const text = 'GET\n\n\nFri, 24 May 2013 00:00:00 GMT\nx-amz-meta-a:b\n/bucket/key?acl';
  assert.deepEqual(error.fields, {
    AWSAccessKeyId: EXAMPLE.accessKeyId,
    StringToSign: text,
    SignatureProvided: 'c2ln',
    StringToSignBytes: [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
  });
  assert(!JSON.stringify({ ...error, message: error.message }).includes(good));
});

test('a customer key is not repeated', () => {
  const name = 'x-amz-server-side-encryption-customer-key';
  const sent = signed({ headers: { ...HOST, [name]: 'MDEyMzQ1Njc4' } });
  verify(sent);
  const { fields } = refusal('SignatureDoesNotMatch', () => verify(sent, { secret: 'another' }));
  assert.match(fields.StringToSign ?? '', new RegExp(`${name}:\\[redacted\\]`));
  const bytes = Buffer.from((fields.StringToSignBytes ?? '').replaceAll(' ', ''), 'hex').toString();
  assert.equal(bytes, fields.StringToSign);
});

// -------------------------------------------------------------------------------------------------------- session tokens

test('rule 04: a session token is covered in the header and, signed as that header, in the query', () => {
  const token = { 'x-amz-security-token': 'to/ken+=' };
  const sent = signed({ headers: { ...HOST, ...token } });
  verify(sent);
  refusal('SignatureDoesNotMatch', () =>
    verify({ ...sent, headers: { ...sent.headers, 'x-amz-security-token': 'other' } }),
  );
  // As botocore does: signed among the headers, sent among the parameters.
  const { target } = presigned({ headers: { ...HOST, ...token } });
  const url = (value: string): Sent => ({
    target: `${target}&x-amz-security-token=${encodeURIComponent(value)}`,
    headers: HOST,
  });
  verify(url('to/ken+='));
  refusal('SignatureDoesNotMatch', () => verify(url('other')));
  refusal('SignatureDoesNotMatch', () => verify({ target, headers: HOST }));
});
