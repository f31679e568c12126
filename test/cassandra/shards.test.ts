/**
 * The load of shard-load.ts on a real Cassandra: what the simulated tables take for granted (order of cells, transactions,
 * range deletions, slices in mixed order) is the database's own here. `SHARD_OPERATIONS` makes it longer.
 */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { env } from 'node:process';
import { test } from 'node:test';
import { sharedRing } from '../../scripts/testing/shared-ring.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openSessions } from '../../src/store/cassandra/database/sessions.ts';
import { regionKeyspace, schemaStatements, TABLES } from '../../src/store/cassandra/database/tables.ts';
import type { Session, Sessions } from '../../src/store/cassandra/database/types.ts';
import { clientOf } from '../support/cassandra.ts';
import { runLoad } from '../support/shard-load.ts';
import type { Hooks } from '../support/shard-tables.ts';

const OPERATIONS = Number(env.SHARD_OPERATIONS ?? 400);
const REGION = 'here';
const place = sharedRing();

function hooked(session: Session, { before, after, seen }: Hooks): Session {
  const around = async <T>(
    statement: Parameters<Session['read']>[0] | undefined,
    run: () => Promise<T>,
  ): Promise<T> => {
    if (statement !== undefined) await before?.(statement);
    const done = await run();
    if (statement !== undefined) await after?.(statement);
    return done;
  };
  return {
    region: session.region,
    read: (statement, values) =>
      around(statement, async () => {
        const rows = await session.read(statement, values);
        return seen?.(statement, values, rows) ?? rows;
      }),
    write: (statement, values) => around(statement, () => session.write(statement, values)),
    batch: (all) => around(all[0]?.[0], () => session.batch(all)),
    cas: (...args) => around(args[0], () => session.cas(...args)),
    casBatch: (...args) => around(args[0][0]?.[0], () => session.casBatch(...args)),
    nodes: () => session.nodes(),
    replicas: (...args) => session.replicas(...args),
    readFrom: (...args) => session.readFrom(...args),
  };
}

test('no acknowledged change is lost or shown wrongly on Cassandra while shards move', {
  skip: place === undefined && 'no ring: npm test starts one',
}, async () => {
  assert(place !== undefined);
  const prefix = `shards${randomBytes(4).toString('hex')}`;
  const keyspaces = { prefix, regions: { [REGION]: [place.dataCentre] } };
  const needed = new Set(['head', 'ver', 'claim', 'shard_map']);
  const unneeded = TABLES.filter(({ name }) => !needed.has(name)).map(({ name }) => new RegExp(`\\.${name} \\(`));
  const client = clientOf(place);
  try {
    for (const cql of schemaStatements({ ...keyspaces, replication: 1 }))
      if (!cql.includes('_global') && !unneeded.some((name) => name.test(cql))) await client.execute(cql);
    const sessions = await openSessions({ ...place, ...keyspaces, clock: systemClock, random: systemRandom });
    const through = (hooks: Hooks): Sessions => {
      const home = hooked(sessions.home, hooks);
      return { regions: [REGION], home, of: () => home, close: async () => {} };
    };
    const { problems, counts } = await runLoad({
      ...{ seed: 1, sessions: through, bucketId: 'b', operations: OPERATIONS, pauseMs: 4 },
    });
    await sessions.close();
    assert.deepEqual(problems, []);
    assert.ok((counts.split ?? 0) + (counts.merge ?? 0) + (counts.vacuum ?? 0) > 0, 'shards moved');
  } finally {
    await client.execute(`DROP KEYSPACE IF EXISTS ${regionKeyspace(prefix, REGION)}`);
    await client.shutdown();
  }
});
