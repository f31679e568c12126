/** What buckets hold together. Pure. */

import type { BucketUsageView } from '../../../../src/http/api/usage.ts';

export interface Total {
  /** Old versions are among them. */
  readonly bytes: number;
  /** Not all was counted: there is at least so much. */
  readonly atLeast: boolean;
}

/** Undefined: nothing is known of any of them. */
export function totalOf(names: readonly string[], usage: ReadonlyMap<string, BucketUsageView>): Total | undefined {
  const known = names.flatMap((name) => usage.get(name) ?? []).filter(({ countedAt }) => countedAt !== undefined);
  if (known.length === 0) return undefined;
  const bytes = known.reduce((sum, one) => sum + one.bytes + one.versionBytes, 0);
  return { bytes, atLeast: known.length < names.length || known.some(({ complete }) => !complete) };
}
