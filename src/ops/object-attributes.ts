/**
 * GetObjectAttributes: what is known of a version, by name, without its bytes.
 *
 * Source: the operation's page in the S3 API reference. As in S3, the parts of an object are listed when its checksum is made
 * of theirs (COMPOSITE), and counted otherwise. The conditions of a read hold here too.
 */

import type { Limits } from '../base/limits.ts';
import type { ObjectVersion, PartInfo } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { type ObjectParts, type PartsPage, writeObjectAttributes } from '../wire/documents/object-attributes.ts';
import type { HeaderFields } from '../wire/request.ts';
import { httpDate, quoteEtag } from '../wire/values.ts';
import { countArgument, invalidArgument, textArgument } from './arguments.ts';
import { isNotModified } from './conditions.ts';
import { openObject } from './encryption/sealing.ts';
import { versionIdHeader, XML } from './headers.ts';
import { presentObject } from './objects.ts';
import type { Handler } from './types.ts';

const WANTED = 'x-amz-object-attributes';
const NAMES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
type Name = (typeof NAMES)[number];

export const getObjectAttributes: Handler = async (call, services) => {
  const { clock, limits } = services;
  const { headers } = call.request;
  const { bucket, version } = presentObject(call);
  openObject(call, services, { bucketId: bucket.id, version, from: 'target' });
  const wanted = wantedNames(headers);
  const page = pageAsked(headers, limits);
  const described = { 'Last-Modified': httpDate(version.modifiedAt), ...versionIdHeader(version, bucket) };
  if (isNotModified(headers, version, clock.now())) {
    return { status: 304, headers: { ETag: quoteEtag(version.etag), ...described } };
  }
  const only = <T>(name: Name, value: T): T | undefined => (wanted.has(name) ? value : undefined);
  const body = writeObjectAttributes({
    etag: only('ETag', version.etag),
    checksum: only('Checksum', version.checksum),
    objectParts: only('ObjectParts', partsOf(version, page)),
    storageClass: only('StorageClass', version.headers.storageClass ?? 'STANDARD'),
    objectSize: only('ObjectSize', version.size),
  });
  return { status: 200, headers: { ...XML, ...described }, body };
};

/** A list with commas, which may come as several headers: SDKs do both. */
function wantedNames(headers: HeaderFields): ReadonlySet<Name> {
  const words = headers
    .all(WANTED)
    .flatMap((text) => text.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) {
    throw new S3Error(
      'InvalidRequest',
      `The ${WANTED} header specifying the attributes to be retrieved is either missing or empty`,
    );
  }
  return new Set(words.map(nameOf));
}

function nameOf(word: string): Name {
  const name = NAMES.find((each) => each === word);
  if (name !== undefined) return name;
  throw invalidArgument(WANTED, word, `Invalid attribute name specified. Known are ${NAMES.join(', ')}.`);
}

interface PageAsked {
  readonly maxParts: number;
  readonly marker: number;
}

function pageAsked(headers: HeaderFields, { pageEntries, partNumberMax }: Limits): PageAsked {
  const marker = 'x-amz-part-number-marker';
  return {
    maxParts: countArgument(headers, 'x-amz-max-parts', { min: 0, most: pageEntries }),
    marker:
      textArgument(headers, marker) === undefined ? 0 : countArgument(headers, marker, { min: 0, most: partNumberMax }),
  };
}

function partsOf({ parts, checksum }: ObjectVersion, asked: PageAsked): ObjectParts | undefined {
  if (parts === undefined) return undefined;
  return { count: parts.length, page: checksum?.type === 'COMPOSITE' ? pageOf(parts, asked) : undefined };
}

function pageOf(all: readonly PartInfo[], { marker, maxParts }: PageAsked): PartsPage {
  const left = all.filter(({ number }) => number > marker);
  const parts = left.slice(0, maxParts);
  return {
    partNumberMarker: marker,
    nextPartNumberMarker: parts.at(-1)?.number ?? marker,
    maxParts,
    // A page of nothing would never end.
    isTruncated: maxParts > 0 && parts.length < left.length,
    parts,
  };
}
