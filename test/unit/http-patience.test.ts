import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from '../../src/http/guard.ts';

const limits = { idleBodyTimeoutMs: 100, slowBodyGraceMs: 1000, minBytesPerSecond: 10 };

test('rule 22: patience ends when nothing moves for too long', () => {
  const patience = new Patience(limits);
  assert.equal(patience.holds(60, 1, 0), true);
  assert.equal(patience.holds(60, 1, 0), true);
  assert.equal(patience.holds(60, 1, 0), false);
});

test('any progress starts the idle time anew', () => {
  const patience = new Patience(limits);
  for (let i = 1; i <= 1000; i++) assert.equal(patience.holds(90, i * 10, 0), true);
});

test('after the grace the average must hold, before it must not', () => {
  const patience = new Patience({ ...limits, idleBodyTimeoutMs: 10_000 });
  for (let i = 1; i <= 11; i++) assert.equal(patience.holds(90, 1, 0), true, `${i * 90} ms`);
  assert.equal(patience.holds(90, 9, 0), false, '9 bytes in 1.08 seconds');
  const quick = new Patience(limits);
  assert.equal(quick.holds(90, 1_000_000, 0), true);
  for (let i = 1; i <= 20; i++) assert.equal(quick.holds(90, 1_000_000 + i, 0), true, 'a good start is credit');
});

test('bytes that can only move together get the time that the least rate gives them', () => {
  const patience = new Patience(limits);
  assert.equal(patience.holds(1099, 0, 10), true, 'ten bytes at ten per second: one second more');
  assert.equal(patience.holds(2, 0, 10), false);
});

test('a least rate of zero leaves only the idle limit', () => {
  const patience = new Patience({ ...limits, minBytesPerSecond: 0 });
  for (let i = 1; i <= 1000; i++) assert.equal(patience.holds(90, i, 4096), true);
  assert.equal(patience.holds(101, 1000, 4096), false);
});
