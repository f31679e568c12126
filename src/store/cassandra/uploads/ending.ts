/** The end of an upload, completed or given up: its parts are let go of, then its rows go. Each step may be repeated. */

import { Conflict } from '../../port.ts';
import type { Bodies, Home } from '../types.ts';
import { type Hints, hintOf } from './hints.ts';
import { ownerOf, type Parts, placeOf } from './parts.ts';
import type { UploadRow, UploadStates } from './state.ts';

export interface Stores {
  readonly states: UploadStates;
  readonly hints: Hints;
  readonly parts: Parts;
  readonly bodies: Bodies;
}

export class Ending {
  readonly #stores: Stores;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** Ends an open upload. False: it was not in that state any more. */
  async abort(home: Home, row: UploadRow): Promise<boolean> {
    const { states, parts, bodies } = this.#stores;
    const owner = ownerOf(home, row.upload);
    // One part will do: asked about it, the upload is ended (`owners.ts`).
    const some = await parts.list(placeOf(owner), 0, 1);
    const takeBack = await bodies.note(
      owner,
      some.map(({ part }) => part.naming),
    );
    const ending = await states.move(home, row, { type: 'ending' });
    if (ending !== undefined) await this.end(home, ending);
    takeBack();
    return ending !== undefined;
  }

  /** Removes all that there is of an upload in its last state. */
  async end(home: Home, row: UploadRow): Promise<void> {
    const { states, hints, parts } = this.#stores;
    await parts.removeAll(ownerOf(home, row.upload));
    // Before the row: a hint without one would be taken for that of an upload that is just being made.
    await hints.remove(home, hintOf(row.upload));
    await states.remove(home, row);
  }
}

/** Whether it is this key's upload. */
export const isOf = ({ upload }: UploadRow, home: Home, key: string): boolean =>
  upload.bucketId === home.bucketId && upload.key === key;

/** The row of an upload of this key that did not end. Throws `Conflict('upload')`. */
export function requireUpload(row: UploadRow | undefined, home: Home, key: string): UploadRow {
  if (row === undefined || !isOf(row, home, key)) throw new Conflict('upload');
  return row;
}
