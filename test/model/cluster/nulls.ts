/**
 * The null version of one key: every writer adds its row, then reads the key's null rows from the newest down to the first
 * void one below its own, releases the bodies of those below the newest and then voids them, the oldest first.
 *
 * Abstracted: rows are atomic; a row is a tag and a body. An update in place (ACL) writes a second row of the same body; a
 * delete is a writer without a body. Left out: elections of the update (claims.ts), who else holds a body (bodies.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { startOver, step, until } from './checker.ts';

interface Row {
  readonly tag: number;
  readonly body: string;
  readonly isVoid: boolean;
}

interface Memory {
  /** The newest first. */
  rows: Row[];
  released: string[];
}

export interface NullVariant {
  readonly lookAfter: boolean;
  /** A body that the newest row names too is not released with an older row. */
  readonly compareBodies: boolean;
  /** Where a writer stops reading: at the first void row below its own, or at the first one. */
  readonly stopsAt: 'below-own' | 'first-void';
}

export const AS_BUILT: NullVariant = { lookAfter: true, compareBodies: true, stopsAt: 'below-own' };

function put(m: Memory, tag: number, body: string): void {
  m.rows = [...m.rows, { tag, body, isVoid: false }].sort((a, b) => b.tag - a.tag);
}

/** Rows of which the newest that is not void replaces the others. */
function* clean(variant: NullVariant, own: number | undefined) {
  const seen = yield* step('reads the null rows', (m: Memory) => {
    const end = m.rows.findIndex(
      ({ tag, isVoid }) => isVoid && own !== undefined && (variant.stopsAt === 'first-void' || tag < own),
    );
    return m.rows.slice(0, end < 0 ? undefined : end).filter(({ isVoid }) => !isVoid);
  });
  const [newest, ...replaced] = seen;
  for (const { tag, body } of replaced.reverse()) {
    if (!variant.compareBodies || body !== newest?.body)
      yield* step(`releases ${body} of ${tag}`, (m: Memory) => {
        m.released = [...new Set([...m.released, body])].sort();
      });
    yield* step(`voids ${tag}`, (m: Memory) => {
      m.rows = m.rows.map((row) => (row.tag === tag ? { ...row, isVoid: true } : row));
    });
  }
}

function writer(tag: number, variant: NullVariant): Process<Memory> {
  function* program(): Program<Memory> {
    if (!variant.lookAfter) yield* clean(variant, tag);
    yield* step(`writes ${tag}`, (m: Memory) => put(m, tag, `b${tag}`));
    if (variant.lookAfter) yield* clean(variant, tag);
  }
  return { name: `put ${tag}`, program, mayCrash: true };
}

/** ACL of the first version: same body, next counter. */
function update(variant: NullVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const first = yield* step('reads', (m: Memory) => m.rows[0]?.body === 'first');
    if (!first) return;
    yield* step('writes 2', (m: Memory) => put(m, 2, 'first'));
    yield* clean(variant, 2);
  }
  return { name: 'update', program };
}

/** After a death: all rows are looked at. */
function tidy(variant: NullVariant): Process<Memory> {
  function* program(): Program<Memory> {
    yield* until(
      'a day passes',
      (m: Memory) => m.rows.filter(({ isVoid }) => !isVoid).length > 1,
      () => null,
    );
    yield* clean(variant, undefined);
    yield* startOver<Memory>();
  }
  return { name: 'tidy', program, daemon: true };
}

/** `tags`: of the writers, not in order of their beginning. */
export function nulls(name: string, tags: readonly number[], variant: NullVariant, crashes = 0): Model<Memory> {
  const newest = (m: Memory) => m.rows.find(({ isVoid }) => !isVoid)?.body ?? '';
  return {
    name,
    memory: { rows: [{ tag: 1, body: 'first', isVoid: false }], released: [] },
    processes: [...tags.map((tag) => writer(tag, variant)), update(variant), ...(crashes > 0 ? [tidy(variant)] : [])],
    crashes,
    invariant: (m) => (m.released.includes(newest(m)) ? 'the body of the current version is released' : undefined),
    atEnd: (m) => {
      const kept = m.rows.map(({ body }) => body).filter((body) => !m.released.includes(body) && body !== newest(m));
      const left = m.rows.filter(({ isVoid }) => !isVoid).length;
      return kept.length > 0 || left !== 1 ? `forgotten: ${kept}` : undefined;
    },
  };
}
