/**
 * AWS's published signatures: what they signed, we accept, and no other signature for the same request.
 *
 * Sources: the AWS Signature Version 4 Test Suite (`aws4-testsuite.json`, with what is left out and why); "Signature
 * Calculations for the Authorization Header", "… transferring payload in multiple chunks", "… trailing headers",
 * "Authenticating Requests: Using Query Parameters" and "Signing and authenticating REST requests" in the S3 API reference.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { canonicalRequests, deriveSigningKey, signatureV4, stringToSign } from '../../src/sign/v4.ts';
import { arrive, EXAMPLE, EXAMPLE_TIME, refusal, type Sent, verify } from '../support/signing.ts';

// ------------------------------------------------------------------------------------------ the suite of version 4

interface SuiteCase {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly authorization: string;
}

interface Suite {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly leftOut: Readonly<Record<string, string>>;
  readonly cases: readonly SuiteCase[];
}

const SUITE: Suite = JSON.parse(readFileSync(new URL('aws4-testsuite.json', import.meta.url), 'utf8'));
/** The suite's own service; S3's examples are below. */
const SUITE_SCOPE = { date: '20150830', region: 'us-east-1', service: 'service' };

for (const each of SUITE.cases) {
  test(`AWS V4 test suite: ${each.name}`, () => {
    const request = arrive({ method: each.method, target: each.target, headers: each.rawHeaders });
    const signedHeaders = (/SignedHeaders=([^,]*)/.exec(each.authorization)?.[1] ?? '').split(';');
    const payload = createHash('sha256').update(each.body, 'latin1').digest('hex');
    const [canonical] = canonicalRequests(request, { place: 'header', signedHeaders }, payload);
    assert.equal(canonical, each.canonicalRequest);
    const toSign = stringToSign(canonical, '20150830T123600Z', SUITE_SCOPE);
    assert.equal(toSign, each.stringToSign);
    const key = deriveSigningKey(new Secret(SUITE.credentials.secretAccessKey), SUITE_SCOPE);
    assert.equal(signatureV4(key, toSign), /Signature=([0-9a-f]{64})$/.exec(each.authorization)?.[1]);
  });
}

test('the suite is there in full, but for what S3 does otherwise', () => {
  assert.equal(SUITE.cases.length, 25);
  assert.equal(Object.keys(SUITE.leftOut).length, 9);
});

// ------------------------------------------------------------------------------------ S3's own examples, version 4

const BUCKET_HOST = 'examplebucket.s3.amazonaws.com';
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const authorization = (signedHeaders: string, signature: string): string =>
  `AWS4-HMAC-SHA256 Credential=${EXAMPLE.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;

const V4_EXAMPLES: Readonly<Record<string, Sent>> = {
  'GET Object': {
    target: '/test.txt',
    headers: {
      host: BUCKET_HOST,
      authorization: authorization(
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
      range: 'bytes=0-9',
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': '20130524T000000Z',
    },
  },
  'PUT Object': {
    method: 'PUT',
    target: '/test%24file.text',
    headers: {
      host: BUCKET_HOST,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      authorization: authorization(
        'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
  },
  'GET Bucket Lifecycle': {
    target: '/?lifecycle',
    headers: {
      host: BUCKET_HOST,
      authorization: authorization(
        'host;x-amz-content-sha256;x-amz-date',
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      ),
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': EMPTY_SHA256,
    },
  },
  'GET Bucket (List Objects)': {
    target: '/?max-keys=2&prefix=J',
    headers: {
      host: BUCKET_HOST,
      authorization: authorization(
        'host;x-amz-content-sha256;x-amz-date',
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': EMPTY_SHA256,
    },
  },
  'presigned GET Object': {
    target: `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${EXAMPLE.accessKeyId}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    headers: { host: BUCKET_HOST },
  },
};

for (const [name, sent] of Object.entries(V4_EXAMPLES)) {
  test(`S3's V4 example: ${name}`, () => {
    const verified = verify(sent);
    assert.equal(verified.version, 'v4');
    assert.equal(verified.place, name.startsWith('presigned') ? 'query' : 'header');
    refusal('SignatureDoesNotMatch', () => verify(sent, { secret: `${EXAMPLE.secretAccessKey}x` }));
  });
}

// ------------------------------------------------------------------------------------------------ chunked, version 4

interface ChunkedExample {
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly [string, string, string];
  readonly trailer?: string;
}

const CHUNKED: Readonly<Record<string, ChunkedExample>> = {
  'without trailer': {
    headers: {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: authorization(
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      ),
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
    },
    chunks: [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
  },
  'with a trailer': {
    headers: {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: authorization(
        'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      ),
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    },
    chunks: [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
    trailer: 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
  },
};

for (const [name, example] of Object.entries(CHUNKED)) {
  test(`S3's chunked upload example ${name}: the seed and every link of the chain`, () => {
    const sent = { method: 'PUT', target: '/examplebucket/chunkObject.txt', headers: example.headers };
    const { payload } = verify(sent);
    assert(payload.kind === 'chunked-signed');
    assert.equal(payload.trailer, example.trailer !== undefined);
    const [first, second, last] = example.chunks;
    payload.chain.chunk(Buffer.alloc(65_536, 'a'), first);
    payload.chain.chunkHash(createHash('sha256').update(Buffer.alloc(1024, 'a')).digest('hex'), second);
    payload.chain.chunk(Buffer.alloc(0), last);
    if (example.trailer !== undefined) payload.chain.trailer('x-amz-checksum-crc32c:sOO8/Q==\n', example.trailer);

    const again = verify(sent).payload;
    assert(again.kind === 'chunked-signed');
    refusal('SignatureDoesNotMatch', () => again.chain.chunk(Buffer.alloc(65_536, 'b'), first));
  });
}

// -------------------------------------------------------------------------------------------------------- version 2

const V2_HOST = 'awsexamplebucket1.us-west-1.s3.amazonaws.com';
const v2 = (signature: string): string => `AWS ${EXAMPLE.accessKeyId}:${signature}`;

const V2_EXAMPLES: Readonly<Record<string, Sent>> = {
  'Object GET': {
    target: '/photos/puppy.jpg',
    headers: {
      host: V2_HOST,
      date: 'Tue, 27 Mar 2007 19:36:42 +0000',
      authorization: v2('qgk2+6Sv9/oM7G3qLEjTH1a1l1g='),
    },
  },
  'Object PUT': {
    method: 'PUT',
    target: '/photos/puppy.jpg',
    headers: {
      'content-type': 'image/jpeg',
      'content-length': '94328',
      host: V2_HOST,
      date: 'Tue, 27 Mar 2007 21:15:45 +0000',
      authorization: v2('iqRzw+ileNPu1fhspnRs8nOjjIA='),
    },
  },
  List: {
    target: '/?prefix=photos&max-keys=50&marker=puppy',
    headers: {
      'user-agent': 'Mozilla/5.0',
      host: V2_HOST,
      date: 'Tue, 27 Mar 2007 19:42:41 +0000',
      authorization: v2('m0WP8eCtspQl5Ahe6L1SozdX9YA='),
    },
  },
  'Fetch (ACL)': {
    target: '/?acl',
    headers: {
      host: V2_HOST,
      date: 'Tue, 27 Mar 2007 19:44:46 +0000',
      authorization: v2('82ZHiFIjc+WbcwFKGUVEQspPn+0='),
    },
  },
  // The page shows this one with an x-amz-date beside another Date, but signs it as if x-amz-date had been the Date,
  // against its own rules and against every client. Only the string that it signs is an example.
  Delete: {
    method: 'DELETE',
    target: '/awsexamplebucket1/photos/puppy.jpg',
    headers: {
      'user-agent': 'dotnet',
      host: 's3.us-west-1.amazonaws.com',
      date: 'Tue, 27 Mar 2007 21:20:26 +0000',
      authorization: v2('XbyTlbQdu9Xw5o8P4iMwPktxQd8='),
    },
  },
  // The page's Host is the bucket's own name (a CNAME), which gives the same resource as path style.
  Upload: {
    method: 'PUT',
    target: '/static.example.com/db-backup.dat.gz',
    headers: [
      ...['User-Agent', 'curl/7.15.5', 'Host', 's3.amazonaws.com', 'Date', 'Tue, 27 Mar 2007 21:06:08 +0000'],
      ...['x-amz-acl', 'public-read', 'content-type', 'application/x-download'],
      ...['Content-MD5', '4gJE4saaMU4BqNR0kLY+lw==', 'X-Amz-Meta-ReviewedBy', 'joe@example.com'],
      ...['X-Amz-Meta-ReviewedBy', 'jane@example.com', 'X-Amz-Meta-FileChecksum', '0x02661779'],
      ...['X-Amz-Meta-ChecksumAlgorithm', 'crc32', 'Content-Disposition', 'attachment; filename=database.dat'],
      ...['Content-Encoding', 'gzip', 'Content-Length', '5913339'],
      ...['Authorization', v2('jtBQa0Aq+DkULFI8qrpwIjGEx0E=')],
    ],
  },
  'List All My Buckets': {
    target: '/',
    headers: {
      host: 's3.us-west-1.amazonaws.com',
      date: 'Wed, 28 Mar 2007 01:29:59 +0000',
      authorization: v2('qGdzdERIC03wnaRNKh6OqZehG9s='),
    },
  },
  'Unicode Keys': {
    target: '/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re',
    headers: {
      host: 's3.us-west-1.amazonaws.com',
      date: 'Wed, 28 Mar 2007 01:49:49 +0000',
      authorization: v2('DNEZGsoieTZ92F3bUfSPQcbGmlM='),
    },
  },
  'Query String Request Authentication': {
    target: `/photos/puppy.jpg?AWSAccessKeyId=${EXAMPLE.accessKeyId}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620`,
    headers: { host: 'johnsmith.s3.amazonaws.com', date: 'Mon, 26 Mar 2007 19:37:58 +0000' },
  },
};

/** Within fifteen minutes of each example's own date. */
function timeOf({ headers }: Sent): number {
  const flat = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  const at = flat.findIndex((name) => name.toLowerCase() === 'date');
  return at < 0 ? EXAMPLE_TIME : Date.parse(flat[at + 1] ?? '');
}

for (const [name, sent] of Object.entries(V2_EXAMPLES)) {
  test(`S3's V2 example: ${name}`, () => {
    const now = timeOf(sent);
    assert.equal(verify(sent, { now }).version, 'v2');
    refusal('SignatureDoesNotMatch', () => verify(sent, { now, secret: `${EXAMPLE.secretAccessKey}x` }));
  });
}
