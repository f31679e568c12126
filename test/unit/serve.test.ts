/** A real start of the real program: what it makes, says and refuses, once and again, alone and with others. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort, ROOT } from '../support/processes.ts';
import { rawRequest } from '../support/raw-client.ts';

const MORAINE = join(ROOT, 'bin/moraine');

interface Started {
  readonly child: ChildProcess;
  /** Resolves when the program has said that it is ready, or has ended. */
  readonly said: Promise<string>;
  /** Exit code, standard output and standard error, when it ends. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'moraine-serve-'));
  context.after(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
  return folder;
}

/** Ends with its test. */
function start(
  context: TestContext,
  words: readonly string[],
  options: { cwd?: string; command?: string; path?: string } = {},
): Started {
  const { PATH } = process.env;
  const env = { PATH: options.path ?? PATH };
  const child = spawn(options.command ?? MORAINE, words, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  const said = Promise.withResolvers<string>();
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    if (/s3cmd ls s3:.*\n\n$|moraine key list.*\n\n$/.test(out)) said.resolve(out);
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const ended = once(child, 'close').then(([code]) => {
    said.resolve(out);
    return { code: typeof code === 'number' ? code : null, out, err };
  });
  context.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, said: said.promise, ended };
}

async function serving(context: TestContext, data: string, more: readonly string[] = []): Promise<Started> {
  const listen = ['--listen', `127.0.0.1:${await freePort()}`, '--console-listen', 'off', '--metrics-listen', 'off'];
  return start(context, ['serve', '--data', data, '--workers', '1', '--log-level', 'warn', ...listen, ...more]);
}

async function stop({ child, ended }: Started): Promise<{ readonly code: number | null; readonly err: string }> {
  child.kill('SIGTERM');
  return ended;
}

async function command(context: TestContext, ...words: readonly string[]) {
  return start(context, words).ended;
}

const secretIn = (text: string): string => /^ +Secret key +(\S{40})$/m.exec(text)?.[1] ?? '';
const keyIn = (text: string): string => /^ +Access key +(\S{20})$/m.exec(text)?.[1] ?? '';

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A clear refusal: one line, no stack, exit code 1. */
function refusedInOneLine(
  { code, out, err }: { readonly code: number | null; readonly out: string; readonly err: string },
  text: RegExp,
): void {
  assert.equal(code, 1, err);
  assert.equal(out, '');
  assert.match(err, text);
  assert.equal(err.trimEnd().split('\n').length, 1, err);
}

test('rule 24: the first start shows the secret once, stores it sealed, for its owner’s eyes only; the second keeps everything', async (t) => {
  const data = join(folderFor(t), 'store');
  const first = await serving(t, data);
  const said = await first.said;
  const secret = secretIn(said);
  assert.ok(secret !== '', said);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  const during = await command(t, 's3cfg', '--data', data);
  assert.ok(during.out.includes(`access_key = ${keyIn(said)}\nsecret_key = ${secret}\n`), during.err);
  assert.equal((await stop(first)).code, 0);

  const files = filesBelow(data);
  assert.ok(files.length >= 3, files.join());
  for (const file of files) {
    assert.equal(statSync(file).mode & 0o077, 0, file);
    const bytes = readFileSync(file);
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ]) {
      assert.ok(!bytes.includes(form), `${file} holds the secret`);
    }
  }

  const second = await serving(t, data);
  const later = await second.said;
  assert.match(later, /is ready/);
  assert.ok(later.includes(`bin/moraine s3cfg --data ${data} --listen 127.0.0.1:`), later);
  assert.ok(!later.includes(secret) && !later.includes('First start'), later);
  assert.equal((await stop(second)).code, 0);
  const after = await command(t, 's3cfg', '--data', data);
  assert.ok(after.out.includes(`secret_key = ${secret}\n`));
  const checked = await command(t, 'check', '--data', data);
  assert.equal(checked.code, 0, checked.err + checked.out);
});

test('the Console’s port serves the account API: the first key signs in, what it changes holds for S3, and S3 admits its pages', async (t) => {
  const data = join(folderFor(t), 'store');
  const port = await freePort();
  const s3 = `127.0.0.1:${await freePort()}`;
  const ports = ['--listen', s3, '--console-listen', `127.0.0.1:${port}`];
  const server = start(t, ['serve', '--data', data, '--workers', '1', '--metrics-listen', 'off', ...ports]);
  const said = await server.said;
  const origin = `http://127.0.0.1:${port}`;
  assert.ok(said.includes(`open ${origin} and sign in with that access key and its secret`), said);
  const call = async (method: string, path: string, body: unknown, bearer?: string) => {
    const headers = { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await rawRequest({ origin, method, target: `/api/v1${path}`, headers, ...content });
    return { status: answer.status, json: Object(JSON.parse(answer.body.toString() || 'null')) };
  };
  const credentials = { accessKeyId: keyIn(said), secretAccessKey: secretIn(said) };
  const { json } = await call('POST', '/sessions', credentials);
  assert.equal((await call('GET', '/me', undefined, json.bearerToken)).json.account.name, 'operator');
  const made = await call('POST', '/accounts', { name: 'ana' }, json.bearerToken);
  assert.equal(made.status, 201);
  assert.match((await command(t, 'account', 'list', '--data', data)).out, /\bana\b/);
  await command(t, 'key', 'revoke', credentials.accessKeyId, '--data', data);
  assert.equal((await call('GET', '/me', undefined, json.bearerToken)).status, 401);
  const page = await rawRequest({ origin, method: 'GET', target: '/buckets' });
  assert.deepEqual([page.status, page.headers['content-type']], [200, 'text/html; charset=utf-8']);
  const headers = { origin, 'access-control-request-method': 'GET' };
  const admitted = await rawRequest({ origin: `http://${s3}`, method: 'OPTIONS', target: '/', headers });
  assert.deepEqual([admitted.status, admitted.headers['access-control-allow-origin']], [200, origin]);
  assert.equal((await stop(server)).code, 0);
});

test('servers that start at once on a new directory make one operator with one key', async (t) => {
  const data = join(folderFor(t), 'store');
  const servers = await Promise.all([serving(t, data), serving(t, data), serving(t, data)]);
  const said = await Promise.all(servers.map((server) => server.said));
  const secrets = said.map(secretIn).filter((secret) => secret !== '');
  assert.equal(secrets.length, 1, said.join('\n---\n'));
  const keys: unknown = JSON.parse((await command(t, 'key', 'list', '--data', data, '--json')).out);
  assert.ok(Array.isArray(keys) && keys.length === 1);
  for (const server of servers) assert.equal((await stop(server)).code, 0);
});

test('a port in use is one clear line, and the first key is still to be shown by the next start', async (t) => {
  const data = join(folderFor(t), 'store');
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.after(() => occupant.close());
  const address = occupant.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const flag of ['--listen', '--console-listen', '--metrics-listen']) {
    const others = ['--listen', '--console-listen', '--metrics-listen'].filter((other) => other !== flag);
    const free = others.flatMap((other) => [other, '127.0.0.1:0']);
    const words = ['serve', '--data', data, ...free, flag, `127.0.0.1:${port}`];
    const refused = await start(t, words).ended;
    refusedInOneLine(
      refused,
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another program .* choose another with ${flag}`),
    );
  }
  const server = await serving(t, data);
  assert.ok(secretIn(await server.said) !== '');
  await stop(server);
});

test('a data directory, certificate or master key that cannot be used is one clear line', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  refusedInOneLine(
    await (await serving(t, file)).ended,
    /the data directory .*file cannot be made: there is a file of that name/,
  );
  refusedInOneLine(await (await serving(t, join(file, 'below'))).ended, /the data directory .*below cannot be made/);
  const tls = ['--tls-certificate', join(folder, 'none.pem'), '--tls-key', file];
  refusedInOneLine(
    await (await serving(t, join(folder, 'store'), tls)).ended,
    /tls\.certificate and tls\.key: .*none\.pem/,
  );
  const key = join(folder, 'key');
  writeFileSync(key, Buffer.alloc(32, 1));
  chmodSync(key, 0o644);
  const wide = await (await serving(t, join(folder, 'store'), ['--master-key', key])).ended;
  refusedInOneLine(wide, /may be read or changed by others \(mode 0644\): run chmod 600/);
});

test('several workers serve one port, and all of them end with the primary', async (t) => {
  const data = join(folderFor(t), 'store');
  const server = await serving(t, data, ['--workers=2']);
  assert.equal((await server.ended).code, 2, 'a flag given twice is refused');
  const words = [
    'serve',
    '--data',
    data,
    '--workers',
    '2',
    '--listen',
    '127.0.0.1:0',
    '--console-listen',
    'off',
    '--metrics-listen',
    'off',
  ];
  const two = start(t, words);
  const said = await two.said;
  const endpoint = /^ +Endpoint +(http:\S+)$/m.exec(said)?.[1] ?? '';
  const answer = await fetch(endpoint);
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /<Code>AccessDenied<\/Code>/);
  assert.equal((await stop(two)).code, 0);
  await assert.rejects(fetch(endpoint));
});

test('the command runs from any directory and through links, with the Node that npm pinned', async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, 'bin'));
  symlinkSync(MORAINE, join(folder, 'bin', 'moraine'));
  symlinkSync('bin/moraine', join(folder, 'm'));
  const { code, out, err } = await start(t, ['version', '--json'], { cwd: folder, command: join(folder, 'm') }).ended;
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(out).node, process.versions.node);
});

test('without a Node that is new enough, or without packages, the command says what to do', async (t) => {
  const folder = folderFor(t);
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  const copy = join(folder, 'bin', 'moraine');
  refusedInOneLine(
    await start(t, ['version'], { command: copy }).ended,
    /packages are not installed yet: run npm ci in /,
  );
  mkdirSync(join(folder, 'node_modules'));
  const old = join(folder, 'old');
  mkdirSync(old);
  writeFileSync(join(old, 'node'), '#!/bin/sh\necho v20.19.0\n', { mode: 0o755 });
  const { PATH } = process.env;
  refusedInOneLine(await start(t, ['version'], { command: copy, path: `${old}:${PATH}` }).ended, /needs Node 26/);
});
