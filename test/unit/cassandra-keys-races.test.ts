/**
 * Races and deaths of the Cassandra engine's front ends over one key, step by step: shards, claims and bodies are in memory,
 * and each test holds up a front end exactly where it hurts.
 */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { conflicts } from '../contract/engine/world.ts';
import { die, hold, idOf, namesOf, OWNER, revisionOf, stageOf, unavailable } from '../support/keys-stage.ts';
import { frontEnd } from '../support/memory-keys.ts';
import { HOME, type Hooks, MemoryRing } from '../support/memory-shards.ts';

suite('changes that are elected', () => {
  test('what was elected by a front end that died is done by the next one that changes the key', async () => {
    const { ring: _ring, ...stage } = stageOf('unversioned');
    const [dying, next] = [stage.front(), stage.front()];
    await stage.put(next, 'first');
    const expect = await revisionOf(next);
    die(dying.hooks, 'after', 'claim:elect');
    await assert.rejects(stage.put(dying, 'second', expect), unavailable(true));
    assert.equal(await stage.text(next), 'first');
    await conflicts(stage.put(next, 'third', expect), 'revision');
    assert.equal(await stage.text(next), 'second');
  });

  test('one that dies before it is elected changes nothing, and says so', async () => {
    const stage = stageOf('unversioned');
    const [dying, next] = [stage.front(), stage.front()];
    die(dying.hooks, 'after', 'readKey');
    await assert.rejects(stage.put(dying, 'lost', 'absent'), unavailable(false));
    await stage.put(next, 'first', 'absent');
    assert.equal(await stage.text(next), 'first');
    await next.keys.close();
    assert.equal(stage.bodies.held().length, 1);
  });

  test('of two that decided on one state the second is not elected', async () => {
    const stage = stageOf('unversioned');
    const [slow, fast] = [stage.front(), stage.front(-5000)];
    const held = hold(slow.hooks, 'before', 'claim:elect');
    const late = stage.put(slow, 'slow', 'absent');
    await held.reached;
    await stage.put(fast, 'fast', 'absent');
    held.go();
    await conflicts(late, 'revision');
    assert.equal(await stage.text(slow), 'fast');
  });

  test('a change that was elected before a blind put, and stored after it, orders before it', async () => {
    const stage = stageOf('unversioned');
    const [slow, blind] = [stage.front(), stage.front(-5000)];
    await stage.put(blind, 'first');
    const held = hold(slow.hooks, 'before', 'store');
    const elected = stage.put(slow, 'elected', await revisionOf(blind));
    await held.reached;
    await stage.put(blind, 'blind');
    held.go();
    await elected;
    assert.equal(await stage.text(slow), 'blind');
    await Promise.all([slow.keys.close(), blind.keys.close()]);
    assert.deepEqual(stage.bodies.held(), await namesOf(stage, slow));
  });

  test('a change that was elected before a move is completed behind it, below the floor, by its author or the next', async () => {
    for (const isFirst of [true, false]) {
      const stage = stageOf('unversioned');
      const [slow, other] = [stage.front(), stage.front()];
      const held = hold(slow.hooks, 'before', 'store');
      const late = stage.put(slow, 'late', 'absent');
      await held.reached;
      stage.ring.move({ floor: other.tags.at(other.clock.time + 1000) });
      if (isFirst) held.go();
      if (isFirst) await late;
      await assert.rejects(stage.put(other, 'next', 'absent'), /conflict: revision/);
      held.go();
      await late;
      assert.equal(await stage.text(other), 'late');
    }
  });

  test('after the versioning state changed, what was decided under the old one conflicts and is never stored', async () => {
    for (const step of ['claim:elect', 'store']) {
      const stage = stageOf('unversioned');
      const [slow, other] = [stage.front(), stage.front()];
      const held = hold(slow.hooks, 'before', step);
      const late = stage.put(slow, 'late', 'absent');
      await held.reached;
      stage.ring.move({ mode: 'enabled', floor: other.tags.at(other.clock.time) });
      held.go();
      await assert.rejects(late);
      assert.equal(await stage.text(other), undefined);
      assert.deepEqual(await stage.texts(other), []);
    }
  });

  test('changes of different versions of a key do not undo each other', async () => {
    const stage = stageOf('enabled');
    const fronts = [stage.front(), stage.front(5000), stage.front(-5000)];
    const [first] = fronts;
    assert(first !== undefined);
    for (const text of ['a', 'b', 'c']) await stage.put(first, text);
    const listed = await first.keys.scanVersions(HOME, undefined, 10);
    await Promise.all(
      listed.map(async (version, index) => {
        const update = { type: 'updateVersion', bucketId: HOME.bucketId, expect: version.revision } as const;
        const changed = { ...version, etag: String(index).repeat(32) };
        await (fronts[index] ?? first).keys.updateVersion(HOME, { ...update, version: changed });
      }),
    );
    const after = await first.keys.scanVersions(HOME, undefined, 10);
    assert.deepEqual(
      after.map(({ etag }) => etag),
      ['0', '1', '2'].map((digit) => digit.repeat(32)),
    );
    assert.equal(new Set(after.map(({ revision }) => revision)).size, 3);
  });
});

/** The front end dies between storing what it was elected to and its next read. */
function dieBeforeLooking(hooks: Hooks): void {
  let steps: readonly string[] = ['claim:elect'];
  hooks.before = (name) => {
    if (name === 'readKey' && steps.join() === 'claim:elect,store') die(hooks, 'after', 'readKey');
    steps = [...steps.slice(-1), name];
  };
}

/**
 * A slow front end's put stored just now, between the look of `fast`, that removes the newest version, for an older one and
 * its election. `go` lets the removal go on.
 */
async function removalBesideSlowPut() {
  const stage = stageOf('enabled');
  const [slow, fast] = [stage.front(), stage.front(5000)];
  await stage.put(fast, 'oldest');
  const held = hold(slow.hooks, 'before', 'store');
  const late = stage.put(slow, 'slow');
  await held.reached;
  fast.clock.time += 1000;
  await stage.put(fast, 'newer');
  const id = await idOf(fast, 'newer', stage.bodies);
  const { reached, go } = hold(fast.hooks, 'before', 'claim:elect');
  const removal = stage.remove(fast, id);
  await reached;
  held.go();
  await late;
  return { stage, slow, fast, removal, go };
}

suite('the newest version is the current one', () => {
  test('also when a newer one came and went while a put was under way', async () => {
    const stage = stageOf('enabled');
    const [slow, fast] = [stage.front(), stage.front(5000)];
    await stage.put(fast, 'oldest');
    const held = hold(slow.hooks, 'before', 'store');
    const late = stage.put(slow, 'slow');
    await held.reached;
    fast.clock.time += 1000;
    await stage.put(fast, 'newer');
    await stage.remove(fast, await idOf(fast, 'newer', stage.bodies));
    assert.equal(await stage.text(fast), 'oldest');
    held.go();
    await late;
    assert.equal(await stage.text(fast), 'slow');
    assert.deepEqual(await stage.texts(fast), ['slow', 'oldest']);
  });

  test('also when the put stored between the look for an older one and the removal', async () => {
    const { stage, fast, removal, go } = await removalBesideSlowPut();
    go();
    await removal;
    assert.equal(await stage.text(fast), 'slow');
  });

  test('also when whoever removed a newer one had looked before the put stored, and died before it looked again', async () => {
    const { stage, slow, fast, removal, go } = await removalBesideSlowPut();
    dieBeforeLooking(fast.hooks);
    go();
    await assert.rejects(removal, unavailable(true));
    assert.equal(await stage.text(slow), 'slow');
    assert.deepEqual(await stage.texts(slow), ['slow', 'oldest']);
  });

  test('also when the collector put the older one above a put that was under way', async () => {
    for (const mode of ['enabled', 'suspended'] as const) {
      const stage = stageOf(mode);
      const [slow, collector] = [stage.front(), stage.front()];
      await stage.put(collector, 'older');
      const held = hold(slow.hooks, 'before', 'store');
      const late = stage.put(slow, 'slow');
      await held.reached;
      const latest = slow.tags.at(slow.clock.time + 10_000);
      await collector.keys.owners.fence(OWNER, randomUUID(), latest);
      held.go();
      await late;
      assert.equal(await stage.text(slow), 'slow');
    }
  });

  test('a put that is current when it looks elects nothing', async () => {
    for (const mode of ['enabled', 'suspended'] as const) {
      const stage = stageOf(mode);
      const front = stage.front();
      const steps: string[] = [];
      front.hooks.before = (name) => {
        steps.push(name);
      };
      await stage.put(front, 'text');
      assert.equal(steps.filter((name) => name === 'readKey').length, 2, steps.join());
      assert(!steps.some((name) => name.startsWith('claim')), steps.join());
    }
  });

  test('also when the one that removed died before it looked again: the collector tidies', async () => {
    const stage = stageOf('enabled');
    const [slow, dying] = [stage.front(), stage.front(5000)];
    await stage.put(dying, 'only');
    const id = await idOf(dying, 'only', stage.bodies);
    die(dying.hooks, 'after', 'store');
    await assert.rejects(stage.remove(dying, id), unavailable(true));
    assert.equal(stage.bodies.notes.size, 2, 'the key, and the body that went');
    await stage.put(slow, 'next');
    await slow.keys.owners.tidy(HOME, OWNER.key);
    assert.deepEqual(await stage.texts(slow), ['next']);
  });

  test('a null version that was removed hides those that come late, wherever they land', async () => {
    const stage = stageOf('suspended');
    const [slow, fast] = [stage.front(), stage.front(5000)];
    const held = hold(slow.hooks, 'before', 'store');
    const late = stage.put(slow, 'slow');
    await held.reached;
    fast.clock.time += 1000;
    await stage.put(fast, 'newer');
    await stage.remove(fast);
    held.go();
    await late;
    assert.equal(await stage.text(fast), undefined);
    assert.equal(await stage.text(fast, 'null'), undefined);
    assert.deepEqual(await stage.texts(fast), []);
    await Promise.all([slow.keys.close(), fast.keys.close()]);
    assert.deepEqual(stage.bodies.held(), []);
  });
});

suite('what was replaced', () => {
  test('is let go of once, whoever of two racing puts is later', async () => {
    for (const skewMs of [-5000, 0, 5000]) {
      for (const step of ['readKey', 'store', 'versionRows']) {
        const stage = stageOf('unversioned');
        const [slow, fast] = [stage.front(), stage.front(skewMs)];
        await stage.put(fast, 'before');
        const held = hold(slow.hooks, 'after', step);
        const late = stage.put(slow, 'slow');
        await held.reached;
        await stage.put(fast, 'fast');
        held.go();
        await late;
        await Promise.all([slow.keys.close(), fast.keys.close()]);
        assert.deepEqual(stage.bodies.held(), await namesOf(stage, fast));
        assert.equal(stage.bodies.held().length, 1);
        assert.equal(stage.bodies.notes.size, 0);
        assert.equal(stage.bodies.unknown, 0);
      }
    }
  });

  test('is not let go of for a put that is still on its way', async () => {
    const stage = stageOf('unversioned');
    const front = stage.front();
    const held = hold(front.hooks, 'before', 'versionRows');
    await stage.put(front, 'acknowledged');
    await held.reached;
    // The row of a later put is on its way to most replicas, its head is not.
    const elsewhere = new MemoryRing();
    await stage.put(frontEnd(elsewhere, stage.bodies, {}, 5000), 'on its way');
    for (const row of elsewhere.rows()) stage.ring.apply({ key: row.key, versions: [row] });
    held.go();
    await front.keys.close();
    assert.equal(stage.bodies.held().length, 2);
    assert.equal(await stage.text(front), 'acknowledged');
  });

  test('of a front end that died is found by the collector, through any number of void rows', async () => {
    const stage = stageOf('unversioned');
    const [dying, next] = [stage.front(), stage.front(5000)];
    const held = hold(dying.hooks, 'before', 'store');
    const late = stage.put(dying, 'late');
    await held.reached;
    for (let index = 0; index < 20; index++) await stage.put(next, `next ${index}`);
    await next.keys.close();
    die(dying.hooks, 'after', 'store');
    held.go();
    await assert.rejects(late);
    assert.equal(stage.bodies.held().length, 2);
    await next.keys.owners.tidy(HOME, OWNER.key);
    assert.deepEqual(stage.bodies.held(), await namesOf(stage, next));
    assert.equal(await stage.text(next), 'next 19');
  });

  test('is noted before anything is removed, until it is let go of', async () => {
    const stage = stageOf('unversioned');
    const front = stage.front();
    await stage.put(front, 'text');
    await front.keys.close();
    const held = hold(front.hooks, 'before', 'store');
    const removal = stage.remove(front);
    await held.reached;
    assert.equal(stage.bodies.notes.size, 1);
    held.go();
    await removal;
    await front.keys.close();
    assert.equal(stage.bodies.notes.size, 0);
    assert.deepEqual(stage.bodies.held(), []);
  });
});
