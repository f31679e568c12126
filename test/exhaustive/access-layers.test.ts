/**
 * The decision over all its layers at once: scope × request payment × public-access block × policy × ownership × ACL × who asks
 * × what is needed, each combination beside AWS's rules in plain words.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BucketFacts, Need, Principal, Question, StoredPolicy } from '../../src/model/access/question.ts';
import { decide } from '../../src/model/access.ts';
import type { Grantee, KeyScope, ObjectOwnership, Permission } from '../../src/model/entities.ts';
import type { PolicyQuestion, PolicyVerdict } from '../../src/model/policy/types.ts';

const WHO = ['owner', 'writer', 'friend', 'stranger', 'anonymous'] as const;
type Who = (typeof WHO)[number];
const principalOf = (who: Who): Principal =>
  who === 'anonymous' ? { kind: 'anonymous' } : { kind: 'account', id: `id-${who}`, canonicalId: who };

const SCOPES: Readonly<Record<'none' | 'inside' | 'outside', readonly KeyScope[]>> = {
  none: [],
  inside: [{ resources: [{ bucket: 'bucket' }] }],
  outside: [{ resources: [{ bucket: 'another' }] }],
};
const PAYMENTS = ['owner pays', 'requester pays, unsaid', 'requester pays, said'] as const;
const POLICIES = ['none', 'silent', 'allows', 'allows, public', 'denies', 'denies, public'] as const;
const OWNERSHIPS: readonly ObjectOwnership[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];
const BOOLEANS = [false, true] as const;

interface Wanted {
  readonly need: Need;
  readonly action: string;
  readonly on: 'bucket' | 'object';
}
const want = (on: Wanted['on'], need: Need, action: string): Wanted => ({ need, action, on });
const WANTED: readonly Wanted[] = [
  want('bucket', 'bucket:READ', 's3:ListBucket'),
  want('object', 'bucket:WRITE', 's3:PutObject'),
  want('bucket', 'bucket:READ_ACP', 's3:GetBucketAcl'),
  want('bucket', 'bucket:WRITE_ACP', 's3:PutBucketAcl'),
  want('object', 'object:READ', 's3:GetObject'),
  want('object', 'object:READ_ACP', 's3:GetObjectAcl'),
  want('object', 'object:WRITE_ACP', 's3:PutObjectAcl'),
  want('bucket', 'owner', 's3:GetBucketVersioning'),
  want('bucket', 'owner', 's3:PutBucketPolicy'),
  want('object', 'owner', 's3:GetObjectTagging'),
  want('object', 'owner', 's3:DeleteObjectVersion'),
  want('object', 'upload', 's3:AbortMultipartUpload'),
  want('object', 'own-upload', 's3:PutObject'),
  want('bucket', 'anyone', 's3:DeleteObject'),
];

const GRANTEES: readonly (Grantee | undefined)[] = [
  undefined,
  { type: 'account', canonicalId: 'friend' },
  { type: 'group', group: 'AllUsers' },
  { type: 'group', group: 'AuthenticatedUsers' },
];

interface Case {
  readonly scope: keyof typeof SCOPES;
  readonly payment: (typeof PAYMENTS)[number];
  readonly policy: (typeof POLICIES)[number];
  readonly ownership: ObjectOwnership;
  readonly ignorePublicAcls: boolean;
  readonly restrictPublicBuckets: boolean;
  /** Gets exactly what is needed, from bucket and object alike. */
  readonly grantee: Grantee | undefined;
  readonly objectOwner: 'owner' | 'writer';
  readonly who: Who;
  readonly wanted: Wanted;
}

/** AWS's rules, one after the other. */
function expected(each: Case): boolean {
  const { who, wanted, policy } = each;
  const { need, action } = wanted;
  const isOwner = who === 'owner';
  const enforced = each.ownership === 'BucketOwnerEnforced';
  const objectOwner = enforced ? 'owner' : each.objectOwner;
  if (each.scope === 'outside') return false;
  if (each.payment !== 'owner pays' && !isOwner) {
    if (who === 'anonymous' || each.payment === 'requester pays, unsaid') return false;
  }
  if (need === 'anyone') return true;
  if (action === 's3:PutBucketPolicy') return isOwner;
  if (policy.startsWith('denies')) return false;
  if (policy.startsWith('allows')) {
    const restricted = each.restrictPublicBuckets && policy === 'allows, public' && !isOwner;
    const anothers = objectOwner !== 'owner' && (need.startsWith('object:') || action === 's3:GetObjectTagging');
    if (!restricted && !anothers && need !== 'own-upload') return true;
  }
  if (enforced && isOwner) return true;
  // The writer began the upload.
  if (need === 'upload' || need === 'own-upload') return isOwner || who === 'writer';
  if (need === 'owner') return isOwner;
  if (need.endsWith('_ACP') && who === (need.startsWith('bucket') ? 'owner' : objectOwner)) return true;
  return !enforced && isGranted(each);
}

function isGranted({ grantee, who, ignorePublicAcls }: Case): boolean {
  if (grantee === undefined) return false;
  if (grantee.type === 'account') return who === grantee.canonicalId;
  return !ignorePublicAcls && (grantee.group === 'AllUsers' || who !== 'anonymous');
}

function questionOf(each: Case): Question {
  const { grantee, wanted, who } = each;
  const [, permission] = wanted.need.split(':');
  const grants =
    grantee === undefined || permission === undefined ? [] : [{ grantee, permission: permission as Permission }];
  const bucket: BucketFacts = {
    ownerCanonicalId: 'owner',
    acl: { owner: 'owner', grants },
    ownership: each.ownership,
    publicAccessBlock: {
      // What refuses when it is set says nothing of what there is.
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: each.ignorePublicAcls,
      restrictPublicBuckets: each.restrictPublicBuckets,
    },
    payer: each.payment === 'owner pays' ? 'BucketOwner' : 'Requester',
    policy: policyOf(each.policy),
  };
  return {
    need: wanted.need,
    actions: [wanted.action],
    principal: principalOf(who),
    scopes: SCOPES[each.scope],
    remoteAddress: '192.0.2.1',
    requesterPays: each.payment === 'requester pays, said',
    reach:
      wanted.on === 'bucket'
        ? { kind: 'bucket', bucket: 'bucket' }
        : { kind: 'object', bucket: 'bucket', key: 'folder/key' },
    bucket,
    object: { ownerCanonicalId: each.objectOwner, acl: { owner: each.objectOwner, grants } },
    initiator: 'writer',
    conditions: () => new Map(),
  };
}

/** One statement that applies to everything, or none. */
function policyOf(kind: Case['policy']): StoredPolicy | undefined {
  if (kind === 'none') return undefined;
  return {
    isPublic: kind.endsWith('public'),
    evaluate: ({ resource }: PolicyQuestion): PolicyVerdict => {
      assert.match(resource, /^arn:aws:s3:::bucket(?:\/folder\/key)?$/);
      if (kind === 'silent') return { effect: 'none', decisive: undefined, findings: [] };
      const effect = kind.startsWith('denies') ? 'Deny' : 'Allow';
      const decisive = { name: 'statement 1', effect, applies: true, text: '' } as const;
      return { effect, decisive, findings: [decisive] };
    },
  };
}

function* cases(): Generator<Case> {
  for (const scope of ['none', 'inside', 'outside'] as const)
    for (const payment of PAYMENTS)
      for (const policy of POLICIES)
        for (const ownership of OWNERSHIPS)
          for (const ignorePublicAcls of BOOLEANS)
            for (const restrictPublicBuckets of BOOLEANS)
              for (const grantee of GRANTEES)
                for (const objectOwner of ['owner', 'writer'] as const)
                  for (const who of WHO)
                    for (const wanted of WANTED)
                      yield {
                        ...{ scope, payment, policy, ownership, ignorePublicAcls, restrictPublicBuckets },
                        ...{ grantee, objectOwner, who, wanted },
                      };
}

test('rule 07: every combination of the layers is decided as AWS documents it', () => {
  let count = 0;
  for (const each of cases()) {
    const { allowed } = decide(questionOf(each));
    if (allowed !== expected(each)) assert.fail(`${allowed ? 'allowed' : 'denied'}: ${JSON.stringify(each)}`);
    count += 1;
  }
  assert.ok(count > 100_000, `${count} cases`);
});

test('rule 11: explaining decides nothing differently, and says what decided or what would help', () => {
  let at = 0;
  for (const each of cases()) {
    at += 1;
    // Each eleventh: prime to every factor above, so that all values meet.
    if (at % 11 !== 0) continue;
    const question = questionOf(each);
    const [plain, told] = [decide(question), decide(question, { explain: true })];
    assert.equal(told.allowed, plain.allowed, JSON.stringify(each));
    assert.equal(told.allowed, told.decisive?.verdict === 'allows');
    if (told.allowed) assert.deepEqual(told.remedies, []);
    const denying = told.reasons.filter(({ verdict }) => verdict === 'denies');
    for (const { remedy } of denying) assert.ok(remedy !== undefined && told.remedies.includes(remedy));
    if (denying.length > 0) assert.equal(told.decisive?.verdict, 'denies');
  }
});

test('rule 11: a policy must allow all that a request asks for, and denies it by denying any of it', () => {
  const actions = ['s3:PutObject', 's3:PutObjectAcl'] as const;
  const effects = ['Allow', 'Deny', 'none'] as const;
  for (const first of effects) {
    for (const second of effects) {
      const policy: StoredPolicy = {
        isPublic: false,
        evaluate: ({ action }) => {
          const effect = action === actions[0] ? first : second;
          return { effect, decisive: undefined, findings: [] };
        },
      };
      const base = questionOf({
        ...{ scope: 'none', payment: 'owner pays', policy: 'none', ownership: 'ObjectWriter', ignorePublicAcls: false },
        ...{ restrictPublicBuckets: false, grantee: undefined, objectOwner: 'owner', who: 'friend' },
        wanted: want('object', 'bucket:WRITE', 's3:PutObject'),
      });
      assert(base.bucket !== undefined);
      const question: Question = { ...base, actions, bucket: { ...base.bucket, policy } };
      assert.equal(decide(question).allowed, first === 'Allow' && second === 'Allow', `${first} ${second}`);
      const granted: Question = {
        ...question,
        bucket: {
          ...base.bucket,
          policy,
          acl: {
            owner: 'owner',
            grants: [{ grantee: { type: 'account', canonicalId: 'friend' }, permission: 'WRITE' }],
          },
        },
      };
      assert.equal(decide(granted).allowed, first !== 'Deny' && second !== 'Deny', `granted ${first} ${second}`);
    }
  }
});
