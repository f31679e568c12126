/** What can go wrong between the Console and S3. */

/** S3 said no. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  /** S3's name of what was asked. */
  readonly operation: string;
  /** Seconds after which one may ask again, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, told: Omit<S3Failure, keyof Error>) {
    super(message);
    this.code = told.code;
    this.status = told.status;
    this.requestId = told.requestId;
    this.operation = told.operation;
    this.retryAfter = told.retryAfter;
  }
}

/** Codes of what passes by itself whatever the status: late answers come with 200. */
const PASSING: ReadonlySet<string> = new Set([
  ...['ConditionalRequestConflict', 'InternalError', 'OperationAborted', 'RequestTimeout'],
  ...['ServiceUnavailable', 'SlowDown', 'Throttling'],
]);
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether the same request may well succeed a moment later. */
export const isPassing = (failure: unknown): boolean =>
  failure instanceof S3Unreachable ||
  (failure instanceof S3Failure && (PASSING.has(failure.code) || PASSING_STATUS.has(failure.status)));

/** No answer: the network, a proxy, or a store that is not running. */
export class S3Unreachable extends Error {
  override readonly name = 'S3Unreachable';
  readonly operation: string;

  constructor(operation: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.operation = operation;
  }
}

/** The key has a segment `.` or `..`: every browser rewrites such an address before it sends it. */
export class NotAddressable extends Error {
  override readonly name = 'NotAddressable';
  readonly code = 'NotAddressable';
}
