/**
 * Sizes and times that only this engine has, with the reason of each value. Times are milliseconds, sizes bytes, the rest
 * counts. What other engines have too is in `base/limits.ts`; tests make these small.
 */

import { LIMITS } from '../../base/limits.ts';
import type { Tuning } from './types.ts';

const KiB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const TUNING: Tuning = Object.freeze({
  /** Half of it doubles Cassandra's work per byte, more gains nothing reliable; far below the 16 MiB a mutation may have. */
  chunkBytes: 512 * KiB,
  /** Four of 512 KiB wait for the network, more than eight only fill memory: 4 MiB for each request. */
  chunksInFlight: 8,
  /** About 50 MiB of rows: a partition that reads, compacts and is copied in seconds. 10^8 keys make some 1,000 shards. */
  splitRows: 100_000,
  /** A quarter: what was just split is not merged again, and two that were merged are not split. */
  mergeRows: 25_000,
  /** A listing reads a dead row as dearly as a live one: twenty pages for nothing cost more than the copy. */
  vacuumRows: 20_000,
  /** A tenth of a split: a shard is never more than that late, and counting stays cheap. */
  measureEvery: 10_000,
  /** Sealing all shards of a large bucket takes seconds; longer, and clients had better try again (503). */
  sealPatienceMs: 10 * SECOND,
  /** Partitions of the ledger hold an hour: small enough to read whole, few enough to look through two days of them. */
  ledgerPeriodMs: 1 * HOUR,
  /** Much longer than `commitWithinMs` and any pause or wrong clock that still works: the collector meets only the dead. */
  unsettledMs: 24 * HOUR,
  /**
   * From the newest `latest` of the body's header to the commit. A body still growing has its header written again long
   * before the end of this time, so that it bounds the pause between two chunks or between the last and the commit, not
   * the upload: a PUT of 5 GiB may take days. Long enough for clocks that differ by hours, a quarter of `unsettledMs`.
   */
  commitWithinMs: 6 * HOUR,
  /** A GET of 5 GiB that began before the removal is read to its end at 1.5 MiB/s. Never less than all engines promise. */
  trashMs: Math.max(1 * HOUR, LIMITS.blobGraceMs),
});
