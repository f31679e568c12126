/**
 * Rows of `head` and `ver`, typed: what a read of one shard shows, and what an effect writes into one.
 *
 * Nothing here knows whether the shard is the right one; see find.ts and store.ts for that.
 */

import { Corrupt } from '../../port.ts';
import type { Row, Session, Statement, Uuid, Value } from '../database/types.ts';
import { MAX_TIME } from '../tags.ts';
import type { Effect, HeadRow, ShardState, VersionPlace, VersionRow } from '../types.ts';
import {
  decodeHead,
  decodeState,
  decodeVersion,
  encodeHead,
  encodeState,
  encodeVersion,
  type Fixed,
  type HeadCell,
  type StateCell,
  type Succession,
  stateTime,
} from './cells.ts';
import {
  DROP_HEADS,
  DROP_VERSIONS,
  HEAD_FROM,
  PUT_HEAD,
  PUT_STATE,
  PUT_VERSION,
  READ_KEY,
  READ_STATE,
} from './statements.ts';

export type Bound = readonly [Statement, readonly Value[]];

// --------------------------------------------------------------------------------------------------------------- reads

/** A state and a key's row of the same moment. */
export interface KeyCells {
  /** Undefined: the shard has no sentinel: the map is stale, or the bucket has gone. */
  readonly state: StateCell | undefined;
  readonly head: HeadCell | undefined;
}

export async function readKeyCells(session: Session, shard: Uuid, key: Buffer): Promise<KeyCells> {
  const rows = await session.read(READ_KEY, [shard, key]);
  const row = rows.find(({ k }) => Buffer.isBuffer(k) && k.length > 0);
  return { state: stateOf(rows), head: row === undefined ? undefined : headOf(row) };
}

export async function readState(session: Session, shard: Uuid): Promise<StateCell | undefined> {
  return stateOf(await session.read(READ_STATE, [shard]));
}

/** Current rows from `from` (included; never empty), and the state of the same moment; without rows, of one after it. */
export async function readHeads(session: Session, shard: Uuid, from: Buffer, limit: number) {
  const rows = await session.read(HEAD_FROM, [shard, from, limit]);
  const state = rows.length === 0 ? await readState(session, shard) : stateOf(rows);
  return { state, rows: rows.map(headRowOf) };
}

function stateOf(rows: readonly Row[]): StateCell | undefined {
  for (const { s } of rows) if (Buffer.isBuffer(s)) return decodeState(s);
  return undefined;
}

function headOf(row: Row): HeadCell {
  return decodeHead(bytesOf(row, 'v'), timeOf(row, 'w'));
}

function headRowOf(row: Row): HeadRow {
  return { key: bytesOf(row, 'k'), ...headOf(row) };
}

export function placeOf(row: Row): VersionPlace {
  const { z } = row;
  if (z !== -1 && z !== 0 && z !== 1) throw new Corrupt(`a version of kind ${String(z)}`);
  return { z, t: timeOf(row, 't'), n: numberOf(row, 'n'), id: textOf(row, 'id') };
}

export function versionRowOf(row: Row): VersionRow {
  return { key: bytesOf(row, 'k'), place: placeOf(row), ...decodeVersion(bytesOf(row, 'v')) };
}

export function bytesOf(row: Row, column: string): Buffer {
  const value = row[column];
  if (!Buffer.isBuffer(value)) throw new Corrupt(`a row without ${column}`);
  return value;
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Corrupt(`a row without ${column}`);
  return value;
}

function timeOf(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value !== 'bigint') throw new Corrupt(`a row without ${column}`);
  return value;
}

function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new Corrupt(`a row without ${column}`);
  return value;
}

// -------------------------------------------------------------------------------------------------------------- writes

export function putHead(shard: Uuid, key: Buffer, cell: HeadCell): Bound {
  return [PUT_HEAD, [shard, key, encodeHead(cell), cell.tag.time]];
}

/** A version's cells are written at the time of its place, so that its key's tag, in front, orders them; voids above all. */
export function putVersion(shard: Uuid, { key, place, tag, payload }: VersionRow): Bound {
  const time = payload === undefined ? MAX_TIME : place.t;
  return [PUT_VERSION, [shard, key, place.z, place.t, place.n, place.id, encodeVersion({ tag, payload }), time]];
}

/** All in one mutation. */
export function putEffect(shard: Uuid, { key, head, versions }: Effect): readonly Bound[] {
  return [
    ...(head === undefined ? [] : [putHead(shard, key, head)]),
    ...versions.map((version) => putVersion(shard, { key, ...version })),
  ];
}

/** Alone among a shard's cells its state is written by several at one timestamp: they write the same. */
export async function writeState(
  session: Session,
  shard: Uuid,
  state: ShardState,
  cell: Fixed & { readonly over: Succession | undefined },
): Promise<void> {
  await session.write(...putState(shard, state, cell));
}

function putState(shard: Uuid, state: ShardState, cell: Fixed & { readonly over: Succession | undefined }): Bound {
  return [PUT_STATE, [shard, encodeState({ ...cell, state }), stateTime(state)]];
}

/** The one deletion of rows: with the state again, so that no replica can show the first without the second. */
export async function dropRows(
  session: Session,
  shard: Uuid,
  cell: Fixed & { readonly over: Succession | undefined },
): Promise<void> {
  await session.batch([
    putState(shard, 'retired', cell),
    [DROP_HEADS, [MAX_TIME, shard]],
    [DROP_VERSIONS, [MAX_TIME, shard]],
  ]);
}
