/**
 * What 0006 promises of bodies, whatever dies when and however processes overlap: nothing named is ever deleted, and
 * everything else goes. Real code over simulated tables; each process may die after any statement, schedules come from seeds.
 * The last tests take one step out of its order each and must see the promise broken.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Sessions } from '../../src/store/cassandra/database/types.ts';
import { Conflict, Unavailable } from '../../src/store/port.ts';
import { bytesOf } from '../contract/engine/world.ts';
import { type BodiesProcess, BodiesWorld, dice, dyingAt, ownerOf, reordered } from '../support/bodies-world.ts';

type Around = (sessions: Sessions) => Sessions;
const AS_BUILT: Around = (sessions) => sessions;

/** Each kind of step that leaves something unfinished. */
const SCENARIOS: Readonly<Record<string, (process: BodiesProcess) => Promise<unknown>>> = {
  'a put of several chunks': (process) => process.put('new', bytesOf(750, 1)),
  'a put over another': (process) => process.put('a', bytesOf(150, 2)),
  'a body for nobody, then a put of it': async (process) =>
    process.name(ownerOf('a'), await process.write(bytesOf(120, 3)), bytesOf(120, 3)),
  'a copy': (process) => process.copy('a', 'copy'),
  'a copy onto itself': (process) => process.copy('a', 'a'),
  'a copy of a copy that replaces its source': async (process) => {
    await process.copy('a', 'b');
    await process.copy('b', 'a');
  },
  'a removal': (process) => process.remove('a'),
  'removals of all that name a body': async (process) => {
    await process.copy('a', 'b');
    await process.remove('a');
    await process.remove('b');
  },
  'a completion': (process) => process.complete('whole', ['a', 'b', 'a']),
  'a completion, then its removal': async (process) => {
    await process.complete('whole', ['a', 'b']);
    await process.remove('a');
    await process.remove('whole');
  },
  'a composition that is dropped': async (process) => {
    const naming = process.world.current('a')?.naming ?? assert.fail();
    (await process.bodies.compose(ownerOf('never'), [naming], [])).settle('dropped');
    await process.room.close();
  },
  'bodies that are discarded': async (process) => {
    await process.bodies.discard(await process.write(bytesOf(450), ownerOf('a')));
    await process.room.close();
  },
};

const STEPS_MAX = 200;

/** Runs the scenario in a process that dies at a step. False: it was over before. */
async function dies(
  scenario: (process: BodiesProcess) => Promise<unknown>,
  death: { readonly step: number; readonly isApplied: boolean; readonly around?: Around },
): Promise<boolean> {
  const world = new BodiesWorld({ seed: death.step });
  const first = world.process();
  await first.put('a', bytesOf(350, 7));
  await first.put('b', bytesOf(90, 8));
  await first.room.close();
  const hooks = dyingAt(death.step, death.isApplied);
  const process = world.process(hooks, death.around ?? AS_BUILT);
  await scenario(process).catch((error: unknown) => assert(error instanceof Unavailable, String(error)));
  // What runs in the background comes to its own end.
  await turn();
  await world.sweepAll();
  await world.check();
  for (const key of [...world.keys.keys()]) await world.process().remove(key);
  await world.sweepAll();
  await world.check();
  return hooks.hasDied();
}

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  test(`${name}: whatever it dies after, what is named stays and the rest goes`, async () => {
    for (const isApplied of [false, true]) {
      let step = 1;
      while (await dies(scenario, { step, isApplied })) {
        step += 1;
        assert(step < STEPS_MAX, 'an end');
      }
      assert(step > 1, 'it died at all');
    }
  });
}

test('a collector that dies after any step is carried on by the next', async () => {
  for (const isApplied of [false, true]) {
    for (let step = 1; ; step++) {
      const world = new BodiesWorld({ seed: step });
      const process = world.process();
      for (const key of ['a', 'b']) await process.put(key, bytesOf(250, 1));
      await process.copy('a', 'c');
      await process.complete('whole', ['b', 'c']);
      await process.write(bytesOf(3500), ownerOf('never'));
      await process.bodies.claim(process.bodies.bodyOf(world.current('a')?.naming ?? assert.fail()), ownerOf('never'));
      for (const key of ['a', 'b', 'c', 'whole']) await process.remove(key);
      await process.put('kept', bytesOf(50));
      const hooks = dyingAt(step, isApplied);
      await world.sweepAll(world.process(hooks)).catch((error: unknown) => assert(error instanceof Unavailable));
      await world.sweepAll();
      await world.check();
      assert.equal(world.keys.size, 1);
      if (!hooks.hasDied()) break;
    }
  }
});

test('a removal that was elected and never stored is completed before its note is settled', async () => {
  const world = new BodiesWorld();
  const process = world.process();
  await process.put('a', bytesOf(250));
  await process.bodies.note(
    ownerOf('a'),
    world.rowsOf(Buffer.from('a')).map(({ naming }) => naming),
  );
  world.elected.add('a');
  await world.sweepAll();
  // Whoever changes the key next.
  world.confirm('a');
  await world.sweepAll();
  await world.check();
});

test('a writer that is paused until the collector was there names nothing', async () => {
  const outcomes = await pausedWriters(true);
  assert.deepEqual(outcomes, ['late', 'late', 'late']);
});

test('without the fence it names what is gone', async () => {
  await assert.rejects(pausedWriters(false));
});

/** Writers that look at their time, are paused, and store then. */
async function pausedWriters(isFenced: boolean): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const kind of ['fresh', 'reference', 'list'] as const) {
    const world = new BodiesWorld();
    const process = world.process();
    await process.put('source', bytesOf(140));
    const { naming } = world.current('source') ?? assert.fail();
    const claimed = await {
      fresh: async () => process.bodies.claim(await process.write(bytesOf(140), ownerOf('k')), ownerOf('k')),
      reference: () => process.bodies.claim(process.bodies.bodyOf(naming), ownerOf('k')),
      list: () => process.bodies.compose(ownerOf('k'), [naming], []),
    }[kind]();
    if (kind !== 'fresh') await process.remove('source');
    await world.sweepAll();
    if (!isFenced) world.fenced.clear();
    world.name(ownerOf('k'), { naming: claimed.naming, bytes: bytesOf(140) });
    outcomes.push(claimed.isLate() ? 'late' : 'in time');
    claimed.settle('unknown');
    await world.sweepAll();
    await world.check();
  }
  return outcomes;
}

// ------------------------------------------------------------------------------------------------------------- races

/** A copy, the removal of its source and of the copy, and two collectors, in an order drawn from the seed. */
async function race(seed: number, around: Around = AS_BUILT): Promise<void> {
  const tuning = { trashMs: 1, ledgerPeriodMs: 4000, unsettledMs: 4000, commitWithinMs: 1000 };
  const world = new BodiesWorld({ seed, tuning });
  const roll = dice(seed);
  const pause = async () => {
    for (let waits = Math.floor(roll() ** 3 * 60); waits > 0; waits--) await null;
  };
  const process = () => world.process({ before: pause }, around);
  const first = world.process();
  await first.put('a', bytesOf(250, seed));
  await first.copy('a', 'spare');
  await first.room.close();
  const isShared = roll() < 0.5;
  if (!isShared) await world.process().remove('spare');
  const collect = async () => {
    const { room } = process();
    for (let round = 0; round < 4; round++) await room.sweep({ now: world.clock.now() + 10, limit: 10 });
  };
  const copy = async (to: string) => {
    const { naming, bytes } = source;
    const copier = process();
    await pause();
    await copier.name(ownerOf(to), copier.bodies.bodyOf(naming), bytes).catch((error: unknown) => {
      assert(error instanceof Conflict && error.what === 'source', String(error));
    });
  };
  const source = world.current('a') ?? assert.fail();
  await Promise.all([copy('b'), copy('c'), process().remove('a'), collect(), collect()]);
  if (roll() < 0.5) await Promise.all([process().remove('b'), copy('d'), collect(), collect()]);
  await turn();
  await world.sweepAll();
  await world.check();
  for (const key of [...world.keys.keys()]) await world.process().remove(key);
  await world.sweepAll();
  await world.check();
}

const RACES = 60;

test('copies racing removals racing collectors: named bodies are whole, the others go', async () => {
  for (let seed = 1; seed <= RACES; seed++) await race(seed);
});

const isRef = (kind: number) => (cql: string, values: readonly unknown[]) =>
  cql.startsWith('INSERT INTO $region.ref') && values[1] === kind;
const drops = (table: string) => (cql: string) => cql.startsWith(`DELETE FROM $region.${table}`);

const RACE_MUTATIONS: Readonly<Record<string, Around>> = {
  'a copier that looks for dooms before it stores its reference': (sessions) =>
    reordered(
      sessions,
      isRef(1),
      (cql) => cql.includes('hdr FROM'),
      // It does not insist on seeing its own reference, which nobody can miss.
      (cql, rows, [, kind, owner]) =>
        cql.includes('ORDER BY kind DESC') && rows[0]?.kind !== 2 && kind === 1 && typeof owner === 'string'
          ? [{ kind, owner }, ...rows].slice(0, 2)
          : rows,
    ),
  'a collector that looks for references before it stores its doom': (sessions) =>
    reordered(sessions, isRef(2), (cql) => cql.includes('kind < 2')),
  'a copier that does not look for the body itself': (sessions) => {
    const hdr = Buffer.from('as if it were there');
    const of: Sessions['of'] = (region) => {
      const session = sessions.of(region);
      return {
        ...session,
        read: async (statement, values) => {
          const rows = await session.read(statement, values);
          return statement.cql.includes('hdr FROM') && rows.length === 0 ? [{ hdr }] : rows;
        },
      };
    };
    return { ...sessions, of, home: of(sessions.home.region) };
  },
};

for (const [name, around] of Object.entries(RACE_MUTATIONS)) {
  test(`${name} breaks the promise`, async () => {
    await assert.rejects(async () => {
      for (let seed = 1; seed <= 20 * RACES; seed++) await race(seed, around);
    });
  });
}

test('a release that tells the trash before it lets go breaks the promise', async () => {
  await releaseRace(AS_BUILT);
  await assert.rejects(releaseRace(releaseLate), assert.AssertionError);
});

const releaseLate: Around = (sessions) =>
  reordered(sessions, isRef(0), (cql) => cql.startsWith('INSERT INTO $region.ledger'));

/** A removal, and collectors that look at what it left at once. */
async function releaseRace(around: Around): Promise<void> {
  const world = new BodiesWorld({ tuning: { trashMs: 1 } });
  const process = world.process({}, around);
  await process.put('a', bytesOf(250));
  const removal = process.remove('a');
  for (let round = 0; round < 100; round++) {
    await world.process().room.sweep({ now: world.clock.now() + 10, limit: 10 });
  }
  await removal;
  await turn();
  await world.sweepAll(process);
  await world.check();
}

const DEATH_MUTATIONS: Readonly<Record<string, { readonly scenario: string; readonly around: Around }>> = {
  'a copier that stores its reference before the ledger knows': {
    scenario: 'a copy',
    around: (sessions) => reordered(sessions, isEntry, isRefInsert),
  },
  'a writer that stores bytes before it reserves their name': {
    scenario: 'a put of several chunks',
    around: (sessions) => reordered(sessions, isEntry, (cql) => cql.startsWith('INSERT INTO $region.chunk')),
  },
  'a removal that is noted after it let go': {
    scenario: 'a removal',
    around: (sessions) => reordered(sessions, isEntry, isRefInsert),
  },
  'a list that holds before it says so': {
    scenario: 'a completion',
    around: (sessions) =>
      reordered(
        sessions,
        (cql, values) => cql.startsWith('INSERT INTO $region.manifest') && Number(values[1]) <= -1_000_000,
        isRefInsert,
      ),
  },
};

/** Of the ledger, its mark aside. */
function isEntry(cql: string, values: readonly unknown[]): boolean {
  return cql.startsWith('INSERT INTO $region.ledger') && values[0] !== -1;
}

function isRefInsert(cql: string): boolean {
  return cql.startsWith('INSERT INTO $region.ref');
}

for (const [name, { scenario, around }] of Object.entries(DEATH_MUTATIONS)) {
  test(`${name} breaks the promise when it dies`, async () => {
    const run = SCENARIOS[scenario] ?? assert.fail(scenario);
    await assert.rejects(async () => {
      for (const isApplied of [false, true]) {
        for (let step = 1; await dies(run, { step, isApplied, around }); step++);
      }
    }, assert.AssertionError);
  });
}

/** Order within the collector, which dies after a step out of order. */
async function collectorDies(around: Around): Promise<void> {
  for (const isApplied of [false, true]) {
    for (let step = 1; ; step++) {
      const world = new BodiesWorld({ seed: step });
      const process = world.process();
      await process.put('a', bytesOf(250, 1));
      await process.put('b', bytesOf(250, 2));
      await process.complete('whole', ['a', 'b']);
      await process.write(bytesOf(350), ownerOf('never'));
      for (const key of ['a', 'whole']) await process.remove(key);
      const hooks = dyingAt(step, isApplied);
      await world
        .sweepAll(world.process(hooks, around))
        .catch((error: unknown) => assert(error instanceof Unavailable));
      await world.sweepAll();
      await world.check();
      if (!hooks.hasDied()) return;
    }
  }
}

const COLLECTOR_MUTATIONS: Readonly<Record<string, Around>> = {
  'a collector that removes its entry before the bytes': (sessions) =>
    reordered(sessions, drops('chunk'), drops('ledger')),
  'a collector that forgets who holds a list before it let go': (sessions) =>
    reordered(sessions, (cql, values) => drops('ref')(cql) && values[2] === 1, drops('manifest')),
};

for (const [name, around] of Object.entries(COLLECTOR_MUTATIONS)) {
  test(`${name} breaks the promise when it dies`, async () => {
    await collectorDies(AS_BUILT);
    await assert.rejects(collectorDies(around), assert.AssertionError);
  });
}
