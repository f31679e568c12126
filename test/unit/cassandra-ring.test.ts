/** A ring on paper: addresses, ports, files and command lines; and that a wrong database is told from a right one. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { damageTable } from '../../scripts/cassandra/damage.ts';
import {
  cassandraYaml,
  configurationBlock,
  logbackXml,
  NODES_MAX,
  nodeArguments,
  nodetoolArguments,
  PORT_BLOCKS,
  planNodes,
  portsOf,
  rackProperties,
  seedsOf,
} from '../../scripts/cassandra/layout.ts';
import { readOptions } from '../../scripts/cassandra/main.ts';
import { javaVersion } from '../../scripts/cassandra/prepare.ts';
import { BEHAVIOURS } from '../../src/store/cassandra/database/behaviour.ts';
import { checkBehaviour } from '../../src/store/cassandra/database/behaviour-check.ts';

const DIRECTORY = '/data/ring';
const JARS = ['/lib/cassandra-all-5.0.6.jar', '/lib/jamm-0.4.0.jar'];
const NAMES = { shard: '00000000-0000-0000-0000-000000000001', key: '0x01' };
const PLENTY = 64 * 1024;

function plan(regions: number, nodesPerRegion: number) {
  return planNodes({ regions, nodesPerRegion }, portsOf(0), DIRECTORY);
}

function first() {
  const [node] = plan(1, 3);
  assert.ok(node !== undefined);
  return node;
}

test('three nodes of a region have an address and a rack each, and one port', () => {
  const nodes = plan(1, 3);
  assert.deepEqual(
    nodes.map((node) => [node.name, node.address, node.port, node.dataCentre, node.rack]),
    [
      ['dc1-rack1', '127.0.0.1', 5000, 'dc1', 'rack1'],
      ['dc1-rack2', '127.0.0.2', 5000, 'dc1', 'rack2'],
      ['dc1-rack3', '127.0.0.3', 5000, 'dc1', 'rack3'],
    ],
  );
});

test('two regions are two data centres, and the first node of each is a seed', () => {
  const nodes = plan(2, 3);
  assert.deepEqual(
    nodes.map((node) => node.name),
    ['dc1-rack1', 'dc1-rack2', 'dc1-rack3', 'dc2-rack1', 'dc2-rack2', 'dc2-rack3'],
  );
  assert.deepEqual(seedsOf(nodes), ['127.0.0.1:5001', '127.0.1.1:5001']);
});

test('no two nodes share a folder, an address or a port for nodetool, in the largest ring', () => {
  const nodes = plan(1, NODES_MAX);
  for (const key of ['directory', 'address', 'jmxPort', 'name'] as const)
    assert.equal(new Set(nodes.map((node) => node[key])).size, NODES_MAX, key);
  assert.throws(() => plan(2, 5), /1 to 9 nodes, not 10/);
  assert.throws(() => plan(1, 0), /not 0/);
});

test('no two blocks of ports overlap', () => {
  const taken = Array.from({ length: PORT_BLOCKS }, (_, block) => portsOf(block)).flatMap((ports) => [
    ports.cql,
    ports.storage,
    ports.mark,
    ...Array.from({ length: NODES_MAX }, (_, index) => ports.jmx + index),
  ]);
  assert.equal(new Set(taken).size, taken.length);
  assert.ok(Math.min(...taken) >= 5000 && Math.max(...taken) < 6000);
});

test('a node keeps its data in its own folder and listens on its own address', () => {
  const node = first();
  const yaml = cassandraYaml(node, { seeds: seedsOf(plan(1, 3)), durable: true });
  for (const line of [
    'listen_address: 127.0.0.1',
    'rpc_address: 127.0.0.1',
    'native_transport_port: 5000',
    'storage_port: 5001',
    'endpoint_snitch: GossipingPropertyFileSnitch',
    'commitlog_sync: group',
    'commitlog_sync_group_window: 10ms',
    'commitlog_segment_size: 32MiB',
    'paxos_variant: v2',
    'dynamic_snitch: false',
    'storage_compatibility_mode: NONE',
    '  selected_format: bti',
    '      - seeds: "127.0.0.1:5001"',
  ])
    assert.ok(yaml.split('\n').includes(line), line);
  const folders = [...yaml.matchAll(/"(\/[^"]+)"/g)].map((match) => match[1] ?? '');
  assert.equal(folders.length, 5);
  for (const folder of folders) assert.ok(folder.startsWith(`${node.directory}/`), folder);
  assert.equal(rackProperties(node), 'dc=dc1\nrack=rack1\n');
});

test('a ring of which no node is killed may acknowledge before it flushes', () => {
  const lines = cassandraYaml(first(), { seeds: [], durable: false }).split('\n');
  assert.ok(lines.includes('commitlog_sync: periodic') && !lines.includes('commitlog_sync: group'));
});

test('isolated nodes have an address for clients and one for each other, in networks of their block', () => {
  const nodes = planNodes({ regions: 1, nodesPerRegion: 3 }, portsOf(7), DIRECTORY, true);
  assert.deepEqual(
    nodes.map((node) => [node.address, node.peerAddress]),
    [1, 2, 3].map((host) => [`10.213.7.${host}`, `10.214.7.${host}`]),
  );
  const [node] = nodes;
  assert.ok(node !== undefined);
  const yaml = cassandraYaml(node, { seeds: seedsOf(nodes), durable: true }).split('\n');
  for (const line of ['listen_address: 10.214.7.1', 'rpc_address: 10.213.7.1', '      - seeds: "10.214.7.1:5141"'])
    assert.ok(yaml.includes(line), line);
});

test('damage reaches all data files of the table and no other', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'moraine-damage-'));
  t.after(() => rm(data, { recursive: true }));
  const files = ['ks/chunk-1/a-Data.db', 'ks/chunk-1/a-Index.db', 'ks/chunk-2/b-Data.db', 'ks/chunks-3/c-Data.db'];
  const write = async () => {
    for (const file of files) {
      await mkdir(dirname(join(data, file)), { recursive: true });
      await writeFile(join(data, file), Buffer.alloc(1000));
    }
  };
  const read = (file: string) => readFile(join(data, file)).catch(() => undefined);
  const whole = (bytes: Buffer | undefined) => bytes?.equals(Buffer.alloc(1000)) === true;

  await write();
  assert.equal(await damageTable(data, 'ks.chunk', 'flip'), 2);
  assert.deepEqual((await Promise.all(files.map(read))).map(whole), [false, true, false, true]);
  assert.equal((await read('ks/chunk-1/a-Data.db'))?.length, 1000);

  await write();
  assert.equal(await damageTable(data, 'ks.chunk', 'cut'), 2);
  assert.equal((await read('ks/chunk-2/b-Data.db'))?.length, 500);

  await write();
  assert.equal(await damageTable(data, 'ks.chunk', 'remove'), 2);
  assert.deepEqual((await Promise.all(files.map(read))).map(whole), [false, false, false, true]);
  await assert.rejects(damageTable(data, 'ks.chunk', 'flip'), /was it flushed/);
});

test('odd letters of a path stay what they are in the files', () => {
  const [node] = planNodes({ regions: 1, nodesPerRegion: 1 }, portsOf(0), '/a "b" & <c>');
  assert.ok(node !== undefined);
  assert.match(
    cassandraYaml(node, { seeds: [], durable: true }),
    /commitlog_directory: "\/a \\"b\\" & <c>\/dc1-rack1\/commitlog"/,
  );
  assert.match(logbackXml(node), /<file>\/a "b" &amp; &lt;c>\/dc1-rack1\/logs\/system.log<\/file>/);
});

test('the command line runs Cassandra with jamm, its heap and its own settings; further options win', () => {
  const node = first();
  const args = nodeArguments(node, JARS, ['-Xmx2G']);
  assert.equal(args[0], '-javaagent:/lib/jamm-0.4.0.jar');
  assert.equal(args.at(-1), 'org.apache.cassandra.service.CassandraDaemon');
  assert.equal(args.at(-2), `${node.directory}/conf:${JARS.join(':')}`);
  assert.ok(args.includes(`-Dcassandra.config=file://${node.directory}/conf/cassandra.yaml`));
  assert.ok(args.indexOf('-Xmx1024M') < args.indexOf('-Xmx2G'));
  assert.ok(args.includes('--add-opens=java.base/sun.nio.ch=ALL-UNNAMED'));
  assert.throws(() => nodeArguments(node, ['/lib/cassandra-all-5.0.6.jar']), /lack jamm: remove .cache/);
  assert.deepEqual(nodetoolArguments(node, JARS, ['flush', 'a']).slice(-6), [
    '-h',
    '127.0.0.1',
    '-p',
    '5010',
    'flush',
    'a',
  ]);
});

test('the printed configuration names the near nodes, their data centre, and the regions when there are several', () => {
  assert.equal(
    configurationBlock(plan(1, 3)),
    'master-key = "master.key"\n\n[cassandra]\ncontact-points = ["127.0.0.1:5000", "127.0.0.2:5000", "127.0.0.3:5000"]\ndata-centre = "dc1"',
  );
  assert.equal(
    configurationBlock(plan(2, 1)),
    'region = "region-1"\nmaster-key = "master.key"\n\n[cassandra]\ncontact-points = ["127.0.0.1:5000"]\ndata-centre = "dc1"\nfewer-copies = "i-accept-data-loss"\n\n[cassandra.regions]\nregion-1 = ["dc1"]\nregion-2 = ["dc2"]',
  );
});

test('the command line asks for three nodes, and for fewer where two regions would not fit the memory', () => {
  const { regions, nodes, keep } = readOptions([], PLENTY) ?? {};
  assert.deepEqual([regions, nodes, keep], [1, 3, false]);
  assert.equal(readOptions(['--nodes', '1'], PLENTY)?.nodes, 1);
  assert.equal(readOptions(['--regions', '2'], PLENTY)?.nodes, 3);
  assert.equal(readOptions(['--regions', '2'], 8 * 1024)?.nodes, 1);
  assert.equal(readOptions(['--regions', '2', '--nodes-per-region', '2'], 1)?.nodes, 2);
  assert.equal(readOptions(['--data', 'here'], PLENTY)?.data, 'here');
  assert.equal(readOptions(['--help'], PLENTY), undefined);
  for (const wrong of [
    ['--nodes', '0'],
    ['--nodes', 'x'],
    ['--regions', '3'],
    ['--nodes', '3', '--nodes-per-region', '3'],
  ])
    assert.throws(() => readOptions(wrong, PLENTY), RangeError, wrong.join(' '));
  assert.throws(() => readOptions(['--what'], PLENTY), /--what/);
});

test('the version of Java is read from what it says', () => {
  assert.equal(javaVersion('openjdk version "17.0.15" 2025-04-15'), 17);
  assert.equal(javaVersion('openjdk version "21" 2023-09-19'), 21);
  assert.equal(javaVersion('java version "1.8.0_392"'), 1);
  assert.equal(javaVersion('command not found'), undefined);
});

test('each behaviour has a promise and a reason of its own', () => {
  assert.equal(new Set(BEHAVIOURS.map((behaviour) => behaviour.name)).size, BEHAVIOURS.length);
  for (const { name, reason, steps } of BEHAVIOURS) assert.ok(reason.length > 20 && steps.length > 0, name);
});

test('a database that answers nothing, or applies everything, or refuses everything, fails each behaviour', async () => {
  const wrong = {
    nothing: async () => [],
    applied: async () => [{ '[applied]': true }],
    refused: async () => {
      throw new Error('no');
    },
  };
  for (const behaviour of BEHAVIOURS) {
    for (const [name, execute] of Object.entries(wrong)) {
      const verdict = await checkBehaviour(execute, behaviour, NAMES).catch((error: Error) => error.message);
      assert.notEqual(verdict, undefined, `${behaviour.name}: ${name}`);
    }
  }
});

test('a state seen without its rows, or rows without their state, is told', async () => {
  const behaviour = BEHAVIOURS.find(({ steps }) => steps.some((step) => step.kind === 'watch'));
  const watch = behaviour?.steps.find((step) => step.kind === 'watch');
  assert.ok(behaviour !== undefined && watch !== undefined);
  let reads = 0;
  const torn = async (cql: string) => {
    if (cql.includes('SELECT')) return reads++ === 0 ? watch.before : watch.before.slice(0, 2);
    return [];
  };
  assert.match((await checkBehaviour(torn, behaviour, NAMES)) ?? '', /a reader saw .*"0x61"/);
});
