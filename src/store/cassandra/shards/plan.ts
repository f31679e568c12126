/**
 * Which job a shard needs, from a count of its rows; and the records of new jobs.
 *
 * A count is a walk through the partition, so it is made rarely (upkeep.ts decides when). It need not be exact.
 */

import type { Versioning } from '../../../model/entities.ts';
import type { Session, Uuid } from '../database/types.ts';
import type { JobKind, Tools, Tuning } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { FIRST_KEY, type StateCell } from './cells.ts';
import { isForgotten, isGone } from './copy.ts';
import type { Job, Piece } from './jobs.ts';
import { bytesOf } from './rows.ts';
import { HEAD_KEYS_FROM, VERSION_PLACES } from './statements.ts';
import { keyAfter, walkGroups, walkVersionRows } from './walk.ts';

const PAGE_ROWS = 1000;
/** Keys kept to find where to cut. */
const SAMPLES_MAX = 2048;
/** Shards that one split makes at most. */
const SPLIT_MAX = 16;

/** Adjacent shards that move together, as they are. */
export interface Source {
  readonly id: Uuid;
  readonly cell: StateCell;
}

/**
 * A tag's time that a move begun now may have as floor: never below those of its sources, and further back than any pause of
 * a writer that still counts, since a blind put below it may be seen while the source is sealed and then not be there.
 */
export function floorNow({ tags, clock, tuning }: Tools, floors: readonly bigint[]): bigint {
  return highest([tags.at(clock.now() - tuning.unsettledMs), ...floors]);
}

const byTime = (a: bigint, b: bigint): number => Number(a > b) - Number(a < b);
const highest = (floors: readonly bigint[]): bigint => [...floors].sort(byTime).at(-1) ?? 0n;

/** `cuts`: the first keys of the second target and those after it. */
export function newJob(
  tools: Tools,
  kind: JobKind,
  sources: readonly Source[],
  to: { readonly cuts: readonly Buffer[]; readonly mode?: Versioning; readonly epoch?: number },
): Job {
  const cells = sources.map(({ cell }) => cell);
  const floors = cells.map(({ floor }) => floor);
  const pieces = sources.map(({ id, cell }) => ({ shard: id, low: cell.low, high: cell.high }));
  const lows = [...pieces.slice(0, 1).map(({ low }) => low), ...to.cuts];
  const highs = [...to.cuts, pieces.at(-1)?.high];
  const targets = lows.map((low, i): Piece => ({ shard: newUuid(tools.random), low, high: highs[i] }));
  const [first] = cells;
  return {
    id: newUuid(tools.random),
    kind,
    sources: pieces,
    targets: kind === 'mode' ? [] : targets,
    mode: to.mode ?? first?.mode ?? 'unversioned',
    // Only moves leave anything behind.
    floor: kind === 'move' ? floorNow(tools, floors) : highest(floors),
    epoch: to.epoch ?? first?.epoch ?? 0,
    attempts: [],
  };
}

// --------------------------------------------------------------------------------------------------------------- counts

export interface Count {
  /** Of the longer of both tables. */
  readonly rows: number;
  /** Rows that a vacuum would leave behind: those of dead keys, and voids. Only when asked for. */
  readonly dead: number;
  /** Some of the keys, evenly spread over the rows. */
  readonly samples: readonly Buffer[];
}

/** Every n-th key of a walk of unknown length, n doubling. */
class Samples {
  readonly keys: Buffer[] = [];
  rows = 0;
  #step = 1;

  add(key: Buffer): void {
    if (this.rows++ % this.#step !== 0 || this.keys.at(-1)?.equals(key)) return;
    this.keys.push(Buffer.from(key));
    if (this.keys.length < SAMPLES_MAX) return;
    this.keys.splice(0, this.keys.length, ...this.keys.filter((_, index) => index % 2 === 0));
    this.#step *= 2;
  }
}

/** Keys and places only. */
export async function countRows(session: Session, shard: Uuid, goOn: () => void): Promise<Count> {
  const versions = new Samples();
  for await (const row of walkVersionRows(VERSION_PLACES, { session, shard, pageRows: PAGE_ROWS })) {
    if (versions.rows % PAGE_ROWS === 0) goOn();
    versions.add(bytesOf(row, 'k'));
  }
  const heads = new Samples();
  let from: Buffer = FIRST_KEY;
  for (;;) {
    goOn();
    const rows = await session.read(HEAD_KEYS_FROM, [shard, from, PAGE_ROWS]);
    for (const row of rows) heads.add(bytesOf(row, 'k'));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) break;
    from = keyAfter(bytesOf(last, 'k'));
  }
  const longer = versions.rows >= heads.rows ? versions : heads;
  return { rows: longer.rows, dead: 0, samples: longer.keys };
}

/** Reads the rows themselves, to see which a vacuum would leave behind. */
export async function countDead(session: Session, shard: Uuid, floor: bigint, goOn: () => void): Promise<Count> {
  const samples = new Samples();
  let dead = 0;
  for await (const group of walkGroups(session, shard, PAGE_ROWS)) {
    goOn();
    const rows = Math.max(1, group.versions.length);
    for (let row = 0; row < rows; row++) samples.add(group.key);
    const isDead = group.whole && isGone(group, floor);
    dead += isDead ? rows : group.versions.filter((row) => isForgotten(row, floor)).length;
  }
  return { rows: samples.rows, dead, samples: samples.keys };
}

/** Where to cut a shard with these rows. Empty: it is small enough, or all rows are of one key. */
export function cutsOf({ rows, samples }: Count, tuning: Tuning): readonly Buffer[] {
  const pieces = Math.min(SPLIT_MAX, Math.ceil(rows / (tuning.splitRows / 2)));
  return rows <= tuning.splitRows ? [] : cut(samples, pieces);
}

/** At even distances, never at the first key. */
export function cut(samples: readonly Buffer[], pieces: number): readonly Buffer[] {
  const cuts = Array.from({ length: pieces - 1 }, (_, i) => samples[Math.floor(((i + 1) * samples.length) / pieces)]);
  const known = cuts.filter((key) => key !== undefined);
  return known.filter((key, i) => key.compare(known[i - 1] ?? samples[0] ?? FIRST_KEY) > 0);
}

/** Whether leaving the dead rows behind is worth a copy of the others. */
export function needsVacuum({ rows, dead }: Count, tuning: Tuning): boolean {
  return dead >= tuning.vacuumRows || (dead * 10 >= tuning.vacuumRows && dead * 2 >= rows);
}
