/**
 * The fence: a collector makes sure that a writer which was paused for a day can no longer commit a body that is about to
 * be deleted. One key that holds version 1 (body `old`); a writer with body `new` and a limit T_max for its tag; another
 * conditional writer without a body of interest; two collectors.
 *
 * Time is one bit: `late` is set once, at any moment, and means that a day has passed since the writer began; only then
 * do collectors look, and from then on the writer finds its deadline gone whenever it looks.
 *
 * Abstracted: registers are atomic (tags.ts); a claim is one row per key that only a higher base replaces (claims.ts).
 * Left out: chunks (a body is there or deleted), `ver` rows (a void mark by body id beside the head's fence).
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, until } from './checker.ts';

type Row = readonly [time: number, count: number, body: string];

interface Memory {
  head: Row;
  claim: { readonly base: Row; readonly row: Row } | null;
  late: boolean;
  /** Bodies in the ledger: written, perhaps committed, not yet settled. */
  ledger: string[];
  deleted: string[];
  /** Ghost: rows that were acknowledged. */
  acknowledged: Row[];
}

export interface FenceVariant {
  readonly fence: 'claimed' | 'plain' | 'none';
  /** The writer looks at its deadline again after its head write, before it answers. */
  readonly checkAfter: boolean;
  /** What a claim must be above: the row that was elected last, or only the base of that. */
  readonly grant: 'above-row' | 'above-base';
}

export const AS_BUILT: FenceVariant = { fence: 'claimed', checkAfter: true, grant: 'above-row' };

const T_MAX = 100;

function newer(a: Row, b: Row): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

function write(m: Memory, row: Row): void {
  if (newer(row, m.head)) m.head = row;
}

/**
 * The row that follows `base`: ours, or one elected before. Granted only on a base that is not below the row elected last:
 * otherwise a write that follows a paused writer's late row would be buried by a fence elected before it.
 */
function claim(m: Memory, base: Row, row: Row, rule: FenceVariant['grant']): Row {
  const free = m.claim === null || (rule === 'above-row' ? !newer(m.claim.row, base) : newer(base, m.claim.base));
  if (free || m.claim === null) m.claim = { base, row };
  return m.claim.row;
}

function acknowledge(m: Memory, row: Row): void {
  m.acknowledged.push(row);
}

/** The writer whose body may be collected. Its tag is below T_MAX, or it would not write. */
function writer(kind: 'put' | 'swap', variant: FenceVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('ledger, then body', (m: Memory) => void m.ledger.push('new'));
    const base = yield* step('reads the key', (m: Memory) => m.head);
    const mine: Row = kind === 'put' ? [base[0] + 8, 0, 'new'] : [base[0], base[1] + 1, 'new'];
    const inTime = yield* step('looks at its deadline', (m: Memory) => !m.late && mine[0] < T_MAX);
    if (!inTime) return;
    if (kind === 'swap') {
      const row = yield* step('claims', (m: Memory) => claim(m, base, mine, variant.grant));
      if (row?.[2] !== 'new') return;
    }
    yield* step('writes the head', (m: Memory) => {
      write(m, mine);
      if (!variant.checkAfter) acknowledge(m, mine);
    });
    if (variant.checkAfter)
      yield* step('looks at its deadline again, answers', (m: Memory) => {
        if (!m.late) acknowledge(m, mine);
      });
    yield* step('settles', (m: Memory) => {
      if (!m.late) m.ledger = m.ledger.filter((body) => body !== 'new');
    });
  }
  return { name: kind, program, mayCrash: true };
}

/** A conditional write of today: its tag follows an old one. */
function swap(variant: FenceVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const base = yield* step('reads the key', (m: Memory) => m.head);
    const row = yield* step('claims', (m: Memory) => claim(m, base, [base[0], base[1] + 1, 'other'], variant.grant));
    if (row?.[2] !== 'other') return;
    yield* step('writes, answers', (m: Memory) => {
      write(m, row);
      acknowledge(m, row);
    });
  }
  return { name: 'swap of today', program, mayCrash: true };
}

function collector(name: string, variant: FenceVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'finds an old ledger row',
      (m: Memory) => m.late && m.ledger.includes('new'),
      () => null,
    );
    const seen = yield* step('reads the key', (m: Memory) => m.head);
    if (seen[2] !== 'new' && seen[0] < T_MAX && variant.fence !== 'none') {
      const wanted: Row = [T_MAX, 0, seen[2]];
      const row =
        variant.fence === 'plain'
          ? wanted
          : yield* step('claims the fence', (m: Memory) => claim(m, seen, wanted, variant.grant));
      if (row !== null) yield* step(`writes ${row}`, (m: Memory) => write(m, row));
      yield* startOver<Memory>();
    }
    yield* step(seen[2] === 'new' ? 'it is in use: settles' : 'deletes the body', (m: Memory) => {
      if (seen[2] !== 'new') m.deleted = ['new'];
      m.ledger = m.ledger.filter((body) => body !== 'new');
    });
    yield* startOver<Memory>();
  }
  return { name, program, daemon: true, mayCrash: true };
}

function time(): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('a day passes', (m: Memory) => {
      m.late = true;
    });
  }
  return { name: 'time', program };
}

/** An acknowledged row must not be followed by a fence that does not carry it. */
function lost(m: Memory): string | undefined {
  const [, , body] = m.head;
  if (m.deleted.includes(body)) return 'the key names a deleted body';
  const last = m.acknowledged.reduce<Row>((a, b) => (newer(b, a) ? b : a), [0, 0, 'old']);
  const byFence = m.head[0] === T_MAX && m.head[1] === 0;
  if (newer(last, m.head)) return 'an acknowledged row is not there';
  return byFence && last[0] > 0 && last[2] !== body && newer(m.head, last) && fencedOver(m, last)
    ? 'a fence carries an older value over an acknowledged one'
    : undefined;
}

/** Whether nobody but the fence came after `last`. */
function fencedOver(m: Memory, last: Row): boolean {
  return m.head[2] === 'old' || !m.acknowledged.some((row) => newer(row, last));
}

export function fence(name: string, kind: 'put' | 'swap', variant: FenceVariant, crashes: number): Model<Memory> {
  return {
    name,
    memory: { head: [8, 0, 'old'], claim: null, late: false, ledger: [], deleted: [], acknowledged: [] },
    processes: [
      writer(kind, variant),
      swap(variant),
      collector('collector 1', variant),
      collector('collector 2', variant),
      time(),
    ],
    crashes,
    invariant: lost,
    always: {
      reachable: 'the ledger is empty and the body is in use or deleted',
      holds: (m) => m.late && m.ledger.length === 0,
    },
  };
}
