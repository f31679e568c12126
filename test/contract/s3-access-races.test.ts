/**
 * Changes of who may do what, raced at their worst moment: between what a request has read and what it commits. Nothing that
 * another request set gets lost, and what was allowed or fitting before and is not any more is refused.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACL, ALL_USERS, grantsOf, idOf, ownershipControls, publicAccessBlock } from '../support/documents.ts';
import { ENGINES } from '../support/engines.ts';
import { type InterposedEngine, interposedEngine } from '../support/interposed-engine.ts';
import { type Answer, element, type Send, type World, worldOver } from '../support/s3-world.ts';

const OWNERSHIP = { ownershipControls: '' };
const BLOCK = { publicAccessBlock: '' };
const PAYMENT = { requestPayment: '' };
const POLICY = { policy: '' };
const PUBLIC = { query: ACL, headers: { 'x-amz-acl': 'public-read' } };
const PRIVATE = { query: ACL, headers: { 'x-amz-acl': 'private' } };
const REQUESTER = '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>';

const publicPolicy = (bucket: string): string =>
  JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
  });

for (const named of ENGINES) {
  describe(named.name, () => {
    let opened: { readonly world: World; readonly stop: () => Promise<void>; readonly engine: InterposedEngine };
    before(async () => {
      const { engine: inner, close } = await named.open();
      const engine = interposedEngine(inner);
      opened = { engine, ...(await worldOver({ engine, close })) };
    });
    after(() => opened.stop());

    /** A bucket of Alice's, how she sets what, and `act` once, right before the next change of a bucket is applied. */
    async function raced(headers: Readonly<Record<string, string>> = {}) {
      const { world, engine } = opened;
      const bucket = await world.bucket(headers);
      const put = (send: Send): Promise<Answer> => world.alice.send('PUT', { bucket, ...send });
      const get = (query: Readonly<Record<string, string>>) => world.alice.send('GET', { bucket, query });
      return { ...world, bucket, put, get, meanwhile: (act: () => unknown) => engine.beforeNext('updateBucket', act) };
    }

    test('rule 29: changes of one bucket at once all hold', async () => {
      const { put, get, meanwhile } = await raced();
      meanwhile(async () => {
        meanwhile(() => put({ query: PAYMENT, body: REQUESTER }));
        await put({ query: BLOCK, body: publicAccessBlock({ BlockPublicPolicy: true }) });
      });
      assert.equal((await put({ query: OWNERSHIP, body: ownershipControls('BucketOwnerPreferred') })).status, 200);
      assert.equal(element((await get(OWNERSHIP)).text, 'ObjectOwnership'), 'BucketOwnerPreferred');
      assert.equal(element((await get(BLOCK)).text, 'BlockPublicPolicy'), 'true');
      assert.equal(element((await get(PAYMENT)).text, 'Payer'), 'Requester');
    });

    test('rule 29: whoever lost the right to set an ACL meanwhile does not set it', async () => {
      const { alice, bob, bucket, put, get, meanwhile } = await raced({
        'x-amz-grant-write-acp': `id=${idOf(opened.world.bob)}`,
      });
      meanwhile(() => put(PRIVATE));
      assert.equal((await bob.send('PUT', { bucket, ...PUBLIC })).code, 'AccessDenied');
      assert.deepEqual(grantsOf(await get(ACL)), [`${idOf(alice)} FULL_CONTROL`]);
    });

    test('rule 29: a public ACL or policy does not slip past a block that was set meanwhile', async () => {
      const { alice, bucket, put, get, meanwhile } = await raced();
      const body = publicAccessBlock({ BlockPublicAcls: true, BlockPublicPolicy: true });
      meanwhile(() => put({ query: BLOCK, body }));
      assert.equal((await put(PUBLIC)).code, 'AccessDenied');
      assert.deepEqual(grantsOf(await get(ACL)), [`${idOf(alice)} FULL_CONTROL`]);
      await alice.send('DELETE', { bucket, query: BLOCK });
      meanwhile(() => put({ query: BLOCK, body }));
      assert.equal((await put({ query: POLICY, body: publicPolicy(bucket) })).code, 'AccessDenied');
      assert.equal((await get(POLICY)).code, 'NoSuchBucketPolicy');
    });

    test('rule 29: ACLs are not switched off over an ACL that was opened meanwhile, and not set once they are off', async () => {
      const { alice, put, get, meanwhile } = await raced();
      meanwhile(() => put(PUBLIC));
      const enforced = { query: OWNERSHIP, body: ownershipControls('BucketOwnerEnforced') };
      assert.equal((await put(enforced)).code, 'InvalidBucketAclWithObjectOwnership');
      assert.deepEqual(grantsOf(await get(ACL)), [`${idOf(alice)} FULL_CONTROL`, `${ALL_USERS} READ`]);
      assert.equal((await put(PRIVATE)).status, 200);
      meanwhile(() => put(enforced));
      assert.equal((await put(PUBLIC)).code, 'AccessControlListNotSupported');
      assert.equal((await put({ query: OWNERSHIP, body: ownershipControls('ObjectWriter') })).status, 200);
      assert.deepEqual(grantsOf(await get(ACL)), [`${idOf(alice)} FULL_CONTROL`]);
    });

    test('a bucket that went away meanwhile is not changed, nor is the next of its name', async () => {
      const { alice, bob, bucket, put, meanwhile } = await raced();
      meanwhile(async () => {
        await alice.send('DELETE', { bucket });
        await bob.send('PUT', { bucket });
      });
      assert.equal((await put(PUBLIC)).code, 'AccessDenied');
      const acl = await bob.send('GET', { bucket, query: ACL });
      assert.deepEqual(grantsOf(acl), [`${idOf(bob)} FULL_CONTROL`]);
      await bob.send('DELETE', { bucket });
    });
  });
}
