/**
 * The Cassandra engine's keys over shards in memory: as front ends whose every step a test can hold up, and as an engine
 * with just enough around them for the parts of the engine contract that concern versions and listings.
 */

import { strict as assert } from 'node:assert';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Account, Bucket, BucketId, Versioning } from '../../src/model/entities.ts';
import { createClaims } from '../../src/store/cassandra/keys/claims.ts';
import { createKeys, type Keys } from '../../src/store/cassandra/keys/keys.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Claims, Shards, Tags, Tools } from '../../src/store/cassandra/types.ts';
import { type Committed, Conflict, type Engine, type Mutation, type Rows } from '../../src/store/port.ts';
import { type Opened, TestClock } from '../contract/engine/world.ts';
import { HOME, type Hooks, MemoryBodies, MemoryRing, MemoryShards } from './memory-shards.ts';

export interface FrontEnd {
  readonly keys: Keys;
  readonly claims: Claims;
  readonly shards: Shards;
  readonly tags: Tags;
  readonly clock: TestClock;
}

/** One process over the ring. Its clock may differ from the others'. */
export function frontEnd(ring: MemoryRing, bodies: MemoryBodies, hooks: Hooks = {}, skewMs = 0): FrontEnd {
  const clock = new TestClock();
  clock.time += skewMs;
  const shards = new MemoryShards(ring, hooks);
  const tags = createTags(clock, systemRandom);
  const tools: Tools = {
    ...{ sessions: shards.sessions(), clock, random: systemRandom, limits: LIMITS, log: undefined, tags },
    tuning: TUNING,
  };
  const claims = createClaims(tools, shards);
  return { keys: createKeys(tools, { shards, claims, bodies }), claims, shards, tags, clock };
}

/** Reads and commits of versions; buckets are rows in a map, and there is nothing else. */
class KeysRows implements Pick<Rows, 'getTarget' | 'scanCurrent' | 'scanVersions' | 'commit' | 'getAccount'> {
  readonly #bodies: MemoryBodies;
  readonly #buckets = new Map<string, Bucket>();
  readonly #rings = new Map<BucketId, { readonly ring: MemoryRing; readonly keys: Keys }>();
  readonly #accounts = new Map<string, Account>();
  #revision = 0;

  constructor(bodies: MemoryBodies) {
    this.#bodies = bodies;
  }

  async getAccount(query: Parameters<Rows['getAccount']>[0]) {
    return 'id' in query ? this.#accounts.get(query.id) : undefined;
  }

  async getTarget({ bucket: name, key, versionId }: Parameters<Rows['getTarget']>[0]) {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined || key === undefined) return { bucket, version: undefined, revision: 'absent' };
    const query = versionId === undefined ? { key } : { key, versionId };
    const read = await this.#of(bucket.id)?.keys.read(homeOf(bucket.id), query);
    return { bucket, version: read?.version, revision: read?.revision ?? 'absent' };
  }

  async scanCurrent(id: BucketId, from: Parameters<Rows['scanCurrent']>[1], limit: number) {
    return (await this.#of(id)?.keys.scanCurrent(homeOf(id), from, limit)) ?? [];
  }

  async scanVersions(id: BucketId, from: Parameters<Rows['scanVersions']>[1], limit: number) {
    return (await this.#of(id)?.keys.scanVersions(homeOf(id), from, limit)) ?? [];
  }

  async commit(mutation: Mutation): Promise<Committed> {
    if (mutation.type === 'putAccount') {
      this.#accounts.set(mutation.account.id, mutation.account);
      return { revision: '' };
    }
    if (mutation.type === 'createBucket' || mutation.type === 'updateBucket') return this.#putBucket(mutation.bucket);
    assert('bucketId' in mutation);
    const found = this.#of(mutation.bucketId);
    if (found === undefined) throw new Conflict('bucket');
    const home = homeOf(mutation.bucketId);
    switch (mutation.type) {
      case 'putVersion':
        return found.keys.putVersion(home, mutation);
      case 'removeNull':
        return found.keys.removeNull(home, mutation);
      case 'removeVersion':
        return found.keys.removeVersion(home, mutation);
      case 'updateVersion':
        return found.keys.updateVersion(home, mutation);
      default:
        throw new Error(`${mutation.type} is not for keys`);
    }
  }

  async close(): Promise<void> {
    for (const { keys } of this.#rings.values()) await keys.close();
  }

  #putBucket(bucket: Omit<Bucket, 'revision'>): Committed {
    const revision = String(++this.#revision);
    this.#buckets.set(bucket.name, { ...bucket, revision });
    const found = this.#of(bucket.id);
    if (found === undefined) this.#make(bucket.id, bucket.versioning);
    else if (found.ring.mode !== bucket.versioning) found.ring.move({ mode: bucket.versioning });
    return { revision };
  }

  #make(id: BucketId, mode: Versioning): void {
    const ring = new MemoryRing(mode);
    this.#rings.set(id, { ring, keys: frontEnd(ring, this.#bodies).keys });
  }

  #of(id: BucketId) {
    return this.#rings.get(id);
  }
}

const homeOf = (bucketId: BucketId) => ({ ...HOME, bucketId });

/** For `objectContract` and `listingContract`. */
export async function openKeys(): Promise<Opened> {
  const bodies = new MemoryBodies();
  const rows = new KeysRows(bodies);
  const engine = {
    capabilities: { name: 'cassandra', scanFirstRows: 16, scanRows: 1024, inlineBytes: 0 },
    rows,
    blobs: bodies,
    upkeep: { async *check() {} },
    close: () => rows.close(),
  } as unknown as Engine;
  return { engine, clock: new TestClock(), graceMs: 1, inlineBytes: 0, close: () => engine.close() };
}
