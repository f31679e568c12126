/**
 * SECURITY over HTTP: what bucket policies give and take, beside ownership and ACLs. The policies are put into the store: that
 * they can be set and read is another file's affair.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import type { BucketDocument, PublicAccessBlock } from '../../src/model/entities.ts';
import { writeOwnership } from '../../src/model/ownership.ts';
import { writePublicAccessBlock } from '../../src/model/public-access.ts';
import { type Answer, Client, digest, elements, overEngines, type World } from '../support/s3-world.ts';
import { Upload } from '../support/upload.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  /** Keys of the bucket, or `''` for the bucket itself. */
  readonly on: readonly string[];
  readonly Condition?: unknown;
}

async function setDocument({ server }: World, name: string, document: BucketDocument, text: string): Promise<void> {
  const { bucket } = await server.engine.rows.getTarget({ bucket: name });
  assert(bucket !== undefined);
  const { revision, ...rest } = bucket;
  const configuration = { ...rest.configuration, [document]: text };
  await server.engine.rows.commit({ type: 'updateBucket', bucket: { ...rest, configuration }, expect: revision });
}

function setPolicy(world: World, bucket: string, ...statements: readonly Statement[]): Promise<void> {
  const policy = {
    Version: '2012-10-17',
    Statement: statements.map(({ on, ...rest }) => ({
      ...rest,
      Resource: on.map((key) => `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}`),
    })),
  };
  return setDocument(world, bucket, 'policy', JSON.stringify(policy));
}

const status = async (answer: Promise<Answer>): Promise<number> => (await answer).status;

overEngines((world) => {
  const agent = new http.Agent({ keepAlive: true });
  let carol: Client;
  before(async () => {
    const { server } = world();
    carol = new Client([server], await server.addAccount('carol'), agent);
  });
  after(() => agent.destroy());
  const bob = () => ({ AWS: world().bob.account.id });
  const her = () => ({ AWS: carol.account.id });

  test('rule 11: a policy that denies wins over ownership and every ACL, and binds the owner as well', async () => {
    const { alice, bob: friend, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(name, 'open', 'x', { 'x-amz-acl': 'public-read' });
    await alice.put(name, 'secret', 'the secret', { 'x-amz-acl': 'public-read' });
    await setPolicy(world(), name, { Effect: 'Deny', Principal: '*', Action: 's3:*', on: ['secret'] });
    for (const client of [alice, friend, nobody]) {
      assert.equal(await status(client.get(name, 'open')), 200);
      for (const answer of [
        await client.get(name, 'secret'),
        await client.put(name, 'secret', 'new'),
        await client.delete(name, 'secret'),
        await client.put(name, 'copy', '', { 'x-amz-copy-source': `/${name}/secret` }),
        await client.send('PUT', {
          bucket: name,
          key: 'secret',
          query: { acl: '' },
          headers: { 'x-amz-acl': 'private' },
        }),
      ]) {
        assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
        assert.doesNotMatch(answer.text, /the secret|Deny|polic/);
      }
    }
    const { version } = await world().server.engine.rows.getTarget({ bucket: name, key: 'secret' });
    assert.equal(version?.size, 'the secret'.length);
  });

  test('rule 09: who may read by policy but not list learns of no key that is not there', async () => {
    const { alice, bob: friend, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    const read: Statement = { Effect: 'Allow', Principal: bob(), Action: 's3:GetObject', on: ['*'] };
    await setPolicy(world(), name, read);
    assert.deepEqual([await status(friend.get(name, 'key')), await status(friend.get(name, 'absent'))], [200, 403]);
    assert.equal(await status(carol.get(name, 'key')), 403);
    await setPolicy(world(), name, read, { ...read, Action: 's3:ListBucket', on: [''] });
    assert.equal((await friend.get(name, 'absent')).code, 'NoSuchKey');
    await setPolicy(world(), name, { ...read, Effect: 'Deny' }, { ...read, Action: 's3:ListBucket', on: [''] });
    assert.equal(await status(friend.get(name, 'absent')), 403);
  });

  test('rule 08: what a policy allows does not reach objects of other accounts, what it denies does', async () => {
    const { alice, bob: writer, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(name, 'hers', 'x');
    await writer.put(name, 'his', 'the secret');
    await setPolicy(world(), name, { Effect: 'Allow', Principal: '*', Action: 's3:Get*', on: ['*'] });
    assert.equal(await status(nobody.get(name, 'hers')), 200);
    for (const client of [nobody, carol, alice]) assert.equal(await status(client.get(name, 'his')), 403);
    assert.equal(await status(writer.get(name, 'his')), 200);
    await setPolicy(world(), name, { Effect: 'Deny', Principal: bob(), Action: 's3:GetObject', on: ['his'] });
    assert.equal(await status(writer.get(name, 'his')), 403);
    // With BucketOwnerEnforced it is the bucket owner's, and the policy reaches it.
    await setDocument(world(), name, 'ownershipControls', writeOwnership('BucketOwnerEnforced'));
    await setPolicy(world(), name, { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', on: ['his'] });
    assert.equal((await nobody.get(name, 'his')).text, 'the secret');
  });

  test('rule 07: who may write by policy alone gives no rights with what is written, unless the policy says so', async () => {
    const { bob: writer, nobody, bucket } = world();
    const name = await bucket();
    const write: Statement = { Effect: 'Allow', Principal: bob(), Action: ['s3:PutObject', 's3:GetObject'], on: ['*'] };
    await setPolicy(world(), name, write);
    assert.equal(await status(writer.put(name, 'key', 'x')), 200);
    assert.equal(await status(writer.put(name, 'key', 'x', { 'x-amz-acl': 'private' })), 200);
    const id = writer.account.canonicalId;
    const asking = [{ 'x-amz-acl': 'public-read' }, { 'x-amz-grant-read': `id="${id}"` }];
    const attempts = async (headers: Record<string, string>): Promise<readonly number[]> => [
      await status(writer.put(name, 'key', 'x', headers)),
      await status(writer.put(name, 'copy', '', { 'x-amz-copy-source': `/${name}/key`, ...headers })),
      await status(writer.send('POST', { bucket: name, key: 'key', query: { uploads: '' }, headers })),
    ];
    for (const headers of asking) assert.deepEqual(await attempts(headers), [403, 403, 403]);
    assert.equal(await status(nobody.get(name, 'key')), 403);
    await setPolicy(world(), name, { ...write, Action: ['s3:PutObject', 's3:GetObject', 's3:PutObjectAcl'] });
    for (const headers of asking) assert.deepEqual(await attempts(headers), [200, 200, 200]);
    assert.equal(await status(nobody.get(name, 'key')), 403);
  });

  test('rule 08: the source of a copy is judged by the policy of its own bucket', async () => {
    const { alice, bob: thief, bucket } = world();
    const [source, open] = [await bucket(), await bucket({ 'x-amz-acl': 'public-read-write' })];
    await alice.put(source, 'secret', 'the secret');
    // The policy of the destination cannot speak for the source.
    await setPolicy(world(), open, { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', on: ['*'] });
    const copy = () => thief.put(open, 'copy', '', { 'x-amz-copy-source': `/${source}/secret` });
    assert.equal(await status(copy()), 403);
    await setPolicy(world(), source, { Effect: 'Allow', Principal: bob(), Action: 's3:GetObject', on: ['secret'] });
    assert.equal(await status(copy()), 200);
    await setPolicy(world(), source, { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', on: ['secret'] });
    assert.equal(await status(copy()), 403);
  });

  test('rule 08: each key of a batch is judged by the policy for itself', async () => {
    const { alice, bob: friend, bucket } = world();
    const name = await bucket();
    for (const key of ['keep/a', 'tmp/a', 'tmp/locked']) await alice.put(name, key, 'x');
    await setPolicy(
      world(),
      name,
      { Effect: 'Allow', Principal: bob(), Action: 's3:DeleteObject', on: ['tmp/*'] },
      { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', on: ['tmp/locked'] },
    );
    const body =
      '<Delete><Object><Key>keep/a</Key></Object><Object><Key>tmp/a</Key></Object><Object><Key>tmp/locked</Key></Object></Delete>';
    const headers = { 'x-amz-checksum-sha256': digest('sha256', body) };
    const answer = await friend.send('POST', { bucket: name, query: { delete: '' }, body, headers });
    assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied', 'AccessDenied']);
    const left = elements((await alice.send('GET', { bucket: name })).text, 'Key');
    assert.deepEqual(left, ['keep/a', 'tmp/locked']);
  });

  test('rule 08: a policy lets others list an upload and give it up, but neither fill nor complete it', async () => {
    const { bob: initiator, bucket } = world();
    const name = await bucket();
    const writes: Statement = { Effect: 'Allow', Principal: bob(), Action: 's3:PutObject', on: ['*'] };
    const others: Statement = { ...writes, Principal: her() };
    await setPolicy(world(), name, writes, others);
    const upload = await Upload.begin(initiator, name);
    const theirs = new Upload(carol, upload.at, upload.uploadId);
    assert.equal(await status(theirs.part(1, Buffer.from('evil'))), 403);
    assert.equal(await status(theirs.list()), 403);
    const listing = { ...others, Action: ['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'] };
    await setPolicy(world(), name, writes, listing);
    assert.equal(await status(theirs.list()), 200);
    await setPolicy(world(), name, writes, { ...listing, Effect: 'Deny', Principal: '*' });
    for (const client of [initiator, world().alice, carol]) {
      assert.equal(await status(new Upload(client, upload.at, upload.uploadId).list()), 403);
    }
    await setPolicy(world(), name, writes, listing);
    const query = { uploadId: upload.uploadId };
    assert.equal(await status(carol.send('DELETE', { ...upload.at, query })), 204);
    assert.equal((await upload.list()).code, 'NoSuchUpload');
  });

  test('rule 11: where a request comes from is no header’s to say', async () => {
    const { alice, bob: friend, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    const from = (network: string): Statement => ({
      ...{ Effect: 'Allow', Principal: bob(), Action: 's3:GetObject', on: ['*'] },
      Condition: { IpAddress: { 'aws:SourceIp': network } },
    });
    await setPolicy(world(), name, from('203.0.113.0/24'));
    for (const headers of [{}, { 'x-forwarded-for': '203.0.113.7' }, { 'aws-sourceip': '203.0.113.7' }]) {
      assert.equal(await status(friend.get(name, 'key', headers)), 403);
    }
    await setPolicy(world(), name, from('127.0.0.0/8'));
    assert.equal(await status(friend.get(name, 'key')), 200);
  });

  test('rule 11: a public-access block takes the public out of ACLs and policies that are there', async () => {
    const { alice, bob: friend, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read' });
    await alice.put(name, 'acl', 'x', { 'x-amz-acl': 'public-read' });
    await alice.put(name, 'policy', 'x');
    await setPolicy(world(), name, { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', on: ['policy'] });
    const reads = async (client: Client): Promise<readonly number[]> => [
      await status(client.get(name, 'acl')),
      await status(client.get(name, 'policy')),
      await status(client.send('GET', { bucket: name })),
    ];
    const off: PublicAccessBlock = {
      ...{ blockPublicAcls: false, blockPublicPolicy: false },
      ...{ ignorePublicAcls: false, restrictPublicBuckets: false },
    };
    const block = (switches: Partial<PublicAccessBlock>) =>
      setDocument(world(), name, 'publicAccessBlock', writePublicAccessBlock({ ...off, ...switches }));
    for (const client of [nobody, friend, alice]) assert.deepEqual(await reads(client), [200, 200, 200]);
    await block({ blockPublicAcls: true, blockPublicPolicy: true });
    for (const client of [nobody, friend]) assert.deepEqual(await reads(client), [200, 200, 200]);
    await block({ ignorePublicAcls: true });
    for (const client of [nobody, friend]) assert.deepEqual(await reads(client), [403, 200, 403]);
    await block({ restrictPublicBuckets: true });
    for (const client of [nobody, friend]) assert.deepEqual(await reads(client), [200, 403, 200]);
    await block({ ignorePublicAcls: true, restrictPublicBuckets: true });
    for (const client of [nobody, friend]) assert.deepEqual(await reads(client), [403, 403, 403]);
    assert.deepEqual(await reads(alice), [200, 200, 200]);
  });

  test('rule 10: a stored policy that cannot be read lets nobody do anything', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(name, 'key', 'x', { 'x-amz-acl': 'public-read' });
    await setDocument(world(), name, 'policy', '{"Version":"2012-10-17","Statement":[{"Effect":"Permit"}]}');
    for (const client of [alice, nobody]) {
      assert.equal(await status(client.get(name, 'key')), 403);
      assert.equal(await status(client.put(name, 'key', 'y')), 403);
      assert.equal(await status(client.send('GET', { bucket: name })), 403);
    }
  });
});
