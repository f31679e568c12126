/** What GetObjectAttributes answers. Source: "GetObjectAttributes" in the S3 API reference. */

import type { Checksum, PartInfo } from '../../model/entities.ts';
import { branch, leaf, s3Document } from '../xml-write.ts';
import { writeChecksum } from './common.ts';

interface ObjectAttributes {
  /** Without quotes: here S3 sends none. */
  readonly etag?: string | undefined;
  readonly checksum?: Checksum | undefined;
  readonly objectParts?: ObjectParts | undefined;
  readonly storageClass?: string | undefined;
  readonly objectSize?: number | undefined;
}

export interface ObjectParts {
  readonly count: number;
  /** Absent: the parts are counted only. */
  readonly page?: PartsPage | undefined;
}

export interface PartsPage {
  readonly partNumberMarker: number;
  readonly nextPartNumberMarker: number;
  readonly maxParts: number;
  readonly isTruncated: boolean;
  readonly parts: readonly PartInfo[];
}

/** Only what is there is written; an attribute that was not asked for is not there. */
export function writeObjectAttributes(attributes: ObjectAttributes): string {
  const { etag, checksum, objectParts, storageClass, objectSize } = attributes;
  return s3Document(
    'GetObjectAttributesResponse',
    leaf('ETag', etag) +
      (checksum === undefined ? '' : branch('Checksum', writeOwnChecksum(checksum))) +
      (objectParts === undefined ? '' : branch('ObjectParts', writeParts(objectParts))) +
      leaf('StorageClass', storageClass) +
      leaf('ObjectSize', objectSize),
  );
}

/** Elsewhere a composite value ends in the number of parts (`…-3`); S3 leaves that out here. */
const writeOwnChecksum = ({ algorithm, value, type }: Checksum): string =>
  writeChecksum({ algorithm, value: value.replace(/-\d+$/, '') }) + leaf('ChecksumType', type);

function writeParts({ count, page }: ObjectParts): string {
  const counted = leaf('PartsCount', count);
  if (page === undefined) return counted;
  let content =
    counted +
    leaf('PartNumberMarker', page.partNumberMarker) +
    leaf('NextPartNumberMarker', page.nextPartNumberMarker) +
    leaf('MaxParts', page.maxParts) +
    leaf('IsTruncated', page.isTruncated);
  for (const { number, size, checksum } of page.parts) {
    content += branch('Part', leaf('PartNumber', number) + leaf('Size', size) + writeChecksum(checksum));
  }
  return content;
}
