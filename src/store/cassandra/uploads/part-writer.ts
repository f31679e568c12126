/**
 * Storing a part: claim its body, store the row, then look whether it counts.
 *
 * The upload was read as open before, and is read again after the row was stored. Who ends an upload reads the parts after its
 * state has changed: so either the writer sees that the upload is ending and takes its part back, or the part is let go of
 * with the others, or both; letting go twice does no harm. When the writer dies in between, the collector finds the body.
 */

import { strict as assert } from 'node:assert';
import { fitsBody } from '../../../model/stored-size.ts';
import { type Committed, Conflict, type Mutation, Unavailable } from '../../port.ts';
import { isUnknown, mayBeApplied } from '../keys/outcomes.ts';
import type { Claimed, Home } from '../types.ts';
import type { Completer } from './completer.ts';
import { requireUpload, type Stores } from './ending.ts';
import { ownerOf, type PartRow, placeOf, type UploadOwner } from './parts.ts';

type PutPart = Extract<Mutation, { type: 'putPart' }>;

export class PartWriter {
  readonly #stores: Stores;
  readonly #completer: Completer;

  constructor(stores: Stores, completer: Completer) {
    this.#stores = stores;
    this.#completer = completer;
  }

  async put(home: Home, { key, uploadId, part }: PutPart): Promise<Committed> {
    const { states, parts, bodies } = this.#stores;
    const { upload, state } = requireUpload(await states.read(home, uploadId), home, key);
    if (state.type === 'ending') throw new Conflict('upload');
    assert(fitsBody(part.size, part.body.size, upload.attributes), 'the size of a part is that of its body');
    const owner = ownerOf(home, upload);
    const { body, ...fields } = part;
    const claimed = await bodies.claim(body, owner);
    try {
      const t = await parts.next(placeOf(owner), part.number);
      if (claimed.isLate() || (claimed.latest !== undefined && t >= claimed.latest)) throw tooSlow(false);
      const row = { part: { ...fields, naming: claimed.naming }, t };
      await parts.put(placeOf(owner), row);
      const outcome = await mayBeApplied(() => this.#look(owner, row, claimed));
      // One that was taken back was released with its row: somebody may have seen it there.
      claimed.settle('named');
      if (outcome === 'stored') return { revision: String(t) };
    } catch (error) {
      claimed.settle(isUnknown(error) ? 'unknown' : 'dropped');
      throw error;
    }
    throw new Conflict('upload');
  }

  /** What became of a row, after it was stored. */
  async #look(owner: UploadOwner, row: Omit<PartRow, 'id'>, claimed: Claimed): Promise<'stored' | 'taken back'> {
    const { parts } = this.#stores;
    if (!(await this.#completer.isOpen(owner))) {
      await parts.takeBack(owner, row);
      return 'taken back';
    }
    if (claimed.isLate()) throw tooSlow(true);
    await parts.keepNewest(owner, row.part.number);
    return 'stored';
  }
}

const tooSlow = (mayHaveApplied: boolean): Unavailable =>
  new Unavailable('the part was stored too slowly: send it again', { mayHaveApplied });
