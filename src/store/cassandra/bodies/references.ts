/**
 * Who holds a body (table `ref`): `freed` once its first owner let go, references of others, and dooms of collectors that are
 * about to delete it. A first owner that holds on has no row.
 *
 * Each side stores before it looks: a copier its reference, then for dooms; a collector its doom, then for references. With
 * quorums at least one sees the other; both may retreat, never both go on.
 */

import type { RegionName, Uuid } from '../database/types.ts';
import { MAX_TIME } from '../tags.ts';
import type { Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { NIL } from './ledger.ts';
import type { Trash } from './records.ts';
import { DOOMS_FIRST, DROP_REF, DROP_REFS, HEADER, HOLDERS, PAGE, PUT_REF } from './statements.ts';

export const FREED = 0;
export const REFERENCE = 1;
const DOOM = 2;
/** Place of a list's header among its pages. */
export const LIST_HEADER = -1n;

/** `doomed`: a collector is at it, and may or may not be the last to hold it. */
export type Held = 'held' | 'doomed' | 'gone';

export class References {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** The first owner lets go. Idempotent, and without effect on a body that is gone. */
  async free(region: RegionName, body: Uuid): Promise<void> {
    await this.#put(region, body, FREED, NIL);
  }

  /** Holds a body by a new reference, if it is still there. The caller takes the reference back if not `held`. */
  async hold(region: RegionName, body: Pick<Trash, 'type' | 'id'>, reference: Uuid): Promise<Held> {
    await this.#put(region, body.id, REFERENCE, reference);
    const session = this.#tools.sessions.of(region);
    const [first, second] = await session.read(DOOMS_FIRST, [body.id]);
    if (first?.kind === DOOM) return 'doomed';
    // Nobody but this reference holds it, or this one is void already.
    if (first?.kind !== REFERENCE || second?.kind === FREED) return 'gone';
    // After the look for dooms: who deletes a body removes the dooms last.
    return (await this.isThere(region, body)) ? 'held' : 'gone';
  }

  async isThere(region: RegionName, { type, id }: Pick<Trash, 'type' | 'id'>): Promise<boolean> {
    const session = this.#tools.sessions.of(region);
    const [row] = await (type === 'blob' ? session.read(HEADER, [id]) : session.read(PAGE, [id, LIST_HEADER]));
    return Buffer.isBuffer(type === 'blob' ? row?.hdr : row?.v);
  }

  /** A reference ends, also one that is still to be written. */
  async drop(region: RegionName, body: Uuid, reference: Uuid): Promise<void> {
    await this.#drop(region, body, REFERENCE, reference);
  }

  /** Whether nobody holds it: its first owner let go and there is no reference. */
  async isFree(region: RegionName, body: Uuid, except?: Uuid): Promise<boolean> {
    const rows = await this.#tools.sessions.of(region).read(HOLDERS, [body]);
    const [first, ...others] = rows.filter(({ owner }) => owner !== except);
    return first?.kind === FREED && others.length === 0;
  }

  /**
   * Decides that a body is to be deleted: nobody holds it, and whoever wants to from now on sees the doom. A doom whose
   * collector died stays; copiers of a body that lives on copy its bytes then.
   */
  async doom(region: RegionName, body: Uuid): Promise<boolean> {
    // Looked at first without: dooms are written only where it seems that nobody is disturbed by them.
    if (!(await this.isFree(region, body))) return false;
    const attempt = newUuid(this.#tools.random);
    let doomed = false;
    try {
      await this.#put(region, body, DOOM, attempt);
      doomed = await this.isFree(region, body);
    } finally {
      if (!doomed) await this.#drop(region, body, DOOM, attempt);
    }
    return doomed;
  }

  /** The last that is removed of a body. */
  async forget(region: RegionName, body: Uuid): Promise<void> {
    await this.#tools.sessions.of(region).write(DROP_REFS, [MAX_TIME, body]);
  }

  async #put(region: RegionName, body: Uuid, kind: number, owner: Uuid): Promise<void> {
    await this.#tools.sessions.of(region).write(PUT_REF, [body, kind, owner, this.#tools.tags.now()]);
  }

  async #drop(region: RegionName, body: Uuid, kind: number, owner: Uuid): Promise<void> {
    await this.#tools.sessions.of(region).write(DROP_REF, [MAX_TIME, body, kind, owner]);
  }
}
