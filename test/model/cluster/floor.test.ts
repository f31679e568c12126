/** What a vacuum promises: what it leaves behind never comes back, and no change of a key is lost or made twice by it. */

import { test } from 'node:test';
import { AS_BUILT, blind, conditional, type FloorVariant, floor, laggard, paused, reader, worker } from './floor.ts';
import { breaks, DEEP, holds } from './promise.ts';

const JOB = { from: 's', to: 't', floor: 40 };
const ALIVE = { row: [8, 0, 1] } as const;
const DEAD = { row: [16, 0, 0] } as const;
/** Elected, not stored; its owner is paused. */
const ELECTED = { ...ALIVE, claim: [8, 1, 2], pending: { expect: 1 } } as const;
/** The key was changed by an election once. */
const CHANGED = { row: [8, 1, 1], claim: [8, 1, 1] } as const;

const job = (v: FloorVariant) => worker('worker', JOB, v);
const remove = (v: FloorVariant) => blind(0, 1, 0, v);
const asBuilt = (start: Parameters<typeof floor>[2]['start'], crashes = 0) => ({ start, variant: AS_BUILT, crashes });

test('a delete, a reader and a worker that lags behind: what was left out does not come back', (t) => {
  const v = AS_BUILT;
  const more = [job(v), laggard(JOB, v), reader('reader', v)];
  holds(t, floor('vacuum: delete, laggard, reader', [remove(v), ...more], asBuilt(ALIVE, 1)));
  holds(
    t,
    floor('vacuum: paused put, delete', [paused([8, 0, 1], v), remove(v), ...more.slice(0, 1)], asBuilt(ALIVE, 1)),
  );
  if (DEEP) holds(t, floor('vacuum: removal, laggard, reader', [conditional(1, 0, v), ...more], asBuilt(ALIVE, 1)));
});

test('creates, removals and deletes with old tags while their shard is vacuumed', (t) => {
  const v = AS_BUILT;
  holds(t, floor('vacuum: removal, create', [conditional(1, 0, v), conditional(0, 3, v), job(v)], asBuilt(ALIVE)));
  holds(t, floor('vacuum: create, delete', [conditional(0, 2, v), remove(v), job(v)], asBuilt(DEAD, 1)));
  holds(t, floor('vacuum: create, delete, old claim', [conditional(0, 3, v), remove(v), job(v)], asBuilt(CHANGED)));
  if (DEEP)
    holds(t, floor('vacuum: two creates', [conditional(0, 2, v), conditional(0, 3, v), job(v)], asBuilt(DEAD, 1)));
});

test('claim rows of keys that are left out may also stay', (t) => {
  const variant = { ...AS_BUILT, claimRow: 'kept' } as const;
  const processes = [conditional(0, 3, variant), remove(variant), job(variant)];
  holds(t, floor('vacuum: claim row kept', processes, { start: CHANGED, variant, crashes: 0 }));
});

test('a change that was elected before the vacuum and is stored late', (t) => {
  const v = AS_BUILT;
  const processes = [paused([8, 1, 2], v), conditional(1, 3, v), job(v)];
  holds(t, floor('vacuum: elected change', processes, asBuilt(ELECTED)));
  if (DEEP) holds(t, floor('vacuum: elected change, reader', [...processes, reader('reader', v)], asBuilt(ELECTED)));
});

for (const [name, start, change, processes] of [
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
    { skip: 'never' },
    (v: FloorVariant) => [conditional(0, 3, v), remove(v), job(v)],
  ],
  [
    'a claim row is removed before its effect is stored',
    DEAD,
    { claimRow: 'removed' },
    (v: FloorVariant) => [conditional(0, 2, v), conditional(0, 3, v), job(v)],
  ],
  [
    'the successor of an old row is below the floor',
    ALIVE,
    { successor: 'above-row' },
    (v: FloorVariant) => [conditional(1, 2, v), conditional(1, 3, v), job(v)],
  ],
  [
    'an election in a sealed shard is taken for over by the floor of the next',
    ELECTED,
    { skip: 'sealed-too' },
    (v: FloorVariant) => [paused([8, 1, 2], v), conditional(1, 3, v), job(v), reader('reader', v, 2)],
  ],
  [
    'absence reads as never there',
    DEAD,
    { readsAsFloor: false },
    (v: FloorVariant) => [blind(0, 1, 2, v), job(v), laggard(JOB, v)],
  ],
] as const)
  test(`mutation: ${name}`, (t) => {
    const variant = { ...AS_BUILT, ...change };
    breaks(t, floor(name, processes(variant), { start, variant, crashes: 0 }), /linearizable|half of a change/);
  });
