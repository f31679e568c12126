/**
 * DeleteBucket against puts into two shards: name DELETING, a job of kind delete and a seal on every shard, look again,
 * one verdict, then either every shard retires without a successor or every shard is moved as in a vacuum.
 *
 * Abstracted: one row per shard, partitions atomic, the move of a kept shard is one step (reshard.ts has its parts).
 * Left out: splits under way (a job excludes any other on its shard), the name being claimed again.
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, turn, until } from './checker.ts';

/** `bucket`: one verdict, on the bucket's name. `shard`: one per shard's job, as first sketched. */
export type VerdictPlace = 'bucket' | 'shard';
type Verdict = 'gone' | 'kept';

interface Shard {
  state: 'live' | 'sealed' | 'gone' | 'kept';
  rows: number;
}

interface Memory {
  readonly shards: Shard[];
  deleting: boolean;
  readonly verdicts: (Verdict | null)[];
  acknowledged: number;
  deleted: boolean;
}

function shardAt(m: Memory, i: number): Shard {
  const shard = m.shards[i];
  if (shard === undefined) throw new Error('no such shard');
  return shard;
}

/** Writes, then looks at the state; a seal of this kind is waited out. */
function writer(shard: number): Process<Memory> {
  function* program(carried: unknown): Program<Memory> {
    if (carried !== 'stored') {
      const state = yield* step('reads the state', (m: Memory) => shardAt(m, shard).state);
      if (state === 'gone') return;
      yield* turn('writes', (m: Memory) => {
        if (shardAt(m, shard).state !== 'gone') shardAt(m, shard).rows = 1;
        return 'stored';
      });
      return;
    }
    yield* until(
      'checks, waiting out a seal',
      (m: Memory) => shardAt(m, shard).state !== 'sealed',
      (m: Memory) => {
        const now = shardAt(m, shard);
        if (now.state === 'gone') return;
        // In a kept shard the same row is written to the successor.
        now.rows = 1;
        m.acknowledged |= 1 << shard;
      },
    );
  }
  return { name: `put into shard ${shard}`, program, mayCrash: true };
}

function decide(m: Memory, place: VerdictPlace, shard: number, found: boolean): Verdict {
  const at = place === 'bucket' ? 0 : shard;
  const verdict = m.verdicts[at] ?? (found ? 'kept' : 'gone');
  m.verdicts[at] = verdict;
  return verdict;
}

function deleter(name: string, place: VerdictPlace, recheck: boolean): Process<Memory> {
  function* program(): Program<Memory> {
    const empty = yield* step('lists; empty: DELETING', (m: Memory) => {
      const none = m.deleting || m.shards.every(({ rows }) => rows === 0);
      if (none) m.deleting = true;
      return none;
    });
    if (!empty) return;
    for (const shard of [0, 1])
      yield* step(`seals ${shard}`, (m: Memory) => {
        if (shardAt(m, shard).state === 'live') shardAt(m, shard).state = 'sealed';
      });
    const found: boolean[] = [];
    for (const shard of [0, 1])
      found.push(yield* step(`looks into ${shard}`, (m: Memory) => recheck && shardAt(m, shard).rows > 0));
    let gone = true;
    for (const shard of [0, 1]) {
      const any = place === 'bucket' ? found.some(Boolean) : found[shard] === true;
      const verdict = yield* step(`verdict for ${shard}`, (m: Memory) => decide(m, place, shard, any));
      gone &&= verdict === 'gone';
      yield* step(`${shard} is ${verdict}`, (m: Memory) => {
        if (shardAt(m, shard).state === 'sealed') shardAt(m, shard).state = verdict;
        if (verdict === 'gone') shardAt(m, shard).rows = 0;
      });
    }
    if (gone)
      yield* step('answers 204', (m: Memory) => {
        m.deleted = true;
      });
  }
  return { name, program, mayCrash: true };
}

/** Upkeep that finds a bucket in DELETING and finishes it, as often as it takes. */
function resumer(place: VerdictPlace, recheck: boolean): Process<Memory> {
  const { program } = deleter('upkeep', place, recheck);
  function* again(): Program<Memory> {
    const open = (m: Memory) => m.deleting && m.shards.some(({ state }) => state === 'live' || state === 'sealed');
    yield* until('finds a bucket half deleted', open, () => null);
    yield* program(undefined);
    yield* startOver<Memory>();
  }
  return { name: 'upkeep', program: again, daemon: true };
}

export function bucket(name: string, place: VerdictPlace, recheck: boolean): Model<Memory> {
  const live = (): Shard => ({ state: 'live', rows: 0 });
  return {
    name,
    memory: { shards: [live(), live()], deleting: false, verdicts: [null, null], acknowledged: 0, deleted: false },
    processes: [writer(0), writer(1), deleter('deleter', place, recheck), resumer(place, recheck)],
    crashes: 1,
    invariant: (m) => {
      const lost = m.shards.some(({ rows }, i) => rows === 0 && (m.acknowledged & (1 << i)) !== 0);
      if (lost) return 'an acknowledged object is gone';
      const states = m.shards.map(({ state }) => state);
      return states.includes('gone') && states.includes('kept') ? 'a bucket half gone' : undefined;
    },
    always: {
      reachable: 'no shard sealed',
      holds: (m) => m.shards.every(({ state }) => state !== 'sealed'),
    },
  };
}
