/**
 * When keys were last used. The time is the cell's timestamp, so of several front ends' the latest counts.
 *
 * A row belongs to one birth of a key: a key that is gone has none, and one that is made anew with the same id does not
 * inherit what was noted, however late, of the one before. What a removed key leaves is a row that nobody asks for.
 */

import type { KeyClient } from '../../../model/entities.ts';
import type { Value } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Tools } from '../types.ts';
import { seal, unseal } from './records.ts';
import { NOTE_CLIENT, NOTE_USE, READ_CLIENT, READ_USE } from './statements.ts';

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

  async clients(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyClient>> {
    const { home } = this.#tools.sessions;
    const found = await eachOf(accessKeyIds, TOGETHER, async (id) => {
      const born = await this.#birthOf(id);
      const [row] = born === undefined ? [] : await home.read(READ_CLIENT, [id, born]);
      return row === undefined ? [] : [[id, clientOf(id, row.v)] as const];
    });
    return new Map(found.flat());
  }

  async note(uses: ReadonlyMap<string, number>, clients: ReadonlyMap<string, KeyClient> = new Map()): Promise<void> {
    const { home } = this.#tools.sessions;
    await eachOf([...uses], TOGETHER, async ([id, at]) => {
      const born = await this.#birthOf(id);
      if (born === undefined) return;
      const client = clients.get(id);
      if (client !== undefined) await home.write(NOTE_CLIENT, [id, born, seal(nameOf(id), client), BigInt(at)]);
      await home.write(NOTE_USE, [id, born, BigInt(at), BigInt(at)]);
    });
  }
}

const nameOf = (accessKeyId: string): string => `the last client of ${accessKeyId}`;

function clientOf(accessKeyId: string, value: Value | undefined): KeyClient {
  const fields = unseal(nameOf(accessKeyId), value);
  const from = fields.text('from');
  return fields.has('agent') ? { from, agent: fields.text('agent') } : { from };
}
