/**
 * The index of a bucket's unfinished uploads (`upload_index`): in the order of key, start and id, in a fixed number of
 * partitions, merged when they are listed. Rows are hints: each is verified by the upload's own row.
 *
 * Who makes an upload stores the hint first; who ends one removes the hint before the row. So a hint without a row belongs
 * to an upload that is just being made, or whose maker died. Those of makers that died are removed when they are old:
 * a maker does not acknowledge what took it longer than `commitWithinMs`, and a hint counts as old after `unsettledMs`.
 *
 * Ended uploads leave deletion marks in the partitions that listings read. They stay few enough: an upload's mark goes into
 * one of sixteen partitions by its id, and because a hint that comes back is only verified in vain, the marks need not be
 * kept for ten days but only for the hours of `gc_grace_seconds`, and are compacted away soon after (`tables.ts`). Cassandra
 * refuses a read that meets 100,000 marks: a bucket would have to end some 100 uploads in every second, day and night.
 */

import { createHash } from 'node:crypto';
import type { Upload } from '../../../model/entities.ts';
import { Corrupt, type ScanFrom } from '../../port.ts';
import type { Row, Session } from '../database/types.ts';
import { eachOf } from '../parallel.ts';
import type { Home, Tools } from '../types.ts';
import type { UploadRow } from './state.ts';
import { PUT_HINT, READ_HINTS, REMOVE_HINT } from './statements.ts';

/** Part of the format: where a hint is follows from it. */
const SLOTS = 16;
/** Hints read from one slot at a time, at least and at most. */
const PAGE_MIN = 16;
const PAGE_MAX = 128;
/** Upload rows read at a time to verify hints. */
const VERIFIED_AT_ONCE = 32;
/** Before every start that an upload can have. */
const BEFORE_ALL = -(2n ** 63n);

export interface Hint {
  readonly key: Buffer;
  readonly at: bigint;
  readonly id: string;
}

/** A place between hints: the next is the first behind it. */
export type Behind = Hint;

export const START: Behind = Object.freeze({ key: Buffer.alloc(0), at: BEFORE_ALL, id: '' });

export const hintOf = (upload: Upload): Hint => ({
  key: Buffer.from(upload.key),
  at: BigInt(upload.initiatedAt),
  id: upload.uploadId,
});

/** Where a listing begins that begins at or behind a key. */
export function behindOf({ key, inclusive }: ScanFrom): Behind {
  const bytes = Buffer.from(key);
  return { key: inclusive ? bytes : Buffer.concat([bytes, Buffer.of(0)]), at: BEFORE_ALL, id: '' };
}

export class Hints {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async put(home: Home, hint: Hint): Promise<void> {
    await this.#session(home).write(PUT_HINT, valuesOf(home, hint));
  }

  async remove(home: Home, hint: Hint): Promise<void> {
    await this.#session(home).write(REMOVE_HINT, valuesOf(home, hint));
  }

  /** Its maker died, or will not acknowledge it. */
  isOld({ at }: Hint): boolean {
    return this.#tools.clock.now() - Number(at) > this.#tools.tuning.unsettledMs;
  }

  /**
   * The uploads of a bucket in order, behind a place, at most `limit`; `read` gives an upload's row, or says that its hint is
   * about to go. One statement for each page of each slot, and one for each hint; in memory is a page of each slot.
   */
  async list(
    home: Home,
    query: { readonly behind: Behind; readonly limit: number },
    read: (id: string) => Promise<UploadRow | 'ended' | undefined>,
  ): Promise<readonly UploadRow[]> {
    const merge = new Merge(
      (slot, behind, limit) => this.page(home, { slot, behind, limit }),
      query.behind,
      Math.ceil((query.limit / SLOTS) * 2),
    );
    const found: UploadRow[] = [];
    while (found.length < query.limit) {
      const hints = await merge.take(Math.min(VERIFIED_AT_ONCE, query.limit - found.length));
      if (hints.length === 0) break;
      const rows = await eachOf(hints, VERIFIED_AT_ONCE, async (hint) => {
        const row = await read(hint.id);
        if (row === undefined && this.isOld(hint)) await this.remove(home, hint);
        return row;
      });
      for (const row of rows) {
        if (row !== undefined && row !== 'ended' && row.upload.bucketId === home.bucketId) found.push(row);
      }
    }
    return found;
  }

  /** Hints of one slot, in order. */
  async page(
    home: Home,
    { slot, behind, limit }: { readonly slot: number; readonly behind: Behind; readonly limit: number },
  ): Promise<readonly Hint[]> {
    const { key, at, id } = behind;
    return (await this.#session(home).read(READ_HINTS, [home.bucketId, slot, key, at, id, limit])).map(hintOfRow);
  }

  /** All hints of a bucket, slot by slot, page by page. */
  async *all(home: Home): AsyncGenerator<readonly Hint[]> {
    for (let slot = 0; slot < SLOTS; slot++) {
      let behind = START;
      for (;;) {
        const page = await this.page(home, { slot, behind, limit: PAGE_MAX });
        if (page.length > 0) yield page;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE_MAX) break;
        behind = last;
      }
    }
  }

  #session(home: Home): Session {
    return this.#tools.sessions.of(home.region);
  }
}

const valuesOf = (home: Home, { key, at, id }: Hint) => [home.bucketId, slotOf(id), key, at, id];

export function slotOf(uploadId: string): number {
  return createHash('sha256').update(uploadId).digest().readUInt8(0) % SLOTS;
}

function hintOfRow({ k, at, id }: Row): Hint {
  if (!Buffer.isBuffer(k) || typeof at !== 'bigint' || typeof id !== 'string') {
    throw new Corrupt('a hint of an upload without key, start or id');
  }
  return { key: k, at, id };
}

export function compareHints(a: Hint, b: Hint): number {
  const byKey = Buffer.compare(a.key, b.key);
  if (byKey !== 0) return byKey;
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
}

interface Slot {
  readonly slot: number;
  page: readonly Hint[];
  /** The first of the page that was not taken. */
  at: number;
  /** Where the next page begins; undefined: there is none. */
  behind: Behind | undefined;
}

/** Takes hints from all slots in their common order. */
class Merge {
  readonly #read: (slot: number, behind: Behind, limit: number) => Promise<readonly Hint[]>;
  readonly #pageSize: number;
  readonly #slots: readonly Slot[];

  constructor(
    read: (slot: number, behind: Behind, limit: number) => Promise<readonly Hint[]>,
    behind: Behind,
    pageSize: number,
  ) {
    this.#read = read;
    this.#pageSize = Math.min(PAGE_MAX, Math.max(PAGE_MIN, pageSize));
    this.#slots = Array.from({ length: SLOTS }, (_, slot) => ({ slot, page: [], at: 0, behind }));
  }

  /** At most `count`; fewer mean the end. */
  async take(count: number): Promise<readonly Hint[]> {
    const taken: Hint[] = [];
    while (taken.length < count) {
      await Promise.all(this.#slots.map((slot) => this.#fill(slot)));
      const first = this.#first();
      if (first === undefined) break;
      taken.push(first.hint);
      first.slot.at++;
    }
    return taken;
  }

  #first() {
    let best: { readonly slot: Slot; readonly hint: Hint } | undefined;
    for (const slot of this.#slots) {
      const hint = slot.page[slot.at];
      if (hint !== undefined && (best === undefined || compareHints(hint, best.hint) < 0)) best = { slot, hint };
    }
    return best;
  }

  async #fill(slot: Slot): Promise<void> {
    if (slot.at < slot.page.length || slot.behind === undefined) return;
    slot.page = await this.#read(slot.slot, slot.behind, this.#pageSize);
    slot.at = 0;
    slot.behind = slot.page.length < this.#pageSize ? undefined : slot.page.at(-1);
  }
}
