/** `moraine s3cfg` */

import { OPERATOR_NAME } from '../admin/first-start.ts';
import { keyProblem } from '../admin/sessions.ts';
import type { Admin, KeyWithSecret } from '../admin/types.ts';
import { endpointOf } from '../config.ts';
import { type Command, CommandError, EXIT } from './command.ts';
import { s3cmdConfig } from './s3cmd.ts';
import { collect, STORE_SETTINGS, withStore } from './store.ts';

export const s3cfg: Command = {
  name: 's3cfg',
  summary: 'Prints a configuration for s3cmd, secret included: moraine s3cfg > ~/.s3cfg',
  details:
    'Endpoint, host names and region are those of the configuration: name the file that the server runs with, or give the same flags.',
  positionals: [],
  options: [
    { name: 'key', value: 'ID', help: 'Access key to use. Default: the oldest active key of account operator.' },
    { name: 'v2', help: 'Signature V2, for clients and proxies that need it.' },
  ],
  settings: [...STORE_SETTINGS, 'listen', 'host-names', 'endpoint', 'tls.certificate', 'tls.key'],
  run: (context, input) =>
    withStore(context, input, async ({ admin, config }) => {
      const id = input.options.get('key');
      const { key, secret } =
        id === undefined ? await defaultKey(admin, context.clock.now()) : await admin.revealSecret(id);
      const signature = input.options.has('v2') ? 'v2' : 'v4';
      const problem = keyProblem(key, context.clock.now());
      if (problem !== undefined) throw new CommandError(`key ${key.accessKeyId} is ${problem}: choose another one`);
      if (signature === 'v2' && !key.allowV2) {
        throw new CommandError(
          `key ${key.accessKeyId} does not allow signature V2: leave --v2 out, or choose another key`,
        );
      }
      const target = { endpoint: endpointOf(config), hostNames: config.hostNames, region: config.region };
      context.out(s3cmdConfig(target, { accessKeyId: key.accessKeyId, secret }, signature));
      return EXIT.ok;
    }),
};

async function defaultKey(admin: Admin, now: number): Promise<KeyWithSecret> {
  const account = await admin.account(OPERATOR_NAME);
  const keys = await collect(admin.keys(account.id));
  const [oldest] = keys.filter((key) => keyProblem(key, now) === undefined).sort((a, b) => a.createdAt - b.createdAt);
  if (oldest === undefined) {
    throw new CommandError(
      'account operator has no active key: run `moraine key create operator`, or choose one with --key',
    );
  }
  return admin.revealSecret(oldest.accessKeyId);
}
