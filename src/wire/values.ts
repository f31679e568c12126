/**
 * Values inside headers and query parameters: numbers, dates, ETags, ranges. One strict grammar each, no `Number()` or
 * `Date.parse()` on client text.
 *
 * Sources: RFC 9110 sections 5.6.7 (dates), 8.8.3 (entity tags), 13.1 (conditions) and 14.1 (ranges); the S3 API
 * reference for what S3 does beyond them.
 */

import { S3Error } from '../model/errors.ts';

/** Decimal digits without sign, point or space, at most 15 of them; undefined unless min ≤ value ≤ max. */
export function integerIn(text: string, min: number, max: number): number | undefined {
  if (!/^[0-9]{1,15}$/.test(text)) return undefined;
  const value = Number.parseInt(text, 10);
  return value >= min && value <= max ? value : undefined;
}

// --------------------------------------------------------------------------------------------------------- dates

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sun, 06 Nov 1994 08:49:37 GMT`; milliseconds are dropped. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString();

/** `1994-11-06T08:49:37.000Z`, as S3's documents have it. S3 keeps whole seconds, so the fraction is always `.000`. */
export const isoDate = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000Z`;

const ISO = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of a time as XML Schema writes it, with its zone; undefined for anything else. */
export function parseIsoDate(text: string): number | undefined {
  const [, day, time, zone] = ISO.exec(text) ?? [];
  const value = Date.parse(`${day}T${time}${zone}`);
  // A day that the month has not would come out as another one.
  const isReal = new Date(Date.parse(`${day}T00:00:00Z`)).toJSON()?.slice(0, 10) === day;
  return isReal && !Number.isNaN(value) ? value : undefined;
}

const IMF =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC|[+-]0000)$/;
const RFC850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * Milliseconds since 1970 of an HTTP date in any of the three forms RFC 9110 demands (and with `UTC` or `+0000` for
 * `GMT`, which S3's older clients send); undefined for anything else. The day's name is not compared with the date.
 */
export function parseHttpDate(text: string): number | undefined {
  const imf = IMF.exec(text);
  if (imf !== null) return utc(imf[3], imf[2], imf[1], imf.slice(4, 7));
  const rfc850 = RFC850.exec(text);
  // Two-digit years: RFC 9110 takes the past when more than 50 years ahead; a fixed window needs no clock.
  if (rfc850 !== null) {
    const year = Number.parseInt(rfc850[3] ?? '', 10);
    return utc(String(year < 70 ? 2000 + year : 1900 + year), rfc850[2], rfc850[1], rfc850.slice(4, 7));
  }
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) return utc(asctime[6], asctime[1], asctime[2]?.trim(), asctime.slice(3, 6));
  return undefined;
}

function utc(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
): number | undefined {
  const monthIndex = MONTHS.indexOf(month ?? '');
  const [y, d, h, m, s] = [year, day, ...time].map((part) => Number.parseInt(part ?? '', 10));
  if (monthIndex < 0 || y === undefined || d === undefined || h === undefined || m === undefined || s === undefined) {
    return undefined;
  }
  if (h > 23 || m > 59 || s > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, monthIndex, d);
  if (date.getUTCMonth() !== monthIndex || date.getUTCDate() !== d) return undefined;
  return date.setUTCHours(h, m, s, 0);
}

// --------------------------------------------------------------------------------------------------------- ranges

/** Bytes [start, end) of a body. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A `Range` header against a body of `size` bytes. Undefined means the whole body: no range, another unit, several
 * ranges (S3 has no multipart answers), a malformed one, which HTTP and S3 ignore, or a suffix of an empty body.
 *
 * Throws `InvalidRange` (416) when it is well formed and no byte of the body is in it.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/i.exec(header);
  if (match === null || header === undefined) return undefined;
  const [first, last] = [digits(match[1]), digits(match[2])];
  if (first === undefined) {
    // The last so many bytes of none are none: S3 answers 200 (RFC 9110 would let it be 416).
    if (last === undefined || (size === 0 && last > 0)) return undefined;
    if (last === 0) throw unsatisfiable(header, size);
    return { start: Math.max(0, size - last), end: size };
  }
  if (last !== undefined && last < first) return undefined;
  if (first >= size) throw unsatisfiable(header, size);
  return { start: first, end: last === undefined ? size : Math.min(last + 1, size) };
}

const digits = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number.parseInt(text, 10);

const unsatisfiable = (range: string, size: number): S3Error =>
  new S3Error('InvalidRange', undefined, {
    fields: { RangeRequested: range, ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  });

/** `bytes 0-9/100` for the answer. */
export const contentRange = (range: ByteRange, size: number): string => `bytes ${range.start}-${range.end - 1}/${size}`;

/** `x-amz-copy-source-range`: both ends required, within the source. Throws `InvalidArgument`. */
export function parseCopyRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header);
  const [first, last] = [digits(match?.[1]), digits(match?.[2])];
  if (first === undefined || last === undefined || last < first) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } },
    );
  }
  if (last >= size) {
    throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, {
      fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    });
  }
  return { start: first, end: last + 1 };
}

// ---------------------------------------------------------------------------------------------------------- ETags

export const quoteEtag = (etag: string): string => `"${etag}"`;

/** One ETag as clients send it in documents: with quotes, without, or weak. */
export const unquoteEtag = (text: string): string => text.trim().replace(/^(?:W\/)?"(.*)"$/s, '$1');

const ENTITY_TAGS = /(W\/)?"([^"]*)"|([^",\s][^",]*)/g;

/**
 * `If-Match` and `If-None-Match`: `*`, or the ETags without their quotes. Bare ones are taken as S3 takes them. In a strong
 * comparison weak ETags (`W/"…"`) equal nothing, so they are left out (RFC 9110 section 8.8.3.2).
 */
export function parseEtagList(header: string, comparison: 'strong' | 'weak'): '*' | readonly string[] {
  if (header.trim() === '*') return '*';
  const etags: string[] = [];
  for (const [, weak, quoted, bare] of header.matchAll(ENTITY_TAGS)) {
    if (comparison === 'weak' || weak === undefined) etags.push(quoted ?? bare?.trim() ?? '');
  }
  return etags;
}

// ------------------------------------------------------------------------------------------------------- encodings

/**
 * A name as `encoding-type=url` wants it: letters, digits, hyphen, underscore, point, asterisk and slash stay, the space
 * becomes `+`, all else percent escapes of UTF-8. S3's clients undo it with their form decoding.
 */
export function encodeKeyForUrl(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Content-Encoding as it is stored: without `aws-chunked`, which describes the transfer; undefined when nothing is left. */
export function storedContentEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const codings = header.split(',').map((coding) => coding.trim());
  if (!codings.some(isAwsChunked)) return header === '' ? undefined : header;
  const kept = codings.filter((coding) => coding !== '' && !isAwsChunked(coding));
  return kept.length === 0 ? undefined : kept.join(',');
}

const isAwsChunked = (coding: string): boolean => coding.toLowerCase() === 'aws-chunked';

/** True when `aws-chunked` is among the codings. */
export const hasAwsChunked = (header: string | undefined): boolean =>
  header?.split(',').some((coding) => isAwsChunked(coding.trim())) ?? false;

/**
 * Base64 of exactly `bytes` bytes, in the one spelling that encodes them; undefined otherwise. Digests in headers.
 */
export function base64Of(text: string, bytes: number): Buffer | undefined {
  const value = Buffer.from(text, 'base64');
  return value.length === bytes && value.toString('base64') === text ? value : undefined;
}

/** The MD5 that `Content-MD5` declares, or undefined. Throws `InvalidDigest`. */
export function contentMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const md5 = base64Of(header, 16);
  if (md5 === undefined) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid: it must be 16 bytes in base64.');
  }
  return md5;
}
