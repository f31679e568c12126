/**
 * S3's operations, all of them, as rows. Detection, authorisation, metric labels, access-log names, the 501 list and
 * `docs/s3-compatibility.md` come from here; `handlers.ts` says which of them are built.
 *
 * Source: the S3 API reference and AWS's own service model, against which `test/exhaustive/operations.test.ts` holds the rows.
 * Left out: S3 Control and S3 Tables, which are other services under other host names.
 */

import type { Need } from '../model/access/question.ts';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';

export interface OperationRow {
  readonly method: Method;
  readonly on: 'service' | 'bucket' | 'object';
  /**
   * Query parameters that select the operation: present, or (`name=value`) present with that value. The first one is the
   * sub-resource, S3's alone wherever it occurs; the others narrow it down and mean nothing without it.
   */
  readonly select: readonly string[];
  /** The whole path, for the one operation whose path names neither bucket nor object. */
  readonly path?: string;
  /** Header whose presence selects it among rows that are otherwise equal. */
  readonly header?: 'x-amz-copy-source';
  /** Further query parameters it understands. Presigning parameters and `x-id` are understood by all. */
  readonly parameters: readonly string[];
  readonly need: Need;
  /** Instead of `need`, when a version is named. */
  readonly versionNeed?: Need;
  /** The policy action; `versionAction` when a version is named. */
  readonly action: string;
  readonly versionAction?: string;
  /** `object`: streamed, any size to 5 GiB. `document`: XML or JSON within its handler's limit. */
  readonly body: 'none' | 'document' | 'object';
  /** The version's body will be read (`TargetQuery.withBody`). */
  readonly reads?: 'body';
  /**
   * Its document has values that conditions of policies ask for. Where the bucket has a policy, the pipeline leaves the decision
   * to the handler, which reads the document and then asks with `Call.says`.
   */
  readonly saysMore?: true;
  /** It may take long: then its answer begins before it is known, with 200 and white space, as S3 documents it. */
  readonly mayBeLate?: true;
}

type Extra = Partial<
  Pick<
    OperationRow,
    'path' | 'header' | 'parameters' | 'versionAction' | 'versionNeed' | 'reads' | 'saysMore' | 'mayBeLate'
  >
> & {
  readonly select?: readonly string[];
};

function row(
  spec: `${Method} ${OperationRow['on']}`,
  action: string,
  need: Need,
  body: OperationRow['body'],
  extra: Extra = {},
): OperationRow {
  const [method, on] = spec.split(' ') as [Method, OperationRow['on']];
  return Object.freeze({ select: [], parameters: [], ...extra, method, on, need, action, body });
}

/** Bucket configurations that a sub-resource reads, writes and deletes. */
const on = (...select: string[]): Extra => ({ select });
const OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];
const LISTING = ['prefix', 'delimiter', 'encoding-type', 'max-keys'];

const ROWS = {
  ListBuckets: row('GET service', 's3:ListAllMyBuckets', 'account', 'none', {
    parameters: ['max-buckets', 'prefix', 'continuation-token', 'bucket-region'],
  }),
  WriteGetObjectResponse: row('POST service', 's3-object-lambda:WriteGetObjectResponse', 'account', 'object', {
    path: '/WriteGetObjectResponse',
  }),

  CreateBucket: row('PUT bucket', 's3:CreateBucket', 'account', 'document'),
  HeadBucket: row('HEAD bucket', 's3:ListBucket', 'bucket:READ', 'none'),
  DeleteBucket: row('DELETE bucket', 's3:DeleteBucket', 'owner', 'none'),
  GetBucketLocation: row('GET bucket', 's3:GetBucketLocation', 'owner', 'none', on('location')),
  ListObjects: row('GET bucket', 's3:ListBucket', 'bucket:READ', 'none', { parameters: [...LISTING, 'marker'] }),
  ListObjectsV2: row('GET bucket', 's3:ListBucket', 'bucket:READ', 'none', {
    select: ['list-type=2'],
    parameters: [...LISTING, 'continuation-token', 'start-after', 'fetch-owner'],
  }),
  ListObjectVersions: row('GET bucket', 's3:ListBucketVersions', 'bucket:READ', 'none', {
    select: ['versions'],
    parameters: [...LISTING, 'key-marker', 'version-id-marker'],
  }),
  ListMultipartUploads: row('GET bucket', 's3:ListBucketMultipartUploads', 'bucket:READ', 'none', {
    select: ['uploads'],
    parameters: ['prefix', 'delimiter', 'encoding-type', 'max-uploads', 'key-marker', 'upload-id-marker'],
  }),
  DeleteObjects: row('POST bucket', 's3:DeleteObject', 'anyone', 'document', on('delete')),
  PostObject: row('POST bucket', 's3:PutObject', 'anyone', 'object'),

  GetBucketAcl: row('GET bucket', 's3:GetBucketAcl', 'bucket:READ_ACP', 'none', on('acl')),
  PutBucketAcl: row('PUT bucket', 's3:PutBucketAcl', 'bucket:WRITE_ACP', 'document', on('acl')),
  GetBucketCors: row('GET bucket', 's3:GetBucketCORS', 'owner', 'none', on('cors')),
  PutBucketCors: row('PUT bucket', 's3:PutBucketCORS', 'owner', 'document', on('cors')),
  DeleteBucketCors: row('DELETE bucket', 's3:PutBucketCORS', 'owner', 'none', on('cors')),
  GetBucketPolicy: row('GET bucket', 's3:GetBucketPolicy', 'owner', 'none', on('policy')),
  PutBucketPolicy: row('PUT bucket', 's3:PutBucketPolicy', 'owner', 'document', on('policy')),
  DeleteBucketPolicy: row('DELETE bucket', 's3:DeleteBucketPolicy', 'owner', 'none', on('policy')),
  GetBucketPolicyStatus: row('GET bucket', 's3:GetBucketPolicyStatus', 'owner', 'none', on('policyStatus')),
  GetBucketOwnershipControls: row(
    'GET bucket',
    's3:GetBucketOwnershipControls',
    'owner',
    'none',
    on('ownershipControls'),
  ),
  PutBucketOwnershipControls: row(
    'PUT bucket',
    's3:PutBucketOwnershipControls',
    'owner',
    'document',
    on('ownershipControls'),
  ),
  DeleteBucketOwnershipControls: row(
    'DELETE bucket',
    's3:PutBucketOwnershipControls',
    'owner',
    'none',
    on('ownershipControls'),
  ),
  GetPublicAccessBlock: row('GET bucket', 's3:GetBucketPublicAccessBlock', 'owner', 'none', on('publicAccessBlock')),
  PutPublicAccessBlock: row(
    'PUT bucket',
    's3:PutBucketPublicAccessBlock',
    'owner',
    'document',
    on('publicAccessBlock'),
  ),
  DeletePublicAccessBlock: row(
    'DELETE bucket',
    's3:PutBucketPublicAccessBlock',
    'owner',
    'none',
    on('publicAccessBlock'),
  ),
  GetBucketVersioning: row('GET bucket', 's3:GetBucketVersioning', 'owner', 'none', on('versioning')),
  PutBucketVersioning: row('PUT bucket', 's3:PutBucketVersioning', 'owner', 'document', on('versioning')),
  GetBucketTagging: row('GET bucket', 's3:GetBucketTagging', 'owner', 'none', on('tagging')),
  PutBucketTagging: row('PUT bucket', 's3:PutBucketTagging', 'owner', 'document', on('tagging')),
  DeleteBucketTagging: row('DELETE bucket', 's3:PutBucketTagging', 'owner', 'none', on('tagging')),
  GetBucketEncryption: row('GET bucket', 's3:GetEncryptionConfiguration', 'owner', 'none', on('encryption')),
  PutBucketEncryption: row('PUT bucket', 's3:PutEncryptionConfiguration', 'owner', 'document', on('encryption')),
  DeleteBucketEncryption: row('DELETE bucket', 's3:PutEncryptionConfiguration', 'owner', 'none', on('encryption')),
  GetObjectLockConfiguration: row(
    'GET bucket',
    's3:GetBucketObjectLockConfiguration',
    'owner',
    'none',
    on('object-lock'),
  ),
  PutObjectLockConfiguration: row(
    'PUT bucket',
    's3:PutBucketObjectLockConfiguration',
    'owner',
    'document',
    on('object-lock'),
  ),
  GetBucketLifecycleConfiguration: row('GET bucket', 's3:GetLifecycleConfiguration', 'owner', 'none', on('lifecycle')),
  PutBucketLifecycleConfiguration: row(
    'PUT bucket',
    's3:PutLifecycleConfiguration',
    'owner',
    'document',
    on('lifecycle'),
  ),
  DeleteBucketLifecycle: row('DELETE bucket', 's3:PutLifecycleConfiguration', 'owner', 'none', on('lifecycle')),
  GetBucketRequestPayment: row('GET bucket', 's3:GetBucketRequestPayment', 'owner', 'none', on('requestPayment')),
  PutBucketRequestPayment: row('PUT bucket', 's3:PutBucketRequestPayment', 'owner', 'document', on('requestPayment')),
  GetBucketWebsite: row('GET bucket', 's3:GetBucketWebsite', 'owner', 'none', on('website')),
  PutBucketWebsite: row('PUT bucket', 's3:PutBucketWebsite', 'owner', 'document', on('website')),
  DeleteBucketWebsite: row('DELETE bucket', 's3:DeleteBucketWebsite', 'owner', 'none', on('website')),
  GetBucketLogging: row('GET bucket', 's3:GetBucketLogging', 'owner', 'none', on('logging')),
  PutBucketLogging: row('PUT bucket', 's3:PutBucketLogging', 'owner', 'document', on('logging')),
  GetBucketNotificationConfiguration: row(
    'GET bucket',
    's3:GetBucketNotification',
    'owner',
    'none',
    on('notification'),
  ),
  PutBucketNotificationConfiguration: row(
    'PUT bucket',
    's3:PutBucketNotification',
    'owner',
    'document',
    on('notification'),
  ),
  GetBucketReplication: row('GET bucket', 's3:GetReplicationConfiguration', 'owner', 'none', on('replication')),
  PutBucketReplication: row('PUT bucket', 's3:PutReplicationConfiguration', 'owner', 'document', on('replication')),
  DeleteBucketReplication: row('DELETE bucket', 's3:PutReplicationConfiguration', 'owner', 'none', on('replication')),
  GetBucketAccelerateConfiguration: row(
    'GET bucket',
    's3:GetAccelerateConfiguration',
    'owner',
    'none',
    on('accelerate'),
  ),
  PutBucketAccelerateConfiguration: row(
    'PUT bucket',
    's3:PutAccelerateConfiguration',
    'owner',
    'document',
    on('accelerate'),
  ),
  GetBucketAbac: row('GET bucket', 's3:GetBucketAbac', 'owner', 'none', on('abac')),
  PutBucketAbac: row('PUT bucket', 's3:PutBucketAbac', 'owner', 'document', on('abac')),
  GetBucketAnalyticsConfiguration: row(
    'GET bucket',
    's3:GetAnalyticsConfiguration',
    'owner',
    'none',
    on('analytics', 'id'),
  ),
  ListBucketAnalyticsConfigurations: row('GET bucket', 's3:GetAnalyticsConfiguration', 'owner', 'none', {
    select: ['analytics'],
    parameters: ['continuation-token'],
  }),
  PutBucketAnalyticsConfiguration: row(
    'PUT bucket',
    's3:PutAnalyticsConfiguration',
    'owner',
    'document',
    on('analytics', 'id'),
  ),
  DeleteBucketAnalyticsConfiguration: row(
    'DELETE bucket',
    's3:PutAnalyticsConfiguration',
    'owner',
    'none',
    on('analytics', 'id'),
  ),
  GetBucketIntelligentTieringConfiguration: row(
    'GET bucket',
    's3:GetIntelligentTieringConfiguration',
    'owner',
    'none',
    on('intelligent-tiering', 'id'),
  ),
  ListBucketIntelligentTieringConfigurations: row(
    'GET bucket',
    's3:GetIntelligentTieringConfiguration',
    'owner',
    'none',
    {
      select: ['intelligent-tiering'],
      parameters: ['continuation-token'],
    },
  ),
  PutBucketIntelligentTieringConfiguration: row(
    'PUT bucket',
    's3:PutIntelligentTieringConfiguration',
    'owner',
    'document',
    on('intelligent-tiering', 'id'),
  ),
  DeleteBucketIntelligentTieringConfiguration: row(
    'DELETE bucket',
    's3:PutIntelligentTieringConfiguration',
    'owner',
    'none',
    on('intelligent-tiering', 'id'),
  ),
  GetBucketInventoryConfiguration: row(
    'GET bucket',
    's3:GetInventoryConfiguration',
    'owner',
    'none',
    on('inventory', 'id'),
  ),
  ListBucketInventoryConfigurations: row('GET bucket', 's3:GetInventoryConfiguration', 'owner', 'none', {
    select: ['inventory'],
    parameters: ['continuation-token'],
  }),
  PutBucketInventoryConfiguration: row(
    'PUT bucket',
    's3:PutInventoryConfiguration',
    'owner',
    'document',
    on('inventory', 'id'),
  ),
  DeleteBucketInventoryConfiguration: row(
    'DELETE bucket',
    's3:PutInventoryConfiguration',
    'owner',
    'none',
    on('inventory', 'id'),
  ),
  GetBucketMetricsConfiguration: row('GET bucket', 's3:GetMetricsConfiguration', 'owner', 'none', on('metrics', 'id')),
  ListBucketMetricsConfigurations: row('GET bucket', 's3:GetMetricsConfiguration', 'owner', 'none', {
    select: ['metrics'],
    parameters: ['continuation-token'],
  }),
  PutBucketMetricsConfiguration: row(
    'PUT bucket',
    's3:PutMetricsConfiguration',
    'owner',
    'document',
    on('metrics', 'id'),
  ),
  DeleteBucketMetricsConfiguration: row(
    'DELETE bucket',
    's3:PutMetricsConfiguration',
    'owner',
    'none',
    on('metrics', 'id'),
  ),
  CreateBucketMetadataConfiguration: row(
    'POST bucket',
    's3:CreateBucketMetadataTableConfiguration',
    'owner',
    'document',
    on('metadataConfiguration'),
  ),
  GetBucketMetadataConfiguration: row(
    'GET bucket',
    's3:GetBucketMetadataTableConfiguration',
    'owner',
    'none',
    on('metadataConfiguration'),
  ),
  DeleteBucketMetadataConfiguration: row(
    'DELETE bucket',
    's3:DeleteBucketMetadataTableConfiguration',
    'owner',
    'none',
    on('metadataConfiguration'),
  ),
  CreateBucketMetadataTableConfiguration: row(
    'POST bucket',
    's3:CreateBucketMetadataTableConfiguration',
    'owner',
    'document',
    on('metadataTable'),
  ),
  GetBucketMetadataTableConfiguration: row(
    'GET bucket',
    's3:GetBucketMetadataTableConfiguration',
    'owner',
    'none',
    on('metadataTable'),
  ),
  DeleteBucketMetadataTableConfiguration: row(
    'DELETE bucket',
    's3:DeleteBucketMetadataTableConfiguration',
    'owner',
    'none',
    on('metadataTable'),
  ),
  UpdateBucketMetadataInventoryTableConfiguration: row(
    'PUT bucket',
    's3:UpdateBucketMetadataInventoryTableConfiguration',
    'owner',
    'document',
    on('metadataInventoryTable'),
  ),
  UpdateBucketMetadataJournalTableConfiguration: row(
    'PUT bucket',
    's3:UpdateBucketMetadataJournalTableConfiguration',
    'owner',
    'document',
    on('metadataJournalTable'),
  ),
  UpdateBucketMetadataAnnotationTableConfiguration: row(
    'PUT bucket',
    's3:UpdateBucketMetadataAnnotationTableConfiguration',
    'owner',
    'document',
    on('metadataAnnotationTable'),
  ),
  CreateSession: row('GET bucket', 's3express:CreateSession', 'owner', 'none', on('session')),

  GetObject: row('GET object', 's3:GetObject', 'object:READ', 'none', {
    parameters: ['versionId', 'partNumber', ...OVERRIDES],
    versionAction: 's3:GetObjectVersion',
    reads: 'body',
  }),
  HeadObject: row('HEAD object', 's3:GetObject', 'object:READ', 'none', {
    parameters: ['versionId', 'partNumber', ...OVERRIDES],
    versionAction: 's3:GetObjectVersion',
  }),
  PutObject: row('PUT object', 's3:PutObject', 'bucket:WRITE', 'object'),
  CopyObject: row('PUT object', 's3:PutObject', 'bucket:WRITE', 'none', {
    header: 'x-amz-copy-source',
    mayBeLate: true,
  }),
  DeleteObject: row('DELETE object', 's3:DeleteObject', 'bucket:WRITE', 'none', {
    parameters: ['versionId'],
    versionAction: 's3:DeleteObjectVersion',
    versionNeed: 'owner',
  }),
  GetObjectAcl: row('GET object', 's3:GetObjectAcl', 'object:READ_ACP', 'none', {
    select: ['acl'],
    parameters: ['versionId'],
    versionAction: 's3:GetObjectVersionAcl',
  }),
  PutObjectAcl: row('PUT object', 's3:PutObjectAcl', 'object:WRITE_ACP', 'document', {
    select: ['acl'],
    parameters: ['versionId'],
    versionAction: 's3:PutObjectVersionAcl',
  }),
  GetObjectAttributes: row('GET object', 's3:GetObjectAttributes', 'object:READ', 'none', {
    select: ['attributes'],
    parameters: ['versionId'],
    versionAction: 's3:GetObjectVersionAttributes',
  }),
  GetObjectTagging: row('GET object', 's3:GetObjectTagging', 'owner', 'none', {
    select: ['tagging'],
    parameters: ['versionId'],
    versionAction: 's3:GetObjectVersionTagging',
  }),
  PutObjectTagging: row('PUT object', 's3:PutObjectTagging', 'owner', 'document', {
    select: ['tagging'],
    parameters: ['versionId'],
    versionAction: 's3:PutObjectVersionTagging',
    saysMore: true,
  }),
  DeleteObjectTagging: row('DELETE object', 's3:DeleteObjectTagging', 'owner', 'none', {
    select: ['tagging'],
    parameters: ['versionId'],
    versionAction: 's3:DeleteObjectVersionTagging',
  }),
  GetObjectRetention: row('GET object', 's3:GetObjectRetention', 'owner', 'none', {
    select: ['retention'],
    parameters: ['versionId'],
  }),
  PutObjectRetention: row('PUT object', 's3:PutObjectRetention', 'owner', 'document', {
    select: ['retention'],
    parameters: ['versionId'],
    saysMore: true,
  }),
  GetObjectLegalHold: row('GET object', 's3:GetObjectLegalHold', 'owner', 'none', {
    select: ['legal-hold'],
    parameters: ['versionId'],
  }),
  PutObjectLegalHold: row('PUT object', 's3:PutObjectLegalHold', 'owner', 'document', {
    select: ['legal-hold'],
    parameters: ['versionId'],
    saysMore: true,
  }),
  GetObjectTorrent: row('GET object', 's3:GetObject', 'object:READ', 'none', on('torrent')),
  GetObjectAnnotation: row('GET object', 's3:GetObjectAnnotation', 'owner', 'none', {
    select: ['annotation', 'annotationName'],
    parameters: ['versionId'],
  }),
  ListObjectAnnotations: row('GET object', 's3:ListObjectAnnotations', 'owner', 'none', {
    select: ['annotation'],
    parameters: ['versionId', 'continuation-token', 'max-annotation-results', 'annotation-prefix'],
  }),
  PutObjectAnnotation: row('PUT object', 's3:PutObjectAnnotation', 'owner', 'object', {
    select: ['annotation', 'annotationName'],
    parameters: ['versionId'],
  }),
  DeleteObjectAnnotation: row('DELETE object', 's3:DeleteObjectAnnotation', 'owner', 'none', {
    select: ['annotation', 'annotationName'],
    parameters: ['versionId'],
  }),
  RenameObject: row('PUT object', 's3express:CreateSession', 'bucket:WRITE', 'none', on('renameObject')),
  RestoreObject: row('POST object', 's3:RestoreObject', 'owner', 'document', {
    select: ['restore'],
    parameters: ['versionId'],
  }),
  SelectObjectContent: row('POST object', 's3:GetObject', 'object:READ', 'document', on('select', 'select-type=2')),
  UpdateObjectEncryption: row('PUT object', 's3:UpdateObjectEncryption', 'owner', 'document', {
    select: ['encryption'],
    parameters: ['versionId'],
  }),

  CreateMultipartUpload: row('POST object', 's3:PutObject', 'bucket:WRITE', 'none', on('uploads')),
  UploadPart: row('PUT object', 's3:PutObject', 'bucket:WRITE', 'object', on('uploadId', 'partNumber')),
  UploadPartCopy: row('PUT object', 's3:PutObject', 'bucket:WRITE', 'none', {
    select: ['uploadId', 'partNumber'],
    header: 'x-amz-copy-source',
    mayBeLate: true,
  }),
  ListParts: row('GET object', 's3:ListMultipartUploadParts', 'upload', 'none', {
    select: ['uploadId'],
    parameters: ['max-parts', 'part-number-marker', 'encoding-type'],
  }),
  CompleteMultipartUpload: row('POST object', 's3:PutObject', 'bucket:WRITE', 'document', {
    select: ['uploadId'],
    mayBeLate: true,
  }),
  AbortMultipartUpload: row('DELETE object', 's3:AbortMultipartUpload', 'upload', 'none', on('uploadId')),

  PreflightService: row('OPTIONS service', 'cors', 'anyone', 'none'),
  PreflightBucket: row('OPTIONS bucket', 'cors', 'anyone', 'none'),
  PreflightObject: row('OPTIONS object', 'cors', 'anyone', 'none'),
} as const satisfies Record<string, OperationRow>;

export type OperationName = keyof typeof ROWS;

export const OPERATIONS: Readonly<Record<OperationName, OperationRow>> = Object.freeze(ROWS);
