/**
 * The settings of Moraine: one table. A setting's key in the file gives its environment variable and its flag
 * (`tls.key` → `MORAINE_TLS_KEY`, `--tls-key`), and `config.ts`, the help texts and docs/configuration.md come from it.
 *
 * Above the table are the kinds of values: each takes text (environment, flags) and the TOML value, and says what it
 * expects as the end of a sentence, so that an error message is also the remedy.
 */

import { isIP } from 'node:net';
import { z } from 'zod';
import { parseAddress } from './base/address.ts';
import { LIMITS } from './base/limits.ts';
import { LOG_LEVELS } from './base/log.ts';
import { Secret } from './base/secret.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './base/units.ts';
import { accessKeyIdProblem, secretKeyProblem } from './model/credentials.ts';

// ------------------------------------------------------------------------------------------------------ kinds of values

/** A value written as text, the same in file, environment and flag. `expects` ends the sentence "must be …". */
function text<T>(expects: string, read: (text: string) => T | undefined) {
  return z.string({ error: `must be ${expects}, in quotes` }).transform((value, context) => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `must be ${expects}` });
    return z.NEVER;
  });
}

function oneOf<const T extends readonly string[]>(values: T) {
  return text<T[number]>(`one of ${values.join(', ')}`, (value) => values.find((known) => known === value));
}

function list<T>(item: z.ZodType<T, string>) {
  const split = z.string().transform((value) => value.split(',').map((part) => part.trim()));
  return z.union([z.array(z.string()), split], { error: 'must be a list of texts' }).pipe(z.array(item).max(100));
}

function whole(min: number, max: number) {
  const expects = `must be a whole number from ${min} to ${max}`;
  const fromText = z.string().regex(/^[0-9]{1,15}$/, expects);
  return z
    .union([z.int(), fromText.transform(Number)], { error: expects })
    .refine((value) => value >= min && value <= max, { error: expects });
}

function measured(what: readonly [string, string], range: readonly [number, number], units: Units) {
  const [from, to] = [units.format(range[0]), units.format(range[1])];
  return text(`a ${what[0]} from ${from} to ${to} with its unit, for example ${what[1]}`, (value) => {
    const amount = units.parse(value);
    return amount !== undefined && amount >= range[0] && amount <= range[1] ? amount : undefined;
  });
}
interface Units {
  readonly parse: (text: string) => number | undefined;
  readonly format: (value: number) => string;
}

const path = text('a path', (value) => (value === '' || value.includes('\0') ? undefined : value));
const drives = z
  .array(z.strictObject({ path }), { error: 'must be written as [[drive]] with path = "DIR"' })
  .min(1, 'must name at least one')
  .max(8, 'must name at most eight')
  .transform((tables) => tables.map((table) => table.path));
const address = text('HOST:PORT, for example 127.0.0.1:9000 (:9000 means every interface)', parseAddress);
const addressOrOff = text('HOST:PORT, for example 127.0.0.1:9001, or off', (value) =>
  value === 'off' ? ('off' as const) : parseAddress(value),
);
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const hostName = text('a bare host name, for example s3.example.org (no scheme, no port, no bucket)', (value) => {
  const name = value.toLowerCase();
  return HOST_NAME.test(name) && isIP(name) === 0 ? name : undefined;
});
const origin = text(
  'http:// or https://, a host name and perhaps a port, for example https://s3.example.org',
  (value) => {
    const match = /^(https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?)\/?$/.exec(value);
    return match?.[1]?.toLowerCase();
  },
);
const region = text('1 to 63 characters of a-z, 0-9 and "-", for example us-east-1', (value) =>
  /^[a-z0-9-]{1,63}$/.test(value) ? value : undefined,
);
const network = text('an IP address or a network, for example 10.0.0.0/8', (value) =>
  networkProblem(value) ? undefined : value,
);
const workers = z.union([z.literal('auto'), whole(1, 256)], { error: 'must be auto or a whole number from 1 to 256' });

function networkProblem(value: string): boolean {
  const [ip = '', bits, ...rest] = value.split('/');
  const family = isIP(ip);
  if (family === 0 || rest.length > 0) return true;
  return bits !== undefined && !(/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

// ------------------------------------------------------------------------------------------------------------ the table

export interface Setting<T> {
  /** Takes text from flags and environment, and the TOML value from the file. */
  readonly schema: z.ZodType<T>;
  /** As text; undefined: unset. */
  readonly default: string | undefined;
  /** What stands for the value in help texts. */
  readonly value: string;
  readonly help: string;
  /** Where it may be given, when not everywhere. */
  readonly only?: 'environment' | 'file';
  /** Relative paths in the file start at the file's folder, others at the current one. */
  readonly path?: true;
  readonly secret?: true;
  /** The entry of `base/limits.ts` that it changes. */
  readonly limit?: LimitName;
}

function setting<T>(value: string, schema: z.ZodType<T>, fallback: string | undefined, help: string): Setting<T> {
  return Object.freeze({ value, schema, default: fallback, help });
}
const at = (value: string, fallback: string | undefined, help: string): Setting<string> =>
  Object.freeze({ ...setting(value, path, fallback, help), path: true as const });

type LimitName = keyof typeof LIMITS;
function duration(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  const units = { parse: parseDuration, format: formatDuration };
  const schema = measured(['duration', '30s'], range, units);
  return Object.freeze({ ...setting('DURATION', schema, formatDuration(LIMITS[name]), help), limit: name });
}
function size(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  const units = { parse: parseSize, format: formatSize };
  const schema = measured(['size', '64KiB'], range, units);
  return Object.freeze({ ...setting('SIZE', schema, formatSize(LIMITS[name]), help), limit: name });
}
function count(name: LimitName, range: readonly [number, number], help: string): Setting<number> {
  return Object.freeze({ ...setting('COUNT', whole(...range), String(LIMITS[name]), help), limit: name });
}

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
  listen: setting('HOST:PORT', address, ':9000', 'Where S3 is served. `:9000` means every interface.'),
  'console-listen': setting('HOST:PORT', addressOrOff, ':9001', 'Where the Console is served, or `off`.'),
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
  sandbox: setting(
    'on|off',
    oneOf(['on', 'off'] as const),
    'on',
    'Whether browsers give objects an origin of their own (`Content-Security-Policy: sandbox`, `X-Content-Type-Options: nosniff`). Switch it off only where S3 and the Console have different host names: pages kept as objects then work as pages.',
  ),
  workers: setting('COUNT', workers, 'auto', 'Processes that serve S3. `auto`: one per core.'),
  'master-key': at(
    'FILE',
    undefined,
    'File of 32 random bytes, mode 0600, that seals all secrets. Made at first start. Default: `master.key` in the data directory.',
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
