/**
 * Versions under races: many clients on one key, and the state of versioning changing between a request's reads and its
 * commit. Nothing acknowledged is lost or listed twice, and what is newest is current.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ENGINES } from '../support/engines.ts';
import { type InterposedEngine, interposedEngine } from '../support/interposed-engine.ts';
import { type Answer, header, type World, worldOver } from '../support/s3-world.ts';
import { PART_MIN, Upload } from '../support/upload.ts';
import { listAllVersions, listVersions, versionAt, versionIdOf } from '../support/versions.ts';

/** Each client does one thing after the other, all of them at once. `VERSIONING_ROUNDS` makes it more. */
const CLIENTS = 8;
const ROUNDS = Number(process.env.VERSIONING_ROUNDS ?? '1');
const STEPS = 6 * ROUNDS;

/** Of one client while versioning is switched, where switching takes its time. */
const WRITES_MAX = 10 * STEPS;

/** A version that was acknowledged, and when by one count for all: between `began` and `ended`. */
interface Made {
  readonly versionId: string;
  /** Undefined: a delete marker. */
  readonly text: string | undefined;
  readonly began: number;
  readonly ended: number;
}

/** What clients did to `key` of one bucket, and what they were told. */
class Crowd {
  readonly made: Made[] = [];
  readonly removed = new Set<string>();
  /** Answers that say neither yes nor no: the version may be there. */
  unknown = 0;
  readonly #world: World;
  readonly #bucket: string;
  #now = 0;

  constructor(world: World, bucket: string) {
    this.#world = world;
    this.#bucket = bucket;
  }

  async write(text: string | undefined): Promise<Made | undefined> {
    const { alice } = this.#world;
    const began = this.#tick();
    const answer = await (text === undefined
      ? alice.delete(this.#bucket, 'key')
      : alice.put(this.#bucket, 'key', text));
    if (!this.#isDone(answer)) return undefined;
    const made = { versionId: versionIdOf(answer), text, began, ended: this.#tick() };
    this.made.push(made);
    return made;
  }

  async remove(versionId: string): Promise<void> {
    const answer = await this.#world.alice.send('DELETE', versionAt(this.#bucket, 'key', versionId));
    if (this.#isDone(answer)) this.removed.add(versionId);
  }

  /** Puts, markers, and removals of what the client itself made. */
  async mingle(client: number): Promise<void> {
    const mine: Made[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const turn = (client + step) % 4;
      const last = turn === 3 ? mine.pop() : undefined;
      if (last !== undefined) await this.remove(last.versionId);
      else {
        const made = await this.write(turn === 2 ? undefined : `${client}.${step}`);
        if (made !== undefined) mine.push(made);
      }
    }
  }

  /** Too many at once is an answer; then it is not known what became of it. */
  #isDone({ status, text }: Answer): boolean {
    assert.ok([200, 204, 409, 503].includes(status), `${status} ${text}`);
    if (status < 300) return true;
    this.unknown += 1;
    return false;
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

const crowdOf = (work: (client: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));

for (const named of ENGINES) {
  describe(named.name, () => {
    let opened: { readonly world: World; readonly stop: () => Promise<void>; readonly engine: InterposedEngine };
    before(async () => {
      const { engine: inner, close } = await named.open();
      const engine = interposedEngine(inner);
      opened = { engine, ...(await worldOver({ engine, close }, { partBytesMin: PART_MIN })) };
    });
    after(() => opened.stop());

    async function bucketWith(...states: readonly ('enabled' | 'suspended')[]): Promise<string> {
      const bucket = await opened.world.bucket();
      for (const state of states) await opened.world.setVersioning(bucket, state);
      return bucket;
    }

    /** The list says each once, what it says is there, and its first is what a plain GET finds. */
    async function checkedList(bucket: string): Promise<readonly string[]> {
      const { alice } = opened.world;
      const { versions } = await listAllVersions(alice, bucket, { 'max-keys': '7' });
      const ids = versions.map(({ versionId }) => versionId);
      assert.equal(new Set(ids).size, ids.length, 'nothing is listed twice');
      assert.deepEqual(
        versions.map(({ isLatest }) => isLatest),
        versions.map((_, at) => at === 0),
      );
      const current = await alice.get(bucket, 'key');
      assert.equal(header(current, 'x-amz-version-id'), ids[0] ?? '');
      assert.equal(current.status, versions[0]?.kind === 'Version' ? 200 : 404);
      return ids;
    }

    async function checkBodies(bucket: string, made: readonly Made[]): Promise<void> {
      for (const { versionId, text } of made) {
        const answer = await opened.world.alice.send('GET', versionAt(bucket, 'key', versionId));
        assert.deepEqual([answer.status, text && answer.text], [text === undefined ? 405 : 200, text]);
      }
    }

    test('many put, delete and remove versions of one key: each acknowledged one is listed once, in order, until all are removed', async () => {
      const { alice } = opened.world;
      const bucket = await bucketWith('enabled');
      const crowd = new Crowd(opened.world, bucket);
      await crowdOf((client) => crowd.mingle(client));
      const ids = await checkedList(bucket);
      const kept = crowd.made.filter(({ versionId }) => !crowd.removed.has(versionId));
      const place = new Map(ids.map((versionId, at) => [versionId, at]));
      for (const { versionId } of kept) assert.ok(place.has(versionId), `${versionId} is listed`);
      for (const versionId of crowd.removed) assert.ok(!place.has(versionId), `${versionId} is not listed`);
      assert.ok(ids.length <= kept.length + crowd.unknown, 'nothing is listed that nobody made');
      for (const older of kept) {
        for (const newer of kept) {
          if (older.ended >= newer.began) continue;
          const [first = -1, second = -1] = [place.get(newer.versionId), place.get(older.versionId)];
          assert.ok(first < second, 'what was put later is newer');
        }
      }
      await checkBodies(bucket, kept);
      // Twice each, as by clients that repeat themselves.
      await Promise.all([...ids, ...ids].map((versionId) => alice.send('DELETE', versionAt(bucket, 'key', versionId))));
      assert.deepEqual((await listVersions(alice, bucket)).versions, []);
      assert.equal((await alice.send('DELETE', { bucket })).status, 204);
    });

    test('suspended: many put and delete one key: one null version is left, of who was last, and the others are untouched', async () => {
      const { world } = opened;
      const bucket = await bucketWith('enabled');
      const kept = versionIdOf(await world.alice.put(bucket, 'key', 'kept'));
      await world.setVersioning(bucket, 'suspended');
      const crowd = new Crowd(world, bucket);
      await crowdOf(async (client) => {
        for (let step = 0; step < STEPS; step += 1) await crowd.write(client === 0 ? undefined : `${client}.${step}`);
      });
      assert.ok(crowd.made.every(({ versionId }) => versionId === 'null'));
      assert.deepEqual(await checkedList(bucket), ['null', kept]);
      const left = await world.alice.send('GET', versionAt(bucket, 'key', 'null'));
      const text = left.status === 200 ? left.text : undefined;
      const overtaken = (one: Made) => crowd.made.some(({ began }) => began > one.ended);
      const last = crowd.made.filter((one) => !overtaken(one));
      assert.ok(crowd.unknown > 0 || last.some((one) => one.text === text), `${text} was overwritten`);
      assert.equal((await world.alice.send('GET', versionAt(bucket, 'key', kept))).text, 'kept');
    });

    test('versioning is switched while many put: what was acknowledged as a version stays one, and there is one null version at most', async () => {
      const { world } = opened;
      const bucket = await bucketWith();
      const crowd = new Crowd(world, bucket);
      let switching = true;
      const writers = crowdOf(async (client) => {
        for (let step = 0; switching && step < WRITES_MAX; step += 1) await crowd.write(`${client}.${step}`);
      });
      for (let turn = 0; turn < 4 * ROUNDS; turn += 1) {
        const state = turn % 2 === 0 ? 'enabled' : 'suspended';
        await world.setVersioning(bucket, state);
        const made = await crowd.write('in between');
        assert.equal(made && made.versionId !== 'null', made && state === 'enabled', 'acknowledged means in force');
      }
      switching = false;
      await writers;
      const ids = await checkedList(bucket);
      const versions = crowd.made.filter(({ versionId }) => versionId !== 'null' && versionId !== '');
      assert.ok(versions.length > 0);
      assert.equal(new Set(versions.map(({ versionId }) => versionId)).size, versions.length, 'no id is given twice');
      for (const { versionId } of versions) assert.ok(ids.includes(versionId), `${versionId} is listed`);
      assert.ok(ids.length <= versions.length + 1 + crowd.unknown);
      await checkBodies(bucket, versions);
    });

    test('rule 29: a put, a delete and a completion that meet a new state of versioning act on it', async () => {
      const { alice, setVersioning } = opened.world;
      const bucket = await bucketWith('enabled');
      const first = versionIdOf(await alice.put(bucket, 'key', 'first'));
      opened.engine.beforeNext('putVersion', () => setVersioning(bucket, 'suspended'));
      assert.equal(versionIdOf(await alice.put(bucket, 'key', 'null')), 'null');
      assert.deepEqual(await checkedList(bucket), ['null', first]);
      opened.engine.beforeNext('putVersion', () => setVersioning(bucket, 'enabled'));
      const marker = versionIdOf(await alice.delete(bucket, 'key'));
      assert.deepEqual(await checkedList(bucket), [marker, 'null', first]);
      const upload = await Upload.begin(alice, bucket);
      const sent = await upload.fill([Buffer.from('completed')]);
      opened.engine.beforeNext('completeUpload', () => setVersioning(bucket, 'suspended'));
      assert.equal(versionIdOf(await upload.complete(sent)), 'null');
      assert.deepEqual(await checkedList(bucket), ['null', marker, first]);
      assert.equal((await alice.get(bucket, 'key')).text, 'completed');
    });

    test('rule 29: a version that is removed meanwhile was removed; one whose ACL is changed meanwhile is removed too', async () => {
      const { alice } = opened.world;
      const bucket = await bucketWith('enabled');
      const [first, second] = [await alice.put(bucket, 'key', '1'), await alice.put(bucket, 'key', '2')].map(
        versionIdOf,
      );
      assert.ok(first && second);
      const remove = (versionId: string) => alice.send('DELETE', versionAt(bucket, 'key', versionId));
      opened.engine.beforeNext('removeVersion', () => remove(second));
      assert.equal((await remove(second)).status, 204);
      assert.deepEqual(await checkedList(bucket), [first]);
      const acl = { bucket, key: 'key', query: { versionId: first, acl: '' }, headers: { 'x-amz-acl': 'public-read' } };
      opened.engine.beforeNext('removeVersion', () => alice.send('PUT', acl));
      assert.equal((await remove(first)).status, 204);
      assert.deepEqual(await checkedList(bucket), []);
    });

    test('rule 29: the null version that is removed by name is the one that was seen, not one put meanwhile', async () => {
      const { alice } = opened.world;
      const bucket = await bucketWith('enabled', 'suspended');
      await alice.put(bucket, 'key', 'seen');
      opened.engine.beforeNext('removeVersion', () => alice.put(bucket, 'key', 'put meanwhile'));
      assert.equal((await alice.send('DELETE', versionAt(bucket, 'key', 'null'))).status, 204);
      assert.equal((await alice.get(bucket, 'key')).text, 'put meanwhile');
    });

    test('rule 29: versioning is not suspended over an Object Lock that was set meanwhile', async () => {
      const { rows } = opened.engine;
      const bucket = await bucketWith('enabled');
      opened.engine.beforeNext('updateBucket', async () => {
        const target = await rows.getTarget({ bucket });
        assert.ok(target.bucket);
        const { revision: expect, ...rest } = target.bucket;
        await rows.commit({ type: 'updateBucket', bucket: { ...rest, configuration: { objectLock: '{}' } }, expect });
      });
      await assert.rejects(opened.world.setVersioning(bucket, 'suspended'), /InvalidBucketState/);
      assert.equal((await rows.getTarget({ bucket })).bucket?.versioning, 'enabled');
    });
  });
}
