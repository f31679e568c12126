/** Listening, with errors that name the setting and the remedy. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Address, formatAddress } from '../base/address.ts';
import { flagOf } from '../config.ts';
import type { SettingKey } from '../settings.ts';
import { CommandError } from './command.ts';

type ListenSetting = Extract<SettingKey, 'listen' | 'console-listen' | 'metrics-listen'>;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program is using this port'],
  ['EACCES', 'this user may not listen on this port'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'this name has no address'],
  ['EAI_AGAIN', 'this name has no address'],
]);

/** What `start` resolves to. Throws `CommandError` when it could not listen on `address`. */
export async function listening<T>(setting: ListenSetting, address: Address, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? REASONS.get(String(error.code)) : undefined;
    if (reason === undefined) throw error;
    throw new CommandError(
      `cannot listen on ${formatAddress(address)}: ${reason}: choose another with --${flagOf(setting)} HOST:PORT`,
    );
  }
}

/** Whether the address is free, by taking it for a moment: asked before anything is made that a failed start would leave. */
export async function mustBeFree(setting: ListenSetting, address: Address): Promise<void> {
  if (address.port === 0) return;
  await listening(setting, address, async () => {
    const server = createServer();
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  });
}
