/** The ACL that is edited: rows, canned ones and what would change, as the grid shows them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CANNED,
  cannedAcl,
  cannedFor,
  cannedNameOf,
  changesBetween,
  granteeFrom,
  isPublic,
  rowsOf,
  sameAcl,
  toggled,
  withGrantee,
  without,
} from '../../console/src/drawers/acl/model.ts';
import { EVERYONE, SIGNED_IN } from '../../console/src/s3/access.ts';

const ANA = { id: 'a'.repeat(64), name: 'ana' };
const BEN = { type: 'email', email: 'ben@example.org' } as const;
const PRIVATE = cannedAcl('private', ANA);
const rowOf = (acl: typeof PRIVATE, at: number) => {
  const row = rowsOf(acl)[at];
  assert(row !== undefined);
  return row;
};

test('each canned ACL is recognised as itself, in any order and however often a grant is said', () => {
  for (const name of CANNED.slice(0, 4)) {
    const { owner, grants } = cannedAcl(name, ANA);
    assert.equal(cannedNameOf({ owner, grants: [...grants, ...grants].reverse() }, cannedFor('bucket', owner)), name);
  }
  const elsewhere = cannedAcl('bucket-owner-full-control', ANA, 'b'.repeat(64));
  assert.equal(
    cannedNameOf(elsewhere, cannedFor('object', ANA, 'b'.repeat(64)), 'b'.repeat(64)),
    'bucket-owner-full-control',
  );
  assert.equal(cannedNameOf(withGrantee(PRIVATE, BEN), CANNED), undefined);
});

test('names of a bucket’s owner are offered where that is somebody else only', () => {
  assert.deepEqual(cannedFor('object', ANA, ANA.id), CANNED.slice(0, 4));
  assert.deepEqual(cannedFor('object', ANA), CANNED.slice(0, 4));
  assert.deepEqual(cannedFor('object', ANA, 'b'.repeat(64)), CANNED);
});

test('the owner comes first, then groups with Everyone always, then accounts', () => {
  const acl = withGrantee(withGrantee(PRIVATE, BEN), { type: 'group', uri: SIGNED_IN });
  assert.deepEqual(
    rowsOf(acl).map(({ id, isOwner }) => [id, isOwner]),
    [
      [`id ${ANA.id}`, true],
      [`group ${EVERYONE}`, false],
      [`group ${SIGNED_IN}`, false],
      ['email ben@example.org', false],
    ],
  );
});

test('full control stands for the others, and taking it away leaves nothing behind', () => {
  const read = toggled(PRIVATE, rowOf(PRIVATE, 1), 'READ');
  assert(isPublic(read) && !isPublic(PRIVATE));
  const full = toggled(read, rowOf(read, 1), 'FULL_CONTROL');
  assert.deepEqual(rowOf(full, 1).permissions, ['FULL_CONTROL']);
  const none = toggled(full, rowOf(full, 1), 'FULL_CONTROL');
  assert(sameAcl(none, PRIVATE));
});

test('what would change is what is not in both', () => {
  const after = without(withGrantee(toggled(PRIVATE, rowOf(PRIVATE, 1), 'READ'), BEN), `id ${ANA.id}`);
  assert.deepEqual(
    changesBetween(PRIVATE, after).map(({ added, permission }) => [added, permission]),
    [
      [false, 'FULL_CONTROL'],
      [true, 'READ'],
      [true, 'READ'],
    ],
  );
  assert.deepEqual(changesBetween(after, after), []);
});

test('what is typed names somebody, or is said to name nobody', () => {
  assert.deepEqual(granteeFrom('email', ' ben@example.org '), BEN);
  assert.equal(granteeFrom('email', 'ben'), undefined);
  assert.equal(granteeFrom('id', 'abc'), undefined);
  assert.deepEqual(granteeFrom('id', ANA.id), { type: 'id', id: ANA.id });
});
