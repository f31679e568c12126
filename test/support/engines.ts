/**
 * The engines that S3's contract tests run over. Each opens in a state of its own and leaves nothing behind. Cassandra is
 * among them where the run has a ring (`npm test`), as two engines over one store.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import type { Engine } from '../../src/store/port.ts';
import { cassandraEngines } from './cassandra.ts';
import { createMemoryEngine } from './memory-engine.ts';

export interface OpenedEngine {
  readonly engine: Engine;
  /** More engines over the same data, as other front ends have them. */
  readonly others?: readonly Engine[];
  /** Closes all of them and removes what they kept. */
  close(): Promise<void>;
}

export interface NamedEngine {
  readonly name: string;
  open(): Promise<OpenedEngine>;
}

const memory: NamedEngine = {
  name: 'memory',
  async open() {
    const engine = createMemoryEngine();
    return { engine, close: () => engine.close() };
  },
};

const embedded: NamedEngine = {
  name: 'embedded',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'moraine-contract-'));
    const path = join(folder, 'data');
    const engine = await openEmbedded({ path, limits: LIMITS, clock: systemClock, random: systemRandom });
    const close = async (): Promise<void> => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { engine, close };
  },
};

const cassandra = cassandraEngines();

export const ENGINES: readonly NamedEngine[] = Object.freeze([
  memory,
  embedded,
  ...(cassandra === undefined ? [] : [cassandra.pair]),
]);
