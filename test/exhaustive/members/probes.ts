/**
 * What shows that a member is looked at: a value, and what it makes of the example request of an operation.
 *
 * By member, or by operation and member where it means something else there. `is` is S3's error code where the value must be
 * refused (in a batch: of the entry); else `kept` (what is stored afterwards differs), `answered` (the answer differs) or `allowed` (what
 * is denied without it is done). Values may name what `stage.ts` has prepared.
 */

import { CHECKSUM_BYTES } from '../../../src/base/checksum.ts';
import type { InputMember } from '../../support/service-model.ts';
import type { Example } from './examples.ts';

export interface Probe {
  readonly value: string;
  readonly is: string;
  /** What else the request must say for the member to have a meaning, with or without it. */
  readonly given?: Example;
}

const probe = (value: string, is: string, given: Example = {}): Probe => ({ value, is, given });

/** A write that says how it is encrypted. */
const KMS: Example = { headers: { 'x-amz-server-side-encryption': 'aws:kms' } };

const EVERYBODY = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"';
const LONG_AGO = 'Thu, 01 Jan 2015 00:00:00 GMT';

/** Checksums of something else, as long as they must be. */
const CHECKSUMS: readonly (readonly [name: string, value: string])[] = Object.entries(CHECKSUM_BYTES).map(
  ([algorithm, bytes]) => [algorithm, Buffer.alloc(bytes).toString('base64')],
);

/** Members that mean the same wherever they are. */
const EVERYWHERE: Readonly<Record<string, Probe>> = {
  'x-amz-expected-bucket-owner': probe('somebody-else', 'AccessDenied'),
  'x-amz-source-expected-bucket-owner': probe('somebody-else', 'AccessDenied'),
  'x-amz-request-payer': probe('requester', 'allowed', { setting: 'requester pays' }),
  'x-amz-acl': probe('public-read', 'kept'),
  'x-amz-grant-full-control': probe(EVERYBODY, 'kept'),
  'x-amz-grant-read': probe(EVERYBODY, 'kept'),
  'x-amz-grant-read-acp': probe(EVERYBODY, 'kept'),
  'x-amz-grant-write': probe(EVERYBODY, 'kept'),
  'x-amz-grant-write-acp': probe(EVERYBODY, 'kept'),
  'x-amz-meta-': probe('told', 'kept'),
  'x-amz-storage-class': probe('REDUCED_REDUNDANCY', 'kept'),
  'x-amz-website-redirect-location': probe('/elsewhere', 'kept'),
  'cache-control': probe('no-store', 'kept'),
  'content-disposition': probe('attachment', 'kept'),
  'content-encoding': probe('gzip', 'kept'),
  'content-language': probe('de', 'kept'),
  'content-type': probe('text/x-told', 'kept'),
  expires: probe(LONG_AGO, 'kept'),
  'content-length': probe('99999999999999', 'EntityTooLarge'),
  'content-md5': probe('AAAAAAAAAAAAAAAAAAAAAA==', 'BadDigest'),
  'x-amz-sdk-checksum-algorithm': probe('CRC32', 'InvalidRequest'),
  ...Object.fromEntries(
    CHECKSUMS.map(([name, value]) => [`x-amz-checksum-${name.toLowerCase()}`, probe(value, 'BadDigest')]),
  ),
  'x-amz-checksum-type': probe('COMPOSITE', 'BadDigest'),
  'x-amz-checksum-algorithm': probe('SHA1', 'kept'),
  'x-amz-checksum-mode': probe('ENABLED', 'answered'),
  'x-amz-copy-source': probe('/{bucket}/nothing', 'NoSuchKey'),
  'x-amz-copy-source-range': probe('bytes=0-1', 'kept'),
  'x-amz-copy-source-if-match': probe('"another"', 'PreconditionFailed'),
  'x-amz-copy-source-if-none-match': probe('*', 'PreconditionFailed'),
  'x-amz-copy-source-if-modified-since': probe('{now}', 'PreconditionFailed'),
  'x-amz-copy-source-if-unmodified-since': probe(LONG_AGO, 'PreconditionFailed'),
  'x-amz-metadata-directive': probe('REPLACE', 'kept'),
  'x-amz-server-side-encryption': probe('AES256', 'kept'),
  'x-amz-server-side-encryption-aws-kms-key-id': probe('no-such-key', 'KMS.NotFoundException', KMS),
  'x-amz-server-side-encryption-context': probe('bm90IEpTT04=', 'InvalidArgument', KMS),
  'x-amz-server-side-encryption-bucket-key-enabled': probe('perhaps', 'InvalidArgument', KMS),
  ...Object.fromEntries(
    ['x-amz-', 'x-amz-copy-source-'].flatMap((prefix) => [
      [`${prefix}server-side-encryption-customer-algorithm`, probe('AES128', 'InvalidEncryptionAlgorithmError')],
      [`${prefix}server-side-encryption-customer-key`, probe('A'.repeat(44), 'InvalidArgument')],
      [`${prefix}server-side-encryption-customer-key-md5`, probe('A'.repeat(24), 'InvalidArgument')],
    ]),
  ),
  'x-amz-tagging': probe('told=so', 'kept'),
  'x-amz-tagging-directive': probe('REPLACE', 'kept'),
  'x-amz-object-lock-mode': probe('COMPLIANCE', 'kept', {
    setting: 'locked',
    headers: { 'x-amz-object-lock-retain-until-date': '{later}' },
  }),
  'x-amz-object-lock-retain-until-date': probe('{later}', 'kept', {
    setting: 'locked',
    headers: { 'x-amz-object-lock-mode': 'GOVERNANCE' },
  }),
  'x-amz-object-lock-legal-hold': probe('ON', 'kept', { setting: 'locked' }),
  'x-amz-bucket-object-lock-enabled': probe('true', 'kept'),
  'x-amz-bypass-governance-retention': probe('true', 'allowed', {
    setting: 'locked',
    query: { versionId: '{version}' },
  }),
  'x-amz-object-ownership': probe('BucketOwnerEnforced', 'kept'),
  'x-amz-mp-object-size': probe('1', 'InvalidRequest'),
  'x-amz-object-attributes': probe('ObjectSize', 'answered'),
  'x-amz-max-parts': probe('some', 'InvalidArgument'),
  'x-amz-part-number-marker': probe('some', 'InvalidArgument'),
  'if-match': probe('"another"', 'PreconditionFailed'),
  'if-none-match': probe('*', 'PreconditionFailed'),
  'if-modified-since': probe('{now}', 'answered'),
  'if-unmodified-since': probe(LONG_AGO, 'PreconditionFailed'),
  range: probe('bytes=0-1', 'answered'),

  'response-cache-control': probe('no-store', 'answered'),
  'response-content-disposition': probe('attachment', 'answered'),
  'response-content-encoding': probe('gzip', 'answered'),
  'response-content-language': probe('de', 'answered'),
  'response-content-type': probe('text/x-told', 'answered'),
  'response-expires': probe(LONG_AGO, 'answered'),
  versionId: probe('no-such-version', 'NoSuchVersion'),
  partNumber: probe('0', 'InvalidArgument'),
  uploadId: probe('no-such-upload', 'NoSuchUpload'),
  prefix: probe('folder/', 'answered'),
  delimiter: probe('/', 'answered'),
  'encoding-type': probe('url', 'answered'),
  'max-keys': probe('1', 'answered'),
  'max-uploads': probe('1', 'answered'),
  'max-parts': probe('1', 'answered'),
  'max-buckets': probe('1', 'answered'),
  marker: probe('key', 'answered'),
  'start-after': probe('key', 'answered'),
  'key-marker': probe('key', 'answered'),
  'part-number-marker': probe('1', 'answered'),
  'upload-id-marker': probe('{upload}', 'answered', { query: { 'key-marker': 'key' } }),
  'version-id-marker': probe('{version}', 'answered', { query: { 'key-marker': 'key' } }),
  'continuation-token': probe('no-such-token', 'InvalidArgument'),
  'fetch-owner': probe('true', 'answered'),
  'bucket-region': probe('another-region', 'answered'),
};

const ACL_HEADERS = [
  'x-amz-acl',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
];
const METADATA = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-meta-',
];

/** The same members of several operations, each with something given. */
const together = (operations: readonly string[], members: readonly string[], given: Example) =>
  operations.flatMap((operation) =>
    members.map((name) => [`${operation} ${name}`, { ...EVERYWHERE[name], given }] as const),
  );

/** Where a member means something else, or needs something else beside it. */
const SOMEWHERE: Readonly<Record<string, Probe>> = {
  ...Object.fromEntries(together(['PutBucketAcl', 'PutObjectAcl'], ACL_HEADERS, { document: undefined })),
  ...Object.fromEntries(together(['CopyObject'], METADATA, { headers: { 'x-amz-metadata-directive': 'REPLACE' } })),
  'CopyObject x-amz-tagging': probe('told=so', 'kept', { headers: { 'x-amz-tagging-directive': 'REPLACE' } }),
  'DeleteObjects x-amz-bypass-governance-retention': probe('true', 'kept', {
    setting: 'locked',
    document: { Delete: { Object: { Key: 'key', VersionId: '{version}' } } },
  }),
  'PutObjectRetention x-amz-bypass-governance-retention': probe('true', 'allowed', {
    setting: 'locked',
    query: { versionId: '{version}' },
    document: { Retention: { Mode: 'GOVERNANCE', RetainUntilDate: '{soon}' } },
  }),
  'GetObject if-none-match': probe('*', 'answered'),
  'HeadObject if-none-match': probe('*', 'answered'),
  'DeleteObject versionId': probe('{version}', 'kept'),
  'CreateMultipartUpload x-amz-checksum-type': probe('FULL_OBJECT', 'kept', {
    headers: { 'x-amz-checksum-algorithm': 'CRC32' },
  }),
  // Checksums of a whole that cannot be put together from its parts' must have been asked for when the upload began.
  ...Object.fromEntries(
    CHECKSUMS.filter(([name]) => !name.startsWith('CRC')).map(([name, value]) => [
      `CompleteMultipartUpload x-amz-checksum-${name.toLowerCase()}`,
      probe(value, 'InvalidRequest'),
    ]),
  ),
  'PutObject Body': probe('yet another text', 'kept'),
  'UploadPart Body': probe('yet another part', 'kept'),
  'PutBucketPolicy Policy': probe('{"Version":"2012-10-17","Statement":[]}', 'MalformedPolicy'),
};

const GRANT = 'AccessControlPolicy/AccessControlList/Grant';
const named = (type: string): Example => ({
  document: {
    AccessControlPolicy: {
      Owner: { ID: '{alice}' },
      AccessControlList: { Grant: { Grantee: { '@xsi:type': type }, Permission: 'READ' } },
    },
  },
});

/** By the element's path. */
const ELEMENTS: Readonly<Record<string, Probe>> = {
  'CreateBucketConfiguration/LocationConstraint': probe('mars-east-1', 'InvalidLocationConstraint'),
  'AccessControlPolicy/Owner/ID': probe('{bob}', 'AccessDenied'),
  [`${GRANT}/Permission`]: probe('READ', 'kept'),
  [`${GRANT}/Grantee/ID`]: probe('{bob}', 'kept'),
  [`${GRANT}/Grantee@xsi:type`]: probe('Group', 'MalformedACLError'),
  [`${GRANT}/Grantee/EmailAddress`]: probe('alice@example.org', 'kept', named('AmazonCustomerByEmail')),
  [`${GRANT}/Grantee/URI`]: probe('http://acs.amazonaws.com/groups/global/AllUsers', 'kept', named('Group')),
  'CORSConfiguration/CORSRule/ID': probe('told', 'kept'),
  'CORSConfiguration/CORSRule/AllowedHeader': probe('x-told', 'kept'),
  'CORSConfiguration/CORSRule/AllowedMethod': probe('PUT', 'kept'),
  'CORSConfiguration/CORSRule/AllowedOrigin': probe('https://b.example', 'kept'),
  'CORSConfiguration/CORSRule/ExposeHeader': probe('x-told', 'kept'),
  'CORSConfiguration/CORSRule/MaxAgeSeconds': probe('60', 'kept'),
  'OwnershipControls/Rule/ObjectOwnership': probe('BucketOwnerEnforced', 'kept'),
  'PublicAccessBlockConfiguration/BlockPublicAcls': probe('true', 'kept'),
  'PublicAccessBlockConfiguration/IgnorePublicAcls': probe('true', 'kept'),
  'PublicAccessBlockConfiguration/BlockPublicPolicy': probe('true', 'kept'),
  'PublicAccessBlockConfiguration/RestrictPublicBuckets': probe('true', 'kept'),
  'RequestPaymentConfiguration/Payer': probe('Requester', 'kept'),
  'VersioningConfiguration/Status': probe('Suspended', 'kept'),
  'Delete/Object/Key': probe('source', 'kept'),
  'Delete/Object/VersionId': probe('{version}', 'kept'),
  'Delete/Object/ETag': probe('"another"', 'PreconditionFailed'),
  'Delete/Quiet': probe('true', 'answered'),
  'CompleteMultipartUpload/Part/PartNumber': probe('3', 'InvalidPart'),
  'CompleteMultipartUpload/Part/ETag': probe('"another"', 'InvalidPart'),
  ...Object.fromEntries(
    CHECKSUMS.map(([name, value]) => [`CompleteMultipartUpload/Part/Checksum${name}`, probe(value, 'InvalidPart')]),
  ),
  'Tagging/TagSet/Tag/Key': probe('told', 'kept'),
  'Tagging/TagSet/Tag/Value': probe('told', 'kept'),
  'LegalHold/Status': probe('OFF', 'kept'),
  'Retention/Mode': probe('COMPLIANCE', 'kept'),
  'Retention/RetainUntilDate': probe('2100-01-01T00:00:00Z', 'kept'),
  'ObjectLockConfiguration/ObjectLockEnabled': probe('Disabled', 'MalformedXML'),
  'ObjectLockConfiguration/Rule/DefaultRetention/Mode': probe('COMPLIANCE', 'kept'),
  'ObjectLockConfiguration/Rule/DefaultRetention/Days': probe('2', 'kept'),
  'ObjectLockConfiguration/Rule/DefaultRetention/Years': probe('1', 'MalformedXML'),
  'ServerSideEncryptionConfiguration/Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm': probe('aws:kms', 'kept'),
  'ServerSideEncryptionConfiguration/Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID': probe(
    'second-key',
    'kept',
    {
      document: {
        ServerSideEncryptionConfiguration: {
          Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        },
      },
    },
  ),
  'ServerSideEncryptionConfiguration/Rule/BlockedEncryptionTypes/EncryptionType': probe('SSE-C', 'kept'),
  'ServerSideEncryptionConfiguration/Rule/BucketKeyEnabled': probe('true', 'kept'),
};

export const probeFor = (operation: string, name: string): Probe | undefined =>
  SOMEWHERE[`${operation} ${name}`] ?? EVERYWHERE[name] ?? ELEMENTS[name];

/** A value that S3 itself would take. */
export function legalValue({ name, type, enum: [first] }: InputMember): string {
  if (name === 'partNumber') return '1';
  if (name.toLowerCase() === 'x-amz-copy-source') return '/{bucket}/source';
  if (first !== undefined) return first;
  switch (type) {
    case 'boolean':
      return 'true';
    case 'integer':
    case 'long':
      return '1';
    case 'timestamp':
      return name.startsWith('x-amz-if') || name.startsWith('If-') ? LONG_AGO : '2100-01-01T00:00:00Z';
    default:
      return 'x';
  }
}
