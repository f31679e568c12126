/**
 * Vacuum: a move that leaves old dead rows behind, with claim rows that hold whole effects, blind puts and deletes with old
 * tags, changers that stop anywhere, readers that carry, and a second worker that lags behind.
 *
 * One key with two rows, its head (`a`) and its version (`v`): every change writes both in one step, copies read them one
 * after the other. Shards `s` → `t`. The floor of a shard: absence, and dead rows below it, read as dead at it.
 *
 * Abstracted: partitions are atomic, a transaction is one step. Left out: the parts of a split (reshard.ts), puts half
 * visible (claims.ts), other kinds of job (mode.ts, bucket.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { step, turn, until } from './checker.ts';
import { answer, begin, type Call, type History, linearizable } from './history.ts';

const LIVE = 2;
const SEALED = 3;
const RETIRED = 4;

type Tag = readonly [time: number, count: number];
/** Value 0: dead. */
type Row = readonly [time: number, count: number, value: number];

interface Shard {
  state: number;
  floor: number;
  a: Row | null;
  v: Row | null;
  dropped: boolean;
}

interface Claim {
  readonly id: string;
  /** Null: nothing is changed; left by a vacuum. */
  readonly row: Row | null;
}

interface Memory {
  readonly shards: Record<string, Shard>;
  /** Source → target, once its job is decided. */
  readonly next: Record<string, string>;
  claim: Claim | null;
  readonly history: History;
}

export interface FloorVariant {
  /** Puts and effects that are sent on from a retired shard are not stored at or below the floor. */
  readonly sentOn: boolean;
  /** What is below the next floor is taken along with its key while the source is sealed. */
  readonly takeAlong: boolean;
  /**
   * An elected effect at or below the floor of the shard is stored only if its claim row is still there after the shard was
   * read; or never; or always.
   */
  readonly belowFloor: 'if-claimed' | 'never' | 'always';
  /** A row is left out only if it was dead before the seal. */
  readonly leaveOut: 'dead-before-seal' | 'dead';
  /** A copy looks whether the source has retired after it read the rows and before it stores them. */
  readonly lookBefore: boolean;
  /**
   * What becomes of the claim row of a key that is left out. `replaced`: what was elected is stored before the seal, and after
   * it the row is replaced by an empty one. `kept`: nobody looks at it. `not-helped`: replaced without storing.
   */
  readonly claimRow: 'replaced' | 'kept' | 'not-helped';
  /** The successor of an old row. */
  readonly successor: 'at-floor' | 'above-row';
  /** Absence and dead rows below the floor read the same, as dead at the floor. */
  readonly readsAsFloor: boolean;
}

export const AS_BUILT: FloorVariant = {
  ...{
    sentOn: true,
    takeAlong: true,
    belowFloor: 'if-claimed',
    leaveOut: 'dead-before-seal',
    lookBefore: true,
  },
  ...{ claimRow: 'replaced', successor: 'at-floor', readsAsFloor: true },
};

const SLOTS = 8;
const NEVER: Row = [0, 0, 0];

function newer(a: Tag | Row, b: Tag | Row): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

function shardOf(m: Memory, id: string): Shard {
  const shard = m.shards[id];
  if (shard === undefined) throw new Error(`no shard ${id}`);
  return shard;
}

function store(m: Memory, id: string, a: Row | null, v: Row | null): void {
  const shard = shardOf(m, id);
  if (shard.dropped) return;
  if (a !== null && newer(a, shard.a ?? NEVER)) shard.a = a;
  if (v !== null && newer(v, shard.v ?? NEVER)) shard.v = v;
}

const isLow = (row: Row, floor: number): boolean => !newer(row, [floor, 0]);

/** What is seen of a key: a dead row below the floor may be here or not, and reads the same. */
function reads(shard: Shard, variant: FloorVariant): Row {
  const floor: Row = [shard.floor, 0, 0];
  if (shard.a === null) return variant.readsAsFloor ? floor : NEVER;
  return variant.readsAsFloor && shard.a[2] === 0 && newer(floor, shard.a) ? floor : shard.a;
}

interface View {
  readonly shard: string;
  readonly state: number;
  readonly floor: number;
  readonly row: Row;
}

/** The shard that serves the key. What is seen in a sealed one is carried over first; undefined: look again. */
function* look(begun: (m: Memory) => number, variant: FloorVariant) {
  const seen = yield* step('reads the key', (m: Memory) => {
    const operation = begun(m);
    let id = 's';
    while (shardOf(m, id).state === RETIRED) id = m.next[id] ?? '';
    const shard = shardOf(m, id);
    return { shard: id, state: shard.state, floor: shard.floor, row: reads(shard, variant), a: shard.a, operation };
  });
  if (seen.state !== SEALED || seen.a === null) return seen;
  const there = yield* step('looks into the next', (m: Memory) => {
    const next = shardOf(m, m.next[seen.shard] ?? '');
    return { a: next.a, row: reads(next, variant) };
  });
  if (there.a !== null && !newer(seen.a, there.a)) return { ...seen, row: there.row };
  yield* step(`carries ${seen.a}`, (m: Memory) => store(m, m.next[seen.shard] ?? '', seen.a, seen.a));
  const state = yield* step('is it still sealed?', (m: Memory) => shardOf(m, seen.shard).state);
  return state === SEALED ? seen : undefined;
}

/**
 * Stores in a shard, then looks at it, then follows; `done` runs with the look that allows the answer. What is below the
 * next floor is not sent on: while the source is sealed the key is taken along as it is there. False: outcome unknown.
 */
function* put(row: Row, from: string, variant: FloorVariant, done: (m: Memory) => void) {
  let shard = from;
  for (;;) {
    const here = shard;
    yield* step(`stores ${row} in ${here}`, (m: Memory) => store(m, here, row, row));
    const over = yield* step(`checks ${here}`, (m: Memory) => {
      const { state } = shardOf(m, here);
      const next = state >= SEALED ? (m.next[here] ?? '') : '';
      if (next === '') done(m);
      return { state, next, low: next !== '' && variant.sentOn && isLow(row, shardOf(m, next).floor) };
    });
    if (over.next === '') return true;
    if (over.low && over.state === SEALED && variant.takeAlong) {
      yield* copy({ from: here, to: over.next }, variant);
      return yield* step('is it still sealed?', (m: Memory) => {
        const isSealed = shardOf(m, here).state === SEALED;
        if (isSealed) done(m);
        return isSealed;
      });
    }
    if (over.low) return false;
    shard = over.next;
  }
}

function asked(m: Memory, call: Call): number {
  const text = JSON.stringify(call);
  const at = m.history.findIndex((event) => JSON.stringify(event.call) === text);
  return at < 0 ? begin(m.history, call) : at;
}

/** A put; of value 0, a delete. */
export function blind(clock: number, slot: number, value: number, variant: FloorVariant): Process<Memory> {
  const call: Call = { op: 'put', value };
  function* program(): Program<Memory> {
    const seen = yield* step('reads the tag', (m: Memory) => {
      asked(m, call);
      let id = 's';
      while (shardOf(m, id).state === RETIRED) id = m.next[id] ?? '';
      return { id, time: reads(shardOf(m, id), variant)[0] };
    });
    const time = Math.max(clock, Math.floor(seen.time / SLOTS) + 1) * SLOTS + slot;
    yield* put([time, 0, value], seen.id, variant, (m) => answer(m.history, asked(m, call), 1));
  }
  return { name: value === 0 ? 'delete' : `put ${value}`, program, mayCrash: true };
}

/** Stores what was elected, wherever it belongs. False: that is not known. */
function* help(claim: Claim, view: View, variant: FloorVariant) {
  if (claim.row === null) return true;
  if (isLow(claim.row, view.floor) && variant.belowFloor !== 'always') {
    if (variant.belowFloor === 'never') return true;
    const id = yield* step('reads the claim again', (m: Memory) => m.claim?.id ?? '');
    if (id !== claim.id) return false;
  }
  return yield* put(claim.row, view.shard, variant, () => {});
}

/** One that stored its row in `s`, or was about to, and has been paused since. */
export function paused(row: Row, variant: FloorVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* put(row, 's', variant, () => {});
  }
  return { name: `paused ${row}`, program, mayCrash: true };
}

export function conditional(expect: number, value: number, variant: FloorVariant): Process<Memory> {
  const call: Call = { op: 'swap', expect, value };
  const name = `if ${expect} put ${value}`;
  function* attempt() {
    const last = yield* step('reads the claim', (m: Memory) => {
      asked(m, call);
      return m.claim;
    });
    if (last !== null) {
      const before = yield* look(() => 0, variant);
      if (before === undefined || !(yield* help(last, before, variant))) return false;
    }
    const view = yield* look(() => 0, variant);
    if (view === undefined) return false;
    if (view.row[2] !== expect) {
      yield* step('refuses', (m: Memory) => answer(m.history, asked(m, call), 0));
      return true;
    }
    const atFloor = variant.successor === 'at-floor' && isLow(view.row, view.floor);
    const row: Row = atFloor ? [view.floor, 1, value] : [view.row[0], view.row[1] + 1, value];
    const won = yield* step(`elects ${row}`, (m: Memory) => {
      if ((m.claim?.id ?? '') !== (last?.id ?? '')) return false;
      m.claim = { id: name, row };
      return true;
    });
    if (won) yield* put(row, view.shard, variant, (m) => answer(m.history, asked(m, call), 1));
    return won;
  }
  function* program(): Program<Memory> {
    if (!(yield* attempt())) yield* turn('begins again', () => 0);
  }
  return { name, program, mayCrash: true };
}

/** `after`: begins when `s` has this value. */
export function reader(name: string, variant: FloorVariant, after?: number): Process<Memory> {
  function* program(): Program<Memory> {
    if (after !== undefined)
      yield* until(
        'begins',
        (m: Memory) => shardOf(m, 's').a?.[2] === after,
        () => null,
      );
    const seen = yield* look((m) => begin(m.history, { op: 'get' }), variant);
    if (seen !== undefined) yield* step('answers', (m: Memory) => answer(m.history, seen.operation, seen.row[2]));
  }
  return { name, program, daemon: true };
}

export interface Job {
  readonly from: string;
  readonly to: string;
  readonly floor: number;
}

/** Reads the two rows, the head first, until it is not older than the version; and copies them. */
function* copy({ from, to }: Omit<Job, 'floor'>, variant: FloorVariant) {
  for (;;) {
    const a = yield* step('reads a', (m: Memory) => shardOf(m, from).a);
    const v = yield* step('reads v', (m: Memory) => shardOf(m, from).v);
    if (v !== null && newer(v, a ?? NEVER)) continue;
    // Rows go when it has retired: what was read until now is whole.
    const whole = yield* step(
      'has it retired?',
      (m: Memory) => !variant.lookBefore || shardOf(m, from).state < RETIRED,
    );
    if (whole) yield* step(`copies ${a} and ${v}`, (m: Memory) => store(m, to, a, v));
    return;
  }
}

/** What a worker notes before the seal. */
interface Before {
  readonly a: Row | null;
  readonly claim: string;
}

/** A dead row, and its claim row, of which the effect is stored. */
function* notes(from: string, variant: FloorVariant) {
  const a = yield* step('looks for dead rows', (m: Memory) => shardOf(m, from).a);
  if (a === null || a[2] !== 0) return { a: null, claim: '' };
  const claim = yield* step('reads the claim', (m: Memory) => m.claim);
  const row = claim?.row ?? null;
  if (row !== null && variant.claimRow === 'replaced')
    yield* step(`stores what was elected, ${row}`, (m: Memory) => store(m, from, row, row));
  return { a, claim: claim?.id ?? '' };
}

/** Whether a dead row is left out, its claim row being replaced. */
function* leavesOut({ from, floor }: Job, before: Before, variant: FloorVariant) {
  const droppable = (a: Row | null): a is Row => {
    if (a === null || a[2] !== 0 || !isLow(a, floor)) return false;
    return variant.leaveOut === 'dead' || (before.a !== null && !newer(a, before.a));
  };
  const first = yield* step('looks at a', (m: Memory) => shardOf(m, from).a);
  if (first === null) return true;
  if (!droppable(first)) return false;
  if (variant.claimRow === 'kept') return true;
  const claim = yield* step('reads the claim', (m: Memory) => m.claim);
  if ((claim?.id ?? '') !== before.claim && variant.leaveOut !== 'dead') return false;
  if (claim === null || claim.row === null) return true;
  const replaced = yield* step('replaces the claim', (m: Memory) => {
    if (m.claim?.id !== claim.id) return false;
    m.claim = { id: 'left out', row: null };
    return true;
  });
  return replaced;
}

export function worker(name: string, job: Job, variant: FloorVariant): Process<Memory> {
  const { from, to, floor } = job;
  function* program(): Program<Memory> {
    yield* step(`${to} FILLING`, (m: Memory) => {
      m.next[from] = to;
      shardOf(m, to).floor = floor;
    });
    const before = yield* notes(from, variant);
    yield* step(`${from} SEALED`, (m: Memory) => {
      shardOf(m, from).state = Math.max(shardOf(m, from).state, SEALED);
    });
    if (!(yield* leavesOut(job, before, variant))) yield* copy(job, variant);
    yield* step(`${from} RETIRED`, (m: Memory) => {
      shardOf(m, from).state = RETIRED;
    });
    yield* step(`${from} dropped`, (m: Memory) => {
      Object.assign(shardOf(m, from), { a: null, v: null, dropped: true });
    });
  }
  return { name, program };
}

/** A second worker of the same job that comes late: all that it does for the key is the copy. */
export function laggard(job: Job, variant: FloorVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'finds the source sealed',
      (m: Memory) => shardOf(m, job.from).state >= SEALED,
      () => null,
    );
    yield* copy(job, variant);
  }
  return { name: 'laggard', program, daemon: true };
}

/** What whoever comes next makes of it. */
function finish(m: Memory): Shard {
  let id = 's';
  while (shardOf(m, id).state === RETIRED) id = m.next[id] ?? '';
  const shard = shardOf(m, id);
  const effect = m.claim?.row ?? null;
  if (effect !== null) store(m, id, effect, effect);
  return shard;
}

/** Where it begins. */
export interface Start {
  /** What `s` holds. */
  readonly row: Row;
  /** The claim row, elected in `s`. */
  readonly claim?: Row;
  /** It is not stored yet; its owner has not been answered. */
  readonly pending?: { readonly expect: number };
}

export function floor(
  name: string,
  processes: readonly Process<Memory>[],
  rest: { readonly start: Start; readonly variant: FloorVariant; readonly crashes: number },
): Model<Memory> {
  const { row, claim, pending } = rest.start;
  const judge = linearizable(row[2]);
  const shard = (held: Row | null): Shard => ({ state: LIVE, floor: 0, a: held, v: held, dropped: false });
  const call: Call = { op: 'swap', expect: pending?.expect ?? 0, value: claim?.[2] ?? 0 };
  return {
    name,
    memory: {
      shards: { s: shard(row), t: shard(null) },
      next: {},
      claim: claim === undefined ? null : { id: 'before', row: claim },
      history: pending === undefined ? [] : [{ call, after: 0 }],
    },
    processes,
    crashes: rest.crashes,
    atEnd: (memory) => {
      const m = structuredClone(memory);
      const end = finish(m);
      if ((end.a?.[2] ?? 0) !== (end.v?.[2] ?? 0)) return 'half of a change';
      answer(m.history, begin(m.history, { op: 'get' }), reads(end, rest.variant)[2]);
      return judge(m.history);
    },
  };
}
