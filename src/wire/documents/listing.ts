/**
 * ListObjects, versions 1 and 2. A thousand entries are common, so entries are written without detours.
 *
 * Sources: "ListObjects" and "ListObjectsV2" in the S3 API reference. With `encoding-type=url` S3 encodes Key, Prefix,
 * Delimiter, Marker, NextMarker and StartAfter, and never the continuation tokens.
 */

import type { Checksum } from '../../model/entities.ts';
import { isoDate } from '../values.ts';
import { escapeXml, leaf, s3Document } from '../xml-write.ts';
import { type Listed, listedText, type Owner, writeOwner, writePrefixes } from './common.ts';

export interface ListedObject {
  readonly key: string;
  readonly modifiedAt: number;
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly storageClass: string;
  /** Version 1: always. Version 2: with `fetch-owner`. */
  readonly owner?: Owner | undefined;
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'> | undefined;
}

interface ObjectListing extends Listed {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  readonly maxKeys: number;
  readonly isTruncated: boolean;
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
}

export interface ListObjectsResult extends ObjectListing {
  readonly marker: string;
  /** S3 sends it only when truncated and a delimiter was given. */
  readonly nextMarker?: string | undefined;
}

export interface ListObjectsV2Result extends ObjectListing {
  readonly startAfter?: string | undefined;
  readonly continuationToken?: string | undefined;
  /** Present exactly when truncated. */
  readonly nextContinuationToken?: string | undefined;
}

export function writeListObjects(result: ListObjectsResult): string {
  return s3Document(
    'ListBucketResult',
    leaf('Name', result.bucket) +
      leaf('Prefix', listedText(result, result.prefix)) +
      leaf('Marker', listedText(result, result.marker)) +
      leaf('NextMarker', listedText(result, result.nextMarker)) +
      writePage(result),
  );
}

export function writeListObjectsV2(result: ListObjectsV2Result): string {
  return s3Document(
    'ListBucketResult',
    leaf('Name', result.bucket) +
      leaf('Prefix', listedText(result, result.prefix)) +
      leaf('StartAfter', listedText(result, result.startAfter)) +
      leaf('ContinuationToken', result.continuationToken) +
      leaf('NextContinuationToken', result.nextContinuationToken) +
      leaf('KeyCount', result.objects.length + result.commonPrefixes.length) +
      writePage(result),
  );
}

/** What both versions end with. */
function writePage(result: ObjectListing): string {
  let content =
    leaf('MaxKeys', result.maxKeys) +
    leaf('Delimiter', listedText(result, result.delimiter)) +
    leaf('EncodingType', result.encodingType) +
    leaf('IsTruncated', result.isTruncated);
  for (const object of result.objects) content += writeObject(result, object);
  return content + writePrefixes(result, result.commonPrefixes);
}

function writeObject(listing: Listed, object: ListedObject): string {
  const key = escapeXml(listedText(listing, object.key));
  const { checksum, owner } = object;
  const checksums =
    checksum === undefined ? '' : leaf('ChecksumAlgorithm', checksum.algorithm) + leaf('ChecksumType', checksum.type);
  // ETags are hex digits and a hyphen, storage classes are ours: nothing in them to escape.
  return (
    `<Contents><Key>${key}</Key><LastModified>${isoDate(object.modifiedAt)}</LastModified>` +
    `<ETag>&quot;${object.etag}&quot;</ETag>${checksums}<Size>${object.size}</Size>` +
    `${owner === undefined ? '' : writeOwner('Owner', owner)}<StorageClass>${object.storageClass}</StorageClass></Contents>`
  );
}
