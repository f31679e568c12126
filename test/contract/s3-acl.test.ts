/** ACLs: stored exactly, enforced on the next request, and telling strangers nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACL, ALL_USERS as ALL, grantsOf, idOf } from '../support/documents.ts';
import { hostOf, rawRequest } from '../support/raw-client.ts';
import { element, overEngines, type Send } from '../support/s3-world.ts';
import { presignV4 } from '../support/signer.ts';

interface Granted {
  readonly type: string;
  readonly who: string;
  readonly permission: string;
}

const GRANTEE_FIELDS: Readonly<Record<string, string>> = {
  CanonicalUser: 'ID',
  AmazonCustomerByEmail: 'EmailAddress',
  Group: 'URI',
};

function documentOf(owner: string, grants: readonly Granted[]): string {
  const list = grants.map(({ type, who, permission }) => {
    const field = GRANTEE_FIELDS[type];
    return `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"><${field}>${who}</${field}></Grantee><Permission>${permission}</Permission></Grant>`;
  });
  return `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>${owner}</ID></Owner><AccessControlList>${list.join('')}</AccessControlList></AccessControlPolicy>`;
}

const user = (who: string, permission: string): Granted => ({ type: 'CanonicalUser', who, permission });
overEngines((world) => {
  test('what is new is private, and its ACL says so to its owner alone', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    for (const target of [{ bucket: name }, { bucket: name, key: 'key' }]) {
      const answer = await alice.send('GET', { ...target, query: ACL });
      assert.deepEqual(grantsOf(answer), [`${idOf(alice)} FULL_CONTROL`]);
      assert.equal(element(answer.text, 'DisplayName'), 'alice');
      for (const stranger of [bob, nobody]) {
        assert.equal((await stranger.send('GET', { ...target, query: ACL })).code, 'AccessDenied');
        assert.equal(
          (await stranger.send('PUT', { ...target, query: ACL, headers: { 'x-amz-acl': 'public-read' } })).code,
          'AccessDenied',
        );
      }
    }
    assert.equal((await nobody.get(name, 'key')).code, 'AccessDenied');
  });

  test('public-read opens an object to anybody, and private closes it again', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const set = (acl: string) =>
      alice.send('PUT', { bucket: name, key: 'key', query: ACL, headers: { 'x-amz-acl': acl } });
    assert.equal((await set('public-read')).status, 200);
    assert.equal((await nobody.get(name, 'key')).text, 'body');
    assert.equal((await nobody.send('GET', { bucket: name })).code, 'AccessDenied', 'the bucket stays closed');
    assert.equal((await set('private')).status, 200);
    assert.equal((await nobody.get(name, 'key')).status, 403);
  });

  test('ACLs are not inherited: an open bucket has closed objects', async () => {
    const { alice, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read' });
    await alice.put(name, 'closed', 'body');
    await alice.put(name, 'open', 'body', { 'x-amz-acl': 'public-read' });
    assert.equal((await nobody.send('GET', { bucket: name })).status, 200);
    assert.equal((await nobody.get(name, 'closed')).status, 403);
    assert.equal((await nobody.get(name, 'open')).status, 200);
  });

  test('an object belongs to who wrote it: the owner of the bucket may delete it and not read it', async () => {
    const { alice, bob, nobody, bucket } = world();
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    assert.equal((await bob.put(name, 'of-bob', 'body')).status, 200);
    assert.equal((await bob.get(name, 'of-bob')).status, 200);
    assert.equal((await alice.get(name, 'of-bob')).code, 'AccessDenied');
    assert.equal((await alice.send('GET', { bucket: name, key: 'of-bob', query: ACL })).code, 'AccessDenied');
    const shared = { 'x-amz-acl': 'bucket-owner-full-control' };
    assert.equal((await bob.put(name, 'shared', 'body', shared)).status, 200);
    assert.equal((await alice.get(name, 'shared')).status, 200);
    assert.equal((await alice.delete(name, 'of-bob')).status, 204);
    assert.equal((await nobody.put(name, 'of-nobody', 'body')).status, 200);
    assert.equal((await nobody.get(name, 'of-nobody')).code, 'AccessDenied');
  });

  test('a document is stored grant by grant and comes back as it was', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const target = { bucket: name, key: 'key', query: ACL };
    const body = documentOf(idOf(alice), [
      user(idOf(bob), 'READ'),
      { type: 'Group', who: ALL, permission: 'READ_ACP' },
    ]);
    assert.equal((await alice.send('PUT', { ...target, body })).status, 200);
    const stored = await alice.send('GET', target);
    assert.deepEqual(grantsOf(stored), [`${idOf(bob)} READ`, `${ALL} READ_ACP`]);
    assert.equal((await bob.get(name, 'key')).status, 200);
    assert.equal((await alice.get(name, 'key')).code, 'AccessDenied', 'the owner dropped their own READ');
    assert.equal((await bob.send('PUT', { ...target, body })).code, 'AccessDenied');
    assert.equal((await alice.send('PUT', { ...target, body: stored.text })).status, 200, 'what GET gives, PUT takes');
    const closed = await alice.send('PUT', { ...target, headers: { 'x-amz-acl': 'private' } });
    assert.equal(closed.status, 200, 'and always keeps WRITE_ACP');
    assert.equal((await bob.get(name, 'key')).status, 403);
  });

  test('grants by header: by id, by e-mail and by group', async () => {
    const { alice, bob, nobody, bucket, server } = world();
    const carol = await server.addAccount(`carol-${server.port}`, { email: 'carol@example.org' });
    const name = await bucket();
    const headers = {
      'x-amz-grant-read': `id="${idOf(bob)}", uri="${ALL}"`,
      'x-amz-grant-full-control': `emailAddress="carol@example.org", id=${idOf(alice)}`,
    };
    assert.equal((await alice.put(name, 'key', 'body', headers)).status, 200);
    assert.deepEqual(grantsOf(await alice.send('GET', { bucket: name, key: 'key', query: ACL })), [
      `${carol.account.canonicalId} FULL_CONTROL`,
      `${idOf(alice)} FULL_CONTROL`,
      `${idOf(bob)} READ`,
      `${ALL} READ`,
    ]);
    assert.equal((await nobody.get(name, 'key')).status, 200);
  });

  test('what cannot be granted is refused, and nothing changes', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    const [mine, other] = [idOf(alice), idOf(bob)];
    const document = (...grants: readonly Granted[]): Send => ({ body: documentOf(mine, grants) });
    const canned = (acl: string): Send => ({ headers: { 'x-amz-acl': acl } });
    const cases: readonly (readonly [Send, string])[] = [
      [{}, 'MissingSecurityHeader'],
      [{ ...document(), ...canned('private') }, 'UnexpectedContent'],
      [{ headers: { 'x-amz-acl': 'private', 'x-amz-grant-read': `id=${other}` } }, 'InvalidRequest'],
      [canned('public'), 'InvalidArgument'],
      [canned('aws-exec-read'), 'NotImplemented'],
      [document(user('f'.repeat(64), 'READ')), 'InvalidArgument'],
      [document(user('bob', 'READ')), 'InvalidArgument'],
      [
        document({ type: 'Group', who: 'http://acs.amazonaws.com/groups/global/Everyone', permission: 'READ' }),
        'InvalidArgument',
      ],
      [
        document({ type: 'AmazonCustomerByEmail', who: 'nobody@example.org', permission: 'READ' }),
        'UnresolvableGrantByEmailAddress',
      ],
      [document(user(other, 'EVERYTHING')), 'MalformedACLError'],
      [document({ type: 'Robot', who: other, permission: 'READ' }), 'MalformedACLError'],
      [document(...Array.from({ length: 101 }, () => user(other, 'READ'))), 'MalformedACLError'],
      [{ body: documentOf(other, []) }, 'AccessDenied'],
      [{ body: '<AccessControlPolicy>' }, 'MalformedACLError'],
      [{ body: `<!DOCTYPE a [<!ENTITY b "c">]>${documentOf(mine, [])}` }, 'MalformedACLError'],
      [{ headers: { 'x-amz-grant-read': other } }, 'InvalidArgument'],
      [{ headers: { 'x-amz-grant-read': 'name="bob"' } }, 'InvalidArgument'],
    ];
    for (const target of [{ bucket: name }, { bucket: name, key: 'key' }]) {
      for (const [send, code] of cases) {
        const answer = await alice.send('PUT', { ...target, ...send, query: ACL });
        assert.equal(answer.code, code, `${JSON.stringify(send)} ${answer.text}`);
      }
      assert.deepEqual(grantsOf(await alice.send('GET', { ...target, query: ACL })), [`${mine} FULL_CONTROL`]);
    }
  });

  test('a hundred grants are stored', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    const body = documentOf(
      idOf(alice),
      Array.from({ length: 100 }, () => user(idOf(bob), 'READ')),
    );
    assert.equal((await alice.send('PUT', { bucket: name, query: ACL, body })).status, 200);
  });

  test('a missing key is told only to those who may list', async () => {
    const { alice, bob, nobody, bucket } = world();
    const closed = await bucket();
    const open = await bucket({ 'x-amz-acl': 'public-read' });
    await alice.put(closed, 'there', 'body');
    for (const stranger of [bob, nobody]) {
      const [missing, there] = [await stranger.get(closed, 'missing'), await stranger.get(closed, 'there')];
      assert.deepEqual([missing.status, missing.code], [403, 'AccessDenied']);
      assert.deepEqual([there.status, there.code], [403, 'AccessDenied']);
      assert.equal(element(missing.text, 'Message'), element(there.text, 'Message'));
      assert.equal((await stranger.head(closed, 'missing')).status, 403);
      assert.deepEqual([(await stranger.get(open, 'missing')).code], ['NoSuchKey']);
      assert.equal((await stranger.get(closed, 'there', { 'if-none-match': '*' })).status, 403);
      assert.equal((await stranger.get(closed, 'there', { 'if-match': '"0"' })).status, 403);
    }
    assert.equal((await alice.get(closed, 'missing')).code, 'NoSuchKey');
    const version = await alice.send('GET', { bucket: closed, key: 'there', query: { versionId: 'nosuchversion' } });
    assert.deepEqual([version.status, version.code], [404, 'NoSuchVersion']);
    assert.equal(
      (await bob.send('GET', { bucket: closed, key: 'there', query: { versionId: 'nosuchversion' } })).status,
      403,
    );
  });

  test('an ACL is put with two reads and one commit', async () => {
    const { alice, bucket, server } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    for (const target of [{ bucket: name }, { bucket: name, key: 'key' }]) {
      server.engine.reset();
      assert.equal(
        (await alice.send('PUT', { ...target, query: ACL, headers: { 'x-amz-acl': 'public-read' } })).status,
        200,
      );
      assert.deepEqual(server.engine.counts(), { 'rows.getIdentity': 1, 'rows.getTarget': 1, 'rows.commit': 1 });
    }
  });

  test('many ACLs at once: each is either stored whole or overwritten, and all are answered', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'body');
    for (const target of [{ bucket: name }, { bucket: name, key: 'key' }]) {
      const asked = ['private', 'public-read', 'authenticated-read', 'public-read-write'].map((acl) =>
        alice.send('PUT', { ...target, query: ACL, headers: { 'x-amz-acl': acl } }),
      );
      assert.deepEqual(
        (await Promise.all(asked)).map((answer) => answer.status),
        [200, 200, 200, 200],
      );
    }
    assert.equal((await alice.get(name, 'key')).text, 'body');
  });

  test('x-amz-expected-bucket-owner is enforced, by account id and by canonical id', async () => {
    const { alice, bob, bucket } = world();
    const name = await bucket();
    const send = (expected: string) =>
      alice.send('DELETE', { bucket: name, headers: { 'x-amz-expected-bucket-owner': expected } });
    assert.equal((await send(bob.account.id)).code, 'AccessDenied');
    assert.equal((await send('111122223333')).code, 'AccessDenied');
    assert.equal(
      (await alice.send('HEAD', { bucket: name, headers: { 'x-amz-expected-bucket-owner': idOf(alice) } })).status,
      200,
    );
    assert.equal((await send(alice.account.id)).status, 204);
  });

  test('headers that are not built are refused before anything is stored', async () => {
    const { alice, bucket } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'old');
    for (const header of ['x-amz-mfa', 'x-amz-object-lock-event-hold', 'x-amz-write-offset-bytes']) {
      const answer = await alice.put(name, 'key', 'new', { [header]: 'value' });
      assert.deepEqual([answer.status, answer.code, element(answer.text, 'Header')], [501, 'NotImplemented', header]);
    }
    for (const query of [
      { retention: '' },
      { 'legal-hold': '' },
      { tagging: '' },
      { tomorrow: '' },
      { versionId: 'x' },
      { prefix: 'x' },
    ]) {
      assert.ok(
        (await alice.send('PUT', { bucket: name, key: 'key', query, body: 'new' })).status >= 400,
        JSON.stringify(query),
      );
    }
    assert.equal((await alice.get(name, 'key')).text, 'old');
  });

  test('a presigned V4 URL carries an ACL and metadata as headers, because its signature covers them', async () => {
    const { nobody, bucket, server } = world();
    const owner = await server.addAccount(`presigner-${server.port}`);
    const credentials = { accessKeyId: owner.accessKeyId, secretAccessKey: owner.secret };
    const name = await bucket({ 'x-amz-acl': 'public-read-write' });
    const headers = { host: hostOf(server.origin) };
    const parameters = { 'x-amz-acl': 'public-read', 'x-amz-meta-colour': 'röt', 'x-id': 'PutObject' };
    const target = presignV4({ credentials, method: 'PUT', target: `/${name}/key`, headers, parameters });
    const forged = target.replace('public-read', 'public-read-write');
    const send = (to: string) =>
      rawRequest({ origin: server.origin, method: 'PUT', target: to, body: Buffer.from('body') });
    assert.equal((await send(forged)).status, 403);
    assert.equal((await nobody.get(name, 'key')).status, 404);
    const stored = await send(target);
    assert.equal(stored.status, 200, stored.body.toString());
    const read = await nobody.get(name, 'key');
    const colour = Buffer.from(String(read.headers['x-amz-meta-colour']), 'latin1').toString('utf8');
    assert.deepEqual([read.text, colour], ['body', 'röt']);
    const selecting = presignV4({
      credentials,
      method: 'PUT',
      target: `/${name}/key?x-amz-copy-source=%2Fa%2Fb`,
      headers,
    });
    assert.equal((await send(selecting)).status, 501);
  });
});
