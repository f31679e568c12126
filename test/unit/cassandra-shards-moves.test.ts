/** What single moves of a shard do to what is there and to what comes late, on simulated tables. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from '../../src/store/cassandra/database/types.ts';
import { deadPayload } from '../../src/store/cassandra/keys/versions.ts';
import { LOOK_FOR_CLAIM, PUT_HEAD, PUT_STATE, PUT_VERSION } from '../../src/store/cassandra/shards/statements.ts';
import type { Effect, KeyView, Tag } from '../../src/store/cassandra/types.ts';
import { newUuid } from '../../src/store/cassandra/uuid.ts';
import { Died, type FrontEnd, FrontEnds, seeded } from '../support/shard-fronts.ts';
import { ShardTables } from '../support/shard-tables.ts';

const HOME = { region: 'here', bucketId: 'b' };
const MINUTE = 60_000;

/** `old`: its clock is ten minutes slow, so that what it writes is below the floor of a move. */
async function open() {
  const tables = new ShardTables();
  const makers = new FrontEnds({ sessions: (hooks) => tables.sessions(hooks), pauseMs: 0, chance: seeded(1) });
  const [now, old] = [makers.frontEnd(0, {}), makers.frontEnd(-10 * MINUTE, {})];
  await now.shards.create(HOME, 'unversioned');
  const effect = (key: string, tag: Tag, value: string | undefined): Effect => {
    const payload = value === undefined ? undefined : Buffer.from(value);
    const place = { z: 0, t: tag.time, n: tag.count, id: newUuid(makers.random) } as const;
    const versions = [{ place, tag, payload: payload ?? deadPayload() }];
    return { key: Buffer.from(key), head: { tag, payload }, versions };
  };
  const view = async (key: string): Promise<KeyView> => {
    const seen = await now.shards.readKey(HOME, Buffer.from(key), { answer: true });
    assert(seen !== undefined, 'the bucket is there');
    return seen;
  };
  const put = async ({ shards, tags }: FrontEnd, key: string, value: string | undefined) => {
    const seen = await view(key);
    const made = effect(key, tags.blind(seen.tag, seen.shard.floor), value);
    assert.equal(await shards.store(seen, made), 'stored');
    return made;
  };
  const rows = async (key: string) => {
    const page = await now.shards.versionRows(HOME, { type: 'key', key: Buffer.from(key), z: 0, limit: 100 });
    return page?.rows ?? [];
  };
  return { tables, makers, now, old, effect, view, put, rows };
}

/** Before the statement's n-th time: waits until `go`. */
function stopAt(statement: Statement, time: number) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let times = 0;
  const before = async (next: Statement) => {
    if (next !== statement || ++times !== time) return;
    reached.resolve();
    await gate.promise;
  };
  return { hooks: { before }, reached: reached.promise, go: () => gate.resolve() };
}

/** A hook that throws the statement's n-th time. */
function dieAt(statement: Statement, time: number) {
  let times = 0;
  return async (next: Statement) => {
    if (next === statement && ++times === time) throw new Died();
  };
}

test('a worker that was paused does not bring back what was deleted meanwhile', async () => {
  const { makers, now, effect, view, put } = await open();
  const stop = stopAt(PUT_VERSION, 1);
  const paused = makers.frontEnd(0, stop.hooks);
  const dying = makers.frontEnd(-10 * MINUTE, { after: dieAt(PUT_HEAD, 1) });
  const { versions } = await put(makers.frontEnd(-20 * MINUTE, {}), 'k', 'v');
  const seen = await view('k');
  const moved = paused.shards.reshape(HOME, Buffer.from('k'), 'vacuum');
  await stop.reached;
  const tag = dying.tags.blind(seen.tag, seen.shard.floor);
  const gone = effect('k', tag, undefined);
  const voids = versions.map(({ place }) => ({ place, tag, payload: undefined }));
  await assert.rejects(dying.shards.store(seen, { ...gone, versions: [...gone.versions, ...voids] }), Died);
  assert.equal(await now.shards.resume(HOME), 1);
  assert.equal((await view('k')).head, undefined);
  stop.go();
  await moved;
  assert.equal((await view('k')).head, undefined);
});

test('a key that comes back while a vacuum leaves it behind stays', async () => {
  const { makers, now, old, effect, view, put } = await open();
  for (const value of ['v', undefined])
    await old.claims.change(HOME, Buffer.from('k'), async (seen) => {
      const made = effect('k', old.tags.successor(seen.tag, seen.shard.floor), value);
      return { effect: { ...made, versions: value === undefined ? made.versions : [] }, result: undefined };
    });
  // The first time it notes what is dead. The states it writes are FILLING, SEALED, RETIRED.
  const [leaving, retiring] = [stopAt(LOOK_FOR_CLAIM, 2), stopAt(PUT_STATE, 3)];
  const before = async (statement: Statement) => {
    await leaving.hooks.before(statement);
    await retiring.hooks.before(statement);
  };
  const moved = makers.frontEnd(0, { before }).shards.reshape(HOME, Buffer.from('k'), 'vacuum');
  await leaving.reached;
  await put(old, 'k', 'back');
  leaving.go();
  await retiring.reached;
  assert.equal(String((await view('k')).head), 'back');
  retiring.go();
  await moved;
  assert.equal(String((await view('k')).head), 'back');
  assert.equal((await view('k')).shard.floor > 0n, true);
  await now.shards.reshape(HOME, Buffer.from('k'), 'vacuum');
  assert.equal(String((await view('k')).head), 'back');
});

test('an elected change whose author died is completed behind a move, below the floor, by the next', async () => {
  const { makers, now, old, effect, view } = await open();
  const key = Buffer.from('k');
  const change = (front: FrontEnd, value: string) =>
    front.claims.change(HOME, key, async (seen) => {
      const made = effect('k', front.tags.successor(seen.tag, seen.shard.floor), value);
      return { effect: made, result: String(seen.head) };
    });
  await change(old, 'first');
  // The first time it completes the change before its own.
  const dying = makers.frontEnd(-10 * MINUTE, { before: dieAt(PUT_HEAD, 2) });
  await assert.rejects(change(dying, 'second'), Died);
  assert.equal(String((await view('k')).head), 'first');
  await now.shards.reshape(HOME, key, 'vacuum');
  assert.equal((await change(now, 'third'))?.result, 'second');
  assert.equal(String((await view('k')).head), 'third');
});

test('of a put that is half visible the other half is copied as well', async () => {
  const { now, effect, view } = await open();
  const seen = await view('k');
  const { key, versions } = effect('k', now.tags.blind(seen.tag, seen.shard.floor), 'v');
  await now.shards.store(seen, { key, versions });
  await now.shards.reshape(HOME, key, 'vacuum');
  assert.equal(String((await view('k')).head), 'v');
});

test('a vacuum leaves dead keys behind, all or none of their rows', async () => {
  const { tables, now, old, put, view, rows } = await open();
  for (const key of ['gone', 'kept', 'half']) await put(old, key, 'v');
  for (const key of ['gone', 'half']) await put(old, key, undefined);
  const voids = (await rows('gone')).filter(({ payload }) => payload?.equals(deadPayload()) === false);
  const { tag } = await view('gone');
  const versions = voids.map(({ place }) => ({ place, tag, payload: undefined }));
  await now.shards.store(await view('gone'), { key: Buffer.from('gone'), versions });
  const before = (await view('kept')).shard.id;
  assert.equal(await now.shards.reshape(HOME, Buffer.from('kept'), 'vacuum'), true);
  const after = (await view('kept')).shard;
  assert.notEqual(after.id, before);
  assert.equal(tables.sizeOf(before), 0);
  assert.deepEqual([(await rows('gone')).length, (await rows('half')).length, (await rows('kept')).length], [0, 2, 1]);
  assert.equal(tables.sizeOf(after.id), 2 + 3);
  assert.deepEqual((await view('gone')).tag, { time: after.floor, count: 0 });
  assert.deepEqual((await view('half')).tag, { time: after.floor, count: 0 });
});

test('a void is kept while an older change of its row can still be stored', async () => {
  const { now, old, put, view, rows } = await open();
  const { versions } = await put(old, 'k', 'v');
  const seen = await view('k');
  const tag = now.tags.blind(seen.tag, seen.shard.floor);
  const voids = versions.map(({ place }) => ({ place, tag, payload: undefined }));
  await now.shards.store(seen, { key: Buffer.from('k'), versions: voids });
  await now.shards.reshape(HOME, Buffer.from('k'), 'vacuum');
  assert.deepEqual(
    (await rows('k')).map(({ payload }) => payload),
    [undefined],
  );
});

test('what comes below the floor after a move is late, and not there', async () => {
  const { now, old, effect, view } = await open();
  const seen = await view('k');
  const late = effect('k', old.tags.blind(seen.tag, seen.shard.floor), 'late');
  await now.shards.reshape(HOME, Buffer.from('k'), 'vacuum');
  assert.equal(await now.shards.store(seen, late), 'late');
  assert.equal((await view('k')).head, undefined);
  const fresh = effect('k', now.tags.blind(seen.tag, seen.shard.floor), 'fresh');
  assert.equal(await now.shards.store(seen, fresh), 'stored');
  assert.equal(String((await view('k')).head), 'fresh');
});

test('an elected change of a key that went with its claim row does not come back', async () => {
  const { now, effect, view } = await open();
  const key = Buffer.from('k');
  const change = (value: string | undefined) =>
    now.claims.change(HOME, key, async (seen) => {
      const made = effect('k', now.tags.successor(seen.tag, seen.shard.floor), value);
      return { effect: { ...made, versions: value === undefined ? made.versions : [] }, result: seen };
    });
  const created = await change('v');
  assert.equal((await change(undefined))?.stored, 'stored');
  const paused = created?.result;
  assert(paused !== undefined);
  await now.shards.reshape(HOME, key, 'vacuum');
  assert.equal((await view('k')).shard.floor > 0n, true);
  const second = effect('k', now.tags.successor(paused.tag, paused.shard.floor), 'again');
  assert.equal(await now.shards.store(paused, second), 'late');
  assert.equal((await view('k')).head, undefined);
  assert.equal((await change('new'))?.stored, 'stored');
  assert.equal(String((await view('k')).head), 'new');
});

test('a change of the versioning state tells what it took along from what it did not', async () => {
  const { now, effect, view } = await open();
  const seen = await view('k');
  const first = effect('k', now.tags.blind(seen.tag, seen.shard.floor), 'first');
  assert.equal(await now.shards.store(seen, first), 'stored');
  await now.shards.changeMode(HOME, 'enabled', 1);
  assert.equal((await view('k')).shard.mode, 'enabled');
  assert.equal(await now.shards.store(seen, first), 'stored');
  const second = effect('k', now.tags.blind(seen.tag, seen.shard.floor), 'second');
  assert.equal(await now.shards.store(seen, second), 'moved');
  assert.equal(String((await view('k')).head), 'first');
});

test('a change of the whole bucket is made once, however often and late it is repeated', async () => {
  const { now, view } = await open();
  await now.shards.changeMode(HOME, 'enabled', 1);
  await now.shards.changeMode(HOME, 'suspended', 2);
  const { id } = (await view('k')).shard;
  await now.shards.changeMode(HOME, 'enabled', 1);
  await now.shards.changeMode(HOME, 'suspended', 2);
  assert.deepEqual([(await view('k')).shard.id, (await view('k')).shard.mode], [id, 'suspended']);
});

test('a bucket is deleted when it is empty, with all its shards, and stays deleted', async () => {
  const { now, old, put, effect, view } = await open();
  for (const key of ['a', 'b', 'c', 'd']) await put(old, key, 'v');
  assert.equal(await now.shards.reshape(HOME, Buffer.from('a'), 'split'), true);
  const asked: boolean[] = [];
  const verdict = async (empty: boolean) => {
    asked.push(empty);
    return empty ? 'gone' : 'kept';
  };
  assert.equal(await now.shards.deleteAll(HOME, verdict, 1), 'kept');
  for (const key of ['a', 'b', 'c', 'd']) {
    const { versions } = await put(now, key, undefined);
    const page = await now.shards.versionRows(HOME, { type: 'key', key: Buffer.from(key), z: 0, limit: 10 });
    const older = page?.rows.filter(({ place }) => place.id !== versions[0]?.place.id) ?? [];
    const { tag } = await view(key);
    const voids = older.map(({ place }) => ({ place, tag, payload: undefined }));
    await now.shards.store(await view(key), { key: Buffer.from(key), versions: voids });
  }
  const seen = await view('a');
  assert.equal(await now.shards.deleteAll(HOME, verdict, 2), 'gone');
  assert.deepEqual(asked, [false, true]);
  const late = effect('a', now.tags.blind(seen.tag, seen.shard.floor), 'late');
  assert.equal(await now.shards.store(seen, late), 'gone');
  assert.equal(await old.shards.readKey(HOME, Buffer.from('a'), { answer: true }), undefined);
  assert.equal(await now.shards.headRows(HOME, Buffer.from('a'), 10), undefined);
  await now.shards.create(HOME, 'unversioned');
  assert.equal(await now.shards.readKey(HOME, Buffer.from('a'), { answer: true }), undefined);
  assert.equal(await now.shards.deleteAll(HOME, async () => 'gone', 2), 'gone');
});
