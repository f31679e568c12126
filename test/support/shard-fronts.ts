/** Front ends for a load on shards: with clocks that are off, pauses around every statement, and some that die. */

import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { Random } from '../../src/base/random.ts';
import type { Sessions } from '../../src/store/cassandra/database/types.ts';
import { createClaims } from '../../src/store/cassandra/keys/claims.ts';
import { createShards, type ShardsWithUpkeep } from '../../src/store/cassandra/shards/shards.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Claims, Tags, Tools } from '../../src/store/cassandra/types.ts';
import type { Hooks } from './shard-tables.ts';

/** Workers of a load have clocks that run ahead by nearly `unsettledMs`: rows of a second ago are below their floors. */
const SMALL = {
  unsettledMs: 120_000,
  sealPatienceMs: 20_000,
  splitRows: 12,
  mergeRows: 6,
  vacuumRows: 8,
  measureEvery: 20,
};

/** Numbers from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Died extends Error {}

export interface FrontEnd {
  readonly shards: ShardsWithUpkeep;
  readonly claims: Claims;
  readonly tags: Tags;
}

interface Makings {
  readonly sessions: (hooks: Hooks) => Sessions;
  /** Longest pause, milliseconds; 0: only turns of the event loop. */
  readonly pauseMs: number;
  readonly chance: () => number;
}

export class FrontEnds {
  readonly random: Random;
  readonly #makings: Makings;

  constructor(makings: Makings) {
    this.#makings = makings;
    const byte = () => Math.floor(makings.chance() * 256);
    this.random = { bytes: (count) => Buffer.from(Array.from({ length: count }, byte)) };
  }

  /** `skew`: milliseconds by which its clock is off. */
  frontEnd(skew: number, hooks: Hooks): FrontEnd {
    const { random } = this;
    const clock = { now: () => systemClock.now() + skew, monotonic: systemClock.monotonic };
    const tags = createTags(clock, random);
    const sessions = this.#makings.sessions(hooks);
    const tools: Tools = {
      sessions,
      clock,
      random,
      limits: LIMITS,
      log: undefined,
      tags,
      tuning: { ...TUNING, ...SMALL },
    };
    const shards = createShards(tools);
    return { shards, claims: createClaims(tools, shards), tags };
  }

  /** One that dies before or after some statement: nothing that it does afterwards has any effect. */
  mortal(statements: number, skew: number, died: () => void): FrontEnd {
    let left = statements;
    const step = async () => {
      await this.pause();
      left--;
      if (left === 0) died();
      if (left <= 0) throw new Died();
    };
    return this.frontEnd(skew, { before: step, after: step });
  }

  async pause(): Promise<void> {
    const { chance, pauseMs } = this.#makings;
    const long = chance() < 0.02 ? 20 : 1;
    if (pauseMs > 0 && chance() < 0.3) await sleep(chance() * pauseMs * long);
    else for (let turn = chance() * 4 * long; turn > 1; turn--) await new Promise((go) => setImmediate(go));
  }
}
