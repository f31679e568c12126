/**
 * GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl.
 *
 * Sources: the four operations' pages in the S3 API reference and "Access control list (ACL) overview". An ACL is replaced
 * whole, in one commit that expects the state the caller was authorised on; if that changed meanwhile, the caller is
 * authorised again on what is there now.
 */

import { type AclOwners, aclText, GROUP_URIS, privateAcl } from '../model/acl.ts';
import type { Acl, Bucket, CanonicalId, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { ownershipOf } from '../model/ownership.ts';
import type { Target } from '../store/port.ts';
import { type NamedGrantee, readAcl, writeAcl } from '../wire/documents/acl.ts';
import { aclFromHeaders, type GranteeName, hasAclHeaders, resolveAcl, type WantedAcl } from './acl.ts';
import { requireNoAcl, requireNotPublic } from './acl-rules.ts';
import { changeBucket, changeTarget, presentBucket } from './change.ts';
import { bucketOf } from './commit.ts';
import { versionIdHeader, XML } from './headers.ts';
import type { Call, Handler, Reply, Services } from './types.ts';

// ---------------------------------------------------------------------------------------------------------- reading

export const getBucketAcl: Handler = async (call, services) => {
  const bucket = bucketOf(call);
  return document(shown(bucket.acl, bucket, services), services, {});
};

export const getObjectAcl: Handler = async (call, services) => {
  const bucket = bucketOf(call);
  const version = versionOf(call.target);
  return document(shown(version.acl, bucket, services), services, versionIdHeader(version, bucket));
};

/** Where ACLs are switched off, all are the bucket owner's: what is kept comes back when they are switched on again. */
const shown = (acl: Acl, bucket: Bucket, { access }: Services): Acl =>
  ownershipOf(bucket, access) === 'BucketOwnerEnforced' ? privateAcl(bucket.ownerCanonicalId) : acl;

/** Names beside the ids, for people: s3cmd and the Console show them. */
async function document(acl: Acl, { rows }: Services, headers: Reply['headers']): Promise<Reply> {
  const names = new Map<CanonicalId, string | undefined>();
  const ids = acl.grants.flatMap(({ grantee }) => (grantee.type === 'account' ? [grantee.canonicalId] : []));
  for (const canonicalId of new Set([acl.owner, ...ids])) {
    names.set(canonicalId, (await rows.getAccount({ canonicalId }))?.name);
  }
  const body = writeAcl({
    owner: { id: acl.owner, displayName: names.get(acl.owner) },
    grants: acl.grants.map(({ grantee, permission }) => ({
      grantee:
        grantee.type === 'group'
          ? { type: 'group', uri: GROUP_URIS[grantee.group] }
          : { type: 'account', id: grantee.canonicalId, displayName: names.get(grantee.canonicalId) },
      permission,
    })),
  });
  return { status: 200, headers: { ...headers, ...XML }, body };
}

// ---------------------------------------------------------------------------------------------------------- writing

export const putBucketAcl: Handler = async (call, services) => {
  const wanted = await requested(call, services);
  await changeBucket(call, services, async (bucket) => {
    const acl = await settable(call, services, wanted, { bucket, owner: bucket.ownerCanonicalId });
    return acl === undefined ? undefined : { bucket: { ...bucket, acl }, details: { grants: aclText(acl) } };
  });
  return { status: 200, headers: {} };
};

export const putObjectAcl: Handler = async (call, services) => {
  const wanted = await requested(call, services);
  const target = await changeTarget(call, services, async (current) => {
    const bucket = presentBucket(call, current);
    const version = versionOf(current);
    const owners = { owner: version.ownerCanonicalId, bucketOwner: bucket.ownerCanonicalId };
    const acl = await settable(call, services, wanted, { bucket, ...owners });
    if (acl === undefined) return undefined;
    const { revision } = version;
    return {
      mutation: { type: 'updateVersion', bucketId: bucket.id, version: { ...version, acl }, expect: revision },
    };
  });
  return { status: 200, headers: versionIdHeader(versionOf(target), presentBucket(call, target)) };
};

/** The document, if that is how the ACL comes; undefined: the headers say it. Throws when it is both or neither. */
async function requested(call: Call, { limits }: Services): Promise<WantedAcl | undefined> {
  const bytes = await call.body.bytes(limits.smallXmlBytes);
  const byHeaders = hasAclHeaders(call.request.headers);
  if (bytes.length === 0) {
    if (byHeaders) return undefined;
    throw new S3Error(
      'MissingSecurityHeader',
      'Your request names no ACL: send x-amz-acl, x-amz-grant-* headers or an AccessControlPolicy document.',
      { fields: { MissingHeaderName: 'x-amz-acl' } },
    );
  }
  if (byHeaders) {
    throw new S3Error(
      'UnexpectedContent',
      'This request contains unsupported content: an ACL comes in headers or in a document, not in both.',
    );
  }
  const { ownerId, grants } = readAcl(bytes, limits);
  return { owner: ownerId, grants: grants.map(({ grantee, permission }) => ({ name: nameOf(grantee), permission })) };
}

function nameOf(grantee: NamedGrantee): GranteeName {
  switch (grantee.type) {
    case 'id':
      return { by: 'id', value: grantee.id };
    case 'email':
      return { by: 'emailAddress', value: grantee.email };
    case 'group':
      return { by: 'uri', value: grantee.uri };
  }
}

/** The ACL to set. Undefined: ACLs are switched off, and what is asked for holds anyway. Throws what may not be set. */
async function settable(
  call: Call,
  services: Services,
  wanted: WantedAcl | undefined,
  { bucket, ...owners }: AclOwners & { readonly bucket: Bucket },
): Promise<Acl | undefined> {
  const { access } = services;
  if (ownershipOf(bucket, access) === 'BucketOwnerEnforced') {
    const owner = bucket.ownerCanonicalId;
    requireNoAcl(call, await aclOf(call, services, wanted, { ...owners, owner }));
    return undefined;
  }
  const acl = await aclOf(call, services, wanted, owners);
  requireNotPublic(call, bucket, acl, access);
  return acl;
}

const aclOf = (call: Call, { rows }: Services, wanted: WantedAcl | undefined, owners: AclOwners): Promise<Acl> =>
  wanted === undefined ? aclFromHeaders(call.request.headers, owners, rows) : resolveAcl(wanted, owners.owner, rows);

function versionOf({ version }: Target): ObjectVersion {
  if (version === undefined) throw new Error('an operation on an object was authorised without one');
  return version;
}
