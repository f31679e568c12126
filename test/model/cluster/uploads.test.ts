/** What completing an upload promises: exactly once or not at all, no chosen part let go of, nothing kept for ever. */

import { test } from 'node:test';
import { breaks, DEEP, holds } from './promise.ts';
import { AS_BUILT, aborter, completer, rival, sender, type UploadVariant, uploads } from './uploads.ts';

const v = AS_BUILT;
const asBuilt = (crashes: number) => ({ variant: AS_BUILT, crashes });

test('a completion whose condition may fail, finished by anybody, or open again', (t) => {
  holds(t, uploads('uploads: completer, put', [completer('A', true, v), rival()], asBuilt(1)));
  const two = [completer('A', true, v), completer('B', !DEEP, v), ...(DEEP ? [rival()] : [])];
  holds(t, uploads('uploads: two completers', two, asBuilt(DEEP ? 0 : 1)));
});

test('an upload that is ended, and a part that is sent again, beside a completion', (t) => {
  holds(t, uploads('uploads: completer, abort', [completer('A', false, v), aborter(v)], asBuilt(1)));
  holds(t, uploads('uploads: part, abort', [sender(v), aborter(v)], asBuilt(1)));
  const three = [completer('A', false, v), sender(v), ...(DEEP ? [aborter(v)] : [])];
  holds(t, uploads('uploads: completer, part', three, asBuilt(DEEP ? 0 : 1)));
  if (DEEP)
    holds(t, uploads('uploads: completer, put, part', [completer('A', true, v), rival(), sender(v)], asBuilt(1)));
});

const parties = {
  condition: (m: UploadVariant) => [completer('A', true, m), rival()],
  plain: (m: UploadVariant) => [completer('A', false, m)],
  part: (m: UploadVariant) => [completer('A', false, m), sender(m)],
  abort: (m: UploadVariant) => [aborter(m), sender(m)],
};

for (const [name, change, who, what] of [
  ['an upload that is open again without an election', { fence: false }, parties.condition, /dropped body/],
  ['a place that each finisher draws for itself', { fixed: false }, parties.plain, /twice/],
  ['a composed body that holds nothing of its own', { references: false }, parties.part, /chosen part is gone/],
  ['a part whose writer does not look again', { lookAfter: false }, parties.part, /kept for ever/],
  ['parts that are let go of before the state says so', { stateFirst: false }, parties.abort, /kept for ever/],
] as const)
  test(`mutation: ${name}`, (t) => {
    const variant = { ...AS_BUILT, ...change };
    breaks(t, uploads(name, who(variant), { variant, crashes: 0 }), what);
  });
