/**
 * The one Cassandra node that all test files of a run share: it takes as long to start as some files take to run. They find
 * it by a variable in their environment, and keep to keyspaces of their own.
 *
 * It acknowledges before it flushes, since nobody kills it; tests that kill nodes start rings of their own.
 */

import { env } from 'node:process';
import cassandra from 'cassandra-driver';
import { type Ring, startRing } from '../cassandra/ring.ts';

/** Holds a `RingPlace` as JSON. */
const VARIABLE = 'MORAINE_TEST_RING';

/** What a client has to know of a ring. */
export interface RingPlace {
  readonly contactPoints: readonly string[];
  readonly dataCentre: string;
}

/** Where the files of a run find the stores that others have left: names of the stores, as `prefix`. */
export const SHELF = 'moraine_tests.stores';
const MAKE_SHELF = [
  "CREATE KEYSPACE moraine_tests WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
  `CREATE TABLE ${SHELF} (prefix text PRIMARY KEY)`,
];

/** Starts the ring and tells every process that is started from now on. */
export async function startSharedRing(log: (line: string) => void): Promise<Ring> {
  const ring = await startRing({ nodes: 1, durable: false, log });
  const { contactPoints, dataCentre: localDataCenter } = placeOf(ring);
  const client = new cassandra.Client({ contactPoints: [...contactPoints], localDataCenter });
  for (const statement of MAKE_SHELF) await client.execute(statement);
  await client.shutdown();
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
