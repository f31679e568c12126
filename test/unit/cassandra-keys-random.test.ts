/**
 * Front ends of the Cassandra engine over one key, their steps in a random order, some dying on the way: what clients saw
 * must be what one register could have answered. The shards are in memory; `MORAINE_SEED` replays a seed.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { VersionDraft, Versioning } from '../../src/model/entities.ts';
import { namingId } from '../../src/store/cassandra/keys/record.ts';
import type { Naming } from '../../src/store/cassandra/types.ts';
import { Conflict, Unavailable } from '../../src/store/port.ts';
import { draftOf, TestClock } from '../contract/engine/world.ts';
import { type Action, judge, type Operation } from '../support/linearizability.ts';
import { type FrontEnd, frontEnd } from '../support/memory-keys.ts';
import { HOME, type Hooks, MemoryBodies, MemoryRing } from '../support/memory-shards.ts';

const KEY = 'k';
const CLOCKS_MS = [0, -5000, 5000];

/** Numbers below `below`, the same for the same seed (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Lets one step at a time happen, whichever it likes; by seed it rather goes on with whom it let last, so others wait long. */
class Scheduler {
  readonly #waiting: (() => void)[] = [];
  readonly #roll: (below: number) => number;
  readonly #run: number;

  constructor(roll: (below: number) => number) {
    this.#roll = roll;
    this.#run = [1, 5, 40][roll(3)] ?? 1;
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async run(all: Promise<unknown>): Promise<void> {
    let isOver = false;
    const end = all.finally(() => {
      isOver = true;
    });
    end.catch(() => {});
    while (!isOver) {
      await setImmediate();
      const isOther = this.#roll(this.#run) === 0;
      const at = isOther ? this.#roll(Math.max(this.#waiting.length, 1)) : -1;
      const [next] = this.#waiting.splice(at, 1);
      if (next === undefined) await sleep(1);
      else next();
    }
    await end;
  }
}

interface Run {
  readonly ring: MemoryRing;
  readonly bodies: MemoryBodies;
  readonly roll: (below: number) => number;
  readonly scheduler: Scheduler;
  readonly fronts: FrontEnd[];
  /** The right time: a millisecond a step. */
  readonly clock: TestClock;
}

/** A process whose steps wait for their turn; one in `deaths` steps is its last. */
function processOf(run: Run, skewMs: number, deaths: number): FrontEnd {
  let isDead = false;
  const step = async () => {
    await run.scheduler.turn();
    run.clock.time++;
    front.clock.time = run.clock.time + skewMs;
    isDead ||= deaths > 0 && run.roll(deaths) === 0;
    if (isDead) throw new Unavailable('dead', { mayHaveApplied: true });
  };
  const hooks: Hooks = { before: step, after: step };
  const front: FrontEnd = frontEnd(run.ring, run.bodies, hooks, skewMs);
  run.fronts.push(front);
  return front;
}

function begin(seed: number, mode: Versioning): Run {
  const roll = dice(seed);
  return {
    ...{ ring: new MemoryRing(mode), bodies: new MemoryBodies(), clock: new TestClock() },
    ...{ roll, scheduler: new Scheduler(roll), fronts: [] },
  };
}

const on = (mode: Versioning) => ({ bucketId: HOME.bucketId, key: KEY, versioning: mode }) as const;

const found = async ({ keys }: FrontEnd) => {
  const read = await keys.read(HOME, { key: KEY });
  const value = read?.version?.kind === 'object' ? read.version.etag : undefined;
  return { version: read?.version, revision: read?.revision ?? '', value };
};

/** One operation as the judge wants it. Undefined: it surely did nothing and says nothing. */
async function act(run: Run, front: FrontEnd, mode: Versioning, value: string): Promise<Action | undefined> {
  const { keys } = front;
  const draft = (over: Partial<VersionDraft> = {}): VersionDraft =>
    draftOf(run.bodies.add(Buffer.from(value)), { etag: value, ...over });
  const putting = { type: 'putVersion', ...on(mode) } as const;
  switch (run.roll(6)) {
    case 0:
      return outcome({ type: 'put', value }, keys.putVersion(HOME, { ...putting, draft: draft() }));
    case 1: {
      const marker = keys.putVersion.bind(keys, HOME, { ...putting, draft: draftOf(undefined) });
      const removal = keys.removeNull.bind(keys, HOME, { type: 'removeNull', ...on(mode) });
      return outcome({ type: 'delete' }, mode === 'unversioned' ? removal() : marker());
    }
    case 2: {
      const { revision, value: there } = await found(front);
      if (there !== undefined) return { type: 'create', value, outcome: 'refused' };
      const created = await outcome(
        { type: 'create', value },
        keys.putVersion(HOME, { ...putting, draft: draft(), expect: revision }),
      );
      // A delete marker on a delete marker is another state, and says nothing about what is there.
      const says = created !== undefined && 'outcome' in created && created.outcome !== 'refused';
      return says || mode === 'unversioned' ? created : undefined;
    }
    case 3: {
      const { revision, value: base } = await found(front);
      if (base === undefined) return { type: 'get', found: base };
      const put = keys.putVersion(HOME, { ...putting, draft: draft(), expect: revision });
      return outcome({ type: 'replace', base, value }, put);
    }
    case 4: {
      const { version, value: base } = await found(front);
      if (version === undefined || base === undefined) return { type: 'get', found: base };
      const update = { type: 'updateVersion', bucketId: HOME.bucketId, expect: version.revision } as const;
      // Versions that were replaced meanwhile can still be changed in versioned buckets: no register.
      if (mode !== 'unversioned') return undefined;
      return outcome(
        { type: 'replace', base, value },
        keys.updateVersion(HOME, { ...update, version: { ...version, etag: value } }),
      );
    }
    default:
      return { type: 'get', found: (await found(front)).value };
  }
}

type Change = Extract<Action, { outcome: unknown }>;
type Asked<T> = T extends Change ? Omit<T, 'outcome'> : never;

async function outcome(asked: Asked<Change>, done: Promise<unknown>): Promise<Action | undefined> {
  const is = (what: Change['outcome']) => ({ ...asked, outcome: what }) as Change;
  try {
    await done;
    return is('applied');
  } catch (error) {
    if (error instanceof Conflict && error.what === 'revision') return is('refused');
    if (!(error instanceof Unavailable)) throw error;
    return error.mayHaveApplied ? is('unknown') : undefined;
  }
}

interface Shape {
  readonly mode: Versioning;
  readonly deaths: number;
  readonly operations: number;
  readonly moves: number;
  /** Another process of the same kind, spoiled. */
  readonly spoil?: (front: FrontEnd) => FrontEnd;
}

/** Moves the shard now and then, to a floor around the tags that are in use. */
async function move({ ring, roll, scheduler }: Run, times: number): Promise<void> {
  for (let number = 0; number < times; number++) {
    for (let wait = roll(20); wait >= 0; wait--) await scheduler.turn();
    const tags = [...ring.heads.values()].map(({ tag }) => tag.time).sort((a, b) => (a < b ? -1 : 1));
    const floor = (tags[roll(Math.max(tags.length, 1))] ?? 1n) + BigInt(roll(3) - 1) * 4096n;
    ring.move({ floor: floor > ring.floor ? floor : ring.floor });
  }
}

/** What versions name is held, and what is held is named by them; of dead processes more may be held. */
async function checkBodies({ ring, bodies, fronts }: Run, isExact: boolean): Promise<void> {
  const listed = await frontEnd(ring, bodies).keys.scanVersions(HOME, undefined, 1000);
  const named = listed.flatMap(({ body }) =>
    body === undefined ? [] : [namingId(body.ref as unknown as Naming) ?? ''],
  );
  const held = bodies.held();
  assert.deepEqual(
    named.filter((id) => !held.includes(id)),
    [],
    'a version without its body',
  );
  if (isExact) assert.deepEqual([...held], named.sort(), `bodies that nobody names (${fronts.length} processes)`);
}

/** Whole histories of three clients, each at a front end with a clock of its own. */
async function history(
  seed: number,
  { mode, deaths, operations, moves, spoil = (front) => front }: Shape,
): Promise<Operation[]> {
  const run = begin(seed, mode);
  const done: Operation[] = [];
  let time = 0;
  const client = async (skewMs: number, index: number) => {
    let front = spoil(processOf(run, skewMs, deaths));
    for (let number = 0; number < operations; number++) {
      const start = time++;
      let action: Action | undefined;
      try {
        action = await act(run, front, mode, `${index}.${number}`);
      } catch (error) {
        // A read of a dead process.
        if (!(error instanceof Unavailable)) throw error;
      }
      const died = action === undefined || ('outcome' in action && action.outcome === 'unknown');
      if (action !== undefined) done.push({ key: KEY, client: String(index), start, end: time++, action });
      if (died) front = spoil(processOf(run, skewMs, deaths));
    }
  };
  await run.scheduler.run(Promise.all([...CLOCKS_MS.map(client), move(run, moves)]));
  await run.scheduler.run(Promise.all(run.fronts.map(({ keys }) => keys.close())));
  await checkBodies(run, deaths === 0 && moves === 0);
  const last = await found(frontEnd(run.ring, run.bodies));
  done.push({ key: KEY, client: 'last', start: time++, end: time++, action: { type: 'get', found: last.value } });
  return done;
}

/** Puts, and removals of whatever versions are there; then all that was acknowledged must be so. */
async function versionsComeAndGo(seed: number): Promise<void> {
  const run = begin(seed, 'enabled');
  const put = new Set<string>();
  const removed = new Set<string>();
  const client = async (skewMs: number, index: number) => {
    const { keys } = processOf(run, skewMs, 0);
    for (let number = 0; number < 6; number++) {
      if (run.roll(2) === 0) {
        const etag = `${index}.${number}`;
        const draft = draftOf(run.bodies.add(Buffer.from(etag)), { etag });
        await keys.putVersion(HOME, { type: 'putVersion', ...on('enabled'), draft });
        put.add(etag);
        continue;
      }
      const { version } = (await keys.read(HOME, { key: KEY })) ?? {};
      if (version === undefined) continue;
      const { versionId, revision: expect, etag } = version;
      try {
        await keys.removeVersion(HOME, { type: 'removeVersion', bucketId: HOME.bucketId, key: KEY, versionId, expect });
        removed.add(etag);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    }
  };
  await run.scheduler.run(Promise.all(CLOCKS_MS.map(client)));
  await run.scheduler.run(Promise.all(run.fronts.map(({ keys }) => keys.close())));
  const { keys } = frontEnd(run.ring, run.bodies);
  const listed = await keys.scanVersions(HOME, undefined, 100);
  assert.deepEqual(
    listed.map(({ etag }) => etag).sort(),
    [...put].filter((etag) => !removed.has(etag)).sort(),
    `seed ${seed}`,
  );
  const current = await keys.read(HOME, { key: KEY });
  assert.equal(current?.version?.versionId, listed[0]?.versionId, `seed ${seed}`);
  const [page] = await keys.scanCurrent(HOME, undefined, 1);
  assert.equal(page?.versionId, listed[0]?.versionId, `seed ${seed}`);
  await checkBodies(run, true);
}

const chosen = Number(process.env.MORAINE_SEED ?? Number.NaN);
const seeds = (count: number) => (Number.isNaN(chosen) ? Array.from({ length: count }, (_, seed) => seed) : [chosen]);

suite('what clients of several front ends see', () => {
  const shapes = [
    { name: 'nothing else happens', deaths: 0, moves: 0 },
    { name: 'front ends die', deaths: 40, moves: 0 },
    { name: 'the shard is moved', deaths: 0, moves: 3 },
    { name: 'front ends die and the shard is moved', deaths: 40, moves: 3 },
  ];
  for (const mode of ['unversioned', 'enabled', 'suspended'] as const) {
    for (const { name, ...shape } of shapes) {
      test(`is what one register could have answered: ${mode}, ${name}`, async () => {
        for (const seed of seeds(30)) {
          const verdicts = judge(await history(seed, { mode, operations: 6, ...shape }));
          assert.deepEqual(verdicts, [], `seed ${seed}`);
        }
      });
    }
  }

  test('of versions that come and go: the newest is the current one, and none is lost', async () => {
    for (const seed of seeds(100)) await versionsComeAndGo(seed);
  });

  test('would not be, if writers did not read first', async () => {
    const blindly = (front: FrontEnd): FrontEnd => {
      const { shards } = front;
      const readKey = shards.readKey.bind(shards);
      // Only the tag is hidden: what a writer must be above.
      shards.readKey = async (...asked) => {
        const view = await readKey(...asked);
        return view && !asked[2].answer ? { ...view, tag: { time: 0n, count: 0 } } : view;
      };
      return front;
    };
    let faults = 0;
    for (const seed of seeds(20)) {
      faults += judge(
        await history(seed, { mode: 'unversioned', deaths: 0, moves: 0, operations: 6, spoil: blindly }),
      ).length;
    }
    assert(faults > 0);
  });
});
