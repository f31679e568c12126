/** The sessions of an account, each ended by itself or all others at once; and what wants a sign-in that is recent. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { type ApiAnswer, type ApiWorld, code, member, type Person, startApi, text } from '../support/api-world.ts';
import { rawRequest } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';
import { signV4 } from '../support/signer.ts';

const MINUTE = 60_000;
const PASSWORD = 'correct horse battery';

async function world(t: TestContext) {
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const api = await startApi(t, { clock });
  const forward = (ms: number) => {
    ahead += ms;
  };
  return { api, clock, forward };
}

const signIn = async ({ call }: ApiWorld, { key, secret }: Person, agent = 'test/1.0') =>
  call('POST', '/sessions', {
    body: { accessKeyId: key.accessKeyId, secretAccessKey: secret },
    headers: { 'user-agent': agent },
  });
const bearer = (answer: ApiAnswer): string => text(answer.json, 'bearerToken');

async function sessionsOf({ call }: ApiWorld, as: string): Promise<readonly unknown[]> {
  const { json } = await call('GET', '/accounts/ana/sessions', { as });
  assert.equal(member(json, 'complete'), true);
  return Object(member(json, 'sessions'));
}

test('each session is told with where it came from, and ends by itself', async (t) => {
  const { api, forward } = await world(t);
  const { call, ana, admin } = api;
  await admin.setPassword('ana', new Secret(PASSWORD), LOCAL);
  const one = bearer(await signIn(api, ana, 'browser/7\u00e9'));
  const other = bearer(await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } }));
  forward(30 * MINUTE);
  const renewed = bearer(await call('POST', '/sessions/refresh', { as: one }));
  const seen = await sessionsOf(api, renewed);
  assert.deepEqual(
    seen.map((session) => ['by', 'current', 'from'].map((name) => member(session, name))),
    [
      ['key', true, '127.0.0.1'],
      ['password', false, '127.0.0.1'],
    ],
  );
  assert.equal(text(seen[0], 'accessKeyId'), ana.key.accessKeyId);
  assert.ok(Date.parse(text(seen[0], 'renewedAt')) - Date.parse(text(seen[0], 'begunAt')) >= 30 * MINUTE);
  const end = (session: unknown) => call('DELETE', `/accounts/ana/sessions/${text(session, 'id')}`, { as: renewed });
  assert.equal((await end(seen[1])).status, 204);
  assert.equal((await call('GET', '/me', { as: other })).status, 401);
  assert.equal((await end(seen[1])).status, 404);
  assert.equal((await sessionsOf(api, renewed)).length, 1);
  // What it was renewed from ends with it.
  assert.equal((await call('GET', '/me', { as: one })).status, 200);
  assert.equal((await end(seen[0])).status, 204);
  for (const as of [one, renewed]) assert.equal((await call('GET', '/me', { as })).status, 401);
});

test('signing out ends the session and not only its cookie; S3 refuses its keys from then on', async (t) => {
  const server = await startTestServer();
  t.after(() => server.stop());
  const api = await startApi(t, { engine: server.engine });
  const { json } = await signIn(api, api.ana);
  const { accessKeyId, secretAccessKey, sessionToken } = Object(member(json, 'credentials'));
  const list = () => {
    const { host } = new URL(server.origin);
    const headers = { host, 'x-amz-security-token': sessionToken };
    const signed = signV4({ credentials: { accessKeyId, secretAccessKey }, method: 'GET', target: '/', headers });
    return rawRequest({ origin: server.origin, method: 'GET', target: '/', headers: signed });
  };
  assert.equal((await list()).status, 200);
  assert.equal((await api.call('DELETE', '/sessions/current', { as: text(json, 'bearerToken') })).status, 204);
  assert.equal((await list()).status, 400);
  assert.equal((await api.call('GET', '/me', { as: api.ana })).status, 200);
});

test('all other sessions end at once, and this one goes on', async (t) => {
  const { api } = await world(t);
  const { call, ana } = api;
  const [one, other] = [bearer(await signIn(api, ana)), bearer(await signIn(api, ana))];
  const made = await call('POST', '/sessions/end-others', { as: one });
  for (const as of [one, other, ana.bearer]) assert.equal((await call('GET', '/me', { as })).status, 401);
  const seen = await sessionsOf(api, bearer(made));
  assert.deepEqual(
    seen.map((session) => member(session, 'current')),
    [true],
  );
});

test('an account says when it ended too many by themselves, and a trail that is too long is not told whole', async (t) => {
  const api = await startApi(t, { limits: { endedSessions: 1, sessionEvents: 1 } });
  const { call, ana } = api;
  const [one, other] = [bearer(await signIn(api, ana)), bearer(await signIn(api, ana))];
  assert.equal((await call('DELETE', '/sessions/current', { as: one })).status, 204);
  assert.equal(code(await call('DELETE', '/sessions/current', { as: other })), 'Conflict');
});

/** As a browser: with its cookie, and what it must say beside it. */
function browser({ call, origin }: ApiWorld, answer: ApiAnswer) {
  const cookie = `${answer.headers['set-cookie']}`.split(';')[0] ?? '';
  const headers = { cookie, origin, 'x-csrf-token': text(answer.json, 'csrfToken') };
  return (method: string, path: string, body?: unknown) =>
    call(method, path, { headers, ...(body === undefined ? {} : { body }) });
}

test('what is dangerous to others wants a sign-in of the last ten minutes, from browsers', async (t) => {
  const { api, forward } = await world(t);
  const { call, olga, ana } = api;
  const signedIn = await signIn(api, olga);
  const old = browser(api, signedIn);
  assert.equal((await old('PATCH', '/accounts/ana', { state: 'suspended' })).status, 200);
  forward(10 * MINUTE + 1);
  for (const [method, path, body] of [
    ['PATCH', '/accounts/ana', { state: 'active' }],
    ['DELETE', '/accounts/ana'],
    ['PUT', '/accounts/ana/password', { password: PASSWORD }],
    ['DELETE', '/accounts/ana/password'],
    ['DELETE', '/accounts/ana/sessions'],
  ] as const) {
    const refused = await old(method, path, body);
    assert.deepEqual([refused.status, code(refused)], [403, 'RecentSignInRequired'], path);
  }
  assert.equal((await old('GET', '/accounts/ana')).status, 200);
  // A refresh proves nothing; a program with its token is no browser that was left open.
  const refreshed = await old('POST', '/sessions/refresh');
  assert.equal(code(await browser(api, refreshed)('DELETE', '/accounts/ana/password')), 'RecentSignInRequired');
  assert.equal((await call('DELETE', '/accounts/ana/password', { as: bearer(signedIn) })).status, 204);
  const confirm = (person: Person) =>
    old('POST', '/sessions/confirm', { accessKeyId: person.key.accessKeyId, secretAccessKey: person.secret });
  assert.equal((await confirm(ana)).status, 403);
  assert.equal((await old('POST', '/sessions/confirm', { password: PASSWORD })).status, 403);
  const fresh = browser(api, await confirm(olga));
  assert.equal((await fresh('PATCH', '/accounts/ana', { state: 'active' })).status, 200);
});
