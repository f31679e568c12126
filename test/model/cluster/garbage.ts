/**
 * Copy by reference against the collector: one body, named by key `a`; a copier that lets `d` name it too; a deleter of
 * `a`; collectors. Each side stores before it loads: `ref` then `doom`, `doom` then `ref`.
 *
 * Abstracted: rows are atomic; the fence of a copier that was paused (fence.ts) is one step of upkeep that closes `d`
 * for it. Left out: time (trash is due at once; the hour for running readers), parts, ranges.
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, until } from './checker.ts';

interface Memory {
  /** Keys whose current version names the body. */
  a: boolean;
  d: boolean;
  ref: boolean;
  /** The reference is voided above every tag that the copier may use: written later, it stays invisible. */
  voided: boolean;
  /** The copier's intent in the ledger. */
  intent: boolean;
  /** `d` is fenced: the copier's tag comes too late. */
  fenced: boolean;
  doom: string[];
  /** The body waits in the trash row of the ledger. */
  trash: boolean;
  deleted: boolean;
}

export interface GarbageVariant {
  readonly refBeforeDoom: boolean;
  /** Whoever takes a reference back says so in the trash, after it and before the intent is settled. */
  readonly trashOnRetreat: boolean;
  /** Upkeep takes a reference back at a tag above all that its writer may use. */
  readonly voidRefs: boolean;
}

export const AS_BUILT: GarbageVariant = { refBeforeDoom: true, trashOnRetreat: true, voidRefs: true };

function copier(variant: GarbageVariant): Process<Memory> {
  const loadDoom = () => step('reads doom', (m: Memory) => m.doom.length > 0 || m.deleted);
  function* program(): Program<Memory> {
    const there = yield* step('reads the source, writes its intent', (m: Memory) => {
      if (m.a) m.intent = true;
      return m.a;
    });
    if (!there) return;
    const early = variant.refBeforeDoom ? false : yield* loadDoom();
    yield* step('writes ref', (m: Memory) => {
      m.ref = !m.voided;
    });
    const doomed = variant.refBeforeDoom ? yield* loadDoom() : early;
    if (!doomed)
      yield* step('commits', (m: Memory) => {
        if (!m.fenced) m.d = true;
      });
    else {
      yield* step('takes ref back', (m: Memory) => {
        m.ref = false;
      });
      yield* step('trash', (m: Memory) => {
        m.trash ||= variant.trashOnRetreat;
      });
    }
    yield* step('settles', (m: Memory) => {
      m.intent = false;
    });
  }
  return { name: 'copier', program, mayCrash: true };
}

/** DELETE of a key; the trash row is written before the reference goes, the ledger remembers a dead deleter. */
function deleter(key: 'a' | 'd'): Process<Memory> {
  function* program(): Program<Memory> {
    if (key === 'd')
      yield* until(
        'd is there',
        (m: Memory) => m.d,
        () => null,
      );
    yield* step(`deletes ${key}, trash`, (m: Memory) => {
      m[key] = false;
      m.trash = true;
      if (key === 'd') m.fenced = true;
    });
    if (key === 'd')
      yield* step('takes ref back', (m: Memory) => {
        m.ref = false;
        m.trash = true;
      });
  }
  return { name: `delete ${key}`, program, daemon: key === 'd' };
}

/** Intents of copiers that are gone: fence, then settle by what the key says. */
function upkeep(variant: GarbageVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'a day passes for an intent; fences d',
      (m: Memory) => m.intent,
      (m: Memory) => {
        m.fenced = true;
      },
    );
    const used = yield* step('reads d', (m: Memory) => m.d);
    if (!used)
      yield* step('trash, takes ref back', (m: Memory) => {
        m.trash = true;
        m.ref = false;
        m.voided = variant.voidRefs;
      });
    yield* step('settles', (m: Memory) => {
      m.intent = false;
    });
    yield* startOver<Memory>();
  }
  return { name: 'upkeep', program, daemon: true };
}

function collector(name: string): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'finds trash, writes doom',
      (m: Memory) => m.trash && !m.deleted,
      (m: Memory) => {
        m.doom = [...new Set([...m.doom, name])].sort();
      },
    );
    const named = yield* step('reads refs and the first owner', (m: Memory) => {
      // The trash row is taken with the look that judges it: one written later is another row.
      m.trash = false;
      return m.a || m.ref;
    });
    yield* step(named ? 'in use: takes doom back' : 'deletes the body', (m: Memory) => {
      if (named) m.doom = m.doom.filter((one) => one !== name);
      else m.deleted = true;
    });
    yield* startOver<Memory>();
  }
  return { name, program, daemon: true };
}

export function garbage(name: string, variant: GarbageVariant, crashes: number): Model<Memory> {
  const memory: Memory = {
    ...{ a: true, d: false, ref: false, voided: false, intent: false, fenced: false },
    ...{ doom: [], trash: false, deleted: false },
  };
  return {
    name,
    memory,
    processes: [
      copier(variant),
      deleter('a'),
      deleter('d'),
      upkeep(variant),
      collector('collector 1'),
      collector('collector 2'),
    ],
    crashes,
    invariant: (m) => ((m.a || m.d) && m.deleted ? 'a body in use is deleted' : undefined),
    always: { reachable: 'the body is in use or deleted', holds: (m) => m.deleted || (m.d && !m.a) },
  };
}
