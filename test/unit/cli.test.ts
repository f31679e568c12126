/** The command line: help, what is refused and how, exit codes, check and config. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../../src/store/port.ts';
import { failed, parsed, refused, Shop, startedShop } from '../support/shop.ts';

const COMMANDS = [
  ...['serve', 'account add', 'account list', 'account show', 'account remove', 'key create', 'key list', 'key revoke'],
  ...['s3cfg', 'check', 'scrub', 'drives', 'copies', 'config', 'version'],
];

// -------------------------------------------------------------------------------------------------------------- help

test('help lists every command, and every command explains itself', async (t) => {
  const shop = new Shop(t);
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

test('help needs neither a store nor a valid configuration', async (t) => {
  const shop = new Shop(t);
  shop.environment = { MORAINE_NONSENSE: '1' };
  assert.equal((await shop.run('account', 'list', '--help')).code, 0);
  assert.equal(shop.opened, 0);
});

// ---------------------------------------------------------------------------------------------------------- refusals

test('a misspelt command or flag is refused with the nearest one', async (t) => {
  const { shop } = await startedShop(t);
  refused(await shop.run('acount', 'list'), /no command "acount list": did you mean account list\?/);
  refused(await shop.run('account', 'lst'), /did you mean account list\?/);
  refused(await shop.run('zzzzzzzz'), /`moraine help` lists them/);
  refused(await shop.run('account'), /moraine account needs one of: add, list, show, set, suspend/);
  refused(await shop.run('help', 'nonsense'), /no command "nonsense"/);
  refused(await shop.run('account', 'list', '--jsn'), /no --jsn: did you mean --json\?/);
  refused(await shop.run('serve', '--listn', ':1'), /no --listn: did you mean --listen\?/);
  refused(await shop.run('serve', '--liste=:1'), /no --liste: did you mean --listen\?/);
  refused(await shop.run('account', 'list', '-x'), /no -x/);
});

test('a flag is refused where it has no effect', async (t) => {
  const { shop } = await startedShop(t);
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

test('values too many, missing, doubled or where none belongs are refused', async (t) => {
  const { shop } = await startedShop(t);
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

test('a wrong configuration is refused before anything is opened, all of it at once', async (t) => {
  const { shop } = await startedShop(t);
  shop.environment = { MORAINE_LISTEN: 'x', MORAINE_REGIO: 'y' };
  const result = await shop.run('account', 'list');
  refused(
    result,
    /MORAINE_REGIO .*did you mean MORAINE_REGION\?\nmoraine: listen = "x" \(from MORAINE_LISTEN\): must be HOST:PORT/,
  );
  assert.equal(shop.opened, 0);
});

test('a path without a store is named, and none is made there', async (t) => {
  const shop = new Shop(t);
  failed(await shop.run('account', 'list'), /there is no store in .*data: name its directory with --data/);
  mkdirSync(shop.data);
  writeFileSync(join(shop.data, 'letter.txt'), 'somebody else’s');
  failed(await shop.run('account', 'add', 'x'), /there is no store in/);
  failed(await shop.run('check'), /there is no store in/);
  assert.equal(shop.opened, 0);
});

test('a mistake of ours says so and keeps its stack', async (t) => {
  const { shop } = await startedShop(t);
  const check = () => {
    throw new TypeError('oops');
  };
  shop.engine = { ...shop.engine, upkeep: { ...shop.engine.upkeep, check } };
  const result = await shop.run('check');
  assert.equal(result.code, 1);
  assert.match(result.err, /please report it: TypeError: oops\n {4}at /);
});

// -------------------------------------------------------------------------------------------------- check and config

test('rule 18: check says that all is well, or prints each finding and fails', async (t) => {
  const { shop } = await startedShop(t);
  const well = await shop.run('check');
  assert.deepEqual([well.code, well.out], [0, '']);
  assert.match(well.err, /checked every row and every body of .*: all is well/);

  const finding: Finding = { kind: 'body', subject: 'atlas/a\u001b[2Jb', problem: 'checksum differs' };
  const seen: boolean[] = [];
  shop.engine = {
    ...shop.engine,
    upkeep: {
      ...shop.engine.upkeep,
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

test('config --check tells valid from invalid, the certificate included', async (t) => {
  const shop = new Shop(t);
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

test('config --print shows every setting with its origin and no secret', async (t) => {
  const shop = new Shop(t);
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
