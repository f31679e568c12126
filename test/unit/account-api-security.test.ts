/** What the account API keeps out: other sites, other tenants and credentials that are not whole. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import type { SessionDraft } from '../../src/admin/types.ts';
import { ask, ROUTES, state, trail } from '../support/api-asking.ts';
import { type ApiWorld, bearerOf, code, member, type Person, startApi, text } from '../support/api-world.ts';

async function sessionOf({ admin }: ApiWorld, person: Person, draft: SessionDraft = {}): Promise<string> {
  return bearerOf(await admin.keySession(person.key.accessKeyId, draft, LOCAL));
}

// -------------------------------------------------------------------------------------------------------- credentials

test('rule 02: what is not a whole session is none, and a cookie never mends it', async (t) => {
  const api = await startApi(t);
  const { call, ana, bob } = api;
  const [id, secret, ...sealed] = ana.bearer.split('.');
  const token = sealed.join('.');
  const [otherId, otherSecret] = bob.bearer.split('.');
  const flipped = `${ana.bearer.slice(0, -3)}${ana.bearer.at(-3) === 'A' ? 'B' : 'A'}${ana.bearer.slice(-2)}`;
  const cookie = `moraine-session=${ana.bearer}`;
  assert.equal((await call('GET', '/me', { headers: { cookie } })).status, 200);
  const bad = [
    ...['', 'Bearer', 'Bearer ', 'Bearer .', 'Bearer ..', `Bearer ${id}`, `Bearer ${id}.${secret}`],
    // What a presigned URL tells.
    ...[`Bearer ${id}.${token}`, `Bearer ${id}..${token}`, `Bearer ${id}.x.${token}`],
    ...[`Bearer ${otherId}.${secret}.${token}`, `Bearer ${id}.${otherSecret}.${token}`, `Bearer ${flipped}`],
    ...[`Bearer ${ana.key.accessKeyId}.${ana.secret}.x`, `Basic ${ana.bearer}`, ana.bearer, `Bearer ${ana.bearer}x`],
    `AWS4-HMAC-SHA256 Credential=${ana.key.accessKeyId}/20260101/us-east-1/s3/aws4_request`,
  ];
  for (const authorization of bad) {
    const answer = await call('GET', '/me', { headers: { authorization, cookie } });
    assert.deepEqual([answer.status, code(answer)], [401, 'NotSignedIn'], authorization);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
  }
  const cookies = ['', 'moraine-session=', `Moraine-Session=${ana.bearer}`, `xmoraine-session=${ana.bearer}`];
  const two = `${cookie}; moraine-session=${bob.bearer}`;
  // The name that browsers keep for TLS is not taken without.
  for (const one of [...cookies, two, `__Host-${cookie}`]) {
    assert.equal((await call('GET', '/me', { headers: { cookie: one } })).status, 401, one);
  }
});

test('rule 12: a session ends with what it was derived from, at once', async (t) => {
  const api = await startApi(t);
  const { call, admin, ana, bob, olga } = api;
  for (const person of [ana, bob, olga]) assert.equal((await call('GET', '/me', { as: person })).status, 200);
  await admin.revokeKey(ana.key.accessKeyId, LOCAL);
  await admin.changeAccount('bob', { state: 'suspended' }, LOCAL);
  await admin.endSessions('olga', LOCAL);
  for (const person of [ana, bob, olga]) assert.equal((await call('GET', '/me', { as: person })).status, 401);
});

/** Looks that name no account: what is asked for here is not there, or is asked of oneself. */
const OF_THEIR_OWN: Readonly<Record<string, number>> = {
  ...{ GetCopies: 404, ExplainRefusal: 404, ExplainAccess: 200 },
  ...{ TestAccess: 404, TestVisibility: 404, GetVisibility: 404 },
};

test('rule 12: what was handed on looks at its account and changes nothing; what has a scope sees only itself', async (t) => {
  const api = await startApi(t);
  const { call, admin, olga } = api;
  const plain = await sessionOf(api, olga);
  const narrowed = await sessionOf(api, olga, { scope: { actions: 'read-only' } });
  await admin.changeKey(olga.key.accessKeyId, { scope: { actions: 'read-only' } }, LOCAL);
  const before = await state(api);
  const events = (await trail(api)).length;
  const open = ['GetMe', 'DeleteSession'];
  for (const route of ROUTES.filter(({ may }) => may !== 'anyone')) {
    // Of a key that has a scope now: nothing but itself.
    for (const as of [plain, narrowed, olga.bearer]) {
      if (route.operation === 'RefreshSession' && as === olga.bearer) continue;
      const { status } = await ask(api, route, api.ana, as);
      assert.equal(status < 300, open.includes(route.operation), `${route.operation} ${status}`);
      if (!open.includes(route.operation)) assert.equal(status, 403, route.operation);
    }
  }
  assert.deepEqual(await state(api), before);
  assert.equal((await trail(api)).length, events);

  const tenant = await sessionOf(api, api.bob);
  for (const route of ROUTES.filter(({ may }) => may !== 'anyone' && may !== 'signed-in')) {
    const looks = route.method === 'GET' && route.path.includes('{');
    const { status } = await ask(api, route, api.bob, tenant);
    const wanted = looks ? 200 : (OF_THEIR_OWN[route.operation] ?? 403);
    assert.equal(status, wanted, route.operation);
  }
  assert.equal((await call('POST', '/sessions/refresh', { as: tenant })).status, 403);
});

// ---------------------------------------------------------------------------------------------------------- tenants

test('rule 08: a tenant finds nobody else’s account, key or trail, in the words for what is not there', async (t) => {
  const api = await startApi(t);
  const { ana, bob } = api;
  const before = await state(api);
  const events = (await trail(api)).length;
  const nobody: Person = {
    ...ana,
    account: { ...ana.account, id: 'f'.repeat(32) },
    key: { ...ana.key, accessKeyId: `MRN${'Z'.repeat(17)}` },
  };
  const words = (answer: { readonly text: string }, person: Person) =>
    answer.text
      .replaceAll(person.account.id, 'ID')
      .replaceAll(person.key.accessKeyId, 'KEY')
      .replace(/"requestId":"\w+"/, '');
  const about = ROUTES.filter(({ path }) => path.includes('{'));
  assert.ok(about.length > 10);
  for (const route of about) {
    const [others, missing] = [await ask(api, route, ana, bob), await ask(api, route, nobody, bob)];
    assert.ok([403, 404].includes(others.status), `${route.operation} ${others.status}`);
    assert.equal(others.status, missing.status, route.operation);
    assert.equal(words(others, ana), words(missing, nobody), route.operation);
    // The own is found by the same row: the refusal is not for another reason.
    if (route.method === 'GET') assert.equal((await ask(api, route, bob, bob)).status, 200, route.operation);
  }
  assert.deepEqual(await state(api), before);
  assert.equal((await trail(api)).length, events);
});

test('rule 08: lists hold the caller’s own and nothing else', async (t) => {
  const { call, ana, bob } = await startApi(t);
  const keys = await call('GET', '/accounts/bob/keys', { as: bob });
  const ids = Object(member(keys.json, 'keys')).map((key: unknown) => text(key, 'accessKeyId'));
  assert.deepEqual(ids, [bob.key.accessKeyId]);
  const { json } = await call('GET', '/accounts/bob/audit?limit=1000', { as: bob });
  const owners = Object(member(json, 'events')).map((event: unknown) => text(event, 'accountId'));
  assert.deepEqual([...new Set(owners)], [bob.account.id]);
  // A page that begins behind somebody else's is still one of one's own.
  const behind = await call('GET', `/accounts/bob/keys?after=${ana.key.accessKeyId.slice(0, 3)}`, { as: bob });
  assert.deepEqual(Object(member(behind.json, 'keys')).length, 1);
  for (const path of ['/accounts', '/keys', '/audit']) {
    const answer = await call('GET', path, { as: bob });
    assert.deepEqual([answer.status, code(answer)], [403, 'AccessDenied'], path);
  }
});

test('rule 07: an operator’s row refuses a tenant before it looks, and no row runs without its right', async (t) => {
  const api = await startApi(t);
  const before = await state(api);
  for (const route of ROUTES.filter(({ may }) => may !== 'anyone')) {
    const { status } = await ask(api, route, api.ana, '');
    assert.equal(status, 401, route.operation);
  }
  for (const operation of ['CreateAccount', 'ChangeAccount', 'RemoveAccount', 'ResetPassword', 'RemovePassword']) {
    const [route] = ROUTES.filter((one) => one.operation === operation);
    assert.ok(route !== undefined);
    assert.equal((await ask(api, route, api.bob, api.bob)).status, 403, operation);
  }
  assert.deepEqual(await state(api), before);
});

test('rule 07: a path or method without a row is nothing, however it is written', async (t) => {
  const { call, ana, connect } = await startApi(t);
  const paths = [
    '',
    '/',
    '/m',
    '/me/',
    '//me',
    '/Me',
    '/me/x',
    '/%6de',
    '/accounts/',
    '/keys/../me',
    '/sessions/x',
    '/me;x',
  ];
  for (const path of paths) {
    const { status } = await call('GET', path, { as: ana });
    assert.ok([404, 405].includes(status), `${path} ${status}`);
  }
  const wrong = await call('POST', '/me', { as: ana, body: {} });
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET, HEAD']);
  assert.equal((await call('DELETE', '/accounts', { as: ana })).headers.allow, 'GET, HEAD, POST');
  // No preflight is answered: nothing here is for another origin.
  assert.equal((await call('OPTIONS', '/me', { headers: { origin: 'https://evil.example' } })).status, 403);
  assert.equal((await call('OPTIONS', '/me')).status, 405);
  const client = await connect();
  client.send('GET /api/v1/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await client.response()).status, 400);
});

// --------------------------------------------------------------------------------------------------------- other sites

test('rule 32: with the cookie a change needs our Origin, whole, and the CSRF token; a bearer token needs neither', async (t) => {
  const api = await startApi(t);
  const { call, ana, bob, origin, port } = api;
  const cookie = `moraine-session=${ana.bearer}`;
  const csrf = text((await call('GET', '/me', { headers: { cookie } })).json, 'csrfToken');
  const others = text(
    (await call('GET', '/me', { headers: { cookie: `moraine-session=${bob.bearer}` } })).json,
    'csrfToken',
  );
  const change = (headers: Readonly<Record<string, string>>) =>
    call('POST', '/accounts/ana/keys', { body: {}, headers: { cookie, ...headers } });
  const before = await state(api);
  const foreign = [
    ...['null', 'http://127.0.0.1', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`, `${origin}/`],
    ...[`http://localhost:${port}`, 'https://evil.example', `${origin}.evil.example`, ''],
  ];
  for (const one of foreign) {
    const answer = await change({ origin: one, 'x-csrf-token': csrf });
    assert.deepEqual([answer.status, code(answer)], [403, 'CrossSiteRequest'], one);
  }
  assert.equal(code(await change({ 'x-csrf-token': csrf })), 'CrossSiteRequest');
  for (const token of ['', csrf.slice(1), `${csrf}x`, others, ana.bearer]) {
    assert.equal(code(await change({ origin, 'x-csrf-token': token })), 'InvalidCsrfToken', token);
  }
  assert.equal(code(await change({ origin })), 'InvalidCsrfToken');
  for (const site of ['cross-site', 'same-site', 'none']) {
    const answer = await change({ origin, 'x-csrf-token': csrf, 'sec-fetch-site': site });
    assert.equal(code(answer), 'CrossSiteRequest', site);
  }
  assert.deepEqual(await state(api), before);
  // The description, opened from the address bar; and the same linked from elsewhere.
  const look = (site: string) => call('GET', '/openapi.json', { headers: { 'sec-fetch-site': site } });
  assert.equal((await look('none')).status, 200);
  assert.equal(code(await look('cross-site')), 'CrossSiteRequest');
  assert.equal((await change({ origin, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' })).status, 201);
  assert.equal((await call('POST', '/accounts/ana/keys', { as: ana, body: {} })).status, 201);
});

test('rule 32: no other site signs a browser in, and none reads an answer', async (t) => {
  const api = await startApi(t);
  const body = { accessKeyId: api.ana.key.accessKeyId, secretAccessKey: api.ana.secret };
  const events = (await trail(api)).length;
  const evil = { origin: 'https://evil.example' };
  const answer = await api.call('POST', '/sessions', { body, headers: evil });
  assert.deepEqual([answer.status, answer.headers['set-cookie']], [403, undefined]);
  assert.equal((await trail(api)).length, events);
  assert.equal((await api.call('GET', '/me', { as: api.ana, headers: evil })).status, 403);
  // A form can send these without asking.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
    const form = await api.call('POST', '/sessions', { body, headers: { 'content-type': type } });
    assert.deepEqual([form.status, code(form)], [415, 'UnsupportedMediaType'], type);
  }
  const types = ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8'];
  for (const type of types) {
    assert.equal((await api.call('POST', '/sessions', { body, headers: { 'content-type': type } })).status, 201, type);
  }
  const latin = { 'content-type': 'application/json; charset=latin1' };
  assert.equal((await api.call('POST', '/sessions', { body, headers: latin })).status, 415);
});

test('rule 32: names that are not ours get no answer of the API, whoever points them here', async (t) => {
  const { call, ana } = await startApi(t, { hostNames: ['s3.example.com'], origins: ['https://console.example.ch'] });
  const get = (host: string) => call('GET', '/me', { as: ana, headers: { host } });
  for (const host of [
    'evil.example',
    'evil.example:9001',
    'localhost.evil.example',
    'xs3.example.com',
    'b.s3.example.com',
  ]) {
    const answer = await get(host);
    assert.deepEqual([answer.status, code(answer)], [421, 'MisdirectedRequest'], host);
    assert.match(text(answer.json, 'error', 'message'), /host-names/);
  }
  const ours = ['localhost', 'localhost:9001', '127.0.0.1', '[::1]:9001', '192.168.1.5:9001', 'S3.example.com:9001'];
  for (const host of [...ours, 'console.example.ch']) assert.equal((await get(host)).status, 200, host);
});

test('rule 31: the session’s cookie is for this host, this site and no script; with TLS for nothing else', async (t) => {
  const proxied = await startApi(t, { trustedProxies: ['127.0.0.1'], origins: ['https://console.example.ch'] });
  const body = { accessKeyId: proxied.ana.key.accessKeyId, secretAccessKey: proxied.ana.secret };
  const plain = await proxied.call('POST', '/sessions', { body });
  const [cookie = ''] = plain.headers['set-cookie'] ?? [];
  assert.match(cookie, /^moraine-session=MRT[^;]+; Max-Age=3(?:600|599); Path=\/; HttpOnly; SameSite=Strict$/);

  const secure = { 'x-forwarded-proto': 'https', host: 'console.example.ch', origin: 'https://console.example.ch' };
  const made = await proxied.call('POST', '/sessions', { body, headers: secure });
  const [strict = ''] = made.headers['set-cookie'] ?? [];
  assert.match(strict, /^__Host-moraine-session=MRT[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const value = strict.slice(0, strict.indexOf(';'));
  const csrf = { 'x-csrf-token': text(made.json, 'csrfToken') };
  // Without TLS it is not read.
  assert.equal((await proxied.call('GET', '/me', { headers: { cookie: value } })).status, 401);

  const again = await proxied.call('POST', '/sessions/refresh', { headers: { ...secure, ...csrf, cookie: value } });
  const [fresh = ''] = again.headers['set-cookie'] ?? [];
  assert.ok(fresh.startsWith('__Host-moraine-session=MRT') && !fresh.startsWith(value));
  assert.notEqual(text(again.json, 'csrfToken'), csrf['x-csrf-token']);
  const out = await proxied.call('DELETE', '/sessions/current', { headers: { ...secure, ...csrf, cookie: value } });
  assert.match(`${out.headers['set-cookie']}`, /^__Host-moraine-session=; Max-Age=0; .*; Secure$/);
});

const ENDING = ['EndSession', 'EndOtherSessions', 'ConfirmSession'];

test('rule 37: every change leaves one event, with who, from where and the request’s id', async (t) => {
  const api = await startApi(t);
  const { olga, ana, bob } = api;
  const order = [
    ...['CreateAccount', 'ChangeKey', 'CreateKeySession', 'RotateKey', 'CreateKey', 'RevokeKey', 'ResetPassword'],
    ...['RemovePassword', 'EndSessions', 'ChangeAccount', 'RemoveAccount', 'RefreshSession', 'ChangePassword'],
  ];
  // Links need an object, and ending sessions some to end: `account-api-shares.test.ts` and `-sessions` hold their events.
  const quiet = [
    'CreateSession',
    'DeleteSession',
    'CreateShare',
    'RevokeShare',
    'TestAccess',
    'TestVisibility',
    ...ENDING,
  ];
  const changing = ROUTES.filter(({ method }) => method !== 'GET').map(({ operation }) => operation);
  assert.deepEqual([...order, ...quiet].sort(), [...changing].sort());
  for (const operation of order) {
    const [route] = ROUTES.filter((one) => one.operation === operation);
    assert.ok(route !== undefined);
    const before = await trail(api);
    // Nobody has this name any more when it is given anew.
    const about = operation === 'ChangeAccount' || operation === 'RemoveAccount' ? bob : ana;
    const name = operation === 'ChangeAccount' ? { ...api, call: renamed(api) } : api;
    const { status, headers } = await ask(name, route, about, olga);
    assert.ok(status < 300, `${operation} ${status}`);
    const events = (await trail(api)).filter(({ id }) => !before.some((one) => one.id === id));
    // A rotation is two changes: the new key, and the old one's end.
    assert.equal(events.length, operation === 'RotateKey' ? 2 : 1, operation);
    for (const { actor, from, requestId } of events) {
      assert.deepEqual([actor.kind, 'name' in actor && actor.name, from], ['account', 'olga', '127.0.0.1']);
      assert.equal(requestId, headers['x-request-id']);
    }
  }
});

/** Changes to another name than the one that is taken by now. */
function renamed({ call }: ApiWorld): ApiWorld['call'] {
  return (method, path, options) => call(method, path, { ...options, body: { name: 'robert' } });
}
