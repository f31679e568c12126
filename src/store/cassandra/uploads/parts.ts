/**
 * Part rows (`part`): one for each time a part was sent, the newest of a number counts.
 *
 * A writer stores its row and then looks: at the other rows of its number, of which the last of two writers sees both and
 * lets go of the older; and at the upload, which it took for open. Letting go is idempotent, so several may do it.
 *
 * Rows of number 0 are no parts: they name bodies that no part may name (`Owners.fence`).
 */

import type { Upload } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { RegionName, Row, Session, Uuid } from '../database/types.ts';
import { namingId } from '../keys/record.ts';
import { eachOf } from '../parallel.ts';
import { ZERO } from '../tags.ts';
import type { Bodies, Home, Naming, Owner, Tools } from '../types.ts';
import { type PartRecord, sealPart, unsealPart } from './records.ts';
import {
  PUT_PART,
  READ_BANNED,
  READ_NAMING,
  READ_NEWEST,
  READ_NUMBER,
  READ_ROWS,
  REMOVE_PART,
  REMOVE_PARTS,
} from './statements.ts';

/** Where the rows of an upload are. */
export interface UploadPlace {
  readonly region: RegionName;
  readonly uploadId: string;
}
export type UploadOwner = Owner & { readonly uploadId: string };

export const ownerOf = (home: Home, { key, uploadId }: Upload): UploadOwner => ({
  home,
  key: Buffer.from(key),
  uploadId,
});
export const placeOf = ({ home, uploadId }: UploadOwner): UploadPlace => ({ region: home.region, uploadId });

/** A stored part: `t` orders the rows of one number. */
export interface PartRow {
  readonly part: PartRecord;
  readonly t: bigint;
  /** Id of its naming: what the row's `blob` holds. */
  readonly id: Uuid;
}

/** Rows read at a time, and let go of at a time. */
const PAGE = 1000;
const RELEASED_AT_ONCE = 16;
/** More writers of parts than ever died in one upload. */
const BANNED_MOST = 50_000;
/** Where an id is wanted and there is none: an empty body. */
const NO_BODY: Uuid = '00000000-0000-0000-0000-000000000000';
/** The number of rows that ban a body. */
const BANNED = 0;
const FIRST_NUMBER = 1;

export class Parts {
  readonly #tools: Tools;
  readonly #bodies: Pick<Bodies, 'release'>;

  constructor(tools: Tools, bodies: Pick<Bodies, 'release'>) {
    this.#tools = tools;
    this.#bodies = bodies;
  }

  // ------------------------------------------------------------------------------------------------------ reading

  /** Ascending by number behind `after`, the newest of each; fewer than `limit` are the last. */
  async list(at: UploadPlace, after: number, limit: number): Promise<readonly PartRow[]> {
    const [banned, rows] = await Promise.all([
      this.#banned(at),
      this.#session(at).read(READ_NEWEST, [at.uploadId, after, limit]),
    ]);
    const newest = rows.map((row) => partRow(at, row));
    if (!newest.some(({ id }) => banned.has(id))) return newest;
    const parts: PartRow[] = [];
    for (const row of newest) {
      const found = banned.has(row.id) ? (await this.#ofNumber(at, row.part.number))[0] : row;
      if (found !== undefined) parts.push(found);
    }
    // A number of which no row counts does not make the page the last one.
    const last = newest.length === limit ? newest.at(-1)?.part.number : undefined;
    if (last === undefined || parts.length === limit) return parts;
    return [...parts, ...(await this.list(at, last, limit - parts.length))];
  }

  /** The rows of one number, newest first. */
  async #ofNumber(at: UploadPlace, number: number): Promise<readonly PartRow[]> {
    const [banned, rows] = await Promise.all([
      this.#banned(at),
      this.#session(at).read(READ_NUMBER, [at.uploadId, number, PAGE]),
    ]);
    return rows.map((row) => partRow(at, row)).filter(({ id }) => !banned.has(id));
  }

  /** A time above those of all rows of the number. */
  async next(at: UploadPlace, number: number): Promise<bigint> {
    const [newest] = await this.#session(at).read(READ_NUMBER, [at.uploadId, number, 1]);
    const seen = newest === undefined ? ZERO : { time: partRow(at, newest).t, count: 0 };
    return this.#tools.tags.blind(seen, 0n).time;
  }

  /** Whether a row has this naming, and may have it. */
  async names(at: UploadPlace, naming: Uuid): Promise<boolean> {
    const rows = await this.#session(at).read(READ_NAMING, [at.uploadId, naming]);
    return rows.length > 0 && !(await this.#banned(at)).has(naming);
  }

  async #banned(at: UploadPlace): Promise<ReadonlySet<Uuid>> {
    const rows = await this.#session(at).read(READ_BANNED, [at.uploadId, BANNED_MOST]);
    return new Set(rows.map(({ blob }) => String(blob)));
  }

  // ------------------------------------------------------------------------------------------------------ writing

  async put(at: UploadPlace, { part, t }: Omit<PartRow, 'id'>): Promise<void> {
    const values = [at.uploadId, part.number, t, idOf(part.naming), sealPart(at.uploadId, part)];
    await this.#session(at).write(PUT_PART, values);
  }

  /** Lets go of all rows of a number but the newest: the one just written may be among them. */
  async keepNewest(owner: UploadOwner, number: number): Promise<void> {
    const [newest, ...older] = await this.#ofNumber(placeOf(owner), number);
    await eachOf(older, RELEASED_AT_ONCE, async (row) => {
      if (row.id !== newest?.id) await this.#bodies.release(row.part.naming, owner);
      await this.#remove(owner, row);
    });
  }

  /** A row that does not count after all, and its body. */
  async takeBack(owner: UploadOwner, { part, t }: Omit<PartRow, 'id'>): Promise<void> {
    await this.#bodies.release(part.naming, owner);
    await this.#remove(owner, { part, t, id: idOf(part.naming) });
  }

  /** All rows of an upload that is ending, and what they name. */
  async removeAll(owner: UploadOwner): Promise<void> {
    const at = placeOf(owner);
    for (let from = FIRST_NUMBER; ; ) {
      const found = await this.#session(at).read(READ_ROWS, [at.uploadId, from, PAGE]);
      const rows = found.map((row) => partRow(at, row));
      await eachOf(rows, RELEASED_AT_ONCE, ({ part }) => this.#bodies.release(part.naming, owner));
      const last = rows.at(-1)?.part.number;
      if (last === undefined || rows.length < PAGE) break;
      // A number sent so often that it fills a page: its rows go at once, so that the next page shows others.
      if (last === from) await eachOf(rows, RELEASED_AT_ONCE, (row) => this.#remove(owner, row));
      from = last;
    }
    await this.#session(at).write(REMOVE_PARTS, [at.uploadId]);
  }

  async ban(at: UploadPlace, naming: Uuid): Promise<void> {
    await this.#session(at).write(PUT_PART, [at.uploadId, BANNED, 0n, naming, Buffer.alloc(0)]);
  }

  async allow(at: UploadPlace, naming: Uuid): Promise<void> {
    await this.#session(at).write(REMOVE_PART, [at.uploadId, BANNED, 0n, naming]);
  }

  async #remove({ home, uploadId }: UploadOwner, { part, t, id }: PartRow): Promise<void> {
    await this.#session(home).write(REMOVE_PART, [uploadId, part.number, t, id]);
  }

  #session({ region }: Pick<UploadPlace, 'region'>): Session {
    return this.#tools.sessions.of(region);
  }
}

const idOf = (naming: Naming): Uuid => namingId(naming) ?? NO_BODY;

function partRow({ uploadId }: UploadPlace, { no, t, blob, v }: Row): PartRow {
  if (typeof no !== 'number' || typeof t !== 'bigint' || typeof blob !== 'string') {
    throw new Corrupt(`a part of upload ${uploadId} without number, time or body`);
  }
  return { part: unsealPart(uploadId, no, v), t, id: blob };
}
