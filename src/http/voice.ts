/**
 * How a port speaks: what stands in the head of each of its answers, and what its failures look like. S3's port says XML,
 * the Console's says JSON; everything about connections (`front.ts`, `respond.ts`) is the same for both.
 */

import type { Reply } from '../ops/types.ts';
import type { Failure } from './failures.ts';

/** What a failure's answer may say of the request. */
export interface Failed {
  readonly requestId: string;
  /** `/bucket/key`, or the path asked for. */
  readonly resource: string;
}

export interface Voice {
  /** Names and values in turn, for every answer; a fresh list each time. `method` is empty for what is not a request. */
  head(requestId: string, method: string): string[];
  /** Whatever was thrown, as what the client and the operator are told. Never throws. */
  failure(thrown: unknown): Failure;
  /** The answer for it. */
  reply(failure: Failure, failed: Failed): Reply;
}
