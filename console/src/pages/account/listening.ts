/**
 * Whether a key was used since the page was opened. All moments are the store's: a browser's clock may be wrong. The store tells a
 * client it has not met with this key within two seconds, others within a minute, so a use from before may become known only now:
 * it counts by when it was, not by when it was told. Pure.
 */

import type { AccessKey } from '../../api/shapes.ts';

/** `GET /keys/{accessKeyId}`. */
export interface LookedKey extends AccessKey {
  /** When it was looked at, by the clock that tells its last use. */
  readonly at: string;
}

export type Heard =
  | { readonly kind: 'nothing' }
  /** A request from before, or of this browser, whose Console works with credentials of the key that it was signed in with. */
  | { readonly kind: 'other'; readonly at: number; readonly now: number }
  | { readonly kind: 'connected' };

/** When the page was opened, by `at` of the first look; and what its browser calls itself. */
export interface Listener {
  readonly opened: string | undefined;
  readonly browser: string;
}

export function heardOf(key: LookedKey | undefined, { opened, browser }: Listener): Heard {
  if (key?.lastUsedAt === undefined || opened === undefined) return { kind: 'nothing' };
  const [used, from] = [Date.parse(key.lastUsedAt), Date.parse(opened)];
  // What clients call themselves is kept cut short.
  const isOurs = key.lastUsedBy !== undefined && browser.startsWith(key.lastUsedBy);
  return used > from && !isOurs ? { kind: 'connected' } : { kind: 'other', at: used, now: Date.parse(key.at) };
}

/** Of a client, what tells it from others: browsers call themselves by everything there ever was. */
export const agentName = (agent: string, browser: string): string => (agent.startsWith('Mozilla/') ? browser : agent);
