/**
 * Copies rows from a shard into the one that takes over, with their own tags: idempotent, and never over anything newer.
 *
 * Versions of a key go before its head, or with it in one mutation: who finds the head there finds what belongs to it.
 */

import { Corrupt } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import { headOfPut } from '../keys/halves.ts';
import { readRecord, samePlace } from '../keys/record.ts';
import { compareTags } from '../tags.ts';
import type { HeadRow, VersionPlace, VersionRow } from '../types.ts';
import type { HeadCell } from './cells.ts';
import { type Bound, putHead, putVersion, readKeyCells, readState } from './rows.ts';
import { walkVersions } from './walk.ts';

/** Limits of one mutation: far below what the database accepts, enough to make its round trip worth it. */
const BATCH_ROWS = 50;
const BATCH_BYTES = 64 * 1024;
/** Rows read at a time. */
export const PAGE_ROWS = 500;
/** After so many looks a half is one. */
const LOOKS_MAX = 3;

/** Mutations under way: a copy waits for the network, and a shard that is sealed costs its writers twice as much. */
const BATCHES_AT_ONCE = 4;

/** Gathers rows for one shard, given key by key. `flush` at the end, `settle` when there is none. */
export class Carrier {
  readonly #session: Session;
  readonly #target: Uuid;
  readonly #sending = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #batch: Bound[] = [];
  #bytes = 0;
  #key: Buffer | undefined;

  constructor(session: Session, target: Uuid) {
    this.#session = session;
    this.#target = target;
  }

  async add(versions: readonly VersionRow[], head: HeadRow | undefined): Promise<void> {
    const key = head?.key ?? versions[0]?.key;
    // Rather not in two mutations: the second waits for the first.
    if (this.#batch.length + versions.length + 1 > BATCH_ROWS && key !== undefined && !this.#key?.equals(key))
      await this.#send();
    for (const version of versions) await this.#put(putVersion(this.#target, version), version);
    if (head !== undefined) await this.#put(putHead(this.#target, head.key, head), head);
  }

  /** All that was added is stored on return. */
  async flush(): Promise<void> {
    await this.#send();
    await this.settle();
    this.#raise();
  }

  /** Nothing is under way on return. */
  async settle(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async #put(bound: Bound, { key, payload }: HeadRow | VersionRow): Promise<void> {
    const bytes = key.length + (payload?.length ?? 0);
    if (this.#batch.length >= BATCH_ROWS || (this.#batch.length > 0 && this.#bytes + bytes > BATCH_BYTES)) {
      // Its versions before its head.
      if (this.#key?.equals(key)) await this.flush();
      else await this.#send();
    }
    this.#batch.push(bound);
    this.#bytes += bytes;
    this.#key = key;
  }

  /** Begins with what was gathered; waits only for its turn. */
  async #send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (batch.length === 0) return;
    while (this.#sending.size >= BATCHES_AT_ONCE) await Promise.race(this.#sending);
    this.#raise();
    const sent = this.#store(batch).finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
  }

  /** Never fails: `#raise` does, at the next step. */
  async #store(batch: readonly Bound[]): Promise<void> {
    try {
      await this.#session.batch(batch);
    } catch (error) {
      this.#failures.push(error);
    }
  }

  #raise(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/** From where a key is carried to where. */
export interface Carry {
  readonly session: Session;
  readonly from: Uuid;
  readonly targetOf: (key: Buffer) => Uuid;
  /** Rows that need not come along. */
  readonly isLeftOut?: (row: VersionRow) => boolean;
}

/**
 * Carries all rows of one key. The head is read first, and everything again until no version is newer:
 * rows that came with a head are there by the time versions are read. `retired`: what was read may lack rows that are being
 * dropped, so it was not stored; whoever retired the shard has copied all of it.
 */
export async function carryKey(
  { session, from, targetOf, isLeftOut = () => false }: Carry,
  key: Buffer,
): Promise<'carried' | 'retired'> {
  for (let look = 1; ; look++) {
    const { head } = await readKeyCells(session, from, key);
    const halves = new Halves(key, head);
    const carrier = new Carrier(session, targetOf(key));
    let page: VersionRow[] = [];
    for await (const row of walkVersions(session, from, PAGE_ROWS, key)) {
      halves.see(row);
      page.push(row);
      if (page.length < PAGE_ROWS) continue;
      if (await hasRetired(session, from)) return 'retired';
      await carrier.add(
        page.filter((one) => !isLeftOut(one)),
        undefined,
      );
      page = [];
    }
    if (halves.needLook && look < LOOKS_MAX) continue;
    if (await hasRetired(session, from)) return 'retired';
    const rest = [...page.filter((one) => !isLeftOut(one)), ...halves.missingRows()];
    const whole = halves.head();
    await carrier.add(rest, whole && { key, ...whole });
    await carrier.flush();
    return 'carried';
  }
}

export async function hasRetired(session: Session, shard: Uuid): Promise<boolean> {
  return (await readState(session, shard))?.state === 'retired';
}

/**
 * Whether the rows of a key belong together, and what is missing of a put of which only one half is visible: its mutation
 * reached few replicas, and whoever sent it may be dead. Other changes are elected, and completed by who makes the next one.
 */
export class Halves {
  readonly #key: Buffer;
  readonly #head: HeadCell | undefined;
  readonly #own: VersionPlace | undefined;
  /** Of the versions, voids and fences aside. */
  #newest: VersionRow | undefined;
  #hasOwn = false;

  constructor(key: Buffer, head: HeadCell | undefined) {
    this.#key = key;
    this.#head = head;
    this.#own = head?.payload && placeIn(key, head.payload);
  }

  see(row: VersionRow): void {
    const { place, tag, payload } = row;
    if (this.#own !== undefined && samePlace(place, this.#own)) this.#hasOwn = true;
    if (place.z < 0 || payload === undefined) return;
    if (this.#newest === undefined || compareTags(tag, this.#newest.tag) > 0) this.#newest = row;
  }

  /** One half is newer than the other: perhaps because they were read one after the other. */
  get needLook(): boolean {
    return this.#ahead() !== undefined || this.missingRows().length > 0;
  }

  head(): HeadCell | undefined {
    const row = this.#ahead();
    return (row && headOfPut(row)) ?? this.#head;
  }

  missingRows(): readonly VersionRow[] {
    const [head, place] = [this.#head, this.#own];
    if (this.#hasOwn || place === undefined || head?.payload === undefined) return [];
    return [{ key: this.#key, place, tag: head.tag, payload: head.payload }];
  }

  #ahead(): VersionRow | undefined {
    const [newest, head] = [this.#newest, this.#head];
    return newest !== undefined && (head === undefined || compareTags(newest.tag, head.tag) > 0) ? newest : undefined;
  }
}

/** What cannot be read is copied as it is: looking into damage is for others. */
function placeIn(key: Buffer, payload: Buffer): VersionPlace | undefined {
  try {
    return readRecord(key, payload).place;
  } catch (error) {
    if (error instanceof Corrupt) return undefined;
    throw error;
  }
}
