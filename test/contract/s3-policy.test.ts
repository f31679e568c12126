/** Bucket policies as documents: kept as they were sent, refused when they are not understood, and their owner's alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, ALL_USERS, idOf, publicAccessBlock } from '../support/documents.ts';
import { type Client, element, md5Base64, overEngines } from '../support/s3-world.ts';

const POLICY = { policy: '' };
const STATUS = { policyStatus: '' };
const BLOCK = { publicAccessBlock: '' };

interface Statement {
  readonly effect?: string;
  readonly principal?: unknown;
  readonly action?: unknown;
  readonly resource?: unknown;
}

const policyOf = (bucket: string, ...statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ effect, principal, action, resource }) => ({
      Effect: effect ?? 'Allow',
      Principal: principal ?? '*',
      Action: action ?? 's3:GetObject',
      Resource: resource ?? `arn:aws:s3:::${bucket}/*`,
    })),
  });

const set = (client: Client, bucket: string, body: string, headers = {}) =>
  client.send('PUT', { bucket, query: POLICY, body, headers });

overEngines((world) => {
  test('a policy comes back byte for byte, is replaced whole, and goes', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const missing = await alice.send('GET', { bucket, query: POLICY });
    assert.deepEqual([missing.status, missing.code], [404, 'NoSuchBucketPolicy']);
    const compact = policyOf(bucket, {});
    const spaced = JSON.stringify(JSON.parse(policyOf(bucket, { effect: 'Deny' })), undefined, 7).replace(
      '*',
      '\\u002a',
    );
    for (const body of [compact, spaced]) {
      const answer = await set(alice, bucket, body);
      assert.deepEqual([answer.status, answer.text], [204, ''], answer.text);
      const stored = await alice.send('GET', { bucket, query: POLICY });
      assert.deepEqual([stored.status, stored.text], [200, body]);
      assert.equal(stored.headers['content-type'], 'application/json');
    }
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await alice.send('DELETE', { bucket, query: POLICY })).status, 204);
    }
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).code, 'NoSuchBucketPolicy');
  });

  test('a policy holds from the next request on, and no longer than it is there', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    await alice.put(bucket, 'key', 'body');
    assert.equal((await set(alice, bucket, policyOf(bucket, {}))).status, 204);
    assert.equal((await nobody.get(bucket, 'key')).text, 'body');
    assert.equal((await set(alice, bucket, policyOf(bucket, { principal: { AWS: bob.account.id } }))).status, 204);
    assert.equal((await nobody.get(bucket, 'key')).code, 'AccessDenied');
    assert.equal((await bob.get(bucket, 'key')).text, 'body');
    assert.equal((await alice.send('DELETE', { bucket, query: POLICY })).status, 204);
    assert.equal((await bob.get(bucket, 'key')).code, 'AccessDenied');
  });

  test('rule 10: what is not understood is refused, and the policy there was stays', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const before = policyOf(bucket, { effect: 'Deny', principal: { AWS: world().bob.account.id } });
    assert.equal((await set(alice, bucket, before)).status, 204);
    const condition = (operator: string, key: string) =>
      policyOf(bucket, {}).replace('"Effect"', `"Condition":{"${operator}":{"${key}":"x"}},"Effect"`);
    for (const body of [
      '{',
      '[]',
      '{"Statement":[]}',
      policyOf('another-bucket', {}),
      policyOf(bucket, { action: 's3:NoSuchAction' }),
      policyOf(bucket, { effect: 'Maybe' }),
      policyOf(bucket, { principal: { Service: 'ec2.amazonaws.com' } }),
      condition('StringTwice', 'aws:UserAgent'),
      condition('StringEquals', 'aws:Tomorrow'),
      policyOf(bucket, {}).replace('"Effect"', '"Also":"this","Effect"'),
    ]) {
      const answer = await set(alice, bucket, body);
      assert.deepEqual([answer.status, answer.code], [400, 'MalformedPolicy'], `${body} ${answer.text}`);
    }
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).text, before);
  });

  test('rule 11: a parameter or header that the operation does not heed meets no condition', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create();
    await alice.put(bucket, 'secret', 'body');
    const resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const allowed = policyOf(bucket, { principal: { AWS: bob.account.id }, action: 's3:*', resource });
    const when = (operator: string, key: string, value: string): string =>
      allowed.replace('"Effect"', `"Condition":{"${operator}":{"${key}":"${value}"}},"Effect"`);

    assert.equal((await set(alice, bucket, when('StringLike', 's3:prefix', 'home/*'))).status, 204);
    const query = { prefix: 'home/' };
    assert.equal((await bob.send('GET', { bucket, query })).status, 200);
    for (const key of ['secret', 'absent']) {
      assert.equal((await bob.send('GET', { bucket, key, query })).code, 'AccessDenied', key);
    }

    assert.equal((await set(alice, bucket, when('StringEquals', 's3:x-amz-acl', 'private'))).status, 204);
    const headers = { 'x-amz-acl': 'private' };
    assert.equal((await bob.send('PUT', { bucket, key: 'new', body: 'body', headers })).status, 200);
    for (const method of ['GET', 'DELETE']) {
      for (const key of ['secret', 'absent']) {
        assert.equal((await bob.send(method, { bucket, key, headers })).code, 'AccessDenied', `${method} ${key}`);
      }
    }
  });

  test('principals must exist, by account id, by ARN and by canonical id', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create();
    const { id } = bob.account;
    const there = [
      { AWS: id },
      { AWS: [`arn:aws:iam::${id}:root`, alice.account.id] },
      { CanonicalUser: idOf(bob) },
      { AWS: '*' },
    ];
    for (const principal of there) {
      const answer = await set(alice, bucket, policyOf(bucket, { principal, effect: 'Deny' }));
      assert.equal(answer.status, 204, answer.text);
    }
    const before = (await alice.send('GET', { bucket, query: POLICY })).text;
    const missing = [{ AWS: '000000000000' }, { AWS: [id, 'arn:aws:iam::000000000000:root'] }];
    for (const principal of [...missing, { CanonicalUser: 'f'.repeat(64) }]) {
      const answer = await set(alice, bucket, policyOf(bucket, { principal }));
      assert.deepEqual([answer.status, answer.code], [400, 'MalformedPolicy'], answer.text);
      assert.match(element(answer.text, 'Message') ?? '', /^Invalid principal in policy/);
    }
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).text, before);
  });

  test('a policy has 20 KiB at most, and what arrives is what was sent', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const body = policyOf(bucket, {});
    assert.equal((await set(alice, bucket, body.padEnd(20 * 1024))).status, 204);
    assert.equal((await set(alice, bucket, body.padEnd(20 * 1024 + 1))).code, 'MaxMessageLengthExceeded');
    assert.equal((await set(alice, bucket, body, { 'content-md5': md5Base64('other') })).code, 'BadDigest');
    assert.equal((await set(alice, bucket, body, { 'x-amz-checksum-crc32': 'AAAAAA==' })).code, 'BadDigest');
    assert.equal((await set(alice, bucket, '')).code, 'MissingRequestBodyError');
    assert.equal((await set(alice, bucket, body, { 'content-md5': md5Base64(body) })).status, 204);
  });

  test('whether it is public is told of a policy, not of ACLs', async () => {
    const { alice, bob, bucket: create } = world();
    const bucket = await create({ 'x-amz-acl': 'public-read' });
    const status = () => alice.send('GET', { bucket, query: STATUS });
    assert.equal((await status()).code, 'NoSuchBucketPolicy');
    for (const [statement, isPublic] of [
      [{}, 'true'],
      [{ principal: { AWS: bob.account.id } }, 'false'],
      [{ effect: 'Deny' }, 'false'],
    ] as const) {
      assert.equal((await set(alice, bucket, policyOf(bucket, statement))).status, 204);
      assert.equal(element((await status()).text, 'IsPublic'), isPublic);
    }
  });

  test('BlockPublicPolicy refuses a public policy, and leaves the one there is', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create();
    await alice.put(bucket, 'key', 'body');
    assert.equal((await set(alice, bucket, policyOf(bucket, {}))).status, 204);
    const body = publicAccessBlock({ BlockPublicPolicy: true });
    assert.equal((await alice.send('PUT', { bucket, query: BLOCK, body })).status, 200);
    assert.equal((await nobody.get(bucket, 'key')).status, 200, 'it refuses, and takes nothing away');
    const refused = await set(alice, bucket, policyOf(bucket, { action: 's3:PutObject' }));
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
    assert.match(element(refused.text, 'Message') ?? '', /BlockPublicPolicy/);
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).text, policyOf(bucket, {}));
    assert.equal((await set(alice, bucket, policyOf(bucket, { principal: { AWS: bob.account.id } }))).status, 204);
    assert.equal((await nobody.get(bucket, 'key')).status, 403);
  });

  test('a policy is its owner’s alone: 403 for others, 405 for those whom it permits what it cannot give', async () => {
    const { alice, bob, nobody, bucket: create } = world();
    const bucket = await create({ 'x-amz-grant-full-control': `uri=${ALL_USERS}` });
    const operations: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['GET', POLICY],
      ['PUT', POLICY],
      ['DELETE', POLICY],
    ];
    const ask = async (client: Client, [method, query]: (typeof operations)[number]) => {
      const answer = await client.send(method, { bucket, query, ...(method === 'PUT' && { body: '{}' }) });
      return [answer.status, answer.code];
    };
    for (const operation of operations) {
      for (const stranger of [bob, nobody]) assert.deepEqual(await ask(stranger, operation), [403, 'AccessDenied']);
    }
    assert.equal((await bob.send('GET', { bucket, query: STATUS })).code, 'AccessDenied');
    const resource = `arn:aws:s3:::${bucket}`;
    const generous = policyOf(bucket, { principal: { AWS: bob.account.id }, action: 's3:*BucketPolicy*', resource });
    assert.equal((await set(alice, bucket, generous)).status, 204);
    for (const operation of operations) {
      assert.deepEqual(await ask(bob, operation), [405, 'MethodNotAllowed']);
      assert.deepEqual(await ask(nobody, operation), [403, 'AccessDenied']);
    }
    assert.equal(element((await bob.send('GET', { bucket, query: STATUS })).text, 'IsPublic'), 'false');
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).text, generous);
  });

  test('a policy that denies everybody everything leaves its owner the policy, and nothing else', async () => {
    const { alice, bucket: create } = world();
    const bucket = await create();
    const resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const closed = policyOf(bucket, { effect: 'Deny', action: 's3:*', resource });
    for (const confirm of ['false', 'true']) {
      const headers = { 'x-amz-confirm-remove-self-bucket-access': confirm };
      assert.equal((await set(alice, bucket, closed, headers)).status, 204);
    }
    assert.equal((await alice.send('GET', { bucket, query: ACL })).code, 'AccessDenied');
    assert.equal((await alice.put(bucket, 'key', 'body')).code, 'AccessDenied');
    assert.equal((await alice.send('GET', { bucket, query: POLICY })).text, closed);
    assert.equal((await set(alice, bucket, closed)).status, 204);
    assert.equal((await alice.send('DELETE', { bucket, query: POLICY })).status, 204);
    assert.equal((await alice.put(bucket, 'key', 'body')).status, 200);
  });
});

overEngines(
  (world) => {
    test('the platform’s BlockPublicPolicy holds for every bucket', async () => {
      const { alice, bob, bucket: create } = world();
      const bucket = await create();
      assert.equal((await set(alice, bucket, policyOf(bucket, {}))).code, 'AccessDenied');
      assert.equal((await set(alice, bucket, policyOf(bucket, { principal: { AWS: bob.account.id } }))).status, 204);
    });
  },
  {},
  {
    publicAccessBlock: {
      blockPublicAcls: false,
      ignorePublicAcls: false,
      blockPublicPolicy: true,
      restrictPublicBuckets: false,
    },
  },
);
