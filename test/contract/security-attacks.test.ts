/**
 * SECURITY over HTTP: attacks on requests and documents, each with proof that nothing came of it. Attacks on scopes, policies,
 * sessions, framing and the account API are in the files of these (docs/security.md has the table).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, type RawAnswer, rawRequest } from '../support/raw-client.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { answerOf, overEngines, type World } from '../support/s3-world.ts';
import { presignV2, presignV4, signV2, signV4, type ToSignV4, targetOf } from '../support/signer.ts';

const HOUR = 3_600_000;
const KEY = 'plan.txt';
const GROUP = 'http://acs.amazonaws.com/groups/global/AllUsers';

overEngines((world) => {
  /** A private object of Alice's, and what must still be so afterwards. */
  async function guarded(): Promise<{ readonly bucket: string; intact(): Promise<void> }> {
    const { alice, server, nobody } = world();
    const bucket = await world().bucket();
    assert.equal((await alice.put(bucket, KEY, 'the plan')).status, 200);
    const before = await server.engine.rows.getTarget({ bucket, key: KEY });
    const intact = async () => {
      const now = await server.engine.rows.getTarget({ bucket, key: KEY });
      assert.deepEqual(now.version?.acl, before.version?.acl);
      assert.deepEqual(now.bucket?.acl, before.bucket?.acl);
      assert.deepEqual(now.bucket?.configuration, before.bucket?.configuration);
      assert.equal((await alice.get(bucket, KEY)).text, 'the plan');
      assert.equal((await server.engine.rows.scanCurrent(now.bucket?.id ?? '', undefined, 10)).length, 1);
      assert.equal((await nobody.get(bucket, KEY)).status, 403);
    };
    return { bucket, intact };
  }

  const input = ({ server, alice }: World, method: string, target: string, over: Partial<ToSignV4> = {}): ToSignV4 => ({
    credentials: alice.credentials,
    ...{ method, target, headers: { host: hostOf(server.origin) }, ...over },
  });

  async function refused(answer: Promise<RawAnswer>, code: string): Promise<void> {
    const { status, code: found, text } = answerOf(await answer);
    assert.deepEqual([status >= 400, found], [true, code], text);
    assert.doesNotMatch(text, /the plan/);
  }

  test('rule 02: an unknown key is refused and never anonymous, also where anybody may read', async () => {
    const { alice, server } = world();
    const bucket = await world().bucket({ 'x-amz-acl': 'public-read-write' });
    await alice.put(bucket, KEY, 'public', { 'x-amz-acl': 'public-read' });
    const [target, fresh] = [targetOf(bucket, KEY), targetOf(bucket, 'new')];
    const credentials = { accessKeyId: 'MRNNOSUCHKEY00000000', secretAccessKey: 'x'.repeat(40) };
    const { origin } = server;
    const signed = (method: string, to: string) => input(world(), method, to, { credentials });
    for (const headers of [signV4(signed('GET', target)), signV2(signed('GET', target))]) {
      await refused(rawRequest({ origin, method: 'GET', target, headers }), 'InvalidAccessKeyId');
    }
    const put = signV4({ ...signed('PUT', fresh), payload: 'x' });
    await refused(
      rawRequest({ origin, method: 'PUT', target: fresh, headers: put, body: Buffer.from('x') }),
      'InvalidAccessKeyId',
    );
    assert.equal((await alice.get(bucket, 'new')).status, 404);
  });

  test('rule 04: a header that was added after signing, or taken out, changes nothing', async () => {
    const { server } = world();
    const { bucket, intact } = await guarded();
    const { origin } = server;
    const owner = world().alice;
    const target = targetOf(bucket, KEY);
    const put = owner.headers('PUT', target, { body: 'other', headers: { 'x-amz-meta-a': 'b' } });
    const body = Buffer.from('other');
    const send = (headers: Readonly<Record<string, string>>) =>
      rawRequest({ origin, method: 'PUT', target, headers, body });
    await refused(send({ ...put, 'x-amz-acl': 'public-read' }), 'AccessDenied');
    await refused(send({ ...put, 'x-amz-grant-full-control': `uri="${GROUP}"` }), 'AccessDenied');
    await refused(send({ ...put, 'x-amz-copy-source': `/${bucket}/${KEY}` }), 'AccessDenied');
    const { 'x-amz-meta-a': _taken, ...without } = put;
    await refused(send(without), 'AuthorizationHeaderMalformed');
    await refused(send({ ...put, 'x-amz-meta-a': 'c' }), 'SignatureDoesNotMatch');
    await intact();
  });

  test('rule 06: what is too old is refused, signed by header or in an address, by V4 or V2', async () => {
    const { server } = world();
    const { bucket, intact } = await guarded();
    const { origin } = server;
    const target = targetOf(bucket, KEY);
    const old = Date.now() - HOUR;
    const mine = input(world(), 'DELETE', target, { at: old });
    await refused(rawRequest({ origin, method: 'DELETE', target, headers: signV4(mine) }), 'RequestTimeTooSkewed');
    await refused(rawRequest({ origin, method: 'DELETE', target, headers: signV2(mine) }), 'RequestTimeTooSkewed');
    const { headers } = mine;
    const inV4 = presignV4({ ...mine, expires: 60 });
    await refused(rawRequest({ origin, method: 'DELETE', target: inV4, headers }), 'AccessDenied');
    const inV2 = presignV2({ ...mine, expires: Math.floor(old / 1000) });
    await refused(rawRequest({ origin, method: 'DELETE', target: inV2, headers }), 'AccessDenied');
    await intact();
  });

  test('rule 10: a policy with anything that is not understood is not stored, not even in part', async () => {
    const { alice } = world();
    const { bucket, intact } = await guarded();
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };
    const wrong: readonly object[] = [
      { Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } },
      { Condition: { StringMatches: { 's3:prefix': 'a' } } },
      { Condition: { 'ForSomeValues:StringEquals': { 's3:prefix': 'a' } } },
      { Conditions: {} },
      { Action: 's3:GetObjects' },
      { Principal: { Federated: '*' } },
      { Resource: 'arn:aws:s3:::somebody-elses/*' },
    ];
    const documents = wrong.map((change) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...change }] }),
    );
    const twice = `{"Version":"2012-10-17","Statement":[],"Statement":[${JSON.stringify(statement)}]}`;
    for (const body of [...documents, twice, '[]', '{}', 'null']) {
      const answer = await alice.send('PUT', { bucket, query: { policy: '' }, body });
      assert.deepEqual([answer.status, answer.code], [400, 'MalformedPolicy'], body);
    }
    assert.equal((await alice.send('GET', { bucket, query: { policy: '' } })).code, 'NoSuchBucketPolicy');
    await intact();
  });

  test('rule 19: entities, document types and other tricks of XML bring no grant into an ACL', async () => {
    const { alice } = world();
    const { bucket, intact } = await guarded();
    const owner = alice.account.canonicalId;
    const acl = (grantee: string, head = '') =>
      `${head}<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>${owner}</ID></Owner><AccessControlList><Grant>${grantee}<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;
    const group = (uri: string, type = 'Group') =>
      `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"><URI>${uri}</URI></Grantee>`;
    const documents = [
      acl(group('&everybody;'), `<!DOCTYPE a [<!ENTITY everybody "${GROUP}">]>`),
      acl(group('&file;'), '<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/passwd">]>'),
      acl(group('&everybody;')),
      acl(group('http://acs.amazonaws.com/groups/global/AllUsers&#0;')),
      acl(group(GROUP, 'CanonicalUser')),
      acl(`<!-- ${group(GROUP)} -->`),
      acl(`<Grantee><URI>${GROUP}</URI></Grantee>`),
      acl(group(GROUP)).replace('READ', 'READ</Permission><Permission>FULL_CONTROL'),
      acl(group(GROUP)).replace('</AccessControlPolicy>', ''),
    ];
    for (const body of documents) {
      for (const key of [undefined, KEY]) {
        const at = key === undefined ? { bucket } : { bucket, key };
        const answer = await alice.send('PUT', { ...at, query: { acl: '' }, body });
        assert.equal(answer.status, 400, `${answer.text} for ${body}`);
        assert.doesNotMatch(answer.text, /root:/);
      }
    }
    await intact();
  });

  test('rule 21: what says one thing twice is refused, also when both are signed, and grants nothing', async () => {
    const { alice, server } = world();
    const { bucket, intact } = await guarded();
    const target = `${targetOf(bucket, KEY)}?acl=`;
    const signed = (acl: string) => alice.headers('PUT', target, { headers: { 'x-amz-acl': acl } });
    // Two of one name are signed joined by a comma.
    for (const [values, acl, code] of [
      [['private', 'public-read'], 'private', 'SignatureDoesNotMatch'],
      [['private', 'public-read'], 'private,public-read', 'InvalidRequest'],
      [['public-read', 'private'], 'public-read,private', 'InvalidRequest'],
    ] as const) {
      const { 'x-amz-acl': _one, ...others } = signed(acl);
      const lines = [...Object.entries(others), ...values.map((value) => ['x-amz-acl', value] as const)];
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const connection = await RawConnection.open(server.port);
      connection.send(`PUT ${target} HTTP/1.1\r\n${head}content-length: 0\r\n\r\n`);
      const answer = await connection.response();
      connection.destroy();
      assert.match(answer.body.toString(), new RegExp(`<Code>${code}</Code>`));
    }
    await intact();
  });
});
