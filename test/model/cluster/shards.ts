/**
 * The memory that reshard.ts works on: partitions with a state that only grows, rows that only grow, the one step after
 * which a partition's rows are dropped, and a job whose targets were decided once (a lightweight transaction).
 *
 * Abstracted: partitions are atomic (tags.ts says why a quorum may be taken for that; a mutation of one partition is
 * isolated). Left out: pages, `ver` rows (they move with their head), floors (floor.ts).
 */

import type { History } from './history.ts';

export const NOTHING = 0;
export const FILLING = 1;
export const LIVE = 2;
export const SEALED = 3;
export const RETIRED = 4;

/** Tag and value; value 0 is a dead marker. */
export type Row = readonly [time: number, count: number, value: number];

export interface Shard {
  state: number;
  /** Key → shard that takes over; written with SEALED. */
  next: Record<string, string>;
  rows: Record<string, Row>;
}

export interface Memory {
  readonly shards: Record<string, Shard>;
  /** Key → shard: a hint, perhaps stale. */
  map: Record<string, string>;
  readonly history: Record<string, History>;
  /** Ghost, for listings: key → value of the last acknowledged write; only one writer per key may use it. */
  readonly acknowledged: Record<string, number>;
  problem?: string;
}

export interface Seen {
  readonly state: number;
  readonly row: Row;
  readonly next: string;
  /** There is a row; otherwise `row` is nothing. */
  readonly held: boolean;
}

const NEVER: Row = [0, 0, 0];

export function newer(a: Row, b: Row): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

function shardOf(m: Memory, id: string): Shard {
  const shard = m.shards[id];
  if (shard === undefined) throw new Error(`no shard ${id}`);
  return shard;
}

/** State and row in one read. */
export function read(m: Memory, id: string, key: string): Seen {
  const shard = shardOf(m, id);
  const held = shard.rows[key];
  return { state: shard.state, row: held ?? NEVER, next: shard.next[key] ?? '', held: held !== undefined };
}

/** Rows of a dropped partition lie below its range tombstone. */
export function store(m: Memory, id: string, key: string, row: Row): void {
  const shard = shardOf(m, id);
  const held = shard.rows[key];
  if (m.shards[`${id} dropped`] === undefined && (held === undefined || newer(row, held))) shard.rows[key] = row;
}

export function drop(m: Memory, id: string): void {
  shardOf(m, id).rows = {};
  m.shards[`${id} dropped`] = empty();
}

/** States never go back: each is written with its number as its time. */
export function raise(m: Memory, id: string, state: number): void {
  const shard = shardOf(m, id);
  shard.state = Math.max(shard.state, state);
}

export function empty(): Shard {
  return { state: NOTHING, next: {}, rows: {} };
}
