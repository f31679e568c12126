/**
 * Configuration: one TOML file, `MORAINE_*` environment and flags become one frozen, typed object.
 *
 * Flags win over the environment, the environment over the file, the file over the defaults of `settings.ts`. Nothing
 * is ignored: an unknown or misspelt name is refused with the nearest one, and each error names setting, value, where it
 * came from and what is expected. All problems are reported at once. Secrets are never repeated.
 *
 * The only reader of the environment. Left out on purpose: a default place for the file (what is read is what was
 * named), and reloading while running.
 */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { type Address, formatAddress } from './base/address.ts';
import { LIMITS, type Limits } from './base/limits.ts';
import type { LogLevel } from './base/log.ts';
import { nearest } from './base/nearest.ts';
import type { Secret } from './base/secret.ts';
import { type CassandraConfig, cassandraOf, cassandraProblems } from './config/cassandra.ts';
import type { PlatformAccess } from './model/entities.ts';
import type { Setting } from './settings/kinds.ts';
import { SETTINGS, type SettingKey, type SettingValues } from './settings.ts';

export interface Config {
  /** The store's directory; of several drives the first. With `cassandra` without a meaning. */
  readonly dataPath: string;
  /** Undefined: one directory. */
  readonly drives: { readonly paths: readonly string[]; readonly minCopies: number } | undefined;
  /** The store is in a cluster. Undefined: on this machine. */
  readonly cassandra: CassandraConfig | undefined;
  readonly masterKeyPath: string;
  readonly formerMasterKeyPaths: readonly string[];
  /** Undefined: there is none. */
  readonly keyRingPath: string | undefined;
  readonly customerKeysWithoutTls: boolean;
  readonly listen: Address;
  readonly consoleListen: Address | undefined;
  /** With a slash at both ends. */
  readonly consoleBase: string;
  readonly metricsListen: Address | undefined;
  /** Lower case, without ports. */
  readonly hostNames: readonly string[];
  /** Origin without a slash at its end; undefined: what `endpointOf` makes of the rest. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined;
  readonly sandbox: boolean;
  readonly auditObjects: boolean;
  readonly access: PlatformAccess;
  readonly workers: number;
  /** IP addresses and networks. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  readonly limits: Limits;
  readonly first: { readonly accessKeyId: string; readonly secret: Secret } | undefined;
}

export interface Loaded {
  readonly config: Config;
  /** Each setting as text (secrets hidden) and where it came from, in the order of the table. */
  readonly explained: readonly ExplainedSetting[];
}
export interface ExplainedSetting {
  readonly key: SettingKey;
  readonly value: string | undefined;
  readonly origin: string;
}

export interface Sources {
  /** Flags given, by name without `--`; `config` names the file. Each must be known: the command line was checked. */
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of flags and environment start. */
  readonly directory: string;
}

/** Everything that is wrong, one line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export const SETTING_KEYS: readonly SettingKey[] = Object.freeze(Object.keys(SETTINGS).filter(isSettingKey));

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}
export const flagOf = (key: SettingKey): string => key.replaceAll('.', '-');
export const variableOf = (key: SettingKey): string => `MORAINE_${key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
/** `Setting` of any value: what help texts and documents need of it. */
export const settingOf = (key: SettingKey): Setting<unknown> => SETTINGS[key];

const CONFIG_VARIABLE = 'MORAINE_CONFIG';

/** The sources of a process: its own environment and directory. */
export function processSources(flags: ReadonlyMap<string, string>): Sources {
  return { flags, environment: process.env, directory: process.cwd() };
}

/** Reads all sources. Throws `ConfigError`. */
export function loadConfig(sources: Sources): Loaded {
  const problems: string[] = [];
  const given = new Map<SettingKey, Given>();
  const file = sources.flags.get('config') ?? sources.environment[CONFIG_VARIABLE];
  if (file !== undefined) readFile(resolve(sources.directory, file), given, problems);
  readEnvironment(sources, given, problems);
  for (const key of SETTING_KEYS) {
    const value = sources.flags.get(flagOf(key));
    if (value !== undefined) given.set(key, { value, origin: `--${flagOf(key)}`, directory: sources.directory });
  }
  const values = validate(given, sources.directory, problems);
  checkTogether(values, given, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({ config: configOf(values), explained: explain(values, given) });
}

// ----------------------------------------------------------------------------------------------------------- sources

interface Given {
  readonly value: unknown;
  readonly origin: string;
  readonly directory: string;
}

function readFile(path: string, given: Map<SettingKey, Given>, problems: string[]): void {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = parseToml(readFileSync(path, 'utf8'));
  } catch (error) {
    const where = error instanceof TomlError ? `, line ${error.line}, column ${error.column}` : '';
    const what = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    problems.push(`configuration file ${path}${where}: ${what}`);
    return;
  }
  for (const [key, value] of flatten(document, '')) {
    if (!isSettingKey(key) || settingOf(key).only === 'environment') {
      const usable = SETTING_KEYS.filter((known) => settingOf(known).only !== 'environment');
      const only = isSettingKey(key) ? `it can only be given as ${variableOf(key)}` : suggestion(key, usable);
      problems.push(`${key} (in ${path}) is not a setting of the file: ${only}`);
    } else {
      given.set(key, { value, origin: path, directory: dirname(path) });
    }
  }
}

/** `[tls] key = …` → `tls.key`. Arrays of tables stay whole, and so do tables that are a setting's value. */
function* flatten(table: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(table)) {
    const key = `${prefix}${name}`;
    const whole = isSettingKey(key) && settingOf(key).table === true;
    if (isTable(value) && !whole) yield* flatten(value, `${key}.`);
    else yield [key, value];
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function readEnvironment(sources: Sources, given: Map<SettingKey, Given>, problems: string[]): void {
  const keys = new Map(
    SETTING_KEYS.filter((key) => settingOf(key).only !== 'file').map((key) => [variableOf(key), key] as const),
  );
  for (const [variable, value] of Object.entries(sources.environment)) {
    if (!variable.startsWith('MORAINE_') || variable === CONFIG_VARIABLE || value === undefined) continue;
    const key = keys.get(variable);
    if (key === undefined) {
      problems.push(`${variable} (in the environment) is not known: ${suggestion(variable, keys.keys())}`);
    } else if (value === '') {
      problems.push(`${variable} (in the environment) is empty: give it a value or remove it`);
    } else {
      given.set(key, { value, origin: variable, directory: sources.directory });
    }
  }
}

function suggestion(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === undefined ? 'see `moraine config --help` for all of them' : `did you mean ${near}?`;
}

// -------------------------------------------------------------------------------------------------------- validation

function validate(given: ReadonlyMap<SettingKey, Given>, directory: string, problems: string[]): SettingValues {
  const values: Record<string, unknown> = {};
  for (const key of SETTING_KEYS) {
    const setting = settingOf(key);
    const source = given.get(key) ?? { value: setting.default, origin: 'default', directory };
    if (source.value === undefined) continue;
    const result = setting.schema.safeParse(source.value);
    if (!result.success) {
      const shown = setting.secret ? '' : ` = ${show(source.value)}`;
      const [issue] = result.error.issues;
      const where = (issue?.path ?? [])
        .map((part) => (typeof part === 'number' ? `entry ${part + 1} ` : `${String(part)} `))
        .join('');
      problems.push(`${key}${shown} (from ${source.origin}): ${where}${issue?.message ?? 'is not valid'}`);
    } else {
      values[key] = setting.path ? absolute(result.data, source.directory) : result.data;
    }
  }
  return values as SettingValues;
}

function absolute(path: unknown, directory: string): unknown {
  if (Array.isArray(path)) return path.map((one) => absolute(one, directory));
  return typeof path === 'string' ? resolve(directory, path) : path;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/** What no setting can say for itself. */
function checkTogether(values: SettingValues, given: ReadonlyMap<SettingKey, Given>, problems: string[]): void {
  const pairs = [
    ['tls.certificate', 'tls.key'],
    ['first-access-key', 'first-secret-key'],
  ] as const;
  for (const [a, b] of pairs) {
    const [has, lacks] = given.has(a) ? [a, b] : [b, a];
    if (given.has(has) && !given.has(lacks)) {
      const names = settingOf(has).only === 'environment' ? [variableOf(has), variableOf(lacks)] : [has, lacks];
      problems.push(`${names[0]} (from ${given.get(has)?.origin}) needs ${names[1]} beside it: give both or neither`);
    }
  }
  checkDrives(values, given, problems);
  if (given.has('drive') && given.has('data')) {
    problems.push(
      `data (from ${given.get('data')?.origin}) and drive (from ${given.get('drive')?.origin}) both say where the store is: give one`,
    );
  }
  problems.push(...cassandraProblems(values, (key) => given.get(key)?.origin));
  checkPorts(values, problems);
}

function checkDrives(values: SettingValues, given: ReadonlyMap<SettingKey, Given>, problems: string[]): void {
  const drives = values.drive ?? [];
  const count = Math.max(1, drives.length);
  if (new Set(drives).size < drives.length)
    problems.push('drive names one path twice: each drive is a disk of its own');
  if (values.copies !== undefined && values.copies !== count) {
    problems.push(
      `copies = ${values.copies} (from ${given.get('copies')?.origin}) with ${count} drive${count === 1 ? '' : 's'}: ` +
        'each drive holds a whole copy, so name as many drives as you want copies, or leave copies out',
    );
  }
  if ((values['min-copies'] ?? 1) > count) {
    problems.push(
      `min-copies = ${values['min-copies']} (from ${given.get('min-copies')?.origin}) is more than there are drives`,
    );
  }
  if (drives.length > 1 && !given.has('master-key')) {
    problems.push(
      'master-key is needed with several drives: on one of them it would be lost with that drive; name a file that is on none of them',
    );
  }
}

function checkPorts(values: SettingValues, problems: string[]): void {
  const seen = new Map<string, SettingKey>();
  for (const key of ['listen', 'console-listen', 'metrics-listen'] as const) {
    const address = values[key];
    if (address === undefined || address === 'off' || address.port === 0) continue;
    const text = formatAddress(address);
    const other = seen.get(text);
    if (other !== undefined) problems.push(`${other} and ${key} are both ${text}: each needs a port of its own`);
    seen.set(text, key);
  }
}

// ------------------------------------------------------------------------------------------------------------ result

function configOf(values: SettingValues): Config {
  const dataPath = values.drive?.[0] ?? need(values.data);
  const [certificatePath, keyPath] = [values['tls.certificate'], values['tls.key']];
  const [accessKeyId, secret] = [values['first-access-key'], values['first-secret-key']];
  const workers = values.workers ?? 'auto';
  return Object.freeze({
    dataPath,
    drives: drivesOf(values),
    cassandra: cassandraOf(values),
    masterKeyPath: values['master-key'] ?? join(dataPath, 'master.key'),
    formerMasterKeyPaths: Object.freeze([...(values['former-master-keys'] ?? [])]),
    keyRingPath: values['encryption.key-ring'],
    customerKeysWithoutTls: values['encryption.customer-keys-without-tls'] === 'on',
    listen: need(values.listen),
    consoleListen: addressOf(values['console-listen']),
    consoleBase: need(values['console-base']),
    metricsListen: addressOf(values['metrics-listen']),
    hostNames: Object.freeze([...(values['host-names'] ?? [])]),
    endpoint: values.endpoint,
    region: need(values.region),
    tls: certificatePath && keyPath ? Object.freeze({ certificatePath, keyPath }) : undefined,
    sandbox: need(values.sandbox) === 'on',
    auditObjects: need(values['audit-objects']) === 'on',
    access: accessOf(values),
    workers: workers === 'auto' ? availableParallelism() : workers,
    trustedProxies: Object.freeze([...(values['trusted-proxies'] ?? [])]),
    logLevel: need(values['log-level']),
    limits: limitsOf(values),
    first: accessKeyId && secret ? Object.freeze({ accessKeyId, secret }) : undefined,
  });
}

function accessOf(values: SettingValues): Config['access'] {
  return Object.freeze({
    publicAccessBlock: Object.freeze({
      blockPublicAcls: values['access.block-public-acls'] === 'on',
      ignorePublicAcls: values['access.ignore-public-acls'] === 'on',
      blockPublicPolicy: values['access.block-public-policy'] === 'on',
      restrictPublicBuckets: values['access.restrict-public-buckets'] === 'on',
    }),
    objectOwnership: need(values['access.object-ownership']),
    consoleOrigins: Object.freeze([...(values['console-origins'] ?? [])]),
    ownConsole: ownConsoleOf(values),
  });
}

/** With port 0 nobody knows yet which it is: `serve` says it. */
function ownConsoleOf(values: SettingValues): Config['access']['ownConsole'] {
  const address = addressOf(values['console-listen']);
  if (address === undefined) return undefined;
  return Object.freeze({ port: address.port, names: Object.freeze([...(values['host-names'] ?? [])]) });
}

function drivesOf(values: SettingValues): Config['drives'] {
  const paths = values.drive ?? [];
  if (paths.length < 2) return undefined;
  const minCopies = values['min-copies'] ?? Math.min(2, paths.length - 1);
  return Object.freeze({ paths: Object.freeze([...paths]), minCopies });
}

/** Settings with a default always have a value. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a setting with a default has no value');
  return value;
}

function addressOf(value: Address | 'off' | undefined): Address | undefined {
  return value === 'off' ? undefined : value;
}

function limitsOf(values: SettingValues): Limits {
  const limits: Record<keyof typeof LIMITS, number> = { ...LIMITS };
  for (const key of SETTING_KEYS) {
    const name = settingOf(key).limit;
    const value = values[key];
    if (name !== undefined && typeof value === 'number') limits[name] = value;
  }
  return Object.freeze(limits);
}

function explain(values: SettingValues, given: ReadonlyMap<SettingKey, Given>): readonly ExplainedSetting[] {
  return SETTING_KEYS.map((key) => {
    const setting = settingOf(key);
    const source = given.get(key);
    const raw = source?.value ?? setting.default;
    const resolved = setting.path ? values[key] : raw;
    const text = typeof resolved === 'string' || resolved === undefined ? resolved : show(resolved);
    const value = setting.secret && text !== undefined ? '(set)' : text;
    return Object.freeze({ key, value, origin: source?.origin ?? 'default' });
  });
}

/** Where clients reach S3: as configured, or from TLS, host names and the port that is listened on. */
export function endpointOf(config: Config, port: number = config.listen.port): string {
  if (config.endpoint !== undefined) return config.endpoint;
  const scheme = config.tls === undefined ? 'http' : 'https';
  const listening = config.listen.host;
  const wildcard = listening === undefined || listening === '0.0.0.0' || listening === '::';
  const [name = 'localhost'] = config.hostNames;
  const host =
    name === 'localhost' && !wildcard ? formatAddress({ host: listening, port }) : formatAddress({ host: name, port });
  const usual = port === (scheme === 'https' ? 443 : 80);
  return `${scheme}://${usual ? host.slice(0, host.lastIndexOf(':')) : host}`;
}
