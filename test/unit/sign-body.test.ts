/**
 * Authentication × body form is a table and what is not in it is refused (SECURITY rule 3); chunk signatures form a chain;
 * derived keys are kept within a bound; a secret prints as redacted (SECURITY rule 26).
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../../src/base/secret.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { claimOf } from '../../src/sign/claim.ts';
import { payloadOf } from '../../src/sign/payload.ts';
import { SigningKeys } from '../../src/sign/signing-keys.ts';
import type { PayloadForm } from '../../src/sign/types.ts';
import { type Headers, presignV2, presignV4, seedV4, signV2, signV4 } from '../support/signer.ts';
import { arrive, EXAMPLE, EXAMPLE_TIME, refusal, verify } from '../support/signing.ts';

const HOST = { host: 's3.amazonaws.com' };
const HEADER = 'x-amz-content-sha256';
const HASH = createHash('sha256').update('body').digest('hex');
const INPUT = { credentials: EXAMPLE, method: 'PUT', target: '/bucket/key', at: EXAMPLE_TIME };

const withText = (text: string | undefined): Headers => (text === undefined ? HOST : { ...HOST, [HEADER]: text });

/** The payload form of a PUT that says `text`, signed in each way. */
const WAYS: Readonly<Record<string, (text: string | undefined) => PayloadForm>> = {
  'V4 header': (text) => {
    const { [HEADER]: added, ...headers } = signV4({ ...INPUT, headers: HOST, payload: { text: text ?? 'x' } });
    const sent = text === undefined ? headers : { ...headers, [HEADER]: added ?? '' };
    const authorization = (headers.authorization ?? '').replace(text === undefined ? `${HEADER};` : '', '');
    return verify({ ...INPUT, headers: { ...sent, authorization } }).payload;
  },
  'V4 query': (text) => {
    const headers = withText(text);
    return verify({ ...INPUT, target: presignV4({ ...INPUT, headers, payload: text ?? 'UNSIGNED-PAYLOAD' }), headers })
      .payload;
  },
  V2: (text) => {
    const inHeader = verify({ ...INPUT, headers: signV2({ ...INPUT, headers: withText(text) }) }).payload;
    const headers = withText(text);
    const target = presignV2({ ...INPUT, headers, expires: EXAMPLE_TIME / 1000 });
    assert.deepEqual(verify({ ...INPUT, target, headers }).payload, inHeader);
    return inHeader;
  },
  anonymous: (text) => {
    const request = arrive({ ...INPUT, headers: withText(text) });
    return payloadOf(request, claimOf(request));
  },
};

type Outcome = PayloadForm['kind'] | ErrorCode;
const NO = 'InvalidRequest';

/** Columns as in `WAYS`. */
const TABLE: readonly (readonly [string | undefined, Outcome, Outcome, Outcome, Outcome])[] = [
  [undefined, NO, 'unsigned', 'unsigned', 'unsigned'],
  ['UNSIGNED-PAYLOAD', 'unsigned', 'unsigned', 'unsigned', 'unsigned'],
  [HASH, 'signed', 'signed', 'signed', 'signed'],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'chunked-signed', NO, NO, NO],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'chunked-signed', NO, NO, NO],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'chunked-unsigned', NO, NO, 'chunked-unsigned'],
  ...['STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER'].map(
    (text) => [text, 'NotImplemented', 'NotImplemented', 'NotImplemented', 'NotImplemented'] as const,
  ),
  ...['', 'unsigned-payload', 'STREAMING-UNSIGNED-PAYLOAD', HASH.slice(1), `${HASH}0`, 'g'.repeat(64)].map(
    (text) => [text, 'InvalidArgument', 'InvalidArgument', 'InvalidArgument', 'InvalidArgument'] as const,
  ),
];

for (const [text, ...outcomes] of TABLE) {
  for (const [column, [way, form]] of Object.entries(WAYS).entries()) {
    const outcome = outcomes[column] ?? NO;
    test(`rule 03: ${HEADER} ${text === undefined ? 'absent' : `"${text}"`}, ${way}: ${outcome}`, () => {
      switch (outcome) {
        case 'unsigned':
        case 'signed':
        case 'chunked-signed':
        case 'chunked-unsigned':
          assert.equal(form(text).kind, outcome);
          return;
        default:
          refusal(outcome, () => form(text));
      }
    });
  }
}

test('a signed payload carries its hash in lower case, and a chunked one says whether a trailer follows', () => {
  const signed = WAYS['V4 header']?.(HASH.toUpperCase());
  assert.deepEqual(signed, { kind: 'signed', sha256: HASH });
  for (const trailer of [false, true]) {
    const form = WAYS['V4 header']?.(`STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`);
    assert(form?.kind === 'chunked-signed');
    assert.equal(form.trailer, trailer);
  }
});

test('a presigned URL may carry the hash in its query, and header and query must agree', () => {
  const inQuery = (value: string, headers: Headers) => {
    const input = { ...INPUT, headers, payload: value, parameters: { 'X-Amz-Content-Sha256': value } };
    return verify({ ...INPUT, target: presignV4(input), headers }).payload;
  };
  assert.deepEqual(inQuery('UNSIGNED-PAYLOAD', HOST), { kind: 'unsigned' });
  assert.deepEqual(inQuery(HASH, HOST), { kind: 'signed', sha256: HASH });
  assert.deepEqual(inQuery(HASH, { ...HOST, [HEADER]: HASH }), { kind: 'signed', sha256: HASH });
  refusal('InvalidArgument', () => inQuery(HASH, { ...HOST, [HEADER]: 'UNSIGNED-PAYLOAD' }));
});

test('the payload of a signed request is never taken without its verification', () => {
  const request = arrive({ ...INPUT, headers: signV4({ ...INPUT, headers: HOST }) });
  assert.throws(() => payloadOf(request, claimOf(request)), /comes from its verification/);
});

// ------------------------------------------------------------------------------------------------------------- chain

const STREAMING = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';

function chained() {
  const { headers, seed } = seedV4({ ...INPUT, headers: HOST }, STREAMING);
  const form = verify({ ...INPUT, headers }).payload;
  assert(form.kind === 'chunked-signed');
  return { chain: form.chain, seed };
}

test('rule 05: a chunk out of turn, of another request, or twice is refused, and the chain says no signature of its own', async () => {
  const { encodeSignedChunks } = await import('../support/signer.ts');
  const { seed } = chained();
  const text = encodeSignedChunks(seed, Buffer.from('aabb'), { chunkSize: 2, trailers: { a: 'b' } }).toString();
  const [first = '', second = '', last = ''] = [...text.matchAll(/chunk-signature=([0-9a-f]{64})/g)].map((m) => m[1]);
  const trailer = /x-amz-trailer-signature:([0-9a-f]{64})/.exec(text)?.[1] ?? '';

  const good = chained().chain;
  good.chunk(Buffer.from('aa'), first);
  good.chunk(Buffer.from('bb'), second);
  good.chunk(Buffer.alloc(0), last);
  good.trailer('a:b\n', trailer);

  const swapped = refusal('SignatureDoesNotMatch', () => chained().chain.chunk(Buffer.from('bb'), second));
  assert(!JSON.stringify(swapped.fields).includes(first), 'the right signature is not told');
  const twice = chained().chain;
  twice.chunk(Buffer.from('aa'), first);
  refusal('SignatureDoesNotMatch', () => twice.chunk(Buffer.from('aa'), first));
  const dropped = chained().chain;
  dropped.chunk(Buffer.from('aa'), first);
  refusal('SignatureDoesNotMatch', () => dropped.chunk(Buffer.alloc(0), last));
  const other = chained().chain;
  refusal('SignatureDoesNotMatch', () => other.trailer('a:b\n', trailer));
  const tampered = chained().chain;
  tampered.chunk(Buffer.from('aa'), first);
  tampered.chunk(Buffer.from('bb'), second);
  tampered.chunk(Buffer.alloc(0), last);
  refusal('SignatureDoesNotMatch', () => tampered.trailer('a:c\n', trailer));
});

// ----------------------------------------------------------------------------------------------------- keys, secrets

test('derived keys are kept up to the bound, the longest unused going first, and belong to one secret', () => {
  const keys = new SigningKeys(2);
  const scope = (date: string) => ({ date, region: 'us-east-1', service: 's3' });
  const secret = new Secret('one');
  const first = keys.get('A', secret, scope('20130524'));
  const second = keys.get('A', secret, scope('20130525'));
  assert.equal(keys.get('A', secret, scope('20130524')), first, 'kept');
  keys.get('B', secret, scope('20130524'));
  assert.equal(keys.size, 2);
  assert.equal(keys.get('A', secret, scope('20130524')), first, 'used lately');
  const again = keys.get('A', secret, scope('20130525'));
  assert.notEqual(again, second, 'forgotten and derived anew');
  assert.deepEqual(again, second);
  assert.notDeepEqual(keys.get('A', new Secret('two'), scope('20130525')), second, 'another secret, another key');
});

test('rule 26: a secret shows itself only when asked', () => {
  const secret = new Secret('wJalrXUtnFEMI');
  assert.equal(secret.reveal(), 'wJalrXUtnFEMI');
  const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }, { showHidden: true, depth: 9 })];
  for (const text of [...shown, inspect(new Error('x', { cause: secret }))]) assert.doesNotMatch(text, /wJalr/);
  assert.deepEqual(Object.keys(secret), []);
  assert(secret.equals(new Secret('wJalrXUtnFEMI')));
  assert(!secret.equals(new Secret('wJalrXUtnFEMJ')));
  assert(!secret.equals(new Secret('')));
});
