/**
 * The source of CopyObject and UploadPartCopy: named by a header, fetched, authorised for itself, held to its conditions.
 *
 * Sources: CopyObject of the S3 API reference. The source is read in a snapshot of its own; when the
 * commit finds its body gone, it is read and judged again. Left out: access point and outpost ARNs, which no bucket here has.
 */

import type { Bucket, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { isBucketName } from '../model/names.ts';
import type { Target } from '../store/port.ts';
import type { Touched } from './asked.ts';
import { authoriseAs, checkExpectedOwner, requireListing } from './authorise.ts';
import { checkSourceConditions } from './conditions.ts';
import type { CopySource } from './copy-source.ts';
import type { ReplyHeaders } from './headers.ts';
import { shownVersionId } from './headers.ts';
import type { Call, Services } from './types.ts';

const OWNER_HEADER = 'x-amz-source-expected-bucket-owner';

export interface SourceQuery {
  readonly source: CopySource;
  /** Its bytes will be read, for a checksum. */
  readonly withBody: boolean;
}

export interface FoundSource {
  readonly bucket: Bucket;
  readonly version: ObjectVersion;
}

/**
 * The object to copy from, if the caller may read it. `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `AccessDenied`,
 * `InvalidRequest` for a delete marker named itself or one too large, `PreconditionFailed`.
 */
export async function fetchSource(call: Call, services: Services, wanted: SourceQuery): Promise<FoundSource> {
  const { headers } = call.request;
  const { source } = wanted;
  const target = await readSource(services, wanted);
  const touched = { ...source, target };
  if (source.versionId !== undefined && target.version?.kind === 'delete-marker') refuseMarker(call, services, touched);
  authoriseAs('GetObject', call, services, touched);
  checkExpectedOwner(target.bucket, headers.one(OWNER_HEADER), OWNER_HEADER);
  const { bucket, version } = target;
  if (bucket === undefined || version === undefined) throw new Error('a source was authorised that is not there');
  checkSourceConditions(headers, version, services.clock.now());
  return { bucket, version };
}

const NOTHING: Target = Object.freeze({ bucket: undefined, version: undefined, revision: '' });

async function readSource(services: Services, { source, withBody }: SourceQuery): Promise<Target> {
  const { bucket, key, versionId } = source;
  if (!isBucketName(bucket)) return NOTHING;
  return services.rows.getTarget({ bucket, key, withBody, ...(versionId !== undefined && { versionId }) });
}

/** S3 says 400 here and not the 405 of a read. Told only to those who may list the bucket. */
function refuseMarker(call: Call, services: Services, touched: Touched): void {
  requireListing(call, services, touched);
  throw new S3Error(
    'InvalidRequest',
    'The source of a copy request may not specifically refer to a delete marker by version id.',
  );
}

/** `x-amz-copy-source-version-id`: which version it was, once the source's bucket has had versioning. */
export const sourceVersionHeader = ({ bucket, version }: FoundSource): ReplyHeaders =>
  bucket.versioning === 'unversioned' ? {} : { 'x-amz-copy-source-version-id': shownVersionId(version) };
