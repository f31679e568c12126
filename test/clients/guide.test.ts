/**
 * The getting-started guide, step by step, with Debian's s3cmd over HTTPS: buckets as subdomains, the configuration
 * template as the guide has it (signature V2), and the same again with signature V4.
 *
 * The names are the test's own (`s3.moraine.test`), its certificates too; see `python/names` for how s3cmd finds them.
 */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { type TestContext, test } from 'node:test';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { startClientServer } from '../support/client-server.ts';
import { content, fingerprint, HOSTILE_NAMES, MiB, sha256OfFile, writeHostileFiles } from '../support/files.ts';
import { jpeg } from '../support/jpeg.ts';
import { type Done, moraine, ROOT, run, type ServerProcess, temporaryFolder } from '../support/processes.ts';
import { type RawAnswer, rawRequest } from '../support/raw-client.ts';

const DOMAIN = 's3.moraine.test';
const BUCKET = 'my-new-bucket';
const NAMES = join(ROOT, 'test/clients/python/names');

/** Somebody's home with a `.s3cfg` in it. */
class Home {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }

  s3cmd(...args: string[]): Promise<Done> {
    return run('s3cmd', args, { cwd: this.path, env: { HOME: this.path, PYTHONPATH: NAMES, LC_ALL: 'C.UTF-8' } });
  }

  /** Runs s3cmd, which must succeed without a warning. */
  async done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.s3cmd(...args);
    assert.equal(code, 0, `s3cmd ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    assert.doesNotMatch(stderr, /ERROR|WARNING/, `s3cmd ${args.join(' ')}`);
    return stdout;
  }
}

interface World {
  readonly server: ServerProcess;
  readonly certificates: Certificates;
  readonly alice: Home;
  readonly bob: Home;
  /** Of the large file: the guide's 200 once, elsewhere enough for several of s3cmd's parts of 15 MB. */
  readonly megabytes: number;
}

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The guide's template, with our names instead of sos.exo.io and, for the test's own authority, where its certificate is. */
function template(port: number, key: Key, authority: string, v2: boolean): string {
  return `[default]
host_base = ${DOMAIN}:${port}
host_bucket = %(bucket)s.${DOMAIN}:${port}
access_key = ${key.accessKey}
secret_key = ${key.secretKey}
use_https = True
${v2 ? 'signature_v2 = True\n' : ''}ca_certs_file = ${authority}
`;
}

/** A second account with a key, made by the operator's command while the server runs. */
async function addAccount(server: ServerProcess, name: string): Promise<Key> {
  const added = await moraine(['account', 'add', name, ...server.store]);
  assert.equal(added.code, 0, added.stderr);
  const made = await moraine(['key', 'create', name, '--json', ...server.store]);
  assert.equal(made.code, 0, made.stderr);
  const { accessKeyId, secretKey }: { accessKeyId: string; secretKey: string } = JSON.parse(made.stdout);
  return { accessKey: accessKeyId, secretKey };
}

/** What anybody with a browser gets: no credentials; the certificate is checked against the name in `host`. */
async function fetchAnonymously({ server, certificates }: World, host: string, target: string): Promise<RawAnswer> {
  const ca = await readFile(certificates.authority);
  return rawRequest({ origin: server.origin, method: 'GET', target, headers: { host: `${host}:${server.port}` }, ca });
}

/** Both URL forms of the guide. */
const fetchBoth = (world: World, key: string) =>
  Promise.all([
    fetchAnonymously(world, DOMAIN, `/${BUCKET}/${key}`),
    fetchAnonymously(world, `${BUCKET}.${DOMAIN}`, `/${key}`),
  ]);

async function buckets(t: TestContext, { alice, bob }: World): Promise<void> {
  await t.test('mb creates a bucket, and ls shows it', async () => {
    assert.match(await alice.done('mb', `s3://${BUCKET}`), /Bucket 's3:\/\/my-new-bucket\/' created/);
    assert.match(await alice.done('ls'), /^\d{4}-\d\d-\d\d \d\d:\d\d {2}s3:\/\/my-new-bucket$/m);
  });
  await t.test('mb of a name that another account has is refused with a clear error', async () => {
    await bob.done('mb', 's3://taken-by-bob');
    const { code, stderr } = await alice.s3cmd('mb', 's3://taken-by-bob');
    assert.notEqual(code, 0);
    assert.match(stderr, /BucketAlreadyExists/);
    assert.match(stderr, /already exist|not available/);
    assert.doesNotMatch(await alice.done('ls'), /taken-by-bob/);
    await bob.done('rb', 's3://taken-by-bob');
  });
  await t.test('a bucket of another account cannot be listed', async () => {
    const { code, stderr } = await bob.s3cmd('ls', `s3://${BUCKET}`);
    assert.notEqual(code, 0);
    assert.match(stderr, /AccessDenied|Access to bucket/);
  });
}

async function pictures(t: TestContext, world: World): Promise<void> {
  const { alice } = world;
  const picture = jpeg(40, 30, (column, row) => Math.min(255, Math.hypot(column - 20, row - 15) * 12));
  await writeFile(join(alice.path, 'picture.jpg'), picture);
  const url = `s3://${BUCKET}/picture.jpg`;

  await t.test('put uploads a picture, ls shows it with its size, get brings it back byte for byte', async () => {
    await alice.done('put', 'picture.jpg', url);
    assert.match(await alice.done('ls', `s3://${BUCKET}`), new RegExp(` ${picture.length} +${url}$`, 'm'));
    await alice.done('get', url, 'picture_download.jpg');
    assert.deepEqual(await readFile(join(alice.path, 'picture_download.jpg')), picture);
  });
  await t.test('private by default: a stranger gets 403 under both URL forms', async () => {
    assert.deepEqual(
      (await fetchBoth(world, 'picture.jpg')).map((one) => one.status),
      [403, 403],
    );
  });
  await t.test(
    'public after setacl --acl-public: anybody gets the picture as a JPEG under both URL forms',
    async () => {
      await alice.done('setacl', '--acl-public', url);
      for (const got of await fetchBoth(world, 'picture.jpg')) {
        assert.equal(got.status, 200);
        assert.equal(got.headers['content-type'], 'image/jpeg');
        assert.deepEqual(got.body, picture);
      }
      const bucket = await fetchAnonymously(world, `${BUCKET}.${DOMAIN}`, '/');
      assert.equal(bucket.status, 403, 'an object opened to all does not open its bucket');
    },
  );
  await t.test('private again after setacl --acl-private', async () => {
    await alice.done('setacl', '--acl-private', url);
    assert.deepEqual(
      (await fetchBoth(world, 'picture.jpg')).map((one) => one.status),
      [403, 403],
    );
  });
  await t.test('put --acl-public uploads a public object', async () => {
    await alice.done('put', '--acl-public', 'picture.jpg', `s3://${BUCKET}/open.jpg`);
    assert.deepEqual(
      (await fetchBoth(world, 'open.jpg')).map((one) => one.status),
      [200, 200],
    );
  });
  await t.test('info tells size, type, owner and sum of an object, and about the bucket', async () => {
    const object = await alice.done('info', url);
    assert.match(object, new RegExp(`File size: +${picture.length}\\b`));
    assert.match(object, /MIME type: +image\/jpeg/);
    assert.match(object, /ACL: +operator: FULL_CONTROL/);
    assert.match(object, /MD5 sum: +[0-9a-f]{32}/);
    assert.match(await alice.done('info', `s3://${BUCKET}`), /Location: +us-east-1/);
  });
  await t.test('metadata given with --add-header comes back, also with a space and an umlaut', async () => {
    await alice.done('put', '--add-header', 'x-amz-meta-title: Mont-Blanc at dawn', 'picture.jpg', url);
    assert.match(await alice.done('info', url), /x-amz-meta-title: Mont-Blanc at dawn/);
  });
  await t.test('cp copies within the bucket, mv moves', async () => {
    await alice.done('cp', url, `s3://${BUCKET}/copies/a b+c.jpg`);
    await alice.done('mv', `s3://${BUCKET}/copies/a b+c.jpg`, `s3://${BUCKET}/moved.jpg`);
    await alice.done('get', `s3://${BUCKET}/moved.jpg`, 'moved.jpg');
    assert.deepEqual(await readFile(join(alice.path, 'moved.jpg')), picture);
    assert.doesNotMatch(await alice.done('ls', '--recursive', `s3://${BUCKET}`), /copies/);
  });
  await t.test('signurl gives a link that works for anybody, until it ends', async () => {
    const link = new URL((await alice.done('signurl', url, '+600')).trim());
    const got = await fetchAnonymously(world, link.hostname, `${link.pathname}${link.search}`);
    assert.deepEqual([got.status, got.body.equals(picture)], [200, true]);
    const ended = new URL((await alice.done('signurl', url, '1000000000')).trim());
    assert.equal((await fetchAnonymously(world, ended.hostname, `${ended.pathname}${ended.search}`)).status, 403);
  });
}

async function large(t: TestContext, { alice, megabytes }: World): Promise<void> {
  await t.test(`${megabytes} MB go up in parts and come back byte for byte`, async () => {
    const path = join(alice.path, 'large');
    await writeFile(path, content(megabytes * MiB, 'large'));
    await alice.done('put', '--no-progress', path, `s3://${BUCKET}/large`);
    assert.match(await alice.done('info', `s3://${BUCKET}/large`), new RegExp(`File size: +${megabytes * MiB}\\b`));
    await alice.done('get', '--no-progress', `s3://${BUCKET}/large`, `${path}-back`);
    assert.equal(await sha256OfFile(`${path}-back`), await sha256OfFile(path));
    assert.equal(
      (await alice.done('multipart', `s3://${BUCKET}`)).trim().split('\n').length,
      2,
      'no upload is left open',
    );
  });
}

async function folders(t: TestContext, { alice }: World): Promise<void> {
  const [up, down] = [join(alice.path, 'up'), join(alice.path, 'down')];
  await writeHostileFiles(up);
  await mkdir(down);
  await t.test('sync takes a folder with hostile names up and down unchanged', async () => {
    await alice.done('sync', '--no-progress', `${up}/`, `s3://${BUCKET}/synced/`);
    await alice.done('sync', '--no-progress', `s3://${BUCKET}/synced/`, `${down}/`);
    assert.deepEqual(await fingerprint(down), await fingerprint(up));
    const listed = await alice.done('ls', '--recursive', `s3://${BUCKET}/synced/`);
    assert.equal(listed.trim().split('\n').length, HOSTILE_NAMES.length);
  });
  await t.test('a second sync finds nothing to do', async () => {
    assert.doesNotMatch(await alice.done('sync', '--no-progress', `${up}/`, `s3://${BUCKET}/synced/`), /upload:/);
  });
}

async function removal(t: TestContext, { alice }: World): Promise<void> {
  await t.test('rb of a bucket that is not empty is refused', async () => {
    const { code, stderr } = await alice.s3cmd('rb', `s3://${BUCKET}`);
    assert.notEqual(code, 0);
    assert.match(stderr, /BucketNotEmpty/);
  });
  await t.test('del removes one object, and all with --recursive; rb removes the bucket', async () => {
    await alice.done('del', `s3://${BUCKET}/picture.jpg`);
    assert.doesNotMatch(await alice.done('ls', `s3://${BUCKET}`), /picture\.jpg/);
    await alice.done('del', '--recursive', '--force', `s3://${BUCKET}`);
    assert.equal(await alice.done('ls', '--recursive', `s3://${BUCKET}`), '');
    await alice.done('rb', `s3://${BUCKET}`);
    assert.equal(await alice.done('ls'), '');
  });
}

for (const signature of ['V2', 'V4'] as const) {
  test(`the guide with signature ${signature}`, async (t) => {
    await using folder = await temporaryFolder();
    const certificates = await makeCertificates(folder.path, [DOMAIN, `*.${DOMAIN}`, '127.0.0.1']);
    await using server = await startClientServer({ tls: certificates, hostNames: [DOMAIN] });
    const homeOf = async (name: string, key: Key) => {
      const home = new Home(join(folder.path, name));
      await mkdir(home.path);
      await writeFile(
        join(home.path, '.s3cfg'),
        template(server.port, key, certificates.authority, signature === 'V2'),
      );
      return home;
    };
    const world: World = {
      ...{ server, certificates },
      megabytes: signature === 'V2' && env.MORAINE_TEST_ENGINE !== 'cassandra' ? 200 : 40,
      alice: await homeOf('alice', server),
      bob: await homeOf('bob', await addAccount(server, 'bob')),
    };
    for (const steps of [buckets, pictures, large, folders, removal]) await steps(t, world);
  });
}
