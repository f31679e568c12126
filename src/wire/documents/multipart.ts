/**
 * The documents of multipart uploads.
 *
 * Sources: "CreateMultipartUpload", "CompleteMultipartUpload", "ListParts" and "ListMultipartUploads" in the S3 API
 * reference.
 */

import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../../base/checksum.ts';
import type { Limits } from '../../base/limits.ts';
import type { Checksum } from '../../model/entities.ts';
import { integerIn, isoDate, quoteEtag, unquoteEtag } from '../values.ts';
import { malformedXml, type XmlElement, type XmlLimits } from '../xml.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import {
  checksumMember,
  type Listed,
  listedText,
  type Owner,
  writeChecksum,
  writeOwner,
  writePrefixes,
} from './common.ts';
import { Members, readRoot } from './members.ts';

export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64 as sent, by algorithm. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

const PART_MEMBERS = ['PartNumber', 'ETag', ...CHECKSUM_ALGORITHMS.map(checksumMember)];

/** The parts in the order sent, at least one. Throws `MalformedXML`. */
export function readCompleteMultipartUpload(
  bytes: Uint8Array,
  limits: XmlLimits & Pick<Limits, 'partNumberMax'>,
): readonly CompletedPart[] {
  const parts = new Members(readRoot(bytes, 'CompleteMultipartUpload', limits), ['Part']).all('Part');
  if (parts.length === 0 || parts.length > limits.partNumberMax) {
    throw malformedXml(`CompleteMultipartUpload must name 1 to ${limits.partNumberMax} parts, not ${parts.length}`);
  }
  return parts.map((part) => readPart(part, limits.partNumberMax));
}

function readPart(element: XmlElement, max: number): CompletedPart {
  const members = new Members(element, PART_MEMBERS);
  const partNumber = integerIn(members.requiredText('PartNumber'), 1, max);
  if (partNumber === undefined) throw malformedXml(`PartNumber must be 1 to ${max}`);
  const checksums = new Map<ChecksumAlgorithm, string>();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = members.text(checksumMember(algorithm));
    if (value !== undefined) checksums.set(algorithm, value);
  }
  return { partNumber, etag: unquoteEtag(members.requiredText('ETag')), checksums };
}

export function writeInitiateMultipartUpload(result: {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}): string {
  return s3Document(
    'InitiateMultipartUploadResult',
    leaf('Bucket', result.bucket) + leaf('Key', result.key) + leaf('UploadId', result.uploadId),
  );
}

export function writeCompleteMultipartUpload(result: {
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
}): string {
  return s3Document(
    'CompleteMultipartUploadResult',
    leaf('Location', result.location) +
      leaf('Bucket', result.bucket) +
      leaf('Key', result.key) +
      leaf('ETag', quoteEtag(result.etag)) +
      writeChecksum(result.checksum) +
      leaf('ChecksumType', result.checksum?.type),
  );
}

export interface ListPartsResult extends Listed {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiator: Owner;
  readonly owner: Owner;
  readonly storageClass: string;
  readonly partNumberMarker: number;
  readonly nextPartNumberMarker: number;
  readonly maxParts: number;
  readonly isTruncated: boolean;
  readonly checksumAlgorithm?: Checksum['algorithm'] | undefined;
  readonly checksumType?: Checksum['type'] | undefined;
  readonly parts: readonly {
    readonly number: number;
    readonly modifiedAt: number;
    readonly etag: string;
    readonly size: number;
    readonly checksum?: Pick<Checksum, 'algorithm' | 'value'> | undefined;
  }[];
}

export function writeListParts(result: ListPartsResult): string {
  let content =
    leaf('Bucket', result.bucket) +
    leaf('Key', listedText(result, result.key)) +
    leaf('UploadId', result.uploadId) +
    writeOwner('Initiator', result.initiator) +
    writeOwner('Owner', result.owner) +
    leaf('StorageClass', result.storageClass) +
    leaf('PartNumberMarker', result.partNumberMarker) +
    leaf('NextPartNumberMarker', result.nextPartNumberMarker) +
    leaf('MaxParts', result.maxParts) +
    leaf('EncodingType', result.encodingType) +
    leaf('IsTruncated', result.isTruncated);
  for (const part of result.parts) {
    content += `<Part><PartNumber>${part.number}</PartNumber><LastModified>${isoDate(part.modifiedAt)}</LastModified>${leaf(
      'ETag',
      quoteEtag(part.etag),
    )}<Size>${part.size}</Size>${writeChecksum(part.checksum)}</Part>`;
  }
  content += leaf('ChecksumAlgorithm', result.checksumAlgorithm) + leaf('ChecksumType', result.checksumType);
  return s3Document('ListPartsResult', content);
}

export interface ListMultipartUploadsResult extends Listed {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  /** Present exactly when truncated. */
  readonly nextKeyMarker?: string | undefined;
  readonly nextUploadIdMarker?: string | undefined;
  readonly maxUploads: number;
  readonly isTruncated: boolean;
  readonly uploads: readonly {
    readonly key: string;
    readonly uploadId: string;
    readonly initiator: Owner;
    readonly owner: Owner;
    readonly storageClass: string;
    readonly initiatedAt: number;
    readonly checksumAlgorithm?: Checksum['algorithm'] | undefined;
    readonly checksumType?: Checksum['type'] | undefined;
  }[];
  readonly commonPrefixes: readonly string[];
}

export function writeListMultipartUploads(result: ListMultipartUploadsResult): string {
  let content =
    leaf('Bucket', result.bucket) +
    leaf('KeyMarker', listedText(result, result.keyMarker)) +
    leaf('UploadIdMarker', result.uploadIdMarker) +
    leaf('NextKeyMarker', listedText(result, result.nextKeyMarker)) +
    leaf('NextUploadIdMarker', result.nextUploadIdMarker) +
    leaf('Prefix', listedText(result, result.prefix)) +
    leaf('Delimiter', listedText(result, result.delimiter)) +
    leaf('EncodingType', result.encodingType) +
    leaf('MaxUploads', result.maxUploads) +
    leaf('IsTruncated', result.isTruncated);
  for (const upload of result.uploads) {
    content += branch(
      'Upload',
      leaf('Key', listedText(result, upload.key)) +
        leaf('UploadId', upload.uploadId) +
        writeOwner('Initiator', upload.initiator) +
        writeOwner('Owner', upload.owner) +
        leaf('StorageClass', upload.storageClass) +
        leaf('Initiated', isoDate(upload.initiatedAt)) +
        leaf('ChecksumAlgorithm', upload.checksumAlgorithm) +
        leaf('ChecksumType', upload.checksumType),
    );
  }
  return s3Document('ListMultipartUploadsResult', content + writePrefixes(result, result.commonPrefixes));
}
