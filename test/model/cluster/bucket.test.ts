/** What DeleteBucket promises beside puts and splits: no acknowledged object goes with it, and it goes as a whole or not. */

import { test } from 'node:test';
import { AS_BUILT, bucket } from './bucket.ts';
import { breaks, DEEP, holds } from './promise.ts';

test('deleting a bucket of two shards beside puts loses no acknowledged object, whoever dies', (t) => {
  holds(t, bucket('delete: two puts', ['x', 'z'], { variant: AS_BUILT, split: false, crashes: 1 }));
});

test('deleting a bucket of which a shard is being split beside a put', (t) => {
  holds(t, bucket('delete: put, split', ['y'], { variant: AS_BUILT, split: true, crashes: DEEP ? 1 : 0 }));
});

for (const [name, change, puts, split, what] of [
  ['with one look an acknowledged put is deleted', { lookAgain: false }, ['y'], false, /is gone/],
  ['a verdict for each shard leaves half a bucket', { verdict: 'shard' }, ['x', 'z'], false, /half gone/],
  ['a split of a shard that is being deleted', { oneJob: false }, ['y'], true, /is gone|has a shard|never again/],
  ['a split that is not run to its end first', { finishOthers: false }, ['y'], true, /is gone|has a shard|never again/],
] as const)
  test(`mutation: ${name}`, (t) => {
    breaks(t, bucket(name, puts, { variant: { ...AS_BUILT, ...change }, split, crashes: 0 }), what);
  });
