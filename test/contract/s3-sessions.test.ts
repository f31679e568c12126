/**
 * Keys that end and credentials that were derived, as S3 clients meet them: what they may do, and that what ends them holds
 * for the next request on every server of the store (SECURITY rules 12 and 25).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import type { Admin, SessionCredentials } from '../../src/admin/types.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { type Answer, answerOf, overEngines, type World } from '../support/s3-world.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  type Credentials,
  type Headers,
  hostOf,
  presignV2,
  presignV4,
  rawRequest,
  signV2,
  signV4,
  targetOf,
} from '../support/signer.ts';

interface Signer extends Credentials {
  readonly token?: string;
}

const ofSession = ({ accessKeyId, secret, sessionToken }: SessionCredentials): Signer => ({
  accessKeyId,
  secretAccessKey: secret.reveal(),
  token: sessionToken,
});

const withToken = (headers: Headers, { token }: Signer): Headers =>
  token === undefined ? headers : { ...headers, 'x-amz-security-token': token };

interface Ask {
  readonly method?: string;
  readonly body?: string;
  readonly at?: number;
}

async function v4(server: TestServer, credentials: Signer, target: string, ask: Ask = {}): Promise<Answer> {
  const { method = 'GET', body = '', at } = ask;
  const headers = withToken({ host: hostOf(server.origin) }, credentials);
  const signed = signV4({ credentials, method, target, headers, payload: body, ...(at !== undefined && { at }) });
  return answerOf(await rawRequest({ origin: server.origin, method, target, headers: signed, body }));
}

async function v2(server: TestServer, credentials: Signer, target: string): Promise<Answer> {
  const headers = withToken({ host: hostOf(server.origin) }, credentials);
  const signed = signV2({ credentials, method: 'GET', target, headers });
  return answerOf(await rawRequest({ origin: server.origin, method: 'GET', target, headers: signed }));
}

async function url(server: TestServer, target: string): Promise<Answer> {
  const headers = { host: hostOf(server.origin) };
  return answerOf(await rawRequest({ origin: server.origin, method: 'GET', target, headers }));
}

/** Of one account with one key and one object; and a server more over its store. */
async function withKey(world: World, name: string, use: (at: Place) => Promise<void>): Promise<void> {
  const { server } = world;
  const other = await startTestServer({ engine: server.engine, beside: server });
  try {
    const { account, key, accessKeyId, secret } = await server.addAccount(name);
    const credentials = { accessKeyId, secretAccessKey: secret };
    const target = targetOf(name, 'k');
    assert.equal((await v4(server, credentials, targetOf(name), { method: 'PUT' })).status, 200);
    assert.equal((await v4(server, credentials, target, { method: 'PUT', body: 'bytes' })).status, 200);
    await use({ server, other, admin: server.admin, account, key, credentials, target });
  } finally {
    await other.stop();
  }
}

interface Place extends Pick<Awaited<ReturnType<TestServer['addAccount']>>, 'account' | 'key'> {
  readonly server: TestServer;
  readonly other: TestServer;
  readonly admin: Admin;
  readonly credentials: Signer;
  readonly target: string;
}

const PASSWORD = new Secret('correct horse battery staple');

overEngines(
  (world) => {
    test('temporary credentials do what their key may, with V4 and V2, in headers and in addresses', async () => {
      await withKey(world(), 'ways', async ({ server, admin, key, target }) => {
        const session = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        const { token = '' } = session;
        const headers = { host: hostOf(server.origin) };
        const presigned = presignV4({
          credentials: session,
          method: 'GET',
          target,
          headers,
          parameters: { 'X-Amz-Security-Token': token },
        });
        const old = presignV2({
          credentials: session,
          method: 'GET',
          target,
          headers: { ...headers, 'x-amz-security-token': token },
          expires: Math.floor(Date.now() / 1000) + 60,
        });
        const answers = [
          await v4(server, session, target),
          await v2(server, session, target),
          await url(server, presigned),
          await url(server, `${old}&x-amz-security-token=${encodeURIComponent(token)}`),
        ];
        assert.deepEqual(
          answers.map(({ status, text }) => [status, text]),
          answers.map(() => [200, 'bytes']),
        );
        assert.equal((await v4(server, session, target, { method: 'PUT', body: 'more' })).status, 200);
      });
    });

    test('temporary credentials cost no read more: their key, or the account of a password', async () => {
      await withKey(world(), 'reads', async ({ server, admin, account, key, target }) => {
        await admin.setPassword(account.id, PASSWORD, LOCAL);
        const derived = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        const signedIn = ofSession(await admin.signIn('reads', PASSWORD, LOCAL));
        for (const [session, read] of [
          [derived, 'rows.getIdentity'],
          [signedIn, 'rows.getAccount'],
        ] as const) {
          server.engine.reset();
          assert.equal((await v4(server, session, target)).status, 200);
          assert.deepEqual(server.engine.counts(), { [read]: 1, 'rows.getTarget': 1, 'blobs.read': 1 });
        }
        assert.match((await v2(server, signedIn, target)).text, /signature version 2/);
      });
    });

    test('rule 25: a token with any character changed, cut, added to, or beside another id is refused', async () => {
      await withKey(world(), 'bits', async ({ server, admin, key, credentials, target }) => {
        const session = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        const other = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        const { token = '' } = session;
        // It is remembered now, and must be refused all the same.
        assert.equal((await v4(server, session, target)).status, 200);
        const flipped = [...token].map((character, at) => {
          const changed = character === 'A' ? 'B' : 'A';
          return { ...session, token: `${token.slice(0, at)}${changed}${token.slice(at + 1)}` };
        });
        const forged: readonly Signer[] = [
          ...flipped,
          { ...session, token: token.slice(0, -1) },
          { ...session, token: `${token}A` },
          { ...session, token: `${token}.` },
          { ...session, token: key.sealedSecret },
          { ...session, accessKeyId: other.accessKeyId },
          { ...credentials, token },
          { ...other, token },
        ];
        for (const one of forged) {
          const answer = await v4(server, one, target);
          assert.deepEqual([answer.status, answer.code], [400, 'InvalidToken'], `${one.token}`);
        }
        const { token: _, ...bare } = session;
        assert.equal((await v4(server, bare, target)).code, 'InvalidAccessKeyId');
        assert.equal((await v4(server, { ...session, secretAccessKey: 'no' }, target)).code, 'SignatureDoesNotMatch');
        assert.equal((await v4(server, session, target)).status, 200);
      });
    });

    test('rule 12: revoking a key ends it and what was derived from it, from the next request on, on every server', async () => {
      await withKey(world(), 'revoked', async ({ server, other, admin, key, credentials, target }) => {
        const session = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        for (const one of [server, other]) {
          for (const who of [credentials, session]) assert.equal((await v4(one, who, target)).status, 200);
        }
        await admin.revokeKey(key.accessKeyId, LOCAL);
        for (const one of [server, other]) {
          assert.equal((await v4(one, credentials, target)).code, 'InvalidAccessKeyId');
          const answer = await v4(one, session, target, { method: 'PUT', body: 'after' });
          assert.equal(answer.code, 'InvalidToken');
        }
        const { version } = await server.engine.rows.getTarget({ bucket: 'revoked', key: 'k' });
        assert.equal(version?.size, 'bytes'.length);
      });
    });

    test('rule 12: suspending an account ends its keys and sessions everywhere, and resuming it brings the keys back only', async () => {
      await withKey(world(), 'suspended', async ({ server, other, admin, account, key, credentials, target }) => {
        await admin.setPassword(account.id, PASSWORD, LOCAL);
        const derived = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
        const signedIn = ofSession(await admin.signIn('suspended', PASSWORD, LOCAL));
        const all = [credentials, derived, signedIn];
        const codes = async () => {
          const found: (string | undefined)[] = [];
          for (const one of [server, other]) for (const who of all) found.push((await v4(one, who, target)).code);
          return found;
        };
        assert.deepEqual(await codes(), Array<string | undefined>(6).fill(undefined));
        await admin.changeAccount(account.id, { state: 'suspended' }, LOCAL);
        assert.deepEqual(await codes(), Array<string | undefined>(6).fill('AccessDenied'));
        await admin.changeAccount(account.id, { state: 'active' }, LOCAL);
        const after: readonly (string | undefined)[] = [undefined, 'InvalidToken', 'InvalidToken'];
        assert.deepEqual(await codes(), after.concat(after));
      });
    });

    test('rule 12: a scope that is narrowed holds for the next request of the key and of what was derived from it', async () => {
      await withKey(world(), 'narrowed', async ({ server, other, admin, key, credentials, target }) => {
        const inPhotos = targetOf('narrowed', 'photos/1');
        await v4(server, credentials, inPhotos, { method: 'PUT', body: 'photo' });
        const session = ofSession(await admin.keySession(key.accessKeyId, { scope: { actions: 'read-only' } }, LOCAL));
        const codes = async (path: string, method: string) => {
          const found: (string | undefined)[] = [];
          for (const who of [credentials, session]) found.push((await v4(other, who, path, { method })).code);
          return found;
        };
        assert.deepEqual(await codes(target, 'GET'), [undefined, undefined]);
        assert.deepEqual(await codes(inPhotos, 'PUT'), [undefined, 'AccessDenied']);
        const resources = [{ bucket: 'narrowed', prefix: 'photos/' }];
        await admin.changeKey(key.accessKeyId, { scope: { resources } }, LOCAL);
        assert.deepEqual(await codes(target, 'GET'), ['AccessDenied', 'AccessDenied']);
        assert.deepEqual(await codes(inPhotos, 'GET'), [undefined, undefined]);
        assert.deepEqual(await codes(inPhotos, 'PUT'), [undefined, 'AccessDenied']);
        await admin.changeKey(key.accessKeyId, { scope: { networks: ['192.0.2.0/24'] } }, LOCAL);
        assert.deepEqual(await codes(inPhotos, 'GET'), ['AccessDenied', 'AccessDenied']);
        await admin.changeKey(key.accessKeyId, { scope: null }, LOCAL);
        assert.deepEqual(await codes(target, 'GET'), [undefined, undefined]);
        assert.deepEqual(await codes(inPhotos, 'PUT'), [undefined, 'AccessDenied']);
      });
    });

    test('rule 12: another password, and ending sessions, end what was derived before and nothing that comes after', async () => {
      await withKey(world(), 'ended', async ({ server, other, admin, account, key, target }) => {
        for (const end of [
          () => admin.endSessions(account.id, LOCAL),
          () => admin.setPassword(account.id, PASSWORD, LOCAL),
        ]) {
          const before = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
          assert.equal((await v4(other, before, target)).status, 200);
          await end();
          const after = ofSession(await admin.keySession(key.accessKeyId, {}, LOCAL));
          for (const one of [server, other]) {
            assert.equal((await v4(one, before, target)).code, 'InvalidToken');
            assert.equal((await v4(one, after, target)).status, 200);
          }
        }
      });
    });

    test('rule 12: a rotated key works until its overlap is over, its successor from the start', async () => {
      await withKey(world(), 'rotated', async ({ server, admin, account, key, credentials, target }) => {
        const hour = 3_600_000;
        const session = ofSession(await admin.keySession(key.accessKeyId, { lifeMs: 2 * hour }, LOCAL));
        const made = await admin.rotateKey(key.accessKeyId, hour, LOCAL);
        const successor = { accessKeyId: made.key.accessKeyId, secretAccessKey: made.secret.reveal() };
        assert.equal(made.key.accountId, account.id);
        for (const who of [credentials, successor, session]) assert.equal((await v4(server, who, target)).status, 200);
        const later = Date.now() + hour;
        const clock = { ...systemClock, now: () => later };
        const tomorrow = await startTestServer({ engine: server.engine, beside: server, clock });
        try {
          const ask = { at: later };
          assert.equal((await v4(tomorrow, credentials, target, ask)).code, 'InvalidAccessKeyId');
          assert.equal((await v4(tomorrow, session, target, ask)).code, 'InvalidToken');
          assert.equal((await v4(tomorrow, successor, target, ask)).status, 200);
        } finally {
          await tomorrow.stop();
        }
      });
    });

    test('temporary credentials that are over are ExpiredToken, and only to who can sign with them', async () => {
      await withKey(world(), 'over', async ({ server, admin, key, target }) => {
        const made = await admin.keySession(key.accessKeyId, { lifeMs: 60_000 }, LOCAL);
        const clock = { ...systemClock, now: () => made.expiresAt };
        const later = await startTestServer({ engine: server.engine, beside: server, clock });
        try {
          const session = ofSession(made);
          const ask = { at: made.expiresAt };
          const answer = await v4(later, session, target, ask);
          assert.deepEqual([answer.status, answer.code], [400, 'ExpiredToken']);
          const stranger = { ...session, secretAccessKey: 'guessed' };
          assert.equal((await v4(later, stranger, target, ask)).code, 'SignatureDoesNotMatch');
        } finally {
          await later.stop();
        }
      });
    });

    test('the use of a key is noted when it was proved, also by what was derived from it', async () => {
      await withKey(world(), 'used', async ({ server, admin, account, target }) => {
        const [plain, parent] = [await server.addKey(account), await server.addKey(account)];
        await v4(server, { accessKeyId: plain.accessKeyId, secretAccessKey: 'guessed' }, target);
        assert.ok(!server.uses.has(plain.accessKeyId));
        await v4(server, { accessKeyId: plain.accessKeyId, secretAccessKey: plain.secret }, target);
        const session = ofSession(await admin.keySession(parent.accessKeyId, {}, LOCAL));
        await v4(server, session, target);
        assert.ok(server.uses.has(plain.accessKeyId) && server.uses.has(parent.accessKeyId));
        assert.ok(!server.uses.has(session.accessKeyId));
      });
    });
  },
  // A hash as weak as the algorithm allows: what it costs is the unit tests' matter.
  { passwordMemoryBytes: 8 * 1024, passwordPasses: 1 },
);
