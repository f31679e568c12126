/** What the collector promises beside copies by reference: nothing in use is deleted, nothing unused is kept for ever. */

import { test } from 'node:test';
import { AS_BUILT, garbage } from './garbage.ts';
import { breaks, holds } from './promise.ts';

test('a copy, deletes and two collectors: no body in use is deleted, no garbage is kept for ever', (t) => {
  holds(t, garbage('garbage: copy by reference', AS_BUILT, 1));
});

test('mutation: a copier that looks for doom before it writes its ref names a deleted body', (t) => {
  breaks(t, garbage('doom read first', { ...AS_BUILT, refBeforeDoom: false }, 0), /in use is deleted/);
});

test('mutation: when copier and collector both retreat and nobody says so, garbage is kept for ever', (t) => {
  breaks(t, garbage('silent retreat', { ...AS_BUILT, trashOnRetreat: false }, 0), /never again reach/);
});

test('mutation: a reference written late, after upkeep took it back, keeps garbage for ever', (t) => {
  breaks(t, garbage('late reference', { ...AS_BUILT, voidRefs: false }, 0), /never again reach/);
});
