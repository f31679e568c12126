/**
 * The settings of Moraine: one table. A setting's key in the file gives its environment variable and its flag
 * (`tls.key` → `MORAINE_TLS_KEY`, `--tls-key`), and `config.ts`, the help texts and docs/configuration.md come from it.
 * The kinds of values are in `settings/kinds.ts`, the settings of the Cassandra engine in `settings/cassandra.ts`.
 */

import { LOG_LEVELS } from './base/log.ts';
import { Secret } from './base/secret.ts';
import { accessKeyIdProblem, secretKeyProblem } from './model/credentials.ts';
import { CASSANDRA_SETTINGS } from './settings/cassandra.ts';
import {
  address,
  addressOrOff,
  at,
  basePath,
  count,
  drives,
  duration,
  hostName,
  list,
  network,
  oneOf,
  origin,
  path,
  region,
  type Setting,
  setting,
  size,
  text,
  whole,
  workers,
} from './settings/kinds.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const KiB = 1024;
const MiB = 1024 * KiB;

export const SETTINGS = Object.freeze({
  data: at('DIR', './data', 'Directory of the store. Made at first start, mode 0700.'),
  drive: {
    ...setting(
      '[[drive]]',
      drives,
      undefined,
      'Instead of `data`: `[[drive]]`, `path = "DIR"`, once for each disk. Each drive holds a whole copy of the store.',
    ),
    only: 'file' as const,
    path: true as const,
  },
  copies: {
    ...setting(
      'COUNT',
      whole(1, 8),
      undefined,
      'Copies of everything. As many as there are drives, which is the default: spreading fewer copies over more drives is not built.',
    ),
    only: 'file' as const,
  },
  'min-copies': {
    ...setting(
      'COUNT',
      whole(1, 8),
      undefined,
      'With several drives: copies below which nothing is written or acknowledged. So many drives must be lost together before anything acknowledged is. Default: 1 of two drives, 2 of more.',
    ),
    only: 'file' as const,
  },
  ...CASSANDRA_SETTINGS,
  listen: setting('HOST:PORT', address, ':9000', 'Where S3 is served. `:9000` means every interface.'),
  'console-listen': setting('HOST:PORT', addressOrOff, ':9001', 'Where the Console is served, or `off`.'),
  'console-base': setting(
    'PATH',
    basePath,
    '/',
    'Path below which the Console is reached behind a proxy: `/console/`. The proxy may take it away or leave it in the requests.',
  ),
  'metrics-listen': setting(
    'HOST:PORT',
    addressOrOff,
    '127.0.0.1:9002',
    'Where metrics (`/metrics`) and health (`/healthz`, `/readyz`) are served, or `off`. They are the operator’s: keep it private.',
  ),
  'host-names': setting(
    'NAME,…',
    list(hostName),
    'localhost',
    'Host names of S3. `BUCKET.NAME` addresses a bucket; every other host is addressed by path.',
  ),
  endpoint: setting(
    'URL',
    origin,
    undefined,
    'What clients are told to use, when it differs from the first host name and port: behind a proxy, for example.',
  ),
  region: setting(
    'REGION',
    region,
    'us-east-1',
    'The region clients sign with. Unconfigured clients sign with us-east-1.',
  ),
  'tls.certificate': at(
    'FILE',
    undefined,
    'PEM file: certificate and its chain. With `tls.key`, both ports speak HTTPS only.',
  ),
  'tls.key': at(
    'FILE',
    undefined,
    'PEM file: private key of the certificate. Both are read again when they change and on SIGHUP.',
  ),
  'audit-objects': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'on',
    'Whether deletions of objects and changes of their ACL, tags, retention and legal hold are told for thirty days, with who and from where (“who deleted it?”). Costs some 600 bytes for each until then.',
  ),
  sandbox: setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'on',
    'Whether browsers give objects an origin of their own (`Content-Security-Policy: sandbox`, `X-Content-Type-Options: nosniff`). Switch it off only where S3 and the Console have different host names: pages kept as objects then work as pages.',
  ),
  'access.block-public-acls': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'On every bucket, whatever its owner says: ACLs that grant to everybody or to all accounts are refused.',
  ),
  'access.ignore-public-acls': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'On every bucket: grants to everybody or to all accounts, also those there are, count for nothing.',
  ),
  'access.block-public-policy': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'On every bucket: policies that make it public are refused.',
  ),
  'access.restrict-public-buckets': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'On every bucket: a policy that makes it public admits only the account that owns the bucket.',
  ),
  'access.object-ownership': setting(
    'WHO',
    oneOf(['ObjectWriter', 'BucketOwnerPreferred', 'BucketOwnerEnforced'] as const),
    'ObjectWriter',
    'Who owns objects in buckets without ownership controls of their own: `ObjectWriter`, `BucketOwnerPreferred` or `BucketOwnerEnforced`, which also switches their ACLs off.',
  ),
  'console-origins': setting(
    'ORIGIN,…',
    list(origin),
    undefined,
    'Origins from which the Console is opened behind a proxy (`https://console.example.ch`). Every bucket admits them with CORS, and the port of `console-listen` under the name of S3 without being named.',
  ),
  workers: setting('COUNT', workers, 'auto', 'Processes that serve S3. `auto`: one per core.'),
  'master-key': at(
    'FILE',
    undefined,
    'File of 32 random bytes, mode 0600, that seals all secrets. Made at first start. Default: `master.key` in the data directory.',
  ),
  'former-master-keys': {
    ...setting(
      'FILE,…',
      list(path),
      undefined,
      'Master keys that were in use before `master-key`. They open what they sealed, and seal nothing new. `moraine master-key rewrap` makes them needless.',
    ),
    path: true as const,
  },
  'encryption.key-ring': at(
    'FILE',
    undefined,
    'Keys that `aws:kms` encrypts objects with, mode 0600, one on a line: id and 32 bytes as base64. The first is the default; of several with one id the first seals and the others open. Without it, `aws:kms` is refused.',
  ),
  'encryption.customer-keys-without-tls': setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'off',
    'Whether objects may be encrypted with customers’ keys (SSE-C) on connections without TLS, which show those keys to whoever listens.',
  ),
  'trusted-proxies': setting(
    'NETWORK,…',
    list(network),
    undefined,
    'Addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Default: none.',
  ),
  'log-level': setting('LEVEL', oneOf(LOG_LEVELS), 'info', `How much is logged: ${LOG_LEVELS.join(', ')}.`),
  'first-access-key': {
    ...setting(
      'ID',
      text('a valid access key id', (value) => (accessKeyIdProblem(value) === undefined ? value : undefined)),
      undefined,
      'At first start: the access key of account `operator`, instead of a random one. Later starts ignore it.',
    ),
    only: 'environment' as const,
  },
  'first-secret-key': {
    ...setting(
      'SECRET',
      text('8 to 128 printable ASCII characters without spaces', (value) =>
        secretKeyProblem(value) === undefined ? new Secret(value) : undefined,
      ),
      undefined,
      'At first start: the secret of that key. Both or neither.',
    ),
    only: 'environment' as const,
    secret: true as const,
  },
  'limits.connections': count('connections', [1, 1_000_000], 'Open connections, per process.'),
  'limits.buckets-per-account': count('bucketsPerAccount', [1, 1_000_000], 'Buckets one account may own.'),
  'limits.head-size': size('headBytes', [8 * KiB, 1 * MiB], 'Request line and headers together.'),
  'limits.head-timeout': duration('headTimeoutMs', [SECOND, HOUR], 'A request’s headers must be complete by then.'),
  'limits.idle-timeout': duration(
    'idleBodyTimeoutMs',
    [SECOND, HOUR],
    'A body or answer on which nothing moves is given up.',
  ),
  'limits.minimum-rate': size(
    'minBytesPerSecond',
    [0, 100 * MiB],
    'Per second; a slower body is given up, on average after the grace.',
  ),
  'limits.slow-grace': duration('slowBodyGraceMs', [SECOND, HOUR], 'How long a body may be slower than that.'),
  'limits.keep-alive': duration('keepAliveMs', [SECOND, HOUR], 'An idle connection is closed after this long.'),
  'limits.tls-handshake': duration(
    'tlsHandshakeMs',
    [SECOND, 10 * 60 * SECOND],
    'A TLS handshake must be complete by then.',
  ),
  'limits.stop': duration('stopMs', [0, HOUR], 'Graceful stop: requests in flight get this long.'),
  'limits.blob-grace': duration(
    'blobGraceMs',
    [60 * SECOND, 30 * 24 * HOUR],
    'Bytes nothing names any more are kept this long for their last readers.',
  ),
});

export type SettingKey = keyof typeof SETTINGS;
export type SettingValues = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T | undefined : never;
};
