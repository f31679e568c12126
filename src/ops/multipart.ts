/**
 * Multipart uploads: beginning one, its parts, giving it up. Listing them is in `uploads-list.ts`, completion in `complete.ts`.
 *
 * Sources: CreateMultipartUpload, UploadPart and AbortMultipartUpload in the S3 API reference; "Checking object
 * integrity" for which checksums go together. A part costs three reads (key, bucket, upload): the upload is looked up
 * before the body is asked for, so that no client sends five gigabytes to an upload that is gone.
 */

import { CHECKSUM_ALGORITHMS, checksumHeader } from '../base/checksum.ts';
import { isCombinable } from '../base/crc-combine.ts';
import type { Checksum, Part, Upload } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict } from '../store/port.ts';
import { writeInitiateMultipartUpload } from '../wire/documents/multipart.ts';
import type { HeaderFields } from '../wire/request.ts';
import { contentMd5, quoteEtag } from '../wire/values.ts';
import { askedAttributes } from './attributes.ts';
import { bucketOf, keepOrDiscard, stateOf } from './commit.ts';
import { algorithmNamed } from './digests.ts';
import { etagOf, writeBytes } from './encryption/bytes.ts';
import { encryptionHeaders, openUpload, withEncryption } from './encryption/sealing.ts';
import { Md5Stream } from './hashing.ts';
import { checksumHeaders, storedHeaders, XML } from './headers.ts';
import { bodySize, sealNew, verifiedChecksum } from './objects.ts';
import type { Handler } from './types.ts';
import { newUploadId, noSuchUpload, partNumberOf, requireUpload } from './uploads.ts';
import { ownedBy } from './writer.ts';

export { completeMultipartUpload } from './complete.ts';
export { listMultipartUploads, listParts } from './uploads-list.ts';

// ------------------------------------------------------------------------------------------------------ create

export const createMultipartUpload: Handler = async (call, services) => {
  const { headers } = call.request;
  const { bucket, key } = stateOf(call);
  if (call.caller.kind === 'anonymous') {
    throw new S3Error('AccessDenied', 'Anonymous users cannot initiate multipart uploads. Please authenticate.');
  }
  const sealing = sealNew(call, services);
  const attributes = withEncryption(askedAttributes(call, services), sealing);
  const upload: Upload = {
    bucketId: bucket.id,
    key,
    uploadId: newUploadId(services.random, call.caller.account.canonicalId),
    initiatedAt: services.clock.now(),
    ...(await ownedBy(call, services)),
    headers: storedHeaders(headers, services.limits),
    ...checksumPlan(headers),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
  try {
    await services.rows.commit({ type: 'createUpload', upload });
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== 'bucket') throw error;
    throw new S3Error('NoSuchBucket', undefined, { fields: { BucketName: bucket.name } });
  }
  const { checksumAlgorithm, checksumType, uploadId } = upload;
  return {
    status: 200,
    headers: {
      ...XML,
      ...(checksumAlgorithm !== undefined && { 'x-amz-checksum-algorithm': checksumAlgorithm }),
      ...(checksumType !== undefined && { 'x-amz-checksum-type': checksumType }),
      ...encryptionHeaders(sealing?.encryption, true),
    },
    body: writeInitiateMultipartUpload({ bucket: bucket.name, key, uploadId }),
  };
};

/**
 * Only CRCs of parts can be joined to that of the object. CRC-64/NVME covers whole objects only, the other two can do both
 * and default to parts.
 */
const typesOf = (algorithm: Checksum['algorithm']): readonly Checksum['type'][] => {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT'];
  return isCombinable(algorithm) ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE'];
};

function checksumPlan(headers: HeaderFields): Pick<Upload, 'checksumAlgorithm' | 'checksumType'> {
  const named = headers.one('x-amz-checksum-algorithm');
  const type = headers.one('x-amz-checksum-type')?.toUpperCase();
  if (named === undefined) {
    if (type === undefined) return {};
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  if (type !== undefined && type !== 'COMPOSITE' && type !== 'FULL_OBJECT') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  const checksumAlgorithm = algorithmNamed(named);
  if (checksumAlgorithm === undefined) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const types = typesOf(checksumAlgorithm);
  const checksumType = type === undefined ? types[0] : types.find((each) => each === type);
  if (checksumType === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${named.toLowerCase()} checksum algorithm.`,
    );
  }
  return { checksumAlgorithm, checksumType };
}

// -------------------------------------------------------------------------------------------------- upload part

export const uploadPart: Handler = async (call, services) => {
  const { headers } = call.request;
  const number = partNumberOf(call.request, services.limits);
  const size = bodySize(call.body, services.limits);
  const expectedMd5 = contentMd5(headers.one('content-md5'));
  const upload = await requireUpload(call, services);
  const sealing = openUpload(call, services, upload);
  const missing = missingChecksum(headers, upload);

  const hasher = missing === undefined ? undefined : services.checksums.hasher(missing);
  const source = new Md5Stream(call.body.stream(), expectedMd5, hasher);
  const { bucketId, key, uploadId } = upload;
  const owner = { bucketId, region: bucketOf(call).region, key, uploadId };
  const { body, size: plain } = await writeBytes(services, source, { sealing, size, number, owner });
  const computed =
    missing === undefined || hasher === undefined
      ? undefined
      : ({ algorithm: missing, value: hasher.digest().toString('base64'), type: 'FULL_OBJECT' } as const);
  const checksum = verifiedChecksum(call.body) ?? computed;
  const part: Part = {
    number,
    size: plain,
    etag: etagOf(source.hex(), sealing),
    modifiedAt: services.clock.now(),
    body,
    ...(checksum !== undefined && { checksum }),
  };
  try {
    await keepOrDiscard(services.blobs, body, () =>
      services.rows.commit({ type: 'putPart', bucketId, key, uploadId, part }),
    );
  } catch (error) {
    throw error instanceof Conflict && error.what === 'upload' ? noSuchUpload(uploadId) : error;
  }
  const { 'x-amz-checksum-type': _type, ...echoed } = checksumHeaders(checksum);
  return {
    status: 200,
    headers: { ETag: quoteEtag(part.etag), ...echoed, ...encryptionHeaders(sealing?.encryption) },
  };
};

/**
 * The algorithm that the upload wants of each part and that this part does not bring. Throws `InvalidRequest` when the part
 * brings another one, or brings none and only the sender could know it (COMPOSITE is the sender's proof, part by part).
 */
function missingChecksum(headers: HeaderFields, upload: Upload): Checksum['algorithm'] | undefined {
  const wanted = upload.checksumAlgorithm;
  if (wanted === undefined) return undefined;
  const sent = declaredAlgorithm(headers);
  if (sent === wanted) return undefined;
  if (sent === undefined && upload.checksumType === 'FULL_OBJECT') return wanted;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? 'null'}`,
  );
}

/** What the body will be checked against, by header or trailer. */
function declaredAlgorithm(headers: HeaderFields): Checksum['algorithm'] | undefined {
  const trailers = headers.one('x-amz-trailer')?.toLowerCase().split(',') ?? [];
  return CHECKSUM_ALGORITHMS.find((algorithm) => {
    const name = checksumHeader(algorithm);
    return headers.has(name) || trailers.some((trailer) => trailer.trim() === name);
  });
}

// -------------------------------------------------------------------------------------------------------- abort

export const abortMultipartUpload: Handler = async (call, services) => {
  const upload = await requireUpload(call, services);
  const { bucketId, key, uploadId } = upload;
  try {
    await services.rows.commit({ type: 'abortUpload', bucketId, key, uploadId });
  } catch (error) {
    throw error instanceof Conflict && error.what === 'upload' ? noSuchUpload(uploadId) : error;
  }
  return { status: 204, headers: {} };
};
