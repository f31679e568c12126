/**
 * The headers that S3 keeps with an object: read from a write, given back on a read, within their limits.
 *
 * Sources: PutObject, GetObject and "Working with object metadata" of the S3 reference. Metadata comes back as it was
 * sent, raw UTF-8 included. S3's RFC 2047 wrapping of such values is left out: few clients unwrap it.
 */

import { checksumHeader } from '../base/checksum.ts';
import type { Limits } from '../base/limits.ts';
import type { Bucket, Checksum, ObjectVersion, StoredHeaders } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { HeaderFields, S3Request } from '../wire/request.ts';
import { httpDate, quoteEtag, storedContentEncoding } from '../wire/values.ts';

const META = 'x-amz-meta-';
const DEFAULT_TYPE = 'binary/octet-stream';

/**
 * All classes are kept alike, with no less care than the best one promises. Classes that promise another price, place or
 * delay of access are refused rather than pretended.
 */
const STORAGE_CLASSES: ReadonlySet<string> = new Set(['STANDARD', 'REDUCED_REDUNDANCY']);

/** Throws `MetadataTooLarge`, `InvalidStorageClass`, `InvalidRedirectLocation`. */
export function storedHeaders(headers: HeaderFields, limits: Pick<Limits, 'userMetadataBytes'>): StoredHeaders {
  const contentType = said(headers, 'content-type');
  const cacheControl = said(headers, 'cache-control');
  const contentDisposition = said(headers, 'content-disposition');
  const contentEncoding = storedContentEncoding(said(headers, 'content-encoding'));
  const contentLanguage = said(headers, 'content-language');
  const expires = said(headers, 'expires');
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(contentLanguage !== undefined && { contentLanguage }),
    ...(expires !== undefined && { expires }),
    ...placement(headers),
    userMetadata: userMetadata(headers, limits.userMetadataBytes),
  };
}

/** What a copy takes from its own request even when it takes the metadata from its source. */
export function placement(headers: HeaderFields): Pick<StoredHeaders, 'storageClass' | 'websiteRedirectLocation'> {
  const websiteRedirectLocation = redirectLocation(headers);
  const wanted = storageClass(headers);
  return {
    ...(websiteRedirectLocation !== undefined && { websiteRedirectLocation }),
    ...(wanted !== undefined && { storageClass: wanted }),
  };
}

/** An empty header says nothing: S3 answers such an object with the default. */
function said(headers: HeaderFields, name: string): string | undefined {
  const value = headers.one(name);
  return value === '' ? undefined : value;
}

function storageClass(headers: HeaderFields): string | undefined {
  const value = said(headers, 'x-amz-storage-class');
  if (value === undefined || STORAGE_CLASSES.has(value)) return value;
  throw new S3Error('InvalidStorageClass', `The storage class you specified is not available here. Use STANDARD.`, {
    fields: { StorageClassRequested: value },
  });
}

function redirectLocation(headers: HeaderFields): string | undefined {
  const value = said(headers, 'x-amz-website-redirect-location');
  if (value === undefined || /^(?:https?:\/)?\//.test(value)) return value;
  throw new S3Error('InvalidRedirectLocation');
}

function userMetadata(headers: HeaderFields, limit: number): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  let bytes = 0;
  for (const header of headers.names()) {
    if (!header.startsWith(META)) continue;
    const name = header.slice(META.length);
    // RFC 9110 section 5.3: a field that occurs several times is its values joined by commas.
    const value = headers.all(header).join(',');
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (name !== '') metadata.set(name, value);
  }
  if (bytes > limit) {
    throw new S3Error('MetadataTooLarge', `Your metadata headers hold ${bytes} bytes; at most ${limit} are allowed.`, {
      fields: { Size: String(bytes), MaxSizeAllowed: String(limit) },
    });
  }
  return metadata;
}

export type ReplyHeaders = Record<string, string>;

/** Of every answer that is a document. */
export const XML = Object.freeze({ 'Content-Type': 'application/xml' });

/** Headers of GET and HEAD that describe the version as a whole; 200, 206 and 304 share them. */
export function versionHeaders(version: ObjectVersion, bucket: Bucket): ReplyHeaders {
  const { headers } = version;
  const reply: ReplyHeaders = {
    'Accept-Ranges': 'bytes',
    'Content-Type': headers.contentType ?? DEFAULT_TYPE,
    ETag: quoteEtag(version.etag),
    'Last-Modified': httpDate(version.modifiedAt),
    ...versionIdHeader(version, bucket),
  };
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) reply[name] = value;
  };
  set('Cache-Control', headers.cacheControl);
  set('Content-Disposition', headers.contentDisposition);
  set('Content-Encoding', headers.contentEncoding);
  set('Content-Language', headers.contentLanguage);
  set('Expires', headers.expires);
  set('x-amz-website-redirect-location', headers.websiteRedirectLocation);
  set('x-amz-storage-class', headers.storageClass === 'STANDARD' ? undefined : headers.storageClass);
  for (const [name, value] of headers.userMetadata) set(META + name, value);
  return reply;
}

/** `x-amz-version-id`, once the bucket has had versioning. Clients see the null version as `null`. */
export function versionIdHeader(
  version: { readonly versionId?: string; readonly isNull?: boolean },
  bucket: Bucket,
): ReplyHeaders {
  if (bucket.versioning === 'unversioned' || version.versionId === undefined) return {};
  return { 'x-amz-version-id': shownVersionId(version) };
}

export const shownVersionId = (version: { readonly versionId?: string; readonly isNull?: boolean }): string =>
  version.isNull === true || version.versionId === undefined ? 'null' : version.versionId;

/** `x-amz-checksum-…` and its type. */
export function checksumHeaders(checksum: Checksum | undefined): ReplyHeaders {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

/** GET and HEAD parameters that replace a header in the answer, for links that say how a browser shall take them. */
const OVERRIDES: ReadonlyMap<string, string> = new Map([
  ['response-cache-control', 'Cache-Control'],
  ['response-content-disposition', 'Content-Disposition'],
  ['response-content-encoding', 'Content-Encoding'],
  ['response-content-language', 'Content-Language'],
  ['response-content-type', 'Content-Type'],
  ['response-expires', 'Expires'],
]);

/** Throws `InvalidRequest` for anonymous requests (an override must be signed) and for values that no header can hold. */
export function overrides(request: S3Request, anonymous: boolean): ReplyHeaders {
  const reply: ReplyHeaders = {};
  for (const name of request.query.names()) {
    const header = OVERRIDES.get(name);
    const value = header === undefined ? undefined : request.query.one(name);
    if (header === undefined || value === undefined) continue;
    if (anonymous) {
      throw new S3Error(
        'InvalidRequest',
        'Request specific response headers cannot be used for anonymous GET requests.',
      );
    }
    if (hasControlCharacter(value)) {
      throw new S3Error('InvalidArgument', `The value of ${name} holds characters that no header can carry.`, {
        fields: { ArgumentName: name },
      });
    }
    if (value !== '') reply[header] = value;
  }
  return reply;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const hasControlCharacter = (value: string): boolean => /[\x00-\x08\x0a-\x1f\x7f]/.test(value);
