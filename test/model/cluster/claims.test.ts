/** What claims promise: every history of one key, blind and conditional changes of its versions mixed, is linearizable. */

import { test } from 'node:test';
import { AS_BUILT, type ClaimVariant, change, claims, onRow, put, reader } from './claims.ts';
import { breaks, DEEP, holds } from './promise.ts';

const swap = (expect: number, value: number, v = AS_BUILT) => change({ op: 'swap', expect, value }, v);
const set = (value: number, attribute: number, v = AS_BUILT) => change({ op: 'set', value, attribute }, v);
const remove = (value: number, v = AS_BUILT) => change({ op: 'remove', value }, v);
/** A put that saw only version 1 may come late, below version 2, which is removed as soon as anybody sees it. */
const late = (v: ClaimVariant) => [put(0, 1, 3, v), put(3, 2, 2, v), remove(2, v)];

const asBuilt = (values: readonly number[], crashes: number) => ({ values, variant: AS_BUILT, crashes });

test('two conditional puts on one state have one winner, a winner that dies blocks nobody', (t) => {
  holds(t, claims('claims: two conditional puts', [swap(2, 3), swap(2, 4), reader(2)], asBuilt([1, 2], 1)));
});

test('changes of the current and of an older version follow each other, none is lost', (t) => {
  holds(t, claims('claims: two updates', [set(2, 1), set(1, 2), reader(2)], asBuilt([1, 2], 1)));
  holds(t, claims('claims: removal, update', [remove(2), set(1, 1), reader(1)], asBuilt([1, 2], 1)));
  holds(t, claims('claims: two updates of one', [set(1, 1), set(1, 2), reader(1)], asBuilt([1, 2], 1)));
});

test('conditional put beside blind puts with clocks ahead and behind is linearizable', (t) => {
  holds(t, claims('claims: swap, fast put', [swap(2, 3), put(9, 1, 4, AS_BUILT), reader(1)], asBuilt([1, 2], 1)));
  holds(t, claims('claims: swap, slow put', [swap(1, 4), put(0, 1, 3, AS_BUILT), reader(2)], asBuilt([1], 1)));
});

test('removing the current version beside a late put below it: the newest version ends as the current one', (t) => {
  holds(t, claims('claims: late put, put, removal', late(AS_BUILT), asBuilt([1], 1)));
});

test('no mutation: versions may be ordered by a counter of their own; the tag of the key is there for floors', (t) => {
  const variant = { ...AS_BUILT, order: 'row' } as const;
  const two = [set(2, 2, variant), set(2, 1, variant), reader(1)];
  holds(t, claims('claims: rows with counters', two, { values: [1, 2], variant, crashes: 1 }));
});

if (DEEP)
  test('removal, update and a put of one key', (t) => {
    holds(
      t,
      claims('claims: removal, update, put', [remove(2), set(1, 1), put(0, 1, 3, AS_BUILT)], asBuilt([1, 2], 1)),
    );
    const slow = [put(0, 1, 3, AS_BUILT), put(3, 2, 2, AS_BUILT), swap(2, 4)];
    holds(t, claims('claims: slow put, put, swap', slow, asBuilt([1], 1)));
    holds(t, claims('claims: late put, readers', [...late(AS_BUILT), reader(1)], asBuilt([1], 0)));
  });

test('mutation: a changer that does not complete what was elected gives one base two successors', (t) => {
  const variant = { ...AS_BUILT, help: false };
  const two = [swap(2, 3, variant), swap(2, 4, variant)];
  breaks(t, claims('no help', two, { values: [1, 2], variant, crashes: 0 }), /linearizable|not the newest/);
});

test('mutation: an election that does not compare the row that was read gives one base two successors', (t) => {
  const variant = { ...AS_BUILT, identity: false };
  const two = [swap(2, 3, variant), swap(2, 4, variant)];
  breaks(t, claims('no identity', two, { values: [1, 2], variant, crashes: 0 }), /linearizable|not the newest/);
});

test('mutation: claim rows that expire give one base two successors', (t) => {
  const variant = { ...AS_BUILT, expires: true };
  const two = [swap(2, 3, variant), swap(2, 4, variant)];
  breaks(t, claims('claims with a life', two, { values: [1, 2], variant, crashes: 0 }), /linearizable|not the newest/);
});

test('mutation: changes of an older version that leave the head alone have equal tags, and one is lost', (t) => {
  const variant = { ...AS_BUILT, bump: false };
  const two = [set(1, 2, variant), set(1, 1, variant)];
  breaks(t, claims('head left alone', two, { values: [1, 2], variant, crashes: 0 }), /linearizable/);
});

test('mutation: a transaction on the row itself loses acknowledged writes', (t) => {
  const mixed = [put(9, 1, 3, AS_BUILT), onRow(3, 4)];
  breaks(t, claims('transaction on the row', mixed, asBuilt([1, 2], 0)), /linearizable|not the newest/);
});

for (const [name, change] of Object.entries({
  'a put that does not look whether its head has lost stays hidden under a removal': { lost: 'never' },
  'a put that looks only for older versions above it is passed by a removal that is not elected yet': {
    lost: 'over-older',
  },
  'a removal that reads the versions before the head passes over a put': { headFirst: false },
  'a removal that does not complete a put which is half visible is undone by its other half': { complete: false },
} as const))
  test(`mutation: ${name}`, (t) => {
    const variant = { ...AS_BUILT, ...change };
    breaks(t, claims(name, late(variant), { values: [1], variant, crashes: 0 }), /not the newest/);
  });
