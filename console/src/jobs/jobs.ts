/**
 * What takes a while: many keys deleted, copied, moved, uploaded. A job works through its items, some at a time, goes on when the page
 * changes, and ends by saying what was done, what is in the way, and what failed. A store to subscribe to; knows nothing of pages.
 */

import { isPassing, S3Failure } from '../s3/failure.ts';

export interface Job {
  readonly id: number;
  readonly title: string;
  readonly done: number;
  /** Undefined until it is known how many there are. */
  readonly total: number | undefined;
  readonly failed: number;
  /** The first of those that failed. */
  readonly problems: readonly Failed[];
  readonly state: 'running' | 'done' | 'stopped';
}

export interface Ended<Item> {
  readonly done: number;
  /** Something is there already: nothing was overwritten. */
  readonly exists: readonly Item[];
  readonly failed: readonly Item[];
  readonly stopped: boolean;
}

export interface Plan<Item> {
  readonly title: string;
  readonly items: (signal: AbortSignal) => AsyncIterable<Item> | Iterable<Item>;
  readonly total?: number | undefined;
  /** Answers how many it stands for. */
  readonly each: (item: Item, signal: AbortSignal) => Promise<number>;
  /** What it comes to when nobody tries any more: for items of which a part may be done. Default: the failure itself. */
  readonly over?: ((item: Item, failure: unknown) => PartlyDone) | undefined;
  readonly nameOf: (item: Item) => string;
}

export interface Jobs {
  subscribe(changed: () => void): () => void;
  all(): readonly Job[];
  start<Item>(plan: Plan<Item>): Promise<Ended<Item>>;
  stop(id: number): void;
  /** Takes what has ended out of sight. */
  dismiss(id: number): void;
}

export interface Failed {
  readonly name: string;
  readonly failure: unknown;
}

/** Thrown by `each` of an item that stands for several: some were done, these were not. */
export class PartlyDone extends Error {
  override readonly name = 'PartlyDone';
  readonly done: number;
  readonly failed: readonly Failed[];

  constructor(done: number, failed: readonly Failed[]) {
    super();
    this.done = done;
    this.failed = failed;
  }
}

const IN_FLIGHT = 4;
const RETRIES = 5;
const PROBLEMS = 20;

const isInTheWay = (failure: unknown): boolean =>
  failure instanceof S3Failure && (failure.code === 'PreconditionFailed' || failure.status === 412);

/** 1, 2, 4, 8, 16 seconds, or what the server says. */
export const waitOf = (failure: unknown, turn: number): number =>
  failure instanceof S3Failure && failure.retryAfter !== undefined ? failure.retryAfter * 1000 : 1000 * 2 ** turn;

type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

async function patiently(act: () => Promise<number>, sleep: Sleep, signal: AbortSignal): Promise<number> {
  for (let turn = 0; ; turn++) {
    try {
      return await act();
    } catch (failure) {
      if (signal.aborted || turn === RETRIES || !isPassing(failure)) throw failure;
      await sleep(waitOf(failure, turn), signal);
    }
  }
}

export function createJobs(sleep: Sleep): Jobs {
  const listeners = new Set<() => void>();
  const stoppers = new Map<number, AbortController>();
  let list: readonly Job[] = [];
  let ids = 0;
  const change = (id: number, to: (job: Job) => Partial<Job>): void => {
    list = list.map((job) => (job.id === id ? Object.freeze({ ...job, ...to(job) }) : job));
    for (const listener of listeners) listener();
  };
  const start = async <Item>(plan: Plan<Item>): Promise<Ended<Item>> => {
    const id = ++ids;
    const stopper = new AbortController();
    const { signal } = stopper;
    stoppers.set(id, stopper);
    list = [
      ...list,
      Object.freeze({ id, title: plan.title, done: 0, total: plan.total, failed: 0, problems: [], state: 'running' }),
    ];
    change(id, () => ({}));
    const exists: Item[] = [];
    const failed: Item[] = [];
    const one = async (item: Item): Promise<void> => {
      try {
        const many = await patiently(() => plan.each(item, signal), sleep, signal);
        change(id, (job) => ({ done: job.done + many }));
      } catch (failure) {
        if (isInTheWay(failure) && !signal.aborted) exists.push(item);
        else {
          const partly = partOf(plan, item, failure);
          if (signal.aborted) return change(id, (job) => ({ done: job.done + partly.done }));
          failed.push(item);
          change(id, (job) => ({
            done: job.done + partly.done,
            failed: job.failed + partly.failed.length,
            problems: [...job.problems, ...partly.failed].slice(0, PROBLEMS),
          }));
        }
      }
    };
    await throughAll(plan.items(signal), one, signal).catch((failure: unknown) => {
      if (!signal.aborted)
        change(id, (job) => ({ failed: job.failed + 1, problems: [...job.problems, { name: '', failure }] }));
    });
    change(id, () => ({ state: signal.aborted ? 'stopped' : 'done' }));
    stoppers.delete(id);
    const done = list.find((job) => job.id === id)?.done ?? 0;
    if (!signal.aborted && failed.length === 0 && list.some((job) => job.id === id && job.failed === 0)) dismiss(id);
    return { done, exists, failed, stopped: signal.aborted };
  };
  const dismiss = (id: number): void => {
    list = list.filter((job) => job.id !== id || job.state === 'running');
    for (const listener of listeners) listener();
  };
  return Object.freeze({
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    all: () => list,
    start,
    stop: (id: number) => stoppers.get(id)?.abort(),
    dismiss,
  });
}

function partOf<Item>({ over, nameOf }: Plan<Item>, item: Item, failure: unknown): PartlyDone {
  if (failure instanceof PartlyDone) return failure;
  return over?.(item, failure) ?? new PartlyDone(0, [{ name: nameOf(item), failure }]);
}

/** Some at a time, in order of their beginning. */
async function throughAll<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  act: (item: Item) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    for await (const item of items) {
      if (signal.aborted) break;
      const run: Promise<void> = act(item).finally(() => running.delete(run));
      running.add(run);
      if (running.size >= IN_FLIGHT) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
  }
}
