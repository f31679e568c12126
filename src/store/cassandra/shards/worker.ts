/**
 * Runs a job: every step may be repeated, by any number of workers at once, and each of them may die after any.
 *
 * Targets FILLING → sources SEALED → copy → sources RETIRED → map → targets LIVE → the sources' rows dropped → job over.
 * What was done already is seen from the map and the shards' states, never remembered.
 *
 * A `mode` job has no target before its copy is complete: each worker copies into a shard of its own, and a transaction
 * chooses one. So nothing that a slow worker does can change what writers were told. A `delete` job copies only when its
 * bucket is kept.
 */

import { Corrupt, Unavailable } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import type { Home, ShardState } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { covers, type Fixed, type StateCell, type Succession } from './cells.ts';
import { type Context, sessionOf } from './context.ts';
import { type Copy, copyRows, DeadBefore, noteDead } from './copy.ts';
import { changeJob, endJob, type Job, type MapRow, moveMap, type Piece, readMapRow } from './jobs.ts';
import { dropRows, readState, writeState } from './rows.ts';

export type Verdict = 'gone' | 'kept';

export interface Work {
  readonly context: Context;
  readonly home: Home;
  /** First key of one of the job's rows in the map. */
  readonly low: Buffer;
  /** True: give up at the next step; somebody else continues. */
  readonly isStopping: () => boolean;
}

/** One worker's view of one job. */
interface Task extends Work {
  readonly session: Session;
  readonly row: MapRow;
  readonly job: Job;
  readonly bytes: Buffer;
}

/** Each time the job was changed by others, so that it is read again. */
const LOOKS_MAX = 100;

/**
 * Runs the job of that row, if it has one, to its end. `verdictOf`: what was decided about a job of kind `delete`; undefined:
 * nothing yet, or not known here, and it is left alone. (It is asked about the job that is there by now.) Throws `Unavailable`: any step may be missing, and may be repeated.
 */
export async function runJob(work: Work, verdictOf?: (job: Job) => Verdict | undefined): Promise<void> {
  const session = sessionOf(work.context, work.home);
  for (let look = 0; look < LOOKS_MAX; look++) {
    stopIfTold(work);
    const row = await readMapRow(session, work.home, work.low);
    if (row?.job === undefined) return;
    const task = { ...work, session, row, job: row.job.job, bytes: row.job.bytes };
    const verdict = task.job.kind === 'delete' ? verdictOf?.(task.job) : undefined;
    if (task.job.kind === 'delete' && verdict === undefined) return;
    if (await runOnce(task, verdict)) return;
  }
  throw new Unavailable('a job on shards does not come to its end', { mayHaveApplied: true });
}

function stopIfTold({ isStopping }: Work): void {
  if (isStopping()) throw new Unavailable('this front end is being stopped', { mayHaveApplied: true });
}

/** True: it is over. False: others changed it meanwhile. */
async function runOnce(task: Task, verdict: Verdict | undefined): Promise<boolean> {
  if (task.job.targets.some(({ shard }) => shard === task.row.shard)) return await finish(task);
  if (task.job.kind === 'delete' && verdict === 'gone') return await remove(task);
  return task.job.kind === 'mode' ? await changeModeOnce(task) : await moveOnce(task);
}

// --------------------------------------------------------------------------------------------------------------- steps

async function moveOnce(task: Task): Promise<boolean> {
  const { job } = task;
  const cells = await Promise.all(job.sources.map((source) => stateOf(task, source.shard)));
  // One that has retired means that everything was copied.
  if (!cells.some(({ state }) => state === 'retired')) {
    for (const target of job.targets) await putTarget(task, target, 'filling');
    const copies = job.sources.map(({ shard }) => copyOf(task, shard, (key) => pieceOf(job.targets, key)));
    for (const copy of copies) await noteIfLive(task, copy);
    await seal(task);
    for (const copy of copies) await copyRows(copy);
  }
  await retire(task, job.targets);
  if (await moveMap(task.session, task.home, job, task.bytes)) await finish(task);
  return false;
}

async function changeModeOnce(task: Task): Promise<boolean> {
  const { context, session, home, job, row } = task;
  if (job.targets.length > 0) {
    await retire(task, job.targets);
    if (await moveMap(session, home, job, task.bytes)) await finish(task);
    return false;
  }
  const [source] = job.sources;
  if (source === undefined) throw new Corrupt('a job without sources');
  const mine = newUuid(context.tools.random);
  const noted = { ...job, attempts: [...job.attempts, { shard: mine, at: context.tools.clock.now() }] };
  if (!(await changeJob(session, home, row, noted))) return false;
  const target: Piece = { ...source, shard: mine };
  await putTarget(task, target, 'filling');
  await seal(task);
  await copyRows(copyOf(task, source.shard, () => mine));
  if ((await stateOf(task, source.shard)).state !== 'sealed') return false;
  await choose(task, target);
  return false;
}

/** Puts the complete target into the job, unless another is there. Other workers may note attempts meanwhile. */
async function choose({ session, home, low, job }: Task, target: Piece): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const row = await readMapRow(session, home, low);
    const now = row?.job?.job;
    if (row === undefined || now === undefined || now.id !== job.id || now.targets.length > 0) return;
    if (await changeJob(session, home, row, { ...now, targets: [target] })) return;
  }
}

/** The bucket is gone: nothing takes over. */
async function remove(task: Task): Promise<boolean> {
  await retire(task, []);
  await drop(task, []);
  await endJob(task.session, task.home, task.job.sources, { bytes: task.bytes, removed: true });
  return true;
}

/** From the moment that the map has changed. */
async function finish(task: Task): Promise<boolean> {
  const { session, home, job, bytes } = task;
  stopIfTold(task);
  for (const target of job.targets) await putTarget(task, target, 'live');
  await drop(task, job.targets);
  await endJob(session, home, job.targets, { bytes, removed: false });
  return true;
}

async function seal(task: Task): Promise<void> {
  const { job } = task;
  stopIfTold(task);
  await overAll(task, 'sealed', job.kind === 'move' ? job.targets : []);
}

async function retire(task: Task, targets: readonly Piece[]): Promise<void> {
  stopIfTold(task);
  await overAll(task, 'retired', targets);
}

async function overAll(task: Task, state: ShardState, targets: readonly Piece[]): Promise<void> {
  for (const { shard } of task.job.sources)
    await writeState(task.session, shard, state, overOf(task, await stateOf(task, shard), targets));
}

/** Seals the sources of a job that waits for a verdict. */
export async function sealForDeletion(work: Work, row: MapRow): Promise<void> {
  if (row.job === undefined) return;
  const session = sessionOf(work.context, work.home);
  await seal({ ...work, session, row, job: row.job.job, bytes: row.job.bytes });
}

/** Drops what is left in the sources, and in what other workers copied. */
async function drop(task: Task, targets: readonly Piece[]): Promise<void> {
  const { session, job } = task;
  for (const { shard } of job.sources)
    await dropRows(session, shard, overOf(task, await stateOf(task, shard), targets));
  const chosen = new Set(targets.map(({ shard }) => shard));
  for (const { shard } of job.attempts) {
    if (chosen.has(shard)) continue;
    const [source] = job.sources;
    if (source !== undefined) await dropRows(session, shard, { ...fixedOf(job, source), over: noneOf(job) });
  }
}

/**
 * Notes what the copy may leave out. Nothing, when somebody sealed the source before the notes were made. A split is in a
 * hurry, because its shard grows meanwhile: it takes all along, and its pieces are vacuumed by themselves.
 */
async function noteIfLive(task: Task, copy: Copy): Promise<void> {
  const isLive = async () => (await stateOf(task, copy.source)).state === 'live';
  const { kind, sources, targets } = task.job;
  if (kind !== 'move' || targets.length > sources.length || !(await isLive())) return;
  await noteDead(copy);
  if (!(await isLive())) copy.dead.clear();
}

function copyOf(task: Task, source: Uuid, targetOf: (key: Buffer) => Uuid): Copy {
  const { context, session, home, job } = task;
  const goOn = () => stopIfTold(task);
  return { context, session, home, source, floor: job.floor, targetOf, goOn, dead: new DeadBefore() };
}

// -------------------------------------------------------------------------------------------------------------- states

async function stateOf({ session, home }: Task, shard: Uuid): Promise<StateCell> {
  const state = await readState(session, shard);
  if (state === undefined) throw new Corrupt(`bucket ${home.bucketId}: shard ${shard} has lost its state`);
  return state;
}

async function putTarget({ session, job }: Task, target: Piece, state: ShardState): Promise<void> {
  await writeState(session, target.shard, state, { ...fixedOf(job, target), over: undefined });
}

function fixedOf({ mode, floor, epoch }: Job, { low, high }: Piece): Fixed {
  return { low, high, mode, floor, epoch };
}

const noneOf = ({ kind, floor }: Job): Succession => ({ kind, floor, next: [] });

/** The source as it is, with those that take over from it. */
function overOf({ job }: Task, { low, high, mode, floor, epoch }: StateCell, targets: readonly Piece[]) {
  const reaches = (target: Piece) =>
    (high === undefined || target.low.compare(high) < 0) && (target.high === undefined || target.high.compare(low) > 0);
  const next = targets.filter(reaches).map((target) => ({ low: target.low, shard: target.shard }));
  return { low, high, mode, floor, epoch, over: { kind: job.kind, floor: job.floor, next } };
}

function pieceOf(targets: readonly Piece[], key: Buffer): Uuid {
  const found = targets.find((target) => covers(target, key));
  if (found === undefined) throw new Corrupt('a row outside of its shard');
  return found.shard;
}
