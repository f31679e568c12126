/**
 * The faulty wrapper with its faults off is an engine like any other; with them on, whatever fails leaves each key in a
 * state that somebody asked for, whole, and nothing that was acknowledged is lost. FAULT_SEED repeats a run.
 */

import { strict as assert } from 'node:assert';
import { env } from 'node:process';
import { suite, test } from 'node:test';
import type { Bucket } from '../../src/model/entities.ts';
import { Unavailable } from '../../src/store/port.ts';
import { bytesOf, type Open, piecesOf, World } from '../contract/engine/world.ts';
import { engineContract } from '../contract/engine-suite.ts';
import { openMemory, openTemporary } from '../support/opened-engines.ts';
import { createFaulty, type Faults } from './wrapper.ts';

const SEED = Number(env.FAULT_SEED ?? Date.now() % 1_000_000_000);
const KEYS = ['a', 'b', 'c'] as const;

const faulty =
  (open: Open, faults: Faults): Open =>
  async () => {
    const opened = await open();
    const { reopen } = opened;
    const again = reopen && { reopen: async () => createFaulty(await reopen(), faults) };
    return { ...opened, engine: createFaulty(opened.engine, faults), ...again, close: () => opened.close() };
  };

engineContract('memory behind the faulty wrapper, faults off', faulty(openMemory, { rate: 0, seed: 1 }));

/** What a key may be now: the content last acknowledged, or any that was tried since and may have been applied. */
type Possible = Map<string, Set<string>>;

async function workload(world: World, bucket: Bucket, seed: number): Promise<Possible> {
  const possible: Possible = new Map(KEYS.map((key) => [key, new Set(['absent'])]));
  for (let step = 0; step < 150; step++) {
    const key = KEYS[(seed + step * 7) % KEYS.length] ?? 'a';
    const states = possible.get(key) ?? new Set();
    const bytes = bytesOf([0, 10, 3000, 20_000][step % 4] ?? 0, step + 1);
    const wanted = step % 5 === 4 ? 'absent' : bytes.toString('base64');
    try {
      if (wanted === 'absent') await world.removeNull(bucket, key);
      else await world.put(bucket, key, await world.engine.blobs.write(piecesOf(bytes), bytes.length));
      possible.set(key, new Set([wanted]));
    } catch (error) {
      assert(error instanceof Unavailable, `only Unavailable, not ${error}`);
      if (error.mayHaveApplied) states.add(wanted);
    }
  }
  return possible;
}

for (const [name, open] of [
  ['memory', openMemory],
  ['embedded', openTemporary],
] as const) {
  suite(`faults: ${name} (FAULT_SEED=${SEED})`, () => {
    test('what is acknowledged stays, what fails is all or nothing, and nothing leaks', async () => {
      const faults: Faults = { rate: 0, seed: SEED };
      const world = new World(await faulty(open, faults)());
      try {
        const bucket = await world.bucket();
        faults.rate = 0.2;
        const possible = await workload(world, bucket, SEED);
        faults.rate = 0;
        let live = 0;
        for (const key of KEYS) {
          const version = await world.get(bucket, key);
          const now = version === undefined ? 'absent' : (await world.read(version.body)).toString('base64');
          assert(possible.get(key)?.has(now), `${key} is in a state that nobody asked for`);
          live += version?.size ?? 0;
        }
        assert.deepEqual(await world.findings(), []);
        await world.sweepAll();
        assert.deepEqual(await world.engine.upkeep.usage(), { buckets: 1, bodyBytes: live, trashBytes: 0 });
        assert.deepEqual(await world.findings(), []);
      } finally {
        await world.close();
      }
    });
  });
}
