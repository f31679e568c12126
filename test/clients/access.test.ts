/**
 * Access control as people use it: s3cmd (V2 and V4) and aws-cli, two accounts and nobody; a bucket that a team writes to, once by
 * ACL and once by policy; temporary credentials. Over HTTP with paths: names and TLS are the guide's test.
 */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AwsCli, startAwsCli } from '../support/aws-cli.ts';
import { startClientServer } from '../support/client-server.ts';
import { type Done, moraine, run, type ServerProcess, temporaryFolder } from '../support/processes.ts';
import { rawRequest } from '../support/raw-client.ts';

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

interface Person extends Key {
  readonly home: string;
  readonly id: string;
  readonly canonicalId: string;
}

interface World {
  readonly server: ServerProcess;
  readonly folder: string;
  readonly alice: Person;
  readonly bob: Person;
}

async function told(server: ServerProcess, ...words: string[]): Promise<Record<string, string>> {
  const done = await moraine([...words, '--json', ...server.store]);
  assert.equal(done.code, 0, done.stderr);
  return JSON.parse(done.stdout);
}

async function person(world: Pick<World, 'server' | 'folder'>, name: string, isV2: boolean): Promise<Person> {
  const { server, folder } = world;
  const account = await told(server, 'account', 'add', name, '--email', `${name}@example.org`);
  const { accessKeyId = '', secretKey = '' } = await told(server, 'key', 'create', name);
  const home = join(folder, name);
  await mkdir(home);
  const host = `127.0.0.1:${server.port}`;
  const lines = [
    `host_base = ${host}`,
    `host_bucket = ${host}`,
    `access_key = ${accessKeyId}`,
    `secret_key = ${secretKey}`,
  ];
  const config = ['[default]', ...lines, 'use_https = False', `signature_v2 = ${isV2 ? 'True' : 'False'}`, ''];
  await writeFile(join(home, '.s3cfg'), config.join('\n'));
  return { home, id: account.id ?? '', canonicalId: account.canonicalId ?? '', accessKey: accessKeyId, secretKey };
}

const s3cmdOf = ({ home }: Person, ...args: string[]): Promise<Done> =>
  run('s3cmd', args, { cwd: home, env: { HOME: home, LC_ALL: 'C.UTF-8' } });

async function s3cmd(who: Person, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await s3cmdOf(who, ...args);
  assert.equal(code, 0, `s3cmd ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /ERROR|WARNING/, `s3cmd ${args.join(' ')}`);
  return stdout;
}

async function denied(who: Person, ...args: string[]): Promise<void> {
  const { code, stderr } = await s3cmdOf(who, ...args);
  assert.notEqual(code, 0, `s3cmd ${args.join(' ')} was let through`);
  assert.match(stderr, /AccessDenied|Access to bucket|403/);
}

const anonymous = ({ server }: World, target: string) => rawRequest({ origin: server.origin, method: 'GET', target });

async function withS3cmd(t: TestContext, world: World): Promise<void> {
  const { alice, bob, folder } = world;
  const [bucket, plan] = ['s3://team', 's3://team/plan.txt'];
  await writeFile(join(alice.home, 'plan.txt'), 'the plan');
  await s3cmd(alice, 'mb', bucket);
  await s3cmd(alice, 'put', 'plan.txt', plan);

  await t.test('setacl grants by e-mail and id and takes back, for one object and no other', async () => {
    await denied(bob, 'get', plan, join(folder, 'no.txt'));
    for (const name of ['bob@example.org', bob.canonicalId]) {
      await s3cmd(alice, 'setacl', `--acl-grant=read:${name}`, plan);
      assert.match(await s3cmd(alice, 'info', plan), /ACL: +bob: READ/);
      await s3cmd(bob, 'get', '--force', plan, join(folder, 'bobs.txt'));
      assert.equal(await readFile(join(folder, 'bobs.txt'), 'utf8'), 'the plan');
      await denied(bob, 'ls', bucket);
      await s3cmd(alice, 'setacl', `--acl-revoke=read:${bob.canonicalId}`, plan);
      await denied(bob, 'get', '--force', plan, join(folder, 'no.txt'));
    }
  });

  await t.test(
    'a bucket that a team writes to: bob puts by the ACL, owns what he put, and alice may delete it',
    async () => {
      await s3cmd(alice, 'setacl', '--acl-grant=write:bob@example.org', '--acl-grant=read:bob@example.org', bucket);
      await s3cmd(bob, 'put', join(alice.home, 'plan.txt'), 's3://team/bobs.txt');
      assert.match(await s3cmd(bob, 'ls', bucket), /bobs\.txt/);
      await denied(alice, 'get', 's3://team/bobs.txt', join(folder, 'not-mine.txt'));
      await denied(bob, 'setacl', '--acl-public', plan);
      await s3cmd(alice, 'del', 's3://team/bobs.txt');
      // --acl-private takes back what everybody has; what bob has is taken back by name.
      for (const right of ['read', 'write'])
        await s3cmd(alice, 'setacl', `--acl-revoke=${right}:${bob.canonicalId}`, bucket);
      await denied(bob, 'put', join(alice.home, 'plan.txt'), 's3://team/again.txt');
    },
  );

  await t.test('setpolicy lets in whom it says, info shows it, delpolicy ends it', async () => {
    const statement = {
      Sid: 'Team',
      Effect: 'Allow',
      Principal: { AWS: [bob.id] },
      Action: ['s3:ListBucket', 's3:*Object'],
    };
    const policy = {
      Version: '2012-10-17',
      Statement: [{ ...statement, Resource: ['arn:aws:s3:::team', 'arn:aws:s3:::team/*'] }],
    };
    await writeFile(join(alice.home, 'policy.json'), JSON.stringify(policy));
    await s3cmd(alice, 'setpolicy', 'policy.json', bucket);
    assert.match(await s3cmd(alice, 'info', bucket), /Policy: +\{.*"Sid":"Team"/);
    await s3cmd(bob, 'put', join(alice.home, 'plan.txt'), 's3://team/by-policy.txt');
    assert.match(await s3cmd(bob, 'ls', bucket), /by-policy\.txt/);
    assert.equal((await anonymous(world, '/team/plan.txt')).status, 403);
    await writeFile(join(alice.home, 'wrong.json'), JSON.stringify(policy).replace('s3:ListBucket', 's3:ListBuckets'));
    const wrong = await s3cmdOf(alice, 'setpolicy', 'wrong.json', bucket);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /MalformedPolicy.*s3:ListBuckets/);
    await s3cmd(alice, 'delpolicy', bucket);
    assert.match(await s3cmd(alice, 'info', bucket), /Policy: +none/);
    await denied(bob, 'ls', bucket);
  });

  await t.test('setcors is shown, answers a preflight, and delcors ends it', async () => {
    const rule =
      '<CORSRule><AllowedOrigin>https://app.example.org</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>';
    await writeFile(join(alice.home, 'cors.xml'), `<CORSConfiguration>${rule}</CORSConfiguration>`);
    await s3cmd(alice, 'setcors', 'cors.xml', bucket);
    assert.match(await s3cmd(alice, 'info', bucket), /CORS: +(?!none)\S/);
    const headers = { origin: 'https://app.example.org', 'access-control-request-method': 'PUT' };
    const preflight = () => rawRequest({ origin: world.server.origin, method: 'OPTIONS', target: '/team/x', headers });
    const allowed = await preflight();
    assert.deepEqual(
      [allowed.status, allowed.headers['access-control-allow-origin']],
      [200, 'https://app.example.org'],
    );
    await s3cmd(alice, 'delcors', bucket);
    assert.match(await s3cmd(alice, 'info', bucket), /CORS: +none/);
    assert.equal((await preflight()).status, 403);
  });

  await t.test('signurl gives an address that anybody may get for a while, and nothing else', async () => {
    const address = new URL((await s3cmd(alice, 'signurl', plan, '+60')).trim());
    const got = await anonymous(world, `${address.pathname}${address.search}`);
    assert.deepEqual([got.status, got.body.toString()], [200, 'the plan']);
    const over = new URL((await s3cmd(alice, 'signurl', plan, '1700000000')).trim());
    assert.equal((await anonymous(world, `${over.pathname}${over.search}`)).status, 403);
    const other = await anonymous(world, `/team/by-policy.txt${address.search}`);
    assert.equal(other.status, 403);
  });
}

for (const version of ['V2', 'V4'] as const) {
  test(`s3cmd, signature ${version}`, async (t) => {
    await using folder = await temporaryFolder();
    await using server = await startClientServer();
    const place = { server, folder: folder.path };
    const [alice, bob] = [await person(place, 'alice', version === 'V2'), await person(place, 'bob', version === 'V2')];
    await withS3cmd(t, { ...place, alice, bob });
  });
}

// --------------------------------------------------------------------------------------------------------- aws-cli

interface Token extends Key {
  readonly token?: string;
}

interface AwsWorld extends World {
  readonly cli: AwsCli;
}

function awsOf(
  { server, folder, cli }: AwsWorld,
  { accessKey, secretKey, token }: Token,
  ...args: string[]
): Promise<Done> {
  const env = {
    ...{ HOME: folder, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
    ...{
      AWS_ENDPOINT_URL: server.origin,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    },
    ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }),
  };
  return cli.run({ args: ['s3api', '--output', 'json', ...args], cwd: folder, env });
}

async function aws(world: AwsWorld, who: Token, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await awsOf(world, who, ...args);
  assert.equal(code, 0, `aws s3api ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

async function awsRefused(world: AwsWorld, who: Token, code: RegExp, ...args: string[]): Promise<void> {
  const done = await awsOf(world, who, ...args);
  assert.notEqual(done.code, 0, `aws s3api ${args.join(' ')} was let through`);
  assert.match(done.stderr, code);
}

test('aws-cli: what it puts it gets back, and what that changes', async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startClientServer();
  await using cli = startAwsCli();
  const place = { server, folder: folder.path, cli };
  const world: AwsWorld = {
    ...place,
    alice: await person(place, 'alice', false),
    bob: await person(place, 'bob', false),
  };
  const { alice, bob } = world;
  const at = ['--bucket', 'team'] as const;
  const object = [...at, '--key', 'plan.txt'] as const;
  await writeFile(join(folder.path, 'plan.txt'), 'the plan');
  await aws(world, alice, 'create-bucket', ...at);
  await aws(world, alice, 'put-object', ...object, '--body', 'plan.txt');

  await t.test('ACLs of bucket and object', async () => {
    await aws(
      world,
      alice,
      'put-object-acl',
      ...object,
      '--grant-read',
      `id=${bob.canonicalId}`,
      '--grant-full-control',
      `id=${alice.canonicalId}`,
    );
    const { Owner, Grants } = JSON.parse(await aws(world, alice, 'get-object-acl', ...object));
    assert.equal(Owner.ID, alice.canonicalId);
    assert.deepEqual(Grants.map((one: { Permission: string }) => one.Permission).sort(), ['FULL_CONTROL', 'READ']);
    await aws(world, bob, 'get-object', ...object, 'got.txt');
    await aws(world, alice, 'put-object-acl', ...object, '--acl', 'private');
    await awsRefused(world, bob, /AccessDenied/, 'get-object', ...object, 'got.txt');
    await aws(world, alice, 'put-bucket-acl', ...at, '--acl', 'public-read');
    assert.match(await aws(world, alice, 'get-bucket-acl', ...at), /AllUsers/);
    assert.equal((await anonymous(world, '/team')).status, 200);
    await aws(world, alice, 'put-bucket-acl', ...at, '--acl', 'private');
  });

  await t.test('policy, its status, and the public-access block that takes the public out of it', async () => {
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::team/*' };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await aws(world, alice, 'put-bucket-policy', ...at, '--policy', policy);
    assert.equal(JSON.parse(await aws(world, alice, 'get-bucket-policy', ...at)).Policy, policy);
    assert.equal(JSON.parse(await aws(world, alice, 'get-bucket-policy-status', ...at)).PolicyStatus.IsPublic, true);
    assert.equal((await anonymous(world, '/team/plan.txt')).status, 200);
    const block = 'BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true';
    await aws(world, alice, 'put-public-access-block', ...at, '--public-access-block-configuration', block);
    assert.match(await aws(world, alice, 'get-public-access-block', ...at), /"RestrictPublicBuckets": true/);
    assert.equal((await anonymous(world, '/team/plan.txt')).status, 403);
    await awsRefused(world, alice, /AccessDenied/, 'put-bucket-policy', ...at, '--policy', policy);
    await awsRefused(world, alice, /AccessDenied/, 'put-object-acl', ...object, '--acl', 'public-read');
    await aws(world, alice, 'delete-public-access-block', ...at);
    assert.equal((await anonymous(world, '/team/plan.txt')).status, 200);
    await aws(world, alice, 'delete-bucket-policy', ...at);
    await awsRefused(world, alice, /NoSuchBucketPolicy/, 'get-bucket-policy', ...at);
  });

  await t.test('CORS', async () => {
    const rule = {
      AllowedMethods: ['GET', 'PUT'],
      AllowedOrigins: ['https://*.example.org'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 60,
    };
    await aws(world, alice, 'put-bucket-cors', ...at, '--cors-configuration', JSON.stringify({ CORSRules: [rule] }));
    assert.deepEqual(JSON.parse(await aws(world, alice, 'get-bucket-cors', ...at)).CORSRules, [rule]);
    await aws(world, alice, 'delete-bucket-cors', ...at);
    await awsRefused(world, alice, /NoSuchCORSConfiguration/, 'get-bucket-cors', ...at);
  });

  await t.test(
    'ownership controls: preferred gives alice what bob writes for her, enforced switches ACLs off',
    async () => {
      const open = ['--grant-write', `id=${bob.canonicalId}`, '--grant-full-control', `id=${alice.canonicalId}`];
      await aws(world, alice, 'put-bucket-acl', ...at, ...open);
      const rules = (who: string) => `Rules=[{ObjectOwnership=${who}}]`;
      const controls = (who: string) => ['put-bucket-ownership-controls', ...at, '--ownership-controls', rules(who)];
      await awsRefused(world, alice, /InvalidBucketAclWithObjectOwnership/, ...controls('BucketOwnerEnforced'));
      await aws(world, alice, ...controls('BucketOwnerPreferred'));
      const given = [...at, '--key', 'given.txt'];
      await aws(world, bob, 'put-object', ...given, '--body', 'plan.txt', '--acl', 'bucket-owner-full-control');
      assert.equal(JSON.parse(await aws(world, alice, 'get-object-acl', ...given)).Owner.ID, alice.canonicalId);
      await aws(world, alice, 'put-bucket-acl', ...at, '--acl', 'private');
      await aws(world, alice, ...controls('BucketOwnerEnforced'));
      assert.match(await aws(world, alice, 'get-bucket-ownership-controls', ...at), /BucketOwnerEnforced/);
      await awsRefused(
        world,
        alice,
        /AccessControlListNotSupported/,
        'put-object-acl',
        ...object,
        '--acl',
        'public-read',
      );
      await aws(world, alice, 'delete-bucket-ownership-controls', ...at);
      await awsRefused(world, alice, /OwnershipControlsNotFound/, 'get-bucket-ownership-controls', ...at);
    },
  );

  await t.test('Requester Pays: others say so, or get nothing', async () => {
    const both = ['--grant-read', `id=${bob.canonicalId}`, '--grant-full-control', `id=${alice.canonicalId}`];
    await aws(world, alice, 'put-object-acl', ...object, ...both);
    await aws(world, alice, 'put-bucket-request-payment', ...at, '--request-payment-configuration', 'Payer=Requester');
    assert.match(await aws(world, alice, 'get-bucket-request-payment', ...at), /"Payer": "Requester"/);
    await awsRefused(world, bob, /AccessDenied/, 'get-object', ...object, 'got.txt');
    assert.match(
      await aws(world, bob, 'get-object', ...object, '--request-payer', 'requester', 'got.txt'),
      /"RequestCharged": "requester"/,
    );
    await aws(
      world,
      alice,
      'put-bucket-request-payment',
      ...at,
      '--request-payment-configuration',
      'Payer=BucketOwner',
    );
  });

  await t.test('temporary credentials of a key do what their scope says and nothing else', async () => {
    const made = await told(server, 'key', 'session', alice.accessKey, '--read-only', '--scope-bucket', 'team');
    const { accessKeyId: accessKey = '', secretKey = '', sessionToken: token = '' } = made;
    const session = { accessKey, secretKey, token };
    await aws(world, session, 'get-object', ...object, 'got.txt');
    assert.equal(await readFile(join(folder.path, 'got.txt'), 'utf8'), 'the plan');
    await awsRefused(world, session, /AccessDenied/, 'put-object', ...object, '--body', 'got.txt');
    await moraine(['key', 'revoke', alice.accessKey, ...server.store]);
    await awsRefused(world, session, /InvalidToken/, 'get-object', ...object, 'got.txt');
  });
});
