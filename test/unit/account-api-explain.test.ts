/** What the account API explains, and to whom: everybody learns of their own, and nothing of what others wrote. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Explanation } from '../../src/ops/explain.ts';
import { keptExplanation, type RefusalRecord, writeRefusal } from '../../src/ops/refusal.ts';
import { type ApiWorld, startApi, text } from '../support/api-world.ts';

const ID = '0123456789ABCDEF';
const QUESTION = '/access/explain?operation=GetObject&bucket=plans&key=secret.txt';

/** A bucket of ana's whose policy names bob and a network. */
async function withBucket(t: TestContext): Promise<ApiWorld> {
  const api = await startApi(t);
  const { id, canonicalId } = api.ana.account;
  const acl = {
    owner: canonicalId,
    grants: [{ grantee: { type: 'account', canonicalId }, permission: 'FULL_CONTROL' }],
  } as const;
  const statement = {
    Sid: 'PrivateName',
    Effect: 'Deny',
    Principal: { AWS: api.bob.account.id },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::plans/*',
  };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const bucket = {
    id: 'plans',
    name: 'plans',
    owner: id,
    ownerCanonicalId: canonicalId,
    region: 'us-east-1',
    createdAt: 0,
  };
  await api.engine.rows.commit({
    type: 'createBucket',
    bucket: { ...bucket, versioning: 'unversioned', acl, configuration: { policy } },
  });
  return api;
}

test('rule 08: who does not own a bucket learns whether they may, and nothing of its policy and ACLs', async (t) => {
  const { call, ana, bob, olga } = await withBucket(t);
  for (const who of [ana, olga]) {
    const full = await call('GET', `${QUESTION}&as=${bob.account.id}`, { as: who });
    assert.equal(text(full.json, 'answer'), 'denied');
    assert.match(full.text, /PrivateName/);
  }
  const own = await call('GET', QUESTION, { as: bob });
  assert.equal(text(own.json, 'answer'), 'denied');
  assert.ok(!/PrivateName|policy|ACL of/i.test(own.text), own.text);
});

test('rule 08: nobody asks about others in a bucket that is not theirs: it is as if it was not there', async (t) => {
  const { call, ana, bob } = await withBucket(t);
  const mine = await call('GET', `${QUESTION}&as=${ana.account.id}`, { as: bob });
  const nobodys = await call('GET', `${QUESTION.replace('plans', 'nothing')}&as=${ana.account.id}`, { as: bob });
  const anonymous = await call('GET', `${QUESTION}&as=anonymous`, { as: bob });
  assert.deepEqual([mine.status, nobodys.status, anonymous.status], [404, 404, 404]);
  assert.equal(
    text(mine.json, 'error', 'message').replace('plans', 'X'),
    text(nobodys.json, 'error', 'message').replace('nothing', 'X'),
  );
});

const reason = (layer: 'key-scope' | 'policy', said: string) => ({
  layer,
  verdict: 'denies' as const,
  text: said,
  remedy: `fix ${layer}`,
});

async function withRefusal(t: TestContext): Promise<ApiWorld> {
  const api = await withBucket(t);
  const { ana, bob } = api;
  const reasons = [reason('key-scope', 'scope of bob'), reason('policy', 'policy of ana')];
  const decision = { allowed: false, decisive: reasons[1], reasons, remedies: ['fix key-scope', 'fix policy'] };
  const explanation: Explanation = {
    answer: 'denied',
    code: 'AccessDenied',
    remark: 'remark about the bucket',
    decision,
  };
  const record: RefusalRecord = {
    ...{ method: 'GET', operation: 'GetObject', bucket: 'plans', key: 'secret.txt' },
    ...{ remoteAddress: '192.0.2.7', secure: true, status: 403, code: 'AccessDenied', message: 'Access Denied' },
    ...{ asker: bob.account.id, owner: ana.account.id, accessKeyId: bob.key.accessKeyId },
    explanation: keptExplanation(explanation),
  };
  const accounts = [bob.account.id, ana.account.id];
  await api.engine.rows.noteRefusals([{ requestId: ID, at: Date.now(), accounts, record: writeRefusal(record) }]);
  return api;
}

test('rule 08: of a refused request each side is told its own: the asker of the key, the owner of the bucket', async (t) => {
  const { call, ana, bob, olga } = await withRefusal(t);
  const of = async (as: typeof ana) => (await call('GET', `/access/refusals?requestId=${ID}`, { as })).text;
  assert.match(await of(olga), /scope of bob[\s\S]*policy of ana/);
  const asker = await of(bob);
  assert.ok(/scope of bob/.test(asker) && asker.includes(bob.key.accessKeyId), asker);
  assert.ok(!/policy of ana|fix policy|remark about the bucket/.test(asker), asker);
  const owner = await of(ana);
  assert.ok(/policy of ana/.test(owner) && /fix policy/.test(owner), owner);
  assert.ok(!/scope of bob|fix key-scope/.test(owner) && !owner.includes(bob.key.accessKeyId), owner);
});

test('rule 08: a refused request of others is answered like one that never was', async (t) => {
  const api = await withRefusal(t);
  const carl = await api.addPerson('carl');
  const theirs = await api.call('GET', `/access/refusals?requestId=${ID}`, { as: carl });
  const none = await api.call('GET', `/access/refusals?requestId=${ID.replace('0', 'F')}`, { as: carl });
  const nonsense = await api.call('GET', '/access/refusals?requestId=..%2Fx', { as: carl });
  assert.deepEqual([theirs.status, none.status, nonsense.status], [404, 404, 404]);
  assert.ok(!/plans|secret\.txt|192\.0\.2\.7/.test(theirs.text));
});

test('a question that makes no sense says what to ask instead', async (t) => {
  const { call, ana } = await withBucket(t);
  const wrong: readonly (readonly [query: string, said: RegExp])[] = [
    ['operation=GetObjekt&bucket=plans', /must be an operation of S3/],
    ['operation=GetObject&bucket=plans', /needs a key/],
    ['operation=ListObjects&bucket=plans&key=k', /leave out the key/],
    ['operation=GetObject&bucket=plans&key=k&from=here', /must be an IP address/],
    ['operation=GetObject&bucket=plans&key=k&who=me', /no query parameter "who"/],
    ['operation=GetObject&bucket=nothing&key=k', /no bucket/],
  ];
  for (const [query, said] of wrong) {
    const answer = await call('GET', `/access/explain?${query}`, { as: ana });
    assert.equal(answer.status, 400, answer.text);
    assert.match(text(answer.json, 'error', 'message'), said);
  }
});
