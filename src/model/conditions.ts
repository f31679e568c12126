/**
 * Preconditions of a request against one object's state: which condition decides, and how.
 *
 * Order and comparison are RFC 9110 sections 13.1 and 13.2.2, which S3 follows ("Conditional reads" in its user guide):
 * If-Match outranks If-Unmodified-Since, If-None-Match outranks If-Modified-Since. Dates have whole seconds. What a failed
 * condition means (304, 412) is the operation's. As S3, and RFC 2616 before it, an If-Modified-Since of the future is ignored.
 */

/** `*`, or the ETags without quotes that count in the condition's comparison: strong in If-Match, weak in If-None-Match. */
export type EtagList = '*' | readonly string[];

export interface Conditions {
  readonly match?: EtagList;
  readonly noneMatch?: EtagList;
  /** Milliseconds since 1970. */
  readonly modifiedSince?: number;
  readonly unmodifiedSince?: number;
}

export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedAt: number;
}

export type ConditionName = 'match' | 'noneMatch' | 'modifiedSince' | 'unmodifiedSince';

/** The condition that an existing object does not meet; undefined when it meets all that count. */
export function failedCondition(conditions: Conditions, object: Validators, now: number): ConditionName | undefined {
  const { match, noneMatch, modifiedSince, unmodifiedSince } = conditions;
  if (match !== undefined) {
    if (!isListed(match, object.etag)) return 'match';
  } else if (unmodifiedSince !== undefined && inSeconds(object.modifiedAt) > inSeconds(unmodifiedSince)) {
    return 'unmodifiedSince';
  }
  if (noneMatch !== undefined) {
    if (isListed(noneMatch, object.etag)) return 'noneMatch';
  } else if (modifiedSince !== undefined && inSeconds(object.modifiedAt) <= inSeconds(modifiedSince)) {
    return isOfTheFuture(modifiedSince, object, now) ? undefined : 'modifiedSince';
  }
  return undefined;
}

export const isListed = (list: EtagList, etag: string): boolean => list === '*' || list.includes(etag);

/** The object's own date is none, even when the clock that made it is ahead of ours. */
const isOfTheFuture = (date: number, object: Validators, now: number): boolean =>
  inSeconds(date) > Math.max(inSeconds(now), inSeconds(object.modifiedAt));

const inSeconds = (ms: number): number => Math.floor(ms / 1000);
