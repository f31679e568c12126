/**
 * ListObjectVersions: all versions and delete markers, by key and newest first, in one ordered scan.
 *
 * Source: the operation's page in the S3 API reference. A key marker alone begins behind all versions of its key, with a
 * version id behind that version. Paging never leaves out what was there from the first page to the last; when the null
 * version that a page ended with is replaced before the next one is asked for, versions of that key may come twice.
 */

import type { Bucket, ObjectVersion } from '../model/entities.ts';
import { checkVersionId } from '../model/keys.ts';
import type { From, Page } from '../model/listing.ts';
import type { Rows } from '../store/port.ts';
import { type ListedVersion, writeListVersions } from '../wire/documents/versions.ts';
import type { Fields } from '../wire/request.ts';
import { invalidArgument, textArgument } from './arguments.ts';
import { bucketOf } from './commit.ts';
import { shownVersionId, XML } from './headers.ts';
import { foldPage, listingParameters } from './listing.ts';
import type { Handler, Services } from './types.ts';
import { shownOwner } from './writer.ts';

export const listObjectVersions: Handler = async (call, services) => {
  const { query } = call.request;
  const bucket = bucketOf(call);
  const { prefix, delimiter, maxKeys, encodingType } = listingParameters(query, services);
  const keyMarker = textArgument(query, 'key-marker');
  const versionIdMarker = versionMarker(query, keyMarker);
  const resume = versionIdMarker !== undefined;
  const page = await foldPage<ObjectVersion>(
    call,
    services,
    { prefix, delimiter, limit: maxKeys, after: keyMarker, resume },
    {
      scan: (from, limit) => services.rows.scanVersions(bucket.id, scanFrom(from, versionIdMarker), limit),
      isListed: () => true,
    },
  );
  const body = writeListVersions({
    bucket: bucket.name,
    prefix,
    delimiter: delimiter === '' ? undefined : delimiter,
    encodingType,
    keyMarker: keyMarker ?? '',
    versionIdMarker: versionIdMarker ?? '',
    ...nextMarkers(page),
    maxKeys,
    isTruncated: page.isTruncated,
    versions: page.entries.map((version) => entry(version, bucket, services)),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, headers: { ...XML, 'x-amz-bucket-region': bucket.region }, body };
};

function versionMarker(query: Fields, keyMarker: string | undefined): string | undefined {
  const name = 'version-id-marker';
  if (!query.has(name)) return undefined;
  const marker = query.one(name) ?? '';
  if (keyMarker === undefined) {
    throw invalidArgument(name, marker, 'A version-id marker cannot be specified without a key marker.');
  }
  if (marker === '') throw invalidArgument(name, marker, 'A version-id marker cannot be empty.');
  checkVersionId(marker, name);
  return marker;
}

/** Where the next page begins: behind the last version, or behind the last common prefix, which has no version id. */
function nextMarkers({ isTruncated, last, entries }: Page<ObjectVersion>) {
  if (!isTruncated) return {};
  const version = entries.at(-1);
  if (version === undefined || version.key !== last) return { nextKeyMarker: last };
  return { nextKeyMarker: last, nextVersionIdMarker: shownVersionId(version) };
}

function scanFrom(from: From<ObjectVersion>, versionIdMarker: string | undefined): Parameters<Rows['scanVersions']>[1] {
  switch (from.kind) {
    case 'start':
      return undefined;
    case 'at':
      return { key: from.key, inclusive: true };
    case 'behind':
      return { key: from.key, inclusive: false };
    case 'resume':
      return {
        key: from.key,
        inclusive: false,
        ...(versionIdMarker !== undefined && { afterVersion: versionIdMarker }),
      };
    case 'after':
      return { key: from.row.key, inclusive: false, afterVersion: from.row.versionId };
  }
}

function entry(version: ObjectVersion, bucket: Bucket, services: Services): ListedVersion {
  const { key, modifiedAt, etag, size, checksum } = version;
  const versionId = shownVersionId(version);
  const owner = { id: shownOwner(version, bucket, services) };
  const common = { key, versionId, isLatest: version.isCurrent, modifiedAt, owner };
  if (version.kind === 'delete-marker') return { ...common, kind: 'delete-marker' };
  const storageClass = version.headers.storageClass ?? 'STANDARD';
  return { ...common, kind: 'object', etag, size, storageClass, checksum };
}
