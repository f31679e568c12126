/** What a vacuum promises: what it leaves behind never comes back, and no change of a key is lost or made twice by it. */

import { test } from 'node:test';
import {
  AS_BUILT,
  blind,
  conditional,
  type FloorVariant,
  floor,
  laggard,
  paused,
  reader,
  type Start,
  worker,
} from './floor.ts';
import { breaks, DEEP, holds } from './promise.ts';

const JOB = { from: 's', to: 't', floor: 40 };
const ALIVE = { row: [8, 0, 1] } as const;
const DEAD = { row: [16, 0, 0] } as const;
/** Elected, not stored; its owner is paused. */
const ELECTED = { ...ALIVE, claim: [8, 1, 2], pending: { expect: 1 } } as const;
/** As `ELECTED`, a create over a dead row. */
const CREATED = { ...DEAD, claim: [16, 1, 2], pending: { expect: 0 } } as const;
/** The key was changed by an election once. */
const CHANGED = { row: [8, 1, 1], claim: [8, 1, 1] } as const;

const job = (v: FloorVariant) => worker('worker', JOB, v);
const remove = (v: FloorVariant) => blind(0, 1, 0, v);
const start = (variant: FloorVariant, at: Start, crashes = 0) => ({ start: at, variant, crashes });
/** A key below the next floor is not taken along from a sealed shard: its writer is not answered. Fewer states. */
const LEFT_ALONE = { ...AS_BUILT, takeAlong: false };

test('a delete, a reader and a worker that lags behind: what was left out does not come back', (t) => {
  const v = AS_BUILT;
  const more = [job(v), laggard(JOB, v), reader('reader', v)];
  holds(t, floor('vacuum: delete, laggard, reader', [remove(v), ...more], start(v, ALIVE)));
  holds(t, floor('vacuum: paused put, delete', [paused([8, 0, 1], v), remove(v), job(v)], start(v, ALIVE, 1)));
  const w = LEFT_ALONE;
  const big = [conditional(1, 0, w), conditional(0, 3, w), job(w), laggard(JOB, w)];
  if (DEEP) holds(t, floor('vacuum: removal, create, laggard', big, start(w, ALIVE)));
});

test('creates, removals, puts and deletes while their shard is vacuumed', (t) => {
  const v = DEEP ? AS_BUILT : LEFT_ALONE;
  holds(t, floor('vacuum: removal, create', [conditional(1, 0, v), conditional(0, 3, v), job(v)], start(v, ALIVE)));
  holds(t, floor('vacuum: create, delete', [conditional(0, 2, v), blind(6, 1, 0, v), job(v)], start(v, DEAD, 1)));
  holds(t, floor('vacuum: old claim, delete', [conditional(0, 3, v), remove(v), job(v)], start(v, CHANGED)));
  const seen = [conditional(0, 2, v), blind(6, 1, 3, v), job(v), reader('reader', v, 3)];
  if (DEEP) holds(t, floor('vacuum: create, put, reader', seen, start(v, DEAD)));
});

test('a change that was elected before the vacuum and is stored late', (t) => {
  const v = DEEP ? AS_BUILT : LEFT_ALONE;
  const processes = [paused([8, 1, 2], v), conditional(1, 3, v), job(v), reader('reader', v, 2)];
  holds(t, floor('vacuum: elected change, reader', processes, start(v, ELECTED)));
  const two = [conditional(1, 2, v), conditional(1, 3, v), job(v)];
  holds(t, floor('vacuum: two conditional puts', two, start(v, ALIVE)));
});

for (const [name, at, change, processes] of [
  [
    'a row that died after the seal is left out',
    ALIVE,
    { leaveOut: 'dead' },
    (v: FloorVariant) => [remove(v), job(v), laggard(JOB, v), reader('reader', v)],
  ],
  [
    'a copy of rows that are being dropped',
    ALIVE,
    { lookBefore: false },
    (v: FloorVariant) => [remove(v), job(v), laggard(JOB, v)],
  ],
  [
    'what is sent on is stored below the floor',
    ALIVE,
    { sentOn: false },
    (v: FloorVariant) => [paused([8, 0, 1], v), remove(v), job(v)],
  ],
  [
    'an old election is stored below the floor',
    CHANGED,
    { belowFloor: 'always' },
    (v: FloorVariant) => [conditional(0, 3, v), remove(v), job(v)],
  ],
  [
    'the claim row of a key that is left out stays',
    CHANGED,
    { claimRow: 'kept' },
    (v: FloorVariant) => [conditional(0, 3, v), remove(v), job(v)],
  ],
  [
    'the successor of an old row is below the floor, and helped by nobody',
    ALIVE,
    { successor: 'above-row', belowFloor: 'never' },
    (v: FloorVariant) => [conditional(1, 2, v), conditional(1, 3, v), job(v)],
  ],
  [
    'absence reads as never there',
    DEAD,
    { readsAsFloor: false },
    (v: FloorVariant) => [blind(0, 1, 2, v), job(v), laggard(JOB, v)],
  ],
] as const)
  test(`mutation: ${name}`, (t) => {
    const variant = { ...LEFT_ALONE, ...change };
    breaks(t, floor(name, processes(variant), start(variant, at)), /linearizable|half of a change/);
  });

const createdLate = (v: FloorVariant) => [
  ...[paused([16, 1, 2], v), conditional(0, 3, v), job(v)],
  reader('reader', v, 2),
];

test('a create that was elected over a dead row which the vacuum leaves out, and is stored late', (t) => {
  holds(t, floor('vacuum: elected create, reader', createdLate(AS_BUILT), start(AS_BUILT, CREATED)));
});

test('mutation: a claim row is replaced before its effect is stored', (t) => {
  const v = { ...AS_BUILT, claimRow: 'not-helped' } as const;
  breaks(t, floor('replaced, not stored', createdLate(v), start(v, CREATED)), /linearizable/);
});

if (DEEP)
  test('mutation: an election below the floor is not completed, though it may still land there', (t) => {
    const v = { ...AS_BUILT, belowFloor: 'never' } as const;
    const processes = [paused([8, 1, 2], v), conditional(1, 3, v), job(v), reader('reader', v, 2)];
    breaks(t, floor('not completed', processes, start(v, ELECTED)), /linearizable/);
  });
