/** Commands on a cluster: what they ask of it, what they print, and how a file of the configuration that is missing is told. */

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ClusterOptions, ClusterTools } from '../../src/cli/command.ts';
import type { DatabaseStatus } from '../../src/store/cassandra/database/open.ts';
import { failed, parsed, refused, type Shop, startedShop } from '../support/shop.ts';

const NODE = { id: 'n', address: '10.0.0.1:9042', dataCentre: 'dc1', rack: 'rack1', up: true };
const STATUS: DatabaseStatus = {
  format: 1,
  topology: {
    keyspaces: [{ name: 'moraine_r_us', region: 'us', centres: ['dc1'], copies: { dc1: 3 } }],
    nodes: [NODE, { ...NODE, id: 'm', address: '10.0.0.2:9042', rack: 'rack2', up: false }],
    absent: false,
    problems: [],
  },
  clocks: [{ node: NODE, differenceMs: 12.4, doubtMs: 1 }],
  problems: [],
  refusal: undefined,
};

const FLAGS = ['--master-key', 'k', '--cassandra-contact-points', 'n1,n2:99', '--cassandra-data-centre', 'dc1'];

/** Answers, and remembers what it was asked. */
function answering(shop: Shop, answers: Partial<ClusterTools>): ClusterOptions[] {
  const asked: ClusterOptions[] = [];
  const noted =
    <T extends ClusterOptions, A>(answer: ((options: T) => Promise<A>) | undefined, none: A) =>
    async (options: T) => {
      asked.push(options);
      return answer === undefined ? none : await answer(options);
    };
  shop.cluster = {
    init: noted(answers.init, []),
    status: noted(answers.status, STATUS),
    upgrade: noted(answers.upgrade, 1),
  };
  return asked;
}

test('without a cluster in the configuration there is nothing to ask', async (t) => {
  const { shop } = await startedShop(t);
  failed(
    await shop.run('cassandra', 'status'),
    /no cluster is configured: name its nodes with cassandra.contact-points/,
  );
});

test('init makes three copies unless told otherwise, and fewer only for who accepts to lose data', async (t) => {
  const { shop } = await startedShop(t);
  const copies: number[] = [];
  const init: ClusterTools['init'] = async (options) => {
    copies.push(options.copies);
    return ['moraine_global'];
  };
  const asked = answering(shop, { init });
  const made = await shop.run('cassandra', 'init', ...FLAGS);
  assert.equal(made.out, 'store "moraine": made moraine_global\n');
  assert.deepEqual(asked[0]?.contactPoints, ['n1:9042', 'n2:99']);
  assert.deepEqual(asked[0]?.regions, { 'us-east-1': ['dc1'] });
  await shop.run('cassandra', 'init', ...FLAGS, '--copies', '5');
  refused(await shop.run('cassandra', 'init', ...FLAGS, '--copies', '1'), /i-accept-data-loss/);
  refused(await shop.run('cassandra', 'init', ...FLAGS, '--copies', 'many'), /--copies must be a whole number/);
  const accepted = ['--cassandra-fewer-copies', 'i-accept-data-loss', '--copies', '1'];
  assert.equal((await shop.run('cassandra', 'init', ...FLAGS, ...accepted)).code, 0);
  assert.deepEqual(copies, [3, 5, 1]);
});

test('status shows format, copies, nodes and clocks, and fails with what is wrong', async (t) => {
  const { shop } = await startedShop(t);
  answering(shop, {});
  const well = await shop.run('cassandra', 'status', ...FLAGS);
  assert.equal(well.code, 0);
  for (const shown of [
    /^Format {2}1$/m,
    /^us +moraine_r_us +dc1 +dc1 3$/m,
    /rack1 +10\.0\.0\.1:9042 +up +12 ± 1 ms/,
    /DOWN$/m,
    /all is well/,
  ])
    assert.match(well.out, shown);
  const status = async () => ({
    ...STATUS,
    problems: [{ kind: 'copies', message: 'too few\u001b[2J' } as const],
    refusal: 'the clock is wrong',
  });
  answering(shop, { status });
  const ill = await shop.run('cassandra', 'status', ...FLAGS);
  assert.equal(ill.code, 1);
  assert.match(ill.out, /^! too few\\u\{1b\}\[2J\n! the clock is wrong$/m);
  assert.deepEqual(
    parsed(await shop.run('cassandra', 'status', '--json', ...FLAGS)),
    JSON.parse(JSON.stringify(await status())),
  );
  assert.match(
    (await shop.run('cassandra', 'status', '--tables', ...FLAGS)).out,
    /^chunk +compression +\{'enabled': 'false'\} /m,
  );
});

test('what the cluster says is one line', async (t) => {
  const { shop } = await startedShop(t);
  const upgrade = async () => {
    throw new Error('the store has format 9');
  };
  answering(shop, { upgrade });
  failed(await shop.run('cassandra', 'upgrade', ...FLAGS), /^moraine: the store has format 9$/m);
  answering(shop, {});
  assert.equal((await shop.run('cassandra', 'upgrade', ...FLAGS)).out, 'store "moraine" has format 1\n');
});

test('password and certificates are read from the files that are named', async (t) => {
  const { shop } = await startedShop(t);
  const asked = answering(shop, {});
  const file = join(shop.folder, 'password');
  const user = [...FLAGS, '--cassandra-user', 'u', '--cassandra-password-file', file];
  failed(
    await shop.run('cassandra', 'status', ...user),
    /cassandra\.password-file .* cannot be read: there is no such file/,
  );
  writeFileSync(file, 'very secret\n', { mode: 0o644 });
  chmodSync(file, 0o644);
  failed(await shop.run('cassandra', 'status', ...user), /may be read or changed by others: run chmod 600/);
  chmodSync(file, 0o600);
  const { code, out, err } = await shop.run('cassandra', 'status', ...user);
  assert.deepEqual(
    [code, asked[0]?.credentials?.user, asked[0]?.credentials?.password.reveal()],
    [0, 'u', 'very secret'],
  );
  assert.doesNotMatch(out + err, /very secret/);
  const tls = [...FLAGS, '--cassandra-tls', 'on', '--cassandra-tls-ca', join(shop.folder, 'ca.pem')];
  failed(await shop.run('cassandra', 'status', ...tls), /cassandra\.tls-ca .* cannot be read/);
  writeFileSync(join(shop.folder, 'ca.pem'), 'PEM');
  await shop.run('cassandra', 'status', ...tls);
  assert.deepEqual(asked[1]?.tls, { ca: 'PEM' });
});

test('commands on the store open it in the cluster, and drives are another engine’s', async (t) => {
  const { shop } = await startedShop(t);
  const key = ['--master-key', join(shop.data, 'master.key'), ...FLAGS.slice(2)];
  const listed = await shop.run('account', 'list', ...key);
  assert.match(listed.out, /^operator /m);
  assert.deepEqual(shop.engineOptions?.cassandra?.contactPoints, ['n1:9042', 'n2:99']);
  assert.equal(shop.engineOptions?.cassandra?.home, 'us-east-1');
  failed(await shop.run('drives', ...key), /which has nodes: see `moraine cassandra status`/);
  assert.match(
    (await shop.run('check', ...key)).err,
    /of store "moraine" in the cluster at n1:9042, n2:99: all is well/,
  );
});
