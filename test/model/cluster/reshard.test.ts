/** What resharding promises: every history stays linearizable, listings neither miss nor repeat, nothing comes back. */

import { test } from 'node:test';
import { breaks, DEEP, holds } from './promise.ts';
import {
  AS_BUILT,
  blind,
  conditional,
  type Job,
  lister,
  type ReshardVariant,
  reader,
  reshard,
  worker,
} from './reshard.ts';
import type { Row } from './shards.ts';

const VACUUM: Job = { sources: ['s'], moves: [{ key: 'a', from: 's', to: 't' }], floor: 40 };
const MOVE: Job = { ...VACUUM, floor: 0 };
const SPLIT: Job = {
  sources: ['s'],
  moves: [
    { key: 'a', from: 's', to: 't' },
    { key: 'b', from: 's', to: 'u' },
  ],
  floor: 0,
};
const MERGE: Job = {
  sources: ['r', 's'],
  moves: [
    { key: 'a', from: 'r', to: 't' },
    { key: 'b', from: 's', to: 't' },
  ],
  floor: 0,
};
const HERE: Readonly<Record<string, Row>> = { a: [8, 0, 1] };
const BOTH: Readonly<Record<string, Row>> = { a: [8, 0, 1], b: [8, 0, 2] };

test('a put and a reader beside a worker that dies at any step', (t) => {
  const processes = [
    blind('a', 1, 0, 3, AS_BUILT),
    reader('reader', 'a', AS_BUILT),
    worker('worker 1', MOVE, AS_BUILT),
    ...(DEEP ? [worker('worker 2', MOVE, AS_BUILT)] : []),
  ];
  holds(t, reshard('reshard: put, reader', MOVE, HERE, { processes, crashes: 1 }));
});

test('vacuum drops dead rows, and a read never finds again what a delete removed', (t) => {
  const processes = [
    ...(DEEP ? [blind('a', 1, 0, 3, AS_BUILT)] : []),
    blind('a', 2, 3, 0, AS_BUILT),
    reader('reader', 'a', AS_BUILT),
    worker('worker', VACUUM, AS_BUILT),
  ];
  holds(t, reshard('vacuum: delete, reader', VACUUM, HERE, { processes, crashes: 1 }));
});

test('conditional writes keep one winner while their shard is vacuumed', (t) => {
  const processes = [
    conditional('a', 0, 3, AS_BUILT),
    conditional('a', 0, 4, AS_BUILT),
    ...(DEEP ? [reader('reader', 'a', AS_BUILT)] : []),
    worker('worker', VACUUM, AS_BUILT),
  ];
  const dead: Readonly<Record<string, Row>> = { a: [16, 0, 0] };
  holds(t, reshard('vacuum: two creates', VACUUM, dead, { processes, crashes: 1 }));
});

test('a conditional write and a delete during a move', (t) => {
  const processes = [
    conditional('a', 1, 3, AS_BUILT),
    blind('a', 1, 0, 0, AS_BUILT),
    ...(DEEP ? [reader('reader', 'a', AS_BUILT)] : []),
    worker('worker', VACUUM, AS_BUILT),
  ];
  holds(t, reshard('move: swap, delete', VACUUM, HERE, { processes, crashes: 1 }));
});

for (const [name, job] of Object.entries({ split: SPLIT, merge: MERGE })) {
  test(`${name}: writers, a listing and a worker that dies: no acknowledged key is missed`, (t) => {
    const processes = [
      blind('a', 1, 0, 3, AS_BUILT),
      ...(DEEP ? [blind('b', 2, 0, 4, AS_BUILT)] : []),
      lister(['a', 'b']),
      worker('worker 1', job, AS_BUILT),
      ...(DEEP ? [worker('worker 2', job, AS_BUILT)] : []),
    ];
    holds(t, reshard(`${name}: writers, lister`, job, BOTH, { processes, crashes: 1 }));
  });
}

function broken(variant: ReshardVariant, readers: number) {
  const processes = [
    blind('a', 1, 0, 3, variant),
    ...Array.from({ length: readers }, (_, i) => reader(`reader ${i + 1}`, 'a', variant)),
    worker('worker', MOVE, variant),
  ];
  return reshard('reshard, mutated', MOVE, HERE, { processes, crashes: 0 });
}

test('mutation: without step (c) an acknowledged put is lost', (t) => {
  breaks(t, broken({ ...AS_BUILT, check: false }, 1), /linearizable/);
});

test('mutation: when the copy begins before the seal is complete, an acknowledged put is lost', (t) => {
  breaks(t, broken({ ...AS_BUILT, sealFirst: false }, 1), /linearizable/);
});

test('mutation: when readers of a sealed shard do not carry on what they saw, a read goes back', (t) => {
  breaks(t, broken({ ...AS_BUILT, help: false }, 2), /linearizable/);
});
