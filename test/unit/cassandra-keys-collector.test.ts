/**
 * What the collector asks of keys in the Cassandra engine, while front ends are held up or die: shards, claims and bodies are
 * in memory.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { die, hold, idOf, namedIds, OWNER, stageOf, unavailable } from '../support/keys-stage.ts';
import { HOME } from '../support/memory-shards.ts';

suite('the collector', () => {
  test('fences a put that never came: later it is neither current nor listed', async () => {
    for (const mode of ['unversioned', 'enabled'] as const) {
      const stage = stageOf(mode);
      const [slow, collector] = [stage.front(), stage.front()];
      await stage.put(collector, 'before');
      const latest = slow.tags.at(slow.clock.time + 10_000);
      stage.bodies.latest = latest;
      const held = hold(slow.hooks, 'before', 'store');
      const late = stage.put(slow, 'late');
      await held.reached;
      const [naming] = stage.bodies.held().filter((id) => !namedIds(stage).includes(id));
      assert(naming !== undefined);
      const { owners } = collector.keys;
      assert.equal(await owners.isNamed(OWNER, naming), false);
      await owners.fence(OWNER, naming, latest);
      assert.equal(await owners.isNamed(OWNER, naming), false);
      stage.bodies.isLate = true;
      held.go();
      await assert.rejects(late, unavailable(true));
      assert.equal(await owners.isNamed(OWNER, naming), false);
      assert.equal(await stage.text(collector), 'before');
      assert.deepEqual(await stage.texts(collector), ['before']);
      await collector.keys.owners.tidy(HOME, OWNER.key);
      assert.equal(await stage.text(collector), 'before');
    }
  });

  test('does not fence what is named', async () => {
    const stage = stageOf('enabled');
    const front = stage.front();
    await stage.put(front, 'older');
    await stage.put(front, 'current');
    for (const naming of namedIds(stage)) {
      assert.equal(await front.keys.owners.isNamed(OWNER, naming), true);
      await front.keys.owners.fence(OWNER, naming, front.tags.at(front.clock.time + 10_000));
      assert.equal(await front.keys.owners.isNamed(OWNER, naming), true);
    }
    assert.deepEqual(await stage.texts(front), ['current', 'older']);
  });

  test('a put whose time is over before it is stored is refused, and changes nothing', async () => {
    const stage = stageOf('unversioned');
    const front = stage.front();
    stage.bodies.latest = front.tags.at(front.clock.time - 1);
    await assert.rejects(stage.put(front, 'late'), unavailable(false));
    stage.bodies.isLate = true;
    await assert.rejects(stage.put(front, 'late', 'absent'), unavailable(false));
    assert.equal(await stage.text(front), undefined);
    assert.deepEqual(stage.bodies.held(), []);
  });

  test('completes a removal that was elected and never stored, and none that was decided before is elected', async () => {
    const stage = stageOf('enabled');
    const [dying, slow, collector] = [stage.front(), stage.front(), stage.front()];
    await stage.put(collector, 'older');
    await stage.put(collector, 'newer');
    const { owners } = collector.keys;
    const before = stage.bodies.held();
    die(dying.hooks, 'before', 'store');
    await assert.rejects(stage.remove(dying, await idOf(collector, 'newer', stage.bodies)), unavailable(true));
    assert.equal(await stage.text(collector), 'newer');
    await owners.confirm(HOME, OWNER.key);
    assert.equal(await stage.text(collector), 'older');
    const named = await Promise.all(before.map((naming) => owners.isNamed(OWNER, naming)));
    assert.equal(named.filter(Boolean).length, 1);

    const held = hold(slow.hooks, 'before', 'claim:elect');
    const removal = stage.remove(slow, await idOf(collector, 'older', stage.bodies));
    await held.reached;
    await owners.confirm(HOME, OWNER.key);
    die(slow.hooks, 'after', 'claim:elect');
    held.go();
    await assert.rejects(removal);
    await owners.confirm(HOME, OWNER.key);
    assert.equal(await stage.text(collector), 'older');
  });

  test('gives a current version the row that its dead writer left to one replica', async () => {
    const stage = stageOf('enabled');
    const front = stage.front();
    await stage.put(front, 'text');
    stage.ring.versions.clear();
    await front.keys.owners.tidy(HOME, OWNER.key);
    assert.deepEqual(await stage.texts(front), ['text']);
  });
});
