/** What copies answer. Sources: "CopyObject" and "UploadPartCopy" in the S3 API reference. */

import type { Checksum } from '../../model/entities.ts';
import { isoDate, quoteEtag } from '../values.ts';
import { leaf, s3Document } from '../xml-write.ts';
import { writeChecksum } from './common.ts';

/** CopyObject (`CopyObjectResult`) and UploadPartCopy (`CopyPartResult`). */
export function writeCopyResult(
  root: 'CopyObjectResult' | 'CopyPartResult',
  result: { readonly modifiedAt: number; readonly etag: string; readonly checksum?: Checksum | undefined },
): string {
  return s3Document(
    root,
    leaf('LastModified', isoDate(result.modifiedAt)) +
      leaf('ETag', quoteEtag(result.etag)) +
      writeChecksum(result.checksum) +
      (root === 'CopyObjectResult' ? leaf('ChecksumType', result.checksum?.type) : ''),
  );
}
