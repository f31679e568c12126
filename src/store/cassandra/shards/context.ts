/** What the parts of this room share: the tools, the memory of where shards are, and whom to tell of an unfinished job. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../../port.ts';
import type { Session } from '../database/types.ts';
import type { Home, JobKind, Tools } from '../types.ts';
import type { ShardMap } from './map.ts';

export interface Context {
  readonly tools: Tools;
  readonly map: ShardMap;
  /**
   * Somebody met a sealed shard, `low` its first key. `now`: it is waited for; otherwise the job is given time before
   * this process continues it.
   */
  readonly met: (home: Home, low: Buffer, kind: JobKind, now: boolean) => void;
}

export function sessionOf({ tools }: Context, home: Home): Session {
  return tools.sessions.of(home.region);
}

/** Shards that follow each other while an operation is under way. More: something is wrong. */
export const HOPS_MAX = 64;

const PAUSE_MS = 5;
const PAUSE_MAX_MS = 200;
/** Who waited so long for a seal sees to it that its job goes on. */
const HELP_AFTER_MS = 1000;

/** Waits for others, a little longer each time. */
export class Patience {
  readonly #context: Context;
  readonly #started: number;
  #pause = PAUSE_MS;

  constructor(context: Context) {
    this.#context = context;
    this.#started = context.tools.clock.monotonic();
  }

  /** Throws `Unavailable` when `sealPatienceMs` have passed. */
  async wait(home: Home, sealed: { readonly low: Buffer; readonly kind: JobKind }, stored: boolean): Promise<void> {
    const waited = this.#context.tools.clock.monotonic() - this.#started;
    if (waited >= this.#context.tools.tuning.sealPatienceMs)
      throw new Unavailable(
        `bucket ${home.bucketId} has been busy for ${Math.round(waited)} ms with a change of its versioning state or its ` +
          'deletion; try again',
        { mayHaveApplied: stored },
      );
    if (waited >= HELP_AFTER_MS) this.#context.met(home, sealed.low, sealed.kind, true);
    await sleep(this.#pause);
    this.#pause = Math.min(PAUSE_MAX_MS, this.#pause * 2);
  }
}
