/**
 * Arbitrary requests against claim and verification: nothing but `S3Error` escapes, no forged signature is accepted, and a
 * signed request that was changed and still verifies means the same as before.
 *
 * Longer: `FUZZ_RUNS=1000000`. A failure prints its seed; `FUZZ_SEED` runs with it again.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/base/limits.ts';
import { Secret } from '../../src/base/secret.ts';
import { S3Error } from '../../src/model/errors.ts';
import { oneRegion } from '../../src/model/regions.ts';
import { claimOf } from '../../src/sign/claim.ts';
import { payloadOf } from '../../src/sign/payload.ts';
import type { Claim, Verified } from '../../src/sign/types.ts';
import { V2_PARAMETERS } from '../../src/sign/v2-parameters.ts';
import { createVerifier } from '../../src/sign/verify.ts';
import type { S3Request } from '../../src/wire/request.ts';
import { presignV2, presignV4, signV2, signV4, uriEncode } from '../support/signer.ts';
import { arrive, EXAMPLE, EXAMPLE_TIME, type Sent } from '../support/signing.ts';
import { FUZZ } from './runs.ts';

const SECRET = new Secret(EXAMPLE.secretAccessKey);
const VERIFIER = createVerifier(LIMITS);
const CONTEXT = { now: EXAMPLE_TIME, regions: oneRegion('us-east-1') };

interface Accepted {
  readonly request: S3Request;
  readonly claim: Claim;
  readonly verified: Verified | undefined;
}

/** Undefined when it was refused, as it should be refused: with an `S3Error`. */
function accepted(sent: Sent): Accepted | undefined {
  try {
    const request = arrive(sent);
    const claim = claimOf(request);
    if (claim.kind === 'anonymous') {
      payloadOf(request, claim);
      return { request, claim, verified: undefined };
    }
    if (claim.accessKeyId !== EXAMPLE.accessKeyId) return undefined;
    return { request, claim, verified: VERIFIER.verify(request, claim, SECRET, CONTEXT) };
  } catch (error) {
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}

// --------------------------------------------------------------------------------------------------------- requests

/** One character per byte, as the wire has it. */
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString('latin1'));
const words = (...list: readonly string[]) => fc.constantFrom(...list);
/** Mostly what has a meaning, sometimes anything. */
const mostly = (likely: fc.Arbitrary<string>) =>
  fc.oneof(
    { arbitrary: likely, weight: 8 },
    { arbitrary: bytes(12), weight: 1 },
    { arbitrary: fc.string(), weight: 1 },
  );

const SCOPE = `${EXAMPLE.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
const method = mostly(words('GET', 'PUT', 'POST', 'DELETE', 'HEAD'));
const hexadecimal = fc.nat().map((seed) => seed.toString(16).padStart(64, '0'));
const timestamp = mostly(words('20130524T000000Z', '20130524T001400Z', '20130523T235959Z', '20130524T246060Z', ''));
const scope = mostly(words(SCOPE, `${SCOPE}/x`, SCOPE.replace('s3', 'ec2'), SCOPE.replace('us-', 'eu-'), '////'));
const names = mostly(
  words('host', 'host;x-amz-date', 'host;x-amz-content-sha256;x-amz-date', 'x-amz-date', 'host;host'),
);
const algorithm = mostly(words('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256', 'AWS'));
const payload = mostly(
  fc.oneof(
    hexadecimal,
    words('UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'),
  ),
);
const authorization = mostly(
  fc.oneof(
    fc
      .tuple(algorithm, scope, names, mostly(hexadecimal))
      .map(([a, c, n, s]) => `${a} Credential=${c}, SignedHeaders=${n}, Signature=${s}`),
    mostly(words('c2ln', '')).map((signature) => `AWS ${EXAMPLE.accessKeyId}:${signature}`),
  ),
);

const queryName = mostly(
  words(
    ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'],
    ...['X-Amz-Security-Token', 'X-Amz-Content-Sha256', 'AWSAccessKeyId', 'Signature', 'Expires', 'x-amz-date'],
    ...['acl', 'versionId', 'prefix', 'retention', 'response-content-type', 'x-id', '__proto__', 'constructor'],
  ),
);
const queryValue = mostly(
  fc.oneof(algorithm, scope, timestamp, names, hexadecimal, words('1', '604801', '1369353600')),
);
const parameter = fc.tuple(queryName, fc.option(queryValue), fc.boolean()).map(([name, value, escaped]) => {
  const written = escaped ? uriEncode : (text: string) => text;
  return value === null ? written(name) : `${written(name)}=${written(value)}`;
});
/** All six of V4 or all three of V2: otherwise most URLs stop at the first check. */
const wholeQuery = fc.oneof(
  fc
    .tuple(algorithm, scope, timestamp, names, hexadecimal, mostly(words('60', '604800', '0')))
    .map(([a, c, t, n, s, e]) => [
      `X-Amz-Algorithm=${a}&X-Amz-Credential=${uriEncode(c)}&X-Amz-Date=${t}`,
      `X-Amz-SignedHeaders=${uriEncode(n)}&X-Amz-Signature=${s}&X-Amz-Expires=${e}`,
    ]),
  fc
    .tuple(bytes(8), mostly(words('1369353600', '9')))
    .map(([s, e]) => [`AWSAccessKeyId=${EXAMPLE.accessKeyId}&Signature=${uriEncode(s)}&Expires=${uriEncode(e)}`]),
  fc.constant([]),
);
const path = mostly(words('/', '/bucket', '/bucket/key', '/bucket/a%2Fb%', '/bucket/%c3%a9', '//', '/b%2Fk'));
const target = fc
  .tuple(path, wholeQuery, fc.array(parameter, { maxLength: 4 }))
  .map(([p, whole, more]) => (whole.length + more.length === 0 ? p : `${p}?${[...whole, ...more].join('&')}`));

const headerName = mostly(
  words(
    'x-amz-date',
    'date',
    'x-amz-content-sha256',
    'authorization',
    'x-amz-acl',
    'content-md5',
    'x-amz-security-token',
  ),
);
const headerValue = mostly(fc.oneof(timestamp, payload, authorization, words('Fri, 24 May 2013 00:00:00 GMT')));
const headers = fc
  .tuple(
    fc.option(authorization, { freq: 3 }),
    fc.option(timestamp, { freq: 8 }),
    fc.option(payload, { freq: 8 }),
    fc.array(fc.tuple(headerName, headerValue), { maxLength: 2 }),
  )
  .map(([auth, date, sha256, more]) => [
    ...['host', 's3.amazonaws.com'],
    ...(auth === null ? [] : ['authorization', auth]),
    ...(date === null ? [] : ['x-amz-date', date]),
    ...(sha256 === null ? [] : ['x-amz-content-sha256', sha256]),
    ...more.flat(),
  ]);

const anyRequest: fc.Arbitrary<Sent> = fc.record({ method, target, headers });

test('rule 20: only S3Error escapes, and no request that the holder of the secret did not sign is accepted', () => {
  fc.assert(
    fc.property(anyRequest, (sent) => {
      assert.equal(accepted(sent)?.verified, undefined);
    }),
    FUZZ,
  );
});

test('rule 02: no trace of credentials is taken for an anonymous request', () => {
  fc.assert(
    fc.property(anyRequest, (sent) => {
      const all = accepted(sent);
      if (all === undefined) return;
      assert(!all.request.headers.has('authorization') && !all.request.headers.has('x-amz-security-token'));
      const credential =
        /^(?:x-amz-(?:algorithm|credential|date|expires|signature|signedheaders|security-token)|awsaccesskeyid)$/i;
      for (const { name } of all.request.parameters) {
        assert(!credential.test(name) && name !== 'Signature' && name !== 'Expires', name);
      }
    }),
    FUZZ,
  );
});

// --------------------------------------------------------------------------------------------------- changed requests

const key = fc.string({ unit: fc.constantFrom(...'ab/ +%&=?~.é\u{1f600}('), minLength: 1, maxLength: 8 });
const goodQuery = fc.dictionary(
  words('versionId', 'response-content-type', 'uploadId', 'prefix', 'acl'),
  fc.string({ unit: fc.constantFrom(...'ab &=+%/é'), maxLength: 5 }),
  { maxKeys: 3 },
);
const goodHeaders = fc.dictionary(
  words('x-amz-meta-a', 'x-amz-acl', 'content-type', 'x-amz-meta-b'),
  fc.string({ unit: fc.constantFrom(...'ab ,:;'), minLength: 1, maxLength: 5 }).map((text) => `<${text}>`),
  { maxKeys: 3 },
);
const way = words('V4 header', 'V4 query', 'V2 header', 'V2 query');

interface SignedSent {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
}

const signedRequest: fc.Arbitrary<SignedSent> = fc
  .tuple(way, words('GET', 'PUT', 'DELETE'), key, goodQuery, goodHeaders)
  .map(([how, verb, name, query, more]) => {
    const parameters = Object.entries(query).map(([n, v]) => `${uriEncode(n)}=${uriEncode(v)}`);
    const resource = `/bucket/${name.split('/').map(uriEncode).join('/')}`;
    const input = {
      credentials: EXAMPLE,
      method: verb,
      target: parameters.length === 0 ? resource : `${resource}?${parameters.join('&')}`,
      headers: { host: 's3.amazonaws.com', ...more },
      at: EXAMPLE_TIME,
    };
    const flat = (record: Readonly<Record<string, string>>) => Object.entries(record).flat();
    switch (how) {
      case 'V4 header':
        return { ...input, headers: flat(signV4(input)) };
      case 'V4 query':
        return { ...input, target: presignV4(input), headers: flat(input.headers) };
      case 'V2 header':
        return { ...input, headers: flat(signV2(input)) };
      default:
        return {
          ...input,
          target: presignV2({ ...input, expires: EXAMPLE_TIME / 1000 + 60 }),
          headers: flat(input.headers),
        };
    }
  });

type Change = (sent: SignedSent) => SignedSent;

const spliced = (text: string, at: number, count: number, piece: string): string => {
  const start = text.length === 0 ? 0 : at % (text.length + 1);
  return text.slice(0, start) + piece + text.slice(start + count);
};
const piece = words(
  ...['', 'a', '/', '%2F', '%2f', '%61', '+', '%20', '&', '=', '%26', '?', '%', ' ', '\u00e9', '\t', ';'],
);
const added = words('acl', 'acl=', 'versionId=1', 'prefix=x', 'retention', 'x-amz-acl=public-read', 'x-id=1', '_=1');

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(400), fc.nat(3), piece).map(
    ([at, count, text]): Change =>
      (sent) => ({ ...sent, target: spliced(sent.target, at, count, text) }),
  ),
  added.map(
    (text): Change =>
      (sent) => ({ ...sent, target: `${sent.target}${sent.target.includes('?') ? '&' : '?'}${text}` }),
  ),
  fc.tuple(fc.nat(30), fc.nat(80), piece).map(
    ([index, at, text]): Change =>
      (sent) => {
        const which = index % sent.headers.length;
        return { ...sent, headers: sent.headers.map((one, i) => (i === which ? spliced(one, at, 1, text) : one)) };
      },
  ),
  words('GET', 'PUT', 'DELETE', 'get').map(
    (verb): Change =>
      (sent) => ({ ...sent, method: verb }),
  ),
  fc.tuple(words('x-amz-acl', 'x-amz-meta-a', 'X-Amz-Meta-B', 'content-type', 'date'), piece).map(
    ([name, value]): Change =>
      (sent) => ({ ...sent, headers: [...sent.headers, name, value] }),
  ),
  fc.nat(30).map(
    (index): Change =>
      (sent) => {
        const at = 2 * (index % (sent.headers.length / 2));
        return { ...sent, headers: sent.headers.filter((_, i) => i !== at && i !== at + 1) };
      },
  ),
);

/** Everything that a signature must have fixed, as the rest of the server reads it. */
function meaningOf({ request, claim }: Accepted): unknown {
  const covered = (name: string) => claim.kind === 'v4' || V2_PARAMETERS.get(name)?.use === 'signed';
  const parameters = request.parameters
    .filter(({ name }) => covered(name) && name !== 'X-Amz-Signature')
    .map(({ name, value }) => JSON.stringify([name, value ?? '']))
    .sort();
  const amz = request.headers.names().filter((name) => name.startsWith('x-amz-') || name === 'content-md5');
  const folded = (name: string) =>
    request.headers.raw(name).map((value) => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, ''));
  return {
    method: request.method,
    bucket: request.bucket,
    key: request.key,
    parameters,
    headers: amz.sort().map((name) => [name, folded(name).join(',')]),
  };
}

test('rule 04: a signed request that was changed is refused, or means what it meant', () => {
  fc.assert(
    fc.property(signedRequest, fc.array(change, { minLength: 1, maxLength: 3 }), (sent, changes) => {
      const before = accepted(sent);
      // Not every request can be signed with V2 (`prefix` on PUT): those are refused before as well.
      if (before?.verified === undefined) return;
      const after = accepted(changes.reduce((now, each) => each(now), sent));
      if (after?.verified === undefined) return;
      assert.deepEqual(meaningOf(after), meaningOf(before));
    }),
    FUZZ,
  );
});

test('what the test signs is accepted in each of the four ways', () => {
  const sample = fc.sample(signedRequest, { numRuns: 400, seed: 1 });
  const seen = new Map<string, number>();
  for (const sent of sample) {
    const all = accepted(sent);
    if (all?.verified === undefined) continue;
    const how = `${all.verified.version} ${all.verified.place}`;
    seen.set(how, (seen.get(how) ?? 0) + 1);
  }
  assert.deepEqual([...seen.keys()].sort(), ['v2 header', 'v2 query', 'v4 header', 'v4 query']);
  for (const count of seen.values()) assert(count > 20);
});
