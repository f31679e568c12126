/** What the null version promises: concurrent overwrites lose no pointer to a beaten body and release no current one. */

import { test } from 'node:test';
import { AS_BUILT, nulls } from './nulls.ts';
import { breaks, DEEP, holds } from './promise.ts';

test('of racing overwrites the last one sees the others: each beaten body is released, the current one never', (t) => {
  holds(t, nulls('nulls: puts and an update', DEEP ? [30, 10, 20] : [20, 10], AS_BUILT));
  holds(t, nulls('nulls: a put that dies, an update', DEEP ? [20, 10] : [10], AS_BUILT, 1));
});

test('mutation: a writer that looks before it writes forgets a beaten body', (t) => {
  breaks(t, nulls('look first', [10, 20], { ...AS_BUILT, lookAfter: false }), /forgotten/);
});

test('mutation: releasing by row and not by body releases what an update in place still names', (t) => {
  breaks(t, nulls('by row', [], { ...AS_BUILT, compareBodies: false }), /current version is released/);
});

test('mutation: a late writer that stops at the first void row does not see its own below it', (t) => {
  breaks(t, nulls('first void', [10, 20, 30], { ...AS_BUILT, stopsAt: 'first-void' }), /forgotten/);
});
