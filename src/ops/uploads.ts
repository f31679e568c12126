/** What the operations on one multipart upload share: its id, its row, its errors, and whose it is. */

import type { Limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import type { CanonicalId, Upload } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import { integerIn } from '../wire/values.ts';
import { authoriseUpload, touchedBy } from './authorise.ts';
import { stateOf } from './commit.ts';
import type { Call, Services } from './types.ts';

const UPLOAD_ID = /^[A-Za-z0-9_-]{1,128}$/;
/** Bytes of randomness in an upload id: nobody finds one by guessing. */
const RANDOM_BYTES = 32;
const CANONICAL_ID_BYTES = 32;

/**
 * An upload id says by whom it was initiated, because ownership controls may give the object to somebody else, and the
 * initiator goes on with the upload all the same. It proves nothing by itself: only ids that are stored count.
 */
export const newUploadId = (random: Random, initiator: CanonicalId): string =>
  Buffer.concat([random.bytes(RANDOM_BYTES), Buffer.from(initiator, 'hex')]).toString('base64url');

/** Who initiated it. Ids of former releases don't say; then it is the owner. */
export function initiatorOf({ uploadId, ownerCanonicalId }: Initiated): CanonicalId {
  const bytes = Buffer.from(uploadId ?? '', 'base64url');
  return bytes.length === RANDOM_BYTES + CANONICAL_ID_BYTES
    ? bytes.subarray(RANDOM_BYTES).toString('hex')
    : ownerCanonicalId;
}

/** An upload, or the version that it became. */
interface Initiated {
  readonly uploadId?: string;
  readonly ownerCanonicalId: CanonicalId;
}

/** The upload that the request names, of this bucket and key. Throws `AccessDenied` unless the caller has a right to it. */
export async function findUpload(call: Call, services: Services): Promise<Upload | undefined> {
  const { bucket, key } = stateOf(call);
  const uploadId = uploadIdOf(call.request);
  const upload = UPLOAD_ID.test(uploadId) ? await services.rows.getUpload(bucket.id, key, uploadId) : undefined;
  authoriseUpload(call, services, { ...touchedBy(call, call.target), initiator: upload && initiatorOf(upload) });
  return upload;
}

/** The same, for those who have a right to it. Throws `NoSuchUpload`, `AccessDenied`. */
export async function requireUpload(call: Call, services: Services): Promise<Upload> {
  const upload = await findUpload(call, services);
  if (upload === undefined) throw noSuchUpload(uploadIdOf(call.request));
  return upload;
}

export const uploadIdOf = (request: S3Request): string => request.query.one('uploadId') ?? '';

export const noSuchUpload = (uploadId: string): S3Error =>
  new S3Error('NoSuchUpload', undefined, { fields: { UploadId: uploadId } });

/** `partNumber` of a request. Throws `InvalidArgument`. */
export function partNumberOf(request: S3Request, { partNumberMax }: Pick<Limits, 'partNumberMax'>): number {
  const text = request.query.one('partNumber') ?? '';
  const number = integerIn(text, 1, partNumberMax);
  if (number !== undefined) return number;
  throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${partNumberMax}, inclusive`, {
    fields: { ArgumentName: 'partNumber', ArgumentValue: text },
  });
}
