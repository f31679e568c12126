/**
 * The rooms of the Cassandra engine that multipart uploads need, put together over a real ring; several may share a store, as
 * front ends do, and each can be made to die at any statement.
 */

import { randomBytes } from 'node:crypto';
import type { RingPlace } from '../../scripts/testing/shared-ring.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Part, Upload, Versioning } from '../../src/model/entities.ts';
import { createBodies } from '../../src/store/cassandra/bodies/bodies.ts';
import { openSessions } from '../../src/store/cassandra/database/sessions.ts';
import { globalKeyspace, regionKeyspace } from '../../src/store/cassandra/database/tables.ts';
import type { Session, Sessions } from '../../src/store/cassandra/database/types.ts';
import { createClaims } from '../../src/store/cassandra/keys/claims.ts';
import { createKeys } from '../../src/store/cassandra/keys/keys.ts';
import { createShards } from '../../src/store/cassandra/shards/shards.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import type { Home, Owners, Tools } from '../../src/store/cassandra/types.ts';
import { createUploads } from '../../src/store/cassandra/uploads/uploads.ts';
import { type Mutation, Unavailable } from '../../src/store/port.ts';
import { bytesOf, CANONICAL, draftOf, PRIVATE, piecesOf } from '../contract/engine/world.ts';
import { type CassandraStore, clientOf, createStore, TEST_TUNING } from './cassandra.ts';

const REGION = 'us-east-1';

/** The machine's time, moved ahead. */
export class MovedClock {
  ahead = 0;
  now(): number {
    return Date.now() + this.ahead;
  }
  monotonic(): number {
    return performance.now() + this.ahead;
  }
}

/** When a process dies: it does nothing more after so many statements. */
export interface Death {
  left: number;
  /** Whether the last statement still reaches the database; its answer never comes back. */
  readonly arrives: boolean;
}

const METHODS = ['read', 'write', 'batch', 'cas', 'casBatch', 'readFrom'] as const;

function dying(session: Session, death: Death): Session {
  const gone = () => Promise.reject(new Unavailable('this process died', { mayHaveApplied: true }));
  const guarded = Object.fromEntries(
    METHODS.map((name) => [
      name,
      async (...values: never[]) => {
        if (death.left <= 0) return gone();
        death.left--;
        const isLast = death.left === 0;
        if (isLast && !death.arrives) return gone();
        const method: (...values: never[]) => Promise<unknown> = session[name];
        const answer = await method.apply(session, values);
        return isLast || death.left < 0 ? gone() : answer;
      },
    ]),
  );
  return new Proxy(session, {
    get: (target, name) => guarded[String(name)] ?? Reflect.get(target, name, target),
  });
}

function dyingSessions(sessions: Sessions, death: Death): Sessions {
  const of = new Map(sessions.regions.map((region) => [region, dying(sessions.of(region), death)]));
  return { ...sessions, home: dying(sessions.home, death), of: (region) => of.get(region) ?? sessions.of(region) };
}

export type FrontEnd = ReturnType<typeof composed>;

function composed(sessions: Sessions, clock: MovedClock) {
  const tags = createTags(clock, systemRandom);
  const tools: Tools = {
    ...{ sessions, clock, tags, random: systemRandom, limits: LIMITS, log: undefined },
    tuning: { ...TEST_TUNING, splitRows: 1000, vacuumRows: 1000, measureEvery: 1000 },
  };
  const shards = createShards(tools);
  const claims = createClaims(tools, shards);
  const room = createBodies(tools, (): Owners => uploads.owners);
  const { bodies } = room;
  const keys = createKeys(tools, { shards, claims, bodies });
  const uploads = createUploads(tools, { shards, claims, bodies, keys });
  return { tools, shards, bodies, keys, uploads, sweep: room.sweep, closeBodies: room.close };
}

export class UploadWorld {
  readonly clock = new MovedClock();
  readonly #store: CassandraStore;
  readonly #client: ReturnType<typeof clientOf>;
  readonly #sessions: Sessions;
  /** One that lives. */
  readonly front: FrontEnd;

  private constructor(store: CassandraStore, client: ReturnType<typeof clientOf>, sessions: Sessions) {
    this.#store = store;
    this.#client = client;
    this.#sessions = sessions;
    this.front = composed(sessions, this.clock);
  }

  static async open(place: RingPlace): Promise<UploadWorld> {
    const prefix = `u${randomBytes(5).toString('hex')}`;
    const regions = { [REGION]: [place.dataCentre] };
    const store: CassandraStore = { place, prefix, regions, tuning: TEST_TUNING, limits: {} };
    const client = clientOf(place);
    await createStore(client, store, 1);
    const clock = new MovedClock();
    const sessions = await openSessions({ ...place, prefix, regions, clock, random: systemRandom });
    return new UploadWorld(store, client, sessions);
  }

  async close(): Promise<void> {
    await this.front.keys.close();
    await this.front.closeBodies();
    await this.front.shards.close();
    await this.#sessions.close();
    const { prefix } = this.#store;
    for (const name of [globalKeyspace(prefix), regionKeyspace(prefix, REGION)]) {
      await this.#client.execute(`DROP KEYSPACE IF EXISTS ${name}`);
    }
    await this.#client.shutdown();
  }

  /** Another front end of the same store. */
  another(death: Death = { left: Number.POSITIVE_INFINITY, arrives: true }): FrontEnd {
    return composed(dyingSessions(this.#sessions, death), this.clock);
  }

  async bucket(mode: Versioning): Promise<Home> {
    const home = { region: REGION, bucketId: randomBytes(8).toString('hex') };
    await this.front.shards.create(home, mode);
    return home;
  }

  async upload({ bucketId, region }: Home, key = 'k'): Promise<Upload> {
    const upload: Upload = {
      ...{ bucketId, key, uploadId: randomBytes(12).toString('base64url'), initiatedAt: this.clock.now() },
      ...{ owner: 'alice', ownerCanonicalId: CANONICAL, acl: PRIVATE, headers: { userMetadata: new Map() } },
    };
    await this.front.uploads.createUpload({ region, bucketId }, { type: 'createUpload', upload });
    return upload;
  }

  /** A part of 900 bytes that the seed decides. */
  async part(upload: Upload, number: number, options: { readonly seed?: number; readonly front?: FrontEnd } = {}) {
    const { seed = number, front = this.front } = options;
    const { bucketId, key, uploadId } = upload;
    const home = { region: REGION, bucketId };
    const bytes = bytesOf(PART_BYTES, seed);
    const body = await front.bodies.write(piecesOf(bytes), bytes.length, { bucketId, region: REGION, key, uploadId });
    const part: Part = { number, size: body.size, etag: `etag-${seed}`, modifiedAt: 6, body };
    await front.uploads.putPart(home, { type: 'putPart', bucketId, key, uploadId, part });
    return part;
  }

  completion(
    { bucketId, key, uploadId }: Upload,
    versioning: Versioning,
    parts: readonly Part[],
  ): Extract<Mutation, { type: 'completeUpload' }> {
    const { body: _body, ...draft } = draftOf(undefined, {
      kind: 'object',
      etag: `ffffffffffffffffffffffffffffffff-${parts.length}`,
      size: parts.reduce((sum, { size }) => sum + size, 0),
      parts: parts.map(({ number, size }) => ({ number, size })),
      uploadId,
    });
    const named = parts.map(({ number, etag }) => ({ number, etag }));
    return { type: 'completeUpload', bucketId, key, versioning, uploadId, parts: named, draft };
  }

  /** Lets all graces pass, so often that what one frees for another goes too. */
  async sweepAll(): Promise<void> {
    await this.front.keys.idle();
    for (let generation = 0; generation < GENERATIONS; generation++) {
      this.clock.ahead += TEST_TUNING.unsettledMs + 1;
      for (let round = 0; round < ROUNDS; round++) {
        if ((await this.front.sweep({ now: this.clock.now(), limit: 1000 })).done) break;
      }
    }
  }

  /** How many there are of everything that uploads could leave behind. */
  async left(): Promise<Readonly<Record<'blobs' | 'lists' | 'references' | 'parts' | 'uploads' | 'hints', number>>> {
    const keyspace = regionKeyspace(this.#store.prefix, REGION);
    const count = async (what: string, from: string) =>
      (await this.#client.execute(`SELECT ${what} FROM ${keyspace}.${from}`, [], { fetchSize: 100_000 })).rowLength;
    return {
      blobs: await count('DISTINCT blob, seg', 'chunk'),
      lists: await count('DISTINCT body', 'manifest'),
      references: await count('body', 'ref WHERE kind = 1 ALLOW FILTERING'),
      // Rows of number 0 are fences.
      parts: await count('no', 'part WHERE no > 0 ALLOW FILTERING'),
      uploads: await count('id', 'upload'),
      hints: await count('id', 'upload_index'),
    };
  }
}

export const PART_BYTES = 900;
const GENERATIONS = 5;
const ROUNDS = 100;
