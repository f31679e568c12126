/** What tags promise: no acknowledged write is lost whatever the clocks say, reads never go back. */

import { test } from 'node:test';
import { breaks, DEEP, holds } from './promise.ts';
import { AS_BUILT, tags } from './tags.ts';

test('no acknowledged write is lost and reads never go back, with clocks apart and a writer that dies half way', (t) => {
  holds(t, tags('tags: fast and slow writer, reader', { clocks: [5, 1], reads: [1], crashes: 1 }, AS_BUILT));
});

test('two readers one after the other and beside each other never see an older write than before', (t) => {
  holds(t, tags('tags: one writer, two readers', { clocks: [1], reads: [2, 1], crashes: 1 }, AS_BUILT));
});

if (DEEP)
  test('three writers with three clocks', (t) => {
    holds(t, tags('tags: three writers', { clocks: [9, 5, 1], reads: [], crashes: 1 }, AS_BUILT));
  });

test('mutation: without the read before the write a slow clock loses an acknowledged write', (t) => {
  const variant = { ...AS_BUILT, preRead: false };
  breaks(t, tags('tags without pre-read', { clocks: [5, 1], reads: [], crashes: 0 }, variant), /a write got tag/);
});

test('mutation: without blocking read repair a read goes back behind a half-written value', (t) => {
  const variant = { ...AS_BUILT, readRepair: false };
  breaks(t, tags('tags without read repair', { clocks: [1], reads: [2], crashes: 1 }, variant), /a read returned/);
});
