/** What the account API keeps out: other sites, other tenants, credentials that are not whole, and messages with two meanings. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import type { SessionDraft } from '../../src/admin/types.ts';
import { Secret } from '../../src/base/secret.ts';
import { createRoutes } from '../../src/http/api/table.ts';
import type { Route } from '../../src/http/api/types.ts';
import type { AuditEvent } from '../../src/model/entities.ts';
import { type ApiWorld, bearerOf, code, member, type Person, startApi, text } from '../support/api-world.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

const PASSWORD = 'correct horse battery';
const ROUTES = createRoutes();

/** A body that each operation takes. */
const BODIES: Readonly<Record<string, unknown>> = {
  CreateSession: { name: 'ana', password: PASSWORD },
  ChangePassword: { password: PASSWORD },
  CreateAccount: { name: 'mallory' },
  ChangeAccount: { name: 'mallory' },
  ResetPassword: { password: PASSWORD },
  CreateKey: {},
  ChangeKey: { label: 'changed' },
  RotateKey: { overlapSeconds: 0 },
  CreateKeySession: {},
};

/** Everything in the store that the API could change or tell, but for the trail. */
async function state({ engine }: ApiWorld): Promise<unknown> {
  const accounts = await engine.rows.scanAccounts(undefined, 1000);
  return { accounts, keys: await engine.rows.scanKeys(undefined, undefined, 1000) };
}

const trail = ({ engine }: ApiWorld): Promise<readonly AuditEvent[]> => engine.rows.scanAudit({ limit: 1000 });

/** Asks for an operation, about that account and key. */
function ask({ call }: ApiWorld, { method, path, operation }: Route, about: Person, as: Person | string) {
  const target = path.replace('{account}', about.account.id).replace('{accessKeyId}', about.key.accessKeyId);
  const query = operation === 'GetCopies' ? '?bucket=some-bucket&key=k' : '';
  return call(method, `${target}${query}`, { as, body: BODIES[operation] });
}

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
    const wanted = looks ? 200 : route.operation === 'GetCopies' ? 404 : 403;
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
  const out = await proxied.call('DELETE', '/sessions/current', { headers: { ...secure, ...csrf, cookie: value } });
  assert.match(`${out.headers['set-cookie']}`, /^__Host-moraine-session=; Max-Age=0; .*; Secure$/);
  // Without TLS it is not read.
  assert.equal((await proxied.call('GET', '/me', { headers: { cookie: value } })).status, 401);

  const again = await proxied.call('POST', '/sessions/refresh', { headers: { ...secure, ...csrf, cookie: value } });
  const [fresh = ''] = again.headers['set-cookie'] ?? [];
  assert.ok(fresh.startsWith('__Host-moraine-session=MRT') && !fresh.startsWith(value));
  assert.notEqual(text(again.json, 'csrfToken'), csrf['x-csrf-token']);
});

// ---------------------------------------------------------------------------------------------------------- messages

test('rule 10: members and parameters that a row does not have are refused by name, on every row', async (t) => {
  const api = await startApi(t);
  const { call, olga, ana } = api;
  const before = await state(api);
  for (const { method, path, operation } of ROUTES) {
    const target = path.replace('{account}', 'ana').replace('{accessKeyId}', ana.key.accessKeyId);
    const unknown = await call(method, `${target}?surprise=1`, { as: olga, body: BODIES[operation] });
    assert.deepEqual([unknown.status, text(unknown.json, 'error', 'field')], [400, 'surprise'], operation);
    if (BODIES[operation] === undefined || operation === 'CreateSession') continue;
    const body = await call(method, target, { as: olga, body: { ...Object(BODIES[operation]), surprise: 1 } });
    assert.deepEqual([body.status, text(body.json, 'error', 'field')], [400, 'surprise'], operation);
  }
  const both = { name: 'ana', password: 'x', accessKeyId: 'x', secretAccessKey: 'x' };
  assert.match((await call('POST', '/sessions', { body: both })).text, /give name and password, or/);
  assert.deepEqual(await state(api), before);
});

test('rule 17: a member that means something to JavaScript means nothing here', async (t) => {
  const api = await startApi(t);
  const { call, olga } = api;
  const before = await state(api);
  for (const raw of [
    '{"name":"x","__proto__":{"role":"operator"}}',
    '{"__proto__":{"name":"x"}}',
    '{"name":"x","\\u005f_proto__":1}',
    '{"name":"x","constructor":{"prototype":{"role":"operator"}}}',
    '{"name":"x","toString":1}',
  ]) {
    assert.equal((await call('POST', '/accounts', { as: olga, raw })).status, 400, raw);
  }
  for (const path of ['/accounts/__proto__', '/accounts/constructor', '/keys/__proto__', '/accounts?__proto__=1']) {
    assert.ok((await call('GET', path, { as: olga })).status >= 400, path);
  }
  assert.deepEqual(await state(api), before);
});

test('rule 18: errors are JSON and nothing else, whatever stood in the request', async (t) => {
  const { call, olga, connect } = await startApi(t);
  const hostile = '<script>alert(1)</script>"\\\u0000\u001b[31m\u2028';
  const answer = await call('GET', `/accounts/${encodeURIComponent(hostile)}`, { as: olga });
  assert.equal(answer.status, 404);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  assert.doesNotMatch(answer.text.trimEnd(), /[\x00-\x1f]/);
  assert.ok(text(answer.json, 'error', 'message').includes('<script>'));
  const body = await call('POST', '/accounts', { as: olga, body: { name: 'x', [hostile]: 1 } });
  assert.equal(text(body.json, 'error', 'field'), hostile);
  const client = await connect();
  client.send('NONSENSE\r\n\r\n');
  const broken = await client.response();
  assert.equal(broken.status, 400);
  assert.equal(broken.headers.get('content-type'), 'application/json');
  assert.equal(broken.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(text(JSON.parse(broken.body.toString()), 'error', 'code'), 'BadRequest');
});

test('rule 19: a body that is too large, too deep, doubled or not UTF-8 ends its own request', async (t) => {
  const api = await startApi(t, { limits: { apiBodyBytes: 1000 } });
  const { call, olga, connect } = api;
  const before = await state(api);
  const post = (raw: string | Uint8Array) => call('POST', '/accounts', { as: olga, raw });
  const cases: readonly (readonly [string | Uint8Array, string, RegExp])[] = [
    [`{"name":"${'x'.repeat(1000)}"}`, 'RequestTooLarge', /larger than 1000 bytes/],
    ['['.repeat(450) + ']'.repeat(450), 'MalformedJSON', /deeper than 8/],
    [`{"name":${'{"a":'.repeat(8)}1${'}'.repeat(8)}}`, 'MalformedJSON', /deeper than 8/],
    ['{"name":"x","name":"y"}', 'MalformedJSON', /"name" twice/],
    ['{"name":"x","n\\u0061me":"y"}', 'MalformedJSON', /"name" twice/],
    [Buffer.from('{"name":"\xff"}', 'latin1'), 'MalformedJSON', /UTF-8/],
    ['{"name":"x"}{}', 'MalformedJSON', /not JSON/],
    ['{"name":"x",}', 'MalformedJSON', /not JSON/],
    ['', 'InvalidRequest', /needs a body/],
    ['null', 'InvalidRequest', /./],
    ['[]', 'InvalidRequest', /./],
    ['"x"', 'InvalidRequest', /./],
  ];
  for (const [raw, wanted, words] of cases) {
    const answer = await post(raw);
    assert.equal(code(answer), wanted, `${raw} ${answer.text}`);
    assert.match(text(answer.json, 'error', 'message'), words);
  }
  assert.deepEqual(await state(api), before);
  // Quotes and commas inside a text are no members.
  assert.equal((await post('{"name":"\\",\\"name\\":{["}')).status, 201);

  const chunked = await connect();
  const head = 'POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  chunked.send(`${head}Transfer-Encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n`);
  assert.equal((await chunked.response()).status, 413);
});

test('rule 21: a message with two meanings is refused, and its connection ends', async (t) => {
  const { connect, ana } = await startApi(t);
  const auth = `Authorization: Bearer ${ana.bearer}\r\n`;
  const get = 'GET /api/v1/me HTTP/1.1\r\n';
  const post = 'POST /api/v1/accounts/ana/keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const refused = [
    `${get}Host: localhost\r\nHost: evil.example\r\n${auth}\r\n`,
    `${get}Host: evil.example\r\nHost: localhost\r\n${auth}\r\n`,
    `${get}${auth}\r\n`,
    `${get}Host: localhost\r\n${auth}${auth}\r\n`,
    `GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: localhost\r\n${auth}\r\n`,
    `${post}${auth}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    `${post}${auth}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${post}${auth}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
    `${post}${auth}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `${post}${auth}Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}`,
    `${post}${auth}Content-Length: 2\r\nOrigin: http://localhost\r\nOrigin: http://evil.example\r\n\r\n{}`,
  ];
  for (const bytes of refused) {
    const client = await connect();
    client.send(bytes);
    const { status, body } = await client.response();
    assert.ok([400, 501].includes(status), `${status} ${bytes}`);
    assert.match(body.toString(), /^\{"error":/);
    client.destroy();
  }
  const whole = await connect();
  whole.send(`${post}${auth}Content-Length: 2\r\n\r\n{}`);
  assert.equal((await whole.response()).status, 201);
});

test('rule 22: who sends a body too slowly, or guesses too often, is told so', async (t) => {
  const api = await startApi(t, { limits: { idleBodyTimeoutMs: 50, signInFailures: 3 } });
  const client = await api.connect();
  client.send(
    'POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  );
  const slow = await client.response();
  assert.equal(text(JSON.parse(slow.body.toString()), 'error', 'code'), 'RequestTimeout');
  await client.closed();

  const guess = () => api.call('POST', '/sessions', { body: { name: 'ana', password: 'wrong guess' } });
  for (const wanted of [401, 401, 401]) assert.equal((await guess()).status, wanted);
  const busy = await guess();
  assert.deepEqual([busy.status, code(busy), busy.headers['retry-after']], [429, 'TooManyRequests', '60']);
});

// ------------------------------------------------------------------------------------------------------------ answers

test('rule 27: a sign-in fails in the same words whatever was wrong', async (t) => {
  const { call, admin, ana, bob } = await startApi(t, { limits: { signInFailures: 1000 } });
  await admin.setPassword('ana', new Secret(PASSWORD), LOCAL);
  await admin.setPassword('bob', new Secret(PASSWORD), LOCAL);
  await admin.changeAccount('bob', { state: 'suspended' }, LOCAL);
  const refusedWith = async (bodies: readonly unknown[]) => {
    const answers = await Promise.all(bodies.map((body) => call('POST', '/sessions', { body })));
    for (const { status, headers } of answers) assert.deepEqual([status, headers['set-cookie']], [401, undefined]);
    assert.equal(new Set(answers.map(({ json }) => text(json, 'error', 'message'))).size, 1);
  };
  await refusedWith([
    { name: 'ana', password: 'wrong' },
    { name: 'nobody', password: PASSWORD },
    { name: 'bob', password: PASSWORD },
    { name: 'olga', password: PASSWORD },
    { name: '\u0000', password: '' },
  ]);
  await refusedWith([
    { accessKeyId: ana.key.accessKeyId, secretAccessKey: bob.secret },
    { accessKeyId: bob.key.accessKeyId, secretAccessKey: bob.secret },
    { accessKeyId: 'NOBODYSKEY', secretAccessKey: bob.secret },
    { accessKeyId: '/', secretAccessKey: '' },
  ]);
});

test('rule 27: what fails inside is told to the log and not to the client', async (t) => {
  const memory = createMemoryEngine();
  let broken = false;
  const scanAudit: typeof memory.rows.scanAudit = (query) => {
    if (broken) throw new Error('/var/lib/moraine/data.mdb is on fire');
    return memory.rows.scanAudit(query);
  };
  const rows = new Proxy(memory.rows, {
    get: (target, name) => {
      if (name === 'scanAudit') return scanAudit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const api = await startApi(t, { engine: { ...memory, rows } });
  broken = true;
  const answer = await api.call('GET', '/audit', { as: api.olga });
  assert.deepEqual([answer.status, code(answer)], [500, 'InternalError']);
  assert.doesNotMatch(answer.text, /moraine|fire|mdb|stack/);
  assert.ok(api.lines.some((line) => line.includes('is on fire')));
});

test('rule 26: no password, secret or token reaches the log or the trail', async (t) => {
  const api = await startApi(t);
  const { call, ana, lines } = api;
  await call('PUT', '/me/password', { as: ana, body: { password: PASSWORD } });
  const made = await call('POST', '/sessions', { body: { name: 'ana', password: PASSWORD } });
  const as = text(made.json, 'bearerToken');
  const key = await call('POST', '/accounts/ana/keys', { as, body: {} });
  await call('POST', '/sessions', { body: { name: 'ana', password: 'a wrong guess' } });
  await call('GET', '/me', { headers: { cookie: `moraine-session=${as}` } });
  const said = `${lines.join('\n')}\n${JSON.stringify(await trail(api))}`;
  const [, secret = '', ...token] = as.split('.');
  const never = [PASSWORD, 'a wrong guess', secret, token.join('.'), ana.secret, text(key.json, 'secretAccessKey')];
  for (const one of [...never, text(made.json, 'csrfToken')]) assert.ok(one.length > 8 && !said.includes(one));
  assert.ok(said.includes('"operation":"CreateKey"') && said.includes(ana.account.id));
});

test('rule 37: every change leaves one event, with who, from where and the request’s id', async (t) => {
  const api = await startApi(t);
  const { olga, ana, bob } = api;
  const order = [
    ...['CreateAccount', 'ChangeKey', 'CreateKeySession', 'RotateKey', 'CreateKey', 'RevokeKey', 'ResetPassword'],
    ...['RemovePassword', 'EndSessions', 'ChangeAccount', 'RemoveAccount', 'RefreshSession', 'ChangePassword'],
  ];
  const quiet = ['CreateSession', 'DeleteSession'];
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
