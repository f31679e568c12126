/**
 * The source of CopyObject and UploadPartCopy: named by a header, fetched, authorised for itself, held to its conditions.
 *
 * Sources: `x-amz-copy-source` in CopyObject of the S3 API reference. The source is read in a snapshot of its own; when the
 * commit finds its body gone, it is read and judged again. Left out: access point and outpost ARNs, which no bucket here has.
 */

import type { Bucket, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { isBucketName } from '../model/names.ts';
import type { Target } from '../store/port.ts';
import { trimHeader } from '../wire/fields.ts';
import type { HeaderFields } from '../wire/request.ts';
import { authoriseNeed, checkExpectedOwner } from './authorise.ts';
import { checkSourceConditions } from './conditions.ts';
import type { ReplyHeaders } from './headers.ts';
import { shownVersionId } from './headers.ts';
import type { Call, Services } from './types.ts';

const HEADER = 'x-amz-copy-source';
const OWNER_HEADER = 'x-amz-source-expected-bucket-owner';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * `[/]bucket/key[?versionId=id]`, percent-encoded UTF-8. The query is split off before decoding, so a `?` of the key must be
 * encoded; `+` is a space, as S3 reads it (aws-cli issue 614, aws-sdk-php issue 236). Throws `InvalidArgument`, `KeyTooLongError`.
 */
export function parseCopySource(headers: HeaderFields): CopySource {
  const [raw = ''] = headers.raw(HEADER);
  if (headers.raw(HEADER).length > 1) throw invalid('occurs more than once');
  const text = trimHeader(raw);
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  // Many callers encode all of it, the slashes too. No bucket's name holds one, so where it ends is plain either way.
  const [bucket, key] = path.includes('/') ? split(path).map(decode) : split(decode(path));
  if (!bucket || !key) throw invalid('must name source bucket and key: sourcebucket/sourcekey');
  checkKey(key);
  return { bucket, key, versionId: mark < 0 ? undefined : versionIn(text.slice(mark + 1)) };
}

/** Bucket and key; the key is empty when there is none. */
function split(path: string): readonly string[] {
  const bare = path.startsWith('/') ? path.slice(1) : path;
  const slash = bare.indexOf('/');
  return slash < 0 ? [bare, ''] : [bare.slice(0, slash), bare.slice(slash + 1)];
}

function versionIn(query: string): string {
  const match = /^versionId=(.*)$/.exec(query);
  if (match === null) throw invalid('has a query other than versionId; write a ? of the key as %3F');
  const versionId = decode(match[1] ?? '');
  checkVersionId(versionId);
  return versionId;
}

/** Header bytes above ASCII are UTF-8 that the client did not encode. */
function decode(text: string): string {
  try {
    return decodeURIComponent(
      text.replaceAll('+', ' ').replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`),
    );
  } catch {
    throw invalid('is not percent-encoded UTF-8');
  }
}

const invalid = (problem: string): S3Error =>
  new S3Error('InvalidArgument', `The header ${HEADER} ${problem}.`, { fields: { ArgumentName: HEADER } });

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
  if (source.versionId !== undefined && target.version?.kind === 'delete-marker') refuseMarker(call, target, source);
  authoriseNeed('object:READ', call.caller, target, source);
  checkExpectedOwner(target.bucket, headers.one(OWNER_HEADER), OWNER_HEADER);
  const { bucket, version } = target;
  if (bucket === undefined || version === undefined) throw new Error('a source was authorised that is not there');
  checkSourceConditions(headers, version);
  return { bucket, version };
}

const NOTHING: Target = Object.freeze({ bucket: undefined, version: undefined, revision: '' });

async function readSource(services: Services, { source, withBody }: SourceQuery): Promise<Target> {
  const { bucket, key, versionId } = source;
  if (!isBucketName(bucket)) return NOTHING;
  return services.rows.getTarget({ bucket, key, withBody, ...(versionId !== undefined && { versionId }) });
}

/** S3 says 400 here and not the 405 of a read. Told only to those who may list the bucket. */
function refuseMarker(call: Call, target: Target, source: CopySource): void {
  authoriseNeed('bucket:READ', call.caller, target, source);
  throw new S3Error(
    'InvalidRequest',
    'The source of a copy request may not specifically refer to a delete marker by version id.',
  );
}

/** `x-amz-copy-source-version-id`: which version it was, once the source's bucket has had versioning. */
export const sourceVersionHeader = ({ bucket, version }: FoundSource): ReplyHeaders =>
  bucket.versioning === 'unversioned' ? {} : { 'x-amz-copy-source-version-id': shownVersionId(version) };
