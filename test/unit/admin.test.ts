/** Accounts, keys, master key and first start: exactly once, whatever starts beside it and wherever it died. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAdmin } from '../../src/admin/admin.ts';
import { firstStart } from '../../src/admin/first-start.ts';
import { MasterKeyError, openSealer } from '../../src/admin/masterkey.ts';
import { LOCAL as by } from '../../src/admin/means.ts';
import { AdminError, type Credentials } from '../../src/admin/types.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer } from '../../src/base/seal.ts';
import { Secret } from '../../src/base/secret.ts';
import { type Engine, Unavailable } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'moraine-admin-'));
after(() => rmSync(folder, { recursive: true }));

const sealer = createSealer(Buffer.alloc(32, 1), systemRandom);
const means = { sealer, clock: systemClock, random: systemRandom };
const OPTIONS = { random: systemRandom, create: true };

function setUp(engine: Engine = createMemoryEngine()) {
  return { engine, admin: createAdmin({ ...means, rows: engine.rows, limits: LIMITS }) };
}

async function all<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

const refusedWith = (reason: AdminError['reason'], text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AdminError, String(error));
  assert.equal(error.reason, reason);
  assert.match(error.message, text);
  return true;
};

let folders = 0;
function keyPath(): string {
  folders += 1;
  return join(folder, `store-${folders}`, 'master.key');
}

// ---------------------------------------------------------------------------------------------------------- accounts

test('an account is found by name and by id, and names and e-mails are unique', async () => {
  const { admin } = setUp();
  const ana = await admin.addAccount({ name: 'ana', email: 'ana@example.org' }, by);
  assert.match(ana.canonicalId, /^[0-9a-f]{64}$/);
  assert.equal(ana.role, 'tenant');
  assert.deepEqual(await admin.account('ana'), ana);
  assert.deepEqual(await admin.account(ana.id), ana);
  await assert.rejects(admin.addAccount({ name: 'ana' }, by), refusedWith('exists', /name "ana" exists already/));
  const sameMail = admin.addAccount({ name: 'ben', email: 'ANA@example.org' }, by);
  await assert.rejects(sameMail, refusedWith('exists', /e-mail "ANA@example\.org" exists already/));
  await assert.rejects(admin.account('ben'), refusedWith('missing', /no account "ben"/));
  assert.equal((await all(admin.accounts())).length, 1);
});

test('names and e-mails that nobody could tell apart or type are refused', async () => {
  const { admin } = setUp();
  for (const name of ['', ' ana', 'ana ', 'a\nb', 'a\u202eb', 'x'.repeat(65), '\u0000', '\ud800']) {
    await assert.rejects(
      admin.addAccount({ name }, by),
      refusedWith('invalid', /account name .* must be 1 to 64/),
      JSON.stringify(name),
    );
  }
  for (const email of ['', 'ana', '@x', 'ana@', 'a b@c', 'a@b@c', 'a@b\n']) {
    await assert.rejects(
      admin.addAccount({ name: 'ana', email }, by),
      refusedWith('invalid', /must be an e-mail/),
      email,
    );
  }
  for (const name of ['a', 'Ana María', 'x'.repeat(64), 'ops-1', '東京']) await admin.addAccount({ name }, by);
});

test('more accounts and keys than one page holds are listed whole, in order', async () => {
  const { admin, engine } = setUp();
  const account = await admin.addAccount({ name: 'many' }, by);
  for (let i = 0; i < 1001; i++) await admin.createKey(account, {}, by);
  const keys = (await all(admin.keys(undefined))).map((key) => key.accessKeyId);
  assert.equal(new Set(keys).size, 1001);
  assert.deepEqual(keys, [...keys].sort());
  assert.equal((await engine.rows.scanKeys(account.id, undefined, 2000)).length, 1001);
});

test('an account goes with its keys, but not while it owns a bucket, and never the last operator', async () => {
  const { admin, engine } = setUp();
  const operator = await admin.addAccount({ name: 'operator', role: 'operator' }, by);
  const ana = await admin.addAccount({ name: 'ana' }, by);
  const { key } = await admin.createKey(ana, {}, by);
  const bucket = {
    id: 'b1',
    name: 'atlas',
    owner: ana.id,
    ownerCanonicalId: ana.canonicalId,
    region: 'us-east-1',
    createdAt: 0,
    versioning: 'unversioned' as const,
    acl: { owner: ana.canonicalId, grants: [] },
    configuration: {},
  };
  await engine.rows.commit({ type: 'createBucket', bucket });
  await assert.rejects(admin.removeAccount('ana', by), refusedWith('in-use', /still owns buckets/));
  assert.equal((await admin.account('ana')).id, ana.id);
  await engine.rows.commit({ type: 'deleteBucket', bucketId: 'b1', name: 'atlas' });
  await admin.removeAccount('ana', by);
  assert.equal(await engine.rows.getIdentity(key.accessKeyId), undefined);
  await assert.rejects(admin.removeAccount('ana', by), refusedWith('missing', /no account/));

  await assert.rejects(admin.removeAccount('operator', by), refusedWith('in-use', /last operator/));
  await admin.addAccount({ name: 'second', role: 'operator' }, by);
  await admin.removeAccount(operator.id, by);
});

// -------------------------------------------------------------------------------------------------------------- keys

test('a made key looks like a key, and its secret is sealed in the row and revealed on request', async () => {
  const { admin, engine } = setUp();
  const ana = await admin.addAccount({ name: 'ana' }, by);
  const { key, secret } = await admin.createKey(ana, { label: 'laptop' }, by);
  assert.match(key.accessKeyId, /^MRN[A-Z2-7]{17}$/);
  assert.match(secret.reveal(), /^[A-Za-z0-9+/]{40}$/);
  assert.equal(key.allowV2, true);
  const row = (await engine.rows.getIdentity(key.accessKeyId))?.key;
  assert.ok(!JSON.stringify(row).includes(secret.reveal()));
  assert.equal((await admin.revealSecret(key.accessKeyId)).secret.reveal(), secret.reveal());
  const other = await admin.createKey(ana, { allowV2: false }, by);
  assert.equal(other.key.allowV2, false);
  assert.notEqual(other.key.accessKeyId, key.accessKeyId);
});

test('a key from another store is imported as it is, once', async () => {
  const { admin } = setUp();
  const ana = await admin.addAccount({ name: 'ana' }, by);
  const imported = { accessKeyId: 'EXO1f92ce7', secret: new Secret('s3cr/t+from=elsewhere') };
  const { key } = await admin.createKey(ana, { imported }, by);
  assert.equal(key.accessKeyId, 'EXO1f92ce7');
  assert.equal((await admin.revealSecret('EXO1f92ce7')).secret.reveal(), 's3cr/t+from=elsewhere');
  const ben = await admin.addAccount({ name: 'ben' }, by);
  await assert.rejects(admin.createKey(ben, { imported }, by), refusedWith('exists', /EXO1f92ce7 exists already/));
  assert.equal((await admin.revealSecret('EXO1f92ce7')).key.accountId, ana.id);
});

test('credentials that no request could carry are refused, and a secret is not repeated', async () => {
  const { admin } = setUp();
  const ana = await admin.addAccount({ name: 'ana' }, by);
  const good = 'a-good-secret';
  for (const accessKeyId of ['', 'ab', 'a/b/c', 'a:bc', 'a,bc', 'a b c', 'a=bc', 'aü23', 'x'.repeat(129), 'abc\n']) {
    const draft = { imported: { accessKeyId, secret: new Secret(good) } };
    await assert.rejects(
      admin.createKey(ana, draft, by),
      refusedWith('invalid', /access key .* must be 3 to 128/),
      accessKeyId,
    );
  }
  for (const secret of [
    '',
    'short',
    'with space inside',
    'tab\tinside',
    'ümlaut-secret',
    'line-break\n',
    'x'.repeat(129),
  ]) {
    const draft = { imported: { accessKeyId: 'MRNX', secret: new Secret(secret) } };
    await assert.rejects(admin.createKey(ana, draft, by), (error: unknown) => {
      assert.ok(refusedWith('invalid', /the secret of MRNX must be 8 to 128/)(error));
      return secret === '' || !String(error).includes(secret);
    });
  }
  await assert.rejects(admin.createKey(ana, { label: '' }, by), refusedWith('invalid', /label/));
  await assert.rejects(admin.createKey(ana, { label: 'a\u001b[31m' }, by), refusedWith('invalid', /label/));
  assert.equal((await all(admin.keys(ana.id))).length, 0);
});

test('a revoked key stays in the list as revoked, revoking is final and repeatable', async () => {
  const { admin, engine } = setUp();
  const ana = await admin.addAccount({ name: 'ana' }, by);
  const { key } = await admin.createKey(ana, {}, by);
  await admin.revokeKey(key.accessKeyId, by);
  await admin.revokeKey(key.accessKeyId, by);
  assert.equal((await engine.rows.getIdentity(key.accessKeyId))?.key.state, 'revoked');
  assert.deepEqual(
    (await all(admin.keys(ana.id))).map(({ state }) => state),
    ['revoked'],
  );
  await assert.rejects(admin.revokeKey('MRNNONE', by), refusedWith('missing', /no access key "MRNNONE"/));
  const account = { ...ana, id: 'gone' };
  await assert.rejects(admin.createKey(account, {}, by), refusedWith('missing', /no account/));
});

// ------------------------------------------------------------------------------------------------------- first start

test('the first start makes the operator and one key, later ones nothing', async () => {
  const { engine } = setUp();
  const first = await firstStart(engine.rows, undefined, means);
  assert.equal(first?.account.name, 'operator');
  assert.equal(first?.account.role, 'operator');
  assert.match(first?.key.accessKeyId ?? '', /^MRN[A-Z2-7]{17}$/);
  assert.equal(await firstStart(engine.rows, undefined, means), undefined);
  assert.equal((await engine.rows.scanAccounts(undefined, 10)).length, 1);
  assert.equal((await engine.rows.scanKeys(undefined, undefined, 10)).length, 1);
});

test('credentials from the environment are used at the first start only', async () => {
  const { engine, admin } = setUp();
  const given: Credentials = { accessKeyId: 'CONTAINER', secret: new Secret('a-given-secret') };
  assert.equal((await firstStart(engine.rows, given, means))?.key.accessKeyId, 'CONTAINER');
  assert.equal((await admin.revealSecret('CONTAINER')).secret.reveal(), 'a-given-secret');
  const later: Credentials = { accessKeyId: 'ANOTHER', secret: new Secret('another-secret') };
  assert.equal(await firstStart(engine.rows, later, means), undefined);
  assert.equal(await engine.rows.getIdentity('ANOTHER'), undefined);
});

test('several processes starting at once make one operator and one key, and exactly one of them knows the secret', async () => {
  for (let round = 0; round < 20; round++) {
    const { engine, admin } = setUp();
    const results = await Promise.all(Array.from({ length: 8 }, () => firstStart(engine.rows, undefined, means)));
    const made = results.filter((result) => result !== undefined);
    assert.equal(made.length, 1);
    const keys = await engine.rows.scanKeys(undefined, undefined, 10);
    assert.deepEqual(
      keys.map(({ accessKeyId }) => accessKeyId),
      [made[0]?.key.accessKeyId],
    );
    const revealed = await admin.revealSecret(made[0]?.key.accessKeyId ?? '');
    assert.equal(revealed.secret.reveal(), made[0]?.secret.reveal());
    assert.equal((await engine.rows.scanAccounts(undefined, 10)).length, 1);
  }
});

test('a first start that died before any of its commits, or right after it, is completed by the next one', async () => {
  for (const applied of [false, true]) {
    for (const failing of [1, 2]) {
      const { engine } = setUp();
      const dying = dyingRows(engine, failing, applied);
      await assert.rejects(firstStart(dying, undefined, means), Unavailable);
      await firstStart(engine.rows, undefined, means);
      const accounts = await engine.rows.scanAccounts(undefined, 10);
      const keys = await engine.rows.scanKeys(accounts[0]?.id, undefined, 10);
      assert.deepEqual([accounts.length, keys.length], [1, 1], `commit ${failing}, applied: ${applied}`);
    }
  }
});

test('revoking every key of the operator, or renaming it away, brings no new key at the next start', async () => {
  const { engine, admin } = setUp();
  const first = await firstStart(engine.rows, undefined, means);
  await admin.revokeKey(first?.key.accessKeyId ?? '', by);
  assert.equal(await firstStart(engine.rows, undefined, means), undefined);
  await admin.addAccount({ name: 'boss', role: 'operator' }, by);
  await admin.removeAccount('operator', by);
  assert.equal(await firstStart(engine.rows, undefined, means), undefined);
  assert.deepEqual(
    (await all(admin.accounts())).map(({ name }) => name),
    ['boss'],
  );
});

/** Fails at its n-th commit, having applied it or not: the process dies there. */
function dyingRows(engine: Engine, failing: number, applied: boolean): Engine['rows'] {
  let commits = 0;
  return new Proxy(engine.rows, {
    get: (rows, name) => {
      const value: unknown = Reflect.get(rows, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (name === 'commit') commits += 1;
        const dies = name === 'commit' && commits === failing;
        const result: unknown = dies && !applied ? undefined : await Reflect.apply(value, rows, args);
        if (dies) throw new Unavailable('died', { mayHaveApplied: applied });
        return result;
      };
    },
  });
}

// -------------------------------------------------------------------------------------------------------- master key

test('rule 24: the master key is 32 bytes that only the owner may read, made once, and it opens what it sealed', async () => {
  const { engine } = setUp();
  const path = keyPath();
  const made = await openSealer(engine.rows, path, OPTIONS);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  assert.equal(statSync(path).size, 32);
  assert.deepEqual(readdirSync(join(path, '..')), ['master.key']);
  const bytes = readFileSync(path);
  assert.equal((await openSealer(engine.rows, path, OPTIONS)).keyId, made.keyId);
  assert.deepEqual(readFileSync(path), bytes);
});

test('several processes making the master key at once end with the same one', async () => {
  const { engine } = setUp();
  const path = keyPath();
  const made = await Promise.all(Array.from({ length: 8 }, () => openSealer(engine.rows, path, OPTIONS)));
  assert.equal(new Set(made.map(({ keyId }) => keyId)).size, 1);
  assert.deepEqual(readdirSync(join(path, '..')), ['master.key']);
});

test('rule 24: a master key that others may read or change is refused with the remedy', async () => {
  const { engine } = setUp();
  const path = keyPath();
  await openSealer(engine.rows, path, OPTIONS);
  for (const mode of [0o644, 0o640, 0o604, 0o660, 0o602, 0o610]) {
    chmodSync(path, mode);
    await assert.rejects(openSealer(engine.rows, path, OPTIONS), (error: unknown) => {
      assert.ok(error instanceof MasterKeyError);
      return error.message.includes(`chmod 600 ${path}`) && error.message.includes(`0${mode.toString(8)}`);
    });
  }
  chmodSync(path, 0o400);
  await openSealer(engine.rows, path, OPTIONS);
});

test('a master key may be a link to a file in its own place, but nothing that is no file of 32 bytes', async () => {
  const { engine } = setUp();
  const path = keyPath();
  await openSealer(engine.rows, path, OPTIONS);
  const link = join(path, '..', 'link.key');
  symlinkSync(path, link);
  await openSealer(engine.rows, link, OPTIONS);
  for (const length of [0, 31, 33]) {
    const wrong = join(path, '..', `wrong-${length}`);
    writeFileSync(wrong, Buffer.alloc(length), { mode: 0o600 });
    await assert.rejects(openSealer(engine.rows, wrong, OPTIONS), /must be a file of 32 bytes/);
  }
  const directory = join(path, '..', 'directory');
  mkdirSync(directory);
  await assert.rejects(openSealer(engine.rows, directory, OPTIONS), MasterKeyError);
});

test('rule 24: a missing master key is not replaced where sealed rows exist', async () => {
  const { engine } = setUp();
  const path = keyPath();
  const opened = await openSealer(engine.rows, path, OPTIONS);
  await firstStart(engine.rows, undefined, { ...means, sealer: opened });
  unlinkSync(path);
  await assert.rejects(
    openSealer(engine.rows, path, OPTIONS),
    /is missing, and this store holds secrets .* from your backup/,
  );
  assert.ok(!existsSync(path));
});

test('a master key of another store is refused at the start', async () => {
  const { engine } = setUp();
  const opened = await openSealer(engine.rows, keyPath(), OPTIONS);
  await firstStart(engine.rows, undefined, { ...means, sealer: opened });
  const other = keyPath();
  await openSealer(createMemoryEngine().rows, other, OPTIONS);
  await assert.rejects(openSealer(engine.rows, other, OPTIONS), /is not the one this store was sealed with/);
});

test('a command makes no master key', async () => {
  const path = keyPath();
  const opening = openSealer(createMemoryEngine().rows, path, { random: systemRandom, create: false });
  await assert.rejects(opening, /no master key .*start the server once/);
  assert.ok(!existsSync(path));
});

test('a place where no master key can be made is named', async () => {
  const { engine } = setUp();
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const opening = openSealer(engine.rows, join(file, 'master.key'), OPTIONS);
  await assert.rejects(opening, /the master key .*a-file\/master\.key cannot be (made|read): E/);
});
