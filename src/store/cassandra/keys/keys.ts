/**
 * Object versions of the Cassandra engine: everything of `Rows` that concerns one key, listings, and what the collector asks
 * (decision 0006, "Puts and deletes", "Changes that read first").
 *
 * effects.ts says what each change writes, claims.ts elects those that need it, puts.ts and removals.ts make them, nulls.ts
 * clears away what puts replaced. Left out: bodies (bodies/), uploads (uploads/), where rows live (shards/).
 */

import type { ObjectVersion, Revision, VersionId, Versioning } from '../../../model/entities.ts';
import type { Committed, Mutation, ScanFrom } from '../../port.ts';
import type { Bodies, Claims, Home, Owners, Shards, Tools } from '../types.ts';
import { Background } from './background.ts';
import { NullRows } from './nulls.ts';
import { createOwners } from './owners.ts';
import { Puts } from './puts.ts';
import { samePlace, type VersionRecord } from './record.ts';
import { findVersion, Removals } from './removals.ts';
import type { Rooms } from './rooms.ts';
import { Scans, type VersionsFrom } from './scans.ts';
import { currentOf, keyRevision, Versions, versionOf } from './versions.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

/** A key as `getTarget` shows it. */
export interface KeyRead {
  /** The bucket's versioning state as it holds for this key. */
  readonly versioning: Versioning;
  readonly revision: Revision;
  readonly version: ObjectVersion | undefined;
}

export interface KeyQuery {
  readonly key: string;
  /** A version id (also the null version's own), or `null` for the null version. */
  readonly versionId?: VersionId;
}

export interface Keys {
  /** The current version, or the one named, and the state of the key. Undefined: there is no such bucket (any more). */
  read(home: Home, query: KeyQuery): Promise<KeyRead | undefined>;
  putVersion(home: Home, mutation: Of<'putVersion'>): Promise<Committed>;
  removeNull(home: Home, mutation: Of<'removeNull'>): Promise<Committed>;
  removeVersion(home: Home, mutation: Of<'removeVersion'>): Promise<Committed>;
  updateVersion(home: Home, mutation: Of<'updateVersion'>): Promise<Committed>;
  /** Of a bucket that is gone: nothing. */
  scanCurrent(home: Home, from: ScanFrom | undefined, limit: number): Promise<readonly ObjectVersion[]>;
  scanVersions(home: Home, from: VersionsFrom | undefined, limit: number): Promise<readonly ObjectVersion[]>;
  /** For bodies of keys; those of parts have other owners. */
  readonly owners: Owners;
  /** Waits for what follows the changes that were acknowledged so far. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createKeys(
  tools: Tools,
  { shards, claims, bodies }: { readonly shards: Shards; readonly claims: Claims; readonly bodies: Bodies },
): Keys {
  const { tags } = tools;
  const versions = new Versions(shards);
  const nulls = new NullRows({ shards, bodies, versions, tags });
  const background = new Background(tools.log);
  const rooms: Rooms = { tools, tags, shards, claims, bodies, versions, nulls, background };
  const puts = new Puts(rooms);
  const removals = new Removals(rooms);
  const scans = new Scans(rooms);
  return Object.freeze({
    read: (home: Home, query: KeyQuery) => read(rooms, home, query),
    putVersion: (home: Home, mutation: Of<'putVersion'>) => puts.putVersion(home, mutation),
    removeNull: (home: Home, mutation: Of<'removeNull'>) => removals.removeNull(home, mutation),
    removeVersion: (home: Home, mutation: Of<'removeVersion'>) => removals.removeVersion(home, mutation),
    updateVersion: (home: Home, mutation: Of<'updateVersion'>) => removals.updateVersion(home, mutation),
    scanCurrent: (home: Home, from: ScanFrom | undefined, limit: number) => scans.scanCurrent(home, from, limit),
    scanVersions: (home: Home, from: VersionsFrom | undefined, limit: number) => scans.scanVersions(home, from, limit),
    owners: createOwners(rooms),
    idle: () => background.close(),
    close: () => background.close(),
  });
}

async function read(rooms: Rooms, home: Home, { key: name, versionId }: KeyQuery): Promise<KeyRead | undefined> {
  const key = Buffer.from(name);
  const view = await rooms.shards.readKey(home, key, { answer: true });
  if (view === undefined) return undefined;
  const current = currentOf(key, view);
  // Behind the key's state, never before it: a state must not be newer than the version that was seen with it.
  const found = await findVersion(rooms, view, { key, versionId });
  const isCurrent = found !== undefined && current !== undefined && samePlace(found.place, current.place);
  return {
    versioning: view.shard.mode,
    revision: keyRevision(view, current),
    version: found && (await withParts(rooms, found, versionOf(key, found, { isCurrent, bodies: rooms.bodies }))),
  };
}

/** Adds the list of parts, if it has one. */
async function withParts({ bodies }: Rooms, record: VersionRecord, version: ObjectVersion): Promise<ObjectVersion> {
  const { parts, naming } = record;
  if (parts === undefined || naming === undefined) return version;
  return { ...version, parts: parts === 'listed' ? await bodies.partsOf(naming.place) : parts };
}
