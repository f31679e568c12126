/** Mutations of buckets. The name is the primary key: claiming it is one row in one transaction, across all processes. */

import { strict as assert } from 'node:assert';
import { type Committed, Conflict, type Mutation } from '../port.ts';
import { numberKey, ownedKey, textKey } from './keys.ts';
import { ABSENT, type Lookup } from './lookup.ts';
import { type BucketRecord, writeBucket, writeBucketId } from './records.ts';
import type { TableName } from './tables.ts';
import type { Transaction } from './transaction.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export function createBucket(transaction: Transaction, { bucket }: Of<'createBucket'>): Committed {
  if (transaction.tables.buckets.has(textKey(bucket.name))) throw new Conflict('exists', 'name');
  if (!transaction.tables.accounts.has(textKey(bucket.owner))) throw new Conflict('missing');
  assert(!transaction.tables.bucketIds.has(textKey(bucket.id)), 'bucket ids are never used twice');
  const revision = String(transaction.next());
  const record: BucketRecord = { bucket: { ...bucket, revision }, number: transaction.number('bucket') };
  transaction.put('buckets', textKey(bucket.name), (row) => writeBucket(row, record));
  transaction.put('bucketIds', textKey(bucket.id), (row) => writeBucketId(row, record));
  transaction.put('bucketsByOwner', ownedKey(bucket.owner, bucket.name), (row) => row.byte(0));
  transaction.count('buckets', 1);
  return { revision };
}

export function updateBucket(transaction: Transaction, lookup: Lookup, mutation: Of<'updateBucket'>): Committed {
  const old = lookup.bucket(mutation.bucket.name);
  if (old?.bucket.id !== mutation.bucket.id || old.bucket.revision !== mutation.expect) throw new Conflict('revision');
  const { id, name, owner } = old.bucket;
  const revision = String(transaction.next());
  const record: BucketRecord = { bucket: { ...mutation.bucket, id, name, owner, revision }, number: old.number };
  transaction.put('buckets', textKey(name), (row) => writeBucket(row, record));
  return { revision };
}

export function deleteBucket(transaction: Transaction, lookup: Lookup, mutation: Of<'deleteBucket'>): Committed {
  const old = lookup.bucket(mutation.name);
  if (old?.bucket.id !== mutation.bucketId) throw new Conflict('missing');
  if (any(transaction, 'heads', old.number)) throw new Conflict('not-empty');
  transaction.remove('buckets', textKey(mutation.name));
  transaction.remove('bucketIds', textKey(mutation.bucketId));
  transaction.remove('bucketsByOwner', ownedKey(old.bucket.owner, mutation.name));
  transaction.count('buckets', -1);
  transaction.next();
  // Uploads of a bucket that is gone are out of sight at once; there may be many, so the sweeper clears them away.
  if (any(transaction, 'uploadKeys', old.number)) {
    transaction.put('dead', Buffer.concat([Buffer.from('b'), numberKey(old.number)]), (row) => row.byte(0));
  }
  return { revision: ABSENT };
}

const any = (transaction: Transaction, table: TableName, bucket: number): boolean =>
  transaction.tables[table].first({ start: numberKey(bucket), end: numberKey(bucket + 1) }) !== undefined;
