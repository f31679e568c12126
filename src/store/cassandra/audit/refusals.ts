/**
 * Refused requests, kept for a while so that they can be explained by their id.
 *
 * They are in the region of the front end that refused them: they say what was asked for there. Rows expire by themselves;
 * beyond `refusalsKept` each process removes its own oldest ones, so that nobody fills the disks with what he was refused.
 */

import type { Refusal } from '../../../model/entities.ts';
import { eachOf } from '../parallel.ts';
import { ZERO } from '../tags.ts';
import type { Tools } from '../types.ts';
import { refusalBytes, refusalOf } from './records.ts';
import { DROP_REFUSAL, PUT_REFUSAL, READ_REFUSAL } from './statements.ts';

const DAY_SECONDS = 86_400;
const DAY_MS = 1000 * DAY_SECONDS;
const WRITES_TOGETHER = 16;

export class Refusals {
  readonly #tools: Tools;
  /** Of this process, oldest first. */
  readonly #kept = new Set<string>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async get(requestId: string): Promise<Refusal | undefined> {
    const { home, regions, of } = this.#tools.sessions;
    const others = regions.filter((region) => region !== home.region);
    for (const some of [[home.region], others]) {
      const found = await Promise.all(some.map((region) => of(region).read(READ_REFUSAL, [requestId])));
      const [row] = found.flat();
      if (row !== undefined) return this.#unlessOver(refusalOf(requestId, row.v));
    }
    return undefined;
  }

  /** The database takes it away by its own clock. */
  #unlessOver(refusal: Refusal): Refusal | undefined {
    const { clock, limits } = this.#tools;
    return refusal.at + limits.refusalDays * DAY_MS > clock.now() ? refusal : undefined;
  }

  async note(refusals: readonly Refusal[]): Promise<void> {
    const { sessions, limits, tags } = this.#tools;
    const seconds = limits.refusalDays * DAY_SECONDS;
    await eachOf(refusals, WRITES_TOGETHER, async (refusal) => {
      const values = [refusal.requestId, refusalBytes(refusal), tags.blind(ZERO, 0n).time, seconds];
      await sessions.home.write(PUT_REFUSAL, values);
    });
    for (const { requestId } of refusals) {
      this.#kept.delete(requestId);
      this.#kept.add(requestId);
    }
    const surplus = [...this.#kept.values().take(Math.max(0, this.#kept.size - limits.refusalsKept))];
    for (const requestId of surplus) this.#kept.delete(requestId);
    await eachOf(surplus, WRITES_TOGETHER, (requestId) =>
      sessions.home.write(DROP_REFUSAL, [tags.blind(ZERO, 0n).time, requestId]),
    );
  }
}
