/**
 * The mender: asks the engine, round after round, to give copies to places that lack some, and says when there are fewer
 * whole copies than there should be.
 *
 * A round is bounded (`mendItems`) and followed by a breath, so that requests go on beside it. One process runs it.
 */

import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Upkeep } from '../store/port.ts';

export interface MenderOptions {
  readonly upkeep: Pick<Upkeep, 'mend' | 'health'>;
  readonly limits: Pick<Limits, 'mendItems' | 'mendBreathMs' | 'mendIntervalMs'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Mender {
  /** No further round begins; resolves when the one under way is over. */
  stop(): Promise<void>;
}

export function startMender(options: MenderOptions): Mender {
  const { limits, wait } = options;
  const stopping = new AbortController();
  const rounds = async () => {
    let said = '';
    while (!stopping.signal.aborted) {
      const done = await round(options);
      said = await say(options, said);
      await wait(done ? limits.mendIntervalMs : limits.mendBreathMs, stopping.signal);
    }
  };
  const ended = rounds();
  return Object.freeze({
    stop: () => {
      stopping.abort();
      return ended;
    },
  });
}

/** Whether nothing is left to do now; a failure counts as such, so that the next attempt waits. */
async function round({ upkeep, limits, log }: MenderOptions): Promise<boolean> {
  try {
    return (await upkeep.mend({ limit: limits.mendItems })).done;
  } catch (error) {
    log.warn('a mending round failed, it is tried again later', {}, error);
    return true;
  }
}

/** Once for each state that differs from the one before. Returns what was said last. */
async function say({ upkeep, log }: MenderOptions, before: string): Promise<string> {
  try {
    const { wanted, copies } = await upkeep.health();
    const lacking = copies.filter(({ state }) => state !== 'up');
    const text = lacking.map(({ place, state, reason }) => `${place} is ${state}: ${reason}`).join('; ');
    if (text === before) return before;
    const fields = { copies: copies.length - lacking.length, wanted };
    if (text === '') log.info('the store has all its copies again', fields);
    else log.warn('the store has fewer copies than it should', { ...fields, lacking: text });
    return text;
  } catch (error) {
    log.warn('the state of the copies cannot be read', {}, error);
    return before;
  }
}
