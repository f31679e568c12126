/**
 * What a new version has besides its headers, out of what the request asks for and what the bucket gives: tags, retention,
 * legal hold; and how an answer tells of them.
 *
 * Sources: PutObject, CopyObject, CreateMultipartUpload, GetObject and HeadObject in the S3 API reference, "Object Lock
 * considerations". The bucket's default retention is that of the state of the bucket that the request was judged on, or of the
 * newer one where its commit met a conflict: a write that began before a default was set may end without it.
 */

import type { Bucket, ObjectVersion, Retention, Tag, VersionAttributes } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import { lockOf, retentionFrom } from '../model/lock.ts';
import { checkTags } from '../model/tags.ts';
import { parseTagHeader } from '../wire/documents/tagging.ts';
import type { Fields } from '../wire/request.ts';
import { parseIsoDate } from '../wire/values.ts';
import { invalidArgument } from './arguments.ts';
import { isAllowedAs, touchedBy } from './authorise.ts';
import { bucketOf } from './commit.ts';
import type { ReplyHeaders } from './headers.ts';
import type { Call, Services } from './types.ts';

const MODE = 'x-amz-object-lock-mode';
const UNTIL = 'x-amz-object-lock-retain-until-date';
const HOLD = 'x-amz-object-lock-legal-hold';
const TAGS = 'x-amz-tagging';

/** What the request's headers ask for. Throws what is wrong with it, before any body is read. */
export function askedAttributes(call: Call, services: Services): VersionAttributes {
  const { headers } = call.request;
  const tags = askedTags(headers, services);
  const retention = askedRetention(headers, services.clock.now());
  const legalHold = askedHold(headers);
  if (retention !== undefined || legalHold !== undefined) requireLock(bucketOf(call));
  return {
    ...(tags.length > 0 && { tags }),
    ...(retention !== undefined && { retention }),
    ...(legalHold !== undefined && { legalHold }),
  };
}

function askedTags(headers: Fields, { limits }: Services): readonly Tag[] {
  const tags = parseTagHeader(headers.one(TAGS) ?? '');
  checkTags(tags, 'object', limits);
  return tags;
}

function askedRetention(headers: Fields, now: number): Retention | undefined {
  const [mode, text] = [headers.one(MODE), headers.one(UNTIL)];
  if (mode === undefined && text === undefined) return undefined;
  if (mode === undefined || text === undefined) {
    throw invalidArgument(mode === undefined ? MODE : UNTIL, '', `${UNTIL} and ${MODE} must both be supplied`);
  }
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument(MODE, mode, 'Unknown wormMode directive. Use GOVERNANCE or COMPLIANCE.');
  }
  const until = parseIsoDate(text);
  if (until === undefined) {
    throw invalidArgument(
      UNTIL,
      text,
      'The retain until date must be provided in ISO 8601 format: 2030-01-31T00:00:00Z',
    );
  }
  requireFuture(until, now);
  return { mode, until };
}

export function requireFuture(until: number, now: number): void {
  if (until > now) return;
  const value = new Date(until).toISOString();
  throw invalidArgument('RetainUntilDate', value, 'The retain until date must be in the future!');
}

function askedHold(headers: Fields): boolean | undefined {
  const text = headers.one(HOLD);
  if (text === undefined) return undefined;
  if (text === 'ON' || text === 'OFF') return text === 'ON';
  throw invalidArgument(HOLD, text, "Legal Hold must be either of 'ON' or 'OFF'");
}

/** Throws unless the bucket has Object Lock. */
export function requireLock(bucket: Bucket): void {
  if (lockOf(bucket.configuration) !== undefined) return;
  throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration', {
    fields: { BucketName: bucket.name },
  });
}

/** S3 wants what nobody can put right later proved: an object that is kept for years must be the one that was meant. */
export function requireProvenBody({ request: { headers } }: Call, asked: VersionAttributes, bucket: Bucket): void {
  const isLocked = asked.retention !== undefined || asked.legalHold === true;
  if (!isLocked && lockOf(bucket.configuration)?.byDefault === undefined) return;
  const isProof = (name: string) => /^x-amz-checksum-(?!algorithm$|mode$|type$)/.test(name);
  const trailers = headers.one('x-amz-trailer')?.toLowerCase().split(',') ?? [];
  if (headers.has('content-md5') || [...headers.names(), ...trailers].some((name) => isProof(name.trim()))) return;
  throw new S3Error(
    'InvalidRequest',
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  );
}

/** For a draft: what was asked for, and the bucket's default retention where none was. */
export function attributesIn(
  bucket: Bucket,
  asked: VersionAttributes,
  now: number,
): { readonly attributes?: VersionAttributes } {
  const byDefault = lockOf(bucket.configuration)?.byDefault;
  const retention = asked.retention ?? (byDefault && retentionFrom(byDefault, now));
  const attributes = { ...asked, ...(retention !== undefined && { retention }) };
  return Object.keys(attributes).length === 0 ? {} : { attributes };
}

/** Headers of GET and HEAD, of those that the caller may know. */
export function attributeHeaders(call: Call, services: Services, version: ObjectVersion): ReplyHeaders {
  const { tags = [], retention, legalHold } = version.attributes ?? {};
  const may = (operation: 'GetObjectTagging' | 'GetObjectRetention' | 'GetObjectLegalHold') =>
    isAllowedAs(operation, call, services, touchedBy(call, call.target));
  const headers: ReplyHeaders = {};
  if (tags.length > 0 && may('GetObjectTagging')) headers['x-amz-tagging-count'] = String(tags.length);
  if (retention !== undefined && may('GetObjectRetention')) {
    headers[MODE] = retention.mode;
    headers[UNTIL] = new Date(retention.until).toISOString();
  }
  if (legalHold !== undefined && may('GetObjectLegalHold')) headers[HOLD] = legalHold ? 'ON' : 'OFF';
  return headers;
}
