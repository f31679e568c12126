/**
 * Whatever a request failed with, as the S3 error its client is told, and how loudly we say it to the operator.
 *
 * The one place where an engine's failures get a status. Text of our own mistakes never reaches a client (SECURITY rule 27).
 */

import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import { Conflict, Corrupt, Unavailable } from '../store/port.ts';

export interface Failure {
  readonly error: S3Error;
  /** `none`: the client's own affair. `warn`: the operator may want to know. `error`: something is broken. */
  readonly loudness: 'none' | 'warn' | 'error';
  readonly message: string;
}

export function failureOf(thrown: unknown, limits: Pick<Limits, 'retryAfterMs'>): Failure {
  if (thrown instanceof S3Error) {
    return { error: thrown.status === 503 ? withRetryAfter(thrown, limits) : thrown, loudness: 'none', message: '' };
  }
  if (thrown instanceof Unavailable) {
    const error = new S3Error('ServiceUnavailable', undefined, { cause: thrown });
    return { error: withRetryAfter(error, limits), loudness: 'warn', message: 'the engine is unavailable' };
  }
  if (thrown instanceof Corrupt) {
    const error = new S3Error('InternalError', undefined, { cause: thrown });
    return { error, loudness: 'error', message: 'stored data is damaged: run `moraine check`' };
  }
  if (thrown instanceof Conflict) {
    const error = new S3Error('OperationAborted', undefined, { cause: thrown });
    return { error, loudness: 'none', message: '' };
  }
  const error = new S3Error('InternalError', undefined, { cause: thrown });
  return { error, loudness: 'error', message: 'a request failed for a reason nobody foresaw' };
}

function withRetryAfter(error: S3Error, limits: Pick<Limits, 'retryAfterMs'>): S3Error {
  const seconds = Math.max(1, Math.ceil(limits.retryAfterMs / 1000));
  return new S3Error(error.code, error.message, {
    fields: error.fields,
    headers: { 'Retry-After': `${seconds}`, ...error.headers },
    cause: error.cause,
  });
}
