/** The rules of the model of S3 that are about one object: conditions and ranges. */

import type { Outcome, ReadConditions, WriteConditions } from './s3-requests.ts';

export interface Version {
  readonly key: string;
  readonly id: string;
  readonly isMarker: boolean;
  readonly body: string;
  readonly etag: string;
  readonly at: number;
  readonly type: string;
  readonly upload?: string;
  /** Of one that was uploaded in parts: their numbers and sizes. */
  readonly parts?: readonly (readonly [number: number, size: number])[] | undefined;
  readonly encrypted: boolean;
  grants: number;
  /** As a header has them. */
  tags: string;
  retention?: Retention | undefined;
  hold?: boolean;
}

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Seconds since the list began. */
  readonly until: number;
}

/** What a request is refused with. */
export class Refused extends Error {
  readonly outcome: Outcome;
  constructor(status: number, code: string, more: Readonly<Record<string, unknown>> = {}) {
    super(code);
    this.outcome = { status, code, ...more };
  }
}

const matches = (list: string, etag: string): boolean => list === '*' || list === `"${etag}"`;

/** RFC 9110 section 13.2.2; but an If-Modified-Since of the future is ignored, as S3 does. */
export function failedCondition(
  conditions: ReadConditions,
  { etag, at }: Version,
  now: number,
): keyof ReadConditions | undefined {
  const { match, noneMatch, modifiedSince, unmodifiedSince } = conditions;
  if (match !== undefined && !matches(match, etag)) return 'match';
  if (match === undefined && unmodifiedSince !== undefined && at > unmodifiedSince) return 'unmodifiedSince';
  if (noneMatch !== undefined) return matches(noneMatch, etag) ? 'noneMatch' : undefined;
  return modifiedSince !== undefined && at <= modifiedSince && modifiedSince <= now ? 'modifiedSince' : undefined;
}

/** A delete marker is absence. */
export function checkWrite({ match, noneMatch }: WriteConditions, current: Version | undefined): void {
  const object = current?.isMarker === false ? current : undefined;
  if (noneMatch !== undefined && object !== undefined) throw new Refused(412, 'PreconditionFailed');
  if (match === undefined) return;
  if (object === undefined) throw new Refused(404, 'NoSuchKey');
  if (!matches(match, object.etag)) throw new Refused(412, 'PreconditionFailed');
}

/** From where to where, the end not included. Undefined: not a range. */
export function rangeOf(range: string | undefined, size: number): readonly [number, number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  // The last bytes of nothing are nothing, which no 206 could say.
  if (first === '' && size === 0) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  if (start >= size) throw new Refused(416, 'InvalidRange');
  return [start, first === '' || last === '' ? size : Math.min(size, Number(last) + 1)];
}

/** The same of a part. What was put in one piece is its own part 1. */
export function partOf(wanted: number | undefined, { parts, body }: Version): readonly [number, number] | undefined {
  if (wanted === undefined) return undefined;
  let start = 0;
  for (const [number, size] of parts ?? [[1, body.length] as const]) {
    if (number === wanted) return [start, start + size];
    start += size;
  }
  throw new Refused(416, 'InvalidPartNumber');
}

/** While a version is kept, it is not removed: not at all in COMPLIANCE mode or under a hold, in GOVERNANCE mode if asked to. */
export function checkRemoval({ retention, hold }: Version, bypass: boolean, now: number): void {
  if (hold === true || (retention !== undefined && !mayEnd(retention, bypass, now))) {
    throw new Refused(403, 'AccessDenied');
  }
}

/** The same for a retention that becomes another one, unless that is only longer. */
export function checkRetention(old: Retention | undefined, wanted: Retention, bypass: boolean, now: number): void {
  if (old === undefined || (wanted.mode === old.mode && wanted.until >= old.until)) return;
  if (!mayEnd(old, bypass, now)) throw new Refused(403, 'AccessDenied');
}

const mayEnd = ({ mode, until }: Retention, bypass: boolean, now: number): boolean =>
  until <= now || (mode === 'GOVERNANCE' && bypass);
