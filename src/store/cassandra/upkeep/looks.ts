/** What looks wrong in a store that is in use is looked at again, and told when it is still the same. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../port.ts';
import type { Problem } from './bodies.ts';

/** How long it is left alone in between. Milliseconds. */
export const LOOK_AGAIN_MS = 500;

export async function confirmed(look: () => Promise<readonly Problem[]>): Promise<readonly Problem[]> {
  const first = await look();
  if (first.length === 0) return [];
  await sleep(LOOK_AGAIN_MS);
  const before = new Set(first.map(({ kind, problem }) => `${kind} ${problem}`));
  return (await look()).filter(({ kind, problem }) => before.has(`${kind} ${problem}`));
}

export const findingsOf = (subject: string, problems: readonly Problem[]): readonly Finding[] =>
  problems.map((problem) => ({ subject, ...problem }));
