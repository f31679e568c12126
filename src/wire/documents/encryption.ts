/**
 * ServerSideEncryptionConfiguration, both ways. Sources: PutBucketEncryption, GetBucketEncryption and the data types
 * ServerSideEncryptionRule and BlockedEncryptionTypes in the S3 API reference.
 */

import type { BucketEncryption } from '../../model/bucket-encryption.ts';
import { S3Error } from '../../model/errors.ts';
import { malformedXml, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { Members, readRoot } from './members.ts';

const ROOT = 'ServerSideEncryptionConfiguration';
const DEFAULT = 'ApplyServerSideEncryptionByDefault';
const BLOCKED = 'BlockedEncryptionTypes';

/** Throws `MalformedXML`, `NotImplemented` for dual-layer encryption, `InvalidArgument` for a key that nothing is done with. */
export function readBucketEncryption(bytes: Uint8Array, limits: XmlLimits): BucketEncryption {
  const rule = new Members(readRoot(bytes, ROOT, limits), ['Rule']).required('Rule');
  const members = new Members(rule, [DEFAULT, 'BucketKeyEnabled', BLOCKED]);
  const bucketKey = flag(members.text('BucketKeyEnabled'));
  const blocked = members.one(BLOCKED);
  const byDefault = members.one(DEFAULT);
  return {
    ...(byDefault !== undefined && readDefault(new Members(byDefault, ['SSEAlgorithm', 'KMSMasterKeyID']))),
    ...(bucketKey !== undefined && { bucketKey }),
    ...(blocked !== undefined && { blocked: readBlocked(new Members(blocked, ['EncryptionType'])) }),
  };
}

function readDefault(members: Members): Pick<BucketEncryption, 'algorithm' | 'keyId'> {
  const algorithm = members.requiredText('SSEAlgorithm');
  const keyId = members.text('KMSMasterKeyID');
  if (algorithm === 'aws:kms') return { algorithm, ...(keyId !== undefined && { keyId }) };
  if (algorithm === 'aws:kms:dsse') {
    throw new S3Error('NotImplemented', 'The SSEAlgorithm aws:kms:dsse is not implemented. Use AES256 or aws:kms.', {
      fields: { Element: 'SSEAlgorithm' },
    });
  }
  if (algorithm !== 'AES256') throw malformedXml('SSEAlgorithm must be AES256 or aws:kms');
  if (keyId === undefined) return { algorithm };
  throw new S3Error(
    'InvalidArgument',
    'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    { fields: { ArgumentName: DEFAULT } },
  );
}

function readBlocked(members: Members): 'SSE-C' | 'NONE' {
  const type = members.requiredText('EncryptionType');
  if (type === 'SSE-C' || type === 'NONE') return type;
  throw malformedXml('EncryptionType must be SSE-C or NONE');
}

function flag(text: string | undefined): boolean | undefined {
  const value = text?.toLowerCase();
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw malformedXml('BucketKeyEnabled must be true or false');
}

export const writeBucketEncryption = ({ algorithm, keyId, bucketKey, blocked }: BucketEncryption): string =>
  s3Document(
    ROOT,
    branch(
      'Rule',
      (algorithm === undefined
        ? ''
        : branch(DEFAULT, leaf('SSEAlgorithm', algorithm) + leaf('KMSMasterKeyID', keyId))) +
        leaf('BucketKeyEnabled', bucketKey) +
        (blocked === undefined ? '' : branch(BLOCKED, leaf('EncryptionType', blocked))),
    ),
  );
