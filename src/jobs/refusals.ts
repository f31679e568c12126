/**
 * Refused requests on their way to the store: gathered in memory, off the way of requests, and written every `refusalNoteMs`.
 *
 * Bounded by the second: whoever is refused more often than that is known well enough, and must not buy work with it (SECURITY
 * rule 22). What is over the bound, and a round that fails, is dropped and told in the log once a round.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Refusal } from '../model/entities.ts';
import type { Rows } from '../store/port.ts';

export interface RefusalsOptions {
  readonly rows: Pick<Rows, 'noteRefusals'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'refusalNoteMs' | 'refusalsPerSecond' | 'refusalBytes'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Refusals {
  /** `make` is called only when there is room for one more. */
  note(make: (at: number) => Refusal): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startRefusals(options: RefusalsOptions): Refusals {
  const { clock, limits, wait } = options;
  const stopping = new AbortController();
  const most = Math.ceil((limits.refusalsPerSecond * limits.refusalNoteMs) / 1000);
  const gathered: Refusal[] = [];
  let dropped = 0;
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      await wait(limits.refusalNoteMs, stopping.signal);
      await write(options, gathered.splice(0), dropped);
      dropped = 0;
    }
  };
  const ended = rounds();
  return Object.freeze({
    note(make: (at: number) => Refusal): void {
      const refusal = gathered.length < most ? make(clock.now()) : undefined;
      if (refusal !== undefined && Buffer.byteLength(refusal.record) <= limits.refusalBytes) gathered.push(refusal);
      else dropped += 1;
    },
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  });
}

async function write({ rows, log }: RefusalsOptions, refusals: readonly Refusal[], dropped: number): Promise<void> {
  if (dropped > 0) log.debug('refused requests were too many or too large to be kept for explanations', { dropped });
  if (refusals.length === 0) return;
  try {
    await rows.noteRefusals(refusals);
  } catch (error) {
    log.warn('refused requests could not be kept for explanations', { count: refusals.length }, error);
  }
}
