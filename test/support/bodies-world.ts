/**
 * The bodies of the Cassandra engine over simulated tables, with keys that are plain memory: what names bodies does here in
 * one step what the engine does with many, so that a test can look at bodies alone. Processes share tables and keys; each may
 * die after any statement.
 */

import assert from 'node:assert/strict';
import { LIMITS } from '../../src/base/limits.ts';
import type { Random } from '../../src/base/random.ts';
import type { PartInfo } from '../../src/model/entities.ts';
import { type BodiesRoom, createBodies } from '../../src/store/cassandra/bodies/bodies.ts';
import { holdingsOfList } from '../../src/store/cassandra/bodies/manifests.ts';
import { idOf } from '../../src/store/cassandra/bodies/ranges.ts';
import type { Row, Sessions, Uuid, Value } from '../../src/store/cassandra/database/types.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Naming, Owner, Owners, Tools, Tuning } from '../../src/store/cassandra/types.ts';
import { Conflict, Unavailable } from '../../src/store/port.ts';
import { drain, piecesOf, TestClock } from '../contract/engine/world.ts';
import { type Hooks, SimulatedCassandra } from './simulated-cassandra.ts';

const MINUTE = 60_000;
export const SMALL: Tuning = {
  ...TUNING,
  chunkBytes: 100,
  chunksInFlight: 3,
  ledgerPeriodMs: 60 * MINUTE,
  unsettledMs: 30 * MINUTE,
  commitWithinMs: 10 * MINUTE,
  trashMs: 20 * MINUTE,
};
const GENERATIONS = 5;
const LATE = 300;

/** Numbers from 0 to 1, the same ones for the same seed. */
export function dice(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
export function randomOf(roll: () => number): Random {
  return { bytes: (count) => Buffer.from(Array.from({ length: count }, () => Math.floor(roll() * 256))) };
}

interface NamedRow {
  readonly naming: Naming;
  readonly bytes: Uint8Array;
}

/** One process: its bodies, and what it does with keys. */
export class BodiesProcess {
  readonly world: BodiesWorld;
  readonly room: BodiesRoom;
  readonly tools: Tools;

  constructor(world: BodiesWorld, sessions: Sessions) {
    const { clock, random, tuning } = world;
    this.world = world;
    this.tools = {
      sessions,
      clock,
      random,
      limits: LIMITS,
      log: undefined,
      tags: createTags(clock, random),
      tuning,
    };
    this.room = createBodies(this.tools, () => this.owners());
  }

  get bodies() {
    return this.room.bodies;
  }

  owners(): Owners {
    const { world } = this;
    return {
      isNamed: async ({ key }, naming) => world.rowsOf(key).some((row) => idOf(row.naming) === naming),
      fence: async ({ key }, naming) => {
        if (!world.rowsOf(key).some((row) => idOf(row.naming) === naming)) world.fenced.add(naming);
      },
      unfence: async (_owner, naming) => {
        world.fenced.delete(naming);
      },
      confirm: async (_home, key) => world.confirm(key.toString()),
      tidy: async (_home, key) => this.tidy(ownerOf(key.toString())),
    };
  }

  async write(bytes: Uint8Array, owner?: Owner) {
    const where = owner && { bucketId: 'b', region: owner.home.region, key: owner.key.toString() };
    return this.bodies.write(piecesOf(bytes, 33), bytes.length, where);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const owner = ownerOf(key);
    await this.name(owner, await this.write(bytes, owner), bytes);
  }

  async copy(from: string, to: string): Promise<void> {
    const source = this.world.current(from);
    if (source !== undefined) await this.name(ownerOf(to), this.bodies.bodyOf(source.naming), source.bytes);
  }

  /** A commit: looks at its time before and after. */
  async name(owner: Owner, body: Parameters<BodiesRoom['bodies']['claim']>[0], bytes: Uint8Array): Promise<void> {
    await this.store(owner, await this.bodies.claim(body, owner), bytes);
  }

  async store(
    owner: Owner,
    claimed: Awaited<ReturnType<BodiesRoom['bodies']['claim']>>,
    bytes: Uint8Array,
  ): Promise<void> {
    if (claimed.isLate()) {
      claimed.settle('dropped');
      throw new Conflict('source');
    }
    this.world.name(owner, { naming: claimed.naming, bytes });
    if (claimed.isLate()) {
      claimed.settle('unknown');
      throw new Unavailable('late', { mayHaveApplied: true });
    }
    await this.tidy(owner);
    claimed.settle('named');
  }

  /** Parts are rows of an upload, named by their own keys. */
  async complete(to: string, parts: readonly string[]): Promise<void> {
    const owner = ownerOf(to);
    const rows = parts.map((part) => this.world.current(part) ?? assert.fail(`no part ${part}`));
    const infos: readonly PartInfo[] = rows.map(({ bytes }, index) => ({ number: index + 1, size: bytes.length }));
    const claimed = await this.bodies.compose(
      owner,
      rows.map(({ naming }) => naming),
      infos,
    );
    await this.store(owner, claimed, Buffer.concat(rows.map(({ bytes }) => bytes)));
  }

  async remove(key: string): Promise<void> {
    const owner = ownerOf(key);
    const namings = this.world.rowsOf(owner.key).map(({ naming }) => naming);
    const done = await this.bodies.note(owner, namings);
    this.world.keys.delete(key);
    for (const naming of namings) await this.bodies.release(naming, owner);
    done();
  }

  /** Releases what the newest row replaced, then forgets those rows. */
  async tidy(owner: Owner): Promise<void> {
    const rows = this.world.rowsOf(owner.key);
    const newest = rows.at(-1);
    for (const { naming } of rows.slice(0, -1)) {
      if (newest !== undefined && idOf(naming) === idOf(newest.naming)) continue;
      await this.bodies.release(naming, owner);
    }
    const key = owner.key.toString();
    const kept = this.world.rowsOf(owner.key).filter((row) => row === newest || !rows.includes(row));
    if (kept.length > 0) this.world.keys.set(key, kept);
  }

  async read(key: string): Promise<Buffer> {
    const row = this.world.current(key) ?? assert.fail(`no key ${key}`);
    const body = this.bodies.bodyOf(row.naming);
    return drain(this.bodies.read(body, 0, body.size));
  }
}

/** Where rows are: in memory, or on a real ring. */
export interface BodiesStore {
  sessions(hooks: Hooks): Sessions;
  rows(table: string): readonly Row[] | Promise<readonly Row[]>;
}

export class BodiesWorld {
  readonly cassandra = new SimulatedCassandra();
  readonly store: BodiesStore;
  readonly clock: TestClock;
  readonly tuning: Tuning;
  readonly keys = new Map<string, readonly NamedRow[]>();
  readonly fenced = new Set<Uuid>();
  /** Keys of which a removal was elected and is not stored. */
  readonly elected = new Set<string>();
  readonly roll: () => number;
  readonly random: Random;

  constructor(
    options: {
      readonly seed?: number;
      readonly tuning?: Partial<Tuning>;
      readonly store?: BodiesStore;
      readonly clock?: TestClock;
      /** Of ids; otherwise from the seed. */
      readonly random?: Random;
    } = {},
  ) {
    this.roll = dice(options.seed ?? 1);
    this.store = options.store ?? this.cassandra;
    this.clock = options.clock ?? new TestClock();
    this.random = options.random ?? randomOf(this.roll);
    this.tuning = { ...SMALL, ...options.tuning };
  }

  process(hooks: Hooks = {}, around: (sessions: Sessions) => Sessions = (sessions) => sessions): BodiesProcess {
    return new BodiesProcess(this, around(this.store.sessions(hooks)));
  }

  rowsOf(key: Buffer): readonly NamedRow[] {
    return this.keys.get(key.toString()) ?? [];
  }

  current(key: string): NamedRow | undefined {
    return this.keys.get(key)?.at(-1);
  }

  /** Invisible when the naming was fenced. */
  name(owner: Owner, row: NamedRow): void {
    if (this.fenced.has(idOf(row.naming) ?? '')) return;
    this.keys.set(owner.key.toString(), [...this.rowsOf(owner.key), row]);
  }

  /** What every change of a key does first. */
  confirm(key: string): void {
    if (this.elected.delete(key)) this.keys.delete(key);
  }

  /** Lets all times pass, one after the other. */
  async sweepAll(process: BodiesProcess = this.process()): Promise<void> {
    for (let generation = 0; generation < GENERATIONS; generation++) {
      this.clock.time += Math.max(this.tuning.unsettledMs, this.tuning.trashMs) + 1;
      for (let round = 0; round < 100; round++) {
        if ((await process.room.sweep({ now: this.clock.now(), limit: 1000 })).done) break;
      }
    }
  }

  /** What is named is whole, and nothing else is kept. */
  async check(): Promise<void> {
    const process = this.process();
    const bodies = new Set<Uuid>();
    const references = new Set<Uuid>();
    for (const [key, rows] of this.keys) {
      assert.deepEqual(await process.read(key), Buffer.from(this.current(key)?.bytes ?? []), `the bytes of ${key}`);
      for (const { naming } of rows) await this.#reach(process, naming, { bodies, references });
    }
    for (const { blob } of await this.store.rows('chunk'))
      assert(bodies.has(String(blob)), `blob ${blob} is not named`);
    for (const { body } of await this.store.rows('manifest'))
      assert(bodies.has(String(body)), `list ${body} is not named`);
    for (const { body, kind, owner } of await this.store.rows('ref')) {
      assert(bodies.has(String(body)), `body ${body} is gone but held`);
      if (kind === 1) assert(references.has(String(owner)), `reference ${owner} is nobody's`);
    }
    const entries = (await this.store.rows('ledger')).filter(({ slot }) => slot !== -1);
    assert.deepEqual(entries, [], 'the ledger is empty');
  }

  async #reach(
    process: BodiesProcess,
    naming: Naming,
    found: { readonly bodies: Set<Uuid>; readonly references: Set<Uuid> },
  ): Promise<void> {
    const { place, reference } = naming;
    if (place.type === 'empty') return;
    found.bodies.add(place.id);
    if (reference !== undefined) found.references.add(reference);
    if (place.type === 'blob') return;
    const session = process.tools.sessions.of(place.region);
    for await (const page of holdingsOfList(session, place.id))
      for (const each of page) await this.#reach(process, each, found);
  }
}

export const ownerOf = (key: string): Owner => ({ home: { region: 'home', bucketId: 'b' }, key: Buffer.from(key) });

/** Applies the first of two statements only after the second: a step out of order. */
export function reordered(
  sessions: Sessions,
  isFirst: (cql: string, values: readonly unknown[]) => boolean,
  isSecond: (cql: string) => boolean,
  /** What is read while the first is held back. */
  meanwhile: (cql: string, rows: readonly Row[], held: readonly Value[]) => readonly Row[] = (_cql, rows) => rows,
): Sessions {
  let held: { readonly values: readonly Value[]; readonly write: () => Promise<unknown> } | undefined;
  const of: Sessions['of'] = (region) => {
    const session = sessions.of(region);
    const afterwards = async <T>(cql: string, result: Promise<T>): Promise<T> => {
      const value = await result;
      const late = held;
      if (late !== undefined && isSecond(cql)) {
        held = undefined;
        // Long enough for others to come between.
        for (let waits = 0; waits < LATE; waits++) await null;
        await late.write();
      }
      return value;
    };
    return {
      ...session,
      read: async (statement, values) => {
        const seen = held?.values;
        const rows = await afterwards(statement.cql, session.read(statement, values));
        return seen === undefined ? rows : meanwhile(statement.cql, rows, seen);
      },
      write: async (statement, values) => {
        if (held === undefined && isFirst(statement.cql, values)) {
          held = { values, write: () => session.write(statement, values) };
          return;
        }
        await afterwards(statement.cql, session.write(statement, values));
      },
    };
  };
  return { ...sessions, home: of(sessions.home.region), of };
}

/** Hooks of a process that dies at a statement that writes: before it is applied, or right after. */
export function dyingAt(step: number, isApplied: boolean): Hooks & { hasDied(): boolean } {
  let count = 0;
  let isDead = false;
  const die = () => {
    isDead = true;
    throw new Unavailable('this process has died', { mayHaveApplied: true });
  };
  return {
    hasDied: () => isDead,
    before: ({ kind }) => {
      if (isDead) die();
      if (kind === 'write') count += 1;
      if (count === step && !isApplied) die();
    },
    after: () => {
      if (count >= step && isApplied) die();
    },
  };
}
