/**
 * A store that an earlier version made is opened, keeps what it had, and gets what is new; a later one than this is refused.
 * The earlier one is made of a store of this version: its later tables go, and rows and labels become what they were.
 */

import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';
import { RowWriter } from '../../src/store/embedded/codec.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import { textKey } from '../../src/store/embedded/keys.ts';
import { openRows, TABLE_NAMES, type TableName } from '../../src/store/embedded/tables.ts';
import { accountOf, keyOf, TestClock, World } from '../contract/engine/world.ts';
import { KILL_LIMITS } from './kill-protocol.ts';
import { assertFilled, fill, mendAll, onShelf, states } from './shelf.ts';

/** The tables of format 1, in the order of their numbers in the oplog. */
const FIRST_TABLES = [
  ...['meta', 'accounts', 'accountIndex', 'keys', 'keysByAccount', 'buckets', 'bucketIds', 'bucketsByOwner', 'heads'],
  ...['versions', 'partLists', 'inline', 'blobs', 'manifests', 'uploads', 'uploadKeys', 'uploadsByKey', 'parts'],
  ...['trash', 'ledger', 'dead', 'oplog', 'repairs'],
];
const event = {
  id: '1',
  at: 1,
  actor: { kind: 'local' },
  action: 'a',
  target: 't',
  from: 'local',
  details: {},
} as const;

/** Its rows, tables and label become those of format 1. */
async function age(path: string, label: 'store.json' | 'drive.json'): Promise<void> {
  const names =
    label === 'drive.json' ? TABLE_NAMES : TABLE_NAMES.filter((name) => name !== 'oplog' && name !== 'repairs');
  const rows = openRows(join(path, 'rows'), false, names);
  for (const name of names) if (!FIRST_TABLES.includes(name)) await rows.table(name).drop();
  const shortened = (name: TableName, id: string): void => {
    const row = rows.table(name).get(textKey(id));
    assert(row?.at(-1) === 0, 'a row without any of the later fields ends in the byte that says so');
    const older = new RowWriter().start().bytes(row.subarray(4, -1));
    rows.table(name).putSync(textKey(id), older.seal(textKey(id)));
  };
  shortened('accounts', 'alice');
  shortened('keys', 'K');
  shortened('buckets', 'bucket');
  await rows.root.close();
  const text = await readFile(join(path, label), 'utf8');
  assert.match(text, /"format":2/);
  await writeFile(join(path, label), text.replace('"format":2', '"format":1'));
}

async function fillOld(world: World): Promise<void> {
  await fill(world);
  await world.engine.rows.commit({ type: 'putKey', key: keyOf('K', 'alice'), replace: false });
}

async function assertOldAndNew(world: World): Promise<void> {
  const { rows } = world.engine;
  await assertFilled(world);
  assert.deepEqual(await rows.getIdentity('K'), { key: keyOf('K', 'alice'), account: accountOf('alice') });
  assert.deepEqual((await rows.getTarget({ bucket: 'bucket' })).bucket?.configuration, {});
  assert.deepEqual(await rows.scanAudit({ limit: 10 }), []);
  const key = keyOf('K', 'alice', { scope: { actions: 'read-only' } });
  await rows.commit(
    { type: 'putKey', key, replace: true, expect: keyOf('K', 'alice') },
    { ...event, accountId: 'alice' },
  );
  await rows.noteKeyUses(new Map([['K', 5]]));
  await rows.noteRefusals([{ requestId: 'R', at: world.clock.time, accounts: [], record: '{}' }]);
  assert.deepEqual(await rows.scanAudit({ account: 'alice', limit: 10 }), [{ ...event, accountId: 'alice' }]);
  assert.deepEqual((await rows.getIdentity('K'))?.key, key);
  assert.deepEqual(await rows.getKeyUses(['K']), new Map([['K', 5]]));
  assert.equal((await rows.getRefusal('R'))?.record, '{}');
  assert.deepEqual(await world.findings(), []);
}

test('the numbers of tables in the oplog never change', () => {
  assert.deepEqual(TABLE_NAMES.slice(0, FIRST_TABLES.length), FIRST_TABLES);
});

test('a store of format 1 keeps what it has and gets what is new', async () => {
  const path = await mkdtemp(join(tmpdir(), 'moraine-formats-'));
  const { blobGraceMs: graceMs, inlineBytes } = KILL_LIMITS;
  const open = async (readOnly = false) => {
    const clock = new TestClock();
    const engine = await openEmbedded({ path, limits: KILL_LIMITS, clock, random: systemRandom, readOnly });
    return new World({ engine, clock, graceMs, inlineBytes, close: () => engine.close() });
  };
  try {
    const old = await open();
    await fillOld(old);
    await old.close();
    await age(path, 'store.json');
    await assert.rejects(open(true), /no table audit in .* when the server starts/);
    const world = await open();
    await assertOldAndNew(world);
    await world.close();
    assert.match(await readFile(join(path, 'store.json'), 'utf8'), /"format":2/);
    await (await open(true)).close();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
});

test('a store of format 1 on several drives does too, on each of them', () =>
  onShelf(async (shelf) => {
    const [, , last = ''] = shelf.paths;
    const old = await shelf.open();
    await fillOld(old);
    await shelf.close(old);
    for (const path of shelf.paths) await age(path, 'drive.json');
    const world = await shelf.open();
    assert.deepEqual(await states(world), ['up', 'up', 'up']);
    await assertOldAndNew(world);
    for (const path of shelf.paths) assert.match(await readFile(join(path, 'drive.json'), 'utf8'), /"format":2/);
    await shelf.close(world);
    await rm(last, { recursive: true });
    const rebuilt = await shelf.open();
    await mendAll(rebuilt);
    assert.deepEqual(await states(rebuilt), ['up', 'up', 'up']);
    await shelf.close(rebuilt);
    const alone = await shelf.open({ paths: [last], minCopies: 1, giveUp: shelf.paths });
    assert.deepEqual(await alone.engine.rows.scanAudit({ account: 'alice', limit: 10 }), [
      { ...event, accountId: 'alice' },
    ]);
    assert.deepEqual(await alone.engine.rows.getKeyUses(['K']), new Map([['K', 5]]));
    assert.equal((await alone.engine.rows.getRefusal('R'))?.record, '{}');
  }));
