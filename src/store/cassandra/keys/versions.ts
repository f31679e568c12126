/**
 * Reads of one key's versions.
 *
 * The current version is in `head`, all of them are rows of `ver`: null versions (z 0), of which only the newest counts and
 * a dead one means that there is none, and others (z 1). Void rows do not count, nor do rows whose naming has a fence
 * (z -1): the collector found that their writer died, and may have removed the body.
 */

import type { ObjectVersion, Revision } from '../../../model/entities.ts';
import type { Uuid } from '../database/types.ts';
import type { Bodies, Home, KeyView, Shards, VersionPlace, VersionRow } from '../types.ts';
import {
  ABSENT,
  comparePlaces,
  namingId,
  readRecord,
  revisionOf,
  samePlace,
  type VersionRecord,
  versionIdOf,
} from './record.ts';

/** First byte of the payload of a dead null version, which is all of it. */
const DEAD_FORMAT = 0;
/** Rows that are asked for first: mostly the newest is wanted, and whether there is another. */
const ROWS_FIRST = 4;
const ROWS_MOST = 1024;
/** More crashed writers than a key ever had. */
const FENCES = 10_000;

export const deadPayload = (): Buffer => Buffer.of(DEAD_FORMAT);
export const isDead = (payload: Buffer): boolean => payload[0] === DEAD_FORMAT;

export type Fences = ReadonlySet<Uuid>;

/** A row as a version. Undefined: void, or it does not count. */
export function recordOf({ key, payload }: VersionRow, fences: Fences): VersionRecord | undefined {
  if (payload === undefined || isDead(payload)) return undefined;
  const record = readRecord(key, payload);
  const id = namingId(record.naming);
  return id !== undefined && fences.has(id) ? undefined : record;
}

/** The current version, undefined when there is none. Throws `Corrupt`. */
export function currentOf(key: Buffer, { head }: KeyView): VersionRecord | undefined {
  return head === undefined ? undefined : readRecord(key, head);
}

/** Mark of the state of the whole key. */
export function keyRevision({ tag }: KeyView, current: VersionRecord | undefined): Revision {
  return current === undefined ? ABSENT : revisionOf(tag, current.place.id);
}

/** As callers see it, but for its parts. */
export function versionOf(
  key: Buffer,
  record: VersionRecord,
  { isCurrent, bodies }: { readonly isCurrent: boolean; readonly bodies: Bodies },
): ObjectVersion {
  const { place, rev, naming, parts: _parts, ...fields } = record;
  return {
    ...fields,
    key: key.toString(),
    versionId: versionIdOf(place),
    isNull: place.z === 0,
    isCurrent,
    revision: revisionOf(rev, place.id),
    ...(naming === undefined ? undefined : { body: bodies.bodyOf(naming) }),
  };
}

export class Versions {
  readonly #shards: Shards;

  constructor(shards: Shards) {
    this.#shards = shards;
  }

  /** The version at this place. */
  async at(home: Home, key: Buffer, place: VersionPlace): Promise<VersionRecord | undefined> {
    const query = { type: 'places', key, places: [place] } as const;
    const [page, fences] = await Promise.all([this.#shards.versionRows(home, query), this.fences(home, key)]);
    const row = page?.rows.find((one) => samePlace(one.place, place));
    return row && recordOf(row, fences);
  }

  async null(home: Home, key: Buffer): Promise<VersionRecord | undefined> {
    const fences = this.fences(home, key);
    // It may fail before it is waited for.
    fences.catch(() => {});
    for await (const row of this.rows(home, key, 0)) {
      if (row.payload === undefined) continue;
      if (isDead(row.payload)) return undefined;
      const record = recordOf(row, await fences);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** The newest version but the one at `except`; a null version stands for all null versions. */
  async newest(home: Home, key: Buffer, except?: VersionPlace): Promise<VersionRecord | undefined> {
    for await (const record of this.all(home, key)) {
      if (except === undefined) return record;
      if (!samePlace(record.place, except) && !(except.z === 0 && record.place.z === 0)) return record;
    }
    return undefined;
  }

  /** All versions newest first, or those behind a place. */
  async *all(home: Home, key: Buffer, behind?: VersionPlace): AsyncGenerator<VersionRecord> {
    const [fences, newestNull] = await Promise.all([this.fences(home, key), this.null(home, key)]);
    const isBehind = (place: VersionPlace) => behind === undefined || comparePlaces(place, behind) > 0;
    let waiting = newestNull !== undefined && isBehind(newestNull.place) ? newestNull : undefined;
    for await (const row of this.rows(home, key, 1, behind)) {
      const record = recordOf(row, fences);
      if (record === undefined) continue;
      if (waiting !== undefined && comparePlaces(waiting.place, record.place) < 0) {
        yield waiting;
        waiting = undefined;
      }
      yield record;
    }
    if (waiting !== undefined) yield waiting;
  }

  /** Namings whose rows do not count. */
  async fences(home: Home, key: Buffer): Promise<Fences> {
    const page = await this.#shards.versionRows(home, { type: 'key', key, z: -1, limit: FENCES });
    return new Set((page?.rows ?? []).filter(({ payload }) => payload !== undefined).map(({ place }) => place.id));
  }

  /** Rows of one kind, void ones included, newest first; behind a place if one is given. */
  async *rows(home: Home, key: Buffer, z: 0 | 1, behind?: VersionPlace): AsyncGenerator<VersionRow> {
    let last = behind;
    // Rows of one tag are told apart by their ids: those of the last one's are asked for again.
    let below = behind && { t: behind.t, n: behind.n + 1 };
    for (let limit = ROWS_FIRST; ; limit = Math.min(limit * 4, ROWS_MOST)) {
      const query = { type: 'key', key, z, limit, ...(below && { below }) } as const;
      const rows = (await this.#shards.versionRows(home, query))?.rows ?? [];
      const start = last;
      const fresh = rows.filter(({ place }) => start === undefined || comparePlaces(place, start) > 0);
      yield* fresh;
      if (rows.length < limit) return;
      last = fresh.at(-1)?.place ?? rows.at(-1)?.place ?? last;
      if (last === undefined) return;
      below = { t: last.t, n: fresh.length === 0 ? last.n : last.n + 1 };
    }
  }
}
