/**
 * The ordered register of one key over three replicas: quorum read with blocking read repair, a tag from a skewed clock,
 * quorum write. Every message to every replica is a step of its own, so partial writes are there to be seen.
 *
 * Abstracted: a row is its tag; values need no cell since no two writers make equal tags (slot bits). Deletes are dead
 * markers, that is, writes like any other. Left out: replicas that forget (they must be bootstrapped anew), shards
 * (reshard.ts), counters behind the tag (claims.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { turn } from './checker.ts';

const REPLICAS = 3;
const SLOTS = 8;

interface Memory {
  /** What each replica holds: the largest tag written to it. */
  readonly replicas: number[];
  /** Ghost: the largest tag that any finished operation wrote or returned. */
  known: number;
  problem?: string;
}

export interface TagVariant {
  readonly preRead: boolean;
  readonly readRepair: boolean;
}

export const AS_BUILT: TagVariant = { preRead: true, readRepair: true };

function store(m: Memory, replica: number, tag: number): number {
  m.replicas[replica] = Math.max(m.replicas[replica] ?? 0, tag);
  return replica;
}

function finish(m: Memory, what: string, known: number, tag: number): void {
  if (what === 'write' && tag <= known) m.problem = `a write got tag ${tag}, below ${known} that was known before it`;
  if (what === 'read' && tag < known) m.problem = `a read returned ${tag} though ${known} was known before it`;
  m.known = Math.max(m.known, tag);
}

/** Where an operation stands. */
interface Local {
  /** `Memory.known` when it began. */
  readonly known: number;
  readonly first?: { readonly replica: number; readonly tag: number };
  readonly repair?: number;
  /** The newest tag that it read; later the tag that it writes. */
  readonly tag?: number;
  /** Bits of the replicas that have it. */
  readonly done?: number;
  readonly left: number;
}

/** Two replicas in either order; the older of the two is brought up before the answer is used. */
function* quorumRead(at: Local, variant: TagVariant, then: (m: Memory, at: Local, tag: number) => Local) {
  const { first, repair, tag } = at;
  if (first === undefined) {
    const run = (m: Memory, replica: number): Local => ({
      known: m.known,
      left: at.left,
      first: { replica, tag: m.replicas[replica] ?? 0 },
    });
    yield* turn(
      'reads a replica',
      (m: Memory, choice) => ({ ...run(m, choice) }),
      () => REPLICAS,
    );
  } else if (repair === undefined || tag === undefined) {
    const run = (m: Memory, choice: number): Local => {
      const replica = (first.replica + 1 + choice) % REPLICAS;
      const second = m.replicas[replica] ?? 0;
      const newest = Math.max(first.tag, second);
      if (second === first.tag || !variant.readRepair) return then(m, at, newest);
      return { ...at, tag: newest, repair: first.tag < newest ? first.replica : replica };
    };
    yield* turn(
      'reads another',
      (m: Memory, choice) => ({ ...run(m, choice) }),
      () => REPLICAS - 1,
    );
  } else {
    yield* turn('repairs the older one', (m: Memory) => {
      store(m, repair, tag);
      return { ...then(m, at, tag) };
    });
  }
}

function writer(slot: number, clock: number, variant: TagVariant): Process<Memory> {
  const decide = (_: Memory, { known, left }: Local, seen: number): Local => {
    return { known, left, tag: Math.max(clock, Math.floor(seen / SLOTS) + 1) * SLOTS + slot, done: 0 };
  };
  function* program(carried: unknown): Program<Memory> {
    const at = (carried ?? { known: 0, left: 1 }) as Local;
    if (!variant.preRead && carried === undefined) {
      yield* turn('begins', (m: Memory) => ({ ...decide(m, { known: m.known, left: 1 }, 0) }));
      return;
    }
    const { done, tag } = at;
    if (done === undefined || tag === undefined) {
      yield* quorumRead(at, variant, decide);
      return;
    }
    const missing = [0, 1, 2].filter((replica) => (done & (1 << replica)) === 0);
    if (missing.length === 0) return;
    // The third replica gets it at any time later, or never: the process may be over, or wait for ever, before.
    yield* turn(
      `writes ${tag} to a replica`,
      (m: Memory, choice) => {
        if (missing.length === 2) finish(m, 'write', at.known, tag);
        const replica = store(m, missing[choice] ?? 0, tag);
        return { ...at, done: done | (1 << replica) };
      },
      () => missing.length,
    );
  }
  return { name: `writer ${slot} (clock ${clock})`, program, mayCrash: true };
}

function reader(name: string, reads: number, variant: TagVariant): Process<Memory> {
  const got = (m: Memory, { known, left }: Local, tag: number): Local => {
    finish(m, 'read', known, tag);
    return { known: 0, left: left - 1 };
  };
  function* program(carried: unknown): Program<Memory> {
    const at = (carried ?? { known: 0, left: reads }) as Local;
    if (at.left > 0) yield* quorumRead(at, variant, got);
  }
  return { name, program };
}

/** One writer per clock, readers that read so many times each. */
export function tags(
  name: string,
  config: { readonly clocks: readonly number[]; readonly reads: readonly number[]; readonly crashes: number },
  variant: TagVariant,
): Model<Memory> {
  return {
    name,
    memory: { replicas: [0, 0, 0], known: 0 },
    processes: [
      ...config.clocks.map((clock, i) => writer(i + 1, clock, variant)),
      ...config.reads.map((reads, i) => reader(`reader ${i + 1}`, reads, variant)),
    ],
    crashes: config.crashes,
    invariant: (m) => m.problem,
  };
}
