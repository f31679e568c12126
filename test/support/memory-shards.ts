/**
 * The shards of one bucket, its claim rows and its bodies in memory, shared by several front ends: for tests of the rooms
 * above them with every interleaving in the test's hand. Cells merge as Cassandra's do.
 *
 * Each front end has a place for the test's own doing before and after each step (`Hooks`). Left out: more than one shard,
 * copies, the steps of a move (a shard is moved at once, with what was stored by then).
 */

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { Body, Versioning } from '../../src/model/entities.ts';
import type { Row, Session, Sessions, Statement, Value } from '../../src/store/cassandra/database/types.ts';
import { encodeHead, encodeVersion } from '../../src/store/cassandra/shards/cells.ts';
import { compareTags, MAX_TIME } from '../../src/store/cassandra/tags.ts';
import type {
  Bodies,
  Claimed,
  Effect,
  Election,
  HeadPage,
  Home,
  KeyView,
  Naming,
  Owner,
  Shard,
  Shards,
  Stored,
  Tag,
  VersionPage,
  VersionPlace,
  VersionQuery,
  VersionRow,
} from '../../src/store/cassandra/types.ts';
import { type Blobs, Conflict } from '../../src/store/port.ts';

export const HOME: Home = Object.freeze({ region: 'here', bucketId: 'id-bucket' });

/** Steps of a front end, by name: `readKey`, `store`, `versionRows`, `headRows`, `claim:read`, `claim:elect`. */
export interface Hooks {
  before?: (step: string) => unknown;
  after?: (step: string) => unknown;
}

interface HeadCell {
  readonly tag: Tag;
  readonly payload: Buffer | undefined;
}

/** What all front ends share. */
export class MemoryRing {
  mode: Versioning;
  floor = 0n;
  shard = randomUUID();
  isGone = false;
  dead = 0;
  readonly heads = new Map<string, HeadCell>();
  readonly versions = new Map<string, VersionRow>();
  readonly claims = new Map<string, { readonly id: Value; readonly v: Value }>();

  constructor(mode: Versioning = 'unversioned') {
    this.mode = mode;
  }

  /** Everything moves to another shard, at once. Dead and void rows up to the floor stay behind. */
  move(to: { readonly mode?: Versioning; readonly floor?: bigint }): void {
    this.mode = to.mode ?? this.mode;
    this.floor = to.floor ?? this.floor;
    this.shard = randomUUID();
    const low = { time: this.floor, count: 0 };
    for (const [key, { tag, payload }] of this.heads) {
      if (payload !== undefined || compareTags(tag, low) > 0) continue;
      this.heads.delete(key);
      this.claims.delete(`${HOME.bucketId}/${key}`);
    }
    for (const [name, { place, tag, payload }] of this.versions) {
      const isDead = place.z === 0 && payload?.[0] === 0;
      if ((payload === undefined || isDead) && compareTags(tag, low) <= 0) this.versions.delete(name);
    }
  }

  apply({ key, head, versions }: Effect): void {
    if (head !== undefined) {
      const name = key.toString('hex');
      const old = this.heads.get(name);
      if (old === undefined || beats(cellOf(head), cellOf(old))) this.heads.set(name, head);
    }
    for (const version of versions) {
      const row = { key, ...version };
      const name = nameOf(row);
      const old = this.versions.get(name);
      if (old === undefined || beats(versionCellOf(row), versionCellOf(old))) this.versions.set(name, row);
    }
  }

  /** In the order of the table. */
  rows(): VersionRow[] {
    return [...this.versions.values()].sort(
      (a, b) => a.key.compare(b.key) || a.place.z - b.place.z || byPlace(a.place, b.place),
    );
  }
}

interface Cell {
  readonly at: bigint;
  readonly bytes: Buffer;
}
const cellOf = (head: HeadCell): Cell => ({ at: head.tag.time, bytes: encodeHead(head) });
const versionCellOf = (row: VersionRow): Cell => ({
  at: row.payload === undefined ? MAX_TIME : row.place.t,
  bytes: encodeVersion(row),
});
const beats = (a: Cell, b: Cell): boolean => (a.at === b.at ? a.bytes.compare(b.bytes) > 0 : a.at > b.at);
const nameOf = ({ key, place: { z, t, n, id } }: VersionRow): string => `${key.toString('hex')} ${z} ${t} ${n} ${id}`;

function byPlace(a: VersionPlace, b: VersionPlace): number {
  if (a.t !== b.t) return a.t > b.t ? -1 : 1;
  return b.n - a.n || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** One front end's way to it. */
export class MemoryShards implements Shards {
  readonly #ring: MemoryRing;
  readonly #hooks: Hooks;

  constructor(ring: MemoryRing, hooks: Hooks = {}) {
    this.#ring = ring;
    this.#hooks = hooks;
  }

  readKey(home: Home, key: Buffer): Promise<KeyView | undefined> {
    return this.#step('readKey', () => {
      const { heads, floor, isGone } = this.#ring;
      if (isGone) return undefined;
      const low = { time: floor, count: 0 };
      const head = heads.get(key.toString('hex'));
      const isAbsent = head === undefined || (head.payload === undefined && compareTags(head.tag, low) <= 0);
      return { shard: this.#shard(home), tag: isAbsent ? low : head.tag, head: isAbsent ? undefined : head.payload };
    });
  }

  store(view: KeyView, effect: Effect, election?: Election): Promise<Stored> {
    return this.#step('store', async () => {
      const { floor, isGone, shard, mode } = this.#ring;
      if (isGone) return 'gone';
      const isLow = effect.head !== undefined && compareTags(effect.head.tag, { time: floor, count: 0 }) <= 0;
      if (isLow && view.shard.mode === mode) {
        if (election === undefined) return 'late';
        if (election.onLive && !this.#ring.heads.has(effect.key.toString('hex'))) return 'past';
        if (!(await election.isStanding())) return 'late';
      }
      if (view.shard.id !== shard && view.shard.mode !== mode) return this.#isThere(effect) ? 'stored' : 'moved';
      this.#ring.apply(effect);
      return 'stored';
    });
  }

  versionRows(home: Home, query: VersionQuery): Promise<VersionPage | undefined> {
    return this.#step('versionRows', () => {
      if (this.#ring.isGone) return undefined;
      const rows = this.#ring.rows().filter((row) => isWanted(row, query));
      return { shard: this.#shard(home), rows: query.type === 'places' ? rows : rows.slice(0, query.limit) };
    });
  }

  headRows(home: Home, from: Buffer, limit: number): Promise<HeadPage | undefined> {
    return this.#step('headRows', () => {
      if (this.#ring.isGone) return undefined;
      const rows = [...this.#ring.heads].map(([key, head]) => ({ key: Buffer.from(key, 'hex'), ...head }));
      const wanted = rows.filter(({ key }) => key.compare(from) >= 0).sort((a, b) => a.key.compare(b.key));
      return { shard: this.#shard(home), rows: wanted.slice(0, limit) };
    });
  }

  async create(): Promise<void> {}
  async changeMode(_home: Home, mode: Versioning): Promise<void> {
    this.#ring.move({ mode });
  }
  async deleteAll(_home: Home, verdict: (empty: boolean) => Promise<'gone' | 'kept'>): Promise<'gone' | 'kept'> {
    const isEmpty = [...this.#ring.heads.values()].every(({ payload }) => payload === undefined);
    const answer = await verdict(isEmpty);
    this.#ring.isGone = answer === 'gone';
    return answer;
  }
  grew(): void {}
  sawDead(_shard: Shard, count: number): void {
    this.#ring.dead += count;
  }
  async close(): Promise<void> {}

  /** Claim rows, by the engine's own statements. */
  session(): Session {
    const { claims } = this.#ring;
    const nameOfRow = (bucket: Value | undefined, key: Value | undefined) =>
      `${String(bucket)}/${Buffer.isBuffer(key) ? key.toString('hex') : ''}`;
    const none = () => Promise.reject(new Error('only claims are here'));
    return {
      region: HOME.region,
      read: (_statement, [bucket, key]) =>
        this.#step('claim:read', () => {
          const row = claims.get(nameOfRow(bucket, key));
          return row === undefined ? [] : [row];
        }),
      cas: ({ cql }: Statement, values: readonly Value[]) =>
        this.#step('claim:elect', (): { applied: boolean; row: Row | undefined } => {
          const isFirst = cql.startsWith('INSERT');
          const [bucket, key] = isFirst ? values : values.slice(2);
          const [id = null, v = null] = isFirst ? values.slice(2) : values;
          const name = nameOfRow(bucket, key);
          const row = claims.get(name);
          const isMet = isFirst ? row === undefined : row?.id === values[4];
          if (isMet) claims.set(name, { id, v });
          return { applied: isMet, row: isMet ? undefined : row };
        }),
      write: none,
      batch: none,
      casBatch: none,
      readFrom: none,
      nodes: () => [],
      replicas: () => ({ nodes: [], range: '' }),
    };
  }

  sessions(): Sessions {
    const home = this.session();
    return { regions: [HOME.region], home, of: () => home, close: async () => {} };
  }

  #shard(home: Home): Shard {
    const { shard: id, mode, floor } = this.#ring;
    return { home, id, state: 'live', low: Buffer.alloc(0), high: undefined, mode, floor };
  }

  #isThere({ key, versions }: Effect): boolean {
    return versions.some((version) => {
      const row = this.#ring.versions.get(nameOf({ key, ...version }));
      return row !== undefined && (row.payload === undefined || compareTags(row.tag, version.tag) >= 0);
    });
  }

  async #step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    await this.#hooks.before?.(name);
    const result = await work();
    await this.#hooks.after?.(name);
    return result;
  }
}

function isWanted({ key, place }: VersionRow, query: VersionQuery): boolean {
  if (query.type === 'from') return key.compare(query.key) >= 0;
  if (!key.equals(query.key)) return false;
  if (query.type === 'places') return query.places.some((one) => one.z === place.z && byPlace(one, place) === 0);
  const { below } = query;
  if (place.z !== query.z) return false;
  return below === undefined || place.t < below.t || (place.t === below.t && place.n < below.n);
}

interface Held {
  readonly bytes: Buffer;
  /** Namings that were claimed and not dropped. */
  readonly named: Set<string>;
  readonly released: Set<string>;
}

const idOf = ({ place, reference }: Naming): string | undefined =>
  place.type === 'empty' ? undefined : (reference ?? place.id);

/** Bodies that know who names them. Bytes never go. */
export class MemoryBodies implements Bodies {
  readonly #bodies = new Map<string, Held>();
  /** Notes that were not taken back. */
  readonly notes = new Set<{ readonly owner: Owner; readonly namings: readonly Naming[] }>();
  /** Claims left to the collector. */
  unknown = 0;
  latest: bigint | undefined;
  isLate = false;

  async write(source: AsyncIterable<Uint8Array>): Promise<Body> {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(Uint8Array.from(piece));
    return this.add(Buffer.concat(pieces));
  }

  add(bytes: Buffer): Body {
    const id = randomUUID();
    this.#bodies.set(id, { bytes, named: new Set(), released: new Set() });
    const { length: end } = bytes;
    if (end === 0) return this.bodyOf({ place: { type: 'empty' }, reference: undefined });
    const place = { type: 'blob', region: HOME.region, id, start: 0, end, size: end, chunkBytes: 65_536 } as const;
    return this.bodyOf({ place, reference: undefined });
  }

  async claim(body: Body): Promise<Claimed> {
    const { place } = namingOf(body);
    if (place.type === 'empty') return claimedOf({ place, reference: undefined }, undefined);
    const held = this.#held(place.id);
    const isFresh = held.named.size === 0;
    if (!isFresh && this.holders(place.id).length === 0) throw new Conflict('source');
    const reference = isFresh ? undefined : randomUUID();
    const id = reference ?? place.id;
    held.named.add(id);
    const naming = { place, reference };
    return {
      ...claimedOf(naming, this.latest),
      isLate: () => this.isLate,
      settle: (outcome) => {
        if (outcome === 'dropped') held.released.add(id);
        if (outcome === 'unknown') this.unknown++;
      },
    };
  }

  bodyOf(naming: Naming): Body {
    const { place } = naming;
    return { size: place.type === 'empty' ? 0 : place.end - place.start, ref: naming as unknown as Body['ref'] };
  }

  async release(naming: Naming): Promise<void> {
    const id = idOf(naming);
    if (id !== undefined && naming.place.type !== 'empty') this.#held(naming.place.id).released.add(id);
  }

  async note(owner: Owner, namings: readonly Naming[]): Promise<() => void> {
    const note = { owner, namings };
    this.notes.add(note);
    return () => this.notes.delete(note);
  }

  /** Namings of a body that nobody released. */
  holders(body: string): readonly string[] {
    const { named, released } = this.#held(body);
    return [...named].filter((id) => !released.has(id));
  }

  /** All namings that nobody released, sorted. */
  held(): readonly string[] {
    return [...this.#bodies.keys()].flatMap((id) => this.holders(id)).sort();
  }

  text(body: Body | undefined): string {
    const { place } = namingOf(body);
    return place.type === 'empty' ? '' : this.#held(place.id).bytes.subarray(place.start, place.end).toString();
  }

  async *read(body: Body, start: number, end: number): ReturnType<Blobs['read']> {
    const { place } = namingOf(body);
    if (place.type !== 'empty') yield this.#held(place.id).bytes.subarray(place.start + start, place.start + end);
  }
  slice(): Body {
    throw new Error('no slices here');
  }
  async discard(): Promise<void> {}
  async compose(): Promise<Claimed> {
    throw new Error('nothing is composed here');
  }
  async partsOf() {
    return [];
  }

  #held(id: string): Held {
    const held = this.#bodies.get(id);
    assert(held !== undefined, 'a body that was written');
    return held;
  }
}

function namingOf(body: Body | undefined): Naming {
  assert(body !== undefined, 'a version with a body');
  return body.ref as unknown as Naming;
}

const claimedOf = (naming: Naming, latest: bigint | undefined): Claimed => ({
  naming,
  latest,
  isLate: () => false,
  settle: () => {},
});
