/**
 * Who holds a body, and when it is deleted: key `a` is its first owner (no row says so), a copier lets key `d` name it too, by
 * a reference; both are deleted; collectors take trash rows; upkeep takes what the dead left (intents, notes). Each side
 * stores before it looks: a copier its reference and then for dooms and for the body, a collector its doom and then for
 * references.
 *
 * Abstracted: rows are atomic; the fence of a copier that was paused (fence.ts) is one step of upkeep. Left out: time
 * (trash is due at once), bodies composed of others (uploads.ts), the copier's way out when the body is doomed for nothing.
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, until } from './checker.ts';

interface Memory {
  /** Keys that name the body. */
  a: boolean;
  d: boolean;
  /** The first owner let go. */
  freed: boolean;
  /** `void`: removed above every timestamp that it may be written at. */
  ref: 'none' | 'there' | 'void';
  dooms: string[];
  /** Its rows were removed, for ever. */
  forgotten: boolean;
  deleted: boolean;
  /** Rows in the ledger. */
  intent: boolean;
  notes: string[];
  trash: string[];
  /** Removals that were elected and are not stored. */
  elected: string[];
  /** Keys of which somebody else elected something since their removal was decided. */
  beaten: string[];
  /** Nothing may be written to `d` by the copier any more. */
  fenced: boolean;
}

export interface BodyVariant {
  /** Reference first, then a look for dooms. */
  readonly refFirst: boolean;
  /** Doom first, then a look for references. */
  readonly doomFirst: boolean;
  /** The copier looks for the body itself after the dooms. */
  readonly lookForBody: boolean;
  /** A first owner that holds on is known by there being no `freed`. */
  readonly freed: boolean;
  /** Whoever takes a reference back tells the trash, after it. */
  readonly trashOnRetreat: boolean;
  /** References are removed for ever, before they are written too. */
  readonly voidRefs: boolean;
  /** A removal is noted before, and the note is taken back last. */
  readonly note: boolean;
  /**
   * Upkeep completes what was elected for a key and elects something itself, before it looks whether a note is still
   * needed: `help` only the first, `no` neither.
   */
  readonly settleNote: 'elect' | 'help' | 'no';
}

export const AS_BUILT: BodyVariant = {
  ...{ refFirst: true, doomFirst: true, lookForBody: true, freed: true },
  ...{ trashOnRetreat: true, voidRefs: true, note: true, settleNote: 'elect' },
};

function add(rows: readonly string[], row: string): string[] {
  return [...new Set([...rows, row])].sort();
}

function putRef(m: Memory): void {
  if (m.ref === 'none' && !m.forgotten) m.ref = 'there';
}

function dropRef(m: Memory, variant: BodyVariant): void {
  if (variant.voidRefs || m.ref === 'there') m.ref = variant.voidRefs ? 'void' : 'none';
}

const isHeld = (m: Memory) => m.ref === 'there' && !m.forgotten;

function* retreat(who: string, variant: BodyVariant) {
  yield* step('drops its ref', (m: Memory) => dropRef(m, variant));
  yield* step('trash', (m: Memory) => {
    if (variant.trashOnRetreat) m.trash = add(m.trash, who);
  });
}

function copier(variant: BodyVariant): Process<Memory> {
  const doomed = () => step('reads dooms', (m: Memory) => m.dooms.length > 0 && !m.forgotten);
  function* program(): Program<Memory> {
    const there = yield* step('reads the source, writes its intent', (m: Memory) => {
      if (m.a) m.intent = true;
      return m.a;
    });
    if (!there) return;
    const early = variant.refFirst ? false : yield* doomed();
    yield* step('writes its ref', putRef);
    const isDoomed = variant.refFirst ? yield* doomed() : early;
    const isThere =
      !isDoomed &&
      (!variant.lookForBody || (yield* step('looks for the body', (m: Memory) => !m.deleted && !m.forgotten)));
    if (isThere)
      yield* step('commits', (m: Memory) => {
        if (!m.fenced) m.d = true;
      });
    else yield* retreat('copier', variant);
    yield* step('settles', (m: Memory) => {
      m.intent = false;
    });
  }
  return { name: 'copier', program, mayCrash: true };
}

function remove(m: Memory, key: 'a' | 'd'): void {
  m[key] = false;
  m.elected = m.elected.filter((one) => one !== key);
  if (key === 'd') m.fenced = true;
}

function* release(key: 'a' | 'd', who: string, variant: BodyVariant) {
  if (key === 'd') yield* retreat(who, variant);
  else {
    yield* step('freed', (m: Memory) => {
      m.freed = true;
    });
    yield* step('trash', (m: Memory) => {
      m.trash = add(m.trash, who);
    });
  }
}

function deleter(key: 'a' | 'd', variant: BodyVariant): Process<Memory> {
  const who = `delete ${key}`;
  function* program(): Program<Memory> {
    if (key === 'd')
      yield* until(
        'd is there',
        (m: Memory) => m.d,
        () => null,
      );
    yield* step('writes a note, decides', (m: Memory) => {
      if (variant.note) m.notes = add(m.notes, key);
      m.beaten = m.beaten.filter((one) => one !== key);
    });
    const won = yield* step('elects the removal', (m: Memory) => {
      const wins = !m.beaten.includes(key);
      if (wins) m.elected = add(m.elected, key);
      return wins;
    });
    // It is told that others were faster, and begins again as another.
    if (!won) return;
    yield* step(`removes ${key}`, (m: Memory) => remove(m, key));
    yield* release(key, who, variant);
    yield* step('takes the note back', (m: Memory) => {
      m.notes = m.notes.filter((one) => one !== key);
    });
  }
  return { name: who, program, daemon: key === 'd', mayCrash: true };
}

/** What the dead left: fences, looks whether the key names the body, lets go. */
function upkeep(variant: BodyVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const row = yield* until(
      'a day passes for a row of the ledger',
      (m: Memory) => m.intent || m.notes.length > 0,
      (m: Memory) => (m.intent ? 'intent' : (m.notes[0] ?? '')),
    );
    const key = row === 'a' ? 'a' : 'd';
    if (row !== 'intent' && variant.settleNote !== 'no')
      yield* step('completes what was elected, elects', (m: Memory) => {
        if (m.elected.includes(key)) remove(m, key);
        if (variant.settleNote === 'elect') m.beaten = add(m.beaten, key);
      });
    const named = yield* step('names it? fences', (m: Memory) => {
      if (row === 'intent' && !m.d) m.fenced = true;
      return m[key];
    });
    if (!named) yield* release(key, `upkeep ${row}`, variant);
    yield* step('removes the row', (m: Memory) => {
      if (row === 'intent') m.intent = false;
      else m.notes = m.notes.filter((one) => one !== row);
    });
    yield* startOver<Memory>();
  }
  return { name: 'upkeep', program, daemon: true };
}

function collector(name: string, variant: BodyVariant): Process<Memory> {
  const isFree = (m: Memory) => !m.forgotten && !isHeld(m) && (m.freed || !variant.freed);
  const doom = () =>
    step('writes its doom', (m: Memory) => {
      if (!m.forgotten) m.dooms = add(m.dooms, name);
    });
  function* program(): Program<Memory> {
    const row = yield* until(
      'takes a trash row; is it free?',
      (m: Memory) => m.trash.length > 0,
      (m: Memory) => ({ id: m.trash[0] ?? '', free: isFree(m) }),
    );
    if (row.free) {
      if (variant.doomFirst) yield* doom();
      const free = yield* step('is it still free?', isFree);
      if (!variant.doomFirst) yield* doom();
      if (free) {
        yield* step('deletes the body', (m: Memory) => {
          m.deleted = true;
        });
        yield* step('forgets who held it', (m: Memory) => {
          m.forgotten = true;
        });
      } else
        yield* step('takes its doom back', (m: Memory) => {
          m.dooms = m.dooms.filter((one) => one !== name);
        });
    }
    yield* step('removes the trash row', (m: Memory) => {
      m.trash = m.trash.filter((one) => one !== row.id);
    });
    yield* startOver<Memory>();
  }
  return { name, program, daemon: true, mayCrash: name !== 'collector 1' };
}

/** A removal that was elected is completed by whoever changes the key next. */
const isNamed = (m: Memory) => (m.a && !m.elected.includes('a')) || (m.d && !m.elected.includes('d'));

export function bodies(
  name: string,
  variant: BodyVariant,
  rest: { readonly removals: readonly ('a' | 'd')[]; readonly collectors: number; readonly crashes: number },
): Model<Memory> {
  return {
    name,
    memory: {
      ...{ a: true, d: false, freed: false, ref: 'none', dooms: [], forgotten: false, deleted: false },
      ...{ intent: false, notes: [], trash: [], elected: [], beaten: [] },
      fenced: false,
    },
    processes: [
      copier(variant),
      ...rest.removals.map((key) => deleter(key, variant)),
      ...(rest.crashes > 0 || rest.collectors < 2 ? [upkeep(variant)] : []),
      ...Array.from({ length: rest.collectors }, (_, i) => collector(`collector ${i + 1}`, variant)),
    ],
    crashes: rest.crashes,
    invariant: (m) => ((m.a || m.d) && m.deleted ? 'a body in use is deleted' : undefined),
    always: { reachable: 'the body is in use or deleted', holds: (m) => m.deleted || isNamed(m) },
    atEnd: (m) => (m.deleted || isNamed(m) ? undefined : 'the body is kept for ever'),
  };
}
