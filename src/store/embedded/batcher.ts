/**
 * Group commit: mutations that wait while one transaction is being flushed share the next. They run one after another in
 * the write transaction, so that check and effect are one step across all processes, and are answered when it is on disk.
 *
 * Either all of a mutation is applied or nothing. One that fails before it wrote anything is left out; after one that
 * fails later the batch is rolled back and run again without it. A failing disk fails the batch.
 */

import { AssertionError } from 'node:assert';
import { ABORT } from 'lmdb';
import { Conflict, Corrupt, Unavailable } from '../port.ts';
import type { OpenedRows, Tables } from './tables.ts';
import { Transaction, type TransactionContext } from './transaction.ts';

const BATCHES = Object.freeze({
  /** Mutations in one transaction at most: bounds how long other processes wait for the write lock. */
  mutations: 512,
  /** Mutations waiting at most; more are refused. */
  waiting: 20_000,
  /** What rides along waits this long for others at most. */
  rideMs: 100,
  /** A mutation that is not durable by then is answered "may have been applied": the disk hangs. */
  deadlineMs: 60_000,
});

interface Job {
  readonly work: (transaction: Transaction) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  started: boolean;
  failure: unknown;
  result: unknown;
}

export class Batcher {
  readonly #context: TransactionContext;
  readonly #tables: Tables;
  #queue: Job[] = [];
  /** Join the next batch, whoever begins it. */
  #riders: Job[] = [];
  #departure: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #settling = new Set<Promise<void>>();
  #refusal: string | undefined;
  #sequence: number;

  constructor(context: TransactionContext, sequence: number, readOnly: boolean) {
    this.#context = context;
    this.#tables = context.tables;
    this.#sequence = sequence;
    this.#refusal = readOnly ? 'the store is open for reading only' : undefined;
  }

  /** A change that was committed by now, by this process or, as far as noticed, by another. Never runs ahead. */
  sequence(): number {
    return this.#sequence;
  }

  notice(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /** Runs `work` in a write transaction. Resolves with its result once that is durable. */
  run<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#enter(work, (job) => {
      this.#queue.push(job);
      this.#running ??= this.#drain();
    });
  }

  /** The same for what is not worth a flush of its own: in the batch of others, or after a moment in one without. */
  ride<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.#enter(work, (job) => {
      this.#riders.push(job);
      this.#departure ??= setTimeout(() => this.#depart(), BATCHES.rideMs);
    });
  }

  /** Those that still wait to ride along get a batch of their own. */
  #depart(): void {
    clearTimeout(this.#departure);
    this.#departure = undefined;
    this.#queue.push(...this.#riders.splice(0));
    if (this.#queue.length > 0) this.#running ??= this.#drain();
  }

  #enter<T>(work: (transaction: Transaction) => T, board: (job: Job) => void): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(unavailable(this.#refusal, false));
    if (this.#queue.length + this.#riders.length >= BATCHES.waiting)
      return Promise.reject(unavailable('too many writes are waiting', false));
    return new Promise<T>((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#queue = this.#queue.filter((one) => one !== job);
        reject(unavailable('the disk does not answer', job.started));
      }, BATCHES.deadlineMs);
      const job: Job = {
        work,
        started: false,
        failure: undefined,
        result: undefined,
        resolve: (value) => {
          clearTimeout(deadline);
          resolve(value as T);
        },
        reject: (error) => {
          clearTimeout(deadline);
          reject(error);
        },
      };
      board(job);
    });
  }

  /** Waits for all that was accepted. */
  async close(): Promise<void> {
    this.#refusal = 'the store is closed';
    this.#depart();
    while (this.#running !== undefined || this.#settling.size > 0)
      await Promise.all([this.#running, ...this.#settling]);
  }

  async #drain(): Promise<void> {
    // Requests that arrive in the same turn of the event loop join the first batch already.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      let jobs = this.#queue.splice(0, BATCHES.mutations);
      jobs.push(...this.#riders.splice(0, BATCHES.mutations - jobs.length));
      while (jobs.length > 0) jobs = await this.#commit(jobs);
    }
    this.#running = undefined;
  }

  /** Commits these jobs together and answers them; returns those that have to be run again. */
  async #commit(jobs: readonly Job[]): Promise<Job[]> {
    let transaction: Transaction | undefined;
    let spoiler: Job | undefined;
    const rows = this.#tables.env.rows();
    try {
      await rows.root.childTransaction(() => {
        if (this.#tables.env.rows() !== rows) throw unavailable('another drive leads now', false);
        transaction = new Transaction(this.#context);
        spoiler = runAll(jobs, transaction);
        if (spoiler !== undefined) return ABORT;
        transaction.finish();
        return undefined;
      });
    } catch (error) {
      await this.#failed(jobs, { rows, transaction }, error);
      return [];
    }
    if (spoiler !== undefined) {
      transaction?.failed('undone');
      spoiler.reject(spoiler.failure);
      return jobs.filter((job) => job !== spoiler);
    }
    if (transaction !== undefined) this.notice(transaction.counters.sequence);
    if (this.#context.journal === undefined || transaction === undefined) answer(jobs);
    else this.#settle(jobs, transaction, this.#context.journal.settled(rows));
    return [];
  }

  /** Answers these jobs when the other drives have them too; the next batch need not wait for that. */
  #settle(jobs: readonly Job[], transaction: Transaction, settled: Promise<void>): void {
    const settling = settled
      .then(() => answer(jobs))
      .catch((cause: unknown) => {
        transaction.failed('unknown');
        for (const job of jobs) job.reject(new Unavailable('a drive failed', { mayHaveApplied: true, cause }));
      })
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  async #failed(
    jobs: readonly Job[],
    { rows, transaction }: { readonly rows: OpenedRows; readonly transaction: Transaction | undefined },
    error: unknown,
  ): Promise<void> {
    // A commit that failed in the library carries its reason as a promise. Whether it reached the disk is not known then.
    const reason = error instanceof Error && 'commitError' in error ? error.commitError : undefined;
    const mayHaveApplied = reason !== undefined;
    transaction?.failed(mayHaveApplied ? 'unknown' : 'undone');
    const cause = reason instanceof Promise ? await reason.catch((why: unknown) => why) : error;
    if (!isOwn(cause)) await this.#context.journal?.broke(rows, cause);
    for (const job of jobs) job.reject(new Unavailable('the rows could not be written', { mayHaveApplied, cause }));
  }
}

function answer(jobs: readonly Job[]): void {
  for (const job of jobs) {
    if (job.failure === undefined) job.resolve(job.result);
    else job.reject(job.failure);
  }
}

/** Runs the jobs in order. Returns the one that failed after it had written something, if any: the batch is spoiled then. */
function runAll(jobs: readonly Job[], transaction: Transaction): Job | undefined {
  for (const job of jobs) {
    job.started = true;
    job.failure = undefined;
    transaction.begin();
    try {
      job.result = job.work(transaction);
    } catch (error) {
      if (!isOwn(error)) throw error;
      job.failure = error;
      if (transaction.wrote) return job;
    }
  }
  return undefined;
}

/** Failures of one mutation. Everything else comes from the library and concerns the whole transaction. */
const isOwn = (error: unknown): boolean =>
  error instanceof Conflict ||
  error instanceof Corrupt ||
  error instanceof Unavailable ||
  error instanceof AssertionError ||
  error instanceof TypeError ||
  error instanceof RangeError;

const unavailable = (message: string, mayHaveApplied: boolean): Unavailable =>
  new Unavailable(message, { mayHaveApplied });
