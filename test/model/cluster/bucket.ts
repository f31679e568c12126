/**
 * DeleteBucket against puts and a split: bucket DELETING, a job of kind delete and a seal on every shard (a split under way
 * is run to its end first), look again, one verdict on the bucket's row, then every shard retires without a successor or
 * every shard goes on in another.
 *
 * Shard `p` has the keys `x` and `y` and may be split into `q` (x) and `r` (y); shard `s` has the key `z`. Abstracted: one
 * row per key, partitions atomic, the copy of a kept shard is one step (reshard.ts has its parts). Left out: the bucket's
 * name being claimed again, versioning states (mode.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, turn, until } from './checker.ts';

type Key = 'x' | 'y' | 'z';
type Verdict = 'gone' | 'kept';
type Kind = 'split' | 'delete';

interface Shard {
  state: 'none' | 'live' | 'sealed' | 'retired';
  kind: Kind | '';
  rows: Key[];
  /** Of RETIRED (and SEALED by a split): key → shard. */
  next: Partial<Record<Key, string>>;
}

interface MapRow {
  readonly shard: string;
  job: Kind | '' | 'done';
}

interface Memory {
  readonly shards: Record<string, Shard>;
  /** By ascending keys. */
  map: MapRow[];
  deleting: boolean;
  verdicts: Record<string, Verdict>;
  acknowledged: Key[];
  /** The deletion was answered. */
  deleted: boolean;
}

export interface BucketVariant {
  /** Looked at again after all are sealed. */
  readonly lookAgain: boolean;
  /** One verdict, or one for each shard. */
  readonly verdict: 'bucket' | 'shard';
  /** One job at a time on a shard, so that none is split while it is deleted. */
  readonly oneJob: boolean;
  /** A job that is met is run to its end, and the map walked again. */
  readonly finishOthers: boolean;
}

export const AS_BUILT: BucketVariant = { lookAgain: true, verdict: 'bucket', oneJob: true, finishOthers: true };

function shardOf(m: Memory, id: string): Shard {
  const shard = m.shards[id] ?? { state: 'none', kind: '', rows: [], next: {} };
  m.shards[id] = shard;
  return shard;
}

function add(m: Memory, id: string, key: Key): void {
  const shard = shardOf(m, id);
  if (!shard.rows.includes(key) && !(shard.state === 'retired' && shard.kind === 'delete'))
    shard.rows = [...shard.rows, key].sort();
}

/** Stores, then looks at the state; the seal of a deletion is waited out, that of a split is followed. */
function writer(key: Key, home: string): Process<Memory> {
  const waits = (m: Memory, id: string) => shardOf(m, id).state === 'sealed' && shardOf(m, id).kind === 'delete';
  function* program(carried: unknown): Program<Memory> {
    const at = typeof carried === 'string' ? carried : '';
    if (at === '')
      return yield* turn(
        'finds its shard, stores',
        (m: Memory) => {
          let id = home;
          while (shardOf(m, id).state === 'retired') id = shardOf(m, id).next[key] ?? 'none';
          if (id !== 'none') add(m, id, key);
          return id;
        },
        (m) => (waits(m, home) ? 0 : 1),
      );
    if (at === 'none' || at === 'answered') return;
    yield* turn(
      `checks ${at}`,
      (m: Memory) => {
        const { state, next } = shardOf(m, at);
        if (state === 'live' || state === 'none') m.acknowledged = [...m.acknowledged, key].sort();
        if (state === 'live' || state === 'none') return 'answered';
        const to = next[key] ?? 'none';
        if (to !== 'none') add(m, to, key);
        return to;
      },
      (m) => (waits(m, at) ? 0 : 1),
    );
  }
  return { name: `put ${key}`, program, mayCrash: true };
}

/** Every step may be repeated. */
function* runSplit() {
  yield* step('p SEALED for the split', (m: Memory) => {
    const p = shardOf(m, 'p');
    if (p.state !== 'live') return;
    Object.assign(p, { state: 'sealed', kind: 'split', next: { x: 'q', y: 'r' } });
    for (const id of ['q', 'r']) shardOf(m, id).state = 'live';
  });
  for (const key of ['x', 'y'] as const)
    yield* step(`copies ${key}`, (m: Memory) => {
      const { rows, next, kind } = shardOf(m, 'p');
      if (kind === 'split' && rows.includes(key)) add(m, next[key] ?? '', key);
    });
  yield* step('p RETIRED; the map', (m: Memory) => {
    const p = shardOf(m, 'p');
    if (p.kind !== 'split' || p.state !== 'sealed') return;
    p.state = 'retired';
    const rest = m.map.filter(({ shard }) => shard !== 'p');
    m.map = [{ shard: 'q', job: 'split' }, { shard: 'r', job: 'split' }, ...rest];
  });
  yield* step('the split is over', (m: Memory) => {
    for (const row of m.map) if (row.job === 'split' && row.shard !== 'p') row.job = '';
  });
}

function splitter(variant: BucketVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const mine = yield* step('elects a split of p', (m: Memory) => {
      const row = m.map.find(({ shard }) => shard === 'p');
      if (row === undefined || (row.job !== '' && variant.oneJob)) return false;
      row.job = 'split';
      return true;
    });
    if (mine) yield* runSplit();
  }
  return { name: 'splitter', program, mayCrash: true };
}

/** Walks the map until every row has a job of the deletion, or went through it (`others`: the bucket is kept). */
function* claimAll(variant: BucketVariant) {
  for (;;) {
    const rows = yield* step('reads the map', (m: Memory) => m.map.map(({ shard, job }) => ({ shard, job })));
    let changed = false;
    for (const { shard, job } of rows) {
      if (job === 'split' && variant.finishOthers) yield* runSplit();
      else if (job === '') {
        yield* step(`elects the deletion of ${shard}`, (m: Memory) => {
          const row = m.map.find((one) => one.shard === shard);
          if (row?.job === '') row.job = 'delete';
        });
      }
      changed ||= job === '' || (job === 'split' && variant.finishOthers);
    }
    const mine = rows.filter(({ job }) => job !== 'done').map(({ shard }) => shard);
    if (!changed) return { ids: mine, others: mine.length < rows.length };
  }
}

function decide(m: Memory, variant: BucketVariant, shard: string, found: boolean): Verdict {
  const at = variant.verdict === 'bucket' ? 'bucket' : shard;
  const verdict = m.verdicts[at] ?? (found ? 'kept' : 'gone');
  m.verdicts[at] = verdict;
  return verdict;
}

function carryOut(m: Memory, id: string, verdict: Verdict): void {
  const shard = shardOf(m, id);
  if (shard.state !== 'sealed') return;
  const to = `${id}'`;
  Object.assign(shard, { state: 'retired', next: verdict === 'kept' ? { x: to, y: to, z: to } : {} });
  if (verdict === 'kept') m.shards[to] = { state: 'live', kind: '', rows: shard.rows, next: {} };
  shard.rows = [];
  m.map = m.map.flatMap((row) => (row.shard !== id ? [row] : verdict === 'gone' ? [] : [{ shard: to, job: 'done' }]));
}

function* deletion(variant: BucketVariant) {
  const { ids, others } = yield* claimAll(variant);
  for (const id of ids)
    yield* step(`${id} SEALED`, (m: Memory) => {
      const shard = shardOf(m, id);
      if (shard.state === 'live') Object.assign(shard, { state: 'sealed', kind: 'delete' });
    });
  const found: Record<string, boolean> = {};
  for (const id of ids)
    found[id] = yield* step(`looks into ${id}`, (m: Memory) => {
      const { rows, next, state } = shardOf(m, id);
      // One that goes on elsewhere is none of an empty bucket.
      return variant.lookAgain && (rows.length > 0 || (state === 'retired' && Object.keys(next).length > 0));
    });
  let gone = true;
  for (const id of ids) {
    const any = variant.verdict === 'bucket' ? others || Object.values(found).some(Boolean) : found[id] === true;
    const verdict = yield* step(`verdict for ${id}`, (m: Memory) => decide(m, variant, id, any));
    gone &&= verdict === 'gone';
    yield* step(`${id} is ${verdict}`, (m: Memory) => carryOut(m, id, verdict));
  }
  if (gone && !others)
    yield* step('answers 204', (m: Memory) => {
      m.deleted = true;
    });
}

function deleter(variant: BucketVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const empty = yield* step('lists; empty: DELETING', (m: Memory) => {
      m.deleting ||= Object.values(m.shards).every(({ rows }) => rows.length === 0);
      return m.deleting;
    });
    if (empty) yield* deletion(variant);
  }
  return { name: 'deleter', program, mayCrash: true };
}

/** Finishes what it finds in the map. */
function upkeep(variant: BucketVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const open = (m: Memory) =>
      m.map.some(({ job }) => job === 'split' || job === 'delete') ||
      (m.deleting && Object.keys(m.verdicts).length === 0);
    const what = yield* until('finds a job', open, (m: Memory) => (m.deleting ? 'delete' : 'split'));
    if (what === 'split') yield* runSplit();
    else yield* deletion(variant);
    yield* startOver<Memory>();
  }
  return { name: 'upkeep', program, daemon: true };
}

function wrong(m: Memory): string | undefined {
  const held = Object.values(m.shards).flatMap(({ rows }) => rows);
  const lost = m.acknowledged.find((key) => !held.includes(key));
  if (lost !== undefined) return `acknowledged ${lost} is gone`;
  const ends = Object.values(m.shards).filter(({ state, kind }) => state === 'retired' && kind === 'delete');
  const kept = ends.filter(({ next }) => Object.keys(next).length > 0).length;
  if (kept > 0 && kept < ends.length) return 'a bucket half gone';
  const serves = Object.values(m.shards).some(({ state }) => state === 'live');
  return m.deleted && serves ? 'a deleted bucket has a shard' : undefined;
}

export function bucket(
  name: string,
  puts: readonly Key[],
  rest: { readonly variant: BucketVariant; readonly split: boolean; readonly crashes: number },
): Model<Memory> {
  const live = (): Shard => ({ state: 'live', kind: '', rows: [], next: {} });
  return {
    name,
    memory: {
      shards: { p: live(), s: live() },
      map: [
        { shard: 'p', job: '' },
        { shard: 's', job: '' },
      ],
      ...{ deleting: false, verdicts: {}, acknowledged: [], deleted: false },
    },
    processes: [
      ...puts.map((key) => writer(key, key === 'z' ? 's' : 'p')),
      deleter(rest.variant),
      ...(rest.split ? [splitter(rest.variant)] : []),
      ...(rest.crashes > 0 ? [upkeep(rest.variant)] : []),
    ],
    crashes: rest.crashes,
    invariant: wrong,
    always: {
      reachable: 'no shard sealed',
      holds: (m) => Object.values(m.shards).every(({ state }) => state !== 'sealed'),
    },
  };
}
