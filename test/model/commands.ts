/**
 * Commands of the engine model: plain data that means the same to every engine, and the run of one on one engine.
 *
 * Nothing an engine makes up (ids, revisions) is in a command or in its outcome: versions are named by their place in
 * the listing, revisions by "as it is now" or "as it was when the key was last looked at".
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Body, Bucket, Part, Upload, Versioning } from '../../src/model/entities.ts';
import { Conflict } from '../../src/store/port.ts';
import { bytesOf, CANONICAL, type World } from '../contract/engine/world.ts';

const BUCKETS = ['first', 'second'] as const;
const KEYS = ['a', 'a\0', 'ab', '\u{1f600}'] as const;
const UPLOADS = ['u1', 'u2'] as const;
const SIZES = [0, 1, 700, 1024, 1025, 5000, 20_000] as const;

const bucket = fc.constantFrom(...BUCKETS);
const key = fc.constantFrom(...KEYS);
const upload = fc.constantFrom(...UPLOADS);
const size = fc.constantFrom(...SIZES);
const seed = fc.integer({ min: 1, max: 9 });
const expectation = fc.constantFrom('any' as const, 'now' as const, 'seen' as const);
const nth = fc.constantFrom(0, 0, 1, 2, 3);
const limit = fc.constantFrom(1, 2, 3, 100);

const command = fc.oneof(
  fc.record({ do: fc.constant('create'), bucket }),
  fc.record({ do: fc.constant('delete'), bucket }),
  fc.record({
    do: fc.constant('versioning'),
    bucket,
    to: fc.constantFrom<Versioning>('unversioned', 'enabled', 'enabled', 'suspended'),
  }),
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put'), bucket, key, size, seed, expect: expectation }) },
  fc.record({ do: fc.constant('marker'), bucket, key, expect: expectation }),
  fc.record({ do: fc.constant('removeNull'), bucket, key, expect: expectation }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('removeVersion'), bucket, key, nth }) },
  fc.record({ do: fc.constant('updateVersion'), bucket, key, nth, tag: fc.constantFrom('', 'x', 'y') }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold'), bucket, key, nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('putHeld'), bucket, key, from: nth, to: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('createUpload'), bucket, key, upload }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('part'), upload, nth, size, seed }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heldPart'), upload, nth, from: nth, to: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('complete'), upload, count: nth, expect: expectation }) },
  fc.record({ do: fc.constant('abort'), upload }),
  fc.record({ do: fc.constant('get'), bucket, key, nth }),
  fc.record({ do: fc.constant('list'), bucket, key, inclusive: fc.boolean(), limit }),
  fc.record({ do: fc.constant('listVersions'), bucket, key, nth, limit }),
  fc.record({ do: fc.constant('listUploads'), bucket, key, upload, limit }),
  fc.record({ do: fc.constant('sweep'), late: fc.boolean() }),
  fc.record({ do: fc.constant('reopen') }),
);
export type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;
export const commands = fc.array(command, { minLength: 10, maxLength: 80, size: 'max' });

type Of<D extends Command['do']> = Extract<Command, { do: D }>;

/** One engine and what has been seen of it. */
export class Runner {
  readonly #world: World;
  readonly #seen = new Map<string, string>();
  #held: Body[] = [];
  #uploads = new Map<string, Upload>();
  #uploadCount = 0;
  #bucketCount = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** What came of it, without anything the engine made up. */
  async run(one: Command): Promise<unknown> {
    try {
      return await this.#do(one);
    } catch (error) {
      if (error instanceof Conflict) return `${error.what} ${error.field ?? ''}`;
      throw error;
    }
  }

  /** Everything there is, with the bytes of every body. */
  async everything(): Promise<unknown> {
    const all: unknown[] = [];
    for (const name of BUCKETS) {
      const { bucket: found } = await this.#world.engine.rows.getTarget({ bucket: name });
      if (found === undefined) continue;
      all.push([name, found.versioning]);
      for (const version of await this.#world.engine.rows.scanVersions(found.id, undefined, 10_000)) {
        all.push(await this.#shown(found, version.key, version.versionId));
      }
      all.push(await this.#listUploads(found.id, undefined, 100));
      for (const { uploadId } of await this.#world.engine.rows.scanUploads(found.id, undefined, 100)) {
        const parts = await this.#world.engine.rows.scanParts(uploadId, 0, 100);
        all.push(parts.map((part) => [part.number, part.size, part.etag]));
      }
    }
    return all;
  }

  async #do(one: Command): Promise<unknown> {
    switch (one.do) {
      case 'create':
        return this.#create(one);
      case 'delete':
        return this.#onBucket(one, ({ id, name }) =>
          this.#world.engine.rows.commit({ type: 'deleteBucket', bucketId: id, name }),
        );
      case 'versioning':
        return this.#onBucket(one, ({ name }) => this.#world.setVersioning(name, one.to));
      case 'put':
        return this.#onBucket(one, async (found) =>
          this.#put(found, one, await this.#world.body(bytesOf(one.size, one.seed))),
        );
      case 'marker':
        return this.#onBucket(one, (found) => this.#put(found, one, undefined));
      case 'removeNull':
        return this.#onBucket(one, async (found) => this.#world.removeNull(found, one.key, await this.#expected(one)));
      case 'sweep':
        return this.#sweep(one);
      case 'reopen':
        await this.#world.reopen();
        return 'reopened';
      case 'hold':
      case 'putHeld':
      case 'get':
      case 'removeVersion':
      case 'updateVersion':
        return this.#doVersion(one);
      case 'list':
      case 'listVersions':
      case 'listUploads':
        return this.#doList(one);
      default:
        return this.#doUpload(one);
    }
  }

  async #doVersion(one: Of<'hold' | 'putHeld' | 'get' | 'removeVersion' | 'updateVersion'>): Promise<unknown> {
    return this.#onBucket(one, async (found) => {
      if (one.do === 'putHeld') return this.#put(found, { ...one, expect: 'any' }, await this.#cut(one));
      const versionId = await this.#nth(found, one.key, one.nth);
      const version = await this.#world.get(found, one.key, versionId);
      if (one.do === 'get') {
        this.#seen.set(`${one.bucket}/${one.key}`, await this.#world.revision(found, one.key));
        return version === undefined ? 'absent' : this.#shown(found, one.key, version.versionId);
      }
      if (one.do === 'hold') {
        if (version?.body !== undefined) this.#held.push(version.body);
        return version?.size;
      }
      if (version === undefined) return 'absent';
      const { revision: expect } = version;
      const place = { bucketId: found.id, expect };
      if (one.do === 'removeVersion') {
        const { key: named, versionId: id } = version;
        return this.#world.engine.rows.commit({ type: 'removeVersion', ...place, key: named, versionId: id });
      }
      const acl = { owner: CANONICAL, grants: [] };
      const { attributes: _old, ...rest } = version;
      const tags = one.tag === '' ? undefined : [{ key: one.tag, value: '' }];
      const changed = { ...rest, acl, ...(tags !== undefined && { attributes: { tags } }) };
      return this.#world.engine.rows.commit({ type: 'updateVersion', ...place, version: changed });
    });
  }

  async #doList(one: Of<'list' | 'listVersions' | 'listUploads'>): Promise<unknown> {
    const { rows } = this.#world.engine;
    const found = (await rows.getTarget({ bucket: one.bucket })).bucket;
    const id = found?.id ?? 'none';
    if (one.do === 'list') {
      const versions = await rows.scanCurrent(id, { key: one.key, inclusive: one.inclusive }, one.limit);
      return versions.map((version) => [version.key, version.kind, version.size, version.isNull, version.isCurrent]);
    }
    if (one.do === 'listUploads') {
      return this.#listUploads(id, { key: one.key, inclusive: false, afterUpload: this.#idOf(one.upload) }, one.limit);
    }
    const after = found === undefined ? 'null' : ((await this.#nth(found, one.key, one.nth)) ?? 'null');
    const versions = await rows.scanVersions(id, { key: one.key, inclusive: false, afterVersion: after }, one.limit);
    return versions.map((version) => [version.key, version.kind, version.size, version.isNull, version.isCurrent]);
  }

  async #doUpload(one: Of<'createUpload' | 'part' | 'heldPart' | 'complete' | 'abort'>): Promise<unknown> {
    if (one.do === 'createUpload') {
      return this.#onBucket(one, async (found) => {
        this.#uploadCount++;
        const made = await this.#world.upload(
          found,
          one.key,
          `${one.upload}-${this.#uploadCount}`,
          100 - this.#uploadCount,
        );
        this.#uploads.set(one.upload, made);
        return made.uploadId;
      });
    }
    const made = this.#uploads.get(one.upload);
    if (made === undefined) return 'no upload';
    const { bucketId, key: named, uploadId } = made;
    if (one.do === 'abort')
      return this.#world.engine.rows.commit({ type: 'abortUpload', bucketId, key: named, uploadId });
    if (one.do === 'part') {
      return (await this.#world.part(made, one.nth + 1, bytesOf(one.size, one.seed))).size;
    }
    if (one.do === 'heldPart') {
      const body = await this.#cut(one);
      return body === undefined ? 'nothing held' : (await this.#world.part(made, one.nth + 1, body)).size;
    }
    const { bucket: found } = await this.#world.engine.rows.getTarget({ bucket: bucketId.split('-')[1] ?? '' });
    if (found === undefined) return 'no bucket';
    const parts: readonly Part[] = (await this.#world.engine.rows.scanParts(uploadId, 0, 100)).slice(0, one.count + 1);
    const expect = await this.#expected({ bucket: found.name, key: named, expect: one.expect });
    return this.#outcome(await this.#world.complete(found, made, parts, expect));
  }

  async #create({ bucket: name }: Of<'create'>): Promise<unknown> {
    // Ids are never used twice.
    this.#bucketCount++;
    await this.#world.bucket(name, 'unversioned', 'alice', `id-${name}-${this.#bucketCount}`);
    return 'created';
  }

  async #put(
    found: Bucket,
    one: { readonly bucket: string; readonly key: string; readonly expect: 'any' | 'now' | 'seen' },
    body: Body | undefined,
  ): Promise<unknown> {
    const expect = await this.#expected(one);
    return this.#outcome(await this.#world.put(found, one.key, body, expect === undefined ? {} : { expect }));
  }

  async #sweep({ late }: Of<'sweep'>): Promise<unknown> {
    if (late) await this.#world.sweepAll();
    else await this.#world.engine.upkeep.sweep({ now: this.#world.clock.now(), limit: 1000 });
    return 'swept';
  }

  async #onBucket(one: { readonly bucket: string }, act: (found: Bucket) => Promise<unknown>): Promise<unknown> {
    const { bucket: found } = await this.#world.engine.rows.getTarget({ bucket: one.bucket });
    if (found === undefined) return 'no bucket';
    const outcome = await act(found);
    return typeof outcome === 'object' && outcome !== null && 'revision' in outcome ? 'done' : outcome;
  }

  async #expected(one: {
    readonly bucket: string;
    readonly key: string;
    readonly expect: 'any' | 'now' | 'seen';
  }): Promise<string | undefined> {
    if (one.expect === 'any') return undefined;
    const { revision } = await this.#world.engine.rows.getTarget({ bucket: one.bucket, key: one.key });
    return one.expect === 'now' ? revision : (this.#seen.get(`${one.bucket}/${one.key}`) ?? revision);
  }

  /** The id of the nth newest version of a key, or of none. */
  async #nth(found: Bucket, named: string, place: number): Promise<string | undefined> {
    const versions = await this.#world.engine.rows.scanVersions(found.id, { key: named, inclusive: true }, 100);
    return versions.filter((version) => version.key === named)[place]?.versionId;
  }

  /** A body held before, or quarters of it. */
  async #cut({ from, to }: { readonly from: number; readonly to: number }): Promise<Body | undefined> {
    // An engine may let go of bytes a moment after it acknowledged, and of those in a bucket that is gone in several steps.
    const { upkeep, capabilities } = this.#world.engine;
    const round = { now: this.#world.clock.now(), limit: 10 };
    // A cluster's collector is never done while something may still be under way; what is due goes in its first round.
    if (capabilities.name === 'cassandra') await upkeep.sweep(round);
    else
      for (let rounds = 1; !(await upkeep.sweep(round)).done; rounds += 1)
        assert(rounds < 1000, 'a sweep comes to an end');
    const body = this.#held[(from + to) % Math.max(1, this.#held.length)];
    if (body === undefined || from >= to) return body;
    return this.#world.engine.blobs.slice(body, Math.floor((body.size * from) / 4), Math.floor((body.size * to) / 4));
  }

  #idOf(name: string): string {
    return this.#uploads.get(name)?.uploadId ?? 'none';
  }

  async #listUploads(id: string, from: Parameters<World['engine']['rows']['scanUploads']>[1], count: number) {
    const uploads = await this.#world.engine.rows.scanUploads(id, from, count);
    return uploads.map(({ key: named, uploadId, initiatedAt }) => [named, uploadId, initiatedAt]);
  }

  async #shown(found: Bucket, named: string, versionId: string): Promise<unknown> {
    const version = await this.#world.get(found, named, versionId);
    const bytes = version?.body === undefined ? undefined : (await this.#world.read(version.body)).toString('base64');
    const { kind, size: length, isNull, isCurrent, parts, acl, uploadId, attributes } = version ?? {};
    return [named, kind, length, isNull, isCurrent, parts, acl?.grants.length, uploadId, attributes, bytes];
  }

  #outcome({ isNull }: { readonly isNull?: boolean }): unknown {
    return isNull ? 'null version' : 'version';
  }
}
