/**
 * Elects changes of a key that must succeed exactly the state they saw (decision 0006, "Changes that read first").
 *
 * The claim row of a key holds the last elected change with its whole effect. Whoever wants to make the next one stores
 * that effect again first, so every elected change is complete before the next is decided: a process that dies between
 * election and storing delays nobody and loses nothing. Only the one that replaces exactly the row it completed is elected.
 *
 * An effect that lies below the floor of the shard that has the key by now is completed there while its claim row stays: what
 * others carry may land there at any time, so it must not be passed over. Who finds it `late` begins again.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Corrupt, Unavailable } from '../../port.ts';
import type { Session, Uuid } from '../database/types.ts';
import { Remembered } from '../remembered.ts';
import { compareTags, ZERO } from '../tags.ts';
import type { Claims, Effect, Home, KeyView, Shards, Stored, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { type Elected, electionOf, readElected, viewOf, writeElected } from './elected.ts';
import { missingHead } from './halves.ts';
import { inTime, mayBeApplied, notApplied } from './outcomes.ts';
import { FIRST_CLAIM, NEXT_CLAIM, READ_CLAIM } from './statements.ts';

/** Tries of one change, as a multiple of `limits.commitAttempts`. Each loss means that somebody else's change was made. */
const ATTEMPTS_FACTOR = 4;
/** Longest pause before a next try, doubled from the first to the last. Milliseconds, of which a random part is waited. */
const PAUSE_FIRST_MS = 4;
const PAUSE_LAST_MS = 512;
/** Changes that this process saw stored: the next one of the same key need not store them again. */
const COMPLETED = 10_000;

type Decide<T> = (view: KeyView) => Promise<{ readonly effect: Effect; readonly result: T } | { readonly result: T }>;
type Changed<T> = { readonly result: T; readonly stored: Stored };

export function createClaims(tools: Tools, shards: Shards): Claims {
  const elections = new Elections(tools, shards);
  return Object.freeze({
    change: <T>(home: Home, key: Buffer, decide: Decide<T>) => elections.change(home, key, decide),
  });
}

class Elections {
  readonly #tools: Tools;
  readonly #shards: Shards;
  readonly #completed = new Remembered<Uuid, true>(COMPLETED);
  /** The last change of each key under way here: one after the other they need not lose against each other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(tools: Tools, shards: Shards) {
    this.#tools = tools;
    this.#shards = shards;
  }

  change<T>(home: Home, key: Buffer, decide: Decide<T>): Promise<Changed<T> | undefined> {
    const name = `${home.bucketId}/${key.toString('latin1')}`;
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(() => this.#change(home, key, decide));
    const over = turn.then(
      () => {},
      () => {},
    );
    this.#turns.set(name, over);
    void over.then(() => {
      if (this.#turns.get(name) === over) this.#turns.delete(name);
    });
    return turn;
  }

  async #change<T>(home: Home, key: Buffer, decide: Decide<T>): Promise<Changed<T> | undefined> {
    const attempts = this.#tools.limits.commitAttempts * ATTEMPTS_FACTOR;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const tried = await this.#try(home, key, decide);
      if (tried !== 'lost') return tried;
      await this.#pause(attempt);
    }
    const message = `a key is changed by others all the time (${attempts} attempts). Try again later.`;
    throw new Unavailable(message, { mayHaveApplied: false });
  }

  async #try<T>(home: Home, key: Buffer, decide: Decide<T>): Promise<Changed<T> | undefined | 'lost'> {
    const prepared = await notApplied(async () => {
      const last = await this.#completedClaim(home, key);
      if (last === 'gone' || last === 'lost') return last;
      const view = await this.#shards.readKey(home, key, { answer: true });
      if (view === undefined) return undefined;
      const late = await missingHead(this.#shards, view, key);
      if (late !== undefined) return (await this.#shards.store(view, late)) === 'gone' ? 'gone' : 'lost';
      return { last, view, decision: await decide(view) };
    });
    if (prepared === undefined || prepared === 'gone') return undefined;
    if (prepared === 'lost') return prepared;
    const { last, view, decision } = prepared;
    if (!('effect' in decision)) return { result: decision.result, stored: 'stored' };
    const elected = { shard: view.shard, effect: withHead(view, decision.effect), onLive: view.head !== undefined };
    const id = newUuid(this.#tools.random);
    if (!(await this.#elect(home, last, { id, elected }))) return 'lost';
    const election = electionOf(this.#session(home), id, elected);
    const stored = inTime(await mayBeApplied(() => this.#shards.store(view, elected.effect, election)));
    this.#completed.set(id, true);
    return { result: decision.result, stored };
  }

  /** The id of the claim row, after its effect is stored wherever it belongs; undefined: no row; `lost`: look again. */
  async #completedClaim(home: Home, key: Buffer): Promise<Uuid | undefined | 'gone' | 'lost'> {
    const [row] = await this.#session(home).read(READ_CLAIM, [home.bucketId, key]);
    if (row === undefined) return undefined;
    const { id, v } = row;
    if (typeof id !== 'string' || !Buffer.isBuffer(v)) throw new Corrupt('a claim row without its change');
    if (this.#completed.get(id)) return id;
    const elected = readElected(home, v);
    const stored = await this.#shards.store(
      viewOf(elected),
      elected.effect,
      electionOf(this.#session(home), id, elected),
    );
    if (stored === 'gone') return stored;
    if (stored === 'late') return 'lost';
    this.#completed.set(id, true);
    return id;
  }

  async #elect(
    home: Home,
    last: Uuid | undefined,
    { id, elected }: { readonly id: Uuid; readonly elected: Elected },
  ): Promise<boolean> {
    const bytes = writeElected(elected);
    const place = [home.bucketId, elected.effect.key];
    const session = this.#session(home);
    const { applied } =
      last === undefined
        ? await session.cas(FIRST_CLAIM, [...place, id, bytes], (row) => row.id === id)
        : await session.cas(NEXT_CLAIM, [id, bytes, ...place, last], (row) => row.id === id);
    return applied;
  }

  #session(home: Home): Session {
    return this.#tools.sessions.of(home.region);
  }

  async #pause(attempt: number): Promise<void> {
    const most = Math.min(PAUSE_LAST_MS, PAUSE_FIRST_MS * 2 ** attempt);
    await sleep((most * this.#tools.random.bytes(1).readUInt8()) / 256);
  }
}

/** Each elected change moves the key's tag, so that the next one has a tag of its own, and the key's revision with it. */
function withHead(view: KeyView, effect: Effect): Effect {
  if (effect.head !== undefined) return effect;
  const tag = effect.versions.reduce((most, one) => (compareTags(one.tag, most) > 0 ? one.tag : most), ZERO);
  return { ...effect, head: { tag, payload: view.head } };
}
