/**
 * Listings of a bucket's keys and versions, shard after shard (`Rows.scanCurrent`, `Rows.scanVersions` of the port).
 *
 * A scan goes on from keys, never from a state of the database, so shards may be split and merged meanwhile. It asks for
 * as many rows as are still wanted; only where it meets dead rows does it ask for more at a time.
 */

import type { ObjectVersion, VersionId } from '../../../model/entities.ts';
import type { ScanFrom } from '../../port.ts';
import type { Bodies, Home, Shard, Shards, VersionPlace, VersionRow } from '../types.ts';
import { comparePlaces, placeOfVersionId, readRecord, samePlace, type VersionRecord } from './record.ts';
import { currentOf, type Fences, isDead, recordOf, type Versions, versionOf } from './versions.ts';

/** No key is smaller. */
const FIRST_KEY = Buffer.of(0);
/** Rows asked for at a time among dead ones. */
const ROWS_MOST = 1024;

export type VersionsFrom = ScanFrom & { readonly afterVersion?: VersionId };

interface Rooms {
  readonly shards: Shards;
  readonly bodies: Bodies;
  readonly versions: Versions;
}

/** The smallest key behind this one. */
const behind = (key: Buffer): Buffer => Buffer.concat([key, FIRST_KEY]);

function startOf(from: ScanFrom | undefined): Buffer {
  if (from === undefined) return FIRST_KEY;
  const key = Buffer.from(from.key);
  return from.inclusive ? key : behind(key);
}

/** How many rows are asked for: what is wanted, and more than last time after a page with rows that don't count. */
class Appetite {
  #asked = 0;
  #vain = 0;

  next(wanted: number): number {
    this.#asked = this.#vain === 0 ? wanted : Math.max(wanted, Math.min(2 * this.#asked, ROWS_MOST));
    return this.#asked;
  }

  met(vain: number): void {
    this.#vain = vain;
  }
}

export class Scans {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  async scanCurrent(home: Home, from: ScanFrom | undefined, limit: number): Promise<readonly ObjectVersion[]> {
    const { shards, bodies } = this.#rooms;
    const found: ObjectVersion[] = [];
    const appetite = new Appetite();
    for (let at = startOf(from); found.length < limit; ) {
      const asked = appetite.next(limit - found.length);
      const page = await shards.headRows(home, at, asked);
      if (page === undefined) break;
      let dead = 0;
      for (const { key, payload } of page.rows) {
        if (payload === undefined) dead++;
        else if (found.length < limit) {
          found.push(versionOf(key, readRecord(key, payload), { isCurrent: true, bodies }));
        }
      }
      this.#sawDead(page.shard, dead);
      appetite.met(dead);
      const last = page.rows.at(-1);
      if (page.rows.length === asked && last !== undefined) at = behind(last.key);
      else if (page.shard.high === undefined) break;
      else at = page.shard.high;
    }
    return found;
  }

  async scanVersions(home: Home, from: VersionsFrom | undefined, limit: number): Promise<readonly ObjectVersion[]> {
    const { shards } = this.#rooms;
    const found: ObjectVersion[] = [];
    let at = startOf(from);
    if (from?.afterVersion !== undefined) {
      const key = Buffer.from(from.key);
      found.push(...(await this.#restOf(home, key, { after: from.afterVersion, limit })));
      at = behind(key);
    }
    const appetite = new Appetite();
    while (found.length < limit) {
      // One more: only the next key's row shows that a key is complete.
      const asked = appetite.next(limit - found.length + 1);
      const page = await shards.versionRows(home, { type: 'from', key: at, limit: asked });
      if (page === undefined) break;
      const vain = page.rows.filter(({ payload }) => payload === undefined || isDead(payload)).length;
      this.#sawDead(page.shard, vain);
      appetite.met(vain);
      const keys = byKey(page.rows);
      const cut = page.rows.length === asked ? keys.pop() : undefined;
      for (const rows of keys) found.push(...this.#complete(rows));
      const key = cut?.[0]?.key;
      if (key !== undefined && keys.length === 0) {
        found.push(...(await this.#restOf(home, key, { after: undefined, limit: limit - found.length })));
        at = behind(key);
      } else if (key !== undefined) at = key;
      else if (page.shard.high === undefined) break;
      else at = page.shard.high;
    }
    return found.slice(0, limit);
  }

  /** Versions of a key all of whose rows are here. */
  #complete(rows: readonly VersionRow[]): readonly ObjectVersion[] {
    const fences: Fences = new Set(
      rows.filter(({ place, payload }) => place.z === -1 && payload !== undefined).map(({ place }) => place.id),
    );
    const records: VersionRecord[] = [];
    let newestNull: VersionRecord | 'dead' | undefined;
    for (const row of rows) {
      if (row.place.z === -1 || row.payload === undefined) continue;
      if (row.place.z === 1) {
        const record = recordOf(row, fences);
        if (record !== undefined) records.push(record);
      } else newestNull ??= isDead(row.payload) ? 'dead' : recordOf(row, fences);
    }
    if (newestNull !== undefined && newestNull !== 'dead') records.push(newestNull);
    records.sort((a, b) => comparePlaces(a.place, b.place));
    const { bodies } = this.#rooms;
    const [{ key } = { key: FIRST_KEY }] = rows;
    return records.map((record, index) => versionOf(key, record, { isCurrent: index === 0, bodies }));
  }

  /** Versions of one key, or those behind one of them. */
  async #restOf(
    home: Home,
    key: Buffer,
    { after, limit }: { readonly after: VersionId | undefined; readonly limit: number },
  ): Promise<readonly ObjectVersion[]> {
    const { shards, versions, bodies } = this.#rooms;
    const found: ObjectVersion[] = [];
    if (limit <= 0) return found;
    const view = after === undefined ? undefined : await shards.readKey(home, key, { answer: true });
    const current = view && currentOf(key, view);
    for await (const record of versions.all(home, key, await this.#placeOf(home, key, after))) {
      const isFirst = after === undefined && found.length === 0;
      const isCurrent = isFirst || (current !== undefined && samePlace(current.place, record.place));
      found.push(versionOf(key, record, { isCurrent, bodies }));
      if (found.length === limit) break;
    }
    return found;
  }

  async #placeOf(home: Home, key: Buffer, versionId: VersionId | undefined): Promise<VersionPlace | undefined> {
    if (versionId === undefined) return undefined;
    if (versionId !== 'null') return placeOfVersionId(versionId);
    return (await this.#rooms.versions.null(home, key))?.place;
  }

  #sawDead(shard: Shard, count: number): void {
    if (count > 0) this.#rooms.shards.sawDead(shard, count);
  }
}

/** Rows in their order, those of one key together. */
function byKey(rows: readonly VersionRow[]): VersionRow[][] {
  const keys: VersionRow[][] = [];
  let last: VersionRow[] | undefined;
  for (const row of rows) {
    if (last?.[0]?.key.equals(row.key)) last.push(row);
    else {
      last = [row];
      keys.push(last);
    }
  }
  return keys;
}
