/** What a bucket's documents on ownership and public access say, and that those that nobody wrote open nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPEN_PLATFORM, type PublicAccessBlock } from '../../src/model/entities.ts';
import { ownershipControlsOf, ownershipOf, parseOwnership, writeOwnership } from '../../src/model/ownership.ts';
import {
  bucketBlockOf,
  isPublicAcl,
  publicAccessBlockOf,
  writePublicAccessBlock,
} from '../../src/model/public-access.ts';

const SWITCHES = ['blockPublicAcls', 'ignorePublicAcls', 'blockPublicPolicy', 'restrictPublicBuckets'] as const;
const OPEN = OPEN_PLATFORM.publicAccessBlock;

test('ownership controls are the bucket’s own, or else the platform’s', () => {
  assert.equal(ownershipOf({ configuration: {} }, { objectOwnership: 'BucketOwnerEnforced' }), 'BucketOwnerEnforced');
  for (const ownership of ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const) {
    assert.equal(parseOwnership(ownership), ownership);
    const bucket = { configuration: { ownershipControls: writeOwnership(ownership) } };
    assert.equal(ownershipControlsOf(bucket), ownership);
    assert.equal(ownershipOf(bucket, OPEN_PLATFORM), ownership);
  }
  assert.equal(parseOwnership('bucketownerenforced'), undefined);
});

test('rule 10: ownership controls that nobody wrote decide nothing', () => {
  for (const text of ['{}', '{"objectOwnership":"Anybody"}', 'x']) {
    assert.throws(() => ownershipOf({ configuration: { ownershipControls: text } }, OPEN_PLATFORM), text);
  }
});

test('a switch of the public-access block is on when it is on for the bucket or for the platform', () => {
  assert.equal(bucketBlockOf({ configuration: {} }), undefined);
  const cases = Array.from({ length: 256 }, (_, bits) => bits);
  for (const bits of cases) {
    const block = (shift: number): PublicAccessBlock => ({
      blockPublicAcls: ((bits >> shift) & 1) === 1,
      ignorePublicAcls: ((bits >> (shift + 1)) & 1) === 1,
      blockPublicPolicy: ((bits >> (shift + 2)) & 1) === 1,
      restrictPublicBuckets: ((bits >> (shift + 3)) & 1) === 1,
    });
    const [own, platform] = [block(0), block(4)];
    const bucket = { configuration: { publicAccessBlock: writePublicAccessBlock(own) } };
    assert.deepEqual(bucketBlockOf(bucket), own);
    const holds = publicAccessBlockOf(bucket, { publicAccessBlock: platform });
    for (const name of SWITCHES) assert.equal(holds[name], own[name] || platform[name], `${name} ${bits}`);
  }
});

test('rule 10: switches of a public-access block that nobody wrote are on', () => {
  const holds = publicAccessBlockOf({ configuration: { publicAccessBlock: '{"ignorePublicAcls":0}' } }, OPEN_PLATFORM);
  assert.deepEqual(
    SWITCHES.map((name) => holds[name]),
    [true, true, true, true],
  );
  assert.deepEqual(publicAccessBlockOf({ configuration: {} }, OPEN_PLATFORM), OPEN);
});

test('an ACL is public by grants to everybody or to all accounts, not to LogDelivery', () => {
  const granting = (group: 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery') => ({
    grants: [{ grantee: { type: 'group', group }, permission: 'READ_ACP' } as const],
  });
  assert.equal(isPublicAcl(granting('AllUsers')), true);
  assert.equal(isPublicAcl(granting('AuthenticatedUsers')), true);
  assert.equal(isPublicAcl(granting('LogDelivery')), false);
  assert.equal(
    isPublicAcl({ grants: [{ grantee: { type: 'account', canonicalId: 'x' }, permission: 'READ' }] }),
    false,
  );
});
