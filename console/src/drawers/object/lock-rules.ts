/** What Object Lock lets one change ("Object Lock considerations" in the S3 user guide). Pure. */

import type { LockMode, Retention } from '../../s3/buckets.ts';

export interface LockDraft {
  readonly mode: LockMode | 'none';
  /** Local time as `datetime-local` has it. */
  readonly until: string;
}

export type LockVerdict = 'fine' | 'noDate' | 'past' | 'needsBypass' | 'compliance';

const two = (number: number): string => String(number).padStart(2, '0');

export function localTime(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export const draftOf = (retention: Retention | undefined, now: number): LockDraft =>
  retention === undefined || retention.until <= now
    ? { mode: 'none', until: '' }
    : { mode: retention.mode, until: localTime(retention.until) };

export function retentionFrom({ mode, until }: LockDraft): Retention | undefined {
  const at = Date.parse(until);
  return mode === 'none' || Number.isNaN(at) ? undefined : { mode, until: at };
}

/** Longer in the same mode is always allowed; anything else of GOVERNANCE only, and by who may bypass it. */
export function lockVerdict(old: Retention | undefined, draft: LockDraft, now: number): LockVerdict {
  const wanted = retentionFrom(draft);
  if (draft.mode !== 'none' && wanted === undefined) return 'noDate';
  if (wanted !== undefined && wanted.until <= now) return 'past';
  if (old === undefined || old.until <= now) return 'fine';
  const isNoLess =
    wanted !== undefined && wanted.mode === old.mode && wanted.until >= Math.floor(old.until / 1000) * 1000;
  if (isNoLess) return 'fine';
  return old.mode === 'COMPLIANCE' ? 'compliance' : 'needsBypass';
}
