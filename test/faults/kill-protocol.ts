/** What the program that is killed and the test that kills it say to each other. */

import { LIMITS } from '../../src/base/limits.ts';

/** Small, so that every kind of body and several chunks occur, and with a grace that ends within the test. */
export const KILL_LIMITS = Object.freeze({ ...LIMITS, inlineBytes: 1024, blobChunkBytes: 4096, blobGraceMs: 300 });

export interface Content {
  readonly size: number;
  readonly seed: number;
}

export interface Line {
  /** `refused`: nothing was applied. */
  readonly did: 'begin' | 'done' | 'refused';
  readonly bucket: 'plain' | 'versioned';
  readonly key: string;
  /** What the key holds then; nothing: it was removed. */
  readonly content: Content | undefined;
  readonly versionId?: string;
}
