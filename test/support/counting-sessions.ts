/** Sessions that count what passes: statements sent, and rows that reads brought back. */

import { wrapped } from './wrapped-sessions.ts';

export interface Counts {
  readonly statements: number;
  readonly rows: number;
}

export class Counter {
  #statements = 0;
  #rows = 0;

  get counts(): Counts {
    return { statements: this.#statements, rows: this.#rows };
  }

  /** What `work` alone sends: nothing else may be under way on these sessions. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly counts: Counts }> {
    const before = this.counts;
    const result = await work();
    const { statements, rows } = this.counts;
    return { result, counts: { statements: statements - before.statements, rows: rows - before.rows } };
  }

  /** For `CassandraOptions.through`. */
  readonly sessions = wrapped({
    read: (send) => this.#reading(send),
    write: (send) => this.#counted(send),
  });

  #counted<T>(send: () => Promise<T>): Promise<T> {
    this.#statements++;
    return send();
  }

  async #reading<T>(send: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const rows = await this.#counted(send);
    this.#rows += rows.length;
    return rows;
  }
}
