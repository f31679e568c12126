/**
 * The row of an object version, in `heads` (the newest of its key, with what belongs to the key as a whole) or in
 * `versions` (the older ones of versioned keys), and how it becomes the `ObjectVersion` that callers see.
 */

import { strict as assert } from 'node:assert';
import type { Random } from '../../base/random.ts';
import type { ObjectVersion, PartInfo, VersionDraft, VersionId } from '../../model/entities.ts';
import { fitsBody } from '../../model/stored-size.ts';
import { Corrupt } from '../port.ts';
import { RowReader, type RowWriter } from './codec.ts';
import { bodyOf, type Extent, readExtent, type StoredExtent, writeExtent } from './extents.ts';
import {
  readAcl,
  readAttributes,
  readChecksum,
  readHeaders,
  readPartList,
  writeAcl,
  writeAttributes,
  writeChecksum,
  writeHeaders,
} from './records.ts';

/** A version as stored. */
export interface VersionRecord extends Omit<VersionDraft, 'body' | 'parts'> {
  /** Rises with each version of a key: the newest has the highest. */
  readonly order: number;
  /** The random rest of the version id. */
  readonly tail: string;
  readonly isNull: boolean;
  readonly revision: number;
  readonly extent: StoredExtent | undefined;
  /** Where its parts are listed; 0: it has none. */
  readonly partList: number;
}

/** The newest version of a key and the state of the key as a whole. */
export interface Head {
  readonly record: VersionRecord;
  /** Its older versions' rows begin with it; 0: it never had one. */
  readonly keyNumber: number;
  /** Changes with every change of any version of the key. */
  readonly keyRevision: number;
  /** Order of the null version among the older ones; 0: it is not there. */
  readonly nullOrder: number;
}

/** Format 2 ends with the attributes. */
const FORMAT = { plain: 1, attributed: 2 } as const;
const FLAG = { marker: 1, isNull: 2, body: 4, checksum: 8, upload: 16, parts: 32 } as const;

/** URL-safe, with the place among the versions of its key in front and 96 random bits behind. */
export const versionIdOf = (record: VersionRecord): VersionId => `${record.order.toString(36)}.${record.tail}`;

/** The place a version id names, whether or not that version is still there. */
export function orderOfVersionId(id: VersionId): number | undefined {
  const digits = /^([0-9a-z]{1,10})\./.exec(id)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 36);
}

/** Random bytes of a version id, 16 characters, and how many are drawn at once: drawing costs more than the bytes. */
const TAIL_BYTES = 12;
const TAILS = 64;

export class Tails {
  readonly #random: Random;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    if (this.#at === this.#bytes.length) {
      this.#bytes = this.#random.bytes(TAIL_BYTES * TAILS);
      this.#at = 0;
    }
    const end = this.#at + TAIL_BYTES;
    const tail = this.#bytes.toString('base64url', this.#at, end);
    this.#at = end;
    return tail;
  }
}

export function writeVersion(row: RowWriter, record: VersionRecord): void {
  row.byte(record.attributes === undefined ? FORMAT.plain : FORMAT.attributed);
  row.byte(
    (record.kind === 'delete-marker' ? FLAG.marker : 0) |
      (record.isNull ? FLAG.isNull : 0) |
      (record.extent === undefined ? 0 : FLAG.body) |
      (record.checksum === undefined ? 0 : FLAG.checksum) |
      (record.uploadId === undefined ? 0 : FLAG.upload) |
      (record.partList === 0 ? 0 : FLAG.parts),
  );
  row.uint(record.order).text(record.tail).uint(record.revision);
  row.text(record.etag).uint(record.size).uint(record.modifiedAt);
  row.text(record.ownerCanonicalId).text(record.owner);
  writeAcl(row, record.acl);
  writeHeaders(row, record.headers);
  if (record.extent !== undefined) writeExtent(row, record.extent);
  if (record.checksum !== undefined) writeChecksum(row, record.checksum);
  if (record.uploadId !== undefined) row.text(record.uploadId);
  if (record.partList !== 0) row.uint(record.partList);
  writeAttributes(row, record.attributes);
}

export function readVersion(row: RowReader): VersionRecord {
  const format = row.byte();
  if (format !== FORMAT.plain && format !== FORMAT.attributed) {
    throw new Corrupt('a version row of a format that this release does not know');
  }
  const flags = row.byte();
  const order = row.uint();
  const tail = row.text();
  const revision = row.uint();
  const etag = row.text();
  const size = row.uint();
  const modifiedAt = row.uint();
  const ownerCanonicalId = row.text();
  const owner = row.text();
  const acl = readAcl(row);
  const headers = readHeaders(row);
  const extent = flags & FLAG.body ? readExtent(row) : undefined;
  const checksum = flags & FLAG.checksum ? readChecksum(row) : undefined;
  const uploadId = flags & FLAG.upload ? row.text() : undefined;
  const partList = flags & FLAG.parts ? row.uint() : 0;
  const attributes = format === FORMAT.attributed ? readAttributes(row) : undefined;
  row.end();
  return {
    kind: flags & FLAG.marker ? 'delete-marker' : 'object',
    etag,
    size,
    modifiedAt,
    owner,
    ownerCanonicalId,
    acl,
    headers,
    order,
    tail,
    isNull: (flags & FLAG.isNull) !== 0,
    revision,
    extent,
    partList,
    ...(checksum === undefined ? undefined : { checksum }),
    ...(uploadId === undefined ? undefined : { uploadId }),
    ...(attributes === undefined ? undefined : { attributes }),
  };
}

export function writeHead(row: RowWriter, head: Head): void {
  row.uint(head.keyNumber).uint(head.keyRevision).uint(head.nullOrder);
  writeVersion(row, head.record);
}

export function readHead(row: RowReader): Head {
  const keyNumber = row.uint();
  const keyRevision = row.uint();
  const nullOrder = row.uint();
  return { keyNumber, keyRevision, nullOrder, record: readVersion(row) };
}

/** What callers see. `extent` is that of the record with what was taken along in the snapshot. */
export function versionOf(
  record: VersionRecord,
  place: { readonly key: string; readonly isCurrent: boolean; readonly extent: Extent | undefined },
): ObjectVersion {
  const { checksum, uploadId, attributes } = record;
  return {
    kind: record.kind,
    etag: record.etag,
    size: record.size,
    modifiedAt: record.modifiedAt,
    owner: record.owner,
    ownerCanonicalId: record.ownerCanonicalId,
    acl: record.acl,
    headers: record.headers,
    key: place.key,
    versionId: versionIdOf(record),
    isNull: record.isNull,
    isCurrent: place.isCurrent,
    revision: String(record.revision),
    ...(place.extent === undefined ? undefined : { body: bodyOf(place.extent) }),
    ...(checksum === undefined ? undefined : { checksum }),
    ...(uploadId === undefined ? undefined : { uploadId }),
    ...(attributes === undefined ? undefined : { attributes }),
  };
}

/** Adds the list of parts from its row, decoded when it is first looked at: a HEAD never pays for ten thousand. */
export function withParts(version: ObjectVersion, payload: Buffer): ObjectVersion {
  let parts: readonly PartInfo[] | undefined;
  return Object.defineProperty({ ...version }, 'parts', {
    enumerable: true,
    get: () => {
      parts ??= readPartList(new RowReader(payload));
      return parts;
    },
  });
}

export function assertDraft(draft: VersionDraft): void {
  assert.equal(draft.body === undefined, draft.kind === 'delete-marker', 'an object has a body, a delete marker none');
  assert(fitsBody(draft.size, draft.body?.size ?? 0, draft.attributes), 'the size of a version is that of its body');
}
