/**
 * Conditional deletes: what is gone is what was seen, or nothing is. Source: "How to perform conditional deletes" in the S3 user
 * guide; that a missing key is 404 and a version id 501 was measured at S3 by others (localstack issue 13894).
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '../../src/base/limits.ts';
import { Conflict } from '../../src/store/port.ts';
import { ENGINES } from '../support/engines.ts';
import { type InterposedEngine, interposedEngine } from '../support/interposed-engine.ts';
import {
  type Client,
  element,
  elements,
  header,
  md5Base64,
  md5Hex,
  type Send,
  type World,
  worldOver,
} from '../support/s3-world.ts';

const etagOf = (text: string): string => `"${md5Hex(text)}"`;
const OTHER = etagOf('other');

const send = (client: Client, bucket: string, ...objects: readonly string[]) => {
  const body = `<Delete>${objects.map((object) => `<Object>${object}</Object>`).join('')}</Delete>`;
  return client.send('POST', { bucket, query: { delete: '' }, body, headers: { 'content-md5': md5Base64(body) } });
};

for (const named of ENGINES) {
  describe(named.name, () => {
    let opened: { readonly world: World; readonly stop: () => Promise<void>; readonly engine: InterposedEngine };
    before(async () => {
      const { engine: inner, close } = await named.open();
      const engine = interposedEngine(inner);
      opened = { engine, ...(await worldOver({ engine, close })) };
    });
    after(() => opened.stop());

    const remove = (bucket: string, match: string, rest: Send = {}) =>
      opened.world.alice.send('DELETE', { bucket, key: 'key', ...rest, headers: { 'if-match': match } });

    /** What kinds of versions the key has, newest first. */
    async function kinds(name: string): Promise<readonly string[]> {
      const { rows } = opened.engine;
      const { bucket } = await rows.getTarget({ bucket: name });
      assert(bucket !== undefined);
      return (await rows.scanVersions(bucket.id, undefined, 10)).map(({ kind }) => kind);
    }

    /** Each state of versioning, with a bucket in it. */
    async function* buckets() {
      const { bucket, setVersioning } = opened.world;
      for (const versioning of ['unversioned', 'enabled', 'suspended'] as const) {
        const name = await bucket();
        if (versioning !== 'unversioned') await setVersioning(name, versioning);
        yield { name, versioning };
      }
    }

    test('If-Match deletes the object that has the ETag, and no other', async () => {
      const { alice } = opened.world;
      for await (const { name, versioning } of buckets()) {
        for (const match of [etagOf('body'), md5Hex('body'), `${OTHER}, ${etagOf('body')}`, '*']) {
          await alice.put(name, 'key', 'body');
          for (const wrong of [OTHER, `W/${etagOf('body')}`]) {
            const refused = await remove(name, wrong);
            assert.deepEqual([refused.status, refused.code], [412, 'PreconditionFailed'], `${versioning} ${wrong}`);
            assert.equal(element(refused.text, 'Condition'), 'If-Match');
            assert.equal((await alice.get(name, 'key')).text, 'body');
          }
          const answer = await remove(name, match);
          assert.deepEqual([answer.status, answer.text], [204, ''], `${versioning} ${match}`);
          assert.equal(header(answer, 'x-amz-delete-marker'), versioning === 'unversioned' ? '' : 'true');
          assert.equal((await alice.get(name, 'key')).status, 404);
        }
      }
    });

    test('what is not there matches nothing: 404, and no marker is made, over a marker neither', async () => {
      const { alice } = opened.world;
      for await (const { name, versioning } of buckets()) {
        for (const match of ['*', etagOf('body')]) {
          const answer = await remove(name, match);
          assert.deepEqual([answer.status, answer.code], [404, 'NoSuchKey'], `${versioning} ${match}`);
        }
        assert.deepEqual(await kinds(name), []);
        if (versioning === 'unversioned') continue;
        await alice.put(name, 'key', 'body');
        await alice.delete(name, 'key');
        const before = await kinds(name);
        for (const match of ['*', etagOf('body')]) assert.equal((await remove(name, match)).code, 'NoSuchKey');
        assert.deepEqual(await kinds(name), before);
      }
    });

    test('a condition is on the current version only: with a version id it is refused, and so is If-None-Match', async () => {
      const { alice, bucket, setVersioning } = opened.world;
      const name = await bucket();
      await setVersioning(name, 'enabled');
      const versionId = header(await alice.put(name, 'key', 'body'), 'x-amz-version-id');
      for (const match of ['*', etagOf('body')]) {
        const answer = await remove(name, match, { query: { versionId } });
        assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented']);
      }
      for (const [condition, value] of [
        ['if-none-match', '*'],
        ['if-unmodified-since', new Date(0).toUTCString()],
        ['x-amz-if-match-size', '4'],
        ['x-amz-if-match-last-modified-time', new Date(0).toUTCString()],
      ] as const) {
        const answer = await alice.delete(name, 'key', { [condition]: value });
        assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented'], condition);
        assert.equal(element(answer.text, 'Header'), condition);
      }
      const body = '<Delete><Object><Key>key</Key></Object></Delete>';
      const headers = { 'content-md5': md5Base64(body), 'if-match': etagOf('body') };
      const batch = await alice.send('POST', { bucket: name, query: { delete: '' }, body, headers });
      assert.deepEqual([batch.status, batch.code], [501, 'NotImplemented'], 'the keys of a batch have their own');
      assert.equal((await alice.get(name, 'key')).text, 'body');
    });

    test('each key of a batch has its own condition and its own answer', async () => {
      const { alice } = opened.world;
      for await (const { name, versioning } of buckets()) {
        const versionIds: string[] = [];
        for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
          versionIds.push(header(await alice.put(name, key, key), 'x-amz-version-id') || 'null');
        }
        const answer = await send(
          alice,
          name,
          `<Key>a</Key><ETag>${etagOf('a')}</ETag>`,
          `<Key>b</Key><ETag>${OTHER}</ETag>`,
          '<Key>c</Key><ETag>*</ETag>',
          '<Key>absent</Key><ETag>*</ETag>',
          `<Key>d</Key><VersionId>${versionIds[3]}</VersionId><ETag>${etagOf('d')}</ETag>`,
          '<Key>e</Key><Size>1</Size>',
          '<Key>f</Key><LastModifiedTime>Thu, 01 Jan 1998 00:00:00 GMT</LastModifiedTime>',
        );
        assert.equal(answer.status, 200, answer.text);
        const told = (part: string): readonly (string | undefined)[] =>
          elements(answer.text, part).map((one) => `${element(one, 'Key')} ${element(one, 'Code') ?? ''}`);
        assert.deepEqual(told('Deleted'), ['a ', 'c '], versioning);
        assert.deepEqual(told('Error'), [
          'b PreconditionFailed',
          'absent NoSuchKey',
          'd NotImplemented',
          'e NotImplemented',
          'f NotImplemented',
        ]);
        const left = await alice.send('GET', { bucket: name });
        assert.deepEqual(elements(left.text, 'Key'), ['b', 'd', 'e', 'f']);
      }
    });

    test('rule 09: an ETag tells nothing to those who may delete and not read; that it is there is told by the delete', async () => {
      const { alice, bob, bucket } = opened.world;
      const name = await bucket({ 'x-amz-acl': 'public-read-write' });
      await alice.put(name, 'key', 'body');
      for (const etag of [etagOf('body'), OTHER]) {
        assert.equal((await bob.delete(name, 'key', { 'if-match': etag })).code, 'AccessDenied');
        const answer = await send(bob, name, `<Key>key</Key><ETag>${etag}</ETag>`);
        assert.equal(element(answer.text, 'Code'), 'AccessDenied');
      }
      assert.equal((await alice.get(name, 'key')).text, 'body');
      assert.equal((await bob.delete(name, 'key', { 'if-match': '*' })).status, 204);
      assert.equal((await alice.get(name, 'key')).status, 404);
    });

    test('a policy that demands a condition sees that of each key of a batch', async () => {
      const { alice, bob, bucket } = opened.world;
      const name = await bucket();
      const policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: bob.account.id },
            Action: ['s3:DeleteObject', 's3:GetObject'],
            Resource: `arn:aws:s3:::${name}/*`,
          },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:DeleteObject',
            Resource: `arn:aws:s3:::${name}/*`,
            Condition: { Null: { 's3:if-match': 'true' } },
          },
        ],
      });
      assert.equal((await alice.send('PUT', { bucket: name, query: { policy: '' }, body: policy })).status, 204);
      for (const key of ['a', 'b', 'c']) await alice.put(name, key, key);
      assert.equal((await bob.delete(name, 'a')).code, 'AccessDenied');
      assert.equal((await bob.delete(name, 'a', { 'if-match': etagOf('a') })).status, 204);
      const answer = await send(bob, name, `<Key>b</Key><ETag>${etagOf('b')}</ETag>`, '<Key>c</Key>');
      assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied']);
      assert.deepEqual(elements((await alice.send('GET', { bucket: name })).text, 'Key'), ['c']);
    });

    test('rule 29: what is replaced before the commit is not deleted', async () => {
      const { alice } = opened.world;
      for await (const { name, versioning } of buckets()) {
        const type = versioning === 'unversioned' ? 'removeNull' : 'putVersion';
        await alice.put(name, 'key', 'body');
        opened.engine.beforeNext(type, () => alice.put(name, 'key', 'theirs'));
        assert.equal((await remove(name, etagOf('body'))).code, 'PreconditionFailed', versioning);
        assert.equal((await alice.get(name, 'key')).text, 'theirs');
        opened.engine.beforeNext(type, () => alice.delete(name, 'key'));
        assert.equal((await remove(name, '*')).code, 'NoSuchKey', versioning);
        await alice.put(name, 'key', 'body');
        opened.engine.beforeNext(type, () => alice.put(name, 'key', 'theirs'));
        const batch = await send(alice, name, `<Key>key</Key><ETag>${etagOf('body')}</ETag>`);
        assert.equal(element(batch.text, 'Code'), 'PreconditionFailed', versioning);
        assert.equal((await alice.get(name, 'key')).text, 'theirs');
      }
    });

    test('rule 29: of racing deletes of one version exactly one makes it go, and one marker', async () => {
      const { alice } = opened.world;
      for await (const { name, versioning } of buckets()) {
        await alice.put(name, 'key', 'body');
        const answers = await Promise.all(Array.from({ length: 12 }, () => remove(name, etagOf('body'))));
        const statuses = answers.map(({ status }) => status).sort();
        assert.deepEqual(statuses, [204, ...Array.from({ length: 11 }, () => 404)], versioning);
        const left = { unversioned: [], enabled: ['delete-marker', 'object'], suspended: ['delete-marker'] };
        assert.deepEqual(await kinds(name), left[versioning]);
      }
    });

    test('a conditional delete that loses every race says so instead of trying for ever', async () => {
      const { alice, bucket } = opened.world;
      const name = await bucket();
      await alice.put(name, 'key', 'body');
      let attempts = 0;
      opened.engine.beforeEach('removeNull', (attempt) => {
        attempts = attempt;
        throw new Conflict('revision');
      });
      const answer = await remove(name, etagOf('body'));
      opened.engine.beforeEach('removeNull', undefined);
      assert.deepEqual([answer.status, answer.code], [409, 'ConditionalRequestConflict']);
      assert.equal(attempts, LIMITS.commitAttempts);
      assert.equal((await alice.get(name, 'key')).text, 'body');
    });
  });
}
