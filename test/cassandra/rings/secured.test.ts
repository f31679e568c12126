/**
 * A node that wants TLS and a password: `moraine` uses it as it is told to, and says what is wrong where it is told wrong.
 * The role has the rights that docs/cluster.md names, and no others.
 */

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clientOf } from '../../../scripts/cassandra/node.ts';
import { type Ring, startRing } from '../../../scripts/cassandra/ring.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { moraine, startServer, succeed } from '../../support/processes.ts';
import { signedRequest, targetOf } from '../../support/signer.ts';

const KEYSTORE_PASSWORD = 'of the keystore';
const PASSWORD = "it's secret";
/** As docs/cluster.md has them. */
const ROLES = [
  `CREATE ROLE IF NOT EXISTS moraine WITH LOGIN = true AND PASSWORD = '${PASSWORD.replaceAll("'", "''")}'`,
  'GRANT CREATE ON ALL KEYSPACES TO moraine',
  `CREATE ROLE IF NOT EXISTS nobody WITH LOGIN = true AND PASSWORD = '${PASSWORD.replaceAll("'", "''")}'`,
];

let ring: Ring;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moraine-secured-'));
  const made = await makeCertificates(folder, ['127.0.0.1', 'localhost']);
  const keystore = join(folder, 'nodes.p12');
  const files = ['-in', made.certificate, '-inkey', made.key, '-out', keystore];
  await succeed('openssl', ['pkcs12', '-export', ...files, '-passout', `pass:${KEYSTORE_PASSWORD}`]);
  ring = await startRing({ brief: true, security: { keystore, keystorePassword: KEYSTORE_PASSWORD } });
  const [node] = ring.nodes;
  assert(node !== undefined);
  const client = clientOf(node, true);
  try {
    await client.connect();
    for (const statement of ROLES) await client.execute(statement);
  } finally {
    await client.shutdown();
  }
  await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
  await chmod(join(folder, 'password'), 0o600);
});

after(async () => {
  await ring?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const RIGHT: Readonly<Record<string, string>> = {
  user: 'moraine',
  'password-file': 'password',
  tls: 'on',
  'tls-ca': 'ca.pem',
};

/** A configuration with `settings` of the cluster in place of the right ones; undefined leaves one out. */
async function configOf(name: string, settings: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const path = join(folder, `${name}.toml`);
  const lines = Object.entries({ ...RIGHT, ...settings }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = "${value}"`],
  );
  const [node] = ring.nodes;
  await writeFile(
    path,
    [
      'master-key = "master.key"',
      '[cassandra]',
      `contact-points = ["${node?.address}:${node?.port}"]`,
      `data-centre = "${node?.dataCentre}"`,
      'fewer-copies = "i-accept-data-loss"',
      ...lines,
    ].join('\n'),
  );
  return path;
}

test('with a role, its password file and the authority of the nodes it makes a store and serves it', async () => {
  const config = await configOf('right');
  const made = await moraine(['cassandra', 'init', '--config', config]);
  assert.equal(made.code, 0, made.stderr);
  await using server = await startServer({ config, workers: 1 });
  const { origin, accessKey, secretKey } = server;
  const send = (method: string, target: string, body?: Buffer) =>
    signedRequest({
      origin,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      method,
      target,
      ...(body && { body }),
    });
  assert.equal((await send('PUT', targetOf('secured'))).status, 200);
  assert.equal((await send('PUT', targetOf('secured', 'k'), Buffer.from('bytes'))).status, 200);
  assert.equal((await send('GET', targetOf('secured', 'k'))).body.toString(), 'bytes');
});

/** What is told wrong → what the operator reads. */
const WRONG: Readonly<Record<string, readonly [Readonly<Record<string, string | undefined>>, RegExp]>> = {
  'the wrong password': [{ 'password-file': 'other' }, /refused cassandra\.user or its password/],
  'no password': [{ user: undefined, 'password-file': undefined }, /refused cassandra\.user or its password/],
  'no TLS': [{ tls: undefined, 'tls-ca': undefined }, /cannot be reached .*cassandra\.tls/],
  'another authority': [{ 'tls-ca': 'other.pem' }, /cannot be reached .*certificate/],
  'a role without rights': [{ user: 'nobody' }, /cassandra\.user lacks rights/],
};

for (const [what, [settings, words]] of Object.entries(WRONG)) {
  test(`${what} is told as what it is`, async () => {
    await writeFile(join(folder, 'other'), 'something else\n');
    await chmod(join(folder, 'other'), 0o600);
    const elsewhere = await mkdtemp(join(folder, 'other-'));
    const { authority: other } = await makeCertificates(elsewhere, ['127.0.0.1']);
    await succeed('cp', [other, join(folder, 'other.pem')]);
    const done = await moraine(['cassandra', 'init', '--config', await configOf('wrong', settings)]);
    assert.notEqual(done.code, 0);
    assert.match(done.stderr, words);
    assert(!done.stderr.includes(PASSWORD));
  });
}
