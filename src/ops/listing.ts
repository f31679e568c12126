/**
 * ListObjects and ListObjectsV2. The fold is `model/listing.ts`; here are the parameters, the reads and the documents.
 *
 * Sources: both operations' pages in the S3 API reference. A page is not a snapshot: a key that is there from the first
 * page to the last is listed once, as in S3.
 */

import type { Bucket, CanonicalId, ObjectVersion } from '../model/entities.ts';
import { type FoldQuery, type From, ListingFold, type Page } from '../model/listing.ts';
import type { ScanFrom } from '../store/port.ts';
import { writeListObjects, writeListObjectsV2 } from '../wire/documents/listing.ts';
import type { Fields } from '../wire/request.ts';
import { booleanArgument, countArgument, encodingType, invalidArgument, textArgument } from './arguments.ts';
import { bucketOf } from './commit.ts';
import { XML } from './headers.ts';
import { readToken, writeToken } from './token.ts';
import type { Call, Handler, Reply, Services } from './types.ts';
import { shownOwner } from './writer.ts';

interface Parameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: 'url' | undefined;
}

export function listingParameters(query: Fields, { limits }: Services): Parameters {
  return {
    prefix: query.one('prefix') ?? '',
    delimiter: query.one('delimiter') ?? '',
    maxKeys: countArgument(query, 'max-keys', { min: 0, most: limits.pageEntries }),
    encodingType: encodingType(query),
  };
}

export const listObjects: Handler = async (call, services) => {
  const { query } = call.request;
  const bucket = bucketOf(call);
  const asked = listingParameters(query, services);
  const marker = textArgument(query, 'marker');
  const page = await readPage(call, services, asked, marker);
  // S3 gives NextMarker only with a delimiter: without one, the last key is the marker.
  const nextMarker = page.isTruncated && asked.delimiter !== '' ? page.last : undefined;
  const body = writeListObjects({
    ...common(bucket, asked, page),
    objects: page.entries.map((version) => entry(version, shownOwner(version, bucket, services))),
    marker: marker ?? '',
    nextMarker,
  });
  return reply(bucket, body);
};

export const listObjectsV2: Handler = async (call, services) => {
  const { query } = call.request;
  const bucket = bucketOf(call);
  const asked = listingParameters(query, services);
  const scope = `ListObjectsV2 ${bucket.id}`;
  const token = query.one('continuation-token');
  if (token === '') throw invalidArgument('continuation-token', '', 'The continuation token provided is incorrect');
  const startAfter = textArgument(query, 'start-after');
  const withOwner = booleanArgument(query, 'fetch-owner');
  const page = await readPage(call, services, asked, token === undefined ? startAfter : readToken(scope, token));
  const body = writeListObjectsV2({
    ...common(bucket, asked, page),
    objects: page.entries.map((version) =>
      entry(version, withOwner ? shownOwner(version, bucket, services) : undefined),
    ),
    startAfter,
    continuationToken: token,
    nextContinuationToken: page.isTruncated && page.last !== undefined ? writeToken(scope, page.last) : undefined,
  });
  return reply(bucket, body);
};

function readPage(
  call: Call,
  services: Services,
  asked: Parameters,
  after: string | undefined,
): Promise<Page<ObjectVersion>> {
  const { id } = bucketOf(call);
  const { prefix, delimiter, maxKeys: limit } = asked;
  const scan = (from: From<ObjectVersion>, most: number) => services.rows.scanCurrent(id, scanFrom(from), most);
  return foldPage(call, services, { prefix, delimiter, after, limit }, { scan, isListed: isObject });
}

interface RowsToFold<Row> {
  readonly scan: (from: From<Row>, limit: number) => Promise<readonly Row[]>;
  /** False for rows that count as absent. */
  readonly isListed: (row: Row) => boolean;
}

/** Reads until the page is complete, each read as large as the fold asks for. */
export async function foldPage<Row extends { readonly key: string }>(
  { signal }: Call,
  { capabilities }: Services,
  query: FoldQuery,
  { isListed, scan }: RowsToFold<Row>,
): Promise<Page<Row>> {
  const sizes = { first: capabilities.scanFirstRows, most: capabilities.scanRows };
  const fold = new ListingFold<Row>(query, sizes, isListed);
  for (let read = fold.next(); read !== undefined; read = fold.next()) {
    signal.throwIfAborted();
    fold.take(await scan(read.from, read.limit));
  }
  return fold.page();
}

const isObject = (version: ObjectVersion): boolean => version.kind === 'object';

function scanFrom(from: From<ObjectVersion>): ScanFrom | undefined {
  switch (from.kind) {
    case 'start':
      return undefined;
    case 'at':
      return { key: from.key, inclusive: true };
    case 'behind':
    case 'resume':
      return { key: from.key, inclusive: false };
    case 'after':
      return { key: from.row.key, inclusive: false };
  }
}

const common = (bucket: Bucket, asked: Parameters, page: Page<ObjectVersion>) => ({
  bucket: bucket.name,
  prefix: asked.prefix,
  maxKeys: asked.maxKeys,
  isTruncated: page.isTruncated,
  commonPrefixes: page.commonPrefixes,
  delimiter: asked.delimiter === '' ? undefined : asked.delimiter,
  encodingType: asked.encodingType,
});

const entry = (version: ObjectVersion, owner: CanonicalId | undefined) => ({
  key: version.key,
  modifiedAt: version.modifiedAt,
  etag: version.etag,
  size: version.size,
  storageClass: version.headers.storageClass ?? 'STANDARD',
  checksum: version.checksum,
  owner: owner === undefined ? undefined : { id: owner },
});

const reply = (bucket: Bucket, body: string): Reply => ({
  status: 200,
  headers: { ...XML, 'x-amz-bucket-region': bucket.region },
  body,
});
