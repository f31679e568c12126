/** The Cassandra engine's keys over shards in memory: the engine contract's versions and listings. */

import { suite, test } from 'node:test';
import { listingContract, objectContract } from '../contract/engine/objects.ts';
import { World } from '../contract/engine/world.ts';
import { openKeys } from '../support/memory-keys.ts';

suite('keys of the Cassandra engine, in memory', () => {
  const promise = (title: string, body: (world: World) => Promise<void>): void => {
    test(title, async () => {
      const world = new World(await openKeys());
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });
  };
  objectContract(promise);
  listingContract(promise);
});
