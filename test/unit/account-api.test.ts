/** The account API, row by row: what it answers, what it changes, and what it leaves in the audit trail. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import { ADMIN_ACTIONS } from '../../src/admin/rights.ts';
import { systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import { createRoutes } from '../../src/http/api/table.ts';
import { openEmbedded } from '../../src/store/embedded/engine.ts';
import type { Engine } from '../../src/store/port.ts';
import { COPIES, lookTour, putObject } from '../support/api-tour.ts';
import { type ApiWorld, code, member, startApi, text } from '../support/api-world.ts';

const PASSWORD = 'correct horse battery';

/** Every operation, once, with what it answers. Run over each engine that needs no service. */
async function tour(api: ApiWorld): Promise<void> {
  await accountsTour(api);
  await keysTour(api);
  await sessionsTour(api);
  await trailTour(api);
}

async function accountsTour({ call, olga, ana }: ApiWorld): Promise<void> {
  const made = await call('POST', '/accounts', { as: olga, body: { name: 'carl', email: 'carl@example.org' } });
  assert.equal(made.status, 201);
  assert.equal(text(made.json, 'role'), 'tenant');
  assert.equal(member(made.json, 'hasPassword'), false);
  const id = text(made.json, 'id');
  assert.deepEqual((await call('GET', '/accounts/carl', { as: olga })).json, made.json);
  assert.deepEqual((await call('GET', `/accounts/${id}`, { as: olga })).json, made.json);

  const first = await call('GET', '/accounts?limit=3', { as: olga });
  assert.deepEqual(
    [0, 1, 2].map((at) => text(first.json, 'accounts', at, 'name')),
    ['ana', 'bob', 'carl'],
  );
  const rest = await call('GET', `/accounts?limit=3&after=${text(first.json, 'next')}`, { as: olga });
  assert.deepEqual([text(rest.json, 'accounts', 0, 'name'), member(rest.json, 'next')], ['olga', undefined]);

  const changed = await call('PATCH', `/accounts/${id}`, { as: olga, body: { name: 'Carl B.', email: null } });
  assert.deepEqual([text(changed.json, 'name'), member(changed.json, 'email')], ['Carl B.', undefined]);
  assert.equal((await call('GET', '/accounts/Carl%20B.', { as: olga })).status, 200);
  const suspended = await call('PATCH', `/accounts/${id}`, { as: olga, body: { state: 'suspended' } });
  assert.equal(text(suspended.json, 'state'), 'suspended');

  assert.equal((await call('PUT', `/accounts/${id}/password`, { as: olga, body: { password: PASSWORD } })).status, 204);
  assert.equal(member((await call('GET', `/accounts/${id}`, { as: olga })).json, 'hasPassword'), true);
  assert.equal((await call('DELETE', `/accounts/${id}/password`, { as: olga })).status, 204);
  assert.equal(member((await call('GET', `/accounts/${id}`, { as: olga })).json, 'hasPassword'), false);
  assert.equal((await call('DELETE', `/accounts/${id}`, { as: olga })).status, 204);
  assert.equal((await call('GET', `/accounts/${id}`, { as: olga })).status, 404);
  assert.equal((await call('GET', '/accounts/ana', { as: ana })).status, 200);
}

async function keysTour({ call, admin, olga, ana }: ApiWorld): Promise<void> {
  const scope = { resources: [{ bucket: 'photos', prefix: '2026/' }], actions: 'read-only', networks: ['10.0.0.0/8'] };
  const draft = { label: 'laptop', allowV2: false, scope, expiresAt: '2199-01-31T12:00:00Z' };
  const made = await call('POST', '/accounts/ana/keys', { as: ana, body: draft });
  const id = text(made.json, 'key', 'accessKeyId');
  const shown = member(made.json, 'key');
  assert.equal((await admin.revealSecret(id)).secret.reveal(), text(made.json, 'secretAccessKey'));
  assert.deepEqual(shown, {
    ...{ accessKeyId: id, accountId: ana.account.id, label: 'laptop', allowV2: false, state: 'active', scope },
    ...{ createdAt: text(shown, 'createdAt'), expiresAt: '2199-01-31T12:00:00.000Z' },
  });

  const page = await call('GET', '/accounts/ana/keys?limit=1', { as: ana });
  const next = await call('GET', `/accounts/ana/keys?after=${text(page.json, 'next')}`, { as: ana });
  const ids = [text(page.json, 'keys', 0, 'accessKeyId'), text(next.json, 'keys', 0, 'accessKeyId')];
  assert.deepEqual(ids, [id, ana.key.accessKeyId].sort());
  assert.equal(Object(member((await call('GET', '/keys', { as: olga })).json, 'keys')).length, 4);

  const change = { label: null, scope: null, expiresAt: null, allowV2: true };
  const changed = await call('PATCH', `/keys/${id}`, { as: ana, body: change });
  assert.deepEqual(
    ['label', 'scope', 'expiresAt', 'allowV2'].map((name) => member(changed.json, name)),
    [undefined, undefined, undefined, true],
  );
  const seen = Object((await call('GET', `/keys/${id}`, { as: ana })).json);
  assert.deepEqual(seen, { ...Object(changed.json), at: seen.at });

  const rotated = await call('POST', `/keys/${id}/rotate`, { as: ana, body: { overlapSeconds: 3600 } });
  assert.equal(rotated.status, 201);
  assert.ok(text((await call('GET', `/keys/${id}`, { as: ana })).json, 'expiresAt').startsWith('20'));
  const fresh = text(rotated.json, 'key', 'accessKeyId');
  const session = await call('POST', `/keys/${fresh}/session`, { as: ana, body: { lifeSeconds: 60, scope } });
  assert.match(text(session.json, 'accessKeyId'), /^MRT/);
  assert.equal(text((await call('DELETE', `/keys/${fresh}`, { as: ana })).json, 'state'), 'revoked');
  assert.equal(code(await call('PATCH', `/keys/${fresh}`, { as: ana, body: { label: 'x' } })), 'InvalidRequest');
}

async function sessionsTour({ call, ana }: ApiWorld): Promise<void> {
  assert.equal((await call('PUT', '/me/password', { as: ana, body: { password: PASSWORD } })).status, 204);
  const made = await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } });
  const bearer = text(made.json, 'bearerToken');
  const { accessKeyId, secretAccessKey, sessionToken } = Object(member(made.json, 'credentials'));
  assert.equal(bearer, `${accessKeyId}.${secretAccessKey}.${sessionToken}`);
  const me = await call('GET', '/me', { as: bearer });
  assert.equal(text(me.json, 'account', 'name'), 'ana');
  assert.deepEqual(
    [text(me.json, 'session', 'by'), member(me.json, 'session', 'scoped'), member(me.json, 'csrfToken')],
    ['password', false, undefined],
  );
  const again = await call('POST', '/sessions/refresh', { as: bearer });
  assert.notEqual(text(again.json, 'bearerToken'), bearer);
  assert.equal((await call('GET', '/me', { as: text(again.json, 'bearerToken') })).status, 200);
  const fresh = await call('POST', '/sessions/confirm', { as: bearer, body: { password: PASSWORD } });
  const kept = text(
    (await call('POST', '/sessions/end-others', { as: text(fresh.json, 'bearerToken') })).json,
    'bearerToken',
  );
  const handed = await call('POST', `/keys/${ana.key.accessKeyId}/session`, { as: kept, body: {} });
  assert.match(text(handed.json, 'accessKeyId'), /^MRT/);
  const listed = await call('GET', '/accounts/ana/sessions', { as: kept });
  const id = text(listed.json, 'sessions', 0, 'id');
  assert.equal((await call('DELETE', `/accounts/ana/sessions/${id}`, { as: kept })).status, 204);
  const out = await call('DELETE', '/sessions/current', { as: kept });
  assert.match(`${out.headers['set-cookie']}`, /^moraine-session=; Max-Age=0; /);
  const last = await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } });
  assert.equal((await call('DELETE', '/accounts/ana/sessions', { as: text(last.json, 'bearerToken') })).status, 204);
  for (const ended of [bearer, text(again.json, 'bearerToken'), text(last.json, 'bearerToken')]) {
    assert.equal(code(await call('GET', '/me', { as: ended })), 'NotSignedIn');
  }
}

async function trailTour({ call, olga, ana }: ApiWorld): Promise<void> {
  const all = await call('GET', '/audit', { as: olga });
  const actions = Object(member(all.json, 'events')).map((event: unknown) => text(event, 'action'));
  for (const action of ['account.create', 'account.suspend', 'account.remove', 'key.create', 'key.revoke']) {
    assert.ok(actions.includes(action), action);
  }
  const removed = Object(member(all.json, 'events')).find(
    (event: unknown) => text(event, 'action') === 'account.remove',
  );
  assert.deepEqual(
    [text(removed, 'target'), text(removed, 'actor', 'name'), text(removed, 'from')],
    ['Carl B.', 'olga', '127.0.0.1'],
  );
  assert.match(text(removed, 'requestId'), /^[0-9A-F]{16}$/);

  const session = await call('POST', '/sessions', {
    body: { accessKeyId: ana.key.accessKeyId, secretAccessKey: ana.secret },
  });
  const as = text(session.json, 'bearerToken');
  const found: string[] = [];
  let before = '';
  do {
    const { json } = await call('GET', `/accounts/ana/audit?limit=2${before}`, { as });
    found.push(...Object(member(json, 'events')).map((event: unknown) => text(event, 'id')));
    before = member(json, 'next') === undefined ? '' : `&before=${text(json, 'next')}`;
  } while (before !== '');
  const whole = await call('GET', '/accounts/ana/audit?limit=1000', { as });
  assert.deepEqual(
    found,
    Object(member(whole.json, 'events')).map((event: unknown) => text(event, 'id')),
  );
  assert.deepEqual(found, [...found].sort().reverse());
  assert.deepEqual(
    new Set(Object(member(whole.json, 'events')).map((event: unknown) => text(event, 'accountId'))).size,
    1,
  );
}

async function everything(t: TestContext, engine?: Engine): Promise<void> {
  const api = await startApi(t, engine === undefined ? {} : { engine });
  await lookTour(api);
  await tour(api);
  assert.equal((await api.call('GET', '/openapi.json')).status, 200);
  assert.equal((await api.call('GET', '/console')).status, 200);
  assert.deepEqual(
    [...api.succeeded].sort(),
    createRoutes()
      .map(({ operation }) => operation)
      .sort(),
  );
}

test('each operation does what it says and answers as it is described', (t) => everything(t));

test('each operation does the same over the embedded store', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'moraine-api-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const engine = await openEmbedded({
    path: join(folder, 'data'),
    limits: LIMITS,
    clock: systemClock,
    random: systemRandom,
  });
  t.after(() => engine.close());
  await everything(t, engine);
});

test('a key’s last use is told', async (t) => {
  const { call, engine, ana } = await startApi(t);
  const { accessKeyId } = ana.key;
  assert.equal(member((await call('GET', `/keys/${accessKeyId}`, { as: ana })).json, 'lastUsedAt'), undefined);
  const client = { from: '192.0.2.7', agent: 'rclone/v1.70' };
  await engine.rows.noteKeyUses(new Map([[accessKeyId, Date.UTC(2026, 4, 5)]]), new Map([[accessKeyId, client]]));
  const key = (await call('GET', `/keys/${accessKeyId}`, { as: ana })).json;
  assert.deepEqual([text(key, 'lastUsedFrom'), text(key, 'lastUsedBy')], [client.from, client.agent]);
  const used = '2026-05-05T00:00:00.000Z';
  assert.ok(text(key, 'at') > used);
  assert.equal(text((await call('GET', `/keys/${accessKeyId}`, { as: ana })).json, 'lastUsedAt'), used);
  assert.equal(text((await call('GET', '/accounts/ana/keys', { as: ana })).json, 'keys', 0, 'lastUsedAt'), used);
});

test('the own password needs the one before, and setting it ends every session', async (t) => {
  const { call, admin, ana, olga } = await startApi(t);
  await admin.setPassword('ana', new Secret(PASSWORD), LOCAL);
  const { json } = await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } });
  const as = text(json, 'bearerToken');
  const set = (body: unknown) => call('PUT', '/me/password', { as, body });
  const none = await set({ password: 'another long password' });
  assert.deepEqual([none.status, text(none.json, 'error', 'field')], [400, 'currentPassword']);
  assert.equal((await set({ password: 'another long password', currentPassword: 'no' })).status, 403);
  assert.equal(code(await set({ password: 'short', currentPassword: PASSWORD })), 'InvalidRequest');
  assert.equal((await call('GET', '/me', { as })).status, 200);
  assert.equal((await set({ password: 'another long password', currentPassword: PASSWORD })).status, 204);
  for (const one of [as, ana.bearer]) assert.equal((await call('GET', '/me', { as: one })).status, 401);
  assert.equal((await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } })).status, 401);
  const signedIn = await call('POST', '/sessions', { body: { name: 'ana', password: 'another long password' } });
  assert.equal(signedIn.status, 201);
  for (const method of ['PUT', 'DELETE']) {
    const own = await call(method, '/accounts/olga/password', {
      as: olga,
      ...(method === 'PUT' && { body: { password: 'x' } }),
    });
    assert.match(text(own.json, 'error', 'message'), /PUT \/api\/v1\/me\/password/);
  }
});

test('what cannot be done says why, with a status for programs and words for people', async (t) => {
  const api = await startApi(t);
  const { call, olga, ana } = api;
  await putObject(api, ana, 10);
  const cases: readonly (readonly [string, string, unknown, number, string, RegExp])[] = [
    ['POST', '/accounts', { name: 'ana' }, 409, 'Conflict', /name "ana" exists already/],
    ['POST', '/accounts', { name: ' x' }, 400, 'InvalidRequest', /must be 1 to 64 characters/],
    ['POST', '/accounts', { name: 'x', role: 'root' }, 400, 'InvalidRequest', /role: .*operator/],
    ['POST', '/accounts', {}, 400, 'InvalidRequest', /name: /],
    ['POST', '/accounts', undefined, 400, 'InvalidRequest', /needs a body/],
    ['DELETE', '/accounts/ana', { really: true }, 400, 'InvalidRequest', /takes no body/],
    ['DELETE', '/accounts/ana', undefined, 409, 'Conflict', /still owns buckets/],
    ['DELETE', '/accounts/olga', undefined, 409, 'Conflict', /last operator/],
    ['PATCH', '/accounts/olga', { role: 'tenant' }, 409, 'Conflict', /last operator/],
    ['GET', '/accounts/nobody', undefined, 404, 'NotFound', /no account "nobody"/],
    ['GET', '/keys/NOBODYSKEY', undefined, 404, 'NotFound', /no access key "NOBODYSKEY"/],
    ['GET', '/keys?limit=0', undefined, 400, 'InvalidRequest', /limit: must be a number from 1 to 1000/],
    ['GET', '/keys?limit=1e3', undefined, 400, 'InvalidRequest', /limit: must be a number/],
    ['GET', '/keys?limit=1&limit=2', undefined, 400, 'InvalidRequest', /"limit" stands twice/],
    ['GET', '/keys?limit', undefined, 400, 'InvalidRequest', /"limit" has no value/],
    ['GET', '/keys?lim=1', undefined, 400, 'InvalidRequest', /no query parameter "lim"/],
    [
      'POST',
      '/accounts/ana/keys',
      { expiresAt: 'tomorrow' },
      400,
      'InvalidRequest',
      /expiresAt: must be a time such as/,
    ],
    ['POST', '/accounts/ana/keys', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'InvalidRequest', /in the future/],
    [
      'POST',
      '/accounts/ana/keys',
      { scope: { resources: [{ bucket: 'abc', prefix: 'a' }] } },
      400,
      'InvalidRequest',
      /end in "\/"/,
    ],
    ['POST', '/accounts/ana/keys', { scope: { action: [] } }, 400, 'InvalidRequest', /no member "scope.action"/],
    ['GET', '/copies?bucket=b&key=k', undefined, 404, 'NotFound', /no object "b\/k"/],
    ['GET', '/copies?bucket=bbb', undefined, 400, 'InvalidRequest', /key: /],
  ];
  for (const [method, path, body, status, wanted, words] of cases) {
    const answer = await call(method, path, { as: olga, body });
    assert.deepEqual([answer.status, code(answer)], [status, wanted], `${method} ${path} ${answer.text}`);
    assert.match(text(answer.json, 'error', 'message'), words);
  }
});

test('the copies of an object are read only as far as an answer may cost', async (t) => {
  const api = await startApi(t, { limits: { apiCopiesBytes: 1000 } });
  await putObject(api, api.ana, 1001);
  const answer = await api.call('GET', COPIES, { as: api.ana });
  assert.match(text(answer.json, 'error', 'message'), /larger than 1000 bytes.*moraine copies/);
  const none = await startApi(t, { limits: { apiCopiesParallel: 0 } });
  await putObject(none, none.ana, 1001);
  const busy = await none.call('GET', COPIES, { as: none.ana });
  assert.deepEqual([busy.status, busy.headers['retry-after']], [429, '60']);
});

test('the description has every row, and every right is some row’s', async (t) => {
  const { call } = await startApi(t);
  const { json } = await call('GET', '/openapi.json');
  assert.equal(text(json, 'openapi'), '3.1.0');
  const routes = createRoutes();
  const described = Object.entries(Object(member(json, 'paths'))).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(described.sort(), routes.map(({ method, path }) => `${method} ${path}`).sort());
  for (const { method, path, operation, status, may } of routes) {
    const found = member(json, 'paths', path, method.toLowerCase());
    assert.equal(text(found, 'operationId'), operation);
    assert.ok(member(found, 'responses', `${status}`) !== undefined, operation);
    assert.equal(Object(member(found, 'security')).length === 0, may === 'anyone', operation);
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
      const parameters: unknown[] = Object(member(found, 'parameters'));
      assert.ok(
        parameters.some((one) => text(one, 'name') === name && text(one, 'in') === 'path'),
        operation,
      );
    }
  }
  assert.equal(new Set(routes.map(({ operation }) => operation)).size, routes.length);
  const unused = Object.keys(ADMIN_ACTIONS).filter((action) => !routes.some(({ may }) => may === action));
  assert.deepEqual(unused, []);
  assert.doesNotMatch(JSON.stringify(json), /passwordHash|sealedSecret/);
});

test('HEAD is GET without its body, and the Console’s page is beside the API', async (t) => {
  const { call, connect, ana } = await startApi(t);
  const head = await call('HEAD', '/me', { as: ana });
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.equal(head.headers['content-length'], `${(await call('GET', '/me', { as: ana })).text.length}`);
  const client = await connect();
  for (const [method, path, status] of [
    ['GET', '/', 200],
    ['GET', '/x', 200],
    ['POST', '/', 405],
  ] as const) {
    client.send(`${method} ${path} HTTP/1.1\r\nHost: anything.example\r\n\r\n`);
    assert.equal((await client.response()).status, status);
  }
});
