/**
 * When keys were last used, and by whom: gathered in memory, off the way of requests, and written at most every `keyUseMs` by each
 * process. A client that a key was not used by before is written within `keyFirstUseMs`: somebody may be waiting for it.
 *
 * A process that dies loses what it gathered since. A round that fails is logged, and what it held is written with the next.
 * Bounded: while so many keys wait to be written, uses of others are not noted.
 */

import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';
import type { KeyClient } from '../model/entities.ts';
import type { Rows } from '../store/port.ts';

export interface KeyUsesOptions {
  readonly rows: Pick<Rows, 'noteKeyUses'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'keyUseMs' | 'keyFirstUseMs' | 'signingKeyCache'>;
  readonly log: Log;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface KeyUses {
  note(accessKeyId: string, client: KeyClient): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export function startKeyUses(options: KeyUsesOptions): KeyUses {
  const { clock, limits, wait } = options;
  const stopping = new AbortController();
  const uses: Uses = new Map();
  const met = new Set<string>();
  let early: AbortController | undefined;
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      const soon = new AbortController();
      early = soon;
      await wait(limits.keyUseMs, AbortSignal.any([stopping.signal, soon.signal]));
      early = undefined;
      await write(options, uses);
    }
  };
  const ended = rounds();
  return Object.freeze({
    note(accessKeyId: string, client: KeyClient): void {
      if (uses.size >= limits.signingKeyCache && !uses.has(accessKeyId)) return;
      uses.set(accessKeyId, { at: clock.now(), client });
      const name = `${accessKeyId} ${client.agent ?? ''}`;
      if (met.has(name)) return;
      if (met.size >= limits.signingKeyCache) met.clear();
      met.add(name);
      const round = early;
      early = undefined;
      if (round !== undefined) void wait(limits.keyFirstUseMs, stopping.signal).then(() => round.abort());
    },
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  });
}

type Uses = Map<string, { readonly at: number; readonly client: KeyClient }>;

async function write({ rows, log }: KeyUsesOptions, uses: Uses): Promise<void> {
  if (uses.size === 0) return;
  const round = new Map(uses);
  uses.clear();
  try {
    const times = new Map([...round].map(([id, { at }]) => [id, at]));
    await rows.noteKeyUses(times, new Map([...round].map(([id, { client }]) => [id, client])));
  } catch (error) {
    for (const [id, use] of round) if (!uses.has(id)) uses.set(id, use);
    log.warn('the last uses of keys could not be noted, they are tried again later', {}, error);
  }
}
