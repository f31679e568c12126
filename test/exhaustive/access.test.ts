/** The decision over every small case: each need × who asks × who owns × what is granted to whom, beside S3's rules in words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Need, Principal, Question, Resource } from '../../src/model/access/question.ts';
import { decide } from '../../src/model/access.ts';
import { cannedAcl, PERMISSIONS } from '../../src/model/acl.ts';
import {
  type Acl,
  type Grant,
  type Grantee,
  type Group,
  OPEN_PLATFORM,
  type Permission,
} from '../../src/model/entities.ts';

const [OWNER, WRITER, FRIEND, STRANGER] = ['owner', 'writer', 'friend', 'stranger'];
const account = (name: string): Principal => ({ kind: 'account', id: `id-${name}`, canonicalId: name });
const ANONYMOUS: Principal = { kind: 'anonymous' };
const PRINCIPALS: readonly Principal[] = [
  ANONYMOUS,
  ...[OWNER, WRITER, FRIEND, STRANGER].map((name) => account(name ?? '')),
];
const GROUPS: readonly Group[] = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'];
const GRANTEES: readonly Grantee[] = [
  ...[OWNER, WRITER, FRIEND].map((name) => ({ type: 'account' as const, canonicalId: name ?? '' })),
  ...GROUPS.map((group) => ({ type: 'group' as const, group })),
];
const GRANTS: readonly Grant[] = GRANTEES.flatMap((grantee) =>
  PERMISSIONS.map((permission) => ({ grantee, permission })),
);
const RIGHTS = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const;

const owned = (owner: string, grants: readonly Grant[]): Resource => ({
  ownerCanonicalId: owner,
  acl: { owner, grants },
});
/** With all other layers silent. */
const asked = (need: Need, principal: Principal, bucket: Resource | undefined, object?: Resource): Question => ({
  need,
  actions: ['s3:Some'],
  principal,
  scopes: [],
  remoteAddress: '192.0.2.1',
  requesterPays: false,
  reach: { kind: 'object', bucket: 'bucket', key: 'key' },
  bucket: bucket && {
    ...bucket,
    ownership: 'ObjectWriter',
    publicAccessBlock: OPEN_PLATFORM.publicAccessBlock,
    payer: 'BucketOwner',
    policy: undefined,
  },
  object,
  conditions: () => assert.fail('nobody asks for conditions without a policy'),
});
const allowed = (need: Need, principal: Principal, bucket: Resource | undefined, object?: Resource): boolean =>
  decide(asked(need, principal, bucket, object)).allowed;

const idOf = (principal: Principal): string | undefined =>
  principal.kind === 'account' ? principal.canonicalId : undefined;

/** Who a grantee stands for, in the words of the documentation. */
function includes(grantee: Grantee, principal: Principal): boolean {
  if (grantee.type === 'account') return idOf(principal) === grantee.canonicalId;
  if (grantee.group === 'AllUsers') return true;
  return grantee.group === 'AuthenticatedUsers' && principal.kind === 'account';
}

const gives = (granted: Permission, wanted: Permission): boolean => granted === wanted || granted === 'FULL_CONTROL';

test('one grant, every permission: bucket and object are judged by their own ACL and their own owner alone', () => {
  for (const kind of ['bucket', 'object'] as const) {
    for (const grant of [undefined, ...GRANTS]) {
      const judged = owned(kind === 'bucket' ? 'owner' : 'writer', grant === undefined ? [] : [grant]);
      // The other one grants everything to everybody, which must not matter.
      const other = owned('owner', [{ grantee: { type: 'group', group: 'AllUsers' }, permission: 'FULL_CONTROL' }]);
      for (const principal of PRINCIPALS) {
        for (const right of RIGHTS) {
          const byGrant = grant !== undefined && includes(grant.grantee, principal) && gives(grant.permission, right);
          const byOwnership = right.endsWith('_ACP') && idOf(principal) === judged.ownerCanonicalId;
          const found =
            kind === 'bucket'
              ? allowed(`bucket:${right}`, principal, judged, other)
              : allowed(`object:${right}`, principal, other, judged);
          assert.equal(found, byGrant || byOwnership, JSON.stringify({ kind, grant, principal, right }));
        }
      }
    }
  }
});

test('two grants give what either gives and nothing more', () => {
  for (const first of GRANTS) {
    for (const second of GRANTS) {
      for (const principal of PRINCIPALS) {
        for (const right of RIGHTS) {
          const need: Need = `object:${right}`;
          const one = (grants: readonly Grant[]) => allowed(need, principal, undefined, owned('nobody', grants));
          assert.equal(one([first, second]), one([first]) || one([second]));
        }
      }
    }
  }
});

test('needs that are not about an ACL', () => {
  const open = owned('owner', GRANTS);
  for (const principal of PRINCIPALS) {
    assert.equal(allowed('anyone', principal, undefined), true);
    assert.equal(allowed('account', principal, undefined), principal.kind === 'account');
    assert.equal(allowed('owner', principal, open), idOf(principal) === 'owner');
    assert.equal(allowed('owner', principal, undefined), false);
  }
});

test('rule 11: what is not there grants nothing', () => {
  const bucket = owned('owner', GRANTS);
  for (const principal of PRINCIPALS) {
    for (const right of RIGHTS) {
      assert.equal(allowed(`bucket:${right}`, principal, undefined), false);
      assert.equal(allowed(`object:${right}`, principal, bucket, undefined), false);
    }
  }
});

test('the canned ACLs, right by right', () => {
  const object = (name: string): Acl => cannedAcl(name, { owner: 'writer', bucketOwner: 'owner' });
  // Who may READ, WRITE, READ_ACP and WRITE_ACP an object of `writer` in a bucket of `owner`; `writer` always may all.
  const table: Readonly<Record<string, Readonly<Record<(typeof RIGHTS)[number], readonly string[]>>>> = {
    private: { READ: [], WRITE: [], READ_ACP: [], WRITE_ACP: [] },
    'public-read': { READ: ['anonymous', 'owner', 'friend'], WRITE: [], READ_ACP: [], WRITE_ACP: [] },
    'public-read-write': {
      READ: ['anonymous', 'owner', 'friend'],
      WRITE: ['anonymous', 'owner', 'friend'],
      READ_ACP: [],
      WRITE_ACP: [],
    },
    'authenticated-read': { READ: ['owner', 'friend'], WRITE: [], READ_ACP: [], WRITE_ACP: [] },
    'bucket-owner-read': { READ: ['owner'], WRITE: [], READ_ACP: [], WRITE_ACP: [] },
    'bucket-owner-full-control': { READ: ['owner'], WRITE: ['owner'], READ_ACP: ['owner'], WRITE_ACP: ['owner'] },
  };
  const people: Readonly<Record<string, Principal>> = {
    anonymous: ANONYMOUS,
    owner: account('owner'),
    friend: account('friend'),
    writer: account('writer'),
  };
  for (const [name, rights] of Object.entries(table)) {
    const resource = { ownerCanonicalId: 'writer', acl: object(name) };
    for (const right of RIGHTS) {
      for (const [who, principal] of Object.entries(people)) {
        const expected = who === 'writer' || rights[right].includes(who);
        assert.equal(allowed(`object:${right}`, principal, undefined, resource), expected, `${name} ${right} ${who}`);
      }
    }
  }
});

test('rule 11: an operator has no right to data that is not theirs', () => {
  // The role is not even part of the question: an account is its id.
  const bucket = owned('owner', []);
  const operator = account('operator');
  for (const right of RIGHTS) assert.equal(allowed(`bucket:${right}`, operator, bucket), false);
  assert.equal(allowed('owner', operator, bucket), false);
});

test('every decision says what was looked at, and allows exactly when one reason does', () => {
  for (const grant of GRANTS) {
    for (const principal of PRINCIPALS) {
      const found = decide(asked('object:READ_ACP', principal, undefined, owned('writer', [grant])));
      assert.deepEqual(
        found.reasons.map((each) => each.layer),
        ['ownership', 'object-acl'],
      );
      assert.equal(
        found.allowed,
        found.reasons.some((each) => each.verdict === 'allows'),
      );
    }
  }
});
