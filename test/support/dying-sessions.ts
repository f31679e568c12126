/**
 * Sessions of a front end that dies: one of its statements that write is applied, but its answer never comes, and nothing
 * that it sends afterwards is. A death in front of a statement is one behind the statement before it.
 */

import { Unavailable } from '../../src/store/port.ts';
import { wrapped } from './wrapped-sessions.ts';

export class Death {
  readonly #after: number;
  #writes = 0;

  /** `after`: the number of the last statement, from 1. */
  constructor(after: number) {
    this.#after = after;
  }

  get happened(): boolean {
    return this.#writes >= this.#after;
  }

  /** For `CassandraOptions.through`. */
  readonly sessions = wrapped({
    read: (send) => this.#alive(send),
    write: (send) => this.#counted(send),
  });

  async #alive<T>(send: () => Promise<T>): Promise<T> {
    if (this.happened) throw new Unavailable('this front end is dead', { mayHaveApplied: true });
    return await send();
  }

  #counted<T>(send: () => Promise<T>): Promise<T> {
    return this.#alive(async () => {
      this.#writes++;
      const isLast = this.happened;
      const answer = await send();
      if (isLast) throw new Unavailable('this front end died', { mayHaveApplied: true });
      return answer;
    });
  }
}
