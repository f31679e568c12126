/**
 * When keys were last used. The time is the cell's timestamp, so of several front ends' the latest counts.
 *
 * A row belongs to one birth of a key: a key that is gone has none, and one that is made anew with the same id does not
 * inherit what was noted, however late, of the one before. What a removed key leaves is a row that nobody asks for.
 */

import { eachOf } from '../parallel.ts';
import type { Tools } from '../types.ts';
import { NOTE_USE, READ_USE } from './statements.ts';

/** Keys looked at together. */
const TOGETHER = 32;

export class KeyUses {
  readonly #tools: Tools;
  readonly #birthOf: (accessKeyId: string) => Promise<string | undefined>;

  /** `birthOf`: undefined where there is no such key. */
  constructor(tools: Tools, birthOf: (accessKeyId: string) => Promise<string | undefined>) {
    this.#tools = tools;
    this.#birthOf = birthOf;
  }

  async read(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { home } = this.#tools.sessions;
    const found = await eachOf(accessKeyIds, TOGETHER, async (id) => {
      const born = await this.#birthOf(id);
      const [row] = born === undefined ? [] : await home.read(READ_USE, [id, born]);
      return row?.used === undefined ? [] : [[id, Number(row.used)] as const];
    });
    return new Map(found.flat());
  }

  async note(uses: ReadonlyMap<string, number>): Promise<void> {
    const { home } = this.#tools.sessions;
    await eachOf([...uses], TOGETHER, async ([id, at]) => {
      const born = await this.#birthOf(id);
      if (born !== undefined) await home.write(NOTE_USE, [id, born, BigInt(at), BigInt(at)]);
    });
  }
}
