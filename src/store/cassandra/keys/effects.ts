/**
 * What a change writes for its key, as pure functions of what was read. Each is one mutation: `head` and rows of `ver` of
 * one key are in one partition.
 *
 * Elected changes write the row of the version that was current anew, at their own tag: whatever one reader saw as current
 * is then surely among the versions, also when the process that put it died in the middle of storing. Blind puts must not:
 * they would bury a change of that version which they did not see.
 */

import { strict as assert } from 'node:assert';
import type { Revision, VersionDraft, Versioning } from '../../../model/entities.ts';
import type { Committed } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import type { Effect, KeyView, Naming, Tag, VersionEffect, VersionPlace } from '../types.ts';
import { ABSENT, revisionOf, samePlace, type VersionRecord, versionIdOf, writeRecord } from './record.ts';
import { currentOf, deadPayload } from './versions.ts';

/** What a put is to write, but for its tag. */
export interface PutDraft {
  readonly key: Buffer;
  readonly versioning: Versioning;
  readonly draft: Omit<VersionDraft, 'body'>;
  /** Undefined: a delete marker. */
  readonly naming: Naming | undefined;
  /** Of the version, drawn once. */
  readonly id: Uuid;
}

export interface PreparedPut {
  readonly place: VersionPlace;
  readonly tag: Tag;
  readonly effect: Effect;
  readonly committed: Committed;
}

/** A new current version at this tag. The same arguments make the same bytes. */
export function effectOfPut({ key, versioning, draft, naming, id }: PutDraft, tag: Tag): PreparedPut {
  assert.equal(naming === undefined, draft.kind === 'delete-marker', 'an object has a body, a delete marker none');
  const z = versioning === 'enabled' ? 1 : 0;
  const place: VersionPlace = { z, t: tag.time, n: tag.count, id };
  const { parts, ...fields } = draft;
  const listed = parts !== undefined && naming?.place.type === 'list';
  const record: VersionRecord = { ...fields, place, rev: tag, naming, parts: listed ? 'listed' : parts };
  const payload = writeRecord(key, record);
  return {
    place,
    tag,
    effect: { key, head: { tag, payload }, versions: [{ place, tag, payload }] },
    committed: { versionId: versionIdOf(place), isNull: z === 0, revision: revisionOf(tag, id) },
  };
}

/** The same effect, elected on what `view` shows. */
export function onTop(view: KeyView, put: PreparedPut): PreparedPut {
  const { effect } = put;
  return { ...put, effect: { ...effect, versions: [...effect.versions, ...carried(view, effect.key, put.tag)] } };
}

/** The row of the version that is current, for an elected change to write anew. */
export function carried(view: KeyView, key: Buffer, tag: Tag): readonly VersionEffect[] {
  const current = currentOf(key, view);
  return current === undefined || view.head === undefined ? [] : [{ place: current.place, tag, payload: view.head }];
}

/** The state as it is, at another tag: what a fence elects, and what heals a current version without a row. */
export function sameState(view: KeyView, key: Buffer, tag: Tag): Effect {
  return { key, head: { tag, payload: view.head }, versions: carried(view, key, tag) };
}

/** The null version goes, and nothing comes in its place: in buckets that never kept versions. */
export function effectOfDelete(key: Buffer, tag: Tag, id: Uuid): Effect {
  return { key, head: { tag, payload: undefined }, versions: [deadNull(tag, id)] };
}

/** From here on there is no null version: rows below it do not count, not even those that come late. */
function deadNull(tag: Tag, id: Uuid): VersionEffect {
  return { place: { z: 0, t: tag.time, n: tag.count, id }, tag, payload: deadPayload() };
}

export interface Removal {
  readonly effect: Effect;
  /** Of the key, afterwards. */
  readonly revision: Revision;
}

/** One version goes for good. `next` becomes current if the one that goes is; `id` is for a dead null version. */
export function effectOfRemoval(
  view: KeyView,
  key: Buffer,
  change: {
    readonly removed: VersionRecord;
    readonly next: VersionRecord | undefined;
    readonly tag: Tag;
    readonly id: Uuid;
  },
): Removal {
  const { removed, next, tag, id } = change;
  const current = currentOf(key, view);
  const gone: VersionEffect[] = [{ place: removed.place, tag, payload: undefined }];
  if (removed.place.z === 0) gone.push(deadNull(tag, id));
  if (current !== undefined && !samePlace(current.place, removed.place)) {
    const kept = sameState(view, key, tag);
    return { effect: { ...kept, versions: [...gone, ...kept.versions] }, revision: revisionOf(tag, current.place.id) };
  }
  return {
    effect: { ...asCurrent(key, next, tag), versions: [...gone, ...rowOf(key, next, tag)] },
    revision: markOf(next, tag),
  };
}

/** This version becomes current, as it is. */
export function effectOfRaise(key: Buffer, version: VersionRecord, tag: Tag): Effect {
  return { ...asCurrent(key, version, tag), versions: rowOf(key, version, tag) };
}

/** One version is replaced in place by `changed`, whose `rev` is the tag. */
export function effectOfUpdate(view: KeyView, key: Buffer, changed: VersionRecord): Effect {
  const { place, rev: tag } = changed;
  const payload = writeRecord(key, changed);
  const row = { place, tag, payload };
  const current = currentOf(key, view);
  if (current !== undefined && samePlace(current.place, place)) return { key, head: { tag, payload }, versions: [row] };
  const kept = sameState(view, key, tag);
  return { ...kept, versions: [row, ...kept.versions] };
}

function asCurrent(key: Buffer, version: VersionRecord | undefined, tag: Tag): Omit<Effect, 'versions'> {
  return { key, head: { tag, payload: version && writeRecord(key, version) } };
}

function rowOf(key: Buffer, version: VersionRecord | undefined, tag: Tag): readonly VersionEffect[] {
  return version === undefined ? [] : [{ place: version.place, tag, payload: writeRecord(key, version) }];
}

const markOf = (version: VersionRecord | undefined, tag: Tag): Revision =>
  version === undefined ? ABSENT : revisionOf(tag, version.place.id);
