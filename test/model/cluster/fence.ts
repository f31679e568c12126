/**
 * The fence: a collector makes sure that a writer which was paused for a day can no longer commit a body that is about to
 * be deleted. One key that holds version `old`; a writer with body `new` and a limit for its tag; changers of today, one of
 * which puts conditionally and one of which changes the late writer's version; two collectors. The fence is elected like any
 * change: the same state at the limit, and a row (z -1) after which no version row of that body counts.
 *
 * Time is one bit: `late` is set once, at any moment, and means that a day has passed since the writer began; only then
 * do collectors look, and from then on the writer finds its deadline gone whenever it looks.
 *
 * Abstracted: registers are atomic (tags.ts), head and version become visible one after the other (claims.ts). Left out:
 * chunks (a body is there or deleted), who else holds the body (bodies.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, turn, until } from './checker.ts';

type Body = 'old' | 'new' | 'other';

interface Head {
  readonly time: number;
  readonly count: number;
  readonly body: Body;
}

interface Effect {
  readonly head: Head;
  readonly fence?: boolean;
  /** The version row of `new` is changed: it has to be there. */
  readonly touch?: boolean;
}

interface Memory {
  head: Head;
  /** The version row of `new`. */
  row: boolean;
  fenced: boolean;
  touched: boolean;
  claim: { readonly id: number; readonly effect: Effect } | null;
  late: boolean;
  /** The body is in the ledger: written, perhaps named, not settled. */
  ledger: boolean;
  deleted: boolean;
  /** Ghost: who was told that it is done. */
  acknowledged: string[];
}

export interface FenceVariant {
  /** `kept`: stored without an election, and taken back when the body is named after all. */
  readonly fence: 'elected' | 'kept' | 'none';
  /** Version rows of the body do not count any more. */
  readonly row: boolean;
  /** Whether the body is named is looked at within the election. */
  readonly lookInside: boolean;
  /** The writer looks at its deadline again after its store, before it answers. */
  readonly checkAfter: boolean;
}

export const AS_BUILT: FenceVariant = { fence: 'elected', row: true, lookInside: true, checkAfter: true };

const LATEST = 100;

function storeHead(m: Memory, head: Head): void {
  const { time, count } = m.head;
  if (head.time > time || (head.time === time && head.count > count)) m.head = head;
}

function storeEffect(m: Memory, { head, fence, touch }: Effect): void {
  storeHead(m, head);
  if (fence === true) m.fenced = true;
  if (touch === true) m.touched = true;
}

const isNamed = (m: Memory) => m.head.body === 'new' || (m.row && !m.fenced);

function acknowledge(m: Memory, who: string): void {
  m.acknowledged = [...m.acknowledged, who].sort();
}

type Choose = (m: Memory) => Effect | undefined;

/** Completes what was elected, decides, elects, stores. Undefined: nothing to do. False: others were faster. */
function* change(what: string, choose: Choose, done: (m: Memory) => void) {
  const last = yield* step('reads the claim', (m: Memory) => m.claim);
  if (last !== null) yield* step('completes it', (m: Memory) => storeEffect(m, last.effect));
  const effect = yield* step(`decides: ${what}`, (m: Memory) => choose(m) ?? null);
  if (effect === null) return undefined;
  const won = yield* step(`elects: ${what}`, (m: Memory) => {
    if ((m.claim?.id ?? 0) !== (last?.id ?? 0)) return false;
    m.claim = { id: (last?.id ?? 0) + 1, effect };
    return true;
  });
  if (won)
    yield* step(`stores: ${what}`, (m: Memory) => {
      storeEffect(m, effect);
      done(m);
    });
  return won;
}

const next = ({ time, count, body }: Head): Head => ({ time, count: count + 1, body });

/** The writer whose body may be collected. Its tag is below the limit, or it would not write. */
function writer(variant: FenceVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const base = yield* step('ledger, body; reads the key', (m: Memory) => {
      m.ledger = true;
      return m.head;
    });
    const mine: Head = { time: base.time + 8, count: 0, body: 'new' };
    const inTime = yield* step('looks at its deadline', (m: Memory) => !m.late && mine.time < LATEST);
    if (!inTime) return;
    const first = yield* step(
      'stores one half',
      (m: Memory, choice) => {
        if (choice === 0) storeHead(m, mine);
        else m.row = true;
        return choice;
      },
      () => 2,
    );
    yield* step('stores the other half', (m: Memory) => {
      if (first === 1) storeHead(m, mine);
      else m.row = true;
      if (!variant.checkAfter) acknowledge(m, 'put');
    });
    yield* step('looks at its deadline again, answers, settles', (m: Memory) => {
      if (m.late) return;
      m.ledger = false;
      if (variant.checkAfter) acknowledge(m, 'put');
    });
  }
  return { name: 'put', program, mayCrash: true };
}

/** A conditional put of today: its tag follows an old one. */
function swap(): Process<Memory> {
  const choose: Choose = ({ head }) => (head.body === 'old' ? { head: { ...next(head), body: 'other' } } : undefined);
  function* program(): Program<Memory> {
    const done = yield* change('other', choose, (m) => acknowledge(m, 'swap'));
    if (done === false) yield* startOver<Memory>();
  }
  return { name: 'swap of today', program, mayCrash: true };
}

/** A change of the late writer's version, by somebody who saw it in a listing. */
function update(): Process<Memory> {
  const choose: Choose = (m) => (m.row && !m.fenced ? { head: next(m.head), touch: true } : undefined);
  function* program(): Program<Memory> {
    yield* until(
      'sees the version',
      (m: Memory) => m.row && !m.fenced,
      () => null,
    );
    const done = yield* change('update', choose, (m) => acknowledge(m, 'update'));
    if (done === false) yield* startOver<Memory>();
  }
  return { name: 'update', program, daemon: true, mayCrash: true };
}

function* fenceOff(variant: FenceVariant) {
  const fenced = (m: Memory): Effect => {
    const above = m.head.time < LATEST ? { time: LATEST, count: 1, body: m.head.body } : next(m.head);
    return { head: above, fence: variant.row };
  };
  if (variant.fence === 'none') return true;
  if (variant.fence === 'kept') {
    const effect = yield* step('reads the key', fenced);
    yield* step('stores a fence', (m: Memory) => storeEffect(m, effect));
    return true;
  }
  const done = yield* change(
    'fence',
    (m) => (variant.lookInside && isNamed(m) ? undefined : fenced(m)),
    () => {},
  );
  return done !== false;
}

function collector(name: string, variant: FenceVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const named = yield* until('finds an old ledger row', (m: Memory) => m.late && m.ledger, isNamed);
    if (!named && !(yield* fenceOff(variant))) return yield* turn('again', () => undefined);
    const now = yield* step('looks again', (m: Memory) => {
      const { body } = m.head;
      const isThere = variant.fence === 'kept' ? body === 'new' || m.row : isNamed(m);
      if (isThere && variant.fence === 'kept') m.fenced = false;
      return isThere;
    });
    yield* step(now ? 'it is in use: settles' : 'deletes the body, settles', (m: Memory) => {
      if (!now) m.deleted = true;
      m.ledger = false;
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

function wrong(m: Memory): string | undefined {
  if (isNamed(m) && m.deleted) return 'the key names a deleted body';
  const told = (who: string) => m.acknowledged.includes(who);
  if ((told('put') || told('update')) && (!m.row || m.fenced)) return 'an acknowledged version is not there';
  if (told('swap') && m.head.body === 'old') return 'a fence carries an older value over an acknowledged one';
  return told('put') && m.head.body === 'old' ? 'a fence carries an older value over an acknowledged one' : undefined;
}

export function fence(
  name: string,
  variant: FenceVariant,
  rest: { readonly changer: 'swap' | 'update'; readonly collectors: number; readonly crashes: number },
): Model<Memory> {
  return {
    name,
    memory: {
      ...{ head: { time: 8, count: 0, body: 'old' }, row: false, fenced: false, touched: false, claim: null },
      ...{ late: false, ledger: false, deleted: false, acknowledged: [] },
    },
    processes: [
      writer(variant),
      rest.changer === 'swap' ? swap() : update(),
      ...Array.from({ length: rest.collectors }, (_, i) => collector(`collector ${i + 1}`, variant)),
      time(),
    ],
    crashes: rest.crashes,
    invariant: wrong,
    always: { reachable: 'the ledger is empty and the body is in use or deleted', holds: (m) => m.late && !m.ledger },
  };
}
