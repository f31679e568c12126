/** `moraine account add | list | show | remove` */

import { LOCAL } from '../admin/means.ts';
import type { AccessKey, Account } from '../model/entities.ts';
import { type Command, type Context, EXIT } from './command.ts';
import { columns, facts, json, time } from './print.ts';
import { collect, STORE_SETTINGS, withStore } from './store.ts';

const JSON_OPTION = { name: 'json', help: 'JSON instead of text.' };
const WHO = { name: 'ACCOUNT', required: true, help: 'Name or id of the account.' };

export const accountAdd: Command = {
  name: 'account add',
  summary: 'Adds an account. It can do nothing before it has a key: see `moraine key create`.',
  positionals: [{ name: 'NAME', required: true, help: 'Unique; shown as the owner’s name. 1 to 64 characters.' }],
  options: [
    { name: 'email', value: 'ADDRESS', help: 'Unique; lets others grant rights to it by e-mail.' },
    { name: 'operator', help: 'An operator’s account instead of a tenant’s.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const [name = ''] = input.positionals;
      const role = input.options.has('operator') ? 'operator' : 'tenant';
      const account = await admin.addAccount({ name, email: input.options.get('email'), role }, LOCAL);
      print(context, input.options, accountView(account), accountFacts(account));
      return EXIT.ok;
    }),
};

export const accountList: Command = {
  name: 'account list',
  summary: 'Lists all accounts, by name.',
  positionals: [],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const accounts = await collect(admin.accounts());
      const rows = accounts.map((one) => [
        one.name,
        one.role,
        one.state,
        one.email ?? '-',
        time(one.createdAt),
        one.id,
      ]);
      const heading = ['NAME', 'ROLE', 'STATE', 'E-MAIL', 'CREATED', 'ID'];
      print(context, input.options, accounts.map(accountView), columns(heading, rows));
      return EXIT.ok;
    }),
};

export const accountShow: Command = {
  name: 'account show',
  summary: 'Shows an account and its keys, without secrets.',
  positionals: [WHO],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const account = await admin.account(input.positionals[0] ?? '');
      const keys = await collect(admin.keys(account.id));
      const text = keys.length === 0 ? 'no keys\n' : keyTable(keys, new Map([[account.id, account.name]]));
      print(
        context,
        input.options,
        { ...accountView(account), keys: keys.map(keyView) },
        `${accountFacts(account)}\n${text}`,
      );
      return EXIT.ok;
    }),
};

export const accountRemove: Command = {
  name: 'account remove',
  summary: 'Removes an account and its keys. Refused while it owns buckets, and for the last operator.',
  positionals: [WHO],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const account = await admin.removeAccount(input.positionals[0] ?? '', LOCAL);
      print(context, input.options, accountView(account), `removed account ${account.name} and its keys\n`);
      return EXIT.ok;
    }),
};

/** JSON when asked for, else text. */
export function print(context: Context, options: ReadonlyMap<string, string>, value: unknown, text: string): void {
  context.out(options.has('json') ? json(value) : text);
}

/** A key as commands show it: never its secret, sealed or not. */
export function keyView(key: AccessKey) {
  const { sealedSecret: _, ...shown } = key;
  return { ...shown, createdAt: time(key.createdAt) };
}

/** `names`: account id → name. */
export function keyTable(keys: readonly AccessKey[], names: ReadonlyMap<string, string>): string {
  const rows = keys.map((key) => [
    key.accessKeyId,
    names.get(key.accountId) ?? key.accountId,
    key.state,
    key.allowV2 ? 'V2, V4' : 'V4',
    time(key.createdAt),
    key.label ?? '-',
  ]);
  return columns(['ACCESS KEY', 'ACCOUNT', 'STATE', 'SIGNATURES', 'CREATED', 'LABEL'], rows);
}

function accountView(account: Account) {
  const { passwordHash, sessionsFrom: _, ...shown } = account;
  return { ...shown, createdAt: time(account.createdAt), password: passwordHash !== undefined };
}

function accountFacts(account: Account): string {
  return facts([
    ['name', account.name],
    ['id', account.id],
    ['canonical id', account.canonicalId],
    ['role', account.role],
    ['state', account.state],
    ['e-mail', account.email],
    ['created', time(account.createdAt)],
  ]);
}
