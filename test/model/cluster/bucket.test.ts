/** What DeleteBucket promises: a bucket goes whole or stays whole, and never with an acknowledged object in it. */

import { test } from 'node:test';
import { bucket } from './bucket.ts';
import { breaks, holds } from './promise.ts';

test('a bucket is deleted whole or kept whole, with puts beside it and a deleter that dies at any step', (t) => {
  holds(t, bucket('DeleteBucket', 'bucket', true));
});

test('mutation: without the second look an acknowledged put is deleted with its bucket', (t) => {
  breaks(t, bucket('DeleteBucket, one look', 'bucket', false), /acknowledged object is gone/);
});

test('mutation: a verdict per shard leaves half a bucket', (t) => {
  breaks(t, bucket('DeleteBucket, verdict per shard', 'shard', true), /half gone/);
});
