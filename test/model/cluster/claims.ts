/**
 * Changes of one key that read first (conditional puts, removing and changing versions) beside blind puts with skewed
 * clocks, in a bucket with versioning: the claim row holds the last elected change with its whole effect; every changer
 * stores that again, reads, decides, and is elected by replacing exactly the row that it read.
 *
 * Abstracted: a quorum register with write-back is atomic (tags.ts), a lightweight transaction is one atomic step. The two
 * halves of one mutation, `head` and `ver`, become visible one after the other, in either order: a read of one table
 * repairs that table only. Left out: shards (floor.ts), bodies (fence.ts), null versions (nulls.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { step, turn, until } from './checker.ts';
import { answer, begin, type History, linearizableStack, type StackCall, versionOf } from './history.ts';

type Tag = readonly [time: number, count: number];

/** `value` 0: dead. */
interface Head {
  readonly tag: Tag;
  readonly value: number;
  readonly attribute: number;
}

interface Version {
  readonly value: number;
  /** Its place among the versions: the tag that it was put at. */
  readonly place: Tag;
  /** The key's tag at which it was last changed. */
  readonly tag: Tag;
  readonly attribute: number;
  readonly isVoid: boolean;
}

interface Effect {
  readonly head?: Head;
  readonly version?: Version;
}

interface Memory {
  head: Head;
  versions: Version[];
  claim: { readonly id: string; readonly effect: Effect } | null;
  readonly history: History<StackCall>;
}

export interface ClaimVariant {
  /** Every changer completes what was elected before. */
  readonly help: boolean;
  /** The claim row is replaced only if it is the one that was read. */
  readonly identity: boolean;
  /** Every change moves the head's tag on, changes of older versions too. */
  readonly bump: boolean;
  /** Versions are read after the head. */
  readonly headFirst: boolean;
  /** A version above the head's tag is a put half visible: its head is stored before anything is decided. */
  readonly complete: boolean;
  /** A put whose head has lost: elects the newest version always, only over an older version (0006 as first written), never. */
  readonly lost: 'always' | 'over-older' | 'never';
  /** `tag`: a version's cell is ordered by the key's tag. `row`: by a counter of its own. */
  readonly order: 'tag' | 'row';
  /** The claim row of a dead process goes away after a while. */
  readonly expires: boolean;
}

export const AS_BUILT: ClaimVariant = {
  ...{ help: true, identity: true, bump: true, headFirst: true, complete: true },
  ...{ lost: 'always', order: 'tag', expires: false },
};

const SLOTS = 8;

function newer(a: Tag, b: Tag): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

/** Larger bytes win where tags are equal. */
function storeHead(m: Memory, head: Head): void {
  const tie = head.tag[0] === m.head.tag[0] && head.tag[1] === m.head.tag[1];
  const larger = versionOf(head.value, head.attribute) > versionOf(m.head.value, m.head.attribute);
  if (newer(head.tag, m.head.tag) || (tie && larger)) m.head = head;
}

function storeVersion(m: Memory, version: Version): void {
  const held = m.versions.find(({ value }) => value === version.value);
  if (held !== undefined) {
    const tie = held.tag[0] === version.tag[0] && held.tag[1] === version.tag[1];
    const wins = version.isVoid || newer(version.tag, held.tag) || (tie && version.attribute > held.attribute);
    if (held.isVoid || !wins) return;
  }
  m.versions = [...m.versions.filter((one) => one !== held), version].sort((a, b) =>
    newer(a.place, b.place) ? 1 : -1,
  );
}

/** The two halves of one mutation, in either order. */
function* store(what: string, { head, version }: Effect, done: (m: Memory) => void) {
  if (head === undefined || version === undefined) {
    yield* step(`${what}: stores`, (m: Memory) => {
      if (head !== undefined) storeHead(m, head);
      if (version !== undefined) storeVersion(m, version);
      done(m);
    });
    return;
  }
  const first = yield* step(
    `${what}: one half`,
    (m: Memory, choice) => {
      if (choice === 0) storeHead(m, head);
      else storeVersion(m, version);
      return choice;
    },
    () => 2,
  );
  yield* step(`${what}: other half`, (m: Memory) => {
    if (first === 0) storeVersion(m, version);
    else storeHead(m, head);
    done(m);
  });
}

interface View {
  readonly head: Head;
  readonly versions: readonly Version[];
}

function newest(versions: readonly Version[]): Version | undefined {
  return versions.findLast(({ isVoid }) => !isVoid);
}

function headOf(tag: Tag, version: Version | undefined): Head {
  return { tag, value: version?.value ?? 0, attribute: version?.attribute ?? 0 };
}

/** Head and versions in two reads. */
function* look(variant: ClaimVariant) {
  if (!variant.headFirst) {
    const versions = yield* step('reads the versions', (m: Memory) => m.versions);
    return { versions, head: yield* step('reads the head', (m: Memory) => m.head) };
  }
  const head = yield* step('reads the head', (m: Memory) => m.head);
  return { head, versions: yield* step('reads the versions', (m: Memory) => m.versions) };
}

/** `top`: the newest version is to be the head. */
export type Wish = Exclude<StackCall, { readonly op: 'put' | 'get' | 'look' }> | { readonly op: 'top' };

/** Undefined: refused. */
function decide(wish: Wish, { head, versions }: View, variant: ClaimVariant): Effect | undefined {
  const tag: Tag = [head.tag[0], head.tag[1] + 1];
  if (wish.op === 'top') {
    const top = newest(versions);
    // A state that is right already is elected at its own tag.
    return { head: headOf(top?.value === head.value ? head.tag : tag, top) };
  }
  if (wish.op === 'swap') {
    if (head.value !== wish.expect) return undefined;
    const version = { value: wish.value, place: tag, tag, attribute: 0, isVoid: false };
    return { head: headOf(tag, version), version };
  }
  const held = versions.find(({ value, isVoid }) => value === wish.value && !isVoid);
  if (held === undefined) return undefined;
  const isCurrent = head.value === wish.value;
  const order: Tag = variant.order === 'tag' ? tag : [held.tag[0], held.tag[1] + 1];
  const version: Version =
    wish.op === 'remove' ? { ...held, tag: order, isVoid: true } : { ...held, tag: order, attribute: wish.attribute };
  if (isCurrent) return { head: headOf(tag, newest([...versions.filter((one) => one !== held), version])), version };
  return variant.bump ? { head: { ...head, tag }, version } : { version };
}

/** What is missing of a put that is half visible. */
function otherHalf({ head, versions }: View): Effect | undefined {
  const ahead = newest(versions.filter(({ tag, place }) => newer(tag, head.tag) && !newer(tag, place)));
  if (ahead !== undefined) return { head: headOf(ahead.tag, ahead) };
  const isThere = head.value === 0 || versions.some(({ value }) => value === head.value);
  return isThere ? undefined : { version: { ...head, place: head.tag, isVoid: false } };
}

function named(wish: Wish): number {
  return wish.op === 'top' ? 0 : wish.value;
}

/** One try. `false`: somebody else was faster, or there was something to complete. */
function* attempt(id: string, wish: Wish, variant: ClaimVariant, done: (m: Memory, result: number) => void) {
  const last = yield* step('reads the claim', (m: Memory) => m.claim);
  if (last !== null && variant.help) yield* store('helps', last.effect, () => {});
  const view = yield* look(variant);
  const half = variant.complete ? otherHalf(view) : undefined;
  if (half !== undefined) {
    yield* store('completes a put', half, () => {});
    return false;
  }
  const granted = decide(wish, view, variant);
  // What the head names is not there: half of a removal. The head is put right before anybody is told.
  const isHalf = granted === undefined && wish.op !== 'swap' && named(wish) === view.head.value;
  const effect = variant.complete && isHalf ? decide({ op: 'top' }, view, variant) : granted;
  if (effect === undefined) {
    yield* step('refuses', (m: Memory) => done(m, 0));
    return true;
  }
  const won = yield* step('elects', (m: Memory) => {
    const same = (m.claim?.id ?? '') === (last?.id ?? '');
    if (same || !variant.identity) m.claim = { id, effect };
    return same || !variant.identity;
  });
  if (won) yield* store('elected', effect, (m: Memory) => done(m, granted === undefined ? 0 : 1));
  return won;
}

/** Which operation this is, in whatever try. */
function asked(m: Memory, call: StackCall): number {
  const text = JSON.stringify(call);
  const at = m.history.findIndex((event) => JSON.stringify(event.call) === text);
  return at < 0 ? begin(m.history, call) : at;
}

export function change(wish: Exclude<Wish, { readonly op: 'top' }>, variant: ClaimVariant): Process<Memory> {
  const name = Object.values(wish).join(' ');
  function* program(carried: unknown): Program<Memory> {
    // A version is named by who has seen it.
    const seen = ({ versions }: Memory) => wish.op === 'swap' || versions.some(({ value }) => value === wish.value);
    if (carried === undefined)
      return yield* turn(
        'begins',
        (m: Memory) => asked(m, wish),
        (m) => (seen(m) ? 1 : 0),
      );
    const done = yield* attempt(name, wish, variant, (m, result) => answer(m.history, asked(m, wish), result));
    if (!done) yield* turn('begins again', () => 0);
  }
  return { name, program, mayCrash: true, daemon: true };
}

/** A put with a clock of its own. When its head has lost it sees to it that the newest version is the head. */
export function put(clock: number, slot: number, value: number, variant: ClaimVariant): Process<Memory> {
  const call = { op: 'put', value } as const;
  const done = (m: Memory) => answer(m.history, asked(m, call), 1);
  function* program(carried: unknown): Program<Memory> {
    if (carried === undefined) {
      const seen = yield* step('reads the tag', (m: Memory) => {
        asked(m, call);
        return m.head.tag[0];
      });
      const tag: Tag = [Math.max(clock, Math.floor(seen / SLOTS) + 1) * SLOTS + slot, 0];
      const version = { value, place: tag, tag, attribute: 0, isVoid: false };
      yield* store('put', { head: headOf(tag, version), version }, (m) => {
        if (variant.lost === 'never') done(m);
      });
      if (variant.lost === 'never') return;
      yield* turn('looks whether its head has lost', (m: Memory) => {
        const above = newer(m.head.tag, tag);
        const held = m.versions.find((one) => one.value === m.head.value);
        const lost = above && (variant.lost === 'always' || held === undefined || newer(tag, held.place));
        if (!lost) done(m);
        return lost ? 'lost' : 'done';
      });
    }
    if (carried !== 'lost') return;
    const settled = yield* attempt(`after put ${value}`, { op: 'top' }, variant, done);
    if (!settled) yield* turn('begins again', () => 'lost');
  }
  return { name: `put ${value}`, program, mayCrash: true };
}

export function reader(reads: number): Process<Memory> {
  function* program(): Program<Memory> {
    for (let i = 0; i < reads; i++)
      yield* step('reads', ({ head, history }: Memory) =>
        answer(history, begin(history, { op: 'get' }), versionOf(head.value, head.attribute)),
      );
  }
  return { name: 'reader', program };
}

/** The mutation: check and write in one transaction on the row, at a time that the database picks by its clock. */
export function onRow(expect: number, value: number): Process<Memory> {
  function* program(): Program<Memory> {
    yield* step('transaction on the row', (m: Memory) => {
      const operation = begin(m.history, { op: 'swap', expect, value });
      const applied = m.head.value === expect;
      const tag: Tag = [SLOTS, 0];
      const version = { value, place: tag, tag, attribute: 0, isVoid: false };
      if (applied) storeHead(m, headOf(tag, version));
      if (applied) storeVersion(m, version);
      answer(m.history, operation, applied ? 1 : 0);
    });
  }
  return { name: `transaction ${value}`, program };
}

function expiry(): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'the claim row expires',
      (m: Memory) => m.claim !== null,
      (m: Memory) => {
        m.claim = null;
      },
    );
  }
  return { name: 'time', program, daemon: true };
}

/** After everything: what whoever comes next would find; the collector tidies keys whose writers died. */
function finish(m: Memory): Memory {
  if (m.history.every(({ answer: got }) => got !== undefined)) return m;
  const { head, version } = m.claim?.effect ?? {};
  if (version !== undefined) storeVersion(m, version);
  if (head !== undefined) storeHead(m, head);
  const half = otherHalf(m);
  if (half?.version !== undefined) storeVersion(m, half.version);
  m.head = headOf(m.head.tag, newest(m.versions));
  return m;
}

/** A key with these versions, of which the last is the current one. */
export function claims(
  name: string,
  processes: readonly Process<Memory>[],
  rest: { readonly values: readonly number[]; readonly variant: ClaimVariant; readonly crashes: number },
): Model<Memory> {
  const judge = linearizableStack(rest.values);
  const version = (value: number): Version => {
    const tag: Tag = [value * SLOTS, 0];
    return { value, place: tag, tag, attribute: 0, isVoid: false };
  };
  const versions = rest.values.map(version);
  return {
    name,
    memory: { head: headOf(versions.at(-1)?.tag ?? [0, 0], versions.at(-1)), versions, claim: null, history: [] },
    processes: [...processes, ...(rest.variant.expires ? [expiry()] : [])],
    crashes: rest.crashes,
    atEnd: (memory) => {
      const m = finish(structuredClone(memory));
      const top = newest(m.versions);
      if (m.head.value !== (top?.value ?? 0) || m.head.attribute !== (top?.attribute ?? 0))
        return 'the head is not the newest version';
      const operation = begin(m.history, { op: 'get' });
      answer(m.history, operation, versionOf(m.head.value, m.head.attribute));
      for (const { value, attribute, isVoid } of m.versions)
        answer(m.history, begin(m.history, { op: 'look', value }), isVoid ? 0 : attribute + 1);
      return judge(m.history);
    },
  };
}
