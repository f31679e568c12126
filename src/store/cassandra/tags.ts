/**
 * Tags: the order of the states of one key. See `Tag` in types.ts and "Cells" in decision 0006.
 *
 * A tag's time is the Cassandra timestamp: microseconds since 2020-01-01 (UTC), shifted by 12 bits, and in those bits the
 * slot that this process drew when it started. Nothing rests on slots being different, nor on clocks being right: a writer
 * always goes above what it read, and two writers with one tag were at it at the same time.
 *
 * A key whose tags run ahead of the clock (some front end's clock was wrong once) does not drag the process's other tags
 * with it: only that key stays ahead.
 */

import { strict as assert } from 'node:assert';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Tag, Tags } from './types.ts';

const EPOCH_MS = Date.UTC(2020, 0, 1);
const SLOT_BITS = 12n;
const SLOT_MASK = (1n << SLOT_BITS) - 1n;
const MICROS_PER_MS = 1000n;
/** The largest time that a tag can have: what must win over everything for ever is written there. */
export const MAX_TIME = (1n << 63n) - 1n;
/** `count` is an int32. */
export const MAX_COUNT = 2 ** 31 - 1;
/** Steps by which concurrent writes of one process that run ahead of its clock differ, before they repeat. */
const AHEAD_STEPS = 1024n;

/** Before every write. */
export const ZERO: Tag = Object.freeze({ time: 0n, count: 0 });

/** Below, equal or above zero, as for `Array.sort`. */
export function compareTags(a: Tag, b: Tag): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.count - b.count;
}

export function createTags(clock: Clock, random: Random): Tags {
  const slot = BigInt(random.bytes(2).readUInt16BE(0)) & SLOT_MASK;
  /** Microseconds of the last tag that followed the clock. */
  let last = 0n;
  let ahead = 0n;

  const microsAt = (milliseconds: number): bigint => {
    const micros = BigInt(Math.floor(milliseconds) - EPOCH_MS) * MICROS_PER_MS;
    return micros > 0n ? micros : 0n;
  };

  return {
    blind(seen, floor) {
      const above = compareTags(seen, { time: floor, count: 0 }) > 0 ? seen.time : floor;
      const past = (above >> SLOT_BITS) + 1n;
      const now = microsAt(clock.now());
      last = now > last ? now : last + 1n;
      if (last >= past) return { time: (last << SLOT_BITS) | slot, count: 0 };
      ahead = (ahead + 1n) % AHEAD_STEPS;
      const time = ((past + ahead) << SLOT_BITS) | slot;
      assert(time < MAX_TIME, 'a tag that Cassandra can keep');
      return { time, count: 0 };
    },
    successor(base, floor) {
      if (compareTags(base, { time: floor, count: 0 }) <= 0) return { time: floor, count: 1 };
      assert(base.count < MAX_COUNT, 'a count that a cell can keep');
      return { time: base.time, count: base.count + 1 };
    },
    now: () => microsAt(clock.now()) << SLOT_BITS,
    at: (milliseconds) => microsAt(milliseconds) << SLOT_BITS,
  };
}
