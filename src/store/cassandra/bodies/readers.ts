/** Which bodies are being read in this process: the collector leaves them for later. */

import type { Uuid } from '../database/types.ts';

export class Readers {
  readonly #counts = new Map<Uuid, number>();

  isRead(body: Uuid): boolean {
    return this.#counts.has(body);
  }

  /** Counted from the first piece that is asked for to the end, however it comes. */
  async *during<T>(body: Uuid, source: AsyncIterable<T>): AsyncGenerator<T> {
    this.#counts.set(body, (this.#counts.get(body) ?? 0) + 1);
    try {
      yield* source;
    } finally {
      const left = (this.#counts.get(body) ?? 1) - 1;
      if (left > 0) this.#counts.set(body, left);
      else this.#counts.delete(body);
    }
  }
}
