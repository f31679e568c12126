/** Decisions with their reasons: every layer is told, the one that decided is named, and a no comes with what would help. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { Decision } from '../../src/model/access/question.ts';
import { type Account, type Bucket, type KeyScope, OPEN_PLATFORM } from '../../src/model/entities.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { writePayer } from '../../src/model/request-payment.ts';
import { judge, touchedBy } from '../../src/ops/authorise.ts';
import { detect } from '../../src/ops/detect.ts';
import type { Caller } from '../../src/ops/types.ts';
import { parseRequest } from '../../src/wire/request.ts';

const SERVICES = { access: OPEN_PLATFORM, clock: systemClock, policies: createPolicyCache(10) };
const BUCKET: Bucket = {
  id: 'b',
  name: 'photos',
  owner: 'alice',
  ownerCanonicalId: 'canonical-alice',
  region: 'us-east-1',
  createdAt: 0,
  versioning: 'unversioned',
  acl: { owner: 'canonical-alice', grants: [] },
  configuration: {},
  revision: '1',
};

function callerOf(name: string, scopes: readonly KeyScope[] = []): Caller {
  const account: Account = {
    id: name,
    name,
    canonicalId: `canonical-${name}`,
    role: 'tenant',
    state: 'active',
    createdAt: 0,
  };
  const key = {
    accessKeyId: 'AKIA',
    accountId: name,
    sealedSecret: '',
    createdAt: 0,
    allowV2: false,
    state: 'active',
  } as const;
  return { kind: 'account', account, key, scopes, signature: 'v4', place: 'header', signedAt: 0 };
}

function ask(line: string, caller: Caller, bucket: Bucket = BUCKET): Decision {
  const [method = '', target = ''] = line.split(' ');
  const rawHeaders = ['Host', 'localhost'];
  const request = parseRequest({ method, target, rawHeaders, remoteAddress: '10.0.0.1', secure: false }, []);
  const asked = { operation: detect(request), request, caller };
  return judge(asked, SERVICES, touchedBy(asked, { bucket, version: undefined, revision: '' }));
}

test('the layers are told in their order, and the one that allows is named', () => {
  const decision = ask('GET /photos?acl', callerOf('alice'));
  assert.equal(decision.allowed, true);
  assert.deepEqual(
    decision.reasons.map(({ layer, verdict }) => `${layer} ${verdict}`),
    ['key-scope silent', 'public-access-block silent', 'policy silent', 'ownership allows', 'bucket-acl silent'],
  );
  assert.equal(decision.decisive?.text, 'The caller owns the bucket, and owners always keep READ_ACP.');
  assert.deepEqual(decision.remedies, []);
});

test('where nothing allows, each thing that would is said', () => {
  const decision = ask('GET /photos', callerOf('bob'));
  assert.equal(decision.allowed, false);
  assert.equal(decision.decisive, undefined);
  assert.deepEqual(decision.remedies, [
    "Allow s3:ListBucket to the caller in the bucket's policy.",
    'Grant READ on the bucket to the caller in its ACL.',
  ]);
});

test('what denies must go: only that is said where the rest would allow', () => {
  const scope: KeyScope = { resources: [{ bucket: 'photos', prefix: '2025/' }], networks: ['192.0.2.0/24'] };
  const decision = ask('GET /photos?acl', callerOf('alice', [scope]));
  assert.equal(decision.decisive?.layer, 'key-scope');
  assert.deepEqual(decision.remedies, [
    "Send the request from one of the scope's networks, or use a key whose scope covers 10.0.0.1.",
    'Use a key whose scope covers the bucket photos as a whole.',
  ]);
});

test('who must pay is told so, and what else is missing', () => {
  const bucket = { ...BUCKET, configuration: { requestPayment: writePayer('Requester') ?? '' } };
  assert.deepEqual(ask('GET /photos', callerOf('bob'), bucket).remedies, [
    'Send x-amz-request-payer: requester.',
    "Allow s3:ListBucket to the caller in the bucket's policy.",
    'Grant READ on the bucket to the caller in its ACL.',
  ]);
  assert.match(ask('GET /photos', { kind: 'anonymous' }, bucket).remedies[0] ?? '', /^Sign the request/);
  assert.equal(ask('GET /photos?acl', callerOf('alice'), bucket).allowed, true);
});

test('rule 10: a stored policy that cannot be read denies all but what its owner does to it', () => {
  const bucket = { ...BUCKET, configuration: { policy: 'no policy' } };
  assert.equal(ask('GET /photos?acl', callerOf('alice'), bucket).allowed, false);
  for (const method of ['GET', 'PUT', 'DELETE']) {
    assert.equal(ask(`${method} /photos?policy`, callerOf('alice'), bucket).allowed, true);
    assert.equal(ask(`${method} /photos?policy`, callerOf('bob'), bucket).allowed, false);
  }
});

test('each statement of the policy is told: what applies, and what keeps the others from it', () => {
  const statement = (Sid: string, Effect: string, Principal: unknown, Action: string) => ({
    ...{ Sid, Effect, Principal, Action },
    Resource: 'arn:aws:s3:::photos',
  });
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      statement('Readers', 'Allow', { AWS: 'bob' }, 's3:ListBucket'),
      statement('NotNow', 'Deny', '*', 's3:ListBucket'),
      statement('Others', 'Allow', { AWS: 'carol' }, 's3:ListBucket'),
    ],
  });
  const decision = ask('GET /photos', callerOf('bob'), { ...BUCKET, configuration: { policy } });
  const told = decision.reasons.filter(({ layer }) => layer === 'policy');
  assert.deepEqual(
    told.map(({ verdict }) => verdict),
    ['allows', 'denies', 'silent'],
  );
  assert.match(told[2]?.text ?? '', /does not apply: its principals do not include the caller/);
  assert.match(decision.decisive?.text ?? '', /^Statement 2 .*NotNow.* denies s3:ListBucket\.$/);
  assert.equal(decision.remedies.length, 1);
  assert.match(decision.remedies[0] ?? '', /^Remove statement 2 .* or except the caller from it\.$/);
});

test('what a policy allows of itself to others does not count, and the answer is S3’s 405', () => {
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: 'bob' }, Action: 's3:GetBucketPolicy', Resource: 'arn:aws:s3:::photos' },
  ];
  const bucket = { ...BUCKET, configuration: { policy: JSON.stringify({ Version: '2012-10-17', Statement }) } };
  const decision = ask('GET /photos?policy', callerOf('bob'), bucket);
  assert.deepEqual([decision.allowed, decision.decisive?.error], [false, 'MethodNotAllowed']);
  assert.equal(ask('GET /photos?policy', callerOf('alice'), bucket).allowed, true);
});
