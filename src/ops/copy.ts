/**
 * CopyObject and UploadPartCopy, by reference: the new version or part names the source's bytes, none are moved.
 *
 * Sources: the two operations in the S3 API reference. A copy keeps the source's ETag and part layout, because its bytes
 * are the same ones. The ETag of a copied part is "not an MD5 digest" in S3 either ("Object"); ours is that of the source when
 * all of it is copied in one piece, and otherwise names source version and range, so that copying stays a matter of
 * milliseconds at any size. Only a checksum that the caller asks for and that nobody knows yet makes us read bytes.
 */

import type {
  Body,
  Checksum,
  ObjectVersion,
  Part,
  StoredHeaders,
  Tag,
  VersionAttributes,
  VersionDraft,
} from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict } from '../store/port.ts';
import { writeCopyResult } from '../wire/documents/copy.ts';
import type { HeaderFields } from '../wire/request.ts';
import { type ByteRange, parseCopyRange } from '../wire/values.ts';
import { invalidArgument } from './arguments.ts';
import { askedAttributes, attributesIn } from './attributes.ts';
import { authoriseAs, authoriseBesides } from './authorise.ts';
import { commitToKey, stateOf } from './commit.ts';
import { type CopySource, parseCopySource } from './copy-source.ts';
import { algorithmNamed, checksumOf } from './digests.ts';
import { md5 } from './hashing.ts';
import { placement, storedHeaders, versionIdHeader, XML } from './headers.ts';
import { admittedCondition, bodyOf, onKey } from './objects.ts';
import { type FoundSource, fetchSource, sourceVersionHeader } from './source.ts';
import type { Call, Handler, Services } from './types.ts';
import { noSuchUpload, partNumberOf, requireUpload } from './uploads.ts';
import { type Owned, ownedBy } from './writer.ts';

// ---------------------------------------------------------------------------------------------------- copy object

export const copyObject: Handler = async (call, services) => {
  const { headers } = call.request;
  const state = stateOf(call);
  const named = parseCopySource(headers);
  refuseRange(headers);
  const directive = directiveIn(headers, 'x-amz-metadata-directive');
  const algorithm = wantedAlgorithm(headers);
  const asked = askedAttributes(call, services);
  const tagging = taggingDirective(headers, asked);
  const owned = await ownedBy(call, services);
  const condition = admittedCondition(call, services);
  if (directive === 'COPY') refuseCopyOntoItself(call, named);

  let copy = await makeCopy();
  const { committed, bucket } = await commitToKey(state, services, async (now, conflict) => {
    if (conflict === 'source') copy = await makeCopy();
    const attributes = attributesIn(now.bucket, copy.attributes, copy.draft.modifiedAt);
    return { type: 'putVersion', ...onKey(now, condition), draft: { ...copy.draft, ...attributes } };
  });
  const { draft, source } = copy;
  return {
    status: 200,
    headers: { ...XML, ...sourceVersionHeader(source), ...versionIdHeader(committed, bucket) },
    body: writeCopyResult('CopyObjectResult', draft),
  };

  async function makeCopy(): Promise<Copy> {
    const found = await fetchSource(call, services, { source: named, withBody: algorithm !== undefined });
    const stored =
      directive === 'COPY' ? copiedHeaders(found.version, headers) : storedHeaders(headers, services.limits);
    const checksum = await checksumFor(services, found.version, algorithm);
    const draft = draftOf(found.version, { owned, stored, checksum, services });
    const tags = tagging === 'COPY' ? copiedTags(call, services, { named, found }) : asked.tags;
    return { source: found, draft, attributes: { ...asked, ...(tags !== undefined && { tags }) } };
  }
};

interface Copy {
  readonly source: FoundSource;
  readonly draft: VersionDraft;
  /** What it has besides: tags of its own or of the source, and the lock that this request asks for. */
  readonly attributes: VersionAttributes;
}

interface CopyParts {
  readonly owned: Owned;
  readonly stored: StoredHeaders;
  readonly checksum: Checksum | undefined;
  readonly services: Services;
}

function draftOf(version: ObjectVersion, { owned, stored, checksum, services }: CopyParts): VersionDraft {
  checkCopySize(version.size, services);
  return {
    kind: 'object',
    body: bodyOf(version),
    etag: version.etag,
    size: version.size,
    modifiedAt: services.clock.now(),
    ...owned,
    headers: stored,
    ...(checksum !== undefined && { checksum }),
    ...(version.parts !== undefined && { parts: version.parts }),
  };
}

/** Without this, who asks for a piece would get the whole. */
function refuseRange(headers: HeaderFields): void {
  const name = 'x-amz-copy-source-range';
  if (!headers.has(name)) return;
  throw new S3Error('InvalidArgument', 'CopyObject copies whole objects. Copy a range with UploadPartCopy.', {
    fields: { ArgumentName: name, ArgumentValue: headers.one(name) ?? '' },
  });
}

function directiveIn(
  headers: HeaderFields,
  name: 'x-amz-metadata-directive' | 'x-amz-tagging-directive',
): 'COPY' | 'REPLACE' {
  const directive = headers.one(name) ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  const what = name.slice('x-amz-'.length).replace('-', ' ');
  throw invalidArgument(name, directive, `Unknown ${what} "${directive}". Use COPY or REPLACE.`);
}

/** Tags of its own make sense only where those of the source are not copied; the header is never ignored. */
function taggingDirective(headers: HeaderFields, { tags }: VersionAttributes): 'COPY' | 'REPLACE' {
  const directive = directiveIn(headers, 'x-amz-tagging-directive');
  if (directive === 'REPLACE' || tags === undefined) return directive;
  throw new S3Error('InvalidRequest', 'The header x-amz-tagging needs x-amz-tagging-directive: REPLACE.');
}

interface NamedSource {
  readonly named: CopySource;
  readonly found: FoundSource;
}

/** Who copies tags must be allowed to read them there and to write them here ("Object tagging and access control policies"). */
function copiedTags(call: Call, services: Services, { named, found }: NamedSource): readonly Tag[] | undefined {
  const tags = found.version.attributes?.tags;
  if (tags === undefined) return undefined;
  const target = { bucket: found.bucket, version: found.version, revision: '' };
  authoriseAs('GetObjectTagging', call, services, { ...named, target });
  authoriseBesides('s3:PutObjectTagging', call, services, call.target);
  return tags;
}

function wantedAlgorithm(headers: HeaderFields): Checksum['algorithm'] | undefined {
  const text = headers.one('x-amz-checksum-algorithm');
  if (text === undefined) return undefined;
  const algorithm = algorithmNamed(text);
  if (algorithm !== undefined) return algorithm;
  throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
}

/** A named version is not "itself": copying an old version over the newest is how S3 restores one. */
function refuseCopyOntoItself(call: Call, source: CopySource): void {
  const { bucket, key, headers } = call.request;
  if (source.bucket !== bucket || source.key !== key || source.versionId !== undefined) return;
  if (headers.has('x-amz-storage-class') || headers.has('x-amz-website-redirect-location')) return;
  throw new S3Error(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** The storage class and the redirect are not copied, in S3 neither: the copy has what its own request says. */
function copiedHeaders(version: ObjectVersion, headers: HeaderFields): StoredHeaders {
  const { storageClass: _class, websiteRedirectLocation: _location, ...copied } = version.headers;
  return { ...copied, ...placement(headers) };
}

function checkCopySize(size: number, { limits }: Services): void {
  if (size <= limits.putBytes) return;
  throw new S3Error(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${limits.putBytes}. Copy it in parts.`,
  );
}

/** The source's own checksum, unless the caller asks for another algorithm. */
async function checksumFor(
  services: Services,
  version: ObjectVersion,
  algorithm: Checksum['algorithm'] | undefined,
): Promise<Checksum | undefined> {
  const { checksum } = version;
  if (algorithm === undefined || checksum?.algorithm === algorithm) return checksum;
  return checksumOf(services, bodyOf(version), algorithm);
}

// ------------------------------------------------------------------------------------------------ upload part copy

export const uploadPartCopy: Handler = async (call, services) => {
  const { headers } = call.request;
  const named = parseCopySource(headers);
  const number = partNumberOf(call.request, services.limits);
  const upload = await requireUpload(call, services);
  const algorithm = upload.checksumAlgorithm;
  for (let attempt = 0; attempt < services.limits.commitAttempts; attempt += 1) {
    const source = await fetchSource(call, services, { source: named, withBody: algorithm !== undefined });
    const piece = pieceOf(source.version, headers, services);
    const checksum = await pieceChecksum(services, piece, algorithm);
    const part: Part = {
      number,
      size: piece.body.size,
      etag: pieceEtag(source, piece),
      modifiedAt: services.clock.now(),
      body: piece.body,
      ...(checksum !== undefined && { checksum }),
    };
    try {
      const { bucketId, key, uploadId } = upload;
      await services.rows.commit({ type: 'putPart', bucketId, key, uploadId, part });
    } catch (error) {
      if (error instanceof Conflict && error.what === 'upload') throw noSuchUpload(upload.uploadId);
      if (error instanceof Conflict && error.what === 'source') continue;
      throw error;
    }
    return {
      status: 200,
      headers: { ...XML, ...sourceVersionHeader(source) },
      body: writeCopyResult('CopyPartResult', part),
    };
  }
  throw new S3Error('OperationAborted', 'The copy source kept changing while it was copied. Please try again.');
};

/** What is copied of the source. */
interface Piece {
  readonly version: ObjectVersion;
  readonly range: ByteRange;
  readonly whole: boolean;
  readonly body: Body;
}

function pieceOf(version: ObjectVersion, headers: HeaderFields, services: Services): Piece {
  const header = headers.one('x-amz-copy-source-range');
  const range = header === undefined ? { start: 0, end: version.size } : parseCopyRange(header, version.size);
  checkCopySize(range.end - range.start, services);
  const whole = range.start === 0 && range.end === version.size;
  const body = whole ? bodyOf(version) : services.blobs.slice(bodyOf(version), range.start, range.end);
  return { version, range, whole, body };
}

const MULTIPART = /-\d+$/;

function pieceEtag({ bucket }: FoundSource, { version, range, whole }: Piece): string {
  if (whole && !MULTIPART.test(version.etag)) return version.etag;
  const identity = [bucket.id, version.key, version.versionId, version.etag, range.start, range.end];
  return md5(Buffer.from(JSON.stringify(identity))).toString('hex');
}

/** In S3 a part that is copied into an upload with checksums gets one as well. */
async function pieceChecksum(
  services: Services,
  { version, whole, body }: Piece,
  algorithm: Checksum['algorithm'] | undefined,
): Promise<Checksum | undefined> {
  if (algorithm === undefined) return undefined;
  const { checksum } = version;
  if (whole && checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT') return checksum;
  return checksumOf(services, body, algorithm);
}
