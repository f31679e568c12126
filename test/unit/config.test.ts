/** Configuration: precedence, every refusal with its remedy, nothing ignored, no secret repeated. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { renderConfiguration } from '../../scripts/configuration.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { ConfigError, endpointOf, loadConfig, SETTING_KEYS, settingOf, variableOf } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'moraine-config-'));
after(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
}

function load({ file, environment = {}, flags = {} }: Given) {
  const path = join(folder, 'moraine.toml');
  if (file !== undefined) writeFileSync(path, file);
  const all = new Map(Object.entries({ ...flags, ...(file === undefined ? {} : { config: path }) }));
  return loadConfig({ flags: all, environment, directory: '/srv' });
}

/** The problems of what is refused. */
function problems(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return assert.fail('it was accepted');
}

test('without anything, everything has a usable default', () => {
  const { config } = load({});
  assert.equal(config.dataPath, '/srv/data');
  assert.equal(config.masterKeyPath, '/srv/data/master.key');
  assert.deepEqual(config.listen, { host: undefined, port: 9000 });
  assert.deepEqual(config.consoleListen, { host: undefined, port: 9001 });
  assert.deepEqual(config.metricsListen, { host: '127.0.0.1', port: 9002 });
  assert.equal(config.region, 'us-east-1');
  assert.equal(config.sandbox, true);
  assert.deepEqual(config.limits, LIMITS);
  assert.equal(config.first, undefined);
  assert.equal(endpointOf(config), 'http://localhost:9000');
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.hostNames));
});

test('flags win over the environment, the environment over the file, the file over defaults', () => {
  const file = 'region = "file-1"';
  const environment = { MORAINE_REGION: 'environment-1' };
  assert.equal(load({ file }).config.region, 'file-1');
  assert.equal(load({ file, environment }).config.region, 'environment-1');
  assert.equal(load({ file, environment, flags: { region: 'flag-1' } }).config.region, 'flag-1');
  assert.equal(load({ environment, flags: { region: 'flag-1' } }).config.region, 'flag-1');
});

test('the file may also be named by MORAINE_CONFIG', () => {
  const path = join(folder, 'other.toml');
  writeFileSync(path, 'region = "zh-1"');
  assert.equal(load({ environment: { MORAINE_CONFIG: path } }).config.region, 'zh-1');
});

test('each kind of value is read alike from file, environment and flag', () => {
  const file = `
    host-names = ["S3.Example.org", "s3.lan"]
    workers = 3
    console-listen = "off"
    trusted-proxies = ["10.0.0.0/8", "::1"]
    [limits]
    stop = "5m"
    head-size = "64KiB"
    connections = 12`;
  const environment = {
    MORAINE_HOST_NAMES: 's3.example.org, s3.lan',
    MORAINE_WORKERS: '3',
    MORAINE_CONSOLE_LISTEN: 'off',
    MORAINE_TRUSTED_PROXIES: '10.0.0.0/8,::1',
    MORAINE_LIMITS_STOP: '5m',
    MORAINE_LIMITS_HEAD_SIZE: '64KiB',
    MORAINE_LIMITS_CONNECTIONS: '12',
  };
  const flags = {
    'host-names': 's3.example.org,s3.lan',
    workers: '3',
    'console-listen': 'off',
    'trusted-proxies': '10.0.0.0/8,::1',
    'limits-stop': '5m',
    'limits-head-size': '64KiB',
    'limits-connections': '12',
  };
  const [a, b, c] = [load({ file }).config, load({ environment }).config, load({ flags }).config];
  assert.deepEqual(a, b);
  assert.deepEqual(b, c);
  assert.deepEqual(a.hostNames, ['s3.example.org', 's3.lan']);
  assert.equal(a.workers, 3);
  assert.equal(a.consoleListen, undefined);
  assert.deepEqual(a.limits, { ...LIMITS, stopMs: 300_000, headBytes: 65_536, connections: 12 });
});

test('relative paths of the file start at its folder, others at the current one', () => {
  const file = 'data = "store"\nmaster-key = "/etc/moraine/key"\n[tls]\ncertificate = "c.pem"\nkey = "k.pem"';
  const { config } = load({ file });
  assert.equal(config.dataPath, join(folder, 'store'));
  assert.equal(config.masterKeyPath, '/etc/moraine/key');
  assert.deepEqual(config.tls, { certificatePath: join(folder, 'c.pem'), keyPath: join(folder, 'k.pem') });
  assert.equal(load({ flags: { data: 'store' } }).config.dataPath, '/srv/store');
  assert.equal(load({ file: '[[drive]]\npath = "d1"' }).config.dataPath, join(folder, 'd1'));
});

test('a misspelt name is refused with the nearest one, wherever it stands', () => {
  assert.match(problems({ file: 'regoin = "x"' })[0] ?? '', /regoin .*moraine\.toml.*did you mean region\?/);
  assert.match(
    problems({ file: '[tls]\ncertficate = "x"' })[0] ?? '',
    /tls\.certficate.*did you mean tls\.certificate\?/,
  );
  assert.match(problems({ file: '[limit]\nstop = "1s"' })[0] ?? '', /limit\.stop.*did you mean limits\.stop\?/);
  assert.match(
    problems({ environment: { MORAINE_LISTENS: ':1' } })[0] ?? '',
    /MORAINE_LISTENS.*did you mean MORAINE_LISTEN\?/,
  );
  assert.match(problems({ environment: { MORAINE_ZZZZZZ: '1' } })[0] ?? '', /MORAINE_ZZZZZZ.*moraine config --help/);
});

test('a name that is a table, or a table that is a value, is not taken for something else', () => {
  assert.match(problems({ file: '[listen]\nport = 9000' })[0] ?? '', /listen\.port .*is not a setting/);
  assert.match(problems({ file: 'tls = true' })[0] ?? '', /tls .*is not a setting/);
  assert.match(problems({ file: '__proto__ = 1' })[0] ?? '', /__proto__ .*is not a setting/);
  assert.match(
    problems({ file: '[constructor]\nprototype = 1' })[0] ?? '',
    /constructor\.prototype .*is not a setting/,
  );
});

/** Setting → values that are not valid. Every setting but the secrets has a row. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  data: ['a\0b'],
  'cassandra.contact-points': ['http://n1', 'n1:0', 'n1:70000', '::1', '[n1]:9042', 'a b', 'n1,'],
  'cassandra.data-centre': ['dc 1', "dc'1", 'dc/1'],
  'cassandra.other-regions': ['yes', 'redirect'],
  'cassandra.keyspace-prefix': ['Moraine', '1a', 'a-b', 'x'.repeat(31)],
  'cassandra.user': ['a\tb'],
  'cassandra.password-file': ['a\0b'],
  'cassandra.tls': ['true', 'On'],
  'cassandra.tls-ca': ['a\0b'],
  'cassandra.tls-certificate': ['a\0b'],
  'cassandra.tls-key': ['a\0b'],
  'cassandra.request-timeout': ['5', '1ms', '6m'],
  'cassandra.bulk-timeout': ['5', '0s', '1h'],
  'cassandra.fewer-copies': ['yes', 'on', 'I-accept-data-loss'],
  listen: ['9000', 'localhost', 'localhost:', 'localhost:70000', 'local host:1', '::1:9000', 'off', '[::1:9000', '-1'],
  'console-listen': ['no', '9001', 'localhost:x'],
  'console-base': ['console', '//', '/a//b/', '/a b/', '/"/', '/../', '/a?b'],
  'metrics-listen': ['on', '9002', '[::1]'],
  'host-names': ['https://s3.example.org', 's3.example.org:9000', '10.0.0.1', 'a..b', '-a', 'a_b', 'ok,'],
  endpoint: ['s3.example.org', 'ftp://x', 'https://s3.example.org/path', 'https://', 'https://u@h', 'http://h:1?x'],
  region: ['US EAST', 'us_east_1', 'x'.repeat(64)],
  'tls.certificate': ['a\0b'],
  'tls.key': ['a\0b'],
  sandbox: ['yes', 'true', 'ON', '1'],
  'audit-objects': ['yes', 'true', 'ON', '1'],
  'access.block-public-acls': ['yes', 'true', 'ON', '1'],
  'access.ignore-public-acls': ['yes', 'true', 'ON', '1'],
  'access.block-public-policy': ['yes', 'true', 'ON', '1'],
  'access.restrict-public-buckets': ['yes', 'true', 'ON', '1'],
  'access.object-ownership': ['bucketownerenforced', 'owner', 'BucketOwner'],
  'console-origins': ['console.example.ch', 'https://a.example/path', '*', 'ftp://x'],
  workers: ['0', '257', '1.5', '-1', '1e3', 'many', '0x10', ' 2'],
  'former-master-keys': ['a.key,'],
  'encryption.key-ring': ['a\0b'],
  'encryption.customer-keys-without-tls': ['yes', 'true', 'ON', '1'],
  'master-key': ['a\0b'],
  'trusted-proxies': ['10.0.0.0/33', '::/129', 'proxy.lan', '10.0.0.1/', '10.0.0.0/8/8', '*'],
  'log-level': ['loud', 'INFO'],
  'limits.connections': ['0', 'x', '1000001'],
  'limits.buckets-per-account': ['0', '-5'],
  'limits.head-size': ['1KiB', '65536', '64KB', '64 kib', '1GiB', '64.5KiB'],
  'limits.head-timeout': ['30', '0s', '2h', '30 seconds', '1.5m'],
  'limits.idle-timeout': ['60', '0ms'],
  'limits.minimum-rate': ['1024', '1TiB', '-1B'],
  'limits.slow-grace': ['60', '2d'],
  'limits.keep-alive': ['75', '2h'],
  'limits.tls-handshake': ['10', '1h'],
  'limits.stop': ['30', '2h'],
  'limits.blob-grace': ['1s', '31d', '600'],
};

test('each setting refuses what it is not, naming key, value, source and what is expected', () => {
  const checked = SETTING_KEYS.filter((key) => settingOf(key).only === undefined);
  assert.deepEqual(Object.keys(WRONG).sort(), [...checked].sort());
  for (const key of checked) {
    for (const value of WRONG[key] ?? []) {
      const [problem = ''] = problems({ environment: { [variableOf(key)]: value } });
      const said = `${key} = ${JSON.stringify(value)} (from ${variableOf(key)}): `;
      assert.ok(problem.startsWith(said), problem);
      assert.match(problem.slice(said.length), /^(entry \d )?must be /);
    }
  }
});

test('a value of another type in the file is refused', () => {
  for (const line of [
    'listen = 9000',
    'region = true',
    'workers = 1.5',
    'workers = "2 "',
    'host-names = [1]',
    'data = 1979-05-27',
  ]) {
    assert.match(problems({ file: line })[0] ?? '', /\(from .*moraine\.toml\): .*must be /, line);
  }
});

test('all problems are reported at once', () => {
  const found = problems({ file: 'regoin = "x"\nworkers = 0', environment: { MORAINE_LISTEN: 'x' } });
  assert.equal(found.length, 3);
});

test('an empty variable is refused instead of meaning anything', () => {
  assert.match(problems({ environment: { MORAINE_REGION: '' } })[0] ?? '', /MORAINE_REGION.*is empty.*remove it/);
});

test('a file that is missing or no TOML is named with line and column', () => {
  assert.match(
    problems({ flags: { config: '/srv/none.toml' } })[0] ?? '',
    /configuration file \/srv\/none\.toml: ENOENT/,
  );
  assert.match(problems({ file: 'region = "a"\nlisten = ' })[0] ?? '', /moraine\.toml, line 2, column \d+: /);
  assert.match(problems({ file: 'region = "a"\nregion = "b"' })[0] ?? '', /moraine\.toml, line 2/);
});

test('what belongs together is refused alone', () => {
  assert.match(problems({ environment: { MORAINE_TLS_KEY: 'k.pem' } })[0] ?? '', /tls\.key .* needs tls\.certificate/);
  assert.match(
    problems({ environment: { MORAINE_TLS_CERTIFICATE: 'c' } })[0] ?? '',
    /tls\.certificate .* needs tls\.key/,
  );
  const alone = { MORAINE_FIRST_ACCESS_KEY: 'MRNFIRST' };
  assert.match(problems({ environment: alone })[0] ?? '', /MORAINE_FIRST_ACCESS_KEY .* needs MORAINE_FIRST_SECRET_KEY/);
  const other = { MORAINE_FIRST_SECRET_KEY: 'a-secret-of-mine' };
  assert.match(problems({ environment: other })[0] ?? '', /MORAINE_FIRST_SECRET_KEY .* needs MORAINE_FIRST_ACCESS_KEY/);
});

const DRIVES = (count: number, more = 'master-key = "k"') =>
  `${more}\n${Array.from({ length: count }, (_, at) => `[[drive]]\npath = "d${at}"`).join('\n')}`;

test('several drives are as many copies, of which some may be missing', () => {
  const two = load({ file: DRIVES(2) }).config.drives;
  assert.deepEqual(two, { paths: [join(folder, 'd0'), join(folder, 'd1')], minCopies: 1 });
  assert.equal(load({ file: DRIVES(3) }).config.drives?.minCopies, 2);
  const all = load({ file: DRIVES(3, 'copies = 3\nmin-copies = 3\nmaster-key = "k"') }).config.drives;
  assert.equal(all?.minCopies, 3);
  assert.equal(load({ file: DRIVES(1, '') }).config.drives, undefined);
});

test('drives that cannot be what was meant are refused', () => {
  assert.match(problems({ file: DRIVES(3, 'copies = 2\nmaster-key = "k"') })[0] ?? '', /copies = 2 .* with 3 drives/);
  assert.match(problems({ file: 'copies = 2' })[0] ?? '', /copies = 2 .* with 1 drive:/);
  assert.match(problems({ file: DRIVES(2, 'min-copies = 3\nmaster-key = "k"') })[0] ?? '', /more than there are/);
  assert.match(problems({ file: DRIVES(2, '') })[0] ?? '', /master-key is needed with several drives/);
  assert.match(problems({ file: `${DRIVES(2)}\n[[drive]]\npath = "d1"` })[0] ?? '', /one path twice/);
  assert.match(problems({ file: DRIVES(9) })[0] ?? '', /at most eight/);
  assert.match(problems({ file: 'drive = []' })[0] ?? '', /drive = \[\]/);
  assert.match(problems({ file: 'data = "a"\n[[drive]]\npath = "b"' })[0] ?? '', /both say where the store is/);
  assert.match(problems({ file: '[[drive]]\npth = "a"' })[0] ?? '', /drive.*path/);
  assert.match(problems({ file: '[[drive]]\npath = "a"\nsize = 1' })[0] ?? '', /size/);
});

test('two servers on one port are refused before they start', () => {
  assert.match(
    problems({ environment: { MORAINE_CONSOLE_LISTEN: ':9000' } })[0] ?? '',
    /listen and console-listen are both :9000/,
  );
  load({ flags: { listen: '127.0.0.1:0', 'console-listen': '127.0.0.1:0', 'metrics-listen': '127.0.0.1:0' } });
});

test('rule 26: first credentials come from the environment only, are checked, and are never repeated', () => {
  const environment = { MORAINE_FIRST_ACCESS_KEY: 'MRNFIRST', MORAINE_FIRST_SECRET_KEY: 'a-secret-of-mine' };
  const { config, explained } = load({ environment });
  assert.equal(config.first?.accessKeyId, 'MRNFIRST');
  assert.equal(config.first?.secret.reveal(), 'a-secret-of-mine');
  assert.ok(!JSON.stringify({ config, explained }).includes('a-secret-of-mine'));
  const wrong = problems({ environment: { ...environment, MORAINE_FIRST_SECRET_KEY: 'shrt ü' } });
  assert.match(wrong[0] ?? '', /first-secret-key \(from MORAINE_FIRST_SECRET_KEY\): must be 8 to 128/);
  assert.ok(!wrong.join().includes('shrt'));
  assert.match(
    problems({ file: 'first-secret-key = "a-secret-of-mine"' })[0] ?? '',
    /only be given as MORAINE_FIRST_SECRET_KEY/,
  );
});

test('every setting is explained with its origin', () => {
  const { explained } = load({
    file: 'region = "zh-1"',
    environment: { MORAINE_WORKERS: '2' },
    flags: { listen: ':1' },
  });
  assert.deepEqual(
    explained.map(({ key }) => key),
    SETTING_KEYS,
  );
  const origins = new Map(explained.map(({ key, value, origin }) => [key, `${value} ${origin}`]));
  assert.equal(origins.get('region'), `zh-1 ${join(folder, 'moraine.toml')}`);
  assert.equal(origins.get('workers'), '2 MORAINE_WORKERS');
  assert.equal(origins.get('listen'), ':1 --listen');
  assert.equal(origins.get('log-level'), 'info default');
});

test('the endpoint clients are told follows TLS, names, ports and what is configured', () => {
  const tls = { 'tls-certificate': 'c', 'tls-key': 'k' };
  const endpoint = (flags: Readonly<Record<string, string>>) => endpointOf(load({ flags }).config);
  assert.equal(endpoint({ listen: '127.0.0.1:9100' }), 'http://127.0.0.1:9100');
  assert.equal(endpoint({ listen: '[::1]:9100' }), 'http://[::1]:9100');
  assert.equal(endpoint({ listen: '0.0.0.0:80' }), 'http://localhost');
  assert.equal(endpoint({ 'host-names': 's3.example.org', ...tls, listen: ':443' }), 'https://s3.example.org');
  assert.equal(endpoint({ 'host-names': 's3.example.org', ...tls }), 'https://s3.example.org:9000');
  assert.equal(endpoint({ endpoint: 'https://S3.example.org/' }), 'https://s3.example.org');
  assert.equal(endpointOf(load({ flags: { listen: ':0' } }).config, 4321), 'http://localhost:4321');
});

test('docs/configuration.md is what the table says', () => {
  const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(written, renderConfiguration(), 'run `npm run configuration`');
});
