/** The engines that contract tests run over. Each opens in a state of its own and leaves nothing behind. */

import type { Engine } from '../../src/store/port.ts';
import { createMemoryEngine } from './memory-engine.ts';

export interface OpenedEngine {
  readonly engine: Engine;
  /** Closes the engine and removes what it kept. */
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

export const ENGINES: readonly NamedEngine[] = Object.freeze([memory]);
