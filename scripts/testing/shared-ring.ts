/**
 * The one Cassandra node that all test files of a run share: it takes as long to start as some files take to run. They find
 * it by a variable in their environment, and keep to keyspaces of their own.
 *
 * It acknowledges before it flushes, since nobody kills it; tests that kill nodes start rings of their own.
 */

import { env } from 'node:process';
import { type Ring, startRing } from '../cassandra/ring.ts';

/** Holds a `RingPlace` as JSON. */
const VARIABLE = 'MORAINE_TEST_RING';

/** What a client has to know of a ring. */
export interface RingPlace {
  readonly contactPoints: readonly string[];
  readonly dataCentre: string;
}

/** Starts the ring and tells every process that is started from now on. */
export async function startSharedRing(log: (line: string) => void): Promise<Ring> {
  const ring = await startRing({ nodes: 1, brief: true, durable: false, log });
  env[VARIABLE] = JSON.stringify(placeOf(ring));
  return ring;
}

export function placeOf(ring: Ring): RingPlace {
  return { contactPoints: ring.contactPoints, dataCentre: ring.nodes[0]?.dataCentre ?? '' };
}

/** The ring of this run; undefined where a test file is run by itself, or in a quick run. */
export function sharedRing(): RingPlace | undefined {
  const text = env[VARIABLE];
  return text === undefined || text === '' ? undefined : JSON.parse(text);
}
