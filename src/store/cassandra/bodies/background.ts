/** Work that nobody waits for, until the end: what fails here is left to the collector. */

import type { Log } from '../../../base/log.ts';

export class Background {
  readonly #log: Log | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(log: Log | undefined) {
    this.#log = log;
  }

  run(what: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => this.#log?.warn(`${what} failed, it is left to the collector`, {}, error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing is under way, what was begun meanwhile included. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Bytes that may be on their way in this process: what does not fit waits, in order. */
export class Budget {
  #left: number;
  readonly #all: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(bytes: number) {
    this.#all = bytes;
    this.#left = bytes;
  }

  async take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return;
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
  }

  /** For what can go on without. More than there is at all fits when nothing else is on its way. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#fits(next.bytes)) return;
      this.#waiting.shift();
      this.#left -= next.bytes;
      next.go();
    }
  }

  #fits(bytes: number): boolean {
    return bytes <= this.#left || this.#left === this.#all;
  }
}
