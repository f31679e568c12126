/**
 * Whatever a request failed with, as what its client is told, and how loudly we say it to the operator.
 *
 * The one place where an engine's failures get a status. Text of our own mistakes never reaches a client (SECURITY rule 27).
 */

import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict, Corrupt, Unavailable } from '../store/port.ts';

export interface Failure {
  readonly code: string;
  readonly status: number;
  /** For the client. */
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** `none`: the client's own affair. `warn`: the operator may want to know. `error`: something is broken. */
  readonly loudness: 'none' | 'warn' | 'error';
  /** For the operator. */
  readonly message: string;
}

export function failureOf(thrown: unknown, limits: Pick<Limits, 'retryAfterMs'>): Failure {
  if (thrown instanceof S3Error) return failure(thrown, limits, 'none', '');
  if (thrown instanceof Unavailable) {
    return failure(new S3Error('ServiceUnavailable'), limits, 'warn', 'the engine is unavailable');
  }
  if (thrown instanceof Corrupt) {
    return failure(new S3Error('InternalError'), limits, 'error', 'stored data is damaged: run `moraine check`');
  }
  if (thrown instanceof Conflict) return failure(new S3Error('OperationAborted'), limits, 'none', '');
  return failure(new S3Error('InternalError'), limits, 'error', 'a request failed for a reason nobody foresaw');
}

function failure(
  error: S3Error,
  limits: Pick<Limits, 'retryAfterMs'>,
  loudness: Failure['loudness'],
  message: string,
): Failure {
  const { code, status, fields } = error;
  const seconds = Math.max(1, Math.ceil(limits.retryAfterMs / 1000));
  const headers = status === 503 ? { 'Retry-After': `${seconds}`, ...error.headers } : error.headers;
  return { code, status, text: error.message, fields, headers, loudness, message };
}
