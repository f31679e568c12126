/** Object Lock: buckets that have it, retention and legal hold of versions, and that nothing removes what is kept. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  type Client,
  element,
  elements,
  header,
  md5Base64,
  overEngines,
  type World,
} from '../support/s3-world.ts';

const DAY = 86_400_000;
const LOCK = { 'x-amz-bucket-object-lock-enabled': 'true' };
const BYPASS = { 'x-amz-bypass-governance-retention': 'true' };
const later = (ms: number): string => new Date(Date.now() + ms).toISOString();

const retentionOf = (mode: string, until: string): string =>
  `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
const configurationOf = (rule: string): string =>
  `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
const ruleOf = (mode: string, period: string): string =>
  `<Rule><DefaultRetention><Mode>${mode}</Mode>${period}</DefaultRetention></Rule>`;

/** A version in a bucket with Object Lock. */
interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
}

async function stored({ alice, bucket }: World, headers: Readonly<Record<string, string>> = {}): Promise<Place> {
  const name = await bucket(LOCK);
  const put = await alice.put(name, 'key', 'x', { 'content-md5': md5Base64('x'), ...headers });
  assert.equal(put.status, 200, put.text);
  return { bucket: name, key: 'key', versionId: header(put, 'x-amz-version-id') };
}

const ask = (who: Client, method: string, { bucket, key, versionId }: Place, sub: string, rest = {}) =>
  who.send(method, { bucket, key, query: { [sub]: '', versionId }, ...rest });

const retain = (who: Client, at: Place, body: string, headers = {}) =>
  ask(who, 'PUT', at, 'retention', { body, headers });

const hold = (who: Client, at: Place, status: 'ON' | 'OFF') =>
  ask(who, 'PUT', at, 'legal-hold', { body: `<LegalHold><Status>${status}</Status></LegalHold>` });

const remove = (who: Client, { bucket, key, versionId }: Place, headers = {}) =>
  who.send('DELETE', { bucket, key, query: { versionId }, headers });

async function removeInBatch(who: Client, { bucket, key, versionId }: Place, headers = {}): Promise<Answer> {
  const body = `<Delete><Object><Key>${key}</Key><VersionId>${versionId}</VersionId></Object></Delete>`;
  return who.send('POST', {
    bucket,
    query: { delete: '' },
    body,
    headers: { 'content-md5': md5Base64(body), ...headers },
  });
}

const codes = (answer: Answer) => [answer.status, answer.code];

overEngines((world) => {
  test('a bucket is made with Object Lock, which brings versioning, and keeps both', async () => {
    const { alice, bucket } = world();
    const name = await bucket(LOCK);
    const get = (query: string) => alice.send('GET', { bucket: name, query: { [query]: '' } });
    assert.equal(element((await get('versioning')).text, 'Status'), 'Enabled');
    const answer = await get('object-lock');
    assert.deepEqual([element(answer.text, 'ObjectLockEnabled'), elements(answer.text, 'Rule')], ['Enabled', []]);
    const body = '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>';
    const suspended = await alice.send('PUT', { bucket: name, query: { versioning: '' }, body });
    assert.deepEqual(codes(suspended), [409, 'InvalidBucketState']);
    assert.equal((await alice.send('DELETE', { bucket: name, query: { 'object-lock': '' } })).status, 405);
    const wrong = { 'x-amz-bucket-object-lock-enabled': 'yes' };
    assert.equal((await alice.send('PUT', { bucket: 'not-made', headers: wrong })).code, 'InvalidArgument');
  });

  test('a bucket gets Object Lock later, when its versioning is enabled', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    const put = (body: string) => alice.send('PUT', { bucket: name, query: { 'object-lock': '' }, body });
    const none = await alice.send('GET', { bucket: name, query: { 'object-lock': '' } });
    assert.deepEqual(codes(none), [404, 'ObjectLockConfigurationNotFoundError']);
    assert.deepEqual(codes(await put(configurationOf(''))), [409, 'InvalidBucketState']);
    await setVersioning(name, 'suspended');
    assert.deepEqual(codes(await put(configurationOf(''))), [409, 'InvalidBucketState']);
    await setVersioning(name, 'enabled');
    for (const [rule, code] of [
      [ruleOf('FOREVER', '<Days>1</Days>'), 'MalformedXML'],
      [ruleOf('GOVERNANCE', ''), 'MalformedXML'],
      [ruleOf('GOVERNANCE', '<Days>1</Days><Years>1</Years>'), 'MalformedXML'],
      [ruleOf('GOVERNANCE', '<Days>0</Days>'), 'InvalidRetentionPeriod'],
      [ruleOf('COMPLIANCE', '<Years>101</Years>'), 'InvalidRetentionPeriod'],
    ] as const) {
      assert.deepEqual(codes(await put(configurationOf(rule))), [400, code], rule);
    }
    assert.equal((await put(configurationOf(ruleOf('GOVERNANCE', '<Years>2</Years>')))).status, 200);
    const { text } = await alice.send('GET', { bucket: name, query: { 'object-lock': '' } });
    assert.deepEqual(
      [element(text, 'Mode'), element(text, 'Years'), element(text, 'Days')],
      ['GOVERNANCE', '2', undefined],
    );
  });

  test('retention and legal hold come with an object, are told by GET and HEAD, and are not copied', async () => {
    const { alice, bob } = world();
    const until = later(DAY);
    const at = await stored(world(), {
      'x-amz-object-lock-mode': 'GOVERNANCE',
      'x-amz-object-lock-retain-until-date': until,
      'x-amz-object-lock-legal-hold': 'ON',
      'x-amz-acl': 'public-read',
    });
    const told = (answer: Answer) =>
      ['mode', 'retain-until-date', 'legal-hold'].map((name) => header(answer, `x-amz-object-lock-${name}`));
    for (const method of ['GET', 'HEAD']) {
      assert.deepEqual(told(await alice.send(method, at)), ['GOVERNANCE', until, 'ON']);
      assert.deepEqual(told(await bob.send(method, at)), ['', '', '']);
    }
    const retention = await ask(alice, 'GET', at, 'retention');
    assert.deepEqual(
      [element(retention.text, 'Mode'), element(retention.text, 'RetainUntilDate')],
      ['GOVERNANCE', until],
    );
    assert.equal(element((await ask(alice, 'GET', at, 'legal-hold')).text, 'Status'), 'ON');
    await alice.put(at.bucket, 'copy', '', { 'x-amz-copy-source': `/${at.bucket}/${at.key}` });
    const copy = await alice.head(at.bucket, 'copy');
    assert.deepEqual([copy.status, ...told(copy)], [200, '', '', '']);
    const versionId = header(copy, 'x-amz-version-id');
    for (const sub of ['retention', 'legal-hold']) {
      const answer = await ask(alice, 'GET', { ...at, key: 'copy', versionId }, sub);
      assert.deepEqual(codes(answer), [404, 'NoSuchObjectLockConfiguration']);
    }
  });

  test('what is asked for must make sense, and the bucket must have Object Lock', async () => {
    const { alice, bucket } = world();
    const name = await bucket(LOCK);
    const proof = { 'content-md5': md5Base64('x') };
    const put = async (headers: Readonly<Record<string, string>>, to = name) =>
      (await alice.put(to, 'key', 'x', headers)).code;
    const mode = { 'x-amz-object-lock-mode': 'GOVERNANCE' };
    const until = { 'x-amz-object-lock-retain-until-date': later(DAY) };
    assert.equal(await put({ ...proof, ...mode }), 'InvalidArgument');
    assert.equal(await put({ ...proof, ...until }), 'InvalidArgument');
    assert.equal(await put({ ...proof, ...until, 'x-amz-object-lock-mode': 'FOREVER' }), 'InvalidArgument');
    for (const date of [later(-DAY), 'tomorrow', '2090-02-30T00:00:00Z']) {
      assert.equal(await put({ ...proof, ...mode, 'x-amz-object-lock-retain-until-date': date }), 'InvalidArgument');
    }
    assert.equal(await put({ ...proof, 'x-amz-object-lock-legal-hold': 'YES' }), 'InvalidArgument');
    assert.equal(await put({ ...mode, ...until }), 'InvalidRequest', 'nothing proves the body');
    assert.equal((await alice.head(name, 'key')).status, 404);
    const plain = await bucket();
    assert.equal(await put({ ...proof, ...mode, ...until }, plain), 'InvalidRequest');
    await alice.put(plain, 'key', 'x');
    const at = { bucket: plain, key: 'key', versionId: 'null' };
    assert.deepEqual(codes(await retain(alice, at, retentionOf('GOVERNANCE', later(DAY)))), [400, 'InvalidRequest']);
    assert.deepEqual(codes(await hold(alice, at, 'ON')), [400, 'InvalidRequest']);
    for (const sub of ['retention', 'legal-hold']) {
      assert.deepEqual(codes(await ask(alice, 'GET', at, sub)), [400, 'InvalidRequest']);
    }
  });

  test('rule 28: the default retention is for versions that ask for none: put, copied and completed', async () => {
    const { alice, bucket } = world();
    const name = await bucket(LOCK);
    const body = configurationOf(ruleOf('COMPLIANCE', '<Days>3</Days>'));
    assert.equal((await alice.send('PUT', { bucket: name, query: { 'object-lock': '' }, body })).status, 200);
    const proof = { 'content-md5': md5Base64('x') };
    assert.equal((await alice.put(name, 'put', 'x')).code, 'InvalidRequest', 'nothing proves the body');
    await alice.put(name, 'put', 'x', proof);
    await alice.put(name, 'copied', '', { 'x-amz-copy-source': `/${name}/put` });
    const at = { bucket: name, key: 'completed' };
    const uploadId = element((await alice.send('POST', { ...at, query: { uploads: '' } })).text, 'UploadId') ?? '';
    const part = await alice.send('PUT', { ...at, query: { partNumber: '1', uploadId }, body: 'x' });
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${header(part, 'etag')}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await alice.send('POST', { ...at, query: { uploadId }, body: parts })).status, 200);
    for (const key of ['put', 'copied', 'completed']) {
      const head = await alice.head(name, key);
      assert.equal(header(head, 'x-amz-object-lock-mode'), 'COMPLIANCE', key);
      const kept =
        Date.parse(header(head, 'x-amz-object-lock-retain-until-date')) - Date.parse(header(head, 'last-modified'));
      assert.equal(Math.floor(kept / 1000), (3 * DAY) / 1000, key);
    }
    const own = { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': later(DAY) };
    await alice.put(name, 'own', 'x', { ...proof, ...own });
    assert.equal(header(await alice.head(name, 'own'), 'x-amz-object-lock-mode'), 'GOVERNANCE');
    // A delete marker is no object: nothing keeps it.
    const marker = await alice.delete(name, 'put');
    assert.equal(marker.status, 204);
    const versionId = header(marker, 'x-amz-version-id');
    assert.equal((await remove(alice, { bucket: name, key: 'put', versionId })).status, 204);
  });

  test('rule 28: GOVERNANCE gives way to the owner who asks for it, and to whom a policy lets, and to nobody else', async () => {
    const { alice, bob } = world();
    const at = await stored(world());
    const keep = retentionOf('GOVERNANCE', later(2 * DAY));
    assert.equal((await retain(alice, at, keep)).status, 200);
    assert.deepEqual(codes(await remove(alice, at)), [403, 'AccessDenied']);
    assert.equal(element((await removeInBatch(alice, at)).text, 'Code'), 'AccessDenied');
    assert.deepEqual(codes(await retain(alice, at, retentionOf('GOVERNANCE', later(DAY)))), [403, 'AccessDenied']);
    assert.deepEqual(codes(await retain(alice, at, '<Retention/>')), [403, 'AccessDenied']);
    assert.equal((await retain(alice, at, retentionOf('GOVERNANCE', later(3 * DAY)))).status, 200, 'longer');
    assert.equal((await retain(alice, at, retentionOf('GOVERNANCE', later(DAY)), BYPASS)).status, 200, 'shorter');
    const policy = (...actions: string[]) =>
      alice.send('PUT', {
        bucket: at.bucket,
        query: { policy: '' },
        body: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: bob.account.id },
              Action: actions,
              Resource: `arn:aws:s3:::${at.bucket}/*`,
            },
          ],
        }),
      });
    assert.equal((await policy('s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectRetention')).status, 204);
    assert.deepEqual(codes(await remove(bob, at, BYPASS)), [403, 'AccessDenied']);
    assert.deepEqual(codes(await retain(bob, at, '<Retention/>', BYPASS)), [403, 'AccessDenied']);
    assert.equal((await alice.get(at.bucket, at.key)).text, 'x');
    await policy('s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention');
    assert.deepEqual(codes(await remove(bob, at)), [403, 'AccessDenied'], 'it must be asked for');
    assert.equal((await removeInBatch(bob, at, BYPASS)).text.includes('<Deleted>'), true);
    assert.equal((await alice.get(at.bucket, at.key)).status, 404);
  });

  test('rule 28: COMPLIANCE gives way to nobody, until its time has come', async () => {
    const { alice } = world();
    const at = await stored(world());
    const end = Date.now() + 2_000;
    assert.equal((await retain(alice, at, retentionOf('COMPLIANCE', new Date(end).toISOString()))).status, 200);
    for (const headers of [{}, BYPASS]) {
      assert.deepEqual(codes(await remove(alice, at, headers)), [403, 'AccessDenied']);
      assert.equal(element((await removeInBatch(alice, at, headers)).text, 'Code'), 'AccessDenied');
      for (const body of [
        '<Retention/>',
        retentionOf('GOVERNANCE', later(DAY)),
        retentionOf('COMPLIANCE', later(500)),
      ]) {
        assert.deepEqual(codes(await retain(alice, at, body, headers)), [403, 'AccessDenied'], body);
      }
    }
    assert.ok(Date.now() < end, 'the machine was too slow to see the retention');
    while ((await remove(alice, at)).status !== 204) await sleep(200);
    assert.ok(Date.now() >= end);
    assert.equal((await alice.get(at.bucket, at.key)).status, 404);
  });

  test('rule 28: a legal hold keeps a version, whoever asks how, until it is taken away', async () => {
    const { alice } = world();
    const at = await stored(world());
    assert.equal((await hold(alice, at, 'ON')).status, 200);
    assert.deepEqual(codes(await remove(alice, at, BYPASS)), [403, 'AccessDenied']);
    assert.equal(element((await removeInBatch(alice, at, BYPASS)).text, 'Code'), 'AccessDenied');
    assert.deepEqual(codes(await alice.send('DELETE', { bucket: at.bucket })), [409, 'BucketNotEmpty']);
    // Deleted as objects are, it is only hidden; replaced, it stays below.
    assert.equal((await alice.delete(at.bucket, at.key)).status, 204);
    assert.equal((await alice.put(at.bucket, at.key, 'y')).status, 200);
    assert.equal((await alice.send('GET', { ...at, query: { versionId: at.versionId } })).text, 'x');
    assert.equal((await hold(alice, at, 'OFF')).status, 200);
    assert.equal(element((await ask(alice, 'GET', at, 'legal-hold')).text, 'Status'), 'OFF');
    assert.equal((await remove(alice, at)).status, 204);
  });

  test('rule 28: null versions from before Object Lock are kept as others are', async () => {
    const { alice, bucket, setVersioning } = world();
    const name = await bucket();
    await alice.put(name, 'key', 'x');
    await setVersioning(name, 'enabled');
    await alice.send('PUT', { bucket: name, query: { 'object-lock': '' }, body: configurationOf('') });
    const at = { bucket: name, key: 'key', versionId: 'null' };
    assert.equal((await hold(alice, at, 'ON')).status, 200);
    await alice.put(name, 'key', 'y');
    assert.deepEqual(codes(await remove(alice, at, BYPASS)), [403, 'AccessDenied']);
    assert.equal((await alice.send('GET', { ...at, query: { versionId: 'null' } })).text, 'x');
  });

  test('rule 29: of a hold and a removal at once, whichever was first is what the other meets', async () => {
    const { alice, bucket } = world();
    const name = await bucket(LOCK);
    for (let round = 0; round < 10; round += 1) {
      const put = await alice.put(name, `key-${round}`, 'x');
      const at = { bucket: name, key: `key-${round}`, versionId: header(put, 'x-amz-version-id') };
      const [held, removed] = await Promise.all([hold(alice, at, 'ON'), remove(alice, at)]);
      const { status } = await alice.send('GET', { ...at, query: { versionId: at.versionId } });
      assert.equal(status, held.status === 200 ? 200 : 404, `${held.status} ${removed.status}`);
      assert.equal(removed.status, held.status === 200 ? 403 : 204, `${held.status} ${removed.status}`);
    }
  });

  test('rule 28: what is kept is there after every sweep', async () => {
    const { alice, server } = world();
    const large = 'x'.repeat(300_000);
    const at = await stored(world());
    const put = await alice.put(at.bucket, 'large', large, {
      'content-md5': md5Base64(large),
      'x-amz-object-lock-legal-hold': 'ON',
    });
    const versionId = header(put, 'x-amz-version-id');
    await alice.delete(at.bucket, 'large');
    // Years from now, where the engine's own clock has no say.
    const years = server.engine.capabilities.name === 'cassandra' ? 0 : 365 * DAY;
    for (let round = 1; round < 4; round += 1) {
      await server.engine.upkeep.sweep({ now: Date.now() + round * years, limit: 1000 });
    }
    const kept = await alice.send('GET', { bucket: at.bucket, key: 'large', query: { versionId } });
    assert.equal(kept.text, large);
  });
});
