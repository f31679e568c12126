/**
 * Buckets: found by name, by id and by owner; made, changed and deleted.
 *
 * A name leads to a bucket for as long as that bucket's row says that it lives: memory and the rows of `name` are hints.
 * The row itself is read every time. A bucket is seen from the moment when its row becomes `live`: its maker stores the row,
 * then the hints, makes the first shard, claims the name, then looks for its account. Whoever meets the claimed name of a
 * `new` bucket does the last step itself.
 */

import { strict as assert } from 'node:assert';
import type { AccountId, Bucket, BucketId } from '../../../model/entities.ts';
import { type Committed, Conflict, type Mutation, type Rows, Unavailable } from '../../port.ts';
import type { RegionName } from '../database/types.ts';
import { ABSENT } from '../keys/record.ts';
import { Remembered } from '../remembered.ts';
import type { BucketRow, Buckets, HeadPage, HeadRow, Home, Tools } from '../types.ts';
import { BucketRows } from './bucket-rows.ts';
import { attempt, Life, type LifeContext } from './life.ts';
import { EVERYONE, type Hint, Names } from './names.ts';
import { type BucketRecord, isVisible } from './records.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export interface BucketRoom extends Buckets {
  /** Where a bucket of this id is. Undefined: there is none, and never was. */
  homeOf(id: BucketId): Promise<Home | undefined>;
  scan(query: Parameters<Rows['scanBuckets']>[0]): Promise<readonly Bucket[]>;
  /** Made or just being made; see `Directory.removeAccount`. */
  ownsAny(owner: AccountId): Promise<boolean>;
  create(mutation: Of<'createBucket'>): Promise<Committed>;
  update(mutation: Of<'updateBucket'>): Promise<Committed>;
  delete(mutation: Of<'deleteBucket'>): Promise<Committed>;
  close(): Promise<void>;
}

const REMEMBERED = 10_000;
/** Hints read at a time, and rows looked at together. */
const HINTS_AT_ONCE = 500;
const TOGETHER = 32;
/** Dead keys that are read before a bucket is sealed to learn whether it is empty, and keys read at a time. */
const DEAD_KEYS_READ = 2_000;
const KEYS_AT_ONCE = 100;

export type BucketContext = Omit<LifeContext, 'tools' | 'rows' | 'names'> & {
  readonly hasAccount: (id: AccountId) => Promise<boolean>;
  /** Voids what replaced null versions left, and releases their bodies. */
  readonly tidyKey: (home: Home, key: Buffer) => Promise<void>;
};

export function createBuckets(tools: Tools, context: BucketContext): BucketRoom {
  return new CassandraBuckets(tools, context);
}

class CassandraBuckets implements BucketRoom {
  readonly #tools: Tools;
  readonly #context: BucketContext;
  readonly #rows: BucketRows;
  readonly #names: Names;
  readonly #life: Life;
  readonly #homes = new Remembered<string, Home>(REMEMBERED);
  readonly #regions = new Remembered<BucketId, RegionName>(REMEMBERED);

  constructor(tools: Tools, context: BucketContext) {
    this.#tools = tools;
    this.#context = context;
    this.#rows = new BucketRows(tools);
    this.#names = new Names(tools);
    this.#life = new Life({ ...context, tools, rows: this.#rows, names: this.#names });
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  // ------------------------------------------------------------------------------------------------------ finding

  guess(name: string): Home | undefined {
    return this.#homes.get(name);
  }

  async byName(name: string): Promise<BucketRow | undefined> {
    const known = this.#homes.get(name);
    const remembered = known && (await this.#held(known));
    if (remembered !== undefined) return remembered;
    this.#homes.delete(name);
    // A region that has not heard of it yet, or still has its predecessor, is not the last word.
    for (const everywhere of [false, true]) {
      const home = await this.#names.holder(name, { everywhere });
      const found = home && (await this.#held(home));
      if (found === undefined) continue;
      this.#homes.set(name, found.home);
      return found;
    }
    return undefined;
  }

  async byId(id: BucketId): Promise<BucketRow | undefined> {
    const home = await this.homeOf(id);
    const record = home && (await this.#rows.read(home));
    if (record === undefined) return undefined;
    // One that is gone and buried has lost its name; of others their hints remind.
    const isBuried = record.state === 'gone' && !(await this.#holdsName(record));
    return isBuried ? undefined : await this.#tended(record);
  }

  async homeOf(id: BucketId): Promise<Home | undefined> {
    const known = this.#regions.get(id);
    if (known !== undefined) return { region: known, bucketId: id };
    // Whoever works with a bucket has mostly looked it up by its name before: this is rare.
    const { home, regions } = this.#tools.sessions;
    const region =
      (await this.#regionOf(id, [home.region])) ??
      (await this.#regionOf(
        id,
        regions.filter((one) => one !== home.region),
      ));
    if (region === undefined) return undefined;
    this.#regions.set(id, region);
    return { region, bucketId: id };
  }

  async #regionOf(bucketId: BucketId, regions: readonly RegionName[]): Promise<RegionName | undefined> {
    const records = await Promise.all(regions.map((region) => this.#rows.read({ region, bucketId })));
    return records.find((record) => record !== undefined)?.home.region;
  }

  /** Of a home that holds (or held) a name. */
  async #held(home: Home): Promise<BucketRow | undefined> {
    const record = await this.#rows.read(home);
    if (record === undefined) return undefined;
    if (record.state === 'gone') this.#life.help(record);
    const now = record.state === 'new' ? await this.#life.settle(record) : record;
    return isVisible(now) ? this.#seen(now) : undefined;
  }

  #seen(record: BucketRecord): BucketRow {
    if (record.state !== 'live') this.#life.help(record);
    this.#regions.set(record.home.bucketId, record.home.region);
    return { home: record.home, bucket: record.bucket };
  }

  // ------------------------------------------------------------------------------------------------------ listing

  async scan(query: Parameters<Rows['scanBuckets']>[0]): Promise<readonly Bucket[]> {
    const { owner = EVERYONE, prefix = '', after, limit } = query;
    const begins = after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0;
    const page = Math.min(HINTS_AT_ONCE, Math.max(limit, TOGETHER));
    const found: Bucket[] = [];
    let behind = { name: begins ? prefix : `${after}\0`, bucketId: '' };
    for (;;) {
      const hints = await this.#names.hints(owner, behind, page);
      const wanted = hints.filter(({ name }) => name.startsWith(prefix));
      for (let at = 0; at < wanted.length && found.length < limit; at += TOGETHER) {
        const rows = await Promise.all(wanted.slice(at, at + TOGETHER).map((hint) => this.#verified(hint)));
        found.push(...rows.filter((row) => row !== undefined).map(({ bucket }) => bucket));
      }
      const last = hints.at(-1);
      if (found.length >= limit) return found.slice(0, limit);
      if (last === undefined || hints.length < page || wanted.length < hints.length) return found;
      behind = { name: last.name, bucketId: last.home.bucketId };
    }
  }

  async #verified({ home }: Hint): Promise<BucketRow | undefined> {
    const record = await this.#rows.read(home);
    return record && (await this.#tended(record));
  }

  /** The bucket, if it is to be seen. Finishes, or has finished, what somebody left. */
  async #tended(record: BucketRecord): Promise<BucketRow | undefined> {
    if (isVisible(record)) return this.#seen(record);
    if (record.state === 'gone') {
      this.#life.help(record);
      return undefined;
    }
    if (await this.#holdsName(record)) {
      const settled = await this.#life.settle(record);
      return isVisible(settled) ? this.#seen(settled) : undefined;
    }
    const { clock, tuning } = this.#tools;
    if (record.bucket.createdAt + tuning.unsettledMs < clock.now()) await attempt(() => this.#discard(record));
    return undefined;
  }

  async #holdsName({ bucket, home }: BucketRecord): Promise<boolean> {
    return (await this.#names.holder(bucket.name, { everywhere: true }))?.bucketId === home.bucketId;
  }

  async ownsAny(owner: AccountId): Promise<boolean> {
    return (await this.scan({ owner, limit: 1 })).length > 0;
  }

  // ------------------------------------------------------------------------------------------------------- making

  async create({ bucket }: Of<'createBucket'>): Promise<Committed> {
    const { region, id, name } = bucket;
    assert(this.#tools.sessions.regions.includes(region), 'a region of the configuration');
    const home: Home = { region, bucketId: id };
    const made = await unlessDone(async () => {
      if ((await this.byName(name)) !== undefined) throw new Conflict('exists', 'name');
      if (!(await this.#context.hasAccount(bucket.owner))) throw new Conflict('missing');
      return await this.#make(home, bucket);
    });
    if (!(await this.#claim(bucket, home))) {
      await attempt(() => this.#discard(made));
      throw new Conflict('exists', 'name');
    }
    const settled = await maybeDone(() => this.#life.settle(made));
    if (settled.state === 'gone') throw new Conflict('missing');
    this.#regions.set(id, region);
    this.#homes.set(name, home);
    return { revision: settled.bucket.revision };
  }

  async #make(home: Home, bucket: Omit<Bucket, 'revision'>): Promise<BucketRecord> {
    const record = await this.#rows.insert(home, bucket);
    try {
      await this.#names.putHints(bucket, home);
      await this.#context.shards.create(home, bucket.versioning);
    } catch (error) {
      await attempt(() => this.#discard(record));
      throw error;
    }
    return record;
  }

  /** False: another bucket has the name. */
  async #claim(bucket: Omit<Bucket, 'revision'>, home: Home): Promise<boolean> {
    for (;;) {
      const holder = await this.#names.claim(bucket, home);
      if (holder === undefined) return true;
      // Held by one that is gone, whose deleter died: it is buried, and the name is free.
      const record = await this.#rows.readDecided(holder);
      if (record === undefined || record.state !== 'gone') return false;
      await this.#life.bury(record);
    }
  }

  /** A bucket that does not hold its name and never will. */
  async #discard(record: BucketRecord): Promise<void> {
    const dropped = await this.#life.drop(record);
    if (dropped !== undefined) await this.#life.bury(dropped);
  }

  // ----------------------------------------------------------------------------------------------------- changing

  async update({ bucket, expect }: Of<'updateBucket'>): Promise<Committed> {
    const home = await this.homeOf(bucket.id);
    if (home === undefined) throw new Conflict('revision');
    return await this.#life.working(home, () => this.#update(home, bucket, expect));
  }

  async #update(home: Home, bucket: Omit<Bucket, 'revision'>, expect: string): Promise<Committed> {
    for (let tries = 0; tries < this.#tools.limits.commitAttempts; tries++) {
      const record = await this.#rows.readDecided(home);
      if (record === undefined || !isVisible(record)) throw new Conflict('revision');
      if (record.state !== 'live') {
        await this.#life.settle(record);
        continue;
      }
      const { id, name, owner, region, versioning, revision } = record.bucket;
      if (name !== bucket.name || revision !== expect) throw new Conflict('revision');
      const next: Bucket = { ...bucket, id, name, owner, region, revision: this.#rows.revision() };
      if (versioning === next.versioning) {
        if ((await this.#rows.move(record, { bucket: next })) !== undefined) return { revision: next.revision };
        continue;
      }
      const epoch = record.epoch + 1;
      const changing = await this.#rows.move(record, { state: 'changing', epoch, pending: next });
      if (changing === undefined) continue;
      await maybeDone(() => this.#life.settle(changing));
      return { revision: next.revision };
    }
    throw busy(bucket.name);
  }

  async delete({ bucketId, name }: Of<'deleteBucket'>): Promise<Committed> {
    const home = await this.homeOf(bucketId);
    if (home === undefined) throw new Conflict('missing');
    return await this.#life.working(home, () => this.#delete(home, name));
  }

  async #delete(home: Home, name: string): Promise<Committed> {
    let tidied = false;
    for (let tries = 0; tries < this.#tools.limits.commitAttempts; tries++) {
      const record = await this.#rows.readDecided(home);
      if (record === undefined || record.state === 'new' || record.bucket.name !== name) throw new Conflict('missing');
      if (record.state !== 'live') {
        const rested = await this.#life.settle(record);
        if (rested.state === 'gone') throw new Conflict('missing');
        // Its verdict was given while we asked.
        if (record.state === 'deleting') throw new Conflict('not-empty');
        continue;
      }
      if (await this.#hasKeys(home)) throw new Conflict('not-empty');
      const epoch = record.epoch + 1;
      const deleting = await this.#rows.move(record, { state: 'deleting', epoch });
      if (deleting === undefined) continue;
      const rested = await maybeDone(() => this.#life.settle(deleting));
      if (rested.state === 'gone' && rested.epoch === epoch) return { revision: ABSENT };
      if (rested.state === 'gone') throw new Conflict('missing');
      if (tidied || (await this.#hasKeys(home))) throw new Conflict('not-empty');
      await this.#tidy(home);
      tidied = true;
    }
    throw busy(name);
  }

  /** A first look, so that a bucket in use is not sealed for nothing. Only the verdict counts. */
  async #hasKeys(home: Home): Promise<boolean> {
    let read = 0;
    for await (const { payload } of this.#heads(home)) {
      if (payload !== undefined) return true;
      if (++read === DEAD_KEYS_READ) return false;
    }
    return false;
  }

  /** Clears away what replaced versions left, where whoever replaced them died before. */
  async #tidy(home: Home): Promise<void> {
    for await (const { key, payload } of this.#heads(home)) {
      if (payload === undefined) await this.#context.tidyKey(home, key);
    }
  }

  /** The state of every key, dead ones included. */
  async *#heads(home: Home): AsyncGenerator<HeadRow> {
    for (let from: Buffer | undefined = Buffer.of(0); from !== undefined; ) {
      const page: HeadPage | undefined = await this.#context.shards.headRows(home, from, KEYS_AT_ONCE);
      if (page === undefined) return;
      yield* page.rows;
      const last = page.rows.length < KEYS_AT_ONCE ? undefined : page.rows.at(-1);
      from = last === undefined ? page.shard.high : Buffer.concat([last.key, Buffer.of(0)]);
    }
  }
}

const busy = (name: string): Unavailable =>
  new Unavailable(`bucket ${name} is being changed by too many at once: try again`, { mayHaveApplied: false });

/** For steps that nobody can see: whatever became of them, nothing was applied. */
const unlessDone = <T>(work: () => Promise<T>): Promise<T> => told(work, false);
/** For steps after which others finish what was begun. */
const maybeDone = <T>(work: () => Promise<T>): Promise<T> => told(work, true);

async function told<T>(work: () => Promise<T>, mayHaveApplied: boolean): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new Unavailable(error.message, { mayHaveApplied, cause: error });
  }
}
