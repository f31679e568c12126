/** Configuration of the Cassandra engine: what chooses it, what goes together, and that a ring's printed block is accepted. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configurationBlock, planNodes, portsOf } from '../../scripts/cassandra/layout.ts';
import { ConfigError, loadConfig } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'moraine-config-'));
after(() => rmSync(folder, { recursive: true }));

function load(file: string, environment: Readonly<Record<string, string>> = {}) {
  const path = join(folder, 'moraine.toml');
  writeFileSync(path, file);
  return loadConfig({ flags: new Map([['config', path]]), environment, directory: '/srv' });
}

function problems(file: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    load(file, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return assert.fail('it was accepted');
}

const KEY = 'master-key = "k"\n';
const CLUSTER = `${KEY}[cassandra]\ncontact-points = ["n1"]\n`;

test('without contact points the store is on this machine', () => {
  assert.equal(load('').config.cassandra, undefined);
  assert.match(problems(`${KEY}[cassandra]\ndata-centre = "dc1"`)[0] ?? '', /needs cassandra\.contact-points/);
});

test('one region on one data centre needs no table of regions', () => {
  const { cassandra } = load(`${CLUSTER}data-centre = "dc1"`).config;
  assert.deepEqual(cassandra?.contactPoints, ['n1:9042']);
  assert.deepEqual(cassandra?.regions, { 'us-east-1': ['dc1'] });
  assert.equal(cassandra?.dataCentre, 'dc1');
  assert.equal(cassandra?.prefix, 'moraine');
  assert.equal(cassandra?.fewerCopies, false);
  assert.equal(cassandra?.tls, undefined);
});

test('contact points are names or addresses, with the port of CQL unless another is given', () => {
  const { cassandra } = load(
    `${KEY}[cassandra]\ncontact-points = ["N1.lan", "10.0.0.1:5000", "[::1]:77"]\ndata-centre = "a"`,
  ).config;
  assert.deepEqual(cassandra?.contactPoints, ['n1.lan:9042', '10.0.0.1:5000', '[::1]:77']);
});

test("the front end's region is one of the table, used through its first data centre", () => {
  const regions = '[cassandra.regions]\neu-1 = ["a", "b"]\neu-2 = ["c"]';
  const home = `region = "eu-1"\n${CLUSTER}`;
  assert.equal(load(`${home}${regions}`).config.cassandra?.dataCentre, 'a');
  assert.equal(load(`${home}data-centre = "a"\n${regions}`).config.cassandra?.dataCentre, 'a');
  assert.match(problems(`${home}data-centre = "b"\n${regions}`)[0] ?? '', /not the first data centre of region eu-1/);
  assert.match(
    problems(`${CLUSTER}${regions}`)[0] ?? '',
    /"us-east-1" is none of \[cassandra.regions\], which has eu-1, eu-2/,
  );
  assert.match(problems(`${CLUSTER}`)[0] ?? '', /cassandra\.data-centre is needed/);
});

test('a table of regions with a wrong name, no data centre or no list is refused', () => {
  const wrong = (line: string) => problems(`${CLUSTER}data-centre = "a"\n[cassandra.regions]\n${line}`)[0] ?? '';
  assert.match(wrong('"A B" = ["x"]'), /A B is no name of a region/);
  assert.match(wrong('us-east-1 = []'), /us-east-1 must name a data centre/);
  assert.match(wrong('us-east-1 = "x"'), /must be a list of data centres/);
  assert.match(problems(`${CLUSTER}regions = "x"`)[0] ?? '', /must be a table/);
});

test('what says elsewhere where the store is, is refused beside it', () => {
  const rest = '[cassandra]\ncontact-points = ["n1"]\ndata-centre = "a"\n';
  for (const line of ['data = "x"', 'copies = 1', 'min-copies = 1'])
    assert.ok(
      problems(`${KEY}${line}\n${rest}`).some((problem) => /both say where the store is/.test(problem)),
      line,
    );
  assert.ok(problems(`${KEY}${rest}[[drive]]\npath = "d"`).some((problem) => /^drive .*both say where/.test(problem)));
});

test('the master key is named, because every front end has the same', () => {
  assert.match(problems('[cassandra]\ncontact-points = ["n1"]\ndata-centre = "a"')[0] ?? '', /^master-key is needed/);
});

test('user and password go together, and the password is never in the file, a flag or a message', () => {
  const user = `${CLUSTER}data-centre = "a"\nuser = "u"\n`;
  const secret = { MORAINE_CASSANDRA_PASSWORD: 'very secret' };
  const { config, explained } = load(user, secret);
  assert.equal(config.cassandra?.password?.reveal(), 'very secret');
  assert.doesNotMatch(JSON.stringify([config, explained]), /very secret/);
  assert.equal(load(`${user}password-file = "p"`).config.cassandra?.passwordPath, join(folder, 'p'));
  assert.match(problems(user)[0] ?? '', /go together/);
  assert.match(problems(`${user}password-file = "p"`, secret)[0] ?? '', /both given/);
  assert.match(problems(`${user}password = "very secret"`).join(), /can only be given as MORAINE_CASSANDRA_PASSWORD/);
  assert.doesNotMatch(problems(`${user}password = "very secret"`).join(), /very secret/);
});

test('certificates need TLS switched on', () => {
  const { cassandra } = load(`${CLUSTER}data-centre = "a"\ntls = "on"\ntls-ca = "ca.pem"`).config;
  assert.deepEqual(cassandra?.tls?.caPath, join(folder, 'ca.pem'));
  assert.match(problems(`${CLUSTER}data-centre = "a"\ntls-ca = "ca.pem"`)[0] ?? '', /needs cassandra.tls = "on"/);
  assert.match(problems(`${CLUSTER}data-centre = "a"\ntls = "on"\ntls-key = "k"`)[0] ?? '', /go together/);
});

test('endpoints are those of the other regions', () => {
  const regions = '[cassandra.regions]\nus-east-1 = ["a"]\neu-2 = ["c"]\n[cassandra.endpoints]\n';
  const { cassandra } = load(`${CLUSTER}${regions}eu-2 = "S3.eu-2.lan:9000"`).config;
  assert.deepEqual(cassandra?.endpoints, { 'eu-2': 's3.eu-2.lan:9000' });
  for (const name of ['us-east-1', 'eu-3'])
    assert.match(problems(`${CLUSTER}${regions}${name} = "x"`)[0] ?? '', /none of the other regions/);
});

test('names that do not fit into the name of a keyspace are refused', () => {
  const name = `a${'b'.repeat(39)}`;
  assert.match(
    problems(`region = "${name}"\n${CLUSTER}data-centre = "a"`)[0] ?? '',
    /has 40 characters, and with cassandra.keyspace-prefix = "moraine" at most 38 fit/,
  );
});

test('the block that a trial ring prints is accepted as it is', () => {
  for (const [regions, nodes] of [
    [1, 3],
    [1, 1],
    [2, 3],
  ] as const) {
    const plan = planNodes({ regions, nodesPerRegion: nodes }, portsOf(0), '/ring');
    const { cassandra } = load(configurationBlock(plan)).config;
    assert.equal(cassandra?.dataCentre, 'dc1');
    assert.deepEqual(Object.values(cassandra?.regions ?? {}), regions === 1 ? [['dc1']] : [['dc1'], ['dc2']]);
    assert.equal(cassandra?.fewerCopies, nodes < 3);
  }
});
