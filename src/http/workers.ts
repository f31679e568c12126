/**
 * Worker processes: one that serves in this process, or several behind a primary that looks after them.
 *
 * With one worker there is no cluster: everything runs here. With more, the primary does what must be done once
 * (background work, Console, metrics), starts the workers, starts those again that die, and passes on stop and reload.
 * A worker that dies before all were ready once is a failed start and ends the whole: a port in use does not get free by
 * trying. Signals: SIGTERM and SIGINT stop, a second one stops at once; SIGHUP reloads.
 * Left out: moving requests off a dying worker, and scaling with load.
 */

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Clock } from '../base/clock.ts';
import type { Limits } from '../base/limits.ts';
import type { Log } from '../base/log.ts';

/** Something that was started. */
export interface Running {
  /** Graceful and bounded. */
  stop(): Promise<void>;
  /** Reads again what may change while it runs (certificates). */
  reload(): void;
}

export interface WorkersOptions {
  readonly workers: number;
  /** What each worker does. In the primary's own process when there is one worker, after `once`. */
  readonly serve: () => Promise<Running>;
  /** What must run exactly once. Ends after the workers. */
  readonly once: () => Promise<Running>;
  /** Everything runs: what the operator is told then. Called in the primary only. */
  readonly ready: () => void;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'stopMs' | 'workerRestartMs' | 'workerRestartMaxMs'>;
}

/** Exit codes. */
const STOPPED = 0;
const FAILED = 1;
const FORCED = 130;
/** A worker that should have stopped by itself is killed this much later. Milliseconds. */
const STOP_SLACK_MS = 5000;
/** A stop signal that comes again within this time is the same one. Milliseconds. */
const ECHO_MS = 400;

/** Runs until told to stop; resolves with the exit code. Rejects when the start fails in this process. */
export function runWorkers(options: WorkersOptions): Promise<number> {
  if (cluster.isWorker) return runWorker(options);
  return options.workers <= 1 ? runAlone(options) : new Primary(options).run();
}

async function runAlone({ serve, once: runOnce, ready, clock }: WorkersOptions): Promise<number> {
  const signals = watchSignals(clock);
  try {
    const shared = await runOnce();
    const server = await startOrUndo(serve, shared);
    signals.onReload(() => {
      shared.reload();
      server.reload();
    });
    ready();
    await signals.stop;
    const stopped = server.stop().then(() => shared.stop());
    return await Promise.race([stopped.then(() => STOPPED), signals.force.then(() => FORCED)]);
  } finally {
    signals.end();
  }
}

async function startOrUndo(serve: () => Promise<Running>, shared: Running): Promise<Running> {
  try {
    return await serve();
  } catch (error) {
    await shared.stop();
    throw error;
  }
}

/** In a worker process: told by the primary, deaf to the terminal, and gone when the primary is. */
async function runWorker({ serve }: WorkersOptions): Promise<number> {
  const deaf = () => {};
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, deaf);
  const stop = new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (message === STOP) resolve();
    });
    process.on('disconnect', resolve);
  });
  const server = await serve();
  process.on('message', (message) => {
    if (message === RELOAD) server.reload();
  });
  process.send?.(READY);
  await stop;
  await server.stop();
  return STOPPED;
}

const STOP = 'moraine:stop';
const RELOAD = 'moraine:reload';
const READY = 'moraine:ready';

class Primary {
  readonly #options: WorkersOptions;
  readonly #signals: Signals;
  readonly #startedAt = new Map<number, number>();
  readonly #waiting = new Set<NodeJS.Timeout>();
  #ready = 0;
  #restartMs: number;
  #stopping = false;
  #failed: () => void = () => {};

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#signals = watchSignals(options.clock);
    this.#restartMs = options.limits.workerRestartMs;
  }

  async run(): Promise<number> {
    const { workers, once: runOnce } = this.#options;
    const failed = new Promise<number>((resolve) => {
      this.#failed = () => resolve(FAILED);
    });
    try {
      const shared = await runOnce();
      this.#signals.onReload(() => {
        shared.reload();
        for (const worker of living()) worker.send(RELOAD);
      });
      cluster.on('message', this.#onMessage);
      cluster.on('exit', this.#onExit);
      for (let i = 0; i < workers; i++) this.#fork();
      const code = await Promise.race([this.#signals.stop.then(() => STOPPED), failed]);
      const stopped = this.#stop(shared).then(() => code);
      return await Promise.race([stopped, this.#signals.force.then(() => this.#kill())]);
    } finally {
      cluster.off('message', this.#onMessage);
      cluster.off('exit', this.#onExit);
      this.#signals.end();
    }
  }

  #fork(): void {
    const worker = cluster.fork();
    this.#startedAt.set(worker.id, this.#options.clock.monotonic());
    worker.on('error', (error) => this.#options.log.error('a worker cannot be reached', { worker: worker.id }, error));
  }

  readonly #onMessage = (_worker: Worker, message: unknown): void => {
    if (message !== READY) return;
    this.#ready += 1;
    if (this.#ready === this.#options.workers) this.#options.ready();
  };

  readonly #onExit = (worker: Worker, code: number | null, signal: string | null): void => {
    if (this.#stopping) return;
    const { log, clock, limits, workers } = this.#options;
    const lived = clock.monotonic() - (this.#startedAt.get(worker.id) ?? 0);
    this.#startedAt.delete(worker.id);
    log.error('a worker died', { worker: worker.id, code: code ?? undefined, signal: signal ?? undefined });
    if (this.#ready < workers) {
      this.#failed();
      return;
    }
    const steady = lived > limits.workerRestartMaxMs;
    const delay = steady ? limits.workerRestartMs : this.#restartMs;
    this.#restartMs = Math.min(delay * 2, limits.workerRestartMaxMs);
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#fork();
    }, delay);
    this.#waiting.add(timer);
  };

  async #stop(shared: Running): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    const gone = living().map((worker) => once(worker, 'exit'));
    for (const worker of living()) if (worker.isConnected()) worker.send(STOP);
    const late = setTimeout(() => this.#kill(), this.#options.limits.stopMs + STOP_SLACK_MS);
    await Promise.all(gone);
    clearTimeout(late);
    await shared.stop();
  }

  #kill(): number {
    for (const worker of living()) worker.process.kill('SIGKILL');
    return FORCED;
  }
}

const living = (): readonly Worker[] =>
  Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker !== undefined && !worker.isDead());

interface Signals {
  /** SIGTERM or SIGINT came. */
  readonly stop: Promise<void>;
  /** It came again. */
  readonly force: Promise<void>;
  onReload(listener: () => void): void;
  end(): void;
}

/** `clock` tells a second signal from an echo: supervisors and `timeout` signal a process and its group. */
function watchSignals(clock: Clock): Signals {
  const stop = Promise.withResolvers<void>();
  const force = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  let reload = () => {};
  const onStop = () => {
    const now = clock.monotonic();
    stop.resolve();
    firstAt ??= now;
    if (now - firstAt > ECHO_MS) force.resolve();
  };
  const onReload = () => reload();
  process.on('SIGTERM', onStop);
  process.on('SIGINT', onStop);
  process.on('SIGHUP', onReload);
  return {
    stop: stop.promise,
    force: force.promise,
    onReload: (listener) => {
      reload = listener;
    },
    end: () => {
      process.off('SIGTERM', onStop);
      process.off('SIGINT', onStop);
      process.off('SIGHUP', onReload);
    },
  };
}
