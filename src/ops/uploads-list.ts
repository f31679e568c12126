/**
 * ListParts and ListMultipartUploads.
 *
 * Sources: both operations in the S3 API reference. Uploads are listed by key, then by the time they began, then by id, and
 * fold to common prefixes as objects do.
 */

import type { CanonicalId, Upload } from '../model/entities.ts';
import type { From, Page } from '../model/listing.ts';
import type { Rows } from '../store/port.ts';
import { writeListMultipartUploads, writeListParts } from '../wire/documents/multipart.ts';
import { countArgument, encodingType, textArgument } from './arguments.ts';
import { bucketOf } from './commit.ts';
import { openUploadIfTold } from './encryption/sealing.ts';
import { XML } from './headers.ts';
import { foldPage } from './listing.ts';
import type { Call, Handler, Services } from './types.ts';
import { initiatorOf, requireUpload } from './uploads.ts';
import { shownOwner } from './writer.ts';

export const listParts: Handler = async (call, services) => {
  const { query } = call.request;
  const upload = await requireUpload(call, services);
  openUploadIfTold(call, services, upload);
  const { limits } = services;
  const maxParts = countArgument(query, 'max-parts', { min: 0, most: limits.pageEntries });
  const given = textArgument(query, 'part-number-marker');
  const marker =
    given === undefined ? 0 : countArgument(query, 'part-number-marker', { min: 0, most: limits.partNumberMax });
  // One more than the page tells whether it is the last.
  const rows = maxParts === 0 ? [] : await services.rows.scanParts(upload.uploadId, marker, maxParts + 1);
  const parts = rows.slice(0, maxParts);
  const body = writeListParts({
    bucket: bucketOf(call).name,
    key: upload.key,
    uploadId: upload.uploadId,
    initiator: { id: initiatorOf(upload) },
    owner: { id: shownOwner(upload, bucketOf(call), services) },
    storageClass: upload.headers.storageClass ?? 'STANDARD',
    partNumberMarker: marker,
    nextPartNumberMarker: parts.at(-1)?.number ?? 0,
    maxParts,
    isTruncated: rows.length > maxParts,
    encodingType: encodingType(query),
    checksumAlgorithm: upload.checksumAlgorithm,
    checksumType: upload.checksumType,
    parts,
  });
  return { status: 200, headers: XML, body };
};

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxUploads: number;
  readonly keyMarker: string | undefined;
  /** Means something only beside a key marker. */
  readonly uploadIdMarker: string | undefined;
}

export const listMultipartUploads: Handler = async (call, services) => {
  const { query } = call.request;
  const keyMarker = textArgument(query, 'key-marker');
  const asked: Asked = {
    prefix: query.one('prefix') ?? '',
    delimiter: query.one('delimiter') ?? '',
    maxUploads: countArgument(query, 'max-uploads', { min: 0, most: services.limits.pageEntries }),
    keyMarker,
    uploadIdMarker: keyMarker === undefined ? undefined : textArgument(query, 'upload-id-marker'),
  };
  const page = await readPage(call, services, asked);
  const body = writeListMultipartUploads({
    bucket: bucketOf(call).name,
    prefix: asked.prefix,
    delimiter: asked.delimiter === '' ? undefined : asked.delimiter,
    keyMarker: keyMarker ?? '',
    uploadIdMarker: asked.uploadIdMarker ?? '',
    ...nextMarkers(page),
    maxUploads: asked.maxUploads,
    isTruncated: page.isTruncated,
    encodingType: encodingType(query),
    uploads: page.entries.map((upload) => entry(upload, shownOwner(upload, bucketOf(call), services))),
    commonPrefixes: page.commonPrefixes,
  });
  return { status: 200, headers: XML, body };
};

/** Where the next page begins: behind the last upload, or behind the last common prefix, which has no upload id. */
function nextMarkers({ isTruncated, last, entries }: Page<Upload>) {
  if (!isTruncated) return {};
  const upload = entries.at(-1);
  return { nextKeyMarker: last, nextUploadIdMarker: upload?.key === last ? upload?.uploadId : '' };
}

const entry = (upload: Upload, owner: CanonicalId) => ({
  ...upload,
  initiator: { id: initiatorOf(upload) },
  owner: { id: owner },
  storageClass: upload.headers.storageClass ?? 'STANDARD',
});

function readPage(call: Call, services: Services, asked: Asked): Promise<Page<Upload>> {
  const { id } = bucketOf(call);
  const { prefix, delimiter, maxUploads: limit, keyMarker: after, uploadIdMarker } = asked;
  const query = { prefix, delimiter, limit, after, resume: uploadIdMarker !== undefined };
  return foldPage<Upload>(call, services, query, {
    scan: (from, most) => services.rows.scanUploads(id, scanFrom(from, uploadIdMarker), most),
    isListed: () => true,
  });
}

function scanFrom(from: From<Upload>, uploadIdMarker: string | undefined): Parameters<Rows['scanUploads']>[1] {
  switch (from.kind) {
    case 'start':
      return undefined;
    case 'at':
      return { key: from.key, inclusive: true };
    case 'behind':
      return { key: from.key, inclusive: false };
    case 'resume':
      return { key: from.key, inclusive: true, ...(uploadIdMarker !== undefined && { afterUpload: uploadIdMarker }) };
    case 'after':
      return { key: from.row.key, inclusive: true, afterUpload: from.row.uploadId };
  }
}
