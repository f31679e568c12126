/** The audit trail of buckets: who did what, from where, written with what was done and with nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULE } from '../support/cors.ts';
import {
  ACL,
  ALL_USERS,
  CORS,
  corsConfiguration,
  ownershipControls,
  publicAccessBlock,
  VERSIONING,
  versioning,
} from '../support/documents.ts';
import { type Answer, header, overEngines, type Send, type World } from '../support/s3-world.ts';

const REQUEST_PAYMENT = '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>';

const POLICY = JSON.stringify({
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::audited/*' }],
});

type Step = readonly [action: string, method: string, send: Send, details: Readonly<Record<string, string>>];

const STEPS: readonly Step[] = [
  ['CreateBucket', 'PUT', { headers: { 'x-amz-acl': 'public-read' } }, { region: 'us-east-1' }],
  ['PutBucketAcl', 'PUT', { query: ACL, headers: { 'x-amz-acl': 'private' } }, {}],
  [
    'PutBucketOwnershipControls',
    'PUT',
    { query: { ownershipControls: '' }, body: ownershipControls('BucketOwnerEnforced') },
    { objectOwnership: 'BucketOwnerEnforced' },
  ],
  ['DeleteBucketOwnershipControls', 'DELETE', { query: { ownershipControls: '' } }, {}],
  [
    'PutPublicAccessBlock',
    'PUT',
    { query: { publicAccessBlock: '' }, body: publicAccessBlock({ BlockPublicAcls: true }) },
    { blockPublicAcls: 'on', ignorePublicAcls: 'off' },
  ],
  ['DeletePublicAccessBlock', 'DELETE', { query: { publicAccessBlock: '' } }, {}],
  ['PutBucketRequestPayment', 'PUT', { query: { requestPayment: '' }, body: REQUEST_PAYMENT }, { payer: 'Requester' }],
  ['PutBucketVersioning', 'PUT', { query: VERSIONING, body: versioning('Enabled') }, { versioning: 'enabled' }],
  ['PutBucketCors', 'PUT', { query: CORS, body: corsConfiguration(RULE) }, { rules: '1' }],
  ['DeleteBucketCors', 'DELETE', { query: CORS }, {}],
  ['PutBucketPolicy', 'PUT', { query: { policy: '' }, body: POLICY }, { policy: POLICY }],
  ['DeleteBucketPolicy', 'DELETE', { query: { policy: '' } }, {}],
  ['DeleteBucket', 'DELETE', {}, {}],
];

const trail = async ({ server, alice }: World) =>
  server.engine.rows.scanAudit({ account: alice.account.id, limit: 100 });

overEngines((world) => {
  test('rule 37: each change of a bucket leaves one event with who, what, from where and in which request', async () => {
    const { alice } = world();
    for (const [action, method, send, details] of STEPS) {
      const before = new Set((await trail(world())).map(({ id }) => id));
      const answer: Answer = await alice.send(method, { bucket: 'audited', ...send });
      assert.ok(answer.status < 300, `${action} ${answer.text}`);
      const [event, second] = (await trail(world())).filter(({ id }) => !before.has(id));
      assert.ok(event !== undefined && second === undefined, action);
      assert.equal(event.action, `bucket.${action}`);
      assert.equal(event.target, 'audited');
      assert.equal(event.accountId, alice.account.id);
      assert.equal(event.requestId, header(answer, 'x-amz-request-id'));
      assert.match(event.from, /^(?:::ffff:)?127\.0\.0\.1$|^::1$/);
      assert.match(event.id, new RegExp(`^${event.at}-[0-9a-f]{16}$`));
      assert.equal(event.actor.kind, 'account');
      assert.equal(event.actor.kind === 'account' && event.actor.name, 'alice');
      for (const [name, value] of Object.entries(details)) assert.equal(event.details[name], value, action);
    }
  });

  test('rule 37: what somebody else changes of a bucket is in its owner’s trail', async () => {
    const { nobody, bucket: create } = world();
    const everybody = { 'x-amz-grant-write-acp': `uri=${ALL_USERS}` };
    const bucket = await create(everybody);
    assert.equal((await nobody.send('PUT', { bucket, query: ACL, headers: { 'x-amz-acl': 'private' } })).status, 200);
    const [event] = (await trail(world())).filter(({ target }) => target === bucket);
    assert.deepEqual([event?.action, event?.actor], ['bucket.PutBucketAcl', { kind: 'stranger' }]);
  });

  test('rule 37: what was refused, and what changes nothing, leaves no event', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create({ 'x-amz-object-ownership': 'BucketOwnerEnforced' });
    const before = (await trail(world())).length;
    for (const [, method, send] of STEPS.slice(1)) {
      for (const stranger of [bob, nobody])
        assert.equal((await stranger.send(method, { bucket, ...send })).status, 403);
    }
    const owners = { 'x-amz-acl': 'bucket-owner-full-control' };
    assert.equal((await alice.send('PUT', { bucket, query: ACL, headers: owners })).status, 200);
    assert.equal((await alice.send('PUT', { bucket, query: { ownershipControls: '' }, body: '<a/>' })).status, 400);
    assert.equal((await alice.send('GET', { bucket, query: ACL })).status, 200);
    for (const query of [{ publicAccessBlock: '' }, { cors: '' }]) {
      assert.equal((await alice.send('DELETE', { bucket, query })).status, 204, 'there is none');
    }
    assert.equal((await trail(world())).length, before);
  });
});
