/** What a failure means for an upload: whether it passes, who is in the way, and how long to wait. */

import { ApiFailure } from '../api/client.ts';
import { isPassing, S3Failure } from '../s3/failure.ts';
import { failureIn } from '../s3/request.ts';
import { NoWorker } from './checksums.ts';
import { NotSent, type Sent } from './send.ts';
import type { How } from './state.ts';

const SECOND = 1000;
/** Exponent of the longest wait: 16 seconds. */
const LONGEST = 4;
const TOO_MANY = 429;
const UNAUTHORIZED = 401;

/** What a failure means for the row it came from. */
export function howOf(failure: unknown): How {
  if (failure instanceof ApiFailure) return ofSession(failure);
  // A `TypeError` is what fetch says when nobody answers: the session's credentials are asked for by it.
  if (failure instanceof NotSent || failure instanceof NoWorker || failure instanceof TypeError) return 'passing';
  if (failure instanceof S3Failure) {
    if (failure.code === 'SlowDown' || failure.status === TOO_MANY) return 'slow';
    if (failure.code === 'PreconditionFailed' || failure.status === 412) return 'exists';
    if (failure.code === 'NoSuchUpload') return 'gone';
  }
  return isPassing(failure) ? 'passing' : 'final';
}

/** The credentials to sign with could not be had. */
const ofSession = ({ status }: ApiFailure): How =>
  status === UNAUTHORIZED ? 'signed-out' : status === TOO_MANY ? 'slow' : status >= 500 ? 'passing' : 'final';

/** 1, 2, 4, 8, 16 seconds and up to half as much more; or what the server says. */
export function waitOf(failure: unknown, waits: number, random: () => number): number {
  const told = failure instanceof S3Failure ? failure.retryAfter : undefined;
  return told === undefined ? SECOND * 2 ** Math.min(LONGEST, waits) * (1 + random() / 2) : told * SECOND;
}

/** Of an answer that is not a success. */
export function failureOf({ text, status, header }: Sent, operation: string): S3Failure {
  const wait = header('retry-after');
  const retryAfter = wait === undefined || !/^\d+$/.test(wait) ? undefined : Number(wait);
  return failureIn(text, { status, operation, requestId: header('x-amz-request-id'), retryAfter });
}
