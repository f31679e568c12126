/**
 * S3's actions, as policies name them, each with what it is on. A policy that names another one is refused: it would be
 * stored and mean nothing.
 *
 * Source: "Actions, resources, and condition keys for Amazon S3". `test/unit/policy-tables.test.ts` holds the actions of
 * `ops/table.ts` against it. Left out: actions on other resources than buckets and objects (access points, jobs, Storage Lens).
 */

const ON_OBJECTS = [
  ...['AbortMultipartUpload', 'BypassGovernanceRetention', 'DeleteObject', 'DeleteObjectAnnotation'],
  ...['DeleteObjectTagging', 'DeleteObjectVersion', 'DeleteObjectVersionTagging', 'GetObject', 'GetObjectAcl'],
  ...['GetObjectAnnotation', 'GetObjectAttributes', 'GetObjectLegalHold', 'GetObjectRetention', 'GetObjectTagging'],
  ...['GetObjectTorrent', 'GetObjectVersion', 'GetObjectVersionAcl', 'GetObjectVersionAttributes'],
  ...['GetObjectVersionForReplication', 'GetObjectVersionTagging', 'GetObjectVersionTorrent'],
  ...['ListMultipartUploadParts', 'ListObjectAnnotations', 'ObjectOwnerOverrideToBucketOwner', 'PutObject'],
  ...['PutObjectAcl', 'PutObjectAnnotation', 'PutObjectLegalHold', 'PutObjectRetention', 'PutObjectTagging'],
  ...['PutObjectVersionAcl', 'PutObjectVersionTagging', 'ReplicateDelete', 'ReplicateObject', 'ReplicateTags'],
  ...['RestoreObject', 'UpdateObjectEncryption'],
];

const ON_BUCKETS = [
  ...['CreateBucket', 'CreateBucketMetadataTableConfiguration', 'DeleteBucket'],
  ...['DeleteBucketMetadataTableConfiguration', 'DeleteBucketPolicy', 'DeleteBucketWebsite'],
  ...['GetAccelerateConfiguration', 'GetAnalyticsConfiguration', 'GetBucketAbac', 'GetBucketAcl', 'GetBucketCORS'],
  ...['GetBucketLocation', 'GetBucketLogging', 'GetBucketMetadataTableConfiguration', 'GetBucketNotification'],
  ...['GetBucketObjectLockConfiguration', 'GetBucketOwnershipControls', 'GetBucketPolicy', 'GetBucketPolicyStatus'],
  ...['GetBucketPublicAccessBlock', 'GetBucketRequestPayment', 'GetBucketTagging', 'GetBucketVersioning'],
  ...['GetBucketWebsite', 'GetEncryptionConfiguration', 'GetIntelligentTieringConfiguration'],
  ...['GetInventoryConfiguration', 'GetLifecycleConfiguration', 'GetMetricsConfiguration'],
  ...['GetReplicationConfiguration', 'ListBucket', 'ListBucketMultipartUploads', 'ListBucketVersions'],
  ...['PutAccelerateConfiguration', 'PutAnalyticsConfiguration', 'PutBucketAbac', 'PutBucketAcl', 'PutBucketCORS'],
  ...['PutBucketLogging', 'PutBucketNotification', 'PutBucketObjectLockConfiguration', 'PutBucketOwnershipControls'],
  ...['PutBucketPolicy', 'PutBucketPublicAccessBlock', 'PutBucketRequestPayment', 'PutBucketTagging'],
  ...['PutBucketVersioning', 'PutBucketWebsite', 'PutEncryptionConfiguration', 'PutIntelligentTieringConfiguration'],
  ...['PutInventoryConfiguration', 'PutLifecycleConfiguration', 'PutMetricsConfiguration'],
  ...['PutReplicationConfiguration', 'UpdateBucketMetadataAnnotationTableConfiguration'],
  ...['UpdateBucketMetadataInventoryTableConfiguration', 'UpdateBucketMetadataJournalTableConfiguration'],
];

export interface PolicyAction {
  /** `s3:GetObject`. */
  readonly name: string;
  readonly on: 'bucket' | 'object';
}

const named = (names: readonly string[], on: PolicyAction['on']): readonly PolicyAction[] =>
  names.map((name) => Object.freeze({ name: `s3:${name}`, on }));

export const POLICY_ACTIONS: readonly PolicyAction[] = Object.freeze([
  ...named(ON_OBJECTS, 'object'),
  ...named(ON_BUCKETS, 'bucket'),
]);
