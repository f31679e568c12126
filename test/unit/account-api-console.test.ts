/** What a page is told before anybody has signed in, and how a browser takes its session up again after a reload. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointFor, type Site } from '../../src/http/site.ts';
import { oneRegion } from '../../src/model/regions.ts';
import { member, startApi, text } from '../support/api-world.ts';

const SITE: Site = {
  ...{ endpoint: undefined, tls: false, hostNames: ['localhost'], regions: oneRegion('us-east-1') },
  listen: () => ({ host: undefined, port: 9000 }),
};

test('the endpoint is the setting, else the configured name, else the name that the visitor came by', () => {
  const cases: readonly (readonly [Partial<Site>, string, string])[] = [
    [{}, 'localhost:9001', 'http://localhost:9000'],
    [{}, '192.168.1.5:9001', 'http://192.168.1.5:9000'],
    [{}, '[::1]:9001', 'http://[::1]:9000'],
    [{ endpoint: 'https://s3.example.org' }, 'localhost:9001', 'https://s3.example.org'],
    [{ tls: true, listen: () => ({ host: undefined, port: 443 }) }, '192.168.1.5:9001', 'https://192.168.1.5'],
    [{ hostNames: ['s3.example.org', 'other.example'] }, 'console.example:9001', 'http://s3.example.org:9000'],
    [{ hostNames: ['s3.example.org', 'other.example'] }, 'other.example:9001', 'http://other.example:9000'],
    [{ hostNames: ['s3.example.org'] }, '192.168.1.5:9001', 'http://192.168.1.5:9000'],
    [{ listen: () => ({ host: '10.0.0.7', port: 80 }) }, 'localhost:9001', 'http://10.0.0.7'],
    [{ listen: () => ({ host: '127.0.0.1', port: 9000 }) }, '127.0.0.1:9001', 'http://127.0.0.1:9000'],
  ];
  for (const [site, host, wanted] of cases) assert.equal(endpointFor({ ...SITE, ...site }, host), wanted);
});

test('a page learns where S3 is, which regions there are and what it is reached with', async (t) => {
  const others = [{ name: 'eu-2', served: 'elsewhere', host: 's3.eu.example' }] as const;
  const site = { hostNames: ['s3.example.org'], tls: true, regions: { home: 'eu-1', others } };
  const { call } = await startApi(t, { site, hostNames: site.hostNames });
  const { json } = await call('GET', '/console', { headers: { host: 's3.example.org:9001' } });
  assert.deepEqual(
    ['endpoint', 'bucketDomain', 'insecure', 'region', 'store'].map((name) => member(json, name)),
    ['https://s3.example.org:9000', 's3.example.org:9000', true, 'eu-1', 'drives'],
  );
  assert.deepEqual(member(json, 'regions'), [
    { name: 'eu-1', here: true },
    { name: 'eu-2', here: false, endpoint: 's3.eu.example' },
  ]);
  const plain = await (await startApi(t)).call('GET', '/console');
  assert.equal(member(plain.json, 'bucketDomain'), undefined);
});

test('after a reload a browser has its cookie, and takes up its session with that', async (t) => {
  const { call, ana, origin } = await startApi(t);
  const body = { accessKeyId: ana.key.accessKeyId, secretAccessKey: ana.secret };
  const signedIn = await call('POST', '/sessions', { body });
  const cookie = `${signedIn.headers['set-cookie']}`.split(';')[0] ?? '';
  const me = await call('GET', '/me', { headers: { cookie } });
  const headers = { cookie, origin, 'x-csrf-token': text(me.json, 'csrfToken') };
  const fresh = await call('POST', '/sessions/refresh', { headers });
  assert.equal(fresh.status, 201);
  assert.ok(Date.parse(text(fresh.json, 'credentials', 'expiresAt')) > Date.now());
});
