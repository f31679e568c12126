/**
 * New versions (decision 0006): blind ones above everything that was read, conditional ones elected.
 *
 * The body is claimed after the key was read and before the version is stored. What follows the storing is the same for
 * both. Completed uploads are elected and finished by their own room (uploads/).
 */

import type { Body } from '../../../model/entities.ts';
import { type Committed, Conflict, type Mutation, Unavailable } from '../../port.ts';
import { compareTags } from '../tags.ts';
import type { Claimed, Home, KeyView, Owner, Stored } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { effectOfPut, onTop, type PreparedPut, type PutDraft } from './effects.ts';
import { Note } from './note.ts';
import { inTime, isUnknown, mayBeApplied, notApplied } from './outcomes.ts';
import { confirm, type Rooms, requireMode, requireRevision } from './rooms.ts';

type PutVersion = Extract<Mutation, { type: 'putVersion' }>;

/** A version that was sent on its way. */
interface SentPut {
  readonly home: Home;
  readonly put: PreparedPut;
  readonly stored: Stored;
  readonly claimed: Claimed | undefined;
  /** It was elected, so nothing came between what it read and what it wrote. */
  readonly elected: boolean;
  /** Of the shard that was read: a row more will be there. */
  readonly view: KeyView;
  readonly note: Note | undefined;
}

export class Puts {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  putVersion(home: Home, mutation: PutVersion): Promise<Committed> {
    return mutation.expect === undefined ? this.#blind(home, mutation) : this.#conditional(home, mutation);
  }

  async #blind(home: Home, mutation: PutVersion): Promise<Committed> {
    const { shards, tags } = this.#rooms;
    const key = Buffer.from(mutation.key);
    const owner = { home, key };
    const note = this.#note(owner, mutation);
    let claimed: Claimed | undefined;
    try {
      const prepared = await notApplied(async () => {
        const view = await shards.readKey(home, key, { answer: false });
        requireMode(view, mutation.versioning);
        claimed = await this.#claim(mutation.draft.body, owner);
        const put = effectOfPut(this.#draftOf(mutation, claimed), tags.blind(view.tag, view.shard.floor));
        requireTime(put, claimed);
        await note?.written;
        return { view, put };
      });
      const stored = await shards.store(prepared.view, prepared.put.effect);
      return await this.#finish({ home, ...prepared, stored, claimed, elected: false, note });
    } catch (error) {
      giveUp(error, claimed, note);
      throw error;
    }
  }

  async #conditional(home: Home, mutation: PutVersion): Promise<Committed> {
    const { claims, tags } = this.#rooms;
    const key = Buffer.from(mutation.key);
    const owner = { home, key };
    const note = this.#note(owner, mutation);
    let claimed: Claimed | undefined;
    let draft: PutDraft | undefined;
    try {
      const changed = await claims.change(home, key, async (view) => {
        requireMode(view, mutation.versioning);
        requireRevision(view, key, mutation.expect);
        claimed ??= await this.#claim(mutation.draft.body, owner);
        draft ??= this.#draftOf(mutation, claimed);
        const put = onTop(view, effectOfPut(draft, tags.successor(view.tag, view.shard.floor)));
        requireTime(put, claimed);
        await note?.written;
        return { effect: put.effect, result: { put, view } };
      });
      if (changed === undefined) throw new Conflict('bucket');
      const { stored, result } = changed;
      return await this.#finish({ home, ...result, stored, claimed, elected: true, note });
    } catch (error) {
      giveUp(error, claimed, note);
      throw error;
    }
  }

  /** That the key will have to be tidied, unless a fresh body's own ledger row says so. Written while the key is read. */
  #note(owner: Owner, { draft, versioning }: PutVersion): Note | undefined {
    if (versioning === 'enabled' || (draft.body !== undefined && draft.body.size > 0)) return undefined;
    return new Note(this.#rooms.bodies, owner);
  }

  /**
   * After the storing: refuses what did not get there or came too late, sees that the version is current, and leaves the
   * tidying for after the answer.
   */
  async #finish(sent: SentPut): Promise<Committed> {
    const { home, put, stored, claimed, elected, view } = sent;
    if (inTime(stored) !== 'stored') throw new Conflict('bucket');
    if (claimed?.isLate()) throw tooLate(true);
    const isNull = put.place.z === 0;
    const isOnly = view.shard.mode === 'unversioned';
    if (!elected && !isOnly) await mayBeApplied(() => this.#seeThatItIsCurrent(home, put));
    if (!isNull || view.head === undefined) this.#rooms.shards.grew(view.shard);
    if (isNull) this.#tidyLater(sent);
    else claimed?.settle('named');
    return put.committed;
  }

  #tidyLater({ home, put, claimed, note }: SentPut): void {
    const { background, nulls } = this.#rooms;
    background.run({
      work: async () => {
        await nulls.tidy(home, put.effect.key, put.place);
        claimed?.settle('named');
        note?.takeBack();
      },
      givenUp: () => claimed?.settle('unknown'),
    });
  }

  /**
   * Where another state is above this put, a removal may be on its way that listed the versions before this one was among
   * them: elected after the answer, it would make an older one current. So the newest is confirmed before the answer,
   * whatever is current now. (In buckets that never kept versions nothing comes in the place of what is removed.)
   */
  async #seeThatItIsCurrent(home: Home, put: PreparedPut): Promise<void> {
    const { key } = put.effect;
    const view = await this.#rooms.shards.readKey(home, key, { answer: false });
    if (view === undefined || isCurrent(put, view)) return;
    await confirm(this.#rooms, home, key);
  }

  async #claim(body: Body | undefined, owner: Owner): Promise<Claimed | undefined> {
    return body === undefined ? undefined : this.#rooms.bodies.claim(body, owner);
  }

  #draftOf({ key, versioning, draft }: PutVersion, claimed: Claimed | undefined): PutDraft {
    const { body: _body, ...fields } = draft;
    const id = newUuid(this.#rooms.tools.random);
    return { key: Buffer.from(key), versioning, draft: fields, naming: claimed?.naming, id };
  }
}

/** Of two puts with one tag the larger bytes are kept. */
function isCurrent({ tag, effect: { head } }: PreparedPut, view: KeyView): boolean {
  const { payload } = head ?? {};
  return compareTags(view.tag, tag) === 0 && payload !== undefined && view.head?.equals(payload) === true;
}

function giveUp(error: unknown, claimed: Claimed | undefined, note: Note | undefined): void {
  const unknown = isUnknown(error);
  claimed?.settle(unknown ? 'unknown' : 'dropped');
  if (!unknown) note?.takeBack();
}

/** Throws when the collector might take the body for one that no version will name. */
function requireTime({ tag }: PreparedPut, claimed: Claimed | undefined): void {
  const { latest } = claimed ?? {};
  if (claimed?.isLate() || (latest !== undefined && tag.time >= latest)) throw tooLate(false);
}

function tooLate(applied: boolean): Unavailable {
  return new Unavailable('the body was written too long ago to be named now. Send it again.', {
    mayHaveApplied: applied,
  });
}
