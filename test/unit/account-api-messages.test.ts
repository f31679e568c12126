/** What the account API takes for a request and what it tells: one meaning for each message, bounds, and no word too many. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LOCAL } from '../../src/admin/means.ts';
import { Secret } from '../../src/base/secret.ts';
import { ApiError } from '../../src/http/api/errors.ts';
import { parseJson } from '../../src/http/api/json.ts';
import { BODIES, PASSWORD, ROUTES, state, trail } from '../support/api-asking.ts';
import { code, startApi, text } from '../support/api-world.ts';
import { ENGINES } from '../support/engines.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';

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

test('rule 26: a body that is no JSON is not repeated: there may be a password in it', async (t) => {
  const { call } = await startApi(t);
  for (const raw of [
    '{"name":"ana","password":hunter2}',
    'hunter2',
    '{"password":"hunter2',
    '{"password":"hunter2"x}',
  ]) {
    const answer = await call('POST', '/sessions', { raw });
    assert.equal(code(answer), 'MalformedJSON', answer.text);
    assert.doesNotMatch(answer.text, /hunter/);
  }
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

test('rule 22: what a stranger types is not kept when nobody could be called so', async (t) => {
  const api = await startApi(t);
  const events = (await trail(api)).length;
  const long = 'x'.repeat(5000);
  for (const body of [
    { name: long, password: 'x' },
    { name: 'ana', password: long },
    { accessKeyId: long, secretAccessKey: 'x' },
    { accessKeyId: 'x', secretAccessKey: long },
  ]) {
    assert.equal((await api.call('POST', '/sessions', { body })).status, 400);
  }
  assert.equal((await trail(api)).length, events);
});

test('rule 20: whatever bytes come, JSON is read as JSON.parse reads it, or refused as ours', () => {
  const both = (text: string) => {
    try {
      const value = parseJson(Buffer.from(text), 8);
      assert.deepEqual(value, JSON.parse(text));
      return true;
    } catch (error) {
      assert.ok(error instanceof ApiError && error.code === 'MalformedJSON', text);
      return false;
    }
  };
  const shallow = fc.json({ maxDepth: 6 });
  fc.assert(fc.property(shallow, (text) => both(text)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void both(Buffer.from(bytes).toString())));
  const shard = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"b"', '1', ' ', '"\\""', 'null');
  fc.assert(fc.property(fc.array(shard, { maxLength: 14 }), (shards) => void both(shards.join(''))));
});

test('rule 20: no text in a path, query or body is more than a refusal, on the embedded store too', async (t) => {
  const [, embedded] = ENGINES;
  const opened = await embedded?.open();
  assert.ok(opened !== undefined);
  t.after(() => opened.close());
  const { call, olga } = await startApi(t, { engine: opened.engine });
  const hostile = [
    '\u0000',
    '\u0000'.repeat(60),
    '\uffff',
    '💥'.repeat(16),
    'é'.repeat(120),
    '../../etc/passwd',
    'x'.repeat(9000),
  ];
  for (const text of [...hostile, '..', '%', 'null', '__proto__', '\n', '"']) {
    const part = encodeURIComponent(text);
    const key = `bucket=bucket&key=${part}`;
    const gets = [
      ...[`/accounts/${part}`, `/keys/${part}`, `/accounts/${part}/keys`, `/accounts/${part}/audit`],
      ...[
        `/accounts?after=${part}`,
        `/keys?after=${part}`,
        `/audit?before=${part}`,
        `/accounts/olga/keys?after=${part}`,
      ],
      ...[`/copies?${key}`, `/copies?bucket=${part}&key=k`, `/copies?bucket=bucket&key=k&versionId=${part}`],
    ];
    for (const path of gets) {
      const { status } = await call('GET', path, { as: olga });
      assert.ok(status < 500, `${status} ${path}`);
    }
    const bodies: readonly (readonly [string, string, unknown])[] = [
      ['POST', '/sessions', { name: text, password: text }],
      ['POST', '/sessions', { accessKeyId: text, secretAccessKey: text }],
      ['POST', '/accounts', { name: text, email: text }],
      ['POST', '/accounts/olga/keys', { label: text, scope: { resources: [{ bucket: text, prefix: `${text}/` }] } }],
      ['POST', '/accounts/olga/keys', { scope: { actions: [text], networks: [text] }, expiresAt: text }],
    ];
    for (const [method, path, body] of bodies) {
      const { status } = await call(method, path, { as: olga, body });
      assert.ok(status < 500, `${status} ${path} ${JSON.stringify(body).slice(0, 80)}`);
    }
  }
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
