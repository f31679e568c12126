/**
 * ACLs: the canned ones, and the rules an ACL must keep to be stored.
 *
 * Source: "Access control list (ACL) overview", sections "Canned ACL" and "Sample ACL". A canned ACL is only a shorthand:
 * what is stored are the grants it stands for at that moment. Left out: `aws-exec-read`, which grants to Amazon EC2.
 */

import { LIMITS } from '../base/limits.ts';
import type { Acl, CanonicalId, Grant, Grantee, Group, Permission } from './entities.ts';
import { S3Error } from './errors.ts';

export const PERMISSIONS: readonly Permission[] = Object.freeze([
  'READ',
  'WRITE',
  'READ_ACP',
  'WRITE_ACP',
  'FULL_CONTROL',
]);

/** The groups by the URIs that documents and headers name them with. */
export const GROUP_URIS: Readonly<Record<Group, string>> = Object.freeze({
  AllUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  AuthenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  LogDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
});

const GROUPS_BY_URI: ReadonlyMap<string, Group> = new Map([
  [GROUP_URIS.AllUsers, 'AllUsers'],
  [GROUP_URIS.AuthenticatedUsers, 'AuthenticatedUsers'],
  [GROUP_URIS.LogDelivery, 'LogDelivery'],
]);

/** The group with this URI; undefined when S3 has none of that name. */
export const groupOf = (uri: string): Group | undefined => GROUPS_BY_URI.get(uri);

export interface AclOwners {
  /** Who owns what the ACL is for. */
  readonly owner: CanonicalId;
  /** Who owns the bucket around an object; undefined when the ACL is a bucket's. */
  readonly bucketOwner?: CanonicalId | undefined;
}

const account = (canonicalId: CanonicalId): Grantee => ({ type: 'account', canonicalId });
const group = (name: Group): Grantee => ({ type: 'group', group: name });
const grant = (grantee: Grantee, permission: Permission): Grant => ({ grantee, permission });

/** What each canned ACL grants beyond FULL_CONTROL for the owner; undefined where it does not apply. */
const CANNED: ReadonlyMap<string, (owners: AclOwners) => readonly Grant[]> = new Map([
  ['private', () => []],
  ['public-read', () => [grant(group('AllUsers'), 'READ')]],
  ['public-read-write', () => [grant(group('AllUsers'), 'READ'), grant(group('AllUsers'), 'WRITE')]],
  ['authenticated-read', () => [grant(group('AuthenticatedUsers'), 'READ')]],
  ['bucket-owner-read', (owners: AclOwners) => forBucketOwner(owners, 'READ')],
  ['bucket-owner-full-control', (owners: AclOwners) => forBucketOwner(owners, 'FULL_CONTROL')],
  [
    'log-delivery-write',
    ({ bucketOwner }: AclOwners) =>
      bucketOwner === undefined
        ? [grant(group('LogDelivery'), 'WRITE'), grant(group('LogDelivery'), 'READ_ACP')]
        : refuse('log-delivery-write', 'applies to buckets only'),
  ],
]);

/** S3 ignores these two for buckets. An owner of both has FULL_CONTROL already. */
function forBucketOwner({ owner, bucketOwner }: AclOwners, permission: Permission): readonly Grant[] {
  return bucketOwner === undefined || bucketOwner === owner ? [] : [grant(account(bucketOwner), permission)];
}

function refuse(name: string, why: string): never {
  throw new S3Error('InvalidArgument', `The canned ACL "${name}" ${why}.`, {
    fields: { ArgumentName: 'x-amz-acl', ArgumentValue: name },
  });
}

/** The ACL that a name in `x-amz-acl` stands for. `InvalidArgument` for names S3 does not have, `NotImplemented` for aws-exec-read. */
export function cannedAcl(name: string, owners: AclOwners): Acl {
  if (name === 'aws-exec-read') {
    throw new S3Error(
      'NotImplemented',
      'The canned ACL "aws-exec-read" is not implemented: there is no Amazon EC2 here.',
    );
  }
  const extra = CANNED.get(name);
  if (extra === undefined) refuse(name, `is not one of ${[...CANNED.keys()].join(', ')}`);
  return { owner: owners.owner, grants: [grant(account(owners.owner), 'FULL_CONTROL'), ...extra(owners)] };
}

/** Refuses what S3 refuses to store: an owner that is not the resource's, and more than a hundred grants. */
export function checkAcl(named: CanonicalId, grants: number, owner: CanonicalId): void {
  if (named !== owner) {
    throw new S3Error('AccessDenied', 'The Owner in the ACL is not the owner of the resource; owners do not change.');
  }
  if (grants > LIMITS.aclGrants) {
    throw new S3Error('MalformedACLError', `The ACL has ${grants} grants; at most ${LIMITS.aclGrants} are allowed.`);
  }
}

/** Whether anybody but the owner is granted anything. */
export const grantsToOthers = ({ owner, grants }: Acl): boolean => grants.some((each) => !isAccount(each, owner));

/** Whether it says what `bucket-owner-full-control` says where the bucket's owner owns: FULL_CONTROL for the owner alone. */
export const isOwnersAlone = (acl: Acl): boolean =>
  acl.grants.length > 0 && !grantsToOthers(acl) && acl.grants.every(({ permission }) => permission === 'FULL_CONTROL');

const isAccount = ({ grantee }: Grant, canonicalId: CanonicalId): boolean =>
  grantee.type === 'account' && grantee.canonicalId === canonicalId;

/** Of what is its owner's alone. */
export const privateAcl = (owner: CanonicalId): Acl => ({ owner, grants: [grant(account(owner), 'FULL_CONTROL')] });

const grantText = ({ grantee, permission }: Grant): string =>
  `${grantee.type} ${grantee.type === 'group' ? grantee.group : grantee.canonicalId} ${permission}`;

/** The grants for people and for comparison: each a line's worth, in no order of their own. */
export const aclText = ({ grants }: Acl): string => grants.map(grantText).sort().join('; ');

/** Whether two ACLs say the same, in whatever order. */
export const sameAcl = (a: Acl, b: Acl): boolean => a.owner === b.owner && aclText(a) === aclText(b);
