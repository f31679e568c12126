/** `moraine key create | list | set | rotate | revoke` */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LOCAL } from '../admin/means.ts';
import type { Credentials, KeyChange, KeyWithSecret } from '../admin/types.ts';
import { Secret } from '../base/secret.ts';
import { type Command, type Context, EXIT, type Input, UsageError } from './command.ts';
import { keyFacts, keyTable, keyView, lookAt } from './key-view.ts';
import { facts, print, time } from './print.ts';
import { durationOf, endOf, SCOPE_OPTIONS, scopeOf } from './scope-options.ts';
import { collect, STORE_SETTINGS, withStore } from './store.ts';

const JSON_OPTION = { name: 'json', help: 'JSON instead of text.' };
const WHICH = { name: 'ACCESS-KEY', required: true, help: 'The access key id.' };

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Makes an access key for an account and prints its secret.',
  details:
    'Without a scope it may do all that its account may.\nAn existing key of another store can be kept: --access-key names it and --secret-key-file says where its secret is. A secret is never taken from the command line, where other users of the machine could read it.',
  positionals: [{ name: 'ACCOUNT', required: true, help: 'Name or id of the account.' }],
  options: [
    { name: 'label', value: 'TEXT', help: 'What it is for, up to 64 characters.' },
    ...SCOPE_OPTIONS,
    { name: 'expires', value: 'DURATION', help: 'Refuse it after so long (30d). Default: never.' },
    { name: 'no-v2', help: 'Refuse signature V2 with this key.' },
    { name: 'access-key', value: 'ID', help: 'Import this access key instead of making one.' },
    { name: 'secret-key-file', value: 'FILE', help: 'File with the secret to import; - reads standard input.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: async (context, input) => {
    const { options } = input;
    const scope = scopeOf(input);
    const expires = options.get('expires');
    const expiresAt = expires === undefined ? undefined : endOf(expires, context.clock);
    const imported = await importedCredentials(context, input);
    return withStore(context, input, async ({ admin }) => {
      const account = await admin.account(input.positionals[0] ?? '');
      const allowV2 = !options.has('no-v2');
      const draft = { label: options.get('label'), allowV2, scope, expiresAt, imported };
      const made = await admin.createKey(account, draft, LOCAL);
      printMade(context, input, made, { account: account.name, showSecret: imported === undefined });
      return EXIT.ok;
    });
  },
};

export const keyList: Command = {
  name: 'key list',
  summary: 'Lists the access keys of an account, or of all: state, last use and what they may, without secrets.',
  details: 'Last uses are noted once a minute: the newest may be missing.',
  positionals: [{ name: 'ACCOUNT', required: false, help: 'Name or id of the account. Default: all accounts.' }],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const [name] = input.positionals;
      const account = name === undefined ? undefined : await admin.account(name);
      const accounts = account === undefined ? await collect(admin.accounts()) : [account];
      const keys = await collect(admin.keys(account?.id));
      const seen = await lookAt(admin, accounts, keys, context.clock.now());
      const view = keys.map((key) => keyView(key, seen));
      print(context, input.options, view, keyTable(keys, seen));
      return EXIT.ok;
    }),
};

export const keySet: Command = {
  name: 'key set',
  summary: 'Changes label, scope, end or signatures of an access key, from its next request on, on every process.',
  details: 'Scope options replace the whole scope.',
  positionals: [WHICH],
  options: [
    { name: 'label', value: 'TEXT', help: 'What it is for, up to 64 characters.' },
    { name: 'no-label', help: 'No label.' },
    ...SCOPE_OPTIONS,
    { name: 'no-scope', help: 'All that its account may do.' },
    { name: 'expires', value: 'DURATION', help: 'Refuse it after so long (30d), or never.' },
    { name: 'v2', help: 'Allow signature V2 with this key.' },
    { name: 'no-v2', help: 'Refuse signature V2 with this key.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const change = changeOf(context, input);
    return withStore(context, input, async ({ admin }) => {
      const key = await admin.changeKey(input.positionals[0] ?? '', change, LOCAL);
      print(context, input.options, keyView(key), facts([['access key', key.accessKeyId], ...keyFacts(key)]));
      return EXIT.ok;
    });
  },
};

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'Makes a successor like an access key and prints its secret; the old key ends after the overlap.',
  details: 'A key that expires gets a successor that lives as long as it was made to live.',
  positionals: [WHICH],
  options: [
    { name: 'overlap', value: 'DURATION', help: 'How long both may be used (7d); 0s ends the old one at once.' },
    JSON_OPTION,
  ],
  settings: STORE_SETTINGS,
  run: (context, input) => {
    const [accessKeyId = ''] = input.positionals;
    const overlap = input.options.get('overlap');
    if (overlap === undefined) throw new UsageError('--overlap is missing: how long may both keys be used? (7d)');
    const overlapMs = durationOf('overlap', overlap);
    return withStore(context, input, async ({ admin }) => {
      const made = await admin.rotateKey(accessKeyId, overlapMs, LOCAL);
      const { expiresAt } = await admin.key(accessKeyId);
      const account = await admin.account(made.key.accountId);
      const ends = expiresAt === undefined ? undefined : time(expiresAt);
      printMade(context, input, made, { account: account.name, showSecret: true, replaced: [accessKeyId, ends] });
      return EXIT.ok;
    });
  },
};

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'Revokes an access key, for good: its next request is refused, on every process.',
  details: 'So are those of temporary keys that were derived from it.',
  positionals: [WHICH],
  options: [JSON_OPTION],
  settings: STORE_SETTINGS,
  run: (context, input) =>
    withStore(context, input, async ({ admin }) => {
      const key = await admin.revokeKey(input.positionals[0] ?? '', LOCAL);
      print(context, input.options, keyView(key), `revoked ${key.accessKeyId}\n`);
      return EXIT.ok;
    }),
};

function printMade(
  context: Context,
  input: Input,
  { key, secret }: KeyWithSecret,
  shown: {
    readonly account: string;
    readonly showSecret: boolean;
    readonly replaced?: readonly [accessKeyId: string, ends: string | undefined];
  },
): void {
  const secretKey = shown.showSecret ? secret.reveal() : undefined;
  const [replaces, replacedEndsAt] = shown.replaced ?? [];
  const text = facts([
    ['account', shown.account],
    ['access key', key.accessKeyId],
    ['secret key', secretKey],
    ...keyFacts(key),
    ['replaces', replaces === undefined ? undefined : `${replaces}, which ends ${replacedEndsAt ?? 'now'}`],
  ]);
  print(context, input.options, { ...keyView(key), secretKey, replaces, replacedEndsAt }, text);
}

function changeOf(context: Context, input: Input): KeyChange {
  const { options } = input;
  const scope = scopeOf(input);
  const exclusive = [
    ['label', 'no-label', options.has('label') && options.has('no-label')],
    ['v2', 'no-v2', options.has('v2') && options.has('no-v2')],
    ['no-scope', 'other scope options', options.has('no-scope') && scope !== undefined],
  ] as const;
  for (const [one, other, both] of exclusive) {
    if (both) throw new UsageError(`--${one} and ${other} say different things: give one of them`);
  }
  const expires = options.get('expires');
  const change: KeyChange = {
    label: options.has('no-label') ? null : options.get('label'),
    scope: options.has('no-scope') ? null : scope,
    expiresAt: expires === undefined ? undefined : expires === 'never' ? null : endOf(expires, context.clock),
    allowV2: options.has('v2') ? true : options.has('no-v2') ? false : undefined,
  };
  if (Object.values(change).every((value) => value === undefined)) {
    throw new UsageError('nothing to change: give a label, a scope, --expires, --v2 or --no-v2');
  }
  return change;
}

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
