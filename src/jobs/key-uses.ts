/**
 * When keys were last used: gathered in memory, off the way of requests, and written at most every `keyUseMs` by each process.
 *
 * A process that dies loses what it gathered since. A round that fails is logged, and what it held is written with the next.
 * Bounded: while so many keys wait to be written, uses of others are not noted.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { Rows } from '../store/port.ts';

export interface KeyUsesOptions {
  readonly rows: Pick<Rows, 'noteKeyUses'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'keyUseMs' | 'signingKeyCache'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface KeyUses {
  note(accessKeyId: string): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startKeyUses(options: KeyUsesOptions): KeyUses {
  const { clock, limits, wait } = options;
  const stopping = new AbortController();
  const uses = new Map<string, number>();
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      await wait(limits.keyUseMs, stopping.signal);
      await write(options, uses);
    }
  };
  const ended = rounds();
  return Object.freeze({
    note(accessKeyId: string): void {
      if (uses.size < limits.signingKeyCache || uses.has(accessKeyId)) uses.set(accessKeyId, clock.now());
    },
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  });
}

async function write({ rows, log }: KeyUsesOptions, uses: Map<string, number>): Promise<void> {
  if (uses.size === 0) return;
  const round = new Map(uses);
  uses.clear();
  try {
    await rows.noteKeyUses(round);
  } catch (error) {
    for (const [id, at] of round) if (!uses.has(id)) uses.set(id, at);
    log.warn('the last uses of keys could not be noted, they are tried again later', {}, error);
  }
}
