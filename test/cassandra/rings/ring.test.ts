/**
 * What the Cassandra engine's design rests on, against one real node; and that the node can be paused, killed and started
 * again with all it had acknowledged, which the failure tests build on.
 */

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type cassandra from 'cassandra-driver';
import { clientOf } from '../../../scripts/cassandra/node.ts';
import { type Ring, startRing } from '../../../scripts/cassandra/ring.ts';
import { BEHAVIOURS } from '../../../src/store/cassandra/database/behaviour.ts';
import { checkBehaviour, type Execute } from '../../../src/store/cassandra/database/behaviour-check.ts';
import { createSchema, named } from '../../../src/store/cassandra/database/tables.ts';

const REGION = 'here';
const SCHEMA = { prefix: 'behaviour', regions: { [REGION]: ['dc1'] }, replication: 1 };
/** Names of keyspaces put into a statement of ours. */
const ours = (cql: string) => named(cql, SCHEMA.prefix, REGION);

let ring: Ring;
let client: cassandra.Client;

async function connect(): Promise<cassandra.Client> {
  const [node] = ring.nodes;
  assert.ok(node !== undefined);
  const connected = clientOf(node);
  await connected.connect();
  return connected;
}

const execute: Execute = async (cql) => (await client.execute(ours(cql))).rows ?? [];

before(async () => {
  ring = await startRing({
    nodes: 1,
    brief: true,
    died: (node, message) => assert.fail(`${node.name} died: ${message}`),
  });
  client = await connect();
  await createSchema(client, SCHEMA);
});

after(async () => {
  await client?.shutdown();
  await ring?.stop();
});

for (const behaviour of BEHAVIOURS) {
  test(behaviour.name, async () => {
    const names = { shard: randomUUID(), key: `0x${randomBytes(8).toString('hex')}` };
    assert.equal(await checkBehaviour(execute, behaviour, names), undefined, behaviour.reason);
  });
}

test('the server has the settings that the design asks for', async () => {
  const wanted: Readonly<Record<string, string>> = {
    commitlog_sync: 'group',
    commitlog_sync_group_window: '10ms',
    commitlog_segment_size: '32MiB',
    paxos_variant: 'v2',
    dynamic_snitch: 'false',
    storage_compatibility_mode: 'NONE',
  };
  const { rows } = await client.execute('SELECT name, value FROM system_views.settings');
  const settings = new Map(rows.map((row) => [String(row.name), String(row.value)]));
  const found = Object.fromEntries(Object.keys(wanted).map((name) => [name, settings.get(name)]));
  assert.deepEqual(found, wanted);
  const { rows: local } = await client.execute('SELECT data_center, rack, release_version FROM system.local');
  assert.deepEqual({ ...local[0] }, { data_center: 'dc1', rack: 'rack1', release_version: '5.0.6' });
});

test('a paused node answers nothing until it goes on', async () => {
  ring.pauseNode(0);
  let answered = false;
  const answer = client.execute('SELECT key FROM system.local', [], { readTimeout: 30_000 }).then(() => {
    answered = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(answered, false);
  ring.resumeNode(0);
  await answer;
});

test('a killed node has all that it acknowledged when it is started again', async () => {
  const [shard, keys] = [randomUUID(), Array.from({ length: 50 }, (_, index) => index)];
  const write = (index: number) =>
    execute(`INSERT INTO $region.trial (shard, k, v) VALUES (${shard}, intasblob(${index}), 0x01) USING TIMESTAMP 1`);
  await Promise.all(keys.map(write));
  await client.shutdown();
  const pid = ring.pid(0);
  await ring.killNode(0);
  assert.equal(ring.pid(0), undefined);
  await ring.startNode(0);
  assert.notEqual(ring.pid(0), pid);
  client = await connect();
  const rows = await execute(`SELECT k FROM $region.trial WHERE shard = ${shard}`);
  assert.equal(rows.length, keys.length);
});

test('stopping ends the node and removes its data', async () => {
  await client.shutdown();
  await ring.stop();
  assert.equal(ring.pid(0), undefined);
  assert.equal(existsSync(ring.directory), false);
});
