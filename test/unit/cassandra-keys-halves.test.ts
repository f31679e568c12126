/**
 * Puts of which only one half is visible yet, the row or the head: their writer died, and one replica of three had it. Who
 * changes the key completes them first, so that the other half changes nothing when it shows.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Versioning } from '../../src/model/entities.ts';
import type { Effect } from '../../src/store/cassandra/types.ts';
import { conflicts } from '../contract/engine/world.ts';
import { idOf, KEY, revisionOf, type Stage, stageOf } from '../support/keys-stage.ts';
import { frontEnd } from '../support/memory-keys.ts';
import { HOME, MemoryRing } from '../support/memory-shards.ts';

const MODES: readonly Versioning[] = ['unversioned', 'enabled', 'suspended'];

/** A later put of the key, as two halves that are not there yet. */
async function halvesOf(stage: Stage, mode: Versioning): Promise<{ readonly row: Effect; readonly head: Effect }> {
  const elsewhere = new MemoryRing(mode);
  await stage.put(frontEnd(elsewhere, stage.bodies, {}, 5000), 'half');
  const [row] = elsewhere.rows();
  const [head] = elsewhere.heads.values();
  assert(row !== undefined && head !== undefined);
  const { key } = row;
  return { row: { key, versions: [row] }, head: { key, head, versions: [] } };
}

for (const mode of MODES) {
  suite(`of a put in a bucket that is ${mode}`, () => {
    test('the row alone is made current before a condition is looked at', async () => {
      const stage = stageOf(mode);
      const front = stage.front();
      await stage.put(front, 'before');
      const expect = await revisionOf(front);
      const { row, head } = await halvesOf(stage, mode);
      stage.ring.apply(row);
      await conflicts(stage.put(front, 'after', expect), 'revision');
      stage.ring.apply(head);
      assert.equal(await stage.text(front), 'half');
    });

    test('the row alone can be removed for good', async () => {
      const stage = stageOf(mode);
      const front = stage.front();
      const { row, head } = await halvesOf(stage, mode);
      stage.ring.apply(row);
      await stage.remove(front, mode === 'enabled' ? await idOf(front, 'half', stage.bodies) : 'null');
      stage.ring.apply(head);
      assert.equal(await stage.text(front), undefined);
      assert.deepEqual(await stage.texts(front), []);
    });

    test('the row alone is made current by the collector', async () => {
      const stage = stageOf(mode);
      const front = stage.front();
      await stage.put(front, 'before');
      const { row } = await halvesOf(stage, mode);
      stage.ring.apply(row);
      await front.keys.owners.tidy(HOME, row.key);
      assert.equal(await stage.text(front), 'half');
    });

    test('the head alone can be removed for good', async () => {
      const stage = stageOf(mode);
      const front = stage.front(10_000);
      const { row, head } = await halvesOf(stage, mode);
      stage.ring.apply(head);
      const { versionId = '', revision = '' } = (await front.keys.read(HOME, { key: KEY }))?.version ?? {};
      const removal = { bucketId: HOME.bucketId, key: KEY, versioning: mode, versionId, expect: revision } as const;
      await front.keys.removeVersion(HOME, { type: 'removeVersion', ...removal });
      stage.ring.apply(row);
      assert.equal(await stage.text(front), undefined);
      assert.deepEqual(await stage.texts(front), []);
    });
  });
}
