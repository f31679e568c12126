/** The engines of the contract and model tests: small limits, so that every border is near, and a clock that tests move. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { type Open, TestClock } from '../contract/engine/world.ts';
import { createMemoryEngine } from './memory-engine.ts';

export const TEST_LIMITS = Object.freeze({
  ...LIMITS,
  inlineBytes: 1024,
  blobChunkBytes: 4096,
  blobGraceMs: 60_000,
  refusalsKept: 50,
});
const { inlineBytes, blobGraceMs: graceMs } = TEST_LIMITS;

export const openMemory: Open = async () => {
  const clock = new TestClock();
  const engine = createMemoryEngine({ clock, blobGraceMs: graceMs });
  return { engine, clock, graceMs, inlineBytes, close: () => engine.close() };
};

/** In a directory of its own that is removed on close. */
export const openTemporary: Open = () => openIn((path) => ({ path }));

/** On three drives, each a directory. */
export const openThreeDrives: Open = () =>
  openIn((path) => ({ path, drives: { paths: [1, 2, 3].map((drive) => join(path, `drive-${drive}`)), minCopies: 2 } }));

async function openIn(
  placeIn: (path: string) => Pick<Parameters<typeof openEmbedded>[0], 'path' | 'drives'>,
): ReturnType<Open> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-engine-'));
  const clock = new TestClock();
  const open = () => openEmbedded({ ...placeIn(path), limits: TEST_LIMITS, clock, random: systemRandom });
  let engine = await open();
  return {
    engine,
    clock,
    graceMs,
    inlineBytes,
    reopen: async () => {
      await engine.close();
      engine = await open();
      return engine;
    },
    close: async () => {
      await engine.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}
