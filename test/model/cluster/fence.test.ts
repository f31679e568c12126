/** What the fence promises: no body in use is deleted, nothing acknowledged is undone by it, nothing is kept for ever. */

import { test } from 'node:test';
import { AS_BUILT, fence } from './fence.ts';
import { breaks, holds } from './promise.ts';

for (const kind of ['put', 'swap'] as const)
  test(`a paused ${kind} and two collectors: no body in use is deleted, no acknowledged write is undone`, (t) => {
    holds(t, fence(`fence: ${kind}`, kind, AS_BUILT, 1));
  });

test('mutation: without the fence a paused writer commits a deleted body', (t) => {
  breaks(t, fence('no fence', 'put', { ...AS_BUILT, fence: 'none' }, 0), /names a deleted body/);
});

test('mutation: a fence that is not claimed undoes an acknowledged conditional write', (t) => {
  breaks(t, fence('plain fence', 'put', { ...AS_BUILT, fence: 'plain' }, 0), /carries an older value/);
});

test('mutation: a writer that does not look at its deadline after the write acknowledges what the fence has buried', (t) => {
  breaks(t, fence('no second look', 'put', { ...AS_BUILT, checkAfter: false }, 0), /carries an older value/);
});

test('mutation: a claim that only asks for a higher base lets the fence undo what follows a late row', (t) => {
  breaks(t, fence('claim above base', 'put', { ...AS_BUILT, grant: 'above-base' }, 0), /carries an older value/);
});
