/** The sweeper: bounded rounds, quick while more is due, patient otherwise, unbothered by failures, stopped when told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import { startSweeper } from '../../src/jobs/sweeper.ts';
import type { SweepReport } from '../../src/store/port.ts';

const LIMITS = { sweepIntervalMs: 60_000, sweepBreathMs: 100, sweepBlobs: 7 };
const clock = { now: () => 1234, monotonic: () => 0 };

/** Runs rounds that report (or throw) what `reports` says, one after the other; records the waits between them. */
function sweeperOver(reports: readonly (SweepReport | Error)[]) {
  const calls: unknown[] = [];
  const waits: number[] = [];
  const lines: string[] = [];
  const ended = Promise.withResolvers<void>();
  const sweeper = startSweeper({
    upkeep: {
      sweep: async (options) => {
        const report = reports[calls.length];
        calls.push(options);
        if (report instanceof Error || report === undefined) throw report ?? new Error('one round too many');
        return report;
      },
    },
    clock,
    limits: LIMITS,
    log: createLog('info', (line) => lines.push(line)),
    wait: async (milliseconds, signal) => {
      waits.push(milliseconds);
      if (calls.length < reports.length) return;
      ended.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  return { sweeper, ended: ended.promise, calls, waits, lines };
}

test('rounds follow each other quickly while more is due, and are patient when not', async () => {
  const more = { blobs: 7, bytes: 700, done: false };
  const { sweeper, ended, calls, waits } = sweeperOver([more, more, { blobs: 1, bytes: 5, done: true }]);
  await ended;
  assert.deepEqual(waits, [100, 100, 60_000]);
  assert.deepEqual(
    calls,
    [0, 1, 2].map(() => ({ now: 1234, limit: 7 })),
  );
  await sweeper.stop();
});

test('a failing round is logged and tried again later', async () => {
  const { sweeper, ended, waits, lines } = sweeperOver([new Error('disk full'), { blobs: 0, bytes: 0, done: true }]);
  await ended;
  assert.deepEqual(waits, [60_000, 60_000]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /disk full/);
  await sweeper.stop();
});

test('after stop no round begins, and stop waits for the one under way', async () => {
  const round = Promise.withResolvers<SweepReport>();
  let rounds = 0;
  let over = false;
  const sweeper = startSweeper({
    upkeep: {
      sweep: () => {
        rounds += 1;
        return round.promise;
      },
    },
    clock,
    limits: LIMITS,
    log: createLog('silent', () => {}),
    wait: async () => {},
  });
  const stopped = sweeper.stop().then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(over, false);
  round.resolve({ blobs: 0, bytes: 0, done: false });
  await stopped;
  assert.equal(rounds, 1);
});
