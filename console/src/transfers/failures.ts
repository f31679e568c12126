/** What a failure means for an upload: whether it passes, who is in the way, and how long to wait. */

import { ApiFailure } from '../api/client.ts';
import { isPassing, S3Failure } from '../s3/failure.ts';
import { failureIn } from '../s3/request.ts';
import { NotSent, type Sent } from './send.ts';
import type { How } from './state.ts';

const SECOND = 1000;

/** What a failure means for the row it came from. */
export function howOf(failure: unknown): How {
  // The account API, which gives the keys, is asked with `fetch`: without an answer that throws a TypeError.
  if (failure instanceof NotSent || failure instanceof TypeError) return 'passing';
  if (failure instanceof ApiFailure)
    return failure.status === 401 ? 'signed-out' : failure.status >= 500 ? 'passing' : 'final';
  if (failure instanceof S3Failure && (failure.code === 'SlowDown' || failure.status === 503)) return 'slow';
  if (isPassing(failure)) return 'passing';
  if (!(failure instanceof S3Failure)) return 'final';
  if (failure.code === 'PreconditionFailed' || failure.status === 412) return 'exists';
  return failure.code === 'NoSuchUpload' ? 'gone' : 'final';
}

/** 1, 2, 4, 8, 16 seconds and up to half as much more; or what the server says. */
export function waitOf(failure: unknown, tries: number, random: () => number): number {
  const told = failure instanceof S3Failure ? failure.retryAfter : undefined;
  return told === undefined ? SECOND * 2 ** tries * (1 + random() / 2) : told * SECOND;
}

/** Of an answer that is not a success. */
export function failureOf({ text, status, header }: Sent, operation: string): S3Failure {
  const wait = header('retry-after');
  const retryAfter = wait === undefined || !/^\d+$/.test(wait) ? undefined : Number(wait);
  return failureIn(text, { status, operation, requestId: header('x-amz-request-id'), retryAfter });
}
