/** The engine contract: trails that forget. */

import { strict as assert } from 'node:assert';
import type { AuditEvent } from '../../../src/model/entities.ts';
import type { Rows } from '../../../src/store/port.ts';
import type { Test, World } from './world.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Ids begin with their time, as `model/audit.ts` makes them. */
const eventOf = (world: World, n: number, over: Partial<AuditEvent> = {}): AuditEvent => {
  const at = over.at ?? world.clock.time;
  const actor = { kind: 'account', accountId: 'a1', name: 'Älice', accessKeyId: 'K' } as const;
  const id = `${String(at).padStart(13, '0')}-${String(n).padStart(4, '0')}`;
  const said = { action: 'object.DeleteObject', target: 'photos/è\u{1f600}"', from: '192.0.2.7', requestId: 'R' };
  return { id, at, actor, ...said, details: { version: 'v1' }, ...over };
};

const numbers = (events: readonly AuditEvent[]) => events.map(({ id }) => Number(id.split('-')[1]));

export function activityContract(test: Test): void {
  test('what happened is told whole and newest first, of all or of one account, in pages', async (world) => {
    const { rows } = world.engine;
    const owners = [undefined, 'alice', 'bob', 'alice', 'alice2'];
    const events = owners.map((owner, n) => eventOf(world, n, owner === undefined ? {} : { accountId: owner }));
    await rows.noteActivity('objects', events.slice(0, 3));
    await rows.noteActivity('objects', events.slice(3));
    await rows.noteActivity('objects', []);
    const scan = async (query: Omit<Parameters<Rows['scanActivity']>[0], 'trail'>) =>
      numbers(await rows.scanActivity({ trail: 'objects', ...query }));
    assert.deepEqual(await rows.scanActivity({ trail: 'objects', limit: 10 }), events.toReversed());
    assert.deepEqual(await scan({ account: 'alice', limit: 10 }), [3, 1]);
    assert.deepEqual(await scan({ account: 'alice', limit: 1 }), [3]);
    assert.deepEqual(await scan({ account: 'nobody', limit: 10 }), []);
    assert.deepEqual(await scan({ limit: 2 }), [4, 3]);
    assert.deepEqual(await scan({ limit: 2, before: events[3]?.id ?? '' }), [2, 1]);
    assert.deepEqual(await scan({ limit: 9, before: events[0]?.id ?? '' }), []);
    assert.deepEqual(await world.findings(), []);
  });

  test('trails are apart from one another and from the audit trail', async (world) => {
    const { rows } = world.engine;
    await rows.noteActivity('objects', [eventOf(world, 1)]);
    await rows.noteActivity('failures', [eventOf(world, 2)]);
    await rows.commit({ type: 'noteAudit', event: eventOf(world, 3) });
    assert.deepEqual(numbers(await rows.scanActivity({ trail: 'objects', limit: 9 })), [1]);
    assert.deepEqual(numbers(await rows.scanActivity({ trail: 'failures', limit: 9 })), [2]);
    assert.deepEqual(numbers(await rows.scanAudit({ limit: 9 })), [3]);
  });

  test('what happened is told for thirty days, across days', async (world) => {
    const { rows } = world.engine;
    const told = async () => numbers(await rows.scanActivity({ trail: 'objects', limit: 9 }));
    for (const n of [0, 1, 2]) {
      await rows.noteActivity('objects', [eventOf(world, n, { accountId: 'alice' })]);
      world.clock.time += 10 * DAY_MS;
    }
    world.clock.time -= 1000;
    assert.deepEqual(await told(), [2, 1, 0]);
    world.clock.time += 2000;
    assert.deepEqual(await told(), [2, 1]);
    await rows.noteActivity('objects', [eventOf(world, 3, { accountId: 'alice' })]);
    assert.deepEqual(await told(), [3, 2, 1]);
    assert.deepEqual(numbers(await rows.scanActivity({ trail: 'objects', account: 'alice', limit: 9 })), [3, 2, 1]);
    assert.deepEqual(await world.findings(), []);
  });
}
