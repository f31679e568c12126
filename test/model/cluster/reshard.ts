/**
 * Split and merge of shards with writers, readers and several workers, each of which may stop at any step:
 * FILLING → SEALED → copy → RETIRED → map → LIVE → drop, and "store, then check the state". Targets may move on again.
 *
 * See also shards.ts. Left out: what a vacuum leaves behind and claims (floor.ts), other kinds of job (mode.ts, bucket.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { step, turn, until } from './checker.ts';
import { answer, begin, linearizable } from './history.ts';
import {
  drop,
  empty,
  FILLING,
  LIVE,
  type Memory,
  newer,
  RETIRED,
  type Row,
  raise,
  read,
  SEALED,
  store,
} from './shards.ts';

export interface ReshardVariant {
  /** After the write the state is read again. */
  readonly check: boolean;
  /** A reader of a sealed shard puts what it answers into the new shard first. */
  readonly carry: boolean;
  /** And looks whether it is still sealed. */
  readonly lookAgain: boolean;
  /** The copy begins when the seal is complete. */
  readonly sealFirst: boolean;
  /** Targets take the map over, and may move on, only after their sources have retired. */
  readonly retireFirst: boolean;
}

export const AS_BUILT: ReshardVariant = {
  ...{ check: true, carry: true, lookAgain: true, sealFirst: true, retireFirst: true },
};

/** Sources, and for each key where it was and where it goes. */
export interface Job {
  readonly sources: readonly string[];
  readonly moves: readonly { readonly key: string; readonly from: string; readonly to: string }[];
}

const SLOTS = 8;

/** `done` runs with the check that allows the acknowledgement. */
function* put(key: string, row: Row, at: string, then: { variant: ReshardVariant; done: (m: Memory) => void }) {
  const { variant, done } = then;
  let shard = at;
  for (;;) {
    const here = shard;
    yield* step(`writes ${row} to ${here}`, (m: Memory) => {
      store(m, here, key, row);
      if (!variant.check) done(m);
    });
    if (!variant.check) return;
    const next = yield* step(`checks ${here}`, (m: Memory) => {
      const after = read(m, here, key);
      if (after.state < SEALED) done(m);
      return after.state < SEALED ? '' : after.next;
    });
    if (next === '') return;
    shard = next;
  }
}

/** The shard that serves the key, and its row. */
function* find(key: string, begun: (m: Memory) => number) {
  let shard: string | undefined;
  let operation = -1;
  for (;;) {
    const hint: string | undefined = shard;
    const seen = yield* step(`reads ${hint ?? 'by the map'}`, (m: Memory) => {
      const at = hint ?? m.map[key] ?? '';
      return { at, operation: hint === undefined ? begun(m) : -1, ...read(m, at, key) };
    });
    operation = Math.max(operation, seen.operation);
    if (seen.state !== RETIRED) return { ...seen, operation };
    shard = seen.next;
  }
}

/** As `find`, for answers that leave the process: what is seen in a sealed shard is put into the next one first. */
function* look(key: string, variant: ReshardVariant, begun: (m: Memory) => number) {
  const seen = yield* find(key, begun);
  if (seen.state !== SEALED || !variant.carry) return { ...seen, sure: true };
  const next = yield* step(`looks into ${seen.next}`, (m: Memory) => read(m, seen.next, key));
  if (next.held && !newer(seen.row, next.row)) return { ...seen, row: next.row, sure: true };
  if (!seen.held) return { ...seen, sure: true };
  yield* step(`carries ${seen.row} to ${seen.next}`, (m: Memory) => store(m, seen.next, key, seen.row));
  if (!variant.lookAgain) return { ...seen, sure: true };
  const again = yield* step('is it still sealed?', (m: Memory) => read(m, seen.at, key).state);
  return { ...seen, sure: again === SEALED };
}

function log(m: Memory, key: string) {
  const history = m.history[key] ?? [];
  m.history[key] = history;
  return history;
}

export function blind(key: string, slot: number, value: number, variant: ReshardVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const seen = yield* find(key, (m) => begin(log(m, key), { op: 'put', value }));
    const time = (Math.floor(seen.row[0] / SLOTS) + 1) * SLOTS + slot;
    const done = (m: Memory) => {
      const mine = log(m, key).findIndex(({ call }) => call.op === 'put' && call.value === value);
      answer(log(m, key), mine, 1);
      m.acknowledged[key] = value;
    };
    yield* put(key, [time, 0, value], seen.at, { variant, done });
  }
  return { name: value === 0 ? `delete ${key}` : `put ${key} = ${value}`, program, mayCrash: true };
}

/** A put that comes late into a sealed shard, and is all that its writer did. */
export function dying(key: string, at: string, value: number): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      `writes ${value} to ${at}`,
      (m: Memory) => m.shards[at]?.state === SEALED,
      (m: Memory) => {
        begin(log(m, key), { op: 'put', value });
        store(m, at, key, [SLOTS * 2, 1, value]);
      },
    );
  }
  return { name: `put ${key} = ${value}`, program, daemon: true };
}

/** `after`: begins when so many operations were answered. */
export function reader(name: string, key: string, variant: ReshardVariant, after = 0): Process<Memory> {
  function* program(): Program<Memory> {
    const answered = (m: Memory) => log(m, key).filter(({ answer: got }) => got !== undefined).length;
    if (after > 0)
      yield* until(
        'begins',
        (m: Memory) => answered(m) >= after,
        () => null,
      );
    const seen = yield* look(key, variant, (m) => begin(log(m, key), { op: 'get' }));
    if (!seen.sure) return;
    yield* step('answers', (m: Memory) => {
      answer(log(m, key), seen.operation, seen.row[2]);
    });
  }
  return { name, program, daemon: true };
}

type Work = readonly [label: string, run: (m: Memory, row: Row | undefined) => Row | undefined];

function work(job: Job, variant: ReshardVariant): readonly Work[] {
  const targets = [...new Set(job.moves.map(({ to }) => to))];
  const each = (ids: readonly string[], what: string, run: (m: Memory, id: string) => void): Work[] =>
    ids.map((id) => [`${id} ${what}`, (m) => void run(m, id)]);
  const fill: Work = [
    `${targets} FILLING`,
    (m) => {
      for (const id of targets) raise(m, id, FILLING);
      return undefined;
    },
  ];
  const seal = each(job.sources, 'SEALED', (m, id) => {
    raise(m, id, SEALED);
    const next = Object.fromEntries(job.moves.filter(({ from }) => from === id).map(({ key, to }) => [key, to]));
    Object.assign(m.shards[id] ?? {}, { next });
  });
  const copy = job.moves.flatMap(({ key, from, to }): Work[] => [
    [`reads ${key}`, (m) => m.shards[from]?.rows[key]],
    [
      `copies ${key}`,
      (m, row) => {
        if (row !== undefined) store(m, to, key, row);
        return undefined;
      },
    ],
  ]);
  const map: Work = [
    'the map; targets LIVE',
    (m) => {
      const moved = job.moves.filter(({ key, from }) => m.map[key] === from);
      m.map = { ...m.map, ...Object.fromEntries(moved.map(({ key, to }) => [key, to])) };
      for (const id of targets) raise(m, id, LIVE);
      return undefined;
    },
  ];
  const retire = each(job.sources, 'RETIRED', (m, id) => raise(m, id, RETIRED));
  const first = variant.sealFirst ? [...seal, ...copy] : [...copy, ...seal];
  const last = variant.retireFirst ? [...retire, map] : [map, ...retire];
  return [fill, ...first, ...last, ...each(job.sources, 'dropped', drop)];
}

/** A job of targets of another begins when they are LIVE. */
export function worker(name: string, job: Job, variant: ReshardVariant): Process<Memory> {
  const all = work(job, variant);
  function* program(carried: unknown): Program<Memory> {
    const at = (carried ?? { next: 0 }) as { readonly next: number; readonly row?: Row };
    const now = all[at.next];
    if (now === undefined) return;
    const ready = (m: Memory) => job.sources.every((id) => (m.shards[id]?.state ?? 0) >= LIVE);
    yield* turn(
      now[0],
      (m: Memory) => ({ next: at.next + 1, row: now[1](m, at.row) }),
      (m) => (at.next > 0 || ready(m) ? 1 : 0),
    );
  }
  return { name, program, mayCrash: true, daemon: true };
}

/** A second worker that comes late: all that it does for the key is the copy. */
export function laggard({ key, from, to }: Job['moves'][number]): Process<Memory> {
  function* program(): Program<Memory> {
    const row = yield* until(
      `reads ${key} of ${from}`,
      (m: Memory) => (m.shards[from]?.state ?? 0) >= SEALED,
      (m: Memory) => m.shards[from]?.rows[key],
    );
    if (row !== null && row !== undefined) yield* step(`copies ${row}`, (m: Memory) => store(m, to, key, row));
  }
  return { name: 'laggard', program, daemon: true };
}

/** Key by key, as pages: what was acknowledged before must be there (nothing is deleted in these runs). */
export function lister(keys: readonly string[]): Process<Memory> {
  function* program(): Program<Memory> {
    const before = yield* step('begins a listing', (m: Memory) => ({ ...m.acknowledged }));
    for (const key of keys) {
      const seen = yield* find(key, () => 0);
      yield* step(`lists ${key}: ${seen.row[2]}`, (m: Memory) => {
        if ((before[key] ?? 0) !== 0 && seen.row[2] === 0)
          m.problem ??= `the listing has ${seen.row[2]} for ${key}, acknowledged was ${before[key]}`;
      });
    }
  }
  return { name: 'lister', program };
}

/** `rows`: what the first sources hold, by key. */
export function reshard(
  name: string,
  jobs: readonly Job[],
  rows: Readonly<Record<string, Row>>,
  rest: { readonly processes: readonly Process<Memory>[]; readonly crashes: number },
): Model<Memory> {
  const [first] = jobs;
  const ids = jobs.flatMap(({ moves }) => moves.flatMap(({ from, to }) => [from, to]));
  const shards = Object.fromEntries(ids.map((id) => [id, empty()]));
  const memory: Memory = { shards, map: {}, history: {}, acknowledged: {} };
  for (const { key, from } of first?.moves ?? []) {
    raise(memory, from, LIVE);
    memory.map[key] = from;
    memory.history[key] = [];
    const row = rows[key];
    if (row === undefined) continue;
    store(memory, from, key, row);
    memory.acknowledged[key] = row[2];
  }
  const judges = Object.keys(memory.history).map((key) => ({ key, judge: linearizable(rows[key]?.[2] ?? 0) }));
  return {
    name,
    memory,
    processes: rest.processes,
    crashes: rest.crashes,
    invariant: (m) => m.problem,
    atEnd: (m) => judges.map(({ key, judge }) => judge(m.history[key] ?? [])).find((what) => what !== undefined),
  };
}
