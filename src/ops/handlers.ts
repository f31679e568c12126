/**
 * Which operations are built. The compiler proves that every row of the table has its line here; an operation without a
 * handler answers `501 NotImplemented` by name.
 */

import { createBucket, deleteBucket, getBucketLocation, headBucket } from './buckets.ts';
import { copyObject, uploadPartCopy } from './copy.ts';
import { deleteBucketCors, getBucketCors, preflight, putBucketCors } from './cors.ts';
import { deleteObject, deleteObjects } from './delete.ts';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './encryption/bucket.ts';
import { listObjects, listObjectsV2 } from './listing.ts';
import {
  getObjectLegalHold,
  getObjectLockConfiguration,
  getObjectRetention,
  putObjectLegalHold,
  putObjectLockConfiguration,
  putObjectRetention,
} from './lock.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart.ts';
import { getObjectAttributes } from './object-attributes.ts';
import { getObject, headObject, putObject } from './objects.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './owner.ts';
import { deleteBucketOwnershipControls, getBucketOwnershipControls, putBucketOwnershipControls } from './ownership.ts';
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './policy.ts';
import { postObject } from './post-object.ts';
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access.ts';
import { getBucketRequestPayment, putBucketRequestPayment } from './request-payment.ts';
import { listBuckets } from './service.ts';
import type { OperationName } from './table.ts';
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from './tagging.ts';
import type { Handler } from './types.ts';
import { getBucketVersioning, putBucketVersioning } from './versioning.ts';
import { listObjectVersions } from './versions-list.ts';

export const HANDLERS: Readonly<Record<OperationName, Handler | undefined>> = Object.freeze({
  ListBuckets: listBuckets,
  WriteGetObjectResponse: undefined,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  PostObject: postObject,
  GetBucketAcl: getBucketAcl,
  PutBucketAcl: putBucketAcl,
  GetBucketCors: getBucketCors,
  PutBucketCors: putBucketCors,
  DeleteBucketCors: deleteBucketCors,
  GetBucketPolicy: getBucketPolicy,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  GetBucketOwnershipControls: getBucketOwnershipControls,
  PutBucketOwnershipControls: putBucketOwnershipControls,
  DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
  GetPublicAccessBlock: getPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketTagging: getBucketTagging,
  PutBucketTagging: putBucketTagging,
  DeleteBucketTagging: deleteBucketTagging,
  GetBucketEncryption: getBucketEncryption,
  PutBucketEncryption: putBucketEncryption,
  DeleteBucketEncryption: deleteBucketEncryption,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  GetBucketLifecycleConfiguration: undefined,
  PutBucketLifecycleConfiguration: undefined,
  DeleteBucketLifecycle: undefined,
  GetBucketRequestPayment: getBucketRequestPayment,
  PutBucketRequestPayment: putBucketRequestPayment,
  GetBucketWebsite: undefined,
  PutBucketWebsite: undefined,
  DeleteBucketWebsite: undefined,
  GetBucketLogging: undefined,
  PutBucketLogging: undefined,
  GetBucketNotificationConfiguration: undefined,
  PutBucketNotificationConfiguration: undefined,
  GetBucketReplication: undefined,
  PutBucketReplication: undefined,
  DeleteBucketReplication: undefined,
  GetBucketAccelerateConfiguration: undefined,
  PutBucketAccelerateConfiguration: undefined,
  GetBucketAbac: undefined,
  PutBucketAbac: undefined,
  GetBucketAnalyticsConfiguration: undefined,
  ListBucketAnalyticsConfigurations: undefined,
  PutBucketAnalyticsConfiguration: undefined,
  DeleteBucketAnalyticsConfiguration: undefined,
  GetBucketIntelligentTieringConfiguration: undefined,
  ListBucketIntelligentTieringConfigurations: undefined,
  PutBucketIntelligentTieringConfiguration: undefined,
  DeleteBucketIntelligentTieringConfiguration: undefined,
  GetBucketInventoryConfiguration: undefined,
  ListBucketInventoryConfigurations: undefined,
  PutBucketInventoryConfiguration: undefined,
  DeleteBucketInventoryConfiguration: undefined,
  GetBucketMetricsConfiguration: undefined,
  ListBucketMetricsConfigurations: undefined,
  PutBucketMetricsConfiguration: undefined,
  DeleteBucketMetricsConfiguration: undefined,
  CreateBucketMetadataConfiguration: undefined,
  GetBucketMetadataConfiguration: undefined,
  DeleteBucketMetadataConfiguration: undefined,
  CreateBucketMetadataTableConfiguration: undefined,
  GetBucketMetadataTableConfiguration: undefined,
  DeleteBucketMetadataTableConfiguration: undefined,
  UpdateBucketMetadataInventoryTableConfiguration: undefined,
  UpdateBucketMetadataJournalTableConfiguration: undefined,
  UpdateBucketMetadataAnnotationTableConfiguration: undefined,
  CreateSession: undefined,
  GetObject: getObject,
  HeadObject: headObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  GetObjectAcl: getObjectAcl,
  PutObjectAcl: putObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  GetObjectRetention: getObjectRetention,
  PutObjectRetention: putObjectRetention,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
  GetObjectTorrent: undefined,
  GetObjectAnnotation: undefined,
  ListObjectAnnotations: undefined,
  PutObjectAnnotation: undefined,
  DeleteObjectAnnotation: undefined,
  RenameObject: undefined,
  RestoreObject: undefined,
  SelectObjectContent: undefined,
  UpdateObjectEncryption: undefined,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  PreflightService: preflight,
  PreflightBucket: preflight,
  PreflightObject: preflight,
});
