/** What is known of a change when a step of it fails: the step's own word is about the step. */

import { Conflict, Unavailable } from '../../port.ts';
import type { Stored } from '../types.ts';

/** For steps before the change is stored or elected: nothing of it can have been applied, whatever the step itself did. */
export function notApplied<T>(work: () => Promise<T>): Promise<T> {
  return known(work, false);
}

/** For steps afterwards: what was elected will be applied, by whoever changes the key next; what was stored is there. */
export function mayBeApplied<T>(work: () => Promise<T>): Promise<T> {
  return known(work, true);
}

async function known<T>(work: () => Promise<T>, mayHaveApplied: boolean): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unavailable) || error.mayHaveApplied === mayHaveApplied) throw error;
    throw new Unavailable(error.message, { mayHaveApplied, cause: error });
  }
}

/** Whether the change that failed so may have been applied all the same. */
export function isUnknown(error: unknown): boolean {
  if (error instanceof Conflict) return false;
  return !(error instanceof Unavailable) || error.mayHaveApplied;
}

/** For the author of a change. Throws when its key was moved while it was stored and nobody can tell whether it came in time. */
export function inTime(stored: Stored): Exclude<Stored, 'late' | 'past'> {
  if (stored !== 'late' && stored !== 'past') return stored;
  throw new Unavailable('the key was moved while it was written, and the write came too late. Look, and try again.', {
    mayHaveApplied: true,
  });
}
