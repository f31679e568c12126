/**
 * Mutations of multipart uploads. Completing one moves no bytes: the references of its parts become those of the body's
 * manifest. What an ended upload leaves behind in number goes to the sweeper as one row, so that no commit grows with it.
 */

import { strict as assert } from 'node:assert';
import { fitsBody } from '../../model/stored-size.ts';
import { type Committed, Conflict, Corrupt, type Mutation } from '../port.ts';
import { RowReader } from './codec.ts';
import { EMPTY, extentOf, type StoredExtent } from './extents.ts';
import { numberKey, objectKey, partKey, textKey, uploadKey } from './keys.ts';
import { ABSENT } from './lookup.ts';
import { expand, requireFew, writeManifest } from './manifests.ts';
import { type PartRecord, readPart, type UploadRecord, writePart, writeUpload } from './records.ts';
import type { Transaction } from './transaction.ts';
import { addVersion, type Commit, findPlace, requireRevision } from './versions.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export function createUpload({ transaction, lookup }: Commit, { upload }: Of<'createUpload'>): Committed {
  const bucketNumber = lookup.bucketNumber(upload.bucketId);
  if (bucketNumber === undefined) throw new Conflict('bucket');
  assert(!transaction.tables.uploads.has(textKey(upload.uploadId)), 'upload ids are never used twice');
  const byKey = objectKey(bucketNumber, upload.key);
  const known = transaction.get('uploadKeys', byKey)?.uint();
  const keyNumber = known ?? transaction.number('upload');
  const record: UploadRecord = { upload, bucketNumber, keyNumber, number: transaction.number('upload') };
  if (known === undefined) transaction.put('uploadKeys', byKey, (row) => row.uint(keyNumber));
  transaction.put('uploads', textKey(upload.uploadId), (row) => writeUpload(row, record));
  const ordered = uploadKey(keyNumber, upload.initiatedAt, upload.uploadId);
  transaction.put('uploadsByKey', ordered, (row) => row.byte(0));
  return { revision: String(transaction.next()) };
}

export function putPart({ transaction, lookup, references }: Commit, mutation: Of<'putPart'>): Committed {
  const { bucketId, key, uploadId, part } = mutation;
  const record = lookup.upload(bucketId, key, uploadId);
  if (record === undefined) throw new Conflict('upload');
  const { body, ...fields } = part;
  assert(fitsBody(part.size, body.size, record.upload.attributes), 'the size of a part is that of its body');
  const at = partKey(record.number, part.number);
  const old = transaction.get('parts', at);
  const replaced = old === undefined ? undefined : readPart(old);
  const extent = references.adopt(extentOf(body), true);
  references.drop(replaced?.extent);
  transaction.put('parts', at, (row) => writePart(row, { ...fields, extent }));
  return { revision: String(transaction.next()) };
}

export function completeUpload(commit: Commit, mutation: Of<'completeUpload'>): Committed {
  const { bucketId, key, uploadId, parts, draft, expect } = mutation;
  const place = findPlace(commit, mutation);
  const upload = commit.lookup.upload(bucketId, key, uploadId);
  if (upload === undefined) throw new Conflict('upload');
  const stored = storedParts(commit.transaction, upload);
  let last = 0;
  const named = parts.map(({ number, etag }) => {
    assert(number > last, 'parts are named in ascending order');
    last = number;
    const part = stored.get(number);
    if (part?.etag !== etag) throw new Conflict('part', String(number));
    return part;
  });
  requireRevision(place, expect);
  const extent = compose(commit, named);
  assert(
    fitsBody(draft.size, extent.end - extent.start, draft.attributes),
    'the size of the object is that of its parts',
  );
  const committed = addVersion(commit, place, draft, extent);
  const used = new Set(named);
  for (const part of stored.values()) {
    // The reference of a part that was used is the body's now.
    if (!used.has(part)) commit.references.drop(part.extent);
    commit.transaction.remove('parts', partKey(upload.number, part.number));
  }
  removeUpload(commit.transaction, upload);
  return committed;
}

export function abortUpload({ transaction, lookup }: Commit, mutation: Of<'abortUpload'>): Committed {
  const upload = lookup.upload(mutation.bucketId, mutation.key, mutation.uploadId);
  if (upload === undefined) throw new Conflict('upload');
  removeUpload(transaction, upload);
  if (transaction.tables.parts.first(partsOf(upload.number)) !== undefined) {
    transaction.put('dead', Buffer.concat([Buffer.from('u'), numberKey(upload.number)]), (row) => row.byte(0));
  }
  transaction.next();
  return { revision: ABSENT };
}

export const partsOf = (upload: number) => ({ start: numberKey(upload), end: numberKey(upload + 1) });

/** The rows that make an upload known, without its parts. */
export function removeUpload(transaction: Transaction, { upload, bucketNumber, keyNumber }: UploadRecord): void {
  transaction.remove('uploads', textKey(upload.uploadId));
  transaction.remove('uploadsByKey', uploadKey(keyNumber, upload.initiatedAt, upload.uploadId));
  const others = { start: numberKey(keyNumber), end: numberKey(keyNumber + 1) };
  if (transaction.tables.uploadsByKey.first(others) === undefined) {
    transaction.remove('uploadKeys', objectKey(bucketNumber, upload.key));
  }
}

function storedParts(transaction: Transaction, upload: UploadRecord): ReadonlyMap<number, PartRecord> {
  const parts = new Map<number, PartRecord>();
  const rows = [...transaction.tables.parts.scan(partsOf(upload.number))];
  for (const { key, payload } of rows) {
    const part = readPart(new RowReader(payload));
    if (!key.equals(partKey(upload.number, part.number))) throw new Corrupt('a part under the number of another');
    parts.set(part.number, part);
  }
  return parts;
}

/** The parts as one extent, named once. Takes over their references. */
function compose({ transaction, references }: Commit, parts: readonly PartRecord[]): StoredExtent {
  const extents: StoredExtent[] = [];
  const shared = new Map<number, { readonly extent: StoredExtent; count: number }>();
  for (const { extent } of parts) {
    if (extent.kind === 'empty') continue;
    if (extent.kind !== 'manifest') {
      extents.push(extent);
      continue;
    }
    // A copied range of an object that is itself composed: its pieces become ours, so that manifests never nest.
    const pieces = expand(transaction.tables, extent.blob, extent.start, extent.end);
    if (pieces === undefined) throw new Corrupt(`manifest ${extent.blob} does not cover what refers to it`);
    requireFew(extents.length + pieces.length);
    for (const piece of pieces) {
      extents.push(piece);
      const known = shared.get(piece.blob);
      if (known === undefined) shared.set(piece.blob, { extent: piece, count: 1 });
      else known.count++;
    }
  }
  for (const { extent, count } of shared.values()) references.add(extent, count, true);
  for (const { extent } of parts) if (extent.kind === 'manifest') references.drop(extent);
  const [only] = extents;
  if (only === undefined) return EMPTY;
  if (extents.length === 1) return only;
  const manifest = transaction.number('blob');
  const size = writeManifest(transaction, manifest, extents);
  references.addManifest(manifest, size);
  return { kind: 'manifest', blob: manifest, blobSize: size, chunkBytes: 0, start: 0, end: size };
}
