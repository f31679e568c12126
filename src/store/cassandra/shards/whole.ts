/**
 * What concerns every shard of a bucket: another versioning state, and deletion.
 *
 * Both go through the map until a whole walk finds nothing left to do. Shards come and go meanwhile, but those that a job
 * with this epoch went through, and what they were split into, say so themselves.
 */

import type { Versioning } from '../../../model/entities.ts';
import { Corrupt, Unavailable } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import type { Home } from '../types.ts';
import { PAGE_ROWS } from './carry.ts';
import type { StateCell } from './cells.ts';
import { type Context, HOPS_MAX, sessionOf } from './context.ts';
import { isNothing } from './copy.ts';
import { beginJob, type Job, type MapRow, walkMap } from './jobs.ts';
import { newJob } from './plan.ts';
import { readState } from './rows.ts';
import { walkHeads, walkVersions } from './walk.ts';
import { runJob, sealForDeletion, type Verdict, type Work } from './worker.ts';

export interface Whole {
  readonly context: Context;
  readonly home: Home;
  readonly epoch: number;
  readonly isStopping: () => boolean;
}

/** As `Shards.changeMode`. */
export async function changeMode(whole: Whole, mode: Versioning): Promise<void> {
  const { context, home, epoch } = whole;
  const session = sessionOf(context, home);
  for (let round = 0; round < HOPS_MAX; round++) {
    let changed = false;
    for await (const row of walkMap(session, home)) {
      if (row.job === undefined) {
        const cell = await stateOf(session, home, row);
        if (isLeft(cell) || cell.epoch >= epoch) continue;
        await beginJob(
          session,
          home,
          newJob(context.tools, 'mode', [{ id: row.shard, cell }], { cuts: [], mode, epoch }),
        );
      } else if (row.job.job.kind === 'delete' && row.job.job.epoch >= epoch)
        throw new Unavailable(`bucket ${home.bucketId} is being deleted; try again`, { mayHaveApplied: true });
      changed = true;
      await runJob(workOf(whole, row), keptBefore(whole));
    }
    if (!changed) return;
  }
  throw tooBusy(home);
}

/** As `Shards.deleteAll`. */
export async function deleteAll(whole: Whole, ask: (empty: boolean) => Promise<Verdict>): Promise<Verdict> {
  const { context, home } = whole;
  const session = sessionOf(context, home);
  const rows = await claimAll(whole, session);
  for (const row of rows.mine) await sealForDeletion(workOf(whole, row), row);
  const verdict = await ask(!rows.others && (await areEmpty(session, home, rows.mine)));
  const decided = (job: Job) => (job.epoch === whole.epoch ? verdict : keptBefore(whole)(job));
  for (const row of rows.mine) await runJob(workOf(whole, row), decided);
  return verdict;
}

/** A deletion with an older number was decided against: there is a bucket, and a change with a newer number. */
function keptBefore(whole: Whole): (job: Job) => Verdict | undefined {
  return ({ epoch }) => (epoch < whole.epoch ? 'kept' : undefined);
}

interface Claimed {
  /** Rows with a job of this deletion. */
  readonly mine: readonly MapRow[];
  /** There are shards that have been through it: it was decided to keep them. */
  readonly others: boolean;
}

/** Gives every shard a job of this deletion, so that none is split, merged or changed any more. */
async function claimAll(whole: Whole, session: Session): Promise<Claimed> {
  const { context, home, epoch } = whole;
  for (let round = 0; round < HOPS_MAX; round++) {
    const mine: MapRow[] = [];
    let others = false;
    let changed = false;
    for await (const row of walkMap(session, home)) {
      if (row.job?.job.kind === 'delete' && row.job.job.epoch === epoch) mine.push(row);
      else if (row.job !== undefined) {
        changed = true;
        if (row.job.job.epoch > epoch) throw tooLate(home);
        await runJob(workOf(whole, row), keptBefore(whole));
      } else {
        const cell = await stateOf(session, home, row);
        if (isLeft(cell)) continue;
        others ||= cell.epoch >= epoch;
        if (cell.epoch >= epoch) continue;
        changed = true;
        await beginJob(session, home, newJob(context.tools, 'delete', [{ id: row.shard, cell }], { cuts: [], epoch }));
      }
    }
    if (!changed) return { mine, others };
  }
  throw tooBusy(home);
}

async function stateOf(session: Session, home: Home, { shard }: MapRow): Promise<StateCell> {
  const cell = await readState(session, shard);
  if (cell === undefined) throw new Corrupt(`bucket ${home.bucketId}: shard ${shard} of the map has no state`);
  return cell;
}

/** A row that was made again, by a creation that slept, after the bucket had gone: nobody takes over from its shard. */
function isLeft({ state, over }: StateCell): boolean {
  return state === 'retired' && over?.next.length === 0;
}

/** All of them sealed. One that has been let go on in another shard meanwhile is none of an empty bucket. */
async function areEmpty(session: Session, home: Home, rows: readonly MapRow[]): Promise<boolean> {
  for (const row of rows) {
    const sources = row.job?.job.sources ?? [];
    for (const { shard } of sources) if (!(await isEmpty(session, shard))) return false;
    // What was let go on is in other shards, and this one's rows are gone: looked at last.
    for (const { shard } of sources) {
      const cell = await readState(session, shard);
      if (cell === undefined) throw new Corrupt(`bucket ${home.bucketId}: shard ${shard} has lost its state`);
      if (cell.state === 'retired' && (cell.over?.next.length ?? 0) > 0) return false;
    }
  }
  return true;
}

async function isEmpty(session: Session, shard: Uuid): Promise<boolean> {
  for await (const { payload } of walkHeads(session, shard, PAGE_ROWS)) if (payload !== undefined) return false;
  for await (const row of walkVersions(session, shard, PAGE_ROWS))
    if (row.place.z >= 0 && !isNothing(row)) return false;
  return true;
}

function workOf({ context, home, isStopping }: Whole, { low }: MapRow): Work {
  return { context, home, low, isStopping };
}

function tooBusy({ bucketId }: Home): Unavailable {
  return new Unavailable(`the shards of bucket ${bucketId} change faster than a change of all can follow; try again`, {
    mayHaveApplied: true,
  });
}

function tooLate({ bucketId }: Home): Unavailable {
  return new Unavailable(`another change of the whole bucket ${bucketId} came after this one`, {
    mayHaveApplied: true,
  });
}
