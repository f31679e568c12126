/**
 * Object Lock: what a bucket says of new versions, what protects a version, and who may change that.
 *
 * Sources: "Locking objects with Object Lock" and "Object Lock considerations" in the S3 user guide. GOVERNANCE can be made
 * less by who may bypass it and asks for that; COMPLIANCE by nobody, it can only be made longer. A legal hold has no end.
 */

import type { BucketConfiguration, Retention, VersionAttributes } from './entities.ts';

/** What new versions get that ask for nothing. */
export interface DefaultRetention {
  readonly mode: Retention['mode'];
  readonly unit: 'Days' | 'Years';
  readonly count: number;
}

/** Object Lock of a bucket. It can be enabled, and never taken away. */
export interface LockConfiguration {
  readonly byDefault?: DefaultRetention;
}

/** Undefined: the bucket has no Object Lock. */
export function lockOf({ objectLock }: BucketConfiguration): LockConfiguration | undefined {
  if (objectLock === undefined) return undefined;
  const lock: LockConfiguration = JSON.parse(objectLock);
  return lock;
}

/** As `Bucket.configuration` keeps it. */
export const writeLock = ({ byDefault }: LockConfiguration): string =>
  JSON.stringify(byDefault === undefined ? {} : { byDefault });

const DAY = 86_400_000;

/** The retention of a version that is made at `now`. */
export function retentionFrom({ mode, unit, count }: DefaultRetention, now: number): Retention {
  if (unit === 'Days') return { mode, until: now + count * DAY };
  const end = new Date(now);
  return { mode, until: end.setUTCFullYear(end.getUTCFullYear() + count) };
}

/** Why a version may not be removed at `now`; undefined: nothing keeps it. */
export function protectionOf(attributes: VersionAttributes | undefined, now: number): Retention | 'hold' | undefined {
  if (attributes?.legalHold === true) return 'hold';
  const { retention } = attributes ?? {};
  return retention !== undefined && retention.until > now ? retention : undefined;
}

export type Verdict = 'allowed' | 'needs bypass' | 'refused';

/** Whether a version may be removed. */
export function removalVerdict(attributes: VersionAttributes | undefined, now: number): Verdict {
  const protection = protectionOf(attributes, now);
  if (protection === undefined) return 'allowed';
  return protection !== 'hold' && protection.mode === 'GOVERNANCE' ? 'needs bypass' : 'refused';
}

/** Whether a retention may become another one, or none. */
export function changeVerdict(old: Retention | undefined, wanted: Retention | undefined, now: number): Verdict {
  if (old === undefined || old.until <= now) return 'allowed';
  const isNoLess = wanted !== undefined && wanted.mode === old.mode && wanted.until >= old.until;
  if (isNoLess) return 'allowed';
  return old.mode === 'GOVERNANCE' ? 'needs bypass' : 'refused';
}
