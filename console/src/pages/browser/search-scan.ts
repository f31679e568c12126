/**
 * Search deeper: reads every key under a prefix and keeps those that match. It says how many it has looked at, so that nobody
 * takes an unfinished search for an empty one.
 */

import type { ObjectEntry } from './entries.ts';

export interface Scan {
  readonly found: readonly ObjectEntry[];
  readonly lookedAt: number;
  readonly state: 'running' | 'done' | 'stopped' | 'full';
}

/** Found at most: beyond, the search asks to be narrowed. */
export const MOST_FOUND = 10_000;

export interface ScanPage {
  readonly objects: readonly ObjectEntry[];
  readonly next: string | undefined;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Every word must be somewhere in the key below the prefix, in any case; with `*` or `?` the whole of it is a pattern. */
export function matcher(words: string, prefix: string): (key: string) => boolean {
  const wanted = words.trim().toLowerCase();
  const below = (key: string): string => key.slice(prefix.length).toLowerCase();
  if (!/[*?]/.test(wanted)) {
    const all = wanted.split(/\s+/);
    return (key) => all.every((word) => below(key).includes(word));
  }
  const parts = wanted.split(/([*?])/);
  const pattern = parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part))).join('');
  const whole = new RegExp(`^${pattern}$`, 's');
  // A pattern without a slash is of names, as a shell would have it.
  return (key) => whole.test(below(key)) || (!wanted.includes('/') && whole.test(below(key).replace(/^.*\//s, '')));
}

/** One state after each page. Ends with `done`, or with `full`; whoever stops reading it has stopped it. */
export async function* scan(
  pageFrom: (next: string | undefined) => Promise<ScanPage>,
  matches: (key: string) => boolean,
): AsyncGenerator<Scan> {
  let found: readonly ObjectEntry[] = [];
  let lookedAt = 0;
  let next: string | undefined;
  do {
    const page = await pageFrom(next);
    const hits = page.objects.filter(({ key }) => matches(key));
    if (hits.length > 0) found = [...found, ...hits].slice(0, MOST_FOUND);
    lookedAt += page.objects.length;
    next = page.next;
    const state = found.length >= MOST_FOUND && next !== undefined ? 'full' : next === undefined ? 'done' : 'running';
    yield { found, lookedAt, state };
    if (state !== 'running') return;
  } while (next !== undefined);
}
