/**
 * Finding rows: buckets by name and id, the head and the versions of a key, uploads. Works inside a write transaction and
 * outside alike. Nothing is cached but what the row's own bytes prove to be still true.
 */

import type { BucketId, Revision, VersionId } from '../../model/entities.ts';
import { RowReader } from './codec.ts';
import { numberKey, objectKey, textKey, versionKey } from './keys.ts';
import { type BucketRecord, readBucket, readBucketId, readUpload, type UploadRecord } from './records.ts';
import type { Row, Tables } from './tables.ts';
import {
  type Head,
  orderOfVersionId,
  readHead,
  readVersion,
  type VersionRecord,
  versionIdOf,
} from './version-record.ts';

/** The mark of a key that has no version at all. */
export const ABSENT: Revision = 'absent';

/** Decoded buckets whose row has not changed by a byte; the oldest go when there are more, or more bytes: documents are long. */
const CACHE = Object.freeze({ buckets: 1024, bytes: 16 * 1024 * 1024 });

export class Lookup {
  readonly #tables: Tables;
  readonly #buckets = new Map<string, { readonly row: Buffer; readonly record: BucketRecord }>();

  /** Of the cached rows together. */
  #cachedBytes = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  bucket(name: string): BucketRecord | undefined {
    const key = textKey(name);
    const row = this.#tables.buckets.raw(key);
    if (row === undefined) return undefined;
    const cached = this.#buckets.get(name);
    if (cached?.row.equals(row)) return cached.record;
    const record = readBucket(new RowReader(this.#tables.buckets.open(key, row)));
    this.#forget(name);
    this.#cachedBytes += row.length;
    this.#buckets.set(name, { row: Buffer.from(row), record });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= CACHE.buckets && this.#cachedBytes <= CACHE.bytes) break;
      this.#forget(oldest);
    }
    return record;
  }

  #forget(name: string): void {
    this.#cachedBytes -= this.#buckets.get(name)?.row.length ?? 0;
    this.#buckets.delete(name);
  }

  bucketById(id: BucketId): BucketRecord | undefined {
    const row = this.#tables.bucketIds.get(textKey(id));
    return row === undefined ? undefined : this.bucket(readBucketId(row).name);
  }

  /** The number of a bucket that exists. */
  bucketNumber(id: BucketId): number | undefined {
    const row = this.#tables.bucketIds.get(textKey(id));
    return row === undefined ? undefined : readBucketId(row).number;
  }

  head(bucket: number, key: string): Head | undefined {
    const row = this.#tables.heads.get(objectKey(bucket, key));
    return row === undefined ? undefined : readHead(row);
  }

  /** The version of that id, or the null version. */
  version(head: Head, versionId: VersionId): VersionRecord | undefined {
    if (versionId === 'null') {
      if (head.record.isNull) return head.record;
      return head.nullOrder === 0 ? undefined : this.#older(head.keyNumber, head.nullOrder);
    }
    const order = orderOfVersionId(versionId);
    if (order === undefined) return undefined;
    const record = head.record.order === order ? head.record : this.#older(head.keyNumber, order);
    return record !== undefined && versionIdOf(record) === versionId ? record : undefined;
  }

  /** The newest of the older versions. */
  nextOlder(keyNumber: number): VersionRecord | undefined {
    if (keyNumber === 0) return undefined;
    const row = this.#tables.versions.first({ start: numberKey(keyNumber), end: numberKey(keyNumber + 1) });
    return row === undefined ? undefined : readOlder(row);
  }

  /** Older versions, newest first, those with an order below `below` if given. */
  *older(keyNumber: number, below?: number): Generator<VersionRecord> {
    if (keyNumber === 0) return;
    if (below === 0) return;
    const start = below === undefined ? numberKey(keyNumber) : versionKey(keyNumber, below - 1);
    for (const row of this.#tables.versions.scan({ start, end: numberKey(keyNumber + 1) })) yield readOlder(row);
  }

  /** An upload of a bucket that exists. */
  upload(bucketId: BucketId, key: string, uploadId: string): UploadRecord | undefined {
    const record = this.uploadById(uploadId);
    return record?.upload.bucketId === bucketId && record.upload.key === key ? record : undefined;
  }

  uploadById(uploadId: string): UploadRecord | undefined {
    const row = this.#tables.uploads.get(textKey(uploadId));
    if (row === undefined) return undefined;
    const record = readUpload(row);
    return this.bucketNumber(record.upload.bucketId) === record.bucketNumber ? record : undefined;
  }

  #older(keyNumber: number, order: number): VersionRecord | undefined {
    if (keyNumber === 0) return undefined;
    const row = this.#tables.versions.get(versionKey(keyNumber, order));
    return row === undefined ? undefined : readVersion(row);
  }
}

const readOlder = ({ payload }: Row): VersionRecord => readVersion(new RowReader(payload));
