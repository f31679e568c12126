/**
 * The last layers: what owners may without being granted it, and what ACLs grant.
 *
 * Sources: "Access control list (ACL) overview", "Controlling ownership of objects and disabling ACLs for your bucket",
 * "Multipart upload API and permissions".
 */

import type { Acl, Grant, Group, Permission } from '../entities.ts';
import { isPublicGrant } from '../public-access.ts';
import {
  canonicalIdOf,
  type Layer,
  type Need,
  objectOwnerOf,
  ownsBucket,
  type Principal,
  type Question,
  type Reason,
  type Resource,
} from './question.ts';

interface AclNeed {
  readonly kind: 'bucket' | 'object';
  readonly permission: Exclude<Permission, 'FULL_CONTROL'>;
}

const ACL_NEEDS: Readonly<Record<Need, AclNeed | undefined>> = Object.freeze({
  'bucket:READ': { kind: 'bucket', permission: 'READ' },
  'bucket:WRITE': { kind: 'bucket', permission: 'WRITE' },
  'bucket:READ_ACP': { kind: 'bucket', permission: 'READ_ACP' },
  'bucket:WRITE_ACP': { kind: 'bucket', permission: 'WRITE_ACP' },
  'object:READ': { kind: 'object', permission: 'READ' },
  'object:WRITE': { kind: 'object', permission: 'WRITE' },
  'object:READ_ACP': { kind: 'object', permission: 'READ_ACP' },
  'object:WRITE_ACP': { kind: 'object', permission: 'WRITE_ACP' },
  owner: undefined,
  upload: undefined,
  'own-upload': undefined,
  account: undefined,
  anyone: undefined,
});

/** Needs that are about nobody's property. */
export const identity: Layer = ({ need, principal }) => {
  const layer = 'identity';
  if (need === 'anyone') return [{ layer, verdict: 'allows', text: 'The operation needs no right of its own.' }];
  if (need !== 'account') return [];
  if (principal.kind === 'account') return [{ layer, verdict: 'allows', text: 'The caller is an account.' }];
  return [{ layer, verdict: 'silent', text: 'The caller is anonymous.', remedy: 'Sign the request.' }];
};

// ---------------------------------------------------------------------------------------------------------- ownership

export const ownership: Layer = (question) => {
  const { need, bucket, initiator, principal } = question;
  if (need === 'anyone' || need === 'account') return [];
  const caller = canonicalIdOf(principal);
  const acl = ACL_NEEDS[need];
  if (bucket !== undefined && bucket.ownership === 'BucketOwnerEnforced' && ownsBucket(question)) {
    if (acl?.kind === 'object' && question.object === undefined) return [];
    return [owning(true, 'The caller owns the bucket, and with BucketOwnerEnforced everything in it.')];
  }
  if (acl === undefined) {
    if (need !== 'owner' && caller !== undefined && caller === initiator) {
      return [owning(true, 'The caller began the upload.')];
    }
    const owns = ownsBucket(question);
    return [owning(owns, owns ? 'The caller owns the bucket.' : 'The caller does not own the bucket.')];
  }
  if (acl.permission !== 'READ_ACP' && acl.permission !== 'WRITE_ACP') return [];
  const owner = acl.kind === 'bucket' ? bucket?.ownerCanonicalId : objectOwnerOf(question);
  if (owner !== undefined && caller === owner) {
    return [owning(true, `The caller owns the ${acl.kind}, and owners always keep ${acl.permission}.`)];
  }
  return [owning(false, `The caller does not own the ${acl.kind}.`)];
};

const owning = (allows: boolean, text: string): Reason => ({
  layer: 'ownership',
  verdict: allows ? 'allows' : 'silent',
  text,
});

// --------------------------------------------------------------------------------------------------------------- ACLs

/** A resource that is not there grants nothing: what a caller may learn about its absence is settled in `ops/authorise.ts`. */
export const acls: Layer = (question) => {
  const { need, bucket, object } = question;
  const acl = ACL_NEEDS[need];
  if (acl === undefined) return [];
  const resource = acl.kind === 'bucket' ? bucket : object;
  const layer = `${acl.kind}-acl` as const;
  if (resource === undefined) return [{ layer, verdict: 'silent', text: `There is no such ${acl.kind}.` }];
  if (bucket?.ownership === 'BucketOwnerEnforced') {
    return [{ layer, verdict: 'silent', text: 'ACLs count for nothing: the bucket has BucketOwnerEnforced.' }];
  }
  return [aclReason(question, acl, resource)];
};

function aclReason({ bucket, principal }: Question, { kind, permission }: AclNeed, { acl }: Resource): Reason {
  const layer = `${kind}-acl` as const;
  const ignorePublic = bucket?.publicAccessBlock.ignorePublicAcls === true;
  const grants = ignorePublic ? acl.grants.filter((grant) => !isPublicGrant(grant)) : acl.grants;
  const grant = grantFor(grants, permission, principal);
  if (grant !== undefined) {
    const text = `The ACL of the ${kind} grants ${grant.permission} to ${granteeText(grant)}.`;
    return { layer, verdict: 'allows', text };
  }
  const ignored = grantFor(acl.grants, permission, principal);
  if (ignored !== undefined) {
    const text = `The ACL of the ${kind} grants ${ignored.permission} to ${granteeText(ignored)}, but IgnorePublicAcls is on.`;
    const remedy = `Grant ${permission} on the ${kind} to the caller's account in its ACL, or switch off IgnorePublicAcls.`;
    return { layer, verdict: 'silent', text, remedy };
  }
  const who = principal.kind === 'anonymous' ? 'AllUsers' : 'the caller';
  return {
    layer,
    verdict: 'silent',
    text: `The ACL of the ${kind} grants no ${permission} to the caller.`,
    remedy: `Grant ${permission} on the ${kind} to ${who} in its ACL.`,
  };
}

/** The first grant that gives `permission` to `principal`, by itself or within FULL_CONTROL. */
const grantFor = (grants: Acl['grants'], permission: Permission, principal: Principal): Grant | undefined =>
  grants.find(
    (grant) => (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isGrantee(grant, principal),
  );

const isGrantee = ({ grantee }: Grant, principal: Principal): boolean =>
  grantee.type === 'group'
    ? isMember(grantee.group, principal)
    : principal.kind === 'account' && grantee.canonicalId === principal.canonicalId;

function isMember(group: Group, principal: Principal): boolean {
  switch (group) {
    case 'AllUsers':
      return true;
    case 'AuthenticatedUsers':
      return principal.kind === 'account';
    case 'LogDelivery':
      return false;
  }
}

const granteeText = ({ grantee }: Grant): string =>
  grantee.type === 'group' ? `group ${grantee.group}` : `account ${grantee.canonicalId}`;
