/**
 * May they: one pure function over what is asked, who asks, and the ACLs of bucket and object. It can say why.
 *
 * Source: "Access control list (ACL) overview" and "How Amazon S3 authorizes a request". What matters and surprises:
 * ACLs are never inherited; a bucket's owner has no READ on an object that another account owns unless its ACL says so;
 * an owner may drop every grant of their own but always keeps READ_ACP and WRITE_ACP; nobody is LogDelivery; the
 * operator role is about accounts and gives no right to anybody's data.
 *
 * Left out until bucket policies are built: the policy layer, which will be a further list of reasons with its own verdict.
 */

import type { AccountId, Acl, CanonicalId, Grant, Group, Permission } from './entities.ts';

/**
 * What an operation needs. `bucket:READ` and so on: that permission on the bucket; `object:…` on the object.
 * `owner`: to own the bucket. `account`: to be a verified account. `anyone`: nothing (the handler judges for itself).
 */
export type Need =
  | `${'bucket' | 'object'}:${'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP'}`
  | 'owner'
  | 'account'
  | 'anyone';

/** Who asks, as far as rights go. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'account'; readonly id: AccountId; readonly canonicalId: CanonicalId };

export interface Resource {
  readonly ownerCanonicalId: CanonicalId;
  readonly acl: Acl;
}

export interface Question {
  readonly need: Need;
  readonly principal: Principal;
  readonly bucket: Resource | undefined;
  readonly object?: Resource | undefined;
}

/** One thing that was looked at. `allows` at least once means the request is allowed. */
export interface Reason {
  readonly layer: 'identity' | 'ownership' | 'bucket-acl' | 'object-acl';
  readonly verdict: 'allows' | 'silent';
  readonly text: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reasons: readonly Reason[];
}

const reason = (layer: Reason['layer'], allows: boolean, text: string): Reason => ({
  layer,
  verdict: allows ? 'allows' : 'silent',
  text,
});

const decision = (...reasons: readonly Reason[]): Decision => ({
  allowed: reasons.some(({ verdict }) => verdict === 'allows'),
  reasons,
});

const canonicalIdOf = (principal: Principal): CanonicalId | undefined =>
  principal.kind === 'account' ? principal.canonicalId : undefined;

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

const isGrantee = ({ grantee }: Grant, principal: Principal): boolean =>
  grantee.type === 'group'
    ? isMember(grantee.group, principal)
    : principal.kind === 'account' && grantee.canonicalId === principal.canonicalId;

/** The first grant that gives `permission` to `principal`, by itself or within FULL_CONTROL. */
function grantFor(acl: Acl, permission: Permission, principal: Principal): Grant | undefined {
  return acl.grants.find(
    (grant) => (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isGrantee(grant, principal),
  );
}

const granteeText = ({ grantee }: Grant): string =>
  grantee.type === 'group' ? `group ${grantee.group}` : `account ${grantee.canonicalId}`;

function byAcl(kind: 'bucket' | 'object', resource: Resource, permission: Permission, principal: Principal): Decision {
  const grant = grantFor(resource.acl, permission, principal);
  const fromAcl = reason(
    `${kind}-acl`,
    grant !== undefined,
    grant === undefined
      ? `The ACL of the ${kind} grants no ${permission} to the caller.`
      : `The ACL of the ${kind} grants ${grant.permission} to ${granteeText(grant)}.`,
  );
  if (permission !== 'READ_ACP' && permission !== 'WRITE_ACP') return decision(fromAcl);
  const owns = canonicalIdOf(principal) === resource.ownerCanonicalId;
  const text = owns
    ? `The caller owns the ${kind}, and owners always keep ${permission}.`
    : `The caller does not own the ${kind}.`;
  return decision(reason('ownership', owns, text), fromAcl);
}

/**
 * Decides one need. A resource that is not there grants nothing: what a caller may learn about its absence is the
 * caller's business (`ops/authorise.ts`).
 */
export function decide({ need, principal, bucket, object }: Question): Decision {
  switch (need) {
    case 'anyone':
      return decision(reason('identity', true, 'The operation needs no right of its own.'));
    case 'account': {
      const known = principal.kind === 'account';
      return decision(reason('identity', known, known ? 'The caller is an account.' : 'The caller is anonymous.'));
    }
    case 'owner': {
      const owns = bucket !== undefined && canonicalIdOf(principal) === bucket.ownerCanonicalId;
      return decision(
        reason('ownership', owns, owns ? 'The caller owns the bucket.' : 'The caller does not own the bucket.'),
      );
    }
    case 'bucket:READ':
    case 'bucket:WRITE':
    case 'bucket:READ_ACP':
    case 'bucket:WRITE_ACP':
      return onResource('bucket', bucket, need, principal);
    case 'object:READ':
    case 'object:WRITE':
    case 'object:READ_ACP':
    case 'object:WRITE_ACP':
      return onResource('object', object, need, principal);
  }
}

const PERMISSIONS = {
  'bucket:READ': 'READ',
  'bucket:WRITE': 'WRITE',
  'bucket:READ_ACP': 'READ_ACP',
  'bucket:WRITE_ACP': 'WRITE_ACP',
  'object:READ': 'READ',
  'object:WRITE': 'WRITE',
  'object:READ_ACP': 'READ_ACP',
  'object:WRITE_ACP': 'WRITE_ACP',
} as const;

function onResource(
  kind: 'bucket' | 'object',
  resource: Resource | undefined,
  need: keyof typeof PERMISSIONS,
  principal: Principal,
): Decision {
  if (resource === undefined) return decision(reason(`${kind}-acl`, false, `There is no such ${kind}.`));
  return byAcl(kind, resource, PERMISSIONS[need], principal);
}
