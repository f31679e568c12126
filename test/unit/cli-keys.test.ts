/** The command line: what accounts and keys may, passwords, rotation, temporary keys, and the trail of it all. */

import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { CommandError } from '../../src/cli/command.ts';
import { askSecret } from '../../src/cli/prompt.ts';
import { failed, parsed, refused, type Shop, startedShop } from '../support/shop.ts';

const PASSWORD = 'correct horse battery staple';

async function keyOf(
  shop: Shop,
  ...options: string[]
): Promise<{ readonly accessKeyId: string; readonly secretKey: string }> {
  const made = parsed(await shop.run('key', 'create', 'ana', ...options, '--json'));
  assert.ok(typeof made === 'object' && made !== null && 'accessKeyId' in made && 'secretKey' in made);
  return { accessKeyId: String(made.accessKeyId), secretKey: String(made.secretKey) };
}

async function withAna(t: Parameters<typeof startedShop>[0]) {
  const { shop } = await startedShop(t);
  await shop.run('account', 'add', 'ana', '--email', 'ana@example.org');
  return shop;
}

test('an account is renamed, suspended, resumed, and made an operator', async (t) => {
  const shop = await withAna(t);
  assert.match((await shop.run('account', 'set', 'ana', '--name', 'anna', '--no-email')).out, /^name +anna\n[^@]*$/);
  assert.match((await shop.run('account', 'set', 'anna', '--role', 'operator')).out, /role +operator/);
  assert.match((await shop.run('account', 'suspend', 'anna')).out, /^suspended anna/);
  assert.match((await shop.run('account', 'list')).out, /anna +operator +suspended/);
  failed(await shop.run('account', 'suspend', 'operator'), /"operator" is the last operator that is active/);
  failed(await shop.run('account', 'set', 'operator', '--role', 'tenant'), /last operator that is active/);
  assert.match((await shop.run('account', 'resume', 'anna')).out, /^resumed anna\n$/);
  assert.match((await shop.run('account', 'end-sessions', 'anna')).out, /temporary keys of anna/);
  refused(await shop.run('account', 'set', 'anna'), /nothing to change/);
  refused(await shop.run('account', 'set', 'anna', '--role', 'boss'), /neither operator nor tenant/);
  refused(await shop.run('account', 'set', 'anna', '--email', 'a@b', '--no-email'), /not both/);
  refused(await shop.run('account', 'set', 'anna', '--nam', 'x'), /did you mean --name\?/);
});

test('rule 26: a password comes from standard input or a terminal, never from the command line, and is shown nowhere', async (t) => {
  const shop = await withAna(t);
  shop.stdin = `${PASSWORD}\n`;
  const set = await shop.run('account', 'passwd', 'ana');
  assert.equal(set.code, 0, set.err);
  const shown = await shop.run('account', 'show', 'ana', '--json');
  assert.ok(shown.out.includes('"password": true') && !/argon2|horse/.test(shown.out + set.out));
  const row = await shop.engine.rows.getAccount({ name: 'ana' });
  assert.match(row?.passwordHash ?? '', /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
  shop.stdin = 'short\n';
  failed(await shop.run('account', 'passwd', 'ana'), /has 5 characters, it must have 12 to 1024/);
  shop.typed = [PASSWORD, `${PASSWORD}!`];
  failed(await shop.run('account', 'passwd', 'ana'), /not the same/);
  assert.equal((await shop.engine.rows.getAccount({ name: 'ana' }))?.passwordHash, row?.passwordHash);
  refused(await shop.run('account', 'passwd', 'ana', '--password', PASSWORD), /there is no --password/);
  assert.equal((await shop.run('account', 'passwd', 'ana', '--remove')).code, 0);
  assert.equal((await shop.engine.rows.getAccount({ name: 'ana' }))?.passwordHash, undefined);
  assert.ok(!(await shop.run('audit', '--json')).out.includes('horse'));
});

test('rule 26: what is typed at the question for a password is not shown, and Ctrl-C changes nothing', async () => {
  const ask = (typed: string) => {
    let shown = '';
    const input = new PassThrough();
    const output = new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk);
        done();
      },
    });
    const answer = askSecret('New password: ', input, output);
    input.write(typed);
    return { answer, shown: () => shown };
  };
  const whole = ask(`${PASSWORD}\r`);
  assert.equal(await whole.answer, PASSWORD);
  const corrected = ask(`wrong\u007f\u007f\u007f\u007f\u007f${PASSWORD}\r`);
  assert.equal(await corrected.answer, PASSWORD);
  await assert.rejects(ask('half\u0003').answer, CommandError);
  assert.equal(whole.shown() + corrected.shown(), 'New password: \nNew password: \n');
});

test('a key is made with a scope and an end, and listed with what it may in words', async (t) => {
  const shop = await withAna(t);
  const scope = ['--scope-bucket', 'photos/2024/', '--scope-bucket', 'notes', '--read-only', '--from', '10.0.0.0/8'];
  const { accessKeyId } = await keyOf(shop, ...scope, '--expires', '30d', '--no-v2', '--label', 'frame');
  const list = await shop.run('key', 'list', 'ana');
  assert.match(list.out, /^ACCESS KEY +ACCOUNT +STATE +SIGNATURES +CREATED +EXPIRES +LAST USED +MAY +LABEL\n/);
  assert.match(list.out, /ana +active +V4 .* - +reads only in photos\/2024\/, notes from 10\.0\.0\.0\/8 +frame\n/);
  await shop.engine.rows.noteKeyUses(new Map([[accessKeyId, Date.UTC(2026, 0, 2)]]));
  assert.match((await shop.run('key', 'list')).out, /2026-01-02T00:00:00Z/);
  const stored = (await shop.engine.rows.getIdentity(accessKeyId))?.key;
  assert.deepEqual(stored?.scope, {
    resources: [{ bucket: 'photos', prefix: '2024/' }, { bucket: 'notes' }],
    actions: 'read-only',
    networks: ['10.0.0.0/8'],
  });
  const made = await shop.run(
    'key',
    'create',
    'ana',
    '--actions',
    's3:GetObject,s3:PutObject',
    '--actions',
    's3:ListBucket',
  );
  assert.match(made.out, /may +s3:GetObject, s3:PutObject, s3:ListBucket\n/);
});

test('rule 10: a scope that says what no scope can say is refused, and makes no key', async (t) => {
  const shop = await withAna(t);
  const create = (...options: string[]) => shop.run('key', 'create', 'ana', ...options);
  failed(await create('--scope-bucket', 'photos/2024'), /prefix "2024" must end in "\/"/);
  failed(await create('--scope-bucket', 'photos*'), /patterns are not taken/);
  failed(await create('--actions', 'GetObject'), /no action "GetObject": did you mean s3:GetObject\?/);
  failed(await create('--actions', 's3:GetObjcts'), /did you mean s3:GetObject\?/);
  failed(await create('--actions', 's3:*'), /patterns are not taken/);
  failed(await create('--from', '10.0.0.0/33'), /no address or network/);
  failed(await create('--expires', '0s'), /expires in the future/);
  refused(await create('--expires', 'soon'), /no duration: write one such as 12h or 30d/);
  refused(await create('--read-only', '--actions', 's3:GetObject'), /give one of them/);
  refused(await create('--scope-buckets', 'b'), /did you mean --scope-bucket\?/);
  assert.equal((await shop.run('key', 'list', 'ana', '--json')).out, '[]\n');
});

test('a key is changed, and stays revoked', async (t) => {
  const shop = await withAna(t);
  const { accessKeyId } = await keyOf(shop, '--label', 'old');
  const set = (...options: string[]) => shop.run('key', 'set', accessKeyId, ...options);
  assert.match(
    (await set('--label', 'new', '--scope-bucket', 'notes', '--expires', '1d', '--no-v2')).out,
    /may +everything in notes/,
  );
  const row = async () => (await shop.engine.rows.getIdentity(accessKeyId))?.key;
  assert.deepEqual([(await row())?.label, (await row())?.allowV2], ['new', false]);
  await set('--no-label', '--no-scope', '--expires', 'never', '--v2');
  const { label, scope, expiresAt, allowV2 } = (await row()) ?? {};
  assert.deepEqual([label, scope, expiresAt, allowV2], [undefined, undefined, undefined, true]);
  refused(await set(), /nothing to change/);
  refused(await set('--v2', '--no-v2'), /give one of them/);
  refused(await set('--no-scope', '--read-only'), /give one of them/);
  await shop.run('key', 'revoke', accessKeyId);
  failed(await set('--label', 'again'), /is revoked, and stays so/);
  failed(await shop.run('key', 'rotate', accessKeyId, '--overlap', '1d'), /is revoked/);
  failed(await shop.run('key', 'session', accessKeyId), /is revoked/);
});

test('a rotated key has a successor like it, and ends', async (t) => {
  const shop = await withAna(t);
  const { accessKeyId } = await keyOf(shop, '--label', 'app', '--scope-bucket', 'notes', '--no-v2');
  refused(await shop.run('key', 'rotate', accessKeyId), /--overlap is missing/);
  const rotated = await shop.run('key', 'rotate', accessKeyId, '--overlap', '0s');
  assert.match(rotated.out, /secret key +\S{40}\nlabel +app\nmay +everything in notes\n/);
  assert.match(rotated.out, new RegExp(`replaces +${accessKeyId}, which ends 20`));
  assert.match((await shop.run('key', 'list', 'ana')).out, new RegExp(`${accessKeyId} +ana +expired`));
  failed(await shop.run('key', 'rotate', accessKeyId, '--overlap', '1000d'), /overlap must be at most 90d/);
});

test('temporary credentials are printed for a shell and for a configuration, and stored nowhere', async (t) => {
  const shop = await withAna(t);
  const { accessKeyId } = await keyOf(shop);
  const made = await shop.run('key', 'session', accessKeyId, '--for', '15m', '--read-only');
  assert.match(made.out, /^# Until 20\S+Z\. For a shell:\nexport AWS_ACCESS_KEY_ID=MRT[A-Z2-7]{17}\n/);
  assert.match(made.out, /\nexport AWS_SECRET_ACCESS_KEY='[A-Za-z0-9+/]{40}'\nexport AWS_SESSION_TOKEN=v1\./);
  assert.match(made.out, /\naws_session_token = v1\./);
  assert.match(made.out, /\nsecret_key = [\s\S]*\naccess_token = v1\./);
  assert.match(made.out, /\nendpoint_url = http:\/\//);
  assert.equal((await shop.engine.rows.scanKeys(undefined, undefined, 10)).length, 2);
  failed(await shop.run('key', 'session', accessKeyId, '--for', '13h'), /at most 12h/);
  failed(await shop.run('key', 'session', 'MRNNONE'), /no access key/);
});

test('rule 37: each change is in the trail with who, what and from where, newest first, and without a secret', async (t) => {
  const shop = await withAna(t);
  const { accessKeyId, secretKey } = await keyOf(shop, '--read-only');
  await shop.run('key', 'session', accessKeyId);
  await shop.run('key', 'rotate', accessKeyId, '--overlap', '1h');
  await shop.run('key', 'revoke', accessKeyId);
  await shop.run('account', 'suspend', 'ana');
  const trail = await shop.run('audit', '--account', 'ana');
  const done = trail.out.split('\n').map((line) => /command line +local +(\S+)/.exec(line)?.[1]);
  // Two of one millisecond have no order.
  const expected = [
    'account.create',
    'account.suspend',
    'key.create',
    'key.create',
    'key.revoke',
    'key.rotate',
    'key.session',
  ];
  assert.deepEqual(done.filter((one) => one !== undefined).sort(), expected);
  assert.match(trail.out, /account\.suspend +ana +state: active → suspended; sessions: ended/);
  const all = parsed(await shop.run('audit', '--json'));
  assert.ok(Array.isArray(all) && all.length === 9, 'the first start is in it');
  assert.ok(!JSON.stringify(all).includes(secretKey));
  assert.equal((await shop.run('audit', '--limit', '1')).out.split('\n').length, 3);
  const before = parsed(await shop.run('audit', '--before', String(all[7].id), '--json'));
  assert.ok(Array.isArray(before) && before.length === 1);
  refused(await shop.run('audit', '--limit', '0'), /from 1 to 1000/);
});
