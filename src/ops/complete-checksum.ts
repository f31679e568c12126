/**
 * The checksum of a completed upload, out of those of its parts.
 *
 * Source: "Checking object integrity in Amazon S3". COMPOSITE is the checksum of the parts' checksums, with the number of
 * parts behind it; FULL_OBJECT is that of all bytes, which CRCs let us compute without reading any. What the client sends
 * along is compared with ours; what it asks for beyond the upload's plan is computed from the bytes rather than believed.
 */

import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES, checksumHeader } from '../base/checksum.ts';
import { combineCrc, isCombinable } from '../base/crc-combine.ts';
import type { Checksum, Part, Upload } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { CompletedPart } from '../wire/documents/multipart.ts';
import type { HeaderFields } from '../wire/request.ts';
import { base64Of } from '../wire/values.ts';
import { checksumOf } from './digests.ts';
import type { Sealing } from './encryption/sealing.ts';
import type { Call, Services } from './types.ts';

/**
 * The checksums that the document names, against those of the parts. A COMPOSITE upload wants one for every part. Throws
 * `InvalidPart`, `InvalidRequest`.
 */
export function checkPartChecksums(upload: Upload, parts: readonly Part[], wanted: readonly CompletedPart[]): void {
  const algorithm = upload.checksumAlgorithm;
  wanted.forEach(({ partNumber, etag, checksums }, index) => {
    if (algorithm !== undefined && upload.checksumType === 'COMPOSITE' && !checksums.has(algorithm)) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
      );
    }
    const stored = parts[index]?.checksum;
    for (const [named, value] of checksums) {
      if (stored?.algorithm === named && stored.value === value) continue;
      throw new S3Error('InvalidPart', undefined, {
        fields: { UploadId: upload.uploadId, PartNumber: String(partNumber), ETag: etag },
      });
    }
  });
}

interface Assembled {
  readonly upload: Upload;
  /** Undefined: the upload is not encrypted, or its key was not told. */
  readonly sealing: Sealing | undefined;
  readonly parts: readonly Part[];
}

/** Undefined when neither the upload nor this request speaks of a checksum. Throws `BadDigest`, `InvalidRequest`. */
export async function objectChecksum(
  call: Call,
  services: Services,
  { upload, parts, sealing }: Assembled,
): Promise<Checksum | undefined> {
  const { headers } = call.request;
  const claimed = claimedChecksum(headers);
  const algorithm = upload.checksumAlgorithm ?? claimed?.algorithm;
  const type = upload.checksumType ?? 'FULL_OBJECT';
  checkType(headers, type);
  if (algorithm === undefined) return undefined;
  checkPlan({ claimed, algorithm, type });
  const digests: Buffer[] = [];
  for (const part of parts) {
    const { checksum } = part;
    const known = checksum?.algorithm === algorithm ? checksum : undefined;
    if (known === undefined) requireKey(upload, sealing);
    digests.push(Buffer.from((known ?? (await computed(services, part, { algorithm, sealing }))).value, 'base64'));
  }
  const value =
    type === 'COMPOSITE'
      ? `${services.checksums.of(algorithm, Buffer.concat(digests)).toString('base64')}-${parts.length}`
      : fullObject(algorithm, parts, digests);
  if (claimed !== undefined && claimed.value !== value && `${claimed.value}-${parts.length}` !== value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, value, type };
}

/** How many parts a composite checksum is of. */
const COUNT = /-\d+$/;

type Claimed = Pick<Checksum, 'algorithm' | 'value'>;

function claimedChecksum(headers: HeaderFields): Claimed | undefined {
  const found = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = headers.one(checksumHeader(algorithm));
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (found.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const [claimed] = found;
  if (claimed === undefined) return undefined;
  const { algorithm, value } = claimed;
  if (base64Of(value.replace(COUNT, ''), CHECKSUM_BYTES[algorithm]) === undefined) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return claimed;
}

/** As documented for this header: another type than the upload's is as another checksum. */
function checkType(headers: HeaderFields, type: Checksum['type']): void {
  const named = headers.one('x-amz-checksum-type')?.toUpperCase();
  if (named === undefined || named === type) return;
  throw new S3Error(
    'BadDigest',
    `The upload was created using the ${type} checksum type. The complete request must use the same checksum type.`,
  );
}

/** What this request says must fit what the upload was begun with. */
function checkPlan(plan: { readonly claimed: Claimed | undefined } & Pick<Checksum, 'algorithm' | 'type'>): void {
  const { claimed, algorithm, type } = plan;
  if (claimed !== undefined && claimed.algorithm !== algorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${claimed.algorithm.toLowerCase()}`,
    );
  }
  if (type === 'FULL_OBJECT' && !isCombinable(algorithm)) {
    throw new S3Error(
      'InvalidRequest',
      `The ${algorithm.toLowerCase()} checksum of a multipart object must be asked for when the upload is created.`,
    );
  }
}

/** The bytes must be read: of an upload with a customer's key the completion must tell it. */
function requireKey({ attributes }: Upload, sealing: Sealing | undefined): void {
  if (attributes?.encryption === undefined || sealing !== undefined) return;
  throw new S3Error(
    'InvalidRequest',
    'The checksum that you asked for is not known of every part, and they are encrypted with a customer provided key. Send that key with the completion too.',
  );
}

const computed = (
  services: Services,
  { body, number, size }: Part,
  { algorithm, sealing }: { readonly algorithm: Checksum['algorithm']; readonly sealing: Sealing | undefined },
): Promise<Checksum> =>
  checksumOf(services, { body, segments: [{ number, size }], sealing }, { start: 0, end: size }, algorithm);

function fullObject(algorithm: Checksum['algorithm'], parts: readonly Part[], digests: readonly Buffer[]): string {
  if (!isCombinable(algorithm)) throw new Error(`${algorithm} checksums cannot be combined`);
  const pieces = parts.map(({ size }, index) => ({ size, crc: digests[index] ?? Buffer.alloc(0) }));
  return Buffer.from(combineCrc(algorithm, pieces)).toString('base64');
}
