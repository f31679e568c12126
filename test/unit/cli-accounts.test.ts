/** The command line: accounts, keys, configurations for s3cmd, and what serve says. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstStart } from '../../src/admin/first-start.ts';
import { openSealer } from '../../src/admin/masterkey.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import { s3cmdConfig } from '../../src/cli/s3cmd.ts';
import { banner, welcome } from '../../src/cli/welcome.ts';
import { loadConfig } from '../../src/config.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { failed, parsed, refused, Shop, startedShop } from '../support/shop.ts';

// --------------------------------------------------------------------------------------------------- accounts and keys

test('accounts are added, listed, shown and removed', async (t) => {
  const { shop, first } = await startedShop(t);
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

test('rule 18: what was typed is repeated without what it would do to a terminal', async (t) => {
  const { shop } = await startedShop(t);
  const hostile = 'x\u001b[31m\u009b2J\u202e';
  failed(await shop.run('account', 'show', hostile), /no account "x\\u\{1b\}\[31m\\u\{9b\}2J\\u\{202e\}"/);
  failed(await shop.run('key', 'revoke', hostile), /no access key "x\\u\{1b\}/);
  const added = await shop.run('account', 'add', hostile);
  assert.doesNotMatch(added.err.trimEnd(), /\p{C}/u);
});

test('a key is created with its secret shown once, listed without it, and revoked', async (t) => {
  const { shop, first } = await startedShop(t);
  await shop.run('account', 'add', 'ana');
  const created = await shop.run('key', 'create', 'ana', '--label', 'laptop', '--no-v2');
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

test('a key is imported from a file or from standard input, its secret neither in the words nor in the output', async (t) => {
  const { shop } = await startedShop(t);
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

test('s3cfg prints a configuration for the first active key of the operator, or for the one named', async (t) => {
  const { shop, first } = await startedShop(t);
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
  const made = await shop.run('key', 'create', 'ana', '--no-v2');
  const id = /MRN[A-Z2-7]{17}/.exec(made.out)?.[0] ?? '';
  assert.match((await shop.run('s3cfg', '--key', id)).out, new RegExp(`access_key = ${id}\n`));
  failed(await shop.run('s3cfg', '--key', id, '--v2'), /does not allow signature V2/);
  await shop.run('key', 'revoke', id);
  failed(await shop.run('s3cfg', '--key', id), /is revoked/);
  failed(await shop.run('s3cfg', '--key', 'MRNX'), /no access key/);
  await shop.run('key', 'revoke', first.accessKeyId);
  failed(await shop.run('s3cfg'), /operator has no active key: run `moraine key create operator`/);
});

test('s3cfg follows endpoint, names, TLS and region of the configuration', async (t) => {
  const { shop } = await startedShop(t);
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

// --------------------------------------------------------------------------------------------------- what serve says

const commandFor = ({ name }: { readonly name: string }) => `bin/moraine ${name} --data /srv/data`;

test('the first start shows all that a newcomer needs, a later one no secret', async (t) => {
  const { config } = loadConfig({ flags: new Map(), environment: {}, directory: '/srv' });
  const place = {
    version: '0.1.0',
    config,
    endpoint: 'http://localhost:9000',
    console: { host: undefined, port: 9001 },
    commandFor,
  };
  const engine = createMemoryEngine();
  const sealer = await openSealer(engine.rows, join(new Shop(t).data, 'master.key'), {
    random: systemRandom,
    create: true,
  });
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
  assert.match(later, /^ {2}bin\/moraine s3cfg --data \/srv\/data$/m);
});

test('a secret that the operator chose is not printed at the first start', async (t) => {
  const environment = { MORAINE_FIRST_ACCESS_KEY: 'CHOSEN', MORAINE_FIRST_SECRET_KEY: 'a-chosen-secret' };
  const { config } = loadConfig({ flags: new Map(), environment, directory: '/srv' });
  const engine = createMemoryEngine();
  const sealer = await openSealer(engine.rows, join(new Shop(t).data, 'master.key'), {
    random: systemRandom,
    create: true,
  });
  const first = await firstStart(engine.rows, config.first, { sealer, clock: systemClock, random: systemRandom });
  assert.ok(first);
  const text = welcome(
    { version: '0.1.0', config, endpoint: 'http://localhost:9000', console: undefined, commandFor },
    first,
  );
  assert.ok(text.includes('CHOSEN') && !text.includes('a-chosen-secret'));
});
