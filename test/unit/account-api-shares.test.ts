/** Shared links: made by the account API, opened at S3 by whoever has them, and ended one by one. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LOCAL } from '../../src/admin/means.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Limits } from '../../src/base/limits.ts';
import { code, member, startApi, text } from '../support/api-world.ts';
import { rawRequest } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';
import { presignV4, signedRequest } from '../support/signer.ts';

const HOUR = 3_600_000;

/** S3 and the account API over one store, a clock that can be moved, and two versions of an object of ana's. */
async function world(t: TestContext, limits: Partial<Limits> = {}) {
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const server = await startTestServer({ clock });
  t.after(() => server.stop());
  const site = { endpoint: server.origin };
  const api = await startApi(t, { engine: server.engine, clock, site, limits });
  const { ana } = api;
  const credentials = { accessKeyId: ana.key.accessKeyId, secretAccessKey: ana.secret };
  const send = (method: string, target: string, body?: string) =>
    signedRequest({ origin: server.origin, credentials, method, target, ...(body === undefined ? {} : { body }) });
  assert.equal((await send('PUT', '/photos')).status, 200);
  const versioned = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  assert.equal((await send('PUT', '/photos?versioning', versioned)).status, 200);
  const put = async (body: string) =>
    `${(await send('PUT', '/photos/a%20b/%C3%BC.txt', body)).headers['x-amz-version-id']}`;
  const versions = [await put('first'), await put('second')];
  const draft = (more: object = {}) => ({
    ...{ bucket: 'photos', key: 'a b/ü.txt', expiresAt: new Date(clock.now() + HOUR).toISOString() },
    ...more,
  });
  const make = (more?: object) => api.call('POST', '/accounts/ana/shares', { as: ana, body: draft(more) });
  const open = (url: string) => {
    const { origin, pathname, search } = new URL(url);
    return rawRequest({ origin, method: 'GET', target: pathname + search });
  };
  const forward = (ms: number) => {
    ahead += ms;
  };
  return { api, server, versions, draft, make, open, send, forward, clock };
}

test('a link opens its object for anybody, as it was asked to, and is told of with its last use', async (t) => {
  const { api, make, open, versions, draft } = await world(t);
  const { call, ana } = api;
  const made = await make();
  assert.equal(made.status, 201, made.text);
  const url = text(made.json, 'url');
  const opened = await open(url);
  assert.deepEqual([opened.status, `${opened.body}`], [200, 'second']);
  assert.equal(opened.headers['content-disposition'], `inline; filename="_.txt"; filename*=UTF-8''%C3%BC.txt`);
  const old = await make({ versionId: versions[0], disposition: 'attachment', filename: 'Q1 "plan".txt' });
  const first = await open(text(old.json, 'url'));
  assert.deepEqual([first.status, `${first.body}`], [200, 'first']);
  assert.match(`${first.headers['content-disposition']}`, /^attachment; filename="Q1 _plan_\.txt"; filename\*=/);
  const accessKeyId = text(made.json, 'id');
  await api.engine.rows.noteKeyUses(new Map([[accessKeyId, Date.now()]]));
  const listed = await call('GET', '/accounts/ana/shares', { as: ana });
  const [one, other]: readonly unknown[] = Object(member(listed.json, 'shares'));
  const [mine] = [one, other].filter((share) => text(share, 'id') === accessKeyId);
  assert.equal(text(mine, 'url'), url);
  assert.notEqual(member(mine, 'lastOpenedAt'), undefined);
  assert.deepEqual(
    ['filename', 'disposition', 'versionId'].map((name) => new Set([one, other].map((share) => member(share, name)))),
    [new Set(['Q1 "plan".txt', undefined]), new Set(['attachment', 'inline']), new Set([versions[0], undefined])],
  );
  // The operator sees that they are there, and is not given what they open, nor may make one.
  const seen = await call('GET', '/accounts/ana/shares', { as: api.olga });
  assert.equal(member(seen.json, 'shares', 0, 'url'), undefined);
  assert.equal(code(await call('POST', '/accounts/ana/shares', { as: api.olga, body: draft() })), 'AccessDenied');
});

test('a link ends with its time and when it is taken away, at once, and the others stay', async (t) => {
  const { api, make, open, forward } = await world(t);
  const [one, other] = [await make(), await make()];
  const revoke = () => api.call('DELETE', `/accounts/ana/shares/${text(one.json, 'id')}`, { as: api.ana });
  assert.equal((await revoke()).status, 204);
  assert.deepEqual(
    [(await open(text(one.json, 'url'))).status, (await open(text(other.json, 'url'))).status],
    [403, 200],
  );
  assert.equal((await revoke()).status, 404);
  forward(HOUR + 1);
  assert.equal((await open(text(other.json, 'url'))).status, 403);
  const body = { accessKeyId: api.ana.key.accessKeyId, secretAccessKey: api.ana.secret };
  const as = text((await api.call('POST', '/sessions', { body })).json, 'bearerToken');
  assert.deepEqual((await api.call('GET', '/accounts/ana/shares', { as })).json, { shares: [] });
  assert.equal(await api.engine.rows.getIdentity(text(other.json, 'id')), undefined);
  const { json } = await api.call('GET', '/accounts/ana/audit', { as });
  const actions = Object(member(json, 'events')).map((event: unknown) => text(event, 'action'));
  assert.deepEqual(
    actions.filter((action: string) => action.startsWith('share.')),
    ['share.revoke', 'share.create', 'share.create'],
  );
});

test('what signs a link opens nothing else, also for who had its secret', async (t) => {
  const { api, server, make, open, send, versions } = await world(t);
  assert.equal((await send('PUT', '/photos/other', 'x')).status, 200);
  const named = await make({ versionId: versions[0] });
  const url = text(named.json, 'url');
  assert.equal((await open(url.replace(versions[0] ?? '', versions[1] ?? ''))).status, 403);
  assert.equal((await open(url.replace('a%20b/%C3%BC.txt', 'other'))).status, 403);
  const { key, secret } = await api.admin.revealSecret(text(named.json, 'id'));
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: secret.reveal() };
  const headers = { host: new URL(server.origin).host };
  const get = (target: string, method = 'GET') =>
    rawRequest({ origin: server.origin, method, target: presignV4({ credentials, method, target, headers }) });
  assert.equal((await get(`/photos/a%20b/%C3%BC.txt?versionId=${versions[0]}`)).status, 200);
  for (const target of [
    ...[
      `/photos/a%20b/%C3%BC.txt?versionId=${versions[1]}`,
      '/photos/a%20b/%C3%BC.txt',
      '/photos/other',
      '/photos',
      '/',
    ],
    ...[`/photos/a%20b/%C3%BC.txt?acl&versionId=${versions[0]}`],
  ]) {
    assert.equal((await get(target)).status, 403, target);
  }
  assert.equal((await get(`/photos/a%20b/%C3%BC.txt?versionId=${versions[0]}`, 'DELETE')).status, 403);
  // It is in no list of keys, and is no key that could be used for more.
  const keys = await api.call('GET', '/keys', { as: api.olga });
  assert.doesNotMatch(keys.text, /MRS/);
  assert.equal((await api.call('GET', `/keys/${key.accessKeyId}`, { as: api.ana })).status, 404);
  assert.equal((await api.call('POST', `/keys/${key.accessKeyId}/session`, { as: api.ana, body: {} })).status, 404);
});

test('a link that would not open is not made, and says why', async (t) => {
  const { api, make, draft } = await world(t);
  const { call, ana, bob } = api;
  const inDays = (days: number) => new Date(Date.now() + days * 24 * HOUR).toISOString();
  const cases: readonly (readonly [object, number, RegExp])[] = [
    [{ expiresAt: inDays(7.01) }, 400, /at most 7 days/],
    [{ expiresAt: inDays(-1) }, 400, /in the future/],
    [{ key: 'missing' }, 404, /no object "photos\/missing"/],
    [{ bucket: 'no-such-bucket' }, 400, /no bucket/],
    [{ key: 'a/../b' }, 404, /no object/],
    [{ filename: 'a/b' }, 400, /no slashes/],
  ];
  for (const [more, status, words] of cases) {
    const answer = await make(more);
    assert.equal(answer.status, status, answer.text);
    assert.match(text(answer.json, 'error', 'message'), words);
  }
  const others = await call('POST', '/accounts/bob/shares', { as: bob, body: draft() });
  assert.match(text(others.json, 'error', 'message'), /may not read photos/);
  const scoped = await api.admin.createKey(ana.account, { scope: { actions: 'read-only' } }, LOCAL);
  const signIn = { accessKeyId: scoped.key.accessKeyId, secretAccessKey: scoped.secret.reveal() };
  const as = text((await call('POST', '/sessions', { body: signIn })).json, 'bearerToken');
  assert.equal((await call('POST', '/accounts/ana/shares', { as, body: draft() })).status, 403);
});

test('an account has only so many links', async (t) => {
  const { make } = await world(t, { sharesPerAccount: 1 });
  assert.equal((await make()).status, 201);
  assert.equal(code(await make()), 'Conflict');
});
