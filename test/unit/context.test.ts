/** What conditions of policies may ask of a request: each value from its one source, and none that the client could put there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPEN_PLATFORM } from '../../src/model/entities.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { CONDITION_KEYS, conditionKeyId } from '../../src/model/policy/keys.ts';
import type { ConditionValues } from '../../src/model/policy/types.ts';
import { touchedBy } from '../../src/ops/authorise.ts';
import { conditionsOf } from '../../src/ops/context.ts';
import { detect } from '../../src/ops/detect.ts';
import type { Caller } from '../../src/ops/types.ts';
import { parseRequest } from '../../src/wire/request.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const SERVICES = {
  access: OPEN_PLATFORM,
  clock: { now: () => NOW, monotonic: () => 0 },
  policies: createPolicyCache(1),
};
const NOBODY: Caller = { kind: 'anonymous' };
const signed = (parts: Partial<Extract<Caller, { kind: 'account' }>> = {}): Caller => ({
  kind: 'account',
  account: { id: 'id', name: 'bob', canonicalId: 'canonical', role: 'tenant', state: 'active', createdAt: 0 },
  key: { accessKeyId: 'AKIA', accountId: 'id', sealedSecret: '', createdAt: 0, allowV2: true, state: 'active' },
  scopes: [],
  signature: 'v4',
  place: 'header',
  signedAt: NOW - 1500,
  ...parts,
});

function valuesOf(line: string, caller: Caller, headers: readonly string[] = []): ConditionValues {
  const [method = '', target = ''] = line.split(' ');
  const raw = {
    method,
    target,
    rawHeaders: ['Host', 'localhost', ...headers],
    remoteAddress: '192.0.2.7',
    secure: true,
  };
  const request = parseRequest(raw, []);
  const asked = { operation: detect(request), request, caller };
  return conditionsOf(asked, SERVICES, touchedBy(asked, { bucket: undefined, version: undefined, revision: '' }));
}
const plain = (values: ConditionValues) => Object.fromEntries([...values].map(([key, [value]]) => [key, value]));

const ALWAYS = {
  'aws:currenttime': '2026-01-02T03:04:05.000Z',
  'aws:epochtime': String(NOW / 1000),
  'aws:sourceip': '192.0.2.7',
  'aws:securetransport': 'true',
};
const NOBODYS = { ...ALWAYS, 'aws:principaltype': 'Anonymous', 'aws:userid': 'anonymous' };
const BOBS = {
  ...ALWAYS,
  'aws:principaltype': 'Account',
  'aws:principalaccount': 'id',
  'aws:principalarn': 'arn:aws:iam::id:root',
  'aws:userid': 'id',
  'aws:username': 'bob',
  's3:authtype': 'REST-HEADER',
  's3:signatureversion': 'AWS4-HMAC-SHA256',
  's3:signatureage': '1500',
};

test('socket, clock and caller', () => {
  assert.deepEqual(plain(valuesOf('GET /bucket/key', NOBODY)), NOBODYS);
  assert.deepEqual(plain(valuesOf('GET /bucket/key', signed())), BOBS);
});

test('how it was signed: a presigned V4 request has no hash of its body, a presigned V2 request no age', () => {
  assert.deepEqual(plain(valuesOf('GET /bucket/key', signed({ place: 'query' }))), {
    ...BOBS,
    's3:authtype': 'REST-QUERY-STRING',
    's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  });
  const v2 = valuesOf('GET /bucket/key', signed({ place: 'query', signature: 'v2', signedAt: undefined }));
  const { 's3:signatureage': _age, ...rest } = BOBS;
  assert.deepEqual(plain(v2), { ...rest, 's3:authtype': 'REST-QUERY-STRING', 's3:signatureversion': 'AWS' });
});

test('parameters and headers that S3 documents, and only where they are', () => {
  assert.deepEqual(plain(valuesOf('GET /bucket?prefix=a%2F&max-keys=5&delimiter=', NOBODY)), {
    ...NOBODYS,
    's3:prefix': 'a/',
    's3:max-keys': '5',
    's3:delimiter': '',
  });
  assert.equal(valuesOf('GET /bucket/key?versionId=x', NOBODY).get('s3:versionid')?.[0], 'x');
  const headers = ['X-Amz-Acl', 'private', 'User-Agent', 's3cmd', 'Referer', 'https://a.example/'];
  assert.deepEqual(plain(valuesOf('PUT /bucket/key', NOBODY, headers)), {
    ...NOBODYS,
    's3:x-amz-acl': 'private',
    'aws:useragent': 's3cmd',
    'aws:referer': 'https://a.example/',
  });
});

test('rule 11: the source of a copy is its name, however the header writes it', () => {
  for (const source of ['/photos/a/b', 'photos/a/b', 'photos/a%2Fb', '%2Fphotos%2Fa%2Fb', 'photos/a/b?versionId=x']) {
    const values = valuesOf('PUT /bucket/key', NOBODY, ['x-amz-copy-source', source]);
    assert.equal(values.get('s3:x-amz-copy-source')?.[0], 'photos/a/b', source);
  }
});

test('rule 11: no header or parameter adds a value of its own or takes the place of the server’s', () => {
  const names = [...Object.keys(BOBS), 's3:existingobjecttag/team', 's3:versionid', 'aws:whatever'];
  const headers = names.flatMap((name) => [name.replace(':', '-'), 'forged', `x-amz-${name.slice(4)}`, 'forged']);
  const addresses = ['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Proto', 'http', 'Forwarded', 'for=203.0.113.9'];
  const values = plain(valuesOf('GET /bucket/key', signed(), [...headers, ...addresses]));
  const { 's3:x-amz-content-sha256': _hash, ...rest } = values;
  assert.deepEqual(rest, BOBS);
});

test('rule 11: what is said twice is no value but a refusal', () => {
  assert.throws(() => valuesOf('PUT /bucket/key', NOBODY, ['x-amz-acl', 'private', 'X-Amz-Acl', 'public-read']), {
    code: 'InvalidRequest',
  });
  assert.throws(() => valuesOf('GET /bucket?prefix=a&prefix=b', NOBODY), { code: 'InvalidRequest' });
});

test('each key that a policy may use has its source, and each value has its key', () => {
  const headers = CONDITION_KEYS.filter(({ name }) => name.startsWith('s3:')).flatMap(({ name }) => {
    const [, header = ''] = name.split(':');
    return name === 's3:x-amz-copy-source' ? [header, 'photos/a'] : [header, 'x', `x-amz-${header}`, 'x'];
  });
  const filled = [
    valuesOf('PUT /bucket/key?acl&versionId=x', signed(), [...headers, 'User-Agent', 'x', 'Referer', 'x']),
    valuesOf('GET /bucket?prefix=a&delimiter=b&max-keys=1', signed()),
  ].flatMap((values) => [...values.keys()]);
  // Known only with a bucket; and nothing can be tagged yet.
  const elsewhere = ['aws:resourceaccount', 's3:resourceaccount', 's3:requestobjecttagkeys'];
  const expected = CONDITION_KEYS.map(({ name }) => conditionKeyId(name)).sort();
  assert.deepEqual([...new Set([...filled, ...elsewhere])].sort(), expected);
});
