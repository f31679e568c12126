/** Passwords and signing in: what is stored, what it costs whoever guesses, and that the answer tells nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmin } from '../../src/admin/admin.ts';
import { LOCAL } from '../../src/admin/means.ts';
import { createPasswords } from '../../src/admin/passwords.ts';
import { type Actor, AdminError } from '../../src/admin/types.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS, type Limits } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSealer } from '../../src/base/seal.ts';
import { Secret } from '../../src/base/secret.ts';
import { Corrupt } from '../../src/store/port.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

/** The weakest that the algorithm allows: what a hash costs is no matter here. */
const WEAK = { ...LIMITS, passwordMemoryBytes: 8 * 1024, passwordPasses: 1 };
const GOOD = new Secret('correct horse battery staple');
const WRONG = new Secret('incorrect horse battery staple');
const sealer = createSealer(Buffer.alloc(32, 1), systemRandom);
const from = (address: string): Actor => ({ actor: { kind: 'stranger' }, from: address });

async function withAna(limits: Partial<Limits> = {}) {
  const engine = createMemoryEngine();
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, monotonic: () => now };
  const means = { rows: engine.rows, sealer, clock, random: systemRandom, limits: { ...WEAK, ...limits } };
  const admin = createAdmin(means);
  await admin.addAccount({ name: 'root', role: 'operator' }, LOCAL);
  const ana = await admin.addAccount({ name: 'ana', email: 'ana@example.org' }, LOCAL);
  await admin.setPassword('ana', GOOD, LOCAL);
  const pass = (ms: number) => {
    now += ms;
  };
  return { admin, engine, ana, pass, means };
}

const refusedWith = (reason: AdminError['reason'], text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AdminError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, text);
  return true;
};

test('rule 24: a password is kept as argon2id with a salt of its own, at the cost that OWASP asks for', async () => {
  const passwords = createPasswords(systemRandom, LIMITS);
  const [one, two] = [await passwords.hash(GOOD, []), await passwords.hash(GOOD, [])];
  assert.match(one, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, two);
  assert.deepEqual([await passwords.check(GOOD, one), await passwords.check(WRONG, one)], ['right', 'wrong']);
});

test('a hash of the reference implementation is understood', async () => {
  // argon2 of the Debian package: printf password | argon2 somesalt -id -t 2 -m 16 -p 1 (its own test vector).
  const vector = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const passwords = createPasswords(systemRandom, LIMITS);
  assert.equal(await passwords.check(new Secret('password'), vector), 'outdated');
  assert.equal(await passwords.check(new Secret('passwore'), vector), 'wrong');
});

test('rule 26: any other character of a hash or password is a wrong password, and what is no hash is no answer', async () => {
  const passwords = createPasswords(systemRandom, WEAK);
  const hash = await passwords.hash(GOOD, []);
  const [head, tail] = [hash.slice(0, -43), hash.slice(-43)];
  for (let at = 0; at < 43; at += 6) {
    const other = `${head}${tail.slice(0, at)}${tail[at] === 'A' ? 'B' : 'A'}${tail.slice(at + 1)}`;
    assert.equal(await passwords.check(GOOD, other), 'wrong');
  }
  assert.equal(await passwords.check(new Secret(`${GOOD.reveal()} `), hash), 'wrong');
  for (const broken of [
    '',
    'plain',
    hash.replace('argon2id', 'argon2i'),
    hash.slice(0, -1),
    hash.replace('m=8', 'm=9999999'),
  ]) {
    await assert.rejects(passwords.check(GOOD, broken), Corrupt, broken);
  }
});

test('a password is the same however its characters are composed', async () => {
  const passwords = createPasswords(systemRandom, WEAK);
  const hash = await passwords.hash(new Secret('Bücher im Überfluß'), []);
  assert.equal(await passwords.check(new Secret('Bu\u0308cher im U\u0308berfluß'), hash), 'right');
});

test('passwords that are too short, too long, too simple or the account itself are refused, and not repeated', async () => {
  const { admin } = await withAna();
  const cases: readonly [string, RegExp][] = [
    ['', /has 0 characters, it must have 12 to 1024/],
    ['eleven char', /has 11 characters/],
    ['x'.repeat(1025), /must have 12 to 1024/],
    ['aaaaaaaaaaaaaaaa', /repeats too few characters/],
    ['ANA@example.org', /is the name or e-mail/],
    ['with a line\nbreak', /control character/],
  ];
  for (const [text, problem] of cases) {
    await assert.rejects(admin.setPassword('ana', new Secret(text), LOCAL), (error: unknown) => {
      assert.ok(refusedWith('invalid', problem)(error));
      return text === '' || !String(error).includes(text);
    });
  }
  await admin.setPassword('ana', new Secret('twelve chars'), LOCAL);
  await admin.setPassword('ana', new Secret(`x${'yz'.repeat(511)}!`), LOCAL);
});

test('rule 22: so many passwords are hashed at a time, so many wait, and the next is told to come again', async () => {
  const passwords = createPasswords(systemRandom, { ...WEAK, passwordHashes: 2, passwordQueue: 3 });
  const hash = await passwords.hash(GOOD, []);
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.check(GOOD, hash)));
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 5);
  for (const one of all) if (one.status === 'rejected') assert.ok(refusedWith('busy', /try again/)(one.reason));
  assert.equal(await passwords.check(GOOD, hash), 'right', 'turns are given back');
});

test('rule 27: who signs in wrongly is told the same, whatever was wrong, and a name that nobody has costs a hash too', async () => {
  const { admin, engine } = await withAna();
  await admin.addAccount({ name: 'keys-only' }, LOCAL);
  await admin.addAccount({ name: 'gone' }, LOCAL);
  await admin.setPassword('gone', GOOD, LOCAL);
  await admin.changeAccount('gone', { state: 'suspended' }, LOCAL);
  const told = new Set<string>();
  const tries: readonly [string, Secret][] = [
    ['ana', WRONG],
    ['nobody', GOOD],
    ['keys-only', GOOD],
    ['gone', GOOD],
    ['', GOOD],
    ['x'.repeat(5000), GOOD],
    ['ana', new Secret('x'.repeat(100_000))],
  ];
  for (const [at, [name, password]] of tries.entries()) {
    await assert.rejects(admin.signIn(name, password, from(`192.0.2.${at}`)), (error: unknown) => {
      assert.ok(error instanceof AdminError && error.reason === 'denied');
      told.add(error.message);
      return true;
    });
  }
  assert.equal(told.size, 1);
  const failures = (await engine.rows.scanAudit({ limit: 100 })).filter(
    ({ action }) => action === 'account.sign-in-failed',
  );
  assert.equal(failures.length, tries.length);
  assert.deepEqual([...new Set(failures.map(({ target }) => target))].sort(), ['ana', 'gone', 'keys-only', 'nobody']);
  const busy = { ...WEAK, passwordHashes: 1, passwordQueue: 0 };
  const passwords = createPasswords(systemRandom, busy);
  const unknown = passwords.check(GOOD, undefined);
  await assert.rejects(passwords.check(GOOD, undefined), refusedWith('busy', /try again/));
  assert.equal(await unknown, 'wrong');
});

test('rule 27: what was typed for a name that nobody has is written nowhere', async () => {
  const { admin, engine } = await withAna();
  await assert.rejects(admin.signIn('my-secret-password', WRONG, from('192.0.2.1')));
  assert.ok(!JSON.stringify(await engine.rows.scanAudit({ limit: 100 })).includes('my-secret'));
});

test('rule 22: guessing has to wait, per name and per address, also when all guesses come at once', async () => {
  const { admin, pass } = await withAna({ signInFailures: 3 });
  const guess = (name: string, address: string) => admin.signIn(name, WRONG, from(address));
  const burst = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => guess('ana', `192.0.2.${at}`)));
  const reasons = burst.map(
    (one) => one.status === 'rejected' && one.reason instanceof AdminError && one.reason.reason,
  );
  assert.deepEqual(reasons.sort(), ['busy', 'busy', 'busy', 'denied', 'denied', 'denied']);
  await assert.rejects(admin.signIn('ana', GOOD, from('192.0.2.99')), refusedWith('busy', /try again in [0-9]+[smh]/));
  for (const name of ['a', 'b', 'c']) await assert.rejects(guess(name, '192.0.2.50'), refusedWith('denied', /./));
  await assert.rejects(guess('d', '192.0.2.50'), refusedWith('busy', /./));
  pass(LIMITS.signInWindowMs);
  await admin.signIn('ana', GOOD, from('192.0.2.50'));
});

test('rule 22: who has to wait, or does not fail, pushes no count of failures out', async () => {
  const { admin, ana } = await withAna({ signInFailures: 3, signInsCounted: 8 });
  const { key, secret } = await admin.createKey(ana, {}, LOCAL);
  const guess = (id: string) => admin.signInWithKey(id, WRONG, from('192.0.2.1'));
  for (let at = 0; at < 3; at++) await assert.rejects(guess(key.accessKeyId), refusedWith('denied', /./));
  for (let at = 0; at < 30; at++) await assert.rejects(guess(`OTHER${at}`), refusedWith('busy', /./));
  for (let at = 0; at < 30; at++) await admin.signIn('ana', GOOD, from(`198.51.100.${at}`));
  await assert.rejects(guess(key.accessKeyId), refusedWith('busy', /./));
  const elsewhere = admin.signInWithKey(key.accessKeyId, secret, from('192.0.2.2'));
  await assert.rejects(elsewhere, refusedWith('busy', /./));
});

test('rule 22: addresses that one client has by the million are one to the count', async () => {
  const { admin } = await withAna({ signInFailures: 3 });
  const guess = (name: string, address: string) => admin.signIn(name, WRONG, from(address));
  for (const [at, address] of ['2001:db8:1:2::7', '2001:DB8:1:2:ffff::9', '2001:0db8:0001:2:1:2:3:4'].entries()) {
    await assert.rejects(guess(`one ${at}`, address), refusedWith('denied', /./));
  }
  await assert.rejects(guess('two', '2001:db8:1:2::192.0.2.1'), refusedWith('busy', /./));
  for (const [at, address] of ['2001:db8:1:3::7', '2001:db8:1::2', '::1', '192.0.2.7'].entries()) {
    await assert.rejects(guess(`three ${at}`, address), refusedWith('denied', /./));
  }
});

test('signing in rightly counts as no failure, by name or e-mail, and is in the trail', async () => {
  const { admin, engine, ana } = await withAna({ signInFailures: 2 });
  for (const name of ['ana', 'ana@example.org', 'ANA@example.org', 'ana']) {
    const session = await admin.signIn(name, GOOD, from('192.0.2.1'));
    assert.equal(session.accountId, ana.id);
    const holder = await admin.sessionHolder(session);
    assert.deepEqual([holder.account.name, holder.by, holder.scopes], ['ana', 'password', []]);
  }
  const [event] = (await engine.rows.scanAudit({ limit: 100 })).filter(({ action }) => action === 'account.sign-in');
  assert.deepEqual(event?.actor, { kind: 'account', accountId: ana.id, name: 'ana' });
  assert.equal(event?.from, '192.0.2.1');
});

test('a password hashed with older parameters is hashed anew when it is used, and sessions stay', async () => {
  const { admin, engine, means } = await withAna();
  const before = await admin.signIn('ana', GOOD, LOCAL);
  const stronger = createAdmin({ ...means, limits: { ...WEAK, passwordPasses: 2 } });
  await stronger.signIn('ana', GOOD, LOCAL);
  assert.match((await engine.rows.getAccount({ name: 'ana' }))?.passwordHash ?? '', /m=8,t=2,p=1/);
  await stronger.signIn('ana', GOOD, LOCAL);
  assert.equal((await stronger.sessionHolder(before)).account.name, 'ana');
});

test('an own password is changed for the one before, and guessing at that waits too', async () => {
  const { admin } = await withAna({ signInFailures: 2 });
  const next = new Secret('another horse entirely');
  const attempt = (current: Secret) => admin.setPassword('ana', next, from('192.0.2.1'), current);
  await assert.rejects(attempt(WRONG), refusedWith('denied', /current password/));
  await attempt(GOOD);
  await admin.signIn('ana', next, LOCAL);
  await assert.rejects(attempt(WRONG), refusedWith('denied', /current password/));
  await assert.rejects(attempt(WRONG), refusedWith('busy', /too many failed/));
});

test('a password of two admins at once is one of the two, and never one that was taken back', async () => {
  const { admin, engine } = await withAna();
  const [one, two] = [new Secret('first of two passwords'), new Secret('second of two passwords')];
  await Promise.all([admin.setPassword('ana', one, LOCAL), admin.setPassword('ana', two, LOCAL)]);
  const row = await engine.rows.getAccount({ name: 'ana' });
  const passwords = createPasswords(systemRandom, WEAK);
  const verdicts = [await passwords.check(one, row?.passwordHash), await passwords.check(two, row?.passwordHash)];
  assert.deepEqual(verdicts.sort(), ['right', 'wrong']);
  assert.notEqual(systemClock.now(), row?.sessionsFrom);
});

test('rule 29: a password that was the current one when the change began does not undo another change', async () => {
  const { admin } = await withAna();
  const theirs = new Secret('what whoever knew the old one wants');
  const mine = new Secret('what its owner sets meanwhile');
  // Hashing takes turns, in order: theirs is checked first, and written after mine.
  const slow = admin.setPassword('ana', theirs, LOCAL, GOOD);
  await admin.setPassword('ana', mine, LOCAL);
  await assert.rejects(slow, refusedWith('denied', /current password/));
  await admin.signIn('ana', mine, from('192.0.2.1'));
  await assert.rejects(admin.signIn('ana', theirs, from('192.0.2.1')), refusedWith('denied', /./));
});
