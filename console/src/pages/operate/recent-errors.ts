/** Failed requests of late, counted by their answers. Pure. */

import type { FailedRequest } from '../../api/shapes.ts';

export interface ErrorGroup {
  readonly status: number;
  readonly code: string;
  readonly many: number;
  /** The newest of them, ms. */
  readonly last: number;
}

export interface RecentErrors {
  /** The most frequent first. */
  readonly groups: readonly ErrorGroup[];
  /** Set where the page of the answer ends within the day: counted from here on, ms. */
  readonly since: number | undefined;
}

const DAY_MS = 86_400_000;

/** `errors` are the newest, in their order; `more`: there are older ones behind them. */
export function recentErrors(errors: readonly FailedRequest[], more: boolean, now: number): RecentErrors {
  const recent = errors.filter(({ at }) => Date.parse(at) > now - DAY_MS);
  const groups = [...Map.groupBy(recent, ({ status, code }) => `${status} ${code}`).values()].flatMap((some) => {
    const [newest] = some;
    if (newest === undefined) return [];
    return [{ status: newest.status, code: newest.code, many: some.length, last: Date.parse(newest.at) }];
  });
  const oldest = recent.length === errors.length ? recent.at(-1) : undefined;
  return {
    groups: groups.sort((left, right) => right.many - left.many || right.last - left.last),
    since: more && oldest !== undefined ? Date.parse(oldest.at) : undefined,
  };
}
