/**
 * The null version of one key: every writer adds its row, then reads the key's null rows and hands the bodies of those
 * below the newest to the trash.
 *
 * Abstracted: rows are atomic; a row is `[tag, body]`. An update in place (ACL) writes a second row of the same body.
 * Left out: writers that die (their ledger row makes upkeep do the same look), claims of the update (claims.ts), the collector's own second look (garbage.ts).
 */

import type { Model, Process, Program } from './checker.ts';
import { step } from './checker.ts';

type Row = readonly [tag: number, body: string];

interface Memory {
  rows: Row[];
  trash: string[];
}

export interface NullVariant {
  readonly lookAfter: boolean;
  /** A body that the newest row names too is not trashed with an older row. */
  readonly compareBodies: boolean;
}

export const AS_BUILT: NullVariant = { lookAfter: true, compareBodies: true };

function* clean(variant: NullVariant) {
  const beaten = yield* step('reads the null rows', (m: Memory) => {
    const newest = m.rows.reduce((a, b) => (b[0] > a[0] ? b : a));
    return { newest, rows: m.rows.filter((row) => row !== newest) };
  });
  for (const [tag, body] of beaten.rows)
    yield* step(`trashes ${body} of ${tag}`, (m: Memory) => {
      if (!variant.compareBodies || body !== beaten.newest[1]) m.trash = [...new Set([...m.trash, body])].sort();
      m.rows = m.rows.filter((row) => row[0] !== tag);
    });
}

function writer(tag: number, body: string, variant: NullVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const before = variant.lookAfter ? [] : yield* step('reads the null rows', (m: Memory) => m.rows);
    yield* step(`writes ${tag}`, (m: Memory) => {
      m.rows = [...m.rows, [tag, body] as const].sort((x, y) => x[0] - y[0]);
    });
    if (variant.lookAfter) yield* clean(variant);
    for (const [old, beaten] of before)
      if (old < tag)
        yield* step(`trashes ${beaten}`, (m: Memory) => {
          m.trash = [...new Set([...m.trash, beaten])].sort();
          m.rows = m.rows.filter((row) => row[0] !== old);
        });
  }
  return { name: `put ${body}`, program };
}

/** ACL of the first version: same body, next counter. */
function update(variant: NullVariant): Process<Memory> {
  function* program(): Program<Memory> {
    const first = yield* step('reads', (m: Memory) => m.rows.at(-1)?.[1] === 'first');
    if (!first) return;
    yield* step('writes 2', (m: Memory) => {
      m.rows = [...m.rows, [2, 'first'] as const].sort((x, y) => x[0] - y[0]);
    });
    yield* clean(variant);
  }
  return { name: 'update', program };
}

/** `tags`: of the writers, not in order of their beginning. */
export function nulls(name: string, tags: readonly number[], variant: NullVariant): Model<Memory> {
  const bodies = tags.map((tag) => `b${tag}`);
  return {
    name,
    memory: { rows: [[1, 'first']], trash: [] },
    processes: [...tags.map((tag, i) => writer(tag, bodies[i] ?? '', variant)), update(variant)],
    invariant: (m) => {
      const current = m.rows.at(-1)?.[1] ?? '';
      return m.trash.includes(current) ? 'the body of the current version is trashed' : undefined;
    },
    atEnd: (m) => {
      const forgotten = [...bodies, 'first'].filter((body) => !m.trash.includes(body) && m.rows.at(-1)?.[1] !== body);
      return forgotten.length > 0 || m.rows.length !== 1 ? `forgotten: ${forgotten}` : undefined;
    },
  };
}
