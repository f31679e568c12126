/**
 * Jobs on shards as they stand in `shard_map`: what is decided before anything is moved, by transactions.
 *
 * A job is in the row of each of its sources, and from the moment that the map changes in the row of each of its targets,
 * until it is over. So a shard has one job at a time, and whoever reads a row finds all that is needed to continue it.
 */

import type { Versioning } from '../../../model/entities.ts';
import type { Row, Session, Uuid } from '../database/types.ts';
import type { Home, JobKind } from '../types.ts';
import { SENTINEL } from './cells.ts';
import { bigintOf, isOneOf, keyOf, listOf, numberOf, parse, textOf } from './json.ts';
import { type Bound, bytesOf, textOf as columnOf } from './rows.ts';
import {
  ADD_MAP_ROW,
  BEGIN_JOB,
  CHANGE_JOB,
  END_JOB,
  MOVE_MAP_ROW,
  READ_MAP,
  READ_MAP_ROW,
  REMOVE_MAP_ROW,
} from './statements.ts';
import { keyAfter } from './walk.ts';

export interface Piece {
  readonly shard: Uuid;
  readonly low: Buffer;
  readonly high: Buffer | undefined;
}

export interface Job {
  readonly id: Uuid;
  readonly kind: JobKind;
  /** By ascending keys, adjacent. */
  readonly sources: readonly Piece[];
  /** The same keys. Of a `mode` job: empty until one attempt is complete. */
  readonly targets: readonly Piece[];
  /** What the targets get. */
  readonly mode: Versioning;
  readonly floor: bigint;
  readonly epoch: number;
  /** Of a `mode` job: the shards into which workers copy, with when they began (ms since 1970, to save effort only). */
  readonly attempts: readonly { readonly shard: Uuid; readonly at: number }[];
}

/** A row of the map. */
export interface MapRow {
  readonly low: Buffer;
  readonly shard: Uuid;
  readonly job: { readonly job: Job; readonly bytes: Buffer } | undefined;
}

const KINDS = ['move', 'mode', 'delete'] as const satisfies readonly JobKind[];
const MODES = ['unversioned', 'enabled', 'suspended'] as const satisfies readonly Versioning[];
const PAGE_ROWS = 200;

export function encodeJob(job: Job): Buffer {
  const pieces = (all: readonly Piece[]) =>
    all.map(({ shard, low, high }) => ({
      shard,
      low: low.toString('base64'),
      high: high?.toString('base64') ?? null,
    }));
  const { id, kind, mode, epoch, attempts } = job;
  const text = { id, kind, sources: pieces(job.sources), targets: pieces(job.targets), mode, floor: String(job.floor) };
  return Buffer.from(JSON.stringify({ ...text, epoch, attempts }));
}

/** Throws `Corrupt`. */
export function decodeJob(bytes: Buffer): Job {
  const json = parse(bytes);
  const pieces = (name: string) =>
    listOf(json, name).map((one) => ({
      shard: textOf(one, 'shard'),
      low: keyOf(one, 'low') ?? SENTINEL,
      high: keyOf(one, 'high'),
    }));
  return {
    id: textOf(json, 'id'),
    kind: isOneOf(KINDS, textOf(json, 'kind')),
    sources: pieces('sources'),
    targets: pieces('targets'),
    mode: isOneOf(MODES, textOf(json, 'mode')),
    floor: bigintOf(json, 'floor'),
    epoch: numberOf(json, 'epoch'),
    attempts: listOf(json, 'attempts').map((one) => ({ shard: textOf(one, 'shard'), at: numberOf(one, 'at') })),
  };
}

function mapRowOf(row: Row): MapRow {
  const { job } = row;
  return {
    low: bytesOf(row, 'low'),
    shard: columnOf(row, 'shard'),
    job: Buffer.isBuffer(job) ? { job: decodeJob(job), bytes: job } : undefined,
  };
}

/** The row that begins at exactly this key, as the last transaction left it. */
export async function readMapRow(session: Session, home: Home, low: Buffer): Promise<MapRow | undefined> {
  const [row] = await session.read(READ_MAP_ROW, [home.bucketId, low]);
  return row === undefined ? undefined : mapRowOf(row);
}

/** All rows; those that change meanwhile may be seen in either state, or in neither when their first key changes too. */
export async function* walkMap(session: Session, home: Home): AsyncGenerator<MapRow> {
  let from: Buffer = SENTINEL;
  for (;;) {
    const rows = (await session.read(READ_MAP, [home.bucketId, from, PAGE_ROWS])).map(mapRowOf);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    from = keyAfter(last.low);
  }
}

/** False: one of the sources has changed, or has a job. */
export async function beginJob(session: Session, home: Home, job: Job): Promise<boolean> {
  const bytes = encodeJob(job);
  const statements = job.sources.map(({ low, shard }): Bound => [BEGIN_JOB, [bytes, home.bucketId, low, shard]]);
  const { applied } = await session.casBatch(statements, (rows) => rows.every((row) => holds(row, bytes)));
  return applied;
}

/** Replaces the job of a row. False: it is another one by now. */
export async function changeJob(session: Session, home: Home, row: MapRow, job: Job): Promise<boolean> {
  const bytes = encodeJob(job);
  const statement: Bound = [CHANGE_JOB, [bytes, home.bucketId, row.low, row.job?.bytes ?? null]];
  const { applied } = await session.casBatch([statement], (rows) => rows.every((one) => holds(one, bytes)));
  return applied;
}

/** The map names the targets from now on. False: it did already, or the job has changed. */
export async function moveMap(session: Session, home: Home, job: Job, bytes: Buffer): Promise<boolean> {
  const bucket = home.bucketId;
  const at = (pieces: readonly Piece[], low: Buffer) => pieces.find((one) => one.low.equals(low));
  const changed = job.sources.map(({ low, shard }): Bound => {
    const target = at(job.targets, low);
    return target === undefined
      ? [REMOVE_MAP_ROW, [bucket, low, bytes]]
      : [MOVE_MAP_ROW, [target.shard, bucket, low, shard, bytes]];
  });
  const added = job.targets
    .filter(({ low }) => at(job.sources, low) === undefined)
    .map(({ low, shard }): Bound => [ADD_MAP_ROW, [bucket, low, shard, bytes]]);
  const targets = new Set(job.targets.map(({ shard }) => shard));
  const mine = (rows: readonly Row[]) => rows.some(({ shard }) => typeof shard === 'string' && targets.has(shard));
  return (await session.casBatch([...changed, ...added], mine)).applied;
}

/** Nobody continues it any more. `removed`: the rows go too, the bucket is gone. */
export async function endJob(
  session: Session,
  home: Home,
  pieces: readonly Piece[],
  end: { readonly bytes: Buffer; readonly removed: boolean },
): Promise<void> {
  const statement = end.removed ? REMOVE_MAP_ROW : END_JOB;
  const statements = pieces.map(({ low }): Bound => [statement, [home.bucketId, low, end.bytes]]);
  await session.casBatch(statements, (rows) => rows.every((row) => !holds(row, end.bytes)));
}

function holds({ job }: Row, bytes: Buffer): boolean {
  return Buffer.isBuffer(job) && job.equals(bytes);
}
