/**
 * SECURITY over HTTP: what a key with a scope may do of what its account may. The attacker holds such a key, and its account
 * owns everything that is asked for: only the scope is in the way.
 */

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import type { KeyScope } from '../../src/model/entities.ts';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../../src/ops/table.ts';
import { formOf } from '../support/form.ts';
import { type Answer, Client, digest, elements, overEngines } from '../support/s3-world.ts';
import { rawRequest } from '../support/signer.ts';
import { Upload } from '../support/upload.ts';

const denied = (answer: Answer, what: string): void => {
  assert.equal(answer.status, 403, `${what}: ${answer.status} ${answer.text}`);
  assert.doesNotMatch(answer.text, /the secret/);
};
const proved = (body: string) => ({ body, headers: { 'x-amz-checksum-sha256': digest('sha256', body) } });

overEngines((world) => {
  const agent = new http.Agent({ keepAlive: true });
  after(() => agent.destroy());

  /** Another key of Alice's. */
  async function scoped(scope: KeyScope): Promise<Client> {
    const { server, alice } = world();
    return new Client([server], await server.addKey(alice.account, { scope }), agent);
  }

  /** Alice's bucket with keys in `a/`, beside it and under names that only begin alike. */
  async function filled(): Promise<string> {
    const { alice, bucket } = world();
    const name = await bucket();
    for (const key of ['a/inside', 'ab/secret', 'a', 'b/secret', 'secret']) await alice.put(name, key, 'the secret');
    return name;
  }

  async function keysOf(bucket: string): Promise<readonly string[]> {
    return elements((await world().alice.send('GET', { bucket })).text, 'Key');
  }

  test('rule 12: a key scoped to a/ gets, writes, deletes and copies nothing outside it, however the key is written', async () => {
    const name = await filled();
    const before = await keysOf(name);
    const thief = await scoped({ resources: [{ bucket: name, prefix: 'a/' }] });
    for (const key of ['ab/secret', 'a', 'b/secret', 'secret', '/a/inside', 'a%2Finside', './a/x', 'A/inside']) {
      for (const method of ['GET', 'HEAD', 'DELETE'])
        denied(await thief.send(method, { bucket: name, key }), `${method} ${key}`);
      denied(await thief.put(name, key, 'new'), `PUT ${key}`);
      denied(await thief.send('GET', { bucket: name, key, query: { acl: '' } }), `acl of ${key}`);
      denied(await thief.send('POST', { bucket: name, key, query: { uploads: '' } }), `upload to ${key}`);
      for (const source of [`/${name}/${encodeURIComponent(key)}`, `${name}%2F${encodeURIComponent(key)}`]) {
        denied(await thief.put(name, 'a/copy', '', { 'x-amz-copy-source': source }), `copy of ${key}`);
      }
      denied(await thief.put(name, key, '', { 'x-amz-copy-source': `/${name}/a/inside` }), `copy to ${key}`);
    }
    assert.deepEqual(await keysOf(name), before);
    assert.equal((await thief.get(name, 'a/inside')).text, 'the secret');
  });

  test('rule 14: dots and encoded slashes in a key are part of it, in scope and in the store alike', async () => {
    const name = await filled();
    const thief = await scoped({ resources: [{ bucket: name, prefix: 'a/' }] });
    const { server, alice } = world();
    for (const path of ['a/../secret', 'a/%2e%2e/secret', 'a%2f..%2fsecret', 'a/..%2fsecret']) {
      // Signatures cover the key, however the path writes it.
      const headers = thief.headers('GET', `/${name}/a/../secret`, {});
      const answer = await rawRequest({ origin: server.origin, method: 'GET', target: `/${name}/${path}`, headers });
      // Under its prefix the key may ask; there is no such key, and never the one that the dots would lead to.
      assert.equal(answer.status, 404, path);
    }
    assert.equal((await alice.get(name, 'secret')).text, 'the secret');
  });

  test('rule 12: it lists only under its prefix, and sees no other bucket', async () => {
    const name = await filled();
    const thief = await scoped({ resources: [{ bucket: name, prefix: 'a/' }] });
    const list = (query: Record<string, string>) => thief.send('GET', { bucket: name, query });
    for (const prefix of [undefined, '', 'a', 'ab/', '/', 'b/']) {
      const asked: Record<string, string> = prefix === undefined ? {} : { prefix };
      for (const kind of [{}, { 'list-type': '2' }, { uploads: '' }]) {
        denied(await list({ ...asked, ...kind }), JSON.stringify({ ...asked, ...kind }));
      }
    }
    assert.deepEqual(elements((await list({ prefix: 'a/' })).text, 'Key'), ['a/inside']);
    // Markers are places in the order, which do not widen what the prefix lets through.
    assert.deepEqual(elements((await list({ prefix: 'a/', marker: 'a' })).text, 'Key'), ['a/inside']);
    denied(
      await list({ prefix: 'a/', versions: '', 'encoding-type': 'url', delimiter: '' }).then(() => list({})),
      'all',
    );
    const buckets = await thief.send('GET');
    assert.deepEqual(elements(buckets.text, 'Name'), [name]);
    assert.equal((await thief.send('HEAD', { bucket: name })).status, 200);
    const other = await world().bucket();
    denied(await thief.send('HEAD', { bucket: other }), 'another bucket');
    denied(await thief.send('PUT', { bucket: `${name}-new` }), 'a new bucket');
  });

  test('rule 08: each key of a batch is held to the scope for itself', async () => {
    const name = await filled();
    const thief = await scoped({ resources: [{ bucket: name, prefix: 'a/' }] });
    const body = `<Delete>${['ab/secret', 'a', 'a/inside'].map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const answer = await thief.send('POST', { bucket: name, query: { delete: '' }, ...proved(body) });
    assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied', 'AccessDenied']);
    assert.deepEqual(await keysOf(name), ['a', 'ab/secret', 'b/secret', 'secret']);
  });

  test('rule 12: a read-only key changes nothing, whatever the operation, and its account nothing by it', async () => {
    const name = await filled();
    const { alice } = world();
    const upload = await Upload.begin(alice, name);
    const reader = await scoped({ actions: 'read-only' });
    const before = await keysOf(name);
    for (const operation of Object.keys(HANDLERS) as OperationName[]) {
      const row: OperationRow = OPERATIONS[operation];
      const changes = !['GET', 'HEAD', 'OPTIONS'].includes(row.method);
      if (HANDLERS[operation] === undefined || !changes) continue;
      const change =
        operation === 'PostObject'
          ? { bucket: name, ...formOf([['key', 'new']], { content: 'new' }) }
          : changeOf(row, name, upload.uploadId);
      const answer = await reader.send(row.method, change);
      const codes = operation === 'DeleteObjects' ? elements(answer.text, 'Code') : [answer.code];
      assert.deepEqual(codes, ['AccessDenied'], `${operation}: ${answer.status} ${answer.text}`);
    }
    assert.deepEqual(await keysOf(name), before);
    assert.equal((await reader.get(name, 'secret')).text, 'the secret');
    assert.equal((await upload.list()).status, 200);
  });

  test('rule 12: a key that makes buckets gives them nothing from the start that it may not set later', async () => {
    const headers = {
      ...{ 'x-amz-acl': 'public-read', 'x-amz-object-ownership': 'ObjectWriter' },
      'x-amz-bucket-object-lock-enabled': 'true',
    };
    const all = ['CreateBucket', 'PutBucketAcl', 'PutBucketOwnershipControls'].map((name) => `s3:${name}`);
    const locks = ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'];
    const maker = await scoped({ actions: ['s3:CreateBucket'] });
    const bucket = 'made-under-a-scope';
    for (const [name, value] of Object.entries(headers)) {
      denied(await maker.send('PUT', { bucket, headers: { [name]: value } }), name);
    }
    denied(await (await scoped({ actions: [...all, ...locks.slice(1)] })).send('PUT', { bucket, headers }), 'no lock');
    assert.equal((await world().alice.send('HEAD', { bucket })).status, 404);
    const plain = { 'x-amz-acl': 'private', 'x-amz-bucket-object-lock-enabled': 'false' };
    assert.equal((await maker.send('PUT', { bucket, headers: plain })).status, 200);
    const every = await scoped({ actions: [...all, ...locks] });
    assert.equal((await every.send('PUT', { bucket: `${bucket}-locked`, headers })).status, 200);
  });

  test('rule 12: a key for some addresses is worth nothing elsewhere, and no header changes where a request comes from', async () => {
    const name = await filled();
    const elsewhere = await scoped({ networks: ['203.0.113.0/24'] });
    const here = await scoped({ networks: ['127.0.0.0/8'] });
    denied(await elsewhere.get(name, 'secret'), 'elsewhere');
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'client-ip']) {
      const value = header === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7';
      denied(await elsewhere.get(name, 'secret', { [header]: value }), header);
    }
    assert.equal((await here.get(name, 'secret')).text, 'the secret');
  });

  test('rule 12: a scope gives its key nothing that its account may not', async () => {
    const name = await filled();
    const { server, bob } = world();
    const scope: KeyScope = { resources: [{ bucket: name }], actions: ['s3:GetObject', 's3:ListBucket'] };
    const other = new Client([server], await server.addKey(bob.account, { scope }), agent);
    denied(await other.get(name, 'secret'), 'get');
    denied(await other.send('GET', { bucket: name }), 'list');
  });
});

/** A request that would change something. */
function changeOf(row: OperationRow, bucket: string, uploadId: string) {
  const query: Record<string, string> = {};
  for (const selector of row.select) {
    const [parameter = '', value = ''] = selector.split('=');
    query[parameter] = parameter === 'partNumber' ? '1' : parameter === 'uploadId' ? uploadId : value;
  }
  const key = row.on === 'object' ? { key: row.select.includes('uploadId') ? 'key' : 'secret' } : {};
  const headers = row.header === undefined ? {} : { [row.header]: `/${bucket}/b/secret` };
  const deletes = '<Delete><Object><Key>secret</Key></Object></Delete>';
  const sent = 'delete' in query ? proved(deletes) : { headers, ...(row.body === 'object' && { body: 'new' }) };
  return { bucket, ...key, query, ...sent };
}
