/**
 * One request of each operation that is built, as plain as it may be, for members to be added to. Method and address come from
 * AWS's model; here is what the operation cannot do without, and what bucket it wants.
 */

import type { OperationName } from '../../../src/ops/table.ts';
import type { Setting } from './stage.ts';

/** An XML document: elements by name, attributes behind an `@`. A list has one entry: that is enough to be looked at. */
export interface Tree {
  readonly [name: string]: string | Tree;
}

export interface Example {
  readonly setting?: Setting;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly document?: Tree | undefined;
  readonly body?: string;
}

const TAGS: Tree = { Tagging: { TagSet: { Tag: { Key: 'name', Value: 'value' } } } };
const ACL: Tree = {
  AccessControlPolicy: {
    Owner: { ID: '{alice}' },
    AccessControlList: {
      Grant: { Grantee: { '@xsi:type': 'CanonicalUser', ID: '{alice}' }, Permission: 'FULL_CONTROL' },
    },
  },
};
const SOURCE = { 'x-amz-copy-source': '/{bucket}/source' };
const UPLOAD = { uploadId: '{upload}' };

/** What a read needs is a bucket with something in it, and nothing else: no entry. */
export const EXAMPLES: Partial<Readonly<Record<OperationName, Example>>> = {
  ListBuckets: { setting: 'somebody with two buckets' },
  CreateBucket: { setting: 'absent', document: { CreateBucketConfiguration: { LocationConstraint: 'us-east-1' } } },
  DeleteBucket: { setting: 'empty' },
  DeleteObjects: { document: { Delete: { Object: { Key: 'key' } } } },
  PutBucketAcl: { document: ACL },
  PutBucketCors: {
    document: { CORSConfiguration: { CORSRule: { AllowedMethod: 'GET', AllowedOrigin: 'https://a.example' } } },
  },
  PutBucketPolicy: {
    body: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::{bucket}/*"}]}',
  },
  PutBucketOwnershipControls: { document: { OwnershipControls: { Rule: { ObjectOwnership: 'ObjectWriter' } } } },
  PutPublicAccessBlock: { document: { PublicAccessBlockConfiguration: {} } },
  PutBucketRequestPayment: { document: { RequestPaymentConfiguration: { Payer: 'BucketOwner' } } },
  PutBucketVersioning: { document: { VersioningConfiguration: { Status: 'Enabled' } } },
  PutBucketTagging: { document: TAGS },
  PutBucketEncryption: {
    document: {
      ServerSideEncryptionConfiguration: { Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } },
    },
  },
  PutObjectLockConfiguration: {
    setting: 'locked',
    document: {
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: '1' } },
      },
    },
  },
  GetObjectLockConfiguration: { setting: 'locked' },
  PutObject: { body: 'another text' },
  CopyObject: { headers: SOURCE },
  PutObjectAcl: { document: ACL },
  PutObjectTagging: { document: TAGS },
  PutObjectRetention: {
    setting: 'locked',
    document: { Retention: { Mode: 'GOVERNANCE', RetainUntilDate: '{later}' } },
  },
  GetObjectRetention: { setting: 'locked', query: { versionId: '{version}' } },
  PutObjectLegalHold: { setting: 'locked', document: { LegalHold: { Status: 'ON' } } },
  GetObjectLegalHold: { setting: 'locked', query: { versionId: '{version}' } },
  GetObjectAttributes: { headers: { 'x-amz-object-attributes': 'ETag' } },
  UploadPart: { query: { ...UPLOAD, partNumber: '3' }, body: 'another part' },
  UploadPartCopy: { query: { ...UPLOAD, partNumber: '3' }, headers: SOURCE },
  ListParts: { query: UPLOAD },
  CompleteMultipartUpload: {
    query: UPLOAD,
    document: { CompleteMultipartUpload: { Part: { PartNumber: '1', ETag: '{etag}' } } },
  },
  AbortMultipartUpload: { query: UPLOAD },
};
