/**
 * Null versions that were replaced (decision 0006, "Puts and deletes", step 4).
 *
 * Each put in a bucket without versions, or with versioning suspended, adds a row; only the newest counts. Who wrote one
 * looks for the others afterwards: of two that race the later one sees the other. A body is released before its row is
 * voided, so that whoever dies in between leaves the row for the next one, or for the collector.
 *
 * What is newest counts only when the key's state is known to be that far, not because its row was met: a put that is still
 * on its way shows in `ver` before most replicas have its `head`, and may never come there.
 */

import { compareTags } from '../tags.ts';
import type { Bodies, Home, KeyView, Shards, Tags, VersionPlace, VersionRow } from '../types.ts';
import { comparePlaces, namingId, placeTag, readRecord } from './record.ts';
import { type Fences, isDead, recordOf, type Versions } from './versions.ts';

/** Rows that one mutation voids. */
const VOIDS = 100;

interface Rooms {
  readonly shards: Shards;
  readonly bodies: Bodies;
  readonly versions: Versions;
  readonly tags: Tags;
}

export class NullRows {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /**
   * Releases and voids what is below the newest null version. Looks from the newest down to the first void one behind
   * `own`, the row that the caller wrote; without it at all of them.
   */
  async tidy(home: Home, key: Buffer, own: VersionPlace | undefined): Promise<void> {
    const rows = await this.#livingRows(home, key, own);
    if (rows.length < 2) return;
    const { shards, versions } = this.#rooms;
    const [fences, view] = await Promise.all([versions.fences(home, key), shards.readKey(home, key, { answer: true })]);
    if (view === undefined) return;
    const newest = rows.findIndex((row) => isReached(row, view) && (isDeadRow(row) || recordOf(row, fences)));
    if (newest === -1) return;
    const kept = rows[newest];
    const replaced = rows.slice(newest + 1).reverse();
    for (let at = 0; at < replaced.length; at += VOIDS) {
      await this.#drop(view, { rows: replaced.slice(at, at + VOIDS), kept, fences });
    }
  }

  async #livingRows(home: Home, key: Buffer, own: VersionPlace | undefined): Promise<readonly VersionRow[]> {
    const rows: VersionRow[] = [];
    for await (const row of this.#rooms.versions.rows(home, key, 0)) {
      if (row.payload !== undefined) rows.push(row);
      else if (own !== undefined && comparePlaces(row.place, own) > 0) break;
    }
    return rows;
  }

  /** `rows`: oldest first. */
  async #drop(
    view: KeyView,
    what: { readonly rows: readonly VersionRow[]; readonly kept: VersionRow | undefined; readonly fences: Fences },
  ): Promise<void> {
    const { shards, bodies, tags } = this.#rooms;
    const { home } = view.shard;
    const keeps = what.kept && recordOf(what.kept, what.fences);
    const keptId = namingId(keeps?.naming);
    for (const { key, payload } of what.rows) {
      if (payload === undefined || isDead(payload)) continue;
      const { naming } = readRecord(key, payload);
      const id = namingId(naming);
      // The body behind a fence is the collector's.
      if (naming === undefined || id === undefined || id === keptId || what.fences.has(id)) continue;
      await bodies.release(naming, { home, key });
    }
    const tag = tags.blind(view.tag, view.shard.floor);
    const [first] = what.rows;
    if (first === undefined) return;
    const versions = what.rows.map(({ place }) => ({ place, tag, payload: undefined }));
    await shards.store(view, { key: first.key, versions });
  }
}

const isDeadRow = ({ payload }: VersionRow): boolean => payload !== undefined && isDead(payload);

/** Whether the key's state is this row's or a later one. */
function isReached({ place }: VersionRow, view: KeyView): boolean {
  return compareTags(placeTag(place), view.tag) <= 0;
}
