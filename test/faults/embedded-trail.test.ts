/**
 * The audit trail, the uses of keys and refused requests on disk: each kind of disagreement between their rows is found, each
 * queue is as short as it was promised, and what rides along is on disk with what was flushed.
 */

import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import type { AuditEvent, Refusal } from '../../src/model/entities.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { ownedKey, textKey } from '../../src/store/embedded/keys.ts';
import { queueKey } from '../../src/store/embedded/refusals.ts';
import { type OpenedRows, openRows, type TableName } from '../../src/store/embedded/tables.ts';
import { Corrupt } from '../../src/store/port.ts';
import { accountOf, keyOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';

const KEPT = 20;
const DAY_MS = 24 * 3600 * 1000;
const LIMITS = { ...KILL_LIMITS, refusalsKept: KEPT };

class Store {
  readonly path: string;
  readonly clock = new TestClock();
  constructor(path: string) {
    this.path = path;
  }

  async use(act: (world: World) => Promise<void>): Promise<void> {
    const { clock, path } = this;
    const engine = await openEmbedded({ path, limits: LIMITS, clock, random: systemRandom });
    const { blobGraceMs: graceMs, inlineBytes } = LIMITS;
    const world = new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
    try {
      await act(world);
    } finally {
      await world.close();
    }
  }

  async rows<T>(act: (rows: OpenedRows) => T): Promise<T> {
    const rows = openRows(join(this.path, 'rows'), false);
    try {
      return act(rows);
    } finally {
      await rows.root.close();
    }
  }

  count(table: TableName): Promise<number> {
    return this.rows((rows) => [...rows.table(table).getKeys({})].length);
  }
}

async function withStore(act: (store: Store) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'moraine-trail-'));
  try {
    await act(new Store(path));
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

const event = (id: string, accountId: string): AuditEvent => ({
  ...{ id, at: 1, actor: { kind: 'local' }, action: 'a', target: 't', from: 'local', details: {} },
  accountId,
});
const refusal = (requestId: string, at: number): Refusal => ({ requestId, at, accounts: ['alice'], record: '{}' });

async function fill({ engine: { rows }, clock }: World): Promise<void> {
  await rows.commit({ type: 'putAccount', account: accountOf('alice'), replace: false }, event('1', 'alice'));
  await rows.commit({ type: 'putKey', key: keyOf('K', 'alice'), replace: false }, event('2', 'alice'));
  await rows.noteKeyUses(new Map([['K', 5]]));
  await rows.noteRefusals([refusal('R1', clock.time), refusal('R2', clock.time), refusal('R1', clock.time)]);
}

function moveRow(rows: OpenedRows, table: TableName, from: Buffer, to: Buffer): void {
  const row = rows.table(table).get(from);
  assert(row !== undefined);
  rows.table(table).putSync(to, row);
}

/** What is done to the rows, and what says that it was found. */
const DAMAGE: Readonly<Record<string, readonly [(rows: OpenedRows) => unknown, RegExp]>> = {
  'an event that is not in the list of its account': [
    (rows) => rows.table('auditByAccount').removeSync(ownedKey('alice', '2')),
    /audit event 2: it is not in the list of its account/,
  ],
  'a list that names an event that is gone': [
    (rows) => rows.table('audit').removeSync(textKey('1')),
    /auditByAccount: it lists an event that is not there or not its own/,
  ],
  'an event in the place of another': [
    (rows) => moveRow(rows, 'audit', textKey('1'), textKey('2')),
    /row 32 of table audit: the row fails its checksum/,
  ],
  'the use of a key that is gone': [
    (rows) => {
      rows.table('keys').removeSync(textKey('K'));
      rows.table('keysByAccount').removeSync(ownedKey('alice', 'K'));
    },
    /keyUses: it is of a key that is not there/,
  ],
  'a use in the place of another': [
    (rows) => moveRow(rows, 'keyUses', textKey('K'), textKey('L')),
    /keyUses: the row fails its checksum/,
  ],
  'a refused request that cannot be found': [
    (rows) => rows.table('refusalIds').removeSync(textKey('R2')),
    /refused request R2: it cannot be found by its id/,
  ],
  'an index that names a refused request that is gone': [
    (rows) => rows.table('refusals').removeSync(queueKey(1, 'R2')),
    /refusalIds: it names a refused request that is not there/,
  ],
  'a refused request in the place of another': [
    (rows) => moveRow(rows, 'refusals', queueKey(1, 'R2'), queueKey(3, 'R2')),
    /refusals: the row fails its checksum/,
  ],
};

suite('check finds', () => {
  for (const [damage, [inflict, problem]] of Object.entries(DAMAGE)) {
    test(damage, () =>
      withStore(async (store) => {
        await store.use(async (world) => {
          await fill(world);
          assert.deepEqual(await world.findings(), []);
        });
        await store.rows(inflict);
        await store.use(async (world) => {
          const found = (await world.findings()).map((one) => `${one.subject}: ${one.problem}`);
          assert.equal(found.length, 1, found.join('\n'));
          assert.match(found[0] ?? '', problem);
        });
      }),
    );
  }
});

test('no more refusals are kept than are to be, and none of them twice', () =>
  withStore(async (store) => {
    await store.use(async ({ engine, clock }) => {
      for (let round = 0; round < 5; round++) {
        const batch = Array.from({ length: 15 }, (_, at) => refusal(`R${(15 * round + at) % 40}`, clock.time));
        await engine.rows.noteRefusals(batch);
      }
    });
    assert.equal(await store.count('refusals'), KEPT);
    assert.equal(await store.count('refusalIds'), KEPT);
  }));

test('refusals past their time go from the disk when others come', () =>
  withStore(async (store) => {
    await store.use(async ({ engine, clock }) => {
      await engine.rows.noteRefusals(Array.from({ length: 10 }, (_, at) => refusal(`old-${at}`, clock.time)));
      clock.time += 8 * DAY_MS;
      for (let at = 0; at < 5; at++) await engine.rows.noteRefusals([refusal(`new-${at}`, clock.time)]);
    });
    assert.equal(await store.count('refusals'), 5);
    assert.equal(await store.count('refusalIds'), 5);
  }));

test('damaged uses and refusals hinder none that come later, and go', () =>
  withStore(async (store) => {
    await store.use(fill);
    await store.rows((rows) => {
      rows.table('keyUses').putSync(textKey('K'), Buffer.alloc(9));
      for (const [at, id] of ['R1', 'R2', 'R1'].entries())
        rows.table('refusals').putSync(queueKey(at, id), Buffer.alloc(9));
      rows.table('refusalIds').putSync(textKey('R2'), Buffer.alloc(9));
    });
    await store.use(async (world) => {
      const { rows } = world.engine;
      for (const act of [rows.getKeyUses(['K']), rows.getRefusal('R1'), rows.getRefusal('R2')]) {
        await assert.rejects(act, Corrupt);
      }
      await rows.noteKeyUses(new Map([['K', 1]]));
      await rows.noteRefusals(['R3', 'R4'].map((id) => refusal(id, world.clock.time)));
      assert.deepEqual(await rows.getKeyUses(['K']), new Map([['K', 1]]));
      assert.notEqual(await rows.getRefusal('R3'), undefined);
      assert.equal(await rows.getRefusal('R1'), undefined);
      assert.deepEqual(await world.findings(), []);
    });
    assert.equal(await store.count('refusals'), 2);
  }));

test('what is not worth a flush of its own goes with the next commit, and at the latest when the store is closed', () =>
  withStore(async (store) => {
    await store.use(async (world) => {
      const { rows } = world.engine;
      await fill(world);
      const riding = rows.noteKeyUses(new Map([['K', 6]]));
      await rows.commit({ type: 'noteAudit', event: event('3', 'alice') });
      assert.deepEqual(await rows.getKeyUses(['K']), new Map([['K', 6]]));
      await riding;
      void rows.noteKeyUses(new Map([['K', 7]]));
    });
    await store.use(async (world) => {
      assert.deepEqual(await world.engine.rows.getKeyUses(['K']), new Map([['K', 7]]));
    });
  }));
