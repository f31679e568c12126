/** Configurations of clients, as files and shells read them, and scopes of keys through the form and back. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CLIENTS, configurationOf, envFile, shellQuote } from '../../console/src/pages/account/clients.ts';
import { formOfScope, scopeOf, scopeText } from '../../console/src/pages/account/scopes.ts';
import { account } from '../../console/src/text/en/account.ts';
import { localTime, momentOf } from '../../console/src/ui/local-time.ts';

const connection = {
  endpoint: 'https://s3.example.org',
  region: 'ch-gva-2',
  accessKeyId: 'MRNEXAMPLE',
  secret: 'a/b+c=d',
} as const;

test('every configuration has the address, the key, and the secret only while it is known', () => {
  for (const client of CLIENTS) {
    const { text } = configurationOf(client, connection);
    const without = configurationOf(client, { ...connection, secret: undefined }).text;
    for (const part of ['s3.example.org', connection.accessKeyId]) assert(text.includes(part), `${client}: ${part}`);
    assert(text.includes(connection.secret) && !text.includes('YOUR_SECRET'), client);
    assert(without.includes('YOUR_SECRET') && !without.includes(connection.secret), client);
  }
  assert(envFile(connection).includes('AWS_SECRET_ACCESS_KEY=a/b+c=d\n'));
});

test('what a shell is given says the same in it', () => {
  const hostile = `it's "$HOME" \`id\` \\ !;&|<>(){}[]*?~#\n%`;
  const said = execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(hostile)}`], { encoding: 'utf8' });
  assert.equal(said, hostile);
  const { text } = configurationOf('aws', { ...connection, secret: hostile });
  const set = execFileSync('/bin/sh', ['-c', `${text}printf %s "$AWS_SECRET_ACCESS_KEY"`], { encoding: 'utf8' });
  assert.equal(set, hostile);
});

test('s3cmd finds buckets below a domain, or in the path where there is none, and signs as it is told', () => {
  const path = configurationOf('s3cmd-v2', { ...connection, endpoint: 'http://127.0.0.1:9000' }).text;
  for (const line of ['host_bucket = 127.0.0.1:9000', 'use_https = False', 'signature_v2 = True']) {
    assert(path.split('\n').includes(line), line);
  }
  const hosts = configurationOf('s3cmd', { ...connection, bucketDomain: 's3.example.org' }).text;
  for (const line of ['host_bucket = %(bucket)s.s3.example.org', 'use_https = True', 'signature_v2 = False']) {
    assert(hosts.split('\n').includes(line), line);
  }
});

test('a scope that goes through the form unchanged is the same scope', () => {
  const scopes = [
    undefined,
    { resources: [{ bucket: 'photos' }, { bucket: 'site', prefix: 'css/' }] },
    { resources: [{ bucket: 'photos', key: 'a.jpg' }], actions: ['s3:GetObject'] },
    { resources: [{ bucket: 'photos', key: '2026/a.jpg', versionId: 'v1' }], actions: 'read-only' },
    { actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'] },
    { networks: ['10.0.0.0/8', '2001:db8::/32'] },
  ] as const;
  for (const scope of scopes) assert.deepEqual(scopeOf(formOfScope(scope), scope), scope);
});

test('a key to one object is neither said nor made to be one to its bucket', () => {
  const scope = { resources: [{ bucket: 'photos', key: 'a.jpg' }], actions: 'read-only' } as const;
  assert.equal(scopeText(scope, account.keys), 'read in photos/a.jpg');
  const narrowed = scopeOf({ ...formOfScope(scope), networks: '10.0.0.7\n' }, scope);
  assert.deepEqual(narrowed, { ...scope, networks: ['10.0.0.7'] });
});

test('single actions are shown as what they are, and may be typed short', () => {
  const form = formOfScope({ actions: ['s3:GetObject'] });
  assert.equal(form.what, 'actions');
  const scope = scopeOf({ ...form, actions: ' GetObject \n\ns3:ListBucket' });
  assert.deepEqual(scope, { actions: ['s3:GetObject', 's3:ListBucket'] });
});

test('what is typed for a folder is one', () => {
  const form = { ...formOfScope(), places: 'photos/2026\nsite/\nlogs', what: 'read-only' } as const;
  assert.deepEqual(scopeOf(form)?.resources, [
    { bucket: 'photos', prefix: '2026/' },
    { bucket: 'site' },
    { bucket: 'logs' },
  ]);
});

test('moments go into fields and back to the minute; what is none is empty', () => {
  const at = '2026-05-03T09:12:00.000Z';
  assert.equal(momentOf(localTime(at)), at);
  assert.equal(localTime('yesterday'), '');
  assert.equal(localTime(undefined), '');
  assert.equal(momentOf(''), undefined);
});
