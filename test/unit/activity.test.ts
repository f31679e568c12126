/** What is told of changes of objects and of requests that failed, and how it reaches the store. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { startActivity } from '../../src/jobs/activity.ts';
import type { AuditEvent } from '../../src/model/entities.ts';
import { Unavailable } from '../../src/store/port.ts';
import { member, startApi, text } from '../support/api-world.ts';
import { startTestServer } from '../support/server.ts';
import { signedRequest } from '../support/signer.ts';

async function world(t: TestContext) {
  const told: { readonly trail: string; readonly event: AuditEvent }[] = [];
  const server = await startTestServer({ noteActivity: (trail, event) => told.push({ trail, event }) });
  t.after(() => server.stop());
  const { accessKeyId, secret: secretAccessKey } = server.operator;
  const send = (method: string, target: string, body?: string, headers = {}) =>
    signedRequest({
      ...{ origin: server.origin, credentials: { accessKeyId, secretAccessKey }, method, target, headers },
      ...(body === undefined ? {} : { body }),
    });
  assert.equal((await send('PUT', '/photos')).status, 200);
  /** What was told since the last time. */
  const events = () =>
    told.splice(0).map(({ trail, event }) => {
      const { action, target, details } = event;
      return { trail, action, target, details };
    });
  return { server, send, events };
}

const object = (action: string, key: string, details = {}) => ({
  ...{ trail: 'objects', action: `object.${action}`, target: `photos/${key}`, details },
});

test('each deletion of an object is told, also each of a batch, and none that deleted nothing', async (t) => {
  const { server, send, events } = await world(t);
  for (const key of ['a', 'b', 'c']) assert.equal((await send('PUT', `/photos/${key}`, 'x')).status, 200);
  assert.deepEqual(events(), []);
  assert.equal((await send('DELETE', '/photos/a')).status, 204);
  assert.deepEqual(events(), [object('DeleteObject', 'a')]);
  assert.equal((await send('DELETE', '/photos/a')).status, 204);
  assert.deepEqual(events(), []);
  const batch = ['b', 'c', 'nothing'].map((key) => `<Object><Key>${key}</Key></Object>`).join('');
  const remove = (list: string) => {
    const body = `<Delete>${list}</Delete>`;
    const digest = createHash('md5').update(body).digest('base64');
    return send('POST', '/photos?delete', body, { 'content-md5': digest });
  };
  assert.equal((await remove(batch)).status, 200);
  assert.deepEqual(events(), [object('DeleteObject', 'b'), object('DeleteObject', 'c')]);
  assert.equal(server.engine.counts()['rows.noteActivity'], undefined);
});

test('of versions it is told which went, and what became of delete markers', async (t) => {
  const { send, events } = await world(t);
  const versioned = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  assert.equal((await send('PUT', '/photos?versioning', versioned)).status, 200);
  const first = `${(await send('PUT', '/photos/a', 'x')).headers['x-amz-version-id']}`;
  const marker = `${(await send('DELETE', '/photos/a')).headers['x-amz-version-id']}`;
  await send('DELETE', `/photos/a?versionId=${marker}`);
  await send('DELETE', `/photos/a?versionId=${first}`);
  assert.deepEqual(events(), [
    object('DeleteObject', 'a', { version: marker, 'delete marker': 'made' }),
    object('DeleteObject', 'a', { version: marker, 'delete marker': 'removed' }),
    object('DeleteObject', 'a', { version: first }),
  ]);
});

test('changes of ACL and tags are told, reads and refused ones are not', async (t) => {
  const { send, events } = await world(t);
  await send('PUT', '/photos/a', 'x');
  assert.equal((await send('PUT', '/photos/a?acl', '', { 'x-amz-acl': 'public-read' })).status, 200);
  const tags = '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>';
  assert.equal((await send('PUT', '/photos/a?tagging', tags)).status, 200);
  assert.equal((await send('PUT', '/photos/missing?tagging', tags)).status, 404);
  assert.equal((await send('GET', '/photos/a')).status, 200);
  assert.deepEqual(events(), [object('PutObjectAcl', 'a'), object('PutObjectTagging', 'a')]);
});

test('a request that is forbidden, or that we fail at, is told with its code; what is not there is no failure', async (t) => {
  const { server, send, events } = await world(t);
  const bob = await server.addAccount('bob');
  const credentials = { accessKeyId: bob.accessKeyId, secretAccessKey: bob.secret };
  const refused = await signedRequest({ origin: server.origin, credentials, method: 'GET', target: '/photos/a' });
  assert.equal(refused.status, 403);
  assert.equal((await send('GET', '/photos/a')).status, 404);
  assert.equal((await send('GET', '/photos?website')).status >= 400, true);
  const [first] = events();
  assert.deepEqual(first, {
    ...{ trail: 'failures', action: 'request.GetObject', target: 'photos/a' },
    details: { code: 'AccessDenied', status: '403', method: 'GET' },
  });
});

test('what is gathered is written together, again when that failed, and is bounded', async () => {
  const written: number[] = [];
  let fails = true;
  let wake = () => {};
  const rows = {
    noteActivity: async (_trail: string, events: readonly AuditEvent[]) => {
      if (fails) throw new Unavailable('no', { mayHaveApplied: false });
      written.push(events.length);
    },
  };
  const log = { warn: () => {} };
  const clock = { now: () => 0, monotonic: () => 0 };
  const limits = { ...LIMITS, activityGathered: 3, failuresPerMinute: 2 };
  const wait = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const activity = startActivity({ rows, clock, limits, log: Object(log), wait });
  const event = Object({ id: 'e' });
  for (let n = 0; n < 5; n++) activity.note('objects', event);
  for (let n = 0; n < 5; n++) activity.note('failures', event);
  wake();
  await new Promise((resolve) => setImmediate(resolve));
  fails = false;
  const stopped = activity.stop();
  wake();
  await stopped;
  assert.deepEqual(written, [3, 2]);
});

test('the trail tells of objects and of everything else in one order, to whom it concerns', async (t) => {
  const { call, engine, ana, bob, olga } = await startApi(t);
  const accountId = ana.account.id;
  const event = (n: number): AuditEvent => ({
    ...{ id: `${String(1000 + n).padStart(13, '0')}-a`, at: Date.now(), actor: { kind: 'stranger' }, accountId },
    ...{ action: 'object.DeleteObject', target: `photos/${n}`, from: '192.0.2.7', details: {} },
  });
  const ids = Array.from({ length: 1200 }, (_, n) => n);
  await engine.rows.noteActivity('objects', ids.filter((n) => n % 3 > 0).map(event));
  for (const n of ids.filter((one) => one % 3 === 0)) {
    await engine.rows.commit({ type: 'noteAudit', event: { ...event(n), action: 'bucket.PutBucketPolicy' } });
  }
  const seen: string[] = [];
  let before = '&before=0000000009999';
  do {
    const { json } = await call('GET', `/accounts/ana/audit?limit=500${before}`, { as: ana });
    seen.push(...Object(member(json, 'events')).map((one: unknown) => text(one, 'target')));
    before = member(json, 'next') === undefined ? '' : `&before=${text(json, 'next')}`;
  } while (before !== '');
  assert.deepEqual(
    seen,
    ids.toReversed().map((n) => `photos/${n}`),
  );
  const others = await call('GET', '/accounts/bob/audit?action=object.', { as: bob });
  assert.deepEqual(member(others.json, 'events'), []);
  const all = await call('GET', '/audit?action=object.&limit=1', { as: olga });
  assert.equal(text(all.json, 'events', 0, 'target'), 'photos/1199');
});
