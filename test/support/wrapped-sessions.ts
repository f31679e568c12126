/** Sessions of which each call passes through a test's hands. */

import type { Session, Sessions } from '../../src/store/cassandra/database/types.ts';

export interface Hands {
  read<T>(send: () => Promise<readonly T[]>): Promise<readonly T[]>;
  write<T>(send: () => Promise<T>): Promise<T>;
}

/** For `CassandraOptions.through`. */
export const wrapped =
  (hands: Hands) =>
  (real: Sessions): Sessions => {
    const sessions = new Map(real.regions.map((region) => [region, wrappedSession(real.of(region), hands)]));
    const of = (region: string): Session => sessions.get(region) ?? real.of(region);
    return { regions: real.regions, home: of(real.home.region), of, close: () => real.close() };
  };

const wrappedSession = (real: Session, hands: Hands): Session => ({
  region: real.region,
  read: (...values) => hands.read(() => real.read(...values)),
  write: (...values) => hands.write(() => real.write(...values)),
  batch: (...values) => hands.write(() => real.batch(...values)),
  cas: (...values) => hands.write(() => real.cas(...values)),
  casBatch: (...values) => hands.write(() => real.casBatch(...values)),
  nodes: () => real.nodes(),
  replicas: (...values) => real.replicas(...values),
  readFrom: (...values) => hands.read(() => real.readFrom(...values)),
});
