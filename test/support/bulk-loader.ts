/**
 * Puts many new keys into a bucket of the Cassandra engine, faster than one by one: those of one shard some fifty to a
 * mutation, then one look at the shard's state for all of them, as a put does for itself. They follow a shard that
 * is being moved together. For keys that nobody else writes, and bodies that are empty.
 */

import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { Log } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { VersionDraft } from '../../src/model/entities.ts';
import { openSessions } from '../../src/store/cassandra/database/sessions.ts';
import type { Sessions, Uuid } from '../../src/store/cassandra/database/types.ts';
import { effectOfPut } from '../../src/store/cassandra/keys/effects.ts';
import { covers, successorOf } from '../../src/store/cassandra/shards/cells.ts';
import { putEffect, readState } from '../../src/store/cassandra/shards/rows.ts';
import { createShards } from '../../src/store/cassandra/shards/shards.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import type { Effect, Home, KeyView, Tools } from '../../src/store/cassandra/types.ts';
import { newUuid } from '../../src/store/cassandra/uuid.ts';
import { Unavailable } from '../../src/store/port.ts';
import type { CassandraStore } from './cassandra.ts';

const BATCH_KEYS = 50;

export class BulkLoader {
  readonly #tools: Tools;
  readonly #shards: ReturnType<typeof createShards>;
  readonly #home: Home;
  readonly #draft: Omit<VersionDraft, 'body'>;

  private constructor(tools: Tools, home: Home, draft: Omit<VersionDraft, 'body'>) {
    this.#tools = tools;
    this.#shards = createShards(tools);
    this.#home = home;
    this.#draft = draft;
  }

  static async open(
    { place, prefix, regions, tuning }: CassandraStore,
    home: Home,
    { draft, log }: { readonly draft: Omit<VersionDraft, 'body'>; readonly log: Log },
  ): Promise<BulkLoader> {
    const about = { clock: systemClock, random: systemRandom, log };
    const sessions: Sessions = await openSessions({ ...place, prefix, regions, ...about });
    const tags = createTags(systemClock, systemRandom);
    return new BulkLoader({ ...about, sessions, tags, tuning, limits: LIMITS }, home, draft);
  }

  async close(): Promise<void> {
    await this.#shards.close();
    await this.#tools.sessions.close();
  }

  /** All of them are acknowledged on return. */
  async put(keys: readonly string[]): Promise<void> {
    let rest = keys.map((key) => Buffer.from(key)).sort(Buffer.compare);
    for (let [first] = rest; first !== undefined; [first] = rest) {
      const view = await again(() => this.#shards.readKey(this.#home, rest[0] ?? Buffer.alloc(0), { answer: false }));
      assert(view !== undefined, 'the bucket is there');
      const end = rest.findIndex((key) => !covers(view.shard, key));
      const mine = rest.slice(0, Math.min(end < 0 ? rest.length : end, BATCH_KEYS));
      rest = rest.slice(mine.length);
      await this.#putInto(view, mine);
    }
  }

  async #putInto(view: KeyView, keys: readonly Buffer[]): Promise<void> {
    const { tags, random } = this.#tools;
    const { id, floor, mode } = view.shard;
    const nothing = { ...view, tag: { time: floor, count: 0 }, head: undefined };
    const naming = { place: { type: 'empty' }, reference: undefined } as const;
    const effects = keys.map((key): Effect => {
      const put = { key, versioning: mode, draft: this.#draft, naming, id: newUuid(random) };
      return effectOfPut(put, tags.blind(nothing.tag, floor)).effect;
    });
    await this.#store(id, effects);
    for (const _ of keys) this.#shards.grew(view.shard);
  }

  /** As `Shards.store`, through moves. */
  async #store(shard: Uuid, effects: readonly Effect[]): Promise<void> {
    const session = this.#tools.sessions.of(this.#home.region);
    await again(() => session.batch(effects.flatMap((effect) => putEffect(shard, effect))));
    const state = await again(() => readState(session, shard));
    assert(state !== undefined);
    const { over } = state;
    if (over === undefined) return;
    assert(over.kind === 'move' && effects.every(({ head }) => head !== undefined && head.tag.time > over.floor));
    const next = Map.groupBy(effects, ({ key }) => successorOf(over, key));
    for (const [successor, some] of next) {
      assert(successor !== undefined);
      await this.#store(successor, some);
    }
  }
}

/** The same again is no harm. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}
