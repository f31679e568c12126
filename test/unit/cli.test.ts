/** The command line: what each command prints, what it refuses and how, and its exit codes. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firstStart } from '../../src/admin/first-start.ts';
import { openSealer } from '../../src/admin/masterkey.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Context } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import { s3cmdConfig } from '../../src/cli/s3cmd.ts';
import { banner, welcome } from '../../src/cli/welcome.ts';
import { loadConfig } from '../../src/config.ts';
import type { Engine, Finding } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

const root = mkdtempSync(join(tmpdir(), 'moraine-cli-'));
after(() => rmSync(root, { recursive: true }));

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A store in memory behind a real directory with a real master key, and the command line over it. */
class Shop {
  readonly folder = mkdtempSync(join(root, 'shop-'));
  readonly data = join(this.folder, 'data');
  environment: Readonly<Record<string, string>> = {};
  stdin = '';
  opened = 0;
  closed = 0;
  engine: Engine = createMemoryEngine();

  async start(): Promise<{ readonly accessKeyId: string; readonly secret: string }> {
    const options = { random: systemRandom, create: true };
    const sealer = await openSealer(this.engine.rows, join(this.data, 'master.key'), options);
    const first = await firstStart(this.engine.rows, undefined, { sealer, clock: systemClock, random: systemRandom });
    return { accessKeyId: first?.key.accessKeyId ?? '', secret: first?.secret.reveal() ?? '' };
  }

  #close(): void {
    this.closed += 1;
  }

  async run(...words: string[]): Promise<Result> {
    let out = '';
    let err = '';
    const context: Context = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      stdin: async () => this.stdin,
      sources: (flags) => ({ flags, environment: this.environment, directory: this.folder }),
      clock: systemClock,
      random: systemRandom,
      openEngine: async () => {
        this.opened += 1;
        return { ...this.engine, close: async () => this.#close() };
      },
    };
    const code = await run(words, context);
    assert.equal(this.opened, this.closed, 'an engine was left open');
    return { code, out, err };
  }
}

async function startedShop() {
  const shop = new Shop();
  return { shop, first: await shop.start() };
}

const parsed = (result: Result): unknown => JSON.parse(result.out);

function refused(result: Result, text: RegExp): void {
  assert.equal(result.code, 2, result.err);
  assert.match(result.err, text);
  assert.match(result.err, /^moraine: /);
  assert.equal(result.out, '');
}

function failed(result: Result, text: RegExp): void {
  assert.equal(result.code, 1, result.err);
  assert.match(result.err, text);
  assert.equal(result.err.trimEnd().split('\n').length, 1, result.err);
  assert.ok(!/\n {4}at /.test(result.err), result.err);
}

const COMMANDS = [
  ...['serve', 'account add', 'account list', 'account show', 'account remove', 'key create', 'key list', 'key revoke'],
  ...['s3cfg', 'check', 'config', 'version'],
];

// -------------------------------------------------------------------------------------------------------------- help

test('help lists every command, and every command explains itself', async () => {
  const shop = new Shop();
  const overview = await shop.run();
  for (const words of [['help'], ['--help'], ['-h']]) assert.equal((await shop.run(...words)).out, overview.out);
  assert.equal(overview.code, 0);
  for (const name of COMMANDS) {
    assert.ok(overview.out.includes(`  ${name}`), name);
    const help = await shop.run(...name.split(' '), '--help');
    assert.equal(help.code, 0);
    assert.ok(help.out.startsWith(`Usage: moraine ${name}`), help.out);
    assert.equal((await shop.run('help', ...name.split(' '))).out, help.out);
    for (const line of help.out.split('\n')) assert.ok(line.length <= 100, line);
  }
  assert.match((await shop.run('account', '--help')).out, /account add[\s\S]*account remove/);
  assert.match((await shop.run('version')).out, /^moraine \d+\.\d+\.\d+\n$/);
  assert.equal((await shop.run('--version')).out, (await shop.run('version')).out);
});

test('help needs neither a store nor a valid configuration', async () => {
  const shop = new Shop();
  shop.environment = { MORAINE_NONSENSE: '1' };
  assert.equal((await shop.run('account', 'list', '--help')).code, 0);
  assert.equal(shop.opened, 0);
});

// ---------------------------------------------------------------------------------------------------------- refusals

test('a misspelt command or flag is refused with the nearest one', async () => {
  const { shop } = await startedShop();
  refused(await shop.run('acount', 'list'), /no command "acount list": did you mean account list\?/);
  refused(await shop.run('account', 'lst'), /did you mean account list\?/);
  refused(await shop.run('zzzzzzzz'), /`moraine help` lists them/);
  refused(await shop.run('account'), /moraine account needs one of: add, list, show, remove/);
  refused(await shop.run('help', 'nonsense'), /no command "nonsense"/);
  refused(await shop.run('account', 'list', '--jsn'), /no --jsn: did you mean --json\?/);
  refused(await shop.run('serve', '--listn', ':1'), /no --listn: did you mean --listen\?/);
  refused(await shop.run('serve', '--liste=:1'), /no --liste: did you mean --listen\?/);
  refused(await shop.run('account', 'list', '-x'), /no -x/);
});

test('a flag is refused where it has no effect', async () => {
  const { shop } = await startedShop();
  refused(
    await shop.run('account', 'list', '--listen', ':1'),
    /--listen is a setting that `moraine account list` does not use/,
  );
  refused(
    await shop.run('serve', '--first-secret-key', 'x'),
    /--first-secret-key can only be given in the environment/,
  );
  refused(await shop.run('serve', '--drive', 'x'), /--drive can only be given in the file/);
});

test('values too many, missing, doubled or where none belongs are refused', async () => {
  const { shop } = await startedShop();
  refused(await shop.run('account', 'add'), /NAME is missing/);
  refused(await shop.run('account', 'add', 'a', 'b'), /"b" is one value too many/);
  refused(await shop.run('account', 'list', '--data'), /--data needs a value/);
  refused(await shop.run('account', 'list', '--data='), /--data needs a value/);
  refused(await shop.run('account', 'list', '--json=yes'), /--json takes no value/);
  refused(await shop.run('account', 'list', '--data', 'a', '--data', 'b'), /--data is given twice/);
  refused(await shop.run('account', 'list', '--data', '--json'), /--data needs a value/);
  refused(await shop.run('config'), /give --check or --print/);
  assert.equal(shop.opened, 0);
});

test('a wrong configuration is refused before anything is opened, all of it at once', async () => {
  const { shop } = await startedShop();
  shop.environment = { MORAINE_LISTEN: 'x', MORAINE_REGIO: 'y' };
  const result = await shop.run('account', 'list');
  refused(
    result,
    /MORAINE_REGIO .*did you mean MORAINE_REGION\?\nmoraine: listen = "x" \(from MORAINE_LISTEN\): must be HOST:PORT/,
  );
  assert.equal(shop.opened, 0);
});

test('a path without a store is named, and none is made there', async () => {
  const shop = new Shop();
  failed(await shop.run('account', 'list'), /there is no store in .*data: name its directory with --data/);
  mkdirSync(shop.data);
  failed(await shop.run('account', 'add', 'x'), /there is no store in/);
  failed(await shop.run('check'), /there is no store in/);
  assert.equal(shop.opened, 0);
});

test('a mistake of ours says so and keeps its stack', async () => {
  const { shop } = await startedShop();
  const { sweep, usage } = shop.engine.upkeep;
  const check = () => {
    throw new TypeError('oops');
  };
  shop.engine = { ...shop.engine, upkeep: { sweep, usage, check } };
  const result = await shop.run('check');
  assert.equal(result.code, 1);
  assert.match(result.err, /please report it: TypeError: oops\n {4}at /);
});

// --------------------------------------------------------------------------------------------------- accounts and keys

test('accounts are added, listed, shown and removed', async () => {
  const { shop, first } = await startedShop();
  assert.equal((await shop.run('account', 'add', 'ana', '--email', 'ana@example.org')).code, 0);
  assert.match(
    (await shop.run('account', 'list')).out,
    /^NAME +ROLE +STATE +E-MAIL +CREATED +ID\nana +tenant +active +ana@example\.org .*\noperator +operator /,
  );
  const listed = parsed(await shop.run('account', 'list', '--json'));
  assert.ok(
    Array.isArray(listed) && listed.length === 2 && listed[0].name === 'ana' && listed[0].email === 'ana@example.org',
  );
  const shown = await shop.run('account', 'show', 'operator');
  assert.match(shown.out, /canonical id +[0-9a-f]{64}\n/);
  assert.ok(shown.out.includes(first.accessKeyId) && !shown.out.includes(first.secret));
  const json = (await shop.run('account', 'show', 'operator', '--json')).out;
  assert.ok(json.includes(first.accessKeyId) && !json.includes(first.secret) && !json.includes('sealed'));
  assert.match((await shop.run('account', 'show', 'ana')).out, /no keys\n$/);
  failed(await shop.run('account', 'add', 'ana'), /account with name "ana" exists already/);
  failed(await shop.run('account', 'show', 'ben'), /no account "ben"/);
  failed(await shop.run('account', 'remove', 'operator'), /last operator/);
  assert.equal((await shop.run('account', 'remove', 'ana')).code, 0);
  failed(await shop.run('account', 'remove', 'ana'), /no account "ana"/);
});

test('a key is created with its secret shown once, listed without it, and revoked', async () => {
  const { shop, first } = await startedShop();
  await shop.run('account', 'add', 'ana');
  const created = await shop.run('key', 'create', 'ana', '--label', 'laptop', '--v4-only');
  const [, id = '', secret = ''] =
    /access key +(MRN[A-Z2-7]{17})\nsecret key +([A-Za-z0-9+/]{40})\n/.exec(created.out) ?? [];
  assert.ok(id !== '' && secret !== '', created.out);
  const list = await shop.run('key', 'list');
  assert.match(list.out, new RegExp(`${id} +ana +active +V4 +.*laptop`));
  assert.match(list.out, new RegExp(`${first.accessKeyId} +operator +active +V2, V4`));
  const json = await shop.run('key', 'list', 'ana', '--json');
  assert.ok(!list.out.includes(secret) && !json.out.includes(secret) && !json.out.includes('sealed'));
  assert.ok(!json.out.includes(first.accessKeyId));
  assert.equal((await shop.run('key', 'revoke', id)).code, 0);
  assert.match((await shop.run('key', 'list', 'ana')).out, /revoked/);
  failed(await shop.run('key', 'revoke', 'MRNX'), /no access key "MRNX"/);
  failed(await shop.run('key', 'create', 'ben'), /no account "ben"/);
  const made: unknown = parsed(await shop.run('key', 'create', 'ana', '--json'));
  assert.ok(typeof made === 'object' && made !== null && 'secretKey' in made && !('sealedSecret' in made));
});

test('a key is imported from a file or from standard input, its secret neither in the words nor in the output', async () => {
  const { shop } = await startedShop();
  writeFileSync(join(shop.folder, 'secret'), 'from/a+file1234\n');
  const fromFile = await shop.run(
    'key',
    'create',
    'operator',
    '--access-key',
    'EXOfile',
    '--secret-key-file',
    'secret',
  );
  assert.equal(fromFile.code, 0, fromFile.err);
  shop.stdin = 'from-standard-input';
  const fromStdin = await shop.run(
    'key',
    'create',
    'operator',
    '--access-key',
    'EXOstdin',
    '--secret-key-file',
    '-',
    '--json',
  );
  assert.equal(fromStdin.code, 0, fromStdin.err);
  assert.ok(!fromFile.out.includes('from/a+file1234') && !fromStdin.out.includes('from-standard-input'));
  assert.match(
    (await shop.run('s3cfg', '--key', 'EXOfile')).out,
    /^access_key = EXOfile\nsecret_key = from\/a\+file1234$/m,
  );
  assert.match((await shop.run('s3cfg', '--key', 'EXOstdin')).out, /^secret_key = from-standard-input$/m);
  refused(await shop.run('key', 'create', 'operator', '--access-key', 'EXO2'), /belong together/);
  refused(await shop.run('key', 'create', 'operator', '--secret-key-file', '-'), /belong together/);
  refused(await shop.run('key', 'create', 'operator', '--secret-key', 'x'), /no --secret-key: did you mean/);
  failed(await shop.run('key', 'create', 'operator', '--access-key', 'EXO2', '--secret-key-file', 'none'), /ENOENT/);
  shop.stdin = 'short';
  failed(
    await shop.run('key', 'create', 'operator', '--access-key', 'EXO2', '--secret-key-file', '-'),
    /secret of EXO2 must be 8 to 128/,
  );
  shop.stdin = 'from-standard-input';
  failed(
    await shop.run('key', 'create', 'operator', '--access-key', 'EXOstdin', '--secret-key-file', '-'),
    /exists already/,
  );
});

// ------------------------------------------------------------------------------------------------------------- s3cfg

test('s3cfg prints a configuration for the first active key of the operator, or for the one named', async () => {
  const { shop, first } = await startedShop();
  const lines = (signature: string) => [
    '[default]',
    'host_base = localhost:9000',
    'host_bucket = localhost:9000',
    `access_key = ${first.accessKeyId}`,
    `secret_key = ${first.secret}`,
    'use_https = False',
    `signature_v2 = ${signature}`,
    '',
  ];
  assert.deepEqual((await shop.run('s3cfg')).out.split('\n'), lines('False'));
  assert.deepEqual((await shop.run('s3cfg', '--v2')).out.split('\n'), lines('True'));
  await shop.run('account', 'add', 'ana');
  const made = await shop.run('key', 'create', 'ana', '--v4-only');
  const id = /MRN[A-Z2-7]{17}/.exec(made.out)?.[0] ?? '';
  assert.match((await shop.run('s3cfg', '--key', id)).out, new RegExp(`access_key = ${id}\n`));
  failed(await shop.run('s3cfg', '--key', id, '--v2'), /does not allow signature V2/);
  await shop.run('key', 'revoke', id);
  failed(await shop.run('s3cfg', '--key', id), /is revoked/);
  failed(await shop.run('s3cfg', '--key', 'MRNX'), /no access key/);
  await shop.run('key', 'revoke', first.accessKeyId);
  failed(await shop.run('s3cfg'), /operator has no active key: run `moraine key create operator`/);
});

test('s3cfg follows endpoint, names, TLS and region of the configuration', async () => {
  const { shop } = await startedShop();
  shop.environment = {
    MORAINE_HOST_NAMES: 'sos.example.org',
    MORAINE_ENDPOINT: 'https://sos.example.org',
    MORAINE_REGION: 'ch-gva-2',
  };
  const { out } = await shop.run('s3cfg', '--v2');
  assert.match(out, /^host_base = sos\.example\.org\nhost_bucket = %\(bucket\)s\.sos\.example\.org\n/m);
  assert.match(out, /^use_https = True\nsignature_v2 = True\nbucket_location = ch-gva-2\n$/m);
});

test('buckets become host names only where clients can resolve them', () => {
  const credentials = { accessKeyId: 'K', secret: new Secret('S') };
  const bucketHost = (endpoint: string, hostNames: readonly string[]) =>
    /^host_bucket = (.*)$/m.exec(s3cmdConfig({ endpoint, hostNames, region: 'us-east-1' }, credentials, 'v4'))?.[1];
  assert.equal(bucketHost('https://s3.lan:9000', ['s3.lan']), '%(bucket)s.s3.lan:9000');
  assert.equal(bucketHost('http://localhost:9000', ['localhost']), 'localhost:9000');
  assert.equal(bucketHost('http://s3.localhost:9000', ['s3.localhost']), 's3.localhost:9000');
  assert.equal(bucketHost('http://127.0.0.1:9000', ['localhost']), '127.0.0.1:9000');
  assert.equal(bucketHost('http://[::1]:9000', ['localhost']), '[::1]:9000');
  assert.equal(bucketHost('https://proxy.lan', ['s3.lan']), 'proxy.lan');
});

// -------------------------------------------------------------------------------------------------- check and config

test('check says that all is well, or prints each finding and fails', async () => {
  const { shop } = await startedShop();
  const well = await shop.run('check');
  assert.deepEqual([well.code, well.out], [0, '']);
  assert.match(well.err, /checked every row and every body of .*: all is well/);

  const finding: Finding = { kind: 'body', subject: 'atlas/a\u001b[2Jb', problem: 'checksum differs' };
  const { sweep, usage } = shop.engine.upkeep;
  const seen: boolean[] = [];
  shop.engine = {
    ...shop.engine,
    upkeep: {
      sweep,
      usage,
      async *check({ bodies }) {
        seen.push(bodies);
        yield finding;
      },
    },
  };
  const bad = await shop.run('check');
  assert.equal(bad.code, 1);
  assert.equal(bad.out, 'body: atlas/a\\u{1b}[2Jb: checksum differs\n');
  assert.match(bad.err, /1 finding\n/);
  const json = await shop.run('check', '--json', '--rows-only');
  assert.equal(json.code, 1);
  assert.deepEqual(parsed(json), finding);
  assert.deepEqual(seen, [true, false]);
});

test('config --check tells valid from invalid, the certificate included', async () => {
  const shop = new Shop();
  assert.deepEqual(await shop.run('config', '--check'), { code: 0, out: 'the configuration is valid\n', err: '' });
  refused(await shop.run('config', '--check', '--workers', '0'), /workers = "0" \(from --workers\)/);
  failed(
    await shop.run('config', '--check', '--tls-certificate', 'c.pem', '--tls-key', 'k.pem'),
    /tls\.certificate and tls\.key: .*c\.pem/,
  );
  writeFileSync(join(shop.folder, 'c.pem'), 'nonsense');
  writeFileSync(join(shop.folder, 'k.pem'), 'nonsense');
  failed(
    await shop.run('config', '--check', '--tls-certificate', 'c.pem', '--tls-key', 'k.pem'),
    /c\.pem and .*k\.pem are not a certificate/,
  );
});

test('config --print shows every setting with its origin and no secret', async () => {
  const shop = new Shop();
  writeFileSync(join(shop.folder, 'm.toml'), 'region = "zh-1"');
  shop.environment = { MORAINE_FIRST_ACCESS_KEY: 'FIRST', MORAINE_FIRST_SECRET_KEY: 'very-secret-thing' };
  const { code, out } = await shop.run('config', '--print', '--config', 'm.toml', '--workers', '2');
  assert.equal(code, 0);
  assert.match(out, /^region = zh-1 {2}# .*m\.toml$/m);
  assert.match(out, /^workers = 2 {2}# --workers$/m);
  assert.match(out, /^listen = :9000 {2}# default$/m);
  assert.match(out, /^first-secret-key = \(set\) {2}# MORAINE_FIRST_SECRET_KEY$/m);
  assert.ok(!out.includes('very-secret-thing'));
  assert.ok(!(await shop.run('config', '--print', '--json')).out.includes('very-secret-thing'));
});

// --------------------------------------------------------------------------------------------------- what serve says

test('the first start shows all that a newcomer needs, a later one no secret', async () => {
  const { config } = loadConfig({ flags: new Map(), environment: {}, directory: '/srv' });
  const place = {
    version: '0.1.0',
    config,
    endpoint: 'http://localhost:9000',
    console: { host: undefined, port: 9001 },
  };
  const engine = createMemoryEngine();
  const sealer = await openSealer(engine.rows, join(root, 'welcome', 'key'), { random: systemRandom, create: true });
  const first = await firstStart(engine.rows, undefined, { sealer, clock: systemClock, random: systemRandom });
  assert.ok(first);
  const text = welcome(place, first);
  assert.match(text, /Endpoint +http:\/\/localhost:9000\n/);
  assert.match(text, /Console +http:\/\/localhost:9001\n/);
  assert.equal(text.split(`secret_key = ${first.secret.reveal()}\n`).length, 3);
  assert.match(text, /^signature_v2 = False$/m);
  assert.match(text, /^signature_v2 = True$/m);
  assert.equal(text.match(/^ +s3cmd /gm)?.length, 3);
  for (const line of text.split('\n').filter((one) => / = /.test(one)))
    assert.match(line, /^\S/, 's3cmd joins indented lines');
  const later = banner(place);
  assert.ok(!later.includes(first.secret.reveal()) && !later.includes(first.key.accessKeyId));
  assert.match(later, /moraine s3cfg/);
});

test('a secret that the operator chose is not printed at the first start', async () => {
  const environment = { MORAINE_FIRST_ACCESS_KEY: 'CHOSEN', MORAINE_FIRST_SECRET_KEY: 'a-chosen-secret' };
  const { config } = loadConfig({ flags: new Map(), environment, directory: '/srv' });
  const engine = createMemoryEngine();
  const sealer = await openSealer(engine.rows, join(root, 'chosen', 'key'), { random: systemRandom, create: true });
  const first = await firstStart(engine.rows, config.first, { sealer, clock: systemClock, random: systemRandom });
  assert.ok(first);
  const text = welcome({ version: '0.1.0', config, endpoint: 'http://localhost:9000', console: undefined }, first);
  assert.ok(text.includes('CHOSEN') && !text.includes('a-chosen-secret'));
});
