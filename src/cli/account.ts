/** `moraine account add | list | show | set | suspend | resume | passwd | end-sessions | remove` */

import { LOCAL } from '../admin/means.ts';
import type { AccountChange } from '../admin/types.ts';
import { Secret } from '../base/secret.ts';
import type { Account } from '../model/entities.ts';
import { type Command, CommandError, type Context, EXIT, UsageError } from './command.ts';
import { keyTable, keyView, lookAt } from './key-view.ts';
import { columns, facts, print, time } from './print.ts';
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
      const seen = await lookAt(admin, [account], keys, context.clock.now());
      const text = keys.length === 0 ? 'no keys\n' : keyTable(keys, seen);
      const view = { ...accountView(account), keys: keys.map((key) => keyView(key, seen)) };
      print(context, input.options, view, `${accountFacts(account)}\n${text}`);
      return EXIT.ok;
    }),
};

export const accountSet: Command = {
  name: 'account set',
  summary: 'Changes name, e-mail or role of an account. What it owns and its keys stay.',
  positionals: [WHO],
  options: [
    { name: 'name', value: 'NAME', help: 'Another name.' },
    { name: 'email', value: 'ADDRESS', help: 'Another e-mail address.' },
    { name: 'no-email', help: 'No e-mail address.' },
    { name: 'role', value: 'ROLE', help: 'operator or tenant.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: (context, { positionals: [who = ''], options, ...input }) => {
    const role = options.get('role');
    if (role !== undefined && role !== 'operator' && role !== 'tenant') {
      throw new UsageError(`--role ${JSON.stringify(role)} is neither operator nor tenant`);
    }
    if (options.has('email') && options.has('no-email')) throw new UsageError('give --email or --no-email, not both');
    const email = options.has('no-email') ? null : options.get('email');
    const change: AccountChange = { name: options.get('name'), email, role };
    if (Object.values(change).every((value) => value === undefined)) {
      throw new UsageError('nothing to change: give --name, --email, --no-email or --role');
    }
    return withStore(context, { ...input, options, positionals: [who] }, async ({ admin }) => {
      const account = await admin.changeAccount(who, change, LOCAL);
      print(context, options, accountView(account), accountFacts(account));
      return EXIT.ok;
    });
  },
};

/** A command that changes an account and says so. */
function changing(
  words: Pick<Command, 'name' | 'summary'> & { readonly done: (name: string) => string },
  change: (admin: Parameters<Parameters<typeof withStore>[2]>[0]['admin'], who: string) => Promise<Account>,
): Command {
  return {
    name: words.name,
    summary: words.summary,
    positionals: [WHO],
    options: [JSON_OPTION],
    settings: STORE_SETTINGS,
    run: (context, input) =>
      withStore(context, input, async ({ admin }) => {
        const account = await change(admin, input.positionals[0] ?? '');
        print(context, input.options, accountView(account), `${words.done(account.name)}\n`);
        return EXIT.ok;
      }),
  };
}

export const accountSuspend = changing(
  {
    name: 'account suspend',
    summary: 'Refuses all requests of an account, from the next one on, on every process. What it stores stays.',
    done: (name) => `suspended ${name}: its keys are refused, and its sessions are over`,
  },
  (admin, who) => admin.changeAccount(who, { state: 'suspended' }, LOCAL),
);

export const accountResume = changing(
  {
    name: 'account resume',
    summary: 'Lets a suspended account go on, with its keys and password. Sessions of before stay over.',
    done: (name) => `resumed ${name}`,
  },
  (admin, who) => admin.changeAccount(who, { state: 'active' }, LOCAL),
);

export const accountEndSessions = changing(
  {
    name: 'account end-sessions',
    summary: 'Ends all sessions and temporary keys of an account. Its keys and password stay.',
    done: (name) => `ended all sessions and temporary keys of ${name}`,
  },
  (admin, who) => admin.endSessions(who, LOCAL),
);

export const accountRemove = changing(
  {
    name: 'account remove',
    summary: 'Removes an account and its keys. Refused while it owns buckets, and for the last operator.',
    done: (name) => `removed account ${name} and its keys`,
  },
  (admin, who) => admin.removeAccount(who, LOCAL),
);

export const accountPasswd: Command = {
  name: 'account passwd',
  summary: 'Sets the password with which an account signs in to the Console, and ends its sessions.',
  details:
    'The password is asked for, or read from standard input when that is no terminal. It is never taken from the command line, where other users of the machine could read it.',
  positionals: [WHO],
  options: [{ name: 'remove', help: 'No password: nobody signs in with this account.' }, JSON_OPTION],
  settings: STORE_SETTINGS,
  run: async (context, input) => {
    const removing = input.options.has('remove');
    const password = removing ? undefined : await askPassword(context);
    return withStore(context, input, async ({ admin }) => {
      const account = await admin.setPassword(input.positionals[0] ?? '', password, LOCAL);
      const text = `${account.name} has ${removing ? 'no password' : 'a new password'}, and its sessions are over\n`;
      print(context, input.options, accountView(account), text);
      return EXIT.ok;
    });
  },
};

async function askPassword(context: Context): Promise<Secret> {
  const typed = await context.askSecret('New password: ');
  if (typed === undefined) return new Secret((await context.stdin()).replace(/\r?\n$/, ''));
  if (typed !== (await context.askSecret('The same again: '))) {
    throw new CommandError('the two are not the same: nothing was changed');
  }
  return new Secret(typed);
}

function accountView(account: Account) {
  const { passwordHash, sessionsFrom: _from, endedSessions: _ended, ...shown } = account;
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
    ['password', account.passwordHash === undefined ? 'none' : 'set'],
    ['created', time(account.createdAt)],
  ]);
}
