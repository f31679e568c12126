/**
 * The audit trail and refusals of the Cassandra engine over simulated tables: never a change without its event, whatever dies
 * when; scans in order and at a cost that follows what they answer; refusals that expire and never fill the disks.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { auditId } from '../../src/model/audit.ts';
import type { AuditEvent, Refusal } from '../../src/model/entities.ts';
import { Refusals } from '../../src/store/cassandra/audit/refusals.ts';
import * as statements from '../../src/store/cassandra/audit/statements.ts';
import { Trail } from '../../src/store/cassandra/audit/trail.ts';
import { createTags } from '../../src/store/cassandra/tags.ts';
import { TUNING } from '../../src/store/cassandra/tuning.ts';
import type { Tools } from '../../src/store/cassandra/types.ts';
import { Conflict, Corrupt, type Finding, Unavailable } from '../../src/store/port.ts';
import { TestClock } from '../contract/engine/world.ts';
import { type Hooks, SimulatedCassandra } from '../support/simulated-cassandra.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

function toolsOn(
  cassandra: SimulatedCassandra,
  hooks: Hooks = {},
  { refusalsKept = 10_000, regions = ['home'] } = {},
): Tools {
  const clock = new TestClock();
  return {
    ...{ clock, random: systemRandom, limits: { ...LIMITS, refusalsKept }, log: undefined, tuning: TUNING },
    sessions: cassandra.sessions(hooks, regions),
    tags: createTags(clock, systemRandom),
  };
}

const eventAt = (at: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: auditId(at, systemRandom),
  at,
  actor: { kind: 'account', accountId: 'a1', name: 'alice', accessKeyId: 'K1' },
  action: 'key.revoke',
  target: 'K2',
  accountId: 'a1',
  from: '192.0.2.1',
  requestId: 'r1',
  details: { label: 'laptop', 'é\u0000': '' },
  ...more,
});

const done = async (): Promise<string> => 'done';
const all = (trail: Trail, account?: string) =>
  trail.scan({ limit: 1000, ...(account === undefined ? {} : { account }) });
const unavailable = (mayHaveApplied: boolean) => new Unavailable('no quorum', { mayHaveApplied });

test('events are read as they were written, newest first, of all and of each account', async () => {
  const trail = new Trail(toolsOn(new SimulatedCassandra()));
  const { accountId: _none, requestId: _no, ...bare } = eventAt(START + 2);
  const events: readonly AuditEvent[] = [
    eventAt(START),
    eventAt(START + 1, { accountId: 'a2', actor: { kind: 'local' }, from: 'local' }),
    { ...bare, actor: { kind: 'stranger' }, details: {} },
    eventAt(START + 3, { actor: { kind: 'account', accountId: 'a2', name: 'bob' } }),
    eventAt(START + 40 * DAY),
  ];
  for (const event of events) assert.equal(await trail.commit(event, done), 'done');
  assert.deepEqual(await all(trail), events.toReversed());
  assert.deepEqual(await all(trail, 'a1'), events.filter(({ accountId }) => accountId === 'a1').toReversed());
  assert.deepEqual(await all(trail, 'a2'), [events[1]]);
  assert.deepEqual(await all(trail, 'a3'), []);
});

test('pages of any size, over days with many events and with few, are the whole trail in order', async () => {
  const trail = new Trail(toolsOn(new SimulatedCassandra()));
  const times = Array.from({ length: 300 }, (_, index) => START + (index % 3 === 0 ? index * DAY : index * 1000));
  const events = times.map((at) => eventAt(at)).toSorted((a, b) => (a.id < b.id ? 1 : -1));
  for (const event of events.toReversed()) await trail.note(event);
  for (const account of [undefined, 'a1']) {
    for (const limit of [1, 7, 100, 1000]) {
      const found: AuditEvent[] = [];
      for (;;) {
        const before = found.at(-1)?.id;
        const query = { limit, ...(account === undefined ? {} : { account }) };
        const page = await trail.scan(before === undefined ? query : { ...query, before });
        assert.ok(page.length <= limit);
        found.push(...page);
        if (page.length < limit) break;
      }
      assert.deepEqual(found, events);
    }
  }
  assert.deepEqual(await trail.scan({ before: 'z', limit: 2 }), events.slice(0, 2), 'any text may be asked for');
  assert.deepEqual(await trail.scan({ before: '', limit: 2 }), []);
});

test('ids of any shape are in order with the others', async () => {
  const trail = new Trail(toolsOn(new SimulatedCassandra()));
  const ids = [
    '',
    '!',
    '-1',
    '0',
    '0-a',
    '00',
    '1',
    '1-0',
    '17',
    auditId(START, systemRandom),
    '1:',
    '2',
    '99',
    ':',
    'a',
    'é',
  ];
  for (const id of ids) await trail.note(eventAt(START, { id }));
  for (const account of [undefined, 'a1'])
    assert.deepEqual(
      (await all(trail, account)).map(({ id }) => id),
      ids.toReversed(),
    );
  for (const [index, before] of ids.entries())
    assert.deepEqual(
      (await trail.scan({ before, limit: 100 })).map(({ id }) => id),
      ids.slice(0, index).toReversed(),
    );
});

test('years without events cost nothing', async () => {
  let reads = 0;
  const hooks: Hooks = { before: ({ kind }) => (kind === 'read' ? reads++ : 0) };
  const trail = new Trail(toolsOn(new SimulatedCassandra(), hooks));
  const events = [eventAt(START), eventAt(START + 4000 * DAY)];
  for (const event of events) await trail.note(event);
  assert.deepEqual(await all(trail), events.toReversed());
  assert.ok(reads <= 5, `${reads} reads`);
});

test('a change that was refused leaves no event, and the same event may be used for the next try', async () => {
  const trail = new Trail(toolsOn(new SimulatedCassandra()));
  const event = eventAt(START);
  for (const refusal of [new Conflict('revision'), unavailable(false)]) {
    await assert.rejects(
      trail.commit(event, () => Promise.reject(refusal)),
      refusal,
    );
    assert.deepEqual(await all(trail), []);
    assert.deepEqual(await all(trail, 'a1'), []);
  }
  await trail.commit(event, done);
  assert.deepEqual(await all(trail), [event]);
  assert.deepEqual(await all(trail, 'a1'), [event]);
});

test('a change of which nobody knows whether it was made keeps its event', async () => {
  const trail = new Trail(toolsOn(new SimulatedCassandra()));
  const event = eventAt(START);
  const other = eventAt(START + 1);
  await assert.rejects(
    trail.commit(event, () => Promise.reject(unavailable(true))),
    Unavailable,
  );
  await assert.rejects(
    trail.commit(other, () => Promise.reject(new Corrupt('a row'))),
    Corrupt,
  );
  assert.deepEqual(await all(trail), [other, event]);
});

test('rule 37: whenever a front end dies, there is no change without its event, and none is refused with one', async () => {
  for (const isRefused of [false, true]) {
    for (let step = 1; ; step++) {
      const cassandra = new SimulatedCassandra();
      let writes = 0;
      const dies = () => {
        if (++writes >= step) throw unavailable(true);
      };
      const dying = new Trail(toolsOn(cassandra, { after: dies }));
      let isMade = false;
      const event = eventAt(START);
      const outcome = await dying
        .commit(event, async () => {
          if (isRefused) throw new Conflict('exists', 'name');
          isMade = true;
        })
        .then(() => 'done', String);
      const seen = await all(new Trail(toolsOn(cassandra)));
      if (isMade) assert.deepEqual(seen, [event], `step ${step}`);
      if (outcome === 'done') assert.ok(isMade);
      if (outcome.startsWith('Error: conflict')) assert.deepEqual(seen, []);
      if (writes < step) break;
      assert.ok(step < 20, 'some steps');
    }
  }
});

test('an event that could not be noted keeps its change from being made, and says so', async () => {
  const hooks: Hooks = {
    before: ({ cql }) => {
      if (cql === statements.PUT_EVENT.cql) throw unavailable(true);
    },
  };
  const trail = new Trail(toolsOn(new SimulatedCassandra(), hooks));
  const made = await trail.commit(eventAt(START), () => assert.fail('it was made')).catch((error: unknown) => error);
  assert.ok(made instanceof Unavailable && !made.mayHaveApplied);
  assert.match(made.message, /^the change was not made, since it could not be noted: no quorum$/);
  const alone = await trail.note(eventAt(START)).catch((error: unknown) => error);
  assert.ok(alone instanceof Unavailable && alone.mayHaveApplied, 'an event alone may have been noted');
});

test('many refused changes are passed over, and delete nothing', async () => {
  const cassandra = new SimulatedCassandra();
  const trail = new Trail(toolsOn(cassandra, { before: ({ cql }) => assert.doesNotMatch(cql, /^DELETE|TTL/) }));
  const kept = [eventAt(START), eventAt(START + 1000)];
  await trail.note(kept[0] ?? assert.fail());
  for (let index = 1; index < 450; index++) {
    await assert.rejects(
      trail.commit(eventAt(START + index), () => Promise.reject(new Conflict('exists'))),
      Conflict,
    );
  }
  await trail.note(kept[1] ?? assert.fail());
  assert.deepEqual(await all(trail), kept.toReversed());
  assert.deepEqual(await trail.scan({ limit: 1, before: kept[1]?.id ?? '' }), [kept[0]]);
});

test('a damaged event is told, never left out', async () => {
  const cassandra = new SimulatedCassandra();
  const trail = new Trail(toolsOn(cassandra));
  await trail.note(eventAt(START));
  const flip = (_row: unknown, value: unknown) => (Buffer.isBuffer(value) ? Buffer.from(value).fill(1, 0, 1) : null);
  assert.equal(cassandra.damage('audit', 'v', flip), 2);
  await assert.rejects(all(trail), Corrupt);
  await trail.note(eventAt(START + 40 * DAY));
  const findings: Finding[] = [];
  for await (const one of trail.check()) findings.push(one);
  const [finding, ...others] = findings;
  assert.match(
    `${finding?.kind} ${finding?.subject}: ${finding?.problem}`,
    /^row audit event 1767225600000-.*checksum/,
  );
  assert.deepEqual(others, []);
});

test('each event is in a partition of one day, and in one of its account of one month', async () => {
  const cassandra = new SimulatedCassandra();
  const trail = new Trail(toolsOn(cassandra));
  for (let day = 0; day < 90; day++) await trail.note(eventAt(START + day * DAY));
  const of = (owner: string) => cassandra.rows('audit').filter((row) => row.owner === owner);
  const most = (owner: string) =>
    Math.max(
      ...Object.values(Object.groupBy(of(owner), ({ period }) => String(period))).map((rows) => rows?.length ?? 0),
    );
  assert.deepEqual([most('*'), most('a1')], [1, 30]);
});

// -------------------------------------------------------------------------------------------------------- refusals

const refusal = (requestId: string, record = '{"é":1}'): Refusal => ({
  ...{ requestId, at: new TestClock().time, accounts: ['a1', 'a2'], record },
});

test('a refusal is found by its id through every region, and in no other region’s tables', async () => {
  const cassandra = new SimulatedCassandra();
  const written: string[] = [];
  const hooks: Hooks = { before: ({ kind, cql }) => (kind === 'write' ? written.push(cql) : 0) };
  const refusals = new Refusals(toolsOn(cassandra, hooks, { regions: ['ch-zurich', 'ch-geneva'] }));
  await refusals.note([refusal('r1'), refusal('r2', '{}')]);
  assert.deepEqual(await refusals.get('r1'), refusal('r1'));
  assert.deepEqual(await refusals.get('r2'), refusal('r2', '{}'));
  assert.equal(await refusals.get('r3'), undefined);
  for (const cql of written) assert.match(cql, /\$region\.refusal/);
});

test('a refusal is told for its days and no longer, whatever the database still has', async () => {
  const tools = toolsOn(new SimulatedCassandra());
  const refusals = new Refusals(tools);
  const now = tools.clock.now();
  const of = (requestId: string, days: number) => ({ ...refusal(requestId), at: now - days * DAY + 1 });
  await refusals.note([of('old', LIMITS.refusalDays + 1), of('young', LIMITS.refusalDays)]);
  assert.equal(await refusals.get('old'), undefined);
  assert.ok((await refusals.get('young')) !== undefined);
});

test('refusals expire after their days, and each process keeps a bounded number', async () => {
  const cassandra = new SimulatedCassandra();
  const lives: unknown[] = [];
  const hooks: Hooks = {
    before: ({ cql }, values) => (cql === statements.PUT_REFUSAL.cql ? lives.push(values.at(-1)) : 0),
  };
  const refusals = new Refusals(toolsOn(cassandra, hooks, { refusalsKept: 10 }));
  for (let index = 0; index < 50; index += 5)
    await refusals.note(Array.from({ length: 5 }, (_, more) => refusal(`r${index + more}`)));
  assert.deepEqual(new Set(lives), new Set([LIMITS.refusalDays * 86_400]));
  const kept = cassandra.rows('refusal').map(({ id }) => String(id));
  assert.deepEqual(
    kept,
    Array.from({ length: 10 }, (_, index) => `r${40 + index}`),
  );
  await refusals.note([refusal('r40'), refusal('x')]);
  assert.ok((await refusals.get('r40')) !== undefined, 'one that came again is the newest');
  assert.equal(await refusals.get('r41'), undefined);
});

test('no more than a local quorum keeps a change waiting, and a scan asks every region', () => {
  const { PUT_EVENT, PUT_PERIOD, READ_EVENTS, READ_PERIODS } = statements;
  for (const statement of [PUT_EVENT, PUT_PERIOD]) assert.equal(statement.consistency, 'local-quorum');
  for (const statement of [READ_EVENTS, READ_PERIODS]) assert.equal(statement.consistency, 'each-quorum');
});
