/**
 * What may be asked of encryption, and how each wrong question is answered: customers' keys, keys of the ring, the bucket's
 * default, and what it blocks. No answer, log or kept refusal repeats a customer's key.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import { formOf, signFormV4 } from '../support/form.ts';
import { rawRequest } from '../support/raw-client.ts';
import { type Answer, answerOf, Client, element, header, md5Hex, overEngines } from '../support/s3-world.ts';
import { startTestServer } from '../support/server.ts';
import { presignV4, targetOf } from '../support/signer.ts';

const METHOD = 'x-amz-server-side-encryption';
const [ALGORITHM, KEY, MD5] = ['algorithm', 'key', 'key-MD5'].map((name) => `${METHOD}-customer-${name}`) as [
  string,
  string,
  string,
];
const secret = Buffer.alloc(32, 'moraine-moraine!');
const SECRET = secret.toString('base64');
const md5Of = (key: Uint8Array): string => createHash('md5').update(key).digest('base64');
const MINE = { [ALGORITHM]: 'AES256', [KEY]: SECRET, [MD5]: md5Of(secret) };
const other = Buffer.alloc(32, 9);
const OTHERS = { [ALGORITHM]: 'AES256', [KEY]: other.toString('base64'), [MD5]: md5Of(other) };

const without = (name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(MINE).filter(([each]) => each !== name));

function refused(answer: Answer, status: number, code: string, text?: RegExp): void {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  if (text !== undefined) assert.match(element(answer.text, 'Message') ?? '', text);
  assert.equal(answer.text.includes(SECRET), false, 'an answer repeats a customer’s key');
}

const configuration = (rule: string): string =>
  `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`;
const byDefault = (algorithm: string, keyId = ''): string =>
  `<ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm>${keyId === '' ? '' : `<KMSMasterKeyID>${keyId}</KMSMasterKeyID>`}</ApplyServerSideEncryptionByDefault>`;

overEngines((worldOf) => {
  test('rule 26: a customer’s key that is not told rightly is refused, stores nothing and is not repeated', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const wrong: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
      [without(ALGORITHM), 'InvalidArgument', /valid encryption algorithm/],
      [without(KEY), 'InvalidArgument', /appropriate secret key/],
      [without(MD5), 'InvalidArgument', /client calculated MD5/],
      [{ ...MINE, [ALGORITHM]: 'AES128' }, 'InvalidEncryptionAlgorithmError', /AES256/],
      [{ ...MINE, [KEY]: Buffer.alloc(16).toString('base64') }, 'InvalidArgument', /32 bytes/],
      [{ ...MINE, [KEY]: `${SECRET.slice(0, -1)}!` }, 'InvalidArgument', /secret key was invalid/],
      [{ ...MINE, [MD5]: md5Of(other) }, 'InvalidArgument', /did not match/],
      [{ ...MINE, [METHOD]: 'AES256' }, 'InvalidArgument', /incompatible/],
    ];
    for (const [headers, code, text] of wrong) {
      refused(await alice.put(bucket, 'key', 'text', headers), 400, code, text);
      const begun = await alice.send('POST', { bucket, key: 'key', query: { uploads: '' }, headers });
      refused(begun, 400, code, text);
    }
    assert.equal((await alice.head(bucket, 'key')).status, 404);
    const uploads = await alice.send('GET', { bucket, query: { uploads: '' } });
    assert.equal(uploads.text.includes('<Upload>'), false);
  });

  test('an object under a customer’s key wants that key of each reader, and no other object does', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    await alice.put(bucket, 'mine', 'text', MINE);
    await alice.put(bucket, 'open', 'text');
    const attributes = { 'x-amz-object-attributes': 'ETag' };
    for (const read of [
      (headers: Readonly<Record<string, string>>) => alice.get(bucket, 'mine', headers),
      (headers: Readonly<Record<string, string>>) =>
        alice.send('GET', { bucket, key: 'mine', query: { attributes: '' }, headers: { ...attributes, ...headers } }),
    ]) {
      refused(await read({}), 400, 'InvalidRequest', /correct parameters must be provided/);
      refused(await read(OTHERS), 403, 'AccessDenied');
      assert.equal((await read(MINE)).status, 200);
    }
    assert.equal((await alice.head(bucket, 'mine')).status, 400);
    assert.equal((await alice.head(bucket, 'mine', OTHERS)).status, 403);
    assert.equal((await alice.head(bucket, 'mine', MINE)).status, 200);
    refused(await alice.get(bucket, 'open', MINE), 400, 'InvalidRequest', /not applicable to this object/);
    const source = { 'x-amz-copy-source': `/${bucket}/mine` };
    refused(await alice.send('PUT', { bucket, key: 'copy', headers: source }), 400, 'InvalidRequest');
    // Conditions and ranges are those of any object.
    const etag = header(await alice.head(bucket, 'mine', MINE), 'etag');
    assert.equal((await alice.get(bucket, 'mine', { ...MINE, 'if-none-match': etag })).status, 304);
    const range = await alice.get(bucket, 'mine', { ...MINE, range: 'bytes=1-2', 'if-range': etag });
    assert.deepEqual([range.status, range.text], [206, 'ex']);
    const listed = await alice.send('GET', { bucket, query: { 'list-type': '2' } });
    assert.match(listed.text, /<Key>mine<\/Key>/);
  });

  test('parts of an upload take the key that it was begun with', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const begin = async (headers: Readonly<Record<string, string>>) =>
      element((await alice.send('POST', { bucket, key: 'key', query: { uploads: '' }, headers })).text, 'UploadId') ??
      '';
    const [mine, open] = [await begin(MINE), await begin({})];
    const part = (uploadId: string, headers: Readonly<Record<string, string>>) =>
      alice.send('PUT', { bucket, key: 'key', query: { uploadId, partNumber: '1' }, headers, body: 'text' });
    refused(await part(mine, {}), 400, 'InvalidRequest', /must include the appropriate encryption parameters/);
    refused(await part(mine, OTHERS), 400, 'InvalidRequest', /did not match the ones used originally/);
    refused(await part(open, MINE), 400, 'InvalidRequest', /did not request encryption/);
    const sent = await part(mine, MINE);
    assert.equal(sent.status, 200, sent.text);
    const complete = (headers: Readonly<Record<string, string>>) =>
      alice.send('POST', {
        ...{ bucket, key: 'key', query: { uploadId: mine }, headers },
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${header(sent, 'etag')}</ETag></Part></CompleteMultipartUpload>`,
      });
    refused(await complete(OTHERS), 400, 'InvalidRequest', /did not match/);
    // A checksum that nobody has computed of these parts: the bytes are read, which takes the key.
    const crc = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    refused(await complete(crc), 400, 'InvalidRequest', /Send that key/);
    refused(await complete({ ...MINE, ...crc }), 400, 'BadDigest');
    const done = await complete({});
    assert.equal(done.status, 200, done.text);
    assert.equal((await alice.get(bucket, 'key', MINE)).text, 'text');
  });

  test('methods and keys that are not there are refused by what is wrong with them', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const put = (headers: Readonly<Record<string, string>>) => alice.put(bucket, 'key', 'text', headers);
    const kms = { [METHOD]: 'aws:kms' };
    refused(await put({ [METHOD]: 'aes256' }), 400, 'InvalidArgument', /not supported/);
    refused(await put({ [METHOD]: 'aws:kms:dsse' }), 501, 'NotImplemented', /aws:kms:dsse/);
    refused(await put({ ...kms, [`${METHOD}-aws-kms-key-id`]: 'no-key' }), 400, 'KMS.NotFoundException', /"no-key"/);
    refused(await put({ [METHOD]: 'AES256', [`${METHOD}-aws-kms-key-id`]: 'first-key' }), 400, 'InvalidArgument');
    for (const context of ['x', Buffer.from('[]').toString('base64'), Buffer.from('{"a":1}').toString('base64')]) {
      refused(await put({ ...kms, [`${METHOD}-context`]: context }), 400, 'InvalidArgument', /JSON object of texts/);
    }
    refused(await put({ ...kms, [`${METHOD}-bucket-key-enabled`]: 'maybe' }), 400, 'InvalidArgument');
    assert.equal((await alice.head(bucket, 'key')).status, 404);
    const context = Buffer.from('{"a":"b"}').toString('base64');
    const arn = 'arn:aws:kms:us-east-1:111122223333:key/second-key';
    const said = { [`${METHOD}-context`]: context, [`${METHOD}-bucket-key-enabled`]: 'true' };
    const stored = await put({ ...kms, ...said, [`${METHOD}-aws-kms-key-id`]: arn });
    assert.equal(stored.status, 200, stored.text);
    assert.equal(header(stored, `${METHOD}-aws-kms-key-id`), 'second-key');
    assert.equal(header(stored, `${METHOD}-context`), context);
    const got = await alice.get(bucket, 'key');
    assert.deepEqual([got.text, header(got, `${METHOD}-bucket-key-enabled`)], ['text', 'true']);
    assert.equal(header(await put(kms), `${METHOD}-aws-kms-key-id`), 'first-key');
  });

  test('a bucket’s default encrypts what says nothing, on every way to write, and what says something as it says', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const configure = (rule: string) =>
      alice.send('PUT', { bucket, query: { encryption: '' }, body: configuration(rule) });
    const none = await alice.send('GET', { bucket, query: { encryption: '' } });
    refused(none, 404, 'ServerSideEncryptionConfigurationNotFoundError');
    await alice.put(bucket, 'before', 'text');
    assert.equal((await configure(byDefault('AES256'))).status, 200);
    const kept = await alice.send('GET', { bucket, query: { encryption: '' } });
    assert.match(kept.text, /<SSEAlgorithm>AES256<\/SSEAlgorithm>/);
    assert.equal(header(await alice.head(bucket, 'before'), METHOD), '');
    const put = await alice.put(bucket, 'key', 'text');
    assert.equal(header(put, METHOD), 'AES256');
    assert.equal(header(put, 'etag'), `"${md5Hex('text')}"`);
    const source = { 'x-amz-copy-source': `/${bucket}/before` };
    assert.equal(header(await alice.send('PUT', { bucket, key: 'copy', headers: source }), METHOD), 'AES256');
    const begun = await alice.send('POST', { bucket, key: 'parts', query: { uploads: '' } });
    assert.equal(header(begun, METHOD), 'AES256');
    assert.equal(header(await alice.put(bucket, 'kms', 'text', { [METHOD]: 'aws:kms' }), METHOD), 'aws:kms');
    assert.equal((await alice.put(bucket, 'mine', 'text', MINE)).status, 200);
    const withKey = `${byDefault('aws:kms', 'second-key')}<BucketKeyEnabled>true</BucketKeyEnabled>`;
    assert.equal((await configure(withKey)).status, 200);
    const sealed = await alice.put(bucket, 'key', 'text');
    assert.equal(header(sealed, `${METHOD}-aws-kms-key-id`), 'second-key');
    assert.equal(header(sealed, `${METHOD}-bucket-key-enabled`), 'true');
    const off = await alice.put(bucket, 'key', 'text', { [`${METHOD}-bucket-key-enabled`]: 'false' });
    assert.equal(header(off, `${METHOD}-bucket-key-enabled`), '');
    assert.equal((await alice.send('DELETE', { bucket, query: { encryption: '' } })).status, 204);
    assert.equal(header(await alice.put(bucket, 'after', 'text'), METHOD), '');
    assert.equal((await alice.get(bucket, 'key')).text, 'text');
  });

  test('a configuration of encryption that cannot hold is refused', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const wrong: readonly (readonly [string, number, string])[] = [
      [configuration(byDefault('rot13')), 400, 'MalformedXML'],
      [configuration(byDefault('aws:kms:dsse')), 501, 'NotImplemented'],
      [configuration(byDefault('AES256', 'first-key')), 400, 'InvalidArgument'],
      [configuration(byDefault('aws:kms', 'no-key')), 400, 'KMS.NotFoundException'],
      [
        configuration('<BlockedEncryptionTypes><EncryptionType>SSE-S3</EncryptionType></BlockedEncryptionTypes>'),
        400,
        'MalformedXML',
      ],
      [configuration('<BucketKeyEnabled>perhaps</BucketKeyEnabled>'), 400, 'MalformedXML'],
      ['<ServerSideEncryptionConfiguration/>', 400, 'MalformedXML'],
      [configuration('</Rule><Rule>'), 400, 'MalformedXML'],
    ];
    for (const [body, status, code] of wrong) {
      refused(await alice.send('PUT', { bucket, query: { encryption: '' }, body }), status, code);
    }
    assert.equal((await alice.send('GET', { bucket, query: { encryption: '' } })).status, 404);
  });

  test('a bucket that blocks customers’ keys takes no object under one, and gives those that it has', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    await alice.put(bucket, 'before', 'text', MINE);
    const blocked = '<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>';
    const body = configuration(blocked);
    assert.equal((await alice.send('PUT', { bucket, query: { encryption: '' }, body })).status, 200);
    refused(await alice.put(bucket, 'key', 'text', MINE), 403, 'AccessDenied', /BlockedEncryptionTypes/);
    const begun = await alice.send('POST', { bucket, key: 'key', query: { uploads: '' }, headers: MINE });
    refused(begun, 403, 'AccessDenied');
    assert.equal((await alice.get(bucket, 'before', MINE)).text, 'text');
    const kept = await alice.send('GET', { bucket, query: { encryption: '' } });
    assert.match(kept.text, /<EncryptionType>SSE-C<\/EncryptionType>/);
  });

  test('a policy can demand encryption', async () => {
    const { alice, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const Condition = { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } };
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/*` };
    const body = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...deny, Condition }] });
    assert.equal((await alice.send('PUT', { bucket, query: { policy: '' }, body })).status, 204);
    refused(await alice.put(bucket, 'key', 'text'), 403, 'AccessDenied');
    assert.equal((await alice.put(bucket, 'key', 'text', { [METHOD]: 'AES256' })).status, 200);
  });

  test('forms say in their fields how their file is encrypted, and a bucket’s default holds for them', async () => {
    const { alice, nobody, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const post = (key: string, said: Readonly<Record<string, string>>) => {
      const fields = signFormV4({
        credentials: alice.credentials,
        bucket,
        fields: [['key', key], ...Object.entries(said)],
      });
      const form = formOf(fields, { content: 'text' });
      return nobody.send('POST', { bucket, headers: form.headers, body: form.body });
    };
    const mine = await post('mine', MINE);
    assert.equal(mine.status, 204, mine.text);
    refused(await alice.get(bucket, 'mine'), 400, 'InvalidRequest');
    assert.equal((await alice.get(bucket, 'mine', MINE)).text, 'text');
    assert.equal(header(await post('sealed', { [METHOD]: 'AES256' }), METHOD), 'AES256');
    const body = configuration(byDefault('AES256'));
    assert.equal((await alice.send('PUT', { bucket, query: { encryption: '' }, body })).status, 200);
    assert.equal((await post('default', {})).status, 204);
    const got = await alice.get(bucket, 'default');
    assert.deepEqual([got.text, header(got, METHOD)], ['text', 'AES256']);
  });

  test('presigned addresses carry what they ask of encryption as headers or parameters', async () => {
    const { alice, server, bucket: newBucket } = worldOf();
    const bucket = await newBucket();
    const ask = async (
      method: string,
      parameters: Readonly<Record<string, string>>,
      sent: Readonly<Record<string, string>>,
    ) => {
      const target = presignV4({
        ...{ credentials: alice.credentials, method, target: targetOf(bucket, 'key', parameters) },
        headers: { host: server.origin.slice('http://'.length), ...sent },
      });
      const body = method === 'PUT' ? { body: Buffer.from('text') } : {};
      return answerOf(await rawRequest({ origin: server.origin, method, target, headers: sent, ...body }));
    };
    assert.equal((await ask('PUT', {}, MINE)).status, 200);
    assert.equal((await ask('GET', {}, MINE)).text, 'text');
    assert.equal((await ask('GET', MINE, {})).text, 'text');
    refused(await ask('GET', MINE, { [KEY]: OTHERS[KEY] ?? '' }), 400, 'InvalidArgument', /said twice/);
    refused(await ask('GET', {}, {}), 400, 'InvalidRequest');
  });
});

test('rule 26: customers’ keys travel by TLS, unless a setting says otherwise; no log repeats one', async (t) => {
  const lines: string[] = [];
  const server = await startTestServer({
    ...{ encryption: { customerKeysWithoutTls: false, ring: new Map() }, trustedProxies: ['127.0.0.1'] },
    log: createLog('debug', (line) => lines.push(line)),
  });
  const agent = new http.Agent();
  t.after(async () => {
    agent.destroy();
    await server.stop();
  });
  const alice = new Client([server], await server.addAccount('alice'), agent);
  const bucket = 'bucket';
  await alice.send('PUT', { bucket });
  refused(await alice.put(bucket, 'key', 'text', MINE), 400, 'InvalidRequest', /secure connection/);
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' };
  assert.equal((await alice.put(bucket, 'key', 'text', { ...MINE, ...proxied })).status, 200);
  refused(await alice.get(bucket, 'key', MINE), 400, 'InvalidRequest', /secure connection/);
  refused(await alice.get(bucket, 'key', { ...OTHERS, ...proxied }), 403, 'AccessDenied');
  assert.equal((await alice.get(bucket, 'key', { ...MINE, ...proxied })).text, 'text');
  refused(
    await alice.put(bucket, 'kms', 'text', { [METHOD]: 'aws:kms' }),
    501,
    'NotImplemented',
    /encryption.key-ring/,
  );
  assert.ok(lines.length > 0);
  assert.equal(
    lines.some((line) => line.includes(SECRET)),
    false,
  );
});
