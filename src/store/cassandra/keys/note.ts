/**
 * What the ledger is told before rows of a key are removed or replaced: should this process die before it has tidied up, the
 * collector does (`Bodies.note`).
 */

import type { Bodies, Naming, Owner } from '../types.ts';
import { namingId } from './record.ts';

export class Note {
  readonly #bodies: Bodies;
  readonly #owner: Owner;
  readonly #notes: Promise<() => void>[] = [];
  readonly #noted = new Set<string>();
  /** Done when the first one is written. Wait for it before anything is stored. */
  readonly written: Promise<unknown>;

  /** Writes that the key is to be tidied. */
  constructor(bodies: Bodies, owner: Owner) {
    this.#bodies = bodies;
    this.#owner = owner;
    this.written = this.#write([]);
  }

  /** Writes that this body is to be released as well, once for each. */
  async add(naming: Naming | undefined): Promise<void> {
    const id = namingId(naming);
    if (naming === undefined || id === undefined || this.#noted.has(id)) return;
    await this.#write([naming]);
    this.#noted.add(id);
  }

  /** When all is tidied, or nothing was done. Does not fail: what is not taken back is looked at in vain. */
  takeBack(): void {
    for (const note of this.#notes) note.then((takeBack) => takeBack()).catch(() => {});
  }

  #write(namings: readonly Naming[]): Promise<unknown> {
    const note = this.#bodies.note(this.#owner, namings);
    // It may fail before it is waited for.
    note.catch(() => {});
    this.#notes.push(note);
    return note;
  }
}
