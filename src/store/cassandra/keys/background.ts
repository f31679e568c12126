/**
 * Work that follows an acknowledgement: tidying, releasing. Some at a time; what is too much or fails is given up, and left
 * to the collector, which knows of it from the ledger.
 */

import type { Log } from '../../../base/log.ts';

/** Tasks at a time. Each is a few small statements. */
const WIDTH = 16;
/** Tasks that may wait: more, and the database is slower than the clients. */
const WAITING = 10_000;

interface Task {
  readonly work: () => Promise<void>;
  readonly givenUp: () => void;
}

export class Background {
  readonly #log: Log | undefined;
  readonly #waiting: Task[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /** `givenUp` is called instead of an end that `work` did not reach. */
  run(task: Task): void {
    if (this.#waiting.length >= WAITING) {
      task.givenUp();
      return;
    }
    this.#waiting.push(task);
    this.#next();
  }

  /** Waits for all of it. */
  async close(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #next(): void {
    if (this.#running.size >= WIDTH) return;
    const task = this.#waiting.shift();
    if (task === undefined) return;
    const run = this.#run(task).finally(() => {
      this.#running.delete(run);
      this.#next();
    });
    this.#running.add(run);
  }

  async #run({ work, givenUp }: Task): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log?.warn('tidying after a change is left to the collector', { error: message });
      givenUp();
    }
  }
}
