/**
 * The ledger: unfinished work that survives the death of who began it (table `ledger`, decision 0006, "Bodies").
 *
 * An entry lies in the period in which it is due, in one of `SLOTS` partitions drawn at random, so that no partition is hot.
 * The collector reads each period until it is empty and begins where nothing can be left: at the low-water mark, which it
 * keeps in memory for each slot and in the ledger for all (a row in slot -1). The kept mark lags by `unsettledMs`, for
 * entries of writers whose clocks are slow. `ledgerPeriodMs` is fixed for the life of a store.
 */

import { Corrupt } from '../../port.ts';
import type { RegionName, Row, Uuid } from '../database/types.ts';
import { MAX_TIME } from '../tags.ts';
import type { Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { type Entry, sealEntry, unsealEntry } from './records.ts';
import { DROP_ENTRY, ENTRIES, PUT_ENTRY } from './statements.ts';

export const SLOTS = 16;
/** Entries of one page. The largest names a hundred bodies. */
const PAGE = 100;
/** So often in `unsettledMs` a process looks for entries that were filed late. */
const LOOKS_BACK = 4;
const MARK = Object.freeze({ slot: -1, period: 0n });
export const NIL: Uuid = '00000000-0000-0000-0000-000000000000';
/** Behind `NIL`, where pages begin. */
const MARK_ID: Uuid = '00000000-0000-4000-8000-000000000001';

/** Where an entry is. */
export interface Filed {
  readonly region: RegionName;
  readonly slot: number;
  readonly period: bigint;
  readonly id: Uuid;
  /** Timestamp of the row. */
  readonly at: bigint;
}
/** `entry` undefined: its record is damaged. */
export interface Found {
  readonly filed: Filed;
  readonly entry: Entry | undefined;
}

interface Marks {
  /** By slot: the first period that may hold anything. */
  readonly low: bigint[];
  kept: bigint;
  /** When the kept mark was read: it is again, now and then, for entries that were filed late. */
  readonly since: number;
}

export class Ledger {
  readonly #tools: Tools;
  readonly #opened = new Map<RegionName, Promise<void>>();
  readonly #marks = new Map<RegionName, Marks>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async add(region: RegionName, entry: Entry, id: Uuid = newUuid(this.#tools.random)): Promise<Filed> {
    await this.#open(region);
    const slot = (this.#tools.random.bytes(1)[0] ?? 0) % SLOTS;
    return await this.#put({ region, slot, period: this.#periodOf(entry.due), id, at: this.#tools.tags.now() }, entry);
  }

  /** Another record for an entry, which may be due at another time. */
  async change(filed: Filed, entry: Entry): Promise<Filed> {
    const period = this.#periodOf(entry.due);
    const now = this.#tools.tags.now();
    const at = now > filed.at ? now : filed.at + 1n;
    const changed = await this.#put({ ...filed, period, at }, entry);
    if (period !== filed.period) await this.remove(filed);
    return changed;
  }

  async remove({ region, slot, period, id }: Filed): Promise<void> {
    await this.#tools.sessions.of(region).write(DROP_ENTRY, [MAX_TIME, slot, period, id]);
  }

  /** Entries of a slot in periods up to now, oldest period first. Those of the last period may not be due yet. */
  async *found(region: RegionName, slot: number, now: number): AsyncGenerator<Found> {
    const marks = await this.#marksOf(region);
    if (marks === undefined) return;
    const current = this.#periodOf(now);
    for (let period = marks.low[slot] ?? marks.kept; period <= current; period++) {
      let first = await this.#page(region, slot, period, NIL);
      yield* this.#rest(first);
      if (period === current) return;
      if (first.length > 0) first = await this.#page(region, slot, period, NIL);
      if (first.length === 0 && marks.low[slot] === period) marks.low[slot] = period + 1n;
    }
  }

  /** After a whole round: remembers for all where the next may begin. */
  async keepMark(region: RegionName): Promise<void> {
    const marks = this.#marks.get(region);
    if (marks === undefined) return;
    const [first = marks.kept] = marks.low.toSorted((a, b) => Number(a - b));
    const low = first - this.#lag();
    if (low <= marks.kept) return;
    await this.#putMark(region, low, low);
    marks.kept = low;
  }

  // ---------------------------------------------------------------------------------------------------------- rows

  async #put(filed: Filed, entry: Entry): Promise<Filed> {
    const { region, slot, period, id, at } = filed;
    const values = [slot, period, id, sealEntry(id, { ...entry, due: Math.ceil(entry.due) }), at];
    await this.#tools.sessions.of(region).write(PUT_ENTRY, values);
    return filed;
  }

  async *#rest(first: readonly Found[]): AsyncGenerator<Found> {
    let page = first;
    for (;;) {
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      const { region, slot, period, id } = last.filed;
      page = await this.#page(region, slot, period, id);
    }
  }

  async #page(region: RegionName, slot: number, period: bigint, after: Uuid): Promise<readonly Found[]> {
    const rows = await this.#tools.sessions.of(region).read(ENTRIES, [slot, period, after, PAGE]);
    return rows.flatMap((row) => this.#foundIn(row, { region, slot, period }));
  }

  #foundIn(row: Row, place: Pick<Filed, 'region' | 'slot' | 'period'>): readonly Found[] {
    const { id, at, v } = row;
    if (typeof id !== 'string') return [];
    const filed = { ...place, id, at: typeof at === 'bigint' ? at : 0n };
    try {
      return [{ filed, entry: unsealEntry(id, v) }];
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return [{ filed, entry: undefined }];
    }
  }

  // --------------------------------------------------------------------------------------------------------- marks

  #periodOf(time: number): bigint {
    return BigInt(Math.floor(time / this.#tools.tuning.ledgerPeriodMs));
  }

  #lag(): bigint {
    const { unsettledMs, ledgerPeriodMs } = this.#tools.tuning;
    return BigInt(Math.ceil(unsettledMs / ledgerPeriodMs)) + 1n;
  }

  /** Before a process's first entry in a region there is a mark: of now, unless there is one already. */
  async #open(region: RegionName): Promise<void> {
    const opened = this.#opened.get(region) ?? this.#putMark(region, this.#periodOf(this.#tools.clock.now()), 0n);
    this.#opened.set(region, opened);
    try {
      await opened;
    } catch (error) {
      this.#opened.delete(region);
      throw error;
    }
  }

  /** The largest timestamp wins, and it is the mark itself: marks only rise. The first ones of all have none. */
  async #putMark(region: RegionName, low: bigint, at: bigint): Promise<void> {
    const from = at === 0n ? low - this.#lag() : low;
    const v = Buffer.alloc(8);
    v.writeBigInt64BE(from);
    await this.#tools.sessions.of(region).write(PUT_ENTRY, [MARK.slot, MARK.period, MARK_ID, v, at]);
  }

  /** Undefined: nothing was ever written down in this region. */
  async #marksOf(region: RegionName): Promise<Marks | undefined> {
    const recent = this.#recentMarks(region);
    if (recent !== undefined) return recent;
    const [row] = await this.#tools.sessions.of(region).read(ENTRIES, [MARK.slot, MARK.period, NIL, 1]);
    if (!Buffer.isBuffer(row?.v)) return undefined;
    const kept = row.v.readBigInt64BE();
    const since = this.#tools.clock.monotonic();
    const low = Array.from({ length: SLOTS }, () => kept);
    // Slots are looked through side by side: what the first of them has read counts.
    const marks = this.#recentMarks(region) ?? { low, kept, since };
    this.#marks.set(region, marks);
    return marks;
  }

  #recentMarks(region: RegionName): Marks | undefined {
    const marks = this.#marks.get(region);
    if (marks === undefined) return undefined;
    const age = this.#tools.clock.monotonic() - marks.since;
    return age < this.#tools.tuning.unsettledMs / LOOKS_BACK ? marks : undefined;
  }
}
