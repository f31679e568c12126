/**
 * Walks through the rows of one shard in their order, page by page, in bounded memory: heads, versions, and both together
 * key by key. For copies and counts; nothing here looks at the shard's state.
 */

import type { Row, Session, Uuid, Value } from '../database/types.ts';
import type { HeadRow, VersionPlace, VersionRow } from '../types.ts';
import { FIRST_KEY } from './cells.ts';
import { bytesOf, placeOf, readHeads, versionRowOf } from './rows.ts';
import { VERSIONS, type Walk } from './statements.ts';

/** The first key behind this one. */
export function keyAfter(key: Buffer): Buffer {
  return Buffer.concat([key, FIRST_KEY]);
}

export async function* walkHeads(session: Session, shard: Uuid, pageRows: number): AsyncGenerator<HeadRow> {
  let from: Buffer = FIRST_KEY;
  for (;;) {
    const { rows } = await readHeads(session, shard, from, pageRows);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    from = keyAfter(last.key);
  }
}

export async function* walkVersions(
  session: Session,
  shard: Uuid,
  pageRows: number,
  only?: Buffer,
): AsyncGenerator<VersionRow> {
  for await (const row of walkVersionRows(VERSIONS, { session, shard, pageRows, only })) yield versionRowOf(row);
}

type Step = 'ids' | 'tags' | 'kinds' | 'keys';
const STEPS = ['ids', 'tags', 'kinds', 'keys'] as const satisfies readonly Step[];
/** Below every `z`. */
const NO_KIND = -2;

interface Position {
  readonly key: Buffer;
  readonly place: Pick<VersionPlace, 't' | 'n' | 'id'> & { readonly z: number };
}

/**
 * Rows of `ver`, of the whole shard or of one key. The order of the columns is mixed, so that "behind this row" takes up to
 * four statements: the same tag, the same kind, the same key, the keys behind it.
 */
export async function* walkVersionRows(
  statements: Walk,
  what: {
    readonly session: Session;
    readonly shard: Uuid;
    readonly pageRows: number;
    readonly only?: Buffer | undefined;
  },
): AsyncGenerator<Row> {
  const { session, shard, pageRows, only } = what;
  const end = only === undefined ? STEPS.length : STEPS.indexOf('keys');
  let at: Position = { key: only ?? Buffer.alloc(0), place: { z: NO_KIND, t: 0n, n: 0, id: '' } };
  let step = STEPS.indexOf(only === undefined ? 'keys' : 'kinds');
  while (step < end) {
    const name = STEPS[step] ?? 'keys';
    const rows = await session.read(statements[name], [shard, ...behind(name, at), pageRows]);
    yield* rows;
    const last = rows.at(-1);
    if (last !== undefined && rows.length === pageRows) {
      at = { key: bytesOf(last, 'k'), place: placeOf(last) };
      step = 0;
    } else step++;
  }
}

function behind(step: Step, { key, place }: Position): readonly Value[] {
  switch (step) {
    case 'ids':
      return [key, place.z, place.t, place.n, place.id];
    case 'tags':
      return [key, place.z, place.t, place.n];
    case 'kinds':
      return [key, place.z];
    case 'keys':
      return [keyAfter(key)];
  }
}

/** Rows of one key; of a key with very many, a part of them. */
export interface Group {
  readonly key: Buffer;
  readonly head: HeadRow | undefined;
  readonly versions: readonly VersionRow[];
  /** These are all rows of the key. */
  readonly whole: boolean;
  /** The last ones of the key. */
  readonly last: boolean;
}

/** Both tables side by side. Of a key in parts only the last part may have the head. */
export async function* walkGroups(session: Session, shard: Uuid, pageRows: number): AsyncGenerator<Group> {
  const heads = walkHeads(session, shard, pageRows);
  const versions = walkVersions(session, shard, pageRows);
  let head = await next(heads);
  let version = await next(versions);
  for (;;) {
    const key = first(head?.key, version?.key);
    if (key === undefined) return;
    let rows: VersionRow[] = [];
    let whole = true;
    while (version?.key.equals(key)) {
      rows.push(version);
      version = await next(versions);
      if (rows.length < pageRows) continue;
      yield { key, head: undefined, versions: rows, whole: false, last: false };
      rows = [];
      whole = false;
    }
    const mine = head?.key.equals(key) ? head : undefined;
    if (mine !== undefined) head = await next(heads);
    yield { key, head: mine, versions: rows, whole, last: true };
  }
}

async function next<T>(rows: AsyncGenerator<T>): Promise<T | undefined> {
  const { value, done } = await rows.next();
  return done ? undefined : value;
}

function first(a: Buffer | undefined, b: Buffer | undefined): Buffer | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.compare(b) <= 0 ? a : b;
}
