/**
 * `moraine explain` in the situations that people ask about, each as it is read. `UPDATE_GOLDEN=1` rewrites the files; the diff
 * is what gets reviewed, as a tired operator would.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Acl, BucketConfiguration, Grant, Grantee, KeyScope, Permission } from '../../src/model/entities.ts';
import { writeOwnership } from '../../src/model/ownership.ts';
import { writePublicAccessBlock } from '../../src/model/public-access.ts';
import { writePayer } from '../../src/model/request-payment.ts';
import { refused, type Shop, startedShop } from '../support/shop.ts';

const FOLDER = fileURLToPath(new URL('explain/', import.meta.url));
const TIME = Date.UTC(2026, 0, 31);

const PEOPLE = ['ana', 'bob', 'carol', 'zoe'] as const;
type Person = (typeof PEOPLE)[number];
const idOf = (name: Person): string => String(PEOPLE.indexOf(name) + 1).repeat(64);

const account = (name: Person): Grantee => ({ type: 'account', canonicalId: idOf(name) });
const EVERYBODY: Grantee = { type: 'group', group: 'AllUsers' };
const SIGNED: Grantee = { type: 'group', group: 'AuthenticatedUsers' };
const grant = (grantee: Grantee, permission: Permission): Grant => ({ grantee, permission });
const own = (name: Person): Grant => grant(account(name), 'FULL_CONTROL');

/** A bucket of ana's, with one object `plan.txt`; by default private and hers. */
interface Scene {
  readonly bucket?: readonly Grant[];
  readonly object?: readonly Grant[];
  readonly writer?: Person;
  readonly configuration?: BucketConfiguration;
  /** Of the key BOBKEY. */
  readonly scope?: KeyScope;
  readonly key?: { readonly allowV2?: boolean; readonly expiresAt?: number; readonly state?: 'revoked' };
  readonly suspended?: Person;
}

const policy = (...statements: readonly object[]): BucketConfiguration => ({
  policy: JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Principal: '*', Resource: ALL, ...statement })),
  }),
});
const ALL = ['arn:aws:s3:::team', 'arn:aws:s3:::team/*'];
const READS = { Sid: 'Readers', Principal: { AWS: 'bob' }, Action: 's3:GetObject' };
const GET = 'GetObject s3://team/plan.txt';
const block = (name: 'ignorePublicAcls' | 'restrictPublicBuckets'): BucketConfiguration => {
  const none = {
    blockPublicAcls: false,
    ignorePublicAcls: false,
    blockPublicPolicy: false,
    restrictPublicBuckets: false,
  };
  return { publicAccessBlock: writePublicAccessBlock({ ...none, [name]: true }) };
};
const toBob: Scene = { object: [own('ana'), grant(account('bob'), 'READ')] };

/** File → the command, and what is there. */
const SITUATIONS: Readonly<Record<string, readonly [command: string, scene?: Scene]>> = {
  owner: [`${GET} --as ana`],
  stranger: [`${GET} --as bob`],
  anonymous: [`${GET} --as anonymous`],
  'public-object': [`${GET} --as anonymous`, { object: [own('ana'), grant(EVERYBODY, 'READ')] }],
  'signed-in-group': [`${GET} --as bob`, { object: [own('ana'), grant(SIGNED, 'READ')] }],
  'dropped-grants': [`${GET} --as ana`, { object: [] }],
  'dropped-grants-acl': ['PutObjectAcl s3://team/plan.txt --as ana', { object: [] }],
  'not-inherited': [`${GET} --as bob`, { bucket: [own('ana'), grant(account('bob'), 'READ')] }],
  'others-object': [`${GET} --as ana`, { writer: 'bob', object: [own('bob')] }],
  'bucket-owner-full-control': [`${GET} --as ana`, { writer: 'bob', object: [own('bob'), own('ana')] }],
  'policy-allow': [`${GET} --as bob`, { configuration: policy(READS) }],
  'policy-deny': [
    `${GET} --as bob`,
    { ...toBob, configuration: policy({ Sid: 'NotBob', Effect: 'Deny', Principal: { AWS: 'bob' }, Action: 's3:*' }) },
  ],
  'policy-ip': [
    `${GET} --as bob --from 198.51.100.7`,
    { configuration: policy({ ...READS, Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }) },
  ],
  'policy-transport': [
    `${GET} --as ana --insecure`,
    {
      configuration: policy({
        ...{ Sid: 'TlsOnly', Effect: 'Deny', Action: 's3:*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    },
  ],
  'policy-prefix': [
    's3:ListBucket s3://team --as bob --prefix bob/',
    {
      configuration: policy({
        ...{ Sid: 'OwnFolder', Principal: { AWS: 'bob' }, Action: 's3:ListBucket' },
        Condition: { StringLike: { 's3:prefix': 'bob/*' } },
      }),
    },
  ],
  'policy-user-agent': [
    'GetObject s3://team/plan.txt --as anonymous --header user-agent:curl/8',
    { configuration: policy({ Action: 's3:GetObject', Condition: { StringLike: { 'aws:UserAgent': 'Player/*' } } }) },
  ],
  'policy-others-object': [
    `${GET} --as carol`,
    { writer: 'bob', object: [own('bob')], configuration: policy({ ...READS, Principal: { AWS: 'carol' } }) },
  ],
  'policy-not-principal': [
    `${GET} --as bob`,
    {
      ...toBob,
      configuration: policy({
        ...{ Sid: 'OnlyAna', Effect: 'Deny', Action: 's3:*', NotPrincipal: { AWS: 'ana' } },
        Principal: undefined,
      }),
    },
  ],
  'policy-denies-all': [
    'PutBucketPolicy s3://team --as ana',
    { configuration: policy({ Effect: 'Deny', Action: 's3:*' }) },
  ],
  'ignore-public-acls': [
    `${GET} --as anonymous`,
    { object: [own('ana'), grant(EVERYBODY, 'READ')], configuration: block('ignorePublicAcls') },
  ],
  'restrict-public-buckets': [
    `${GET} --as anonymous`,
    { configuration: { ...policy({ Sid: 'World', Action: 's3:GetObject' }), ...block('restrictPublicBuckets') } },
  ],
  'bucket-owner-enforced': [
    `${GET} --as bob`,
    { ...toBob, configuration: { ownershipControls: writeOwnership('BucketOwnerEnforced') } },
  ],
  'requester-pays': [`${GET} --as bob`, { ...toBob, configuration: { requestPayment: writePayer('Requester') ?? '' } }],
  'scope-bucket': [`${GET} --as BOBKEY`, { ...toBob, scope: { resources: [{ bucket: 'photos' }] } }],
  'scope-prefix': [`${GET} --as BOBKEY`, { ...toBob, scope: { resources: [{ bucket: 'team', prefix: 'pl/' }] } }],
  'scope-read-only': ['PutObject s3://team/plan.txt --as BOBKEY', { scope: { actions: 'read-only' } }],
  'scope-network': [`${GET} --as BOBKEY --from 198.51.100.7`, { ...toBob, scope: { networks: ['192.0.2.0/24'] } }],
  'key-expired': [`${GET} --as BOBKEY`, { ...toBob, key: { expiresAt: TIME } }],
  'key-revoked': [`${GET} --as BOBKEY`, { ...toBob, key: { state: 'revoked' } }],
  'account-suspended': [`${GET} --as BOBKEY`, { ...toBob, suspended: 'bob' }],
  'v2-not-allowed': [`${GET} --as BOBKEY --v2`, { ...toBob, key: { allowV2: false } }],
  'missing-hidden': ['GetObject s3://team/gone.txt --as bob'],
  'missing-told': ['GetObject s3://team/gone.txt --as ana'],
  'delete-version': ['s3:DeleteObjectVersion s3://team/plan.txt --version-id null --as bob', toBob],
  'copy-destination': [
    'CopyObject s3://team/copy.txt --as bob --header x-amz-copy-source:team/plan.txt',
    { bucket: [own('ana'), grant(account('bob'), 'WRITE')] },
  ],
  'copy-source': [`${GET} --as bob`, { bucket: [own('ana'), grant(account('bob'), 'WRITE')] }],
  'multipart-stranger': ['UploadPart s3://team/big.bin --upload-id UPLOAD --as bob', { bucket: [own('bob')] }],
};

async function staged(t: TestContext, scene: Scene): Promise<Shop> {
  const { shop } = await startedShop(t);
  const { rows } = shop.engine;
  for (const name of PEOPLE) {
    const state = scene.suspended === name ? 'suspended' : 'active';
    const row = { id: name, name, canonicalId: idOf(name), role: 'tenant', state, createdAt: 0 } as const;
    await rows.commit({ type: 'putAccount', account: row, replace: false });
  }
  const { scope } = scene;
  const key = {
    ...({
      accessKeyId: 'BOBKEY',
      accountId: 'bob',
      sealedSecret: '',
      createdAt: 0,
      allowV2: true,
      state: 'active',
    } as const),
    ...(scope === undefined ? {} : { scope }),
    ...scene.key,
  };
  await rows.commit({ type: 'putKey', key, replace: false });
  await stageBucket(shop, scene);
  return shop;
}

async function stageBucket({ engine: { rows, blobs } }: Shop, scene: Scene): Promise<void> {
  const acl: Acl = { owner: idOf('ana'), grants: scene.bucket ?? [own('ana')] };
  const bucket = {
    id: 'team',
    name: 'team',
    owner: 'ana',
    ownerCanonicalId: idOf('ana'),
    region: 'us-east-1',
    createdAt: 0,
  };
  const { configuration = {}, writer = 'ana' } = scene;
  await rows.commit({
    type: 'createBucket',
    bucket: { ...bucket, versioning: 'unversioned', acl, configuration },
  });
  async function* content() {
    yield Buffer.from('plan');
  }
  const owned = { owner: writer, ownerCanonicalId: idOf(writer), headers: { userMetadata: new Map<string, string>() } };
  const objectAcl = { owner: idOf(writer), grants: scene.object ?? [own(writer)] };
  const draft = {
    ...({
      kind: 'object',
      body: await blobs.write(content(), 4),
      etag: '0'.repeat(32),
      size: 4,
      modifiedAt: 0,
    } as const),
    ...{ ...owned, acl: objectAcl },
  };
  await rows.commit({ type: 'putVersion', bucketId: 'team', key: 'plan.txt', versioning: 'unversioned', draft });
  const upload = { bucketId: 'team', key: 'big.bin', uploadId: 'UPLOAD', initiatedAt: 0, ...owned, acl: objectAcl };
  await rows.commit({ type: 'createUpload', upload });
}

const ask = (shop: Shop, command: string) => shop.run('explain', ...command.split(' '), '--at', '2026-01-31T00:00:00Z');

for (const [name, [command, scene = {}]] of Object.entries(SITUATIONS)) {
  test(`explained as its golden file has it: ${name}`, async (t) => {
    const shop = await staged(t, scene);
    const { code, out, err } = await ask(shop, command);
    assert.equal(err, '');
    const text = `$ moraine explain ${command}\n${out}exit code ${code}\n`;
    assert.equal(code, out.startsWith('ALLOWED') ? 0 : 1);
    const file = `${FOLDER}${name}.txt`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
    const { answer } = JSON.parse((await ask(shop, `${command} --json`)).out);
    assert.equal(answer === 'allowed', code === 0);
  });
}

test('there is no golden file without a situation', () => {
  assert.deepEqual(
    readdirSync(FOLDER).sort(),
    Object.keys(SITUATIONS)
      .map((name) => `${name}.txt`)
      .sort(),
  );
});

test('a question that cannot be asked is wrong use, and says what to ask instead', async (t) => {
  const shop = await staged(t, {});
  const wrong: readonly (readonly [command: string, text: RegExp])[] = [
    [GET, /--as is missing/],
    [`${GET} --as anna`, /no access key or account "anna": did you mean ana\?/],
    [`${GET} --as Q7Q7Q7Q7`, /`moraine account list` and `moraine key list` show all/],
    ['GetObjekt s3://team/plan.txt --as ana', /no operation or action "GetObjekt": did you mean GetObject\?/],
    ['GetObject s3://tema/plan.txt --as ana', /there is no bucket "tema"/],
    ['GetObject s3://T/plan.txt --as ana', /there is no bucket "T"/],
    ['GetObject team/plan.txt --as ana', /neither s3:\/\/BUCKET nor/],
    ['GetObject s3://team --as ana', /GetObject needs a key/],
    ['ListObjects s3://team/plan.txt --as ana', /on a bucket, not on an object/],
    ['ListObjects --as ana', /needs a bucket/],
    ['ListBuckets s3://team --as ana', /on no bucket/],
    ['DeleteObjects s3://team --as ana', /ask for DeleteObject$/m],
    ['RestoreObject s3://team/plan.txt --as ana', /not implemented/],
    ['PutObject s3://team/plan.txt --as ana --version-id x', /takes no version id/],
    ['s3:GetObjectVersion s3://team/plan.txt --as ana', /add --version-id/],
    [`${GET} --as ana --prefix x`, /takes no prefix/],
    [`${GET} --as ana --upload-id x`, /takes no upload id/],
    ['UploadPart s3://team/big.bin --as ana', /give the upload id/],
    ['UploadPart s3://team/big.bin --as ana --upload-id x', /no such upload/],
    [`${GET} --as ana --from here`, /must be an IP address/],
    [`${GET} --as ana --secure --insecure`, /not both/],
    [`${GET} --as ana --header nonsense`, /no "name: value"/],
    [`${GET} --as ana --header host:x`, /changes nothing/],
    [`GetObject s3://team/${'k'.repeat(1025)} --as ana`, /1025 bytes long/],
  ];
  for (const [command, text] of wrong) refused(await shop.run('explain', ...command.split(' ')), text);
  refused(await shop.run('explain', ...GET.split(' '), '--as', 'ana', '--at', 'noon'), /must be a time in UTC/);
});

test('what a header asks for is judged with the rest: an expected owner that is another', async (t) => {
  const shop = await staged(t, {});
  const { code, out } = await ask(shop, `${GET} --as ana --header x-amz-expected-bucket-owner:bob`);
  assert.equal(code, 1);
  assert.match(
    out,
    /^DENIED: .*403 AccessDenied[\s\S]*not owned by the account that x-amz-expected-bucket-owner names/,
  );
});
