/** Opening the store for a command: configuration, engine, master key, admin; closed again whatever happens. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdmin } from '../admin/admin.ts';
import { type MasterKeyOptions, openSealer } from '../admin/masterkey.ts';
import type { Admin } from '../admin/types.ts';
import type { Sealer } from '../base/seal.ts';
import { type Config, loadConfig, SETTING_KEYS } from '../config.ts';
import type { SettingKey } from '../settings.ts';
import type { Engine, Rows } from '../store/port.ts';
import { clusterPlace } from './cluster.ts';
import { CommandError, type Context, type EngineOptions, type Input } from './command.ts';

/** Settings of a store in a cluster. */
export const CLUSTER_SETTINGS: readonly SettingKey[] = Object.freeze([
  'region',
  ...SETTING_KEYS.filter((key) => key.startsWith('cassandra.')),
]);
/** Settings of every command that opens the store. */
export const STORE_SETTINGS: readonly SettingKey[] = Object.freeze([
  'data',
  'drive',
  'copies',
  'min-copies',
  'master-key',
  'former-master-keys',
  ...CLUSTER_SETTINGS,
]);

export interface Store {
  readonly config: Config;
  readonly engine: Engine;
  readonly admin: Admin;
  readonly sealer: Sealer;
}

/** Works beside a running server. Refuses to make a store: a mistyped path must not become one. */
export async function withStore<T>(context: Context, input: Input, use: (store: Store) => Promise<T>): Promise<T> {
  const { config } = loadConfig(input.sources);
  return withEngine(context, config, async (engine) => {
    const { clock, random } = context;
    const sealer = await sealerOf(config, engine.rows, { random, create: false });
    const admin = createAdmin({ rows: engine.rows, sealer, clock, random, limits: config.limits });
    return use({ config, engine, admin, sealer });
  });
}

/** The master key that the configuration names, and its former ones. Throws `MasterKeyError`. */
export const sealerOf = (
  { masterKeyPath, formerMasterKeyPaths: former }: Config,
  rows: Rows,
  options: Omit<MasterKeyOptions, 'former'>,
): Promise<Sealer> => openSealer(rows, masterKeyPath, { ...options, former });

/** Without the master key: for what needs no secret. */
export async function withEngine<T>(
  context: Context,
  config: Config,
  use: (engine: Engine) => Promise<T>,
  how: { readonly readOnly?: boolean; readonly giveUp?: readonly string[] } = {},
): Promise<T> {
  await mustExist(config);
  const { clock, random } = context;
  const { readOnly = false, giveUp = [] } = how;
  const engine = await openEngine(context, {
    ...(await placeOf(config, giveUp)),
    limits: config.limits,
    clock,
    random,
    readOnly,
    // A server did that.
    selfTest: false,
  });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** Where the engine finds its store. Throws `CommandError` for a file that it needs and that cannot be read. */
export async function placeOf(
  config: Config,
  giveUp: readonly string[] = [],
): Promise<Pick<EngineOptions, 'path' | 'drives' | 'cassandra'>> {
  const { dataPath: path, drives, cassandra } = config;
  if (cassandra !== undefined) return { path, cassandra: await clusterPlace(cassandra, config.region) };
  return drives === undefined ? { path } : { path, drives: { ...drives, giveUp } };
}

/** The store in words, for messages. */
export function storeName({ dataPath, drives, cassandra }: Config): string {
  if (cassandra !== undefined)
    return `store "${cassandra.prefix}" in the cluster at ${cassandra.contactPoints.join(', ')}`;
  return drives?.paths.join(', ') ?? dataPath;
}

export async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** Opens or makes a store. Throws `CommandError` when the engine says that it cannot be used. */
export async function openEngine(context: Context, options: EngineOptions): Promise<Engine> {
  try {
    return await context.openEngine(options);
  } catch (error) {
    // Subclasses are mistakes of ours (TypeError and its like) or errors that are known further up.
    if (error instanceof Error && error.constructor === Error) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/** The file that marks a store of ours, or a drive of one: its engine writes it first. */
const LABEL = 'store.json';
const DRIVE_LABEL = 'drive.json';

async function mustExist({ dataPath, drives, cassandra }: Config): Promise<void> {
  // The engine never makes one: `moraine cassandra init` does.
  if (cassandra !== undefined) return;
  if (drives === undefined) {
    if (await exists(join(dataPath, LABEL))) return;
    throw new CommandError(
      `there is no store in ${dataPath}: name its directory with --data, or start the server once to make one`,
    );
  }
  for (const path of drives.paths) if (await exists(join(path, DRIVE_LABEL))) return;
  throw new CommandError(`there is no store in ${drives.paths.join(', ')}: start the server once to make one`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return false;
  }
}
