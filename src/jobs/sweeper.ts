/**
 * The sweeper: asks the engine, round after round, to reclaim bodies that nothing names any more.
 *
 * A round is bounded (`sweepBlobs`), so that requests never wait for it; while there is more to do the next round
 * follows after a short breath, else after `sweepIntervalMs`. A round that fails is logged and tried again later: space is
 * reclaimed late, never wrongly. One process runs it; several would be safe but pointless.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Upkeep } from '../store/port.ts';

export interface SweeperOptions {
  readonly upkeep: Pick<Upkeep, 'sweep'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'sweepIntervalMs' | 'sweepBreathMs' | 'sweepBlobs'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Sweeper {
  /** No further round begins; resolves when the one under way is over. */
  stop(): Promise<void>;
}

export function startSweeper(options: SweeperOptions): Sweeper {
  const { limits, wait } = options;
  const stopping = new AbortController();
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      const done = await round(options);
      await wait(done ? limits.sweepIntervalMs : limits.sweepBreathMs, stopping.signal);
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

/** Whether nothing is left that is due; a failure counts as such, so that the next attempt waits. */
async function round({ upkeep, clock, limits, log }: SweeperOptions): Promise<boolean> {
  try {
    const { blobs, bytes, done } = await upkeep.sweep({ now: clock.now(), limit: limits.sweepBlobs });
    if (blobs > 0) log.info('reclaimed bodies that nothing names any more', { blobs, bytes });
    return done;
  } catch (error) {
    log.warn('a sweeping round failed, it is tried again later', {}, error);
    return true;
  }
}
