/**
 * Which bytes of an object a read answers with: all, a range, or a part; and the checksum that clients can hold them to.
 *
 * Sources: GetObject and HeadObject in the S3 API reference, RFC 9110 section 14. "Checking object integrity": the checksum of a
 * part is told when its number, or its bytes exactly, are asked for. Left out: several ranges at once, which S3 has not either.
 */

import type { Limits } from '../base/limits.ts';
import type { Checksum, ObjectVersion } from '../model/entities.ts';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import { type ByteRange, parseRange } from '../wire/values.ts';
import { rangeApplies } from './conditions.ts';
import { checksumHeaders, type ReplyHeaders } from './headers.ts';
import { partNumberOf } from './uploads.ts';

interface Selection extends ByteRange {
  /** 206. */
  readonly partial: boolean;
  readonly headers: ReplyHeaders;
}

/** Throws `InvalidRange`, `InvalidPartNumber`, `InvalidArgument`, `InvalidRequest`. */
export function select(request: S3Request, version: ObjectVersion, limits: Limits): Selection {
  const { headers, query } = request;
  const range = headers.one('range');
  const isAsked = headers.one('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  const told = (checksum: Checksum | undefined): ReplyHeaders => (isAsked ? checksumHeaders(checksum) : {});
  if (query.one('partNumber') !== undefined) {
    if (range !== undefined) {
      throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
    }
    const part = partRange(version, partNumberOf(request, limits));
    const count = version.parts === undefined ? {} : { 'x-amz-mp-parts-count': String(version.parts.length) };
    const checksum = told(checksumOfPiece(version, part));
    return { ...part, partial: part.end > part.start, headers: { ...count, ...checksum } };
  }
  const wanted = rangeApplies(headers, version) ? parseRange(range, version.size) : undefined;
  if (wanted !== undefined) return { ...wanted, partial: true, headers: told(checksumOfPiece(version, wanted)) };
  return { start: 0, end: version.size, partial: false, headers: told(version.checksum) };
}

/** The bytes of one part as it was uploaded. An object put in one piece is its own part 1. */
function partRange(version: ObjectVersion, wanted: number): ByteRange {
  const parts = version.parts ?? [{ number: 1, size: version.size }];
  let start = 0;
  for (const { number, size } of parts) {
    if (number === wanted) return { start, end: start + size };
    start += size;
  }
  throw new S3Error('InvalidPartNumber', undefined, {
    fields: { PartNumberRequested: String(wanted), ActualPartCount: String(parts.length) },
  });
}

/**
 * A value that clients can verify these bytes with, or none: they take any for one of the bytes they get. As in S3, parts
 * have one of their own where the object's is made of theirs (COMPOSITE), and of a FULL_OBJECT only the whole has one.
 */
function checksumOfPiece({ size, checksum, parts }: ObjectVersion, { start, end }: ByteRange): Checksum | undefined {
  if (checksum?.type !== 'COMPOSITE') return start === 0 && end === size ? checksum : undefined;
  let at = 0;
  for (const part of parts ?? []) {
    if (at === start && at + part.size === end) return part.checksum;
    at += part.size;
  }
  return undefined;
}
