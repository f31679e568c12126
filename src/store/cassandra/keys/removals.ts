/**
 * Versions that go, and versions that change in place (decision 0006). All are elected, but for one: DELETE in a bucket that
 * never kept versions is a dead state like any other, above what was read.
 */

import { strict as assert } from 'node:assert';
import type { Revision, VersionId } from '../../../model/entities.ts';
import { type Committed, Conflict, type Mutation } from '../../port.ts';
import type { Effect, Home, KeyView, Naming, Owner, VersionPlace } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { effectOfDelete, effectOfRemoval, effectOfUpdate } from './effects.ts';
import { Note } from './note.ts';
import { inTime, isUnknown, mayBeApplied, notApplied } from './outcomes.ts';
import { ABSENT, placeOfVersionId, revisionOf, samePlace, type VersionRecord, versionIdOf } from './record.ts';
import { changeInAnyMode, type Rooms, raise, requireMode, requireRevision } from './rooms.ts';
import { currentOf, keyRevision } from './versions.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

interface Removed {
  readonly revision: Revision;
  /** Undefined: there was nothing to remove. */
  readonly place: VersionPlace | undefined;
  readonly naming: Naming | undefined;
  /** An older version became current, or none. */
  readonly isLowered: boolean;
}

const NOTHING: Removed = Object.freeze({ revision: ABSENT, place: undefined, naming: undefined, isLowered: false });

/** The version of that id, or the null version. */
export async function findVersion(
  { versions }: Pick<Rooms, 'versions'>,
  view: KeyView,
  { key, versionId }: { readonly key: Buffer; readonly versionId: VersionId | undefined },
): Promise<VersionRecord | undefined> {
  const current = currentOf(key, view);
  if (versionId === undefined) return current;
  const { home } = view.shard;
  if (versionId === 'null') return current?.place.z === 0 ? current : versions.null(home, key);
  const place = placeOfVersionId(versionId);
  if (place === undefined) return undefined;
  if (current !== undefined && samePlace(current.place, place)) return current;
  if (place.z === 1) return versions.at(home, key, place);
  // Null versions that were replaced keep their rows until they are tidied.
  const newest = current?.place.z === 0 ? undefined : await versions.null(home, key);
  return newest !== undefined && samePlace(newest.place, place) ? newest : undefined;
}

export class Removals {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  async removeNull(home: Home, mutation: Of<'removeNull'>): Promise<Committed> {
    if (mutation.versioning === 'unversioned' && mutation.expect === undefined) return this.#delete(home, mutation);
    const { claims } = this.#rooms;
    const key = Buffer.from(mutation.key);
    return this.#remove({ home, key }, async (note) => {
      const changed = await claims.change(home, key, async (view) => {
        requireMode(view, mutation.versioning);
        requireRevision(view, key, mutation.expect);
        const found = await findVersion(this.#rooms, view, { key, versionId: 'null' });
        if (found !== undefined) return this.#removal(view, key, { found, note });
        const revision = keyRevision(view, currentOf(key, view));
        return { result: { ...NOTHING, revision } };
      });
      if (changed?.stored !== 'stored') throw new Conflict('bucket');
      return changed.result;
    });
  }

  removeVersion(home: Home, mutation: Of<'removeVersion'>): Promise<Committed> {
    const { versionId, expect } = mutation;
    const key = Buffer.from(mutation.key);
    return this.#remove({ home, key }, async (note) => {
      const removed = await changeInAnyMode(this.#rooms, home, key, async (view) => {
        const found = await this.#expected(view, key, { versionId, expect });
        return this.#removal(view, key, { found, note });
      });
      if (removed === undefined) throw new Conflict('revision');
      return removed;
    });
  }

  async updateVersion(home: Home, { version, expect }: Of<'updateVersion'>): Promise<Committed> {
    const key = Buffer.from(version.key);
    const { versionId } = version;
    const committed = await changeInAnyMode(this.#rooms, home, key, async (view) => {
      const found = await this.#expected(view, key, { versionId, expect });
      assert.equal(version.kind, found.kind, 'an object stays an object');
      const { uploadId: _uploadId, checksum: _checksum, attributes: _attributes, ...kept } = found;
      const rev = this.#rooms.tags.successor(view.tag, view.shard.floor);
      const changed: VersionRecord = {
        ...kept,
        ...{ rev, etag: version.etag, modifiedAt: version.modifiedAt, acl: version.acl, headers: version.headers },
        ...{ owner: version.owner, ownerCanonicalId: version.ownerCanonicalId },
        ...(version.checksum === undefined ? {} : { checksum: version.checksum }),
        ...(version.uploadId === undefined ? {} : { uploadId: version.uploadId }),
        ...(version.attributes === undefined ? {} : { attributes: version.attributes }),
      };
      const { place } = found;
      const result = { versionId: versionIdOf(place), isNull: place.z === 0, revision: revisionOf(rev, place.id) };
      return { effect: effectOfUpdate(view, key, changed), result };
    });
    if (committed === undefined) throw new Conflict('revision');
    return committed;
  }

  /** DELETE without a condition where there are no versions. */
  async #delete(home: Home, mutation: Of<'removeNull'>): Promise<Committed> {
    const { shards, tags, tools } = this.#rooms;
    const key = Buffer.from(mutation.key);
    return this.#remove({ home, key }, async (note) => {
      const { view, effect } = await notApplied(async () => {
        const seen = await shards.readKey(home, key, { answer: true });
        requireMode(seen, mutation.versioning);
        const tag = tags.blind(seen.tag, seen.shard.floor);
        await note.written;
        return { view: seen, effect: effectOfDelete(key, tag, newUuid(tools.random)) };
      });
      if (view.head === undefined) return NOTHING;
      if (inTime(await shards.store(view, effect)) !== 'stored') throw new Conflict('bucket');
      return { ...NOTHING, place: effect.versions[0]?.place };
    });
  }

  /** The version, in the state expected. */
  async #expected(
    view: KeyView,
    key: Buffer,
    { versionId, expect }: { readonly versionId: VersionId; readonly expect: Revision },
  ): Promise<VersionRecord> {
    const found = await findVersion(this.#rooms, view, { key, versionId });
    if (found === undefined || revisionOf(found.rev, found.place.id) !== expect) throw new Conflict('revision');
    return found;
  }

  async #removal(
    view: KeyView,
    key: Buffer,
    { found, note }: { readonly found: VersionRecord; readonly note: Note },
  ): Promise<{ readonly effect: Effect; readonly result: Removed }> {
    const { tags, tools, versions } = this.#rooms;
    const { place, naming } = found;
    const tag = tags.successor(view.tag, view.shard.floor);
    const [next] = await Promise.all([
      versions.newest(view.shard.home, key, place),
      note.written.then(() => note.add(naming)),
    ]);
    const change = { removed: found, next, tag, id: newUuid(tools.random) };
    const { effect, revision } = effectOfRemoval(view, key, change);
    const current = currentOf(key, view);
    const isLowered = current === undefined || samePlace(current.place, place);
    return { effect, result: { revision, place, naming, isLowered } };
  }

  /** Notes, removes, sees that the newest version is current, and leaves the rest for after the answer. */
  async #remove(owner: Owner, remove: (note: Note) => Promise<Removed>): Promise<Committed> {
    const { bodies, background, nulls } = this.#rooms;
    const { home, key } = owner;
    const note = new Note(bodies, owner);
    try {
      const { revision, place, naming, isLowered } = await remove(note);
      if (place === undefined) {
        note.takeBack();
        return { revision };
      }
      if (isLowered) await mayBeApplied(() => raise(this.#rooms, home, key));
      background.run({
        work: async () => {
          if (naming !== undefined) await bodies.release(naming, owner);
          if (place.z === 0) await nulls.tidy(home, key, place);
          note.takeBack();
        },
        givenUp: () => {},
      });
      return { revision };
    } catch (error) {
      if (!isUnknown(error)) note.takeBack();
      throw error;
    }
  }
}
