/** Changes of accounts and keys that meet, what was derived from them, and who may make them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmin } from '../../src/admin/admin.ts';
import { LOCAL } from '../../src/admin/means.ts';
import { ADMIN_ACTIONS, requireRight } from '../../src/admin/rights.ts';
import { AdminError, type SessionCredentials, type Standing } from '../../src/admin/types.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer } from '../../src/base/seal.ts';
import { Secret } from '../../src/base/secret.ts';
import { startKeyUses } from '../../src/jobs/key-uses.ts';
import type { Account } from '../../src/model/entities.ts';
import { type Engine, type Rows, Unavailable } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

const WEAK = { ...LIMITS, passwordMemoryBytes: 8 * 1024, passwordPasses: 1 };
const HOUR = 3_600_000;
const sealer = createSealer(Buffer.alloc(32, 1), systemRandom);

function setUp(engine: Engine = createMemoryEngine()) {
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, monotonic: () => now };
  const over = (rows: Rows) => createAdmin({ rows, sealer, clock, random: systemRandom, limits: WEAK });
  const pass = (ms: number) => {
    now += ms;
  };
  return { engine, admin: over(engine.rows), over, pass, clock };
}

/** Before its first commit, `meanwhile` happens. */
function interrupted(rows: Rows, meanwhile: () => Promise<unknown>): Rows {
  let first = true;
  return new Proxy(rows, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (name === 'commit' && first) {
          first = false;
          await meanwhile();
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

const refusedWith = (reason: AdminError['reason'], text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AdminError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, text);
  return true;
};

test('rule 22: an account has so many keys, revoked ones among them, and rotating makes no more', async () => {
  const { engine, admin, clock } = setUp();
  const limits = { ...WEAK, keysPerAccount: 2 };
  const few = createAdmin({ rows: engine.rows, sealer, clock, random: systemRandom, limits });
  const ana = await admin.addAccount({ name: 'ana' }, LOCAL);
  const { key } = await few.createKey(ana, {}, LOCAL);
  const { key: other } = await few.createKey(ana, {}, LOCAL);
  await few.revokeKey(other.accessKeyId, LOCAL);
  await assert.rejects(few.createKey(ana, {}, LOCAL), refusedWith('in-use', /"ana" has 2 keys.*make another account/));
  await assert.rejects(few.rotateKey(key.accessKeyId, 0, LOCAL), refusedWith('in-use', /2 keys/));
  assert.equal((await engine.rows.scanKeys(ana.id, undefined, 10)).length, 2);
  assert.deepEqual(await admin.key(key.accessKeyId), key);
  await few.createKey(await few.addAccount({ name: 'bob' }, LOCAL), {}, LOCAL);
});

// ----------------------------------------------------------------------------------------------------------- meeting

test('rule 29: a change that was begun before a key was revoked does not bring it back', async () => {
  const { engine, admin, over } = setUp();
  const ana = await admin.addAccount({ name: 'ana' }, LOCAL);
  const { key } = await admin.createKey(ana, {}, LOCAL);
  const slow = over(interrupted(engine.rows, () => admin.revokeKey(key.accessKeyId, LOCAL)));
  await assert.rejects(slow.changeKey(key.accessKeyId, { label: 'late' }, LOCAL), refusedWith('invalid', /is revoked/));
  assert.equal((await admin.key(key.accessKeyId)).state, 'revoked');
});

test('rule 29: a password that was begun before an account was suspended does not let it go on', async () => {
  const { engine, admin, over } = setUp();
  await admin.addAccount({ name: 'ana' }, LOCAL);
  const slow = over(interrupted(engine.rows, () => admin.changeAccount('ana', { state: 'suspended' }, LOCAL)));
  const account = await slow.setPassword('ana', new Secret('a password of length'), LOCAL);
  assert.equal(account.state, 'suspended');
  assert.deepEqual(await admin.account('ana'), account);
});

test('rule 29: two operators who take each other away at once leave one, whichever way', async () => {
  type Admins = ReturnType<typeof setUp>['admin'];
  const ways: readonly ((admin: Admins, who: string) => Promise<Account>)[] = [
    (admin, who) => admin.changeAccount(who, { role: 'tenant' }, LOCAL),
    (admin, who) => admin.changeAccount(who, { state: 'suspended' }, LOCAL),
    (admin, who) => admin.removeAccount(who, LOCAL),
  ];
  for (const way of ways) {
    const { engine, admin, over } = setUp();
    for (const name of ['one', 'two']) await admin.addAccount({ name, role: 'operator' }, LOCAL);
    const slow = over(interrupted(engine.rows, () => way(admin, 'two')));
    await assert.rejects(way(slow, 'one'), refusedWith('in-use', /last operator that is active/));
    assert.equal((await admin.account('one')).state, 'active');
  }
});

test('rule 37: a change that another one stopped leaves no event, and one that changes nothing neither', async () => {
  const { engine, admin } = setUp();
  const [one] = [await admin.addAccount({ name: 'one', role: 'operator' }, LOCAL)];
  await admin.addAccount({ name: 'two' }, LOCAL);
  const { key } = await admin.createKey(one, {}, LOCAL);
  await admin.revokeKey(key.accessKeyId, LOCAL);
  const before = await engine.rows.scanAudit({ limit: 100 });
  await assert.rejects(admin.changeAccount('two', { name: 'one' }, LOCAL), refusedWith('exists', /name "one"/));
  await assert.rejects(admin.changeAccount('one', { role: 'tenant' }, LOCAL), refusedWith('in-use', /last operator/));
  await admin.changeAccount('one', { name: 'one' }, LOCAL);
  await admin.revokeKey(key.accessKeyId, LOCAL);
  assert.deepEqual(await engine.rows.scanAudit({ limit: 100 }), before);
});

// ---------------------------------------------------------------------------------------------------------- sessions

async function withSession() {
  const world = setUp();
  const ana = await world.admin.addAccount({ name: 'ana' }, LOCAL);
  const { key, secret } = await world.admin.createKey(ana, { expiresAt: world.clock.now() + 20 * HOUR }, LOCAL);
  return { ...world, ana, key, secret };
}

const over = refusedWith('denied', /session is over/);

test('rule 12: a session ends with its own time, its key’s, and what ends either', async () => {
  const { admin, pass, key, secret } = await withSession();
  const derived = await admin.keySession(key.accessKeyId, { lifeMs: 12 * HOUR }, LOCAL);
  const signedIn = await admin.signInWithKey(key.accessKeyId, secret, LOCAL);
  assert.deepEqual(
    [(await admin.sessionHolder(derived)).by, (await admin.sessionHolder(signedIn)).by],
    ['key-session', 'key'],
  );
  pass(HOUR);
  await assert.rejects(admin.sessionHolder(signedIn), over);
  await admin.sessionHolder(derived);
  pass(12 * HOUR);
  const last = await admin.keySession(key.accessKeyId, { lifeMs: 12 * HOUR }, LOCAL);
  assert.equal(last.expiresAt, key.expiresAt);
  pass(7 * HOUR);
  await assert.rejects(admin.sessionHolder(last), over);
  await assert.rejects(admin.keySession(key.accessKeyId, {}, LOCAL), refusedWith('invalid', /is expired/));
  await assert.rejects(
    admin.signInWithKey(key.accessKeyId, secret, LOCAL),
    refusedWith('denied', /cannot be used now/),
  );
});

test('a session is renewed until so long after it began, as what it was', async () => {
  const { admin, pass, key, secret, clock } = await withSession();
  const began = clock.now();
  let session: SessionCredentials = await admin.signInWithKey(key.accessKeyId, secret, LOCAL);
  for (let hours = 0.5; hours < 12; hours += 0.5) {
    pass(HOUR / 2);
    session = await admin.renewSession(session, LOCAL);
    assert.equal(session.expiresAt, Math.min(clock.now() + HOUR, began + 12 * HOUR));
  }
  assert.equal((await admin.sessionHolder(session)).by, 'key');
  pass(HOUR / 2);
  await assert.rejects(admin.renewSession(session, LOCAL), over);
  const scope = { actions: 'read-only' } as const;
  const derived = await admin.keySession(key.accessKeyId, { scope }, LOCAL);
  await assert.rejects(admin.renewSession(derived, LOCAL), refusedWith('denied', /end when whoever made them said/));
});

test('rule 12: id, token and secret belong together, and all scopes of what it was derived from come with it', async () => {
  const { admin, ana, key } = await withSession();
  const session = await admin.keySession(key.accessKeyId, {}, LOCAL);
  const other = await admin.keySession(key.accessKeyId, {}, LOCAL);
  for (const mixed of [
    { ...session, secret: other.secret },
    { ...session, accessKeyId: other.accessKeyId },
    { ...session, sessionToken: other.sessionToken },
    { ...session, secret: new Secret('') },
    { ...session, sessionToken: key.sealedSecret },
    { ...session, sessionToken: 'x'.repeat(100_000) },
  ]) {
    await assert.rejects(admin.sessionHolder(mixed), over);
  }
  const wide = { resources: [{ bucket: 'photos' }] };
  const scoped = await admin.createKey(ana, { scope: wide }, LOCAL);
  const narrow = { actions: 'read-only' } as const;
  const narrowed = await admin.keySession(scoped.key.accessKeyId, { scope: narrow }, LOCAL);
  assert.deepEqual((await admin.sessionHolder(narrowed)).scopes, [wide, narrow]);
  const less = { resources: [] };
  await admin.changeKey(scoped.key.accessKeyId, { scope: less }, LOCAL);
  assert.deepEqual((await admin.sessionHolder(narrowed)).scopes, [less, narrow]);
  const resources = Array.from({ length: 90 }, (_, at) => ({ bucket: 'photos', prefix: `${'x'.repeat(100)}${at}/` }));
  const long = admin.keySession(key.accessKeyId, { scope: { resources } }, LOCAL);
  await assert.rejects(long, refusedWith('invalid', /too long for a session token/));
});

test('rule 12: who imports the id of a removed account’s key later does not inherit its sessions', async () => {
  const { admin } = await withSession();
  await admin.addAccount({ name: 'ben' }, LOCAL);
  const imported = { accessKeyId: 'SHARED', secret: new Secret('a-good-secret') };
  await admin.createKey(await admin.account('ana'), { imported }, LOCAL);
  const session = await admin.keySession('SHARED', {}, LOCAL);
  await admin.removeAccount('ana', LOCAL);
  await assert.rejects(admin.sessionHolder(session), over);
  await admin.createKey(await admin.account('ben'), { imported }, LOCAL);
  await assert.rejects(admin.sessionHolder(session), over);
});

test('rule 25: the token of another store is none, and says nothing of what it holds', async () => {
  const { admin, key } = await withSession();
  const session = await admin.keySession(key.accessKeyId, {}, LOCAL);
  const other = await withSession();
  const foreign = createAdmin({
    ...{ rows: other.engine.rows, clock: other.clock, random: systemRandom, limits: WEAK },
    sealer: createSealer(Buffer.alloc(32, 2), systemRandom),
  });
  await assert.rejects(foreign.sessionHolder(session), over);
  const text = Buffer.from(session.sessionToken.split('.')[2] ?? '', 'base64url').toString('latin1');
  for (const secret of [session.secret.reveal(), key.accessKeyId, session.accountId]) {
    assert.ok(!session.sessionToken.includes(secret) && !text.includes(secret));
  }
});

test('temporary keys are told apart by their name, which no key can have', async () => {
  const { admin, ana, key } = await withSession();
  assert.match((await admin.keySession(key.accessKeyId, {}, LOCAL)).accessKeyId, /^MRT[A-Z2-7]{17}$/);
  const imported = { accessKeyId: 'MRTSOMETHING', secret: new Secret('a-good-secret') };
  await assert.rejects(admin.createKey(ana, { imported }, LOCAL), refusedWith('invalid', /for temporary keys/));
});

test('an expired key is rotated into one that lives as long as it was made to', async () => {
  const { admin, pass, key, clock } = await withSession();
  pass(30 * HOUR);
  const { key: made } = await admin.rotateKey(key.accessKeyId, HOUR, LOCAL);
  assert.equal(made.expiresAt, clock.now() + 20 * HOUR);
  assert.equal((await admin.key(key.accessKeyId)).expiresAt, key.expiresAt);
});

// ------------------------------------------------------------------------------------------------------------ rights

const accountOf = (id: string, over: Partial<Account> = {}): Account => ({
  ...{ id, name: id, canonicalId: id, role: 'tenant', state: 'active', createdAt: 0 },
  ...over,
});

const allowed = (standing: Standing, about: string | undefined): readonly string[] =>
  (Object.keys(ADMIN_ACTIONS) as (keyof typeof ADMIN_ACTIONS)[]).filter((action) => {
    try {
      requireRight(standing, action, about);
      return true;
    } catch (error) {
      assert.ok(error instanceof AdminError && error.reason === 'denied');
      return false;
    }
  });

test('rule 07: operators may administer all, tenants their own, and neither role, state, name nor e-mail', () => {
  const all = Object.keys(ADMIN_ACTIONS);
  const by = { kind: 'account', by: 'key', scopes: [] } as const;
  const tenant = { ...by, account: accountOf('ana') };
  assert.deepEqual(allowed({ kind: 'local' }, 'ana'), all);
  assert.deepEqual(allowed({ ...by, account: accountOf('root', { role: 'operator' }) }, 'ana'), all);
  const own = all.filter((action) => ADMIN_ACTIONS[action as keyof typeof ADMIN_ACTIONS] !== 'operators');
  assert.deepEqual(allowed(tenant, 'ana'), own);
  assert.ok(
    !own.some((action) => /^account\.(?:change|create|remove|list|reset-password)$|^audit\.list$/.test(action)),
  );
  for (const about of ['ben', undefined]) assert.deepEqual(allowed(tenant, about), []);
  assert.deepEqual(allowed({ ...tenant, account: accountOf('ana', { state: 'suspended' }) }, 'ana'), []);
});

test('rule 12: temporary credentials from a key change nothing, of nobody, and what has a scope administers nothing', () => {
  for (const role of ['tenant', 'operator'] as const) {
    const account = accountOf('ana', { role });
    const derived = allowed({ kind: 'account', account, by: 'key-session', scopes: [] }, 'ana');
    assert.deepEqual(derived, [
      'account.show',
      'session.list',
      'key.list',
      'share.list',
      'usage.show',
      'object.copies',
      'access.explain',
      'audit.show',
    ]);
    for (const by of ['key', 'key-session', 'password'] as const) {
      assert.deepEqual(allowed({ kind: 'account', account, by, scopes: [{ actions: 'read-only' }] }, 'ana'), []);
    }
  }
});

// -------------------------------------------------------------------------------------------------------- uses of keys

const CLIENT = { from: '192.0.2.7', agent: 'rclone/v1.70' };

test('uses of keys are written together, the latest of each, and what could not be written comes with the next', async () => {
  const written: (readonly (readonly [string, number])[])[] = [];
  let down = true;
  const rows = {
    async noteKeyUses(uses: ReadonlyMap<string, number>) {
      if (down) throw new Unavailable('down', { mayHaveApplied: false });
      written.push([...uses].sort());
    },
  };
  let [now, next] = [1, (): void => {}];
  const uses = startKeyUses({
    rows,
    clock: { now: () => now, monotonic: () => now },
    limits: { keyUseMs: 1, keyFirstUseMs: 2, signingKeyCache: 3 },
    log: createLog('silent', () => {}),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        // Nobody waits for a first use here.
        if (ms === 1) next = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
  });
  const round = async () => {
    next();
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (const id of ['a', 'b', 'a']) uses.note(id, CLIENT);
  await round();
  now = 2;
  for (const id of ['b', 'c', 'one too many']) uses.note(id, CLIENT);
  down = false;
  await round();
  await round();
  uses.note('d', CLIENT);
  await uses.stop();
  assert.deepEqual(written, [
    [
      ['a', 1],
      ['b', 2],
      ['c', 2],
    ],
    [['d', 2]],
  ]);
});

test('the first use of a key by a client is written at once, and those after it with the others', async () => {
  const written: unknown[] = [];
  const waits: number[] = [];
  let [first, now] = [(): void => {}, 1];
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const uses = startKeyUses({
    rows: {
      noteKeyUses: async (times, clients) => {
        written.push([...times].map(([id, at]) => [id, at, clients?.get(id)?.agent]));
      },
    },
    clock: { now: () => now, monotonic: () => now },
    limits: { keyUseMs: 60, keyFirstUseMs: 1, signingKeyCache: 3 },
    log: createLog('silent', () => {}),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        if (ms === 1) first = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
  });
  uses.note('a', CLIENT);
  uses.note('a', { from: '192.0.2.8', agent: 'aws-cli/2' });
  first();
  await settled();
  assert.deepEqual(written, [[['a', 1, 'aws-cli/2']]]);
  now = 2;
  for (const agent of [CLIENT.agent, 'aws-cli/2']) uses.note('a', { from: '192.0.2.9', agent });
  await settled();
  assert.deepEqual([written.length, waits], [1, [60, 1, 60]]);
  uses.note('b', CLIENT);
  first();
  await settled();
  assert.deepEqual(written[1], [
    ['a', 2, 'aws-cli/2'],
    ['b', 2, CLIENT.agent],
  ]);
  await uses.stop();
});
