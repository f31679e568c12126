/**
 * Mutations of object versions. The newest version of a key is its head row; older ones, in versioned keys only, are rows
 * of their own under the key's number, newest first.
 */

import { strict as assert } from 'node:assert';
import type { BucketId, Revision, VersionDraft, Versioning } from '../../model/entities.ts';
import { type Committed, Conflict, type Mutation } from '../port.ts';
import { extentOf, type StoredExtent } from './extents.ts';
import { numberKey, objectKey, versionKey } from './keys.ts';
import { ABSENT, type Lookup } from './lookup.ts';
import { writePartList } from './records.ts';
import type { References } from './references.ts';
import type { Transaction } from './transaction.ts';
import { assertDraft, type Head, type VersionRecord, versionIdOf, writeHead, writeVersion } from './version-record.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

/** What a mutation of objects works with. */
export interface Commit {
  readonly transaction: Transaction;
  readonly lookup: Lookup;
  readonly references: References;
}

/** A key in a bucket whose versioning is what the caller acted on. */
export interface Place {
  readonly bucket: number;
  readonly key: string;
  readonly versioning: Versioning;
  readonly head: Head | undefined;
}

export function findPlace(
  { lookup }: Commit,
  at: { readonly bucketId: BucketId; readonly key: string; readonly versioning: Versioning },
): Place {
  const found = lookup.bucketById(at.bucketId);
  if (found === undefined || found.bucket.versioning !== at.versioning) throw new Conflict('bucket');
  const { number: bucket } = found;
  return { bucket, key: at.key, versioning: at.versioning, head: lookup.head(bucket, at.key) };
}

const revisionOf = (head: Head | undefined): Revision => (head === undefined ? ABSENT : String(head.keyRevision));

export function requireRevision({ head }: Place, expect: Revision | undefined): void {
  if (expect !== undefined && revisionOf(head) !== expect) throw new Conflict('revision');
}

export function putVersion(commit: Commit, mutation: Of<'putVersion'>): Committed {
  assertDraft(mutation.draft);
  const place = findPlace(commit, mutation);
  requireRevision(place, mutation.expect);
  const { body, ...draft } = mutation.draft;
  const extent = body === undefined ? undefined : commit.references.adopt(extentOf(body), false);
  return addVersion(commit, place, draft, extent);
}

/** A new newest version; the references of its body are counted already. */
export function addVersion(
  commit: Commit,
  place: Place,
  draft: Omit<VersionDraft, 'body'>,
  extent: StoredExtent | undefined,
): Committed {
  const { transaction } = commit;
  const { parts, ...fields } = draft;
  const revision = transaction.next();
  const isNull = place.versioning !== 'enabled';
  const record: VersionRecord = {
    ...fields,
    order: (place.head?.record.order ?? 0) + 1,
    tail: transaction.tails.next(),
    isNull,
    revision,
    extent,
    partList: parts === undefined ? 0 : addPartList(transaction, parts),
  };
  const behind = place.head === undefined ? NOTHING_OLDER : stepBack(commit, place.head, isNull);
  putHead(transaction, place, { ...behind, record, keyRevision: revision });
  return { versionId: versionIdOf(record), isNull, revision: String(revision) };
}

const NOTHING_OLDER = { keyNumber: 0, nullOrder: 0 } as const;

/** Makes room for a newer version: the null version goes if the newer one is to be it, what stays becomes older. */
function stepBack(commit: Commit, head: Head, newIsNull: boolean): Pick<Head, 'keyNumber' | 'nullOrder'> {
  const { transaction, lookup } = commit;
  if (newIsNull && head.record.isNull) {
    release(commit, head.record);
    return { keyNumber: head.keyNumber, nullOrder: 0 };
  }
  if (newIsNull && head.nullOrder !== 0) {
    const replaced = lookup.version(head, 'null');
    if (replaced !== undefined) release(commit, replaced);
    transaction.remove('versions', versionKey(head.keyNumber, head.nullOrder));
  }
  const keyNumber = head.keyNumber === 0 ? transaction.number('key') : head.keyNumber;
  transaction.put('versions', versionKey(keyNumber, head.record.order), (row) => writeVersion(row, head.record));
  const nullOrder = head.record.isNull ? head.record.order : head.nullOrder;
  return { keyNumber, nullOrder: newIsNull ? 0 : nullOrder };
}

export function removeNull(commit: Commit, mutation: Of<'removeNull'>): Committed {
  const place = findPlace(commit, mutation);
  requireRevision(place, mutation.expect);
  const record = place.head === undefined ? undefined : commit.lookup.version(place.head, 'null');
  if (place.head === undefined || record === undefined) return { revision: revisionOf(place.head) };
  return dropVersion(commit, place, place.head, record);
}

export function removeVersion(commit: Commit, mutation: Of<'removeVersion'>): Committed {
  const { place, head, record } = findVersion(commit, mutation);
  return dropVersion(commit, place, head, record);
}

type Spot = Pick<Place, 'bucket' | 'key'>;

/** The version named, in the state expected. */
function findVersion(
  { lookup }: Commit,
  named: {
    readonly bucketId: BucketId;
    readonly key: string;
    readonly versionId: string;
    readonly expect: Revision;
  },
): { readonly place: Spot; readonly head: Head; readonly record: VersionRecord } {
  const bucket = lookup.bucketNumber(named.bucketId);
  const head = bucket === undefined ? undefined : lookup.head(bucket, named.key);
  const record = head === undefined ? undefined : lookup.version(head, named.versionId);
  if (bucket === undefined || head === undefined || record === undefined) throw new Conflict('revision');
  if (String(record.revision) !== named.expect) throw new Conflict('revision');
  return { place: { bucket, key: named.key }, head, record };
}

function dropVersion(commit: Commit, place: Spot, head: Head, record: VersionRecord): Committed {
  const { transaction, lookup } = commit;
  release(commit, record);
  const keyRevision = transaction.next();
  if (record.order !== head.record.order) {
    transaction.remove('versions', versionKey(head.keyNumber, record.order));
    putHead(transaction, place, { ...head, keyRevision, nullOrder: record.isNull ? 0 : head.nullOrder });
    return { revision: String(keyRevision) };
  }
  const next = lookup.nextOlder(head.keyNumber);
  if (next === undefined) {
    transaction.remove('heads', objectKey(place.bucket, place.key));
    return { revision: ABSENT };
  }
  transaction.remove('versions', versionKey(head.keyNumber, next.order));
  const nullOrder = next.isNull ? 0 : head.nullOrder;
  putHead(transaction, place, { record: next, keyNumber: head.keyNumber, keyRevision, nullOrder });
  return { revision: String(keyRevision) };
}

export function updateVersion(commit: Commit, mutation: Of<'updateVersion'>): Committed {
  const { version, bucketId, expect } = mutation;
  const { key, versionId } = version;
  const { place, head, record } = findVersion(commit, { bucketId, key, versionId, expect });
  assert.equal(version.kind, record.kind, 'an object stays an object');
  const revision = commit.transaction.next();
  const { uploadId: _uploadId, checksum: _checksum, attributes: _attributes, ...kept } = record;
  const changed: VersionRecord = {
    ...kept,
    revision,
    etag: version.etag,
    modifiedAt: version.modifiedAt,
    owner: version.owner,
    ownerCanonicalId: version.ownerCanonicalId,
    acl: version.acl,
    headers: version.headers,
    ...(version.checksum === undefined ? {} : { checksum: version.checksum }),
    ...(version.uploadId === undefined ? {} : { uploadId: version.uploadId }),
    ...(version.attributes === undefined ? {} : { attributes: version.attributes }),
  };
  const isHead = record.order === head.record.order;
  if (!isHead) {
    commit.transaction.put('versions', versionKey(head.keyNumber, record.order), (row) => writeVersion(row, changed));
  }
  putHead(commit.transaction, place, { ...head, record: isHead ? changed : head.record, keyRevision: revision });
  return { versionId: versionIdOf(record), isNull: record.isNull, revision: String(revision) };
}

function putHead(transaction: Transaction, place: Spot, head: Head): void {
  transaction.put('heads', objectKey(place.bucket, place.key), (row) => writeHead(row, head));
}

function addPartList(transaction: Transaction, parts: NonNullable<VersionDraft['parts']>): number {
  const number = transaction.number('blob');
  transaction.put('partLists', numberKey(number), (row) => writePartList(row, parts));
  return number;
}

/** What belonged to a version that is going away. */
function release({ transaction, references }: Commit, record: VersionRecord): void {
  references.drop(record.extent);
  if (record.partList !== 0) transaction.remove('partLists', numberKey(record.partList));
}
