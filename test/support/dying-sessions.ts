/**
 * Sessions of a front end that dies: one of its statements that write is applied, but its answer never comes, and nothing
 * that it sends afterwards is. A death in front of a statement is one behind the statement before it.
 */

import type { Session, Sessions } from '../../src/store/cassandra/database/types.ts';
import { Unavailable } from '../../src/store/port.ts';

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
  readonly sessions = (real: Sessions): Sessions => {
    const dying = new Map(real.regions.map((region) => [region, this.#session(real.of(region))]));
    const of = (region: string): Session => dying.get(region) ?? real.of(region);
    return { regions: real.regions, home: of(real.home.region), of, close: () => real.close() };
  };

  #session(real: Session): Session {
    return {
      region: real.region,
      read: (...values) => this.#alive(() => real.read(...values)),
      write: (...values) => this.#counted(() => real.write(...values)),
      batch: (...values) => this.#counted(() => real.batch(...values)),
      cas: (...values) => this.#counted(() => real.cas(...values)),
      casBatch: (...values) => this.#counted(() => real.casBatch(...values)),
      nodes: () => real.nodes(),
      replicas: (...values) => real.replicas(...values),
      readFrom: (...values) => this.#alive(() => real.readFrom(...values)),
    };
  }

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
