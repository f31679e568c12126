/** From the configuration of a cluster to what the engine is given: the files that it names, read. */

import { readFile, stat } from 'node:fs/promises';
import { Secret } from '../base/secret.ts';
import type { CassandraConfig } from '../config/cassandra.ts';
import { type ClusterPlace, CommandError } from './command.ts';

type Password = Pick<CassandraConfig, 'user' | 'password' | 'passwordPath'>;

/** Throws `CommandError` that names the setting of a file that cannot be read. */
export async function clusterPlace(config: CassandraConfig, region: string): Promise<ClusterPlace> {
  const { contactPoints, dataCentre, regions, prefix, times, fewerCopies, user } = config;
  const password = await passwordOf(config);
  const tls = await tlsOf(config.tls);
  return Object.freeze({
    ...{ contactPoints, dataCentre, regions, prefix, times, fewerCopies, home: region },
    ...(user === undefined || password === undefined ? {} : { credentials: { user, password } }),
    ...(tls === undefined ? {} : { tls }),
  });
}

async function passwordOf({ password, passwordPath }: Password): Promise<Secret | undefined> {
  if (passwordPath === undefined) return password;
  const text = await read('cassandra.password-file', passwordPath);
  const { mode } = await stat(passwordPath);
  if ((mode & 0o077) !== 0)
    throw new CommandError(
      `cassandra.password-file ${passwordPath} may be read or changed by others: run chmod 600 ${passwordPath}`,
    );
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new CommandError(`cassandra.password-file ${passwordPath} has nothing on its first line`);
  return new Secret(line);
}

async function tlsOf(tls: CassandraConfig['tls']): Promise<ClusterPlace['tls']> {
  if (tls === undefined) return undefined;
  const { caPath, certificatePath, keyPath } = tls;
  return {
    ...(caPath === undefined ? {} : { ca: await read('cassandra.tls-ca', caPath) }),
    ...(certificatePath === undefined ? {} : { certificate: await read('cassandra.tls-certificate', certificatePath) }),
    ...(keyPath === undefined ? {} : { key: await read('cassandra.tls-key', keyPath) }),
  };
}

async function read(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(`${setting} ${path} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}
