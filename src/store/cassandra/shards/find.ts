/**
 * Finds the shard that serves a key: by the map, then by what the shards themselves say.
 *
 * A shard that has retired names its successors and keeps doing so for ever; one without a state, or with other bounds, was
 * a wrong hint.
 */

import { Corrupt, Unavailable } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import type { Home } from '../types.ts';
import { covers, type StateCell, successorOf } from './cells.ts';
import { type Context, HOPS_MAX } from './context.ts';

/** What was seen in a shard, with its state of the same moment (or a later one, where that says as much). */
export interface Seen<T> {
  readonly state: StateCell | undefined;
  readonly value: T;
}

export interface Found<T> {
  readonly id: Uuid;
  readonly state: StateCell;
  readonly value: T;
}

/** Wrong hints in a row after which the map itself is wrong. */
const MISSES_MAX = 4;

/** Looks into shards until one serves the key. Undefined: the bucket has none (any more). */
export async function find<T>(
  context: Context,
  home: Home,
  key: Buffer,
  look: (shard: Uuid) => Promise<Seen<T>>,
): Promise<Found<T> | undefined> {
  const { map } = context;
  let named: Uuid | undefined;
  let misses = 0;
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    const id = named ?? (await map.find(home, key));
    if (id === undefined) return undefined;
    const { state, value } = await look(id);
    if (state === undefined || !covers(state, key)) {
      if (++misses > MISSES_MAX) throw new Corrupt(`bucket ${home.bucketId}: shard ${id} is not what the map says`);
      map.forget(home, key);
      named = undefined;
    } else if (state.state === 'retired') {
      map.forget(home, key);
      named = state.over === undefined ? undefined : successorOf(state.over, key);
      if (named === undefined) return undefined;
    } else {
      map.learn(home, { low: state.low, high: state.high, id });
      return { id, state, value };
    }
  }
  throw new Unavailable(`bucket ${home.bucketId} is being moved faster than it can be read; try again`, {
    mayHaveApplied: false,
  });
}
