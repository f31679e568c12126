/** Sessions that count what passes: statements sent, and rows that reads brought back. */

import type { Session, Sessions } from '../../src/store/cassandra/database/types.ts';

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
  readonly sessions = (real: Sessions): Sessions => {
    const counting = new Map(real.regions.map((region) => [region, this.#session(real.of(region))]));
    const of = (region: string): Session => counting.get(region) ?? real.of(region);
    return { regions: real.regions, home: of(real.home.region), of, close: () => real.close() };
  };

  #session(real: Session): Session {
    return {
      region: real.region,
      read: (...values) => this.#reading(() => real.read(...values)),
      write: (...values) => this.#counted(() => real.write(...values)),
      batch: (...values) => this.#counted(() => real.batch(...values)),
      cas: (...values) => this.#counted(() => real.cas(...values)),
      casBatch: (...values) => this.#counted(() => real.casBatch(...values)),
      nodes: () => real.nodes(),
      replicas: (...values) => real.replicas(...values),
      readFrom: (...values) => this.#reading(() => real.readFrom(...values)),
    };
  }

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
