/**
 * The same commands on the reference model and on the embedded engine, on one drive and on three, give the same history, and leave a store in which
 * everything agrees and nothing is left over.
 *
 * MODEL_RUNS and MODEL_SEED set how many lists are tried and which; a failure prints the seed and the shortest list.
 */

import { strict as assert } from 'node:assert';
import { env } from 'node:process';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Open, World } from '../contract/engine/world.ts';
import { openMemory, openTemporary, openThreeDrives } from '../support/opened-engines.ts';
import { type Command, commands, Runner } from './commands.ts';

const RUNS = Number(env.MODEL_RUNS ?? 25);
const SEED = Number(env.MODEL_SEED ?? Date.now() % 1_000_000_000);

async function history(world: World, list: readonly Command[]): Promise<readonly unknown[]> {
  const runner = new Runner(world);
  await world.account();
  const outcomes: unknown[] = [];
  for (const bucket of ['first', 'second'] as const) await runner.run({ do: 'create', bucket });
  for (const command of list) outcomes.push(await runner.run(command));
  outcomes.push(await runner.everything());
  assert.deepEqual(await world.findings(), []);
  await world.sweepAll();
  outcomes.push(await runner.everything(), await world.engine.upkeep.usage());
  assert.deepEqual(await world.findings(), []);
  return outcomes;
}

for (const [name, open, runs] of [
  ['embedded', openTemporary, RUNS],
  ['embedded on three drives', openThreeDrives, Math.ceil(RUNS / 2)],
] as const) {
  test(`equal histories on memory and ${name} (MODEL_SEED=${SEED})`, () => equalHistories(open, runs));
}

async function equalHistories(open: Open, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const model = new World(await openMemory());
      const real = new World(await open());
      try {
        assert.deepEqual(await history(real, list), await history(model, list));
      } finally {
        await real.close();
        await model.close();
      }
    }),
    { numRuns, seed: SEED, endOnFailure: false },
  );
}
