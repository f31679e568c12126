/** What the null version promises: concurrent overwrites lose no pointer to a beaten body and trash no current one. */

import { test } from 'node:test';
import { AS_BUILT, nulls } from './nulls.ts';
import { breaks, DEEP, holds } from './promise.ts';

test('of racing overwrites the last one always sees the others: each beaten body is trashed, the current one never', (t) => {
  holds(t, nulls('nulls: puts and an update', DEEP ? [30, 10, 20] : [20, 10], AS_BUILT));
});

test('mutation: a writer that looks before it writes forgets a beaten body', (t) => {
  breaks(t, nulls('look first', [10, 20], { ...AS_BUILT, lookAfter: false }), /forgotten/);
});

test('mutation: trashing by row and not by body trashes what an update in place still names', (t) => {
  breaks(t, nulls('trash by row', [], { ...AS_BUILT, compareBodies: false }), /current version is trashed/);
});
