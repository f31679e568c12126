/**
 * CompleteMultipartUpload: the parts that the client names become one object, by reference.
 *
 * Sources: the operation in the S3 API reference, "Multipart upload limits", "Checking object integrity" for the two kinds
 * of checksum. Asked again after it succeeded it succeeds again: clients repeat it when an answer was lost. The object's
 * date is that of its completion; S3 takes the initiation's, under which a cache that holds a version written in between
 * would call itself current.
 */

import type { ObjectVersion, Part, Upload, VersionAttributes, VersionDraft } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict } from '../store/port.ts';
import {
  type CompletedPart,
  readCompleteMultipartUpload,
  writeCompleteMultipartUpload,
} from '../wire/documents/multipart.ts';
import { integerIn } from '../wire/values.ts';
import { attributesIn } from './attributes.ts';
import { authoriseAs, authoriseUpload, touchedBy } from './authorise.ts';
import { bucketOf, commitToKey, stateOf } from './commit.ts';
import { checkPartChecksums, objectChecksum } from './complete-checksum.ts';
import { type WriteCondition, writeCondition } from './conditions.ts';
import { encryptionHeaders, openUploadIfTold } from './encryption/sealing.ts';
import { md5 } from './hashing.ts';
import { type ReplyHeaders, versionIdHeader, XML } from './headers.ts';
import { onKey } from './objects.ts';
import type { Call, Handler, Reply, Services } from './types.ts';
import { findUpload, initiatorOf, noSuchUpload, uploadIdOf } from './uploads.ts';

export const completeMultipartUpload: Handler = async (call, services) => {
  const condition = writeCondition(call.request.headers);
  if (condition.kind === 'match') authoriseAs('GetObject', call, services, touchedBy(call, call.target));
  const wanted = readCompleteMultipartUpload(await call.body.bytes(services.limits.xmlBytes), services.limits);
  checkOrder(wanted);
  const upload = await findUpload(call, services);
  if (upload === undefined) return repeated(call, services, wanted);
  const { parts, wrong } = await storedParts(services, upload, wanted);
  if (wrong !== undefined) {
    // Not what is stored, or gone with an upload that the same request, sent twice, has completed meanwhile.
    if ((await findUpload(call, services)) === undefined) return repeated(call, services, wanted);
    throw invalidPart(upload.uploadId, wrong);
  }
  checkSizes(call, services, parts, wanted);
  checkPartChecksums(upload, parts, wanted);
  const sealing = openUploadIfTold(call, services, upload);
  const checksum = await objectChecksum(call, services, { upload, parts, sealing });
  const draft: Omit<VersionDraft, 'body'> = {
    kind: 'object',
    etag: multipartEtag(wanted),
    size: sumOf(parts),
    modifiedAt: services.clock.now(),
    owner: upload.owner,
    ownerCanonicalId: upload.ownerCanonicalId,
    acl: upload.acl,
    headers: upload.headers,
    ...(checksum !== undefined && { checksum }),
    parts: parts.map(({ number, size, checksum: own }) => ({
      number,
      size,
      ...(own !== undefined && { checksum: own }),
    })),
    uploadId: upload.uploadId,
  };
  try {
    const { attributes = {} } = upload;
    const { committed, bucket } = await commit(call, services, { condition, draft, attributes, wanted });
    return completed(call, { ...draft, attributes }, versionIdHeader(committed, bucket));
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    if (error.what === 'upload') return repeated(call, services, wanted);
    if (error.what === 'part')
      throw invalidPart(
        upload.uploadId,
        wanted.find((part) => String(part.partNumber) === error.field),
      );
    throw error;
  }
};

interface Completion {
  readonly condition: WriteCondition;
  readonly draft: Omit<VersionDraft, 'body'>;
  /** What the upload was begun with. */
  readonly attributes: VersionAttributes;
  readonly wanted: readonly CompletedPart[];
}

function commit(call: Call, services: Services, { condition, draft, attributes, wanted }: Completion) {
  const uploadId = uploadIdOf(call.request);
  const parts = wanted.map(({ partNumber, etag }) => ({ number: partNumber, etag }));
  return commitToKey(stateOf(call), services, (now, conflict) => {
    // Somebody else sent the same request and was first: that is success, also under a condition that it made untrue.
    if (conflict !== undefined && now.version?.uploadId === uploadId) throw new Conflict('upload');
    const whole = { ...draft, ...attributesIn(now.bucket, attributes, draft.modifiedAt) };
    return { type: 'completeUpload', ...onKey(now, condition), uploadId, parts, draft: whole };
  });
}

/** The upload is gone. If that is because it became a version of the object, with these parts, then this was done already. */
async function repeated(call: Call, services: Services, wanted: readonly CompletedPart[]): Promise<Reply> {
  const uploadId = uploadIdOf(call.request);
  const { bucket, version } = await completedBefore(call, services, uploadId);
  if (version?.etag !== multipartEtag(wanted)) throw noSuchUpload(uploadId);
  authoriseUpload(call, services, { ...touchedBy(call, call.target), initiator: initiatorOf(version) });
  return completed(call, version, versionIdHeader(version, bucket));
}

/** The version that the upload became, if it is there: the current one, or in a versioned bucket one of the newest. */
async function completedBefore(call: Call, { rows, limits }: Services, uploadId: string) {
  const asked = bucketOf(call);
  const { key } = stateOf(call);
  const { bucket, version } = await rows.getTarget({ bucket: asked.name, key });
  if (bucket?.id !== asked.id) return { bucket: asked, version: undefined };
  if (version?.uploadId === uploadId || bucket.versioning === 'unversioned') {
    return { bucket, version: version?.uploadId === uploadId ? version : undefined };
  }
  const versions = await rows.scanVersions(bucket.id, { key, inclusive: true }, limits.repeatedVersions);
  return { bucket, version: versions.find((each) => each.key === key && each.uploadId === uploadId) };
}

function completed(
  call: Call,
  object: Pick<ObjectVersion, 'etag' | 'checksum' | 'attributes'>,
  headers: ReplyHeaders,
): Reply {
  const { request } = call;
  const location = `${request.secure ? 'https' : 'http'}://${request.host}${request.rawPath}`;
  const { etag, checksum, attributes } = object;
  // As in S3, nothing is said of customers' keys here.
  const told = attributes?.encryption?.type === 'SSE-C' ? undefined : attributes?.encryption;
  const { bucket = '', key = '' } = request;
  return {
    status: 200,
    headers: { ...XML, ...encryptionHeaders(told), ...headers },
    body: writeCompleteMultipartUpload({ location, bucket, key, etag, checksum }),
  };
}

// ------------------------------------------------------------------------------------------------- the parts' rules

function checkOrder(wanted: readonly CompletedPart[]): void {
  let previous = 0;
  for (const { partNumber } of wanted) {
    if (partNumber <= previous) {
      throw new S3Error('InvalidPartOrder', undefined, { fields: { PartNumber: String(partNumber) } });
    }
    previous = partNumber;
  }
}

interface StoredParts {
  /** The rows of the parts that are wanted, in order. */
  readonly parts: readonly Part[];
  /** The first that is not stored as it is named. */
  readonly wrong: CompletedPart | undefined;
}

async function storedParts(services: Services, upload: Upload, wanted: readonly CompletedPart[]): Promise<StoredParts> {
  const stored = new Map<number, Part>();
  const last = wanted.at(-1)?.partNumber ?? 0;
  for (let after = 0; after < last; ) {
    const page = await services.rows.scanParts(upload.uploadId, after, services.limits.pageEntries);
    for (const part of page) stored.set(part.number, part);
    after = page.length < services.limits.pageEntries ? last : (page.at(-1)?.number ?? last);
  }
  const parts: Part[] = [];
  for (const part of wanted) {
    const row = stored.get(part.partNumber);
    if (row === undefined || row.etag !== part.etag) return { parts, wrong: part };
    parts.push(row);
  }
  return { parts, wrong: undefined };
}

const invalidPart = (uploadId: string, part: CompletedPart | undefined): S3Error =>
  new S3Error('InvalidPart', undefined, {
    fields: { UploadId: uploadId, PartNumber: String(part?.partNumber ?? ''), ETag: part?.etag ?? '' },
  });

function checkSizes(call: Call, services: Services, parts: readonly Part[], wanted: readonly CompletedPart[]): void {
  const { limits } = services;
  parts.forEach((part, index) => {
    if (index === parts.length - 1 || part.size >= limits.partBytesMin) return;
    throw new S3Error('EntityTooSmall', undefined, {
      fields: {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(limits.partBytesMin),
        PartNumber: String(part.number),
        ETag: wanted[index]?.etag ?? '',
      },
    });
  });
  const size = sumOf(parts);
  if (size > limits.objectBytes) {
    throw new S3Error('EntityTooLarge', undefined, {
      fields: { ProposedSize: String(size), MaxSizeAllowed: String(limits.objectBytes) },
    });
  }
  checkDeclaredSize(call.request.headers.one('x-amz-mp-object-size'), size);
}

function checkDeclaredSize(declared: string | undefined, size: number): void {
  if (declared === undefined || integerIn(declared, 0, Number.MAX_SAFE_INTEGER) === size) return;
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${size}`,
  );
}

const sumOf = (parts: readonly { readonly size: number }[]): number => parts.reduce((sum, { size }) => sum + size, 0);

/** S3's ETag of a multipart object: the MD5 of the parts' MD5s, and how many there are. */
function multipartEtag(wanted: readonly CompletedPart[]): string {
  const digests = Buffer.concat(wanted.map(({ etag }) => Buffer.from(etag, 'hex')));
  return `${md5(digests).toString('hex')}-${wanted.length}`;
}
