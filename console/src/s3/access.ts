/** Who may: ACLs of buckets and objects, policies, ownership, public-access blocks. */

import { S3Failure } from './failure.ts';
import type { Ask, Line, Signal } from './request.ts';
import { digestOf } from './sign.ts';
import { all, documentOf, type Element, flagOf, grantee, one, textOf, writeElement } from './xml.ts';

export type Permission = 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL';

export type Grantee =
  | { readonly type: 'id'; readonly id: string; readonly name?: string | undefined }
  | { readonly type: 'email'; readonly email: string }
  | { readonly type: 'group'; readonly uri: string };

export interface Grant {
  readonly grantee: Grantee;
  readonly permission: Permission;
}

export interface Acl {
  readonly owner: { readonly id: string; readonly name?: string | undefined };
  readonly grants: readonly Grant[];
}

export const EVERYONE = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const SIGNED_IN = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';

/** A bucket, or an object of it. */
export interface Subject {
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

const PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'];

function granteeIn(element: Element | undefined): Grantee {
  const [uri, email] = [textOf(element, 'URI'), textOf(element, 'EmailAddress')];
  if (uri !== undefined) return { type: 'group', uri };
  if (email !== undefined) return { type: 'email', email };
  return { type: 'id', id: textOf(element, 'ID') ?? '', name: textOf(element, 'DisplayName') };
}

function aclIn(root: Element): Acl {
  const owner = one(root, 'Owner');
  const grants = all(one(root, 'AccessControlList'), 'Grant').flatMap((element) => {
    const permission = PERMISSIONS.find((known) => known === textOf(element, 'Permission'));
    return permission === undefined ? [] : [{ grantee: granteeIn(one(element, 'Grantee')), permission }];
  });
  return { owner: { id: textOf(owner, 'ID') ?? '', name: textOf(owner, 'DisplayName') }, grants };
}

function granteeDocument(to: Grantee): string {
  if (to.type === 'group') return grantee('Group', { URI: to.uri });
  return to.type === 'email'
    ? grantee('AmazonCustomerByEmail', { EmailAddress: to.email })
    : grantee('CanonicalUser', { ID: to.id });
}

function aclDocument({ owner, grants }: Acl): string {
  const list = grants
    .map((grant) => `<Grant>${granteeDocument(grant.grantee)}${writeElement('Permission', grant.permission)}</Grant>`)
    .join('');
  return documentOf('AccessControlPolicy', { Owner: { ID: owner.id } }).replace(
    '</AccessControlPolicy>',
    () => `<AccessControlList>${list}</AccessControlList></AccessControlPolicy>`,
  );
}

/** What is not configured is answered with an error of its own: `undefined` here. */
export async function unless<Value>(codes: readonly string[], asked: Promise<Value>): Promise<Value | undefined> {
  return asked.catch((failure: unknown) => {
    if (failure instanceof S3Failure && codes.includes(failure.code)) return undefined;
    throw failure;
  });
}

const blockIn = (root: Element): PublicAccessBlock => ({
  blockPublicAcls: flagOf(root, 'BlockPublicAcls'),
  ignorePublicAcls: flagOf(root, 'IgnorePublicAcls'),
  blockPublicPolicy: flagOf(root, 'BlockPublicPolicy'),
  restrictPublicBuckets: flagOf(root, 'RestrictPublicBuckets'),
});

const blockDocument = (block: PublicAccessBlock): string =>
  documentOf('PublicAccessBlockConfiguration', {
    BlockPublicAcls: block.blockPublicAcls,
    IgnorePublicAcls: block.ignorePublicAcls,
    BlockPublicPolicy: block.blockPublicPolicy,
    RestrictPublicBuckets: block.restrictPublicBuckets,
  });

/** A document of a bucket: read, written with its digest, taken away. */
export const subresource = (line: Line, name: string, parameter: string) => ({
  get: (bucket: string, options?: Signal) =>
    line.read({ operation: `Get${name}`, method: 'GET', bucket, query: { [parameter]: '' } }, options),
  put: (bucket: string, body: string, options?: Signal) =>
    line.send(
      { operation: `Put${name}`, method: 'PUT', bucket, query: { [parameter]: '' }, body, headers: digestOf(body) },
      options,
    ),
  delete: (bucket: string, options?: Signal) =>
    line.send({ operation: `Delete${name}`, method: 'DELETE', bucket, query: { [parameter]: '' } }, options),
});

const ownershipOf = (line: Line) => subresource(line, 'BucketOwnershipControls', 'ownershipControls');
const blockOf = (line: Line) => subresource(line, 'PublicAccessBlock', 'publicAccessBlock');
const policy: Pick<Ask, 'query'> = { query: { policy: '' } };

const getAcl =
  (line: Line) =>
  async ({ bucket, key, versionId }: Subject, options?: Signal): Promise<Acl> => {
    const operation = key === undefined ? 'GetBucketAcl' : 'GetObjectAcl';
    return aclIn(await line.read({ operation, method: 'GET', bucket, key, query: { acl: '', versionId } }, options));
  };

const putAcl =
  (line: Line) =>
  async ({ bucket, key, versionId, acl }: Subject & { readonly acl: Acl }, options?: Signal): Promise<void> => {
    const operation = key === undefined ? 'PutBucketAcl' : 'PutObjectAcl';
    const body = aclDocument(acl);
    const query = { acl: '', versionId };
    await line.send({ operation, method: 'PUT', bucket, key, query, body, headers: digestOf(body) }, options);
  };

/** One of S3's canned ACLs: `private`, `public-read`. */
const putCannedAcl =
  (line: Line) =>
  async (
    { bucket, key, versionId, canned }: Subject & { readonly canned: string },
    options?: Signal,
  ): Promise<void> => {
    const operation = key === undefined ? 'PutBucketAcl' : 'PutObjectAcl';
    const headers = { 'x-amz-acl': canned };
    await line.send({ operation, method: 'PUT', bucket, key, query: { acl: '', versionId }, headers }, options);
  };

/** JSON. */
const getBucketPolicy =
  (line: Line) =>
  ({ bucket }: { readonly bucket: string }, options?: Signal): Promise<string | undefined> =>
    unless(
      ['NoSuchBucketPolicy'],
      line
        .send({ operation: 'GetBucketPolicy', method: 'GET', bucket, ...policy }, options)
        .then((response) => response.text()),
    );

const putBucketPolicy =
  (line: Line) =>
  async (asked: { readonly bucket: string; readonly policy: string }, options?: Signal): Promise<void> => {
    const { bucket, policy: body } = asked;
    await line.send(
      { operation: 'PutBucketPolicy', method: 'PUT', bucket, ...policy, body, headers: digestOf(body) },
      options,
    );
  };

const deleteBucketPolicy =
  (line: Line) =>
  async ({ bucket }: { readonly bucket: string }, options?: Signal): Promise<void> => {
    await line.send({ operation: 'DeleteBucketPolicy', method: 'DELETE', bucket, ...policy }, options);
  };

const getBucketOwnershipControls =
  (line: Line) =>
  async ({ bucket }: { readonly bucket: string }, options?: Signal): Promise<Ownership | undefined> => {
    const root = await unless(['OwnershipControlsNotFoundError'], ownershipOf(line).get(bucket, options));
    const text = textOf(one(root, 'Rule'), 'ObjectOwnership');
    return (['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const).find((known) => known === text);
  };

const putBucketOwnershipControls =
  (line: Line) =>
  async (asked: { readonly bucket: string; readonly ownership: Ownership }, options?: Signal): Promise<void> => {
    const rule = { Rule: { ObjectOwnership: asked.ownership } };
    await ownershipOf(line).put(asked.bucket, documentOf('OwnershipControls', rule), options);
  };

const getPublicAccessBlock =
  (line: Line) =>
  async ({ bucket }: { readonly bucket: string }, options?: Signal): Promise<PublicAccessBlock | undefined> => {
    const root = await unless(['NoSuchPublicAccessBlockConfiguration'], blockOf(line).get(bucket, options));
    return root === undefined ? undefined : blockIn(root);
  };

const putPublicAccessBlock =
  (line: Line) =>
  async (asked: { readonly bucket: string; readonly block: PublicAccessBlock }, options?: Signal): Promise<void> => {
    await blockOf(line).put(asked.bucket, blockDocument(asked.block), options);
  };

const deletePublicAccessBlock =
  (line: Line) =>
  async ({ bucket }: { readonly bucket: string }, options?: Signal): Promise<void> => {
    await blockOf(line).delete(bucket, options);
  };

export const createAccess = (line: Line) => ({
  getAcl: getAcl(line),
  putAcl: putAcl(line),
  putCannedAcl: putCannedAcl(line),
  getBucketPolicy: getBucketPolicy(line),
  putBucketPolicy: putBucketPolicy(line),
  deleteBucketPolicy: deleteBucketPolicy(line),
  getBucketOwnershipControls: getBucketOwnershipControls(line),
  putBucketOwnershipControls: putBucketOwnershipControls(line),
  getPublicAccessBlock: getPublicAccessBlock(line),
  putPublicAccessBlock: putPublicAccessBlock(line),
  deletePublicAccessBlock: deletePublicAccessBlock(line),
});
