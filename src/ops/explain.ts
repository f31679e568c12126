/**
 * Why: what a request of this kind would be answered, and what each layer has to say of it. Nothing is decided here: a request is
 * put together from the question, and asked of `authorise.ts` as one that came in (SECURITY rule 7).
 *
 * Left out: what handlers refuse for other reasons than rights, and operations that are several requests in one. DeleteObjects
 * is one DeleteObject for each key, and the source of a copy one GetObject: each is a question of its own.
 */

import type { Decision } from '../model/access/question.ts';
import { type ErrorCode, S3Error } from '../model/errors.ts';
import { checkKey, checkVersionId } from '../model/keys.ts';
import { isBucketName } from '../model/names.ts';
import { ownershipOf } from '../model/ownership.ts';
import type { Target } from '../store/port.ts';
import { parseRequest, type S3Request } from '../wire/request.ts';
import type { Asked } from './asked.ts';
import { authorise, authoriseUpload, judge, touchedBy } from './authorise.ts';
import { HANDLERS } from './handlers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from './table.ts';
import type { Caller, Services } from './types.ts';
import { initiatorOf } from './uploads.ts';

/** What is asked about, by the names that requests use. */
export interface Inquiry {
  readonly operation: OperationName;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly versionId: string | undefined;
  readonly uploadId: string | undefined;
  readonly prefix: string | undefined;
  /** What conditions may look at. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly remoteAddress: string;
  readonly secure: boolean;
}

export interface Explanation {
  /** `absent`: the caller may know that it is not there, and is told so. */
  readonly answer: 'allowed' | 'denied' | 'absent';
  /** What S3 answers instead of doing it. */
  readonly code: ErrorCode | undefined;
  /** What no layer says: of a copy's source, of absence, of whose the object is, and of headers that name an owner. */
  readonly remark: string | undefined;
  readonly decision: Decision;
}

/** The question cannot be asked: the text says what to ask instead. */
export class InquiryError extends Error {}

export type ExplainServices = Pick<Services, 'access' | 'clock' | 'policies'> & {
  readonly rows: Pick<Services['rows'], 'getTarget' | 'getUpload'>;
};

/** Throws `InquiryError`. At most two reads of the store. */
export async function explain(inquiry: Inquiry, caller: Caller, services: ExplainServices): Promise<Explanation> {
  checkInquiry(inquiry);
  try {
    return await answer(inquiry, caller, services);
  } catch (error) {
    // What no request could be: a header twice, a key that is too long.
    throw error instanceof S3Error ? new InquiryError(error.message) : error;
  }
}

async function answer(inquiry: Inquiry, caller: Caller, services: ExplainServices): Promise<Explanation> {
  const { operation } = inquiry;
  const asked: Asked = { operation, request: requestOf(inquiry), caller };
  const target = await fetchTarget(inquiry, services);
  const touched = { ...touchedBy(asked, target), initiator: await initiator(inquiry, target, services) };
  const decision = judge(asked, services, touched);
  try {
    // Of a document that is not there no condition has a value.
    authorise({ says: {}, ...asked }, services, target);
    if (takesUpload(operation)) authoriseUpload(asked, services, touched);
    return { answer: 'allowed', code: undefined, remark: sourceRemark(operation), decision };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return refusal(error, decision, {
      target,
      isMissing: isMissing(operation, target),
      owners: ownersOf(target, services),
    });
  }
}

/** Of a request that was refused: what the layers say of it, as things are at that moment. */
export function explainRefusal(
  asked: Asked,
  services: Pick<Services, 'access' | 'clock' | 'policies'>,
  target: Target,
  error: S3Error,
): Explanation {
  const decision = judge(asked, services, touchedBy(asked, target));
  const owners = ownersOf(target, services);
  return refusal(error, decision, { target, isMissing: isMissing(asked.operation, target), owners });
}

/** Names that no bucket or key can have are refused before the engine sees them. */
async function fetchTarget(inquiry: Inquiry, { rows }: ExplainServices): Promise<Target> {
  const { operation, bucket, key, versionId } = inquiry;
  if (bucket === undefined) return NO_TARGET;
  if (key !== undefined) checkKey(key);
  if (versionId !== undefined) checkVersionId(versionId);
  const target = isBucketName(bucket) ? await rows.getTarget(queryOf(bucket, key, versionId)) : NO_TARGET;
  if (target.bucket !== undefined || operation === 'CreateBucket') return target;
  throw new InquiryError(`there is no bucket ${JSON.stringify(bucket)}`);
}

const NO_TARGET: Target = Object.freeze({ bucket: undefined, version: undefined, revision: '' });

function queryOf(bucket: string, key: string | undefined, versionId: string | undefined) {
  if (key === undefined) return { bucket };
  return versionId === undefined ? { bucket, key } : { bucket, key, versionId };
}

/** The operation is on an object, and there is none by that name. */
function isMissing(operation: OperationName, { version }: Target): boolean {
  return OPERATIONS[operation].need.startsWith('object:') && version?.kind !== 'object';
}

function sourceRemark(operation: OperationName): string | undefined {
  const row: OperationRow = OPERATIONS[operation];
  if (row.header === undefined) return undefined;
  return 'This is about the destination alone. The caller must also be allowed GetObject of the source: ask for that too.';
}

interface Found {
  readonly target: Target;
  readonly isMissing: boolean;
  /** Said where the object is not the bucket owner's. */
  readonly owners: string | undefined;
}

function ownersOf({ bucket, version }: Target, { access }: Pick<Services, 'access'>): string | undefined {
  if (bucket === undefined || version?.kind !== 'object') return undefined;
  if (ownershipOf(bucket, access) === 'BucketOwnerEnforced') return undefined;
  const [owner, bucketOwner] = [version.ownerCanonicalId, bucket.ownerCanonicalId];
  return owner === bucketOwner
    ? undefined
    : `The object belongs to account ${owner}, the bucket to account ${bucketOwner}.`;
}

function refusal({ code, message }: S3Error, decision: Decision, { target, isMissing, owners }: Found): Explanation {
  const isMarker = code === 'MethodNotAllowed' && decision.decisive?.error === undefined;
  const what = target.version === undefined ? 'There is no such object' : 'The version is a delete marker';
  if (code === 'NoSuchKey' || code === 'NoSuchVersion' || isMarker) {
    const remark = `${what}. The caller is told so, because they may list the bucket.`;
    return { answer: 'absent', code, remark, decision };
  }
  if (isMissing) {
    const remark = `${what}. The caller is not told so, because they may not list the bucket.`;
    return { answer: 'denied', code, remark, decision };
  }
  // All layers agree, and still it is refused: a header names another owner.
  return { answer: 'denied', code, remark: decision.allowed ? message : owners, decision };
}

// ------------------------------------------------------------------------------------------------------- the question

const takesUpload = (operation: OperationName): boolean => selectorsOf(operation).includes('uploadId');

const selectorsOf = (operation: OperationName): readonly string[] => {
  const row: OperationRow = OPERATIONS[operation];
  return row.select;
};

function checkInquiry({ operation, bucket, key, versionId, uploadId, prefix }: Inquiry): void {
  const row: OperationRow = OPERATIONS[operation];
  const takes = (parameter: string): boolean => row.parameters.includes(parameter);
  if (HANDLERS[operation] === undefined) throw new InquiryError(`${operation} is not implemented: nobody may do it`);
  if (operation === 'DeleteObjects') {
    throw new InquiryError('DeleteObjects is decided for each key by itself: ask for DeleteObject');
  }
  if (operation === 'PostObject') {
    throw new InquiryError('PostObject is decided as the PutObject that the form stands for: ask for PutObject');
  }
  if (row.need === 'anyone') throw new InquiryError(`${operation} is not decided by rights`);
  if (row.on === 'service' && bucket !== undefined) throw new InquiryError(`${operation} is on no bucket: name none`);
  if (row.on !== 'service' && bucket === undefined) throw new InquiryError(`${operation} needs a bucket: s3://BUCKET`);
  if (row.on === 'bucket' && key !== undefined) {
    throw new InquiryError(`${operation} is on a bucket, not on an object: leave out the key`);
  }
  if (row.on === 'object' && key === undefined) throw new InquiryError(`${operation} needs a key: s3://BUCKET/KEY`);
  if (versionId !== undefined && !takes('versionId')) throw new InquiryError(`${operation} takes no version id`);
  if (prefix !== undefined && !takes('prefix')) throw new InquiryError(`${operation} takes no prefix`);
  if (takesUpload(operation) !== (uploadId !== undefined)) {
    const says = uploadId === undefined ? 'depends on who began the upload: give the upload id' : 'takes no upload id';
    throw new InquiryError(`${operation} ${says}`);
  }
}

async function initiator({ key, uploadId }: Inquiry, { bucket }: Target, { rows }: ExplainServices) {
  if (bucket === undefined || key === undefined || uploadId === undefined) return undefined;
  const upload = await rows.getUpload(bucket.id, key, uploadId);
  if (upload === undefined) throw new InquiryError('there is no such upload of this key: it was completed or given up');
  return initiatorOf(upload);
}

/** The request that the question stands for. */
export function requestOf(inquiry: Inquiry): S3Request {
  const { operation, bucket, key, versionId, uploadId, prefix, headers, remoteAddress, secure } = inquiry;
  const row: OperationRow = OPERATIONS[operation];
  const names = key === undefined ? [bucket ?? ''] : [bucket ?? '', ...key.split('/')];
  const selectors = row.select.filter((selector) => selector !== 'uploadId' && selector !== 'partNumber');
  const given = Object.entries({ uploadId, versionId, prefix }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const query = [...selectors, ...given].join('&');
  const target = `/${names.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
  // `RawRequest` has one character per byte.
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const rawHeaders = ['host', 'localhost', ...headers.flatMap(([name, value]) => [name, bytes(value)])];
  return parseRequest({ method: row.method, target, rawHeaders, remoteAddress, secure }, []);
}
