/**
 * ListObjectVersions. Versions and delete markers stand in one order, by key and newest first, as S3 writes them.
 *
 * Source: "ListObjectVersions" in the S3 API reference. With `encoding-type=url` S3 encodes Key, Prefix, Delimiter,
 * KeyMarker and NextKeyMarker, never version ids, which are URL-safe.
 */

import type { Checksum } from '../../model/entities.ts';
import { isoDate } from '../values.ts';
import { escapeXml, leaf, s3Document } from '../xml-write.ts';
import { type Listed, listedText, type Owner, writeOwner, writePrefixes } from './common.ts';

interface ListedEntry {
  readonly key: string;
  /** As clients see it: `null` for the null version. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly modifiedAt: number;
  readonly owner: Owner;
}

export type ListedVersion =
  | (ListedEntry & { readonly kind: 'delete-marker' })
  | (ListedEntry & {
      readonly kind: 'object';
      /** Without quotes. */
      readonly etag: string;
      readonly size: number;
      readonly storageClass: string;
      readonly checksum?: Pick<Checksum, 'algorithm' | 'type'> | undefined;
    });

export interface ListVersionsResult extends Listed {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  /** Present exactly when truncated. */
  readonly nextKeyMarker?: string | undefined;
  /** Absent behind a common prefix, too. */
  readonly nextVersionIdMarker?: string | undefined;
  readonly maxKeys: number;
  readonly isTruncated: boolean;
  readonly versions: readonly ListedVersion[];
  readonly commonPrefixes: readonly string[];
}

export function writeListVersions(result: ListVersionsResult): string {
  let content =
    leaf('Name', result.bucket) +
    leaf('Prefix', listedText(result, result.prefix)) +
    leaf('KeyMarker', listedText(result, result.keyMarker)) +
    leaf('VersionIdMarker', result.versionIdMarker) +
    leaf('NextKeyMarker', listedText(result, result.nextKeyMarker)) +
    leaf('NextVersionIdMarker', result.nextVersionIdMarker) +
    leaf('MaxKeys', result.maxKeys) +
    leaf('Delimiter', listedText(result, result.delimiter)) +
    leaf('EncodingType', result.encodingType) +
    leaf('IsTruncated', result.isTruncated);
  for (const version of result.versions) content += writeVersion(result, version);
  return s3Document('ListVersionsResult', content + writePrefixes(result, result.commonPrefixes));
}

function writeVersion(listing: Listed, version: ListedVersion): string {
  const entry =
    `<Key>${escapeXml(listedText(listing, version.key))}</Key><VersionId>${version.versionId}</VersionId>` +
    `<IsLatest>${version.isLatest}</IsLatest><LastModified>${isoDate(version.modifiedAt)}</LastModified>`;
  const owner = writeOwner('Owner', version.owner);
  if (version.kind === 'delete-marker') return `<DeleteMarker>${entry}${owner}</DeleteMarker>`;
  const { checksum, etag, size, storageClass } = version;
  const checksums =
    checksum === undefined ? '' : leaf('ChecksumAlgorithm', checksum.algorithm) + leaf('ChecksumType', checksum.type);
  return (
    `<Version>${entry}<ETag>&quot;${etag}&quot;</ETag>${checksums}<Size>${size}</Size>` +
    `${owner}<StorageClass>${storageClass}</StorageClass></Version>`
  );
}
