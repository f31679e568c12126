/**
 * Where the keys of a bucket are: ranges that this process has met, and for others one read of `shard_map`.
 *
 * Hints. Only a shard itself knows its bounds and whether it still serves; who finds it otherwise forgets the entry here.
 * Entries are made from what shards said, so that a wrong one costs a read and never lasts.
 */

import type { Sessions, Uuid } from '../database/types.ts';
import type { Home } from '../types.ts';
import { covers } from './cells.ts';
import { textOf } from './rows.ts';
import { FIND_SHARD } from './statements.ts';

interface Entry {
  readonly low: Buffer;
  readonly high: Buffer | undefined;
  readonly id: Uuid;
}

/** Some 20 MB. A bucket of 10^9 keys has 10,000 shards. */
const ENTRIES_MAX = 50_000;

export class ShardMap {
  readonly #sessions: Sessions;
  readonly #most: number;
  /** By bucket, the least recently used first; entries by `low`, none overlapping. */
  readonly #buckets = new Map<string, Entry[]>();
  #count = 0;

  constructor(sessions: Sessions, most = ENTRIES_MAX) {
    this.#sessions = sessions;
    this.#most = most;
  }

  /** The shard that probably has the key. Undefined: the bucket has none. */
  async find(home: Home, key: Buffer): Promise<Uuid | undefined> {
    const known = this.#known(home, key);
    if (known !== undefined) return known.id;
    const [row] = await this.#sessions.of(home.region).read(FIND_SHARD, [home.bucketId, key]);
    return row === undefined ? undefined : textOf(row, 'shard');
  }

  /** A shard that serves said that these are its bounds. */
  learn(home: Home, entry: Entry): void {
    if (this.#known(home, entry.low)?.id === entry.id) return;
    const entries = this.#buckets.get(nameOf(home)) ?? [];
    const start = entries.findIndex(({ high }) => high === undefined || high.compare(entry.low) > 0);
    const from = start < 0 ? entries.length : start;
    let to = from;
    while (isBelow(entries[to]?.low, entry.high)) to++;
    entries.splice(from, to - from, entry);
    this.#buckets.set(nameOf(home), entries);
    this.#count += 1 - (to - from);
    this.#shrink();
  }

  /** It does not serve the key, or not any more. */
  forget(home: Home, key: Buffer): void {
    const entries = this.#buckets.get(nameOf(home));
    const index = entries?.findIndex((entry) => covers(entry, key)) ?? -1;
    if (entries === undefined || index < 0) return;
    entries.splice(index, 1);
    this.#count--;
  }

  #known(home: Home, key: Buffer): Entry | undefined {
    const name = nameOf(home);
    const entries = this.#buckets.get(name);
    if (entries === undefined) return undefined;
    this.#buckets.delete(name);
    this.#buckets.set(name, entries);
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(key, entries[middle]?.low)) high = middle;
      else low = middle + 1;
    }
    const entry = entries[low - 1];
    return entry !== undefined && covers(entry, key) ? entry : undefined;
  }

  #shrink(): void {
    for (const [name, entries] of this.#buckets) {
      if (this.#count <= this.#most) return;
      this.#buckets.delete(name);
      this.#count -= entries.length;
    }
  }
}

const nameOf = ({ region, bucketId }: Home): string => `${region}/${bucketId}`;

/** Undefined on the left: no key. On the right: the end of all keys. */
function isBelow(key: Buffer | undefined, bound: Buffer | undefined): boolean {
  return key !== undefined && (bound === undefined || key.compare(bound) < 0);
}
