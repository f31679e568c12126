/** What claims promise: every history of one key, conditional and plain writes mixed, is linearizable. */

import { test } from 'node:test';
import { claims } from './claims.ts';
import { breaks, DEEP, holds } from './promise.ts';

const RACE = [
  { expect: 1, value: 2 },
  { expect: 1, value: 3 },
] as const;

test('two conditional writes on one base have one winner, a crashed winner blocks nobody', (t) => {
  holds(t, claims('claims: two on one base', { swaps: RACE, puts: [], reads: 2, crashes: 2 }, 'monotone'));
});

test('conditional writes beside plain puts with clocks ahead and behind are linearizable', (t) => {
  const puts = [
    { clock: 9, value: 4 },
    { clock: 0, value: 5 },
  ];
  holds(t, claims('claims: two conditional, two plain', { swaps: RACE, puts, reads: 1, crashes: 1 }, 'monotone'));
});

test('create-if-absent beside a delete and a put is linearizable', (t) => {
  const swaps = [
    { expect: 0, value: 2 },
    { expect: 0, value: 3 },
    { expect: 2, value: 6 },
  ];
  const puts = [{ clock: 0, value: 0 }];
  holds(t, claims('claims: create, delete, chain', { swaps, puts, reads: 1, crashes: 1 }, 'monotone'));
});

test('value that comes back (A, B, A) fools no claim', (t) => {
  const swaps = [...RACE, { expect: 2, value: 1 }];
  const puts = DEEP ? [{ clock: 0, value: 1 }] : [];
  holds(t, claims('claims: A, B, A', { swaps, puts, reads: 1, crashes: 1 }, 'monotone'));
});

test('mutation: a transaction on the row itself loses acknowledged writes', (t) => {
  const swaps = [{ expect: 1, value: 2, clock: 1 }];
  const puts = [{ clock: 9, value: 4 }];
  const after = [...swaps, { expect: 4, value: 3, clock: 1 }];
  breaks(t, claims('transaction on the row', { swaps: after, puts, reads: 1, crashes: 0 }, 'on-row'), /linearizable/);
});

test('mutation: claims that expire after a day let two winners follow one base', (t) => {
  const swaps = [...RACE, { expect: 1, value: 6 }];
  breaks(t, claims('claims with a life', { swaps, puts: [], reads: 1, crashes: 1 }, 'expiring'), /linearizable/);
});
