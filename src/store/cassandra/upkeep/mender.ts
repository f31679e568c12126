/**
 * Continues what other front ends began and left: buckets on their way from one state to another, and jobs on their shards.
 * (Most is finished by whoever meets it; here what nobody meets.)
 *
 * All buckets are looked at in turn, a few in each round, and not again before a while has passed.
 */

import { Corrupt, type MendReport } from '../../port.ts';
import { bucketRecord } from '../buckets/records.ts';
import type { RegionName, Row } from '../database/types.ts';
import type { Home, Tools } from '../types.ts';
import { SCAN_BUCKETS } from './statements.ts';
import { walkTable } from './walk.ts';

/** From the end of one turn to the beginning of the next. Milliseconds. */
const PAUSE_MS = 15 * 60_000;

export interface MenderContext {
  readonly tools: Tools;
  /** Has a bucket brought to rest, in the background. */
  readonly bucketById: (id: string) => Promise<unknown>;
  /** Continues the jobs on its shards; how many there were. */
  readonly resumeJobs: (home: Home) => Promise<number>;
}

export class Mender {
  readonly #context: MenderContext;
  #turn: AsyncGenerator<Home> | undefined;
  /** Monotonic. */
  #next = 0;

  constructor(context: MenderContext) {
    this.#context = context;
  }

  async mend({ limit }: { readonly limit: number }): Promise<MendReport> {
    const { clock } = this.#context.tools;
    if (this.#turn === undefined && clock.monotonic() < this.#next) return { mended: 0, done: true };
    this.#turn ??= buckets(this.#context.tools);
    let mended = 0;
    for (let looked = 0; looked < limit; looked++) {
      const { value: home, done } = await this.#turn.next();
      if (done) {
        this.#turn = undefined;
        this.#next = clock.monotonic() + PAUSE_MS;
        return { mended, done: true };
      }
      await this.#context.bucketById(home.bucketId);
      mended += await this.#context.resumeJobs(home);
    }
    return { mended, done: false };
  }
}

async function* buckets({ sessions }: Tools): AsyncGenerator<Home> {
  for (const region of sessions.regions) {
    for await (const page of walkTable(sessions.of(region), SCAN_BUCKETS, ({ id }) => String(id))) {
      for (const row of page) if (isLeft(region, row)) yield { region, bucketId: String(row.id) };
    }
  }
}

/** Whether there can be anything to do: of those that are gone, what is left is done by who meets their name. */
function isLeft(region: RegionName, row: Row): boolean {
  try {
    return bucketRecord({ region, bucketId: String(row.id) }, row).state !== 'gone';
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
    return false;
  }
}
