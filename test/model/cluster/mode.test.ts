/** What a change of the versioning state promises: no put under the old state appears after it, nor above one under the new. */

import { test } from 'node:test';
import { AS_BUILT, mode } from './mode.ts';
import { breaks, holds } from './promise.ts';

test('puts that read the old state take effect before the change or not at all, and their callers know which', (t) => {
  holds(t, mode('mode: two puts, a worker', 2, 1, { variant: AS_BUILT, crashes: 0 }));
  holds(t, mode('mode: put, two workers', 1, 2, { variant: AS_BUILT, crashes: 1 }));
});

for (const [name, writers, workers, change, what] of [
  ['a writer that does not wait tells what nobody knows yet', 1, 1, { wait: false }, /told otherwise/],
  ['a late put that follows into the target', 1, 1, { follow: true }, /after the change/],
  ['a decision by the head alone forgets what was overwritten', 2, 1, { decideBy: 'head' }, /told otherwise/],
  ['a target that two workers share', 1, 2, { ownTargets: false }, /after the change/],
  [
    'a copy that leaves half a put behind',
    2,
    1,
    { complete: false },
    /above a new one|told otherwise|after the change/,
  ],
] as const)
  test(`mutation: ${name}`, (t) => {
    breaks(t, mode(name, writers, workers, { variant: { ...AS_BUILT, ...change }, crashes: 0 }), what);
  });
