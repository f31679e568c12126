/**
 * Sees to it that shards keep a good size: counts them now and then, splits, merges and vacuums them, and continues jobs that
 * nobody else does. In the background, one job at a time in this process; what fails is logged and comes up again by itself.
 *
 * Nothing is counted exactly or kept: what happens often enough leads, by chance, to a look at the shard. So it makes no
 * difference how many front ends there are, or how often they are started again.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../base/random.ts';
import { Unavailable } from '../../port.ts';
import type { Home, JobKind, Shard, Tools } from '../types.ts';
import { type Context, sessionOf } from './context.ts';
import { find } from './find.ts';
import { beginJob, readMapRow, walkMap } from './jobs.ts';
import { type Count, countDead, countRows, cut, cutsOf, floorNow, needsVacuum, newJob, type Source } from './plan.ts';
import { readState } from './rows.ts';
import { runJob, type Work } from './worker.ts';

/** `vacuum` is a move into one shard of the same bounds; `merge` takes the next one along. */
export type Reshape = 'split' | 'merge' | 'vacuum';

/** A job that was met is left to its worker for so long, and as much again by chance: a copy takes seconds. Milliseconds. */
const RESUME_AFTER_MS = 30_000;
/** Things to do that are remembered. Others come up again. */
const WAITING_MAX = 64;

export class Upkeep {
  readonly #tools: Tools;
  readonly #context: Context;
  readonly #waiting = new Set<string>();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #turn: Promise<void> = Promise.resolve();

  /** `context.met` is this one's. */
  constructor(tools: Tools, contextOf: (met: Context['met']) => Context) {
    this.#tools = tools;
    this.#context = contextOf((home, low, kind, now) => this.#met(home, low, kind, now));
  }

  get context(): Context {
    return this.#context;
  }

  readonly isStopping = (): boolean => this.#closing.signal.aborted;

  /** As `Shards.grew`. */
  grew(shard: Shard): void {
    if (!happens(this.#tools.random, 1, this.#tools.tuning.measureEvery)) return;
    this.#later(shard, 'growth', 0, async () => {
      const { home, low } = shard;
      const source = await this.#sourceAt(home, low);
      if (source === undefined) return;
      const count = await countRows(sessionOf(this.#context, home), source.id, this.#goOn);
      const cuts = cutsOf(count, this.#tools.tuning);
      if (cuts.length > 0) await this.#move(home, [source], cuts);
    });
  }

  /** As `Shards.sawDead`. */
  sawDead(shard: Shard, count: number): void {
    if (!happens(this.#tools.random, count, this.#tools.tuning.vacuumRows)) return;
    this.#later(shard, 'dead rows', 0, async () => {
      const { home, low } = shard;
      const source = await this.#sourceAt(home, low);
      if (source === undefined) return;
      const floor = floorNow(this.#tools, [source.cell.floor]);
      const found = await countDead(sessionOf(this.#context, home), source.id, floor, this.#goOn);
      if (!needsVacuum(found, this.#tools.tuning)) return;
      const rest = { ...found, rows: found.rows - found.dead };
      const cuts = cutsOf(rest, this.#tools.tuning);
      const next = cuts.length === 0 ? await this.#smallNeighbour(home, source, rest) : undefined;
      await this.#move(home, next === undefined ? [source] : [source, next], cuts);
    });
  }

  /** Does it now, whatever the size, to the shard that has the key. False: there is nothing to split or merge. */
  async reshape(home: Home, key: Buffer, what: Reshape): Promise<boolean> {
    return await this.#tracked(async () => {
      const source = await this.#sourceAt(home, key);
      if (source === undefined) return false;
      if (what === 'vacuum') return await this.#move(home, [source], []);
      if (what === 'merge') {
        const next = await this.#neighbour(home, source);
        return next !== undefined && (await this.#move(home, [source, next], []));
      }
      const { samples } = await countRows(sessionOf(this.#context, home), source.id, this.#goOn);
      const cuts = cut(samples, 2);
      return cuts.length > 0 && (await this.#move(home, [source], cuts));
    });
  }

  /** Continues every job of the bucket but deletions, which need a verdict. How many there were. */
  async resume(home: Home): Promise<number> {
    return await this.#tracked(async () => {
      let jobs = 0;
      for await (const { low, job } of walkMap(sessionOf(this.#context, home), home)) {
        if (job === undefined || job.job.kind === 'delete') continue;
        jobs++;
        await runJob(this.#work(home, low));
      }
      return jobs;
    });
  }

  /** Stops at the next step; jobs under way stay for others. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled([...this.#running, this.#turn]);
  }

  #met(home: Home, low: Buffer, kind: JobKind, now: boolean): void {
    if (kind === 'delete' || (kind === 'mode' && !now)) return;
    const delay = now ? 0 : RESUME_AFTER_MS * (1 + fraction(this.#tools.random));
    this.#later({ home, low }, 'unfinished job', delay, async () => {
      if (now && (await this.#isBusy(home, low))) return;
      await runJob(this.#work(home, low));
    });
  }

  /** Somebody began lately to copy for a change of the versioning state: a second copy would only slow it down. */
  async #isBusy(home: Home, low: Buffer): Promise<boolean> {
    const row = await readMapRow(sessionOf(this.#context, home), home, low);
    const since = this.#tools.clock.now() - this.#tools.tuning.sealPatienceMs / 2;
    return row?.job?.job.attempts.some(({ at }) => at > since) ?? false;
  }

  /** The shard that has the key, when it is free for a job. */
  async #sourceAt(home: Home, key: Buffer): Promise<Source | undefined> {
    const session = sessionOf(this.#context, home);
    const found = await find(this.#context, home, key, async (shard) => ({
      state: await readState(session, shard),
      value: undefined,
    }));
    if (found === undefined) return undefined;
    const row = await readMapRow(session, home, found.state.low);
    if (row?.job !== undefined) this.#met(home, row.low, row.job.job.kind, false);
    return row?.shard === found.id && row.job === undefined ? { id: found.id, cell: found.state } : undefined;
  }

  async #neighbour(home: Home, { cell }: Source): Promise<Source | undefined> {
    const next = cell.high === undefined ? undefined : await this.#sourceAt(home, cell.high);
    // Shards of different states of the bucket do not mix.
    return next?.cell.mode === cell.mode && next.cell.epoch === cell.epoch ? next : undefined;
  }

  /** The next shard, when both together stay small. */
  async #smallNeighbour(home: Home, source: Source, { rows }: Count): Promise<Source | undefined> {
    const { mergeRows } = this.#tools.tuning;
    const next = rows < mergeRows ? await this.#neighbour(home, source) : undefined;
    if (next === undefined) return undefined;
    const count = await countRows(sessionOf(this.#context, home), next.id, this.#goOn);
    return rows + count.rows <= mergeRows ? next : undefined;
  }

  async #move(home: Home, sources: readonly Source[], cuts: readonly Buffer[]): Promise<boolean> {
    const job = newJob(this.#tools, 'move', sources, { cuts });
    const [first] = job.sources;
    if (first === undefined || !(await beginJob(sessionOf(this.#context, home), home, job))) return false;
    await runJob(this.#work(home, first.low));
    this.#tools.log?.info('shards moved', {
      bucket: home.bucketId,
      sources: job.sources.length,
      targets: job.targets.length,
    });
    return true;
  }

  #work(home: Home, low: Buffer): Work {
    return { context: this.#context, home, low, isStopping: this.isStopping };
  }

  readonly #goOn = (): void => {
    if (this.isStopping()) throw new Unavailable('this front end is being stopped', { mayHaveApplied: true });
  };

  /** Queues something about a shard, unless the same is waiting. */
  #later({ home, low }: Pick<Shard, 'home' | 'low'>, why: string, delay: number, run: () => Promise<void>): void {
    const name = `${home.region}/${home.bucketId}/${low.toString('base64')} ${why}`;
    if (this.isStopping() || this.#waiting.has(name) || this.#waiting.size >= WAITING_MAX) return;
    this.#waiting.add(name);
    const attempt = async () => {
      try {
        this.#goOn();
        await run();
      } catch (error) {
        const fields = { bucket: home.bucketId, region: home.region, why };
        if (!this.isStopping()) this.#tools.log?.warn('a job on shards is left to be continued later', fields, error);
      } finally {
        this.#waiting.delete(name);
      }
    };
    const inTurn = () => {
      this.#turn = this.#turn.then(attempt);
      return this.#turn;
    };
    // Aborted: the process stops.
    void sleep(delay, undefined, { ref: false, signal: this.#closing.signal }).then(inTurn, () => undefined);
  }

  async #tracked<T>(run: () => Promise<T>): Promise<T> {
    const running = run();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

/** From 0 to 1. */
function fraction(random: Random): number {
  return random.bytes(4).readUInt32BE() / 2 ** 32;
}

/** True once in `every` times on the average, counting this one `times`-fold. */
function happens(random: Random, times: number, every: number): boolean {
  return times > 0 && fraction(random) * every < times;
}
