/** What is promised of bodies that several may hold: nothing in use is deleted, nothing unused is kept for ever. */

import { test } from 'node:test';
import { AS_BUILT, bodies } from './bodies.ts';
import { breaks, DEEP, holds } from './promise.ts';

test('a copy, the release of the first owner and a collector: no body in use is deleted, none is kept for ever', (t) => {
  holds(t, bodies('bodies: copy, removal', AS_BUILT, { removals: ['a'], collectors: 1, crashes: 1 }));
  if (DEEP)
    holds(t, bodies('bodies: copy, two removals', AS_BUILT, { removals: ['a', 'd'], collectors: 1, crashes: 0 }));
});

test('two collectors of one body', (t) => {
  holds(t, bodies('bodies: copy, removal, two collectors', AS_BUILT, { removals: ['a'], collectors: 2, crashes: 0 }));
});

for (const [name, change, crashes, what] of [
  ['a copier that looks for dooms before it writes its reference', { refFirst: false }, 0, /in use is deleted/],
  ['a collector that looks for references before it writes its doom', { doomFirst: false }, 0, /in use is deleted/],
  ['a copier that does not look for the body', { lookForBody: false }, 0, /in use is deleted/],
  ['a first owner that is forgotten', { freed: false }, 0, /in use is deleted/],
  ['a copier that retreats and tells nobody', { trashOnRetreat: false }, 0, /never again reach|for ever/],
  ['a reference that is written after it was taken back', { voidRefs: false }, 0, /never again reach|for ever/],
  ['a removal without a note', { note: false }, 1, /never again reach|for ever/],
  ['a note settled before what was elected is complete', { settleNote: 'no' }, 1, /never again reach|for ever/],
  ['a note settled though its removal may still be elected', { settleNote: 'help' }, 1, /never again reach|for ever/],
] as const)
  test(`mutation: ${name}`, (t) => {
    breaks(t, bodies(name, { ...AS_BUILT, ...change }, { removals: ['a'], collectors: 1, crashes }), what);
  });
