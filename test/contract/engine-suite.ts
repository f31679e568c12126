/**
 * The contract of `src/store/port.ts` as tests: every engine, and every wrapper of one, passes all of them.
 *
 * Each test gets an engine of its own. The parts are in `engine/`.
 */

import { suite, test } from 'node:test';
import { accessContract } from './engine/access.ts';
import { accountContract, bucketContract } from './engine/accounts.ts';
import { activityContract } from './engine/activity.ts';
import { attributeContract } from './engine/attributes.ts';
import { auditContract, keyUseContract, refusalContract } from './engine/audit.ts';
import { bodyContract, upkeepContract } from './engine/bodies.ts';
import { listingContract, objectContract } from './engine/objects.ts';
import { uploadContract } from './engine/uploads.ts';
import { type Open, World } from './engine/world.ts';

export function engineContract(name: string, open: Open): void {
  suite(`engine: ${name}`, () => {
    const promise = (title: string, body: (world: World) => Promise<void>): void => {
      test(title, async () => {
        const world = new World(await open());
        try {
          await body(world);
        } finally {
          await world.close();
        }
      });
    };
    for (const part of [
      accountContract,
      accessContract,
      bucketContract,
      auditContract,
      keyUseContract,
      refusalContract,
      activityContract,
      objectContract,
      attributeContract,
      listingContract,
      bodyContract,
      uploadContract,
      upkeepContract,
    ]) {
      part(promise);
    }
  });
}
