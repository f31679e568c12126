/** The ACL that is being edited: one row for each grantee, what the canned ones stand for, and what would change. Pure. */

import type { Acl, Grant, Grantee, Permission } from '../../s3/access.ts';
import { EVERYONE, SIGNED_IN } from '../../s3/access.ts';

const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
export const PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'];

/** What an ACL is for. A folder's is set on each object in it. */
export interface AclSubject {
  readonly kind: 'bucket' | 'object' | 'folder';
  readonly bucket: string;
  /** Of an object its key, of a folder its prefix. */
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  /** Of a folder: how many objects there are in it. */
  readonly count?: number | undefined;
}

export interface AclRow {
  readonly id: string;
  readonly grantee: Grantee;
  readonly isOwner: boolean;
  readonly permissions: readonly Permission[];
}

export const CANNED = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;
export type Canned = (typeof CANNED)[number];

function granteeId(grantee: Grantee): string {
  if (grantee.type === 'group') return `group ${grantee.uri}`;
  return grantee.type === 'id' ? `id ${grantee.id}` : `email ${grantee.email.toLowerCase()}`;
}

const OWNER_FIRST = (one: AclRow): number => (one.isOwner ? 0 : one.grantee.type === 'group' ? 1 : 2);

/** Rows in the order shown: the owner, groups (Everyone is always there), accounts. */
export function rowsOf({ owner, grants }: Acl): readonly AclRow[] {
  const own: Grantee = { type: 'id', id: owner.id, name: owner.name };
  const rows = new Map<string, AclRow>();
  const add = (grantee: Grantee, more: readonly Permission[]): void => {
    const id = granteeId(grantee);
    const row = rows.get(id) ?? { id, grantee, isOwner: id === granteeId(own), permissions: [] };
    const permissions = PERMISSIONS.filter((one) => row.permissions.includes(one) || more.includes(one));
    rows.set(id, { ...row, permissions });
  };
  add(own, []);
  add({ type: 'group', uri: EVERYONE }, []);
  for (const { grantee, permission } of grants) add(grantee, [permission]);
  return [...rows.values()].sort((a, b) => OWNER_FIRST(a) - OWNER_FIRST(b));
}

const grantsOf = (rows: readonly AclRow[]): readonly Grant[] =>
  rows.flatMap(({ grantee, permissions }) => permissions.map((permission) => ({ grantee, permission })));

/** Full control says all the others, which are not said beside it. */
export function toggled({ owner, grants }: Acl, row: AclRow, permission: Permission): Acl {
  const has = row.permissions.includes(permission);
  const others = permission === 'FULL_CONTROL' ? [] : row.permissions.filter((one) => one !== 'FULL_CONTROL');
  const permissions = has ? row.permissions.filter((one) => one !== permission) : [...others, permission];
  const rest = grants.filter(({ grantee }) => granteeId(grantee) !== row.id);
  return { owner, grants: [...rest, ...grantsOf([{ ...row, permissions }])] };
}

export const without = ({ owner, grants }: Acl, id: string): Acl => ({
  owner,
  grants: grants.filter(({ grantee }) => granteeId(grantee) !== id),
});

/** Somebody new, who may read. */
export const withGrantee = ({ owner, grants }: Acl, grantee: Grantee): Acl => ({
  owner,
  grants: grants.some((grant) => granteeId(grant.grantee) === granteeId(grantee))
    ? grants
    : [...grants, { grantee, permission: 'READ' }],
});

/** What the name stands for. `bucketOwner`: of an object in a bucket of somebody else. */
export function cannedAcl(name: Canned, owner: Acl['owner'], bucketOwner?: string): Acl {
  const group = (uri: string, ...permissions: readonly Permission[]): readonly Grant[] =>
    permissions.map((permission) => ({ grantee: { type: 'group', uri }, permission }));
  const toBucketOwner = (permission: Permission): readonly Grant[] =>
    bucketOwner === undefined || bucketOwner === owner.id
      ? []
      : [{ grantee: { type: 'id', id: bucketOwner }, permission }];
  const more: Readonly<Record<Canned, readonly Grant[]>> = {
    private: [],
    'public-read': group(EVERYONE, 'READ'),
    'public-read-write': group(EVERYONE, 'READ', 'WRITE'),
    'authenticated-read': group(SIGNED_IN, 'READ'),
    'bucket-owner-read': toBucketOwner('READ'),
    'bucket-owner-full-control': toBucketOwner('FULL_CONTROL'),
  };
  const own: Grant = { grantee: { type: 'id', id: owner.id, name: owner.name }, permission: 'FULL_CONTROL' };
  return { owner, grants: [own, ...more[name]] };
}

/** The names that can be chosen here: those of a bucket's owner mean something where that is somebody else only. */
export const cannedFor = (kind: AclSubject['kind'], owner: Acl['owner'], bucketOwner?: string): readonly Canned[] =>
  kind === 'bucket' || bucketOwner === undefined || bucketOwner === owner.id ? CANNED.slice(0, 4) : CANNED;

/** Undefined: none of them, custom. */
export const cannedNameOf = (acl: Acl, names: readonly Canned[], bucketOwner?: string): Canned | undefined =>
  names.find((name) => sameAcl(acl, cannedAcl(name, acl.owner, bucketOwner)));

const said = ({ grants }: Acl): readonly string[] =>
  [...new Set(grants.map(({ grantee, permission }) => `${granteeId(grantee)} ${permission}`))].sort();

export const sameAcl = (a: Acl, b: Acl): boolean =>
  a.owner.id === b.owner.id && said(a).join('\n') === said(b).join('\n');

export interface AclChange {
  readonly added: boolean;
  readonly grantee: Grantee;
  readonly permission: Permission;
}

export function changesBetween(before: Acl, after: Acl): readonly AclChange[] {
  const missingIn = (acl: Acl, others: Acl, added: boolean): readonly AclChange[] =>
    grantsOf(rowsOf(acl))
      .filter(({ grantee, permission }) => !said(others).includes(`${granteeId(grantee)} ${permission}`))
      .map((grant) => ({ ...grant, added }));
  return [...missingIn(before, after, false), ...missingIn(after, before, true)];
}

export const isPublic = ({ grants }: Acl): boolean =>
  grants.some(({ grantee }) => grantee.type === 'group' && (grantee.uri === EVERYONE || grantee.uri === SIGNED_IN));

const GROUP_NAMES: Readonly<Record<string, 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery'>> = {
  [EVERYONE]: 'AllUsers',
  [SIGNED_IN]: 'AuthenticatedUsers',
  [LOG_DELIVERY]: 'LogDelivery',
};

interface AskedGrant {
  readonly canonicalId?: string;
  readonly group?: 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery';
  readonly permission: Permission;
}

/** As the account API takes grants that are not saved. Accounts named by e-mail are nobody yet. */
export const askedGrants = ({ grants }: Acl): readonly AskedGrant[] =>
  grants.flatMap(({ grantee, permission }): readonly AskedGrant[] => {
    if (grantee.type === 'email') return [];
    if (grantee.type === 'id') return [{ canonicalId: grantee.id, permission }];
    const group = GROUP_NAMES[grantee.uri];
    return group === undefined ? [] : [{ group, permission }];
  });

export type GranteeKind = 'email' | 'id' | 'signed-in' | 'everyone' | 'log-delivery';

/** Undefined: what was typed names nobody. */
export function granteeFrom(kind: GranteeKind, typed: string): Grantee | undefined {
  const value = typed.trim();
  switch (kind) {
    case 'everyone':
      return { type: 'group', uri: EVERYONE };
    case 'signed-in':
      return { type: 'group', uri: SIGNED_IN };
    case 'log-delivery':
      return { type: 'group', uri: LOG_DELIVERY };
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(value) ? { type: 'email', email: value } : undefined;
    case 'id':
      return /^[0-9a-f]{64}$/i.test(value) ? { type: 'id', id: value.toLowerCase() } : undefined;
  }
}
