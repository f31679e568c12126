/** What the fence promises: no body in use is deleted, nothing acknowledged is undone by it, nothing is kept for ever. */

import { test } from 'node:test';
import { AS_BUILT, fence } from './fence.ts';
import { breaks, holds } from './promise.ts';

for (const changer of ['swap', 'update'] as const)
  test(`a paused put, a ${changer} and two collectors: no body in use is deleted, no acknowledged change is undone`, (t) => {
    holds(t, fence(`fence: put, ${changer}`, AS_BUILT, { changer, collectors: 2, crashes: 1 }));
  });

for (const [name, change, changer, what] of [
  ['without the fence a paused writer commits a deleted body', { fence: 'none' }, 'swap', /names a deleted body/],
  ['a fence that is not elected undoes a conditional put', { fence: 'kept' }, 'swap', /carries an older value/],
  ['a fence that is not elected undoes an update', { fence: 'kept' }, 'update', /is not there/],
  ['a fence of the head alone lets the version appear', { row: false }, 'update', /names a deleted body/],
  ['a fence elected without another look undoes an update', { lookInside: false }, 'update', /is not there/],
  ['a writer that does not look again acknowledges what is fenced', { checkAfter: false }, 'swap', /is not there/],
] as const)
  test(`mutation: ${name}`, (t) => {
    breaks(t, fence(name, { ...AS_BUILT, ...change }, { changer, collectors: 1, crashes: 0 }), what);
  });
