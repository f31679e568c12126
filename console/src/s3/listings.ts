/** Lists: buckets, objects, versions, unfinished uploads and their parts. Names come encoded (`encoding-type=url`) and are decoded here. */

import { decodeUrl } from './encode.ts';
import type { Line, Signal } from './request.ts';
import { all, type Element, flagOf, numberOf, one, textOf, timeOf } from './xml.ts';

export interface Owner {
  readonly id: string;
  readonly name?: string | undefined;
}

export interface BucketEntry {
  readonly name: string;
  readonly createdAt: number;
  readonly region?: string | undefined;
}

export interface ObjectEntry {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: number;
  readonly etag: string;
  readonly storageClass?: string | undefined;
  readonly owner?: Owner | undefined;
}

export interface ObjectPage {
  readonly objects: readonly ObjectEntry[];
  /** Folders: common prefixes. */
  readonly prefixes: readonly string[];
  /** Give it as `continuationToken` for the next page. Absent on the last. */
  readonly next?: string | undefined;
}

export interface VersionEntry {
  readonly key: string;
  readonly versionId: string;
  readonly latest: boolean;
  /** A delete marker: it has no bytes. */
  readonly marker: boolean;
  readonly size: number;
  readonly modifiedAt: number;
  readonly etag: string;
  readonly owner?: Owner | undefined;
}

export interface VersionPage {
  readonly versions: readonly VersionEntry[];
  readonly prefixes: readonly string[];
  readonly next?: { readonly keyMarker: string; readonly versionIdMarker?: string | undefined } | undefined;
}

export interface UploadEntry {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedAt: number;
}

export interface UploadPage {
  readonly uploads: readonly UploadEntry[];
  readonly next?: { readonly keyMarker: string; readonly uploadIdMarker: string } | undefined;
}

export interface PartEntry {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly crc32c?: string | undefined;
}

export interface PartPage {
  readonly parts: readonly PartEntry[];
  readonly next?: number | undefined;
}

const decoded = (element: Element | undefined, name: string): string | undefined => {
  const text = textOf(element, name);
  return text === undefined ? undefined : decodeUrl(text);
};

/** Without its quotes. */
export const etagIn = (text: string | undefined | null): string => (text ?? '').replace(/^"|"$/g, '');

const ownerIn = (element: Element): Owner | undefined => {
  const owner = one(element, 'Owner');
  return owner === undefined ? undefined : { id: textOf(owner, 'ID') ?? '', name: textOf(owner, 'DisplayName') };
};

const prefixesIn = (root: Element): readonly string[] =>
  all(root, 'CommonPrefixes').map((element) => decoded(element, 'Prefix') ?? '');

export interface Listing {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly maxKeys?: number | undefined;
}

/** All of them: follows the pages. */
const listBuckets =
  (line: Line) =>
  async (asked: { readonly prefix?: string } = {}, options?: Signal): Promise<readonly BucketEntry[]> => {
    const buckets: BucketEntry[] = [];
    let token: string | undefined;
    do {
      const query = { prefix: asked.prefix, 'continuation-token': token, 'max-buckets': 1000 };
      const root = await line.read({ operation: 'ListBuckets', method: 'GET', query }, options);
      for (const element of all(one(root, 'Buckets'), 'Bucket')) {
        const [name, createdAt] = [textOf(element, 'Name') ?? '', timeOf(element, 'CreationDate') ?? 0];
        buckets.push({ name, createdAt, region: textOf(element, 'BucketRegion') });
      }
      token = textOf(root, 'ContinuationToken') || undefined;
    } while (token !== undefined);
    return buckets;
  };

const listObjectsV2 =
  (line: Line) =>
  async (
    asked: Listing & {
      readonly startAfter?: string | undefined;
      readonly continuationToken?: string | undefined;
      readonly fetchOwner?: boolean;
    },
    options?: Signal,
  ): Promise<ObjectPage> => {
    const query = {
      'list-type': 2,
      'encoding-type': 'url',
      ...{ prefix: asked.prefix, delimiter: asked.delimiter, 'max-keys': asked.maxKeys },
      ...{ 'start-after': asked.startAfter, 'continuation-token': asked.continuationToken },
      'fetch-owner': asked.fetchOwner === true ? 'true' : undefined,
    };
    const root = await line.read({ operation: 'ListObjectsV2', method: 'GET', bucket: asked.bucket, query }, options);
    const objects = all(root, 'Contents').map((element) => ({
      key: decoded(element, 'Key') ?? '',
      size: numberOf(element, 'Size') ?? 0,
      modifiedAt: timeOf(element, 'LastModified') ?? 0,
      etag: etagIn(textOf(element, 'ETag')),
      storageClass: textOf(element, 'StorageClass'),
      owner: ownerIn(element),
    }));
    const next = flagOf(root, 'IsTruncated') ? textOf(root, 'NextContinuationToken') : undefined;
    return { objects, prefixes: prefixesIn(root), next };
  };

const listObjectVersions =
  (line: Line) =>
  async (
    asked: Listing & { readonly keyMarker?: string | undefined; readonly versionIdMarker?: string | undefined },
    options?: Signal,
  ): Promise<VersionPage> => {
    const query = {
      ...{ versions: '', 'encoding-type': 'url' },
      ...{ prefix: asked.prefix, delimiter: asked.delimiter, 'max-keys': asked.maxKeys },
      ...{ 'key-marker': asked.keyMarker, 'version-id-marker': asked.versionIdMarker },
    };
    const root = await line.read(
      { operation: 'ListObjectVersions', method: 'GET', bucket: asked.bucket, query },
      options,
    );
    const versions = root.children
      .filter(({ name }) => name === 'Version' || name === 'DeleteMarker')
      .map((element) => ({
        key: decoded(element, 'Key') ?? '',
        versionId: textOf(element, 'VersionId') ?? 'null',
        latest: flagOf(element, 'IsLatest'),
        marker: element.name === 'DeleteMarker',
        size: numberOf(element, 'Size') ?? 0,
        modifiedAt: timeOf(element, 'LastModified') ?? 0,
        etag: etagIn(textOf(element, 'ETag')),
        owner: ownerIn(element),
      }));
    const next = flagOf(root, 'IsTruncated')
      ? { keyMarker: decoded(root, 'NextKeyMarker') ?? '', versionIdMarker: textOf(root, 'NextVersionIdMarker') }
      : undefined;
    return { versions, prefixes: prefixesIn(root), next };
  };

const listMultipartUploads =
  (line: Line) =>
  async (
    asked: {
      readonly bucket: string;
      readonly prefix?: string | undefined;
      readonly keyMarker?: string | undefined;
      readonly uploadIdMarker?: string | undefined;
    },
    options?: Signal,
  ): Promise<UploadPage> => {
    const query = {
      ...{ uploads: '', 'encoding-type': 'url', prefix: asked.prefix },
      ...{ 'key-marker': asked.keyMarker, 'upload-id-marker': asked.uploadIdMarker },
    };
    const root = await line.read(
      { operation: 'ListMultipartUploads', method: 'GET', bucket: asked.bucket, query },
      options,
    );
    const uploads = all(root, 'Upload').map((element) => ({
      key: decoded(element, 'Key') ?? '',
      uploadId: textOf(element, 'UploadId') ?? '',
      initiatedAt: timeOf(element, 'Initiated') ?? 0,
    }));
    const next = flagOf(root, 'IsTruncated')
      ? { keyMarker: decoded(root, 'NextKeyMarker') ?? '', uploadIdMarker: textOf(root, 'NextUploadIdMarker') ?? '' }
      : undefined;
    return { uploads, next };
  };

const listParts =
  (line: Line) =>
  async (
    asked: {
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string;
      readonly after?: number | undefined;
    },
    options?: Signal,
  ): Promise<PartPage> => {
    const { bucket, key, uploadId } = asked;
    const query = { uploadId, 'part-number-marker': asked.after };
    const root = await line.read({ operation: 'ListParts', method: 'GET', bucket, key, query }, options);
    const parts = all(root, 'Part').map((element) => ({
      number: numberOf(element, 'PartNumber') ?? 0,
      size: numberOf(element, 'Size') ?? 0,
      etag: etagIn(textOf(element, 'ETag')),
      crc32c: textOf(element, 'ChecksumCRC32C'),
    }));
    return { parts, next: flagOf(root, 'IsTruncated') ? numberOf(root, 'NextPartNumberMarker') : undefined };
  };

export const createListings = (line: Line) => ({
  listBuckets: listBuckets(line),
  listObjectsV2: listObjectsV2(line),
  listObjectVersions: listObjectVersions(line),
  listMultipartUploads: listMultipartUploads(line),
  listParts: listParts(line),
});
