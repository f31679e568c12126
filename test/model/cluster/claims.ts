/**
 * Conditional writes of one key: a claim elects the successor of the version that was read, then an ordinary write at
 * `(T, n + 1)`; blind puts with skewed clocks beside them. Helpers finish the work of crashed winners.
 *
 * Abstracted: a quorum register with write-back is atomic (tags.ts), a lightweight transaction is one atomic step. A
 * row is `[T, n, value]` and the largest wins. Left out: shards (reshard.ts), bodies (fence.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { step, until } from './checker.ts';
import { answer, begin, type History, linearizable } from './history.ts';

/** Value 0 is absence or a dead marker. */
type Row = readonly [time: number, count: number, value: number];

interface Claim {
  readonly base: Row;
  readonly value: number;
}

interface Memory {
  head: Row;
  claims: Claim[];
  readonly history: History;
  /** Whose claim has expired: it is dead and writes nothing any more. */
  gone: number;
}

/**
 * `monotone`: one claim row per key, replaced only by a claim on a higher base, never expires (as built).
 * `expiring`: one row per base that may expire once its winner has had its time. `on-row`: no claims, the transaction is
 * applied to the object's row itself with a time of the database's making.
 */
export type ClaimVariant = 'monotone' | 'expiring' | 'on-row';

const SLOTS = 8;

function newer(a: Row, b: Row): boolean {
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}

function write(m: Memory, row: Row): void {
  if (newer(row, m.head)) m.head = row;
}

function sameBase(a: Row, b: Row): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function asked(m: Memory, operation: number | undefined, call: Parameters<typeof begin>[1]): number {
  return operation ?? begin(m.history, call);
}

/** Who holds the base now; the claim itself when it was granted; undefined when the base is out of date. */
function claim(m: Memory, wanted: Claim, variant: ClaimVariant): Claim | undefined {
  const held = m.claims.find((one) => sameBase(one.base, wanted.base));
  if (held !== undefined) return held;
  if (variant === 'monotone') {
    // Not below the row elected last, `(T, n + 1)`: the same as a higher base here, more in fence.ts.
    if (m.claims.some(({ base }) => newer([base[0], base[1] + 1, 0], wanted.base))) return undefined;
    m.claims = [];
  }
  m.claims.push(wanted);
  return wanted;
}

export interface Swap {
  readonly expect: number;
  readonly value: number;
  readonly clock?: number;
}

function conditional(name: string, wish: Swap, variant: ClaimVariant): Process<Memory> {
  function* program(): Program<Memory> {
    let operation: number | undefined;
    for (;;) {
      const read = yield* step('reads the key', (m: Memory) => {
        const op = asked(m, operation, { op: 'swap', expect: wish.expect, value: wish.value });
        if (m.head[2] !== wish.expect) answer(m.history, op, 0);
        return { op, base: m.head };
      });
      operation = read.op;
      if (read.base[2] !== wish.expect) return;
      const held = yield* step('claims', (m: Memory) => claim(m, { base: read.base, value: wish.value }, variant));
      if (held === null || held === undefined) continue;
      const won = held.value === wish.value;
      yield* step(won ? 'writes' : 'helps', (m: Memory) => {
        if (won && m.gone === wish.value) return;
        write(m, [held.base[0], held.base[1] + 1, held.value]);
        if (won) answer(m.history, read.op, 1);
      });
      if (won) return;
    }
  }
  return { name, program, mayCrash: true };
}

/** The mutation: check and write in one transaction on the row, at a time that the database picks by its clock. */
function onRow(name: string, wish: Swap): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('transaction on the row', (m: Memory) => {
      const op = begin(m.history, { op: 'swap', expect: wish.expect, value: wish.value });
      const applied = m.head[2] === wish.expect;
      if (applied) write(m, [(wish.clock ?? 1) * SLOTS, 0, wish.value]);
      answer(m.history, op, applied ? 1 : 0);
    });
  }
  return { name, program };
}

/** A put; of value 0, a delete. */
function blind(slot: number, clock: number, value: number): Process<Memory> {
  function* program(): Program<Memory> {
    const read = yield* step('reads the tag', (m: Memory) => ({
      op: begin(m.history, { op: 'put', value }),
      seen: m.head[0],
    }));
    yield* step('writes', (m: Memory) => {
      write(m, [Math.max(clock, Math.floor(read.seen / SLOTS) + 1) * SLOTS + slot, 0, value]);
      answer(m.history, read.op, 1);
    });
  }
  return { name: value === 0 ? 'delete' : `put ${value}`, program, mayCrash: true };
}

function reader(name: string): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('reads', (m: Memory) => answer(m.history, begin(m.history, { op: 'get' }), m.head[2]));
  }
  return { name, program };
}

/**
 * The kindest reading of a life of one day: only the claim of swap 1 expires, it has died without writing, and everybody
 * else who is under way may have begun a second ago.
 */
function expiry(winner: Swap): Process<Memory> {
  function* program(): Program<Memory> {
    const ready = (m: Memory) =>
      m.claims.some(({ value }) => value === winner.value) &&
      m.history.some(({ call, answer: got }) => call.op === 'swap' && call.value === winner.value && got === undefined);
    yield* until('a day passes for the claim of a dead winner', ready, (m: Memory) => {
      m.claims = m.claims.filter(({ value }) => value !== winner.value);
      m.gone = winner.value;
    });
  }
  return { name: 'time', program, daemon: true };
}

export interface ClaimConfig {
  readonly swaps: readonly Swap[];
  readonly puts: readonly { readonly clock: number; readonly value: number }[];
  readonly reads: number;
  readonly crashes: number;
}

export function claims(name: string, config: ClaimConfig, variant: ClaimVariant): Model<Memory> {
  const judge = linearizable(1);
  return {
    name,
    memory: { head: [SLOTS, 0, 1], claims: [], history: [], gone: 0 },
    processes: [
      ...config.swaps.map((wish, i) =>
        variant === 'on-row' ? onRow(`swap ${i + 1}`, wish) : conditional(`swap ${i + 1}`, wish, variant),
      ),
      ...config.puts.map(({ clock, value }, i) => blind(i + 1, clock, value)),
      ...Array.from({ length: config.reads }, (_, i) => reader(`reader ${i + 1}`)),
      ...(variant === 'expiring' ? config.swaps.slice(0, 1).map(expiry) : []),
    ],
    crashes: config.crashes,
    atEnd: (m) => judge(m.history),
  };
}
