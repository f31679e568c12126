/**
 * From the decision to complete an upload to the version: what every process that meets a completion does alike.
 *
 * A completion is always elected (`Claims`), also one without a condition: then it is known of each whether its version was
 * stored. Whoever elects sees all that was elected before, and among the key's rows one of three things: the version's own
 * row (it was stored, whatever became of it since), a fence of its body (it never will be), or neither; then one of the two
 * is elected. So all who try agree for ever, and who slept between reading and electing is not elected any more.
 *
 * The version's place is fixed with the decision. Its tag is that of the place as long as the key is behind it; later it is
 * the successor of the key's tag, and the version becomes current only if it is newer than those that are there. Rows above
 * the shard's floor are never forgotten (vacuum), so at a place below it a completion is given up: its version could have
 * been there and been removed, and its body with it.
 */

import { strict as assert } from 'node:assert';
import { Unavailable } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import { carried } from '../keys/effects.ts';
import { mayBeApplied } from '../keys/outcomes.ts';
import { comparePlaces, namingId, placeTag, readRecord, samePlace, writeRecord } from '../keys/record.ts';
import { currentOf, isDead, Versions } from '../keys/versions.ts';
import { compareTags } from '../tags.ts';
import type { Claims, Effect, Home, KeyView, Shard, Shards, Tag, Tools, VersionPlace, VersionRow } from '../types.ts';
import type { Completion } from './records.ts';

type Verdict =
  /** `tag`: the key's, with which it was stored. `grown`: the shard that has a row more, when this was the first time. */
  | { readonly type: 'stored'; readonly tag: Tag; readonly grown?: Shard }
  /** It never will be. */
  | { readonly type: 'failed' };

/** `gone`: the bucket was deleted. */
export type Outcome = Verdict | { readonly type: 'gone' };

export class Completions {
  readonly #tools: Tools;
  readonly #shards: Shards;
  readonly #claims: Claims;
  readonly #versions: Versions;

  constructor(tools: Tools, { shards, claims }: { readonly shards: Shards; readonly claims: Claims }) {
    this.#tools = tools;
    this.#shards = shards;
    this.#claims = claims;
    this.#versions = new Versions(shards);
  }

  /** A tag for the version, above all that was seen. Throws `Unavailable` when its body cannot be named any more. */
  tag({ tag, shard }: KeyView, { exact, latest }: Pick<Completion, 'exact' | 'latest'>): Tag {
    const { tags } = this.#tools;
    const own = exact ? tags.successor(tag, shard.floor) : tags.blind(tag, shard.floor);
    if (own.time < latest && !this.isLate(latest)) return own;
    throw new Unavailable('the upload was completed too slowly: try again', { mayHaveApplied: false });
  }

  isLate(latest: bigint): boolean {
    return this.#tools.tags.now() >= latest;
  }

  /** Elects it, or that it never will be, or learns what was elected. Throws `Unavailable`: it may have been applied. */
  async elect(home: Home, key: Buffer, completion: Completion): Promise<Outcome> {
    for (let attempt = 0; attempt < this.#tools.limits.commitAttempts; attempt++) {
      const change = await this.#change(home, key, completion);
      if (change === undefined || change.stored === 'gone') return { type: 'gone' };
      // The shards' versioning state or floor changed before it was stored, and now the key's rows say what is so.
      if (change.stored !== 'stored') continue;
      const { result } = change;
      if (result.type === 'stored' && result.grown !== undefined) this.#shards.grew(result.grown);
      return result;
    }
    throw new Unavailable('the shards of the bucket keep changing: try again', { mayHaveApplied: true });
  }

  async #change(home: Home, key: Buffer, completion: Completion) {
    // Whatever fails here: the decision stands, and whoever meets it next goes on with it.
    return await mayBeApplied(() =>
      this.#claims.change<Verdict>(home, key, (view) => this.#decide(view, key, completion)),
    );
  }

  async #decide(view: KeyView, key: Buffer, completion: Completion) {
    const { home } = view.shard;
    const { place, naming } = completion;
    const fenceId = namingId(naming);
    assert(fenceId !== undefined, 'a composed body has an id');
    const [own, fences] = await Promise.all([this.#rowAt(home, key, place), this.#versions.fences(home, key)]);
    if (own !== undefined) return { result: { type: 'stored', tag: own.tag } } as const;
    if (fences.has(fenceId)) return { result: { type: 'failed' } } as const;
    if (this.#mayBe(view, completion)) {
      const { tag, effect } = await this.#effect(view, key, completion);
      const isMore = place.z === 1 || view.head === undefined;
      return { result: { type: 'stored', tag, ...(isMore && { grown: view.shard }) }, effect } as const;
    }
    return { result: { type: 'failed' }, effect: this.#fence(view, key, place, fenceId) } as const;
  }

  /** Whether it may be elected on this state of the key. */
  #mayBe({ tag, shard }: KeyView, { place, versioning, exact, latest }: Completion): boolean {
    if (shard.mode !== versioning || this.isLate(latest)) return false;
    const own = placeTag(place);
    if (exact) return compareTags(this.#tools.tags.successor(tag, shard.floor), own) === 0;
    return compareTags(own, { time: shard.floor, count: 0 }) > 0;
  }

  async #effect(view: KeyView, key: Buffer, { place, payload }: Completion) {
    const own = placeTag(place);
    const isAhead = compareTags(own, view.tag) > 0;
    const tag = isAhead ? own : this.#tools.tags.successor(view.tag, view.shard.floor);
    const record = writeRecord(key, { ...readRecord(key, payload), rev: tag });
    const versions = [{ place, tag, payload: record }, ...carried(view, key, tag)];
    const isNewest = isAhead || (await this.#isNewest(view, key, place));
    const effect: Effect = isNewest ? { key, head: { tag, payload: record }, versions } : { key, versions };
    return { tag, effect };
  }

  async #isNewest(view: KeyView, key: Buffer, place: VersionPlace): Promise<boolean> {
    const current = currentOf(key, view);
    if (current !== undefined && comparePlaces(current.place, place) < 0) return false;
    if (place.z === 1) return true;
    // A dead null version has no record, but it is newer than those it ended.
    const page = await this.#shards.versionRows(view.shard.home, { type: 'key', key, z: 0, limit: 1 });
    const [row] = page?.rows ?? [];
    return row?.payload === undefined || !isDead(row.payload) || comparePlaces(row.place, place) > 0;
  }

  /** From the moment this is elected on the version never is. */
  #fence(view: KeyView, key: Buffer, place: VersionPlace, id: Uuid): Effect {
    const { successor } = this.#tools.tags;
    const above = successor(view.tag, view.shard.floor);
    const own = placeTag(place);
    const tag = compareTags(above, own) > 0 ? above : successor(own, view.shard.floor);
    return { key, versions: [{ place: { z: -1, t: 0n, n: 0, id }, tag, payload: Buffer.of(1) }] };
  }

  async #rowAt(home: Home, key: Buffer, place: VersionPlace): Promise<VersionRow | undefined> {
    const page = await this.#shards.versionRows(home, { type: 'places', key, places: [place] });
    return page?.rows.find((row) => samePlace(row.place, place));
  }
}
