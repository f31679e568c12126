/** The mutations of a copy: some on their way at a time, a key's versions stored before its head is sent. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Carrier } from '../../src/store/cassandra/shards/carry.ts';
import { PUT_HEAD } from '../../src/store/cassandra/shards/statements.ts';
import type { HeadRow, VersionRow } from '../../src/store/cassandra/types.ts';
import { newUuid } from '../../src/store/cassandra/uuid.ts';
import { Unavailable } from '../../src/store/port.ts';
import { seeded } from '../support/shard-fronts.ts';
import { ShardTables } from '../support/shard-tables.ts';

const chance = seeded(1);
const random = { bytes: (count: number) => Buffer.from(Array.from({ length: count }, () => chance() * 256)) };

/** A session whose mutations take some turns, told how many are under way and whether the next has a head. */
function open(met: (underWay: number, hasHead: boolean) => void) {
  const { home } = new ShardTables().sessions();
  let underWay = 0;
  const batch: typeof home.batch = async (statements) => {
    met(
      underWay,
      statements.some(([statement]) => statement === PUT_HEAD),
    );
    underWay++;
    for (let turns = 0; turns < 5; turns++) await turn();
    underWay--;
  };
  return new Carrier({ ...home, batch }, newUuid(random));
}

function rowsOf(name: string, count: number): { readonly versions: readonly VersionRow[]; readonly head: HeadRow } {
  const key = Buffer.from(name);
  const tag = { time: BigInt(count), count: 0 };
  const payload = Buffer.from('v');
  const places = Array.from(
    { length: count },
    (_, i) => ({ z: 1, t: BigInt(i + 1), n: 0, id: newUuid(random) }) as const,
  );
  return { versions: places.map((place) => ({ key, place, tag, payload })), head: { key, tag, payload } };
}

test('several mutations of a copy are on their way at a time, but not many', async () => {
  let most = 0;
  const carrier = open((underWay) => {
    most = Math.max(most, underWay + 1);
  });
  for (let key = 0; key < 500; key++) {
    const { versions, head } = rowsOf(`k${key}`, 1);
    await carrier.add(versions, head);
  }
  await carrier.flush();
  assert.equal(most, 4);
});

test('a head that is not in one mutation with its versions waits for them', async () => {
  const met: (readonly [number, boolean])[] = [];
  const carrier = open((...one) => met.push(one));
  const { versions, head } = rowsOf('k', 220);
  await carrier.add(versions, head);
  await carrier.flush();
  assert.ok(met.length > 4);
  assert.deepEqual(met.at(-1), [0, true]);
});

test('a mutation of a copy that failed fails the copy', async () => {
  const carrier = open(() => {
    throw new Unavailable('not now', { mayHaveApplied: true });
  });
  const { versions, head } = rowsOf('k', 1);
  await carrier.add(versions, head);
  await assert.rejects(carrier.flush(), /not now/);
});
