/**
 * Conditional requests: the headers, and what S3 answers when one does not hold.
 *
 * Sources: RFC 9110 section 13; "Add preconditions to S3 operations with conditional requests" in the S3 user guide;
 * the API reference of GetObject, PutObject, CopyObject and DeleteObject.
 */

import {
  type ConditionName,
  type Conditions,
  failedCondition,
  isListed,
  type Validators,
} from '../model/conditions.ts';
import type { ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { HeaderFields } from '../wire/request.ts';
import { parseEtagList, parseHttpDate } from '../wire/values.ts';

const HEADERS: Readonly<Record<ConditionName, string>> = Object.freeze({
  match: 'if-match',
  noneMatch: 'if-none-match',
  modifiedSince: 'if-modified-since',
  unmodifiedSince: 'if-unmodified-since',
});

/** As S3's error documents name them (`<Condition>`). */
const NAMES: Readonly<Record<ConditionName, string>> = Object.freeze({
  match: 'If-Match',
  noneMatch: 'If-None-Match',
  modifiedSince: 'If-Modified-Since',
  unmodifiedSince: 'If-Unmodified-Since',
});

/** The conditions of a read; `prefix` is `x-amz-copy-source-` for those on a copy's source. Malformed dates don't count. */
function readConditions(headers: HeaderFields, prefix = ''): Conditions {
  const etags = (name: ConditionName, comparison: 'strong' | 'weak') => {
    const text = headers.one(prefix + HEADERS[name]);
    return text === undefined ? undefined : parseEtagList(text, comparison);
  };
  const date = (name: ConditionName) => {
    const text = headers.one(prefix + HEADERS[name]);
    return text === undefined ? undefined : parseHttpDate(text);
  };
  const [match, noneMatch] = [etags('match', 'strong'), etags('noneMatch', 'weak')];
  const [modifiedSince, unmodifiedSince] = [date('modifiedSince'), date('unmodifiedSince')];
  return {
    ...(match !== undefined && { match }),
    ...(noneMatch !== undefined && { noneMatch }),
    ...(modifiedSince !== undefined && { modifiedSince }),
    ...(unmodifiedSince !== undefined && { unmodifiedSince }),
  };
}

/** GET and HEAD: true when the client's copy is current (304). Throws `PreconditionFailed`. */
export function isNotModified(headers: HeaderFields, object: Validators, now: number): boolean {
  const failed = failedCondition(readConditions(headers), object, now);
  if (failed === undefined) return false;
  if (failed === 'noneMatch' || failed === 'modifiedSince') return true;
  throw preconditionFailed(NAMES[failed]);
}

/** CopyObject and UploadPartCopy: any condition on the source that does not hold is 412. */
export function checkSourceConditions(headers: HeaderFields, source: Validators, now: number): void {
  const failed = failedCondition(readConditions(headers, 'x-amz-copy-source-'), source, now);
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${NAMES[failed]}`);
}

/**
 * `If-Range`: whether the range may be served. RFC 9110 section 13.1.5: an ETag that matches strongly, or a date that is
 * exactly the object's; otherwise the whole object is the answer.
 */
export function rangeApplies(headers: HeaderFields, object: Validators): boolean {
  const text = headers.one('if-range');
  if (text === undefined) return true;
  const date = parseHttpDate(text);
  if (date !== undefined) return Math.floor(object.modifiedAt / 1000) * 1000 === date;
  const etags = parseEtagList(text, 'strong');
  return etags !== '*' && etags.length === 1 && isListed(etags, object.etag);
}

/** A write's demand on what its key holds now. */
export type WriteCondition =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'match'; readonly etags: '*' | readonly string[] };

/** PutObject, CopyObject, CompleteMultipartUpload. S3 has `If-None-Match: *` and `If-Match` here and nothing else. */
export function writeCondition(headers: HeaderFields): WriteCondition {
  const noneMatch = headers.one('if-none-match');
  const match = headers.one('if-match');
  if (noneMatch !== undefined && match !== undefined) {
    throw notImplemented('if-match', 'cannot be combined with if-none-match. Send one of them');
  }
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw notImplemented('if-none-match', 'takes only * on writes');
    return { kind: 'absent' };
  }
  return match === undefined ? { kind: 'none' } : { kind: 'match', etags: parseEtagList(match, 'strong') };
}

/**
 * DeleteObject (`If-Match`) and each key of DeleteObjects (`ETag`). "Conditional delete evaluations only apply to the current
 * version": with a version id S3 answers 501, and so do we.
 */
export function deleteCondition(match: string | undefined, versionId: string | undefined): WriteCondition {
  if (match === undefined) return { kind: 'none' };
  if (versionId !== undefined) {
    throw notImplemented('if-match', 'applies to the current version only. Leave out the condition or the version id');
  }
  return { kind: 'match', etags: parseEtagList(match, 'strong') };
}

const notImplemented = (header: string, problem: string): S3Error =>
  new S3Error('NotImplemented', `The header ${header} ${problem}.`, { fields: { Header: header } });

/** A delete marker is absence. Throws `PreconditionFailed`, or `NoSuchKey` where there is nothing to match. */
export function checkWriteCondition(condition: WriteCondition, current: ObjectVersion | undefined): void {
  const object = current?.kind === 'object' ? current : undefined;
  if (condition.kind === 'absent' && object !== undefined) throw preconditionFailed('If-None-Match');
  if (condition.kind !== 'match') return;
  if (object === undefined)
    throw new S3Error('NoSuchKey', 'There is no object under this key that If-Match could match.');
  if (!isListed(condition.etags, object.etag)) throw preconditionFailed('If-Match');
}

const preconditionFailed = (condition: string): S3Error =>
  new S3Error('PreconditionFailed', undefined, { fields: { Condition: condition } });
