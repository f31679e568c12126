/** aws-cli (PyPI, default checksum settings): over HTTPS with buckets as host names, and the essentials over HTTP with paths. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AwsCli, startAwsCli } from '../support/aws-cli.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startClientServer } from '../support/client-server.ts';
import { content, fingerprint, MiB, writeHostileFiles } from '../support/files.ts';
import { type Done, ROOT, run, type ServerProcess, temporaryFolder } from '../support/processes.ts';
import { rawRequest } from '../support/raw-client.ts';
import { clientEnvironment, type Visit } from '../support/tour.ts';

/** The program itself, for what needs a shell. */
const AWS = join(ROOT, '.cache/venv/bin/aws');
const DOMAIN = 's3.moraine.test';
/** Those that aws-cli computes. */
const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128'];

interface Versions {
  readonly Versions: readonly { readonly VersionId: string; readonly IsLatest: boolean }[];
  readonly DeleteMarkers: readonly unknown[];
}

class Cli implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #aws: AwsCli;

  private constructor(folder: string, env: Record<string, string>, aws: AwsCli) {
    this.#folder = folder;
    this.#env = env;
    this.#aws = aws;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#aws[Symbol.asyncDispose]();
  }

  /** aws-cli with a home in `folder`, configured in its own files: small parts, so that small tests have several. */
  static async in(folder: string, server: ServerProcess, visit: Visit): Promise<Cli> {
    await mkdir(join(folder, '.aws'));
    const s3 = `  multipart_threshold = 8MB\n  multipart_chunksize = 8MB\n  addressing_style = ${visit.style}\n`;
    await writeFile(join(folder, '.aws/config'), `[default]\noutput = json\ncli_pager =\ns3 =\n${s3}`);
    const env = { ...clientEnvironment(server, visit), HOME: folder, AWS_ENDPOINT_URL: visit.endpoint };
    return new Cli(folder, env, startAwsCli(visit.env));
  }

  run(...args: string[]): Promise<Done> {
    return this.#aws.run({ args, cwd: this.#folder, env: this.#env });
  }

  async done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    assert.equal(code, 0, `aws ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  async refused(code: RegExp, ...args: string[]): Promise<void> {
    const done = await this.run(...args);
    assert.notEqual(done.code, 0, `aws ${args.join(' ')} was not refused`);
    assert.match(done.stderr, code);
  }
}

test('aws-cli over HTTPS, virtual-host style', async (t) => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificates(folder.path, [DOMAIN, `*.${DOMAIN}`, '127.0.0.1']);
  await using server = await startClientServer({ tls, hostNames: [DOMAIN] });
  const env = { PYTHONPATH: join(ROOT, 'test/clients/python/names') };
  const endpoint = `https://${DOMAIN}:${server.port}`;
  await using aws = await Cli.in(folder.path, server, { endpoint, style: 'virtual', ca: tls.authority, env });
  const file = (name: string) => join(folder.path, name);
  const small = content(5000, 'small');
  const large = content(20 * MiB, 'large');
  await writeFile(file('small.bin'), small);
  await writeFile(file('large.bin'), large);

  await t.test('mb makes a bucket, ls shows it', async () => {
    await aws.done('s3', 'mb', 's3://aws-cli');
    assert.match(await aws.done('s3', 'ls'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d aws-cli$/m);
  });
  await t.test('cp puts and gets a small file, whole', async () => {
    await aws.done('s3', 'cp', 'small.bin', 's3://aws-cli/folder/small ä+b.bin');
    await aws.done('s3', 'cp', 's3://aws-cli/folder/small ä+b.bin', 'small.back');
    assert.deepEqual(await readFile(file('small.back')), small);
    assert.match(await aws.done('s3', 'ls', 's3://aws-cli/folder/'), / 5000 small ä\+b\.bin$/m);
  });
  await t.test('cp puts and gets a large file in parts, whole', async () => {
    await aws.done('s3', 'cp', '--no-progress', 'large.bin', 's3://aws-cli/large.bin');
    const head: { ETag: string } = JSON.parse(
      await aws.done('s3api', 'head-object', '--bucket', 'aws-cli', '--key', 'large.bin'),
    );
    assert.match(head.ETag, /-3"$/);
    await aws.done('s3', 'cp', '--no-progress', 's3://aws-cli/large.bin', 'large.back');
    assert.ok((await readFile(file('large.back'))).equals(large));
  });
  await t.test('a large copy inside the store works in parts too, and mv moves', async () => {
    await aws.done('s3', 'cp', '--no-progress', 's3://aws-cli/large.bin', 's3://aws-cli/large copy.bin');
    await aws.done('s3', 'mv', '--no-progress', 's3://aws-cli/large copy.bin', 's3://aws-cli/moved.bin');
    await aws.done('s3', 'cp', '--no-progress', 's3://aws-cli/moved.bin', 'moved.back');
    assert.ok((await readFile(file('moved.back'))).equals(large));
  });
  await t.test('s3api put-object computes each checksum algorithm, and get-object-attributes tells it', async () => {
    const name = ['--bucket', 'aws-cli', '--key', 'summed'];
    for (const algorithm of ALGORITHMS) {
      const put = await aws.done(
        's3api',
        'put-object',
        ...name,
        '--body',
        'small.bin',
        '--checksum-algorithm',
        algorithm,
      );
      assert.match(put, new RegExp(`"Checksum${algorithm}"`));
    }
    const wanted = ['--object-attributes', 'ETag', 'Checksum', 'ObjectSize', 'StorageClass'];
    const told = JSON.parse(await aws.done('s3api', 'get-object-attributes', ...name, ...wanted));
    assert.equal(told.ObjectSize, 5000);
    assert.ok(`Checksum${ALGORITHMS.at(-1)}` in told.Checksum, 'the last of them is the object now');
  });
  await t.test('sync takes a folder with hostile names up and down unchanged', async () => {
    await mkdir(file('up'));
    await writeHostileFiles(file('up'));
    await aws.done('s3', 'sync', '--no-progress', 'up', 's3://aws-cli/synced');
    assert.equal(await aws.done('s3', 'sync', '--no-progress', 'up', 's3://aws-cli/synced'), '', 'nothing left to do');
    await aws.done('s3', 'sync', '--no-progress', 's3://aws-cli/synced', 'down');
    assert.deepEqual(await fingerprint(file('down')), await fingerprint(file('up')));
  });
  await t.test('presign gives a link that works, and only for its time', async () => {
    const url = (await aws.done('s3', 'presign', 's3://aws-cli/folder/small ä+b.bin', '--expires-in', '600')).trim();
    const { host, pathname, search } = new URL(url);
    const ca = await readFile(tls.authority);
    const get = (target: string) => rawRequest({ origin: server.origin, method: 'GET', target, headers: { host }, ca });
    const got = await get(`${pathname}${search}`);
    assert.deepEqual([got.status, got.body.equals(small)], [200, true]);
    const later = `${pathname}${search.replace(/Expires=(\d+)/, 'Expires=1$1')}`;
    assert.equal((await get(later)).status, 403);
  });
  await t.test('errors are S3’s own', async () => {
    await aws.refused(/NoSuchBucket/, 's3', 'ls', 's3://no-such-bucket-here');
    await aws.refused(/404|Not Found/, 's3', 'cp', 's3://aws-cli/missing', 'missing');
    await aws.refused(/BucketNotEmpty/, 's3', 'rb', 's3://aws-cli');
    await aws.refused(/NotImplemented/, 's3api', 'get-bucket-website', '--bucket', 'aws-cli');
  });
  await t.test('rm removes one and all, rb removes the bucket', async () => {
    await aws.done('s3', 'rm', 's3://aws-cli/large.bin');
    await aws.done('s3', 'rm', '--recursive', '--quiet', 's3://aws-cli');
    assert.equal(await aws.done('s3', 'ls', '--recursive', 's3://aws-cli').catch(() => ''), '');
    await aws.done('s3', 'rb', 's3://aws-cli');
    assert.equal(await aws.done('s3', 'ls'), '');
  });
});

test('aws-cli over HTTP, path style', async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startClientServer();
  await using aws = await Cli.in(folder.path, server, { endpoint: server.origin, style: 'path' });
  const large = content(20 * MiB, 'large');
  await writeFile(join(folder.path, 'large.bin'), large);
  await t.test('puts, lists, gets, copies and deletes, in parts', async () => {
    await aws.done('s3', 'mb', 's3://plain');
    await aws.done('s3', 'cp', '--no-progress', 'large.bin', 's3://plain/large.bin');
    await aws.done('s3', 'cp', '--no-progress', 's3://plain/large.bin', 's3://plain/copy.bin');
    assert.match(await aws.done('s3', 'ls', 's3://plain/'), /20971520 copy\.bin[\s\S]*20971520 large\.bin/);
    await aws.done('s3', 'cp', '--no-progress', 's3://plain/copy.bin', 'back.bin');
    assert.ok((await readFile(join(folder.path, 'back.bin'))).equals(large));
    await aws.done('s3', 'rb', '--force', 's3://plain');
  });
  await t.test('versions are kept, listed and read one by one', async () => {
    const at = ['--bucket', 'versions'];
    await aws.done('s3', 'mb', 's3://versions');
    await aws.done('s3api', 'put-bucket-versioning', ...at, '--versioning-configuration', 'Status=Enabled');
    for (const body of ['one', 'two']) {
      await writeFile(join(folder.path, 'body'), body);
      await aws.done('s3', 'cp', 'body', 's3://versions/ä b');
    }
    await aws.done('s3', 'rm', 's3://versions/ä b');
    assert.equal(await aws.done('s3', 'ls', 's3://versions/').catch(() => ''), '');
    const list: Versions = JSON.parse(await aws.done('s3api', 'list-object-versions', ...at));
    assert.deepEqual([list.Versions.map((one) => one.IsLatest), list.DeleteMarkers.length], [[false, false], 1]);
    const first = list.Versions[1]?.VersionId ?? '';
    await aws.done('s3api', 'get-object', ...at, '--key', 'ä b', '--version-id', first, 'first');
    assert.equal(await readFile(join(folder.path, 'first'), 'utf8'), 'one');
  });
  await t.test('a streamed upload from standard input arrives whole', async () => {
    await aws.done('s3', 'mb', 's3://piped');
    const put = await run('sh', ['-c', `"${AWS}" s3 cp - s3://piped/stdin < large.bin`], {
      cwd: folder.path,
      env: {
        ...clientEnvironment(server, { endpoint: server.origin, style: 'path' }),
        AWS_ENDPOINT_URL: server.origin,
      },
    });
    assert.equal(put.code, 0, put.stderr);
    await aws.done('s3', 'cp', '--no-progress', 's3://piped/stdin', 'piped.bin');
    assert.ok((await readFile(join(folder.path, 'piped.bin'))).equals(large));
  });
});
