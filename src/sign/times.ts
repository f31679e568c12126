/** The three ways signatures write a moment, each with one strict grammar, and the window in which they are fresh. */

import { S3Error } from '../model/errors.ts';
import { parseHttpDate } from '../wire/values.ts';

const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Milliseconds of `20130524T000000Z`; undefined for anything else, days that no calendar has among them. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.map((digits) =>
    Number.parseInt(digits, 10),
  );
  // `Date.UTC` carries a thirteenth month or a 31 February over, and takes years before 100 for others.
  if (year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  return new Date(at).getUTCDate() === day ? at : undefined;
}

/** `20130524T000000Z` */
export const formatTimestamp = (ms: number): string => `${seconds(ms).replace(/[-:]/g, '')}Z`;

/** `2013-05-24T00:00:00Z`, as S3's error documents have it. */
export const formatForError = (ms: number): string => `${seconds(ms)}Z`;

const seconds = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

export const parseDateHeader = parseHttpDate;

/** Both bounds: a request from the future could be kept and sent later. `sent` is what the request says, for the answer. */
export function requireFresh(at: number, sent: string, now: number, skewMs: number): void {
  if (Math.abs(now - at) <= skewMs) return;
  throw new S3Error(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      fields: {
        RequestTime: sent,
        ServerTime: formatForError(now),
        MaxAllowedSkewMilliseconds: String(skewMs),
      },
    },
  );
}

export const undated = (cause?: unknown): S3Error =>
  new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header', { cause });
