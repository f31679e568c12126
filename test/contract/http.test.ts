/** The line as a client meets it: what it costs the store, who is let through, and what a refused request leaves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessKey } from '../../src/model/entities.ts';
import type { Engine } from '../../src/store/port.ts';
import { eventually } from '../support/front.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { answerOf, overEngines } from '../support/s3-world.ts';
import { startTestServer, type TestAccount, type TestServer } from '../support/server.ts';
import { type Headers, hostOf, presignV2, presignV4, rawRequest, signV2, signV4, targetOf } from '../support/signer.ts';

const KiB = 1024;

function signed(server: TestServer, who: TestAccount, method: string, target: string, headers: Headers = {}): Headers {
  const credentials = { accessKeyId: who.accessKeyId, secretAccessKey: who.secret };
  const all = { host: hostOf(server.origin), ...headers };
  return signV4({ credentials, method, target, headers: all, payload: '' });
}

const head = (method: string, target: string, headers: Headers): string =>
  `${method} ${target} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** What must not have changed when a request was refused. */
async function stateOf(engine: Engine, bucket: string, key: string): Promise<unknown> {
  const { bucket: row, version } = await engine.rows.getTarget({ bucket, key });
  return { bucket: row?.revision, etag: version?.etag, version: version?.revision };
}

async function setKey(engine: Engine, key: AccessKey, change: Partial<AccessKey>): Promise<void> {
  await engine.rows.commit({ type: 'putKey', key: { ...key, ...change }, replace: true });
}

overEngines((world) => {
  test('an operation costs the store what was promised: the key, the target, the body, one commit', async () => {
    const { alice, nobody, server } = world();
    const bucket = await world().bucket();
    const small = Buffer.alloc(4 * KiB, 's');
    const large = Buffer.alloc(600 * KiB, 'l');
    await alice.put(bucket, 'open', small, { 'x-amz-acl': 'public-read' });
    await alice.put(bucket, 'large', large);
    const two = { 'rows.getIdentity': 1, 'rows.getTarget': 1 };
    const cases: readonly [string, () => Promise<{ status: number }>, Readonly<Record<string, number>>][] = [
      ['PUT', () => alice.put(bucket, 'k', small), { ...two, 'blobs.write': 1, 'rows.commit': 1 }],
      ['PUT again', () => alice.put(bucket, 'k', small), { ...two, 'blobs.write': 1, 'rows.commit': 1 }],
      ['PUT large', () => alice.put(bucket, 'l', large), { ...two, 'blobs.write': 1, 'rows.commit': 1 }],
      ['GET', () => alice.get(bucket, 'k'), { ...two, 'blobs.read': 1 }],
      ['GET large', () => alice.get(bucket, 'large'), { ...two, 'blobs.read': 1 }],
      ['GET range', () => alice.get(bucket, 'large', { range: 'bytes=5-9' }), { ...two, 'blobs.read': 1 }],
      ['HEAD', () => alice.head(bucket, 'k'), two],
      ['GET, anonymous', () => nobody.get(bucket, 'open'), { 'rows.getTarget': 1, 'blobs.read': 1 }],
      ['HEAD, anonymous', () => nobody.head(bucket, 'open'), { 'rows.getTarget': 1 }],
      ['GET, denied', () => nobody.get(bucket, 'k'), { 'rows.getTarget': 1 }],
      [
        'PUT ?acl',
        () => alice.send('PUT', { bucket, key: 'k', query: { acl: '' }, headers: { 'x-amz-acl': 'private' } }),
        { ...two, 'rows.commit': 1 },
      ],
      ['HEAD bucket', () => alice.send('HEAD', { bucket }), two],
      ['DELETE', () => alice.delete(bucket, 'k'), { ...two, 'rows.commit': 1 }],
    ];
    for (const [what, run, expected] of cases) {
      server.engine.reset();
      await run();
      assert.deepEqual(server.engine.counts(), expected, what);
    }
  });

  test('rule 02: bad credentials are refused by name and change nothing', async () => {
    const { server, alice } = world();
    const bucket = await world().bucket();
    await alice.put(bucket, 'k', 'before');
    const before = await stateOf(server.engine, bucket, 'k');
    const target = targetOf(bucket, 'k');
    const carol = await server.addAccount(`carol-${bucket}`);
    await setKey(server.engine, carol.key, { state: 'revoked' });
    const dave = await server.addAccount(`dave-${bucket}`);
    const { engine } = server;
    await engine.rows.commit({ type: 'putAccount', account: { ...dave.account, state: 'suspended' }, replace: true });
    const erin = await server.addAccount(`erin-${bucket}`, { allowV2: false });
    const v2 = (who: TestAccount) =>
      signV2({
        credentials: { accessKeyId: who.accessKeyId, secretAccessKey: who.secret },
        method: 'PUT',
        target,
        headers: { host: hostOf(server.origin), 'content-type': 'text/plain' },
      });
    const unknown = { ...carol, accessKeyId: 'NOSUCHKEY00000000000' };
    const wrong = { ...erin, secret: 'not the secret of that key' };
    const cases: readonly [string, Headers, string][] = [
      ['unknown key', signed(server, unknown, 'PUT', target), 'InvalidAccessKeyId'],
      ['revoked key', signed(server, carol, 'PUT', target), 'InvalidAccessKeyId'],
      ['wrong secret', signed(server, wrong, 'PUT', target), 'SignatureDoesNotMatch'],
      ['suspended account', signed(server, dave, 'PUT', target), 'AccessDenied'],
      [
        'suspended account, wrong secret',
        signed(server, { ...dave, secret: 'no' }, 'PUT', target),
        'SignatureDoesNotMatch',
      ],
      ['V2 where the key does not allow it', v2(erin), 'AccessDenied'],
    ];
    for (const [what, headers, code] of cases) {
      server.engine.reset();
      const raw = await rawRequest({ origin: server.origin, method: 'PUT', target, headers, body: 'after' });
      assert.equal(answerOf(raw).code, code, what);
      assert.equal(raw.status, 403, what);
      assert.deepEqual(server.engine.counts(), { 'rows.getIdentity': 1 }, `${what}: nothing but the key is looked at`);
    }
    assert.deepEqual(await stateOf(server.engine, bucket, 'k'), before);
    const mallory = answerOf(
      await rawRequest({ origin: server.origin, method: 'PUT', target, headers: v2(erin), body: '' }),
    );
    assert.match(mallory.text, /signature version 2/);
  });

  test('rule 10: an operation that is not built is 501 by its name, after the signature and before any state', async () => {
    const { server, alice, nobody } = world();
    const bucket = await world().bucket();
    await alice.put(bucket, 'k', 'kept');
    const before = await stateOf(server.engine, bucket, 'k');
    const cases: readonly [string, string | undefined, string, string][] = [
      ['DELETE', undefined, 'replication', 'DeleteBucketReplication'],
      ['GET', 'k', 'torrent', 'GetObjectTorrent'],
      ['DELETE', undefined, 'lifecycle', 'DeleteBucketLifecycle'],
      ['PUT', undefined, 'website', 'PutBucketWebsite'],
    ];
    for (const [method, key, query, operation] of cases) {
      for (const name of [bucket, 'no-such-bucket']) {
        for (const who of [alice, nobody]) {
          server.engine.reset();
          const answer = await who.send(method, { bucket: name, ...(key && { key }), query: { [query]: '' } });
          assert.equal(answer.status, 501);
          assert.equal(answer.code, 'NotImplemented');
          assert.match(answer.text, new RegExp(operation));
          assert.equal(server.engine.counts()['rows.getTarget'], undefined);
        }
      }
    }
    const target = `${targetOf(bucket)}?encryption`;
    const forged = { ...signed(server, server.operator, 'DELETE', '/else') };
    const refused = answerOf(await rawRequest({ origin: server.origin, method: 'DELETE', target, headers: forged }));
    assert.equal(refused.code, 'SignatureDoesNotMatch');
    assert.deepEqual(await stateOf(server.engine, bucket, 'k'), before);
  });

  test('rule 15: names that no bucket can have never reach the engine', async () => {
    const { server, alice } = world();
    for (const bucket of ['A', '..', 'a'.repeat(64), 'ab/../cd', 'a\u0000b']) {
      server.engine.reset();
      const answer = await alice.send('GET', { bucket, key: 'k' });
      assert.equal(answer.code, 'InvalidBucketName', JSON.stringify(bucket));
      assert.deepEqual(server.engine.counts(), { 'rows.getIdentity': 1 });
    }
    const long = await alice.send('PUT', { bucket: await world().bucket(), key: 'k'.repeat(1025), body: 'x' });
    assert.equal(long.code, 'KeyTooLongError');
  });

  test('a PUT that is refused never gets to send its body, one that is allowed is asked for it', async () => {
    const { server, alice } = world();
    const bucket = await world().bucket();
    const stranger = await server.addAccount(`stranger-${bucket}`);
    const target = targetOf(bucket, 'k');
    const more = { 'content-length': '5', expect: '100-continue' };
    for (const [headers, path, status] of [
      [signed(server, stranger, 'PUT', target), target, 403],
      [signed(server, { ...stranger, secret: 'wrong' }, 'PUT', target), target, 403],
      [signed(server, stranger, 'PUT', '/no-such-bucket/k'), '/no-such-bucket/k', 404],
    ] as const) {
      const client = await RawConnection.open(server.port);
      client.send(head('PUT', path, { ...headers, ...more }));
      const answer = await client.response();
      assert.equal(answer.status, status);
      await client.closed();
      client.destroy();
    }
    assert.equal(server.engine.counts()['blobs.write'], undefined);
    const client = await RawConnection.open(server.port);
    client.send(head('PUT', target, { ...alice.headers('PUT', target, { body: 'hello' }), ...more }));
    assert.equal((await client.response()).status, 100);
    client.send('hello');
    assert.equal((await client.response()).status, 200);
    client.destroy();
  });

  test('an upload that breaks off leaves the object that was there, whole, and nothing else', async () => {
    const { server, alice } = world();
    const bucket = await world().bucket();
    for (const size of [64, 600 * KiB]) {
      await alice.put(bucket, 'k', 'before');
      const before = await stateOf(server.engine, bucket, 'k');
      server.engine.reset();
      const { length } = server.records();
      const client = await RawConnection.open(server.port);
      const target = targetOf(bucket, 'k');
      const headers = alice.headers('PUT', target, { body: Buffer.alloc(size, 'x') });
      client.send(head('PUT', target, { ...headers, 'content-length': `${size}` }));
      client.send(Buffer.alloc(size / 2, 'x'));
      await eventually(() => server.engine.counts()['blobs.write'] !== undefined);
      client.socket.resetAndDestroy();
      await eventually(() => server.records().length > length && server.running.inFlight() === 0);
      assert.deepEqual(await stateOf(server.engine, bucket, 'k'), before);
      assert.equal((await alice.get(bucket, 'k')).text, 'before');
    }
  });
});

async function onServer(options: Parameters<typeof startTestServer>[0], use: (server: TestServer) => Promise<void>) {
  const server = await startTestServer(options);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

test('a request without exactly one sound Host is refused', async () => {
  await onServer({}, async (server) => {
    const hosts = [
      '',
      'Host: a\r\nHost: b\r\n',
      'Host: a\r\nHost: a\r\n',
      'Host: a b\r\n',
      'Host: a/b\r\n',
      'Host:\r\n',
    ];
    for (const host of hosts) {
      const client = await RawConnection.open(server.port);
      client.send(`GET / HTTP/1.1\r\n${host}\r\n`);
      const answer = await client.response();
      assert.equal(answer.status, 400, host);
      assert.match(answer.body.toString(), /<Code>InvalidRequest<\/Code>/);
      client.destroy();
    }
  });
});

test('rule 11: the bucket comes from Host and target alone: no forwarded name, no other authority', async () => {
  await onServer({ hostNames: ['s3.test'] }, async (server) => {
    const tricks: readonly [string, string, string | undefined][] = [
      ['GET /k HTTP/1.1\r\nHost: mine.s3.test', 'mine', 'k'],
      ['GET /k HTTP/1.1\r\nHost: MINE.S3.Test:9000', 'mine', 'k'],
      ['GET /other/k HTTP/1.1\r\nHost: s3.test', 'other', 'k'],
      ['GET /other/k HTTP/1.1\r\nHost: s3.test\r\nX-Forwarded-Host: mine.s3.test', 'other', 'k'],
      ['GET /other/k HTTP/1.1\r\nHost: evils3.test', 'other', 'k'],
      ['GET /other/k HTTP/1.1\r\nHost: mine.s3.test.evil', 'other', 'k'],
    ];
    for (const [request, bucket, key] of tricks) {
      const client = await RawConnection.open(server.port);
      client.send(`${request}\r\n\r\n`);
      await client.response();
      await eventually(() => server.records().at(-1)?.bucket !== undefined && server.running.inFlight() === 0);
      const record = server.records().at(-1);
      assert.deepEqual([record?.bucket, record?.key], [bucket, key], request);
      client.destroy();
    }
    const client = await RawConnection.open(server.port);
    client.send('GET http://mine.s3.test/k HTTP/1.1\r\nHost: s3.test\r\n\r\n');
    assert.match((await client.response()).body.toString(), /<Code>InvalidURI<\/Code>/);
    client.destroy();
  });
});

test('rule 11: what a peer says of others is believed only from a configured proxy', async () => {
  const headers = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
  for (const [trustedProxies, remote] of [
    [[], '127.0.0.1'],
    [['10.0.0.0/8'], '127.0.0.1'],
    [['127.0.0.0/8'], '198.51.100.7'],
  ] as const) {
    await onServer({ trustedProxies }, async (server) => {
      await rawRequest({ origin: server.origin, method: 'GET', target: '/', headers });
      await eventually(() => server.records().length === 1);
      assert.equal(server.records()[0]?.remote, remote);
    });
  }
});

test('rule 26: the access log names operation, bucket, key and access key, and no part of a signature', async () => {
  const lines: string[] = [];
  const { createLog } = await import('../../src/base/log.ts');
  await onServer({ log: createLog('debug', (line) => lines.push(line)) }, async (server) => {
    const { operator, origin } = server;
    const credentials = { accessKeyId: operator.accessKeyId, secretAccessKey: operator.secret };
    const host = hostOf(origin);
    const headers = signed(server, operator, 'PUT', '/bucket', { 'content-length': '0' });
    await rawRequest({ origin, method: 'PUT', target: '/bucket', headers });
    const key = 'line\nbreak "quoted" ☃';
    const target = targetOf('bucket', key);
    const common = { credentials, method: 'GET', target, headers: { host } };
    const presigned = [
      presignV4({ ...common, expires: 60 }),
      presignV2({ ...common, expires: Math.floor(Date.now() / 1000) + 60 }),
    ];
    for (const url of presigned)
      await rawRequest({ origin, method: 'GET', target: url, headers: { host, referer: url } });
    await eventually(() => server.records().length === 3);
    assert.equal(lines.length, 3);
    for (const line of lines) {
      assert.doesNotMatch(line, /signature|authorization|credential/i);
      assert.ok(!line.includes(operator.secret));
    }
    const last: Record<string, unknown> = JSON.parse(lines[2] ?? '');
    const { operation, bucket, status, code, accessKeyId } = last;
    assert.deepEqual(
      { operation, bucket, key: last.key, status, code, accessKeyId },
      {
        operation: 'GetObject',
        bucket: 'bucket',
        key,
        status: 404,
        code: 'NoSuchKey',
        accessKeyId: operator.accessKeyId,
      },
    );
  });
});
