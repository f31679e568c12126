/**
 * What the driver throws, as one of the engine's own failures, with an honest word on whether a write may have been applied.
 *
 * Follows the error codes of CQL's binary protocol v4 and v5, and how cassandra-driver 4.10 uses its own classes: a
 * `NoHostAvailableError` is thrown only when no node was given the request, because nothing is repeated by the driver.
 */

import cassandra from 'cassandra-driver';

export interface Failure {
  /** What happened, for the log and the operator. */
  readonly message: string;
  /** The database did not say that it was not applied. */
  readonly mayHaveApplied: boolean;
  /** The node that did not answer in time, or could not reach others, to be asked last for a while. */
  readonly late: string | undefined;
}

const { errors, types } = cassandra;
const codes = types.responseErrorCodes;
/** Protocol v5: Paxos could not tell whether the proposal was accepted. The driver has no name for it. */
const CAS_WRITE_UNKNOWN = 0x1700;

/** Refused before anything was done. */
const NOT_APPLIED: ReadonlySet<number> = new Set([
  codes.unavailableException,
  codes.overloaded,
  codes.isBootstrapping,
  codes.badCredentials,
]);
const UNKNOWN: ReadonlySet<number> = new Set([
  codes.writeTimeout,
  codes.writeFailure,
  codes.readTimeout,
  codes.readFailure,
  codes.serverError,
  codes.truncateError,
  CAS_WRITE_UNKNOWN,
]);

/**
 * What a node says that is cut off from the others, busy or just coming up. Another may do what it cannot, and only that
 * helps: the driver goes on asking a node as long as it answers.
 */
const ELSEWHERE: ReadonlySet<number> = new Set([
  codes.unavailableException,
  codes.overloaded,
  codes.isBootstrapping,
  codes.writeTimeout,
  codes.readTimeout,
]);

/** Undefined: a mistake of ours, such as a statement that the server calls invalid or too big. */
export function failureOf(error: unknown): Failure | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const late = undefined;
  if (error instanceof errors.ResponseError) {
    if (error.code === codes.unauthorized) return { message: lacking(message), mayHaveApplied: false, late };
    const unable = ELSEWHERE.has(error.code) ? coordinatorOf(error) : undefined;
    if (NOT_APPLIED.has(error.code)) return { message, mayHaveApplied: false, late: unable };
    return UNKNOWN.has(error.code) ? { message, mayHaveApplied: true, late: unable } : undefined;
  }
  if (error instanceof errors.OperationTimedOutError) return { message, mayHaveApplied: true, late: error.host };
  if (error instanceof errors.NoHostAvailableError) return { message: reasons(error), mayHaveApplied: false, late };
  if (error instanceof errors.BusyConnectionError) return { message, mayHaveApplied: false, late };
  if (error instanceof errors.AuthenticationError) return { message, mayHaveApplied: false, late };
  if (isSocketError(error)) return { message, mayHaveApplied: error.requestNotWritten !== true, late };
  // While a pool fills, the driver says so with plain errors, before anything is sent.
  return /^No connection available|^Connection .*closed|^Not connected/i.test(message)
    ? { message, mayHaveApplied: false, late }
    : undefined;
}

/** Rights are looked at first, and are the operator's to mend. */
function lacking(message: string): string {
  return `cassandra.user lacks rights that docs/cluster.md names (${message})`;
}

/** The driver adds it to what a node answers. */
function coordinatorOf(error: Error): string | undefined {
  return 'coordinator' in error && typeof error.coordinator === 'string' ? error.coordinator : undefined;
}

interface SocketError extends Error {
  readonly isSocketError: true;
  readonly requestNotWritten?: boolean;
}
function isSocketError(error: unknown): error is SocketError {
  return error instanceof Error && 'isSocketError' in error && error.isSocketError === true;
}

/** Each node with why it could not be asked. */
function reasons(error: cassandra.errors.NoHostAvailableError): string {
  const inner: unknown = error.innerErrors;
  const tried = typeof inner === 'object' && inner !== null ? Object.entries(inner) : [];
  if (tried.length === 0) return 'no node of the data centre can be reached';
  const told = tried.map(
    ([host, why]) => `${host}: ${why instanceof Error ? why.message : String(why ?? 'no answer')}`,
  );
  return `no node could be asked (${told.join('; ')})`;
}
