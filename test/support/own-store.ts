/** A store of a test file's own on the shared ring, and front ends over it: what races, deaths and second front ends need. */

import { randomBytes } from 'node:crypto';
import type cassandra from 'cassandra-driver';
import type { RingPlace } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import type { Sessions } from '../../src/store/cassandra/database/types.ts';
import { openCassandra } from '../../src/store/cassandra/engine.ts';
import type { Engine } from '../../src/store/port.ts';
import { type CassandraStore, clientOf, createStore, TEST_TUNING } from './cassandra.ts';

export interface OwnStore {
  readonly client: cassandra.Client;
  /** Where the rows of the region are. */
  readonly regionKeyspace: string;
  /** One more front end; `through` stands between it and the ring. Whoever opens it closes it. */
  open(through?: (sessions: Sessions) => Sessions): Promise<Engine>;
  /** Nothing of it is left. */
  remove(): Promise<void>;
}

export async function createOwnStore(place: RingPlace, region: string): Promise<OwnStore> {
  const client = clientOf(place);
  const prefix = `t${randomBytes(5).toString('hex')}`;
  const regions = { [region]: [place.dataCentre] };
  const store: CassandraStore = { place, prefix, regions, tuning: TEST_TUNING, limits: {} };
  await createStore(client, store, 1);
  const options = { ...place, prefix, regions, tuning: TEST_TUNING, limits: LIMITS, unchecked: true };
  return {
    client,
    regionKeyspace: regionKeyspace(prefix, region),
    open: (through) =>
      openCassandra({
        ...{ ...options, clock: systemClock, random: systemRandom },
        ...(through === undefined ? {} : { through }),
      }),
    async remove() {
      await client.execute(`DROP KEYSPACE ${globalKeyspace(prefix)}`);
      await client.execute(`DROP KEYSPACE ${regionKeyspace(prefix, region)}`);
      await client.shutdown();
    },
  };
}
