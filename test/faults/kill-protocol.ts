/** What the program that is killed and the test that kills it say to each other. */

import { join } from 'node:path';
import { LIMITS } from '../../src/base/limits.ts';
import type { EmbeddedOptions } from '../../src/store/embedded/engine.ts';

/** Small, so that every kind of body and several chunks occur, and with a grace that ends within the test. */
export const KILL_LIMITS = Object.freeze({ ...LIMITS, inlineBytes: 1024, blobChunkBytes: 4096, blobGraceMs: 300 });

/** Where the store is: in the directory, or on so many drives in it. */
export function placeOf(path: string, drives: number): Pick<EmbeddedOptions, 'path' | 'drives'> {
  if (drives === 1) return { path };
  return { path, drives: { paths: drivePaths(path, drives), minCopies: drives - 1 } };
}
export const drivePaths = (path: string, drives: number): readonly string[] =>
  drives === 1 ? [path] : Array.from({ length: drives }, (_, at) => join(path, `drive-${at + 1}`));

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
