/**
 * The contract of a storage engine. `test/contract/` proves it for every engine and every wrapper.
 *
 * An engine orders keys, compares revisions and keeps bytes. It knows no HTTP, XML, ACL or S3 rule: the caller decides
 * *whether*, the engine makes it atomic. Keys compare by their UTF-8 bytes. Reads see every write acknowledged before
 * they began (get-, list- and delete-after-write). Arguments are valid by the time they get here: engines assert.
 *
 * Failures are three classes and no other: `Conflict` (nothing was applied), `Unavailable` (`mayHaveApplied` says
 * whether it might have been), `Corrupt` (bytes or rows that fail their checksum). A missing thing is `undefined`.
 */

import type {
  AccessKey,
  Account,
  AccountId,
  AuditEvent,
  Body,
  Bucket,
  BucketId,
  KeyClient,
  ObjectVersion,
  Part,
  Refusal,
  Revision,
  Upload,
  VersionDraft,
  VersionId,
  Versioning,
} from '../model/entities.ts';

export interface Engine {
  readonly capabilities: Capabilities;
  readonly rows: Rows;
  readonly blobs: Blobs;
  readonly upkeep: Upkeep;
  /** Waits for what is under way; nothing may be called afterwards. */
  close(): Promise<void>;
}

/** Differences between engines that callers may use. Data, with the consequence; never `instanceof`. */
export interface Capabilities {
  readonly name: 'embedded' | 'cassandra' | 'memory';
  /** Rows a listing asks for first; further pages double up to `scanRows`. Small where a read is cheap. */
  readonly scanFirstRows: number;
  readonly scanRows: number;
  /** Bodies up to this many bytes live with their row: writing one costs no blob of its own. */
  readonly inlineBytes: number;
}

// ---------------------------------------------------------------------------------------------------------- rows

export interface Identity {
  readonly key: AccessKey;
  readonly account: Account;
}

export interface Target {
  readonly bucket: Bucket | undefined;
  /** The version asked for: the current one, or the one named. May be a delete marker. */
  readonly version: ObjectVersion | undefined;
  /**
   * The state of the key as a whole, absence included: what a conditional commit expects. It changes with every change of
   * any version of the key. All absent keys are in the same state, so that "must not exist" can be expected.
   */
  readonly revision: Revision;
}

export interface TargetQuery {
  readonly bucket: string;
  readonly key?: string;
  /** A version id (also the null version's own), or `null` for the null version. */
  readonly versionId?: VersionId;
  /** The body will be read: small ones are taken along in the same snapshot, so that no overwrite can come between. */
  readonly withBody?: boolean;
}

export type AccountQuery =
  | { readonly id: AccountId }
  | { readonly name: string }
  | { readonly email: string }
  | { readonly canonicalId: string };

/** Trails beside the audit trail, of what happens all the time: changes of objects, and requests that failed. */
export type ActivityTrail = 'objects' | 'failures';

/** Where an ordered scan begins: at a key (included) or behind one. Omitted: at the start. */
export interface ScanFrom {
  readonly key: string;
  readonly inclusive: boolean;
}

export interface Rows {
  /** One read. The key and its account, whatever their state. */
  getIdentity(accessKeyId: string): Promise<Identity | undefined>;
  /** One read. The bucket, and when a key is given the version. A bucket that is absent has no versions. */
  getTarget(query: TargetQuery): Promise<Target>;
  getAccount(query: AccountQuery): Promise<Account | undefined>;
  /** Ascending by name. */
  scanAccounts(after: string | undefined, limit: number): Promise<readonly Account[]>;
  /** Ascending by access key id; of one account, or of all. */
  scanKeys(account: AccountId | undefined, after: string | undefined, limit: number): Promise<readonly AccessKey[]>;
  /** When each of these keys was last used (`noteKeyUses`); keys that never were are left out. */
  getKeyUses(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Who used each of these keys last, of uses that it was noted of. */
  getKeyClients(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyClient>>;
  /** Keeps the later time of each, and who it was where that is given. Best effort; keys that are not there are passed over. */
  noteKeyUses(uses: ReadonlyMap<string, number>, clients?: ReadonlyMap<string, KeyClient>): Promise<void>;
  /** Newest first by id, behind `before`. Of one account (`AuditEvent.accountId`), or all. */
  scanAudit(query: {
    readonly account?: AccountId;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly AuditEvent[]>;
  /** As `scanAudit`, of a trail that forgets: events of the last `LIMITS.activityDays`, failures of `LIMITS.failureDays`. */
  scanActivity(query: {
    readonly trail: ActivityTrail;
    readonly account?: AccountId;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly AuditEvent[]>;
  /** Not flushed: what fails here, or dies, leaves gaps. No id comes twice. */
  noteActivity(trail: ActivityTrail, events: readonly AuditEvent[]): Promise<void>;
  getRefusal(requestId: string): Promise<Refusal | undefined>;
  /** Kept for a week, or until `LIMITS.refusalsKept` newer ones came (an engine may keep more). Not flushed. No id comes twice. */
  noteRefusals(refusals: readonly Refusal[]): Promise<void>;
  /** Ascending by name; of one owner, or of all. */
  scanBuckets(query: {
    readonly owner?: AccountId;
    readonly prefix?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly Bucket[]>;
  /**
   * Current versions in key order, delete markers included, at most `limit`. Fewer than `limit` rows mean the end.
   * A key written before the call and not deleted since is in it, exactly once. Rows of scans come without `parts`.
   */
  scanCurrent(bucket: BucketId, from: ScanFrom | undefined, limit: number): Promise<readonly ObjectVersion[]>;
  /**
   * All versions: by key, newest first within one. Begins at `from`, or, with `afterVersion`, behind that version of
   * `from.key` (versions of that key no longer there are skipped in order). `null` names the null version.
   */
  scanVersions(
    bucket: BucketId,
    from: (ScanFrom & { readonly afterVersion?: VersionId }) | undefined,
    limit: number,
  ): Promise<readonly ObjectVersion[]>;
  getUpload(bucket: BucketId, key: string, uploadId: string): Promise<Upload | undefined>;
  /**
   * By key, then by start time, then by id. Begins at `from`, or behind upload `afterUpload` of `from.key`; when that is
   * not there any more, at the first of that key: rather twice than never.
   */
  scanUploads(
    bucket: BucketId,
    from: (ScanFrom & { readonly afterUpload?: string }) | undefined,
    limit: number,
  ): Promise<readonly Upload[]>;
  /** Ascending by part number, behind `after` (0: from the start). */
  scanParts(uploadId: string, after: number, limit: number): Promise<readonly Part[]>;
  /**
   * Applies one mutation atomically and durably, or throws and applies nothing (`Unavailable` excepted, see there).
   * Check and effect are one step: what the mutation expects is compared in the commit itself. `audit` is kept with the
   * effect: there is never an effect without its event. After `Unavailable` the event may be there as well.
   */
  commit(mutation: Mutation, audit?: AuditEvent): Promise<Committed>;
}

/** What a committed version became. `versionId` and `isNull` only for mutations that write a version. */
export interface Committed {
  readonly versionId?: VersionId;
  readonly isNull?: boolean;
  /** The row's new state. */
  readonly revision: Revision;
}

/** Every mutation of a key names the versioning state its caller acted on: if the bucket's differs now, `bucket` conflict. */
interface OnKey {
  readonly bucketId: BucketId;
  readonly key: string;
  readonly versioning: Versioning;
  /** The key's state (`Target.revision`) that must still hold. Omitted: whatever it is, the last writer wins. */
  readonly expect?: Revision;
}

export type Mutation =
  /**
   * Name, e-mail and canonical id are unique: `exists` says which (`field`). `missing` when there is none to replace.
   * `revision` unless what it replaces is exactly `expect`, and another account exactly `given`, where those are given.
   */
  | {
      readonly type: 'putAccount';
      readonly account: Account;
      readonly replace: boolean;
      readonly expect?: Account;
      readonly given?: Account;
    }
  /** Removes its keys too. `missing` when there is none. `revision` as in putAccount. `not-empty` while it owns a bucket. */
  | { readonly type: 'removeAccount'; readonly id: AccountId; readonly given?: Account }
  /**
   * `exists` when new and the id is taken; `missing` when its account, or the key to replace, is not there; `revision`
   * unless what it replaces is exactly `expect`, where that is given.
   */
  | { readonly type: 'putKey'; readonly key: AccessKey; readonly replace: boolean; readonly expect?: AccessKey }
  /** `missing` when there is none. */
  | { readonly type: 'removeKey'; readonly accessKeyId: string }
  /** The event alone, where nothing else changes: a sign-in. */
  | { readonly type: 'noteAudit'; readonly event: AuditEvent }
  /** Claims the name, platform-wide. `exists` when taken, whoever has it. `missing` when the owner's account is gone. */
  | { readonly type: 'createBucket'; readonly bucket: Omit<Bucket, 'revision'> }
  /** Everything but id, name and owner. `revision` unless `expect` still holds. */
  | { readonly type: 'updateBucket'; readonly bucket: Omit<Bucket, 'revision'>; readonly expect: Revision }
  /** `not-empty` while it has any version or delete marker. Unfinished uploads go with it. `missing` when gone. */
  | { readonly type: 'deleteBucket'; readonly bucketId: BucketId; readonly name: string }
  /**
   * A new version becomes the newest. Under `enabled` it joins the others; otherwise it is the null version and replaces
   * the one there was. The body may be fresh or belong to other versions (copy): if those are gone meanwhile, `source`
   * (or not yet: their bytes may be let go of a moment after the removal was acknowledged). A body of no bytes is never
   * gone. Conflicts are found in the order bucket, upload, part, revision, source.
   */
  | (OnKey & { readonly type: 'putVersion'; readonly draft: VersionDraft })
  /** Removes the null version without a marker: DELETE in an unversioned bucket. Nothing there is not an error. */
  | (OnKey & { readonly type: 'removeNull' })
  /** Removes one version for good; the next older becomes current. `expect` is that *version's* revision. */
  | {
      readonly type: 'removeVersion';
      readonly bucketId: BucketId;
      readonly key: string;
      readonly versionId: VersionId;
      readonly expect: Revision;
    }
  /** ACL, attributes and the like of one version, in place; body and order stay. `expect` is that *version's* revision. */
  | {
      readonly type: 'updateVersion';
      readonly bucketId: BucketId;
      readonly version: ObjectVersion;
      readonly expect: Revision;
    }
  /** `bucket` when the bucket is gone. */
  | { readonly type: 'createUpload'; readonly upload: Upload }
  /** Replaces a part of the same number. `upload` when the upload is gone, `source` as in putVersion. */
  | {
      readonly type: 'putPart';
      readonly bucketId: BucketId;
      readonly key: string;
      readonly uploadId: string;
      readonly part: Part;
    }
  /**
   * The parts named become one body, by reference, and a version as in putVersion; the upload and all its parts end.
   * A part is named by number and ETag: `part` when it is not what is stored. `upload` when the upload is gone.
   */
  | (OnKey & {
      readonly type: 'completeUpload';
      readonly uploadId: string;
      readonly parts: readonly { readonly number: number; readonly etag: string }[];
      readonly draft: Omit<VersionDraft, 'body'>;
    })
  /** `upload` when the upload is gone. */
  | { readonly type: 'abortUpload'; readonly bucketId: BucketId; readonly key: string; readonly uploadId: string };

export type MutationType = Mutation['type'];

/** The commit's expectation did not hold; nothing was applied. */
export class Conflict extends Error {
  readonly what: ConflictKind;
  /** For `exists`: which unique field; for `part`: which number. */
  readonly field: string | undefined;
  constructor(what: ConflictKind, field?: string) {
    super(field === undefined ? `conflict: ${what}` : `conflict: ${what} (${field})`);
    this.what = what;
    this.field = field;
  }
}
export type ConflictKind = 'revision' | 'bucket' | 'exists' | 'missing' | 'not-empty' | 'source' | 'upload' | 'part';

/** The engine cannot answer now: disk full, stopped, quorum lost, time-out. */
export class Unavailable extends Error {
  readonly mayHaveApplied: boolean;
  constructor(message: string, options: { readonly mayHaveApplied: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.mayHaveApplied = options.mayHaveApplied;
  }
}

/** Stored bytes or rows fail their checksum. Never answered with what was read. */
export class Corrupt extends Error {}

// --------------------------------------------------------------------------------------------------------- blobs

/**
 * Who will name a blob first, where known: a key, or a part of an upload to it. An engine may keep the bytes near their
 * owner and find them by it; naming them elsewhere is allowed and costs more.
 */
export interface BlobOwner {
  readonly bucketId: BucketId;
  /** `Bucket.region` of that bucket. */
  readonly region: string;
  readonly key: string;
  readonly uploadId?: string;
}

/** A blob is immutable and nameless. It is complete and durable before any row may name it. */
export interface Blobs {
  /**
   * Takes the stream to its end and keeps it, durable on return (inline bodies: with the commit that names them).
   * `sizeHint` is what the sender declared, if anything. If the source throws, nothing is kept and the error passes
   * through. A body that no commit ever names is reclaimed by the sweeper; `discard` does it sooner. Naming it afterwards
   * is refused with `source`. The pieces must not change once they were handed out.
   */
  write(source: AsyncIterable<Uint8Array>, sizeHint: number | undefined, owner?: BlobOwner): Promise<Body>;
  /**
   * Bytes [start, end) of a body, checked against their checksums before they are handed out. Reads only the chunks
   * that hold them. A body whose version is removed or replaced meanwhile is still read to its end.
   */
  read(body: Body, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Bytes [start, end) as a body of their own, by reference. Pure: adopting it is up to the commit that names it. */
  slice(body: Body, start: number, end: number): Body;
  /** Gives back a body from `write` that no commit will name. Best effort, never throws. */
  discard(body: Body): Promise<void>;
}

// -------------------------------------------------------------------------------------------------------- upkeep

export interface Upkeep {
  /** One bounded round: reclaims bodies that nothing names and nobody reads any more. Safe with several at once. */
  sweep(options: { readonly now: number; readonly limit: number }): Promise<SweepReport>;
  /** Reads and verifies every row and every body; yields what is wrong, and ends with nothing if all is well. */
  check(options: { readonly bodies: boolean }): AsyncIterable<Finding>;
  /** Cheap figures for metrics and the Console. */
  usage(): Promise<Usage>;
  /** Reads every copy of everything, writes damaged ones anew from good ones, and yields what it met. */
  scrub(): AsyncIterable<Scrubbed>;
  /** One bounded round: gives copies to places that lack some. One process does it. */
  mend(options: { readonly limit: number }): Promise<MendReport>;
  /** How many whole copies of the store there are, and where. Cheap. */
  health(): Promise<Health>;
  /** Where each physical copy of a body is. Reads and verifies them all. */
  copies(body: Body): Promise<readonly Copy[]>;
}

export interface Scrubbed extends Finding {
  /** It was written anew. False: no good copy is left. */
  readonly healed: boolean;
}

export interface MendReport {
  readonly mended: number;
  /** Nothing left that could be done now. */
  readonly done: boolean;
}

export interface Health {
  /** Copies that the configuration asks for. */
  readonly wanted: number;
  /** Copies below which nothing is acknowledged. */
  readonly minimum: number;
  readonly copies: readonly StoreCopy[];
}

export interface StoreCopy {
  /** For the operator: the path of a drive. */
  readonly place: string;
  /** Only `up` counts. `rebuilding`: on its way. */
  readonly state: 'up' | 'rebuilding' | 'down';
  readonly reason: string;
  /** Bytes of its file system; undefined: it cannot be told. */
  readonly capacity?: { readonly total: number; readonly free: number } | undefined;
}

/** One physical copy of bytes [start, end) of a body. */
export interface Copy {
  readonly start: number;
  readonly end: number;
  /** What names it, from the outside in: drive and path, or data centre, rack and node. */
  readonly place: Readonly<Record<string, string>>;
  /** Undefined: its checksum holds. */
  readonly problem: string | undefined;
}

export interface SweepReport {
  readonly blobs: number;
  readonly bytes: number;
  /** Nothing left that is due. */
  readonly done: boolean;
}

export interface Finding {
  readonly kind: 'row' | 'body' | 'reference' | 'orphan';
  /** What is damaged, for the operator: bucket and key where known. Never a file path from outside the data directory. */
  readonly subject: string;
  readonly problem: string;
}

/** Undefined: this engine would have to look at everything to tell. */
export interface Usage {
  readonly buckets: number | undefined;
  /** Bytes of bodies that rows name, each blob once. */
  readonly bodyBytes: number | undefined;
  /** Bytes waiting to be reclaimed. */
  readonly trashBytes: number | undefined;
}
