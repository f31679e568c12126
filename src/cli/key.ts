/** `moraine key create | list | revoke` */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LOCAL } from '../admin/means.ts';
import type { Credentials } from '../admin/types.ts';
import { Secret } from '../base/secret.ts';
import { keyTable, keyView, print } from './account.ts';
import { type Command, type Context, EXIT, type Input, UsageError } from './command.ts';
import { facts } from './print.ts';
import { collect, STORE_SETTINGS, withStore } from './store.ts';

const JSON_OPTION = { name: 'json', help: 'JSON instead of text.' };

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Makes an access key for an account and prints its secret.',
  details:
    'An existing key of another store can be kept: --access-key names it and --secret-key-file says where its secret is. A secret is never taken from the command line, where other users of the machine could read it.',
  positionals: [{ name: 'ACCOUNT', required: true, help: 'Name or id of the account.' }],
  options: [
    { name: 'label', value: 'TEXT', help: 'What it is for, up to 64 characters.' },
    { name: 'v4-only', help: 'Refuse signature V2 with this key.' },
    { name: 'access-key', value: 'ID', help: 'Import this access key instead of making one.' },
    { name: 'secret-key-file', value: 'FILE', help: 'File with the secret to import; - reads standard input.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: async (context, input) => {
    const imported = await importedCredentials(context, input);
    return withStore(context, input, async ({ admin }) => {
      const account = await admin.account(input.positionals[0] ?? '');
      const draft = { label: input.options.get('label'), allowV2: !input.options.has('v4-only'), imported };
      const { key, secret } = await admin.createKey(account, draft, LOCAL);
      const shown = imported === undefined ? secret.reveal() : undefined;
      const text = facts([
        ['account', account.name],
        ['access key', key.accessKeyId],
        ['secret key', shown],
        ['label', key.label],
      ]);
      print(context, input.options, { ...keyView(key), secretKey: shown }, text);
      return EXIT.ok;
    });
  },
};

export const keyList: Command = {
  name: 'key list',
  summary: 'Lists the access keys of an account, or of all, without secrets.',
  positionals: [{ name: 'ACCOUNT', required: false, help: 'Name or id of the account. Default: all accounts.' }],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const [name] = input.positionals;
      const account = name === undefined ? undefined : await admin.account(name);
      const accounts = account === undefined ? await collect(admin.accounts()) : [account];
      const keys = await collect(admin.keys(account?.id));
      const names = new Map(accounts.map((one) => [one.id, one.name]));
      const view = keys.map((key) => ({ ...keyView(key), account: names.get(key.accountId) }));
      print(context, input.options, view, keyTable(keys, names));
      return EXIT.ok;
    }),
};

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'Revokes an access key, for good: its next request is refused, on every process.',
  positionals: [{ name: 'ACCESS-KEY', required: true, help: 'The access key id.' }],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const key = await admin.revokeKey(input.positionals[0] ?? '', LOCAL);
      print(context, input.options, keyView(key), `revoked ${key.accessKeyId}\n`);
      return EXIT.ok;
    }),
};

async function importedCredentials(context: Context, input: Input): Promise<Credentials | undefined> {
  const accessKeyId = input.options.get('access-key');
  const file = input.options.get('secret-key-file');
  if (accessKeyId === undefined && file === undefined) return undefined;
  if (accessKeyId === undefined || file === undefined) {
    throw new UsageError('--access-key and --secret-key-file belong together: give both or neither');
  }
  const text = file === '-' ? await context.stdin() : await readFile(resolve(input.sources.directory, file), 'utf8');
  return { accessKeyId, secret: new Secret(text.replace(/\r?\n$/, '')) };
}
