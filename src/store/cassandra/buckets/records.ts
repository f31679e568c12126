/** The row of a bucket: its configuration, and where it is in its life. */

import type { Acl, Bucket, Grant, Group, Permission, Versioning } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Row, Uuid } from '../database/types.ts';
import { Fields, seal, unseal } from '../directory/records.ts';
import type { Home } from '../types.ts';

/**
 * `new`: its name may not be claimed yet. `live`. `changing`: its shards are brought to the versioning state of `pending`.
 * `deleting`: its shards are sealed, the verdict is not given. `kept`: it was not empty, its shards go on. `gone`: for ever;
 * the row stays, so that a late creation of the same bucket finds it.
 */
export type BucketState = 'new' | 'live' | 'changing' | 'deleting' | 'kept' | 'gone';

export interface BucketRecord {
  readonly home: Home;
  /** Names the transaction that wrote the row. */
  readonly rev: Uuid;
  readonly state: BucketState;
  /** Grows with each change over all shards: versioning, deletion. */
  readonly epoch: number;
  readonly bucket: Bucket;
  /** While `changing`: what the bucket becomes. */
  readonly pending: Bucket | undefined;
}

const STATES: readonly BucketState[] = ['new', 'live', 'changing', 'deleting', 'kept', 'gone'];
const VERSIONINGS = ['unversioned', 'enabled', 'suspended'] as const satisfies readonly Versioning[];
const PERMISSIONS = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const satisfies readonly Permission[];
const GROUPS = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const satisfies readonly Group[];

/** Clients see it: it is there, and its objects are. */
export const isVisible = ({ state }: BucketRecord): boolean => state !== 'new' && state !== 'gone';

export function bucketBytes({ home, state, epoch, bucket, pending }: BucketRecord): Buffer {
  return seal(`bucket ${home.bucketId}`, { state, epoch, bucket, ...(pending === undefined ? {} : { pending }) });
}

export function bucketRecord(home: Home, { rev, v }: Row): BucketRecord {
  if (typeof rev !== 'string') throw new Corrupt(`the row of bucket ${home.bucketId} has no revision`);
  const fields = unseal(`bucket ${home.bucketId}`, v);
  return Object.freeze({
    home,
    rev,
    state: fields.oneOf('state', STATES),
    epoch: fields.int('epoch'),
    bucket: bucketOf(fields.object('bucket')),
    pending: fields.has('pending') ? bucketOf(fields.object('pending')) : undefined,
  });
}

function bucketOf(fields: Fields): Bucket {
  return Object.freeze({
    id: fields.text('id'),
    name: fields.text('name'),
    owner: fields.text('owner'),
    ownerCanonicalId: fields.text('ownerCanonicalId'),
    region: fields.text('region'),
    createdAt: fields.int('createdAt'),
    versioning: fields.oneOf('versioning', VERSIONINGS),
    acl: aclOf(fields.object('acl')),
    // Rows of before there was any have none.
    configuration: fields.has('configuration') ? fields.object('configuration').texts() : {},
    revision: fields.text('revision'),
  });
}

function aclOf(fields: Fields): Acl {
  const grants = fields.list('grants').map((grant): Grant => {
    const one = new Fields('a grant', grant);
    return { grantee: granteeOf(one.object('grantee')), permission: one.oneOf('permission', PERMISSIONS) };
  });
  return { owner: fields.text('owner'), grants };
}

function granteeOf(fields: Fields): Grant['grantee'] {
  const type = fields.oneOf('type', ['account', 'group'] as const);
  return type === 'account'
    ? { type, canonicalId: fields.text('canonicalId') }
    : { type, group: fields.oneOf('group', GROUPS) };
}
