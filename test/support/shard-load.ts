/**
 * A load on the shards of one bucket: front ends with wrong clocks that put, delete, change, get and list, while workers that
 * die at any step split, merge and vacuum shards, change the versioning state and begin deletions that are decided against.
 *
 * Judged afterwards: every key's history is one that a single copy could have answered; listings are in order, without
 * repetition, and show what was acknowledged; what was refused as `moved` is nowhere; versions acknowledged in their own
 * right are all there; nothing of an older versioning state appears after something of a newer one.
 */

import type { Random } from '../../src/base/random.ts';
import type { Versioning } from '../../src/model/entities.ts';
import type { Sessions } from '../../src/store/cassandra/database/types.ts';
import { deadPayload } from '../../src/store/cassandra/keys/versions.ts';
import { decodeState, encodeState, type StateCell } from '../../src/store/cassandra/shards/cells.ts';
import type { ShardsWithUpkeep } from '../../src/store/cassandra/shards/shards.ts';
import { READ_STATE } from '../../src/store/cassandra/shards/statements.ts';
import type { Effect, Home, KeyView, Stored, VersionPlace } from '../../src/store/cassandra/types.ts';
import { newUuid } from '../../src/store/cassandra/uuid.ts';
import { Unavailable } from '../../src/store/port.ts';
import { type Action, judge, type Operation, type Outcome } from './linearizability.ts';
import { Died, type FrontEnd, FrontEnds, seeded } from './shard-fronts.ts';
import type { Hooks } from './shard-tables.ts';

export interface LoadOptions {
  readonly seed: number;
  readonly sessions: (hooks: Hooks) => Sessions;
  readonly bucketId: string;
  /** Operations of all clients together. */
  readonly operations: number;
  /** Longest pause around a statement, milliseconds; 0: only turns of the event loop. */
  readonly pauseMs: number;
  /** The negative control: writers do not see what became of the shard after they stored. */
  readonly blind?: boolean;
}

export interface LoadReport {
  readonly problems: readonly string[];
  readonly history: readonly Operation[];
  readonly counts: Readonly<Record<string, number>>;
}

const KEYS = Array.from({ length: 24 }, (_, i) => `k${String(i).padStart(2, '0')}`);
/** Milliseconds by which the front ends' clocks are off. */
const SKEWS = [-4000, 0, 9000];
/** Workers' clocks run ahead by nearly what floors stay behind: rows of a second ago are below them. */
const WORKER_SKEW = 119_000;
const WRITERS = 6;
const MOVERS = 2;

interface Observed {
  readonly start: number;
  readonly end: number;
  readonly epoch: number;
}

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  return await new Load(options).run();
}

class Load {
  readonly #options: LoadOptions;
  readonly #chance: () => number;
  readonly #makers: FrontEnds;
  readonly #random: Random;
  readonly #home: Home;
  readonly #history: Operation[] = [];
  readonly #problems: string[] = [];
  readonly #counts: Record<string, number> = {};
  /** Values of puts that were told that they had not been applied. */
  readonly #moved = new Set<string>();
  /** Versions in their own right (z 1) that were acknowledged. */
  readonly #acknowledged: { readonly key: string; readonly place: VersionPlace }[] = [];
  /** By value: the state (epoch 1, 3…; deletions let writers pass) for which it was decided. By key: what was seen when. */
  readonly #epochs = new Map<string, number>();
  readonly #seen = new Map<string, Observed[]>();
  readonly #epochOf = new Map<string, number>();
  readonly #fronts: readonly FrontEnd[];
  #left: number;
  #value = 0;
  #epoch = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#chance = seeded(options.seed);
    this.#makers = new FrontEnds({ ...options, chance: this.#chance });
    this.#random = this.#makers.random;
    this.#home = { region: 'here', bucketId: options.bucketId };
    this.#left = options.operations;
    this.#fronts = SKEWS.map((skew) => this.#makers.frontEnd(skew, this.#writerHooks()));
  }

  async run(): Promise<LoadReport> {
    const healthy = this.#makers.frontEnd(0, {});
    await healthy.shards.create(this.#home, 'unversioned');
    const clients = Array.from({ length: WRITERS }, (_, i) => this.#client(`client ${i}`, this.#frontAt(i)));
    const listers = [0, 1].map((i) => this.#lister(`lister ${i}`, this.#frontAt(i + 1)));
    const movers = Array.from({ length: MOVERS }, () => this.#mover());
    await Promise.all([...clients, ...listers, ...movers, this.#chief()]);
    while ((await healthy.shards.resume(this.#home)) > 0);
    await this.#finalLook(healthy);
    for (const { shards } of [...this.#fronts, healthy]) await shards.close();
    this.#problems.push(...judge(this.#history));
    this.#judgeEpochs();
    return { problems: this.#problems, history: this.#history, counts: this.#counts };
  }

  #frontAt(index: number): FrontEnd {
    const front = this.#fronts[index % this.#fronts.length];
    if (front === undefined) throw new Error('no front ends');
    return front;
  }

  #pause(): Promise<void> {
    return this.#makers.pause();
  }

  #writerHooks(): Hooks {
    const pause = () => this.#pause();
    return {
      before: pause,
      after: pause,
      seen: (statement, [shard], rows) => {
        for (const { s } of rows) if (Buffer.isBuffer(s)) this.#epochOf.set(String(shard), decodeState(s).epoch);
        if (this.#options.blind !== true || statement !== READ_STATE) return rows;
        return rows.map(({ s, ...row }) => (Buffer.isBuffer(s) ? { ...row, s: pretendLive(s) } : row));
      },
    };
  }

  #mortal(statements: number): FrontEnd {
    return this.#makers.mortal(statements, WORKER_SKEW, () => this.#count('deaths'));
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  // -------------------------------------------------------------------------------------------------------- clients

  async #client(client: string, front: FrontEnd): Promise<void> {
    while (this.#left-- > 0) {
      const key = KEYS[Math.floor(this.#chance() ** 2 * KEYS.length)] ?? 'k00';
      const dice = this.#chance();
      const run =
        dice < 0.4
          ? this.#put(front, key)
          : dice < 0.55
            ? this.#delete(front, key)
            : dice < 0.75
              ? this.#change(front, key)
              : this.#get(front, key);
      await this.#recorded(client, key, run);
      await this.#pause();
    }
  }

  /** `run` starts at once; undefined: it surely did nothing. */
  async #recorded(client: string, key: string, run: Promise<Action | undefined>): Promise<void> {
    const start = performance.now();
    const action = await run;
    const end = performance.now();
    if (action === undefined) return;
    this.#history.push({ key, client, start, end, action });
    this.#count(`${action.type} ${'outcome' in action ? action.outcome : ''}`.trim());
    const value =
      action.type === 'get' ? action.found : 'value' in action && action.outcome === 'applied' ? action.value : '';
    const epoch = this.#epochs.get(value ?? '');
    if (epoch !== undefined) this.#seen.set(key, [...(this.#seen.get(key) ?? []), { start, end, epoch }]);
  }

  async #get({ shards }: FrontEnd, key: string): Promise<Action> {
    const view = await shards.readKey(this.#home, Buffer.from(key), { answer: true });
    return { type: 'get', found: view?.head?.toString() };
  }

  async #put(front: FrontEnd, key: string): Promise<Action | undefined> {
    const view = await this.#read(front, key);
    const value = this.#next();
    const effect = this.#effect(key, view, front.tags.blind(view.tag, view.shard.floor), value);
    const outcome = await this.#store(front, view, effect, value);
    return outcome === undefined ? undefined : { type: 'put', value, outcome };
  }

  async #delete(front: FrontEnd, key: string): Promise<Action | undefined> {
    const view = await this.#read(front, key);
    const effect = this.#effect(key, view, front.tags.blind(view.tag, view.shard.floor), undefined);
    const outcome = await this.#store(front, view, effect, undefined);
    return outcome === undefined ? undefined : { type: 'delete', outcome };
  }

  /** Creates what is absent, replaces what is there. */
  async #change(front: FrontEnd, key: string): Promise<Action | undefined> {
    const start = performance.now();
    const value = this.#next();
    let decided: { readonly base: string | undefined; readonly view: KeyView; readonly effect: Effect } | undefined;
    const outcome = await this.#outcome(
      value,
      () => decided,
      async () => {
        const changed = await front.claims.change(this.#home, Buffer.from(key), async (view) => {
          this.#sawBase(key, view, start);
          const effect = this.#effect(key, view, front.tags.successor(view.tag, view.shard.floor), value);
          decided = { base: view.head?.toString(), view, effect };
          return { effect, result: undefined };
        });
        return changed?.stored ?? 'gone';
      },
    );
    if (decided === undefined || outcome === undefined) return undefined;
    const { base } = decided;
    return base === undefined ? { type: 'create', value, outcome } : { type: 'replace', base, value, outcome };
  }

  /** What a change was decided on was read, whatever becomes of the change. */
  #sawBase(key: string, { head }: KeyView, start: number): void {
    const action = { type: 'get', found: head?.toString() } as const;
    this.#history.push({ key, client: 'decider', start, end: performance.now(), action });
  }

  #next(): string {
    return `v${++this.#value}`;
  }

  async #read({ shards }: FrontEnd, key: string): Promise<KeyView> {
    const view = await shards.readKey(this.#home, Buffer.from(key), { answer: this.#chance() < 0.5 });
    if (view === undefined) throw new Error('the bucket has gone');
    return view;
  }

  /** Every third key keeps its versions; the others have one row each that counts, and dead ones. */
  #effect(key: string, { shard }: KeyView, tag: KeyView['tag'], value: string | undefined): Effect {
    const z = value !== undefined && Number(key.slice(1)) % 3 === 0 ? 1 : 0;
    const place = { z, t: tag.time, n: tag.count, id: newUuid(this.#random) } as const;
    const payload = value === undefined ? undefined : Buffer.from(value);
    if (value !== undefined) this.#epochs.set(value, Math.ceil((this.#epochOf.get(shard.id) ?? 0) / 2));
    const versions = [{ place, tag, payload: payload ?? deadPayload() }];
    return { key: Buffer.from(key), head: { tag, payload }, versions };
  }

  async #store(front: FrontEnd, view: KeyView, effect: Effect, value: string | undefined) {
    const outcome = await this.#outcome(
      value,
      () => ({ view, effect }),
      () => front.shards.store(view, effect),
    );
    if (outcome === 'applied') await this.#tidy(front, effect);
    return outcome;
  }

  async #outcome(
    value: string | undefined,
    decided: () => { readonly view: KeyView; readonly effect: Effect } | undefined,
    run: () => Promise<Stored>,
  ): Promise<Exclude<Outcome, 'refused'> | undefined> {
    try {
      const stored = await run();
      this.#count(stored);
      if (stored === 'gone') throw new Error('the bucket has gone');
      if (stored === 'moved' && value !== undefined) this.#moved.add(value);
      const effect = decided()?.effect;
      for (const { place } of stored === 'stored' && effect !== undefined ? effect.versions : [])
        if (place.z === 1) this.#acknowledged.push({ key: String(effect?.key), place });
      return stored === 'stored' ? 'applied' : stored === 'late' || stored === 'past' ? 'unknown' : undefined;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#count('unavailable');
      return error.mayHaveApplied ? 'unknown' : undefined;
    }
  }

  /** Voids the null rows below the one that was written, as keys/ does. */
  async #tidy({ shards, tags }: FrontEnd, { key, versions: [own] }: Effect): Promise<void> {
    if (own === undefined || own.place.z !== 0 || this.#chance() < 0.3) return;
    const page = await shards.versionRows(this.#home, { type: 'key', key, z: 0, limit: 50 });
    const view = await shards.readKey(this.#home, key, { answer: true });
    if (page === undefined || view === undefined) return;
    const below = page.rows.filter(({ place, payload }) => place.t < own.place.t && payload !== undefined);
    const tag = tags.blind(view.tag, view.shard.floor);
    const voids = below.map(({ place }) => ({ place, tag, payload: undefined }));
    if (voids.length > 0) await shards.store(view, { key, versions: voids });
  }

  // -------------------------------------------------------------------------------------------------------- listers

  async #lister(client: string, { shards }: FrontEnd): Promise<void> {
    while (this.#left > 0) {
      const start = performance.now();
      const found = await this.#list(shards);
      const end = performance.now();
      for (const key of KEYS)
        this.#history.push({ key, client, start, end, action: { type: 'glimpse', found: found.get(key) } });
      this.#count('listings');
    }
  }

  async #list(shards: ShardsWithUpkeep): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    let last = '';
    const limit = 1 + Math.floor(this.#chance() * 9);
    for (let from: Buffer | undefined = Buffer.alloc(0); from !== undefined; ) {
      const page = await shards.headRows(this.#home, from, limit);
      if (page === undefined) throw new Error('the bucket has gone');
      for (const { key, payload } of page.rows) {
        if (String(key) <= last) this.#problems.push(`a listing shows ${key} after ${last}`);
        last = String(key);
        if (payload !== undefined) found.set(last, String(payload));
      }
      const end = page.rows.at(-1)?.key;
      from = page.rows.length === limit && end !== undefined ? Buffer.concat([end, Buffer.of(0)]) : page.shard.high;
    }
    return found;
  }

  // --------------------------------------------------------------------------------------------------------- movers

  async #mover(): Promise<void> {
    while (this.#left > 0) {
      const { shards } = this.#mortal(Math.floor(10 + this.#chance() * 300));
      const deeds = ['split', 'split', 'merge', 'vacuum', 'resume'] as const;
      try {
        while (this.#left > 0) {
          const what = deeds[Math.floor(this.#chance() * deeds.length)] ?? 'split';
          const key = Buffer.from(KEYS[Math.floor(this.#chance() * KEYS.length)] ?? 'k00');
          if (what === 'resume') await shards.resume(this.#home);
          else if (await shards.reshape(this.#home, key, what)) this.#count(what);
          await this.#pause();
        }
      } catch (error) {
        if (!(error instanceof Died) && !(error instanceof Unavailable)) throw error;
      }
      await shards.close();
    }
  }

  /** Changes of the whole bucket, one after the other, each tried until it is through. */
  async #chief(): Promise<void> {
    while (this.#left > 0) {
      const epoch = ++this.#epoch;
      const mode: Versioning = epoch % 4 < 2 ? 'enabled' : 'suspended';
      for (let tries = 0; ; tries++) {
        const { shards } = this.#mortal(tries > 3 ? 1e6 : Math.floor(20 + this.#chance() * 200));
        try {
          if (epoch % 2 === 1) await shards.changeMode(this.#home, mode, epoch);
          else await shards.deleteAll(this.#home, () => this.#verdict(), epoch);
          this.#count(epoch % 2 === 1 ? 'modes' : 'kept');
          break;
        } catch (error) {
          if (!(error instanceof Died) && !(error instanceof Unavailable)) throw error;
        } finally {
          await shards.close();
        }
      }
      for (let turn = 0; turn < 20; turn++) await this.#pause();
    }
  }

  async #verdict(): Promise<'kept'> {
    await this.#pause();
    return 'kept';
  }

  // --------------------------------------------------------------------------------------------------------- judges

  async #finalLook({ shards }: FrontEnd): Promise<void> {
    const start = performance.now();
    const listed = await this.#list(shards);
    for (const key of KEYS) {
      const got = await shards.readKey(this.#home, Buffer.from(key), { answer: true });
      const found = got?.head?.toString();
      const end = performance.now();
      this.#history.push({ key, client: 'end', start, end, action: { type: 'get', found } });
      if (listed.get(key) !== found) this.#problems.push(`${key}: listed ${listed.get(key)}, got ${found}`);
      const page = await shards.versionRows(this.#home, { type: 'key', key: Buffer.from(key), z: 1, limit: 10_000 });
      const nulls = await shards.versionRows(this.#home, { type: 'key', key: Buffer.from(key), z: 0, limit: 10_000 });
      const rows = [...(page?.rows ?? []), ...(nulls?.rows ?? [])];
      const places = new Set(rows.map(({ place }) => place.id));
      for (const one of this.#acknowledged)
        if (one.key === key && !places.has(one.place.id)) this.#problems.push(`${key}: lost version ${one.place.id}`);
      const values = [...rows.map(({ payload }) => String(payload)), found ?? ''];
      for (const value of values)
        if (this.#moved.has(value)) this.#problems.push(`${key}: ${value} is there, but was refused`);
      const isThere = found === undefined || values.slice(0, -1).includes(found);
      if (!isThere) this.#problems.push(`${key}: ${found} is current, but no version`);
    }
  }

  #judgeEpochs(): void {
    for (const [key, seen] of this.#seen) {
      for (const a of seen)
        for (const b of seen)
          if (b.start > a.end && b.epoch < a.epoch)
            this.#problems.push(`${key}: epoch ${b.epoch} appears after ${a.epoch}`);
    }
  }
}

function pretendLive(cell: Buffer): Buffer {
  const state: StateCell = decodeState(cell);
  return encodeState({ ...state, state: 'live', over: undefined });
}
