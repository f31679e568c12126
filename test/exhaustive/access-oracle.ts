/**
 * Who may do what by ownership and ACLs, as AWS documents it, operation by operation: written from the documents, not from our
 * table. `test/exhaustive/access-http.test.ts` holds the server to it.
 *
 * Sources: "Access control list (ACL) overview", table "Mapping of ACL permissions and access policy permissions"; "Required
 * permissions for Amazon S3 API operations"; "Multipart upload API and permissions"; each operation's own page.
 */

import { formOf } from '../support/form.ts';
import { md5Base64 } from '../support/s3-world.ts';

/**
 * `account`: every account. `bucket-owner`: the account that owns the bucket. `bucket READ` and so on: that permission in the
 * ACL of the bucket, or of the object; with READ_ACP and WRITE_ACP also its owner. `uploader`: who began the upload, or the
 * bucket's owner. Several: all of them.
 */
export type Right =
  | 'account'
  | 'bucket-owner'
  | 'uploader'
  | `${'bucket' | 'object'} ${'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP'}`;

export interface Row {
  readonly rights: readonly Right[];
  readonly method: string;
  readonly key?: 'key' | 'absent' | 'upload';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const row = (method: string, rights: readonly Right[], rest: Omit<Row, 'method' | 'rights'> = {}): Row => ({
  ...rest,
  method,
  rights,
});

const OWNER: readonly Right[] = ['bucket-owner'];
/** A document that no operation takes: who is let in is told so and changes nothing. */
const BROKEN = { body: '<Broken' } as const;
const none = (query: string) => ({ query: { [query]: '' } });
const UPLOAD = { key: 'upload', query: { uploadId: '' } } as const;
const PART = { key: 'upload', query: { uploadId: '', partNumber: '1' } } as const;
/** The source is looked at and then refused, so that nothing is copied. */
const SOURCE = { 'x-amz-copy-source': '', 'x-amz-copy-source-if-match': '"other"' };

/** A form whose file is not the one that it announces. */
const FORM = formOf(
  [
    ['key', 'absent'],
    ['Content-MD5', md5Base64('another')],
  ],
  { content: 'x' },
);

/**
 * Each operation that is built, with a request that changes nothing even when it is let in, so that one bucket serves for all.
 * Order matters at the end: the upload is given up last.
 */
export const ORACLE: Readonly<Record<string, Row>> = {
  ListBuckets: row('GET', ['account']),
  CreateBucket: row('PUT', ['account']),
  HeadBucket: row('HEAD', ['bucket READ']),
  DeleteBucket: row('DELETE', OWNER),
  GetBucketLocation: row('GET', OWNER, none('location')),
  ListObjects: row('GET', ['bucket READ']),
  ListObjectsV2: row('GET', ['bucket READ'], { query: { 'list-type': '2' } }),
  ListObjectVersions: row('GET', ['bucket READ'], none('versions')),
  ListMultipartUploads: row('GET', ['bucket READ'], none('uploads')),
  DeleteObjects: row('POST', ['bucket WRITE'], {
    ...none('delete'),
    body: '<Delete><Object><Key>absent</Key></Object></Delete>',
  }),
  PostObject: row('POST', ['bucket WRITE'], {
    headers: FORM.headers,
    body: FORM.body.toString('latin1'),
  }),
  GetBucketAcl: row('GET', ['bucket READ_ACP'], none('acl')),
  PutBucketAcl: row('PUT', ['bucket WRITE_ACP'], { ...none('acl'), ...BROKEN }),
  GetBucketCors: row('GET', OWNER, none('cors')),
  PutBucketCors: row('PUT', OWNER, { ...none('cors'), ...BROKEN }),
  DeleteBucketCors: row('DELETE', OWNER, none('cors')),
  GetBucketPolicy: row('GET', OWNER, none('policy')),
  PutBucketPolicy: row('PUT', OWNER, { ...none('policy'), ...BROKEN }),
  DeleteBucketPolicy: row('DELETE', OWNER, none('policy')),
  GetBucketPolicyStatus: row('GET', OWNER, none('policyStatus')),
  GetBucketEncryption: row('GET', OWNER, none('encryption')),
  PutBucketEncryption: row('PUT', OWNER, { ...none('encryption'), ...BROKEN }),
  DeleteBucketEncryption: row('DELETE', OWNER, none('encryption')),
  GetBucketOwnershipControls: row('GET', OWNER, none('ownershipControls')),
  PutBucketOwnershipControls: row('PUT', OWNER, { ...none('ownershipControls'), ...BROKEN }),
  DeleteBucketOwnershipControls: row('DELETE', OWNER, none('ownershipControls')),
  GetPublicAccessBlock: row('GET', OWNER, none('publicAccessBlock')),
  PutPublicAccessBlock: row('PUT', OWNER, { ...none('publicAccessBlock'), ...BROKEN }),
  DeletePublicAccessBlock: row('DELETE', OWNER, none('publicAccessBlock')),
  GetBucketRequestPayment: row('GET', OWNER, none('requestPayment')),
  PutBucketRequestPayment: row('PUT', OWNER, { ...none('requestPayment'), ...BROKEN }),
  GetBucketVersioning: row('GET', OWNER, none('versioning')),
  PutBucketVersioning: row('PUT', OWNER, { ...none('versioning'), ...BROKEN }),
  GetBucketTagging: row('GET', OWNER, none('tagging')),
  PutBucketTagging: row('PUT', OWNER, { ...none('tagging'), ...BROKEN }),
  DeleteBucketTagging: row('DELETE', OWNER, none('tagging')),
  GetObjectLockConfiguration: row('GET', OWNER, none('object-lock')),
  PutObjectLockConfiguration: row('PUT', OWNER, { ...none('object-lock'), ...BROKEN }),
  GetObject: row('GET', ['object READ'], { key: 'key' }),
  HeadObject: row('HEAD', ['object READ'], { key: 'key' }),
  GetObjectAcl: row('GET', ['object READ_ACP'], { key: 'key', ...none('acl') }),
  PutObjectAcl: row('PUT', ['object WRITE_ACP'], { key: 'key', ...none('acl'), ...BROKEN }),
  GetObjectAttributes: row('GET', ['object READ'], {
    key: 'key',
    ...none('attributes'),
    headers: { 'x-amz-object-attributes': 'ETag' },
  }),
  GetObjectTagging: row('GET', OWNER, { key: 'key', ...none('tagging') }),
  PutObjectTagging: row('PUT', OWNER, { key: 'key', ...none('tagging'), ...BROKEN }),
  DeleteObjectTagging: row('DELETE', OWNER, { key: 'key', ...none('tagging') }),
  GetObjectRetention: row('GET', OWNER, { key: 'key', ...none('retention') }),
  PutObjectRetention: row('PUT', OWNER, { key: 'key', ...none('retention'), ...BROKEN }),
  GetObjectLegalHold: row('GET', OWNER, { key: 'key', ...none('legal-hold') }),
  PutObjectLegalHold: row('PUT', OWNER, { key: 'key', ...none('legal-hold'), ...BROKEN }),
  PutObject: row('PUT', ['bucket WRITE'], { key: 'key', headers: { 'if-none-match': '*' }, body: 'x' }),
  CopyObject: row('PUT', ['bucket WRITE', 'object READ'], { key: 'absent', headers: SOURCE }),
  DeleteObject: row('DELETE', ['bucket WRITE'], { key: 'absent' }),
  CreateMultipartUpload: row('POST', ['account', 'bucket WRITE'], {
    key: 'absent',
    ...none('uploads'),
    headers: { 'x-amz-checksum-algorithm': 'none' },
  }),
  UploadPart: row('PUT', ['bucket WRITE', 'uploader'], { ...PART, body: 'x' }),
  UploadPartCopy: row('PUT', ['bucket WRITE', 'uploader', 'object READ'], { ...PART, headers: SOURCE }),
  CompleteMultipartUpload: row('POST', ['bucket WRITE', 'uploader'], {
    ...UPLOAD,
    body: '<CompleteMultipartUpload><Part><PartNumber>9</PartNumber><ETag>"00"</ETag></Part></CompleteMultipartUpload>',
  }),
  ListParts: row('GET', ['uploader'], UPLOAD),
  AbortMultipartUpload: row('DELETE', ['uploader'], UPLOAD),
};

/** The same for what depends on more than the operation: versions, and names of keys that are not there. */
export const FURTHER: Readonly<Record<string, Row>> = {
  'GetObject of a version': row('GET', ['object READ'], { key: 'key', query: { versionId: 'null' } }),
  'DeleteObject of a version': row('DELETE', OWNER, { key: 'absent', query: { versionId: 'null' } }),
};

/** Answered 404 to those with this right, and 403 to all others ("GetObject", section Permissions). */
export const ABSENT: { readonly right: Right; readonly rows: readonly Row[] } = {
  right: 'bucket READ',
  rows: [
    row('GET', [], { key: 'absent' }),
    row('HEAD', [], { key: 'absent' }),
    row('GET', [], { key: 'absent', query: { acl: '' } }),
    row('GET', [], { key: 'absent', query: { versionId: 'null' } }),
  ],
};
