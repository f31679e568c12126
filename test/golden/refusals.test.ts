/**
 * `moraine explain --request`: requests that a real server refused, each told as it is read. `UPDATE_GOLDEN=1` rewrites the files.
 * Beside it: what is kept of a refused request, and who is told.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAdmin } from '../../src/admin/admin.ts';
import { openSealer } from '../../src/admin/masterkey.ts';
import { LOCAL } from '../../src/admin/means.ts';
import { loadChecksums } from '../../src/base/checksum.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import { startS3Server } from '../../src/http/server.ts';
import { OPEN_PLATFORM, type Refusal } from '../../src/model/entities.ts';
import { keyBox } from '../../src/model/object-keys.ts';
import { createPolicyCache } from '../../src/model/policy/cache.ts';
import { oneRegion } from '../../src/model/regions.ts';
import { formOf, signFormV4 } from '../support/form.ts';
import { createMemoryEngine } from '../support/memory-engine.ts';
import { refused, Shop } from '../support/shop.ts';
import { presignV4, type RawAnswer, rawRequest, signV2, signV4, type ToSignV4 } from '../support/signer.ts';

const FOLDER = fileURLToPath(new URL('refusals/', import.meta.url));
const TIME = Date.UTC(2026, 0, 31, 12);
const HOST = 'localhost:9000';
const [KEY, SECRET] = ['EXAMPLEKEYOFOLGA0001', 'a-secret-that-must-never-be-told'];
const TARGET = '/team/a%20b.txt';

interface Wrong {
  /** What the client signs. */
  readonly signed?: Partial<ToSignV4>;
  /** What arrives. */
  readonly sent?: { readonly method?: string; readonly target?: string; readonly host?: string };
  readonly as?: 'anonymous' | 'presigned' | 'v2' | 'form' | 'open-form';
}

const credentials = { accessKeyId: KEY, secretAccessKey: SECRET };
const withSecret = (secretAccessKey: string) => ({ credentials: { accessKeyId: KEY, secretAccessKey } });

const SITUATIONS: Readonly<Record<string, Wrong>> = {
  anonymous: { as: 'anonymous' },
  'path-encoded-twice': { signed: { target: '/team/a%2520b.txt' } },
  'path-not-encoded': { signed: { target: '/team/a b.txt' } },
  'path-without-bucket': { signed: { target: '/a%20b.txt' } },
  'query-not-signed': { signed: { target: '/team' }, sent: { target: '/team?acl' } },
  'host-changed': { signed: { headers: { host: 'localhost' } } },
  'method-differs': { signed: { method: 'HEAD' } },
  'secret-with-line-break': { signed: withSecret(`${SECRET}\n`) },
  'wrong-secret': { signed: withSecret('another-secret') },
  'unknown-key': { signed: { credentials: { accessKeyId: 'NOSUCHKEY0000000001', secretAccessKey: SECRET } } },
  'clock-behind': { signed: { at: TIME - 3_600_000 } },
  'other-region': { signed: { region: 'eu-central-1' } },
  'address-expired': { as: 'presigned', signed: { at: TIME - 7_200_000 } },
  'form-anonymous': { as: 'open-form' },
  'form-wrong-secret': { as: 'form', signed: withSecret('another-secret') },
  'wrong-secret-v2': { as: 'v2', signed: withSecret('another-secret') },
};

interface Stage {
  readonly shop: Shop;
  readonly kept: readonly Refusal[];
  ask(wrong: Wrong): Promise<RawAnswer>;
}

async function staged(t: TestContext): Promise<Stage> {
  const clock = { now: () => TIME, monotonic: () => performance.now() };
  const shop = new Shop(t);
  shop.engine = createMemoryEngine({ clock });
  await shop.start();
  const { rows, blobs, capabilities } = shop.engine;
  const sealer = await openSealer(rows, join(shop.data, 'master.key'), { random: systemRandom, create: false });
  const admin = createAdmin({ rows, sealer, clock, random: systemRandom, limits: LIMITS });
  const olga = await admin.addAccount({ name: 'olga' }, LOCAL);
  await admin.createKey(olga, { imported: { accessKeyId: KEY, secret: new Secret(SECRET) } }, LOCAL);
  const acl = {
    owner: olga.canonicalId,
    grants: [{ grantee: { type: 'account', canonicalId: olga.canonicalId }, permission: 'FULL_CONTROL' }],
  } as const;
  const owner = { owner: olga.id, ownerCanonicalId: olga.canonicalId, region: 'us-east-1', createdAt: 0 };
  const bucket = { id: 'team', name: 'team', ...owner, versioning: 'unversioned', acl, configuration: {} } as const;
  await rows.commit({ type: 'createBucket', bucket });
  const kept: Refusal[] = [];
  const server = await startS3Server({
    services: {
      ...{ rows, blobs, capabilities, clock, random: systemRandom, limits: LIMITS, access: OPEN_PLATFORM },
      ...{
        encryption: { platform: keyBox(sealer), ring: new Map(), customerKeysWithoutTls: false },
        noteActivity: () => {},
        policies: createPolicyCache(10),
        checksums: await loadChecksums(),
        regions: oneRegion('us-east-1'),
      },
    },
    names: ['localhost'],
    keyring: {
      unseal: (key) => sealer.unseal('access-key', key.accessKeyId, key.sealedSecret),
      openSession: () => undefined,
      noteUse: () => {},
    },
    ...{ listen: { host: '127.0.0.1', port: 0 }, log: createLog('silent', () => {}), sandbox: true },
    noteRefusal: (make) => void kept.push(make(TIME)),
  });
  t.after(() => server.stop());
  return { shop, kept, ask: (wrong) => asked(`http://127.0.0.1:${server.port}`, wrong) };
}

function asked(origin: string, { signed, sent = {}, as }: Wrong): Promise<RawAnswer> {
  const { method = 'GET', target = TARGET, host = HOST } = sent;
  const input: ToSignV4 = { credentials, method, target, headers: { host: HOST }, at: TIME, ...signed };
  if (as === 'anonymous') return rawRequest({ origin, method, target, headers: { host } });
  if (as === 'presigned') return rawRequest({ origin, method, target: presignV4(input), headers: { host } });
  if (as === 'form' || as === 'open-form') {
    const form = { credentials: input.credentials, bucket: 'team', fields: [['key', 'a b.txt']], at: TIME } as const;
    const fields = as === 'form' ? signFormV4({ ...form, expiresAt: TIME + 60_000 }) : form.fields;
    const { headers, body } = formOf(fields, { content: 'x' });
    return rawRequest({ origin, method: 'POST', target: '/team', headers: { ...headers, host }, body });
  }
  if (as === 'v2') {
    const headers = signV2(input);
    return rawRequest({ origin, method, target, headers: { ...headers, host } });
  }
  return rawRequest({ origin, method, target, headers: { ...signV4(input), host } });
}

async function explained({ shop, kept, ask }: Stage, wrong: Wrong): Promise<string> {
  await ask(wrong);
  const last = kept.at(-1);
  assert(last !== undefined, 'the refusal was not kept');
  await shop.engine.rows.noteRefusals([last]);
  const { out, err, code } = await shop.run('explain', '--request', last.requestId);
  assert.deepEqual([err, code], ['', 1]);
  return out.replaceAll(last.requestId, '0123456789ABCDEF');
}

for (const [name, wrong] of Object.entries(SITUATIONS)) {
  test(`a refused request is explained as its golden file has it: ${name}`, async (t) => {
    const text = await explained(await staged(t), wrong);
    const file = `${FOLDER}${name}.txt`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
}

test('there is no golden file without a refused request', () => {
  const files = Object.keys(SITUATIONS).map((name) => `${name}.txt`);
  assert.deepEqual(readdirSync(FOLDER).sort(), files.sort());
});

test('the client’s canonical request is compared line by line', async (t) => {
  const stage = await staged(t);
  await explained(stage, SITUATIONS['wrong-secret'] ?? {});
  const last = stage.kept.at(-1);
  assert(last !== undefined);
  const file = join(stage.shop.folder, 'canonical.txt');
  writeFileSync(file, 'GET\n/team/other.txt\n');
  const { out } = await stage.shop.run('explain', '--request', last.requestId, '--canonical-request', file);
  assert.match(out, /line 2, client: \/team\/other\.txt\n {2}line 2, server: \/team\/a%20b\.txt\n/);
});

test('rule 26: nothing that is kept of a refused request holds a secret, a signature, a token or a customer key', async (t) => {
  const stage = await staged(t);
  const headers = {
    host: HOST,
    cookie: 'session=COOKIESECRET',
    'x-amz-server-side-encryption-customer-key': 'CUSTOMERSECRET',
  };
  const signed = { ...withSecret('another-secret'), headers };
  const answers = [
    await stage.ask({ signed }),
    await stage.ask({ signed: withSecret('another-secret'), as: 'presigned' }),
    await stage.ask({ signed, as: 'v2' }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [403, 403, 403],
  );
  await rawTries(stage);
  assert.equal(stage.kept.length, 3);
  for (const { record } of stage.kept) {
    for (const secret of [SECRET, 'another-secret', 'COOKIESECRET', 'CUSTOMERSECRET', 'Signature=', 'AWS EXAMPLE']) {
      assert.ok(!record.includes(secret), `${secret} in ${record}`);
    }
    assert.ok(Buffer.byteLength(record) <= LIMITS.refusalBytes);
  }
});

/** What is no refusal leaves nothing. */
async function rawTries({ ask }: Stage): Promise<void> {
  assert.equal((await ask({})).status, 404);
  assert.equal((await ask({ sent: { target: '/no-such-bucket/key' } })).status, 404);
}

test('a request id that is none, or of which nothing is kept, is told so', async (t) => {
  const { shop } = await staged(t);
  refused(await shop.run('explain', '--request', 'x'), /16 hex digits/);
  refused(await shop.run('explain', 'GetObject', '--request', '0123456789ABCDEF'), /leave out GetObject/);
  refused(await shop.run('explain', '--request', '0123456789ABCDEF', '--as', 'olga'), /leave out --as/);
  const { code, err } = await shop.run('explain', '--request', '0123456789ABCDEF');
  assert.equal(code, 1);
  assert.match(err, /nothing is kept of request 0123456789ABCDEF/);
});
