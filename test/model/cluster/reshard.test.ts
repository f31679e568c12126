/** What resharding promises: every history stays linearizable, listings miss nothing that was acknowledged. */

import { test } from 'node:test';
import { breaks, DEEP, holds } from './promise.ts';
import {
  AS_BUILT,
  blind,
  dying,
  type Job,
  laggard,
  lister,
  type ReshardVariant,
  reader,
  reshard,
  worker,
} from './reshard.ts';
import type { Row } from './shards.ts';

const toT = { key: 'a', from: 's', to: 't' };
const MOVE: Job = { sources: ['s'], moves: [toT] };
const NEXT: Job = { sources: ['t'], moves: [{ key: 'a', from: 't', to: 'u' }] };
const SPLIT: Job = { sources: ['s'], moves: [toT, { key: 'b', from: 's', to: 'u' }] };
const MERGE: Job = {
  sources: ['r', 's'],
  moves: [
    { key: 'a', from: 'r', to: 't' },
    { key: 'b', from: 's', to: 't' },
  ],
};
const HERE: Readonly<Record<string, Row>> = { a: [8, 0, 1] };
const BOTH: Readonly<Record<string, Row>> = { a: [8, 0, 1], b: [8, 0, 2] };
const v = AS_BUILT;

test('a put and a reader beside two workers, one of which lags behind and one of which dies at any step', (t) => {
  const one = [blind('a', 1, 3, v), reader('reader', 'a', v), worker('worker', MOVE, v), laggard(toT)];
  holds(t, reshard('reshard: put, reader, laggard', [MOVE], HERE, { processes: one, crashes: 1 }));
  const two = [reader('reader', 'a', v), worker('worker 1', MOVE, v), worker('worker 2', MOVE, v)];
  const put = DEEP ? [blind('a', 1, 3, v)] : [];
  holds(t, reshard('reshard: two workers, reader', [MOVE], HERE, { processes: [...put, ...two], crashes: 1 }));
});

test('a delete and two readers during a move', (t) => {
  const two = [reader('reader 1', 'a', v), reader('reader 2', 'a', v)];
  const processes = [blind('a', 1, 0, v), ...two, worker('worker', MOVE, v)];
  holds(t, reshard('reshard: delete, two readers', [MOVE], HERE, { processes, crashes: DEEP ? 1 : 0 }));
});

test('a target that moves on again while a put and a laggard of the first move are on their way', (t) => {
  const workers = [worker('worker 1', MOVE, v), worker('worker 2', NEXT, v), laggard(toT)];
  const processes = [blind('a', 1, 3, v), ...workers, ...(DEEP ? [reader('reader', 'a', v)] : [])];
  holds(t, reshard('reshard: two moves, put, laggard', [MOVE, NEXT], HERE, { processes, crashes: 0 }));
  const read = [reader('reader', 'a', v), blind('a', 1, 3, v), ...workers.slice(0, 2)];
  if (DEEP) holds(t, reshard('reshard: two moves, put, reader', [MOVE, NEXT], HERE, { processes: read, crashes: 1 }));
});

for (const [name, job] of Object.entries({ split: SPLIT, merge: MERGE })) {
  test(`${name}: writers, a listing and a worker that dies: no acknowledged key is missed`, (t) => {
    const processes = [
      blind('a', 1, 3, v),
      ...(DEEP ? [blind('b', 2, 4, v)] : []),
      lister(['a', 'b']),
      worker('worker 1', job, v),
    ];
    holds(t, reshard(`${name}: writers, lister`, [job], BOTH, { processes, crashes: 1 }));
  });
}

/** A late row of a dead writer that one reader sees; another reads after it, when the target has moved on. */
function seen(change: Partial<ReshardVariant>) {
  const m = { ...AS_BUILT, ...change };
  const readers = [reader('reader 1', 'a', m), reader('reader 2', 'a', m, 1)];
  const processes = [dying('a', 's', 3), ...readers, worker('worker 1', MOVE, m), worker('worker 2', NEXT, m)];
  return reshard('reshard: two moves, a late put that is seen', [MOVE, NEXT], HERE, { processes, crashes: 0 });
}

test('what a reader saw in a sealed shard is still there when its target has moved on', (t) => {
  holds(t, seen({}));
});

test('mutation: a reader that does not look whether the shard is still sealed carries into the void', (t) => {
  breaks(t, seen({ lookAgain: false }), /linearizable/);
});

test('mutation: a target that moves on before its source has retired', (t) => {
  breaks(t, seen({ retireFirst: false }), /linearizable/);
});

function broken(change: Partial<ReshardVariant>, readers: number) {
  const variant = { ...AS_BUILT, ...change };
  const processes = [
    blind('a', 1, 3, variant),
    ...Array.from({ length: readers }, (_, i) => reader(`reader ${i + 1}`, 'a', variant)),
    worker('worker', MOVE, variant),
  ];
  return reshard('reshard, mutated', [MOVE], HERE, { processes, crashes: 0 });
}

test('mutation: without a look after the write an acknowledged put is lost', (t) => {
  breaks(t, broken({ check: false }, 1), /linearizable/);
});

test('mutation: when the copy begins before the seal is complete, an acknowledged put is lost', (t) => {
  breaks(t, broken({ sealFirst: false }, 1), /linearizable/);
});

test('mutation: when readers of a sealed shard do not carry on what they saw, a read goes back', (t) => {
  breaks(t, broken({ carry: false }, 2), /linearizable/);
});
