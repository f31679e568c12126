/** Which test files there are, what each of them needs, and in what company it runs. */

import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { env } from 'node:process';
import { NEEDY } from './preparing.ts';

export interface Group {
  /** Folder or file below `test/`. */
  readonly path: string;
  readonly quick: boolean;
  /** Limit for each file. */
  readonly minutes: number;
  /** Its own files at the same time, at most. */
  readonly atOnce: number;
  /** Of what is below it, these files. Default: all. */
  readonly only?: readonly string[];
  /** Below it, but in groups of their own. */
  readonly except?: readonly string[];
  /** Over the shared ring, instead of the embedded engine: two front ends, asked in turn. */
  readonly onCassandra?: boolean;
  /** Beside all other groups, because it mostly waits; or with nothing beside it, because others would be in the way. */
  readonly company?: 'any' | 'none';
}

/**
 * What takes the whole way through the store. The others look at the Console itself and at single requests, which the contract holds
 * both engines to; `CONSOLE_ON_CASSANDRA=all` runs them too.
 */
const CONSOLE_ON_THE_RING: Pick<Group, 'only'> =
  env.CONSOLE_ON_CASSANDRA === 'all'
    ? {}
    : { only: ['guide', 'upload', 'browser'].map((name) => `browser/console-${name}.test.ts`) };

/** In this order. A test file outside all of these fails the run instead of being forgotten. */
export const GROUPS: readonly Group[] = [
  { path: 'tidy.test.ts', quick: true, minutes: 2, atOnce: 1 },
  { path: 'unit', quick: true, minutes: 2, atOnce: 2 },
  { path: 'console', quick: true, minutes: 2, atOnce: 2 },
  { path: 'golden', quick: true, minutes: 2, atOnce: 2 },
  { path: 'exhaustive', quick: false, minutes: 4, atOnce: 2 },
  { path: 'fuzz', quick: false, minutes: 10, atOnce: 2 },
  // Each of these starts nodes of its own, and waits until they are up and see each other.
  { path: 'cassandra/rings', quick: false, minutes: 15, atOnce: 1, company: 'any' },
  { path: 'contract', quick: true, minutes: 6, atOnce: 2 },
  { path: 'model', quick: false, minutes: 10, atOnce: 2 },
  { path: 'faults', quick: false, minutes: 20, atOnce: 1 },
  { path: 'cassandra', quick: false, minutes: 15, atOnce: 2, except: ['cassandra/rings', 'cassandra/faults.test.ts'] },
  { path: 'browser', quick: false, minutes: 5, atOnce: 2 },
  { path: 'browser', quick: false, minutes: 8, atOnce: 2, onCassandra: true, ...CONSOLE_ON_THE_RING },
  { path: 'clients', quick: false, minutes: 10, atOnce: 2 },
  { path: 'clients', quick: false, minutes: 15, atOnce: 2, onCassandra: true },
  { path: 'cassandra/faults.test.ts', quick: false, minutes: 15, atOnce: 1, company: 'none' },
];

/** Folders whose files also run over the shared ring, where there is one. */
const ON_THE_RING: readonly string[] = ['contract', 'model', 'cassandra', 'browser', 'clients'];

export function testFiles(root: string): readonly string[] {
  const found = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function isBelow(file: string, path: string): boolean {
  return file === `test/${path}` || file.startsWith(`test/${path}/`);
}

export function inGroup(file: string, group: Group): boolean {
  const { path, only = [path], except = [] } = group;
  return only.some((one) => isBelow(file, one)) && !except.some((one) => isBelow(file, one));
}

/** The folder that has to be made ready for the file; undefined when it needs nothing. */
export function needOf(file: string): string | undefined {
  return NEEDY.find((folder) => file.startsWith(folder));
}

export function isOnTheRing(file: string): boolean {
  return ON_THE_RING.some((folder) => isBelow(file, folder));
}
