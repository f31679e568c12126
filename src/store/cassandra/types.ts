/**
 * What the rooms of the Cassandra engine agree on: tags, places, effects, and what each offers the others.
 *
 * The protocol behind it is decision 0006. Times in tags are not milliseconds: see `Tag`. Ids of shards, bodies and claims
 * are UUIDs as text; ids of buckets, uploads and accounts are the caller's.
 */

import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Body, Bucket, BucketId, PartInfo, Versioning } from '../../model/entities.ts';
import type { Blobs } from '../port.ts';
import type { RegionName, Sessions, Uuid } from './database/types.ts';

/** What every room is made from. */
export interface Tools {
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly log: Log | undefined;
  readonly tags: Tags;
  /** Sizes and times that only this engine has. */
  readonly tuning: Tuning;
}

/** Defaults in `tuning.ts`, with reasons; tests make them small. */
export interface Tuning {
  readonly chunkBytes: number;
  /** Chunks of one request on their way at a time. */
  readonly chunksInFlight: number;
  /** Live rows of a shard above which it is split, and below which (with a neighbour) it is merged. */
  readonly splitRows: number;
  readonly mergeRows: number;
  /** Dead rows met by listings that make a vacuum worth it. */
  readonly vacuumRows: number;
  /** A shard's rows are counted again after about so many new keys. */
  readonly measureEvery: number;
  /** How long operations wait for a sealed shard that does not let them pass. Milliseconds. */
  readonly sealPatienceMs: number;
  /** Width of a ledger partition, milliseconds. */
  readonly ledgerPeriodMs: number;
  /** After so long an unsettled body is looked at. Milliseconds. */
  readonly unsettledMs: number;
  /** A writer commits a fresh body within this time of its reservation, or not at all. Less than `unsettledMs`. */
  readonly commitWithinMs: number;
  /** Released bodies stay so long for their readers. Milliseconds. */
  readonly trashMs: number;
}

// --------------------------------------------------------------------------------------------------------------- tags

/**
 * Order of the states of one key: by `time`, then by `count`. `time` is the Cassandra timestamp that we supply: 51 bits of
 * microseconds since 2020 and 12 bits that differ between processes. Blind writes have count 0.
 */
export interface Tag {
  readonly time: bigint;
  readonly count: number;
}

export interface Tags {
  /** For a blind write: above `seen`, above `floor`, at least the clock's, and above all that this process gave out. */
  blind(seen: Tag, floor: bigint): Tag;
  /** For a write that read `base` and succeeds exactly it: `(base, count + 1)`, or `(floor, 1)` when base is not above it. */
  successor(base: Tag, floor: bigint): Tag;
  /** The clock's time as a tag's time, slot 0. */
  now(): bigint;
  /** A tag's time for milliseconds since 1970. */
  at(milliseconds: number): bigint;
}

// ------------------------------------------------------------------------------------------------------------- shards

/** Where a bucket's rows live. */
export interface Home {
  readonly region: RegionName;
  readonly bucketId: BucketId;
}

export type ShardState = 'filling' | 'live' | 'sealed' | 'retired';
/** `move`: split, merge, vacuum: writers go on. `mode` and `delete`: writers wait until it is over. */
export type JobKind = 'move' | 'mode' | 'delete';

/** A partition of `head` and `ver`: a range of keys. Everything but the state is fixed when it is made. */
export interface Shard {
  readonly home: Home;
  readonly id: Uuid;
  readonly state: ShardState;
  /** Keys from `low` (included) to `high` (excluded; undefined: to the end). */
  readonly low: Buffer;
  readonly high: Buffer | undefined;
  readonly mode: Versioning;
  /** Dead rows up to this tag time may be missing here; nothing is stored here at or below `(floor, 0)`. */
  readonly floor: bigint;
}

/** The current state of one key, as one read of its shard saw it. */
export interface KeyView {
  readonly shard: Shard;
  /** Of the row, or `(floor, 0)` when there is none or a dead one below the floor. */
  readonly tag: Tag;
  /** What `Effect.head` stored; undefined: the key is absent (dead, or never there). */
  readonly head: Buffer | undefined;
}

/** What is written for one key in one mutation: idempotent, the same bytes at the same tags each time. */
export interface Effect {
  readonly key: Buffer;
  /** `payload` undefined: a dead marker. */
  readonly head?: { readonly tag: Tag; readonly payload: Buffer | undefined };
  readonly versions: readonly VersionEffect[];
}

/** A row of `ver`: `z` 0 for null versions, 1 for others, -1 for bodies that were voided (`t`, `n` 0, `id` the body). */
export interface VersionPlace {
  readonly z: -1 | 0 | 1;
  readonly t: bigint;
  readonly n: number;
  readonly id: Uuid;
}
export interface VersionEffect {
  readonly place: VersionPlace;
  /** The key's tag at which it was written: later changes of the same row win by it. */
  readonly tag: Tag;
  /**
   * Undefined: void, for ever. Otherwise the first byte tells: 0 is a dead null version (that one byte, z 0: since then there
   * is none), from 1 on formats of versions and fences (z -1).
   */
  readonly payload: Buffer | undefined;
}

/**
 * `moved`: the versioning state of the shard changed meanwhile, and it was not applied. `gone`: the bucket was deleted.
 * `late`: its tag is at or below the floor of the shard that took over, and it was not stored there. Whether it was in time
 * cannot be told; what was acknowledged was. Its author answers `Unavailable` (it may have been applied); who only wants an
 * elected change to be complete reads the claim row again. `past`: as `late`, but whatever became of it is so for ever.
 */
export type Stored = 'stored' | 'moved' | 'gone' | 'late' | 'past';

/** What allows an elected change to be completed below the floor of a shard. */
export interface Election {
  /** What it changed was there: a shard without any row of the key has left the key behind since. */
  readonly onLive: boolean;
  /** Whether the claim row still holds it (a serial read). */
  isStanding(): Promise<boolean>;
}

export interface Shards {
  /** First shard of a new bucket. Returns when it can be used. Idempotent for the same bucket. */
  create(home: Home, mode: Versioning): Promise<void>;
  /**
   * Reads a key's state. With `answer`, what is seen leaves the process: in a shard that is being moved it is first carried
   * over, so that later readers see no older state. Undefined: the bucket has no shards (any more).
   * Waits out seals of kind `mode` and `delete` up to `sealPatienceMs`, then throws `Unavailable`.
   */
  readKey(home: Home, key: Buffer, how: { readonly answer: boolean }): Promise<KeyView | undefined>;
  /**
   * Stores, checks the shard's state again, follows it when it moved, until the effect may be acknowledged. The view may be
   * an old one, of a shard that has retired since: only `view.shard` counts. Throws `Unavailable` (`mayHaveApplied`) when it
   * cannot be known. The floor concerns heads and versions; voids and fences (z -1) are stored whatever their tag.
   * `election`: of an elected change, for its author and who helps: it is completed below the floor while it stands.
   */
  store(view: KeyView, effect: Effect, election?: Election): Promise<Stored>;
  /** Rows `SELECT … FROM ver` of one shard, through `state` of the same moment; see `versionRows` in shards/. */
  versionRows(home: Home, query: VersionQuery): Promise<VersionPage | undefined>;
  /** Current rows in key order from `from` on, dead ones included, of one shard. Undefined as in `readKey`. */
  headRows(home: Home, from: Buffer, limit: number): Promise<HeadPage | undefined>;
  /**
   * Moves every shard to another versioning state; all shards have it on return. Resumes what another began.
   *
   * `epoch` (from 1) is the number of this change in the bucket's life, deletions counted too; jobs carry it, and shards
   * keep the last one that they went through (split and merged ones inherit it). A shard that went through this or a later
   * one is left alone: else a paused helper would repeat a change after others made the next.
   */
  changeMode(home: Home, mode: Versioning, epoch: number): Promise<void>;
  /**
   * Seals every shard, asks `verdict` (may be asked again by others; answers alike for ever, for one epoch, once it
   * answered), then retires all of them or lets all go on. Resumes what another began. `epoch` as in `changeMode`.
   */
  deleteAll(home: Home, verdict: (empty: boolean) => Promise<'gone' | 'kept'>, epoch: number): Promise<'gone' | 'kept'>;
  /** A key was made that was not there. Counts towards the next measurement, which may split the shard. */
  grew(shard: Shard): void;
  /** Dead rows that a listing read. Counts towards a vacuum. */
  sawDead(shard: Shard, count: number): void;
  /** Waits for the moves under way in this process. */
  close(): Promise<void>;
}

export interface HeadRow {
  readonly key: Buffer;
  readonly tag: Tag;
  /** Undefined: dead. */
  readonly payload: Buffer | undefined;
}
export interface HeadPage {
  readonly shard: Shard;
  /** At most the limit; fewer mean that the shard has no more. */
  readonly rows: readonly HeadRow[];
}

export interface VersionRow {
  readonly key: Buffer;
  readonly place: VersionPlace;
  readonly tag: Tag;
  /** As in `VersionEffect`: undefined is void, first byte 0 a dead null version. */
  readonly payload: Buffer | undefined;
}
export interface VersionPage {
  readonly shard: Shard;
  readonly rows: readonly VersionRow[];
}
/** Rows are ordered by key, then z ascending, then t and n descending. */
export type VersionQuery =
  /** Rows of one key at these places. */
  | { readonly type: 'places'; readonly key: Buffer; readonly places: readonly VersionPlace[] }
  /** Rows of one key and z below `(t, n, id)` (exclusive) in order, or from its newest. */
  | {
      readonly type: 'key';
      readonly key: Buffer;
      readonly z: -1 | 0 | 1;
      readonly below?: { readonly t: bigint; readonly n: number };
      readonly limit: number;
    }
  /** All rows of one shard from this key on, this key included. */
  | { readonly type: 'from'; readonly key: Buffer; readonly limit: number };

// --------------------------------------------------------------------------------------------------------------- keys

/** Changes of one key that must succeed exactly the state they saw: one at a time, elected in the key's claim row. */
export interface Claims {
  /**
   * Helps what was elected before, reads the key, asks `decide`, elects its effect and stores it; begins again when another
   * was faster. `decide` may throw (`Conflict`) or return undefined: nothing to do. Undefined: no bucket.
   */
  change<T>(
    home: Home,
    key: Buffer,
    decide: (view: KeyView) => Promise<{ readonly effect: Effect; readonly result: T } | { readonly result: T }>,
  ): Promise<{ readonly result: T; readonly stored: Stored } | undefined>;
}

/**
 * What the ledger's collector asks of whoever names bodies. `naming` is `idOf(naming)`: the reference, or without one the
 * body's id. A key may name one body several times (a copy onto itself), each by a naming of its own.
 */
export interface Owners {
  /** Whether a version of the key (or a part of the upload) has this naming, void rows aside. */
  isNamed(owner: Owner, naming: Uuid): Promise<boolean>;
  /**
   * From now on no write of that naming with a tag below `latest` can become visible: neither as current nor as a version.
   * Afterwards the collector asks `isNamed` again. When it is named after all, `unfence` takes the fence back. (Keys decide
   * in the fence's own election: who is named by then is not fenced, who is fenced will never be named.)
   */
  fence(owner: Owner, naming: Uuid, latest: bigint): Promise<void>;
  unfence(owner: Owner, naming: Uuid): Promise<void>;
  /** Afterwards all that was elected is stored, and nothing that was decided before is ever elected. */
  confirm(home: Home, key: Buffer): Promise<void>;
  /** Voids null versions below the newest, and releases their bodies. */
  tidy(home: Home, key: Buffer): Promise<void>;
}

/** Who names a body first: a key, or a part of an upload to it. */
export interface Owner {
  readonly home: Home;
  readonly key: Buffer;
  readonly uploadId?: string;
}

// ------------------------------------------------------------------------------------------------------------- bodies

/** Where bytes are. `id` is what references count: a blob's chunks, or a list of other bodies' ranges. */
export type BodyPlace =
  | { readonly type: 'empty' }
  | {
      readonly type: 'blob';
      readonly region: RegionName;
      readonly id: Uuid;
      /** The range of it that is meant, and its whole size. */
      readonly start: number;
      readonly end: number;
      readonly size: number;
      readonly chunkBytes: number;
    }
  | {
      readonly type: 'list';
      readonly region: RegionName;
      readonly id: Uuid;
      readonly start: number;
      readonly end: number;
      readonly size: number;
    };

/**
 * What a row keeps of its body. Two rows share a naming (an update in place and what it replaced) when the reference is
 * the same, or without one the body's id: only then is nothing to be released. Void rows (z = -1) bear that id.
 */
export interface Naming {
  readonly place: BodyPlace;
  /** Undefined: the row is the body's first owner. Otherwise the owner of a reference in `ref`. */
  readonly reference: Uuid | undefined;
}

/** A body about to be named by a row. */
export interface Claimed {
  readonly naming: Naming;
  /** The row's tag must be below it. Undefined: nothing to keep to (an empty body). */
  readonly latest: bigint | undefined;
  /** Looked at after the row was stored and before that is acknowledged: true means it may not be acknowledged any more. */
  isLate(): boolean;
  /**
   * `named`: the row is there and the older null versions were tidied. `dropped`: surely never will be.
   * `unknown`: left to the collector. Never throws.
   */
  settle(outcome: 'named' | 'dropped' | 'unknown'): void;
}

export interface Bodies extends Blobs {
  /**
   * Makes a body ready to be named by a row of `owner`. Fresh bodies of this process that were written for this owner need
   * no statement; others get a reference that the collector cannot miss; bodies of other regions are copied.
   * Throws `Conflict('source')` when the body is gone.
   */
  claim(body: Body, owner: Owner): Promise<Claimed>;
  /** The body of a row, as callers see it. */
  bodyOf(naming: Naming): Body;
  /** A row of `owner` does not name it any more. Idempotent. */
  release(naming: Naming, owner: Owner): Promise<void>;
  /**
   * Written before rows of the key are removed or replaced without a fresh body: should this process die, the collector
   * tidies the key and releases those of `namings` that are not named any more. The function takes the note back.
   */
  note(owner: Owner, namings: readonly Naming[]): Promise<() => void>;
  /**
   * Ranges of bodies as one fresh body of `owner` (the key), by reference, with the parts that GetObjectAttributes shows: a
   * list, also of one range or none. Like a copy, it gets references of its own, removed when the list is: what names the
   * bodies now (rows of parts) goes on naming them and is released by itself. So a completion that fails drops its list and
   * harms no part, and two attempts do not share what they hold. Throws `Conflict('source')` when one of them is gone.
   */
  compose(owner: Owner, parts: readonly Naming[], infos: readonly PartInfo[]): Promise<Claimed>;
  /** What `compose` was told. */
  partsOf(place: BodyPlace): Promise<readonly PartInfo[]>;
}

// ------------------------------------------------------------------------------------------------------------ buckets

/** The row of a bucket. `mode` of its shards is what counts for a key; the bucket's own is the last that all had. */
export interface BucketRow {
  readonly home: Home;
  readonly bucket: Bucket;
}

export interface Buckets {
  /** Undefined: there is none. `fresh`: not from this process's memory of names. The row itself is always read. */
  byName(name: string): Promise<BucketRow | undefined>;
  byId(id: BucketId): Promise<BucketRow | undefined>;
  /** From memory alone: where a bucket of that name probably is, so that its key can be read beside its row. */
  guess(name: string): Home | undefined;
}
