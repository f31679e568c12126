/**
 * Trails that forget, of the Cassandra engine over simulated tables: in the region of who served the request, asked of all regions,
 * by days, and gone by themselves.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { AuditEvent } from '../../src/model/entities.ts';
import { Activity } from '../../src/store/cassandra/audit/activity.ts';
import { PUT_ACTIVITY } from '../../src/store/cassandra/audit/statements.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Tools } from '../../src/store/cassandra/types.ts';
import { TestClock } from '../contract/engine/world.ts';
import { type Hooks, SimulatedCassandra } from '../support/simulated-cassandra.ts';

const DAY = 86_400_000;

function toolsOn(cassandra: SimulatedCassandra, clock: TestClock, hooks: Hooks = {}, regions = ['home']): Tools {
  return {
    ...{ clock, random: systemRandom, limits: LIMITS, log: undefined, tuning: TUNING },
    sessions: cassandra.sessions(hooks, regions),
    tags: createTags(clock, systemRandom),
  };
}

const eventAt = (at: number, n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ id: `${String(at).padStart(13, '0')}-${String(n).padStart(4, '0')}`, at, actor: { kind: 'stranger' } },
  ...{ action: 'object.DeleteObject', target: 'photos/é', from: '192.0.2.7', details: {}, ...more },
});

const numbers = (events: readonly AuditEvent[]) => events.map(({ id }) => Number(id.split('-')[1]));

test('events of many days are told newest first, in pages, of all and of one account', async () => {
  const clock = new TestClock();
  const activity = new Activity(toolsOn(new SimulatedCassandra(), clock));
  const now = clock.now();
  const events = Array.from({ length: 29 }, (_, n) =>
    eventAt(now - (28 - n) * DAY, n, n % 2 === 0 ? { accountId: 'ana' } : {}),
  );
  await activity.note('objects', events);
  const all = numbers(events).toReversed();
  assert.deepEqual(numbers(await activity.scan({ trail: 'objects', limit: 100 })), all);
  assert.deepEqual(numbers(await activity.scan({ trail: 'objects', limit: 5 })), all.slice(0, 5));
  const before = events[10]?.id ?? '';
  assert.deepEqual(numbers(await activity.scan({ trail: 'objects', limit: 3, before })), [9, 8, 7]);
  const own = all.filter((n) => n % 2 === 0);
  assert.deepEqual(numbers(await activity.scan({ trail: 'objects', account: 'ana', limit: 100 })), own);
  assert.deepEqual(await activity.scan({ trail: 'failures', limit: 100 }), []);
  assert.deepEqual((await activity.scan({ trail: 'objects', limit: 1 }))[0], events[28]);
});

test('events stay in the region that served the request, end by themselves, and are not told for longer', async () => {
  const cassandra = new SimulatedCassandra();
  const clock = new TestClock();
  const written: { readonly cql: string; readonly life: unknown }[] = [];
  const hooks: Hooks = {
    before: ({ kind, cql }, values) => {
      if (kind === 'write') written.push({ cql, life: values.at(-1) });
    },
  };
  const activity = new Activity(toolsOn(cassandra, clock, hooks, ['ch-zurich', 'ch-geneva']));
  await activity.note('objects', [eventAt(clock.now(), 1, { accountId: 'ana' })]);
  await activity.note('failures', [eventAt(clock.now(), 2)]);
  assert.deepEqual(
    written.map(({ cql, life }) => [cql, life]),
    [LIMITS.activityDays, LIMITS.activityDays, LIMITS.failureDays].map((days) => [PUT_ACTIVITY.cql, days * 86_400]),
  );
  assert.match(PUT_ACTIVITY.cql, /\$region\.activity/);
  clock.time += LIMITS.failureDays * DAY + 1;
  assert.deepEqual(await activity.scan({ trail: 'failures', limit: 9 }), []);
  assert.deepEqual(numbers(await activity.scan({ trail: 'objects', limit: 9 })), [1]);
});
