/** Checks of accounts, keys, buckets and uploads: rows decode, and each index agrees with what it lists, both ways. */

import type { Finding } from '../port.ts';
import { emailKey } from './accounts.ts';
import { badReference, type CheckView } from './check-view.ts';
import {
  idOfUploadKey,
  indexKey,
  itemOfOwnedKey,
  numberKey,
  objectKey,
  ownedKey,
  readU48,
  textKey,
  uploadKey,
} from './keys.ts';
import { readAccessKey, readAccount, readBucket, readBucketId, readUpload } from './records.ts';
import { readCounters } from './transaction.ts';

export async function* checkAccounts(view: CheckView): AsyncGenerator<Finding> {
  for await (const row of view.all('accounts', readAccount)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { id, name, email, canonicalId } = row.value;
    const indexes = [
      indexKey('n', name),
      indexKey('c', canonicalId),
      ...(email === undefined ? [] : [emailKey(email)]),
    ];
    for (const key of indexes) {
      if (view.get('accountIndex', key, (to) => to.text()) === id) continue;
      yield badReference(`account ${name}`, 'it cannot be found by its name, e-mail address or canonical id');
    }
  }
  for await (const row of view.all('accountIndex', (to) => to.text())) {
    if ('finding' in row) yield row.finding;
    else if (!view.has('accounts', textKey(row.value))) {
      yield badReference(view.subject('accountIndex', row.key), 'it names an account that is not there');
    }
  }
  for await (const row of view.all('keys', readAccessKey)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { accessKeyId, accountId } = row.value;
    if (!view.has('accounts', textKey(accountId))) yield badReference(`key ${accessKeyId}`, 'its account is not there');
    if (!view.has('keysByAccount', ownedKey(accountId, accessKeyId))) {
      yield badReference(`key ${accessKeyId}`, 'it is not in the list of its account');
    }
  }
  yield* checkOwned(view, 'keysByAccount', 'keys');
}

export async function* checkBuckets(view: CheckView): AsyncGenerator<Finding> {
  let count = 0;
  for await (const row of view.all('buckets', readBucket)) {
    count++;
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { bucket, number } = row.value;
    const named = view.get('bucketIds', textKey(bucket.id), readBucketId);
    if (named?.number !== number || named.name !== bucket.name) {
      yield badReference(`bucket ${bucket.name}`, 'it cannot be found by its id');
    }
    if (!view.has('bucketsByOwner', ownedKey(bucket.owner, bucket.name))) {
      yield badReference(`bucket ${bucket.name}`, 'it is not in the list of its owner');
    }
    if (!view.has('accounts', textKey(bucket.owner))) {
      yield badReference(`bucket ${bucket.name}`, 'its owner is not there');
    }
  }
  for await (const row of view.all('bucketIds', readBucketId)) {
    if ('finding' in row) yield row.finding;
    else if (!view.has('buckets', textKey(row.value.name))) {
      yield badReference(view.subject('bucketIds', row.key), 'it names a bucket that is not there');
    }
  }
  yield* checkOwned(view, 'bucketsByOwner', 'buckets');
  if (readCounters(view.tables, view.snapshot).buckets !== count) {
    yield badReference('the counters', 'the number of buckets is wrong');
  }
}

async function* checkOwned(
  view: CheckView,
  index: 'keysByAccount' | 'bucketsByOwner',
  table: 'keys' | 'buckets',
): AsyncGenerator<Finding> {
  for await (const row of view.all(index, () => undefined)) {
    if ('finding' in row) yield row.finding;
    else if (!view.has(table, textKey(itemOfOwnedKey(row.key)))) {
      yield badReference(view.subject(index, row.key), `it lists what is not in table ${table}`);
    }
  }
}

const deadKey = (letter: 'b' | 'u', number: number): Buffer => Buffer.concat([Buffer.from(letter), numberKey(number)]);

export async function* checkUploads(view: CheckView): AsyncGenerator<Finding> {
  const numbers = new Set<number>();
  for await (const row of view.all('uploads', readUpload)) {
    if ('finding' in row) {
      yield row.finding;
      continue;
    }
    const { upload, bucketNumber, keyNumber, number } = row.value;
    const subject = `upload of ${view.bucketName(bucketNumber) ?? 'a bucket that is gone'}/${upload.key}`;
    numbers.add(number);
    if (!view.has('uploadsByKey', uploadKey(keyNumber, upload.initiatedAt, upload.uploadId))) {
      yield badReference(subject, 'it is not in the list of uploads');
    }
    if (view.get('uploadKeys', objectKey(bucketNumber, upload.key), (to) => to.uint()) !== keyNumber) {
      yield badReference(subject, 'its key is not in the list of uploads');
    }
    if (view.bucketName(bucketNumber) === undefined && !view.has('dead', deadKey('b', bucketNumber))) {
      yield badReference(subject, 'its bucket is gone and nothing will clear it away');
    }
  }
  for await (const row of view.all('uploadsByKey', () => undefined)) {
    if ('finding' in row) yield row.finding;
    else if (!view.has('uploads', textKey(idOfUploadKey(row.key)))) {
      yield badReference(view.subject('uploadsByKey', row.key), 'it lists an upload that is not there');
    }
  }
  for await (const row of view.all('uploadKeys', (to) => to.uint())) if ('finding' in row) yield row.finding;
  for await (const row of view.all('dead', () => undefined)) if ('finding' in row) yield row.finding;
  for await (const row of view.all('parts', () => undefined)) {
    // Damaged parts are reported where references are counted.
    const number = readU48(row.key, 0);
    if ('finding' in row || numbers.has(number) || view.has('dead', deadKey('u', number))) continue;
    yield badReference(view.subject('parts', row.key), 'its upload is not there and nothing will clear it away');
  }
}
