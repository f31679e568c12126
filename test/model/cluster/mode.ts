/**
 * Another versioning state for a shard (a job of kind `mode`): every row moves into a shard with the new state, and
 * writers wait meanwhile. One that stored before it saw the seal looks for its own version row in the chosen target: there
 * means stored, not there means moved, and its caller decides again under the new state.
 *
 * Each worker copies into a target of its own; a transaction chooses one that is complete. Both halves of a mutation,
 * `head` and `ver`, are stored and copied one after the other.
 *
 * Abstracted: registers are atomic, one key, floors (floor.ts). Left out: claims of before (an elected effect is stored by
 * the same steps as a put), a second change of the state (the job's epoch).
 */

import type { Model, Process, Program } from './checker.ts';
import { step, turn, until } from './checker.ts';

const LIVE = 2;
const SEALED = 3;
const RETIRED = 4;
type Mode = 'old' | 'new';

/** A put: `id` names its version row. */
interface Put {
  readonly id: string;
  readonly tag: number;
  readonly mode: Mode;
}

interface Shard {
  state: number;
  readonly mode: Mode;
  head: Put;
  versions: Put[];
  dropped: boolean;
}

interface Memory {
  readonly shards: Record<string, Shard>;
  /** The job's choice; RETIRED sources name it. */
  chosen: string;
  map: string;
  /** Every shard has the new state: the change is acknowledged. */
  changed: boolean;
  /** Ghost: versions of the old state when it was. */
  before: string[];
  /** Ghost: what the writers were told. */
  readonly told: Record<string, 'stored' | 'moved'>;
}

export interface ModeVariant {
  /** A writer that meets the seal waits until it is over. */
  readonly wait: boolean;
  /** What was not copied is stored in the target after all. */
  readonly follow: boolean;
  /** Whether a put was copied is told by its version row, or only by the head. */
  readonly decideBy: 'version' | 'head';
  /** Each worker copies into a target of its own. */
  readonly ownTargets: boolean;
  /** The copy completes a put of which it has met one half. */
  readonly complete: boolean;
}

export const AS_BUILT: ModeVariant = {
  ...{ wait: true, follow: false, decideBy: 'version', ownTargets: true, complete: true },
};

function shardOf(m: Memory, id: string): Shard {
  const shard = m.shards[id];
  if (shard === undefined) throw new Error(`no shard ${id}`);
  return shard;
}

function storeHead(m: Memory, id: string, put: Put): void {
  const shard = shardOf(m, id);
  if (!shard.dropped && put.tag > shard.head.tag) shard.head = put;
}

function storeVersion(m: Memory, id: string, put: Put): void {
  const shard = shardOf(m, id);
  if (shard.dropped || shard.versions.some((one) => one.id === put.id)) return;
  shard.versions = [...shard.versions, put].sort((a, b) => a.tag - b.tag);
}

/** The two halves of one mutation, in either order. */
function* store(id: string, put: Put) {
  const first = yield* step(
    `stores one half of ${put.id} in ${id}`,
    (m: Memory, choice) => {
      if (choice === 0) storeHead(m, id, put);
      else storeVersion(m, id, put);
      return choice;
    },
    () => 2,
  );
  yield* step(`stores the other half of ${put.id} in ${id}`, (m: Memory) => {
    if (first === 0) storeVersion(m, id, put);
    else storeHead(m, id, put);
  });
}

/** Whether a put was among what was copied. */
function* isThere(id: string, put: Put, variant: ModeVariant) {
  const found = yield* step(`looks for ${put.id} in ${id}`, (m: Memory) => {
    const { head, versions } = shardOf(m, id);
    return head.id === put.id || (variant.decideBy === 'version' && versions.some((one) => one.id === put.id));
  });
  return found;
}

/** `tag` is drawn above what was read. Under the new state it is another put: the caller decided again. */
export function writer(name: string, slot: number, variant: ModeVariant): Process<Memory> {
  const settle = (put: Put, what: 'stored' | 'moved') => (m: Memory) => {
    m.told[put.id] = what;
    return what === 'moved' ? m.map : '';
  };
  function* program(carried: unknown): Program<Memory> {
    const at = typeof carried === 'string' ? carried : '';
    const seen = yield* until(
      `reads ${at === '' ? 'by the map' : at}`,
      (m: Memory) => shardOf(m, at === '' ? m.map : at).state !== SEALED,
      (m: Memory) => {
        const id = at === '' ? m.map : at;
        const { state, mode, head } = shardOf(m, id);
        return { id, mode, tag: head.tag, next: state === RETIRED ? m.chosen : '' };
      },
    );
    if (seen.next !== '') return yield* turn('follows', () => seen.next);
    const put: Put = { id: `${name} ${seen.mode}`, tag: (Math.floor(seen.tag / 8) + 1) * 8 + slot, mode: seen.mode };
    yield* store(seen.id, put);
    const next = yield* until(
      `checks ${seen.id}`,
      (m: Memory) => !variant.wait || shardOf(m, seen.id).state !== SEALED,
      (m: Memory) => {
        const { state } = shardOf(m, seen.id);
        if (state < SEALED) m.told[put.id] = 'stored';
        return state < SEALED ? '' : m.chosen === '' ? 'none' : m.chosen;
      },
    );
    if (next === '') return;
    const there = next !== 'none' && (yield* isThere(next, put, variant));
    if (next !== 'none' && (there || variant.follow)) {
      yield* store(next, put);
      yield* step('answers', settle(put, 'stored'));
    } else yield* turn('begins again under the new state', settle(put, 'moved'));
  }
  return { name, program, mayCrash: true };
}

/** One key: the head first, then its versions. Either half of a put is all of it. */
function* copy(target: string, variant: ModeVariant) {
  const head = yield* step('reads the head', (m: Memory) => shardOf(m, 's').head);
  const versions = yield* step('reads the versions', (m: Memory) => shardOf(m, 's').versions);
  yield* step(`copies into ${target}`, (m: Memory) => {
    for (const version of versions) storeVersion(m, target, version);
    storeHead(m, target, head);
    const newest = versions.at(-1);
    if (variant.complete && newest !== undefined) storeHead(m, target, newest);
    if (variant.complete && head.id !== '') storeVersion(m, target, head);
  });
}

function worker(name: string, target: string, variant: ModeVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const done = yield* step('seals', (m: Memory) => {
      const source = shardOf(m, 's');
      source.state = Math.max(source.state, SEALED);
      return m.chosen !== '';
    });
    if (!done) {
      yield* copy(target, variant);
      yield* step('is it still sealed? chooses', (m: Memory) => {
        if (shardOf(m, 's').state === SEALED && m.chosen === '') m.chosen = target;
      });
    }
    yield* step('RETIRED', (m: Memory) => {
      shardOf(m, 's').state = RETIRED;
    });
    yield* step('the map; target LIVE', (m: Memory) => {
      const { head, versions } = shardOf(m, m.chosen);
      if (!m.changed) m.before = [head, ...versions].map(({ id }) => id);
      m.map = m.chosen;
      m.changed = true;
    });
    yield* step('drops', (m: Memory) => {
      for (const [id, shard] of Object.entries(m.shards))
        if (id !== m.chosen) Object.assign(shard, { versions: [], head: NOTHING, dropped: true });
    });
  }
  return { name, program, mayCrash: true };
}

const NOTHING: Put = { id: '', tag: 0, mode: 'old' };

function wrong(m: Memory): string | undefined {
  if (!m.changed) return undefined;
  const { head, versions } = shardOf(m, m.map);
  const after = [head, ...versions].find(({ id, mode }) => mode === 'old' && !m.before.includes(id));
  if (after !== undefined) return `${after.id} took effect after the change was acknowledged`;
  for (const { id } of versions)
    if (m.told[id] === 'moved') return `${id} is there though its caller was told otherwise`;
  if (m.told[head.id] === 'moved') return `${head.id} is there though its caller was told otherwise`;
  const firstNew = Math.min(...versions.filter(({ mode }) => mode === 'new').map(({ tag }) => tag));
  if ([...versions, head].some(({ mode, tag }) => mode === 'old' && tag > firstNew))
    return 'an old put above a new one';
  const lost = Object.entries(m.told).find(([id, what]) => what === 'stored' && !versions.some((one) => one.id === id));
  return lost === undefined ? undefined : `${lost[0]} was acknowledged and is not there`;
}

function halves(m: Memory): string | undefined {
  const { head, versions } = shardOf(m, m.map);
  const isWhole = head.tag === (versions.at(-1)?.tag ?? 0);
  return isWhole || !m.changed ? undefined : 'the head is not the newest version';
}

export function mode(
  name: string,
  writers: number,
  workers: number,
  rest: { readonly variant: ModeVariant; readonly crashes: number },
): Model<Memory> {
  const shard = (state: number, mode: Mode): Shard => ({ state, mode, head: NOTHING, versions: [], dropped: false });
  const targets = Array.from({ length: workers }, (_, i) => (rest.variant.ownTargets ? `t${i + 1}` : 't1'));
  return {
    name,
    memory: {
      shards: { s: shard(LIVE, 'old'), ...Object.fromEntries(targets.map((id) => [id, shard(LIVE, 'new')])) },
      ...{ chosen: '', map: 's', changed: false, before: [], told: {} },
    },
    processes: [
      ...Array.from({ length: writers }, (_, i) => writer(`put ${i + 1}`, i + 1, rest.variant)),
      ...targets.map((target, i) => worker(`worker ${i + 1}`, target, rest.variant)),
    ],
    crashes: rest.crashes,
    invariant: wrong,
    ...(rest.crashes === 0 ? { atEnd: halves } : {}),
  };
}
