/** The mender: bounded rounds, quick while there is more to do, unbothered by failures, and a word when copies are short. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import { startMender } from '../../src/jobs/mender.ts';
import type { StoreCopy } from '../../src/store/port.ts';

test('rounds follow each other while more is to do; short copies are said once, and their end', async () => {
  const limits = { mendItems: 3, mendBreathMs: 5, mendIntervalMs: 60_000 };
  const reports = [
    { mended: 3, done: false },
    { mended: 3, done: false },
    new Error('a disk'),
    { mended: 0, done: true },
  ];
  const states: readonly StoreCopy['state'][] = ['down', 'down', 'rebuilding', 'up'];
  const [waits, lines, asked]: [number[], string[], unknown[]] = [[], [], []];
  const ended = Promise.withResolvers<void>();
  const mender = startMender({
    upkeep: {
      mend: async (options) => {
        const report = reports[asked.length];
        asked.push(options);
        if (report instanceof Error || report === undefined) throw report ?? new Error('one round too many');
        return report;
      },
      health: async () => {
        const state = states[asked.length - 1] ?? 'up';
        return { wanted: 1, minimum: 1, copies: [{ place: 'd', state, reason: 'r' }] };
      },
    },
    limits,
    log: createLog('info', (line) => lines.push(line)),
    wait: async (milliseconds, signal) => {
      waits.push(milliseconds);
      if (asked.length < reports.length) return;
      ended.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  await ended.promise;
  await mender.stop();
  assert.deepEqual(waits, [5, 5, 60_000, 60_000]);
  assert.deepEqual(asked, Array(4).fill({ limit: 3 }));
  const said = lines.map((line) => JSON.parse(line).msg);
  assert.equal(said.filter((text) => /fewer copies/.test(text)).length, 2);
  assert.equal(said.filter((text) => /round failed/.test(text)).length, 1);
  assert.match(said.at(-1) ?? '', /all its copies again/);
});
