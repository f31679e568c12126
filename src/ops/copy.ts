/**
 * CopyObject and UploadPartCopy, by reference: the new version or part names the source's bytes, none are moved, as far as encryption allows.
 *
 * Sources: the two operations in the S3 API reference. A copy keeps the source's ETag and part layout, because its bytes
 * are the same ones. The ETag of a copied part is "not an MD5 digest" in S3 either ("Object"); ours is that of the source when
 * all of it is copied in one piece, and otherwise names source version and range, so that copying stays a matter of
 * milliseconds at any size. Bytes are read only for a checksum that the caller asks for and that nobody knows yet, and written
 * only where the copy is encrypted and its source is not (`encryption/copying.ts`), or where parts are encrypted.
 */

import type {
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
import { bucketOf, commitToKey, keepOrDiscard, stateOf } from './commit.ts';
import { type CopySource, parseCopySource } from './copy-source.ts';
import { algorithmNamed, checksumOf } from './digests.ts';
import { etagAs, readBytes, type Stored, type Writing, writeBytes } from './encryption/bytes.ts';
import { type Carried, carryOver, nothing } from './encryption/copying.ts';
import { asksForEncryption, schemeFor } from './encryption/scheme.ts';
import { encryptionHeaders, openObject, openUpload, withEncryption } from './encryption/sealing.ts';
import { md5 } from './hashing.ts';
import { placement, storedHeaders, versionIdHeader, XML } from './headers.ts';
import { admittedCondition, onKey, storedOf } from './objects.ts';
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
  const scheme = schemeFor(call, services);
  const owner = { bucketId: state.bucket.id, region: state.bucket.region, key: state.key };

  let copy = await makeCopy();
  const { committed, bucket } = await keepIfFresh(services, copy.carried, () =>
    commitToKey(state, services, async (now, conflict) => {
      if (conflict === 'source') copy = await makeCopy();
      const attributes = attributesIn(now.bucket, copy.attributes, copy.draft.modifiedAt);
      return { type: 'putVersion', ...onKey(now, condition), draft: { ...copy.draft, ...attributes } };
    }),
  );
  const { draft, source, carried } = copy;
  return {
    status: 200,
    headers: {
      ...XML,
      ...sourceVersionHeader(source),
      ...encryptionHeaders(carried.sealing?.encryption, true),
      ...versionIdHeader(committed, bucket),
    },
    body: writeCopyResult('CopyObjectResult', draft),
  };

  async function makeCopy(): Promise<Copy> {
    const withBody = algorithm !== undefined || scheme !== undefined;
    const found = await fetchSource(call, services, { source: named, withBody });
    const { version } = found;
    checkCopySize(version.size, services);
    const stored = directive === 'COPY' ? copiedHeaders(version, headers) : storedHeaders(headers, services.limits);
    const tags = tagging === 'COPY' ? copiedTags(call, services, { named, found }) : asked.tags;
    const bytes = sourceBytes(call, services, found);
    const checksum = await checksumFor(services, version, bytes, algorithm);
    const carried = await carryOver(services, bytes, scheme, owner);
    const etag = etagAs(version.etag, bytes.sealing, carried.sealing);
    const draft = draftOf(version, { owned, stored, checksum, carried, etag, services });
    const attributes = withEncryption({ ...asked, ...(tags !== undefined && { tags }) }, carried.sealing);
    return { source: found, carried, draft, attributes };
  }
};

interface Copy {
  readonly source: FoundSource;
  readonly carried: Carried;
  readonly draft: VersionDraft;
  /** What it has besides: tags of its own or of the source, the lock that this request asks for, and how it is encrypted. */
  readonly attributes: VersionAttributes;
}

const sourceBytes = (call: Call, services: Services, { bucket, version }: FoundSource): Stored =>
  storedOf(version, openObject(call, services, { bucketId: bucket.id, version, from: 'source' }));

/** What was written for the copy is given back when nothing will name it. */
const keepIfFresh = <T>(
  { blobs }: Services,
  { isFresh, body }: Pick<Carried, 'isFresh' | 'body'>,
  commit: () => Promise<T>,
): Promise<T> => (isFresh ? keepOrDiscard(blobs, body, commit) : commit());

interface CopyParts {
  readonly owned: Owned;
  readonly stored: StoredHeaders;
  readonly checksum: Checksum | undefined;
  readonly carried: Carried;
  readonly etag: string;
  readonly services: Services;
}

function draftOf(
  version: ObjectVersion,
  { owned, stored, checksum, carried, etag, services }: CopyParts,
): VersionDraft {
  return {
    kind: 'object',
    body: carried.body,
    etag,
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

/**
 * Who copies tags must be allowed to read them there and to write them here ("Object tagging and access control policies"),
 * just these ones: what a policy denies of tags it denies however they come.
 */
function copiedTags(call: Call, services: Services, { named, found }: NamedSource): readonly Tag[] | undefined {
  const tags = found.version.attributes?.tags;
  if (tags === undefined) return undefined;
  const target = { bucket: found.bucket, version: found.version, revision: '' };
  authoriseAs('GetObjectTagging', call, services, { ...named, target });
  authoriseBesides('s3:PutObjectTagging', { ...call, says: { tags } }, services, call.target);
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
  if (asksForEncryption(headers)) return;
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

/** The source's own checksum, or the one that the caller asks for: always of all bytes, as in S3, also where the source has one of its parts. */
async function checksumFor(
  services: Services,
  { checksum, size }: ObjectVersion,
  bytes: Stored,
  algorithm: Checksum['algorithm'] | undefined,
): Promise<Checksum | undefined> {
  const isKept = algorithm === undefined || (checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT');
  return isKept ? checksum : checksumOf(services, bytes, { start: 0, end: size }, algorithm);
}

// ------------------------------------------------------------------------------------------------ upload part copy

export const uploadPartCopy: Handler = async (call, services) => {
  const { headers } = call.request;
  const named = parseCopySource(headers);
  const number = partNumberOf(call.request, services.limits);
  const upload = await requireUpload(call, services);
  const sealing = openUpload(call, services, upload);
  for (let attempt = 0; attempt < services.limits.commitAttempts; attempt += 1) {
    const source = await fetchSource(call, services, { source: named, withBody: true });
    const piece = pieceOf(source.version, headers, services);
    const bytes = sourceBytes(call, services, source);
    const checksum = await pieceChecksum(services, piece, bytes, upload.checksumAlgorithm);
    const { bucketId, key, uploadId } = upload;
    const owner = { bucketId, region: bucketOf(call).region, key, uploadId };
    const carried = await pieceBody(services, piece, bytes, { sealing, number, owner });
    const part: Part = {
      number,
      size: piece.range.end - piece.range.start,
      etag: pieceEtag(source, piece, etagAs(piece.version.etag, bytes.sealing, sealing)),
      modifiedAt: services.clock.now(),
      body: carried.body,
      ...(checksum !== undefined && { checksum }),
    };
    try {
      await keepIfFresh(services, carried, () =>
        services.rows.commit({ type: 'putPart', bucketId, key, uploadId, part }),
      );
    } catch (error) {
      if (error instanceof Conflict && error.what === 'upload') throw noSuchUpload(upload.uploadId);
      if (error instanceof Conflict && error.what === 'source') continue;
      throw error;
    }
    return {
      status: 200,
      headers: { ...XML, ...sourceVersionHeader(source), ...encryptionHeaders(sealing?.encryption) },
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
}

function pieceOf(version: ObjectVersion, headers: HeaderFields, services: Services): Piece {
  const header = headers.one('x-amz-copy-source-range');
  const range = header === undefined ? { start: 0, end: version.size } : parseCopyRange(header, version.size);
  checkCopySize(range.end - range.start, services);
  const whole = range.start === 0 && range.end === version.size;
  return { version, range, whole };
}

/** By reference, unless source or upload is encrypted: a part has its place in what it is encrypted for. */
async function pieceBody(
  services: Services,
  { range, whole }: Piece,
  bytes: Stored,
  writing: Omit<Writing, 'size'>,
): Promise<Pick<Carried, 'body' | 'isFresh'>> {
  const { start, end } = range;
  if (bytes.sealing !== undefined || writing.sealing !== undefined) {
    const plain = start === end ? nothing() : readBytes(services, bytes, start, end);
    const { body } = await writeBytes(services, plain, { ...writing, size: end - start });
    return { body, isFresh: true };
  }
  return { body: whole ? bytes.body : services.blobs.slice(bytes.body, start, end), isFresh: false };
}

const MULTIPART = /-\d+$/;

/** `etag` is that of the source as the part is encrypted. */
function pieceEtag({ bucket }: FoundSource, { version, range, whole }: Piece, etag: string): string {
  if (whole && !MULTIPART.test(version.etag)) return etag;
  const identity = [bucket.id, version.key, version.versionId, version.etag, range.start, range.end];
  return md5(Buffer.from(JSON.stringify(identity))).toString('hex');
}

/** In S3 a part that is copied into an upload with checksums gets one as well. */
async function pieceChecksum(
  services: Services,
  { version, range, whole }: Piece,
  bytes: Stored,
  algorithm: Checksum['algorithm'] | undefined,
): Promise<Checksum | undefined> {
  if (algorithm === undefined) return undefined;
  const { checksum } = version;
  if (whole && checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT') return checksum;
  return checksumOf(services, bytes, range, algorithm);
}
